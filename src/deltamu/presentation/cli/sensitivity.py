"""Derivatives, elasticities and interactions of a quantity, or of what comes out of a run."""

import argparse
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli import streams
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

RUNS = ("an outcome", "a box")
POINTS = ("a formula", "--interactions")
TABLES = (*POINTS, *RUNS)
BELONGS = {
    "wrt": (*POINTS, "an outcome", "--latex"),
    "interactions": ("--interactions", "--latex"),
    "box": RUNS,
    "samples": ("a box",),
    "seed": ("a box",),
    "policy": RUNS,
    "moves": RUNS,
    "mu": POINTS,
    "delta": POINTS,
    "t": POINTS,
    "preset": TABLES,
    "scenario": TABLES,
    "csv": TABLES,
    "json": TABLES,
    "netcdf": TABLES,
}


def fill(parser: Parser) -> None:
    from deltamu.model import symbols as sym
    from deltamu.sensitivity import FINITE, SMOOTH

    parser.add_argument(
        "quantity",
        nargs="?",
        default="final_reliability",
        help=f"a formula's left side such as gain, or an outcome of a run: {', '.join(SMOOTH)} [final_reliability]",
    )
    parser.add_argument("--wrt", metavar="NAME[,NAME...]", help="by which parameters [all]")
    parser.add_argument("--interactions", action="store_true", help="how all pairs of parameters act together")
    finite = ", ".join(FINITE)
    parser.add_argument("--box", metavar="NAME", help=f"Sobol indices over a box, constants or sliders, of {finite}")
    parser.add_argument("--samples", type=whole, help="base sample of a box, a power of 2 [1024]")
    parser.add_argument("--seed", type=whole, help="seed of the sample of a box [1]")
    parser.add_argument("--latex", action="store_true", help="the derivatives as formulas in LaTeX")
    add_policy(parser)
    add_model(parser)
    parser.add_argument("--moves", type=whole, help="number of moves of a run [150]")
    for symbol in sym.STATE:
        parser.add_argument(f"--{symbol.name}", type=numbers, metavar="X", help=f"{symbol.meaning} [{symbol.allowed}]")
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu import sensitivity
    from deltamu.model import symbols as sym
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy
    from deltamu.model.published import PUBLISHED
    from deltamu.presentation.cli import tables as terminal

    asked = _asked(options, options.quantity in sensitivity.OUTCOMES)
    check_asked(options, asked, BELONGS)
    check_outputs(options)
    settings, controls = scenario(options)
    state = {s.name: getattr(options, s.name) for s in sym.STATE if getattr(options, s.name) is not None}
    wrt = None if options.wrt is None else options.wrt.split(",")
    model = named(options.model, find_model, "model") or settings.model or PUBLISHED
    if asked == "--latex":
        if controls:
            raise InputError(f"{', '.join(controls)} say nothing to --latex: formulas hold for all values")
        derived = (sensitivity.hessian if options.interactions else sensitivity.gradient)(
            options.quantity, wrt, model=model
        )
        streams.write("-", derived.latex() + "\n")
        return
    if asked == "--interactions":
        found = sensitivity.interactions(options.quantity, settings, wrt=wrt, model=model, **controls, **state)
        deliver(found, options, terminal.interactions)
        return
    run: dict[str, Any] = {
        "policy": named(options.policy, find_policy, "policy"),
        "model": model,
        "moves": 150 if options.moves is None else options.moves,
    }
    if asked == "a box":
        found = sensitivity.global_sensitivity(
            options.quantity, settings, bounds=options.box, n=1024 if options.samples is None else options.samples,
            seed=1 if options.seed is None else options.seed, **run, **controls,
        )  # fmt: skip
        deliver(found, options, lambda ds: terminal.tornado(ds.isel(outcome=0), "total", ("first_order", "total")))
        return
    found = sensitivity.sensitivities(options.quantity, settings, wrt=wrt, **run, **controls, **state)
    deliver(found, options, lambda ds: terminal.tornado(ds, "elasticity", ("derivative", "elasticity", "difference")))


def _asked(options: argparse.Namespace, outcome: bool) -> str:
    """What is asked for: it decides which options say something."""
    if options.latex:
        if outcome:
            raise InputError(f"{options.quantity} is an outcome of a run: it has no formula to print")
        return "--latex"
    if options.interactions:
        if outcome:
            raise InputError(f"{options.quantity} is an outcome of a run: interactions are for quantities of the model")
        return "--interactions"
    if options.box is not None:
        return "a box"
    return "an outcome" if outcome else "a formula"
