"""A chain of formulas evaluated to as many digits as are asked for, or not at all."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sympy import Expr, Float, Rational, sympify
from sympy.core.evalf import PrecisionExhausted

from deltamu.errors import InputError, shown
from deltamu.model.quantities import Quantity

GUARD = 15  # digits that an evaluation works with beyond those that are asked for
DIGITS = 20_000  # most digits that it may work with to make up for cancellation
Lines = Sequence[tuple[Expr, Expr]]  # left sides and right sides


def exact(symbol: Quantity, value: Any) -> Expr:
    """A value inside a symbol's domain, however large, as the exact number that it is."""
    try:
        number = Rational(str(value)) if isinstance(value, str | Decimal) else sympify(value)
    except (TypeError, ValueError):  # SymPy's own error is a ValueError
        number = None
    if not getattr(number, "is_number", False):
        raise InputError(f"{symbol} = {shown(value)} is not a number: allowed is {symbol.allowed}")
    if not number.is_finite or number not in symbol.domain:
        raise InputError(f"{symbol} = {value} is outside {symbol.allowed}")
    return Rational(number) if number.is_Float else number


def last_value(lines: Lines, known: Mapping[Expr, Expr], digits: int) -> Expr:
    """The value of the last line: with more and more working digits, until two answers agree."""
    working = digits + GUARD
    while working <= DIGITS:
        one, other = (_worked_with(lines, known, working + more) for more in (0, GUARD))
        if one is not None and other is not None and _agree(one, other, digits):
            return other.evalf(digits)
        working *= 2
    name, _ = lines[-1]
    raise InputError(f"{name} is not known to {digits} digits after working with {working // 2}: ask for fewer")


def _worked_with(lines: Lines, known: Mapping[Expr, Expr], digits: int) -> Expr | None:
    """The value of the last line, each line to a number of digits; None if one cancels beyond `DIGITS`."""
    known, value = dict(known), None
    for symbol, expr in lines:
        value = expr.xreplace(known)
        if not value.is_Rational:  # what is rational stays exact
            try:
                value = value.evalf(digits, maxn=DIGITS, strict=True)
            except PrecisionExhausted:
                return None
        known[symbol] = value
    return value


def _agree(one: Expr, other: Expr, digits: int) -> bool:
    return bool(one == other or (one.is_finite and abs(one - other) <= abs(one) * Float(10) ** -digits))
