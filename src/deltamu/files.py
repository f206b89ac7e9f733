"""Files: read as text; written whole or not at all where that can be, else written to as they are."""

import os
import signal
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from deltamu.errors import InputError

WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
MOST_OF_A_DEVICE = 10_000_000  # bytes
LINKS = 40  # links on the way to an open stream, as many as a system follows

Content = str | bytes | Callable[[Path], Any]


def read_text(path: str | Path) -> str:
    """The text of a file.

    Raises
    ------
    InputError
        It cannot be read, or is not UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise InputError(f"cannot read {path}: it is not UTF-8 text") from None


def read_bytes(path: str | Path) -> bytes:
    """What a file holds.

    Raises
    ------
    InputError
        It cannot be read, or is a device without an end, such as ``/dev/zero``.
    """
    if not str(path):
        raise InputError("cannot read '': it names no file")
    try:
        with Path(path).open("rb") as opened:
            endless = stat.S_ISCHR(os.fstat(opened.fileno()).st_mode)
            content = opened.read(MOST_OF_A_DEVICE if endless else -1)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from None
    if endless and len(content) == MOST_OF_A_DEVICE:
        raise InputError(f"cannot read {path}: it is a device without an end")
    return content


def check_writable(path: str | Path) -> None:
    """Raise now, before long work, if nothing could be written to `path` later.

    Raises
    ------
    InputError
        It is a folder or a file that may not be written to, or would be new in a folder that does not exist or may not
        be written to.
    """
    if not str(path):
        raise InputError("cannot write '': it names no file")
    try:
        reason = "" if _stream(path) is not None else _obstacle(Path(os.path.realpath(path)))
    except (OSError, ValueError) as error:
        reason = _reason(error)
    if reason:
        raise InputError(f"cannot write {path}: {reason}")


def write_whole(path: str | Path, content: Content) -> None:
    """Write a file beside its place and move it there when it is complete.

    A link is followed, and an older file keeps its mode.  What is no regular file (a pipe, a device, an open stream) is
    written to as it is, and so is a file that has other names too, or whose folder takes no new one.

    Parameters
    ----------
    path : str or Path
    content : str, bytes, or callable
        A text is written as UTF-8. A callable is given the path of a regular file to write to.

    Raises
    ------
    InputError
        It cannot be written; an older file that can be replaced as a whole still stands.
    """
    check_writable(path)
    place = Path(os.path.realpath(path))
    try:
        if (stream := _stream(path)) is not None:
            _write_into(os.dup(stream), as_bytes(content, place.name))
        elif _is_replaced(place):
            _replace(place, content)
        else:
            whole = as_bytes(content, place.name)
            _write_into(os.open(place, os.O_WRONLY | (os.O_TRUNC if place.is_file() else 0)), whole)
    except OSError as error:
        raise InputError(f"cannot write {path}: {_reason(error)}") from None


def _obstacle(place: Path) -> str:
    """Why a place cannot be written to, links followed; empty if it can."""
    folder = place.parent
    try:
        found = place.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not folder.is_dir():
            return f"folder {folder} does not exist"
        return "" if _may_write(folder) else f"folder {folder} may not be written to"
    if stat.S_ISDIR(found.st_mode):
        return "it is a folder"
    return "" if _may_write(place) else "it is read-only"


def _may_write(place: Path) -> bool:
    """Whether the user may write: a mode that lets nobody write binds the superuser as well."""
    return os.access(place, os.W_OK) and bool(place.stat().st_mode & WRITE)


def _is_replaced(place: Path) -> bool:
    """Whether a new file may take a place: there is none, or a regular one without other names."""
    if not place.exists():
        return True
    found = place.stat()
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and _may_write(place.parent)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let an interrupt wait until what is written is in its place and what was unfinished is cleared away."""
    waiting: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    mine = threading.current_thread() is threading.main_thread() and None not in before.values()  # None is not Python's
    for number in before if mine else ():
        signal.signal(number, lambda number, frame: waiting.append(number))
    try:
        yield
    finally:
        for number, handler in before.items() if mine else ():
            signal.signal(number, handler)
        for late in waiting:
            signal.raise_signal(late)


def _replace(place: Path, content: Content) -> None:
    """Write a file beside a place and move it there, with the mode and the owner of the older one."""
    with _undisturbed(), tempfile.TemporaryDirectory(dir=place.parent, prefix=".deltamu-") as folder:
        unfinished = Path(folder) / place.name
        if callable(content):
            content(unfinished)
        else:
            unfinished.write_bytes(as_bytes(content))
        if place.exists():
            older, newer = place.stat(), unfinished.stat()
            if (older.st_uid, older.st_gid) != (newer.st_uid, newer.st_gid):
                with suppress(OSError):  # only the superuser can
                    os.chown(unfinished, older.st_uid, older.st_gid)
            unfinished.chmod(stat.S_IMODE(older.st_mode))
        unfinished.replace(place)


def as_bytes(content: Content, name: str = "content") -> bytes:
    """What would be written; a callable writes it to a file of this name in a folder of its own."""
    if not callable(content):
        return content.encode() if isinstance(content, str) else content
    with _undisturbed(), tempfile.TemporaryDirectory(prefix="deltamu-") as folder:
        content(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def _write_into(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb") as opened:
        opened.write(content)


def _stream(path: str | Path) -> int | None:
    """The number of the open stream that a path such as /dev/stdout leads to; to open it anew could empty its file."""
    at = os.path.abspath(path)
    for _ in range(LINKS):
        folder, name = os.path.split(at)
        if name.isdecimal() and os.path.realpath(folder) in (f"/proc/{os.getpid()}/fd", "/dev/fd"):
            return int(name)
        if not os.path.islink(at):
            return None
        at = os.path.join(folder, os.readlink(at))
    return None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
