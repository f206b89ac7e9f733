"""Where a trust region rests: its radius at a given defect mass, and radius and mass together."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.protocol import at_points
from deltamu.equilibria.floors import floors_at
from deltamu.equilibria.roots import Array, sign_changes
from deltamu.equilibria.sections import Section
from deltamu.equilibria.trust_region import NODES, crossings
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model
from deltamu.model.models import find_model
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.sweeps import Sweep, along, described, resolved

RESTS = ("interior", "at delta_max", "at delta_min", "both bounds")

# --- rest at a given mass ---------------------------------------------------------------------------------------------


@checked
def rest_radius(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The radii at which the trust region rests while the defect mass stands still.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.evaluate`.
    mu : float, 1-D sequence or xarray.DataArray

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep:

        * ``acceptance_at_min``, ``acceptance_at_max`` at the bounds of the radius;
        * ``rest``: ``interior`` where the first is above A_hi and the second below A_lo, so that the radius is driven
          inwards from both bounds (a sufficient condition); else ``at delta_max``, ``at delta_min`` or ``both bounds``:
          the bounds from which it is not driven away;
        * ``unique``: whether the acceptance crosses each end of the band once at most;
        * ``hold_low``, ``hold_high``: the radii between which it holds on the last fall of the acceptance through the
          band, ends at a bound included (``inf`` where there is no such fall), and ``width`` = ln(hold_high/hold_low);
        * ``comes_to_rest``: whether the width is at least min(ln alpha, -ln beta), so that no step can leap over the
          band: then the radius always comes to rest.

    Examples
    --------
    >>> from deltamu.equilibria import rest_radius
    >>> ds = rest_radius(mu=[0.05, 2.0, 20.0], model="gated", overreach=4, delta_max=2)
    >>> ds.rest.values.tolist(), ds.hold_low.round(3).values.tolist(), ds.comes_to_rest.values.tolist()
    (['at delta_min', 'interior', 'at delta_max'], [inf, 0.576, 1.913], [False, True, False])
    """
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"mu": mu}, state=(sym.mu,))
        values = sweep.block(0, sweep.size)
        level = {n: np.broadcast_to(np.asarray(values[n], dtype=float), sweep.size) for n in _BAND}
        section = Section(one, (sym.acceptance,), (sym.delta,), values)
        ends = [
            np.broadcast_to(section(delta=level[name])[sym.acceptance.name], sweep.size)
            for name in ("delta_min", "delta_max")
        ]
        found = [crossings(one, sweep, symbol) for symbol in (sym.A_hi, sym.A_lo)]
        falls = [last_fall(places, slope) for places, slope in found]
        counts = [(slope != 0).sum(axis=1) for _, slope in found]
        inside = [(end >= level["A_lo"]) & (end <= level["A_hi"]) for end in ends]
        low = np.where(np.isinf(falls[0]) & inside[0], level["delta_min"], falls[0])
        high = np.where(np.isinf(falls[1]) & inside[1], level["delta_max"], falls[1])
        there = np.isfinite(low) & np.isfinite(high) & (low <= high)
        low, high = np.where(there, low, np.inf), np.where(there, high, np.inf)
        width = np.where(there, np.log(np.where(there, high, 1.0) / np.where(there, low, 1.0)), 0.0)
        stays = [ends[0] <= level["A_hi"], ends[1] >= level["A_lo"]]
        rest = np.select([stays[0] & stays[1], stays[1], stays[0]], [RESTS[3], RESTS[1], RESTS[2]], RESTS[0])
        step = np.minimum(np.log(level["alpha"]), -np.log(level["beta"]))
        facts: dict[str, tuple[Any, str]] = {
            "acceptance_at_min": (ends[0], "acceptance at delta_min"),
            "acceptance_at_max": (ends[1], "acceptance at delta_max"),
            "rest": (rest, "where the radius is not driven away"),
            "unique": ((counts[0] <= 1) & (counts[1] <= 1), "whether each end of the band is crossed once at most"),
            "hold_low": (low, "least radius that is held"),
            "hold_high": (high, "greatest radius that is held"),
            "width": (width, "width of the band in ln delta"),
            "comes_to_rest": (there & (width >= step), "whether no step can leap over the band"),
        }
        return described(_dataset(sweep, facts), at)

    return along(run, start, model=model)


_BAND = ("A_lo", "A_hi", "delta_min", "delta_max", "alpha", "beta")


def last_fall(places: Array, slope: Array) -> Array:
    """The greatest radius at which the acceptance falls through a level, from `crossings`; inf where there is none."""
    fall = np.where(slope < 0, places, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isneginf(fall), np.inf, fall)


def _dataset(sweep: Sweep, facts: Mapping[str, tuple[Any, str]]) -> xr.Dataset:
    data = {
        name: (sweep.dims, np.broadcast_to(values, sweep.size).reshape(sweep.shape), {"long_name": meaning})
        for name, (values, meaning) in facts.items()
    }
    for name, (_, array, attrs) in data.items():
        if array.dtype.kind == "f" and name.startswith(("floor", "mu")):
            attrs["units"] = "defects"
    return xr.Dataset(data, coords=sweep.coords)


# --- rest of mass and radius together ---------------------------------------------------------------------------------


@checked
def rest_points(
    settings: Settings | str | None = None,
    /,
    *,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Where defect mass and radius of a trust region rest together: the band's part of the curve of floors.

    A point (mu, delta) rests where the gain is 0, so that mu is the floor of delta, and the acceptance there neither
    expands nor contracts the radius: inside delta_min..delta_max that is A_lo <= A <= A_hi, at delta_min A <= A_hi is
    enough, and at delta_max A >= A_lo.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.evaluate`; A_lo, A_hi, delta_min and delta_max are those of the trust region.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``floor_at_min``, ``floor_at_max`` and the acceptance at both,
        ``acceptance_at_min``, ``acceptance_at_max``; ``rest_at_min``, ``rest_at_max``: whether the corner rests;
        ``rest_inside``: whether radii between rest, and then ``radius_low``, ``radius_high``, the ends of their
        outermost stretch (else ``inf``).

    Notes
    -----
    In the gated model the acceptance at a floor is Φ(x*), which depends on r and little else: the default band holds
    for r between about 0.26 and 0.60; above, the acceptance at the floor is lower and the radius collapses to
    delta_min.

    Examples
    --------
    >>> from deltamu.equilibria import rest_points
    >>> ds = rest_points(model="gated", overreach=2, r=[0.1, 0.4, 0.8])
    >>> ds.acceptance_at_min.round(3).values.tolist()
    [0.466, 0.33, 0.048]
    >>> ds.rest_inside.values.tolist(), ds.rest_at_min.values.tolist(), ds.rest_at_max.values.tolist()
    ([False, True, False], [False, True, True], [True, True, False])
    """
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls)
        values = sweep.block(0, sweep.size)
        level = {n: np.broadcast_to(np.asarray(values[n], dtype=float), sweep.size) for n in _BAND}
        low, high = np.log(level["delta_min"]), np.log(level["delta_max"])
        section = Section(one, (sym.acceptance,), (sym.mu, sym.delta), values)

        def at_floor(y: Array, index: Any) -> tuple[Array, Array]:
            """Acceptance at the floor of the radius exp(y), and that floor."""
            few = at_points(values, index)
            radius = np.exp(y)
            floor = floors_at(one, few | {"delta": radius}, y.size)
            found = section(index, mu=np.where(np.isfinite(floor), floor, 1e300), delta=radius)
            return np.broadcast_to(found[sym.acceptance.name], y.shape), floor

        def excess(above: Array, y: Array, index: Any) -> Array:
            return at_floor(y, index)[0] - above[index]

        everywhere = np.arange(sweep.size)
        nodes = np.linspace(low, high, NODES)
        path, floors = (found.reshape(nodes.shape) for found in at_floor(nodes.reshape(-1), np.tile(everywhere, NODES)))
        held = (path >= level["A_lo"]) & (path <= level["A_hi"]) & np.isfinite(floors)
        radii: list[Array] = [np.where(held, nodes, np.nan)]
        for name in ("A_lo", "A_hi"):
            places, _ = sign_changes(partial(excess, level[name]), nodes, sweep.size, values=path - level[name])
            for column in places.T:
                there = np.flatnonzero(~np.isnan(column))
                exists = np.isfinite(at_floor(column[there], there)[1])
                kept = np.full(sweep.size, np.nan)
                kept[there[exists]] = column[there[exists]]
                radii.append(kept[None])
        stacked = np.concatenate(radii)
        inside = ~np.isnan(stacked).all(axis=0)
        radius_low, radius_high = np.full(sweep.size, np.inf), np.full(sweep.size, np.inf)
        radius_low[inside] = np.exp(np.nanmin(stacked[:, inside], axis=0))
        radius_high[inside] = np.exp(np.nanmax(stacked[:, inside], axis=0))
        facts: dict[str, tuple[Any, str]] = {
            "floor_at_min": (floors[0], "floor at delta_min"),
            "floor_at_max": (floors[-1], "floor at delta_max"),
            "acceptance_at_min": (path[0], "acceptance at the floor of delta_min"),
            "acceptance_at_max": (path[-1], "acceptance at the floor of delta_max"),
            "rest_at_min": (
                np.isfinite(floors[0]) & (path[0] <= level["A_hi"]),
                "whether floor and radius rest at delta_min",
            ),
            "rest_at_max": (
                np.isfinite(floors[-1]) & (path[-1] >= level["A_lo"]),
                "whether floor and radius rest at delta_max",
            ),
            "rest_inside": (inside & (low < high), "whether floor and radius rest between the bounds"),
            "radius_low": (radius_low, "least radius that rests with its floor"),
            "radius_high": (radius_high, "greatest radius that rests with its floor"),
        }
        return described(_dataset(sweep, facts), at)

    return along(run, start, model=model)


def frozen(model: Model | str) -> Model:
    """The model with a defect mass that stands still: what the radius does alone.

    Examples
    --------
    >>> print(frozen("gated")["mu_next"])
    mu_next = mu
    """
    model = find_model(model)
    return model.replace(Formula(sym.mu_next, sym.mu, title="the defect mass stands still"), name=model.name)
