"""A move that computes its next state and whether the target is reached, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import sympy
from sympy import Basic, Expr, Float, Piecewise, Symbol

from deltamu.codegen.passes.factoring import (
    with_common_factors,
    with_joined_constants,
    with_merged_products,
    with_scaled_sums,
)
from deltamu.codegen.passes.hoisting import with_named_constants, with_shared_parts
from deltamu.codegen.passes.inversion import inverted, with_inverted_comparisons
from deltamu.codegen.passes.roots import with_shared_roots
from deltamu.codegen.passes.schedule import fast_symbols
from deltamu.codegen.program import REPORT, Program, program, split
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.policies import Move

TARGET_REACHED = sym.quantity("target_reached", r"1_{R^*}", domain=sym.UNIT,
                              meaning="whether the pass probability is at the target: 1 or 0")  # fmt: skip
TARGET = Formula(
    TARGET_REACHED,
    Piecewise((1, sympy.Ge(sym.pass_probability, sym.target, evaluate=False)), (0, True), evaluate=False),
)


@dataclass(frozen=True)
class Lean:
    """A run in three programs that compute the state and nothing else.

    Attributes
    ----------
    before : Program
        What is the same in every move, constant parts of formulas included, from the controls.
    step : Program
        One move: its outputs are the state after it, in the order of `Move.state`.
    reached : Program
        Whether a state is at the target: its output `TARGET_REACHED` is 1 or 0.
    """

    before: Program
    step: Program
    reached: Program

    def __str__(self) -> str:
        return "\n\n".join(map(str, (self.before, self.step, self.reached)))


def rewritten(
    formulas: tuple[Formula, ...], outputs: tuple[Symbol, ...], is_constant: Callable[[Basic], bool]
) -> list[Formula]:
    """Lines that compute the same outputs with less.

    Comparisons are inverted where that saves a formula, products and roots are merged where that saves a root,
    constant factors go where there are others, and what occurs twice gets a name.  A line that keeps its name keeps
    its value.
    """
    lines = with_common_factors(with_inverted_comparisons(formulas, outputs, is_constant))
    lines = with_shared_roots(with_merged_products(lines, outputs), is_constant)
    lines = with_scaled_sums(with_joined_constants(lines, outputs, is_constant), is_constant)
    return with_shared_parts(lines, is_constant)


def passing_bound(move: Move, share: float, is_constant: Callable[[Basic], bool]) -> Expr | None:
    """What mu must not exceed for the pass probability to be at a share of the target; None if it is not known.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, one_move
    >>> passing_bound(one_move(TRUST_REGION, PUBLISHED), 0.5, lambda expr: sym.mu not in expr.free_symbols)
    -log(0.5*target)/r
    """
    passing = sympy.Ge(move.model[sym.pass_probability].printed, Float(share) * sym.target, evaluate=False)
    found = inverted(passing, is_constant)
    if not isinstance(found, sympy.Ge):
        return None
    factor = found.lhs.doit() / sym.mu
    return found.rhs / factor if is_constant(factor) and factor.is_nonpositive else None


@cache
def lean(move: Move) -> Lean:
    """The state's own part of a move, split at the loop and rewritten; what is constant is computed once.

    Examples
    --------
    No exponential is left in the published loop:

    >>> from deltamu import PUBLISHED, TRUST_REGION, one_move
    >>> fast = lean(one_move(TRUST_REGION, PUBLISHED))
    >>> any(formula.printed.has(sympy.exp) for formula in fast.step.formulas)
    False
    >>> print(fast.reached)
    reached(mu, target_reached_constant, target_reached_constant2):
        target_reached = Piecewise((1, target_reached_constant*mu >= target_reached_constant2), (0, True))
        return target_reached
    """
    varying = frozenset({*move.state, sym.t, *sym.GIVEN})
    lines = _rewritten(move, move.after, varying)
    reporting = (*move.model.program(REPORT[:1]), TARGET)
    reached = with_inverted_comparisons(reporting, (TARGET_REACHED,), lambda expr: not expr.free_symbols & varying)
    changing = move.model.depending(varying)

    def is_constant(expr: Basic) -> bool:
        return not expr.free_symbols & {*changing, *(line.symbol for line in lines)}

    lines, constants = with_named_constants([*lines, *reached], is_constant)
    model = move.model.replace(*constants, *lines, name=move.model.name)
    before, step = split("step", model, move.after, varying)
    more, there = split("reached", model, (TARGET_REACHED,), varying)
    return Lean(program("before", model, dict.fromkeys([*before.outputs, *more.outputs])), step, there)


def state_lines(move: Move) -> list[Formula]:
    """Lines for the states that change with every move, rewritten; what only a schedule changes is constant in them."""
    fast = fast_symbols(move)
    return _rewritten(move, [new for s, new in zip(move.state, move.after, strict=True) if s in fast], fast)


def _rewritten(move: Move, outputs: Iterable[Symbol], varying: Iterable[Symbol]) -> list[Formula]:
    outputs, changing = tuple(outputs), move.model.depending(varying)
    formulas = tuple(formula for formula in move.model.program(outputs) if formula.symbol in changing)
    known = (move.model.free_symbols | {formula.symbol for formula in move.model}) - changing
    return rewritten(formulas, outputs, lambda expr: expr.free_symbols <= known)
