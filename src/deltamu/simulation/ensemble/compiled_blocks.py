"""Blocks of runs through an engine that samples: draws, moves and summaries in one compiled loop."""

from functools import cache
from typing import Any

import numpy as np
from sympy import Symbol

from deltamu.codegen.engines import compile_sampler
from deltamu.codegen.program import Program, program
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Move, Policy, one_move
from deltamu.model.stochastic import INVERSION, stochastic
from deltamu.simulation.ensemble import summaries
from deltamu.simulation.ensemble.blocks import RECORDED, Plan, Rows
from deltamu.simulation.ensemble.streams import BLOCK, Key, words_of

Where = tuple[dict[str, Any], int, range, int, Key, int]  # controls, points, numbers of runs, moves, key, window
Task = tuple[dict[str, Any], int, int, int]  # controls, points, block of runs, runs


def still(policy: Policy) -> Policy:
    """The policy that starts likewise and then changes nothing."""
    return Policy(policy.name, dict(policy.initial), {})


def steering(move: Move) -> Program:
    """What a move makes of the controls, given the acceptance that the policy sees."""
    return program("steer", move.model, move.after[1:], given=[sym.acceptance])


@cache
def sampler(engine: str, policy: Policy, model: Model, recorded: tuple[Symbol, ...], observed: bool = False) -> Any:
    """The compiled move of a policy in the stochastic model that `model` makes (see `compile_sampler`)."""
    move, place = one_move(policy, stochastic(model)), summaries.place_of_bin()
    if not observed:
        return compile_sampler(engine, move, recorded, INVERSION, place)
    return compile_sampler(
        engine, one_move(still(policy), stochastic(model)), recorded, INVERSION, place, steering(move)
    )


def _of_runs(plan: Plan, task: Task) -> tuple[Any, tuple[str, ...], Where]:
    """The sampler of an ensemble, the names of all that it records, and what it is called with."""
    controls, points, block, runs = task
    recorded = (sym.mu, *plan.policy.state, *RECORDED, sym.mu_next)
    numbers = range(block * BLOCK, block * BLOCK + runs)
    where = (controls, points, numbers, plan.moves, words_of(plan.key), plan.window)
    made = sampler(plan.engine, plan.policy, plan.model, recorded, plan.window > 0)
    return made, tuple(symbol.name for symbol in recorded), where


def every_run(plan: Plan, task: Task) -> Rows:
    """All rows of a block of runs, stacked along the moves."""
    made, names, where = _of_runs(plan, task)
    rows, to_target = made.runs(names, *where)
    return rows | {"moves_to_target": to_target}


def summary(plan: Plan, task: Task, *, histogram: bool) -> Rows:
    """The summary of a block of runs, as `deltamu.simulation.ensemble.summaries.summary_of` makes it."""
    made, _, where = _of_runs(plan, task)
    found = made.summary(summaries.AVERAGED, *where, summaries.BINS if histogram else 0)
    rows: Rows = {"runs": np.array(task[-1]), "reached": found.reached}
    for name in summaries.AVERAGED:
        rows[f"{name}_mean"], rows[f"{name}_squares"] = found.means[name], found.squares[name]
    return rows | ({"histogram": found.histogram} if histogram else {})


def one_sampled_move(
    engine: str, model: Model, values: dict[str, Any], runs: int, key: Key, recorded: tuple[Symbol, ...]
) -> dict[str, np.ndarray]:
    """One move from a state, many times; `values` has the state as ``mu`` and ``delta``."""
    nothing = Policy("none", {sym.delta: sym.delta0}, {})
    start = values | {sym.mu0.name: values[sym.mu.name], sym.delta0.name: values[sym.delta.name]}
    names = tuple(symbol.name for symbol in recorded)
    rows, _ = sampler(engine, nothing, model, recorded).runs(names, start, 1, range(runs), 1, words_of(key))
    return {name: array[0, 0] for name, array in rows.items()}
