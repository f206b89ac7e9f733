"""The coarsest oracle whose pass can be trusted, and whether a run with it passes at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.oracle.stop import ASSURED, AT_STOP, BOUND, BOUNDS, RESOLUTION, at_the_target, coarsest, computed
from deltamu.equilibria.reachable import LIMITS as REACH
from deltamu.equilibria.reachable import reachable
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import Sweep, along, labelled, resolved

LIMITS = (*REACH, "no oracle is fine enough", "the plan's cap on the oracle")
LOOK = 150  # moves in which a policy shows how it moves the oracle
GRID = np.round(np.arange(101) / 100, 2)


@checked
def cheapest_resolution(
    settings: Settings | str | None = None,
    /,
    *,
    max_false_pass: float | None = None,
    min_reliability: float | None = None,
    max_escaped: float | None = None,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The coarsest oracle whose pass can be trusted: every bound holds wherever a run stops.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.reachable`, without ``r``.
    max_false_pass, min_reliability, max_escaped : float, optional
        Bounds on the false-pass probability, the true reliability and the expected number of defects that are left when
        the tests pass; at least one of them.
    moves : int, optional
        In so many moves; by default in any number.

    Returns
    -------
    xarray.Dataset
        ``resolution``, the least r with which the bounds hold at every stop (in closed form: ln R*/(ln R* + ln(1-f)),
        ln R*/ln Q and ln R*/(ln R* - h)), ``inf`` if there is none; with it ``reliability``,
        ``false_pass_probability`` and ``escaped`` at the worst stop; ``limit``, what keeps a run with this oracle from
        its target, or ``within reach``; and what is nearest: ``nearest_resolution``, the coarsest oracle on the slider
        at least as fine with which the run stops, else the finest that is coarser; ``meets``, whether the bounds hold
        with it; and the same three at its worst stop as ``nearest_reliability`` and so on.

    Raises
    ------
    InputError
        No bound is given, a name is unknown, or a value is refused.

    Notes
    -----
    The stop is the first state whose pass probability is at the target: a move may land below the mass at which it just
    is, and then the run is better than what is assured. An oracle that the planner refines is at least as fine at the
    stop as at the start.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.cheapest_resolution(max_false_pass=0.1, target=[0.5, 0.8])
    >>> ds.resolution.round(3).values.tolist(), ds.limit.values.tolist()
    ([0.868, 0.679], ['within reach', 'below the floor'])
    >>> ds.nearest_resolution.round(3).values.tolist(), ds.meets.values.tolist()
    ([0.868, 0.47], [True, False])
    >>> ds = design.cheapest_resolution(max_false_pass=0.1, model="gated")
    >>> ds.resolution.round(3).item(), ds.limit.item(), ds.nearest_resolution.item(), ds.meets.item()
    (0.327, 'below the floor', 0.92, True)
    """
    bounds = {"max_false_pass": max_false_pass, "min_reliability": min_reliability, "max_escaped": max_escaped}
    given = {name: _checked(name, value) for name, value in bounds.items() if value is not None}
    if not given:
        raise InputError(f"no bound is given: allowed are {', '.join(BOUNDS)}")
    if sym.r.name in controls:
        raise InputError("r is what is found here: it cannot be given")
    start = find_settings(settings)
    return along(lambda p, m: _cheapest(start, p, m, given, moves, controls), start, policy, model)


def _checked(name: str, value: float) -> float:
    most = np.inf if name == "max_escaped" else 1.0
    if not (is_number(value) and 0 <= value < most) or (name == "min_reliability" and value == 0):
        allowed = {"max_escaped": "a number >= 0", "min_reliability": "between 0 and 1"}.get(name, "in [0, 1)")
        raise InputError(f"{name} = {shown(value)} is not {allowed}")
    return float(value)


def _cheapest(
    start: Settings, policy: Policy, model: Model, bounds: dict[str, float], moves: int | None, controls: dict[str, Any]
) -> xr.Dataset:
    settings, sweep = resolved(start, policy, model, controls)
    values = sweep.block(0, sweep.size) | {"mu": np.zeros(sweep.size)}
    needed = np.zeros(sweep.size)
    for name, bound in bounds.items():
        formula = coarsest(name, model)
        extended = model.replace(formula, name=model.name)
        needed = np.maximum(needed, computed(extended, [formula.symbol], values | {BOUND.name: bound})["resolution"])
    enough = needed <= 1
    shown = np.minimum(needed, 1.0)
    passes, held, why = _tried(start, policy, model, moves, sweep, controls, shown[None])
    limit = np.where(enough, np.where(passes & (held < shown), LIMITS[-1], why), LIMITS[-2])[0]
    nearest, kept, meets = shown.copy(), held[0], np.ones(sweep.size, dtype=bool)
    if (far := limit != REACH[0]).any():
        grid = np.repeat(np.append(GRID, 0.0)[:, None], sweep.size, axis=1)
        grid[-1] = shown
        passes, held, _ = _tried(start, policy, model, moves, sweep, controls, grid)
        good = passes & (held >= needed)
        fine, coarse = np.where(good, grid, np.inf), np.where(passes & ~good, held, -1.0)
        meets = ~far | good.any(0)
        chosen = np.where(good.any(0), fine.argmin(0), coarse.argmax(0))
        points = np.arange(sweep.size)
        nearest, kept = (np.where(far, table[chosen, points], at) for table, at in ((grid, nearest), (held, kept)))
    worst = model.replace(*at_the_target(model).values(), name=model.name)
    at, near = (computed(worst, AT_STOP, values | {"r": resolution}) for resolution in (shown, kept))
    return labelled(sweep, settings, {
        "resolution": (np.where(enough, needed, np.inf), RESOLUTION.meaning, RESOLUTION.unit),
        **{s.name: (at[s.name], f"{s.meaning}: {ASSURED}", s.unit) for s in AT_STOP},
        "limit": (limit, "what keeps a run with this oracle from its target", ""),
        "nearest_resolution": (nearest, "oracle with which the run stops, nearest to it", RESOLUTION.unit),
        "meets": (meets, "whether the bounds hold with the nearest oracle", ""),
        **{f"nearest_{s.name}": (near[s.name], f"{s.meaning}, with the nearest oracle: {ASSURED}", s.unit)
           for s in AT_STOP},
    })  # fmt: skip


def _points(sweep: Sweep, controls: dict[str, Any], resolution: Array) -> dict[str, Any]:
    """The controls of a call at every point of a sweep, for several resolutions each."""
    arrays = {name: xr.DataArray(values, dims="point") for name, values in sweep.points.items()}
    return controls | arrays | {"r": xr.DataArray(resolution, dims=("oracle", "point")[-resolution.ndim :])}


def _tried(
    start: Settings, policy: Policy, model: Model, moves: int | None, sweep: Sweep, controls: dict[str, Any],
    resolution: Array,
) -> tuple[Any, Array, Any]:  # fmt: skip
    """Whether runs with these oracles stop, the coarsest oracle that their policy ever holds, and what stops them."""
    at = _points(sweep, controls, resolution)
    why = reachable(start, policy=policy, model=model, moves=moves, **at)["limit"].transpose("oracle", "point").values
    held = resolution
    if sym.r in policy.state:
        run = simulate(start, policy=policy, model=model, moves=moves or LOOK, keep=["r_t"], **at)
        held = run["r_t"].min("move").transpose("oracle", "point").values
    return why == REACH[0], held, why
