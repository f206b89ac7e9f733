"""Evaluate formulas of a model."""

import argparse

from deltamu.presentation.cli.options import (
    add_model,
    add_outputs,
    add_scenario,
    check_outputs,
    deliver,
    named,
    numbers,
    scenario,
)
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    from deltamu.model import symbols as sym

    parser.add_argument("quantity", nargs="+", help="a formula's left side, such as gain or N_eff")
    add_model(parser, many=True)
    for symbol in sym.STATE:
        parser.add_argument(f"--{symbol.name}", type=numbers, metavar="X", help=f"{symbol.meaning} [{symbol.allowed}]")
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu.model import symbols as sym
    from deltamu.model.models import find_model
    from deltamu.presentation.cli import tables as terminal
    from deltamu.simulation.evaluate import evaluate

    check_outputs(options)
    settings, controls = scenario(options)
    state = {symbol.name: getattr(options, symbol.name) for symbol in sym.STATE}
    controls |= {name: value for name, value in state.items() if value is not None}
    model = named(options.model, find_model, "model", many=True)
    deliver(evaluate(options.quantity, settings, model=model, **controls), options, terminal.evaluation)
