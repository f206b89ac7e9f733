"""The command line: a thin door to the package, one module a command.

Nothing heavy is imported before a command needs it: a command's module is loaded, and its options are added, when it
is chosen.  It has two functions: ``fill`` adds its options to a parser, ``run`` does the work.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from types import FrameType, ModuleType

from deltamu import __version__
from deltamu.errors import InputError
from deltamu.presentation.cli import streams
from deltamu.presentation.cli.parser import Parser

INTERRUPTED = 130
DESCRIPTION = "A symbolic-analytic laboratory for a stochastic model of LLM code generation."
COMMANDS = {
    "simulate": "Simulate a policy in a model, move by move, at one point or in a sweep",
    "ensemble": "Simulate the stochastic process, run by run",
    "evaluate": "Evaluate formulas of a model",
    "sensitivity": "Derivatives, elasticities and interactions of a quantity, or of what comes out of a run",
    "formulas": "Print the formulas as text, LaTeX or JavaScript",
    "show": "Print the program that is generated for a move",
    "figure": "Draw a figure of the paper, or list them",
    "explorer": "Write the interactive page: one file that works offline",
    "settings": "Convert and check settings in either JSON form",
    "fixed-points": "Floors, points of rest, what is reachable, and where adapting the radius helps",
    "fit": "Fit the model to a log of coding agents: estimates, intervals, other laws, the next experiment",
    "design": "What to choose: reviewers, candidates, radius, oracle, and settings within a budget",
    "verify": "Check every claim about the model and print the ledger of verdicts",
    "derive": "Print one derivation step by step, as it is checked",
    "info": "Print versions, engines and paths",
}


def process() -> int:
    """Run the command line in a process of its own, whose streams and signals are its; see `main`."""
    streams.prepare()
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background ignores it
        signal.signal(signal.SIGINT, _interrupt)
    try:
        return main()
    finally:
        streams.finish()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 if a check fails, or 2 for input that is refused."""
    try:
        try:
            parser = Parser(prog="deltamu", description=DESCRIPTION)
            parser.add_argument("--version", action="version", version=f"deltamu {__version__}")
            commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
            for name, summary in COMMANDS.items():
                commands.add_parser(name, help=summary, description=f"{summary}.", fill=partial(_fill, name))
            options = parser.parse_args(argv)
            return _module(options.command).run(options) or 0
        finally:
            sys.stdout.flush()  # a reader that has left is noticed here, after --help too
    except InputError as error:
        reason = str(error)
    except KeyboardInterrupt:
        streams.say("interrupted")
        return INTERRUPTED
    except MemoryError:
        reason = "not enough memory: fewer points, fewer --moves or --keep final need less"
    except streams.OutputLost as error:
        streams.forget(1)
        if error.errno == errno.EPIPE:  # the reader of a pipe left early
            return 0
        reason = f"cannot write standard output: {error.strerror}"
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    streams.say(reason)
    return 2


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt the work; at once where a module is being loaded, which may take what is raised for something else."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            streams.say("interrupted")
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


def _terminate(number: int, frame: object) -> None:
    """End as an interrupt does, so that unfinished files and workers are cleared away."""
    raise SystemExit(128 + number)


def _module(command: str) -> ModuleType:
    return import_module(f"deltamu.presentation.cli.{command.replace('-', '_')}")


def _fill(command: str, parser: Parser) -> None:
    _module(command).fill(parser)
