"""Arbitrary-precision values of the normal quantile and of the moments of the law Φ(x)^k.

Both the `evalf` of the SymPy functions and the fit of the double-precision tables read these; nothing here
is fast enough, or imprecise enough, for simulation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from mpmath import mp, mpf

# Below this k the integrals start from k = 1 (exact in k - 1); above it they use the density, a bump of
# width 1/sqrt(2 ln k).
_DENSITY_FROM = 8


class MaxMoments(NamedTuple):
    """Mean and variance of the law Φ(x)^k and their first two derivatives in k."""

    mean: mpf
    mean_d1: mpf
    mean_d2: mpf
    variance: mpf
    variance_d1: mpf
    variance_d2: mpf


def mills(t, prec: int = 53) -> mpf:
    """Mills ratio Φ(-t)/φ(t) to `prec` bits.

    Examples
    --------
    >>> float(mills(0))
    1.2533141373155003
    """
    with mp.workprec(prec + 20 + 2 * _magnitude(t)):
        t = mpf(t)
        return mp.sqrt(mp.pi / 2) * mp.erfc(t / mp.sqrt(2)) * mp.exp(t * t / 2)


def tail_gain(t, prec: int = 53) -> mpf:
    """h(-t)/φ(t) = 1 - t·Φ(-t)/φ(t) to `prec` bits, relative: working bits pay for the cancellation.

    Examples
    --------
    >>> float(tail_gain(0)), round(float(tail_gain(100)) * 1e4, 6)
    (1.0, 0.9997)
    """
    with mp.workprec(prec + 20 + 2 * _magnitude(t)):
        return 1 - t * mills(t, mp.prec)


def lower_quantile(p, prec: int = 53) -> mpf:
    """Φ⁻¹(p) for 0 < p ≤ 1/2, to `prec` bits; the upper half is -lower_quantile(1 - p).

    Newton's method on ln Φ, which is concave and so approaches its root monotonically from the left.

    Examples
    --------
    >>> float(lower_quantile(0.025))
    -1.9599639845400543
    >>> mp.nstr(lower_quantile(mpf(10) ** -10000, 100), 20)
    '-214.56730107936145708'
    """
    with mp.workprec(prec + 20):
        log_p = mp.log(p)
        x = -mp.sqrt(-2 * log_p)  # left of the root: Φ(-t) ≤ exp(-t²/2)
        while True:
            ratio = mills(-x, mp.prec)
            step = (log_p - mp.log(ratio) + x * x / 2 + mp.log(2 * mp.pi) / 2) * ratio
            x += step
            # Newton squares the error, so the step after this one would be far below the last bit.
            if abs(step) <= mp.ldexp(1, -mp.prec * 2 // 3) * (1 + abs(x)):
                return x


def central_quantile(offset, prec: int = 53) -> mpf:
    """Φ⁻¹(1/2 + offset) for |offset| ≤ 1/4, to `prec` bits relative, near offset = 0 too.

    Examples
    --------
    >>> float(central_quantile(0.25)), float(central_quantile(0))
    (0.6744897501960817, 0.0)
    """
    with mp.workprec(prec + 20):
        target = 2 * mpf(offset)
        x = target * mp.sqrt(mp.pi / 2)
        while True:
            step = (target - mp.erf(x / mp.sqrt(2))) * mp.sqrt(mp.pi / 2) * mp.exp(x * x / 2)
            x += step
            if abs(step) <= mp.ldexp(1, -mp.prec * 2 // 3) * abs(x):
                return x


def max_moments(excess, prec: int = 53) -> MaxMoments:
    """Mean and variance of the law Φ(x)^k and their derivatives in k, any real k ≥ 1, to `prec` bits.

    Explanation
    -----------
    With L = ln Φ and Φ^k = Φ exp((k-1)L)::

        i = -∫ Φ expm1((k-1)L) dx             v = 1 - 2∫ x Φ expm1((k-1)L) dx - i²        (k < 8)
        i = c + ∫ (x-c) kφΦ^(k-1) dx          v = ∫ (x-c)² kφΦ^(k-1) dx - (i-c)²          (k ≥ 8, any c)
        i' = -∫ Φ^k L dx                      v' = -2∫ (x-i) Φ^k L dx
        i'' = -∫ Φ^k L² dx                    v'' = -2∫ (x-i) Φ^k L² dx - 2 i'²

    The trapezoidal rule on the real line converges exponentially for all of them: halving the step squares
    the error.

    Examples
    --------
    >>> moments = max_moments(1, 200)
    >>> mp.nstr(moments.mean, 30), mp.nstr(moments.variance, 30)  # 1/sqrt(pi), 1 - 1/pi
    ('0.564189583547756286948079451561', '0.681690113816209328462232473255')
    """
    excess = mpf(excess)
    if not excess >= 0:
        raise ValueError(f"k - 1 = {excess} is outside [0, oo)")
    log_k = max(0, mp.mag(1 + excess))
    # v'' loses about (2 ln k)² by cancellation; multiples of 32 let neighbouring k share the cached nodes.
    working = -(-(prec + 40 + 4 * log_k.bit_length()) // 32) * 32
    with mp.workprec(working):
        return _integrate(excess, working)


@lru_cache(maxsize=2**10)  # the formulas of a move ask for the same moments, one after another
def _integrate(excess: mpf, working: int) -> MaxMoments:
    k = 1 + excess
    negligible = mp.ldexp(1, -working)
    high = -lower_quantile(negligible / k, 20)
    if k < _DENSITY_FROM:
        low, centre = lower_quantile(negligible, 20), mpf(0)
    else:
        missing = -mp.expm1(-working * mp.ln2 / k)
        low = -lower_quantile(missing, 20) if missing < 0.5 else lower_quantile(1 - missing, 20)
        centre = -lower_quantile(-mp.expm1(-mp.ln2 / k), 20)
    level = max(1, int(mp.ceil(mp.log(high, 2))) - 1)  # first step about the width of the bump
    indices = range(_scaled_floor(low, level), _scaled_floor(high, level) + 2)
    sums = _node_sums(indices, level, excess, centre, working)
    moments = _assemble(sums, excess, centre, level)
    while True:
        level += 1
        odd = range(_scaled_floor(low, level) | 1, _scaled_floor(high, level) + 2, 2)
        fresh = _node_sums(odd, level, excess, centre, working)
        sums = [old + new for old, new in zip(sums, fresh, strict=True)]
        previous, moments = moments, _assemble(sums, excess, centre, level)
        # agreement to 60 % of the bits at this halving means 120 % of them in the newer value
        tolerance = mp.ldexp(1, -working * 6 // 10)
        if all(abs(a - b) <= tolerance * abs(a) for a, b in zip(moments, previous, strict=True)):
            return moments


def _scaled_floor(x: mpf, level: int) -> int:
    return int(mp.floor(mp.ldexp(x, level)))


def _node_sums(indices, level: int, excess: mpf, centre: mpf, working: int) -> list[mpf]:
    sums = [mpf(0)] * 6
    k = 1 + excess
    for index in indices:
        x, cdf, log_cdf, pdf = _node(index, level, working)
        x = x - centre
        if k < _DENSITY_FROM:
            lowered = mp.expm1(excess * log_cdf)
            power = cdf * (1 + lowered)
            first, second = -cdf * lowered, -2 * cdf * lowered * x
        else:
            power = mp.exp(excess * log_cdf)
            first = k * pdf * power * x
            second = first * x
            power *= cdf
        slope = power * log_cdf
        bend = slope * log_cdf
        for j, term in enumerate((first, second, slope, slope * x, bend, bend * x)):
            sums[j] += term
    return sums


def _assemble(sums: list[mpf], excess: mpf, centre: mpf, level: int) -> MaxMoments:
    first, second, slope, slope_x, bend, bend_x = (mp.ldexp(s, -level) for s in sums)
    base = 1 if 1 + excess < _DENSITY_FROM else 0
    return MaxMoments(
        mean=centre + first,
        mean_d1=-slope,
        mean_d2=-bend,
        variance=base + second - first**2,
        variance_d1=-2 * (slope_x - first * slope),
        variance_d2=-2 * (bend_x - first * bend) - 2 * slope**2,
    )


@lru_cache(maxsize=2**15)
def _node(index: int, level: int, working: int) -> tuple[mpf, mpf, mpf, mpf]:
    """x, Φ(x), ln Φ(x), φ(x) at x = index / 2**level: all k share the grid."""
    if index % 2 == 0 and level > 0:
        return _node(index // 2, level - 1, working)
    x = mp.ldexp(index, -level)
    upper = mp.erfc(abs(x) / mp.sqrt(2)) / 2
    cdf = 1 - upper if x > 0 else upper
    log_cdf = mp.log1p(-upper) if x > 0 else mp.log(upper)
    return x, cdf, log_cdf, mp.npdf(x)


def _magnitude(x) -> int:
    return max(0, int(mp.mag(x))) if x else 0
