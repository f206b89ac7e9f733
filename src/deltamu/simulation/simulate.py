"""The mean-field simulator: a policy in a model, move by move, at labelled points.

An engine makes the moves (see `deltamu.codegen.engines`); blocks, labels, interpolation and status are the same for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.codegen.engines import find_engine, outlined_run
from deltamu.codegen.outlines import Outline, Variable, outline
from deltamu.codegen.protocol import Array, CompiledRun, interpolated
from deltamu.errors import InputError, unknown
from deltamu.model.settings import Settings, find_settings
from deltamu.progress import tracked
from deltamu.simulation.observers import observed, shared_runs
from deltamu.simulation.sweeps import Sweep, along_chosen, check_count, described, resolved

if TYPE_CHECKING:
    from deltamu.model.formula import Model
    from deltamu.model.policies import Policy

__all__ = ["STATUSES", "simulate"]

STATUSES = ("reached", "stalled", "exhausted")
STALL = 1e-9  # a last move that changes mu, or the radius, by less than this share counts as no change
BLOCK: int | None = None  # points simulated at a time; by default what the engine is best given
SHARED = 8192  # points at a time that look at runs which they share
KEPT = 2**20  # most numbers kept of such runs
OUTCOMES = {
    "moves_to_target": "smallest number of moves after which the pass probability is at the target",
    "moves_to_target_interpolated": "moves to the target, linear in mu between states",
}


def simulate(
    settings: Settings | str | None = None,
    /,
    *,
    policy: "Policy | str | Sequence[Policy | str] | None" = None,
    model: "Model | str | Sequence[Model | str] | None" = None,
    moves: int = 150,
    keep: str | Iterable[str] = "all",
    closure: str | None = None,
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
    closure : None or "variance"
        ``"variance"`` follows the variance of the stochastic process beside its mean, and what it does to the mean:
        every quantity of a move is then a mean over runs, and ``mu_variance_t`` is the variance (see
        `deltamu.variance_closure`).
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

    def run(p: "Policy | str", m: "Model | str") -> xr.Dataset:
        made = resolved(start, *_closed(closure, p, m), controls)
        dataset = _simulate(*made, int(moves), keep, chosen, progress)
        return dataset if closure is None else dataset.assign_attrs(closure=closure)

    return along_chosen(run, start, policy, model)


def _closed(closure: str | None, policy: "Policy | str", model: "Model | str") -> "tuple[Policy | str, Model | str]":
    if closure is None:
        return policy, model
    from deltamu.model.closure import closed
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy

    return closed(closure, find_policy(policy), find_model(model))


def _simulate(
    settings: Settings, sweep: Sweep, moves: int, keep: str | Iterable[str], engine: str, progress: bool | None
) -> xr.Dataset:
    move = outline(*settings.chosen)
    variables = _kept_variables(move, keep)
    # numba's loop has an exponential of its own: what is looked at afterwards would have other bits than a run alone
    shared = shared_runs(sweep, move, variables) if engine == "numpy" else None
    recorded = dict.fromkeys(variable.symbol for variable in variables.values())
    if shared is not None:
        recorded = dict.fromkeys((*(name for name in recorded if name not in move.reported), *move.watched))
    run = outlined_run(engine, move, tuple(recorded))
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
            several = max(1, min(block, KEPT // (moves * len(recorded))))
            for start in range(0, shared.runs.size, several):
                points = shared.runs[start : start + several]
                made.shared_runs(sweep, points, shared.offsets)
                advance(points.size * shared.offsets.size * moves)
    status = np.select([np.isfinite(outcomes["moves_to_target"]), stalled], STATUSES[:2], STATUSES[2])
    return described(_labelled(sweep, moves, keep, variables, record, outcomes, status), settings)


@dataclass(frozen=True)
class _Made:
    """What has been simulated of a sweep."""

    move: Outline
    run: CompiledRun
    variables: Mapping[str, Variable]
    record: Mapping[str, Array]
    outcomes: Mapping[str, Array]
    stalled: NDArray[np.bool_]
    moves: int

    def own_runs(self, sweep: Sweep, start: int, stop: int) -> None:
        """Simulate some points."""
        at, size = slice(start, stop), stop - start
        values = sweep.block(start, stop)
        rows = {variable.symbol: self.record[name][:, at] for name, variable in self.variables.items()}
        ran = self.run(values, size, self.moves, rows)
        self._finish(at, values | ran.crossing, ran.moves_to_target)
        self.stalled[at] = _stalled(self.move, values | ran.before, values | ran.after)

    def shared_runs(self, sweep: Sweep, points: NDArray[np.intp], offsets: NDArray[np.intp]) -> None:
        """Simulate the runs of some points, for all points that share them."""
        values = {**sweep.scalars, **{name: array[points] for name, array in sweep.points.items()}}
        looked_at = {name: np.empty((self.moves, points.size)) for name in self.move.watched}
        own = {name: one.symbol for name, one in self.variables.items() if one.symbol not in self.move.reported}
        rows = {symbol: np.empty((len(self.record[name]), points.size)) for name, symbol in own.items()}
        ran = self.run(values, points.size, self.moves, rows | looked_at)
        rows |= {name: found[-len(rows[name]) :] for name, found in looked_at.items() if name in rows}
        looked_at["mu"] = np.concatenate([looked_at["mu"], ran.after["mu"][np.newaxis]])
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
            one.symbol: np.empty((len(self.record[name]), *shape))
            for name, one in self.variables.items()
            if one.symbol in self.move.reported
        }
        moves_to_target, crossing = observed(self.move, history, values, offsets.size, reported)
        for name, symbol in ((name, variable.symbol) for name, variable in self.variables.items()):
            if symbol in self.move.reported:
                self.record[name][:, at] = reported[symbol].reshape(-1, at.size)
            elif symbol in values and symbol not in self.move.state:  # a control, in which they may differ
                self.record[name][:, at] = np.broadcast_to(values[symbol], shape).reshape(-1)
            else:
                self.record[name][:, at] = np.repeat(rows[symbol], offsets.size, axis=1)
        flat = {name: value.reshape(-1) if np.ndim(value) else value for name, value in (values | crossing).items()}
        self._finish(at, flat, moves_to_target.reshape(-1))

    def _finish(self, at: Any, crossing: dict[str, Any], moves_to_target: Array) -> None:
        self.outcomes["moves_to_target"][at] = moves_to_target
        self.outcomes["moves_to_target_interpolated"][at] = interpolated(self.move.report, crossing, moves_to_target)


def _kept_variables(move: Outline, keep: str | Iterable[str]) -> dict[str, Variable]:
    """The variables to keep, by name."""
    if isinstance(keep, str):
        if keep not in ("all", "final"):
            raise InputError(f"keep = {keep!r} is neither 'all' nor 'final' nor a list of variables")
        keep = move.usual
    names = list(keep) if isinstance(keep, Iterable) else [keep]
    for name in names:
        if not isinstance(name, str) or name not in move.variables:
            raise unknown("variable to keep", name, move.variables)
    return {name: move.variables[name] for name in dict.fromkeys(names)}


def _stalled(move: Outline, before: dict[str, Any], after: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether the last move changed next to nothing, with the radius at rest or at a bound."""
    mu, delta = before["mu"], before["delta"]
    mu_next, delta_next = after["mu"], after["delta"]
    resting = np.abs(delta_next - delta) <= STALL * delta
    if move.bounded:
        resting |= (delta_next == after["delta_min"]) | (delta_next == after["delta_max"])
    return (np.abs(mu_next - mu) < STALL * (1 + mu)) & resting


def _labelled(
    sweep: Sweep,
    moves: int,
    keep: str | Iterable[str],
    variables: dict[str, Variable],
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
    data: dict[str, Any] = {name: (dims, array, dict(variables[name].attributes)) for name, array in arrays.items()}
    for name, values in outcomes.items():
        data[name] = (sweep.dims, values.reshape(sweep.shape), {"long_name": OUTCOMES[name], "units": "moves"})
    data["status"] = (sweep.dims, status.reshape(sweep.shape), {"long_name": "how the run ended"})
    dataset = xr.Dataset(data, coords={**sweep.coords, "move": (dims[len(sweep.dims) :], index)})
    dataset.move.attrs = {"long_name": "index of the move", "units": "moves"}
    return dataset
