"""What the runs of all lanes need: values as columns, arrays as rows, threads."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from deltamu.codegen.numba_engine.layout import LANES

SHARE = 2**21  # moves of runs that are worth a thread

Array = NDArray[np.float64]


def packed(inputs: tuple[str, ...], values: Mapping[str, Any], size: int) -> tuple[Array, NDArray[np.int64], Array]:
    """Values as numbers, and as columns where they differ from run to run; `place` is the column, -1 for a number."""
    uniform, place = np.zeros(len(inputs)), np.full(len(inputs), -1)
    columns = [name for name in inputs if np.ndim(values[name])]
    for k, name in enumerate(inputs):
        if name in columns:
            place[k] = columns.index(name)
        else:
            uniform[k] = values[name]
    table = np.empty((len(columns), size))
    for row, name in zip(table, columns, strict=True):
        row[:] = values[name]
    return uniform, place, table


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(part: Callable[[int, int], Any], size: int, moves: int, together: int = LANES) -> None:
    """Call part(first, last) for shares of all runs; results do not depend on the shares.

    Parameters
    ----------
    part : callable
    size : int
    moves : int
        Moves that each of `size` takes.
    together : int
        A share is a multiple of this, but for the last one.
    """
    pieces = -(-size // together)
    threads = max(1, min(cores(), size * moves // SHARE, pieces))
    if threads == 1:
        part(0, size)
        return
    ends = [min(size, pieces * n // threads * together) for n in range(threads)] + [size]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, ends[:-1], ends[1:]))


def flat(array: Array) -> Array:
    """All elements from the first to the last of an array with contiguous rows, gaps between the rows included."""
    row = array.strides[0] // array.itemsize
    return as_strided(array, ((array.shape[0] - 1) * row + array.shape[1],), (array.itemsize,))


def aligned(size: int) -> Array:
    """An empty array at the start of a cache line: vectors that straddle two lines take twice as long."""
    room = np.empty(size + 8)
    ahead = -room.ctypes.data % 64 // 8
    return room[ahead : ahead + size]
