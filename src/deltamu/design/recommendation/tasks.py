"""Where populations of tasks stop: as `stops`, the pass probability being that of a task drawn at random."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import at_points, spread
from deltamu.design.recommendation.stops import BLOCK, Stops
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move
from deltamu.sensitivity.linearised import SPENT, with_cost
from deltamu.simulation.run import Run
from deltamu.simulation.tasks import average

HALVINGS = 40

Array = NDArray[np.float64]
MASS = sym.mu.name


def stops_of_tasks(
    policy: Policy, model: Model, values: Mapping[str, Any], masses: Array, weights: Array, moves: int
) -> Stops:
    """Follow populations to where the mean of the pass probability is at the target.

    Parameters
    ----------
    policy, model, values, moves
        See `deltamu.design.recommendation.stops.stops`.
    masses, weights : array (populations, nodes)
        Of the tasks of each population.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings
    >>> settings = {name: np.float64(value) for name, value in Settings(target=0.6).items()}
    >>> found = stops_of_tasks(TRUST_REGION, PUBLISHED, settings, np.full((1, 1), 12.0), np.ones((1, 1)), 150)
    >>> found.moves.round(2).tolist(), found.cost.round(1).tolist(), found.pass_probability.round(6).tolist()
    ([33.38], [1068.0], [0.6])
    """
    size, nodes = masses.shape
    width = max(1, BLOCK // nodes)
    parts = []
    for start in range(0, size, width):
        at = slice(start, min(start + width, size))
        parts.append(_block(policy, model, at_points(values, at), masses[at], weights[at], moves))
    return Stops.joined(parts)


def _block(policy: Policy, model: Model, values: Mapping[str, Any], masses: Array, weights: Array, moves: int) -> Stops:
    size, nodes = masses.shape
    given = {**spread(values, nodes), sym.mu0.name: masses.reshape(-1)}
    run = Run(with_cost(one_move(policy, model)), given, size * nodes)
    report = compile_program(program("report", model, REPORT))
    target = np.broadcast_to(values[sym.target.name], size)

    def reported(state: Mapping[str, Array]) -> dict[str, Array]:
        found = report({**given, **state})
        every = {name: np.broadcast_to(value, size * nodes).reshape(size, nodes) for name, value in found.items()}
        return {name: average(name, every, weights) for name in every}

    before, after = ({name: value.copy() for name, value in run.state.items()} for _ in range(2))
    best = reported(run.known)[sym.pass_probability.name]
    needed, nearest = np.where(best >= target, 0.0, np.inf), np.zeros(size)
    for t in range(moves):
        going = np.isinf(needed)
        if not going.any():
            break
        run.advance()
        passing = reported({**run.before, MASS: run.state[MASS]})[sym.pass_probability.name]
        met = going & (passing >= target)
        new = met | (going & (passing > best))
        needed[met] = t + 1.0
        if new.any():
            best, nearest = np.where(new, passing, best), np.where(new, t + 1.0, nearest)
            each = np.repeat(new, nodes)
            for name, value in run.state.items():
                np.copyto(before[name], run.before[name], where=each)
                np.copyto(after[name], value, where=each)
    reached, low, high = np.isfinite(needed) & (needed > 0), np.zeros(size), np.ones(size)

    def at_share(share: Array) -> dict[str, Array]:
        mass = before[MASS] + np.repeat(share, nodes) * (after[MASS] - before[MASS])
        return {**before, MASS: mass}

    for _ in range(HALVINGS if reached.any() else 0):
        middle = (low + high) / 2
        passed = reported(at_share(middle))[sym.pass_probability.name] >= target
        low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    share = np.where(reached, high, 1.0)
    cost = np.zeros(size)
    if SPENT.name in after:
        ends = [part[SPENT.name].reshape(size, nodes) for part in (before, after, run.state)]
        first, last, whole = ((weights * part).sum(axis=1) for part in ends)
        cost = np.where(np.isfinite(needed), first + share * (last - first), whole)
    stopped = at_share(share)
    found = reported(stopped)
    mass = (weights * stopped[MASS].reshape(size, nodes)).sum(axis=1)
    return Stops(needed + np.where(reached, share - 1, 0.0), cost, mass, found[sym.pass_probability.name],
                 found[sym.false_pass_probability.name], found[sym.reliability.name], nearest)  # fmt: skip
