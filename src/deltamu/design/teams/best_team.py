"""The best number of reviewers: by the defect mass removed per unit of cost, or by the gain less their price."""

from math import inf
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.teams.reviewers import Models
from deltamu.design.teams.saturation import ACCURACY_GAIN, IMPROVEMENT_LIMIT, limited
from deltamu.design.teams.values import STATE, Team, one_whole
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.sweeps import Sweep, along, column, labelled, resolved

MOST_DOUBLINGS = 60
MOST_REVIEWERS = sym.N.slider[1]


@checked
def best_reviewers(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    delta: Any,
    price: float | None = None,
    most: float = MOST_REVIEWERS,
    model: Models = None,
    **controls: Any,
) -> xr.Dataset:
    """The number of reviewers that is best at a defect mass and a radius.

    Parameters
    ----------
    settings, mu, delta, model, **controls
        As for `reviewer_value`, without ``N``.
    price : float, optional
        Maximise the gain of a move less `price` defects for each reviewer. By default the model's ``efficiency`` is
        maximised, the defect mass removed per unit of cost, with the prices ``w_generate`` and ``w_review``.
    most : float
        The largest team that is looked at, by default that of the slider; ``inf`` where the value is known to rise and
        then fall (published gain, K_r = 0; see Notes).

    Returns
    -------
    xarray.Dataset
        ``reviewers`` (the smallest of equally good teams; ``inf`` if each further reviewer helps, at no cost), and with
        them ``gain``, ``cost``, ``efficiency`` and ``value``, what was maximised; ``value_without``, the value without
        reviewers.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, or ``most = inf`` where the value may have several peaks.

    Notes
    -----
    Up to a finite `most` every team is looked at. For K_r = 0 the published E is concave in N where z >= 0, so that
    the value rises up to the optimum and falls after it: a bisection on the exact difference finds it at any size.

    Examples
    --------
    >>> from math import inf
    >>> from deltamu import design
    >>> ds = design.best_reviewers(mu=6, delta=0.2, K_r=0, w_review=[0, 0.001, 0.01, 0.03, 0.06, 1], most=inf)
    >>> ds.reviewers.values.tolist()
    [inf, 12.0, 2.0, 1.0, 0.0, 0.0]
    """
    if sym.N.name in controls:
        raise InputError("N is what is chosen here: it cannot be given")
    if price is not None and not (is_number(price) and 0 < price < inf):
        raise InputError(f"price = {shown(price)} is not a positive number of defects")
    if not (is_number(most) and most == inf):
        most = one_whole("most", most)
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}

    def best(model: Model) -> xr.Dataset:
        found, sweep = resolved(start, None, model, state | controls, state=STATE)
        value = _Value(model, sweep, price)
        size = _among_all(value, int(most)) if most != inf else _at_any_size(value, model, sweep)
        return _told(value, size, found, sweep, price)

    return along(lambda _, m: best(m), start, model=model)


class _Value:
    """What is maximised, for any number of reviewers."""

    def __init__(self, model: Model, sweep: Sweep, price: float | None):
        self.price = price
        self.team = Team(model, sweep, sym.gain, sym.cost, sym.efficiency)

    def __call__(self, N: Any) -> Array:
        found = self.team(N=N)
        return found["efficiency"] if self.price is None else found["gain"] - self.price * N


def _among_all(value: _Value, most: int) -> Array:
    best = value(0)
    size = np.zeros_like(best)
    for N in range(1, most + 1):
        found = value(N)
        better = found > best
        best, size = np.where(better, found, best), np.where(better, N, size)
    return size


def _at_any_size(value: _Value, model: Model, sweep: Sweep) -> Array:
    """The optimum by bisection on whether one more reviewer pays, which is true up to the optimum and false after."""
    proposals = np.asarray(sweep.block(0, sweep.size)[sym.K_r.name])
    if (proposals != 0).any() or any(model[s].expr != PUBLISHED[s].expr for s in (sym.gain, sym.cost)):
        raise InputError("most = inf is for the published gain and K_r = 0: elsewhere the value may have several peaks")
    E, z, sigma = sym.expected_improvement, sym.selection_intensity, sym.sigma_Delta
    team = Team(limited(model), sweep, E, z, sigma, ACCURACY_GAIN, IMPROVEMENT_LIMIT, sym.w_generate, sym.w_review,
                sym.mu)  # fmt: skip

    def pays(N: Any) -> Any:
        at = team(N=N)
        here, mass = at[E.name], at[sym.mu.name]
        added = at[z.name] * at[sigma.name] * at[ACCURACY_GAIN.name]
        if value.price is not None:
            return added > value.price
        more = np.minimum(added, mass - here)  # no move removes more than there is
        worth = more * (at[sym.w_generate.name] + at[sym.w_review.name] * N) > at[sym.w_review.name] * here
        hopeful = (at[IMPROVEMENT_LIMIT.name] > 0) & (added > 0)
        return np.where(here <= 0, hopeful, worth & (more > 0))

    low, high = np.full(team.size, -1.0), np.zeros(team.size)  # pays at low, or low = -1
    for doubling in range(MOST_DOUBLINGS + 1):
        up = pays(high)
        low, high = np.where(up, high, low), np.where(up, 2.0**doubling, high)
    endless = pays(high)
    while (open_ := (high - low > 1) & ~endless).any():
        middle = np.floor((low + high) / 2)
        up = pays(middle)
        low, high = np.where(open_ & up, middle, low), np.where(open_ & ~up, middle, high)
    finite = np.where(endless, 0.0, high)
    return np.where(endless, inf, np.where(value(finite) > value(0), finite, 0.0))


def _told(value: _Value, size: Array, settings: Settings, sweep: Sweep, price: float | None) -> xr.Dataset:
    huge = np.where(np.isinf(size), 2.0**MOST_DOUBLINGS, size)  # no double is nearer to the limit
    at = value.team(N=huge)
    return labelled(sweep, settings, {
        "reviewers": (size, "best number of reviewers", "reviewers"),
        "gain": column(at["gain"], sym.gain),
        "cost": column(at["cost"], sym.cost),
        "efficiency": column(at["efficiency"], sym.efficiency),
        "value": (value(huge), "what was maximised: " + (sym.efficiency.meaning if price is None
                  else f"gain less {price:g} for each reviewer"), sym.efficiency.unit if price is None else "defects"),
        "value_without": (value(0), "the same without reviewers",
                          sym.efficiency.unit if price is None else "defects"),
    })  # fmt: skip
