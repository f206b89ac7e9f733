"""`deltamu design --from FIT`: what to change, what to measure, and the other questions over draws of a fit."""

import argparse
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli.changes import DRAWS, add_worth, changes_told, found_changes
from deltamu.presentation.cli.options import deliver, scenario, whole
from deltamu.presentation.cli.parser import Parser

ONLY = ("changes", "experiment")  # questions of a fit alone
SEED = 1
CHOSEN = ("chosen", "lowest", "highest")


def fill(parser: Parser) -> None:
    fitted = parser.add_argument_group("from a fit")
    fitted.add_argument("--from", dest="fit", metavar="FIT", help="what deltamu fit wrote with --netcdf or --json")
    fitted.add_argument("--run", metavar="NAME", help="the run, of a fit of several")
    add_worth(fitted)
    fitted.add_argument("--draws", type=whole, metavar="N", help=f"draws that say how sure an answer is [{DRAWS}]")
    fitted.add_argument("--seed", type=whole, metavar="N", help=f"where their random numbers come from [{SEED}]")
    fitted.add_argument("--carrier", metavar="NAME", help="the constant that carries the measured rate of repair [a1]")
    fitted.add_argument("--measured", metavar="NAME[,NAME...]", help="constants that were measured besides")


def check(options: argparse.Namespace) -> None:
    """Raise unless a fit is there for what is asked of one."""
    if options.fit is None:
        for name in ("run", "draws", "seed", "worth", "carrier", "measured"):
            if getattr(options, name) is not None:
                raise InputError(f"--{name} says nothing without --from")
        if options.what in ONLY:
            raise InputError(f"{options.what} needs --from: a fit that deltamu fit wrote with --netcdf or --json")
    elif options.worth is not None and options.what != "changes":
        raise InputError(f"--worth says nothing to {options.what}: it belongs to changes")
    elif options.what == "gaps":
        raise InputError("--from says nothing to gaps: it has scenarios of its own")


def load_fit(path: str, run: str | None) -> tuple[Any, str]:
    """A fit as `deltamu fit` wrote it, and the name of the run that was asked for."""
    import xarray as xr

    from deltamu.calibration.measured import place_of_run
    from deltamu.calibration.problem import check_fit
    from deltamu.presentation.export import load_json

    if str(path).lower().endswith(".json"):
        fit = load_json(path)
    else:
        try:
            fit = xr.load_dataset(path)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    check_fit(fit)
    runs = [str(name) for name in fit["run"].values]
    if run is None and len(runs) > 1:
        raise InputError(f"the fit has {len(runs)} runs: --run one of {', '.join(runs)}")
    return fit, runs[place_of_run(fit, run)]


def answer(options: argparse.Namespace, function: str, asked: dict[str, Any]) -> None:
    """Answer a question from a fit."""
    from deltamu import calibration, design

    fit, run = load_fit(options.fit, options.run)
    draws = DRAWS if options.draws is None else options.draws
    seed = SEED if options.seed is None else options.seed
    if options.what == "experiment":
        found = calibration.identifiability(str(fit.attrs["law"]), at=fit, run=run)
        deliver(found, options, _experiments)
        return
    if options.what == "changes":
        deliver(found_changes(fit, run, draws, seed, options.worth), options, _changes)
        return
    fit = fit.sel(run=[run])
    settings, controls = _scenario(options)
    measured = options.measured.split(",") if options.measured else []
    more: dict[str, Any] = {"carrier": options.carrier or "a1", "measured": measured}
    if options.what == "budget":
        found = design.recommend(settings, population=fit, draws=draws, seed=seed, **more, **controls, **asked)
        deliver(found, options, _recommended)
        return
    for name, start in (("mu", "mu0"), ("delta", "delta0")):
        if name in asked and getattr(options, name) is None:
            asked[name] = lambda own, start=start: own[start]
    asked = {name: value for name, value in asked.items() if value is not None}
    verb = getattr(design, function)
    found = design.over_draws(verb, fit, draws=max(draws, 1), seed=seed, settings=settings, **more, **controls, **asked)
    deliver(found, options, _agreed)


def _scenario(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The settings, None where none were asked for, and controls that win over them."""
    settings, controls = scenario(options)
    return (settings if options.preset or options.settings else None), controls


def _experiments(found: Any) -> Any:
    """A row for each design: the standard error of each parameter per 1000 programs, and what stays open."""
    from rich.console import Group
    from rich.text import Text

    from deltamu.presentation.cli import tables as terminal

    rows = found["standard_error"].to_dataset("parameter")
    title = "standard errors per 1000 programs, log or logit scale; inf where a design does not identify a parameter"
    return Group(Text(title), terminal.evaluation(rows))


def _changes(found: Any) -> Any:
    from rich.console import Group
    from rich.text import Text

    notes = [Text(f"note: {note}") for note in found.attrs["notes"].split("\n") if note]
    law = Text(f"by law {found.attrs['law']} alone: deltamu fit says which other laws do as well, and what they answer")
    return Group(*notes, *changes_told(found), law)


def _recommended(found: Any) -> Any:
    """What is chosen, in what share of draws, and what was left alone."""
    from rich.console import Group
    from rich.text import Text

    from deltamu.presentation.cli import tables as terminal

    columns = [*CHOSEN, *(["agreement"] if "agreement" in found else [])]
    parts: list[Any] = [Text(f"{found.status.item()}: {found.reason.item()}"), terminal.evaluation(found[columns])]
    facts = ("moves_needed", "calls", "pass_probability", "false_pass", "true_reliability")
    parts.append(terminal.evaluation(found[[*facts]]))
    if "agreement_in_all" in found:
        parts.append(Text(f"{float(found.agreement_in_all):.0%} of {found.sizes['draw']} draws agree in all of them; "
                          f"{found.attrs['assumes']}"))  # fmt: skip
    parts += [Text(f"left alone: {why}") for why in found.refused.values]
    measured = [str(name) for name in found.constant.values if found.source.sel(constant=name) == "measured"]
    parts.append(Text(f"measured: {', '.join(measured)}; everything else is invented or fixed"))
    return Group(*parts)


def _agreed(found: Any) -> Any:
    """The commonest answers, and in what share of draws they are given."""
    from deltamu.presentation.cli import tables as terminal

    names = [str(name) for name in found if str(name).endswith(("_common", "_agreement"))]
    return terminal.evaluation(found[names])
