"""From a fit to settings: what was measured is set, one constant carries the rate of repair, the rest is invented."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.estimates import all_values
from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.problem import again, check_fit, point_of
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.errors import InputError, unknown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.policies import VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.ensemble.streams import key_of
from deltamu.simulation.sweeps import attributes

Array = NDArray[np.float64]
CARRIERS = ("a1", "a2", "s0", "b", "rho", "H", "delta0")
MEASURED = {"mu0": "m", "r": "r_hat", "decay": "d"}
HALVINGS = 200
SET = "_set"  # after the name of a control that draws set


@checked
def calibrated(
    fit: xr.Dataset, *, run: str | None = None, carrier: str = "a1", settings: Settings | str | None = None
) -> Settings:
    """Settings as measured: the equivalent mass, the apparent resolution, the decay, and the rate of repair.

    lambda determines one product only, 1 - exp(-lambda) = gain/mu at the first move; the `carrier` constant is solved
    for so that it holds. All other constants stay as they are in `settings` (see `sources`).

    Without hidden results only the product of resolution and mass was measured: r stays as it is in `settings`,
    invented unless you know it, and mu0 is the mass with which first programs pass the visible tests as often as they
    did.

    Parameters
    ----------
    fit : Dataset
        A fit of law repair.
    run : str, optional
        The run of a fit of several.
    carrier : str
        The constant that carries the rate of repair.
    settings : Settings or str, optional
        What is not measured; the article's default controls under the vibe policy by default.

    Returns
    -------
    Settings

    Raises
    ------
    InputError
        The fit is of another law, or no value of the carrier gives the measured rate, or hidden results and the
        settings' resolution are both missing.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> example = fit(read_log("example"), intervals=0)
    >>> settings = calibrated(example, run="mbpp/starcoder")
    >>> settings.policy.name, round(settings["mu0"], 3), settings["a2"]
    ('vibe', 0.612, 0.15)
    """
    one = _row(fit, run)
    return _settings(one, carrier, settings)


@checked
def sources(fit: xr.Dataset, *, run: str | None = None, carrier: str = "a1") -> dict[str, str]:
    """Where each control of `calibrated` comes from: measured, fixed, or invented.

    Examples
    --------
    >>> sorted(set(sources_of({"m": "measured", "r_hat": "measured", "d": "fixed"}, "a1").values()))
    ['fixed', 'invented', 'measured']
    """
    row = fit["source"].isel(run=place_of_run(fit, run))
    return sources_of({str(name): str(row.sel(parameter=name).item()) for name in fit["parameter"].values}, carrier)


def sources_of(of_parameters: dict[str, str], carrier: str) -> dict[str, str]:
    """Sources of controls from those of fitted parameters."""
    found = {symbol.name: "invented" for symbol in sym.PARAMETERS}
    for control, parameter in MEASURED.items():
        source = of_parameters.get(parameter) or of_parameters.get("r" if parameter == "r_hat" else parameter)
        found[control] = source if source in ("measured", "fixed") else "invented"
    found[carrier] = of_parameters.get("lambda", "invented")
    return found


@checked
def draws(
    fit: xr.Dataset,
    n: int,
    seed: int,
    *,
    run: str | None = None,
    carrier: str = "a1",
    settings: Settings | str | None = None,
) -> xr.Dataset:
    """Draws of the parameters from the normal approximation of their likelihood, and the controls that follow.

    Parameters
    ----------
    fit, run, carrier, settings
        See `calibrated`.
    n : int
        Number of draws.
    seed : int
        Draw i has the same numbers whatever n is.

    Returns
    -------
    xarray.Dataset
        Over ``draw``: every parameter under its name, and each control that they set with ``_set`` appended: pass these
        on as in ``simulate(settings, mu0=ds.mu0_set, a1=ds.a1_set)``.  ``attrs["settings"]`` holds the rest.

    Raises
    ------
    InputError
        n or the seed makes no sense, or no value of the carrier gives a drawn rate.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> example = fit(read_log("example"), intervals=0)
    >>> ds = draws(example, 100, seed=1, run="mbpp/starcoder")
    >>> ds.mu0_set.dims, float(ds.mu0_set.mean().round(2))
    (('draw',), 0.61)
    """
    check_count("n", n)
    problem = again(fit)
    place = place_of_run(fit, run)
    found, _ = all_values(problem.like, points_of(fit, problem.like, n, seed))
    law = problem.law
    drawn = {name: found[:, place, j] for j, name in enumerate(law.all_names)}
    drawn |= {name: np.full(n, np.nan) for name in problem.unseen}
    data: dict[str, Any] = {}
    for name, value in drawn.items():
        data[name] = ("draw", value, attributes(law[name].symbol))
    base = _base(settings)
    if law.name == "repair":
        controls = _controls(base, carrier, drawn)
        data |= {f"{name}{SET}": ("draw", value, {"long_name": base.vocabulary()[name].meaning})
                 for name, value in controls.items()}  # fmt: skip
    attrs = {"law": fit.attrs["law"], "settings": base.to_json(), "seed": seed, "carrier": carrier,
             "deltamu_version": __version__}  # fmt: skip
    return xr.Dataset(data, coords={"draw": np.arange(n)}, attrs=attrs)


def points_of(fit: xr.Dataset, like: Likelihood, n: int, seed: int) -> Array:
    """Draws of the free parameters on their scales, shape (n, free), from the normal approximation."""
    runs, labels = [str(run) for run in fit["run"].values], [str(label) for label in fit["free"].values]
    places = [labels.index(name if name in labels else f"{name} of {runs[max(run, 0)]}") for run, name in like.free]
    joint = fit["covariance_free"].to_numpy()[np.ix_(places, places)]
    return normal_points(like, point_of(fit, like), joint, n, seed)


def normal_points(like: Likelihood, center: Array, joint: Array, n: int, seed: int) -> Array:
    """Draws of a normal law of the free parameters within their bounds: draw i is the same whatever n is."""
    values, vectors = np.linalg.eigh(joint)
    root = vectors * np.sqrt(np.clip(values, 0.0, 1.0))  # a direction of which nothing is known moves by e at most
    key = np.array(key_of(seed), dtype=np.uint64)
    normal = np.stack([np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 2, i], dtype=np.uint64)))
                       .standard_normal(len(values)) for i in range(n)])  # fmt: skip
    low, high = like.bounds
    return np.clip(center + normal @ root.T, low, high)


def settings_of(drawn: xr.Dataset) -> list[Settings]:
    """The settings of each draw (see `draws`), which any verb takes first.

    Raises
    ------
    InputError
        The draws set no controls: they are not of law repair.
    """
    base = Settings.from_json(drawn.attrs["settings"])
    names = [str(name) for name in drawn if str(name).endswith(SET)]
    if not names:
        raise InputError(f"draws of law {drawn.attrs['law']!r} set no controls: fit law repair")
    controls: list[dict[str, Any]] = [
        {name.removesuffix(SET): float(drawn[name][i]) for name in names} for i in range(drawn.sizes["draw"])
    ]
    return [base.replace(**values) for values in controls]


def place_of_run(fit: xr.Dataset, run: str | None) -> int:
    """The place of a run in a fit; without a name that of the only one."""
    check_fit(fit)
    runs = list(map(str, fit["run"].values))
    if run is None:
        if len(runs) > 1:
            raise InputError(f"the fit has {len(runs)} runs: name one of {', '.join(runs)}")
        return 0
    if run not in runs:
        raise unknown("run", run, runs)
    return runs.index(run)


def _row(fit: xr.Dataset, run: str | None) -> dict[str, float]:
    row = fit["estimate"].isel(run=place_of_run(fit, run))
    return {str(name): float(row.sel(parameter=name)) for name in fit["parameter"].values}


def _base(settings: Settings | str | None) -> Settings:
    return Settings(VIBE) if settings is None else find_settings(settings)


def _settings(one: dict[str, float], carrier: str, settings: Settings | str | None) -> Settings:
    if "lambda" not in one or "d" not in one:
        raise InputError("only a fit of law repair says how repairs go: fit that law")
    base = _base(settings)
    controls = _controls(base, carrier, {name: np.array([value]) for name, value in one.items()})
    values: dict[str, Any] = {name: float(value[0]) for name, value in controls.items()}
    return base.replace(**values)


def _controls(base: Settings, carrier: str, known: dict[str, Array]) -> dict[str, Array]:
    """The controls that parameters set; without hidden results, r being nan, the mass is that at the settings' r."""
    controls = {"decay": np.clip(known["d"], 1e-12, 1.0)}
    apparent = known.get("r_hat", known["r"])
    resolution = np.where(np.isfinite(apparent), apparent, known["r"])
    if np.isfinite(resolution).all():
        controls |= {"mu0": known["m"], "r": resolution}
    elif not base["r"] > 0:
        raise InputError("r = 0 with a fit without hidden results: give settings with the resolution of the tests")
    else:
        controls["mu0"] = known["m"] / float(base["r"])
    controls[carrier] = _carried(base, carrier, known["lambda"], controls)
    return controls


def _carried(base: Settings, carrier: str, speed: Array, controls: dict[str, Array]) -> Array:
    """The carrier's value at which the first move removes the share 1 - exp(-lambda), by halving."""
    if carrier not in CARRIERS:
        raise unknown("carrier", carrier, CARRIERS)
    model: Model = base.model or PUBLISHED
    symbol = base.vocabulary()[carrier]
    wanted = -np.expm1(-speed)
    low = np.full(len(speed), max(float(symbol.domain.start), 1e-9))
    high = np.full(len(speed), min(float(symbol.domain.end), 1e6))

    compiled = compile_program(program("gain", model, [sym.gain]))
    known: dict[str, Any] = {name: np.float64(value) for name, value in base.items()} | controls
    mass = np.broadcast_to(controls["mu0"], speed.shape)

    def share(at: Array) -> Array:
        values = known | {carrier: at, sym.mu.name: mass}
        gain = compiled(values | {sym.delta.name: values[sym.delta0.name]})[sym.gain.name]
        return np.broadcast_to(gain, at.shape) / mass

    rises = share(high) > share(low)
    reached = (np.minimum(share(low), share(high)) <= wanted) & (wanted <= np.maximum(share(low), share(high)))
    if not reached.all():
        i = int(np.argmin(reached))
        raise InputError(f"no {carrier} in [{low[i]:g}, {high[i]:g}] makes the first move remove {wanted[i]:.3g} of "
                         f"the mass: choose another carrier of {', '.join(CARRIERS)}")  # fmt: skip
    for _ in range(HALVINGS):
        middle = np.where(high > 4 * low, np.sqrt(low * high), (low + high) / 2)
        above = (share(middle) > wanted) == rises
        low, high = np.where(above, low, middle), np.where(above, middle, high)
        if (high - low <= 1e-14 * high).all():
            break
    return (low + high) / 2
