"""A run of generated source: state and scratch arrays, and what is watched from move to move."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.protocol import Array, Ran, at_points
from deltamu.model.special import numpy_kernels as kernels

__all__ = ["Block", "BufferedRun"]

NAMES = (
    "abs", "absolute", "add", "copyto", "divide", "equal", "exp", "expm1", "greater", "greater_equal", "inf", "less",
    "less_equal", "log", "logical_and", "logical_not", "logical_or", "maximum", "minimum", "multiply", "nan",
    "negative", "not_equal", "pi", "power", "sign", "sqrt", "square", "subtract", "where",
)  # fmt: skip
KERNELS = (*kernels.__all__, "normal_tail", "normal_cdf_of", "expected_positive_part_of")


def indicator(condition: NDArray[np.bool_], out: Array) -> None:
    """1 where a condition holds, 0 elsewhere."""
    np.copyto(out, condition)


def put(out: Array, condition: Any, value: Any) -> None:
    """Put a value where a condition holds: faster than `numpy.copyto` where that is here and there."""
    if condition.ndim:
        np.putmask(out, condition, value)
    else:
        np.copyto(out, value)


NAMESPACE = {name: getattr(np, name) for name in NAMES} | {name: getattr(kernels, name) for name in KERNELS}
NAMESPACE |= {"indicator": indicator, "put": put}
LOOK = 8  # moves between two looks for runs that have come to rest
FEW = 1 / 8  # share of runs at rest from which on they are set aside
REPORTED = ("pass_probability", "false_pass_probability", "reliability")


class BufferedRun:
    """Generated source, compiled.

    Parameters
    ----------
    source, facts
        See `deltamu.codegen.buffers.generating.Generated`.
    """

    block = 8192  # the arrays of a block stay in the cache

    def __init__(self, source: str, facts: Mapping[str, Any]):
        self.source = source
        self._facts = facts
        functions: dict[str, Any] = {}
        exec(compile(source, "<generated move>", "exec"), dict(NAMESPACE), functions)
        self._functions = functions

    def _program(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        inputs, outputs = self._facts["programs"][name]
        return dict(zip(outputs, self._functions[name](*(values[i] for i in inputs)), strict=True))

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        """See `deltamu.codegen.protocol.CompiledRun`."""
        with np.errstate(all="ignore"):  # of a choice, a branch that is not taken may overflow
            return Block(self, values, size).run(moves, record)


class Block:
    """A block of runs on their way.

    Parameters
    ----------
    run : BufferedRun
    values : mapping of str to float or array
        All controls.
    size : int
        Number of runs.
    after : Block, optional
        Start where this one is.

    Attributes
    ----------
    moves_to_target, crossing
        See `deltamu.codegen.protocol.Ran`; of the moves made so far.
    settled : bool
        Whether nothing that only a schedule sets will change any more.
    """

    def __init__(self, run: BufferedRun, values: Mapping[str, Any], size: int, after: "Block | None" = None):
        self._program, self._facts, self._functions = run._program, run._facts, run._functions
        facts = run._facts
        self._values, self._size = {"target": np.nan, **values}, size
        if after is None:
            start = self._program("start", values)
            state = {name: np.full(size, start[f"{name}_start"], dtype=float) for name in facts["state"]}
        else:
            state = {name: np.array(after.before()[name]) for name in facts["state"]}
        self._scheduled = {name: state[name] for name in facts["scheduled"]}
        self._now = {name: state[name] for name in facts["state"] if name not in self._scheduled}
        self._next = {name: np.empty(size) for name in self._now}
        self._held = self._as_arrays(self._program("before", values), size)
        self._paced: dict[str, Any] = {}
        self.settled = not facts["programs"]["again"][1] and not facts["scheduled"]
        self._timeless = "t" not in facts["loops"]["move"]["inputs"]
        self._timeless_recording = "t" not in facts["loops"]["recorded_move"]["inputs"]
        self._prepared: dict[int, list[Any]] = {}
        self._results: dict[str, Array] | None = None
        self._scratch: dict[str, NDArray[Any]] = {}
        self._index: Any = slice(None)
        self._all: Any = None
        self._make_scratch()
        self.moves_to_target = np.full(size, np.inf)
        self.crossing = {name: value.copy() for name, value in state.items()} | {"mu_next": state["mu"].copy()}
        if after is not None:
            self.moves_to_target, self.crossing = after.moves_to_target, after.crossing
        elif "target" in values:
            report = self._program("report", self._values | state)
            self.moves_to_target[report["pass_probability"] >= values["target"]] = 0.0
        self._pending = np.isinf(self.moves_to_target)
        self._waiting = "target" in values and bool(self._pending.any())

    def _as_arrays(self, found: dict[str, Any], size: int) -> dict[str, Any]:
        """Values, as arrays where an array is faster than a number."""
        return {
            name: np.full(size, value, dtype=float) if name in self._facts["arrays"] else value
            for name, value in found.items()
        }

    def _make_scratch(self) -> None:
        loops = self._facts["loops"].values()
        size = len(self._now["mu"])
        for i in range(max(loop["numbers"] for loop in loops)):
            self._scratch[f"x{i}"] = np.empty(size)
        for i in range(max(loop["truths"] for loop in loops)):
            self._scratch[f"m{i}"] = np.empty(size, dtype=bool)
        self._near = np.empty(size, dtype=bool)
        self._spare = np.empty(size)  # for results that nobody asked for

    # --- one move ---------------------------------------------------------------------------------------------------

    def _pace(self, t: int) -> dict[str, Any]:
        """What changes with the schedule in move t; return the controls that it sets for the next one."""
        if self.settled:
            return self._scheduled
        facts = self._facts
        found = self._program("again", self._held | self._scheduled | {"t": t})
        after = {}
        for name, now in self._scheduled.items():
            new = found.get(facts["after"][name], now)
            after[name] = np.full(now.shape, new, dtype=float) if np.ndim(new) == 0 else new
        resting = all(np.array_equal(after[name], now) for name, now in self._scheduled.items())
        going = any(np.any(found[name]) for name in facts["conditions"])
        self._paced = self._as_arrays(found | self._scheduled, len(self._now["mu"]))
        self.settled = resting and not going and not facts["endless"]
        return after

    def _arguments(self, name: str, t: int, outputs: Mapping[str, Array]) -> list[Any]:
        """Arguments of a generated function."""
        loop = self._facts["loops"][name]
        known = self._held | self._paced | self._now | {"t": t}
        after = {self._facts["after"][state]: array for state, array in self._next.items()} | dict(outputs)
        scratch = [self._scratch[f"x{i}"] for i in range(loop["numbers"])]
        scratch += [self._scratch[f"m{i}"] for i in range(loop["truths"])]
        return [*(known[one] for one in loop["inputs"]), *(after[one] for one in loop["outputs"]), *scratch]

    def _move(self, t: int) -> None:
        """Make move t."""
        if not (self.settled and self._timeless):
            arguments = self._arguments("move", t, {})
        else:  # those of the last move but one
            if t % 2 not in self._prepared:
                self._prepared[t % 2] = self._arguments("move", t, {})
            arguments = self._prepared[t % 2]
        self._functions["move"](*arguments)

    def _watch(self, t: int) -> None:
        """Note which runs reach their target with move t."""
        mu, near, bound = self._next["mu"], self._near, self._facts["bound"]
        if bound is None:
            near[:] = self._pending
        else:
            known = self._held.get(bound)
            np.less_equal(mu, self._paced[bound] if known is None else known, out=near)
            np.logical_and(near, self._pending, out=near)
        if not near.any():
            return
        points = np.flatnonzero(near)
        whole = points if isinstance(self._index, slice) else self._index[points]
        values = at_points(self._values, whole)
        states = {name: value[points] for name, value in (self._now | self._scheduled).items()}
        arrived = mu[points]
        report = self._program("report", values | states | {"mu": arrived})
        passed = np.broadcast_to(report["pass_probability"] >= values["target"], points.shape)
        self.moves_to_target[whole[passed]] = t + 1
        for name, value in (states | {"mu_next": arrived}).items():
            self.crossing[name][whole[passed]] = value[passed]
        self._pending[points[passed]] = False
        self._waiting = bool(self._pending.any())

    # --- move by move -----------------------------------------------------------------------------------------------

    def before(self) -> dict[str, Any]:
        """Controls, what is the same in every move, and the state before the next one."""
        return self._values | self._held | self._now | self._scheduled

    def step(self, t: int) -> dict[str, Any]:
        """Make move t: controls and states before it, and all that is computed in it, in arrays that are reused.

        The state after it, under its own names, is what `before` says from now on.
        """
        before = self._scheduled
        after = self._pace(t)
        loop, states = self._facts["loops"]["recorded_move"], self._facts["after"].items()
        outputs = self._outputs(loop["outputs"])
        key = 2 + t % 2
        arguments = self._prepared.get(key) or self._arguments("recorded_move", t, outputs)
        if self.settled and self._timeless_recording:
            self._prepared[key] = arguments
        self._functions["recorded_move"](*arguments)
        if self._waiting:
            self._watch(t)
        found = self._values | self._held | self._paced | self._now | before | outputs | {"t": t}
        found |= {name: self._next[state] for state, name in states if state in self._next}
        found |= {name: found.get(alias, alias) for name, alias in loop["aliases"].items()}
        self._now, self._next, self._scheduled = self._next, self._now, after
        return found

    def keep(self, index: NDArray[np.intp]) -> None:
        """Go on with some of the runs only."""
        (
            self._values, self._held, self._paced, self._now, self._next, self._scheduled, self.crossing,
        ) = (
            at_points(values, index)
            for values in (
                self._values, self._held, self._paced, self._now, self._next, self._scheduled, self.crossing,
            )
        )  # fmt: skip
        self.moves_to_target, self._pending = self.moves_to_target[index], self._pending[index]
        self._size, self._prepared, self._results = index.size, {}, None
        self._make_scratch()

    def _outputs(self, names: Iterable[str]) -> dict[str, Array]:
        """Arrays for what is computed in a move besides the state."""
        if self._results is None:
            states = set(self._facts["after"].values())
            self._results = {name: np.empty(self._size) for name in names if name not in states}
        return self._results

    # --- all moves --------------------------------------------------------------------------------------------------

    def run(self, moves: int, record: Mapping[str, Array]) -> Ran:
        often = {name: rows for name, rows in record.items() if len(rows) == moves}
        may_rest = not often and self._timeless
        rested = {name: value.copy() for name, value in self._now.items()}
        for t in range(moves):
            last = t == moves - 1
            if self._all is not None:
                if last:
                    self._bring_back(rested)
                elif not self._index.size:
                    continue
            before = self._scheduled
            after = self._pace(t)
            wanted = {name: rows[t % len(rows)] for name, rows in (record if last else often).items()}
            if wanted:
                self._recorded(t, wanted)
            else:
                self._move(t)
            if self._waiting:
                self._watch(t)
            if last:
                break
            if may_rest and self.settled and t % LOOK == LOOK - 1:
                self._set_aside(rested)
                after = self._scheduled  # of the runs that are left
            self._now, self._next, self._scheduled = self._next, self._now, after
        return Ran(self._now | before, self._next | after, self.moves_to_target, self.crossing)

    def _recorded(self, t: int, row: Mapping[str, Array]) -> None:
        """Make move t and write down what is asked for."""
        computed = self._facts["loops"]["recorded_move"]["outputs"]
        after = {name: self._next[state] for state, name in self._facts["after"].items() if state in self._next}
        aliases = self._facts["loops"]["recorded_move"]["aliases"]
        asked = row.keys() | {aliases[name] for name in row if name in aliases}
        if asked & (set(computed) - after.keys()):
            outputs = {
                name: row[name] if name in row else np.empty(self._size) if name in asked else self._spare
                for name in computed
                if name not in after
            }
            self._functions["recorded_move"](*self._arguments("recorded_move", t, outputs))
        else:
            outputs = {}
            self._move(t)
        known = self._values | self._held | self._paced | self._now | self._scheduled | after | outputs
        report: dict[str, Any] = {}
        for name in row.keys() - outputs.keys():
            if name in REPORTED:
                report = report or self._program("report", known | {"mu": self._next["mu"]})
                row[name][:] = report[name]
            else:
                alias = aliases.get(name, name)
                row[name][:] = known.get(alias, alias)

    def _set_aside(self, rested: dict[str, Array]) -> None:
        """Take runs that a move does not change any more out of the block."""
        resting = np.logical_and.reduce([self._next[name] == now for name, now in self._now.items()])
        if np.count_nonzero(resting) < max(1, FEW * resting.size):
            return
        if self._all is None:
            self._all = self._held, self._paced, self._scheduled
            self._index = np.arange(self._size)
        done, going = np.flatnonzero(resting), np.flatnonzero(~resting)
        for name, now in self._now.items():
            rested[name][self._index[done]] = now[done]
        self._index = self._index[going]
        self._pending = self._pending[going]
        self._now, self._next, self._held, self._paced, self._scheduled = (
            at_points(values, going) for values in (self._now, self._next, self._held, self._paced, self._scheduled)
        )
        self._scratch = {name: array[: going.size] for name, array in self._scratch.items()}
        self._near = self._near[: going.size]
        self._prepared = {}

    def _bring_back(self, rested: dict[str, Array]) -> None:
        """Put them back."""
        for name, now in self._now.items():
            rested[name][self._index] = now
        self._now, self._next = rested, {name: np.empty(self._size) for name in rested}
        self._held, self._paced, self._scheduled = self._all
        self._all, self._index = None, slice(None)
        self._pending = np.isinf(self.moves_to_target)
        self._make_scratch()
        self._prepared = {}
