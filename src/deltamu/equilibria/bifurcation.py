"""Bifurcations: what rests, and where runs end, as one control varies, with the values at which that changes."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.equilibria.cycles import long_run
from deltamu.equilibria.floors import defect_floor
from deltamu.equilibria.rest import rest_points
from deltamu.equilibria.roots import Array
from deltamu.equilibria.stability import multipliers
from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import Settings, find_settings

BAND = "band"
BISECTIONS = 16  # of the step between two values: each event is located to 1/65536 of it
PROPERTIES = ("rest_at_min", "rest_inside", "rest_at_max", "floor_at_start", "stable", "end")


@checked
def bifurcation(
    settings: Settings | str | None = None,
    /,
    *,
    parameter: str,
    values: Sequence[float],
    model: Model | str = "gated",
    moves: int = 2000,
    **controls: float,
) -> xr.Dataset:
    """Follow the rest points and the ends of a trust region along one control, and mark where their kind changes.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.simulate`; single values.
    parameter : str
        The name of a control, or ``"band"``: the width of the acceptance band about the middle of A_lo and A_hi.
    values : sequence of float
        Increasing.
    moves : int
        Moves after which a run, from mu0 and delta0, is taken to have ended.

    Returns
    -------
    xarray.Dataset
        Along the parameter, at `values` and on both sides of each event: the variables of
        `deltamu.equilibria.rest_points` and of `deltamu.equilibria.long_run`, the smooth gain's ``multiplier`` at the
        floor of the greatest radius of the long run, and the kinds ``rest_at_min``, ``rest_inside``, ``rest_at_max``
        (whether such a rest point exists), ``floor_at_start`` (whether delta0 has a floor), ``stable`` (whether the
        multiplier is between -1 and 1) and ``end`` (``at delta_min``, ``inside``, ``at delta_max``, ``cycle`` or
        ``under way``). Along ``event``: the ``event_value`` at which one of these kinds changes, located by bisection,
        and ``event_kind``, such as ``rest_inside begins``.

    Raises
    ------
    InputError
        The parameter is unknown, or the values are not increasing or fewer than two.

    Examples
    --------
    A good oracle lets the trust region collapse, a poor one holds its radius:

    >>> from deltamu.equilibria import bifurcation
    >>> ds = bifurcation(parameter="r", values=[0.1, 0.4, 0.8], overreach=2, moves=500)
    >>> for value, kind in zip(ds.event_value.values, ds.event_kind.values):
    ...     print(f"{value:.3f} {kind}")
    0.262 rest_at_min begins
    0.262 rest_inside begins
    0.636 rest_inside ends
    0.636 rest_at_max ends
    0.636 at delta_max -> under way
    """
    start = find_settings(settings)
    grid = flat_numbers(values)
    if grid.ndim != 1 or grid.size < 2 or not (np.diff(grid) > 0).all():
        raise InputError(f"values = {shown(values)} are not at least two increasing numbers")
    known = start.vocabulary()
    if not isinstance(parameter, str) or (parameter != BAND and parameter not in known):
        raise unknown("parameter", parameter, [*known, BAND])

    def at(points: Any, wanted: Iterable[str] = PROPERTIES) -> xr.Dataset:
        return _facts(start, parameter, np.asarray(points, dtype=float), model, moves, controls, frozenset(wanted))

    where, names, low, high, first, last = _brackets(at(grid), grid)
    for _ in range(BISECTIONS if where else 0):
        middle = (low + high) / 2
        found = at(middle, names)
        same = np.array([found[name].values[k] == first[k] for k, name in enumerate(names)])
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    order = np.argsort(low, kind="stable")
    kinds = np.array([_change(names[k], first[k], last[k]) for k in order], dtype=str)
    dataset = at(np.unique([*grid, *low, *high]))
    facts = {"long_name": f"{parameter} at which a kind changes"}
    return dataset.assign(
        event_value=("event", ((low + high) / 2)[order], facts), event_kind=("event", kinds, {"long_name": "change"})
    )


def _brackets(dataset: xr.Dataset, grid: Array) -> tuple[list[int], list[str], Array, Array, list[Any], list[Any]]:
    """Neighbours on the grid between which a kind changes."""
    pairs = [
        (int(i), name)
        for name in PROPERTIES
        for i in np.flatnonzero(dataset[name].values[1:] != dataset[name].values[:-1])
    ]
    where, names = [i for i, _ in pairs], [name for _, name in pairs]
    first = [dataset[name].values[i] for i, name in pairs]
    last = [dataset[name].values[i + 1] for i, name in pairs]
    return where, names, grid[where], grid[[i + 1 for i in where]], first, last


def _change(name: str, before: Any, after: Any) -> str:
    if name == "end":
        return f"{before} -> {after}"
    return f"{name} {'begins' if after else 'ends'}"


def _facts(
    start: Settings,
    parameter: str,
    points: Array,
    model: Any,
    moves: int,
    controls: dict[str, float],
    wanted: frozenset[str],
) -> xr.Dataset:
    """Rest points and ends along the parameter: as much of them as is wanted."""
    along = xr.DataArray(points, dims=parameter, coords={parameter: points})
    swept: dict[str, Any] = dict(controls)
    if parameter == BAND:
        middle = sum(swept.pop(name, start[name]) for name in ("A_lo", "A_hi")) / 2
        swept |= {"A_lo": middle - along / 2, "A_hi": middle + along / 2}
    else:
        swept[parameter] = along
    facts = xr.Dataset()
    if wanted & {"rest_at_min", "rest_inside", "rest_at_max"}:
        facts = rest_points(start, model=model, **swept)
    if "floor_at_start" in wanted:
        floor = defect_floor(start, model=model, delta=swept.get("delta0", start["delta0"]), **swept)
        floor = floor.drop_vars([name for name in ("delta",) if name in floor.coords and floor[name].ndim == 0])
        facts = facts.assign(floor_at_start=np.isfinite(floor))
    if wanted & {"stable", "end"}:
        end = long_run(start, model=model, moves=moves, **swept)
        radius = xr.DataArray(end["delta_high"].values, dims=parameter, coords={parameter: points})
        multiplier = multipliers(start, delta=radius, model=model, **swept)
        bounds = [np.broadcast_to(np.asarray(swept.get(n, start[n]), dtype=float), points.shape) for n in _BOUNDS]
        facts = facts.assign({name: array for name, array in end.items() if name not in facts}).assign(
            multiplier=multiplier, stable=abs(multiplier) < 1, end=((parameter,), _kinds(end, *bounds))
        )
        facts = facts.assign_attrs(end.attrs)
    return facts.drop_vars([name for name in ("A_lo", "A_hi", "delta") if name in facts.coords and name != parameter])


_BOUNDS = ("delta_min", "delta_max")


def _kinds(end: xr.Dataset, low: Array, high: Array) -> Any:
    """How the radius ends: ``at delta_min``, ``inside``, ``at delta_max``, ``cycle`` or ``under way``."""
    radius, period = end["delta_high"].values, end["period"].values
    rest = np.where(radius >= high * (1 - 1e-9), "at delta_max", "inside")
    rest = np.where(radius <= low * (1 + 1e-9), "at delta_min", rest)
    return np.select([period == 1, period > 1], [rest, "cycle"], "under way")
