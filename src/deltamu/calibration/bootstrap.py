"""Counts drawn from a fitted law: replicate i of a seed has the same numbers whatever is drawn besides it."""

import numpy as np
from numpy.typing import NDArray

from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.errors import InputError
from deltamu.simulation.ensemble.streams import key_of

Array = NDArray[np.float64]
CHUNK = 100  # replicates that are fitted together


def drawn_counts(like: Likelihood, z: Array, seed: int, start: int, stop: int) -> Array:
    """Counts of replicates start..stop-1, shape (replicates, runs, cells); what is no partition stays as it was.

    Raises
    ------
    InputError
        The seed is no whole number >= 0, or the law has no sample space to draw from.
    """
    law, table = like.law, like.table
    if law.kind in ("sample", "point"):
        raise InputError(f"law {law.name} says nothing of what was not seen: there is nothing to draw from")
    p, _ = like.cells(z)
    p = np.maximum(p.reshape(p.shape[-2:]), 0.0)
    found = np.broadcast_to(table.counts, (stop - start, *table.counts.shape)).copy()
    key = np.array(key_of(seed), dtype=np.uint64)
    for i in range(start, stop):
        stream = np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, i], dtype=np.uint64)))
        for run, size in enumerate(table.sizes):
            if law.kind == "poisson":
                found[i - start, run] = stream.poisson(p[run])
                continue
            whole = table.whole[run]
            share = p[run, whole] / p[run, whole].sum()
            found[i - start, run, whole] = stream.multinomial(int(size), share)
    return found


def deviance(like: Likelihood, z: Array, counts: Array) -> Array:
    """Twice the log-likelihood that a free probability for every cell would gain, shape (...,)."""
    p, _ = like.cells(z)
    whole = like.table.whole
    counts = np.where(whole, counts, 0.0)
    poisson = like.law.kind == "poisson"
    expected = p if poisson else counts.sum(axis=-1, keepdims=True) * p
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / np.maximum(expected, 1e-300)), 0.0)
    terms = terms - (counts - expected) if poisson else terms
    return 2 * terms.sum(axis=(-2, -1))


def replicated(like: Likelihood, z: Array, number: int, seed: int) -> tuple[Array, Array, Array]:
    """Counts, refitted points and deviances of `number` replicates."""
    starts = np.concatenate([z.reshape(1, -1), like.starts()[:: max(1, len(like.starts()) // 4)]])
    counts, points, found = [], [], []
    for start in range(0, number, CHUNK):
        drawn = drawn_counts(like, z, seed, start, min(start + CHUNK, number))
        best = fit_table(like, drawn, starts)
        counts.append(drawn)
        points.append(best.z)
        found.append(deviance(like, best.z, drawn))
    return np.concatenate(counts), np.concatenate(points), np.concatenate(found)
