"""Exact tangents of whole runs: how every state of a run, and what comes out of it, changes with every parameter."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu import symbols as sym
from deltamu.compiling import compile_program
from deltamu.errors import InputError, unknown
from deltamu.formulas import PUBLISHED, Model
from deltamu.policies import Move, Policy, one_move
from deltamu.progress import tracked
from deltamu.sensitivity.linearised import (
    SPENT,
    SWITCH_MARGIN,
    Linearised,
    coefficients,
    linearised,
    number_or_value,
    parameters,
    start_of,
)
from deltamu.sensitivity.outcomes import OUTCOMES, Stop
from deltamu.sensitivity.sides import SIDES, Sides
from deltamu.settings import Settings, find_settings
from deltamu.stepping import Run
from deltamu.sweeps import Sweep, along, attributes, check_count, described, resolved
from deltamu.symbols import Quantity

__all__ = ["SIDES", "tangents"]

BLOCK = 12288  # points at a time: fewer calls, and what a move reads and writes stays near the processor
Array = NDArray[np.float64]


def tangents(
    settings: Settings | str | None = None,
    /,
    *,
    wrt: str | Symbol | Iterable[str | Symbol] | None = None,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    keep: str = "all",
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Differentiate a run by its parameters, move by move and exactly.

    Parameters
    ----------
    settings, policy, model, moves, progress, **controls
        See `deltamu.simulate`.
    wrt : str, Symbol, or an iterable of these, optional
        Controls, initial values and constants; by default all that the run and its outcomes depend on.
    keep : "all" or "outcomes"
        ``"outcomes"`` leaves out the variables of every move; memory then does not grow with `moves`.

    Returns
    -------
    xarray.Dataset
        Dimensions: those of the sweep, then ``wrt``, then ``move``. For every move ``mu``, ``delta_t`` and what else
        the policy sets, before the move, with ``mu_tangent``, ``delta_tangent``, ... = ∂mu_t/∂wrt, and
        ``switch_margin``: how near the move came to an inequality of a formula changing over, as the distance of its
        two sides relative to the sum of what is compared. For every run the outcomes (`deltamu.sensitivity.OUTCOMES`)
        and their tangents, the least ``switch_margin`` as ``least_switch_margin``, and ``side``: ``both`` where the
        tangents hold for increases and decreases of the parameter; ``right`` or ``left`` where the run came to lie
        exactly on a switch, so that they hold for increases, or decreases, only; ``none`` where they hold for neither,
        or where there is no finite tangent.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, or a parameter takes whole numbers only.

    Notes
    -----
    The map of one move is linearised symbolically and compiled jointly with the map itself, what is the same in every
    move is computed before the loop. A switch is left on the side on which the run is, so a tangent says nothing of
    changes that are so large that a switch is crossed.

    At N = 0, where reviews begin to count with an infinite slope, the tangent by N is not finite: compare two runs.

    Examples
    --------
    >>> from deltamu.sensitivity import tangents
    >>> ds = tangents("principal-tr", wrt=["mu0", "a1"], moves=3)
    >>> ds.mu_tangent.dims, ds.mu_tangent.sel(wrt="a1").round(3).values.tolist()
    (('wrt', 'move'), [0.0, -0.186, -0.444])
    >>> ds.side.values.tolist()
    ['both', 'both']
    """
    check_count("moves", moves)
    if keep not in ("all", "outcomes"):
        raise InputError(f"keep = {keep!r} is neither 'all' nor 'outcomes'")
    start = find_settings(settings)
    names = [wrt] if isinstance(wrt, str | Symbol) else wrt if wrt is None else list(wrt)
    return along(
        lambda p, m: _tangents(*resolved(start, p, m, controls), names, int(moves), keep == "all", progress),
        start, policy, model,
    )  # fmt: skip


def _tangents(
    settings: Settings,
    sweep: Sweep,
    names: Sequence[str | Symbol] | None,
    moves: int,
    every: bool,
    progress: bool | None,
) -> xr.Dataset:
    model = settings.model or PUBLISHED
    wrt = _chosen(names, settings, model)
    line = linearised(settings.policy, model)
    shown = [state for state in line.move.state if state != SPENT]
    shape = (moves, sweep.size) if every else (0, sweep.size)
    record = {str(state): np.empty(shape) for state in shown} | {SWITCH_MARGIN.name: np.empty(shape)}
    tangent = {str(state): np.zeros((len(wrt), *shape)) for state in shown}
    least = np.full(sweep.size, np.inf)
    outcomes = {name: np.empty(sweep.size) for name in OUTCOMES}
    rates = {name: np.empty((len(wrt), sweep.size)) for name in OUTCOMES}
    sides = np.zeros((len(wrt), sweep.size), dtype=np.int8)
    blocks = range(0, sweep.size, BLOCK)
    with tracked("differentiating", len(blocks) * moves, progress) as advance, np.errstate(all="ignore"):
        for start in blocks:
            at = slice(start, min(start + BLOCK, sweep.size))
            values, size = sweep.block(at.start, at.stop), at.stop - at.start
            run = TangentRun(line, model, values, size, wrt)
            for t in range(moves):
                if every:
                    for state in shown:
                        record[str(state)][t, at] = run.now(state)
                        run.tangent(state, out=tangent[str(state)][:, t, at])
                margin = run.move(t, last=t == moves - 1)
                if every:
                    record[SWITCH_MARGIN.name][t, at] = margin
                advance(1)
            least[at] = run.least_margin
            for name, (value, rate) in run.outcomes().items():
                outcomes[name][at], rates[name][:, at] = value, rate
            sides[:, at] = run.sides.sides()
    finite = np.isfinite(rates["final_mu"])
    for rows in tangent.values():
        finite &= np.isfinite(rows).all(axis=1)
    sides[~finite] = SIDES.index("none")
    return described(
        _labelled(sweep, wrt, shown, moves, every, record, tangent, least, outcomes, rates, sides), settings
    )


def _chosen(names: Sequence[str | Symbol] | None, settings: Settings, model: Model) -> tuple[Quantity, ...]:
    """The parameters to differentiate by."""
    possible = {symbol.name: symbol for symbol in parameters(settings.policy, model)}
    if names is None:
        return tuple(possible.values())
    known = settings.vocabulary()
    for name in map(str, names):
        if name not in known:
            raise unknown("parameter", name, possible)
        if known[name].whole:
            raise InputError(f"{name} takes whole numbers only: compare two runs instead")
    if not names or len(set(map(str, names))) < len(names):
        raise InputError(f"wrt needs at least one parameter and none twice, got {', '.join(map(str, names)) or 'none'}")
    return tuple(known[str(name)] for name in names)


class TangentRun:
    """A block of runs with the tangents of their state along all sources."""

    def __init__(self, line: Linearised, model: Model, controls: Mapping[str, Any], size: int, wrt: Sequence[Quantity]):
        self._line, self._size, self._wrt = line, size, wrt
        recorded = {slope for row in line.slopes.values() for slope in row.values() if slope.is_Symbol}
        compared = [symbol for s in line.switches for symbol in (s.low, s.high, s.margin)]
        recorded_ = (*sorted(recorded, key=str), *compared, SWITCH_MARGIN)
        self._spends = SPENT in line.move.state
        if self._spends:
            recorded_ = (*recorded_, sym.cost)
        self._run = Run(_without_cost(line.move), recorded_, dict(controls), size, one_move(line.move.policy, model))
        self._spent = np.zeros(size)
        self._now = self._with_spent(self._run.now)
        self._coefficients = coefficients(line, controls, wrt)
        self._layout()
        self._infinite: set[Symbol] = set()
        self._stop = Stop(line, compile_program(line.report), self._run, wrt, self._coefficients)
        if (passing := np.flatnonzero(self._run.moves_to_target == 0)).size:
            for after in (False, True):
                self._stop.reached(passing, self._now, self._all(passing, self._stop.states), after=after)
        self.sides = Sides(line.move.policy, model, self._run.now, controls, wrt, size)
        self.least_margin = np.full(size, np.inf)

    def _layout(self) -> None:
        """Which columns the tangent of each state has, and where: a source, or a state at the start, each."""
        line = self._line
        reached = {state: {start_of(state)} for state in line.move.state}
        after = dict(zip(line.move.state, line.move.after, strict=True))
        self._slopes = {state: line.slopes[after[state]] for state in line.move.state}
        for state, row in self._slopes.items():
            reached[state] |= {source for source in row if source not in after}
        while True:
            grown = {
                state: columns.union(*(reached[other] for other in self._slopes[state] if other in after))
                for state, columns in reached.items()
            }
            if grown == reached:
                break
            reached = grown
        wanted = {column for column, pairs in self._coefficients.items() if pairs}
        self._columns = {s: sorted(columns & wanted, key=str) for s, columns in reached.items()}
        self._tangents = {s: np.zeros((len(columns), self._size)) for s, columns in self._columns.items()}
        for state, columns in self._columns.items():
            if start_of(state) in columns:
                self._tangents[state][columns.index(start_of(state))] = 1.0
        self._rows = {s: {column: row for row, column in enumerate(columns)} for s, columns in self._columns.items()}
        self._reads = {s: [o for o in line.move.state if o != s and o in row] for s, row in self._slopes.items()}
        self._alive = {
            s: {self._rows[s][start_of(s)]} if start_of(s) in self._rows[s] else set() for s in line.move.state
        }
        self._spare = np.empty(self._size)
        self._order = sorted(line.move.state, key=lambda s: -len(self._reads[s]))  # readers before what they read
        place = {state: i for i, state in enumerate(self._order)}
        self._read = {s: any(s in self._reads[o] for o in self._order) for s in self._order}
        self._keep = [s for s in self._order if any(s in self._reads[o] and place[o] > place[s] for o in self._order)]

    def now(self, state: Symbol) -> Any:
        """A state before the next move."""
        return self._now[state.name]

    def _with_spent(self, values: dict[str, Any]) -> ChainMap[str, Any]:
        """The values with the cost so far, which the run itself does not carry: nothing in it depends on that."""
        return ChainMap({SPENT.name: self._spent} if self._spends else {}, values)

    def tangent(self, state: Symbol, *, out: Array | None = None, points: Any = slice(None)) -> Array:
        """The tangent of a state before the next move along all parameters: (wrt, points)."""
        rows = self._tangents[state]
        if out is None:
            out = np.empty((len(self._wrt), np.arange(self._size)[points].size))
        started: set[int] = set()
        for row, column in enumerate(self._columns[state]):
            for i, coefficient in self._coefficients[column]:
                part = rows[row, points]
                if not isinstance(coefficient, float) or coefficient != 1.0:
                    factor = _at(coefficient, points)
                    part = part * factor
                    if column in self._infinite:  # an infinite slope in what does not change
                        part = np.where(factor == 0, 0.0, part)
                if i in started:
                    out[i] += part
                else:
                    out[i] = part
                    started.add(i)
        for i in range(len(self._wrt)):
            if i not in started:
                out[i] = 0.0
        return out

    def _all(self, points: Any = slice(None), states: Iterable[Symbol] | None = None) -> dict[Symbol, Array]:
        return {state: self.tangent(state, points=points) for state in states or self._line.move.state}

    def move(self, t: int, *, last: bool) -> Any:
        """Make move t; return how near it came to a switch."""
        results = self._run.move(t)
        margin = results[SWITCH_MARGIN.name]
        before = self._now.new_child({sym.t.name: t})
        if self._spends:
            self._spent = self._spent + results[sym.cost.name]
        self._now = self._with_spent(self._run.now)
        self.sides.watch(results, before, self._now, self._all)
        crossed = np.flatnonzero(self._run.moves_to_target == t + 1)
        for after in (False, True):
            values = self._now if after else before
            if crossed.size:
                self._stop.reached(crossed, values, self._all(crossed, self._stop.states), after=after)
            if last:
                self._stop.last(values, self._all(states=self._stop.states), after=after)
            if not after:
                self._advance(results)
        if t == 0:
            self._infinite = {
                column for s, rows in self._tangents.items() for column, row in zip(self._columns[s], rows, strict=True)
                if not np.isfinite(row).all()
            }  # fmt: skip
        np.minimum(self.least_margin, margin, out=self.least_margin)
        return margin

    def _advance(self, results: Mapping[str, Any]) -> None:
        """Tangents after a move: slope in the state times tangent before, plus slope in the sources.

        In place, and rows in which there is only 0 are left alone.
        """
        kept = {state: (self._tangents[state].copy(), set(self._alive[state])) for state in self._keep}
        for state in self._order:
            row, rows, places, alive = self._slopes[state], self._tangents[state], self._rows[state], self._alive[state]
            own = number_or_value(row.get(state, 0.0), results)
            if not (isinstance(own, float) and own == 1.0):
                for number in alive:
                    np.multiply(rows[number], own, out=rows[number])
            for source, number in places.items():
                if source in row:
                    slope = number_or_value(row[source], results)
                    if number in alive or np.any(slope):
                        rows[number] += slope
                        alive.add(number)
            for other in self._reads[state]:
                before, moving = kept.get(other) or (self._tangents[other], self._alive[other])
                slope = number_or_value(row[other], results)
                for column, number in self._rows[other].items():
                    if number in moving:
                        np.multiply(before[number], slope, out=self._spare)
                        rows[places[column]] += self._spare
                        alive.add(places[column])
            if self._read[state]:
                alive.intersection_update([number for number in alive if rows[number].any()])

    def outcomes(self) -> dict[str, tuple[Array, Array]]:
        """Outcomes and their tangents (wrt, points), after the last move."""
        return self._stop.outcomes(self._run)


def _without_cost(move: Move) -> Move:
    """The move without the cost so far in its state."""
    kept = [i for i, state in enumerate(move.state) if state != SPENT]
    state, initial, after = (tuple(part[i] for i in kept) for part in (move.state, move.initial, move.after))
    return replace(move, state=state, initial=initial, after=after)


def _labelled(
    sweep: Sweep,
    wrt: Sequence[Quantity],
    states: Sequence[Symbol],
    moves: int,
    every: bool,
    record: Mapping[str, Array],
    tangent: Mapping[str, Array],
    least: Array,
    outcomes: Mapping[str, Array],
    rates: Mapping[str, Array],
    sides: NDArray[np.int8],
) -> xr.Dataset:
    """Flat arrays as a Dataset."""
    data: dict[str, Any] = {}
    along_wrt, shape = (*sweep.dims, "wrt"), (*sweep.shape, len(wrt))
    if every:
        for state in states:
            name, values = state.name, record[state.name]
            label = name if state == sym.mu else f"{name}_t"
            data[label] = (
                (*sweep.dims, "move"),
                np.moveaxis(values.reshape(moves, *sweep.shape), 0, -1),
                attributes(state),
            )
            spread = np.moveaxis(tangent[name].reshape(len(wrt), moves, *sweep.shape), (0, 1), (-2, -1))
            data[f"{name}_tangent"] = ((*along_wrt, "move"), spread, _rate_attributes(state.meaning, state.unit))
        margin = np.moveaxis(record[SWITCH_MARGIN.name].reshape(moves, *sweep.shape), 0, -1)
        data[SWITCH_MARGIN.name] = ((*sweep.dims, "move"), margin, attributes(SWITCH_MARGIN))
    for name, (meaning, unit) in OUTCOMES.items():
        data[name] = (sweep.dims, outcomes[name].reshape(sweep.shape), {"long_name": meaning, "units": unit})
        spread = np.moveaxis(rates[name].reshape(len(wrt), *sweep.shape), 0, -1)
        data[f"{name}_tangent"] = (along_wrt, spread, _rate_attributes(meaning, unit))
    data["least_switch_margin"] = (sweep.dims, least.reshape(sweep.shape), attributes(SWITCH_MARGIN))
    side = np.array(SIDES)[np.moveaxis(sides.reshape(len(wrt), *sweep.shape), 0, -1)].reshape(shape)
    data["side"] = (along_wrt, side, {"long_name": "changes of the parameter for which the tangents hold"})
    coords = {**sweep.coords, "wrt": ("wrt", [symbol.name for symbol in wrt], {"long_name": "parameter"})}
    if every:
        coords["move"] = ("move", np.arange(moves), {"long_name": "index of the move", "units": "moves"})
    return xr.Dataset(data, coords=coords)


def _rate_attributes(meaning: str, unit: str) -> dict[str, str]:
    return {
        "long_name": f"derivative of {meaning.partition(':')[0]} by the parameter",
        "units": f"{unit} per unit of wrt",
    }


def _at(value: Any, points: Any) -> Any:
    return value[points] if np.ndim(value) else value
