"""Signs that hold in the whole domain, shown by rewriting."""

from sympy import Eq, Expr, Mul, Poly, PolynomialError, Pow, S, Symbol, fraction, together
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import Piecewise

from deltamu.model.expressions import as_expression
from deltamu.model.formula import Formula
from deltamu.model.quantities import Quantity
from deltamu.model.special.base import SpecialFunction

LONGEST = 400  # operations of an expression that is still tried


def sign_of(thing: Formula | Expr) -> str | None:
    """The sign that an expression of primitive symbols has everywhere in its domain, if it can be shown.

    Every symbol is rewritten so that its domain becomes all numbers ≥ 0 (an end may be left out: the sign carries over
    by continuity): x = u²/(1 + u²) for [0, 1], x = 1 + u² for x ≥ 1. Where the numerator and the denominator of the
    result are polynomials all of whose coefficients have one sign, so has the expression.

    Parameters
    ----------
    thing : Formula or sympy.Expr
        Of a formula, the right side.

    Returns
    -------
    {"zero", "nonnegative", "nonpositive"} or None
        None: not shown, which is no statement.

    Examples
    --------
    >>> from deltamu.sensitivity import derivative, sign_of
    >>> sign_of(derivative("N_eff", "N", closed=True)), sign_of(derivative("N_eff", "gamma", closed=True))
    ('nonnegative', None)
    """
    expr = thing.expr if isinstance(thing, Formula) else as_expression(thing)
    for piecewise in expr.atoms(Piecewise):  # values for single points do not change a sign by continuity
        *points, (general, _) = piecewise.args
        if all(condition.atoms(Relational) == condition.atoms(Eq) for _, condition in points):
            expr = expr.xreplace({piecewise: general})
    if expr == 0:
        return "zero"
    if expr.has(Piecewise, SpecialFunction) or expr.count_ops() > LONGEST:
        return None
    if not all(isinstance(symbol, Quantity) for symbol in expr.free_symbols):
        return None
    above, below = fraction(together(expr.xreplace({s: _on_half_line(s) for s in expr.free_symbols})))
    signs = [_one_sign(part) for part in (above, below)]
    if signs[0] == 0:
        return "zero"
    if None in signs:
        return None
    return "nonnegative" if signs[0] == signs[1] else "nonpositive"


def _on_half_line(symbol: Quantity) -> Expr:
    u = Symbol(f"u_{symbol.name}", positive=True)
    low, high = symbol.domain.start, symbol.domain.end
    if low == 0 and high == 1:
        return u**2 / (1 + u**2)
    return low + u**2 if low.is_finite and high == S.Infinity else symbol


def _one_sign(expr: Expr) -> int | None:
    """The sign of a product of polynomials with coefficients of one sign, each; 0 for zero."""
    total = 1
    for factor in Mul.make_args(expr):
        base, exponent = factor.as_base_exp()
        if exponent.is_rational and not exponent.is_integer:
            sign = _one_sign(base)
            if sign != 1:
                return None
            continue
        if isinstance(factor, Pow) and exponent.is_even:
            continue
        if factor == 0:
            return 0
        if factor.is_number:
            total *= 1 if factor.is_positive else -1
            continue
        try:
            coefficients = Poly(base).coeffs()
        except PolynomialError:
            return None
        if all(c.is_positive for c in coefficients):
            continue
        if all(c.is_negative for c in coefficients):
            total = -total
            continue
        return 0 if all(c == 0 for c in coefficients) else None
    return total
