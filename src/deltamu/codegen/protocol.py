"""What an engine is: it makes all moves of a block of runs; labels, blocks and status are the simulator's.

Between moves, the time to the target is interpolated alike for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Ran:
    """What came of a block of runs.

    Attributes
    ----------
    before, after : dict of str to array
        The state (``mu`` and what the policy sets, by the names of the symbols) before and after the last move;
        each of shape (size,).
    moves_to_target : array
        Smallest number of moves after which the pass probability is at the target: 0 if it is at the start, inf if
        it never is; shape (size,).
    crossing : dict of str to array
        The move that reached the target: the state before it, and ``mu_next`` after it; each of shape (size,).
        Any numbers stand where no move did.
    """

    before: dict[str, Array]
    after: dict[str, Array]
    moves_to_target: Array
    crossing: dict[str, Array]


class Block(Protocol):
    """A block of runs between moves.

    Attributes
    ----------
    now, before : dict of str to array
        The state (``mu`` and what the policy sets) before the next move, and before the last one.
    known : dict of str to float or array
        Controls, what is the same in every move, and the state before the next one.
    moves_to_target, crossing
        See `Ran`; of the moves made so far.
    settled : bool
        Whether nothing that only a schedule sets will change any more.
    """

    now: dict[str, Array]
    before: dict[str, Array]
    moves_to_target: Array
    crossing: dict[str, Array]
    settled: bool

    @property
    def known(self) -> dict[str, Any]: ...

    def move(self, t: int, given: Mapping[str, Array] | None = None, *, recording: bool = True) -> dict[str, Any]:
        """Make move t; return every value in it by name, in arrays that the next move but one reuses.

        A random move is given the values of `symbols.GIVEN` that it reads.
        """
        ...

    def keep(self, index: NDArray[np.intp]) -> None:
        """Go on with some of the runs only."""
        ...


class CompiledRun(Protocol):
    """A policy in a model, compiled for an engine together with what it records.

    Attributes
    ----------
    block : int
        How many points it is best given at a time.
    source : str
        What was generated, to read.
    """

    @property
    def block(self) -> int: ...

    @property
    def source(self) -> str: ...

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        """Make all moves of a block of runs.

        Parameters
        ----------
        values : mapping of str to float or array
            All controls by name; an array has shape (size,) and is contiguous. They are not written to.
        size : int
            Number of runs.
        moves : int
            Number of moves, at least 1.
        record : mapping of str to array
            For each recorded symbol, by name, the array to write to: (moves, size), or (1, size) for the last move
            only; both may occur together. Rows are contiguous. The symbols of `REPORT` and ``mu_next`` are of the
            state after the move, with the controls in it; states and controls are those before it; anything else
            is what the model computes in it.
        """
        ...


class SteppedRun(CompiledRun, Protocol):
    """A run that can be made move by move, too."""

    def begin(self, values: Mapping[str, Any], size: int, after: Block | None = None) -> Block:
        """The block before its first move, or where another one is."""
        ...


def interpolated(
    report: Callable[[Mapping[str, Any]], Mapping[str, Any]], crossing: dict[str, Any], moves_to_target: Array
) -> Array:
    """Moves to the target, linear in mu between the states before and after the move that reached it.

    Parameters
    ----------
    report : callable
        Computes the pass probability.
    crossing : dict of str to float or array
        What it reads, and ``target``, ``mu`` before that move and ``mu_next`` after it.
    moves_to_target : array
        Whole numbers of moves; what is 0 or inf stays.
    """
    moved = np.flatnonzero(np.isfinite(moves_to_target) & (moves_to_target > 0))
    if not moved.size:
        return moves_to_target
    at = at_points(crossing, moved)
    low, high = np.zeros(moved.size), np.ones(moved.size)
    before, after = at["mu"], at["mu_next"]
    for _ in range(np.finfo(float).nmant + 1):  # bisection, since a user's pass probability may have no inverse
        middle = (low + high) / 2
        values = report(at | {"mu": before + middle * (after - before)})
        passed = values["pass_probability"] >= at["target"]
        low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    found = moves_to_target.copy()
    found[moved] += high - 1
    return found


def at_points(values: Mapping[str, Any], index: Any) -> dict[str, Any]:
    """Values at some of the points: those elements of arrays; numbers are the same at all.

    Examples
    --------
    >>> at_points({"H": 0.6, "mu0": np.array([5.0, 12.0, 30.0])}, [0, 2])
    {'H': 0.6, 'mu0': array([ 5., 30.])}
    """
    return {name: taken(value, index) for name, value in values.items()}


def taken(value: Any, index: Any) -> Any:
    """A value at some of the points."""
    return value[index] if np.ndim(value) else value


def spread(values: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Values with each point `count` times in a row."""
    return {name: np.repeat(value, count) if np.ndim(value) else value for name, value in values.items()}
