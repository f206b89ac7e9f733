"""What `deltamu fit` says: the log, the fit, its pictures, other laws, what to change and how sure that is."""

import math
from collections.abc import Sequence
from typing import Any

from deltamu.errors import InputError
from deltamu.presentation.cli.changes import changes_told, found_changes, laws_told

COMPARED = ("parameters", "log_likelihood", "aic", "aic_difference", "deviance")
HELD_OUT = ("held_out", "held_out_spread")
DOUBTFUL = ("Law {law} is {odds}. What it says below holds if it is right nevertheless: shares of draws do "
            "not count that doubt. See what {best} says.")  # fmt: skip
MOST_ERROR = 5.0  # standard error, log or logit scale, from which on a parameter counts as unknown
MOST_RUNS = 10  # whose pictures and answers are printed


def compared_text(log: Any, compared: Any) -> Any:
    """Laws against each other, below the log as it was understood."""
    from rich.console import Group
    from rich.text import Text

    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal

    table = terminal.evaluation(compared[[*COMPARED, *HELD_OUT]])
    return Group(Text(told(log)), "", Text("laws, each run on its own"), table, Text(compared.attrs["answer"]))


def report(log: Any, fitted: Any, law: str, draws: int, seed: int, worth: float | None) -> Any:
    """The log as understood, the fit, other laws, the next experiment, and at the end what to change."""
    from rich.console import Group
    from rich.text import Text

    from deltamu import calibration
    from deltamu.calibration.comparison import TIE, not_told_apart, odds_against
    from deltamu.calibration.laws.registry import FIRST_PASSES, LAWS
    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal
    from deltamu.presentation.cli.fit import of_a_kind

    parts: list[Any] = [Text(told(log)), "", Text(fitted.attrs["report"])]
    parts += _pictures(fitted, seed)
    laws, others = of_a_kind(law), []
    if len(laws) > 1:
        compared = calibration.compare_fits(log, laws, splits=0)
        others = [name for name in not_told_apart(compared) if name != law]
        parts += ["", Text("laws on the same counts, each run on its own"), terminal.evaluation(compared[[*COMPARED]]),
                  Text(compared.attrs["answer"])]  # fmt: skip
        if (above := float(compared.aic_difference.sel(law=law))) > TIE:
            parts.append(Text(DOUBTFUL.format(law=law, best=others[0], odds=odds_against(above))))
    if law in ("repair", "retry"):
        parts += ["", Text(_next_experiment(log, fitted, law))]
    if draws and LAWS[law].reads == FIRST_PASSES:
        fits = [fitted, *(calibration.fit(log, name, intervals=0) for name in others)]
        parts += _what_to_change(fits, draws, seed, worth)
    return Group(*parts)


def save_pictures(fitted: Any, path: str, draws: int, seed: int) -> None:
    """Both pictures of a fit side by side, the same bytes for the same fit."""
    import io
    from pathlib import Path

    import matplotlib
    from matplotlib.figure import Figure

    from deltamu.calibration import first_pass_curves
    from deltamu.files import write_whole
    from deltamu.presentation.figures.pictures import PICTURES
    from deltamu.presentation.plotting import COLUMN_WIDTH, STYLE, plot_first_passes, plot_right_passes

    data = first_pass_curves(fitted, draws=draws, seed=seed)
    kind = Path(path).suffix.lower()
    buffer = io.BytesIO()
    style: Any = STYLE | {"svg.hashsalt": "fit"}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(2 * COLUMN_WIDTH, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        plot_first_passes(data, left)
        plot_right_passes(data, right)
        if data.sizes["run"] > 1:
            left.legend(fontsize=7, frameon=False)
        figure.savefig(buffer, format=kind[1:], **PICTURES[kind])
    write_whole(path, buffer.getvalue())


def _pictures(fitted: Any, seed: int) -> list[Any]:
    """By attempt, as seen and as the law has it: who has passed the visible tests, which passes are right."""
    from rich.table import Table
    from rich.text import Text

    from deltamu.calibration import first_pass_curves

    try:
        curves = first_pass_curves(fitted, draws=1, seed=seed)
    except InputError:  # a log of another kind
        return []
    last = int(curves["attempt"][-1])
    if not last:
        return []
    names = ("passed", "right") if bool(curves["judged"].sum() > 0) else ("passed",)
    rows = Table.grid(padding=(0, 2))
    for run in fitted.run.values[:MOST_RUNS]:
        one = curves.sel(run=run)
        bars = {name: _on_one_scale(one[f"{name}_seen"].values, one[name].values) for name in names}
        for who, ending, side in (("seen", "_seen", 0), ("law", "", 1)):
            parts = [(f"{float(one[name + ending][0]):.3f}", Text(bars[name][side])) for name in names]
            rows.add_row(str(run), who, *(item for part in parts for item in part))
    title = f"passed the visible tests by attempt 0 to {last}, and right among those of each attempt, from the first:"
    return ["", Text(title), rows]


def _on_one_scale(first: Any, second: Any) -> tuple[str, str]:
    from deltamu.presentation.cli.tables import sparkline

    both = sparkline([*first, *second], width=len(first) + len(second))
    return both[: len(first)], both[len(first) :]


def _what_to_change(fits: Sequence[Any], draws: int, seed: int, worth: float | None) -> list[Any]:
    """For each run the changes by the first fit, and in short what the fits of other laws say."""
    from rich.text import Text

    parts: list[Any] = []
    for run in map(str, fits[0].run.values[:MOST_RUNS]):
        where = f" (run {run})" if fits[0].sizes["run"] > 1 else ""
        try:
            found = [found_changes(fit, run, draws, seed, worth) for fit in fits]
        except InputError as error:
            parts += ["", Text(f"what to change{where}: {error}")]
            continue
        parts += ["", *changes_told(found[0], where), *(laws_told(found) if len(found) > 1 else [])]
    return parts


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
