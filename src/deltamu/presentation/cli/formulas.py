"""Print the formulas as text, LaTeX or JavaScript."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import add_model, named
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("name", nargs="*", help="left sides; all of the model's by default")
    add_model(parser)
    parser.add_argument("--format", choices=("text", "latex", "javascript"), default="text")


def run(options: argparse.Namespace) -> None:
    from deltamu.codegen.printers import javascript
    from deltamu.codegen.program import program
    from deltamu.model.models import find_model
    from deltamu.model.published import PUBLISHED

    model = named(options.model, find_model, "model") or PUBLISHED
    formulas = [model[name] for name in options.name] or list(model)
    if options.format == "javascript":
        name = model.name.replace("-", "_")
        streams.write("-", javascript(program(name, model, [formula.symbol for formula in formulas])) + "\n")
    elif options.format == "latex":
        streams.write("-", "".join(f"{formula.latex()}\n" for formula in formulas))
    else:
        for formula in formulas:
            print(f"# {formula.title} [{formula.source}]\n{formula}\n")
