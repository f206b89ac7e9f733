"""Failures in time: Goel and Okumoto's process, and the model's own fluid limit with its saturating gain."""

import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray
from sympy import Expr, exp, log
from sympy.core.function import ArgumentIndexError

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.quantities import NONNEGATIVE, UNIT, quantity
from deltamu.model.special.base import SpecialFunction, real_value

Array = NDArray[np.float64]
start = quantity("start", "t_0", meaning="start of an interval, in units of the whole time", domain=NONNEGATIVE)
end = quantity("end", "t_1", meaning="its end; of a single failure its time", domain=NONNEGATIVE)
single = quantity("single", "i", meaning="whether it is the time of one failure", domain=UNIT)
seen = quantity("expected", r"\nu", meaning="failures expected in an interval, or their rate", domain=NONNEGATIVE)


class wright_omega(SpecialFunction):
    """Wright's omega: omega + ln omega = x, so that omega(ln z) is Lambert's W of z.

    Examples
    --------
    >>> from sympy.abc import x
    >>> wright_omega(x).diff(x), wright_omega(1)
    (wright_omega(x)/(wright_omega(x) + 1), wright_omega(1))
    >>> wright_omega(1).evalf(30)
    1.00000000000000000000000000000
    """

    _tex = r"\omega"

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return self / (1 + self)

    def _value(self, prec: int) -> mpf | None:
        x = real_value(self.args[0], prec)
        return None if x is None else mp.lambertw(mp.exp(x))


def failures(
    *,
    times: Array | None = None,
    ends: Array | None = None,
    saturating: bool = False,
) -> tuple[Law, Array]:
    """The law of failures, and the counts with which to fit it.

    The mass falls by d mu/dt = -rate b mu/(mu + b), so mu(t) = b omega(ln(mu0/b) + (mu0 - rate b t)/b); with b -> oo,
    Goel and Okumoto's mu0 exp(-rate t).

    Parameters
    ----------
    times : array, optional
        Times of single failures; the last one is the end of the observation.
    ends : array, optional
        Ends of intervals, of which failures were counted.
    saturating : bool
        Whether the gain saturates.

    Returns
    -------
    Law
    numpy.ndarray
        For times the counts of its cells; for intervals an array of zeros to be filled.

    Raises
    ------
    InputError
        Neither or both of `times` and `ends` are given, or they do not rise.
    """
    if (times is None) == (ends is None):
        raise InputError("give either times of failures or ends of intervals")
    given = np.asarray(times if ends is None else ends, dtype=float)
    if given.size < 2 or not given[0] >= 0 or (np.diff(given) < 0).any():
        raise InputError(
            f"{given.size} times from {given.min(initial=0):g}: two or more are needed, none before another"
        )
    scaled = given / given[-1]
    if ends is None:
        first = np.append(scaled, 0.0)
        last, alone = np.append(scaled, 1.0), np.append(np.ones(len(scaled)), 0.0)
        counts, labels = alone, (*(f"failure {i + 1}" for i in range(len(scaled))), "all")
    else:
        first, last, alone = np.append(0.0, scaled[:-1]), scaled, np.zeros(len(scaled))
        counts, labels = np.zeros(len(scaled)), tuple(f"interval {i + 1}" for i in range(len(scaled)))
    lines = _saturating() if saturating else _exponential()
    parameters = (Parameter(par.mu0, "log"), Parameter(par.rate, "log"))
    law = Law(
        "failures",
        "failures in time" + (", saturating" if saturating else ""),
        (*parameters, Parameter(par.b, "log", high=42.0)) if saturating else parameters,
        Model("failures", lines),
        (seen,),
        labels,
        _starts,
        kind="poisson" if times is None else "point",
        covariates={start: first, end: last, single: alone},
        note="each defect is found at its own time",
    )
    return law, counts


def _exponential() -> tuple:
    left = [par.mu0 * exp(-par.rate * t) for t in (start, end)]
    return formulas((seen, single * par.rate * left[1] + (1 - single) * (left[0] - left[1])))


def _saturating() -> tuple:
    omegas = [quantity(name, latex, meaning="mass left over b", domain=NONNEGATIVE)
              for name, latex in (("omega_start", r"\omega_0"), ("omega_end", r"\omega_1"))]  # fmt: skip
    lines = [(w, wright_omega(log(par.mu0 / par.b) + par.mu0 / par.b - par.rate * t))
             for w, t in zip(omegas, (start, end), strict=True)]  # fmt: skip
    rate = par.rate * par.b * omegas[1] / (1 + omegas[1])
    return formulas(*lines, (seen, single * rate + (1 - single) * par.b * (omegas[0] - omegas[1])))


def _starts(counts: Array) -> list[dict[str, float]]:
    number = max(float(counts.sum()), 2.0)
    return [
        {"mu0": share * number, "rate": rate, "b": scale * number}
        for share, rate in ((1.05, 3.0), (1.5, 1.2), (4.0, 0.3), (1.01, 10.0))
        for scale in (0.1, 1.0, 30.0)
    ]
