"""Fit a law to the log of a coding agent: what was understood, what was found, what to measure next."""

import argparse
import sys
from typing import Any

from deltamu.errors import InputError, named
from deltamu.presentation.cli.changes import DRAWS, add_worth
from deltamu.presentation.cli.options import add_outputs, check_outputs, deliver, whole
from deltamu.presentation.cli.parser import Parser

ESTIMATES = ("estimate", "standard_error", "lower", "upper", "edge", "source")
SPLITS, BOOTSTRAP = 20, 200


def fill(parser: Parser) -> None:
    parser.add_argument("log", metavar="LOG", help="a file, a folder of them, - for standard input, or example")
    parser.add_argument("--format", default="auto", metavar="NAME", help="the form of the log [auto: by its keys]")
    parser.add_argument("--columns", metavar="NAME=KEY[,...]",
                        help="where an agent's own log has task, run, attempt, visible, hidden, ...: a dot leads into "
                        "an object, id|name is what a file has of these, attempt=# counts a task's rows")  # fmt: skip
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
    law.add_argument("--bootstrap", type=whole, default=BOOTSTRAP, metavar="N",
                     help=f"replicates that test the fit; 0 for none [{BOOTSTRAP}]")  # fmt: skip
    law.add_argument("--seed", type=whole, default=1, help="where their random numbers come from [1]")
    law.add_argument("--compare", action="store_true", help="compare all laws that read the same counts instead")
    onward = parser.add_argument_group("on to settings")
    onward.add_argument("--settings", metavar="OUT.json", help="write settings as measured; - is standard output")
    onward.add_argument("--run", metavar="NAME", help="the run that they are of, in a log of several")
    onward.add_argument("--carrier", default="a1", metavar="NAME", help="the constant that carries the repair [a1]")
    parser.add_argument("--draws", type=whole, default=DRAWS, metavar="N",
                        help=f"draws of the fit that say how sure an answer is; 0 for none [{DRAWS}]")  # fmt: skip
    add_worth(parser)
    add_outputs(parser)
    parser.add_argument("--out", metavar="FILE", help="the two pictures of the fit, as .pdf, .svg or .png")


def run(options: argparse.Namespace) -> None:
    from deltamu import calibration
    from deltamu.calibration.logs import read_log
    from deltamu.presentation.cli import tables as terminal
    from deltamu.presentation.cli.fit_pictures import save_pictures
    from deltamu.presentation.cli.fit_report import compared_text, report

    _check(options)
    named("law", options.law, calibration.LAWS)
    log = read_log(options.log, format=options.format, stop=options.stop, columns=_columns(options.columns))
    if options.compare:
        compared = calibration.compare_fits(log, of_a_kind(options.law), splits=SPLITS, seed=options.seed)
        deliver(compared, options, lambda table: compared_text(log, table))
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
    if options.json is not None or options.netcdf is not None:
        files = argparse.Namespace(csv=None, json=options.json, netcdf=options.netcdf)
        deliver(fitted, files, lambda fit: fit)
    if "-" not in (options.csv, options.json, options.netcdf, options.settings):
        terminal.show(report(log, fitted, options.law, options.draws, options.seed, options.worth))
    if options.out is not None:
        save_pictures(fitted, options.out, options.draws or 1, options.seed)
        print(f"deltamu: wrote {options.out}", file=sys.stderr)
    if settings is not None:
        sources = calibration.sources(fitted, run=options.run, carrier=options.carrier)
        _write_settings(settings, sources, options.carrier, options.settings)


def _check(options: argparse.Namespace) -> None:
    from deltamu.files import check_writable

    check_outputs(options)
    if options.settings not in (None, "-"):
        check_writable(options.settings)
    if options.out is not None:
        from deltamu.calibration.laws.registry import FIRST_PASSES
        from deltamu.presentation.figures.pictures import PICTURES, check_kind

        if not options.out.lower().endswith(tuple(PICTURES)):
            raise InputError(f"cannot draw pictures to {options.out}: its name has to end in {', '.join(PICTURES)}")
        check_kind(options.out)
        if calibration_reads(options.law) != FIRST_PASSES:
            raise InputError(f"law {options.law} has no pictures: those are of logs of first passes")
    standard = [name for name in ("csv", "json", "settings") if getattr(options, name) == "-"]
    if len(standard) > 1:
        raise InputError(f"--{standard[0]} and --{standard[1]} both go to standard output: give one a file")
    for name in ("settings", "gap", "out"):
        if options.compare and getattr(options, name):
            raise InputError(f"--{name} says nothing to --compare: fit one law")
    if options.run is not None and options.settings is None:
        raise InputError("--run says whose settings to write: it needs --settings")


def _columns(text: str | None) -> dict[str, str] | None:
    """Names of our columns and the keys that they have in a log."""
    if text is None:
        return None
    pairs = [item.partition("=") for item in text.split(",")]
    if wrong := next((f"{name}{sign}{key}" for name, sign, key in pairs if not (name.strip() and key.strip())), None):
        raise InputError(f"--columns {wrong!r} is not NAME=KEY")
    return {name.strip(): key.strip() for name, _, key in pairs}


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


def calibration_reads(law: str) -> str:
    """Which counts a law reads."""
    from deltamu.calibration import LAWS

    named("law", law, LAWS)
    return LAWS[law].reads


def of_a_kind(law: str) -> list[str]:
    """All laws that read the same counts, the law itself first."""
    from deltamu.calibration import LAWS

    return [law, *(name for name, entry in LAWS.items() if entry.reads == LAWS[law].reads and name != law)]


def _write_settings(settings: Any, sources: dict[str, str], carrier: str, path: str) -> None:
    """Write them, and say which of their constants were measured or solved for: all others are invented."""
    from deltamu.files import write_whole

    text = settings.to_json()
    if path == "-":
        print(text)
    else:
        write_whole(path, f"{text}\n")
        print(f"deltamu: wrote {path}", file=sys.stderr)
    measured = ", ".join(name for name, source in sources.items() if source == "measured" and name != carrier)
    told = f"measured are {measured}; {carrier} carries the rate of repair; all else is invented"
    print(f"deltamu: {told}", file=sys.stderr)
