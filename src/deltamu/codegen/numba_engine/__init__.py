"""Runs in lanes, compiled by numba: 64 runs at a time move together through straight lines that become vector code.

* `layout`: which program of a run fills which slot;
* `lower`: formulas as straight lines of arithmetic; `philox`: a counter-based random number generator, likewise;
* `emit`: a layout as Python for numba; `intrinsics`: what that calls;
* `sampler`: runs of a random move, `sampler_template`: the code around their loops;
* `arrays`: values as columns, arrays as rows, threads; `store`: generated modules on disk.

Nothing here imports numba before a run is compiled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.numba_engine.arrays import aligned, flat, in_threads, packed
from deltamu.codegen.numba_engine.emit import output_slots, python_source
from deltamu.codegen.numba_engine.layout import LANES, MOVES_MADE, WAITING, Layout, layout
from deltamu.codegen.numba_engine.sampler import Sampler, compile_sampler
from deltamu.codegen.numba_engine.store import prepared
from deltamu.codegen.protocol import Ran
from deltamu.model.policies import Move

BLOCK = 65536

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LaneRun:
    """A run compiled by numba (see `deltamu.codegen.protocol.CompiledRun`)."""

    plan: Layout
    source: str
    slots: int
    block: int = BLOCK

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        plan = self.plan
        uniform, place, columns = packed(plan.inputs, values, size)
        names = [name for name in plan.records if name in record]
        if len(names) < len(plan.records):
            record = {**{n: np.empty((1, size)) for n in plan.records}, **record}
        arrays = [record[name] for name in plan.records]
        every = moves > 1 and any(array.shape[0] == moves for array in arrays)
        rows_of = tuple(map(flat, arrays)) or (np.empty(0),)
        strides = np.array([array.strides[0] // array.itemsize * (array.shape[0] > 1) for array in arrays] or [0])
        rows = output_slots(plan)
        out = np.empty((len(rows), size))

        def part(first: int, last: int, module: ModuleType) -> None:
            v = aligned(self.slots * LANES)
            module.run(v, uniform, place, columns, size, first, last, moves, every, rows_of, strides, out)

        in_threads(partial(part, module=prepared(self.source, partial(part, 0, 0))), size, moves)
        named = dict(zip(rows, out, strict=True))
        made = np.where(named[WAITING] == 1, np.inf, named[MOVES_MADE])
        return Ran(
            before={name: named[f"{name} before"] for name in plan.state},
            after={name: named[name] for name in plan.state},
            moves_to_target=made,
            crossing={name: named[f"{name} crossing"] for name in (*plan.state, "mu_next")},
        )


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...]) -> LaneRun:
    """A run compiled for lanes (see `deltamu.codegen.engines`); numba compiles it when it is first called."""
    plan = layout(move, recorded)
    return LaneRun(plan, *python_source(plan, f"policy {move.policy.name} in model {move.model.name}"))
