"""What a claim says of balls."""

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Rational, Symbol

from deltamu.claims.rigorous.optional import arb, ctx
from deltamu.claims.rigorous.tape import Tape, model_tape
from deltamu.claims.steps import ClaimFailed, Step, report
from deltamu.model.formula import Model

BITS = 64


def exact(value: Any) -> Any:
    """A number as it is written: 0.2 is two tenths, not the binary fraction that is nearest to it."""
    if isinstance(value, arb):
        return value
    if hasattr(value, "item"):
        value = value.item()
    fraction = Rational(str(value))
    return arb(int(fraction.p)) / int(fraction.q)


def enclosed(
    expr: Any, values: Mapping[Symbol, Any] | None = None, model: Model | None = None, bits: int = BITS
) -> Any:
    """A ball around an expression, or around a quantity of a model at settings; what is left out has its default.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> enclosed(sym.pass_probability, {sym.mu: 2, sym.r: 1}, PUBLISHED).str(10, radius=False)
    '0.1353352832'
    """
    tape = model_tape(model, (expr,)) if model is not None else Tape((), (expr,))
    with ctx.workprec(bits):
        given = {symbol: exact(value) for symbol, value in (values or {}).items()}
        for symbol in tape.inputs.keys() - given.keys():
            given[symbol] = exact(symbol.default)
        return tape(given)[0]


def assert_enclosed(decided: Any, text: str) -> None:
    """Show what a comparison of balls decides: it is true only where it holds of all numbers in them.

    Raises
    ------
    ClaimFailed
        It does not.
    """
    if decided is not True:
        raise ClaimFailed(f"not enclosed: {text}")
    report(Step("proved", text))


def digits(ball: Any, count: int = 4) -> str:
    """A ball's middle to a few digits."""
    return f"{float(ball.mid()):.{count}g}"


def quantity_on_balls(
    model: Model, quantity: Any, values: Mapping[Symbol, Any] | None = None, bits: int = BITS
) -> Callable[[Mapping[Symbol, Any]], Any]:
    """A quantity as a function of balls: what is not given when it is called has its value here, or its default."""
    tape = model_tape(model, (quantity,))
    with ctx.workprec(bits):
        given = {symbol: getattr(symbol, "default", None) for symbol in tape.inputs}
        fixed = {symbol: exact(value) for symbol, value in given.items() if value is not None}
        fixed |= {symbol: exact(value) for symbol, value in (values or {}).items()}

    def at(balls: Mapping[Symbol, Any]) -> Any:
        with ctx.workprec(bits):
            return tape(fixed | dict(balls))[0]

    return at
