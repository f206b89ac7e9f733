"""Arguments of public functions: what is of another kind than its annotation says is refused in one line."""

import collections.abc as abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sympy import Symbol

from deltamu.errors import InputError, shown

Function = TypeVar("Function", bound=Callable[..., Any])
Test = Callable[[Any], bool]
NAMES: tuple[Test, str] = (lambda value: isinstance(value, str | Symbol)), "a name"  # a symbol stands for its name
SEVERAL = (abc.Iterable, abc.Sequence, abc.Collection, tuple)
COUNTED = 2**53
RECORDS = ("deltamu.", "xarray.", "pandas.", "sympy.sets.", "sympy.core.symbol")


def checked(function: Function) -> Function:
    """A function that refuses an argument of another kind than its annotation says.

    Checked are truth values, texts, paths, sequences (of texts), mappings, callables, datasets, tables and the records
    of deltamu.  Where an annotation also allows a number, an expression or anything else, the function itself says more
    than could be said here.

    Examples
    --------
    >>> @checked
    ... def doubled(names: Iterable[str], closed: bool = False) -> list[str]:
    ...     return [*names, *names]
    >>> doubled(("a", "b"))
    ['a', 'b', 'a', 'b']
    >>> doubled(["a"], closed="no")
    Traceback (most recent call last):
    deltamu.errors.InputError: closed = 'no' is of type str: allowed is True or False
    """

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        signature, tests = _tests(function)
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # Python says it itself, and names the function
            return function(*args, **kwargs)
        for name, (test, allowed) in tests.items():
            if name in given and not test(given[name]):
                value = given[name]
                raise InputError(f"{name} = {shown(value)} is of type {type(value).__name__}: allowed is {allowed}")
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


@cache
def _tests(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, tuple[Test, str]]]:
    """The signature of a function, and by parameter a test of its value and what passes it, in words."""
    signature = inspect.signature(function)
    found = {}
    for parameter in signature.parameters.values():
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            tests = [_test(kind) for kind in _kinds(parameter.annotation, function)]
            if tests and all(tests):
                passes, texts = zip(*(test for test in tests if test), strict=True)
                found[parameter.name] = (_any(passes), " or ".join(dict.fromkeys(texts)))
    return signature, found


def _any(tests: Iterable[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _kinds(annotation: Any, function: Callable[..., Any]) -> list[Any]:
    """The kinds that an annotation allows, one by one; a text stands for what it names where that can be told."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, inspect.unwrap(function).__globals__)
        except NameError:  # imported for type checkers only
            return [Any]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [kind for one in typing.get_args(annotation) for kind in _kinds(one, function)]
    return [annotation]


def _test(kind: Any) -> tuple[Test, str] | None:
    """The test of a kind and its name; None for what is not judged here."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind is bool:
        return (lambda value: isinstance(value, bool | np.bool_)), "True or False"
    if kind in (None, types.NoneType):
        return (lambda value: value is None), "None"
    if kind is str:
        return (lambda value: isinstance(value, str)), "a text"
    if kind is Path:
        return (lambda value: isinstance(value, Path)), "a path"
    if origin is abc.Mapping:
        return (lambda value: isinstance(value, Mapping)), "a mapping"
    if origin is abc.Callable:
        return callable, "a function"
    if origin is tuple and Ellipsis not in parts:
        size = len(parts)
        return (lambda value: _is_several(value, None) and isinstance(value, abc.Sized) and len(value) == size), ""
    if origin in SEVERAL:
        each = NAMES if parts[0] is str else _test(parts[0])
        return (lambda value: _is_several(value, each)), f"a sequence{_of(parts[0])}"
    if _is_record(kind):
        return (lambda value: isinstance(value, kind)), f"a {kind.__name__}"
    return None


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith(RECORDS)


def _of(kind: Any) -> str:
    """What a sequence holds, where that can be said in a word."""
    if typing.get_origin(kind) is tuple:
        return {2: " of pairs"}.get(len(typing.get_args(kind)), "")
    return " of names" if kind is str else f" of {kind.__name__} objects" if _is_record(kind) else ""


def _is_several(value: Any, each: tuple[Test, str] | None) -> bool:
    """Whether a value can be gone through, is no text itself, and holds what it should as far as that can be told."""
    if isinstance(value, str | bytes):
        return False
    try:
        iter(value)
    except TypeError:  # also of an array without dimensions
        return False
    once = isinstance(value, abc.Iterator)  # what is looked at is gone
    return each is None or once or all(map(each[0], value))


def check_count(name: str, value: Any, most: int = COUNTED) -> None:
    """Raise unless a number of moves, runs or the like is whole and at least 1.

    Examples
    --------
    >>> check_count("moves", 1.5)
    Traceback (most recent call last):
    deltamu.errors.InputError: moves = 1.5 is not a whole number >= 1
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{name} = {shown(value)} is not a whole number >= 1")
    if value > most:
        why = ", up to which doubles count" if most == COUNTED else ""
        raise InputError(f"{name} = {shown(value)} is above {most}{why}")
