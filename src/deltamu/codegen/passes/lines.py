"""What lines read, and which of them are needed."""

from collections.abc import Iterable

from sympy import Symbol

from deltamu.model.formula import Formula, Model


def read(formulas: Iterable[Formula], outputs: Iterable[Symbol]) -> set[Symbol]:
    """What lines read and do not define."""
    formulas = tuple(formulas)
    used: set[Symbol] = set(outputs).union(*(formula.printed.free_symbols for formula in formulas))
    return used - {formula.symbol for formula in formulas}


def needed(formulas: Iterable[Formula], outputs: Iterable[Symbol]) -> list[Formula]:
    return list(Model("lines", tuple(formulas)).program(outputs))
