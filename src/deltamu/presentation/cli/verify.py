"""Check claims and print the ledger of verdicts."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import add_model, named, whole
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("name", nargs="*", help="a derivation (d03) or a claim (d03_design_effect.limits); all of them")
    add_model(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the ledger as JSON")
    form.add_argument("--latex", action="store_true", help="the ledger as a LaTeX table")
    parser.add_argument("--jobs", type=whole, metavar="N", help="processes [as many as there are processors]")
    parser.add_argument(
        "--rigorous", action="store_true", help="decide in ball arithmetic too what is not symbolic [extra rigor]"
    )
    parser.add_argument("--timeout", type=float, metavar="S", default=60, help="seconds that one claim may take [60]")


def run(options: argparse.Namespace) -> int:
    from deltamu.claims import verify
    from deltamu.model.models import find_model
    from deltamu.presentation.cli import tables as terminal

    model = named(options.model, find_model, "model")
    ledger = verify(
        options.name or None, model=model, jobs=options.jobs, timeout=options.timeout, rigorous=options.rigorous
    )
    if options.json:
        streams.write("-", ledger.to_json() + "\n")
    elif options.latex:
        streams.write("-", ledger.to_latex() + "\n")
    else:
        terminal.show(ledger.__rich__())
    return 0 if ledger.ok else 1
