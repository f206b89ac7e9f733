"""Runs at random points of a box of parameters, and what of them a box is judged by."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu import __version__
from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.calculus.derivatives import COUNTED
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity, flat_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity.linearised import parameters
from deltamu.sensitivity.outcomes import FINITE, OUTCOMES
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import annotations

BOXES: tuple[str, ...] = ("sliders", "constants")
"""Boxes: the controls over their sliders, the constants as set; or each constant from half to twice its value."""

Bounds: TypeAlias = "str | Mapping[str | Symbol, tuple[float, float]]"
Box: TypeAlias = Mapping[Quantity, tuple[float, float]]
Array = NDArray[np.float64]


def sample(
    settings: Settings | str | None = None,
    /,
    *,
    seed: int,
    bounds: Bounds = "constants",
    n: int = 1024,
    policy: Policy | str | None = None,
    model: Model | str | None = None,
    moves: int = 150,
    **controls: float,
) -> xr.Dataset:
    """Runs at scrambled Sobol points of a box: the parameters and all `FINITE` outcomes of each.

            Examples
    --------
    >>> from deltamu.sensitivity.boxes import sample
    >>> ds = sample("principal-tr", seed=1, n=16, moves=30)
    >>> ds.sizes["point"], bool(ds.contracted.any())
    (16, False)
    """
    from scipy.stats import qmc

    start, box = box_of(settings, policy, model, bounds, controls)
    check_size(n, seed)
    shares = qmc.Sobol(len(box), rng=np.random.default_rng(seed)).random(n)
    points, results = points_at(start, box, shares), results_at(start, box, shares, moves)
    data: dict[str, Any] = {
        f"{name}_set": ("point", values, {"long_name": start.vocabulary()[name].meaning})
        for name, values in points.items()
    }
    for name in FINITE:
        facts = annotations(OUTCOMES[name].meaning, OUTCOMES[name].unit)
        data[name] = ("point", results[name], facts)
    return described(data, {"point": np.arange(n)}, start, box, n, seed, moves)


def box_of(
    settings: Settings | str | None,
    policy: Policy | str | None,
    model: Model | str | None,
    bounds: Bounds,
    controls: Mapping[str, float],
) -> tuple[Settings, dict[Quantity, tuple[float, float]]]:
    """The settings of a study and the ranges of its parameters."""
    start = find_settings(settings)
    start = start.replace(policy=policy, model=find_model(model or start.model or PUBLISHED), **controls)
    used = parameters(start.policy, start.model or PUBLISHED)
    whole = [s for s in start.vocabulary().values() if s.whole and s in start.policy.free_symbols]
    if isinstance(bounds, str):
        if bounds not in BOXES:
            raise unknown("box", bounds, BOXES)
        if bounds == "constants":
            box = {s: (start[s] / 2, min(start[s] * 2, float(s.domain.end))) for s in sym.CONSTANTS if s in used}
        else:
            box = {s: s.slider[:2] for s in (*used, *whole) if s.slider is not None}
    else:
        known = start.vocabulary()
        box = {}
        if not isinstance(bounds, Mapping):
            raise InputError(f"bounds = {shown(bounds)}: allowed are {', '.join(BOXES)} or a mapping of ranges")
        for name, ends in bounds.items():
            if str(name) not in known:
                raise unknown("parameter", str(name), known)
            box[known[str(name)]] = _range(known[str(name)], ends)
    if not box:
        raise InputError("the box is empty: name at least one parameter")
    return start, box


def _range(symbol: Quantity, ends: Any) -> tuple[float, float]:
    """Both ends of a parameter's range; of what is counted, the first and the last whole number in it."""
    numbers = flat_numbers(ends)
    if numbers.shape != (2,):
        raise InputError(f"bounds of {symbol} = {shown(ends)}: allowed are two numbers, the lower one first")
    symbol.check(numbers)
    low, high = numbers.tolist()
    if low > high:
        raise InputError(f"bounds of {symbol}: {low:g} is above {high:g}")
    if not _counted(symbol):
        return low, high
    if np.ceil(low) > np.floor(high):
        raise InputError(f"bounds of {symbol}: there is no whole number from {low:g} to {high:g}")
    return float(np.ceil(low)), float(np.floor(high))


def _counted(symbol: Quantity) -> bool:
    return symbol.whole or symbol in COUNTED


def points_at(settings: Settings, box: Box, shares: Array) -> dict[str, Array]:
    """Parameters at points of the unit cube; cross-constraints hold, and what is counted is whole."""
    points: dict[str, Array] = {}
    smaller_of = {constraint.rhs: constraint.lhs for constraint in sym.CONSTRAINTS}
    order = sorted(range(len(box)), key=lambda i: list(box)[i] in smaller_of)
    for i in order:
        symbol = list(box)[i]
        low, high = (np.full(len(shares), end, dtype=float) for end in box[symbol])
        if symbol in smaller_of:
            low = np.maximum(low, points.get(smaller_of[symbol].name, settings[smaller_of[symbol]]))
            high = np.maximum(high, low)
        if _counted(symbol):
            points[symbol.name] = np.minimum(np.floor(low + shares[:, i] * (high - low + 1)), high)
        else:
            points[symbol.name] = low + shares[:, i] * (high - low)
    for larger, smaller in smaller_of.items():
        if smaller.name in points and larger.name not in points:
            points[smaller.name] = np.minimum(points[smaller.name], settings[larger])
    return {symbol.name: points[symbol.name] for symbol in box}


def results_at(settings: Settings, box: Box, shares: Array, moves: int) -> dict[str, Array]:
    """All `FINITE` outcomes of the runs at points of the unit cube."""
    swept = {name: xr.DataArray(values, dims="point") for name, values in points_at(settings, box, shares).items()}
    keep = ["mu_next", "delta_t", "acceptance", "false_pass_probability", "reliability", "pass_probability", "cost"]
    if "cost" not in (settings.model or PUBLISHED):
        keep.remove("cost")
    ds = simulate(settings, moves=moves, keep=keep, progress=False, **dict[str, Any](swept))
    if "point" not in ds.dims:
        ds = ds.expand_dims("point")
    steps = ds.moves_to_target.to_numpy()
    made = np.where(np.isfinite(steps), steps, moves)
    last = xr.DataArray(np.maximum(made, 1).astype(int) - 1, dims="point")
    interpolated = np.where(np.isfinite(steps), ds.moves_to_target_interpolated.to_numpy(), moves)
    total = np.concatenate([np.zeros((len(made), 1)), np.cumsum(_every(ds, "cost", moves), axis=1)], axis=1)
    whole = np.minimum(np.floor(interpolated).astype(int), moves - 1)
    rows = np.arange(len(made))
    step = total[rows, whole + 1] - total[rows, whole]
    radius = _every(ds, "delta_t", moves)
    shrinks = np.diff(radius, axis=1) < 0
    if sym.delta_max in settings.policy.free_symbols:  # a first radius above the bound is clipped, not contracted
        bound = swept["delta_max"].to_numpy()[:, None] if "delta_max" in swept else settings["delta_max"]
        shrinks &= radius[:, :-1] <= bound
    return {
        "final_pass_probability": ds.pass_probability.isel(move=-1).to_numpy(),
        "final_reliability": ds.reliability.isel(move=-1).to_numpy(),
        "final_mu": ds.mu_next.isel(move=-1).to_numpy(),
        "false_pass_at_stop": ds.false_pass_probability.isel(move=last).to_numpy(),
        "reliability_at_stop": ds.reliability.isel(move=last).to_numpy(),
        "cost_to_stop": total[rows, whole] + (interpolated - whole) * step,
        "moves_censored": interpolated,
        "reached": np.isfinite(steps).astype(float),
        "contracted": shrinks.any(axis=1).astype(float),
        "low_acceptance": ds.acceptance.min("move").to_numpy(),
    }


def _every(ds: xr.Dataset, name: str, moves: int) -> Array:
    if name not in ds:
        return np.full((ds.sizes["point"], moves), np.nan)
    return ds[name].transpose("point", "move").to_numpy()


def check_size(n: int, seed: int) -> None:
    """Raise unless `n` is a size of Sobol's sequence, and `seed` a seed."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2 or n & (n - 1):
        raise InputError(f"n = {shown(n)} is not a power of 2 such as 1024")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed = {shown(seed)} is not a whole number >= 0")


def described(
    data: Mapping[str, Any],
    coords: Mapping[str, Iterable[Any]],
    settings: Settings,
    box: Box,
    n: int,
    seed: int,
    moves: int,
) -> xr.Dataset:
    """A labelled result with the ends of the box, and what it was made with in its attributes."""
    names = [symbol.name for symbol in box]
    ends: dict[str, Any] = {
        "from": ("wrt", [low for low, _ in box.values()], {"long_name": "lowest value of a parameter"}),
        "to": ("wrt", [high for _, high in box.values()], {"long_name": "highest value of a parameter"}),
    }
    ds = xr.Dataset({**data, **ends}, coords={**coords, "wrt": names})
    return ds.assign_attrs(
        settings=settings.to_json(),
        policy=settings.policy.name,
        model=(settings.model or PUBLISHED).name,
        deltamu_version=__version__,
        seed=seed,
        n=n,
        moves=moves,
    )
