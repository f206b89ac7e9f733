"""Floors, points of rest, what is reachable, and where adapting the radius helps."""

import argparse
from collections.abc import Callable
from typing import Any

from deltamu.presentation.cli.options import (
    add_model,
    add_outputs,
    add_policy,
    add_scenario,
    check_asked,
    check_outputs,
    deliver,
    named,
    numbers,
    scenario,
    whole,
)
from deltamu.presentation.cli.parser import Parser

QUESTIONS = {
    "points": "points of rest at a fixed radius, their stability and the way orbits come",
    "floor": "defect floor of a fixed radius, inf where there is none",
    "reachable": "best pass probability and reliability of a policy, and what keeps the target away",
    "trust-region": "where defect mass and radius of the trust region rest together",
    "long-run": "where runs end: at rest or in a cycle of the radius",
    "advantage": "the trust region against the best schedules without feedback",
}
COLUMNS = {
    "points": (
        "mu",
        "stability",
        "approach",
        "multiplier",
        "moves_per_decade",
        "moves_within",
        "rest_low",
        "rest_high",
    ),
    "reachable": ("limit", "pass_probability", "reliability", "mu_reached", "floor"),
    "advantage": ("level", "moves_trust_region", "over_fixed", "over_best_fixed", "over_best_decay"),
}
BELONGS = {
    "delta": ("points", "floor"),
    "policy": ("reachable", "long-run"),
    "moves": ("reachable", "long-run", "advantage"),
}


def fill(parser: Parser) -> None:
    texts = "; ".join(f"{name}: {text}" for name, text in QUESTIONS.items())
    parser.add_argument("--what", choices=QUESTIONS, default="points", metavar="WHAT", help=f"{texts} [points]")
    parser.add_argument("--delta", type=numbers, metavar="X", help="fixed edit radius, for points and floor [delta0]")
    parser.add_argument("--moves", type=whole, help="number of moves, for reachable, long-run and advantage")
    add_policy(parser, many=True)
    add_model(parser, many=True)
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu.presentation.cli import tables as terminal

    check_outputs(options)
    dataset = _answer(options)
    columns = list(COLUMNS.get(options.what, dataset))
    deliver(dataset, options, lambda answer: terminal.evaluation(answer[columns]))


def _answer(options: argparse.Namespace) -> Any:
    from deltamu import equilibria
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy

    check_asked(options, options.what, BELONGS)
    settings, controls = scenario(options)
    asked = controls | {"model": named(options.model, find_model, "model", many=True)}
    if options.what in BELONGS["policy"]:
        asked["policy"] = named(options.policy, find_policy, "policy", many=True)
    if options.moves is not None:
        asked["moves"] = options.moves
    if options.what == "points":
        return equilibria.fixed_points(settings, delta=options.delta, **asked)
    if options.what == "floor":
        radius = controls.get("delta0", settings["delta0"]) if options.delta is None else options.delta
        floor = equilibria.defect_floor(settings, delta=radius, **asked)
        return floor.to_dataset(promote_attrs=True)
    calls: dict[str, Callable[..., Any]] = {
        "reachable": equilibria.reachable,
        "trust-region": equilibria.rest_points,
        "long-run": equilibria.long_run,
        "advantage": equilibria.advantage,
    }
    return calls[options.what](settings, **asked)
