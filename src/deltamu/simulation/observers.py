"""Controls that only look at a run: points of a sweep that differ in nothing else share one run.

Where no state depends on them, as on the target, and in the published model on the oracle's resolution, a sweep over
such controls runs once; what is reported of it is computed for each of its points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.outlines import Outline, Variable
from deltamu.codegen.protocol import Array
from deltamu.simulation.sweeps import Sweep

__all__ = ["Shared", "observed", "shared_runs"]


@dataclass(frozen=True)
class Shared:
    """A sweep as runs and points that share them.

    Attributes
    ----------
    runs : array of int
        For each run, the number of a point that has it.
    offsets : array of int
        What is to be added to that number for all points that share the run.
    """

    runs: NDArray[np.intp]
    offsets: NDArray[np.intp]


def shared_runs(sweep: Sweep, move: Outline, recorded: Mapping[str, Variable]) -> Shared | None:
    """Find the runs of a sweep that points share; None if there are none, or if what is recorded tells them apart.

    Parameters
    ----------
    sweep : Sweep
    move : Outline
    recorded : mapping of str to Variable
    """
    for name in (variable.symbol for variable in recorded.values()):
        if name not in move.reported and move.looking & move.reads.get(name, frozenset()):
            return None
    varied = [values.reshape(sweep.shape) for name, values in sweep.points.items() if name in move.steering]
    axes = [axis for axis in range(len(sweep.shape)) if all(_is_constant(values, axis) for values in varied)]
    numbers = np.arange(sweep.size).reshape(sweep.shape)
    runs = numbers[tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(numbers.ndim))]
    offsets = numbers[tuple(slice(None) if axis in axes else slice(0, 1) for axis in range(numbers.ndim))]
    return Shared(runs.reshape(-1), offsets.reshape(-1)) if offsets.size > 1 else None


def _is_constant(values: Array, axis: int) -> bool:
    return bool((values == values.take([0], axis=axis)).all())


def observed(
    move: Outline,
    history: Mapping[str, Array],
    values: Mapping[str, Any],
    size: int,
    record: Mapping[str, Array],
) -> tuple[Array, dict[str, Array]]:
    """When each point that looks at a run sees the target reached, and what is reported to it.

    Parameters
    ----------
    move : Outline
    history : mapping of str to array
        The states that are looked at before each move, and ``mu`` after the last one too: (moves, runs, 1).
    values : mapping of str to float or array
        Controls: (runs, points of a run).
    size : int
        Points of a run.
    record : mapping of str to array
        Where to write what is reported: for each symbol of `REPORT`, by name, (moves or 1, runs, size).

    Returns
    -------
    moves_to_target : array
        (runs, size)
    crossing : dict of str to array
        See `deltamu.codegen.protocol.Ran`; (runs, size) each.
    """
    mu = history["mu"]
    moves, shape = len(mu) - 1, (mu.shape[1], size)
    passing = _Passing(move, history, values, shape)
    moves_to_target = passing.first_by_bisection() if len(history) == 1 else None
    if moves_to_target is None:
        moves_to_target = passing.first_one_by_one()
    made = np.where(np.isfinite(moves_to_target), np.maximum(moves_to_target - 1, 0), 0).astype(np.intp)
    runs = np.arange(shape[0])[:, np.newaxis]
    crossing = {name: rows[made, runs, 0] for name, rows in history.items()}
    crossing["mu_next"] = mu[made + 1, runs, 0]
    for name, rows in record.items():
        for t in range(moves - len(rows), moves):
            seen = {other: found[t] for other, found in history.items()} | {"mu": mu[t + 1]}
            rows[t % len(rows)] = move.report({**values, **seen})[name]
    return moves_to_target, crossing


class _Passing:
    """After which states points see the target reached."""

    def __init__(self, move: Outline, history: Mapping[str, Array], values: Mapping[str, Any], shape: tuple[int, int]):
        self._move, self._history, self._values, self._shape = move, history, values, shape
        self._last = len(history["mu"]) - 1

    def _passed(self, states: Mapping[str, Any], points: Any = slice(None)) -> NDArray[np.bool_]:
        values = {
            name: value[points] if np.shape(value) == self._shape else value for name, value in self._values.items()
        }
        return self._move.passing({**values, **states})["pass_probability"] >= values["target"]

    def first_one_by_one(self) -> Array:
        """Number of the first state that passes, with the controls of the move before it."""
        mu = self._history["mu"]
        start = {name: rows[0] for name, rows in self._history.items()}
        found = np.where(np.broadcast_to(self._passed(start), self._shape), 0.0, np.inf)
        for t in range(self._last):
            pending = np.isinf(found)
            if not pending.any():
                break
            seen = {name: rows[t] for name, rows in self._history.items()} | {"mu": mu[t + 1]}
            found[self._passed(seen) & pending] = t + 1
        return found

    def first_by_bisection(self) -> Array | None:
        """The same where nothing but mu changes, and a bound of it is known that says nearly the same."""
        bound = self._move.bound
        if bound is None:
            return None
        mu = self._history["mu"][:, :, 0]
        lowest = np.minimum.accumulate(mu)  # so far: it meets the bound first when mu does
        limits = np.broadcast_to(bound(self._values)["bound"], self._shape)
        runs = np.arange(self._shape[0])[:, np.newaxis]
        low, high = (np.full(self._shape, end) for end in (0, self._last + 1))
        for _ in range(int(self._last + 1).bit_length()):
            middle = (low + high) // 2
            met = lowest[np.minimum(middle, self._last), runs] <= limits
            open_ = low < high
            high = np.where(met & open_, middle, high)
            low = np.where(~met & open_, middle + 1, low)
        found = np.where(low > self._last, np.inf, low)
        unsure = np.nonzero(np.isfinite(found))
        while unsure[0].size:  # the bound is a little high: from there on they are looked at one by one
            states = found[unsure].astype(np.intp)
            passed = self._passed({"mu": mu[states, unsure[0]]}, unsure)
            unsure = tuple(index[~passed] for index in unsure)
            later = found[unsure] + 1
            found[unsure] = np.where(later > self._last, np.inf, later)
            unsure = tuple(index[later <= self._last] for index in unsure)
        return found
