"""Runs as tables and sparklines on the terminal."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deltamu.presentation.cli.streams import encodes
from deltamu.presentation.export import rows_of

MOST_ROWS = 40
MOST_ELASTICITIES = 8
MOST_OF_FRONT = 12
PIPE_WIDTH = 160
GAP = 2  # blanks between two columns
BARS, FULL = "▁▂▃▄▅▆▇█", "█"
PLAIN_BARS, PLAIN_FULL = "_.-~=+*#", "#"  # where the terminal's encoding lacks those
RUN_COLUMNS = ("status", "moves_to_target", "mu_next", "pass_probability", "reliability", "false_pass_probability")
CURVES = ("mu_next", "delta_t", "acceptance", "pass_probability", "reliability")


def show(*parts: RenderableType) -> None:
    """Print to standard output, in colours only on a terminal."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:  # a file or a pipe has no width
        console = Console(highlight=False, markup=False, width=PIPE_WIDTH)
    console.print(*parts, sep="\n")


def sparkline(values: Iterable[float], width: int = 40) -> str:
    """A curve as a line of bars, from its least to its greatest value; what is not finite leaves a gap.

    Examples
    --------
    >>> sparkline([0, 1, 2, 3])
    '▁▃▆█'
    """
    points = np.asarray(list(values), dtype=float)
    if points.size > width:
        points = points[np.linspace(0, points.size - 1, width).round().astype(int)]
    finite = points[np.isfinite(points)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    span = high - low or 1.0
    bars = BARS if encodes(BARS) else PLAIN_BARS
    heights = ((value - low) / span * (len(bars) - 1) for value in points)
    return "".join(bars[round(height)] if math.isfinite(height) else " " for height in heights)


def simulation(dataset: xr.Dataset) -> RenderableType:
    """Summary of a simulation: one run with its curves, or a table with one row a run."""
    last = dataset.isel(move=-1, drop=True) if "move" in dataset.dims else dataset
    columns = [name for name in RUN_COLUMNS if name in last]
    if last[columns[0]].ndim:
        return Group(_table(last[columns]))
    facts = Table.grid(padding=(0, 2))
    for key in ("policy", "model"):
        facts.add_row(key, str(dataset.attrs.get(key, "")))
    for name in columns:
        facts.add_row(name, _number(last[name].item()))
    curves = Table.grid(padding=(0, 2))
    if "move" in dataset.dims:
        for name in (name for name in CURVES if name in dataset):
            values = dataset[name].to_numpy()
            curves.add_row(name, _number(values[0]), Text(sparkline(values), style="cyan"), _number(values[-1]))
    return Group(facts, "", curves)


def ensemble(dataset: xr.Dataset) -> RenderableType:
    """Summary of an ensemble: what is left after the last move, and how many runs have not reached the target."""
    if "run" in dataset.dims:
        last = dataset.isel(move=-1, drop=True)
        return _table(last[["mu_next", "moves_to_target"]])
    last = dataset.isel(move=-1, moves_made=-1, drop=True)
    shown = last[["mu_next_mean", "delta_mean", "acceptance_rate", "survival", "survival_low", "survival_high"]]
    shown = shown.assign(mu_next_deviation=np.sqrt(last.mu_next_variance))
    shown = shown.assign({name: last[name] for name in ("pass_rate", "false_pass_rate") if name in last})
    if shown.survival.ndim:
        return _table(shown)
    curves = Table.grid(padding=(0, 2))
    for name in ("mu_next_mean", "delta_mean", "acceptance_rate", "survival"):
        values = dataset[name].to_numpy()
        curves.add_row(name, _number(values[0]), Text(sparkline(values), style="cyan"), _number(values[-1]))
    return Group(_table(shown), "", curves)


def evaluation(dataset: xr.Dataset) -> RenderableType:
    """Values of an evaluation as a table with one row a point."""
    return _table(dataset)


def tornado(dataset: xr.Dataset, by: str, columns: Sequence[str], width: int = 24) -> RenderableType:
    """Sensitivities as a table with a bar each, the largest first, and below it why some are missing or one-sided; in a
    sweep one row a point and parameter.

    Parameters
    ----------
    dataset : xarray.Dataset
        Holds `columns` along ``wrt``.
    by : str
        The column of the bars.
    columns : sequence of str
    width : int
        Characters of the longest bar.
    """
    if dataset[by].ndim > 1:
        return _table(dataset[[*columns, *(name for name in ("reason",) if name in dataset)]], missing="")
    size = np.nan_to_num(np.abs(dataset[by].to_numpy()), nan=-1.0)
    longest = max(size[np.isfinite(size)].max(initial=0.0), 1e-300)
    full = FULL if encodes(FULL) else PLAIN_FULL
    table = Table(box=None, pad_edge=False)
    for name in ("wrt", *columns):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", overflow="crop")  # where the terminal is narrow, the bars are
    notes = []
    for at in np.argsort(-size, kind="stable"):
        row = dataset.isel(wrt=int(at))
        value = float(row[by])
        length = round(min(abs(value) / longest, 1.0) * width) if math.isfinite(value) else 0
        bar = Text(full * length, style="cyan" if value > 0 else "red")
        table.add_row(str(row.wrt.item()), *(_number(float(row[name]), missing="") for name in columns), bar)
        if "reason" in row and row.reason.item():
            notes.append(f"{row.wrt.item()}: {row.reason.item()}")
    if "value" in dataset:
        table.title = f"{dataset.attrs.get('quantity', 'value')} = {_number(dataset.value.item())}"
    return Group(table, *([""] if notes else []), *notes)


def interactions(dataset: xr.Dataset) -> RenderableType:
    """Interactions of pairs as a square table; a table with one row a point and pair in a sweep."""
    if dataset.interaction.ndim > 2:
        return _table(dataset[["interaction"]])
    values = dataset.interaction.transpose("x", "y").to_numpy()
    rows = [
        [str(name), *(_number(value, ".2f") for value in row)]
        for name, row in zip(dataset.x.values, values, strict=True)
    ]
    return Wide(["", *map(str, dataset.y.values)], rows, labels=1)


def recommendation(dataset: xr.Dataset, front: xr.Dataset) -> RenderableType:
    """A recommendation: what is chosen and why, what binds it, what moves it most, and the front.

    Parameters
    ----------
    dataset, front : xarray.Dataset
        From `deltamu.recommend` and `deltamu.design.trade_offs`.
    """
    facts = Table.grid(padding=(0, 2))
    facts.add_row("status", dataset.status.item())
    facts.add_row("reason", dataset.reason.item())
    for key in ("policy", "model"):
        facts.add_row(key, str(dataset.attrs[key]))
    for name in ("moves_needed", "calls", "pass_probability", "false_pass", "true_reliability", "mass"):
        facts.add_row(name, _number(dataset[name].item()))
    limits = dataset[["allowed", "attained", "is_binding", "by_limit"]].dropna("limit")
    order = np.argsort(-np.abs(dataset.elasticity.to_numpy()), kind="stable")[:MOST_ELASTICITIES]
    moving = dataset[["by_parameter", "elasticity"]].isel(wrt=np.sort(order))
    bars = tornado(moving, "elasticity", ("by_parameter", "elasticity"))
    title = f"what moves {dataset.attrs['derivatives_of']} most, among what is not free"
    rows = front.isel(front=np.unique(np.linspace(0, front.sizes["front"] - 1, MOST_OF_FRONT).round().astype(int)))
    return Group(
        facts, "", _table(dataset[["chosen", "on_slider", "lowest", "highest", "place", "by_end"]]), "",
        _table(limits), "", Text(title), bars, "", Text(f"trade-off, {front.sizes['front']} points in all"),
        _table(rows.reset_coords().drop_vars("front", errors="ignore")),
    )  # fmt: skip


@dataclass(frozen=True)
class Wide:
    """A table that comes in blocks of columns where the terminal is narrower; each block begins with the labels.

    Attributes
    ----------
    header : sequence of str
    rows : sequence of sequences of str
    labels : int
        The number of columns, from the left, that say which row it is.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int

    def blocks(self, width: int) -> Iterator[list[int]]:
        """The columns of each block, as many as fit."""
        widths = [max(map(len, cells)) + GAP for cells in zip(self.header, *self.rows, strict=True)]
        labels = list(range(self.labels))
        taken = labels
        for column in range(self.labels, len(widths)):
            if len(taken) > len(labels) and sum(widths[i] for i in (*taken, column)) - GAP > width:
                yield taken
                taken = labels
            taken = [*taken, column]
        yield taken

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        for number, block in enumerate(self.blocks(options.max_width)):
            if number:
                yield ""
            table = Table(box=None, pad_edge=False)
            for column in block:
                table.add_column(self.header[column], justify="right" if self.header[column] else "left")
            for row in self.rows:
                table.add_row(*(row[column] for column in block))
            yield table


def _table(dataset: xr.Dataset, missing: str = "nan") -> RenderableType:
    frame = rows_of(dataset)
    rows = [[_number(v, missing=missing) for v in row] for row in frame.head(MOST_ROWS).itertuples(index=False)]
    table = Wide([str(name) for name in frame.columns], rows, labels=len(dataset.dims))
    if len(frame) > MOST_ROWS:
        return Group(table, f"{MOST_ROWS} of {len(frame)} rows; --csv writes them all")
    return table


def _number(value: object, digits: str = ".6g", missing: str = "nan") -> str:
    """A number as text; zero has no sign."""
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return missing
    text = f"{value:{digits}}"
    return text.removeprefix("-") if float(text) == 0 else text
