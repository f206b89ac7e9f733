"""The mean-field simulator: a policy in a model, move by move, at labelled points.

An engine makes the moves (see `deltamu.engines`); blocks, labels, interpolation and status are the same for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu import symbols as sym
from deltamu.compiling import Compiled, CompiledMove, compile_program
from deltamu.engines import compile_run, find_engine
from deltamu.errors import InputError, unknown
from deltamu.formulas import PUBLISHED, Model
from deltamu.observers import observed, shared_runs
from deltamu.policies import Move, Policy, one_move
from deltamu.programs import REPORT, program
from deltamu.progress import tracked
from deltamu.runs import CompiledRun
from deltamu.settings import Settings, find_settings
from deltamu.sweeps import Sweep, along, attributes, check_count, described, resolved

__all__ = ["STATUSES", "Run", "interpolated", "simulate"]

Array = NDArray[np.float64]

STATUSES = ("reached", "stalled", "exhausted")
STALL = 1e-9  # a last move that changes mu, or the radius, by less than this share counts as no change
BLOCK: int | None = None  # points simulated at a time; by default what the engine is best given
SHARED = 8192  # points at a time that look at runs which they share
KEPT = 2**20  # most numbers kept of such runs
OUTCOMES = {
    "moves_to_target": "smallest number of moves after which the pass probability is at the target",
    "moves_to_target_interpolated": "moves to the target, linear in mu between states",
}
BEFORE = (sym.mu, sym.delta, sym.H, sym.r)  # recorded as they are before the move
IN_MOVE = (sym.expected_improvement, sym.gain, sym.acceptance)


def simulate(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    keep: str | Iterable[str] = "all",
    engine: str = "numpy",
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Simulate the expected defect mass move by move.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    policy : Policy, str, or a sequence of these, optional
        By default the settings' policy. A sequence becomes a dimension ``policy``.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else `PUBLISHED`. A sequence becomes a dimension ``model``.
    moves : int
        Number of moves T; every run goes on to T, past its target or a stall.
    keep : "all", "final", or an iterable of names
        ``"all"`` keeps every move; ``"final"`` the last one only (what ``"all"`` has at ``move=-1``), in memory
        that does not grow with `moves`; names keep these variables of every move, which may be any quantity of the
        model.
    engine : "numpy", "numba" or "auto"
        What makes the moves. ``"auto"`` is NumPy. Engines agree to rounding, not in every bit.
    progress : bool, optional
        Whether to show progress; by default a long run does on a terminal.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings. A sequence becomes a dimension of its name; a DataArray keeps its own.

    Returns
    -------
    xarray.Dataset
        Dimensions: those of the sweep, then ``move`` = 0..T-1. Variables of each move: ``mu`` (before it),
        ``delta_t``, ``H_t``, ``r_t`` (in it), ``expected_improvement``, ``gain``, ``acceptance``, ``mu_next``, and
        after it ``pass_probability`` = exp(-r_t mu_next), ``false_pass_probability``, ``reliability``. Of each run:
        ``moves_to_target``, the smallest number of moves after which the pass probability is at the target (0 if it
        is at the start, inf if not within T), ``moves_to_target_interpolated``, linear in mu between states, and
        ``status``: ``reached``; else ``stalled`` if the last move changed mu by less than 1e-9 (1 + mu) and the
        radius is at rest or at a bound; else ``exhausted``.

    Raises
    ------
    InputError
        A name is unknown, or a value or a dimension is refused.

    Notes
    -----
    A point has the same bits alone as in any sweep, and whatever is kept of it.

    Examples
    --------
    >>> from deltamu import simulate
    >>> ds = simulate("principal-tr", N=[0, 4], moves=100)
    >>> ds.mu.dims, float(ds.mu_next.sel(N=4)[-1].round(4))
    (('N', 'move'), 0.4317)
    """
    check_count("moves", moves)
    start = find_settings(settings)
    chosen = find_engine(engine)
    return along(
        lambda p, m: _simulate(*resolved(start, p, m, controls), int(moves), keep, chosen, progress),
        start, policy, model,
    )  # fmt: skip


def _simulate(
    settings: Settings, sweep: Sweep, moves: int, keep: str | Iterable[str], engine: str, progress: bool | None
) -> xr.Dataset:
    move = one_move(settings.policy, settings.model or PUBLISHED)
    variables = _kept_variables(move, keep)
    shared = shared_runs(sweep, move, variables)
    symbols = dict.fromkeys(variables.values())
    if shared is not None:
        symbols = dict.fromkeys((*(s for s in symbols if s not in REPORT), *_looked_at(move)))
    run = compile_run(engine, move, tuple(symbols))
    record = {name: np.empty((1 if keep == "final" else moves, sweep.size)) for name in variables}
    outcomes = {name: np.empty(sweep.size) for name in OUTCOMES}
    stalled = np.empty(sweep.size, dtype=bool)
    made = _Made(move, run, variables, record, outcomes, stalled, moves)
    block = BLOCK or run.block
    with tracked("simulating", sweep.size * moves, progress) as advance:
        if shared is None:
            for start in range(0, sweep.size, block):
                stop = min(start + block, sweep.size)
                made.own_runs(sweep, start, stop)
                advance((stop - start) * moves)
        else:
            several = max(1, min(block, KEPT // (moves * len(symbols))))
            for start in range(0, shared.runs.size, several):
                points = shared.runs[start : start + several]
                made.shared_runs(sweep, points, shared.offsets)
                advance(points.size * shared.offsets.size * moves)
    status = np.select([np.isfinite(outcomes["moves_to_target"]), stalled], STATUSES[:2], STATUSES[2])
    return described(_labelled(sweep, moves, keep, variables, record, outcomes, status), settings)


@cache
def _looked_at(move: Move) -> tuple[Symbol, ...]:
    """States on which the pass probability depends."""
    inputs = program("passing", move.model, [sym.pass_probability]).inputs
    return tuple(symbol for symbol in move.state if symbol in inputs or symbol == sym.mu)


@dataclass(frozen=True)
class _Made:
    """What has been simulated of a sweep."""

    move: Move
    run: CompiledRun
    variables: Mapping[str, Symbol]
    record: Mapping[str, Array]
    outcomes: Mapping[str, Array]
    stalled: NDArray[np.bool_]
    moves: int

    def own_runs(self, sweep: Sweep, start: int, stop: int) -> None:
        """Simulate some points."""
        at, size = slice(start, stop), stop - start
        values = sweep.block(start, stop)
        rows = {symbol.name: self.record[name][:, at] for name, symbol in self.variables.items()}
        ran = self.run(values, size, self.moves, rows)
        self._finish(at, values | ran.crossing, ran.moves_to_target)
        self.stalled[at] = _stalled(self.move, values | ran.before, values | ran.after)

    def shared_runs(self, sweep: Sweep, points: NDArray[np.intp], offsets: NDArray[np.intp]) -> None:
        """Simulate the runs of some points, for all points that share them."""
        values = {**sweep.scalars, **{name: array[points] for name, array in sweep.points.items()}}
        looked_at = {symbol.name: np.empty((self.moves, points.size)) for symbol in _looked_at(self.move)}
        own = {name: symbol for name, symbol in self.variables.items() if symbol not in REPORT}
        rows = {symbol.name: np.empty((len(self.record[name]), points.size)) for name, symbol in own.items()}
        ran = self.run(values, points.size, self.moves, rows | looked_at)
        rows |= {name: found[-len(rows[name]) :] for name, found in looked_at.items() if name in rows}
        looked_at[sym.mu.name] = np.concatenate([looked_at[sym.mu.name], ran.after[sym.mu.name][np.newaxis]])
        still = _stalled(self.move, values | ran.before, values | ran.after)
        count = max(1, SHARED // offsets.size)
        for start in range(0, points.size, count):
            some = slice(start, start + count)
            history = {name: found[:, some, np.newaxis] for name, found in looked_at.items()}
            part = {name: found[:, some] for name, found in rows.items()}
            self._observe(sweep, points[some], offsets, history, part)
            at = (points[some, np.newaxis] + offsets).reshape(-1)
            self.stalled[at] = np.repeat(still[some], offsets.size)

    def _observe(
        self,
        sweep: Sweep,
        points: NDArray[np.intp],
        offsets: NDArray[np.intp],
        history: Mapping[str, Array],
        rows: Mapping[str, Array],
    ) -> None:
        """Record what points see of the runs that they share."""
        shape, at = (points.size, offsets.size), (points[:, np.newaxis] + offsets).reshape(-1)
        values = {**sweep.scalars, **{name: array[at].reshape(shape) for name, array in sweep.points.items()}}
        reported = {
            symbol.name: np.empty((len(self.record[name]), *shape))
            for name, symbol in self.variables.items()
            if symbol in REPORT
        }
        moves_to_target, crossing = observed(self.move, history, values, offsets.size, reported)
        for name, symbol in self.variables.items():
            if symbol in REPORT:
                self.record[name][:, at] = reported[symbol.name].reshape(-1, at.size)
            elif symbol.name in values and symbol not in self.move.state:  # a control, in which they may differ
                self.record[name][:, at] = np.broadcast_to(values[symbol.name], shape).reshape(-1)
            else:
                self.record[name][:, at] = np.repeat(rows[symbol.name], offsets.size, axis=1)
        flat = {name: value.reshape(-1) if np.ndim(value) else value for name, value in (values | crossing).items()}
        self._finish(at, flat, moves_to_target.reshape(-1))

    def _finish(self, at: Any, crossing: dict[str, Any], moves_to_target: Array) -> None:
        report = compile_program(program("report", self.move.model, REPORT))
        self.outcomes["moves_to_target"][at] = moves_to_target
        self.outcomes["moves_to_target_interpolated"][at] = interpolated(report, crossing, moves_to_target)


def _kept_variables(move: Move, keep: str | Iterable[str]) -> dict[str, Symbol]:
    """Names of the variables to keep and the symbols that they record: before, in or after the move."""
    before = {_name_in_run(symbol): symbol for symbol in dict.fromkeys((*BEFORE, *move.state))}
    usual = before | {symbol.name: symbol for symbol in (*IN_MOVE, sym.mu_next, *REPORT)}
    if isinstance(keep, str):
        if keep not in ("all", "final"):
            raise InputError(f"keep = {keep!r} is neither 'all' nor 'final' nor a list of variables")
        return usual
    possible = usual | {formula.name: formula.symbol for formula in move.model if formula.name not in usual}
    names = list(dict.fromkeys(keep))
    for name in names:
        if name not in possible:
            raise unknown("variable to keep", name, possible)
    return {name: possible[name] for name in names}


def _name_in_run(symbol: Symbol) -> str:
    """A control's name as a variable of a run: never the control's own, which would make it a coordinate."""
    return symbol.name if symbol == sym.mu else f"{symbol.name}_t"


class Run:
    """A block of runs between moves: the values of all symbols, and when each run reached its target."""

    def __init__(self, compiled: CompiledMove, controls: dict[str, Any], size: int):
        self._compiled = compiled
        state = compiled.start(controls)
        initial = {symbol.name: np.full(size, state[f"{symbol}_start"]) for symbol in compiled.move.state}
        self.now: dict[str, Any] = controls | compiled.before(controls) | initial
        self.before = self.now
        self._size = size
        self.moves_to_target = np.where(self._passed(compiled.report(self.now)), 0.0, np.full(size, np.inf))
        self._crossing: dict[str, Any] = {}

    def _passed(self, report: dict[str, Any]) -> Any:
        return report[sym.pass_probability.name] >= self.now[sym.target.name]

    def move(self, t: int) -> dict[str, Any]:
        """Make move t; return every value by symbol: controls and state before it, results in it, report after it."""
        self.before = self.now | {sym.t.name: t}
        results = self._compiled.step(self.before)
        after = {
            symbol.name: results[new.name]
            for symbol, new in zip(self._compiled.move.state, self._compiled.move.after, strict=True)
        }
        report = self._compiled.report(self.before | {sym.mu.name: after[sym.mu.name]})
        new = np.isinf(self.moves_to_target) & self._passed(report)
        if new.any():
            self.moves_to_target[new] = t + 1
            seen = self.before | {sym.mu_next.name: after[sym.mu.name]}
            for name in (sym.target.name, sym.mu_next.name, *map(str, self._compiled.report.program.inputs)):
                self._crossing[name] = np.where(new, seen[name], self._crossing.get(name, seen[name]))
        self.now = self.now | after
        return self.before | results | report

    def interpolated(self) -> NDArray[np.float64]:
        """Moves to the target, linear in mu between the states before and after the move that reached it."""
        if not self._crossing:
            return self.moves_to_target
        return interpolated(self._compiled.report, self._crossing, self.moves_to_target)


def interpolated(report: Compiled, crossing: dict[str, Any], moves_to_target: Array) -> Array:
    """Moves to the target, linear in mu between the states before and after the move that reached it.

    Parameters
    ----------
    report : Compiled
        Computes the pass probability.
    crossing : dict of str to float or array
        What it reads, and ``target``, ``mu`` before that move and ``mu_next`` after it.
    moves_to_target : array
        Whole numbers of moves; what is 0 or inf stays.
    """
    moved = np.flatnonzero(np.isfinite(moves_to_target) & (moves_to_target > 0))
    if not moved.size:
        return moves_to_target
    at = {name: value[moved] if np.ndim(value) else value for name, value in crossing.items()}
    low, high = np.zeros(moved.size), np.ones(moved.size)
    before, after = at[sym.mu.name], at[sym.mu_next.name]
    for _ in range(np.finfo(float).nmant + 1):  # bisection, since a user's pass probability may have no inverse
        middle = (low + high) / 2
        values = report(at | {sym.mu.name: before + middle * (after - before)})
        passed = values[sym.pass_probability.name] >= at[sym.target.name]
        low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    found = moves_to_target.copy()
    found[moved] += high - 1
    return found


def _stalled(move: Move, before: dict[str, Any], after: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether the last move changed next to nothing, with the radius at rest or at a bound."""
    mu, delta = (before[symbol.name] for symbol in (sym.mu, sym.delta))
    mu_next, delta_next = (after[symbol.name] for symbol in (sym.mu, sym.delta))
    resting = np.abs(delta_next - delta) <= STALL * delta
    if move.policy.free_symbols >= {sym.delta_min, sym.delta_max}:
        resting |= (delta_next == after["delta_min"]) | (delta_next == after["delta_max"])
    return (np.abs(mu_next - mu) < STALL * (1 + mu)) & resting


def _labelled(
    sweep: Sweep,
    moves: int,
    keep: str | Iterable[str],
    variables: dict[str, Symbol],
    record: dict[str, NDArray[np.float64]],
    outcomes: dict[str, NDArray[np.float64]],
    status: NDArray[np.str_],
) -> xr.Dataset:
    """The flat arrays of a simulation as a Dataset."""
    if keep == "final":
        dims, index = sweep.dims, np.array(moves - 1)
        arrays = {name: values.reshape(sweep.shape) for name, values in record.items()}
    else:
        dims, index = (*sweep.dims, "move"), np.arange(moves)
        arrays = {name: np.moveaxis(values.reshape(moves, *sweep.shape), 0, -1) for name, values in record.items()}
    data: dict[str, Any] = {name: (dims, array, attributes(variables[name])) for name, array in arrays.items()}
    for name, values in outcomes.items():
        data[name] = (sweep.dims, values.reshape(sweep.shape), {"long_name": OUTCOMES[name], "units": "moves"})
    data["status"] = (sweep.dims, status.reshape(sweep.shape), {"long_name": "how the run ended"})
    dataset = xr.Dataset(data, coords={**sweep.coords, "move": (dims[len(sweep.dims) :], index)})
    dataset.move.attrs = {"long_name": "index of the move", "units": "moves"}
    return dataset
