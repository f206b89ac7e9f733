"""What any choice of radii can reach: the defect masses after n moves are an interval, and its ends are known exactly.

The map of a move is continuous in mass and radius, so what a connected set of states can become is connected: from one
mass the masses after n moves fill an interval [least, greatest], and the next one is found from its ends alone.  Where
the map rises with the mass, least(n+1) is the best move from least(n): greed is optimal (derivation d24).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deltamu.design.feedback.greedy import Attained, counted, greedy_run, steep_points
from deltamu.design.feedback.stages import HALVINGS, Index, Stage, goals_of
from deltamu.equilibria.roots import Array

FIRST, NEXT, ZOOMS = 41, 9, 22  # nodes a side of the first box, of those that close in on its extreme, and how many


def attained(schedule: list[Stage], start: Array, level: Array | None = None) -> Attained:
    """Follow the interval of attainable masses from `start`."""
    goals = goals_of(schedule, start, level)
    steep = steep_points(schedule, start, goals)
    return _attained(schedule, goals, steep, greedy_run(schedule, start))


def attained_share(schedule: list[Stage], start: Array, share: float) -> tuple[Attained, Array]:
    """The same with, as the level, what is left when `share` of all that is attainable is removed; and that level."""
    run = greedy_run(schedule, start)
    steep = steep_points(schedule, start, goals_of(schedule, start, np.minimum(run.least[-1], start)))
    run = _attained(schedule, goals_of(schedule, start, run.least[-1]), steep, run)
    level = start - share * (start - run.least[-1])
    if steep.any():
        return attained(schedule, start, level), level
    return _attained(schedule, goals_of(schedule, start, level), steep, run), level


def _attained(schedule: list[Stage], goals: Array, steep: NDArray[np.bool_], run: Attained) -> Attained:
    run.moves, run.interpolated = counted(run.mu, goals)
    last = schedule[-1]
    stays = np.isinf(run.moves) & ~steep & last.final & (last.after(goals[-1], last.search(goals[-1])[0]) >= goals[-1])
    run.greedy, run.never = ~steep, stays
    index = np.flatnonzero(steep)
    if index.size:
        _exactly(run, schedule, goals, index)
    return run


# --- where the map does not rise --------------------------------------------------------------------------------------

Surface: TypeAlias = Callable[[Array, Array, Index], Array]
Box: TypeAlias = tuple[Array, Array, Array, Array]  # least and greatest mass, least and greatest log-radius


def _exactly(run: Attained, schedule: list[Stage], goals: Array, index: Index) -> None:
    """Replace what greed found by what is attainable, at the points with these indices."""
    moves, size = len(schedule), index.size
    ends = np.empty((moves + 1, 2, size))  # least and greatest mass
    places = np.empty((moves, 2, 2, size))  # mass and log-radius whose move attains them
    ends[0] = run.mu[0, index]
    count = np.where(run.mu[0, index] <= goals[0, index], 0.0, np.inf)
    for t, stage in enumerate(schedule):
        box = _box(stage, index, ends[t])
        for k, sign in enumerate((1.0, -1.0)):
            surface = _signed(stage, index, sign)
            candidates = [_extreme(surface, box)]
            if k == 0:
                candidates.append(_best_move(stage, index, ends[t, 0], surface))
            values = np.stack([found for found, _, _ in candidates])
            chosen, columns = values.argmin(axis=0), np.arange(size)
            ends[t + 1, k] = sign * values[chosen, columns]
            places[t, k] = np.stack([np.stack([m, r]) for _, m, r in candidates])[chosen, :, columns].T
        count = np.where(np.isinf(count) & (ends[t + 1, 0] <= goals[t + 1, index]), t + 1, count)
    run.least[:, index] = ends[:, 0]
    reached = np.isfinite(count)
    run.greedy[index] |= ~reached | (count == run.moves[index])
    whole = np.where(reached, count, 0).astype(int)
    mu, delta = _traced(run, schedule, goals, index, ends, places, whole)
    linear = counted(mu, goals[:, index])[1]
    better = reached & ((count < run.moves[index]) | (linear < run.interpolated[index] - 1e-12))
    linear = np.where(better, linear, run.interpolated[index])
    run.greedy[index] &= ~better
    run.mu[:, index[better]], run.delta[:, index[better]] = mu[:, better], delta[:, better]
    run.moves[index], run.interpolated[index] = count, linear
    run.never[index] = False


def _signed(stage: Stage, index: Index, sign: float) -> Surface:
    return lambda mu, y, i: sign * stage.after(mu, np.exp(y), index[i])


def _box(stage: Stage, index: Index, ends: Array) -> Box:
    return ends[0], ends[1], np.log(stage.search.low[index]), np.log(stage.search.high[index])


def _best_move(stage: Stage, index: Index, mu: Array, surface: Surface) -> tuple[Array, Array, Array]:
    """The best move from the least mass: what greed would do."""
    everywhere = np.full(stage.size, 1.0)
    everywhere[index] = mu
    y = np.log(stage.search(everywhere)[0][index])
    return surface(mu, y, np.arange(index.size)), mu, y


def _extreme(surface: Surface, box: Box) -> tuple[Array, Array, Array]:
    """The least value of a surface over a box for each point, by grids that close in on it; and its place."""
    left, right, bottom, top = box
    size = left.size
    best, mass, radius = np.full(size, np.inf), left.copy(), bottom.copy()
    low, high, below, above = left, right, bottom, top
    for zoom in range(1 + ZOOMS):
        side = NEXT if zoom else FIRST
        masses, radii = np.linspace(low, high, side), np.linspace(below, above, side)
        grid = np.repeat(masses, side, axis=0), np.tile(radii, (side, 1))
        where = np.tile(np.arange(size), side * side)
        values = surface(grid[0].reshape(-1), grid[1].reshape(-1), where).reshape(grid[0].shape)
        first, columns = values.argmin(axis=0), np.arange(size)
        better = values[first, columns] < best
        best = np.where(better, values[first, columns], best)
        mass = np.where(better, grid[0][first, columns], mass)
        radius = np.where(better, grid[1][first, columns], radius)
        step, rise = (high - low) / (side - 1), (above - below) / (side - 1)
        low, high = np.maximum(mass - step, left), np.minimum(mass + step, right)
        below, above = np.maximum(radius - rise, bottom), np.minimum(radius + rise, top)
    return best, mass, radius


def _traced(
    run: Attained, schedule: list[Stage], goals: Array, index: Index, ends: Array, places: Array, whole: NDArray[Any]
) -> tuple[Array, Array]:
    """A run of each point that arrives after `whole` moves with the smallest share of the last one.

    It is followed back from there: between the places that attain the ends of an interval, every mass in it is attained
    on the straight line that joins them.
    """
    mu, delta = run.mu[:, index].copy(), run.delta[:, index].copy()
    aim = np.empty(index.size)
    for t in range(int(whole.max(initial=0)) - 1, -1, -1):
        stage = schedule[t]
        last, passing = np.flatnonzero(whole == t + 1), np.flatnonzero(whole > t + 1)
        place = np.empty((2, index.size))
        if last.size:
            share = _share(stage, index[last], goals[t + 1, index[last]])
            least, mass, y = _extreme(share, _box(stage, index[last], ends[t][:, last]))
            first = places[t, 0][:, last]
            worse = least > share(first[0], first[1], np.arange(last.size))
            place[:, last] = np.where(worse, first, np.stack([mass, y]))
        if passing.size:
            place[:, passing] = _on_the_line(stage, index[passing], places[t][:, :, passing], aim[passing])
        active = np.concatenate([last, passing])
        aim[active] = place[0, active]
        delta[t, active] = np.exp(place[1, active])
    for t in range(len(schedule)):
        going = t < whole
        chosen = np.where(going, delta[t], 1.0)
        everywhere = np.full(schedule[t].size, 1.0)
        everywhere[index] = mu[t]
        best = schedule[t].search(everywhere)[0][index] if not going.all() else chosen
        delta[t] = np.where(going, chosen, best)
        mu[t + 1] = schedule[t].after(mu[t], delta[t], index)
        arrives = t + 1 == whole  # by the last rounding it may stop short
        mu[t + 1] = np.where(arrives, np.minimum(mu[t + 1], goals[t + 1, index]), mu[t + 1])
    return mu, delta


def _share(stage: Stage, index: Index, goal: Array) -> Surface:
    """The share of a move that comes to the goal; infinite where it does not."""

    def share(mass: Array, y: Array, i: Index) -> Array:
        drop, need = mass - stage.after(mass, np.exp(y), index[i]), mass - goal[i]
        return np.where(drop >= need, need / np.where(drop > 0, drop, 1.0), np.inf)

    return share


def _on_the_line(stage: Stage, index: Index, places: Array, aim: Array) -> Array:
    """Where between two places the move comes to the mass `aim`."""
    low, high = np.zeros(aim.size), np.ones(aim.size)
    exact = stage.after(places[0, 0], np.exp(places[0, 1]), index) >= aim
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        at = places[0] + middle * (places[1] - places[0])
        below = stage.after(at[0], np.exp(at[1]), index) <= aim
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    share = np.where(exact, 0.0, low)
    return places[0] + share * (places[1] - places[0])
