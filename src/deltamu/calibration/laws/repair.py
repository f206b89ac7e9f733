"""Repair: the visible defects of the first program are removed one after the other, each repair less likely to."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, exp

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.spread import RESOLUTION, Transform, spread_derived, spread_parameters, spread_starts
from deltamu.calibration.parameters import Parameter
from deltamu.model.formula import Model
from deltamu.model.quantities import NONNEGATIVE, UNIT, Quantity, quantity

Array = NDArray[np.float64]
FALSE_ALARM = Parameter(par.eps, "logit", default=0.0)
GAP = Parameter(par.gap, "logit", default=0.0)


@cache
def repair(last: int, spread: str = "gamma", eta: int = 0) -> Law:
    """The law of the first visible pass after 0..last repairs, and of the hidden result.

    A visible defect survives t repairs with probability s_t = exp(-lambda (1 + d + ... + d^(t-1))), a hidden one with
    s_t^eta, where eta is 0 or 1.  So P(T <= t) = L(r s_t), and with no hidden defect left at t the law is
    L(r s_t + (1-r) s_t^eta) - L(r s_{t-1} + (1-r) s_t^eta).
    """
    transform = Transform(spread)
    survival = [Integer(1), *(outcome(f"survival_{t}", f"s_{{{t}}}", f"visible defects survive {t} repairs")
                              for t in range(1, last + 1))]  # fmt: skip
    lines: list = []
    worth = Integer(1)  # 1 + d + ... + d^(t-1), by Horner's rule
    for t in range(1, last + 1):
        if t > 1:
            total = quantity(
                f"worth_{t}", f"S_{{{t}}}", meaning=f"worth of {t} repairs in first ones", domain=NONNEGATIVE
            )
            lines.append((total, 1 + par.d * worth))
            worth = total
        lines.append((survival[t], exp(-par.lambda_ * worth)))
    passing, right = [], []
    for t in range(last + 1):
        hidden = (1 - par.r) * survival[t] ** eta
        before = transform(par.r * survival[t - 1]) if t else Integer(0)
        passing.append(transform(par.r * survival[t]) - before)
        clean = transform(par.r * survival[t] + hidden)
        right.append(clean - (transform(par.r * survival[t - 1] + hidden) if t else 0))
    clean_at = [transform(par.r * s + (1 - par.r) * s**eta) for s in survival]
    symbols, more = oracle_outcomes(passing, right, clean_at)
    return Law(
        "repair",
        f"repairs that get less likely to succeed{', and mend hidden defects too' if eta else ''}",
        (*spread_parameters(spread), RESOLUTION, Parameter(par.lambda_, "log"), Parameter(par.d, "logit"),
         FALSE_ALARM, GAP),
        Model("repair", (*transform.lines, *formulas(*lines, *more))),
        symbols,
        labels(last),
        partial(_starts, spread=spread),
        derived=spread_derived(spread),
        note="hidden defects are repaired as visible ones are" if eta else "hidden defects are not repaired",
    )  # fmt: skip


def outcome(name: str, latex: str, meaning: str) -> Quantity:
    """The symbol of a probability."""
    return quantity(name, latex, meaning=meaning, domain=UNIT)


def labels(last: int) -> tuple[str, ...]:
    """What a log of tasks that stop at their first visible pass can show: passes, and tasks that stop without one."""
    return tuple(f"{what} {t} {hidden}" for t in range(last + 1) for what in ("pass", "stop")
                 for hidden in ("right", "wrong"))  # fmt: skip


def oracle_outcomes(passing: list, right: list, clean_at: list) -> tuple[tuple[Quantity, ...], list]:
    """What is seen through an oracle with false alarms and a spec gap.

    Parameters
    ----------
    passing, right : list of expression
        P(T = t) of a sound oracle, and of that with no hidden defect left.
    clean_at : list of expression
        P(no defect) after t, for tasks whose tests never accept.
    """
    judged = outcome("judged", "j", "tests may accept, and nothing unspecified is asked")
    refused = outcome("refused", "f", "tests never accept, and nothing unspecified is asked")
    symbols: list[Quantity] = []
    lines: list = [(judged, (1 - par.eps) * (1 - par.gap)), (refused, par.eps * (1 - par.gap))]
    before: Expr = Integer(1)
    for t, (one, clean, never) in enumerate(zip(passing, right, clean_at, strict=True)):
        passed = outcome(f"passed_{t}", f"p_{{{t}}}", f"visible pass at {t}")
        alive = outcome(f"alive_{t}", f"A_{{{t}}}", f"no visible pass up to {t}")
        found = what_is_seen(t)
        lines += [
            (passed, (1 - par.eps) * one),
            (alive, before - passed),
            (found[0], judged * clean),
            (found[1], passed - found[0]),
            (found[2], refused * never),
            (found[3], alive - found[2]),
        ]
        symbols += found
        before = alive
    return tuple(symbols), lines


def what_is_seen(t: int) -> list[Quantity]:
    """Symbols of a right and a wrong pass at t, and of a right and a wrong program where a task stops there."""
    return [
        outcome(f"{what}_{hidden}_{t}", rf"\mathrm{{{what}}}_{{{t}}}^{{{hidden[0]}}}", f"{what} at {t}, {hidden}")
        for what in ("pass", "stop")
        for hidden in ("right", "wrong")
    ]


def first_attempt(counts: Array) -> tuple[float, float, float]:
    """Equivalent mass, apparent resolution and share of false alarms that the first attempt and the end suggest."""
    right, total = counts[..., 0].sum(), counts.sum()
    visible = counts[..., 0].sum() + counts[..., 1].sum()
    alarms = counts[..., 2::4].sum() / max(total, 1.0)
    eps = min(max(alarms, 0.5 / max(total, 1.0)), 0.5)
    p_visible = min(max(visible / total / (1 - eps), 0.02), 0.98) if total else 0.5
    p_right = min(max(right / total / (1 - eps), 0.01), p_visible * 0.99) if right else p_visible**1.5
    return -np.log(p_right), np.log(p_visible) / np.log(p_right), eps


def _starts(counts: Array, spread: str) -> list[dict[str, float]]:
    mass, apparent, eps = first_attempt(counts)
    return [
        {**start, "lambda": speed, "d": slowing, "eps": eps, "gap": 0.05}
        for start in spread_starts(mass, apparent, spread)
        for speed, slowing in ((0.3, 0.6), (0.1, 0.9), (1.0, 0.2))
    ]
