"""What `deltamu fit` says: the log, the fit, its pictures, other laws, what to change and how sure that is."""

from typing import Any

from deltamu.errors import InputError

COMPARED = ("parameters", "log_likelihood", "aic", "aic_difference", "deviance")
HELD_OUT = ("held_out", "held_out_spread")
MOST_RUNS = 10  # whose pictures and answers are printed


def compared_text(log: Any, compared: Any) -> Any:
    """Laws against each other, below the log as it was understood."""
    from rich.console import Group
    from rich.text import Text

    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal

    table = terminal.evaluation(compared[[*COMPARED, *HELD_OUT]])
    return Group(Text(told(log)), "", Text("laws, each run on its own"), table)


def report(log: Any, fitted: Any, law: str, draws: int, seed: int) -> Any:
    """The log as understood, the fit, other laws, the next experiment, and at the end what to change."""
    from rich.console import Group
    from rich.text import Text

    from deltamu import calibration
    from deltamu.calibration.logs import told
    from deltamu.presentation.cli import tables as terminal
    from deltamu.presentation.cli.fit import of_a_kind

    parts: list[Any] = [Text(told(log)), "", Text(fitted.attrs["report"])]
    parts += _pictures(fitted, seed)
    others = of_a_kind(law)
    if len(others) > 1:
        compared = calibration.compare_fits(log, others, splits=0)[[*COMPARED]]
        parts += ["", Text("other laws on the same counts, each run on its own"), terminal.evaluation(compared)]
    if law in ("repair", "retry"):
        parts += ["", Text(_next_experiment(log, fitted, law))]
        if draws:
            parts += ["", *_what_to_change(fitted, draws, seed)]
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


def _what_to_change(fitted: Any, draws: int, seed: int) -> list[Any]:
    """For each run the changes from the best on, with the share of draws that agree, and the answer in words."""
    from rich.table import Table
    from rich.text import Text

    from deltamu.design.levers import RIGHT, levers

    parts: list[Any] = []
    for run in map(str, fitted.run.values[:MOST_RUNS]):
        where = f" (run {run})" if fitted.sizes["run"] > 1 else ""
        try:
            found = levers(fitted, run=run, draws=draws, seed=seed)
        except InputError as error:
            parts.append(Text(f"what to change{where}: {error}"))
            continue
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
        judged = found.attrs["counts"] == RIGHT
        wrong = ["wrong ones"] if judged else []
        for name in ("change", f"{found.attrs['counts']} per 100", "90 % of draws", *wrong, "best in"):
            table.add_column(name)
        for name in found.sortby("gain", ascending=False)["lever"].values:
            one = found.sel(lever=name)
            ends = f"{100 * float(one['gain_lower']):+.1f} to {100 * float(one['gain_upper']):+.1f}"
            wrong = [f"{100 * float(one['wrong_gain']):+.1f}"] if judged else []
            table.add_row(one["does"].item(), f"{100 * float(one['gain']):+.1f}", ends, *wrong,
                          f"{float(one['agreement']):.0%}")  # fmt: skip
        title = f"what to change{where}; each halves a shortfall or doubles an effort, what it costs is yours to say:"
        parts += [Text(title), table]
        if found.attrs["unknown"]:
            parts.append(Text(f"not known from this log: {found.attrs['unknown']}"))
        parts.append(Text(found.attrs["answer"]))
    return parts


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
