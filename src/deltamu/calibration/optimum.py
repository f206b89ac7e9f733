"""Maximum likelihood by Fisher scoring with damping, for many data sets and starting points at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deltamu.calibration.likelihood import Evaluation, Likelihood

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
STEPS = 400  # most steps of a search
CLOSE = 1e-13  # predicted gain in log-likelihood, relative to 1, at which a search ends
FLAT = 1e-11  # information and score of a coordinate of which the data say nothing any more
SCREENING = 8  # steps after which a start that lags behind is given up


class Objective(NamedTuple):
    """What is maximised: evaluation at points (rows, free) for the data sets of these rows, and ends of the search."""

    evaluate: Callable[[Array, NDArray[np.intp]], Evaluation]
    low: Array
    high: Array


@dataclass(frozen=True)
class Optimum:
    """The best point that was found, by data set.

    Attributes
    ----------
    z : numpy.ndarray, shape (sets, free)
    value : numpy.ndarray, shape (sets,)
    score : numpy.ndarray, shape (sets, free)
    information : numpy.ndarray, shape (sets, free, free)
    edge : numpy.ndarray of bool, shape (sets, free)
        Where the search ended at a bound.
    """

    z: Array
    value: Array
    score: Array
    information: Array
    edge: Bools

    def select(self, at: int) -> "Optimum":
        """The optimum of one data set."""
        return Optimum(*(getattr(self, name)[at : at + 1] for name in self.__dataclass_fields__))


def climb(
    objective: Objective, start: Array, rows: NDArray[np.intp], steps: int = STEPS, fixed: Bools | None = None
) -> tuple[Array, Evaluation]:
    """Climb from each starting point to a maximum; `fixed` coordinates stay where they are.

    Each step solves (I + damping diag I) step = score among the coordinates that are not held at a bound, and is taken
    where the likelihood rises; the damping then falls, else it grows.
    """
    low, high = objective.low, objective.high
    z = np.clip(start, low, high)
    now = Evaluation(*(np.nan_to_num(part) for part in objective.evaluate(z, rows)))
    damping = np.full(len(z), 1e-3)
    active = np.ones(len(z), dtype=bool)
    for _ in range(steps):
        at = np.flatnonzero(active)
        if not at.size:
            break
        still = None if fixed is None else fixed[at]
        move, gain = _step(z[at], Evaluation(*(part[at] for part in now)), damping[at], low, high, still)
        ended = ~(gain > CLOSE * (1 + 1e-3 * np.abs(now.value[at])))
        active[at[ended]] = False
        at, move = at[~ended], move[~ended]
        if not at.size:
            break
        tried = np.clip(z[at] + move, low, high)
        new = objective.evaluate(tried, rows[at])
        sound = np.isfinite(new.score).all(axis=1) & np.isfinite(new.information).all(axis=(1, 2))
        better = (new.value > now.value[at]) & sound
        for part, fresh in zip(now, new, strict=True):
            part[at[better]] = fresh[better]
        z[at[better]] = tried[better]
        damping[at] = np.where(better, np.maximum(damping[at] / 10, 1e-12), damping[at] * 10)
        active[at[~better & (damping[at] > 1e12)]] = False
    return z, now


def _step(
    z: Array, now: Evaluation, damping: Array, low: Array, high: Array, fixed: Bools | None
) -> tuple[Array, Array]:
    """Damped scoring steps, and the gains that they promise."""
    held = ((z <= low) & (now.score < 0)) | ((z >= high) & (now.score > 0))
    held = held if fixed is None else held | fixed
    diagonal = np.einsum("ijj->ij", now.information)
    held |= (diagonal < FLAT) & (np.abs(now.score) < FLAT)  # else its rounding would shorten the step of all
    score = np.where(held, 0.0, now.score)
    both = ~held[:, :, None] & ~held[:, None, :]
    information = np.where(both, now.information, 0.0)
    size = z.shape[1]
    scale = np.where(held, 1e-9, np.maximum(diagonal, 1e-9))
    information = information + np.eye(size) * (damping[:, None] * scale + np.where(held, 1.0, 1e-13 * scale))[:, None]
    move = np.linalg.solve(information, score[..., None])[..., 0]
    longest = np.abs(move).max(axis=1, keepdims=True, initial=0.0)
    move = np.where(longest > 2.0, move * 2.0 / np.maximum(longest, 1e-300), move)  # e^2 at a time
    return move, np.einsum("ij,ij->i", move, score)


def maximise(objective: Objective, starts: Array, sets: int) -> Optimum:
    """The best maximum of each data set from several starting points.

    Parameters
    ----------
    objective : Objective
    starts : numpy.ndarray, shape (starts, free) or (sets, starts, free)
    sets : int
        Number of data sets.
    """
    starts = np.broadcast_to(starts, (sets, *starts.shape[-2:]))
    number, size = starts.shape[1:]
    rows = np.repeat(np.arange(sets), number)
    z, now = climb(objective, starts.reshape(-1, size), rows, steps=SCREENING)
    order = np.argsort(-now.value.reshape(sets, number), axis=1, kind="stable")[:, :3]  # the three best go on
    kept = (np.arange(sets)[:, None] * number + order).reshape(-1)
    z, now = climb(objective, z[kept], rows[kept])
    width = order.shape[1]
    best = np.arange(sets) * width + np.argmax(now.value.reshape(sets, width), axis=1)
    z, now = z[best], Evaluation(*(part[best] for part in now))
    edge = (z <= objective.low + 1e-6) | (z >= objective.high - 1e-6)
    return Optimum(z, now.value, now.score, now.information, edge)


def objective_of(like: Likelihood, counts: Array | None = None) -> Objective:
    """The likelihood of one table, or of many sets of counts of its cells, as what is maximised."""
    low, high = like.bounds
    every = like.table.counts[None] if counts is None else counts

    def evaluate(z: Array, rows: NDArray[np.intp]) -> Evaluation:
        return like(z, every[rows])

    return Objective(evaluate, low, high)


def fit_table(like: Likelihood, counts: Array | None = None, starts: Array | None = None) -> Optimum:
    """Maximum likelihood of one table, or of each of many sets of counts, shape (sets, runs, cells)."""
    sets = 1 if counts is None else len(counts)
    return maximise(objective_of(like, counts), like.starts() if starts is None else starts, sets)
