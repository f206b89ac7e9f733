"""The fluid limit of small moves, in closed form where selection plays no part: a Michaelis-Menten decay."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.compile import compile_program
from deltamu.equilibria.floors import CONSTANT, LINEAR, SELECTED, SPREAD, closed_form
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.policies import VIBE
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import Sweep, along, described, resolved

NEEDED = "N = 0 or K_eff <= 1"


@checked
def fluid(
    settings: Settings | str | None = None,
    /,
    *,
    delta: Any,
    moves: int = 150,
    model: Model | str | None = None,
    **controls: Any,
) -> xr.Dataset:
    r"""The expected defect mass as if moves were infinitely small, against the moves themselves.

    Explanation
    -----------
    Where selection plays no part, a move at a fixed radius removes p m - q with m = mu/(mu + b).  With time counted in
    moves, dmu/dt = -(p m - q) has, for p > q, the rest point mu* = bq/(p - q) and the solution

    .. math:: \mu(t) = \mu^* + (b + \mu^*)\, W\!\left(\frac{\mu_0 - \mu^*}{b + \mu^*}
              \exp\frac{\mu_0 - \mu^* - (p - q)t}{b + \mu^*}\right),

    with Lambert's W, computed by Wright's omega so that nothing overflows: ``W(exp(y)) = omega(y)``.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.simulate`, for a single model.
    delta : float, 1-D sequence or xarray.DataArray
        The edit radius, held fixed.
    moves : int
        Number of moves.

    Returns
    -------
    xarray.Dataset
        ``mu_fluid`` and ``mu`` after 0..moves moves (dimension ``move``), ``error`` = mu_fluid - mu, and the rest point
        ``mu_rest`` (``inf`` for p <= q). Where the mass starts at or below it, it stays.

    Raises
    ------
    InputError
        Selection plays a part (neither N = 0 nor K_eff <= 1), or the model's gain has another form.

    References
    ----------
    Schnell, S. and Mendoza, C. (1997), Closed form solution for time-dependent enzyme kinetics. Journal of
    Theoretical Biology 187, 207-212.

    Examples
    --------
    >>> from deltamu.equilibria import fluid
    >>> ds = fluid(delta=[0.05, 0.2], N=0, K=1, moves=400)
    >>> abs(ds.error).max("move").round(4).values.tolist()
    [0.0038, 0.0179]
    """
    check_count("moves", moves)
    if sym.delta0.name in controls:
        raise InputError(f"the radius is held at delta: {sym.delta0} cannot be given")
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep, p, q, b, mu0 = _parts(start, one, delta, controls)
        times = np.arange(moves + 1, dtype=float)
        path = _path(times, *(value[:, None] for value in (p, q, b, mu0)))
        held = controls | {"delta0": delta, "decay": 1.0}
        exact = simulate(start, policy=VIBE, model=one, moves=moves, keep=["mu_next"], **held)
        exact = exact.rename(delta0="delta") if "delta0" in exact.dims else exact
        after = exact["mu_next"].transpose(*sweep.dims, "move").values
        before = np.broadcast_to(mu0.reshape(*sweep.shape, 1), (*sweep.shape, 1))
        made = np.concatenate([before, after], axis=-1)
        path = path.reshape(*sweep.shape, moves + 1)
        dims = (*sweep.dims, "move")
        data = {
            "mu_fluid": (dims, path, {"long_name": "defect mass in the fluid limit", "units": "defects"}),
            "mu": (dims, made, {"long_name": "defect mass", "units": "defects"}),
            "error": (dims, path - made, {"long_name": "error of the fluid limit", "units": "defects"}),
            "mu_rest": (
                sweep.dims,
                _rest(p, q, b).reshape(sweep.shape),
                {"long_name": "rest point", "units": "defects"},
            ),
        }
        coords = {**sweep.coords, "move": np.arange(moves + 1)}
        return described(xr.Dataset(data, coords=coords), at)

    return along(run, start, model=model)


@checked
def fluid_moves(
    settings: Settings | str | None = None,
    /,
    *,
    delta: Any,
    epsilon: float | Iterable[float],
    model: Model | str | None = None,
    **controls: Any,
) -> xr.DataArray:
    """Moves until the fluid limit is within `epsilon` of its rest point, in closed form.

    With y = mu - mu* the fluid limit takes ``(mu0 - mu* - epsilon + (b + mu*) ln((mu0 - mu*)/epsilon)) / (p - q)``
    moves from y = mu0 - mu* to y = epsilon.

    Parameters
    ----------
    settings, delta, model, **controls
        As for `fluid`.
    epsilon : float or sequence of float
        Distances from rest, in defects; a sequence becomes the dimension ``epsilon``.

    Returns
    -------
    xarray.DataArray
        0 where the start is as near; ``inf`` where the mass never falls.

    Examples
    --------
    >>> from deltamu.equilibria import fluid_moves
    >>> fluid_moves(delta=0.2, epsilon=[1.0, 0.1, 0.01], N=0, K=1).round(1).values.tolist()
    [158.0, 243.6, 323.3]
    """
    distances = flat_numbers(epsilon)
    if not distances.size or not ((distances > 0) & np.isfinite(distances)).all():
        raise InputError(f"epsilon = {shown(epsilon)} is not a number > 0 or a flat sequence of such")
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep, p, q, b, mu0 = _parts(start, one, delta, controls)
        dims, shape, coords = sweep.dims, sweep.shape, dict(sweep.coords)
        if distances.ndim:
            p, q, b, mu0 = (value[:, None] for value in (p, q, b, mu0))
            dims, shape, coords = (*dims, "epsilon"), (*shape, distances.size), {**coords, "epsilon": distances}
        with np.errstate(all="ignore"):
            rest = _rest(p, q, b)
            away = mu0 - rest
            time = (away - distances + (b + rest) * np.log(away / distances)) / (p - q)
        time = np.where(p > q, np.where(away > distances, time, 0.0), np.inf)
        facts = {"long_name": "moves to within epsilon of rest, in the fluid limit", "units": "moves"}
        return described(xr.Dataset({"fluid_moves": (dims, time.reshape(shape), facts)}, coords=coords), at)

    dataset = along(run, start, model=model)
    return dataset["fluid_moves"].assign_attrs(dataset.attrs)


def _parts(
    start: Settings, model: Model, delta: Any, controls: dict[str, Any]
) -> tuple[Settings, Sweep, Array, Array, Array, Array]:
    """p, q, b and mu0 at the points of a sweep, for a gain p m - q."""
    form = closed_form(model)
    if form is None:
        raise InputError(
            f"model {model.name} has no fluid limit in closed form: allowed is a gain linear in mu/(mu + b)"
        )
    at, sweep = resolved(start, None, model, controls | {"delta": delta}, state=(sym.delta,))
    values = sweep.block(0, sweep.size)
    found = compile_program(form.parts)(values)
    linear, constant, selected, spread = (
        np.broadcast_to(np.asarray(found[s.name], dtype=float), sweep.size)
        for s in (LINEAR, CONSTANT, SELECTED, SPREAD)
    )
    if ((selected != 0) & (spread != 0)).any():
        raise InputError(f"the fluid limit in closed form needs moves without selection: {NEEDED}")
    b, mu0 = (np.broadcast_to(np.asarray(values[s.name], dtype=float), sweep.size) for s in (sym.b, sym.mu0))
    return at, sweep, linear, -constant, b, mu0


def _rest(p: Array, q: Array, b: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.where(p > q, b * q / (p - q), np.inf)


def _path(t: Array, p: Array, q: Array, b: Array, mu0: Array) -> Array:
    """The mass at times t; it stays where it does not fall."""
    from scipy.special import wrightomega

    with np.errstate(all="ignore"):
        rest = _rest(p, q, b)
        width = b + rest
        away = mu0 - rest
        falls = (p > q) & (away > 0)
        inside = np.where(falls, np.log(away / width) + (away - (p - q) * t) / width, 0.0)
        return np.where(falls, rest + width * wrightomega(inside), mu0 + 0 * t)
