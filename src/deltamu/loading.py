"""Public names of a package that are loaded when they are first used, so that importing it costs next to nothing."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_first_use"]


def on_first_use(package: str, rooms: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    rooms : mapping of str to str
        Public names, and the module inside the package that each is loaded from; an empty one for modules themselves.

    Examples
    --------
    >>> find, listed = on_first_use("deltamu", {"clip": "formulas", "formulas": ""})
    >>> find("clip").__module__, find("formulas").__name__, {"clip", "formulas"} <= set(listed())
    ('deltamu.formulas.records', 'deltamu.formulas', True)
    """

    def find(name: str) -> Any:
        if name not in rooms:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if not rooms[name]:
            return import_module(f"{package}.{name}")
        value = getattr(import_module(f"{package}.{rooms[name]}"), name)
        vars(sys.modules[package])[name] = value
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *rooms})
