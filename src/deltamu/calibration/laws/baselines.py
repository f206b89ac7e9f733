"""Baselines: simple laws of the first visible pass without any defect mass, which the model's laws have to beat."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, exp, loggamma

from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import labels, outcome, what_is_seen
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError, unknown
from deltamu.model.formula import Model
from deltamu.model.quantities import NONNEGATIVE, POSITIVE, UNIT, quantity

Array = NDArray[np.float64]


def _share(name: str, latex: str, meaning: str) -> Parameter:
    return Parameter(quantity(name, latex, meaning=meaning, domain=UNIT), "logit")


FIRST = _share("p", "p", "probability that the first program passes")
HAZARD = _share("h", "h", "probability that a repair passes")
CURE = _share("cure", r"\pi", "share of failing tasks that can be solved at all")
RIGHT_FIRST = _share("q_0", "q_0", "probability that a first pass is right")
RIGHT_LATER = _share("q_1", "q_1", "probability that a later pass is right")
ALARM = Parameter(quantity("eps", r"\varepsilon", meaning="share of tasks without a pass whose program is right",
                           domain=UNIT), "logit", default=0.0)  # fmt: skip
A, B, POWER = (Parameter(quantity(name, latex, meaning=meaning, domain=POSITIVE), "log") for name, latex, meaning in (
    ("a", "a", "first shape of the Beta law of the probability to pass"),
    ("b", "b", "second shape of the Beta law of the probability to pass"),
    ("w", "w", "exponent of the power law")))  # fmt: skip
BASELINES = {  # and what they say of repairs
    "first_then": "every repair as likely to pass as any other",
    "first_then_cure": "repairs equally likely to pass, some tasks beyond help",
    "beta_geometric": "a chance of its own for each task, the same at every attempt",
    "power_law": "the share without a pass falls as a power of attempts",
}


@cache
def first_pass_baseline(name: str, last: int) -> Law:
    """A law of the first visible pass at attempts 0..last.

    ``first_then``: the first program passes with probability p, every repair with h.  ``first_then_cure``: so for a
    share of the failing tasks, the others never pass (a discrete Goel-Okumoto law).  ``beta_geometric``: every attempt
    with the task's own probability, Beta distributed.  ``power_law``: P(no pass in t + 1) = (1 - p) (1 + t)^-w.  In
    all of them a pass is right with q_0 at first and q_1 later.
    """
    if name not in BASELINES:
        raise unknown("baseline", name, BASELINES)
    parameters, survival = _survival(name, last)
    symbols, lines = [], []
    before: Expr = Integer(1)
    for t in range(last + 1):
        alive = outcome(f"alive_{t}", f"S_{{{t}}}", f"no visible pass up to {t}")
        found = what_is_seen(t)
        right = (RIGHT_LATER if t else RIGHT_FIRST).symbol
        passed = before - alive
        lines += [(alive, survival[t]), (found[0], right * passed), (found[1], (1 - right) * passed),
                  (found[2], ALARM.symbol * alive), (found[3], (1 - ALARM.symbol) * alive)]  # fmt: skip
        symbols += found
        before = alive
    return Law(
        name,
        BASELINES[name],
        (*parameters, RIGHT_FIRST, *((RIGHT_LATER,) if last else ()), ALARM),
        Model(name, formulas(*lines)),
        tuple(symbols),
        labels(last),
        partial(_starts, name=name),
        note="a baseline: no mass",
    )


def _survival(name: str, last: int) -> tuple[tuple[Parameter, ...], list[Expr]]:
    """Parameters, and P(no visible pass up to t)."""
    p, h, cure, a, b, w = (one.symbol for one in (FIRST, HAZARD, CURE, A, B, POWER))
    if name == "beta_geometric":
        survival, product = [], Integer(1)
        for t in range(last + 1):
            product = product * (b + t) / (a + b + t)
            survival.append(product)
        return (A, B), survival
    if not last:
        return (FIRST,), [1 - p]
    if name == "first_then":
        return (FIRST, HAZARD), [(1 - p) * (1 - h) ** t for t in range(last + 1)]
    if name == "first_then_cure":
        return (FIRST, HAZARD, CURE), [(1 - p) * (1 - cure * (1 - (1 - h) ** t)) for t in range(last + 1)]
    return (FIRST, POWER), [(1 - p) * Integer(t + 1) ** -w for t in range(last + 1)]


def _starts(counts: Array, name: str) -> list[dict[str, float]]:
    right, wrong = (counts[..., i::4].sum(axis=0) for i in (0, 1))
    passed, total = right + wrong, max(counts.sum(), 1.0)
    share = np.clip(passed[0] / total, 0.02, 0.98)
    q_0 = np.clip(right[0] / max(passed[0], 1.0), 0.05, 0.95)
    q_1 = np.clip(right[1:].sum() / max(passed[1:].sum(), 1.0), 0.05, 0.95)
    known = {"p": float(share), "q_0": float(q_0), "q_1": float(q_1), "eps": 0.1}
    return [
        {**known, "h": h, "cure": cure, "w": w, "a": a, "b": a * (1 - share) / share}
        for h, cure, w, a in ((0.1, 0.5, 0.2, 1.0), (0.5, 0.3, 1.0, 0.3), (0.3, 0.9, 0.05, 5.0))
    ]


@cache
def beta_binomial(n: int) -> Law:
    """Right programs among n where each task has its own probability, Beta distributed.

    Raises
    ------
    InputError
        n is no whole number from 1 to 1000.
    """
    if not 1 <= n <= 1000:
        raise InputError(f"samples = {n} is outside [1, 1000]")
    right = quantity("right", "c", meaning="right programs", domain=NONNEGATIVE)
    cell = outcome("seen", "p_c", "probability of c right programs")
    a, b = A.symbol, B.symbol
    ways = loggamma(Integer(n + 1)) - loggamma(right + 1) - loggamma(n - right + 1)
    beta = loggamma(a + right) + loggamma(b + n - right) - loggamma(a + b + n)
    return Law(
        "beta_binomial",
        "Beta-binomial",
        (A, B),
        Model("beta_binomial", formulas((cell, exp(ways + beta + loggamma(a + b) - loggamma(a) - loggamma(b))))),
        (cell,),
        tuple(f"{c} of {n} right" for c in range(n + 1)),
        _beta_starts,
        covariates={right: np.arange(n + 1.0)},
        note="a baseline: no mass",
    )


def _beta_starts(counts: Array) -> list[dict[str, float]]:
    n = counts.shape[-1] - 1
    share = float(np.clip(np.arange(n + 1) @ counts.sum(axis=0) / max(n * counts.sum(), 1.0), 0.02, 0.98))
    return [{"a": size * share, "b": size * (1 - share)} for size in (0.3, 1.0, 5.0, 50.0)]
