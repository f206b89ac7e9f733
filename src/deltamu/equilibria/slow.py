"""The slow manifold of the trust region: where the radius stays while the defect mass falls to its floor."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from sympy import Symbol

from deltamu.equilibria.rest import last_fall
from deltamu.equilibria.sections import Section
from deltamu.equilibria.trust_region import crossings
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.calculus.derivatives import derivative
from deltamu.model.formula import Model
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.sweeps import along, labelled, resolved

FACTS = {
    "radius_high": ("greatest radius with an acceptance of A_lo or more", "1"),
    "radius_low": ("radius after a contraction from there", "1"),
    "gain_high": ("expected gain at the greatest radius", "defects"),
    "gain_low": ("expected gain after a contraction", "defects"),
    "contractions": ("contractions in a move that keep up with the falling mass", "1"),
}


@checked
def slow_manifold(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    r"""The radii between which a trust region stays while its mass falls slowly.

    The radius answers within a few moves, the mass moves by a small gain each time. Where the acceptance falls with the
    radius and rises with the mass, a falling mass lowers it until it is below A_lo; the radius then contracts, back
    into the band. So it stays between beta times radius_high(mu), where the acceptance is A_lo, and that radius a move
    before (derivation D14 says when), and the mass falls by the gain at these radii until that is 0: see
    `rest_points`. Along the curve d ln radius_high/d mu = -A_mu/(delta A_delta), so that a move calls for

    .. math:: \frac{\mathrm{gain}}{-\ln\beta}\,\frac{-A_\mu}{\delta A_\delta}

    contractions: the mass is slow where this is below 1.

    Parameters
    ----------
    settings, model, **controls
        As for `deltamu.evaluate`.
    mu : float, 1-D sequence or xarray.DataArray

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``radius_high``, ``radius_low`` between delta_min and delta_max;
        ``gain_high``, ``gain_low`` there; ``contractions`` in a move, at the mean of both gains, 0 where the radius is
        at a bound.

    Examples
    --------
    >>> from deltamu.equilibria import slow_manifold
    >>> ds = slow_manifold(mu=[0.5, 2.0, 20.0], model="gated", overreach=4, delta_max=2)
    >>> ds.radius_high.round(3).values.tolist(), ds.contractions.round(3).values.tolist()
    ([0.143, 0.857, 2.0], [0.011, 0.017, 0.0])
    """
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"mu": mu}, state=(sym.mu,))
        values = sweep.block(0, sweep.size)
        beta, least, most, low_end = (
            np.broadcast_to(np.asarray(values[s.name], dtype=float), sweep.size)
            for s in (sym.beta, sym.delta_min, sym.delta_max, sym.A_lo)
        )
        extended, rates = _with_slopes(one)
        section = Section(extended, (sym.acceptance, sym.gain, *rates), (sym.delta,), values)

        def found(radius: np.ndarray) -> list[np.ndarray]:
            return [np.broadcast_to(value, sweep.size) for value in section(delta=radius).values()]

        fall = last_fall(*crossings(one, sweep, sym.A_lo))
        high = np.where(found(most)[0] >= low_end, most, np.where(np.isinf(fall), least, fall))
        low = np.maximum(beta * high, least)
        _, gain_high, by_mu, by_delta = found(high)
        gain_low = found(low)[1]
        inside = (high > least) & (high < most) & (by_delta < 0) & (beta < 1)
        with np.errstate(all="ignore"):
            steps = -by_mu / (high * by_delta) * (gain_high + gain_low) / 2 / -np.log(beta)
        numbers = (high, low, gain_high, gain_low, np.where(inside, steps, 0.0))
        data = {name: (value, *said) for (name, said), value in zip(FACTS.items(), numbers, strict=True)}
        return labelled(sweep, at, data)

    return along(run, start, model=model)


@cache
def _with_slopes(model: Model) -> tuple[Model, tuple[Symbol, ...]]:
    """The model with the slopes of its acceptance in the mass and in the radius."""
    slopes = [derivative(sym.acceptance, by, model=model) for by in (sym.mu, sym.delta)]
    needed = [formula for slope in slopes for formula in (*slope.needs, slope)]
    return model.replace(*needed, name=model.name), tuple(slope.symbol for slope in slopes)
