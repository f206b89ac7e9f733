"""Simulate the stochastic process, run by run."""

import argparse

from deltamu.cli.options import (
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
from deltamu.cli.parser import Parser


def fill(parser: Parser) -> None:
    add_policy(parser, many=True)
    add_model(parser, many=True)
    parser.add_argument("--runs", type=whole, required=True, help="number of runs of each point")
    parser.add_argument("--seed", type=whole, required=True, help="where the random numbers come from: a number >= 0")
    parser.add_argument("--moves", type=whole, default=150, help="number of moves [150]")
    parser.add_argument("--every-run", action="store_true", help="keep every run instead of their summary")
    parser.add_argument(
        "--feedback",
        choices=("probability", "realised"),
        default="probability",
        help="what the policy sees: the acceptance probability, or what was accepted of late [probability]",
    )
    parser.add_argument("--window", type=whole, metavar="N", help="moves that realised feedback sees [20]")
    parser.add_argument("--defects", action="store_true", help="draw the defects: passes, false passes")
    parser.add_argument("--jobs", type=whole, default=1, metavar="N", help="processes to work in [1]")
    parser.add_argument("--checkpoint", metavar="FOLDER", help="keep finished work there, and resume from it")
    add_engine(parser)
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from contextlib import nullcontext
    from multiprocessing import get_context

    from deltamu import terminal
    from deltamu.ensembles import ensemble
    from deltamu.errors import InputError
    from deltamu.formulas import find_model
    from deltamu.policies import find_policy

    check_outputs(options)
    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs} is not a whole number >= 1")
    settings, controls = scenario(options)
    pool = nullcontext() if options.jobs == 1 else ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn"))
    with pool as executor:
        dataset = ensemble(
            settings,
            policy=named(options.policy, find_policy, "policy", many=True),
            model=named(options.model, find_model, "model", many=True),
            runs=options.runs,
            seed=options.seed,
            moves=options.moves,
            engine=options.engine,
            reduce=None if options.every_run else "summary",
            feedback=options.feedback,
            window=options.window,
            defects=options.defects,
            executor=executor,
            checkpoint=options.checkpoint,
            **controls,
        )
    deliver(dataset, options, terminal.ensemble)
