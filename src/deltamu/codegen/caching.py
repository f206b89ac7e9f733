"""Generated code, kept between sessions: one file for each content, in a folder of the user's own.

The folder is ``$DELTAMU_CACHE``, or the platform's place for caches; an empty ``DELTAMU_CACHE`` keeps nothing.  A file
is written beside its place and moved there when it is complete, so that processes never see half of one.  What is not
what its name and its checksum say, or could have been written by somebody else, is ignored and made anew.  A session
that is older than the package's source, since that was edited or replaced meanwhile, keeps to itself.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from importlib.metadata import version
from math import inf
from pathlib import Path
from time import time
from typing import Any

from deltamu import __version__
from deltamu.errors import InputError
from deltamu.files import write_whole

__all__ = ["cache_folder", "content_key", "generator", "is_own", "remembered"]

FORMAT = 1
LOADED = time()


def cache_folder() -> Path | None:
    """Where generated code is kept; None if it is not.

    Examples
    --------
    >>> import os
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"DELTAMU_CACHE": ""}):
    ...     print(cache_folder())
    None
    """
    asked = os.environ.get("DELTAMU_CACHE")
    if asked is not None:
        return Path(asked) if asked else None
    try:
        home = Path.home()
    except RuntimeError:  # the user has none
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "deltamu" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "deltamu"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "deltamu"


@cache
def generator() -> str:
    """Hash of what generates code: the package's source and tables, and versions."""
    found = hashlib.sha256()
    for used in ("sympy", "mpmath", "numpy"):
        found.update(f"{used} {version(used)}\n".encode())
    found.update(f"deltamu {__version__} python {sys.version_info[:2]} format {FORMAT}\n".encode())
    for path in _package():
        found.update(path.read_bytes())
    return found.hexdigest()


@cache
def _package() -> tuple[Path, ...]:
    """The files of the package that generate code."""
    folder = Path(str(resources.files("deltamu")))
    return tuple(sorted([*folder.rglob("*.py"), *folder.rglob("*.json")]))


@cache
def _is_current() -> bool:
    """Whether this session has loaded the source that `generator` reads."""
    return max((path.stat().st_mtime for path in _package()), default=inf) <= LOADED


def content_key(parts: Iterable[str]) -> str:
    """A name for a content: hash of everything that determines it.

    Examples
    --------
    >>> content_key(["a", "b"]) != content_key(["ab"])
    True
    """
    found = hashlib.sha256()
    for part in parts:
        found.update(f"{len(part)}:{part}".encode())
    return found.hexdigest()


def remembered(key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was made for a key, from this session or another; made now if it is not there.

    Parameters
    ----------
    key : str
        See `content_key`.
    make : callable
        Makes the content, of JSON types.
    """
    folder = cache_folder()
    if folder is None or not _is_current():
        return make()
    path = folder / f"{key}.json"
    content = _read(path, key)
    if content is None:
        content = make()
        _write(path, key, content)
    return content


def _checksum(key: str, content: dict[str, Any]) -> str:
    return content_key([key, json.dumps(content, sort_keys=True)])


def _read(path: Path, key: str) -> dict[str, Any] | None:
    """The content of a file, if it can be trusted."""
    try:
        if not (is_own(path.parent) and is_own(path)):
            return None
        whole = json.loads(path.read_text(encoding="utf-8"))
        content = whole["content"]
        right = whole["key"] == key and whole["checksum"] == _checksum(key, content)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return content if right and isinstance(content, dict) else None


def is_own(path: Path) -> bool:
    """Whether nobody but the user may have written a file or to a folder."""
    if not hasattr(os, "getuid"):  # the folder of a Windows profile is the user's
        return True
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(path: Path, key: str, content: dict[str, Any]) -> None:
    """Keep a content; where that is not possible, it is made again next time."""
    whole = {"checksum": _checksum(key, content), "key": key, "content": content}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, json.dumps(whole, indent=1))
        if hasattr(os, "getuid"):
            path.chmod(0o600)
    except (OSError, InputError):
        return
