"""Programs rewritten into faster ones that say the same, in symbols, for every engine.

* `rewritten`: lines that compute the same with less;
* `lean`: a move that computes its next state and whether the target is reached, and nothing else;
* `inverted`: a comparison with a constant, taken through the functions around what varies, so that an exponential or
  a distribution function need not be computed: A > c becomes E > logit(c) σ_tot;
* `passing_bound`: that of the pass probability with the target, solved for the state;
* `extreme`: positive parts and clips as Max and Min, for where these are faster than a choice of cases.

Nothing here knows a formula of the model: what holds is derived from the expressions and the domains of their symbols.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import sympy
from sympy import Basic, Expr, Float, Piecewise, Symbol

from deltamu.codegen.passes.extrema import extreme
from deltamu.codegen.passes.factoring import with_common_factors, with_joined_constants, with_merged_products
from deltamu.codegen.passes.hoisting import hoisted, with_shared_parts
from deltamu.codegen.passes.inversion import inverted, with_inverted_comparisons
from deltamu.codegen.passes.rebuild import read
from deltamu.codegen.passes.roots import with_shared_roots
from deltamu.codegen.program import Program, move_programs, ordered
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.policies import Move

__all__ = ["TARGET_REACHED", "Lean", "extreme", "inverted", "lean", "passing_bound", "rewritten"]

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

    Parameters
    ----------
    formulas : tuple of Formula
    outputs : tuple of Symbol
    is_constant : callable
        Whether an expression is computed outside the loop.
    """
    lines = with_common_factors(with_inverted_comparisons(formulas, outputs, is_constant))
    lines = with_shared_roots(with_merged_products(lines, outputs), is_constant)
    return with_shared_parts(with_joined_constants(lines, outputs, is_constant), is_constant)


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

    Parameters
    ----------
    move : Move

    Examples
    --------
    No exponential is left in the published loop:

    >>> from deltamu import PUBLISHED, TRUST_REGION, one_move
    >>> fast = lean(one_move(TRUST_REGION, PUBLISHED))
    >>> any(formula.printed.has(sympy.exp) for formula in fast.step.formulas)
    False
    >>> print(fast.reached)
    reached(mu, target_constant, target_constant2):
        target_reached = Piecewise((1, target_constant*mu >= target_constant2), (0, True))
        return target_reached
    """
    programs = move_programs(move)
    constant = move.constant_formulas | (move.controls | {sym.target}) - {*move.state, sym.t}

    def is_constant(expr: Basic) -> bool:
        return expr.free_symbols <= constant

    step = rewritten(programs.step.formulas, programs.step.outputs, is_constant)
    reached = with_inverted_comparisons((*programs.report.formulas, TARGET), (TARGET_REACHED,), is_constant)
    constants: dict[Expr, Formula] = {}
    step = [Formula(f.symbol, hoisted(f.printed, f.symbol, is_constant, constants)) for f in step]
    reached = [Formula(f.symbol, hoisted(f.printed, sym.target, is_constant, constants)) for f in reached]
    extended = move.model.replace(*constants.values(), name=move.model.name)
    lines = {"step": (step, programs.step.outputs), "reached": (reached, (TARGET_REACHED,))}
    made = {
        name: Program(name, ordered(read(formulas, outputs)), tuple(formulas), outputs)
        for name, (formulas, outputs) in lines.items()
    }
    wanted = {s for part in made.values() for s in part.inputs if s in extended and s not in move.state}
    needed = [formula.symbol for formula in extended if formula.symbol in wanted]
    before = Program(
        "before",
        ordered(read(extended.program(needed), needed)),
        extended.program(needed),
        tuple(needed),
    )
    return Lean(before, made["step"], made["reached"])
