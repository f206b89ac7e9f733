"""One block of runs, move by move."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrik

from deltamu.codegen.compile import Compiled, CompiledMove, compile_move, compile_program
from deltamu.codegen.program import Program, program
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Move, Policy, one_move
from deltamu.model.stochastic import stochastic
from deltamu.simulation.ensemble.streams import Key, defect_draws, move_draws

RECORDED = (sym.acceptance, sym.accepted, sym.realised_gain)
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
    """

    policy: Policy
    model: Model
    moves: int
    key: Key
    window: int
    defects: bool
    engine: str = "numpy"


@cache
def _compiled(policy: Policy, model: Model, observed: bool) -> tuple[CompiledMove, Compiled | None]:
    """The compiled move and, where the policy sees observed events, the program that updates it afterwards."""
    move = one_move(policy, stochastic(model))
    if not observed:
        return compile_move(move, RECORDED), None
    return compile_move(one_move(still(policy), stochastic(model)), RECORDED), compile_program(steering(move))


def still(policy: Policy) -> Policy:
    """The policy that starts likewise and then changes nothing."""
    return Policy(policy.name, dict(policy.initial), {})


def steering(move: Move) -> Program:
    """What a move makes of the controls, given the acceptance that the policy sees."""
    return program("steer", move.model, move.after[1:], given=[sym.acceptance])


def moves_of(plan: Plan, controls: Mapping[str, Any], points: int, block: int, runs: int) -> Iterator[Rows]:
    """Make the moves of the first `runs` runs of a block at some points."""
    compiled, steer = _compiled(plan.policy, plan.model, plan.window > 0)
    columns = {name: value[:, np.newaxis] if np.ndim(value) else value for name, value in controls.items()}
    start = compiled.start(columns)
    shape = (points, runs)
    state = compiled.move.state
    initial = {symbol.name: np.array(np.broadcast_to(start[f"{symbol}_start"], shape)) for symbol in state}
    now: dict[str, Any] = columns | compiled.before(columns) | initial
    passed_at_start = np.broadcast_to(_passed(compiled, now), shape)
    events = np.zeros((plan.window, *shape), dtype=bool)
    for t in range(plan.moves):
        before = now | move_draws(plan.key, block, t, runs) | {sym.t.name: t}
        results = compiled.step(before)
        after = {s.name: results[new.name] for s, new in zip(state, compiled.move.after, strict=True)}
        seen = results[sym.acceptance.name]
        if steer is not None:
            events[t % plan.window] = results[sym.accepted.name]
            seen = events.sum(axis=0) / min(t + 1, plan.window)
            steered = steer(before | results | {sym.acceptance.name: seen})
            after |= dict(zip((symbol.name for symbol in state[1:]), steered.values(), strict=True))
        arrived = before | {sym.mu.name: after[sym.mu.name]}
        row = {symbol.name: before[symbol.name] for symbol in state} | {
            sym.acceptance.name: seen,
            sym.accepted.name: results[sym.accepted.name],
            sym.realised_gain.name: results[sym.realised_gain.name],
            sym.mu_next.name: after[sym.mu.name],
            "passed": _passed(compiled, arrived),
            "passed_at_start": passed_at_start,
        }
        if plan.defects:
            row |= _defects(plan.key, block, t, after[sym.mu.name], before[sym.r.name])
        yield {name: np.broadcast_to(values, shape) for name, values in row.items()}
        now = now | after


def _passed(compiled: CompiledMove, values: Mapping[str, Any]) -> Any:
    return compiled.report(values)[sym.pass_probability.name] >= values[sym.target.name]


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
