"""What `deltamu fit` says: the log, the fit, other laws, what to measure next, what to change and how sure that is."""

import json
import math
from collections.abc import Sequence
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli.changes import changes_told, found_changes, laws_told
from deltamu.presentation.cli.fit_pictures import MOST_RUNS, attempts_told

COMPARED = ("parameters", "log_likelihood", "aic", "aic_difference", "deviance")
HELD_OUT = ("held_out", "held_out_spread")
SAYS = "says"
DOUBTFUL = ("Law {law} is {behind}. What it says below holds if it is right nevertheless: shares of draws do not count "
            "that doubt. See what {best} says.")  # fmt: skip
REJECTED_SAID = ("Rejected at 5 %: {which}. It misses more than chance explains, and shares of draws do not count "
                 "that: take its answers as guesses, and look above where seen and law differ.")  # fmt: skip
MOST_ERROR = 5.0  # standard error, log or logit scale, from which on a parameter counts as unknown


def compared_text(log: Any, compared: Any) -> Any:
    """Laws against each other, below the log as it was understood."""
    from rich.console import Group
    from rich.text import Text

    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal

    table = terminal.evaluation(compared[[*COMPARED, *HELD_OUT, SAYS]])
    return Group(Text(told(log)), "", Text("laws, each run on its own"), table, Text(compared.attrs["answer"]))


def report(log: Any, fitted: Any, law: str, draws: int, seed: int, worth: float | None) -> Any:
    """The log as understood, the fit, other laws, the next experiment, and at the end what to change."""
    from rich.console import Group
    from rich.text import Text

    from deltamu import calibration
    from deltamu.calibration.comparison import behind, not_told_apart
    from deltamu.calibration.laws.registry import FIRST_PASSES, LAWS
    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal
    from deltamu.presentation.cli.fit import of_a_kind

    parts: list[Any] = [Text(told(log)), "", Text(fitted.attrs["report"])]
    parts += attempts_told(fitted, seed)
    laws, others = of_a_kind(law), []
    if len(laws) > 1:
        compared = calibration.compare_fits(log, laws, splits=0)
        tied = not_told_apart(compared)
        others = [name for name in tied if name != law]
        parts += ["", Text("laws on the same counts, each run on its own")]
        parts += [terminal.evaluation(compared[[*COMPARED, SAYS]]), Text(compared.attrs["answer"])]
        if law not in tied:
            parts.append(Text(DOUBTFUL.format(law=law, behind=behind(compared, law), best=others[0])))
        parts += [Text(said) for said in _cost_of_sharing(fitted, float(compared.aic.sel(law=law)))]
    if law in ("repair", "retry"):
        parts += ["", Text(_next_experiment(log, fitted, law))]
    if draws and LAWS[law].reads == FIRST_PASSES:
        again: dict[str, Any] = {"intervals": 0, "bootstrap": int(fitted.attrs.get("bootstrap", 0)), "seed": seed}
        fits = [fitted, *(calibration.fit(log, name, **again) for name in others)]
        parts += _what_to_change(fits, draws, seed, worth)
    return Group(*parts)


def _cost_of_sharing(fitted: Any, apart: float) -> list[str]:
    """A word where runs that share parameters are described worse than runs that do not."""
    from deltamu.calibration.comparison import TIE

    options = json.loads(fitted.attrs["problem"])
    shared = ", ".join(options["share"])
    above = float(fitted.aic) - apart
    held = set(dict(options["fix"])) - {"eps", "gap"}  # by their defaults, in the comparison too
    if not shared or held or above <= TIE:
        return []
    return [f"That the runs share {shared} is {above:.1f} worse by AIC: they may have met different tests; try --share "
            "none."]  # fmt: skip


def _what_to_change(fits: Sequence[Any], draws: int, seed: int, worth: float | None) -> list[Any]:
    """For each run the changes by the first fit, and in short what the fits of other laws say."""
    from rich.text import Text

    from deltamu.calibration.report import hardly_known

    parts: list[Any] = []
    for run in map(str, fits[0].run.values[:MOST_RUNS]):
        where = f" (run {run})" if fits[0].sizes["run"] > 1 else ""
        try:
            found = [found_changes(fit, run, draws, seed, worth) for fit in fits]
        except InputError as error:
            parts += ["", Text(f"what to change{where}: {error}")]
            continue
        doubt = ", which is rejected" if _is_rejected(fits[0]) else ""
        parts += ["", *changes_told(found[0], where, doubt), *(laws_told(found, fits) if len(found) > 1 else [])]
        if unsure := hardly_known(fits[0], run):
            parts.append(Text(f"Draws are too sure here: the log hardly knows {', '.join(unsure)} of this run."))
    if rejected := [str(fit.attrs["law"]) for fit in fits if _is_rejected(fit)]:
        which = "every law asked here" if len(rejected) == len(fits) > 1 else f"law {', '.join(rejected)}"
        parts += ["", Text(REJECTED_SAID.format(which=which))]
    return parts


def _is_rejected(fit: Any) -> bool:
    from deltamu.calibration.report import REJECTED

    return "p_value" in fit and float(fit["p_value"]) < REJECTED


def _next_experiment(log: Any, fitted: Any, law: str) -> str:
    """The design that leaves the least known parameter best known, beside one like the log."""
    from deltamu.calibration import identifiability
    from deltamu.calibration.designs import DESIGNS
    from deltamu.calibration.estimates import UNSEEN

    last, first = int(log["last"].max()), fitted.isel(run=0)
    unseen = [str(name) for name in first.parameter.values if first.source.sel(parameter=name) == UNSEEN]
    if unseen:
        return f"next experiment: judge hidden results: without them nothing is known of {', '.join(unseen)}"
    own = f"{last} repair{'s' if last != 1 else ''}"
    try:
        designs = identifiability(law, at=fitted, design=dict.fromkeys((own, *DESIGNS)), run=first.run.item())
    except InputError as error:
        return f"no design of an experiment is compared: {error}"
    best = str(designs.standard_error.max("parameter").idxmin("design").item())
    of_run = f" at the values of run {first.run.item()}" if fitted.sizes["run"] > 1 else ""
    like_this = f"1000 programs of a log like this one ({own}) leave {_least_known(designs, own)}"
    if best == own:
        return f"next experiment{of_run}: the same again: {like_this}; no other design compared leaves it less open"
    return f"next experiment{of_run}: {best}: 1000 programs leave {_least_known(designs, best)}; {like_this}"


def _least_known(designs: Any, name: str) -> str:
    errors = designs.standard_error.sel(design=name)
    parameter, error = str(errors.idxmax("parameter").item()), float(errors.max())
    known = f"known within a factor of {math.exp(error):.1f}" if error < MOST_ERROR else "unknown"
    return f"the least known parameter, {parameter}, {known}"
