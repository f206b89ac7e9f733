"""Profile likelihood: its curve over a parameter, and the ends of its intervals, all parameters at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.optimum import Objective, Optimum, climb, objective_of

Array = NDArray[np.float64]
ROUNDS = 40  # Newton steps towards an end
FLAT = 1e-3  # of the level, a likelihood ratio's root below which has no slope to go by
NARROW = 1e-4  # bracket of an end in which the likelihood cannot fall by much
EXACT = 1e-9  # distance from the end, in likelihood ratio


@dataclass(frozen=True)
class Ends:
    """Ends of intervals on the scales of the parameters, shape (parameters,); infinite where the profile stays flat."""

    low: Array
    high: Array


def profile_ends(like: Likelihood, best: Optimum, level: float, places: list[int], counts: Array | None = None) -> Ends:
    """Ends of the profile-likelihood intervals of some free parameters of one data set.

    The root of the likelihood ratio is nearly linear in the parameter, and its slope is the score at the constrained
    maximum: Newton's steps on it, all parameters and both sides together, take a few rounds.
    """
    low, high = profile_many(like, best, level, places, None if counts is None else counts[None])
    return Ends(low[0], high[0])


def profile_many(
    like: Likelihood, best: Optimum, level: float, places: list[int], counts: Array | None
) -> tuple[Array, Array]:
    """Ends of the intervals of many data sets, shape (sets, parameters) each."""
    objective = objective_of(like, counts)
    sets = len(best.z)
    number = len(places)
    target = ndtri((1 + level) / 2)
    rows = np.repeat(np.arange(sets), 2 * number)
    place = np.tile(np.repeat(places, 2), sets)
    side = np.tile([-1.0, 1.0], sets * number)
    covariance = _inverse(best.information, best.edge)
    sd = np.sqrt(np.maximum(covariance[rows, place, place], 1e-12))
    along = covariance[rows, :, place] / covariance[rows, place, place][:, None]  # where the others go with it
    center = best.z[rows, place]
    bounds = objective.low[place], objective.high[place]
    held = best.z[rows].copy()  # the constrained maximum at `inner`, from which each trial starts
    wanted = np.clip(center + side * np.minimum(target * sd, 2.0), *bounds)
    inner, outer = center.copy(), np.where(side > 0, np.inf, -np.inf)  # the end lies between them
    found = np.full(len(rows), np.nan)
    active = np.ones(len(rows), dtype=bool)
    for _ in range(ROUNDS):
        at = np.flatnonzero(active)
        if not at.size:
            break
        shift = wanted[at] - inner[at]
        ahead = held[at] + np.clip(along[at] * shift[:, None], -2.0, 2.0)
        z, value, score = _held_at(objective, ahead, rows[at], place[at], wanted[at])
        root = _root(best.value[rows[at]] - value)
        near = np.abs(root - target) < EXACT
        if near.any():  # another ridge may be higher there: the end lies further out
            some = at[near]
            other = _held_at(objective, best.z[rows[some]], rows[some], place[some], wanted[some])
            higher = _root(best.value[rows[some]] - other[1]) < target - 1e3 * EXACT
            changed = np.flatnonzero(near)[higher]
            z[changed], value[changed], score[changed] = (part[higher] for part in other)
            root = _root(best.value[rows[at]] - value)
            outer[at[changed]] = side[at[changed]] * np.inf
        jumped = (np.abs(outer[at] - inner[at]) < NARROW) & (root < target - NARROW)  # no profile does: a lower ridge
        outer[at[jumped]] = side[at[jumped]] * np.inf
        away = root - target
        near = np.abs(away) < EXACT
        bound = np.where(side[at] > 0, bounds[1][at], bounds[0][at])
        flat = (away < 0) & (np.abs(wanted[at] - bound) < 1e-9)
        found[at[near]] = wanted[at[near]]
        found[at[flat]] = side[at[flat]] * np.inf
        active[at[near | flat]] = False
        held[at] = np.where((away < 0)[:, None], z, held[at])
        inner[at] = np.where(away < 0, wanted[at], inner[at])
        outer[at] = np.where(away >= 0, wanted[at], outer[at])
        slope = -score / np.maximum(root, 1e-12)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.clip(-away / slope, -2.0, 2.0)
        steep = np.isfinite(step) & (root > FLAT * target)  # else the slope is but rounding
        newton = wanted[at] + np.where(steep, step, 2.0 * side[at])
        span = outer[at] - inner[at]
        outside = (newton - inner[at]) * side[at] <= 0
        outside |= (outer[at] - newton) * side[at] <= 0
        middle = np.where(np.isfinite(span), inner[at] + span / 2, wanted[at] + side[at])
        wanted[at] = np.clip(np.where(outside, middle, newton), bounds[0][at], bounds[1][at])
        tiny = np.isfinite(span) & (np.abs(span) < 1e-12)
        found[at[tiny & active[at]]] = wanted[at[tiny & active[at]]]
        active[at[tiny]] = False
    found = np.where(active, wanted, found)
    ends = found.reshape(sets, number, 2)
    return ends[..., 0], ends[..., 1]


def _held_at(
    objective: Objective, start: Array, rows: NDArray[np.intp], place: NDArray[np.intp], value: Array
) -> tuple[Array, Array, Array]:
    """Maxima with one parameter each held at a value: points, log-likelihoods, and the scores of what is held."""
    each = np.arange(len(rows))
    z = np.clip(start, objective.low, objective.high)
    z[each, place] = value
    fixed = np.zeros(z.shape, dtype=bool)
    fixed[each, place] = True
    z, now = climb(objective, z, rows, steps=100, fixed=fixed)
    return z, now.value, now.score[each, place]


def _root(loss: Array) -> Array:
    """The root of the likelihood ratio."""
    return np.sqrt(np.maximum(2 * loss, 0.0))


def likelihood_ratio(like: Likelihood, best: Optimum, place: int, at: Array, counts: Array | None = None) -> Array:
    """Twice the loss of log-likelihood with one free parameter held at each of some points, shape of `at`."""
    objective = objective_of(like, counts)
    fixed = np.zeros((len(at), best.z.shape[1]), dtype=bool)
    fixed[:, place] = True
    ratio = np.empty(len(at))
    for chosen in (np.flatnonzero(at >= best.z[0, place]), np.flatnonzero(at < best.z[0, place])[::-1]):
        z = best.z.copy()
        for i in chosen[np.argsort(np.abs(at[chosen] - best.z[0, place]))]:  # outwards, from one point to the next
            z[0, place] = at[i]
            z, now = climb(objective, z, np.zeros(1, dtype=int), fixed=fixed[:1])
            ratio[i] = 2 * (best.value[0] - now.value[0])
    return np.maximum(ratio, 0.0)


def _inverse(information: Array, edge: NDArray[np.bool_]) -> Array:
    """Covariance; directions without information count as very wide, what lies at an edge goes with nothing."""
    apart = edge[:, :, None] | edge[:, None, :]
    information = np.where(apart, np.eye(edge.shape[1]), information)
    values, vectors = np.linalg.eigh(information)
    values = np.maximum(values, np.maximum(values[..., -1:], 1e-300) * 1e-12)
    return (vectors / values[..., None, :]) @ np.swapaxes(vectors, -1, -2)
