"""Simulate the stochastic process, run by run."""

import argparse
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from deltamu.presentation.cli.options import (
    add_engine,
    add_model,
    add_outputs,
    add_policy,
    add_scenario,
    check_asked,
    check_outputs,
    deliver,
    named,
    scenario,
    whole,
)
from deltamu.presentation.cli.parser import Parser

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future


P = ParamSpec("P")
T = TypeVar("T")
MOST_JOBS = 1024  # processes


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
    from contextlib import nullcontext

    from deltamu.errors import InputError
    from deltamu.model.arguments import check_count
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy
    from deltamu.presentation.cli import tables as terminal
    from deltamu.simulation.ensemble import ensemble

    check_outputs(options)
    check_count("--jobs", options.jobs, MOST_JOBS)
    if options.checkpoint == "":
        raise InputError("--checkpoint '' names no folder")
    check_asked(options, f"--feedback {options.feedback}", {"window": ("--feedback realised",)})
    settings, controls = scenario(options)
    with nullcontext() if options.jobs == 1 else _pool(options.jobs) as executor:
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


def _pool(jobs: int) -> "Executor":
    """Workers that an interrupt from the keyboard stops, each once it is at work, without a word."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    class Pool(ProcessPoolExecutor):
        def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
            return super().submit(partial(_interruptible, work), *args, **kwargs)

    deaf = (signal.SIGINT, signal.SIG_IGN)
    return Pool(jobs, mp_context=get_context("spawn"), initializer=signal.signal, initargs=deaf)


def _interruptible(work: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Work in a worker that hears an interrupt while it works, and then takes up nothing any more."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        raise KeyboardInterrupt
    then = signal.SIG_IGN
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work(*arguments, **options)
    except KeyboardInterrupt:
        then = signal.SIG_DFL
        raise
    finally:
        signal.signal(signal.SIGINT, then)
