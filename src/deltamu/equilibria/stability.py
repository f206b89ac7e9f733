"""Points of rest at a fixed radius: where they are, whether orbits stay near them, and how fast orbits come."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.protocol import at_points, spread
from deltamu.equilibria.field import SCALE, SLOPE, SMOOTH, clipped_below, field
from deltamu.equilibria.floors import floors_at
from deltamu.equilibria.roots import Array
from deltamu.equilibria.sections import Section
from deltamu.equilibria.zeros import LOG_MASS, rises, zeros
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import VIBE, one_move
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.run import Run, moves_to_level
from deltamu.simulation.sweeps import Sweep, along, annotations, described, resolved

STABILITIES = ("stable", "unstable", "marginal", "none")
APPROACHES = ("monotone", "oscillating", "overshooting", "unstable", "slowing", "none")
ASIDE = 1e-6  # relative step to the side of a point of rest
MOST = 5000  # moves that are simulated before the rest are counted by the asymptotic rate

FACTS = {
    "mu": ("defect mass at rest", "defects"),
    "residual": ("smooth gain there", "defects"),
    "gain_scale": ("size of the terms that cancel in the gain", "defects"),
    "gain_slope": ("slope of the smooth gain in the defect mass", "1"),
    "multiplier": ("factor of a small distance from rest in a move", "1"),
    "rate": ("asymptotic factor of the distance per move", "1"),
    "moves_per_decade": ("moves that divide a small distance by ten", "moves"),
    "moves_within": ("moves from mu0 to within the tolerance", "moves"),
    "rest_low": ("least mass of the interval that a move leaves alone", "defects"),
    "rest_high": ("greatest mass of the interval that a move leaves alone", "defects"),
}


@checked
def fixed_points(
    settings: Settings | str | None = None,
    /,
    *,
    delta: Any = None,
    model: Model | str | Sequence[Model | str] | None = None,
    epsilon: float = 0.05,
    **controls: Any,
) -> xr.Dataset:
    """All points of rest of moves at a fixed radius, their stability and the way in which orbits approach them.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    delta : float, 1-D sequence or xarray.DataArray, optional
        The edit radius, held fixed; ``delta0`` of the settings if it is left out.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else `PUBLISHED`. A sequence becomes a dimension ``model``.
    epsilon : float
        Relative distance from rest to which ``moves_within`` counts.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings; sequences become dimensions.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep and ``rest_point``, from the least mass to the greatest: ``mu``, with its
        ``residual`` (at most 1e-12 of ``gain_scale``); ``gain_slope``, ``multiplier`` = 1 - gain_slope and ``rate`` =
        abs(multiplier) on the smooth branch; ``stability``: ``stable`` if the rate is below 1, ``unstable`` above,
        ``marginal`` at 1 (a rate that only rounds to 1 is told by the sign of the slope); ``approach`` of an orbit from
        above: ``monotone``, ``oscillating`` (about the point), ``overshooting`` (a move lands in the interval of rest
        that the clip makes, and ends there), ``slowing`` (to mass 0, at no fixed rate) or ``unstable``;
        ``moves_per_decade``; ``moves_within``, from mu0 to within `epsilon`, linear in mu between states, ``inf`` where
        an orbit does not come; and the interval ``rest_low``, ``rest_high`` of masses that a move leaves as they are:
        where the gain is clipped at 0 that is everything below the point, else the point alone. Where there are fewer
        points than elsewhere in the sweep, or none, ``mu`` is ``inf`` and stability and approach are ``none``.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import fixed_points
    >>> ds = fixed_points(delta=0.2, model=["published", "gated"]).isel(rest_point=0)
    >>> ds.mu.round(4).values.tolist(), ds.multiplier.round(4).values.tolist(), ds.rest_low.round(4).values.tolist()
    ([0.6439, 0.1203], [0.9671, 0.9982], [0.0, 0.1203])
    >>> ds.stability.values.tolist(), ds.approach.values.tolist()
    (['stable', 'stable'], ['monotone', 'monotone'])
    """
    if not (is_number(epsilon) and 0 < epsilon < np.inf):
        raise InputError(f"epsilon = {shown(epsilon)} is not a number > 0")
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        given = controls | ({} if delta is None else {"delta": delta})
        at, sweep = resolved(start, None, one, given, state=(sym.delta,) if delta is not None else ())
        values = sweep.block(0, sweep.size)
        values.setdefault("delta", values["delta0"])
        return described(_labelled(sweep, _points(one, values, sweep.size, float(epsilon))), at)

    return _padded(run, start, model) if isinstance(model, list | tuple) else along(run, start, model=model)


def multipliers(
    settings: Settings | str | None = None, /, *, delta: Any, model: Model | str | None = None, **controls: Any
) -> xr.DataArray:
    """The multiplier 1 - dgain/dmu at the defect floor; 1 where there is none.

    Examples
    --------
    >>> multipliers(delta=[0.2, 2.0]).round(4).values.tolist()
    [0.9671, 0.4486]
    """

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"delta": delta}, state=(sym.delta,))
        values = sweep.block(0, sweep.size)
        floor = floors_at(one, values, sweep.size)
        there = np.isfinite(floor) & (floor > 0)
        slope = Section(field(one), (SLOPE,), (sym.mu,), values)(mu=np.where(there, floor, 1.0))[SLOPE.name]
        facts = {"long_name": FACTS["multiplier"][0]}
        data = (sweep.dims, np.where(there, 1 - np.nan_to_num(slope), 1.0).reshape(sweep.shape), facts)
        return described(xr.Dataset({"multiplier": data}, coords=sweep.coords), at)

    start = find_settings(settings)
    return along(run, start, model=model)["multiplier"]


def _padded(run: Any, start: Settings, models: Sequence[Model | str]) -> xr.Dataset:
    """Results of several models along ``model``, with as many places for rest points as any of them needs."""
    parts: dict[str, xr.Dataset] = {}

    def remember(policy: Any, model: Model) -> xr.Dataset:
        parts[model.name] = run(policy, model)
        return parts[model.name].isel(rest_point=slice(0, 1))

    along(remember, start, model=models)
    most = max(part.sizes["rest_point"] for part in parts.values())
    return along(lambda _, model: _filled(parts[model.name], most), start, model=models)


def _filled(dataset: xr.Dataset, most: int) -> xr.Dataset:
    missing = most - dataset.sizes["rest_point"]
    empty: dict[Any, Any] = {name: "none" if array.dtype.kind == "U" else np.inf for name, array in dataset.items()}
    filled = dataset.pad(rest_point=(0, missing), constant_values=empty) if missing else dataset
    return filled.assign_coords(rest_point=np.arange(most))


def _points(model: Model, values: dict[str, Any], size: int, epsilon: float) -> dict[str, Any]:
    """Facts of all points of rest as arrays of shape (size, k), k ≥ 1."""
    mu, direction, rising_at_zero, rising_at_infinity = zeros(model, values, size)
    if rising_at_zero.any():  # mass 0 attracts
        shifted = np.concatenate([np.where(rising_at_zero, 0.0, np.nan)[:, None], mu], axis=1)
        order = np.argsort(np.isnan(shifted), axis=1, kind="stable")
        mu = np.take_along_axis(shifted, order, 1)
        first = np.where(rising_at_zero, 1.0, 0.0)[:, None]
        direction = np.take_along_axis(np.concatenate([first, direction], axis=1), order, 1)
    if not mu.shape[1]:
        mu, direction = np.full((size, 1), np.nan), np.zeros((size, 1))
    there = ~np.isnan(mu)
    at = spread(values, mu.shape[1])
    least = at[sym.b.name] * np.exp(LOG_MASS[0])
    place = np.maximum(np.where(there, mu, 1.0).reshape(-1), least)
    section = Section(field(model), (SMOOTH, SLOPE, SCALE), (sym.mu,), at)
    found = {name: np.broadcast_to(value, place.shape).reshape(mu.shape) for name, value in section(mu=place).items()}
    flat = np.broadcast_to(rises(model, (sym.mu,), at)(mu=place * (1 - ASIDE)), place.shape).reshape(mu.shape) == 0
    clipped = (clipped_below(model) | flat) & (direction > 0) & (mu > 0)
    slope = np.where(there, np.where(flat, np.nan, found[SLOPE.name]), 0.0)
    if (kinked := np.isnan(slope)).any():  # the slope of the side on which the mass falls
        near, far = (section(mu=place * (1 + step))[SMOOTH.name] for step in (ASIDE, 2 * ASIDE))
        slope = np.where(kinked, np.reshape((far - near) / (place * ASIDE), mu.shape), slope)
    multiplier = np.where(mu == 0, np.maximum(1 - slope, 0.0), 1 - slope)  # the mass itself is never below 0
    rate = np.abs(multiplier)
    lost = (rate == 1) & (mu > 0)  # a slope too small for a double: its sign is known all the same
    stable, unstable = (rate < 1) | (lost & (direction > 0)), (rate > 1) | (lost & (direction < 0))
    stability = np.select([~there, stable, unstable], [STABILITIES[3], *STABILITIES[:2]], STABILITIES[2])
    approach = np.select(
        [~there, (multiplier > 1) | (unstable & lost), stable & (multiplier >= 0), multiplier == 1, clipped, stable],
        [APPROACHES[5], APPROACHES[3], APPROACHES[0], APPROACHES[4], APPROACHES[2], APPROACHES[1]],
        APPROACHES[3],
    )
    with np.errstate(divide="ignore"):
        decade = np.where(rate < 1, np.log(10) / -np.log(np.maximum(rate, 5e-324)), np.inf)
    position = np.where(there, mu, np.inf)
    facts = {
        "mu": position,
        "residual": np.where(there & (mu > 0), found[SMOOTH.name], 0.0),
        "gain_scale": np.where(there, found[SCALE.name], 0.0),
        "gain_slope": slope,
        "multiplier": np.where(there, multiplier, np.inf),
        "rate": np.where(there, rate, np.inf),
        "moves_per_decade": np.where(there, decade, np.inf),
        "moves_within": np.full(mu.shape, np.inf),
        "rest_low": position.copy(),
        "rest_high": position.copy(),
    }
    before = np.concatenate([np.zeros((size, 1)), position[:, :-1]], axis=1)
    facts["rest_low"] = np.where(clipped, before, position)
    if clipped_below(model):  # nowhere does the mass fall: everything rests
        facts["rest_low"][~rising_at_infinity & ~there.any(axis=1), 0] = 0.0
    facts["moves_within"] = _moves_within(model, values, position, direction, facts["rate"], epsilon)
    return facts | {"stability": stability, "approach": approach}


def _moves_within(
    model: Model, values: Mapping[str, Any], mu: Array, direction: Array, rate: Array, epsilon: float
) -> Array:
    """Moves from mu0 to (1 + epsilon) mu for the attracting point next below mu0; inf for the others."""
    size = mu.shape[0]
    result = np.full(mu.shape, np.inf)
    start = np.broadcast_to(np.asarray(values[sym.mu0.name], dtype=float), size)
    below = (direction != 0) & (mu <= start[:, None])
    last = np.where(below.any(axis=1), mu.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1), 0)
    rows = np.arange(size)
    comes = below.any(axis=1) & (direction[rows, last] > 0) & (mu[rows, last] > 0)
    index = np.flatnonzero(comes)
    if not index.size:
        return result
    few = at_points(values, index)
    run = Run(one_move(VIBE, model), few | {"delta0": few["delta"], "decay": 1.0}, index.size)
    level = (1 + epsilon) * mu[index, last[index]]
    moves, reached = moves_to_level(run, level, MOST)
    with np.errstate(all="ignore"):
        more = np.log((reached - mu[index, last[index]]) / (epsilon * mu[index, last[index]]))
        more = MOST + more / -np.log(rate[index, last[index]])
    moves = np.where(np.isinf(moves) & (rate[index, last[index]] < 1) & np.isfinite(more), more, moves)
    result[index, last[index]] = moves
    return result


def _labelled(sweep: Sweep, facts: dict[str, Any]) -> xr.Dataset:
    dims = (*sweep.dims, "rest_point")
    labels = {
        "stability": {"long_name": "stability on the smooth branch"},
        "approach": {"long_name": "how an orbit from above comes"},
    }
    for name, said in FACTS.items():
        labels[name] = annotations(*said)
    count = facts["mu"].shape[1]
    data = {name: (dims, values.reshape(*sweep.shape, count), labels[name]) for name, values in facts.items()}
    return xr.Dataset(data, coords={**sweep.coords, "rest_point": np.arange(count)})
