"""What to choose: reviewers, candidates, radius, oracle, and settings within a budget."""

import argparse
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli import design_fit
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
    "budget": ("recommend", "the best settings within limits, their trade-offs, and what is out of reach"),
    "reviewers": ("best_reviewers", "the best number of reviewers"),
    "reviewer": ("reviewer_value", "what the next reviewer is worth"),
    "saturation": ("saturation_size", "the smallest team that has all but a share of what reviewers can add"),
    "correlation": ("correlation_threshold", "the correlation from which on one more reviewer does not pay"),
    "candidates": ("best_split", "a budget of calls a move, split between candidates and reviewers"),
    "team": ("team_front", "what every team costs and gains, and which no other beats"),
    "next": ("next_call", "whether one more candidate or one more reviewer is the better use of calls"),
    "radius": ("best_radius", "the radius that gains most in one move"),
    "feedback": ("optimal_policy", "the radii that reach the target first, the yardstick of every policy"),
    "gap": ("optimality_gap", "how far a policy is from that"),
    "gaps": ("optimality_gaps", "the same for every policy, preset and scenario"),
    "oracle": ("oracle_value", "what a run has when its tests pass, for oracles of every resolution"),
    "resolution": ("cheapest_resolution", "the coarsest oracle that meets a bound"),
    "changes": ("levers", "from a fit: what to change, and in what share of draws it is the best"),
    "experiment": ("identifiability", "from a fit: what experiments would tell of its parameters"),
}
STATE = ("reviewers", "reviewer", "saturation", "correlation", "candidates", "team", "next")
RUNS = ("budget", "feedback", "gap", "oracle", "resolution")
BELONGS = {
    "mu": (*STATE, "radius"),
    "delta": STATE,
    "minimize": ("budget",),
    "budget": ("budget", "candidates"),
    "max_false_pass": ("budget", "resolution"),
    "min_reliability": ("resolution",),
    "max_escaped": ("resolution",),
    "maximize": ("candidates",),
    "price": ("reviewers", "correlation"),
    "tolerance": ("saturation",),
    "level": ("feedback", "gap", "gaps"),
    "share": ("gap", "gaps"),
    "moves": (*RUNS, "gaps"),
    "stochastic": ("feedback",),
    "policy": RUNS,
    "cost": ("budget",),
    "free": ("budget",),
    "fixed": ("budget",),
}
PASSED = (
    "minimize",
    "budget",
    "max_false_pass",
    "min_reliability",
    "max_escaped",
    "maximize",
    "price",
    "tolerance",
    "level",
    "share",
    "moves",
    "stochastic",
)
WITHOUT_SCENARIO = ("gaps",)
GAP = ("level", "moves_policy", "moves_fixed", "moves_optimal", "gap", "gap_fixed", "status")
COLUMNS = {
    "feedback": ("mu", "delta_t", "mu_next", "least_mass", "moves_to_target_interpolated", "status"),
    "gap": GAP,
    "gaps": GAP,
    "oracle": ("moves", "calls", "mass", "reliability", "false_pass_probability", "assured_reliability", "status"),
    "resolution": ("resolution", "reliability", "limit", "nearest_resolution", "meets", "nearest_reliability"),
}
STOCHASTIC = ("mass", "radius", "expected_moves_from", "expected_moves", "reach_probability", "error")


def fill(parser: Parser) -> None:
    from deltamu.model import symbols as sym

    texts = "; ".join(f"{name}: {text}" for name, (_, text) in QUESTIONS.items())
    parser.add_argument("--what", choices=QUESTIONS, default="budget", metavar="WHAT", help=f"{texts} [budget]")
    asked = parser.add_argument_group("the question")
    asked.add_argument("--minimize", metavar="WHAT", help="moves, cost or false_pass, for budget [moves]")
    asked.add_argument("--budget", type=numbers, metavar="X",
                       help="most model calls: until the target for budget, in a move for candidates")  # fmt: skip
    asked.add_argument("--max-false-pass", type=float, metavar="P", help="bound on the false pass at the stop")
    asked.add_argument("--min-reliability", type=float, metavar="P", help="bound on the true reliability at the stop")
    asked.add_argument("--max-escaped", type=float, metavar="X", help="bound on the defects left at the stop")
    asked.add_argument("--cost", metavar="NAME=PRICE", action="append",
                       help="model calls for a unit of a control, paid once, for budget; may be repeated")  # fmt: skip
    asked.add_argument("--free", metavar="NAME[,NAME...]", help="controls that budget may choose")
    asked.add_argument("--fixed", metavar="NAME[,NAME...]", help="controls that it may not")
    asked.add_argument("--maximize", metavar="WHAT", help="gain or efficiency, for candidates [gain]")
    asked.add_argument("--price", type=float, help="defects that a reviewer has to add, instead of a price in calls")
    asked.add_argument("--tolerance", type=float, help="share that may be left out, for saturation [0.05]")
    asked.add_argument("--level", type=float, help="defect mass to reach instead of the target, for feedback and gap")
    asked.add_argument("--share", type=float, help="or share of what the best feedback removes, for gap")
    asked.add_argument("--moves", type=whole, help="most moves of a run [150]")
    asked.add_argument("--stochastic", action="store_true", default=None,
                       help="of the stochastic instead of the expected move, for feedback; shows move 0")  # fmt: skip
    for symbol, start in ((sym.mu, sym.mu0), (sym.delta, sym.delta0)):
        asked.add_argument(f"--{symbol.name}", type=numbers, metavar="X", help=f"{symbol.meaning} [{start}]")
    design_fit.fill(parser)
    add_policy(parser, many=True)
    add_model(parser, many=True)
    add_scenario(parser)
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu import design
    from deltamu.presentation.cli import tables as terminal

    check_outputs(options)
    check_asked(options, options.what, BELONGS)
    design_fit.check(options)
    if options.fit is not None:
        design_fit.answer(
            options, QUESTIONS[options.what][0], {} if options.what in design_fit.ONLY else _asked(options)
        )
        return
    positional, keywords = _arguments(options)
    dataset = getattr(design, QUESTIONS[options.what][0])(*positional, **keywords)
    if options.what != "budget":
        columns = list(STOCHASTIC if options.stochastic else COLUMNS.get(options.what, dataset))
        first = {"move": 0} if options.stochastic else {}
        deliver(dataset, options, lambda answer: terminal.evaluation(answer[columns].isel(first, drop=True)))
        return
    front = design.trade_offs(dataset)
    rest = argparse.Namespace(**{**vars(options), "csv": None})
    if options.csv is not None:  # a recommendation has many dimensions: its table is the front
        deliver(front, argparse.Namespace(csv=options.csv, json=None, netcdf=None), terminal.evaluation)
    if options.csv is None or options.json is not None or options.netcdf is not None:
        deliver(dataset, rest, lambda answer: terminal.recommendation(answer, front))


def _arguments(options: argparse.Namespace) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the function of a question is called with."""
    settings, controls = scenario(options)
    asked = _asked(options)
    if options.what in WITHOUT_SCENARIO:
        if controls or options.preset or options.settings:
            raise InputError(f"a scenario says nothing to {options.what}: it has all of them")
        return (), asked
    for name, start in (("mu", "mu0"), ("delta", "delta0")):
        if name in asked and asked[name] is None:
            asked[name] = controls.get(start, settings[start])
    return (settings,), controls | asked


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    """What was asked, the state None where it follows from the scenario."""
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy

    many = options.what != "budget"
    asked: dict[str, Any] = {"model": named(options.model, find_model, "model", many=many)}
    asked |= {name: getattr(options, name) for name in PASSED if getattr(options, name) is not None}
    if options.what in RUNS:
        asked["policy"] = named(options.policy, find_policy, "policy", many=True)
    asked |= {name: getattr(options, name) for name in ("mu", "delta") if options.what in BELONGS[name]}
    if options.what == "candidates" and options.budget is None:
        raise InputError("candidates needs --budget: the most calls of a move")
    if options.what == "budget":
        given = {name: getattr(options, name) for name in ("free", "fixed")}
        asked |= {name: text.split(",") for name, text in given.items() if text is not None}
        asked["costs"] = dict(_price(item) for item in options.cost or ())
    return asked


def _price(item: str) -> tuple[str, float]:
    name, _, value = item.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise InputError(f"--cost {item!r} is not NAME=PRICE") from None
