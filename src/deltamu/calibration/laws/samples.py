"""Samples: how many of n independent programs of one task are right, the mass differing from task to task."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from sympy import exp, log, loggamma

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, Nodes, formulas
from deltamu.calibration.laws.spread import DISPERSIONS, MASS, SCALE, SCALED, SHAPE, WIDEST, exponent
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.quantities import NONNEGATIVE, REAL, UNIT, quantity

Array = NDArray[np.float64]
STEP = 0.02  # of the trapezoid in ln mu: exact to 1e-12 for n = 100 while c >= 1/1500
POINTS = np.arange(-40.0, 8.0, STEP)  # beyond them exp(-mu), or mu, is 0
MOST = 1000  # samples a task
NARROWEST = -7.0  # ln c below which the law is too narrow for the nodes
log_mass = quantity("log_mass", r"\ln\mu", meaning="logarithm of the mass of a task", domain=REAL)


@cache
def samples(n: int) -> Law:
    """The law of c right programs among n: E C(n, c) exp(-c mu) (1 - exp(-mu))^(n-c), c = 0..n.

    The alternating sum C(n, c) sum_j (-1)^j C(n-c, j) L(c + j) loses its digits from n = 25 on; the trapezoid rule in
    ln mu converges faster than any power and keeps them.

    Raises
    ------
    InputError
        n is no whole number from 1 to 1000.
    """
    if not 1 <= n <= MOST:
        raise InputError(f"samples = {n} is outside [1, {MOST}]")
    weight = quantity("weight", "w", meaning="probability of a node", domain=NONNEGATIVE)
    slow = quantity("E_all", "E_n", meaning="-ln P(all right)", domain=NONNEGATIVE)
    every = quantity("all_right", "L_n", meaning="P(all right) = L(n)", domain=UNIT)
    shape = 1 / par.c
    height = quantity("log_density", r"\ln f", meaning="logarithm of the density in ln mu", domain=REAL)
    density = shape * (log_mass - log(par.theta)) - exp(log_mass) / par.theta - loggamma(shape)
    return Law(
        "samples",
        "independent samples of a task",
        (MASS, Parameter(par.c, "log", low=NARROWEST, high=WIDEST)),
        Model(
            "samples",
            (
                SCALE,
                *formulas((height, density), (weight, STEP * exp(height)), (slow, exponent(n)), (every, exp(-slow))),
            ),
        ),
        (weight,),
        tuple(f"{c} of {n} right" for c in range(n + 1)),
        _starts,
        derived=(SHAPE, SCALED),
        nodes=Nodes(log_mass, POINTS, kernel(n)),
        exact={n: every},
        rest=0,
        note="samples of one task are independent given its mass",
    )


def kernel(n: int) -> Array:
    """C(n, c) exp(-c mu) (1 - exp(-mu))^(n-c) at every node, shape (n + 1, nodes)."""
    c, mass = np.arange(n + 1.0)[:, None], np.exp(POINTS)[None, :]
    ways = gammaln(n + 1) - gammaln(c + 1) - gammaln(n - c + 1)
    return np.exp(ways - c * mass + (n - c) * np.log(-np.expm1(-mass)))


def _starts(counts: Array) -> list[dict[str, float]]:
    right = np.arange(counts.shape[-1]) @ counts.sum(axis=0) / max(counts.sum() * (counts.shape[-1] - 1), 1.0)
    return [{"m": -np.log(min(max(right, 0.01), 0.99)), "c": c} for c in DISPERSIONS]
