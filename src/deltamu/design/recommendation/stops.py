"""Where many runs stop: moves, cost, and what the oracle missed, at the point where the pass probability is at target.

A run is followed to the stop linear in the defect mass between two states, as `moves_to_target_interpolated` is: there
the outcomes are continuous in the controls, while after the whole move they jump wherever the number of moves does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import at_points
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move
from deltamu.sensitivity.linearised import SPENT, with_cost
from deltamu.simulation.run import Run

BLOCK = 16384  # runs at a time: the temporaries stay in the cache

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stops:
    """Where runs stop, or come nearest to their target: one element a run.

    Attributes
    ----------
    moves : array
        Moves to the target, linear in mu between states; inf where it is not reached.
    cost : array
        Model calls until then, or in all moves; 0 in a model that has no cost of a move.
    mu, pass_probability, false_pass, reliability : array
        At the stop; where the target is not reached, after the move with the largest pass probability.
    nearest : array
        Number of moves after which the pass probability is largest; for a run that stops, those that it needs.
    """

    moves: Array
    cost: Array
    mu: Array
    pass_probability: Array
    false_pass: Array
    reliability: Array
    nearest: Array

    def __getitem__(self, index: Any) -> "Stops":
        return Stops(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: list["Stops"]) -> "Stops":
        """All runs of several blocks."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def stops(policy: Policy, model: Model, values: Mapping[str, Any], size: int, moves: int) -> Stops:
    """Follow runs to their stop.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings
    >>> settings = {name: np.float64(value) for name, value in Settings(target=0.6).items()}
    >>> found = stops(TRUST_REGION, PUBLISHED, settings, 1, 150)
    >>> found.moves.round(2).tolist(), found.cost.round(1).tolist(), found.pass_probability.round(6).tolist()
    ([33.38], [1068.0], [0.6])
    """
    parts = []
    for start in range(0, size, BLOCK):
        at = slice(start, min(start + BLOCK, size))
        block = at_points(values, at)
        parts.append(_block(policy, model, block, at.stop - at.start, moves))
    return Stops.joined(parts)


def _block(policy: Policy, model: Model, values: Mapping[str, Any], size: int, moves: int) -> Stops:
    move = with_cost(one_move(policy, model))
    run = Run(move, values, size)
    report = compile_program(program("report", model, REPORT))
    states = [state.name for state in move.state]
    before, after = ({name: run.state[name].copy() for name in states} for _ in range(2))
    best = np.array(np.broadcast_to(report(run.known)[sym.pass_probability.name], size))
    nearest = np.zeros(size)
    for t in range(moves):
        going = np.isinf(run.moves_to_target)
        if not going.any():
            break
        run.advance()
        passing = report({**values, **run.before, sym.mu.name: run.state[sym.mu.name]})[sym.pass_probability.name]
        new = going & ((passing > best) | np.isfinite(run.moves_to_target))
        if new.any():
            best, nearest = np.where(new, passing, best), np.where(new, t + 1.0, nearest)
            for name in states:
                np.copyto(before[name], run.before[name], where=new)
                np.copyto(after[name], run.state[name], where=new)
    found = run.interpolated()
    reached = np.isfinite(found)
    share = np.ones(size)
    np.subtract(found, run.moves_to_target - 1, out=share, where=reached & (found > 0))
    mu = before[sym.mu.name] + share * (after[sym.mu.name] - before[sym.mu.name])
    seen = {**values, **{name: before[name] for name in states}, sym.mu.name: mu}
    at_stop = {name: np.broadcast_to(value, size) for name, value in report(seen).items()}
    cost = np.zeros(size)
    if SPENT.name in states:
        stopped = before[SPENT.name] + share * (after[SPENT.name] - before[SPENT.name])
        cost = np.where(reached, stopped, run.state[SPENT.name])
    passing, missing, reliable = (np.array(at_stop[symbol.name]) for symbol in REPORT)
    return Stops(found, cost, mu, passing, missing, reliable, nearest)
