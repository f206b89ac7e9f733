"""The trust region as a map of the radius at a given defect mass: where it expands, holds and contracts, and rests.

The acceptance band divides the plane of (mu, ln delta) into regions.  Their boundaries are the solutions of
``acceptance = A_hi`` and ``acceptance = A_lo``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from sympy import log

from deltamu.equilibria.roots import Array, sign_changes
from deltamu.equilibria.sections import Section
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.sweeps import Sweep, along, described, resolved

__all__ = [
    "BALANCED_ACCEPTANCE", "RADIUS_DRIFT", "REGIONS", "boundaries", "crossings", "expansion_moves", "regions",
]  # fmt: skip

REGIONS = ("expand", "hold", "contract")
NODES = 33  # radii between delta_min and delta_max between two of which the acceptance crosses a level at most once

_drift = sym.quantity("radius_drift", r"\mathrm{E}\,\Delta\ln\delta", domain=sym.REAL,
                      meaning="expected change of ln delta in a move, with feedback of single outcomes")  # fmt: skip
_balance = sym.quantity("balanced_acceptance", r"A^{*}", domain=sym.UNIT,
                        meaning="acceptance at which ln delta does not drift, with 0/1 feedback")  # fmt: skip

RADIUS_DRIFT = Formula(
    _drift, sym.acceptance * log(sym.alpha) + (1 - sym.acceptance) * log(sym.beta),
    title="drift of the radius: expansion after an accepted move, contraction after a rejected one, no hold",
    source="0/1 feedback of single moves",
)  # fmt: skip
BALANCED_ACCEPTANCE = Formula(
    _balance, -log(sym.beta) / (log(sym.alpha) - log(sym.beta)),
    title="acceptance at which expansions and contractions balance",
    source="zero of the drift; the 1/5 rule of evolution strategies for beta = alpha^(-1/4)",
)  # fmt: skip


# --- regions ----------------------------------------------------------------------------------------------------------


@checked
def regions(
    settings: Settings | str | None = None, /, *, mu: Any, delta: Any, model: Model | str | None = None, **controls: Any
) -> xr.Dataset:
    """What the trust region does with its radius over the plane of (mu, delta).

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.evaluate`.
    mu, delta : float, 1-D sequence or xarray.DataArray

    Returns
    -------
    xarray.Dataset
        ``acceptance`` and ``region`` (``expand``, ``hold`` or ``contract``) over the dimensions of the sweep.

    Examples
    --------
    >>> from deltamu.equilibria import regions
    >>> regions(mu=[0.1, 1, 10], delta=0.5, model="gated", overreach=2).region.values.tolist()
    ['contract', 'expand', 'expand']
    """
    start = find_settings(settings)
    given = {name: controls.get(name, start[name]) for name in ("A_lo", "A_hi")}
    quantities = ["acceptance", sym.acceptance - sym.A_hi, sym.acceptance - sym.A_lo]
    found = evaluate(quantities, start, model=model, mu=mu, delta=delta, **controls)
    region = xr.where(found.expression_1 > 0, REGIONS[0], xr.where(found.expression_2 < 0, REGIONS[2], REGIONS[1]))
    dataset = found[["acceptance"]].assign(region=region.assign_attrs(long_name="what the radius does"))
    return dataset.assign_attrs({f"{name}": float(value) for name, value in given.items() if np.ndim(value) == 0})


@checked
def boundaries(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The radii between delta_min and delta_max at which the acceptance crosses the ends of its band, mass by mass.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.evaluate`.
    mu : float, 1-D sequence or xarray.DataArray

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep and ``crossing``, from the least radius to the greatest: ``radius_hi`` where
        the acceptance crosses A_hi, ``radius_lo`` where it crosses A_lo (``inf`` beyond the last crossing), and
        ``slope_hi``, ``slope_lo``: -1 where it falls with the radius, 1 where it rises, 0 beyond the last.

    Examples
    --------
    >>> from deltamu.equilibria import boundaries
    >>> ds = boundaries(mu=2, model="gated", overreach=4, delta_max=2)
    >>> ds.radius_hi.round(4).values.tolist(), ds.radius_lo.round(4).values.tolist()
    ([0.5763], [0.8574])
    """
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"mu": mu}, state=(sym.mu,))
        found = {name: crossings(one, sweep, level) for name, level in (("hi", sym.A_hi), ("lo", sym.A_lo))}
        count = max(1, *(places.shape[1] for places, _ in found.values()))
        data: dict[str, Any] = {}
        for name, (places, slope) in found.items():
            wide = ((0, 0), (0, count - places.shape[1]))
            for kind, values, padding, meaning in (
                ("radius", places, np.inf, f"radius at which the acceptance crosses A_{name}"),
                ("slope", slope, 0.0, f"sign of the acceptance's slope where it crosses A_{name}"),
            ):
                filled = np.pad(values, wide, constant_values=padding)
                shaped = filled.reshape(*sweep.shape, count)
                data[f"{kind}_{name}"] = ((*sweep.dims, "crossing"), shaped, {"long_name": meaning})
        return described(xr.Dataset(data, coords=sweep.coords), at)

    return along(run, start, model=model)


def crossings(model: Model, sweep: Sweep, level: sym.Quantity) -> tuple[Array, Array]:
    """Radii at which the acceptance crosses a level, padded with inf, and whether it rises (1) or falls (-1) there."""
    values = sweep.block(0, sweep.size)
    excess = Formula(sym.quantity("excess", "e", meaning="acceptance above a level", domain=sym.REAL),
                     sym.acceptance - level)  # fmt: skip
    section = Section(model.replace(excess, name=model.name), (excess.symbol,), (sym.delta,), values)
    low, high = (
        np.broadcast_to(np.log(np.asarray(values[s.name], dtype=float)), sweep.size)
        for s in (sym.delta_min, sym.delta_max)
    )
    nodes = np.linspace(low, high, NODES)

    def curve(y: Array, index: Any) -> Array:
        return np.broadcast_to(section(index, delta=np.exp(y))[excess.name], y.shape)

    places, slope = sign_changes(curve, nodes, sweep.size)
    return np.where(np.isnan(places), np.inf, np.exp(places)), slope


# --- the published trust region ---------------------------------------------------------------------------------------


@checked
def expansion_moves(settings: Settings | str | None = None, /, **controls: Any) -> xr.DataArray:
    """Moves in which the published trust region reaches delta_max: ``ceil(ln(delta_max/delta0) / ln(alpha))``.

    The published acceptance is never below 1/2. For A_hi < 1/2 the radius therefore expands in every move, whatever
    the run does, and never contracts: a schedule, not a feedback.

    Parameters
    ----------
    settings, **controls
        As for `deltamu.evaluate`; the model is the published one.

    Returns
    -------
    xarray.DataArray
        0 where delta0 >= delta_max (the first move clips it), ``inf`` where alpha = 1.

    Raises
    ------
    InputError
        A_hi is not below 1/2: then the radius may hold.

    Examples
    --------
    >>> from deltamu.equilibria import expansion_moves
    >>> expansion_moves(alpha=[1.1, 1.3, 2.0]).values.tolist()
    [17.0, 7.0, 3.0]
    """
    at, sweep = resolved(find_settings(settings), None, PUBLISHED, controls)
    values = sweep.block(0, sweep.size)
    if not (np.asarray(values[sym.A_hi.name]) < 0.5).all():
        raise InputError(f"A_hi = {float(np.max(values['A_hi']))!r} is not below 1/2: the published radius may hold")
    with np.errstate(all="ignore"):
        gap = np.log(values["delta_max"] / values["delta0"])
        count = np.ceil(gap / np.log(values["alpha"]))
        for nearby in (count - 1, count):  # the quotient of two logarithms rounds; the power decides
            reaches = values["delta0"] * np.power(values["alpha"], nearby) >= values["delta_max"]
            count = np.where(reaches & (nearby < count), nearby, count)
    moves = np.broadcast_to(np.where(gap <= 0, 0.0, count), sweep.size).reshape(sweep.shape)
    facts = {"long_name": "moves until the radius is at delta_max", "units": "moves"}
    dataset = described(xr.Dataset({"expansion_moves": (sweep.dims, moves, facts)}, coords=sweep.coords), at)
    return dataset["expansion_moves"].assign_attrs(dataset.attrs)
