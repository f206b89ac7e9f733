"""Simulate a policy in a model, move by move, at one point or in a sweep."""

import argparse
from typing import Any

from deltamu.presentation.cli.options import (
    add_engine,
    add_model,
    add_outputs,
    add_policy,
    add_scenario,
    check_outputs,
    deliver,
    named,
    scenario,
    whole,
)
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    add_policy(parser, many=True)
    add_model(parser, many=True)
    parser.add_argument("--moves", type=whole, default=150, help="number of moves [150]")
    parser.add_argument("--keep", default="all", metavar="WHAT", help="all, final, or names of variables: mu,delta_t")
    parser.add_argument("--closure", metavar="NAME", help="variance: follow the variance of the process as well")
    add_engine(parser)
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy
    from deltamu.simulation.simulate import simulate

    check_outputs(options)
    settings, controls = scenario(options)
    dataset = simulate(
        settings,
        policy=named(options.policy, find_policy, "policy", many=True),
        model=named(options.model, find_model, "model", many=True),
        moves=options.moves,
        closure=options.closure,
        engine=options.engine,
        keep=options.keep if options.keep in ("all", "final") else options.keep.split(","),
        **controls,
    )
    deliver(dataset, options, _table)


def _table(dataset: Any) -> Any:
    from deltamu.presentation.cli import tables as terminal

    return terminal.simulation(dataset)
