"""Fit a law to the log of a coding agent: what was understood, what was found, what to measure next."""

import argparse
import sys
from typing import Any

from deltamu.errors import InputError, named
from deltamu.presentation.cli.options import add_outputs, check_outputs, deliver, whole
from deltamu.presentation.cli.parser import Parser

ESTIMATES = ("estimate", "standard_error", "lower", "upper", "edge", "source")
COMPARED = ("parameters", "log_likelihood", "aic", "aic_difference", "deviance")
HELD_OUT = ("held_out", "held_out_spread")
SPLITS = 20
MOST_RUNS = 10


def fill(parser: Parser) -> None:
    parser.add_argument("log", metavar="LOG", help="a file, a folder of them, - for standard input, or example")
    parser.add_argument("--format", default="auto", metavar="NAME", help="the form of the log [auto: by its keys]")
    parser.add_argument("--stop", choices=("visible", "none"), default="visible",
                        help="whether the agent stops at its first visible pass [visible]")  # fmt: skip
    law = parser.add_argument_group("the law")
    law.add_argument("--law", default="repair", metavar="NAME",
                     help="repair, retry, samples, levels, judges, two_tries, or a baseline [repair]")  # fmt: skip
    law.add_argument(
        "--share", metavar="NAME[,NAME...]", help="parameters that all runs share, or none [the law's own]"
    )
    law.add_argument("--fix", metavar="NAME=VALUE", action="append", default=[], help="hold a parameter; repeatable")
    law.add_argument("--gap", action="store_true", help="fit the share of tasks that ask what nobody specified")
    law.add_argument("--spread", choices=("gamma", "none"), help="whether tasks differ in mass [as the law does]")
    law.add_argument("--intervals", type=float, default=0.9, metavar="P", help="level of the intervals [0.9]")
    law.add_argument("--bootstrap", type=whole, default=0, metavar="N", help="replicates that test the fit [0]")
    law.add_argument("--seed", type=whole, default=1, help="where their random numbers come from [1]")
    law.add_argument("--compare", action="store_true", help="compare all laws that read the same counts instead")
    onward = parser.add_argument_group("on to settings")
    onward.add_argument("--settings", metavar="OUT.json", help="write settings as measured; - is standard output")
    onward.add_argument("--run", metavar="NAME", help="the run that they are of, in a log of several")
    onward.add_argument("--carrier", default="a1", metavar="NAME", help="the constant that carries the repair [a1]")
    add_outputs(parser)


def run(options: argparse.Namespace) -> None:
    from deltamu import calibration
    from deltamu.calibration.logs import read_log

    _check(options)
    named("law", options.law, calibration.LAWS)
    log = read_log(options.log, format=options.format, stop=options.stop)
    if options.compare:
        compared = calibration.compare_fits(log, _of_a_kind(options.law), splits=SPLITS, seed=options.seed)
        deliver(compared, options, lambda table: _sections(log, table[[*COMPARED, *HELD_OUT]]))
        return
    fitted = calibration.fit(
        log,
        options.law,
        spread=options.spread,
        gap=options.gap,
        share=_shared(options.share),
        fix=dict(_held(item) for item in options.fix),
        intervals=options.intervals,
        bootstrap=options.bootstrap,
        seed=options.seed if options.bootstrap else None,
    )
    settings = None
    if options.settings is not None:
        settings = calibration.calibrated(fitted, run=options.run, carrier=options.carrier)
    if options.csv is not None:  # a fit has many dimensions: its table is the estimates
        deliver(fitted[[*ESTIMATES]], argparse.Namespace(csv=options.csv, json=None, netcdf=None), lambda table: table)
    rest = argparse.Namespace(csv=None, json=options.json, netcdf=options.netcdf)
    if rest.json is not None or rest.netcdf is not None or (options.csv is None and options.settings != "-"):
        deliver(fitted, rest, lambda fit: _report(log, fit, options))
    if settings is not None:
        _write_settings(
            settings, calibration.sources(fitted, run=options.run, carrier=options.carrier), options.settings
        )


def _check(options: argparse.Namespace) -> None:
    from deltamu.files import check_writable

    check_outputs(options)
    if options.settings not in (None, "-"):
        check_writable(options.settings)
    standard = [name for name in ("csv", "json", "settings") if getattr(options, name) == "-"]
    if len(standard) > 1:
        raise InputError(f"--{standard[0]} and --{standard[1]} both go to standard output: give one a file")
    for name in ("settings", "bootstrap", "gap"):
        if options.compare and getattr(options, name):
            raise InputError(f"--{name} says nothing to --compare: fit one law")
    if options.run is not None and options.settings is None:
        raise InputError("--run says whose settings to write: it needs --settings")


def _shared(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return () if text == "none" else tuple(text.split(","))


def _held(item: str) -> tuple[str, float]:
    name, _, value = item.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise InputError(f"--fix {item!r} is not NAME=VALUE") from None


def _of_a_kind(law: str) -> list[str]:
    """All laws that read the same counts, the law itself first."""
    from deltamu.calibration import LAWS

    return [law, *(name for name, entry in LAWS.items() if entry.reads == LAWS[law].reads and name != law)]


def _sections(log: Any, compared: Any) -> Any:
    from rich.console import Group
    from rich.text import Text

    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal

    return Group(Text(told(log)), "", Text("laws, each run on its own"), terminal.evaluation(compared))


def _report(log: Any, fitted: Any, options: argparse.Namespace) -> Any:
    """The log as understood, the fit, other laws on the same counts, and the experiment that would tell more."""
    from rich.console import Group
    from rich.text import Text

    from deltamu import calibration
    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal

    parts: list[Any] = [Text(told(log)), "", Text(fitted.attrs["report"])]
    parts += _pictures(fitted)
    others = _of_a_kind(options.law)
    if len(others) > 1:
        compared = calibration.compare_fits(log, others, splits=0)[[*COMPARED]]
        parts += ["", Text("other laws on the same counts, each run on its own"), terminal.evaluation(compared)]
    if options.law in ("repair", "retry"):
        parts += ["", Text(_next_experiment(log, fitted, options.law))]
    return Group(*parts)


def _pictures(fitted: Any) -> list[Any]:
    """By attempt, as seen and as the law has it: who has passed the visible tests, which passes are right."""
    from rich.table import Table
    from rich.text import Text

    last = max((int(cell.split()[1]) for cell in fitted.cell.values if cell.startswith("pass ")), default=0)
    if not last:
        return []
    rows = Table.grid(padding=(0, 2))
    for run in fitted.run.values[:MOST_RUNS]:
        seen, law = (_curves(fitted[name].sel(run=run), last) for name in ("observed", "expected"))
        bars = [_on_one_scale(*pair) for pair in zip(seen, law, strict=True)]
        for who, curves, side in (("seen", seen, 0), ("law", law, 1)):
            parts = [(f"{curve[0]:.3f}", Text(bar[side])) for curve, bar in zip(curves, bars, strict=True)]
            rows.add_row(run, who, *(item for part in parts for item in part))
    title = f"passed the visible tests by attempt 0 to {last}, and right among those of each attempt, from the first:"
    return ["", Text(title), rows]


def _curves(counts: Any, last: int) -> list[Any]:
    """The share that has passed by each attempt, and the share of its passes that is right where any were judged."""
    import numpy as np

    passes, judged, right = np.zeros((3, last + 1))
    for cell, number in zip(counts.cell.values, counts.values, strict=True):
        what, attempt, *hidden = cell.split()
        if what == "pass":
            passes[int(attempt)] += number
            judged[int(attempt)] += number * (hidden != ["unjudged"])
            right[int(attempt)] += number * (hidden == ["right"])
    reached = passes.cumsum() / counts.values.sum()
    share = np.divide(right, judged, out=np.full(last + 1, np.nan), where=judged > 0)
    return [reached, share] if judged.any() else [reached]


def _on_one_scale(first: Any, second: Any) -> tuple[str, str]:
    from deltamu.presentation.cli.tables import sparkline

    both = sparkline([*first, *second], width=len(first) + len(second))
    return both[: len(first)], both[len(first) :]


def _next_experiment(log: Any, fitted: Any, law: str) -> str:
    """The design that leaves the least known parameter best known, beside one like the log."""
    from deltamu.calibration import identifiability
    from deltamu.calibration.designs import DESIGNS

    last, first = int(log["last"].max()), fitted.isel(run=0)
    unseen = [str(name) for name in first.parameter.values if first.source.sel(parameter=name) == "none"]
    if unseen:
        return f"next experiment: judge hidden results: without them nothing is known of {', '.join(unseen)}"
    own = f"{last} repairs"
    try:
        designs = identifiability(law, at=fitted, design=dict.fromkeys((own, *DESIGNS)), run=first.run.item())
    except InputError as error:
        return f"no design of an experiment is compared: {error}"
    worst = designs.standard_error.max("parameter")
    best = str(worst.idxmin("design").item())

    def known(name: str) -> str:
        place = designs.standard_error.sel(design=name)
        at, value = str(place.idxmax("parameter").item()), float(place.max())
        return f"{at} is least known, {value:.2g}" if value < float("inf") else f"{at} is not identifiable"

    text = f"standard errors per 1000 programs, log or logit scale: a log like this one ({own}): {known(own)}"
    return (
        f"{text}; next experiment: {best}: {known(best)}" if best != own else f"{text}; no design of the list is better"
    )


def _write_settings(settings: Any, sources: dict[str, str], path: str) -> None:
    """Write them, and say which of their constants were measured: all others are invented."""
    from deltamu.files import write_whole

    text = settings.to_json()
    if path == "-":
        print(text)
    else:
        write_whole(path, f"{text}\n")
        print(f"deltamu: wrote {path}", file=sys.stderr)
    measured = [name for name, source in sources.items() if source == "measured"]
    print(f"deltamu: measured are {', '.join(measured)}; nothing else in these settings is", file=sys.stderr)
