"""The coefficient tables of the double-precision kernels, read once, for every language alike."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

PATH_IN_PACKAGE = ("generated", "chebyshev.json")

# The order-statistic functions: how the fitted factor F(s), s = sqrt(1 + ln k), becomes the value.
# Value = F · (ln k if `from_zero`) / (k^k_power · s^s_power); the scale is the asymptotic order of the
# function at infinity.
MOMENTS: dict[str, dict[str, Any]] = {
    "normal_max_mean": {"from_zero": True, "k_power": 0, "s_power": 1},
    "normal_max_mean_d1": {"from_zero": False, "k_power": 1, "s_power": 1},
    "normal_max_mean_d2": {"from_zero": False, "k_power": 2, "s_power": 1},
    "normal_max_variance": {"from_zero": False, "k_power": 0, "s_power": 2},
    "normal_max_variance_d1": {"from_zero": False, "k_power": 1, "s_power": 4},
    "normal_max_variance_d2": {"from_zero": False, "k_power": 2, "s_power": 4},
}

# M. J. Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics 37
# (1988), PPND16: numerator and denominator, ascending powers, for |p - 1/2| ≤ 0.425, r ≤ 5 and r > 5, r =
# sqrt(-ln min(p, 1-p)).
AS241 = (
    (
        (
            3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3,
            1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
            3.3430575583588128105e4, 2.5090809287301226727e3,
        ),
        (
            1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
            5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
            2.8729085735721942674e4, 5.2264952788528545610e3,
        ),
    ),
    (
        (
            1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
            3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
            2.27238449892691845833e-2, 7.74545014278341407640e-4,
        ),
        (
            1.0, 2.05319162663775882187, 1.67638483018380384940,
            6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
            5.47593808499534494600e-4, 1.05075007164441684324e-9,
        ),
    ),
    (
        (
            6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
            2.71155556874348757815e-5, 2.01033439929228813265e-7,
        ),
        (
            1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
            1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
            1.42151175831644588870e-7, 2.04426310338993978564e-15,
        ),
    ),
)  # fmt: skip


@cache
def tables() -> dict[str, Any]:
    """The fitted tables; treat as read-only.

    Examples
    --------
    >>> tables()["moments"]["breaks"][0]
    1.0
    """
    text = resources.files(__package__).joinpath(*PATH_IN_PACKAGE).read_text(encoding="utf-8")
    return json.loads(text)


@cache
def in_powers(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    """A Chebyshev series as coefficients of powers, exact up to one rounding each.

    Examples
    --------
    >>> in_powers((1.0, 2.0, 0.5))  # T2 is 2 x^2 - 1
    (0.5, 2.0, 1.0)
    """
    older, newer = [Fraction(1)], [Fraction(0), Fraction(1)]
    total = [Fraction(0)] * len(coefficients)
    for coefficient in coefficients:
        for power, factor in enumerate(older):
            total[power] += Fraction(coefficient) * factor
        following = [Fraction(0), *(2 * factor for factor in newer)]
        for power, factor in enumerate(older):
            following[power] -= factor
        older, newer = newer, following
    return tuple(map(float, total))
