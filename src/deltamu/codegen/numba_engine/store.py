"""Generated modules on disk, so that numba keeps their machine code beside them.

The folder is ``$DELTAMU_CACHE``, or the platform's place for caches; an empty ``DELTAMU_CACHE`` keeps nothing.
"""

import linecache
import os
import stat
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

from deltamu.errors import InputError
from deltamu.files import write_whole

CALLED = Path(__file__).with_name("intrinsics.py")  # it is part of what is compiled


def cache_folder() -> Path | None:
    """Where generated code is kept; None if it is not.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"DELTAMU_CACHE": ""}):
    ...     print(cache_folder())
    None
    """
    asked = os.environ.get("DELTAMU_CACHE")
    if asked is not None:
        return Path(asked) if asked else None
    try:
        return platformdirs.user_cache_path("deltamu", appauthor=False)
    except RuntimeError:  # the user has no home
        return None


@cache
def load(source: str) -> ModuleType:
    """The module of a source, with its machine code from an earlier session where there is some.

    Its file has a name from its content; one of another content is replaced. Where nothing can be kept, or somebody
    else could have written it, the module is compiled for this session only.
    """
    name = f"lanes_{sha256(source.encode() + CALLED.read_bytes()).hexdigest()[:24]}"
    path = _kept(name, f"CACHE = True\n{source}")
    text = f"CACHE = {path is not None}\n{source}"
    spec = spec_from_loader(name, loader=None, origin=str(path))
    assert spec is not None
    module = module_from_spec(spec)
    module.__file__ = str(path or f"<{name}>")
    sys.modules[name] = module  # where numba looks for what it has compiled
    linecache.cache[module.__file__] = len(text), None, text.splitlines(keepends=True), module.__file__
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


def prepared(source: str, idle: Callable[[ModuleType], Any]) -> ModuleType:
    """The module of a source, compiled: `idle` calls it with nothing to do.

    Machine code from an earlier session that cannot be read is thrown away and made again.
    """
    module = load(source)
    try:
        idle(module)
    except Exception:
        base = cache_folder()
        kept = () if base is None else (base / "lanes" / "__pycache__").glob(f"{module.__name__}.*")
        stale = [path for path in kept if is_own(path)]
        if not stale:
            raise
        for path in stale:
            path.unlink(missing_ok=True)
        load.cache_clear()
        module = load(source)
        idle(module)
    return module


def _kept(name: str, text: str) -> Path | None:
    """The file of a module in a folder that nobody but the user can write to; None if it cannot be there."""
    base = cache_folder()
    if base is None:
        return None
    folder = base / "lanes"
    path = folder / f"{name}.py"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "__pycache__").mkdir(mode=0o700, exist_ok=True)  # numba's
        if not all(map(is_own, (base, folder, folder / "__pycache__"))):
            return None
        if not (path.is_file() and is_own(path) and path.read_bytes() == text.encode()):
            for stale in (folder / "__pycache__").glob(f"{name}.*"):
                stale.unlink()
            write_whole(path, text)
    except (OSError, InputError):
        return None
    return path


def is_own(path: Path) -> bool:
    """Whether nobody but the user may have written a file or to a folder."""
    if not hasattr(os, "getuid"):  # the folder of a Windows profile is the user's
        return True
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
