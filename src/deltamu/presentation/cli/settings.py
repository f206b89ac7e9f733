"""Convert and check settings in either JSON form."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import add_model, add_policy, add_scenario, named, scenario
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    add_policy(parser)
    add_model(parser)
    add_scenario(parser)
    parser.add_argument("--article", action="store_true", help="the form that the article's page loads")
    parser.add_argument("--lossy", action="store_true", help="write the article's form even where it loses something")
    parser.add_argument("--out", metavar="OUT", default="-", help="where to write them [-, standard output]")


def run(options: argparse.Namespace) -> None:
    from deltamu.errors import InputError
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy

    streams.check(options.out)
    if options.lossy and not options.article:
        raise InputError("--lossy says nothing without --article: only the article's form loses something")
    settings, controls = scenario(options)
    settings = settings.replace(
        policy=named(options.policy, find_policy, "policy"),
        model=named(options.model, find_model, "model"),
        **controls,
    )
    streams.write(options.out, settings.to_json(article=options.article, lossy=options.lossy) + "\n")
    if lost := settings.lost_by_article():
        verb = "loses" if options.article else "would lose"
        items = ", ".join(f"{name} = {value}" for name, value in lost.items())
        streams.say(f"the article's form {verb} {items}")
