"""Whether feedback helps: the trust region against schedules of the radius that nothing steers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.protocol import spread
from deltamu.equilibria.floors import floors_at
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import TRUST_REGION, VIBE, one_move
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.run import Run, check_level, moves_to_level, unchanged, whole_moves
from deltamu.simulation.sweeps import along, labelled, resolved

RADII = 25  # fixed radii on the first grid, evenly in their logarithm
STARTS = 13  # first radii of a decay on the first grid
FACTORS = 1 - np.array([0.0, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.1])  # decays on the first grid
ZOOMS = 3  # times that a grid is drawn around the best of the one before
_ENDS = ("delta0", "delta_min", "delta_max")
FACTS = {
    "level": ("defect mass to reach", "defects"),
    "moves_trust_region": ("moves of the trust region", "moves"),
    "moves_fixed": ("moves with the first radius, held", "moves"),
    "moves_best_fixed": ("moves with the best fixed radius", "moves"),
    "best_radius": ("best fixed radius", "1"),
    "moves_best_decay": ("moves with the best decaying radius", "moves"),
    "best_start": ("first radius of the best decay", "1"),
    "best_factor": ("factor of the best decay", "1"),
    "over_fixed": ("advantage over the first radius, held", "1"),
    "over_best_fixed": ("advantage over the best fixed radius", "1"),
    "over_best_decay": ("advantage over the best decaying radius", "1"),
}


@checked
def advantage(
    settings: Settings | str | None = None,
    /,
    *,
    level: float | None = None,
    margin: float = 0.05,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 5000,
    **controls: Any,
) -> xr.Dataset:
    """The trust region against three schedules that no feedback steers, in moves to a reachable defect mass.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out. The policy is the trust region.
    level : float, optional
        Defect mass to reach; without it, `margin` above the highest floor of delta0, delta_min and delta_max (of those
        that have one), which a fixed radius of any of these reaches; where none has a floor above 0, the mass at which
        the pass probability is at the target.
    margin : float
        Share of that floor.
    model, **controls
        As for `deltamu.simulate`.
    moves : int
        Most moves that any may take.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``level``; ``moves_trust_region``, ``moves_fixed`` (the radius delta0 held),
        ``moves_best_fixed`` with its ``best_radius`` (between delta_min and delta_max), ``moves_best_decay`` with
        ``best_start`` and ``best_factor`` (delta_t = best_start best_factor^t, the start in the same range, the factor
        between 0.9 and 1), ``inf`` where none arrives; and the trust region's advantage over each, ``over_fixed``,
        ``over_best_fixed``, ``over_best_decay``: their moves over its own, ``inf`` where it alone arrives, 0 where it
        alone does not, 1 where neither does.

    Examples
    --------
    The default trust region beats its own first radius, held, by what it enlarges it, and loses to the largest radius:

    >>> from deltamu import advantage
    >>> ds = advantage()
    >>> ds.over_fixed.item() > 4.5, ds.over_best_fixed.item() < 1, round(ds.best_radius.item(), 3)
    (True, True, 1.0)
    """
    start = find_settings(settings)
    check_level(level)
    whole_moves(moves)
    if not (is_number(margin) and 0 < margin < np.inf):
        raise InputError(f"margin = {shown(margin)} is not a number > 0")

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, TRUST_REGION, one, controls)
        values, size = sweep.block(0, sweep.size), sweep.size
        aim = np.full(size, np.nan if level is None else float(level))
        if level is None:
            floors = np.stack([floors_at(one, values | {"delta": values[n]}, size) for n in _ENDS])
            aim = (1 + margin) * np.where(np.isfinite(floors), floors, 0.0).max(axis=0)
            with np.errstate(divide="ignore"):
                goal = np.minimum(-np.log(values["target"]) / values["r"], values["mu0"])
            aim = np.where(aim > 0, aim, goal)
        found = {"level": aim} | _contest(one, values, size, aim, moves)
        return labelled(sweep, at, {name: (array, *FACTS[name]) for name, array in found.items()})

    return along(run, start, model=model)


def _contest(model: Model, values: Mapping[str, Any], size: int, aim: Array, most: int) -> dict[str, Array]:
    low, high = (np.broadcast_to(np.log(np.asarray(values[n], dtype=float)), size) for n in ("delta_min", "delta_max"))
    own, _ = moves_to_level(Run(one_move(TRUST_REGION, model), values, size), aim, most)
    first = np.broadcast_to(np.log(np.asarray(values["delta0"], dtype=float)), size)
    fixed, _, _ = _fastest(model, values, size, first[:, None], np.ones((size, 1)), aim, most)
    best, radius, _ = _search(model, values, size, low, high, RADII, np.ones(1), aim, most)
    decay, start, factor = _search(model, values, size, low, high, STARTS, FACTORS, aim, most)
    better = best < decay  # a fixed radius is a decay too
    decay, start, factor = np.where(better, best, decay), np.where(better, radius, start), np.where(better, 1.0, factor)
    return {
        "moves_trust_region": own, "moves_fixed": fixed, "moves_best_fixed": best, "best_radius": np.exp(radius),
        "moves_best_decay": decay, "best_start": np.exp(start), "best_factor": factor, "over_fixed": _ratio(fixed, own),
        "over_best_fixed": _ratio(best, own), "over_best_decay": _ratio(decay, own),
    }  # fmt: skip


def _ratio(theirs: Array, ours: Array) -> Array:
    with np.errstate(all="ignore"):
        ratio = np.where(np.isinf(ours), 0.0, theirs / ours)
    return np.where((np.isinf(ours) & np.isinf(theirs)) | ((ours == 0) & (theirs == 0)), 1.0, ratio)


def _search(
    model: Model,
    values: Mapping[str, Any],
    size: int,
    low: Array,
    high: Array,
    count: int,
    factors: Array,
    aim: Array,
    most: int,
) -> tuple[Array, Array, Array]:
    """Least moves over log-radii between `low` and `high` and decay factors, by grids that close in on the best."""
    left, right = low, high
    least, greatest = factors.min(), 1.0
    decays = np.broadcast_to(factors, (size, factors.size))
    best = (np.full(size, np.inf), low.copy(), np.ones(size))
    for _ in range(1 + ZOOMS):
        radii = np.linspace(left, right, count, axis=1)
        grid = np.repeat(radii, decays.shape[1], axis=1), np.tile(decays, (1, count))
        found = _fastest(model, values, size, *grid, aim, most)
        improved = found[0] < best[0]
        moves, radius, factor = (np.where(improved, new, old) for new, old in zip(found, best, strict=True))
        best = moves, radius, factor
        step = (right - left) / (count - 1)
        left, right = np.maximum(best[1] - step, low), np.minimum(best[1] + step, high)
        if factors.size > 1:
            gaps = np.abs(decays - best[2][:, None])
            reach = np.partition(gaps, 1, axis=1)[:, 1]  # to the nearest other factor
            decays = np.linspace(np.maximum(best[2] - reach, least), np.minimum(best[2] + reach, greatest), 5, axis=1)
    return best


def _fastest(
    model: Model, values: Mapping[str, Any], size: int, radii: Array, factors: Array, aim: Array, most: int
) -> tuple[Array, Array, Array]:
    """For each point the candidate that meets the level first: its moves, log-radius and factor.

    A point is left as soon as one of its candidates has arrived.
    """
    count = radii.shape[1]
    tried = {"delta0": np.exp(radii).reshape(-1), "decay": factors.reshape(-1)}
    run = Run(one_move(VIBE, model), spread(values, count) | tried, size * count)
    point = np.repeat(np.arange(size), count)
    level, candidate = np.repeat(aim, count), np.tile(np.arange(count), size)
    moves = np.full((size, count), np.inf)
    moves[point, candidate] = np.where(run.state["mu"] <= level, 0.0, np.inf)
    going = (moves == np.inf).all(axis=1)[point]
    for _ in range(most):
        if not going.all():
            run.keep(np.flatnonzero(going))
            point, level, candidate = point[going], level[going], candidate[going]
        if not point.size:
            break
        made = run.moves
        run.advance()
        mu, now = run.before["mu"], run.state["mu"]
        met = now <= level
        moves[point[met], candidate[met]] = made + (mu[met] - level[met]) / (mu[met] - now[met])
        arrived = np.zeros(size, dtype=bool)
        arrived[point[met]] = True
        going = ~(arrived[point] | unchanged(run))
    best = np.argmin(moves, axis=1)
    rows = np.arange(size)
    return moves[rows, best], radii[rows, best], factors[rows, best]
