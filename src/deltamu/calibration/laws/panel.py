"""A panel of independent samples of a task, of each of which the visible and the hidden result is known."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from sympy import Integer, binomial
from sympy.ntheory.multinomial import multinomial_coefficients

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import outcome
from deltamu.calibration.laws.spread import RESOLUTION, Transform, spread_derived, spread_parameters, spread_starts
from deltamu.errors import InputError
from deltamu.model.formula import Model

Array = NDArray[np.float64]
MOST = 8  # samples: the sums alternate


@cache
def panel(n: int, spread: str = "gamma") -> Law:
    """The law of how many of n samples are right, pass wrongly, or fail.

    With i right, j passing wrongly and l failing it is n!/(i! j! l!) E e^(-i mu) (e^(-r mu) - e^(-mu))^j
    (1 - e^(-r mu))^l, a sum of transforms.

    Raises
    ------
    InputError
        n is no whole number from 1 to 8.
    """
    if not 1 <= n <= MOST:
        raise InputError(f"samples = {n} is outside [1, {MOST}]")
    transform = Transform(spread)
    symbols, labels, lines = [], [], []
    for (i, j, fails), ways in sorted(multinomial_coefficients(3, n).items(), reverse=True):
        total = Integer(0)
        for a in range(j + 1):
            for b in range(fails + 1):
                sign = (-1) ** (j - a + b) * binomial(j, a) * binomial(fails, b)
                total += sign * transform(Integer(i + j - a) + par.r * (a + b))
        name = f"{i}_{j}_{fails}"
        symbols.append(outcome(f"cell_{name}", f"p_{{{i},{j},{fails}}}", f"{i} right, {j} pass wrongly, {fails} fail"))
        labels.append(f"{i} right, {j} wrong pass, {fails} fail")
        lines.append((symbols[-1], ways * total))
    return Law(
        "panel",
        "independent samples with visible and hidden results",
        (*spread_parameters(spread), RESOLUTION),
        Model("panel", (*transform.lines, *formulas(*lines))),
        tuple(symbols),
        tuple(labels),
        partial(_starts, spread=spread),
        derived=spread_derived(spread),
        note="samples of one task are independent given its mass",
    )


def visible_members(n: int) -> Array:
    """Which outcomes are alike where only visible results are known: by the number that fails, (n + 1, outcomes)."""
    kinds = sorted(multinomial_coefficients(3, n), reverse=True)
    return np.array([[float(fails == number) for _, _, fails in kinds] for number in range(n + 1)])


def _starts(counts: Array, spread: str) -> list[dict[str, float]]:
    return spread_starts(0.5, 0.6, spread)
