"""Estimates of all parameters, those that follow from others too, with standard errors and intervals."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from deltamu.calibration.compiled import derived_program
from deltamu.calibration.intervals import profile_ends
from deltamu.calibration.laws.law import Law
from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.optimum import Optimum
from deltamu.calibration.parameters import Derived, Parameter

Array = NDArray[np.float64]
MOST = 60  # free parameters up to which each run's own get profile intervals, beyond it only shared ones
STEEPEST = 1e140  # its square is still a number
STILL = 1e-9  # a slope that is but rounding, relative to the value
UNSEEN = "none"  # source of what a log says nothing of
WIDE = 1e6  # variance of a direction of which the log says nothing


@dataclass(frozen=True)
class Estimates:
    """Arrays over (run, parameter), parameters in the order of ``law.all_names``; covariances over two of them."""

    value: Array
    error: Array
    lower: Array
    upper: Array
    edge: NDArray[np.bool_]
    source: NDArray[np.str_]
    covariance: Array
    natural: Array
    joint: Array


def estimated(
    like: Likelihood,
    best: Optimum,
    level: float,
    unseen: tuple[str, ...] = (),
    unseen_of: tuple[tuple[int, str], ...] = (),
) -> Estimates:
    """Estimates at an optimum.

    Parameters
    ----------
    like : Likelihood
    best : Optimum
        Of one data set.
    level : float
        Level of the intervals; 0: the estimate itself.
    unseen : tuple of str
        Parameters that are not reported.
    unseen_of : tuple of (int, str)
        Those of single runs.
    """
    law, runs = like.law, len(like.table.runs)
    value, slope = all_values(like, best.z)
    value, slope = value[0], slope[0]
    joint = covariance(like, best)
    names = law.all_names
    links = [law[name] for name in names]
    with np.errstate(over="ignore", invalid="ignore"):
        natural = np.nan_to_num(slope @ joint @ np.swapaxes(slope, -1, -2), nan=0.0, posinf=np.inf, neginf=-np.inf)
    steep = np.stack([p.slope(value[:, j]) for j, p in enumerate(links)], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(steep[..., None] > 0, slope / steep[..., None], 0.0)
    moved = (np.abs(slope) > STILL * np.abs(value)[..., None]).any(axis=-1)
    error = np.sqrt(np.maximum(np.einsum("rpp->rp", natural), 0.0))
    lower, upper = _intervals(like, best, level, value, moved, scaled @ joint @ np.swapaxes(scaled, -1, -2))
    source = np.where(moved, "measured", "fixed")
    edge = _edges(like, best, names, runs)
    hidden = np.tile(np.isin(names, unseen), (runs, 1))
    for run, name in unseen_of:
        hidden[run, names.index(name)] = True
    for array in (value, error, lower, upper):
        array[hidden] = np.nan
    source[hidden] = UNSEEN
    return Estimates(value, error, lower, upper, edge, source.astype(str), scaled @ joint @ np.swapaxes(scaled, -1, -2),
                     natural, joint)  # fmt: skip


def covariance(like: Likelihood, best: Optimum) -> Array:
    """Inverse of the observed information on the scales of the parameters; what is not known is very wide."""
    if not len(like.free):
        return np.zeros((0, 0))
    information = like.observed_information(best.z[0])
    values, vectors = np.linalg.eigh(information)
    if not (values > 0).all():  # at an edge the observed one may be indefinite, the expected one is not
        values, vectors = np.linalg.eigh(best.information[0])
    variance = np.where(values > 1 / WIDE, 1 / np.maximum(values, 1 / WIDE), WIDE)
    return (vectors * variance) @ vectors.T


def all_values(like: Likelihood, z: Array) -> tuple[Array, Array]:
    """All parameters, shape (points, runs, all), and their slopes by the free ones, (points, runs, all, free)."""
    law = like.law
    own, chain = like.natural(z)
    stacked = np.stack([own[name] for name in law.names], axis=-1)
    spread = np.zeros((*stacked.shape, len(like.free) + 1))
    for run in range(like.index.shape[0]):
        for j, place in enumerate(like.index[run]):
            spread[:, run, :, place] += chain[:, run, :, j]
    spread = spread[..., : len(like.free)]
    if not law.derived:
        return stacked, spread
    outputs, slopes = derived_program(law)({p.symbol.name: own[p.name] for p in law.parameters})
    extra = np.stack([np.broadcast_to(out, stacked.shape[:-1]) for out in outputs], axis=-1)
    by = np.zeros((*extra.shape, len(law.parameters)))
    for (i, j), slope in slopes.items():
        by[..., i, j] = np.clip(slope, -STEEPEST, STEEPEST)
    return np.concatenate([stacked, extra], axis=-1), np.concatenate([spread, by @ spread], axis=-2)


def _edges(like: Likelihood, best: Optimum, names: tuple[str, ...], runs: int) -> NDArray[np.bool_]:
    edge = np.zeros((runs, len(names)), dtype=bool)
    for place, (run, name) in enumerate(like.free):
        if best.edge[0, place]:
            edge[slice(None) if run < 0 else run, names.index(name)] = True
    return edge


def _intervals(
    like: Likelihood, best: Optimum, level: float, value: Array, moved: NDArray[np.bool_], scaled: Array
) -> tuple[Array, Array]:
    """Ends of the intervals of all parameters, profile likelihood where a parameter can be held, else by slopes."""
    lower, upper = value.copy(), value.copy()
    if not level:
        return lower, upper
    law, names = like.law, like.law.all_names
    width = ndtri((1 + level) / 2)
    for j, name in enumerate(names):
        p = law[name]
        z, sd = p.forward(value[:, j]), np.sqrt(np.maximum(scaled[:, j, j], 0.0))
        with np.errstate(over="ignore", invalid="ignore"):
            lower[:, j] = np.where(moved[:, j], p.inverse(z - width * sd), value[:, j])
            upper[:, j] = np.where(moved[:, j], p.inverse(z + width * sd), value[:, j])
    places = [i for i, (run, _) in enumerate(like.free) if run < 0 or len(like.free) <= MOST]
    _put(like, best, level, places, names, lower, upper)
    for one in law.derived:
        if one.name in like.chart.names:
            continue
        if one.name == "k" and "c" in like.chart.names:  # k = 1/c falls as c rises
            j, i = names.index("k"), names.index("c")
            with np.errstate(divide="ignore"):
                lower[:, j] = np.where(moved[:, j], 1 / upper[:, i], value[:, j])
                upper[:, j] = np.where(moved[:, j], 1 / lower[:, i], value[:, j])
            continue
        swapped = _standing_in(like, best, one, value)
        if swapped is not None:
            other, at = swapped
            chosen = [i for i, (_, name) in enumerate(other.free) if name == one.name]
            _put(other, at, level, chosen, names, lower, upper)
    return lower, upper


def _put(
    like: Likelihood, best: Optimum, level: float, places: list[int], names: tuple[str, ...], lower: Array, upper: Array
) -> None:
    """Profile intervals of some free parameters, into the arrays of all."""
    if not places:
        return
    ends = profile_ends(like, best, level, places)
    for i, place in enumerate(places):
        run, name = like.free[place]
        p, at = like.chart[name], slice(None) if run < 0 else run
        with np.errstate(over="ignore"):
            lower[at, names.index(name)], upper[at, names.index(name)] = p.inverse(ends.low[i]), p.inverse(ends.high[i])


def _standing_in(like: Likelihood, best: Optimum, one: Derived, value: Array) -> tuple[Likelihood, Optimum] | None:
    """The likelihood with a derived parameter as a coordinate, and the optimum in it; None where that is impossible."""
    law = like.law
    if like.coordinates or len(like.free) > MOST:
        return None
    replaced = _name_of(law, one)
    own = [(run, name) for run, name in like.free if name == replaced]
    shared = replaced in like.shared
    if len(own) != (1 if shared else len(like.table.runs)) or (shared and len(like.table.runs) > 1):
        return None
    other = replace(like, coordinates=(one.name,))
    names = law.all_names
    z = best.z.copy()
    for place, (run, name) in enumerate(other.free):
        p: Parameter = other.chart[name]
        z[0, place] = p.forward(value[max(run, 0), names.index(name)])
    low, high = other.bounds
    if not ((z >= low) & (z <= high)).all():  # the search in these coordinates would not reach the optimum
        return None
    now = other(z)
    if not np.isfinite(now.information).all():
        return None
    return other, Optimum(z, now.value, now.score, now.information, best.edge)


def _name_of(law: Law, one: Derived) -> str:
    """The fitted parameter in whose place a derived one stands first."""
    return next(p.name for p in law.parameters if p.symbol == one.inverses[0].symbol)
