"""The one exception that bad input raises, so that the command line can tell it from a defect of the program."""

import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


class InputError(ValueError):
    """Input that deltamu refuses: one line that names the offender, its value and what is allowed.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> evaluate("N_eff", gamma=1.2)
    Traceback (most recent call last):
    deltamu.errors.InputError: gamma = 1.2 is outside [0, 1]
    """

    def __init__(self, message: str):
        super().__init__(" ".join(message.splitlines()))


def shown(value: object) -> str:
    """A refused value as text on one line, its middle left out where it is long.

    Examples
    --------
    >>> shown([1, "a"]), len(shown(list(range(1000))))
    ("[1, 'a']", 83)
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= 100 else f"{text[:60]}...{text[-20:]}"


def unknown(kind: str, name: object, allowed: Iterable[str]) -> InputError:
    """The error for a name that is not among `allowed`, with the nearest ones suggested.

    Examples
    --------
    >>> print(unknown("policy", "vibes", ["vibe", "planner"]))
    unknown policy 'vibes': did you mean vibe?
    >>> print(unknown("policy", "x", ["vibe", "planner"]))
    unknown policy 'x': allowed are vibe, planner
    >>> print(unknown("control", "n", ["N", "K", "H"]))
    unknown control 'n': did you mean N?
    """
    allowed = list(allowed)
    same = [one for one in allowed if one.casefold() == str(name).casefold()]
    close = same or get_close_matches(str(name), allowed, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"allowed are {', '.join(allowed)}"
    return InputError(f"unknown {kind} {shown(name)}: {hint}")


def unknown_control(name: str, controls: Iterable[str]) -> InputError:
    """The error for a keyword that is no control: of the function that it was given to, an argument may be meant.

    Examples
    --------
    >>> from deltamu import simulate
    >>> simulate(move=3)
    Traceback (most recent call last):
    deltamu.errors.InputError: unknown control 'move': did you mean moves or model?
    """
    unnamed, named = _arguments_beside(name)
    if name in ("settings", "preset") and "settings" in unnamed:
        return InputError(f"unknown control {name!r}: settings, or a preset by its name, are given without a keyword")
    return unknown("control", name, [*controls, *named])


def _arguments_beside(name: str) -> tuple[set[str], set[str]]:
    """The arguments, without and with a name, of the outermost function that a keyword was given to as a control."""
    found: tuple[set[str], set[str]] = set(), set()
    frame: FrameType | None = sys._getframe()
    while frame:
        code, module = frame.f_code, str(frame.f_globals.get("__name__"))
        if code.co_flags & CO_VARKEYWORDS and module.startswith("deltamu."):
            count = code.co_argcount + code.co_kwonlyargcount
            controls = code.co_varnames[count + bool(code.co_flags & CO_VARARGS)]
            given = frame.f_locals.get(controls)
            if count and isinstance(given, dict) and name in given:  # what only passes all on has no names of its own
                unnamed = code.co_posonlyargcount
                found = set(code.co_varnames[:unnamed]), set(code.co_varnames[unnamed:count]) - {"self"}
        frame = frame.f_back
    return found


def named(kind: str, thing: T | str, known: Mapping[str, T]) -> T:
    """What a name stands for among `known` things; one of the things themselves is returned as it is.

    Examples
    --------
    >>> named("digit", "one", {"one": 1}), named("digit", 2, {"one": 1})
    (1, 2)
    >>> named("digit", 1.5, {"one": 1})
    Traceback (most recent call last):
    deltamu.errors.InputError: 1.5 is neither a digit nor the name of one: allowed are one
    """
    if isinstance(thing, str):
        if thing not in known:
            raise unknown(kind, thing, known)
        return known[thing]
    if not isinstance(thing, type(next(iter(known.values())))):
        raise InputError(f"{shown(thing)} is neither a {kind} nor the name of one: allowed are {', '.join(known)}")
    return thing
