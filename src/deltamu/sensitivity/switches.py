"""Where a move changes over: the inequalities of its formulas, and how near a run comes to them."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from sympy import Abs, Add, And, Expr, Float, Lt, Max, Min, Not, Piecewise, S, Symbol
from sympy.core.relational import Eq, Ne, Relational
from sympy.logic.boolalg import Boolean

from deltamu.codegen.passes.inversion import is_positive_part
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move
from deltamu.model.quantities import NONNEGATIVE, REAL, Quantity, quantity

SWITCH_MARGIN = quantity(
    "switch_margin", r"\varsigma", domain=NONNEGATIVE,
    meaning="distance to the nearest switch, relative to what is compared; nan if that is 0",
)  # fmt: skip
HUGE = Float(1e300)


@dataclass(frozen=True)
class Switch:
    """An inequality at which a formula of a move changes over.

    Attributes
    ----------
    condition : Relational
    low, high : Quantity
        Left sides for its two sides: it says low < high, or low ≤ high.
    nearness : Quantity
        Left side for how near they are, relative to what is compared: 1, or nan, where they are equal.
    """

    condition: Relational
    low: Quantity
    high: Quantity
    nearness: Quantity


def switches(move: Move, model: Model) -> tuple[tuple[Switch, ...], list[Formula]]:
    """The inequalities of a move, formulas for their sides, and one for the distance to the nearest.

    `model` may say the same in other lines: what is compared is looked up there, and where a comparison is another one
    there, the other counts, if it is finite.
    """
    found: list[Switch] = []
    lines: list[Formula] = []
    said = {c: other for f in move.model for c, other in _otherwise(f.printed, model[f.symbol].printed)}
    conditions = (c for f in move.model.program(move.after) for c in _inequalities(f.printed, model))
    fixed = {f.symbol for f in model} - model.depending({*move.state, sym.t})
    for number, condition in enumerate(dict.fromkeys(conditions)):
        low, high, near = (
            quantity(f"switch_{number}_{side}", f"{side}_{number}", meaning=f"{side} of {condition}", domain=REAL)
            for side in ("low", "high", "nearness")
        )
        nearness = _nearness(condition, model)
        if (other := said.get(condition, condition)) != condition:
            finite = _finite(other, model, fixed)
            nearness = Piecewise((_nearness(other, model), finite), (nearness, True), evaluate=False)
        lines += [
            Formula(low, condition.lts, title=low.meaning),
            Formula(high, condition.gts, title=high.meaning),
            Formula(near, nearness, title=near.meaning),
        ]
        found.append(Switch(condition, low, high, near))
    nearest = Max(*(switch.nearness for switch in found)) if found else S.Zero
    lines.append(Formula(SWITCH_MARGIN, 1 - nearest, title=SWITCH_MARGIN.meaning))
    return tuple(found), lines


def _nearness(condition: Relational, model: Model) -> Expr:
    """How near the sides of a condition are, relative to what is compared; nan if nothing is compared with nothing."""
    terms = _compared(condition, model)
    if len(terms) == 2 and terms[0].could_extract_minus_sign() != terms[1].could_extract_minus_sign():
        sides = [-term if term.could_extract_minus_sign() else term for term in terms]
        if any(_is_nonnegative(side, model) for side in sides):
            return Min(*sides, evaluate=False) / Max(*sides, evaluate=False)
    sizes = Add(*(_size(term, model) for term in terms), evaluate=False)
    return 1 - Abs(condition.gts - condition.lts, evaluate=False) / sizes


def _size(term: Expr, model: Model) -> Expr:
    """The absolute value of a term."""
    term = -term if term.could_extract_minus_sign() else term
    return term if _is_nonnegative(term, model) else Abs(term, evaluate=False)


def _is_nonnegative(term: Expr, model: Model) -> bool:
    return bool(term.is_nonnegative or (term in model and is_positive_part(model[term].printed)))


def _otherwise(one: Expr, other: Expr) -> Iterator[tuple[Relational, Relational]]:
    """The conditions of a choice in pairs with those of another choice between as many cases."""
    if isinstance(one, Piecewise) and isinstance(other, Piecewise) and len(one.args) == len(other.args):
        for (_, condition), (_, said) in zip(one.args, other.args, strict=True):
            if isinstance(condition, Relational) and isinstance(said, Relational):
                yield condition, said


def _finite(condition: Relational, model: Model, fixed: Container[Symbol]) -> Boolean:
    """Where what a condition compares is finite; what no move changes is in `fixed`."""
    bounded = [Lt(Abs(s), HUGE, evaluate=False) for s in sorted(condition.free_symbols, key=str) if s in fixed]
    choices = [f.printed for f in model.program([condition]) if isinstance(f.printed, Piecewise)]
    infinite = [when for choice in choices for value, when in choice.args if value == S.Infinity]
    return And(*bounded, *map(Not, infinite))


def _inequalities(expr: Expr, model: Model) -> Iterator[Relational]:
    """The inequalities among the conditions of a right side at which a run may change over.

    Not those that only whole numbers decide.  Nor a comparison of one positive thing with 0: that is an end of a
    domain, which a run does not cross, and the branches after it count only there.
    """
    for piecewise in sorted(expr.atoms(Piecewise), key=str):
        for _, condition in piecewise.args:
            for part in sorted(condition.atoms(Relational), key=str):
                moving = {s for s in part.free_symbols if s != sym.t and not getattr(s, "whole", False)}
                if not moving or isinstance(part, Eq | Ne):
                    continue
                if len(_compared(part, model)) < 2:
                    return
                yield part


def _compared(condition: Relational, model: Model) -> tuple[Expr, ...]:
    """The terms that are compared; a left side that is a sum stands for its terms, and so do theirs."""
    terms: list[Expr] = []
    left = list(Add.make_args(condition.gts - condition.lts))
    while left:
        term = left.pop(0)
        sign, symbol = term.as_coeff_Mul()
        inner = model[symbol].expr if symbol.is_Symbol and symbol in model else symbol
        if inner.is_Add and abs(sign) == 1:
            left = [*inner.args, *left]
        else:
            terms.append(term)
    return tuple(terms)
