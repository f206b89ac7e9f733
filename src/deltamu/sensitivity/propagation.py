"""Tangents carried from move to move: for a block of runs, along everything that the loop reads."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import compile_program
from deltamu.codegen.protocol import at_points
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Move, Policy
from deltamu.model.quantities import Quantity
from deltamu.sensitivity.linearised import SPENT, Linearised, linearised
from deltamu.sensitivity.outcomes import Stop
from deltamu.sensitivity.rates import Rates, combined, rates_of_sources, rates_of_starts
from deltamu.sensitivity.sides import Sides
from deltamu.sensitivity.switches import SWITCH_MARGIN
from deltamu.simulation.run import Run

Array = NDArray[np.float64]


class TangentRun:
    """A block of runs with the tangents of their state.

    The tangent of a state is kept as columns: its changes with each source, and with each state where propagation
    began.  They are combined with the rates of these along the parameters when a tangent is asked for.  Once a schedule
    has ended, there are fewer sources, and propagation begins anew from there.

    Parameters
    ----------
    policy : Policy
    model : Model
    controls : mapping of str to value
    size : int
        Number of runs.
    wrt : sequence of Quantity
        The parameters.
    margins, sides : bool
        Whether to say how near a run comes to a switch, and for which changes its tangents hold.
    """

    def __init__(
        self,
        policy: Policy,
        model: Model,
        controls: Mapping[str, Any],
        size: int,
        wrt: Sequence[Quantity],
        *,
        margins: bool = True,
        sides: bool = True,
    ):
        self._policy, self._model, self._controls, self._size, self._wrt = policy, model, controls, size, wrt
        self._watched = margins, sides
        line = linearised(policy, model)
        self._states = line.move.state
        self._spent: Any = np.zeros(size) if SPENT in self._states else None
        self._spare = np.empty(size)
        self._run = self._compiled(line, None)
        self._now = self._with_spent(self._run.known)
        self._begin(line, rates_of_starts(line, controls, wrt))
        # a run must not depend on the runs beside it: these end their schedules together, or keep their sources
        self._may_rest = line.ends is not None and all(np.ndim(controls[symbol.name]) == 0 for symbol in line.ends)
        self._stop = Stop(line, compile_program(line.report), self._run, wrt, self._rates)
        if (passing := np.flatnonzero(self._run.moves_to_target == 0)).size:
            for after in (False, True):
                self._stop.reached(passing, self._now, self._all(passing, self._stop.states), after=after)
        self._ties = Sides(policy, model, self._run.known, controls, wrt, size)
        self._least = np.full(size, np.inf)

    def _compiled(self, line: Linearised, run: Run | None) -> Run:
        """The run of a linearised move, from where another is."""
        slopes = {slope for row in line.slopes.values() for slope in row.values() if slope.is_Symbol}
        recorded = sorted(slopes, key=str)
        margins, sides = self._watched
        recorded += [SWITCH_MARGIN] if margins or sides else []
        recorded += [switch.nearness for switch in line.switches] if sides else []
        recorded += [] if self._spent is None else [sym.cost]
        return Run(_without_cost(line.move), self._controls, self._size, tuple(recorded), lean=False, after=run)

    def _begin(self, line: Linearised, starts: Mapping[str, Rates]) -> None:
        """Begin propagation, from tangents of the states."""
        self._rows = _rows(line)
        self._carried = sorted(self._rows, key=lambda state: -len(self._rows[state].states))
        self._copied = _overwritten(self._carried, self._rows)
        resting = {state.name: starts[state.name] for state in line.resting}
        self._rates = rates_of_sources(line, self._now, self._wrt, resting) | resting
        self._rates |= {_start(state): starts[state] for state in self._carried}
        self._columns: dict[str, dict[str, Any]] = {s: {_start(s): 1.0} if starts[s] else {} for s in self._carried}
        self._columns |= {state: {state: 1.0} for state in resting}
        self._infinite = {
            name for name, rates in self._rates.items() if not all(np.isfinite(rate).all() for rate in rates.values())
        }
        self._first = True

    def _with_spent(self, values: dict[str, Any]) -> ChainMap[str, Any]:
        """The values with the cost so far, which the run itself does not carry: nothing in it depends on that."""
        return ChainMap({} if self._spent is None else {SPENT.name: self._spent}, values)

    # --- what is asked for ------------------------------------------------------------------------------------------

    def now(self, state: Symbol) -> Any:
        """A state before the next move."""
        return self._now[state.name]

    @property
    def stopped(self) -> bool:
        """Whether all runs have reached their target."""
        return bool(np.isfinite(self._run.moves_to_target).all())

    def tangent(self, state: Symbol, *, out: Array | None = None, points: Any = slice(None)) -> Array:
        """The tangent of a state before the next move along all parameters: (wrt, points)."""
        if out is None:
            out = np.empty((len(self._wrt), np.arange(self._size)[points].size))
        found = self._along(state.name, points)
        for i in range(len(self._wrt)):
            out[i] = found.get(i, 0.0)
        return out

    def _along(self, state: str, points: Any = slice(None)) -> Rates:
        """The tangent of a state before the next move, without the parameters along which it is 0."""
        return combined(at_points(self._columns[state], points), self._rates, points, self._infinite)

    def _all(self, points: Any = slice(None), states: Iterable[Symbol] | None = None) -> dict[Symbol, Array]:
        return {state: self.tangent(state, points=points) for state in states or self._states}

    def outcomes(self) -> dict[str, tuple[Array, Array]]:
        """Outcomes and their tangents (wrt, points), after the last move."""
        return self._stop.outcomes(self._run)

    def sides(self) -> NDArray[np.int8]:
        """For which changes the tangents hold, as indices into `SIDES`: (wrt, points)."""
        self._settle()
        return self._ties.sides()

    def _settle(self) -> None:
        if self._watched[1]:
            self._ties.settle(self._rates, self._infinite)

    # --- one move ---------------------------------------------------------------------------------------------------

    def move(self, t: int, *, last: bool) -> Any:
        """Make move t; return how near it came to a switch: 0 or nan is at one."""
        results = self._run.advance()
        before = self._now.new_child({sym.t.name: t})
        if self._spent is not None:
            self._spent = self._spent + results[sym.cost.name]
        self._now = self._with_spent(self._run.known)
        if self._watched[1]:
            self._ties.watch(results, before, self._now, self._columns)
        crossed = np.flatnonzero(self._run.moves_to_target == t + 1)
        for after in (False, True):
            values = self._now if after else before
            if crossed.size:
                self._stop.reached(crossed, values, self._all(crossed, self._stop.states), after=after)
            if last:
                self._stop.last(values, self._all(states=self._stop.states), after=after)
            if not after:
                self._carry(results)
        if self._may_rest and self._run.settled and not last:
            self._rest()
        if SWITCH_MARGIN.name not in results:
            return np.inf
        np.minimum(self._least, results[SWITCH_MARGIN.name], out=self._least)
        return results[SWITCH_MARGIN.name]

    @property
    def least_margin(self) -> Array:
        """How near each run has come to a switch so far."""
        return np.nan_to_num(self._least, posinf=np.inf)

    def _rest(self) -> None:
        """The schedule has ended: go on with fewer sources."""
        self._may_rest = False
        self._settle()
        line = linearised(self._policy, self._model, resting=True)
        self._run = self._compiled(line, self._run)
        self._begin(line, {state.name: self._along(state.name) for state in self._states})

    def _carry(self, results: Mapping[str, Any]) -> None:
        """Columns after a move, in place: slope in the state times column before, plus slope in the source."""
        kept = {
            state: {name: np.copy(column) for name, column in self._columns[state].items()} for state in self._copied
        }
        for state in self._carried:
            row, columns = self._rows[state], self._columns[state]
            own = _value(row.own, results)
            for name, column in columns.items():
                columns[name] = _scaled(column, own)
            for name, slope in row.sources.items():
                if self._rates[name]:
                    columns[name] = _plus(columns.get(name, 0.0), _value(slope, results))
            for other, slope in row.states.items():
                factor = _value(slope, results)
                for name, column in kept.get(other, self._columns[other]).items():
                    if np.ndim(column) or column != 0.0:
                        part = np.multiply(column, factor, out=self._spare) if np.ndim(factor) else column * factor
                        columns[name] = _plus(columns.get(name, 0.0), part)
        if self._first:
            self._first = False
            self._infinite |= {
                name for columns in self._columns.values() for name, column in columns.items()
                if not np.isfinite(column).all()
            }  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """Slopes of a state after a move: in itself, in other states, in sources; each a number or the name of a result."""

    own: float | str
    states: dict[str, float | str]
    sources: dict[str, float | str]


def _rows(line: Linearised) -> dict[str, _Row]:
    """The slopes of each state that is not at rest."""
    carried = [state.name for state in line.move.state if state not in line.resting]
    found = {}
    for state, after in zip(line.move.state, line.move.after, strict=True):
        if state.name in carried:
            row = {s.name: slope.name if slope.is_Symbol else float(slope) for s, slope in line.slopes[after].items()}
            own = row.pop(state.name, 0.0)
            found[state.name] = _Row(own, {s: row.pop(s) for s in carried if s in row}, row)
    return found


def _overwritten(order: Sequence[str], rows: Mapping[str, _Row]) -> list[str]:
    """States that are advanced, in place, before another that reads them."""
    return [state for i, state in enumerate(order) if any(state in rows[later].states for later in order[i + 1 :])]


def _start(state: str) -> str:
    return f"{state} at the start"


def _value(slope: float | str, results: Mapping[str, Any]) -> Any:
    return results[slope] if isinstance(slope, str) else slope


def _scaled(column: Any, factor: Any) -> Any:
    """A column times a factor, in place where it can be."""
    if isinstance(factor, float) and factor == 1.0:
        return column
    if np.ndim(column):
        return np.multiply(column, factor, out=column)
    return column * factor if column != 0.0 else 0.0


def _plus(column: Any, slope: Any) -> Any:
    """A column plus a slope, in place where it can be; a column in which there is only 0 stays a number."""
    if np.ndim(column):
        return np.add(column, slope, out=column)
    if column != 0.0 or not np.ndim(slope):
        return column + slope
    return np.array(slope) if np.any(slope) else 0.0


def _without_cost(move: Move) -> Move:
    """The move without the cost so far in its state."""
    kept = [i for i, state in enumerate(move.state) if state != SPENT]
    state, initial, after = (tuple(part[i] for i in kept) for part in (move.state, move.initial, move.after))
    return replace(move, state=state, initial=initial, after=after)
