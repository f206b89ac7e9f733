"""The plane of defect mass and radius: regions of the trust region, the curve of floors, and orbits."""

from collections.abc import Sequence
from typing import Any

import xarray as xr

from deltamu.equilibria.floors import defect_floor
from deltamu.equilibria.trust_region import REGIONS, boundaries, regions
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import TRUST_REGION
from deltamu.model.quantities import as_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import attributes


@checked
def phase_portrait(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Sequence[float],
    delta: Sequence[float],
    starts: Sequence[tuple[float, float]] = (),
    model: Model | str | None = None,
    moves: int = 400,
    **controls: float,
) -> xr.Dataset:
    """Data of a phase portrait of the trust region: what `deltamu.presentation.plotting.plot_phase_portrait` draws.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.simulate`; single values.
    mu, delta : sequence of float
        Axes of the plane, increasing.
    starts : sequence of (mu0, delta0)
        Where orbits start.
    moves : int
        Length of the orbits.

    Returns
    -------
    xarray.Dataset
        ``acceptance`` and ``region_index`` (position in ``expand, hold, contract``) over ``mu`` and ``delta``;
        ``radius_hi``, ``radius_lo`` over ``mu`` and ``crossing``, the exact boundaries between delta_min and delta_max;
        ``floor`` over ``delta``; ``orbit_mu``, ``orbit_delta`` over ``orbit`` and ``move``, starts included.

    Examples
    --------
    >>> from deltamu.equilibria import phase_portrait
    >>> ds = phase_portrait(mu=[0.1, 1, 10], delta=[0.1, 1], starts=[(12, 0.2)], model="gated", overreach=2, moves=50)
    >>> dict(ds.sizes)
    {'mu': 3, 'delta': 2, 'crossing': 1, 'orbit': 1, 'move': 51}
    """
    start = find_settings(settings)
    if as_numbers(mu).ndim == 0 or as_numbers(delta).ndim == 0:
        raise InputError("a phase portrait needs a sequence of masses mu and one of radii delta")
    plane = regions(start, mu=mu, delta=delta, model=model, **controls)
    index = xr.zeros_like(plane.region, dtype=int)
    for i, name in enumerate(REGIONS):
        index = xr.where(plane.region == name, i, index)
    lines = boundaries(start, mu=mu, model=model, **controls)
    given: dict[str, Any] = dict(controls)
    floor = defect_floor(start, delta=delta, model=model, **given)
    dataset = plane.assign(
        region_index=index.assign_attrs(long_name="what the radius does: " + ", ".join(REGIONS), units="1"),
        radius_hi=lines["radius_hi"],
        radius_lo=lines["radius_lo"],
        floor=(floor.dims, floor.values, {"long_name": "defect floor", "units": "defects"}),
    )
    orbits = [_orbit(start, mass, radius, model, moves, controls) for mass, radius in starts]
    if orbits:
        dataset = dataset.merge(xr.concat(orbits, dim="orbit"))
    for symbol in (sym.mu, sym.delta):
        dataset[symbol.name].attrs = attributes(symbol)
    return dataset.assign_attrs(lines.attrs)


def _orbit(
    start: Settings, mass: float, radius: float, model: Any, moves: int, controls: dict[str, float]
) -> xr.Dataset:
    given: dict[str, Any] = controls | {"mu0": mass, "delta0": radius}
    run = simulate(start, policy=TRUST_REGION, model=model, moves=moves + 1, keep=["mu", "delta_t"], **given)
    return xr.Dataset({"orbit_mu": run["mu"], "orbit_delta": run["delta_t"]})
