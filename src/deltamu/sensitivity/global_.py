"""Do results survive the constants that nobody has measured?  Global sensitivity over a box of parameters."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu import __version__
from deltamu import symbols as sym
from deltamu.errors import InputError, unknown
from deltamu.formulas import PUBLISHED, Model, find_model
from deltamu.policies import Policy, find_policy
from deltamu.sensitivity.derivatives import COUNTED
from deltamu.sensitivity.linearised import parameters
from deltamu.settings import Settings, find_settings
from deltamu.simulation import simulate
from deltamu.symbols import Quantity

__all__ = ["BOXES", "RESULTS", "global_sensitivity", "sample", "verdicts"]

BOXES = ("sliders", "constants")
"""Boxes: the controls over their sliders, the constants as set; or each constant from half to twice its value."""

RESULTS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "final_pass_probability": ("pass probability after the last move", "1"),
    "final_reliability": ("true reliability after the last move", "1"),
    "final_mu": ("expected defect mass after the last move", "defects"),
    "false_pass_at_stop": ("probability of a hidden defect after the move that reached the target, or the last", "1"),
    "cost_to_stop": ("cost until the target is reached, or of all moves", "model calls"),
    "moves_censored": ("moves to the target, all moves if it is not reached", "moves"),
    "reached": ("whether the target is reached", "1"),
    "contracted": ("whether the radius ever shrinks from where it may be", "1"),
    "low_acceptance": ("smallest acceptance of a move", "1"),
})  # fmt: skip
"""Finite results of a run over which a box is judged; those that say "whether" are 0 or 1."""

Bounds: TypeAlias = "str | Mapping[str | Symbol, tuple[float, float]]"
Array = NDArray[np.float64]


def global_sensitivity(
    outcome: str | Sequence[str],
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
    """First-order and total Sobol indices of outcomes over a box of parameters.

    Parameters
    ----------
    outcome : str or sequence of str
        Names of `RESULTS`.
    settings, policy, model, moves, **controls
        See `deltamu.simulate`; what is not varied has these values.
    seed : int
        Of the sample.
    bounds : "sliders", "constants", or a mapping of parameter to (lowest, highest)
        The box (see `BOXES`).
    n : int
        Size of the base sample, a power of 2; the runs number n (2 + number of parameters).

    Returns
    -------
    xarray.Dataset
        Over ``outcome`` and ``wrt``: ``first_order``, the share of an outcome's variance that a parameter explains by
        itself, and ``total``, the share that would remain if all others were known, interactions included; each with
        the half-width of its 95 % confidence interval. Both are nan where the outcome does not vary. Over ``outcome``:
        its ``mean``, ``least`` and ``greatest`` value in the sample.

    Raises
    ------
    InputError
        A name is unknown, `n` is no power of 2, or the extra ``global`` is not installed.

    Notes
    -----
    Sobol's sequence, Saltelli's scheme, by SALib. Cross-constraints hold in every point: the larger one of a pair is
    drawn from what the smaller one leaves. What is counted (K, N, K_r, T_plan) is drawn as whole numbers.

    Examples
    --------
    >>> from deltamu.sensitivity import global_sensitivity
    >>> ds = global_sensitivity("final_mu", "principal-tr", seed=1, n=64, moves=40)  # doctest: +SKIP
    >>> ds.total.sel(outcome="final_mu").to_series().idxmax()  # doctest: +SKIP
    'a2'
    """
    try:
        from SALib.analyze import sobol as analysis
        from SALib.sample import sobol as design
    except ImportError:
        raise InputError('Sobol indices need SALib: pip install "deltamu[global]"') from None
    names = _outcomes(outcome)
    start, box = _box(settings, policy, model, bounds, controls)
    _check_size(n, seed)
    problem = {"num_vars": len(box), "names": [s.name for s in box], "bounds": [[0.0, 1.0]] * len(box)}
    shares = design.sample(problem, n, calc_second_order=False, seed=seed)
    results = _results(start, box, shares, moves)
    indices = {key: np.full((len(names), len(box)), np.nan) for key in ("S1", "ST", "S1_conf", "ST_conf")}
    for row, name in enumerate(names):
        if np.ptp(results[name]) > 1e-12 * np.abs(results[name]).max():
            with warnings.catch_warnings():  # that an outcome is the same in part of the sample is no news
                warnings.simplefilter("ignore")
                found = analysis.analyze(problem, results[name], calc_second_order=False, seed=seed + 1)
            for key, values in indices.items():
                values[row] = found[key]
    over = ("outcome", "wrt")
    labels = {"S1": ("first_order", "share of variance explained by a parameter alone"),
              "ST": ("total", "share of variance that involves a parameter"),
              "S1_conf": ("first_order_halfwidth", "half-width of the 95 % confidence interval"),
              "ST_conf": ("total_halfwidth", "half-width of the 95 % confidence interval")}  # fmt: skip
    data: dict[str, Any] = {
        label: (over, indices[key], {"long_name": meaning, "units": "1"}) for key, (label, meaning) in labels.items()
    }
    for label, function in (("mean", np.mean), ("least", np.min), ("greatest", np.max)):
        data[label] = (
            "outcome",
            [float(function(results[name])) for name in names],
            {"long_name": f"{label} in the sample"},
        )
    return _described(data, {"outcome": names}, start, box, n, seed, moves)


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
    """Runs at scrambled Sobol points of a box: the parameters and all `RESULTS` of each.

    Parameters
    ----------
    settings, seed, bounds, n, policy, model, moves, **controls
        See `global_sensitivity`.

    Returns
    -------
    xarray.Dataset
        Over ``point``: every result, and every varied parameter under its name with ``_set`` appended.

    Examples
    --------
    >>> from deltamu.sensitivity.global_ import sample
    >>> ds = sample("principal-tr", seed=1, n=16, moves=30)
    >>> ds.sizes["point"], bool(ds.contracted.any())
    (16, False)
    """
    from scipy.stats import qmc

    start, box = _box(settings, policy, model, bounds, controls)
    _check_size(n, seed)
    shares = qmc.Sobol(len(box), rng=np.random.default_rng(seed)).random(n)
    points, results = _points(start, box, shares), _results(start, box, shares, moves)
    data: dict[str, Any] = {
        f"{name}_set": ("point", values, {"long_name": start.vocabulary()[name].meaning})
        for name, values in points.items()
    }
    for name, (meaning, unit) in RESULTS.items():
        data[name] = ("point", results[name], {"long_name": meaning, "units": unit})
    return _described(data, {"point": np.arange(n)}, start, box, n, seed, moves)


def verdicts(
    settings: Settings | str | None = None,
    /,
    *,
    seed: int,
    bounds: Sequence[Bounds] = BOXES,
    n: int = 1024,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    **controls: float,
) -> xr.Dataset:
    """What holds over whole boxes of parameters: the range of every result, and which verdicts change.

    Parameters
    ----------
    settings, seed, n, moves, **controls
        See `global_sensitivity`.
    bounds : sequence of boxes
    policy, model : one, or a sequence of these, which becomes a dimension

    Returns
    -------
    xarray.Dataset
        Over ``policy``, ``model``, ``box`` and ``result``: ``nominal``, the value at the settings; ``mean``, ``least``,
        ``greatest`` and the quantiles ``low`` (5 %) and ``high`` (95 %) over the box; for results that say "whether",
        ``mean`` is the share of the box, and ``survives`` says whether the whole sample agrees with the settings.

    Examples
    --------
    >>> from deltamu.sensitivity import verdicts
    >>> ds = verdicts("principal-tr", seed=1, n=64, bounds=["constants"])
    >>> row = ds.sel(box="constants").squeeze(drop=True)
    >>> row["survives"].sel(result="contracted").item(), row["mean"].sel(result="contracted").item()
    (True, 0.0)
    """
    start = find_settings(settings)
    policies = _listed(policy, start.policy)
    models = _listed(model, start.model or PUBLISHED)
    labels = [box if isinstance(box, str) else f"box {index}" for index, box in enumerate(bounds)]
    columns = ("nominal", "mean", "least", "low", "high", "greatest", "survives")
    table = np.empty((len(columns), len(policies), len(models), len(bounds), len(RESULTS)))
    for p, one_policy in enumerate(policies):
        for m, one_model in enumerate(models):
            fixed, _ = _box(start, one_policy, one_model, {sym.mu0: (0.0, 1.0)}, controls)
            nominal = _results(fixed, {}, np.zeros((1, 0)), moves)
            for b, box in enumerate(bounds):
                found = sample(
                    start, seed=seed, bounds=box, n=n, policy=one_policy, model=one_model, moves=moves, **controls
                )
                for k, name in enumerate(RESULTS):
                    values, at = found[name].to_numpy(), float(nominal[name][0])
                    low, high = np.quantile(values, (0.05, 0.95))
                    same = float((values == at).all()) if _says_whether(name) else np.nan
                    table[:, p, m, b, k] = at, values.mean(), values.min(), low, high, values.max(), same
    over = ("policy", "model", "box", "result")
    data: dict[str, Any] = {name: (over, table[i]) for i, name in enumerate(columns[:-1])}
    whether = np.array([_says_whether(name) for name in RESULTS])
    data["survives"] = (over, (table[-1] == 1.0) | ~whether)
    coords = {
        "policy": [p.name for p in policies],
        "model": [m.name for m in models],
        "box": labels,
        "result": list(RESULTS),
    }
    ds = xr.Dataset(data, coords=coords)
    ds.survives.attrs = {"long_name": "whether the whole sample agrees with the settings, for results that are 0 or 1"}
    return ds.assign_attrs(seed=seed, n=n, moves=moves, deltamu_version=__version__)


def _listed(chosen: Any, default: Any) -> list[Any]:
    find = find_policy if isinstance(default, Policy) else find_model
    chosen = default if chosen is None else chosen
    return [find(one) for one in chosen] if isinstance(chosen, list | tuple) else [find(chosen)]


def _says_whether(name: str) -> bool:
    return RESULTS[name][0].startswith("whether")


def _outcomes(outcome: str | Sequence[str]) -> list[str]:
    names = [outcome] if isinstance(outcome, str) else list(outcome)
    for name in names:
        if name not in RESULTS:
            raise unknown("result", name, RESULTS)
    return names


def _check_size(n: int, seed: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or n < 2 or n & (n - 1):
        raise InputError(f"n = {n!r} is not a power of 2 such as 1024")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed = {seed!r} is not a whole number >= 0")


def _box(
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
        for name, (low, high) in bounds.items():
            if str(name) not in known:
                raise unknown("parameter", str(name), known)
            known[str(name)].check([low, high])
            if not low <= high:
                raise InputError(f"bounds of {name}: {low} is above {high}")
            box[known[str(name)]] = (float(low), float(high))
    if not box:
        raise InputError("the box is empty: name at least one parameter")
    return start, box


def _points(settings: Settings, box: Mapping[Quantity, tuple[float, float]], shares: Array) -> dict[str, Array]:
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
        if symbol.whole or symbol in COUNTED:
            points[symbol.name] = np.minimum(np.floor(low + shares[:, i] * (high - low + 1)), high)
        else:
            points[symbol.name] = low + shares[:, i] * (high - low)
    for larger, smaller in smaller_of.items():
        if smaller.name in points and larger.name not in points:
            points[smaller.name] = np.minimum(points[smaller.name], settings[larger])
    return {symbol.name: points[symbol.name] for symbol in box}


def _results(
    settings: Settings, box: Mapping[Quantity, tuple[float, float]], shares: Array, moves: int
) -> dict[str, Array]:
    """All results of the runs at points of the unit cube."""
    swept = {name: xr.DataArray(values, dims="point") for name, values in _points(settings, box, shares).items()}
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


def _described(
    data: Mapping[str, Any],
    coords: Mapping[str, Iterable[Any]],
    settings: Settings,
    box: Mapping[Quantity, tuple[float, float]],
    n: int,
    seed: int,
    moves: int,
) -> xr.Dataset:
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
