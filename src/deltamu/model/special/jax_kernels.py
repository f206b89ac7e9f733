"""The special functions in JAX, from the tables of the NumPy kernels; names are those of the SymPy functions.

Those of `jax.scipy` that SymPy calls alike are here as well.

Their derivatives are not those of the series, but special functions again.  Numbers below 2**-1022 are 0 where JAX
flushes them.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from math import pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import digamma, erf, erfc, gamma  # noqa: F401
from jax.scipy.special import gammaln as loggamma  # noqa: F401

from deltamu.model.special.tables import AS241, MOMENTS, in_powers, tables

TAIL_END = 40.0  # phi(40) is less than the smallest double


def _polynomial(coefficients: Sequence[Any], x: Any) -> Any:
    """Sum of coefficients[n] x**n."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def _gauss(t: Any) -> Any:
    """exp(-t²/2) to a few units in the last place: the square of the single-precision part of t is exact."""
    high = lax.reduce_precision(t, 8, 23)
    coarse = jnp.exp(-0.5 * (high * high))
    return coarse + coarse * jnp.expm1(-0.5 * ((t - high) * (t + high)))  # XLA makes one of two exponentials


def _tail(name: str, t: Any) -> Any:
    """The fitted factor of a tail times exp(-t²/2)."""
    tail = tables()["tail"]
    return _polynomial(in_powers(tuple(tail[name])), (t - tail["centre"]) / (t + tail["centre"])) * _gauss(t)


def _distance(x: Any) -> tuple[Any, Any]:
    """|x|, but not beyond the tail, and the same shifted as the tables are."""
    t = jnp.minimum(jnp.abs(x), TAIL_END)
    return t, t + tables()["tail"]["shift"]


@jax.custom_jvp
def normal_pdf(x: Any) -> Any:
    return _gauss(_distance(x)[0]) / (2 * pi) ** 0.5


@jax.custom_jvp
def normal_cdf(x: Any) -> Any:
    t, shifted = _distance(x)
    lower = _tail("mills", t) / shifted
    return jnp.where(x > 0, 1.0 - lower, lower)


@jax.custom_jvp
def expected_positive_part(x: Any) -> Any:
    t, shifted = _distance(x)
    return jnp.maximum(x, 0.0) + _tail("gain", t) / (shifted * shifted)


@jax.custom_jvp
def normal_quantile(p: Any) -> Any:
    """Wichura's AS 241, PPND16."""
    q = p - 0.5
    tail = jnp.minimum(p, 1.0 - p)
    r = jnp.sqrt(-jnp.log(tail))
    centre, near, far = (
        _polynomial(above, x) / _polynomial(below, x)
        for (above, below), x in zip(AS241, (0.180625 - q * q, r - 1.6, r - 5.0), strict=True)
    )
    distance = jnp.where(tail == 0, jnp.inf, jnp.where(r > 5, far, near))
    return jnp.where(jnp.abs(q) <= 0.425, q * centre, jnp.where(q < 0, -distance, distance))


def _moment(name: str, k: Any) -> Any:
    """A series in s = sqrt(1 + ln k), piece by piece; nan below k = 1."""
    scale, moments = MOMENTS[name], tables()["moments"]
    log_k = jnp.log(k)
    s = jnp.sqrt(1.0 + log_k)
    segments = [in_powers(tuple(segment)) for segment in moments[name]]
    longest = max(map(len, segments))
    padded = np.array([(*segment, *[0.0] * (longest - len(segment))) for segment in segments])
    low, high = np.array(list(pairwise(moments["breaks"]))).T
    at = jnp.sum(jnp.expand_dims(s, -1) >= low[1:], -1)
    centre, half = jnp.asarray(0.5 * (low + high))[at], jnp.asarray(0.5 * (high - low))[at]
    value = _polynomial([jnp.asarray(column)[at] for column in padded.T], (s - centre) / half)
    value = value * log_k if scale["from_zero"] else value
    value = value / {1: s, 2: 1.0 + log_k, 4: (1.0 + log_k) ** 2}[scale["s_power"]]
    for _ in range(scale["k_power"]):  # one at a time: k² overflows
        value = value / k
    value = jnp.where(k == jnp.inf, jnp.inf if scale["from_zero"] else 0.0, value)
    return jnp.where(k >= 1, value, jnp.nan)


normal_max_mean, normal_max_mean_d1, normal_max_variance, normal_max_variance_d1 = (
    jax.custom_jvp(partial(_moment, name))
    for name in ("normal_max_mean", "normal_max_mean_d1", "normal_max_variance", "normal_max_variance_d1")
)
normal_max_mean_d2, normal_max_variance_d2 = (
    partial(_moment, name) for name in ("normal_max_mean_d2", "normal_max_variance_d2")
)
normal_pdf.defjvps(lambda dx, density, x: -x * density * dx)
normal_cdf.defjvps(lambda dx, _, x: normal_pdf(x) * dx)
expected_positive_part.defjvps(lambda dx, _, x: normal_cdf(x) * dx)
normal_quantile.defjvps(lambda dp, x, p: dp / normal_pdf(x))
normal_max_mean.defjvps(lambda dk, _, k: normal_max_mean_d1(k) * dk)
normal_max_mean_d1.defjvps(lambda dk, _, k: normal_max_mean_d2(k) * dk)
normal_max_variance.defjvps(lambda dk, _, k: normal_max_variance_d1(k) * dk)
normal_max_variance_d1.defjvps(lambda dk, _, k: normal_max_variance_d2(k) * dk)
