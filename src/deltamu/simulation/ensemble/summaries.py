"""Streaming summaries of blocks of runs: constant memory however many runs, sums in a fixed order."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Max, Min, Piecewise, log

from deltamu.model import symbols as sym
from deltamu.simulation.ensemble.blocks import TO_TARGET, Rows

DECADES = (-4, 1)  # the histogram of mu covers these decades of mu0; what lies beyond counts at its ends
BINS_PER_DECADE = 100
BINS = (DECADES[1] - DECADES[0]) * BINS_PER_DECADE + 2
AVERAGED = (sym.mu_next.name, sym.delta.name, sym.acceptance.name, sym.accepted.name)

Array = NDArray[np.float64]


def summary_of(moves: Iterable[Rows], count: int, mu0: Array, *, histogram: bool, more: tuple[str, ...] = ()) -> Rows:
    """Summary of one block of runs."""
    points = mu0.size
    summary: Rows = {"reached": np.zeros((count + 1, points))}
    averaged = (*AVERAGED, *more)
    for name in averaged:
        summary[f"{name}_mean"] = np.empty((count, points))
        summary[f"{name}_squares"] = np.empty((count, points))
    if histogram:
        summary["histogram"] = np.zeros((count, points, BINS), dtype=np.int32)
    for t, row in enumerate(moves):
        to_target = row[TO_TARGET]
        summary["runs"] = np.array(to_target.shape[-1])
        summary["reached"][0] = (to_target == 0).sum(axis=-1)
        summary["reached"][t + 1] = np.isfinite(to_target).sum(axis=-1)
        for name in averaged:
            mean = row[name].mean(axis=-1)
            summary[f"{name}_mean"][t] = mean
            summary[f"{name}_squares"][t] = np.square(row[name] - mean[:, np.newaxis]).sum(axis=-1)
        if histogram:
            summary["histogram"][t] = _histogram(row[sym.mu_next.name], mu0)
    return summary


def merged(first: Rows | None, second: Rows) -> Rows:
    """The summary of two blocks together (Chan's update of means and squared deviations)."""
    if first is None:
        return second
    n, m = first["runs"], second["runs"]
    total: Rows = {"runs": n + m, "reached": first["reached"] + second["reached"]}
    for name in (key.removesuffix("_mean") for key in first if key.endswith("_mean")):
        shift = second[f"{name}_mean"] - first[f"{name}_mean"]
        total[f"{name}_mean"] = first[f"{name}_mean"] + shift * (m / (n + m))
        squares = first[f"{name}_squares"] + second[f"{name}_squares"]
        total[f"{name}_squares"] = squares + np.square(shift) * (n * m / (n + m))
    if "histogram" in first:
        total["histogram"] = first["histogram"] + second["histogram"]
    return total


def moments(summary: Rows, name: str) -> tuple[Array, Array]:
    """Mean and (unbiased) variance of a quantity over the runs; the variance of a single run is 0."""
    return summary[f"{name}_mean"], summary[f"{name}_squares"] / np.maximum(summary["runs"] - 1, 1)


def _histogram(mu: Array, mu0: Array) -> NDArray[np.int32]:
    scale = np.where(mu0 > 0, mu0, 1.0)[:, np.newaxis]
    with np.errstate(divide="ignore"):
        place = (np.log10(mu / scale) - DECADES[0]) * BINS_PER_DECADE + 1
    index = np.clip(place, 0, BINS - 1).astype(np.int64) + BINS * np.arange(mu0.size)[:, np.newaxis]
    return np.bincount(index.reshape(-1), minlength=BINS * mu0.size).reshape(mu0.size, BINS).astype(np.int32)


@cache
def place_of_bin() -> Expr:
    """The bin that a move brings a run to, in ``mu_next`` and ``mu0``; its whole part counts, as in `summary_of`."""
    scale = Piecewise((sym.mu0, sym.mu0 > 0), (1, True))
    place = log(sym.mu_next / scale) * (BINS_PER_DECADE / np.log(10)) + (1 - DECADES[0] * BINS_PER_DECADE)
    return Min(Max(place, 0, evaluate=False), BINS - 1, evaluate=False)


def quantiles_of(summary: Rows, probabilities: Array, mu0: Array) -> Array:
    """Quantiles of the defect mass from the histogram, shape (quantiles, moves, points).

    Each is the (geometric) middle of its bin: right to within half a bin, a factor of 10**(1/200) or 1.2 %, for
    values from 1e-4 mu0 to 10 mu0; smaller ones are reported as 0, larger ones as 10 mu0.
    """
    cumulated = summary["histogram"].cumsum(axis=-1)
    middles = 10.0 ** (DECADES[0] + (np.arange(BINS) - 0.5) / BINS_PER_DECADE)
    middles[0], middles[-1] = 0.0, 10.0 ** DECADES[1]
    ranks = np.maximum(np.ceil(np.asarray(probabilities) * summary["runs"]), 1)
    bins = np.stack([(cumulated < rank).sum(axis=-1) for rank in ranks])
    return middles[bins] * np.where(mu0 > 0, mu0, 1.0)


def wilson(successes: Array, trials: float, z: float = 1.959963984540054) -> tuple[Array, Array]:
    """Wilson's 95 % confidence limits of a share.

    Examples
    --------
    >>> low, high = wilson(np.array([5.0]), 10)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.2366, 0.7634)
    """
    share = successes / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
