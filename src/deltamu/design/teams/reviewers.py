"""Reviewers: what one more is worth, and when no more is to be had from them."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.teams.saturation import ACCURACY_GAIN, ACCURACY_LIMIT, IMPROVEMENT_LIMIT, SIZE, TEAM_SCALE, limited
from deltamu.design.teams.values import REMOVED, STATE, Team
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity import derivative
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.sweeps import Sweep, along, column, labelled, resolved

Models = Model | str | Sequence[Model | str] | None


@checked
def reviewer_value(
    settings: Settings | str | None = None, /, *, mu: Any, delta: Any, model: Models = None, **controls: Any
) -> xr.Dataset:
    """What reviewers are worth at a defect mass and a radius: the next one, the last ones, all of them.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    mu, delta : float, 1-D sequence or xarray.DataArray
        The state.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else `PUBLISHED`. A sequence becomes a dimension ``model``.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings, the number ``N`` of reviewers that there are among them.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``expected_improvement``; ``slope`` = ∂E/∂N, infinite at N = 0; ``added`` =
        E(N+1) - E(N); ``limit`` and ``remaining``, E with reviewers without end and what it has above E(N), infinite
        where reviewers propose candidates; ``team_scale``, the N at which the squared accuracy is half of its limit;
        ``gain_added``, what reviewer N + 1 adds to the gain of a move; and ``break_even_price``, the price of a review
        (as ``w_review``) below which he raises the defect mass removed per unit of cost.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.reviewer_value(mu=6, delta=0.2, K_r=0, N=[0, 1, 3])
    >>> ds.added.round(5).values.tolist(), float(ds.limit[0].round(5)), float(ds.team_scale[0].round(2))
    ([0.00429, 0.00121, 0.00048], 0.08186, 3.67)
    >>> ds.break_even_price.round(4).values.tolist()
    [0.059, 0.016, 0.0062]
    """
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}
    return along(lambda _, m: _valued(*resolved(start, None, m, state | controls, state=STATE), m), start, model=model)


def _valued(settings: Settings, sweep: Sweep, model: Model) -> xr.Dataset:
    extended = limited(model)
    E, z, sigma = sym.expected_improvement, sym.selection_intensity, sym.sigma_Delta
    team = Team(
        extended, sweep, E, z, sigma, IMPROVEMENT_LIMIT, TEAM_SCALE, ACCURACY_GAIN, sym.gain, sym.K_prime,
        REMOVED.symbol, sym.N, sym.score_accuracy, ACCURACY_LIMIT, sym.w_generate,
    )  # fmt: skip
    here = team()
    after = team(N=here["N"] + 1)
    added = here["sigma_Delta"] * (
        after["selection_intensity"] * here["accuracy_gain"]
        + (after["selection_intensity"] - here["selection_intensity"]) * here["score_accuracy"]
    )
    remaining = here["improvement_limit"] - here["expected_improvement"]
    slope = evaluate(derivative(E, sym.N, model=model), settings, model=model, **_given(sweep))
    values = {
        "expected_improvement": column(here["expected_improvement"], E),
        "slope": (slope["d_expected_improvement_d_N"].transpose(*sweep.dims).values,
                  "derivative of the expected improvement by N", "defects per reviewer"),
        "added": (added, "expected improvement that one more reviewer adds", "defects"),
        "limit": column(here["improvement_limit"], IMPROVEMENT_LIMIT),
        "remaining": (remaining, "expected improvement that all further reviewers would add", "defects"),
        "team_scale": column(here["team_scale"], TEAM_SCALE),
        "gain_added": (after["gain"] - here["gain"], "gain of a move that one more reviewer adds", "defects"),
        "break_even_price": (break_even_price(here, after),
                             "price of a review below which one more reviewer raises the efficiency",
                             "model calls"),
    }  # fmt: skip
    return labelled(sweep, settings, values)


def _given(sweep: Sweep) -> dict[str, Any]:
    """The points of a sweep as controls of another call."""
    arrays = {name: xr.DataArray(values.reshape(sweep.shape), dims=sweep.dims, coords=sweep.coords)
              for name, values in sweep.points.items()}  # fmt: skip
    return {**sweep.scalars, **arrays}


def break_even_price(here: dict[str, Array], after: dict[str, Array]) -> Array:
    """The price of a review at which one more reviewer leaves the mass removed per unit of cost as it is.

    Removed/cost rises iff R' K (w_g + w_r N) > R K' (w_g + w_r (N+1)): linear in w_r, whatever the model.  A move that
    does harm counts as one that removes nothing: a higher price would only spread the harm over more calls.
    """
    removed, removed_after = (np.maximum(team["removed"], 0.0) for team in (here, after))
    more, less = removed_after * here["K_prime"], removed * after["K_prime"]
    growth = (here["N"] + 1) * less - here["N"] * more
    with np.errstate(all="ignore"):
        price = here["w_generate"] * (more - less) / growth
    return np.where(more <= less, 0.0, np.where(growth <= 0, np.inf, price))


# --- saturation ------------------------------------------------------------------------------------------------------
@checked
def saturation_size(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    delta: Any,
    tolerance: float = 0.05,
    model: Models = None,
    **controls: Any,
) -> xr.Dataset:
    """The smallest team that has all that reviewers can add to E but for a share of it.

    Parameters
    ----------
    settings, mu, delta, model, **controls
        As for `reviewer_value`.
    tolerance : float
        The share of E(∞) - E(0) that may be left out, between 0 and 1.

    Returns
    -------
    xarray.Dataset
        ``reviewers``: the smallest whole N with abs(E(∞) - E(N)) <= tolerance · abs(E(∞) - E(0)), 0 where reviewers
        change nothing, ``inf`` where each of them proposes candidates too, since E then grows without bound;
        ``real_size``, the same for real N, nu (1-ε)²/(ε (2-ε)); and ``team_scale``, nu.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import design
    >>> design.saturation_size(mu=6, delta=0.2, K_r=0, gamma=[0, 0.2, 0.9]).reviewers.values.tolist()
    [512.0, 34.0, 2.0]
    """
    if not (is_number(tolerance) and 0 < tolerance < 1):
        raise InputError(f"tolerance = {shown(tolerance)} is not between 0 and 1")
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}

    def sized(model: Model) -> xr.Dataset:
        found, sweep = resolved(start, None, model, state | controls, state=STATE)
        team = Team(limited(model), sweep, SIZE, TEAM_SCALE, IMPROVEMENT_LIMIT, sym.mu_Delta)
        values = team(tolerance=tolerance)
        limit, real = values["improvement_limit"], values["size"]
        whole = np.maximum(np.ceil(real * (1 - 4 * np.finfo(float).eps)), 1)
        nothing, endless = limit == values["mu_Delta"], np.isinf(limit)
        real, whole = (np.where(nothing, 0.0, np.where(endless, inf, size)) for size in (real, whole))
        return labelled(sweep, found, {
            "reviewers": (whole, f"smallest team that leaves out at most {tolerance:g} of what reviewers add",
                          "reviewers"),
            "real_size": column(real, SIZE),
            "team_scale": column(values["team_scale"], TEAM_SCALE),
        })  # fmt: skip

    return along(lambda _, m: sized(m), start, model=model)
