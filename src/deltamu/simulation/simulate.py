"""The mean-field simulator: a policy in a model, move by move, at labelled points.

An engine makes the moves (see `deltamu.codegen.engines`); blocks, labels, interpolation and status are alike for all.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.engines import compile_run, find_engine
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import interpolated
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.closure import closed
from deltamu.model.formula import Model
from deltamu.model.models import MODELS
from deltamu.model.policies import POLICIES, Move, Policy, one_move
from deltamu.model.settings import DEFAULT_MODEL, Settings, find_settings
from deltamu.progress import tracked
from deltamu.simulation.population import Population, population_of
from deltamu.simulation.record import Variable, kept_variables
from deltamu.simulation.sweeps import Sweep, along, check_results, described, resolved
from deltamu.simulation.tasks import RanTasks, over_tasks, with_population

STATUSES = ("reached", "stalled", "exhausted")
STALL = 1e-9  # a last move that changes mu, or the radius, by less than this share counts as no change
BLOCK: int | None = None  # points simulated at a time; by default what the engine is best given
OUTCOMES = {
    "moves_to_target": "smallest number of moves after which the pass probability is at the target",
    "moves_to_target_interpolated": "moves to the target, linear in mu between states",
}


@checked
def simulate(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    keep: str | Iterable[str] = "all",
    closure: str | None = None,
    population: Population | xr.Dataset | None = None,
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
    population : Population or xarray.Dataset, optional
        Tasks whose initial defect mass is gamma distributed, or the fit of one run that says how; the tests have the
        resolution that was fitted with it unless r is among `controls`. Every quantity of a move is then a mean over
        tasks (of the false pass, over tasks that pass), and the target is reached where that of the pass probability
        is at it.
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
    A point has the same bits alone as in any sweep, and whatever is kept of it. Means over a population are sums over
    129 masses: right to 1e-8 where a move is smooth in the mass, to about 1e-3 where the policy switches in it.

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
    tasks = None if population is None else population_of(population)
    given = controls if tasks is None else with_population(tasks, controls)

    def run(p: Policy, m: Model) -> xr.Dataset:
        made = resolved(start, *((p, m) if closure is None else closed(closure, p, m)), given)
        dataset = _simulate(*made, int(moves), keep, chosen, progress, tasks)
        dataset = dataset if closure is None else dataset.assign_attrs(closure=closure)
        return dataset if tasks is None else dataset.assign_attrs(population=tasks.told())

    return along(run, start, policy, model)


def _simulate(
    settings: Settings,
    sweep: Sweep,
    moves: int,
    keep: str | Iterable[str],
    engine: str,
    progress: bool | None,
    tasks: Population | None = None,
) -> xr.Dataset:
    move = one_move(settings.policy, settings.model or DEFAULT_MODEL)
    variables = kept_variables(move, keep)
    kept = tuple(dict.fromkeys(variable.symbol for variable in variables.values()))
    run = compile_run(engine, move, kept) if tasks is None else over_tasks(engine, move, kept, tasks)
    report = compile_program(program("report", move.model, REPORT))
    record = {name: np.empty((1 if keep == "final" else moves, sweep.size)) for name in variables}
    outcomes = {name: np.empty(sweep.size) for name in OUTCOMES}
    stalled = np.empty(sweep.size, dtype=bool)
    block = BLOCK or run.block
    own = move.policy not in POLICIES.values() or settings.model not in (None, *MODELS.values())
    with tracked("simulating", sweep.size * moves, progress) as advance:
        for start in range(0, sweep.size, block):
            at = slice(start, min(start + block, sweep.size))
            size = at.stop - at.start
            values = sweep.block(at.start, at.stop)
            rows = {variable.symbol.name: record[name][:, at] for name, variable in variables.items()}
            ran = run(values, size, moves, rows)
            if own:
                _check(move, variables, rows, ran.after, sweep, start)
            outcomes["moves_to_target"][at] = ran.moves_to_target
            crossed = (ran.interpolated if isinstance(ran, RanTasks)
                       else interpolated(report, values | ran.crossing, ran.moves_to_target))  # fmt: skip
            outcomes["moves_to_target_interpolated"][at] = crossed
            stalled[at] = _stalled(move, values | ran.before, values | ran.after)
            advance(size * moves)
    status = np.select([np.isfinite(outcomes["moves_to_target"]), stalled], STATUSES[:2], STATUSES[2])
    return described(_labelled(sweep, moves, keep, variables, record, outcomes, status), settings)


def _check(
    move: Move, variables: dict[str, Variable], rows: dict[str, Any], after: dict[str, Any], sweep: Sweep, start: int
) -> None:
    """Raise unless what formulas of a user's own came to lies in the domains of their quantities."""
    origin = f"policy {move.policy.name} or model {move.model.name}"
    for name, values in rows.items():
        symbol = next(one.symbol for one in variables.values() if one.symbol.name == name)
        size = values.shape[-1]

        def at(place: int, size: int = size, values: Any = values) -> str:
            return f"in move {place // size} at {sweep.point(start + place % size)}"

        check_results(symbol, values, origin, at)
    for symbol in move.state:
        check_results(symbol, after[symbol.name], origin, lambda place: f"in the end at {sweep.point(start + place)}")


def _stalled(move: Move, before: dict[str, Any], after: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether the last move changed next to nothing, with the radius at rest or at a bound."""
    mu, delta = before["mu"], before["delta"]
    mu_next, delta_next = after["mu"], after["delta"]
    resting = np.abs(delta_next - delta) <= STALL * delta
    if move.policy.free_symbols >= {sym.delta_min, sym.delta_max}:
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
    dataset.move.attrs = {"long_name": "index of the move"}
    return dataset
