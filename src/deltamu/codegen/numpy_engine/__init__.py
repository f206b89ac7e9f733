"""The default engine: the lean program of a move on blocks of runs that stay in the cache.

* `emit`: a program as source that writes into buffers; here: the runs of a block.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import Compiled, compile_program, compile_source
from deltamu.codegen.numpy_engine.emit import BUFFERED, Emitted, emit
from deltamu.codegen.passes.plan import BOUND, planned
from deltamu.codegen.passes.schedule import fast_symbols
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import Array, Ran, at_points
from deltamu.model.policies import Move

REPORTED = frozenset(map(str, REPORT))


class NumPyRun:
    """A run in NumPy (see `deltamu.codegen.protocol.CompiledRun`)."""

    block = 8192  # the arrays of a block stay in the cache

    def __init__(self, move: Move, recorded: tuple[Symbol, ...], lean: bool):
        self.plan = plan = planned(move, recorded, lean)
        self.start, self.before, self.again = map(compile_program, (plan.start, plan.before, plan.again))
        self.report: Compiled = compile_program(program("report", move.model, REPORT))
        self.after = {s.name: new.name for s, new in zip(move.state, move.after, strict=True)}
        self.scheduled = [symbol.name for symbol in plan.scheduled]
        self.loops: dict[bool, tuple[Emitted, Callable[..., None]]] = {}
        for recording, part in ((False, plan.move), (True, plan.recording)):
            emitted = emit(part, fast_symbols(move) | {formula.symbol for formula in part.formulas})
            self.loops[recording] = emitted, compile_source(emitted.source, part.name, BUFFERED)

    @property
    def source(self) -> str:
        """What was generated, to read."""
        compiled = (self.start, self.before, self.again, self.report)
        return "\n\n".join([*(part.source for part in compiled), *(loop.source for loop, _ in self.loops.values())])

    def begin(self, values: Mapping[str, Any], size: int, after: "Block | None" = None) -> "Block":
        """See `deltamu.codegen.protocol.CompiledRun`."""
        return Block(self, values, size, after)

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        """See `deltamu.codegen.protocol.CompiledRun`."""
        block = self.begin(values, size)
        every = {name for name, rows in record.items() if len(rows) == moves}
        for t in range(moves):
            wanted = record if t == moves - 1 else every
            results = block.move(t, recording=bool(wanted))
            if not REPORTED.isdisjoint(wanted):
                results |= self.report(results | {"mu": block.now["mu"]})
            for name in wanted:
                record[name][t % len(record[name])] = results[name]
        return Ran(block.before, block.now, block.moves_to_target, block.crossing)


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...], *, lean: bool = True) -> NumPyRun:
    """Compile a run for this engine (see `deltamu.codegen.engines`).

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> run = compile_run(one_move(VIBE, PUBLISHED), ())
    >>> print(run.source[run.source.index("    add(mu, b") :].partition("  #")[0])
        add(mu, b, out=_x0)
        divide(mu, _x0, out=_x0)
    """
    return NumPyRun(move, recorded, lean)


class Block:
    """A block of runs on their way (see `deltamu.codegen.protocol.Block`)."""

    def __init__(self, run: NumPyRun, values: Mapping[str, Any], size: int, after: "Block | None" = None):
        self._run = run
        self._values = {"target": np.nan} | {name: np.asarray(v, dtype=float)[()] for name, v in values.items()}
        if after is None:
            start = run.start(self._values)
            self.now = {name: np.full(size, start[f"{name}_start"], dtype=float) for name in run.after}
        else:
            self.now = {name: np.array(after.now[name]) for name in run.after}
        self.before = self.now
        self._held = self._values | run.before(self._values)
        self._paced: dict[str, Any] = {}
        self.settled = not run.again.program.outputs and not run.scheduled
        self._allocate(size)
        if after is None:
            self.moves_to_target = np.full(size, np.inf)
            self.crossing = {name: value.copy() for name, value in self.now.items()} | {
                "mu_next": self.now["mu"].copy()
            }
            passed = run.report(self._values | self.now)["pass_probability"] >= self._values["target"]
            self.moves_to_target[np.broadcast_to(passed, size)] = 0.0
        else:
            self.moves_to_target, self.crossing = after.moves_to_target, after.crossing
        self._waiting = np.isinf(self.moves_to_target) & ~np.isnan(self._values["target"])

    def _allocate(self, size: int) -> None:
        loops = [loop for loop, _ in self._run.loops.values()]
        self._spare = {name: np.empty(size) for name in self.now if name not in self._run.scheduled}
        self._results = {name: np.empty(size) for loop in loops for name in loop.outputs}
        self._numbers = [np.empty(size) for _ in range(max(loop.numbers for loop in loops))]
        self._truths = [np.empty(size, dtype=bool) for _ in range(max(loop.truths for loop in loops))]

    @property
    def known(self) -> dict[str, Any]:
        """Controls, what is the same in every move, and the state before the next one."""
        return self._held | self._paced | self.now

    def move(self, t: int, given: Mapping[str, Array] | None = None, *, recording: bool = True) -> dict[str, Any]:
        """Make a move (see `deltamu.codegen.protocol.Block`)."""
        run = self._run
        following = self._pace(t)
        loop, function = run.loops[recording]
        known = {**self.known, "t": t, **(given or {})}
        results = self._results | {run.after[name]: array for name, array in self._spare.items()}
        with np.errstate(all="ignore"):  # of a choice, a branch that is not taken may overflow
            function(
                *(known[name] for name in loop.inputs),
                *(results[name] for name in loop.outputs),
                *self._numbers[: loop.numbers],
                *self._truths[: loop.truths],
            )
        following |= self._spare
        self._spare = {name: self.before[name] if self.before is not self.now else np.empty_like(array)
                       for name, array in self._spare.items()}  # fmt: skip
        self.before, self.now = self.now, {name: following[name] for name in run.after}
        if self._waiting.any():
            self._watch(t)
        if not recording:
            return {}
        return known | results | {run.after[name]: value for name, value in self.now.items()}

    def _pace(self, t: int) -> dict[str, Any]:
        """What changes with the schedule in move t; return the controls that it sets for the next one."""
        run = self._run
        now = {name: self.now[name] for name in run.scheduled}
        if self.settled:
            return now
        size = len(self.moves_to_target)
        found = run.again(self._held | now | {"t": t})
        after = {name: found.get(run.after[name], value) for name, value in now.items()}
        after = {
            name: np.full(size, value, dtype=float) if np.ndim(value) == 0 else value for name, value in after.items()
        }
        self._paced = found
        going = run.plan.endless or any(np.any(found[name]) for name in run.plan.conditions)
        self.settled = not going and all(np.array_equal(after[name], now[name]) for name in now)
        return after

    def _watch(self, t: int) -> None:
        """Note which runs reach their target with move t."""
        mu = self.now["mu"]
        near = self._waiting
        if self._run.plan.bound:
            near = near & (mu <= self._paced.get(BOUND.name, self._held.get(BOUND.name)))
        if not near.any():
            return
        points = np.flatnonzero(near)
        values, states = at_points(self._values, points), at_points(self.before, points)
        report = self._run.report(values | states | {"mu": mu[points]})
        passed = np.broadcast_to(report["pass_probability"] >= values["target"], points.shape)
        self.moves_to_target[points[passed]] = t + 1
        for name, value in (states | {"mu_next": mu[points]}).items():
            self.crossing[name][points[passed]] = value[passed]
        self._waiting[points[passed]] = False

    def keep(self, index: NDArray[np.intp]) -> None:
        """Go on with some of the runs only."""
        self._values, self._held, self._paced, self.now, self.before, self.crossing = (
            at_points(values, index)
            for values in (self._values, self._held, self._paced, self.now, self.before, self.crossing)
        )
        self.moves_to_target, self._waiting = self.moves_to_target[index], self._waiting[index]
        self._allocate(index.size)
