"""What the options of several commands share: scenarios, models, policies, outputs."""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli import streams
from deltamu.presentation.cli.parser import Parser

OUTPUTS = ("csv", "json", "netcdf")
MOST_NUMBERS = 10_000_000  # of a range: more than a sweep can hold


def numbers(text: str) -> float | list[float]:
    """A number, a list ``0,1,2`` or evenly spaced numbers ``start:stop:count``; lists are swept over."""
    try:
        if ":" in text:
            import numpy as np

            start, stop, count = text.split(":")
            if int(count) > MOST_NUMBERS:
                raise argparse.ArgumentTypeError(f"{text!r} has more than {MOST_NUMBERS} numbers")
            with np.errstate(all="ignore"):  # an infinite end is refused where the control is known
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


def whole(text: str) -> int:
    """A whole number; which ones are allowed is known where it is used."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def add_scenario(parser: Parser) -> None:
    from deltamu.model.symbols import PARAMETERS

    scenario = parser.add_argument_group("scenario", "later ones win: preset or settings, then scenario, then controls")
    start = scenario.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="one of the article's presets")
    start.add_argument("--settings", metavar="FILE.json", help="settings in either JSON form; - reads standard input")
    scenario.add_argument("--scenario", metavar="NAME", help="one of the article's scenarios")
    scenario.add_argument("--set", metavar="NAME=VALUE", action="append", default=[],
                          help="a control that your own policy or model brings along")  # fmt: skip
    controls = parser.add_argument_group("controls", "a number, a list 0,1,2 or a range start:stop:count")
    for control in PARAMETERS:
        controls.add_argument(f"--{control.name}", type=numbers, metavar="X",
                              help=f"{control.meaning} [{control.default:g}; {control.allowed}]")  # fmt: skip


def add_model(parser: Parser, *, many: bool = False) -> None:
    names = "NAME[,NAME...]" if many else "NAME"
    parser.add_argument("--model", metavar=names, help="published, gated, or module:OBJECT")


def add_policy(parser: Parser, *, many: bool = False) -> None:
    names = "NAME[,NAME...]" if many else "NAME"
    parser.add_argument("--policy", metavar=names, help="vibe, planner, trust-region, or module:OBJECT")


def add_engine(parser: Parser) -> None:
    parser.add_argument(
        "--engine", default="numpy", metavar="NAME", help="what makes the moves: numpy or numba [numpy]"
    )


def add_outputs(parser: Parser) -> None:
    outputs = parser.add_argument_group("output", "a table on the terminal where none is given; - is standard output")
    outputs.add_argument("--csv", metavar="OUT", help="one row a point and move")
    outputs.add_argument(
        "--json", metavar="OUT", help="variables, coordinates and settings; deltamu.load_json reads them back"
    )
    outputs.add_argument("--netcdf", metavar="OUT", help="the labelled dataset")


def scenario(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """Settings, and the controls that win over them."""
    from deltamu.files import read_text
    from deltamu.model.settings import Settings, find_settings, scenario
    from deltamu.model.symbols import PARAMETERS

    if options.settings is not None:
        piped = options.settings == "-"
        text = streams.read_input() if piped else read_text(options.settings)
        origin = "standard input" if piped else options.settings
        settings = Settings.from_json(text, origin=origin, **_own(options))
    else:
        settings = find_settings(options.preset)
    controls: dict[str, Any] = {} if options.scenario is None else dict(scenario(options.scenario))
    given = ((control.name, getattr(options, control.name)) for control in PARAMETERS)
    flags = {name: value for name, value in given if value is not None}
    also = assigned(options.set)
    for name in also.keys() & flags:
        raise InputError(f"{name} is given twice: by --{name} and by --set")
    return settings, controls | also | flags


def assigned(items: Iterable[str]) -> dict[str, float | list[float]]:
    """What ``--set NAME=VALUE`` sets, by name."""
    found: dict[str, float | list[float]] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--set {item!r} is not NAME=VALUE")
        if name in found:
            raise InputError(f"{name} is given twice by --set")
        try:
            found[name] = numbers(value)
        except argparse.ArgumentTypeError as error:
            raise InputError(f"--set {name}: {error}") from None
    return found


def named(text: str | None, find: Callable[[Any], Any], kind: str, *, many: bool = False) -> Any:
    """A policy or model, or a list of them, from names or ``module:OBJECT``; None stays None."""
    if text is None:
        return None
    found = [_imported(name, find, kind) if ":" in name else _known(name, find) for name in text.split(",")]
    if len(found) > 1 and not many:
        raise InputError(f"--{kind} takes one name here, got {text}")
    return found if len(found) > 1 else found[0]


def _known(name: str, find: Callable[[Any], Any]) -> Any:
    try:
        return find(name)
    except InputError as error:
        hint = "" if str(error).endswith("?") else ", and module:OBJECT for one of your own"
        raise InputError(f"{error}{hint}") from None


def _own(options: argparse.Namespace) -> dict[str, Any]:
    """A user's own policy and model, which stand for those that a settings file names but cannot hold."""
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy

    finders = {"policy": find_policy, "model": find_model}
    texts = {kind: getattr(options, kind, None) or "" for kind in finders}
    return {
        kind: named(texts[kind], find, kind)
        for kind, find in finders.items()
        if ":" in texts[kind] and "," not in texts[kind]
    }


def _imported(reference: str, find: Callable[[Any], Any], kind: str) -> Any:
    from importlib import import_module

    module, _, name = reference.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        thing = getattr(import_module(module), name)
    except (Exception, SystemExit) as error:  # whatever the user's own module does when it is loaded
        reason = " ".join(str(error).split())
        if not isinstance(error, ImportError | AttributeError):
            reason = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        raise InputError(f"cannot load {kind} {reference}: {reason}") from None
    finally:
        sys.path.remove(os.getcwd())
    if isinstance(thing, str):
        raise InputError(f"{reference} is a text, not a {kind}")
    try:
        return find(thing)
    except InputError:
        raise InputError(f"{reference} is a {type(thing).__name__}, not a {kind}") from None


def deliver(dataset: Any, options: argparse.Namespace, table: Callable[[Any], Any]) -> None:
    """Write a result wherever it was asked for; to the terminal if nowhere."""
    from deltamu.presentation import export

    asked = {kind: path for kind in OUTPUTS if (path := getattr(options, kind)) is not None}
    for kind, path in asked.items():
        streams.save(path, partial(getattr(export, f"save_{kind}"), dataset))
    if not asked:
        from deltamu.presentation.cli import tables as terminal

        terminal.show(table(dataset))


def check_outputs(options: argparse.Namespace) -> None:
    """Raise now, before long work, if an output cannot be written, or two of them go to one place."""
    paths = [path for kind in OUTPUTS if (path := getattr(options, kind)) is not None]
    for path in paths:
        streams.check(path)
    places = [path if path == "-" else os.path.realpath(path) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"two outputs go to {path}: give each its own")


def check_asked(options: argparse.Namespace, what: str, belongs: Mapping[str, Collection[str]]) -> None:
    """Raise if an option was given that says nothing to what is asked for: it would be ignored in silence.

    Parameters
    ----------
    options : argparse.Namespace
    what : str
        What is asked for.
    belongs : mapping of str to collection of str
        To what an option says something.
    """
    for name, questions in belongs.items():
        if getattr(options, name) not in (None, False) and what not in questions:
            flag = name.replace("_", "-")
            raise InputError(f"--{flag} says nothing to {what}: it belongs to {', '.join(questions)}")
