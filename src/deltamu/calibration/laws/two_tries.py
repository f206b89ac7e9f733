"""Two tries: many models, each solving some exercises at once and more after seeing the errors of the tests."""

from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from sympy import Integer, exp

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import outcome
from deltamu.calibration.laws.spread import DISPERSION, DISPERSIONS, MASS, SCALED, SHAPE, Transform
from deltamu.calibration.parameters import Parameter
from deltamu.errors import unknown
from deltamu.model.formula import Model
from deltamu.model.quantities import UNIT, quantity

Array = NDArray[np.float64]
GAINS = ("saturating", "rate", "share", "gamma")
LEFT = Parameter(quantity("s", "s", meaning="share of the mass that is left after the first try", domain=UNIT), "logit")
SOLVED = Parameter(quantity("h", "h", meaning="share of failed exercises that a second try solves", domain=UNIT),
                   "logit")  # fmt: skip


@cache
def two_tries(gain: str = "saturating") -> Law:
    """The law of exercises solved at the first try, by the second, or not, with the mass of each model its own.

    The second try leaves mu - lambda mu/(mu + b) of the mass (``"saturating"``, the article's gain), s mu (``"rate"``),
    or s mu of a mass that is gamma distributed over exercises (``"gamma"``); or solves a share h of what failed.
    """
    if gain not in GAINS:
        raise unknown("gain", gain, GAINS)
    transform = Transform("gamma" if gain == "gamma" else "none")
    first = transform(Integer(1))
    parameters: tuple[Parameter, ...]
    if gain == "saturating":
        parameters = (MASS, Parameter(par.gain, "log"), Parameter(par.b, "log"))
        second = exp(-(par.m - par.gain * par.m / (par.m + par.b)))
    elif gain == "share":
        parameters, second = (MASS, SOLVED), first + SOLVED.symbol * (1 - first)
    else:
        parameters = (MASS, DISPERSION, LEFT) if gain == "gamma" else (MASS, LEFT)
        second = transform(LEFT.symbol)
    by_second = outcome("by_second", "P_2", "solved by the second try")
    symbols = (outcome("first", "p_1", "solved at the first try"), outcome("second", "p_2", "solved at the second"),
               outcome("never", "p_0", "not solved"))  # fmt: skip
    lines = ((by_second, second), (symbols[0], first), (symbols[1], by_second - first), (symbols[2], 1 - by_second))
    return Law(
        "two_tries",
        f"two tries, {gain}",
        parameters,
        Model("two_tries", (*transform.lines, *formulas(*lines))),
        symbols,
        ("solved at the first try", "solved at the second", "not solved"),
        partial(_starts, gain=gain),
        shared=tuple(p.name for p in parameters[1:]),
        derived=(SHAPE, SCALED) if gain == "gamma" else (),
        note="all models repair alike",
    )


def _starts(counts: Array, gain: str) -> list[dict[str, float]]:
    first, second, _ = np.clip(counts.sum(axis=0) / counts.sum(), 0.005, 0.99)
    mass = -np.log(first)
    left = min(max(-np.log(min(first + second, 0.99)) / mass, 0.02), 0.98)
    if gain == "saturating":
        return [{"m": mass, "lambda": mass * (1 - left) * (mass + b) / mass, "b": b} for b in (0.3, 1.0, 4.0, 20.0)]
    if gain == "share":
        return [{"m": mass, "h": min(second / (1 - first), 0.95)}]
    return [{"m": mass, "c": c, "s": left} for c in (DISPERSIONS if gain == "gamma" else (0.0,))]
