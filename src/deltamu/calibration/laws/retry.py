"""Retry: every attempt is a fresh draw at the mass of the task, and some failing tasks can never be solved."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from sympy import Integer, binomial

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import FALSE_ALARM, GAP, first_attempt, labels, oracle_outcomes
from deltamu.calibration.laws.spread import RESOLUTION, Transform, spread_derived, spread_parameters, spread_starts
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model

Array = NDArray[np.float64]
MOST = 25  # attempts after which the alternating sum has lost its digits


@cache
def retry(last: int, spread: str = "gamma") -> Law:
    """The law of the first visible pass among fresh attempts 0..last, and of the hidden result.

    P(T = t) = a_t sum_j C(t, j) (-1)^j L(r (j + 1)), with a right program a_t sum_j C(t, j) (-1)^j L(1 + r j), where
    a_0 = 1 and a_t = a after it.

    Raises
    ------
    InputError
        There are more attempts than the alternating sum has digits for.
    """
    if last > MOST:
        raise InputError(f"last = {last} attempts: law retry holds its digits up to {MOST}")
    transform = Transform(spread)
    passing, right = [], []
    for t in range(last + 1):
        share = par.alive if t else Integer(1)
        signs = [(-1) ** j * binomial(t, j) for j in range(t + 1)]
        passing.append(share * sum(sign * transform(par.r * (j + 1)) for j, sign in enumerate(signs)))
        right.append(share * sum(sign * transform(1 + par.r * j) for j, sign in enumerate(signs)))
    symbols, more = oracle_outcomes(passing, right, [transform(Integer(1))] * (last + 1))
    return Law(
        "retry",
        "every attempt a fresh program, but some tasks get no second chance",
        (*spread_parameters(spread), RESOLUTION, Parameter(par.alive, "logit"), FALSE_ALARM, GAP),
        Model("retry", (*transform.lines, *formulas(*more))),
        symbols,
        labels(last),
        partial(_starts, spread=spread),
        derived=spread_derived(spread),
        note="attempts of one task are independent given its mass",
    )


def _starts(counts: Array, spread: str) -> list[dict[str, float]]:
    mass, apparent, eps = first_attempt(counts)
    return [
        {**start, "alive": alive, "eps": eps, "gap": 0.05}
        for start in spread_starts(mass, apparent, spread)
        for alive in (0.2, 0.6, 0.95)
    ]
