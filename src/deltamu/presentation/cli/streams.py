"""Standard streams, whatever they are: closed, full, left by their reader, or of an encoding that lacks a character."""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deltamu.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

STANDARD = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))


class OutputLost(OSError):
    """Standard output does not take what is written to it."""


class Output(io.FileIO):
    """Standard output without buffers, which tells its own failures from those of other files."""

    def write(self, content: Any, /) -> int:
        """Write some of the bytes; returns how many."""
        try:
            return super().write(content)
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from None


def prepare() -> None:
    """Make the standard streams of this process fit for use.

    In the place of a closed one comes a stream that refuses to be read or written, so that its loss is noticed where it
    matters, and no file that is opened later gets its number; messages without a reader are lost.  What an encoding
    lacks is written as an escape.
    """
    for name, mode, access in STANDARD:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, access), mode, encoding="utf-8"))
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper) and type(getattr(out.buffer, "raw", out.buffer)) is io.FileIO:
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(Output(out.fileno(), "w", closefd=False)), encoding=out.encoding,
            errors="backslashreplace", line_buffering=out.line_buffering, write_through=out.write_through,
        )  # fmt: skip


def say(message: str, speaker: str = "deltamu") -> None:
    """A line for the person at the terminal, on standard error; that nobody can read it is no failure."""
    try:
        print(f"{speaker}: {' '.join(message.splitlines())}", file=sys.stderr, flush=True)
    except OSError:
        forget(2)


def read_input() -> str:
    """All of standard input.

    Raises
    ------
    InputError
        It is closed, or no text.
    """
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read standard input: it is not {error.encoding} text") from None
    except OSError as error:
        raise InputError(f"cannot read standard input: {error.strerror or error}") from None


def check(path: str) -> None:
    """Raise now, before long work, if nothing could be written to a path later; ``-`` is standard output."""
    from deltamu.files import check_writable

    if path != "-":
        check_writable(path)


def write(path: str, text: str) -> None:
    """Write a text as UTF-8, whatever the terminal's encoding is, to a file, or to standard output for ``-``."""
    from deltamu.files import write_whole

    if path == "-":
        _output(text.encode())
    else:
        write_whole(path, text)
        say(f"wrote {path}")


def save(path: str, saver: "Callable[[Path | str], object]") -> None:
    """Let something be saved to a file, or written to standard output for ``-``; `saver` is called with a path."""
    from deltamu.files import as_bytes

    if path == "-":
        _output(as_bytes(saver))
    else:
        saver(path)
        say(f"wrote {path}")


def _output(content: bytes) -> None:
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:  # that of a notebook
        sys.stdout.write(content.decode(errors="replace"))


def finish() -> None:
    """Write what standard output still holds when a process is interrupted; without a reader it goes nowhere."""
    try:
        sys.stdout.flush()
    except OSError:
        forget(1)


def forget(number: int) -> None:
    """Let what a stream still holds go nowhere, so that nothing is said about it when the process ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def encodes(text: str) -> bool:
    """Whether standard output can show a text as it is."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
