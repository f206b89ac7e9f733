"""Runs in lanes, compiled by numba: 64 runs at a time move together through straight lines that become vector code.

* `dialects`: the two languages that lanes are printed in, Python for numba and C;
* `lines`: formulas as straight lines of arithmetic;
* `kernels`: exponential, logarithm and the special functions, likewise;
* `layout`: which program of a run fills which slot;
* `loops`: a layout as Python for numba;
* `modules`: generated modules on disk.

Nothing here imports numba before a run is compiled.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.lanes.layout import LANES, MOVES_MADE, WAITING, Layout, layout
from deltamu.lanes.loops import output_slots, python_source
from deltamu.lanes.modules import prepared
from deltamu.policies import Move
from deltamu.runs import Ran

__all__ = ["LaneRun", "compile_run"]

BLOCK = 65536
SHARE = 2**21  # moves of runs that are worth a thread

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LaneRun:
    """A run compiled by numba (see `deltamu.runs.CompiledRun`)."""

    plan: Layout
    source: str
    block: int = BLOCK

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        plan = self.plan
        uniform, place, columns = packed(plan.inputs, values, size)
        names = [name for name in plan.records if name in record]
        if len(names) < len(plan.records):
            record = {**{n: np.empty((1, size)) for n in plan.records}, **record}
        arrays = [record[name] for name in plan.records]
        every = moves > 1 and any(array.shape[0] == moves for array in arrays)
        flat = tuple(_flat(array) for array in arrays) or (np.empty(0),)
        strides = np.array([array.strides[0] // array.itemsize * (array.shape[0] > 1) for array in arrays] or [0])
        rows = output_slots(plan)
        out = np.empty((len(rows), size))

        def part(first: int, last: int, module: ModuleType) -> None:
            module.run(uniform, place, columns, size, first, last, moves, every, flat, strides, out)

        in_threads(partial(part, module=prepared(self.source, partial(part, 0, 0))), size, moves)
        named = dict(zip(rows, out, strict=True))
        made = np.where(named[WAITING] == 1, np.inf, named[MOVES_MADE])
        return Ran(
            before={name: named[f"{name}_before"] for name in plan.state},
            after={name: named[name] for name in plan.state},
            moves_to_target=made,
            crossing={name: named[f"{name}_crossing"] for name in (*plan.state, "mu_next")},
        )


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


def in_threads(part: Callable[[int, int], Any], size: int, moves: int) -> None:
    """Call part(first, last) for shares of all runs, each of whole lanes; results do not depend on the shares."""
    threads = max(1, min(cores(), size * moves // SHARE, -(-size // LANES)))
    if threads == 1:
        part(0, size)
        return
    lanes = -(-size // LANES)
    ends = [min(size, lanes * n // threads * LANES) for n in range(threads)] + [size]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, ends[:-1], ends[1:]))


def _flat(array: Array) -> Array:
    """All elements from the first to the last of an array with contiguous rows, gaps between the rows included."""
    row = array.strides[0] // array.itemsize
    return as_strided(array, ((array.shape[0] - 1) * row + array.shape[1],), (array.itemsize,))


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...]) -> LaneRun:
    """A run compiled for lanes (see `deltamu.engines.compile_run`); numba compiles it when it is first called."""
    plan = layout(move, recorded)
    return LaneRun(plan, python_source(plan, f"policy {move.policy.name} in model {move.model.name}"))
