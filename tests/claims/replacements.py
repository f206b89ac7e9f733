"""Something else in the place of a formula: admissible, and unlike it in every direction."""

import sympy

from deltamu import symbols as sym
from deltamu.model.formula import Formula


def unlike(formula):
    """A formula with the same left side and domain: a bump in all symbols of the old one, in r and in mu0."""
    symbols = sorted(formula.printed.free_symbols | {sym.r, sym.mu0}, key=str)
    phase = sum(symbol * sympy.Rational(7 + 4 * index, 5) for index, symbol in enumerate(symbols))
    bump = 1 / (1 + (phase - 2) ** 2)  # in (0, 1], neither rising nor falling
    domain = formula.symbol.domain
    if domain.end.is_finite:
        value = domain.start + (domain.end - domain.start) * bump
    elif domain.start.is_finite:
        value = domain.start + bump + sympy.Rational(1, 7)
    else:
        value = bump - sympy.Rational(1, 2)
    return Formula(formula.symbol, value)


def jumping(formula):
    """The same formula but for a jump: what it says is cut down to whole tenths."""
    return Formula(formula.symbol, sympy.floor(10 * formula.expr) / 10)
