"""The command line: a thin door to the package.

Nothing heavy is imported before a command needs it: the options of a command are added when it is chosen.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from deltamu import __version__
from deltamu.errors import InputError

__all__ = ["main"]

DESCRIPTION = "A symbolic-analytic laboratory for a stochastic model of LLM code generation."


class Parser(argparse.ArgumentParser):
    """A parser that adds its options when it is used, and reports an error in one line."""

    def __init__(self, *, fill: Callable[["Parser"], None] | None = None, **kwargs: Any):
        super().__init__(allow_abbrev=False, **kwargs)
        self._fill = fill

    def parse_known_args(self, args=None, namespace=None):
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for input that is refused."""
    parser = Parser(prog="deltamu", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"deltamu {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (run, fill, summary) in COMMANDS.items():
        commands.add_parser(name, help=summary, description=f"{summary}.", fill=fill).set_defaults(run=run)
    try:
        options = parser.parse_args(argv)
        options.run(options)
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


# --- what options share ----------------------------------------------------------------------------------------------


def numbers(text: str) -> float | list[float]:
    """A number, a list ``0,1,2`` or evenly spaced numbers ``start:stop:count``; lists are swept over."""
    try:
        if ":" in text:
            import numpy as np

            start, stop, count = text.split(":")
            return np.linspace(float(start), float(stop), int(count)).tolist()
        values = [_int_or_float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number, a list such as 0,1,2 or a range start:stop:count"
        ) from None
    return values if "," in text else values[0]


def _int_or_float(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _add_scenario(parser: Parser) -> None:
    from deltamu import symbols as sym

    scenario = parser.add_argument_group("scenario", "later ones win: preset or settings, then scenario, then controls")
    start = scenario.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="one of the article's presets")
    start.add_argument("--settings", metavar="FILE.json", help="settings in either JSON form; - reads standard input")
    scenario.add_argument("--scenario", metavar="NAME", help="one of the article's scenarios")
    scenario.add_argument("--set", metavar="NAME=VALUE", action="append", default=[],
                          help="a control that your own policy or model brings along")  # fmt: skip
    controls = parser.add_argument_group("controls", "a number, a list 0,1,2 or a range start:stop:count")
    for symbol in sym.PARAMETERS:
        controls.add_argument(f"--{symbol.name}", type=numbers, metavar="X",
                              help=f"{symbol.meaning} [{symbol.default:g}; {symbol.allowed}]")  # fmt: skip


def _add_model(parser: Parser, *, many: bool = False) -> None:
    names = "NAME[,NAME...]" if many else "NAME"
    parser.add_argument("--model", metavar=names, help="published, gated, or module:OBJECT")


def _add_policy(parser: Parser, *, many: bool = False) -> None:
    names = "NAME[,NAME...]" if many else "NAME"
    parser.add_argument("--policy", metavar=names, help="vibe, planner, trust-region, or module:OBJECT")


def _add_outputs(parser: Parser) -> None:
    outputs = parser.add_argument_group("output", "a table on the terminal where none is given; - is standard output")
    outputs.add_argument("--csv", metavar="OUT", help="one row a point and move")
    outputs.add_argument("--json", metavar="OUT", help="variables, coordinates and settings")
    outputs.add_argument("--netcdf", metavar="OUT", help="the labelled dataset")


def _scenario(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """Settings, and the controls that win over them."""
    from deltamu import symbols as sym
    from deltamu.files import read_text
    from deltamu.settings import Settings, find_settings, scenario

    if options.settings:
        text = sys.stdin.read() if options.settings == "-" else read_text(options.settings)
        settings = Settings.from_json(text, origin=options.settings)
    else:
        settings = find_settings(options.preset)
    controls: dict[str, Any] = dict(scenario(options.scenario)) if options.scenario else {}
    for item in options.set:
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--set {item!r} is not NAME=VALUE")
        try:
            controls[name] = numbers(value)
        except argparse.ArgumentTypeError as error:
            raise InputError(f"--set {name}: {error}") from None
    given = ((symbol.name, getattr(options, symbol.name)) for symbol in sym.PARAMETERS)
    return settings, controls | {name: value for name, value in given if value is not None}


def _named(text: str | None, find: Callable[[Any], Any], kind: str, *, many: bool = False) -> Any:
    """A policy or model, or a list of them, from names or ``module:OBJECT``; None stays None."""
    if text is None:
        return None
    found = [_imported(name, find, kind) if ":" in name else find(name) for name in text.split(",")]
    if len(found) > 1 and not many:
        raise InputError(f"--{kind} takes one name here, got {text}")
    return found if len(found) > 1 else found[0]


def _imported(reference: str, find: Callable[[Any], Any], kind: str) -> Any:
    from importlib import import_module

    module, _, name = reference.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        thing = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"cannot load {kind} {reference}: {error}") from None
    finally:
        sys.path.remove(os.getcwd())
    if isinstance(thing, str):
        raise InputError(f"{reference} is a text, not a {kind}")
    try:
        return find(thing)
    except (InputError, TypeError):
        raise InputError(f"{reference} is a {type(thing).__name__}, not a {kind}") from None


def _deliver(dataset: Any, options: argparse.Namespace, table: Callable[[Any], Any]) -> None:
    """Write a result wherever it was asked for; to the terminal if nowhere."""
    from deltamu import files, terminal

    texts = {"csv": files.csv_text, "json": files.json_text}
    asked = False
    for kind, save in (("csv", files.save_csv), ("json", files.save_json), ("netcdf", files.save_netcdf)):
        if (path := getattr(options, kind)) is None:
            continue
        asked = True
        if path == "-" and kind in texts:
            print(texts[kind](dataset), end="" if kind == "csv" else "\n")
        else:
            save(dataset, path)
            print(f"deltamu: wrote {path}", file=sys.stderr)
    if not asked:
        terminal.show(table(dataset))


def _check_outputs(options: argparse.Namespace) -> None:
    from deltamu.files import check_writable

    if options.netcdf == "-":
        raise InputError("--netcdf - is not possible: netCDF needs a file")
    for path in (options.csv, options.json, options.netcdf):
        if path not in (None, "-"):
            check_writable(path)


# --- simulate --------------------------------------------------------------------------------------------------------


def _fill_simulate(parser: Parser) -> None:
    _add_policy(parser, many=True)
    _add_model(parser, many=True)
    parser.add_argument("--moves", type=int, default=150, help="number of moves [150]")
    parser.add_argument("--keep", default="all", metavar="WHAT", help="all, final, or names of variables: mu,delta_t")
    _add_scenario(parser)
    _add_outputs(parser)


def _simulate(options: argparse.Namespace) -> None:
    from deltamu import terminal
    from deltamu.formulas import find_model
    from deltamu.policies import find_policy
    from deltamu.simulation import simulate

    _check_outputs(options)
    settings, controls = _scenario(options)
    dataset = simulate(
        settings,
        policy=_named(options.policy, find_policy, "policy", many=True),
        model=_named(options.model, find_model, "model", many=True),
        moves=options.moves,
        keep=options.keep if options.keep in ("all", "final") else options.keep.split(","),
        **controls,
    )
    _deliver(dataset, options, terminal.simulation)


# --- evaluate --------------------------------------------------------------------------------------------------------


def _fill_evaluate(parser: Parser) -> None:
    from deltamu import symbols as sym

    parser.add_argument("quantity", nargs="+", help="a formula's left side, such as gain or N_eff")
    _add_model(parser, many=True)
    for symbol in sym.STATE:
        parser.add_argument(f"--{symbol.name}", type=numbers, metavar="X", help=f"{symbol.meaning} [{symbol.allowed}]")
    _add_scenario(parser)
    _add_outputs(parser)


def _evaluate(options: argparse.Namespace) -> None:
    from deltamu import symbols as sym
    from deltamu import terminal
    from deltamu.evaluation import evaluate
    from deltamu.formulas import find_model

    _check_outputs(options)
    settings, controls = _scenario(options)
    state = {symbol.name: getattr(options, symbol.name) for symbol in sym.STATE}
    controls |= {name: value for name, value in state.items() if value is not None}
    model = _named(options.model, find_model, "model", many=True)
    _deliver(evaluate(options.quantity, settings, model=model, **controls), options, terminal.evaluation)


# --- formulas and show -----------------------------------------------------------------------------------------------


def _fill_formulas(parser: Parser) -> None:
    parser.add_argument("name", nargs="*", help="left sides; all of the model's by default")
    _add_model(parser)
    parser.add_argument("--format", choices=("text", "latex", "javascript"), default="text")


def _formulas(options: argparse.Namespace) -> None:
    from deltamu.formulas import PUBLISHED, find_model
    from deltamu.printing import javascript
    from deltamu.programs import program

    model = _named(options.model, find_model, "model") or PUBLISHED
    formulas = [model[name] for name in options.name] or list(model)
    if options.format == "javascript":
        print(javascript(program(model.name.replace("-", "_"), model, [formula.symbol for formula in formulas])))
    elif options.format == "latex":
        print("\n".join(formula.latex() for formula in formulas))
    else:
        for formula in formulas:
            print(f"# {formula.title} [{formula.source}]\n{formula}\n")


def _fill_show(parser: Parser) -> None:
    parser.add_argument("what", choices=("step", "run"), help="one move (before and in the loop), or all of a run")
    _add_policy(parser)
    _add_model(parser)
    parser.add_argument("--format", choices=("numpy", "text", "latex", "javascript"), default="numpy")


def _show(options: argparse.Namespace) -> None:
    from deltamu import symbols as sym
    from deltamu.compiling import compile_program
    from deltamu.formulas import PUBLISHED, find_model
    from deltamu.policies import TRUST_REGION, find_policy, one_move
    from deltamu.printing import javascript
    from deltamu.programs import move_programs

    policy = _named(options.policy, find_policy, "policy") or TRUST_REGION
    model = _named(options.model, find_model, "model") or PUBLISHED
    programs = move_programs(one_move(policy, model), (sym.expected_improvement, sym.gain, sym.acceptance))
    chosen = list(programs) if options.what == "run" else [programs.before, programs.step]
    if options.format == "javascript":
        print(javascript(chosen))
    elif options.format == "latex":
        print("\n\n".join(program.latex() for program in chosen))
    elif options.format == "text":
        print("\n\n".join(map(str, chosen)))
    else:
        print("\n\n".join(compile_program(program).source for program in chosen), end="")


# --- settings and info -----------------------------------------------------------------------------------------------


def _fill_settings(parser: Parser) -> None:
    _add_policy(parser)
    _add_model(parser)
    _add_scenario(parser)
    parser.add_argument("--article", action="store_true", help="the form that the article's page loads")
    parser.add_argument("--lossy", action="store_true", help="write the article's form even where it loses something")
    parser.add_argument("--out", metavar="FILE.json", help="write a file instead of standard output")


def _settings(options: argparse.Namespace) -> None:
    from deltamu.files import write_whole
    from deltamu.formulas import find_model
    from deltamu.policies import find_policy

    settings, controls = _scenario(options)
    settings = settings.replace(
        policy=_named(options.policy, find_policy, "policy"),
        model=_named(options.model, find_model, "model"),
        **controls,
    )
    text = settings.to_json(article=options.article, lossy=options.lossy)
    if options.out:
        write_whole(options.out, text + "\n")
    else:
        print(text)
    if lost := settings.lost_by_article():
        verb = "loses" if options.article else "would lose"
        items = ", ".join(f"{name} = {value}" for name, value in lost.items())
        print(f"deltamu: the article's form {verb} {items}", file=sys.stderr)


def _info(options: argparse.Namespace) -> None:
    import re
    from importlib.metadata import PackageNotFoundError, metadata, version
    from pathlib import Path

    import deltamu

    print(f"deltamu {__version__}")
    print(f"python  {sys.version.split()[0]}  {sys.executable}")
    print(f"package {Path(deltamu.__file__).parent}")
    print("engine  numpy")
    for requirement in metadata("deltamu").get_all("Requires-Dist") or []:
        name = re.split(r"[^\w.-]", requirement)[0]
        extra = requirement.partition("extra == ")[2].strip("'\" ")
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed"
        print(f"{'extra ' + extra if extra else 'needs':14} {name} {found}")


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], None], Callable[[Parser], None] | None, str]] = {
    "simulate": (_simulate, _fill_simulate, "Simulate a policy in a model, move by move, at one point or in a sweep"),
    "evaluate": (_evaluate, _fill_evaluate, "Evaluate formulas of a model"),
    "formulas": (_formulas, _fill_formulas, "Print the formulas as text, LaTeX or JavaScript"),
    "show": (_show, _fill_show, "Print the program that is generated for a move"),
    "settings": (_settings, _fill_settings, "Convert and check settings in either JSON form"),
    "info": (_info, None, "Print versions, engines and paths"),
}


if __name__ == "__main__":
    sys.exit(main())
