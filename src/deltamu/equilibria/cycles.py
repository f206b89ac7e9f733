"""Where a trust region ends: at rest, or in a cycle of its radius."""

from collections.abc import Sequence
from fractions import Fraction
from math import log
from typing import Any

import numpy as np
import xarray as xr

from deltamu.equilibria.rest import frozen
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import TRUST_REGION, Policy, one_move
from deltamu.model.settings import Settings, find_settings, scalar
from deltamu.simulation.run import Run, whole_moves
from deltamu.simulation.sweeps import along, labelled, resolved

LONGEST = 64  # moves of the longest period that is recognised
SAME = 1e-9  # difference in ln delta below which two radii are one
RATIONAL = 1e-12  # how near ln(alpha)/-ln(beta) has to be to a fraction

FACTS = {
    "delta_low": ("least radius of the end", "1"),
    "delta_high": ("greatest radius of the end", "1"),
    "mu_low": ("least defect mass of the end", "defects"),
    "mu_high": ("greatest defect mass of the end", "defects"),
    "acceptance": ("mean acceptance of the end", "1"),
    "period": ("moves after which the radius comes back; 0 where it does not", "moves"),
}


def cycle_condition(alpha: float, beta: float) -> dict[str, float]:
    """When the radius of a trust region can cycle for ever at a given defect mass.

    Explanation
    -----------
    In ln delta an expansion is a step of ln(alpha) up, a contraction one of -ln(beta) down.  Modulo their sum both are
    the same rotation of a circle.  Where the acceptance falls with the radius, an orbit visits each point of the circle
    in one place only, so that it never rests exactly if the rotation keeps out of the band: for ever only if the
    quotient of the steps is a fraction p/q, when the orbit has p + q points at equal distances, and if the band is
    narrower than that distance.

    This holds away from delta_min and delta_max.  A step that is clipped there forgets where it came from: a band that
    is narrow and within a step of a bound can cycle through the bound whatever the factors are (`long_run` sees it).

    Parameters
    ----------
    alpha, beta : float
        Factors of expansion and contraction.

    Returns
    -------
    dict
        ``p`` and ``q`` in lowest terms (0 where the quotient is no fraction with p + q <= 64); ``period`` = p + q
        moves, q expansions and p contractions among them; ``widest``: below this width of the band in ln delta cycles
        exist, from some starts (0 where there are none); ``swing``, the distance in ln delta of the greatest radius of
        such a cycle from the least.

    Raises
    ------
    InputError
        alpha or beta is outside its domain, or no step at all (alpha = 1 or beta = 1).

    Examples
    --------
    >>> cycle_condition(2, 0.5)
    {'p': 1, 'q': 1, 'period': 2, 'widest': 0.6931471805599453, 'swing': 0.6931471805599453}
    >>> cycle_condition(1.3, 0.7)["period"]
    0
    """
    alpha, beta = scalar("alpha", alpha, sym.alpha), scalar("beta", beta, sym.beta)
    up, down = log(alpha), -log(beta)
    if up == 0 or down == 0:
        raise InputError(f"alpha = {alpha!r}, beta = {beta!r} move the radius in one direction only: nothing can cycle")
    ratio = up / down
    fraction = next(
        (f for f in (Fraction(ratio).limit_denominator(n) for n in range(1, LONGEST)) if f > 0
         and abs(f - Fraction(ratio)) <= RATIONAL * ratio), None,
    )  # fmt: skip
    if fraction is None or fraction.numerator + fraction.denominator > LONGEST:
        return {"p": 0, "q": 0, "period": 0, "widest": 0.0, "swing": 0.0}
    p, q = fraction.numerator, fraction.denominator
    widest = (up + down) / (p + q)
    return {"p": p, "q": q, "period": p + q, "widest": widest, "swing": up + down - widest}


@checked
def long_run(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any = None,
    policy: Policy | str | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 2000,
    **controls: Any,
) -> xr.Dataset:
    """Where runs end, found by iterating the exact map: at rest, in a cycle of the radius, or still under way.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.simulate`; the policy is the trust region by default.
    mu : float, 1-D sequence or xarray.DataArray, optional
        Hold the defect mass at this value, so that only the radius moves.
    moves : int
        Moves before the end is looked at, over another 128 moves.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``delta_low``, ``delta_high``, ``mu_low``, ``mu_high`` of those 128 moves,
        the mean ``acceptance``, and ``period``: 1 where the radius is at rest, the moves after which it comes back, up
        to 64, or 0 where it does not.

    Examples
    --------
    >>> from deltamu.equilibria import long_run
    >>> narrow = {"model": "gated", "overreach": 4, "delta_max": 2, "A_lo": 0.39, "A_hi": 0.40, "mu": 2}
    >>> long_run(alpha=2, beta=0.5, **narrow).period.item(), long_run(**narrow).period.item()
    (2.0, 1.0)
    """
    start = find_settings(settings)
    policy = TRUST_REGION if policy is None else policy

    def run(rule: Policy, one: Model) -> xr.Dataset:
        held = {} if mu is None else {"mu": mu}
        at, sweep = resolved(start, rule, one, controls | held, state=(sym.mu,) if held else ())
        values = sweep.block(0, sweep.size)
        if held:
            one, values = frozen(one), values | {"mu0": values.pop("mu")}
        found = _end(Run(one_move(rule, one), values, sweep.size, (sym.acceptance,)), whole_moves(moves))
        return labelled(sweep, at, {name: (found[name], *facts) for name, facts in FACTS.items()})

    return along(run, start, policy, model)


def _end(run: Run, moves: int) -> dict[str, Array]:
    for _ in range(moves):
        run.advance()
    radii, masses, acceptances = [], [], []
    for _ in range(2 * LONGEST):
        radii.append(run.state["delta"].copy())
        masses.append(run.state["mu"].copy())
        acceptances.append(np.array(np.broadcast_to(run.advance()["acceptance"], radii[-1].shape)))
    radius, mass = np.stack(radii), np.stack(masses)
    path = np.log(radius)
    period = np.zeros(path.shape[1])
    for lag in range(LONGEST, 0, -1):
        period = np.where((np.abs(path[lag:] - path[:-lag]) <= SAME).all(axis=0), float(lag), period)
    return {
        "delta_low": radius.min(axis=0), "delta_high": radius.max(axis=0), "mu_low": mass.min(axis=0),
        "mu_high": mass.max(axis=0), "acceptance": np.mean(acceptances, axis=0), "period": period,
    }  # fmt: skip
