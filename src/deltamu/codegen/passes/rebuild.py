"""Expressions and lines taken apart and put together; nothing here is evaluated."""

from collections.abc import Iterable

from sympy import Basic, Symbol

from deltamu.model.formula import Formula, Model


def read(formulas: Iterable[Formula], outputs: Iterable[Symbol]) -> set[Symbol]:
    """What lines read and do not define."""
    formulas = tuple(formulas)
    used: set[Symbol] = set(outputs).union(*(formula.printed.free_symbols for formula in formulas))
    return used - {formula.symbol for formula in formulas}


def needed(formulas: Iterable[Formula], outputs: Iterable[Symbol]) -> list[Formula]:
    return list(Model("lines", tuple(formulas)).program(outputs))


def replaced(expr: Basic, new: dict) -> Basic:
    """`xreplace` that evaluates nothing."""
    if expr in new:
        return new[expr]
    args = [replaced(arg, new) for arg in expr.args]
    return expr if tuple(args) == expr.args else rebuilt(expr, args)


def rebuilt(expr: Basic, args: list[Basic]) -> Basic:
    try:
        return expr.func(*args, evaluate=False)
    except TypeError:  # what cannot be evaluated takes no such option
        return expr.func(*args)
