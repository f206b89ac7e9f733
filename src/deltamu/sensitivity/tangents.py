"""Exact tangents of whole runs: how every state of a run, and what comes out of it, changes with every parameter."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.calculus.derivatives import parameter_names
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity
from deltamu.model.settings import Settings, find_settings
from deltamu.progress import tracked
from deltamu.sensitivity.linearised import SPENT, linearised, parameters
from deltamu.sensitivity.outcomes import OUTCOMES, SMOOTH
from deltamu.sensitivity.propagation import TangentRun
from deltamu.sensitivity.sides import SIDES
from deltamu.sensitivity.switches import SWITCH_MARGIN
from deltamu.simulation.sweeps import Sweep, along, annotations, attributes, choices, described, resolved

BLOCK = 24576  # points at a time: many calls a move, which cost more than what the caches cannot hold
Array = NDArray[np.float64]


@checked
def tangents(
    settings: Settings | str | None = None,
    /,
    *,
    wrt: str | Symbol | Iterable[str | Symbol] | None = None,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    keep: str = "all",
    sides: bool = True,
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Differentiate a run by its parameters, move by move and exactly.

    Parameters
    ----------
    settings, policy, model, moves, progress, **controls
        See `deltamu.simulate`.
    wrt : str, Symbol, or an iterable of these, optional
        Controls, initial values and constants; by default all that any of the runs, with its outcomes, depends
        on.
    keep : "all" or "outcomes"
        ``"outcomes"`` leaves out the variables of every move; memory then does not grow with `moves`.
    sides : bool
        Whether to say how near a run comes to a switch, and for which changes its tangents hold: that costs up to a
        third of the work.

    Returns
    -------
    xarray.Dataset
        Dimensions: those of the sweep, then ``wrt``, then ``move``. For every move ``mu``, ``delta_t`` and what else
        the policy sets (nan for one of several that does not set them), before the move, with ``mu_tangent``,
        ``delta_tangent``, ... = ∂mu_t/∂wrt, and ``switch_margin``: how near the move came to an inequality of a formula
        changing over, as the distance of its two sides relative to what is compared. For every run the smooth outcomes
        (`deltamu.sensitivity.SMOOTH`) and their tangents (nan for the moves to a target that is not reached), the least
        ``switch_margin`` as ``least_switch_margin``, and ``side``: ``both`` where the tangents hold for increases and
        decreases of the parameter; ``right`` or ``left`` where the run came to lie exactly on a switch, so that they
        hold for increases, or decreases, only; ``none`` where they hold for neither, or where there is no finite
        tangent.

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
        raise InputError(f"keep = {shown(keep)} is neither 'all' nor 'outcomes'")
    start = find_settings(settings)
    names = parameter_names(wrt)
    by_default = _of_any(*choices(start, policy, model)) if names is None else ()
    every = keep == "all"

    def run(one_policy: Policy, one_model: Model) -> xr.Dataset:
        at, sweep = resolved(start, one_policy, one_model, controls)
        chosen = by_default if names is None else _chosen(names, at)
        return _tangents(at, sweep, chosen, int(moves), every, sides, progress)

    return along(run, start, policy, model)


def _of_any(policies: Policy | list[Policy], models: Model | list[Model]) -> tuple[Quantity, ...]:
    """The parameters that any of the runs depends on: the others do not change with some of them."""
    policies = policies if isinstance(policies, list) else [policies]
    models = models if isinstance(models, list) else [models]
    found = {symbol.name: symbol for policy, model in product(policies, models) for symbol in parameters(policy, model)}
    return tuple(found.values())


def _tangents(
    settings: Settings,
    sweep: Sweep,
    wrt: tuple[Quantity, ...],
    moves: int,
    every: bool,
    watched: bool,
    progress: bool | None,
) -> xr.Dataset:
    model = settings.model or PUBLISHED
    shown = [state for state in linearised(settings.policy, model).move.state if state != SPENT]
    shape = (moves, sweep.size) if every else (0, sweep.size)
    record = {str(state): np.empty(shape) for state in (*shown, *([SWITCH_MARGIN] if watched else []))}
    tangent = {str(state): np.zeros((len(wrt), *shape)) for state in shown}
    least = np.full(sweep.size, np.inf)
    outcomes = {name: np.empty(sweep.size) for name in SMOOTH}
    rates = {name: np.empty((len(wrt), sweep.size)) for name in SMOOTH}
    sides = np.zeros((len(wrt), sweep.size), dtype=np.int8)
    blocks = range(0, sweep.size, BLOCK)
    with tracked("differentiating", len(blocks) * moves, progress) as advance, np.errstate(all="ignore"):
        for start in blocks:
            at = slice(start, min(start + BLOCK, sweep.size))
            values, size = sweep.block(at.start, at.stop), at.stop - at.start
            run = TangentRun(settings.policy, model, values, size, wrt, margins=watched, sides=watched)
            for t in range(moves):
                if every:
                    for state in shown:
                        record[str(state)][t, at] = run.now(state)
                        run.tangent(state, out=tangent[str(state)][:, t, at])
                margin = run.move(t, last=t == moves - 1)
                if every and watched:
                    record[SWITCH_MARGIN.name][t, at] = np.nan_to_num(margin, posinf=np.inf)
                advance(1)
            least[at] = run.least_margin
            for name, (value, rate) in run.outcomes().items():
                outcomes[name][at], rates[name][:, at] = value, rate
            if watched:
                sides[:, at] = run.sides()
    ds = _labelled(sweep, wrt, shown, moves, every, record, tangent, outcomes, rates)
    if watched:
        finite = np.isfinite(rates["final_mu"])
        for rows in tangent.values():
            finite &= np.isfinite(rows).all(axis=1)
        sides[~finite] = SIDES.index("none")
        ds = ds.assign(_switches(sweep, least, sides))
    return described(ds, settings)


def _chosen(names: Sequence[str | Symbol], settings: Settings) -> tuple[Quantity, ...]:
    """The parameters to differentiate by."""
    known = settings.vocabulary()
    for name in map(str, names):
        if name not in known:
            raise unknown("parameter", name, map(str, parameters(settings.policy, settings.model or PUBLISHED)))
        if known[name].whole:
            raise InputError(f"{name} takes whole numbers only: compare two runs instead")
    if not names or len(set(map(str, names))) < len(names):
        raise InputError(f"wrt needs at least one parameter and none twice, got {', '.join(map(str, names)) or 'none'}")
    return tuple(known[str(name)] for name in names)


def _labelled(
    sweep: Sweep,
    wrt: Sequence[Quantity],
    states: Sequence[Symbol],
    moves: int,
    every: bool,
    record: Mapping[str, Array],
    tangent: Mapping[str, Array],
    outcomes: Mapping[str, Array],
    rates: Mapping[str, Array],
) -> xr.Dataset:
    """Flat arrays as a Dataset."""
    data: dict[str, Any] = {}
    along_wrt = (*sweep.dims, "wrt")
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
        if SWITCH_MARGIN.name in record:
            margin = np.moveaxis(record[SWITCH_MARGIN.name].reshape(moves, *sweep.shape), 0, -1)
            data[SWITCH_MARGIN.name] = ((*sweep.dims, "move"), margin, attributes(SWITCH_MARGIN))
    for name in SMOOTH:
        meaning, unit = OUTCOMES[name].meaning, OUTCOMES[name].unit
        data[name] = (sweep.dims, outcomes[name].reshape(sweep.shape), annotations(meaning, unit))
        spread = np.moveaxis(rates[name].reshape(len(wrt), *sweep.shape), 0, -1)
        data[f"{name}_tangent"] = (along_wrt, spread, _rate_attributes(meaning, unit))
    coords = {**sweep.coords, "wrt": ("wrt", [symbol.name for symbol in wrt], {"long_name": "parameter"})}
    if every:
        coords["move"] = ("move", np.arange(moves), {"long_name": "index of the move"})
    return xr.Dataset(data, coords=coords)


def _switches(sweep: Sweep, least: Array, sides: NDArray[np.int8]) -> dict[str, Any]:
    """What is said of switches, as variables of a Dataset."""
    side = np.moveaxis(np.array(SIDES)[sides].reshape(len(sides), *sweep.shape), 0, -1)
    return {
        "least_switch_margin": (sweep.dims, least.reshape(sweep.shape), attributes(SWITCH_MARGIN)),
        "side": ((*sweep.dims, "wrt"), side, {"long_name": "changes of the parameter for which the tangents hold"}),
    }


def _rate_attributes(meaning: str, unit: str) -> dict[str, str]:
    return {
        "long_name": f"derivative of {meaning.partition(':')[0]} by the parameter",
        "units": f"{unit} per unit of wrt",
    }
