"""Identities, limits and exact comparisons: each shows what it says, or raises."""

from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Expr, Rational, Symbol, fraction, oo, together

from deltamu.claims.steps import ClaimFailed, Step, report
from deltamu.model.quantities import Quantity
from deltamu.model.special import expected_positive_part, normal_cdf

__all__ = ["assert_exact", "assert_identity", "assert_limit", "generic"]

_TRIALS = tuple(
    tuple(Rational(numerator, denominator) for numerator in numerators)
    for numerators, denominator in (((3, 5, 8, 4, 7, 9, 2, 6, 10), 11), ((9, 4, 2, 11, 6, 3, 12, 5, 8), 13))
)


def generic(expr: Any) -> Any:
    """An expression at a point where no quantity of the domain [0, ...) is zero: cases of zero fold away.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> generic(PUBLISHED["N_eff"].expr)
    N/(N*gamma - gamma + 1)
    """
    return expr.xreplace({s: _positive_twin(s) for s in expr.free_symbols if s.is_nonnegative})


def _positive_twin(symbol: Symbol) -> Symbol:
    if symbol.is_positive:
        return symbol
    kept = {"integer": True} if symbol.is_integer else {}
    if isinstance(symbol, Quantity):
        return Quantity(symbol.name, symbol.facts, positive=True, **kept)
    return Symbol(symbol.name, positive=True, **kept)


# --- identities ------------------------------------------------------------------------------------------------------
def assert_identity(left: Any, right: Any = 0, text: str = "") -> None:
    """Show symbolically that two expressions are equal wherever both are defined.

    Parameters
    ----------
    left, right : expression
    text : str
        What the identity says; the equation itself by default.

    Raises
    ------
    ClaimFailed
        They differ at a point, which is printed, or their difference could not be brought to zero.

    Examples
    --------
    >>> from sympy.abc import x
    >>> assert_identity((x + 1)**2, x**2 + 2*x + 1)
    >>> assert_identity((x + 1)**2, x**2 + 1)
    Traceback (most recent call last):
    deltamu.claims.steps.ClaimFailed: (x + 1)**2 is not x**2 + 1 at x = 3/11
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    said = text or f"{left} = {right}"
    if left != right:
        difference = left - right
        if (point := _where_not_zero(left, right)) is not None:
            where = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
            at = f" at {where}" if where else ""
            raise ClaimFailed(f"{text}: {left} is not {right}{at}" if text else f"{left} is not {right}{at}")
        if not _is_zero(difference):
            raise ClaimFailed(f"could not show that {said}")
    worth_showing = text and left != right
    report(Step("proved", said, (sympy.Eq(left, right, evaluate=False),) if worth_showing else ()))


def _where_not_zero(left: Expr, right: Expr) -> dict[Symbol, Any] | None:
    """A rational point at which two expressions clearly differ, if a few trials find one."""
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    for trial in _TRIALS:
        point = {symbol: _trial_value(symbol, index, trial) for index, symbol in enumerate(symbols)}
        try:
            a, b = (_numerical(side.subs(point)) for side in (left, right))
        except (ValueError, TypeError, ZeroDivisionError):
            continue
        if a is None or b is None:
            continue
        if (a in (oo, -oo) or b in (oo, -oo)) and a != b:
            return point
        if a not in (oo, -oo) and abs(a - b) > Rational(1, 10**10) * (1 + abs(a) + abs(b)):
            return point
    return None


def _trial_value(symbol: Symbol, index: int, trial: Sequence[Rational]) -> Any:
    value = trial[index % len(trial)]
    if symbol.is_integer:
        return 2 + index % 3
    if isinstance(symbol, Quantity) and symbol.facts.domain.inf == 1:
        return 1 + value
    return value + index // len(trial)


def _numerical(expr: Expr) -> Expr | None:
    value = expr.evalf(20, maxn=200)
    return value if value.is_number and value.is_extended_real and value is not sympy.nan else None


def _is_zero(expr: Expr) -> bool:
    if expr.has(sympy.erfc):
        expr = expr.rewrite(sympy.erf)
    expr = sympy.expand(expr.replace(expected_positive_part, lambda x: expected_positive_part(x).rewrite(normal_cdf)))
    if expr == 0:
        return True
    numerator = sympy.expand(fraction(together(expr))[0])
    if numerator == 0:
        return True
    return any(transform(numerator) == 0 for transform in (sympy.powdenest, sympy.radsimp, sympy.simplify)) or (
        sympy.simplify(expr) == 0
    )


# --- limits ----------------------------------------------------------------------------------------------------------
def assert_limit(expr: Expr, symbol: Symbol, point: Any, value: Any, text: str = "", side: str = "+") -> None:
    """Show that an expression tends to `value` as `symbol` tends to `point` (from above, unless `side` is ``"-"``).

    Raises
    ------
    ClaimFailed
        SymPy finds another limit, or none.

    Examples
    --------
    >>> from sympy.abc import x
    >>> assert_limit(1/x, x, 0, oo)
    """
    value = sympy.sympify(value)
    try:
        found = sympy.limit(expr, symbol, point, side)
    except (NotImplementedError, ValueError) as error:
        raise ClaimFailed(f"no limit of {expr} as {symbol} -> {point} was found: {error}") from None
    if found != value and not (found.is_finite is not False and value.is_finite is not False and _equal(found, value)):
        raise ClaimFailed(f"{text}: the limit of {expr} as {symbol} -> {point} is {found}, not {value}")
    tending = f"{expr} -> {value} as {symbol} -> {point}"
    report(Step("proved", text or tending, (tending,) if text else ()))


def _equal(left: Expr, right: Expr) -> bool:
    return _where_not_zero(left, right) is None and _is_zero(left - right)


# --- exact comparisons -----------------------------------------------------------------------------------------------
def assert_exact(condition: Any, text: str) -> None:
    """Show a statement about exact numbers, or one that SymPy decides from the assumptions on its symbols.

    Raises
    ------
    ClaimFailed
        It is false or was not decided.

    Examples
    --------
    >>> from sympy import Rational, sqrt
    >>> assert_exact(sqrt(2) < Rational(3, 2), "the square root of 2 is below 3/2")
    """
    if condition not in (True, sympy.true):
        raise ClaimFailed(f"not shown: {text} ({condition})")
    report(Step("proved", text))
