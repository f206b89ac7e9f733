"""Something else in the place of a formula: admissible, and unlike it in every direction."""

import sympy

from deltamu.model.formula import Formula


def unlike(formula):
    """A formula with the same left side and domain, whose right side is a bump in all symbols of the old one."""
    symbols = sorted(formula.printed.free_symbols, key=str)
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
