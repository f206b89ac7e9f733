"""Orbits of the exact map of a move: the state of many runs, advanced until something has happened."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.buffers import Block, compile_run
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import at_points
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.controls import is_number
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move
from deltamu.simulation.sweeps import check_count

__all__ = ["Orbit", "check_level", "moves_to_level", "whole_moves"]


def whole_moves(moves: Any) -> int:
    """A number of moves, if it is one.

    Raises
    ------
    InputError
        It is not a whole number >= 1.
    """
    check_count("moves", moves)
    return int(moves)


def check_level(level: Any) -> None:
    """Raise unless a defect mass to reach is one; None leaves it open.

    Raises
    ------
    InputError
        It is not a number >= 0.
    """
    if level is not None and not (is_number(level) and 0 <= level < np.inf):
        raise InputError(f"level = {shown(level)} is not a defect mass >= 0")


class Orbit:
    """Runs of a policy in a model, between moves.

    Parameters
    ----------
    policy : Policy
    model : Model
    values : mapping of str to float or array
        All controls; arrays have one element a run.
    size : int
        Number of runs.
    recorded : tuple of Symbol
        Quantities of a move that `advance` returns besides the state after it.

    Attributes
    ----------
    now : dict of str to array
        The state before the next move: ``mu`` and what the policy sets.
    moves : int
        Moves made so far.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings
    >>> orbit = Orbit(TRUST_REGION, PUBLISHED, Settings(), 1)
    >>> _ = orbit.advance()
    >>> orbit.now["delta"].round(12).tolist(), orbit.moves
    ([0.26], 1)
    """

    def __init__(
        self, policy: Policy, model: Model, values: Mapping[str, Any], size: int, recorded: tuple[Symbol, ...] = ()
    ):
        move = one_move(policy, model)
        self._held = dict(values)
        self._after = dict(zip((s.name for s in move.state), (s.name for s in move.after), strict=True))
        self._report = compile_program(program("report", move.model, REPORT))
        with np.errstate(all="ignore"):
            self._block = Block(compile_run(move, recorded), values, size)
        self.now: dict[str, Array] = self._state()
        self.moves = 0

    def _state(self) -> dict[str, Array]:
        now = self._block.before()
        return {name: np.array(now[name]) for name in self._after}

    def advance(self) -> dict[str, Any]:
        """Make a move; return its results, the state after it among them under names such as ``mu_next``.

        Results are good until the next move.
        """
        with np.errstate(all="ignore"):
            results = self._block.step(self.moves)
        self.now = self._state()
        self.moves += 1
        return results

    def report(self) -> dict[str, Any]:
        """Pass probability, false-pass probability and reliability in the present state."""
        return self._report({**self._held, **self.now})

    def reported_after(self, controls: Mapping[str, Array]) -> dict[str, Any]:
        """The same with the present defect mass and the controls of the move before."""
        return self._report({**self._held, **controls, sym.mu.name: self.now[sym.mu.name]})

    def keep(self, index: NDArray[np.intp]) -> None:
        """Go on with some of the runs only."""
        self.now = {name: value[index] for name, value in self.now.items()}
        self._held = at_points(self._held, index)
        self._block.keep(index)

    def values(self) -> dict[str, Any]:
        """All controls and the state as they stand, by name."""
        return {**self._held, **self.now}


def moves_to_level(orbit: Orbit, level: Array, most: int) -> tuple[Array, Array]:
    """Moves until the defect mass is at a level or below, linear in the mass between two states.

    Runs that are there are not followed further, nor are those in which a move changes nothing any more.

    Returns
    -------
    moves : array
        ``inf`` where the level is not met within `most` moves.
    mu : array
        The last mass seen.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings
    >>> orbit = Orbit(TRUST_REGION, PUBLISHED, Settings(), 2)
    >>> moves, mu = moves_to_level(orbit, np.array([1.0, 0.3]), 500)
    >>> moves.round(2).tolist(), mu.round(4).tolist()
    ([28.48, inf], [0.9396, 0.4708])
    """
    mu = np.array(orbit.now[sym.mu.name])
    level = np.broadcast_to(np.asarray(level, dtype=float), mu.shape)
    moves = np.where(mu <= level, 0.0, np.inf)
    runs = np.arange(mu.size)
    going = mu > level
    for _ in range(most):
        if not going.all():
            orbit.keep(np.flatnonzero(going))
            runs = runs[going]
        if not runs.size:
            break
        before, made = orbit.now, orbit.moves
        orbit.advance()
        now = orbit.now[sym.mu.name]
        met = now <= level[runs]
        share = (before[sym.mu.name][met] - level[runs[met]]) / (before[sym.mu.name][met] - now[met])
        moves[runs[met]] = made + share
        mu[runs] = now
        idle = np.ones(runs.size, dtype=bool)
        for name, value in orbit.now.items():
            idle &= value == before[name]
        going = ~(met | idle)
    return moves, mu
