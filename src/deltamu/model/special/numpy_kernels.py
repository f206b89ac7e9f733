"""NumPy kernels in double precision, named like the SymPy functions of `deltamu.model.special`.

Explanation
-----------
Every kernel takes a number or an array of any shape and returns float64 of that shape. Outside its domain it
returns nan, without a warning. An element has the same bits alone as at any place in any array.

Φ and φ keep their *relative* accuracy in the lower tail: with t = -x ≥ 0, Φ(-t) = exp(-t²/2)·M(t) and h(-t)
= exp(-t²/2)·R(t), where M (the Mills ratio, up to a constant) and R are one Chebyshev series each and t² is
formed from a split t. (`scipy.special.ndtr` loses up to 2e-13 at x = -37.) The functions of k are piecewise
Chebyshev series in s = sqrt(1 + ln k). The tables are fitted to 42 digits by `deltamu.model.special.fit`; the
accuracies stated below are measured against `deltamu.model.special.highprecision`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from .tables import MOMENTS, in_powers, tables

__all__ = [
    "expected_positive_part",
    "normal_cdf",
    "normal_max_mean",
    "normal_max_mean_d1",
    "normal_max_mean_d2",
    "normal_max_variance",
    "normal_max_variance_d1",
    "normal_max_variance_d2",
    "normal_pdf",
    "normal_quantile",
]

_BLOCK = 4096  # elements worked on at a time: the temporaries stay in the cache
_DENSITY_AT_ZERO = 0.3989422804014327  # 1/sqrt(2π)
_TAIL_END = 40.0  # φ(40) is less than the smallest double

Array = NDArray[np.float64]


def _elementwise(block_kernel: Callable[[Array], Array]) -> Callable[[ArrayLike], Any]:
    """Let a kernel of contiguous 1-D blocks take anything array-like, silently."""

    @wraps(block_kernel)
    def kernel(x: ArrayLike, out: Array | None = None) -> Any:
        values = np.asarray(x, dtype=np.float64)
        flat = np.ascontiguousarray(values).reshape(-1)
        results = np.empty_like(flat) if out is None else out  # given: contiguous, 1-D; it may be x itself
        with np.errstate(all="ignore"):
            for start in range(0, flat.size, _BLOCK):
                results[start : start + _BLOCK] = block_kernel(flat[start : start + _BLOCK])
        return results.reshape(values.shape)[()]

    return kernel


def _clenshaw(coefficients: tuple[float, ...], y: Array) -> Array:
    """Sum of coefficients[n] T_n(y)."""
    twice = 2.0 * y
    term = np.empty_like(y)
    newer, older = np.full_like(y, coefficients[-1]), np.zeros_like(y)
    for coefficient in coefficients[-2:0:-1]:
        np.multiply(twice, newer, out=term)
        np.subtract(term, older, out=older)
        older += coefficient
        newer, older = older, newer
    np.multiply(y, newer, out=term)
    term -= older
    term += coefficients[0]
    return term


@cache
def _tail_series(name: str) -> tuple[float, float, tuple[float, ...]]:
    tail = tables()["tail"]
    return tail["centre"], tail["shift"], tuple(tail[name])


@cache
def _moment_series(name: str) -> tuple[tuple[float, float, tuple[float, ...]], ...]:
    moments = tables()["moments"]
    breaks = moments["breaks"]
    return tuple(zip(breaks[:-1], breaks[1:], map(tuple, moments[name]), strict=True))


def _gauss(t: Array) -> Array:
    """exp(-t²/2) to a few units in the last place: the square of the float32 part of t is exact."""
    high = t.astype(np.float32).astype(np.float64)
    return np.exp(-0.5 * (high * high)) * np.exp(-0.5 * ((t - high) * (t + high)))


def _scaled_tail(name: str, t: Array) -> Array:
    """exp(-t²/2) times the fitted factor, to be divided by (t + shift) or its square; 0 ≤ t ≤ `_TAIL_END`."""
    centre, _, coefficients = _tail_series(name)
    y = (t - centre) / (t + centre)
    return _clenshaw(coefficients, y) * _gauss(t)


def _lower_tail(t: Array) -> Array:
    """Φ(-t) for t ≥ 0."""
    t = np.minimum(t, _TAIL_END)
    return _scaled_tail("mills", t) / (t + _tail_series("mills")[1])


def _lower_gain(t: Array) -> Array:
    """h(-t) for t ≥ 0."""
    t = np.minimum(t, _TAIL_END)
    shifted = t + _tail_series("gain")[1]
    return _scaled_tail("gain", t) / (shifted * shifted)


def tail_ratios(t: ArrayLike) -> tuple[Array, Array]:
    """Φ(-t) and h(-t), each over φ(t): what is left of them where all three underflow.

    tuple of ndarray Φ(-t)/φ(t) (Mills' ratio) and h(-t)/φ(t); relative error below 1e-15.

    Examples
    --------
    >>> mills, gain = tail_ratios([0.0, 10.0, 1e6])
    >>> mills.round(6).tolist(), (gain * 1e12).round(6).tolist()[-1]
    ([1.253314, 0.099029, 1e-06], 1.0)
    """
    t = np.asarray(t, dtype=np.float64)
    centre, shift, _ = _tail_series("mills")
    y = 1.0 - 2.0 * centre / (t + centre)  # 1 at infinity
    shifted = t + shift
    mills, gain = (_horner(in_powers(_tail_series(name)[2]), y) for name in ("mills", "gain"))
    return mills / shifted / _DENSITY_AT_ZERO, gain / shifted / shifted / _DENSITY_AT_ZERO


def _horner(coefficients: tuple[float, ...], y: Array) -> Array:
    """Sum of coefficients[n] y^n."""
    total = np.full_like(y, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= y
        total += coefficient
    return total


def normal_tail(x: Array, decay: Array, out: Array) -> Array:
    """Φ(-|x|) from x and exp(-x²/2): what Φ, φ and h of the same argument have in common, computed once.

    ndarray `out`; relative error below 1e-15, besides that of `decay`.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 2.0])
    >>> normal_tail(x, np.exp(-x * x / 2), np.empty(3)).round(6)
    array([0.158655, 0.5     , 0.02275 ])
    """
    centre, shift, coefficients = _tail_series("mills")
    *lower, highest = in_powers(coefficients)
    width = min(_BLOCK, x.size)
    t, y, total, end = np.empty(width), np.empty(width), np.empty(width), np.full(width, _TAIL_END)
    for start in range(0, x.size, _BLOCK):
        part = x[start : start + _BLOCK]
        n = part.size
        t, y, total = t[:n], y[:n], total[:n]
        np.minimum(np.absolute(part, out=t), end[:n], out=t)
        np.divide(np.subtract(t, centre, out=y), np.add(t, centre, out=total), out=y)
        np.add(np.multiply(y, highest, out=total), lower[-1], out=total)
        for coefficient in lower[-2::-1]:
            np.multiply(total, y, out=total)
            np.add(total, coefficient, out=total)
        np.divide(total, np.add(t, shift, out=t), out=total)
        np.multiply(total, decay[start : start + _BLOCK], out=out[start : start + _BLOCK])
    return out


def normal_cdf_of(x: Array, tail: Array, out: Array) -> Array:
    """Φ(x) from x and Φ(-|x|)."""
    upper = x > 0
    if upper.all():
        return np.subtract(1.0, tail, out=out)
    out[:] = np.where(upper, 1.0 - tail, tail) if upper.any() else tail
    return out


def expected_positive_part_of(x: Array, decay: Array, tail: Array, out: Array) -> Array:
    """h(x) from x, exp(-x²/2) and Φ(-|x|); relative error below 1e-15 (1 + x²), where x < 0.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 2.0])
    >>> decay = np.exp(-x * x / 2)
    >>> tail = normal_tail(x, decay, np.empty(3))
    >>> expected_positive_part_of(x, decay, tail, np.empty(3)).round(6)
    array([0.083315, 0.398942, 2.008491])
    """
    lower = np.absolute(x)
    np.minimum(lower, _TAIL_END, out=lower)
    np.multiply(lower, tail, out=lower)
    density = np.multiply(decay, _DENSITY_AT_ZERO)
    np.maximum(np.subtract(density, lower, out=lower), 0.0, out=lower)
    np.maximum(x, 0.0, out=out)
    return np.add(out, lower, out=out)


IN_PARTS: Mapping[str, tuple[tuple[str, tuple[str | float, ...]], ...]] = MappingProxyType({
    "normal_pdf": (
        ("square", ("x",)), ("multiply", ("square", -0.5)), ("exp", ("multiply",)),
        ("multiply", ("exp", _DENSITY_AT_ZERO)),
    ),
    "normal_cdf": (
        ("square", ("x",)), ("multiply", ("square", -0.5)), ("exp", ("multiply",)),
        ("normal_tail", ("x", "exp")), ("normal_cdf_of", ("x", "normal_tail")),
    ),
    "expected_positive_part": (
        ("square", ("x",)), ("multiply", ("square", -0.5)), ("exp", ("multiply",)),
        ("normal_tail", ("x", "exp")), ("expected_positive_part_of", ("x", "exp", "normal_tail")),
    ),
})  # fmt: skip
"""Functions of one argument in operations that they may share: each names its function, and as arguments ``x``,
numbers, and results of operations before it.  They are accurate to 1e-15 (1 + x²)."""


@_elementwise
def normal_pdf(x: Array) -> Array:
    """φ(x) = exp(-x²/2)/sqrt(2π).

    Relative error below 5e-16 (subnormal results, |x| > 37.6: within one unit of 5e-324).

    Examples
    --------
    >>> normal_pdf([-float("inf"), 1])
    array([0.        , 0.24197072])
    """
    return _DENSITY_AT_ZERO * _gauss(np.minimum(np.abs(x), _TAIL_END))


@_elementwise
def normal_cdf(x: Array) -> Array:
    """Φ(x), the distribution function of the standard normal law.

    Relative error below 1e-15, in the lower tail too (subnormal results, x < -37.5: within one unit of 5e-324).

    Examples
    --------
    >>> normal_cdf([-float("inf"), 0, float("inf")])
    array([0. , 0.5, 1. ])
    >>> print(f"{normal_cdf(-37.0):.12e}")
    5.725571222525e-300
    """
    lower = _lower_tail(np.abs(x))
    return np.where(x > 0, 1.0 - lower, lower)


@_elementwise
def normal_quantile(p: Array) -> Array:
    """Φ⁻¹(p), by `scipy.special.ndtri`.

    Relative error below 1e-15 for p from 1e-307.

    Examples
    --------
    >>> normal_quantile([0, 0.5, 1])
    array([-inf,   0.,  inf])
    >>> print(f"{normal_quantile(0.975):.12f}")
    1.959963984540
    """
    return ndtri(p)


@_elementwise
def expected_positive_part(x: Array) -> Array:
    """h(x) = xΦ(x) + φ(x) = E[max(x + Z, 0)], Z standard normal.

    Relative error below 1e-15; no cancellation in the lower tail (subnormal results, x < -37: within two units of
    5e-324).

    Examples
    --------
    >>> expected_positive_part([-float("inf"), 0, float("inf")])
    array([0.        , 0.39894228,        inf])
    >>> print(f"{expected_positive_part(-30.0):.12e}")
    1.631956734091e-199
    """
    return np.maximum(x, 0.0) + _lower_gain(np.abs(x))


def _max_moment(name: str, k: Array) -> Array:
    log_k = np.log(k)
    square = 1.0 + log_k
    s = np.sqrt(square)
    factor = np.full_like(s, np.nan)
    for low, high, coefficients in _moment_series(name):
        inside = np.flatnonzero((s >= low) & (s < high))
        if inside.size:
            y = (s[inside] - 0.5 * (high + low)) / (0.5 * (high - low))
            factor[inside] = _clenshaw(coefficients, y)
    scale = MOMENTS[name]
    if scale["from_zero"]:
        factor *= log_k
    factor /= {1: s, 2: square, 4: square * square}[scale["s_power"]]
    for _ in range(scale["k_power"]):  # one at a time: k² overflows
        factor /= k
    at_infinity = np.inf if scale["from_zero"] else 0.0
    return np.where(k == np.inf, at_infinity, factor)


@_elementwise
def normal_max_mean(k: Array) -> Array:
    """i(k): mean of the law Φ(x)^k, which for whole k is the expected maximum of k standard normals.

    Relative error below 1e-15, near k = 1 (where i → 0) and up to the largest double too.

    Examples
    --------
    >>> normal_max_mean([1, 2, 3.5])
    array([0.        , 0.56418958, 0.94599901])
    >>> print(f"{normal_max_mean(1 + 2.0**-52):.12e}")
    2.005500844434e-16
    """
    return _max_moment("normal_max_mean", k)


@_elementwise
def normal_max_mean_d1(k: Array) -> Array:
    """i'(k) > 0, the derivative of `normal_max_mean`.

    Relative error below 1e-15 up to the largest double.

    Examples
    --------
    >>> normal_max_mean_d1([1, 2, 1e300])
    array([9.03197286e-001, 3.67228901e-001, 2.69617677e-302])
    """
    return _max_moment("normal_max_mean_d1", k)


@_elementwise
def normal_max_mean_d2(k: Array) -> Array:
    """i''(k) < 0, the second derivative of `normal_max_mean`.

    Relative error below 1e-15 while the result is not subnormal (k < 1e153).

    Examples
    --------
    >>> normal_max_mean_d2([1, 2])
    array([-1.19160993, -0.23457293])
    """
    return _max_moment("normal_max_mean_d2", k)


@_elementwise
def normal_max_variance(k: Array) -> Array:
    """v(k): variance of the law Φ(x)^k, which for whole k is that of the maximum of k standard normals.

    Relative error below 1e-15 up to the largest double.

    Examples
    --------
    >>> normal_max_variance([1, 2, float("inf")])
    array([1.        , 0.68169011, 0.        ])
    """
    return _max_moment("normal_max_variance", k)


@_elementwise
def normal_max_variance_d1(k: Array) -> Array:
    """v'(k) < 0, the derivative of `normal_max_variance`.

    Relative error below 1e-15 while the result is not subnormal (k < 1e302).

    Examples
    --------
    >>> normal_max_variance_d1([1, 2])
    array([-0.5956356 , -0.17410446])
    """
    return _max_moment("normal_max_variance_d1", k)


@_elementwise
def normal_max_variance_d2(k: Array) -> Array:
    """v''(k), the second derivative of `normal_max_variance`.

    Relative error below 1e-15 while the result is not subnormal (k < 1e151).

    Examples
    --------
    >>> normal_max_variance_d2([1, 2])
    array([1.07557662, 0.15165773])
    """
    return _max_moment("normal_max_variance_d2", k)
