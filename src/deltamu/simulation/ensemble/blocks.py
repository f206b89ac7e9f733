"""One block of runs, move by move."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrik

from deltamu.codegen.engines import compile_steps
from deltamu.codegen.protocol import spread
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move
from deltamu.model.stochastic import observing, stochastic
from deltamu.simulation.ensemble.streams import Key, defect_draws, move_draws, task_draws
from deltamu.simulation.population import Population

RECORDED = (sym.acceptance, sym.accepted, sym.realised_gain)
TO_TARGET = "moves_to_target"
Rows = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Plan:
    """What is common to all blocks of an ensemble.

    Attributes
    ----------
    policy, model
        The policy, and the model whose stochastic move is made.
    moves : int
    key : tuple of int
        Key of the random streams.
    window : int
        0: the policy sees the acceptance probability; n: the share of the last n moves that were accepted.
    defects : bool
        Whether numbers of visible and hidden defects are drawn after each move, and what the oracle makes of them.
    engine : str
        What makes the moves: one of `deltamu.codegen.engines.ENGINES`.
    population : Population, optional
        Tasks of which each run is one, drawn at random; None: all runs of a point have its mass.
    """

    policy: Policy
    model: Model
    moves: int
    key: Key
    window: int
    defects: bool
    engine: str = "numpy"
    population: Population | None = None


def moves_of(plan: Plan, controls: Mapping[str, Any], points: int, block: int, runs: int) -> Iterator[Rows]:
    """Make the moves of the first `runs` runs of a block at some points.

    A row has, by name and of shape (points, runs), the state before a move, what was recorded in it, ``mu_next``, and
    when each run reached its target so far.
    """
    rule = observing(plan.policy) if plan.window else plan.policy
    seen = sym.acceptance_seen if plan.window else sym.acceptance
    compiled = compile_steps(one_move(rule, stochastic(plan.model)), (seen, sym.accepted, sym.realised_gain))
    if plan.population is None:
        made = compiled.begin(controls, points)  # what is the same for all runs of a point is computed once
        made.keep(np.repeat(np.arange(points), runs))
    else:
        masses = plan.population.masses_at(task_draws(plan.key, block, runs))
        made = compiled.begin({**spread(controls, runs), sym.mu0.name: np.tile(masses, points)}, points * runs)
    shape = (points, runs)
    events = np.zeros((min(plan.window, plan.moves), points * runs))
    accepted_before = np.zeros(points * runs)
    for t in range(plan.moves):
        given = {name: np.tile(draw, points) for name, draw in move_draws(plan.key, block, t, runs).items()}
        if plan.window:
            oldest = events[t % len(events)]
            accepted_before -= oldest
            given |= {sym.accepted_before.name: accepted_before, sym.moves_seen.name: float(min(t + 1, plan.window))}
        results = made.move(t, given)
        if plan.window:
            oldest[:] = results[sym.accepted.name]
            accepted_before += oldest
        before, mu = made.before, made.now[sym.mu.name]
        row = before | {symbol.name: results[symbol.name] for symbol in (sym.accepted, sym.realised_gain)}
        row |= {sym.acceptance.name: results[seen.name], sym.mu_next.name: mu, TO_TARGET: made.moves_to_target}
        row = {name: np.broadcast_to(values, points * runs).reshape(shape) for name, values in row.items()}
        if plan.defects:
            row |= _defects(
                plan.key, block, t, row[sym.mu_next.name], np.broadcast_to(results[sym.r.name], mu.shape).reshape(shape)
            )
        yield row


def _defects(key: Key, block: int, move: int, mu: NDArray[np.float64], r: Any) -> Rows:
    """Poisson numbers of visible and hidden defects, by inversion of common uniform draws; and what the oracle says."""
    draws = defect_draws(key, block, move, mu.shape[-1])
    visible, hidden = (_poisson(*part) for part in zip(draws, (r * mu, (1 - r) * mu), strict=True))
    passes = (visible == 0).astype(float)
    return {
        "visible_defects": visible,
        "hidden_defects": hidden,
        "passes": passes,
        "false_passes": passes * (hidden > 0),
    }


def _poisson(uniform: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    some = uniform > np.exp(-mean)  # inversion below the atom at 0 has no root
    with np.errstate(all="ignore"):
        number = np.ceil(pdtrik(np.broadcast_to(uniform, mean.shape), mean))
    return np.where(some & np.isfinite(number), np.maximum(number, 1.0), 0.0)
