"""Write the article's interactive page, one file that works offline, with the model part printed from the formulas."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("--out", metavar="OUT", default="explorer.html",
                        help="where to write it; - is standard output [explorer.html]")  # fmt: skip
    parser.add_argument("--policy", metavar="MODULE:OBJECT", help="a policy of your own, offered besides the others")
    parser.add_argument("--model", metavar="MODULE:OBJECT", help="a model of your own, offered besides the others")
    parser.add_argument("--embed", action="store_true", help="a fragment for an article instead of a page")
    parser.add_argument("--open", action="store_true", help="show it in the browser")


def run(options: argparse.Namespace) -> None:
    import webbrowser
    from pathlib import Path

    from deltamu.errors import InputError
    from deltamu.model.models import MODELS, find_model
    from deltamu.model.policies import POLICIES, find_policy
    from deltamu.presentation.cli.options import named
    from deltamu.presentation.explorer import explorer_page

    streams.check(options.out)
    if options.open and options.out == "-":
        raise InputError("--open shows a file in the browser: standard output is none")
    policy = named(options.policy, find_policy, "policy")
    model = named(options.model, find_model, "model")
    text = explorer_page(
        policies=[policy] if policy and policy not in POLICIES.values() else [],
        models=[model] if model and model not in MODELS.values() else [],
        embed=options.embed,
    )
    streams.write(options.out, text + "\n")
    if options.open and not webbrowser.open(Path(options.out).absolute().as_uri()):
        raise InputError(f"no browser to show {options.out} in")
