"""What holds of a run that stops at its target, at the worst, in closed form."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from sympy import Expr, cancel, exp, log, simplify, solve

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.equilibria.roots import Array
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import NONNEGATIVE, UNIT

ESCAPED = Formula(
    sym.quantity("escaped", r"\mu_{\mathrm{h}}", domain=NONNEGATIVE, unit="defects",
                 meaning="expected defects that escape: left in the code when the tests pass"),
    (1 - sym.r) * sym.mu, title="hidden defects, which a pass says nothing about", source="Poisson thinning",
)  # fmt: skip
BOUND = sym.quantity("bound", r"\eta", domain=NONNEGATIVE, meaning="what a quantity at the stop may not pass")
STOP = sym.quantity("mu_stop", r"\mu_{\mathrm{s}}", domain=NONNEGATIVE, unit="defects",
                    meaning="defect mass at which the tests pass with the target's probability")  # fmt: skip
RESOLUTION = sym.quantity(
    "resolution", r"r^*", domain=UNIT, meaning="coarsest oracle that is good enough at every stop"
)
BOUNDS = {
    "max_false_pass": sym.false_pass_probability,
    "min_reliability": sym.reliability,
    "max_escaped": ESCAPED.symbol,
}
AT_STOP = (sym.false_pass_probability, sym.reliability, ESCAPED.symbol)
ASSURED = "assured at the stop, wherever it is"


@cache
def at_the_target(model: Model) -> dict[str, Formula]:
    """A run stops at this defect mass or below; what then holds of it at the worst.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> for formula in at_the_target(PUBLISHED).values():
    ...     print(formula)
    mu_stop = -log(target)/r
    false_pass_probability = 1 - exp((1 - r)*log(target)/r)
    reliability = exp(log(target)/r)
    escaped = -(1 - r)*log(target)/r
    """
    mass = at_the_worst(sym.mu, model)
    formulas = {STOP.name: Formula(STOP, mass, title=STOP.meaning, source="pass probability = target")}
    for formula in (model[sym.false_pass_probability], model[sym.reliability], ESCAPED):
        formulas[formula.name] = Formula(
            formula.symbol, at_the_worst(formula.symbol, model), title=f"{formula.title}, {ASSURED}", source="the stop"
        )
    return formulas


@cache
def at_the_worst(quantity: sym.Quantity, model: Model) -> Expr:
    """A quantity, or the defect mass itself, at the largest mass at which a run may stop: where it meets its target."""
    if quantity == sym.mu:
        passing = model[sym.pass_probability].expr
        return solve(log(sym.target) - simplify(log(passing), force=True), sym.mu)[0]
    expr = ESCAPED.expr if quantity == ESCAPED.symbol else model[quantity].expr
    return expr.subs(sym.mu, at_the_worst(sym.mu, model))


@cache
def coarsest(bound: str, model: Model) -> Formula:
    """The resolution from which on a bound holds at every stop: each bound is met with equality there.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> for bound in BOUNDS:
    ...     print(coarsest(bound, PUBLISHED))
    resolution = log(target)/(log(1 - bound) + log(target))
    resolution = log(target)/log(bound)
    resolution = -log(target)/(-log(target) + bound)
    """
    worst = at_the_worst(BOUNDS[bound], model)
    rate = worst  # linear in 1/r once logarithms are taken
    limit: Expr = BOUND
    if bound == "max_false_pass":
        worst, limit = 1 - worst, 1 - BOUND
    if worst.func is exp:
        rate, limit = worst.args[0], log(limit)
    return Formula(RESOLUTION, cancel(solve(rate - limit, sym.r)[0]), title=RESOLUTION.meaning, source="the stop")


def computed(model: Model, outputs: Sequence[sym.Quantity], values: dict[str, Any]) -> dict[str, Array]:
    """Quantities of a model at defect masses ``mu``, one array each."""
    found = compile_program(program("stop", model, outputs))(values)
    shape = np.shape(values[sym.mu.name])
    return {name: np.broadcast_to(value, shape).astype(float) for name, value in found.items()}
