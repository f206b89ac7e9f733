"""Reviewers: correlated verdicts by a one-factor probit, equicorrelated as in the model or each with its own load."""

from functools import cache, partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sympy import Integer, Mul, exp, pi, sqrt

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, Nodes, formulas
from deltamu.calibration.laws.repair import outcome
from deltamu.calibration.parameters import Parameter, threshold
from deltamu.errors import InputError, shown
from deltamu.model.formula import Model
from deltamu.model.quantities import REAL, UNIT, Quantity, quantity
from deltamu.model.special import normal_cdf

Array = NDArray[np.float64]
STEP = 0.1
POINTS = np.arange(-9.0, 9.0 + STEP / 2, STEP)
MOST = 8  # reviewers: their patterns are 2 to this power
factor = quantity("Z", "Z", meaning="what all reviewers see alike, standard normal", domain=REAL)


@cache
def reviewers(number: int, loads: str = "equal") -> Law:
    """The law of which reviewers judge rightly: E_Z prod_j Phi(+-(a_j + sqrt(gamma_j) Z)/sqrt(1 - gamma_j)).

    Parameters
    ----------
    number : int
    loads : "equal" or "free"
        Whether all reviewers have the correlation gamma in common, as the model says.

    Raises
    ------
    InputError
        There are fewer than 2 or more than 8 reviewers.
    """
    if not 2 <= number <= MOST:
        raise InputError(f"reviewers = {number} is outside [2, {MOST}]")
    thresholds = [Parameter(threshold(j + 1), "identity", low=-6, high=6) for j in range(number)]
    if loads == "equal":
        correlations = [Parameter(par.gamma, "logit", low=-9, high=5)]
    elif loads == "free":
        correlations = [Parameter(_load(j + 1), "logit", low=-9, high=5) for j in range(number)]
    else:
        raise InputError(f"loads = {shown(loads)} is neither 'equal' nor 'free'")
    right: list[Quantity] = []
    wrong: list[Quantity] = []
    lines: list = []
    for j in range(number):
        gamma, a = correlations[j % len(correlations)].symbol, thresholds[j].symbol
        scaled = quantity(f"x_{j + 1}", f"x_{j + 1}", meaning=f"score of reviewer {j + 1}", domain=REAL)
        right.append(outcome(f"right_{j + 1}", f"q_{j + 1}", f"reviewer {j + 1} is right"))
        wrong.append(outcome(f"wrong_{j + 1}", rf"\bar q_{j + 1}", f"reviewer {j + 1} is wrong"))
        lines += [(scaled, (a + sqrt(gamma) * factor) / sqrt(1 - gamma)), (right[j], normal_cdf(scaled)),
                  (wrong[j], normal_cdf(-scaled))]  # fmt: skip
    weight = outcome("weight", "w", "probability of a node")
    lines.append((weight, exp(-(factor**2) / 2) / sqrt(2 * pi) * STEP))
    symbols, labels = [], []
    for pattern in product((1, 0), repeat=number):
        name = "".join(map(str, pattern))
        symbols.append(outcome(f"pattern_{name}", f"p_{{{name}}}", f"verdicts right: {name}"))
        labels.append(f"right: {name}")
        chosen = [right[j] if yes else wrong[j] for j, yes in enumerate(pattern)]
        lines.append((symbols[-1], Mul(Integer(1), weight, *chosen)))
    return Law(
        "reviewers",
        "correlated reviewers",
        (*thresholds, *correlations),
        Model("reviewers", formulas(*lines)),
        tuple(symbols),
        tuple(labels),
        partial(_starts, number=number, names=tuple(p.name for p in correlations)),
        nodes=Nodes(factor, POINTS),
        note="one common factor makes all correlations",
    )


def pattern_counts(right: Array) -> Array:
    """Counts of each pattern from who was right, shape (cases, reviewers) of 0 and 1, in the order of the law."""
    right = np.asarray(right, dtype=int)
    number = right.shape[1]
    place = ((1 - right) * 2 ** np.arange(number - 1, -1, -1)).sum(axis=1)
    return np.bincount(place, minlength=2**number).astype(float)


def _load(j: int) -> Quantity:
    return quantity(f"gamma_{j}", rf"\gamma_{j}", meaning=f"share of reviewer {j}'s score that all see alike",
                    domain=UNIT)  # fmt: skip


def _starts(counts: Array, number: int, names: tuple[str, ...]) -> list[dict[str, float]]:
    total = counts.sum(axis=0)
    patterns = np.array(list(product((1, 0), repeat=number)))
    accuracy = np.clip(total @ patterns / total.sum(), 0.02, 0.98)
    known = {f"a_{j + 1}": float(ndtri(accuracy[j])) for j in range(number)}
    return [{**known, **dict.fromkeys(names, gamma)} for gamma in (0.2, 0.6)]
