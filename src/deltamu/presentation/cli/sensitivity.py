"""Derivatives, elasticities and interactions of a quantity, or of what comes out of a run."""

import argparse

from deltamu.errors import InputError
from deltamu.presentation.cli.options import (
    add_model,
    add_outputs,
    add_policy,
    add_scenario,
    check_outputs,
    deliver,
    named,
    numbers,
    scenario,
    whole,
)
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    from deltamu.model import symbols as sym

    parser.add_argument(
        "quantity",
        nargs="?",
        default="final_reliability",
        help="a formula's left side such as gain, or an outcome of a run [final_reliability]",
    )
    parser.add_argument("--wrt", metavar="NAME[,NAME...]", help="by which parameters [all]")
    parser.add_argument("--interactions", action="store_true", help="how all pairs of parameters act together")
    parser.add_argument("--box", metavar="NAME", help="Sobol indices over a box: constants, or sliders")
    parser.add_argument("--samples", type=whole, default=1024, help="base sample of a box, a power of 2 [1024]")
    parser.add_argument("--seed", type=whole, default=1, help="seed of the sample of a box [1]")
    parser.add_argument("--latex", action="store_true", help="the derivatives as formulas in LaTeX")
    add_policy(parser)
    add_model(parser)
    parser.add_argument("--moves", type=whole, default=150, help="number of moves of a run [150]")
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

    check_outputs(options)
    settings, controls = scenario(options)
    state = {s.name: getattr(options, s.name) for s in sym.STATE if getattr(options, s.name) is not None}
    wrt = options.wrt.split(",") if options.wrt else None
    policy = named(options.policy, find_policy, "policy")
    model = named(options.model, find_model, "model") or settings.model or PUBLISHED
    outcome = options.quantity in sensitivity.OUTCOMES
    if options.latex:
        if outcome:
            raise InputError(f"{options.quantity} is an outcome of a run: it has no formula to print")
        print(_formulas(options.quantity, wrt, model, options.interactions))
        return
    if options.box:
        found = sensitivity.global_sensitivity(
            options.quantity, settings, bounds=options.box, n=options.samples, seed=options.seed, policy=policy,
            model=model, moves=options.moves, **controls,
        )  # fmt: skip
        deliver(found, options, lambda ds: terminal.tornado(ds.isel(outcome=0), "total", ("first_order", "total")))
        return
    if options.interactions:
        if outcome:
            raise InputError(f"{options.quantity} is an outcome of a run: interactions are for quantities of the model")
        found = sensitivity.interactions(options.quantity, settings, wrt=wrt, model=model, **controls, **state)
        deliver(found, options, terminal.interactions)
        return
    found = sensitivity.sensitivities(
        options.quantity, settings, wrt=wrt, policy=policy, model=model, moves=options.moves, **controls, **state
    )
    deliver(found, options, lambda ds: terminal.tornado(ds, "elasticity", ("derivative", "elasticity", "difference")))


def _formulas(quantity, wrt, model, second: bool) -> str:
    """Derivatives, and the derivatives of the intermediates that they are written in, as aligned equations."""
    from deltamu.model.formula import Model
    from deltamu.sensitivity import gradient, hessian

    derived = (hessian if second else gradient)(quantity, wrt, model=model).values()
    lines = dict.fromkeys(formula for one in derived for formula in (*one.needs, one))
    return Model("sensitivity", tuple({formula.symbol: formula for formula in lines}.values())).latex()
