"""Candidates against reviewers: how to split the model calls of a move between them."""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from sympy import Eq, Piecewise, factor, oo, solve

from deltamu.design.teams.reviewers import Models
from deltamu.design.teams.saturation import SHARE, TEAM_SCALE, saturating
from deltamu.design.teams.values import STATE, Team, one_whole
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.sweeps import Sweep, along, column, labelled, resolved

LIMITS = ("within reach", "below the price of one candidate")
CHOICES = ("candidate", "reviewer", "either", "neither")
AIMS = ("gain", "efficiency")
MOST_CANDIDATES, MOST_REVIEWERS = (int(symbol.slider[1]) for symbol in (sym.K, sym.N))
RISE = sym.quantity("rise", r"\varrho", domain=sym.REAL,
                    meaning="relative rise of the intensity with one more candidate, per call, times the calls that "
                            "one more reviewer takes")  # fmt: skip
SCALE_BELOW = sym.quantity("scale_below", r"\nu^*", domain=sym.NONNEGATIVE, unit="reviewers",
                           meaning="team scale below which a candidate is the better buy")  # fmt: skip


# --- a budget --------------------------------------------------------------------------------------------------------
@checked
def best_split(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    delta: Any,
    budget: float | Sequence[float],
    maximize: str = "gain",
    candidates: int = MOST_CANDIDATES,
    reviewers: int = MOST_REVIEWERS,
    model: Models = None,
    **controls: Any,
) -> xr.Dataset:
    """Split a budget of model calls for a move between candidates and reviewers.

    Parameters
    ----------
    settings, mu, delta, model, **controls
        As for `deltamu.design.reviewer_value`, without ``K`` and ``N``.
    budget : float or 1-D sequence
        The most that a move may cost, at the prices ``w_generate`` and ``w_review``; a sequence becomes the dimension
        ``budget``.
    maximize : {"gain", "efficiency"}
        What the move removes, or what it removes per call.
    candidates, reviewers : int
        The largest K and N that are looked at, by default those of the sliders.

    Returns
    -------
    xarray.Dataset
        ``candidates`` and ``reviewers`` (of equally good splits the cheapest, and of those the one with fewest
        reviewers), with their ``gain``, ``cost`` and ``efficiency``; and ``limit``: ``within reach``, or ``below the
        price of one candidate``, where there is no move and all of them are 0.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Notes
    -----
    All whole (K, N) are looked at.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.best_split(mu=6, delta=0.2, budget=[0.5, 4, 12, 40], K_r=0, model="gated")
    >>> ds.candidates.values.tolist(), ds.reviewers.values.tolist(), ds.limit[0].item()
    ([0.0, 2.0, 4.0, 10.0], [0.0, 1.0, 2.0, 3.0], 'below the price of one candidate')
    """
    for symbol in (sym.K, sym.N):
        if symbol.name in controls:
            raise InputError(f"{symbol} is what is chosen here: it cannot be given")
    if maximize not in AIMS:
        raise InputError(f"maximize = {maximize!r} is neither {' nor '.join(map(repr, AIMS))}")
    candidates, reviewers = one_whole("candidates", candidates, 1), one_whole("reviewers", reviewers)
    budgets = flat_numbers(budget)
    if not budgets.size or not (budgets > 0).all():
        raise InputError(f"budget = {shown(budget)} is neither a positive number of calls nor a sequence of these")
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}

    def split(model: Model) -> xr.Dataset:
        found, sweep = resolved(start, None, model, state | controls, state=STATE)
        best = _best(model, sweep, np.atleast_1d(budgets), maximize, candidates, reviewers)
        dims = {"budget": budgets.tolist()} if budgets.ndim else {}
        result = labelled(sweep, found, {
            "candidates": (best["K"], "best number of candidates", "candidates"),
            "reviewers": (best["N"], "best number of reviewers", "reviewers"),
            **{name: column(best[name], getattr(sym, name)) for name in ("gain", "cost", "efficiency")},
            "limit": (np.array(LIMITS)[(best["K"] == 0).astype(int)], "whether the budget pays for a move", ""),
        }, **dims)  # fmt: skip
        if dims:
            result["budget"].attrs = {"long_name": "most that a move may cost", "units": sym.cost.unit}
        return result

    return along(lambda _, m: split(m), start, model=model)


def _best(
    model: Model, sweep: Sweep, budgets: Array, maximize: str, candidates: int, reviewers: int
) -> dict[str, Array]:
    team = Team(model, sweep, sym.gain, sym.cost, sym.efficiency)
    shape = (budgets.size, sweep.size)
    best = {name: np.zeros(shape) for name in ("K", "N", "gain", "cost", "efficiency")}
    value = np.full(shape, -np.inf)
    for N, K in product(range(reviewers + 1), range(1, candidates + 1)):
        found = team(K=K, N=N)
        equal_but_cheaper = (found[maximize] == value) & (found["cost"] < best["cost"])
        better = (found["cost"] <= budgets[:, None]) & ((found[maximize] > value) | equal_but_cheaper)
        value = np.where(better, found[maximize], value)
        for name, new in (found | {"K": np.array(float(K)), "N": np.array(float(N))}).items():
            best[name] = np.where(better, new, best[name])
    return best


@checked
def team_front(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    delta: Any,
    candidates: int = MOST_CANDIDATES,
    reviewers: int = MOST_REVIEWERS,
    model: Models = None,
    **controls: Any,
) -> xr.Dataset:
    """What every team costs and gains, and which of them no other team beats in both.

    Parameters
    ----------
    settings, mu, delta, candidates, reviewers, model, **controls
        As for `best_split`.

    Returns
    -------
    xarray.Dataset
        Over ``K`` and ``N`` and the dimensions of the sweep: ``gain``, ``cost``, ``efficiency``, and ``on_front``: no
        other team costs as little and gains as much, one of them strictly.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.team_front(mu=6, delta=0.2, K_r=0)
    >>> front = ds.on_front.stack(team=["K", "N"])
    >>> [(int(K), int(N)) for K, N in front.team.values[front]][:4]
    [(1, 0), (3, 1), (4, 1), (5, 1)]
    """
    candidates, reviewers = one_whole("candidates", candidates, 1), one_whole("reviewers", reviewers)
    for symbol in (sym.K, sym.N):
        if symbol.name in controls:
            raise InputError(f"{symbol} is what is chosen here: it cannot be given")
    ds = evaluate([sym.gain, sym.cost, sym.efficiency], settings, model=model, mu=mu, delta=delta,
                  K=range(1, candidates + 1), N=range(reviewers + 1), **controls)  # fmt: skip
    gain, cost = (ds[name].stack(team=["K", "N"]).transpose(..., "team") for name in ("gain", "cost"))
    gains, costs = gain.values, np.broadcast_to(cost.values, gain.shape)
    beaten = np.zeros(gains.shape, dtype=bool)
    for other in range(gains.shape[-1]):
        g, c = gains[..., [other]], costs[..., [other]]
        beaten |= (c <= costs) & (g >= gains) & ((c < costs) | (g > gains))
    on_front = gain.copy(data=~beaten).unstack("team").transpose(*ds.gain.dims)
    on_front.attrs = {"long_name": "whether no other team costs as little and gains as much"}
    return ds.assign(on_front=on_front)


# --- the next call ---------------------------------------------------------------------------------------------------
@cache
def scale_below() -> Formula:
    """The team scale at which one more reviewer raises the accuracy by the share `RISE`.

    Examples
    --------
    >>> print(scale_below().expr.args[-1].expr)
    -N*rise*(N + 1)*(rise + 2)/(N*rise**2 + 2*N*rise - 1)
    """
    more = SHARE.subs(sym.N, sym.N + 1)
    scale = factor(solve(Eq(more, (1 + RISE) ** 2 * SHARE), TEAM_SCALE)[0])
    beyond = (1 + RISE) ** 2 >= 1 + 1 / sym.N  # more than any reviewer adds to the accuracy, however small it is
    return Formula(SCALE_BELOW, Piecewise((0, Eq(sym.N, 0)), (oo, beyond), (scale, True)), title=SCALE_BELOW.meaning,
                   source="score accuracy")  # fmt: skip


@checked
def next_call(
    settings: Settings | str | None = None, /, *, mu: Any, delta: Any, model: Models = None, **controls: Any
) -> xr.Dataset:
    """Whether one more candidate or one more reviewer is the better use of the next calls.

    Parameters
    ----------
    settings, mu, delta, model : optional
        As for `deltamu.design.reviewer_value`.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings, the team ``K``, ``N`` that there is among them.

    Returns
    -------
    xarray.Dataset
        ``candidate`` and ``reviewer``: what one more of them adds to E per unit of cost (inf or -inf if it adds or
        takes away at no cost); ``better``: the one that adds more, ``either`` if they add the same, ``neither`` if
        none adds anything; ``team_scale``, nu, and ``scale_below``: for K_r = 0 a candidate is better iff
        nu < scale_below (0 where a candidate adds nothing, inf where a reviewer alone adds nothing).

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Notes
    -----
    With z' the intensity after one more candidate and e = (z'/z - 1) w_r K/(w_g + w_r N) a candidate is better iff
    sqrt((N+1)(N+nu)/(N(N+1+nu))) < 1 + e; the left side rises with nu to sqrt(1 + 1/N). Without reviewers a candidate
    adds nothing, and without a choice a reviewer adds nothing: for K = 1, N = 0, K_r = 0 only both together do.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.next_call(mu=6, delta=0.2, K_r=0, K=[1, 2, 5], N=[0, 1], model="gated")
    >>> ds.better.values.tolist()
    [['neither', 'candidate'], ['reviewer', 'candidate'], ['reviewer', 'reviewer']]
    """
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}

    def told(model: Model) -> xr.Dataset:
        found, sweep = resolved(start, None, model, state | controls, state=STATE)
        unit = f"{sym.expected_improvement.unit} per {sym.cost.unit.removesuffix('s')}"
        values = _next(model, sweep)
        return labelled(sweep, found, {
            "candidate": (values["candidate"], "expected improvement that one more candidate adds per call", unit),
            "reviewer": (values["reviewer"], "expected improvement that one more reviewer adds per call", unit),
            "better": (values["better"], "the better use of the next calls", ""),
            "team_scale": column(values["team_scale"], TEAM_SCALE),
            "scale_below": column(values["scale_below"], SCALE_BELOW),
        })  # fmt: skip

    return along(lambda _, m: told(m), start, model=model)


def _next(model: Model, sweep: Sweep) -> dict[str, Any]:
    E, z = sym.expected_improvement, sym.selection_intensity
    team = Team(saturating(model), sweep, E, z, sym.cost, sym.K, sym.N, TEAM_SCALE, sym.mu_Delta)
    here = team()
    wider, larger = team(K=here["K"] + 1), team(N=here["N"] + 1)
    with np.errstate(all="ignore"):
        added = {}
        for name, after in (("candidate", wider), ("reviewer", larger)):
            rise = after[E.name] - here[E.name]
            added[name] = np.where(rise == 0, 0.0, rise / (after["cost"] - here["cost"]))
        price = (larger["cost"] - here["cost"]) / (wider["cost"] - here["cost"])
        rise = np.where(wider[z.name] == here[z.name], 0.0, (wider[z.name] / here[z.name] - 1) * price)
    bound = Team(model.replace(scale_below(), name=model.name), sweep, SCALE_BELOW)
    below = bound(rise=np.where(here[z.name] > 0, rise, 0.0))[SCALE_BELOW.name]
    useless = np.where((wider[z.name] > here[z.name]) & (here["N"] > 0), np.inf, 0.0)  # a reviewer, that is
    candidate, reviewer = added["candidate"], added["reviewer"]
    better = np.select(
        [np.maximum(candidate, reviewer) <= 0, candidate == reviewer, candidate > reviewer], [3, 2, 0], 1
    )
    return added | {
        "better": np.array(CHOICES)[better],
        "team_scale": here[TEAM_SCALE.name],
        "scale_below": np.where(here[z.name] > 0, below, useless),
    }
