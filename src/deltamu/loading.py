"""Public names of a package that are loaded when they are first used, so that importing it costs next to nothing.

Which names there are, and where each comes from, stands in the stub beside the package: type checkers, editors and
this loader read the same lines.
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["on_first_use", "rooms"]


def on_first_use(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    file : str
        Its ``__file__``; the stub lies beside it.

    Examples
    --------
    >>> import deltamu
    >>> find, listed, public = on_first_use("deltamu", deltamu.__file__)
    >>> find("clip").__module__, find("formulas").__name__, {"clip", "formulas"} <= set(public) <= set(listed())
    ('deltamu.formulas.records', 'deltamu.formulas', True)
    """
    room_of = rooms(Path(file).with_suffix(".pyi"))

    def find(name: str) -> Any:
        if name not in room_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if room_of[name] == package:
            return import_module(f"{package}.{name}")
        value = getattr(import_module(room_of[name]), name)
        vars(sys.modules[package])[name] = value
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *room_of}), list(room_of)


def rooms(stub: Path) -> dict[str, str]:
    """The public names of a stub, and the module that each is imported from.

    Examples
    --------
    >>> import deltamu
    >>> rooms(Path(deltamu.__file__).with_suffix(".pyi"))["clip"]
    'deltamu.formulas'
    """
    found: dict[str, str] = {}
    for node in ast.parse(stub.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.name: node.module for alias in node.names}
    return found
