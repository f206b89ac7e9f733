"""Runs of a population of tasks: one run for each node of its mass, and means over them.

`RunOverTasks` is a compiled run like any engine's (see `deltamu.codegen.protocol`): the simulator need not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import compile_program
from deltamu.codegen.engines import compile_run
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import CompiledRun, Ran, spread
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.policies import Move
from deltamu.simulation.population import Population

Array = NDArray[np.float64]
MASS, START, PASS, FALSE, TARGET = (
    symbol.name for symbol in (sym.mu, sym.mu0, sym.pass_probability, sym.false_pass_probability, sym.target)
)


def with_population(tasks: Population, controls: Mapping[str, Any]) -> dict[str, Any]:
    """Controls with what a population says of them: its equivalent mass, and its resolution unless another is given."""
    if START in controls:
        raise InputError(f"{START} and population both say with which mass tasks start: give one")
    known = {} if tasks.r is None else {sym.r.name: float(tasks.r)}
    return {**known, **controls, START: float(tasks.mass)}


def average(name: str, values: Mapping[str, Array], weights: Array) -> Array:
    """The mean over tasks, the last axis, of a quantity of a move; of the false pass among tasks that pass.

    Weights are those of one population, or a row for each of many.

    Examples
    --------
    >>> passing = {PASS: np.array([1.0, 0.5]), FALSE: np.array([0.0, 0.3])}
    >>> [float(average(name, passing, np.array([0.5, 0.5])).round(3)) for name in (PASS, FALSE)]
    [0.75, 0.1]
    """
    if name != FALSE:
        return values[name] @ weights if weights.ndim == 1 else (values[name] * weights).sum(axis=-1)
    passing = values[PASS] * weights
    total = passing.sum(axis=-1)
    return (passing * values[FALSE]).sum(axis=-1) / np.where(total > 0, total, 1.0)


@dataclass
class RanTasks(Ran):
    """What came of a block of populations: states are means over tasks.

    Attributes
    ----------
    interpolated : array
        Moves to the target, the mass of every task linear between two states.
    """

    interpolated: Array


class RunOverTasks:
    """The runs of all tasks of a population, compiled.

    Parameters
    ----------
    run : CompiledRun
        Records the states of `move`, what the report reads, and whatever is to be averaged.
    move : Move
    tasks : Population
    recorded : tuple of str
    """

    def __init__(self, run: CompiledRun, move: Move, tasks: Population, recorded: tuple[str, ...]):
        self._run, self._recorded = run, recorded
        self._states = tuple(state.name for state in move.state)
        self._report = compile_program(program("report", move.model, REPORT))
        self._masses, self._weights = tasks.nodes()

    @property
    def block(self) -> int:
        """How many populations it is best given at a time."""
        return max(1, self._run.block // len(self._masses))

    @property
    def source(self) -> str:
        """What was generated."""
        return self._run.source

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> RanTasks:
        """Make all moves of all tasks; see `deltamu.codegen.protocol.CompiledRun`."""
        nodes = len(self._masses)
        given = {**spread(values, nodes), START: np.tile(self._masses, size)}
        flat = {name: np.empty((moves, size * nodes)) for name in self._recorded}
        ran = self._run(given, size * nodes, moves, flat)
        rows = {name: row.reshape(moves, size, nodes) for name, row in flat.items()}
        for name, row in record.items():
            last = {one: rows[one][-len(row) :] for one in (name, PASS)}
            row[:] = average(name, last, self._weights)
        passing = np.vstack([self._at_start(given, rows), rows[PASS] @ self._weights])
        reached = passing >= np.broadcast_to(values[TARGET], size)
        needed = np.where(reached.any(axis=0), reached.argmax(axis=0).astype(float), np.inf)
        before, after = (self._mean(state, size) for state in (ran.before, ran.after))
        return RanTasks(before, after, needed, {}, self._interpolated(given, rows, needed))

    def _mean(self, state: Mapping[str, Array], size: int) -> dict[str, Array]:
        return {name: np.broadcast_to(value, size * len(self._weights)).reshape(size, -1) @ self._weights
                for name, value in state.items()}  # fmt: skip

    def _passing(self, given: Mapping[str, Any], state: Mapping[str, Array]) -> Array:
        """The pass probability of populations, from states of their tasks of shape (populations, nodes)."""
        shape = state[MASS].shape
        flat = {name: value.reshape(-1) for name, value in state.items()}
        found = np.broadcast_to(self._report({**given, **flat})[PASS], shape[0] * shape[1])
        return found.reshape(shape) @ self._weights

    def _at_start(self, given: Mapping[str, Any], rows: Mapping[str, Array]) -> Array:
        return self._passing(given, {name: rows[name][0] for name in (*self._states, sym.r.name)})

    def _interpolated(self, given: Mapping[str, Any], rows: Mapping[str, Array], needed: Array) -> Array:
        """Moves to the target, by bisection as for one run (`deltamu.codegen.protocol.interpolated`)."""
        moved = np.flatnonzero(np.isfinite(needed) & (needed > 0))
        found = needed.copy()
        if not moved.size:
            return found
        at = needed[moved].astype(int) - 1
        crossing = {name: rows[name][at, moved] for name in (*self._states, sym.r.name, sym.mu_next.name)}
        every = (moved[:, None] * len(self._weights) + np.arange(len(self._weights))).reshape(-1)
        there = {name: value[every] if np.ndim(value) else value for name, value in given.items()}
        target = np.broadcast_to(given[TARGET], rows[PASS][0].size)[every[:: len(self._weights)]]
        before, after = crossing[MASS], crossing.pop(sym.mu_next.name)
        low, high = np.zeros(moved.size), np.ones(moved.size)
        for _ in range(np.finfo(float).nmant + 1):
            middle = (low + high) / 2
            mixed = {**crossing, MASS: before + middle[:, None] * (after - before)}
            passed = self._passing(there, mixed) >= target
            low, high = np.where(passed, low, middle), np.where(passed, middle, high)
        found[moved] += high - 1
        return found


def over_tasks(engine: str, move: Move, recorded: tuple[Symbol, ...], tasks: Population) -> RunOverTasks:
    """Compile the runs of a population's tasks for an engine; see `deltamu.codegen.engines.compile_run`."""
    every = dict.fromkeys((*recorded, *move.state, sym.r, sym.mu_next, sym.pass_probability))
    run = compile_run(engine, move, tuple(every))
    return RunOverTasks(run, move, tasks, tuple(symbol.name for symbol in every))
