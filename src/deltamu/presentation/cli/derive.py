"""Print one derivation, or one claim of it, step by step, as it is checked."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import add_model, named
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("name", help="a derivation (d03 or d03_design_effect) or one claim (d03_design_effect.limits)")
    add_model(parser)
    parser.add_argument("--latex", action="store_true", help="as LaTeX paragraphs")


def run(options: argparse.Namespace) -> int:
    from deltamu.claims import derive
    from deltamu.model.models import find_model

    model = named(options.model, find_model, "model")
    ledger = derive(options.name, model=model, latex=options.latex, write=_write_latex if options.latex else _print)
    return 0 if ledger.ok else 1


def _print(text: str) -> None:
    print(text, flush=True)


def _write_latex(text: str) -> None:
    streams.write("-", text + "\n")
