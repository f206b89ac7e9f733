"""python-flint, if it is there."""

from deltamu.errors import InputError

try:
    from flint import acb as acb
    from flint import arb as arb
    from flint import ctx as ctx
except ImportError as missing:
    raise InputError("ball arithmetic needs python-flint: pip install 'deltamu[rigor]'") from missing
