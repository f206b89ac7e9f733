"""Fit the tables of `numpy_kernels`: ``python -m deltamu.model.special.fit`` (about half a minute).

The order-statistic functions are fitted in s = sqrt(1 + ln k): near k = 1 this is a linear function of k, at
infinity every function is a power of s times a series in 1/s². The lower tail of the normal law is fitted in
y = (t-c)/(t+c), which takes the half line to [-1, 1].
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

from .highprecision import max_moments, mills, tail_gain
from .tables import MOMENTS, PATH_IN_PACKAGE

__all__ = ["build", "fit_segment", "fit_tail", "main", "scaled_gain", "scaled_mills", "scaled_moments"]

PRECISION = 140  # bits: 42 digits
# in s; k = 1, 6.3, 708, 2.3e8, 2e27, 7e90, 1e316: past the largest double
BREAKS = (1.0, 1.6875, 2.75, 4.5, 8.0, 14.5, 27.0)
CENTRE, SHIFT = 4.0, 2.0
NODES = 48
# A tail of coefficients below this part of the smallest value on the segment is dropped: an eighth of a
# rounding error.
DROPPED = mpf(2) ** -56


def scaled_moments(s) -> list[mpf]:
    """The fitted factors F(s), in the order of `MOMENTS`.

    Examples
    --------
    >>> [round(float(factor), 6) for factor in scaled_moments(1)]
    [0.903197, 0.903197, -1.19161, 1.0, -0.595636, 1.075577]
    """
    with mp.workprec(PRECISION):
        s = mpf(s)
        u = s * s - 1
        k = mp.exp(u)
        moments = max_moments(mp.expm1(u), PRECISION)
        factors = [
            value * k ** scale["k_power"] * s ** scale["s_power"]
            for value, scale in zip(moments, MOMENTS.values(), strict=True)
        ]
        slope = moments.mean / u if u else moments.mean_d1  # i/ln k, at k = 1 its limit
        return [slope * s, *factors[1:]]


def scaled_mills(t) -> mpf:
    """(t + a)Φ(-t)exp(t²/2), a = `SHIFT`.

    Examples
    --------
    >>> float(scaled_mills(0))
    1.0
    """
    with mp.workprec(PRECISION):
        return (t + SHIFT) * mills(t, PRECISION) / mp.sqrt(2 * mp.pi)


def scaled_gain(t) -> mpf:
    """(t + a)²h(-t)exp(t²/2), a = `SHIFT`.

    Examples
    --------
    >>> float(scaled_gain(0)) == float(4 / mp.sqrt(2 * mp.pi))
    True
    """
    with mp.workprec(PRECISION):
        return (t + SHIFT) ** 2 * tail_gain(t, PRECISION) / mp.sqrt(2 * mp.pi)


def _chebyshev(samples: list[mpf]) -> list[float]:
    """Coefficients of the interpolant in the nodes cos(π(j+1/2)/n), cut where the rest is negligible."""
    n = len(samples)
    angles = [mp.pi * (2 * j + 1) / (2 * n) for j in range(n)]
    sums = [mp.fdot(samples, [mp.cos(q * angle) for angle in angles]) for q in range(n)]
    coefficients = [sums[0] / n, *(2 * total / n for total in sums[1:])]
    allowed = DROPPED * min(abs(value) for value in samples)
    while abs(coefficients[-1]) < allowed:
        allowed -= abs(coefficients.pop())
    if len(coefficients) > n - 4:
        raise ValueError(f"{n} nodes do not resolve the function: the segment is too long")
    return [float(c) for c in coefficients]


def _nodes() -> list[mpf]:
    return [mp.cos(mp.pi * (2 * j + 1) / (2 * NODES)) for j in range(NODES)]


def fit_tail() -> dict[str, Any]:
    """The entry ``tail`` of the tables.

    Examples
    --------
    >>> len(fit_tail()["mills"])
    26
    """
    with mp.workprec(PRECISION):
        half_line = [CENTRE * (1 + y) / (1 - y) for y in _nodes()]
        return {
            "centre": CENTRE,
            "shift": SHIFT,
            "mills": _chebyshev([scaled_mills(t) for t in half_line]),
            "gain": _chebyshev([scaled_gain(t) for t in half_line]),
        }


def fit_segment(low: float, high: float) -> dict[str, list[float]]:
    """Coefficients of every order-statistic function on the segment [low, high] of s.

    Examples
    --------
    >>> [len(coefficients) for coefficients in fit_segment(1.0, 1.0625).values()]
    [8, 8, 8, 9, 10, 10]
    """
    with mp.workprec(PRECISION):
        middle, half = mpf(high + low) / 2, mpf(high - low) / 2
        samples = [scaled_moments(middle + half * y) for y in _nodes()]
        columns = zip(*samples, strict=True)
        return {name: _chebyshev(list(values)) for name, values in zip(MOMENTS, columns, strict=True)}


def build(report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Compute the tables of `deltamu.model.special.tables.tables`.

    Parameters
    ----------
    report : callable
        Is told, line by line, how many coefficients each part took.

    Examples
    --------
    >>> table = build()  # doctest: +SKIP
    """
    tail = fit_tail()
    report(f"tail: {len(tail['mills'])} and {len(tail['gain'])} coefficients")
    moments: dict[str, Any] = {"breaks": list(BREAKS)} | {name: [] for name in MOMENTS}
    for low, high in pairwise(BREAKS):
        segment = fit_segment(low, high)
        for name, coefficients in segment.items():
            moments[name].append(coefficients)
        report(f"s in [{low}, {high}]: {[len(c) for c in segment.values()]} coefficients")
    return {"generated by": "python -m deltamu.model.special.fit", "tail": tail, "moments": moments}


def main(path: str | None = None) -> None:
    """Fit and write the tables, whole or not at all."""
    target = Path(path) if path else Path(__file__).parent.joinpath(*PATH_IN_PACKAGE)
    text = json.dumps(build(print), indent=1) + "\n"
    target.parent.mkdir(exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(draft).chmod(0o644)  # mkstemp makes a private file
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
