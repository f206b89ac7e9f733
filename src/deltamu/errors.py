"""The one exception that bad input raises, so that the command line can tell it from a defect of the program."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["InputError", "unknown"]


class InputError(ValueError):
    """Input that deltamu refuses: one line that names the offender, its value and what is allowed."""


def unknown(kind: str, name: object, allowed: Iterable[str]) -> InputError:
    """The error for a name that is not among `allowed`, with the nearest ones suggested.

    Examples
    --------
    >>> print(unknown("policy", "vibes", ["vibe", "planner"]))
    unknown policy 'vibes': did you mean vibe?
    >>> print(unknown("policy", "x", ["vibe", "planner"]))
    unknown policy 'x': allowed are vibe, planner
    """
    allowed = list(allowed)
    close = get_close_matches(str(name), allowed, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"allowed are {', '.join(allowed)}"
    return InputError(f"unknown {kind} {name!r}: {hint}")
