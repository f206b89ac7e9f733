"""Runs as tables and sparklines on the terminal."""

import math
from collections.abc import Iterable

import numpy as np
import xarray as xr
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

__all__ = ["evaluation", "show", "simulation", "sparkline"]

MOST_ROWS = 40
PIPE_WIDTH = 160
BARS = "▁▂▃▄▅▆▇█"
RUN_COLUMNS = ("status", "moves_to_target", "mu_next", "pass_probability", "reliability", "false_pass_probability")
CURVES = ("mu_next", "delta_t", "acceptance", "pass_probability", "reliability")


def show(*parts: RenderableType) -> None:
    """Print to standard output, in colours only on a terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width
        console = Console(highlight=False, width=PIPE_WIDTH)
    console.print(*parts, sep="\n")


def sparkline(values: Iterable[float], width: int = 40) -> str:
    """A curve as a line of bars, from its least to its greatest value.

    Examples
    --------
    >>> sparkline([0, 1, 2, 3])
    '▁▃▆█'
    """
    points = np.asarray(list(values), dtype=float)
    if points.size > width:
        points = points[np.linspace(0, points.size - 1, width).round().astype(int)]
    low, high = points.min(), points.max()
    scaled = np.zeros(points.size) if high == low else (points - low) / (high - low)
    return "".join(BARS[round(value * (len(BARS) - 1))] for value in scaled)


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


def evaluation(dataset: xr.Dataset) -> RenderableType:
    """Values of an evaluation as a table with one row a point."""
    return _table(dataset)


def _table(dataset: xr.Dataset) -> Table:
    frame = (dataset if dataset.dims else dataset.expand_dims("point")).to_dataframe().reset_index()
    frame = frame.drop(columns=["point"], errors="ignore")
    table = Table(box=None, pad_edge=False)
    for name in frame.columns:
        table.add_column(str(name), justify="right")
    for row in frame.head(MOST_ROWS).itertuples(index=False):
        table.add_row(*map(_number, row))
    if len(frame) > MOST_ROWS:
        table.caption = f"{MOST_ROWS} of {len(frame)} rows; --csv writes them all"
    return table


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    return str(value)
