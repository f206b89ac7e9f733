"""A fit in pictures: each attempt as seen and by the law, in the terminal and as a file."""

from typing import Any

from deltamu.errors import InputError

MOST_RUNS = 10  # that are printed
MOST_ATTEMPTS = 12  # columns of the table, from the first attempt on


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


def attempts_told(fitted: Any, seed: int) -> list[Any]:
    """By attempt, as seen and as the law has it: how many of the open tasks pass, and which passes are right."""
    import numpy as np
    from rich.table import Table
    from rich.text import Text

    from deltamu.calibration import first_pass_curves

    try:
        curves = first_pass_curves(fitted, draws=1, seed=seed)
    except InputError:  # a log of another kind
        return []
    last = min(int(curves["attempt"][-1]), MOST_ATTEMPTS)
    if not last:
        return []
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    for name in ("in 100", "", "", *map(str, range(last + 1))):
        rows.add_column(name)
    for run in fitted.run.values[:MOST_RUNS]:
        one, name = curves.sel(run=run), str(run)
        passed, tasks = one["passed_seen"].values, float(fitted.observed.sel(run=run).sum())
        shares = {"open tasks that pass": (*(_hazard(one[f"passed{side}"].values) for side in ("_seen", "")),
                                           tasks * (1 - _passed_before(passed)))}  # fmt: skip
        if float(one["judged"].sum()) > 0:
            shares["passes that are right"] = (one["right_seen"].values, one["right"].values, one["judged"].values)
        for what, (seen, law, of) in shares.items():
            chance = 2 * np.sqrt(law * (1 - law) / np.maximum(of, 1))
            bars = _on_one_scale(seen[: last + 1], law[: last + 1])
            stars = np.where(np.abs(seen - law) > chance, "*", "")
            for who, values, bar, marks in (("seen", seen, bars[0], stars), ("law", law, bars[1], [""] * len(law))):
                numbers = ["" if value != value else f"{100 * value:.0f}{mark}"
                           for value, mark in zip(values[: last + 1], marks, strict=False)]  # fmt: skip
                rows.add_row(f"{name}: {what}" if who == "seen" else "", who, Text(bar), *numbers)
    return ["", Text("at each attempt, as seen and by the law (*: two standard errors apart):"), rows]


def _hazard(passed: Any) -> Any:
    """The share of the tasks that are still open at each attempt which pass at it; nan where none is open."""
    import numpy as np

    before = _passed_before(passed)
    open_ = 1 - before
    return np.where(open_ > 1e-12, (passed - before) / np.maximum(open_, 1e-12), np.nan)


def _passed_before(passed: Any) -> Any:
    """The share of tasks that has passed before each attempt."""
    import numpy as np

    return np.concatenate([[0.0], passed[:-1]])


def _on_one_scale(first: Any, second: Any) -> tuple[str, str]:
    from deltamu.presentation.cli.tables import sparkline

    both = sparkline([*first, *second], width=len(first) + len(second))
    return both[: len(first)], both[len(first) :]
