"""Identities, limits and exact comparisons: each shows what it says, or raises."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import Dummy, Expr, Rational, Symbol, fraction, oo, together
from sympy.core.relational import Relational

from deltamu.claims.steps import ClaimFailed, Step, report
from deltamu.model.formula import Model
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity
from deltamu.model.special import expected_positive_part, normal_cdf

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
    twins = {s: _positive_twin(s) for s in expr.free_symbols if s.is_nonnegative}
    plain = [twin for s, twin in twins.items() if not isinstance(s, Quantity)]  # equal quantities are the same one
    if merged := sorted({str(twin) for twin in plain if plain.count(twin) > 1}):
        raise ClaimFailed(f"two symbols called {', '.join(merged)} would become one: give them names of their own")
    return expr.xreplace(twins)


@cache
def _positive_twin(symbol: Symbol) -> Symbol:
    """The same symbol, known to be positive; every Dummy has one of its own."""
    if symbol.is_positive:
        return symbol
    kept = {"integer": True} if symbol.is_integer else {}
    if isinstance(symbol, Quantity):
        return Quantity(symbol.name, symbol.facts, positive=True, **kept)
    kind = Dummy if isinstance(symbol, Dummy) else Symbol
    return kind(symbol.name, positive=True, **kept)


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
    shown = (sympy.Eq(left, right, evaluate=False),) if worth_showing else ()
    report(Step("proved", said, shown, ("=", left, right)))


def _where_not_zero(left: Expr, right: Expr) -> dict[Symbol, Any] | None:
    """A point at which two expressions clearly differ, if a few trials find one."""
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    for trial, signs in product(_TRIALS, (1, -1)):
        point = {symbol: _trial_value(symbol, index, trial, signs) for index, symbol in enumerate(symbols)}
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


def _trial_value(symbol: Symbol, index: int, trial: Sequence[Rational], sign: int) -> Any:
    """A value that the symbol may have; of the second sign where it may be negative, small where it is whole."""
    value = trial[index % len(trial)]
    either = symbol.is_nonnegative is None and symbol.is_negative is None
    negative = symbol.is_nonpositive or (either and sign * (-1) ** index < 0)
    if symbol.is_integer:
        whole = (2 if sign > 0 else 0 if symbol.is_positive is not True else 1) + index % 3
        return -whole - 1 if negative else whole
    if isinstance(symbol, Quantity) and symbol.facts.domain.inf == 1:
        return 1 + value
    value += index // len(trial)
    return -value if negative else value


def _numerical(expr: Expr) -> Expr | None:
    value = expr.evalf(20, maxn=200)
    return value if value.is_number and value.is_extended_real and value is not sympy.nan else None


def _is_zero(expr: Expr) -> bool:
    if any(_of_unknown_kind(node) for node in expr.atoms(sympy.binomial, sympy.factorial)):
        return False  # SymPy simplifies these as if their arguments were whole and not negative
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


def _of_unknown_kind(node: Expr) -> bool:
    """Whether an argument of a factorial is not known to be a whole number >= 0."""
    return not all(arg.is_integer and arg.is_nonnegative for arg in node.args)


# --- limits ----------------------------------------------------------------------------------------------------------
def assert_limit(expr: Expr, symbol: Symbol, point: Any, value: Any, text: str = "", side: str = "+") -> None:
    """Show that an expression tends to `value` as `symbol` tends to `point` (from above, unless `side` is ``"-"``).

    Every other symbol is held constant; one that may be zero is looked at both where it is and where it is not.

    Raises
    ------
    ClaimFailed
        SymPy finds another limit, or none; a case of the expression is not decided near the point; or the expression
        holds a quantity of the models that moves with the symbol.

    Examples
    --------
    >>> from sympy.abc import x
    >>> assert_limit(1/x, x, 0, oo)
    """
    expr, value, point = sympy.sympify(expr), sympy.sympify(value), sympy.sympify(point)
    if moving := sorted(s.name for s in expr.free_symbols if s != symbol and _moves_with(s, symbol)):
        raise ClaimFailed(f"{', '.join(moving)} would be held constant, but depends on {symbol}: expand it")
    for case in _cases_of_zero(expr.free_symbols - {symbol}):
        found = _limit_beside(expr.xreplace(case), symbol, point, side)
        wanted = value.xreplace(case)
        finite = found.is_finite is not False and wanted.is_finite is not False
        if found != wanted and not (finite and _equal(found, wanted)):
            at = f" at {', '.join(f'{s} = 0' for s, zero in case.items() if zero == 0)}" if 0 in case.values() else ""
            raise ClaimFailed(f"{text}: the limit of {expr} as {symbol} -> {point}{at} is {found}, not {value}")
    tending = f"{expr} -> {value} as {symbol} -> {point}"
    report(Step("proved", text or tending, (tending,) if text else ()))


def _moves_with(quantity: Symbol, symbol: Symbol) -> bool:
    """Whether a quantity that a model defines depends there on what tends to the limit."""
    return any(quantity.name == formula.name and str(symbol) in _depends_on(formula.name, model)
               for model in (PUBLISHED, GATED) for formula in model if formula.name in model)  # fmt: skip


@cache
def _depends_on(name: str, model: Model) -> frozenset[str]:
    lines = model.program([model[name].symbol])
    return frozenset(s.name for line in lines for s in line.printed.free_symbols)


def _cases_of_zero(symbols: set[Symbol]) -> Iterator[dict[Symbol, Any]]:
    """Each symbol that may be zero as zero, and as its positive twin."""
    doubtful = sorted((s for s in symbols if s.is_nonnegative and s.is_positive is None), key=str)
    for choice in product((False, True), repeat=len(doubtful)):
        yield {s: sympy.S.Zero if zero else _positive_twin(s) for s, zero in zip(doubtful, choice, strict=True)}


def _limit_beside(expr: Expr, symbol: Symbol, point: Expr, side: str) -> Expr:
    """The limit, taken of what the expression is beside the point and not at it."""
    step = Dummy("step", positive=True)
    beside = {oo: 1 / step, -oo: -1 / step}.get(point, point + step if side == "+" else point - step)
    if expr.has(sympy.Piecewise):
        expr, symbol, point, side = _near_zero(expr.subs(symbol, beside), step), step, sympy.S.Zero, "+"
        if expr.has(sympy.Piecewise):
            raise ClaimFailed(f"which case holds beside {point} was not decided in {expr}")
    try:
        found = sympy.limit(expr, symbol, point, side)
    except (NotImplementedError, ValueError) as error:
        raise ClaimFailed(f"no limit of {expr} as {symbol} -> {point} was found: {error}") from None
    return found


def _near_zero(expr: Expr, step: Symbol) -> Expr:
    """Conditions decided for a step that is positive and as small as need be."""
    decided = {}
    for relation in expr.atoms(Relational):
        gap = relation.lhs - relation.rhs
        near = sympy.limit(gap, step, 0, "+")
        if near.is_positive or near.is_negative:
            decided[relation] = sympy.sympify(bool(relation.func(near, 0)))
    return expr.xreplace(decided)


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
        undecided = "" if condition in (False, sympy.false) else f" ({condition})"
        raise ClaimFailed(f"not shown: {text}{undecided}")
    report(Step("proved", text))
