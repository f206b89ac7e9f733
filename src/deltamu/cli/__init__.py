"""The command line: a thin door to the package, one module a command.

Nothing heavy is imported before a command needs it: a command's module is loaded, and its options are added, when it
is chosen.  It has two functions: ``fill`` adds its options to a parser, ``run`` does the work.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from types import ModuleType

from deltamu import __version__
from deltamu.cli.parser import Parser
from deltamu.errors import InputError

__all__ = ["main"]

DESCRIPTION = "A symbolic-analytic laboratory for a stochastic model of LLM code generation."
COMMANDS = {
    "simulate": "Simulate a policy in a model, move by move, at one point or in a sweep",
    "evaluate": "Evaluate formulas of a model",
    "formulas": "Print the formulas as text, LaTeX or JavaScript",
    "show": "Print the program that is generated for a move",
    "settings": "Convert and check settings in either JSON form",
    "info": "Print versions, engines and paths",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for input that is refused."""
    parser = Parser(prog="deltamu", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"deltamu {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary, description=f"{summary}.", fill=partial(_fill, name))
    try:
        options = parser.parse_args(argv)
        _module(options.command).run(options)
        sys.stdout.flush()
        return 0
    except InputError as error:
        print(f"deltamu: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("deltamu: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe left early
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _module(command: str) -> ModuleType:
    return import_module(f"deltamu.cli.{command.replace('-', '_')}")


def _fill(command: str, parser: Parser) -> None:
    _module(command).fill(parser)
