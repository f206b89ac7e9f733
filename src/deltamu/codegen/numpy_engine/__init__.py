"""The default engine: the lean program of a move on blocks of runs that stay in the cache.

* `emit`: a program as source that writes into buffers; here: what is computed when, and the runs of a block.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Basic, Symbol

from deltamu.codegen.compile import Compiled, compile_program, compile_source
from deltamu.codegen.numpy_engine.emit import BUFFERED, Emitted, emit
from deltamu.codegen.passes.hoisting import with_named_constants
from deltamu.codegen.passes.lean import passing_bound, state_lines
from deltamu.codegen.passes.schedule import fast_symbols, schedule_conditions
from deltamu.codegen.program import REPORT, Program, move_programs, program, split
from deltamu.codegen.protocol import Array, Ran, at_points
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.policies import Move

REPORTED = frozenset(map(str, REPORT))
NEARLY = 1 - 1e-9  # share of the target from which on a pass probability is compared with it exactly
BOUND = sym.quantity("passing_mass", "b", meaning="mu below which the pass probability is near the target",
                     domain=sym.REAL)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A run in programs: what is computed when.

    Attributes
    ----------
    start : Program
        The state before the first move.
    before, again : Program
        What is the same in every move, and what changes with the schedule only.
    move, recording : Program
        What changes with every move, without and with what is recorded besides the state.
    scheduled : tuple of Symbol
        States that the schedule sets.
    conditions : list of str
        Outputs of `again` that say whether the schedule goes on.
    endless : bool
        Whether it may go on for ever all the same.
    bound : bool
        Whether a mass is known below which the pass probability is near the target.
    """

    start: Program
    before: Program
    again: Program
    move: Program
    recording: Program
    scheduled: tuple[Symbol, ...]
    conditions: list[str]
    endless: bool
    bound: bool


def planned(move: Move, recorded: Iterable[Symbol], lean: bool) -> Plan:
    """Plan a run; `lean` says that the move is to be rewritten first."""
    fast = fast_symbols(move)
    after = dict(zip(move.state, move.after, strict=True))
    states = [new for symbol, new in after.items() if symbol in fast]
    scheduled = tuple(symbol for symbol in move.state if symbol not in fast)
    model = move.model.replace(*(state_lines(move) if lean else ()), name=move.model.name)
    fast = model.depending({*sym.GIVEN, *(symbol for symbol in move.state if symbol in fast)})

    def is_constant(expr: Basic) -> bool:
        return not expr.free_symbols & fast

    asked = [s for s in recorded if s in fast and s not in (*move.state, *move.after, *REPORT)]
    bound = passing_bound(move, NEARLY, is_constant)
    body = [formula for formula in model.program([*states, *asked]) if formula.symbol in fast]
    lines, constants = with_named_constants(body, is_constant, stem="held")
    constants += [] if bound is None else [Formula(BOUND, bound)]
    model = model.replace(*constants, *lines, name=model.name)
    slow, loop = split("move", model, states, fast)
    more, recording = split("recorded_move", model, [*states, *asked], fast)
    held = dict.fromkeys((*slow.outputs, *more.outputs, *([] if bound is None else [BOUND])))
    held |= dict.fromkeys(s for s in recorded if s in model and s not in (*fast, *REPORT))
    timed = {sym.t, *scheduled}
    paced = [s for s in held if s in model.depending(timed)]
    paced += [after[symbol] for symbol in scheduled if after[symbol] in model]
    conditions, endless = schedule_conditions(model, [*paced, *(loop.inputs if sym.t in loop.inputs else ())])
    model = model.replace(*conditions, name=model.name)
    going = [formula.symbol for formula in conditions]
    once, again = split("again", model, dict.fromkeys([*paced, *going]), timed)
    before = program("before", model, dict.fromkeys([*once.outputs, *(s for s in held if s not in paced)]))
    return Plan(
        move_programs(move).start, before, again, loop, recording, scheduled, list(map(str, going)), endless,
        bound is not None,
    )  # fmt: skip


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
