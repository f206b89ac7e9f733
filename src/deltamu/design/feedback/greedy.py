"""The run that takes the best radius of each move, and whether no other can be faster."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltamu.design.feedback.stages import Stage
from deltamu.equilibria.roots import Array
from deltamu.model import symbols as sym

STEEP = 0.9  # largest slope of the gain in the mass, on the nodes, at which greed is taken to be optimal


@dataclass
class Attained:
    """The least defect masses that any radii attain, and a run that reaches the target in the fewest moves.

    Attributes
    ----------
    least : array of shape (moves + 1, size)
        Least attainable mass after 0, 1, ... moves.
    mu : array of shape (moves + 1, size)
        A run with the fewest moves to the target.
    delta : array of shape (moves, size)
        Its radii.
    moves, interpolated : arrays of shape (size,)
        The fewest moves, whole and linear in the mass between states; ``inf`` where `moves` are not enough.
    greedy : array of bool, shape (size,)
        Whether the best move from each state is an optimal run.
    never : array of bool, shape (size,)
        Whether no number of moves is enough.
    """

    least: Array
    mu: Array
    delta: Array
    moves: Array
    interpolated: Array
    greedy: NDArray[np.bool_]
    never: NDArray[np.bool_]


def steep_points(schedule: list[Stage], start: Array, goals: Array) -> NDArray[np.bool_]:
    """Points at which the gain may rise faster than the mass, above the lowest goal."""
    steep = np.zeros(start.size, dtype=bool)
    seen: set[int] = set()
    b = np.broadcast_to(schedule[0].values[sym.b.name], start.shape)
    low = np.maximum(goals.min(axis=0), 1e-9 * b)
    high = np.maximum(2 * start, 2 * low)
    for stage in schedule:
        if id(stage) not in seen:
            seen.add(id(stage))
            steep |= stage.steepest(low, high) > STEEP
    return steep


def greedy_run(schedule: list[Stage], start: Array) -> Attained:
    """The run that takes the best radius of each move, its moves not yet counted."""
    moves, size = len(schedule), start.size
    mu, delta = np.empty((moves + 1, size)), np.empty((moves, size))
    mu[0] = start
    for t, stage in enumerate(schedule):
        if t and stage is schedule[t - 1] and np.array_equal(mu[t], mu[t - 1]):  # nothing changes any more
            mu[t + 1], delta[t] = mu[t], delta[t - 1]
            continue
        delta[t], _ = stage.search(mu[t])
        mu[t + 1] = stage.after(mu[t], delta[t])
    never, yes = np.full(size, np.inf), np.ones(size, dtype=bool)
    return Attained(mu.copy(), mu, delta, never, never.copy(), yes, ~yes)


def counted(mu: Array, goals: Array) -> tuple[Array, Array]:
    """Moves of a run to its goals: whole, and linear in the mass."""
    met = mu <= goals
    first = np.argmax(met, axis=0)
    there = met.any(axis=0)
    columns = np.arange(mu.shape[1])
    moved = there & (first > 0)
    n = np.where(moved, first, 1)
    before, after, goal = mu[n - 1, columns], mu[n, columns], goals[n, columns]
    share = np.where(moved, (before - goal) / np.where(moved, before - after, 1.0), 0.0)
    return np.where(there, first, np.inf), np.where(there, np.where(moved, first - 1 + share, 0.0), np.inf)
