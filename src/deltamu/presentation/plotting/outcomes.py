"""What comes out of runs: speed against quality, return on reviewers, and probabilities over two controls."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.quantities import flat_numbers, is_number
from deltamu.presentation.plotting.look import axis_label, check_axes, draws, look, marker, plane, runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_curves", "plot_frontier", "plot_probability_map", "plot_reviewers"]


@draws
@checked
def plot_frontier(
    ds: "xr.Dataset",
    ax: "Axes",
    *,
    x: str = "cost_to_stop",
    y: str = "reliability_at_stop",
    front: str = "pareto",
    by: str | None = "policy",
) -> "Axes":
    """Draw what each choice costs and what it brings, with the choices that no other one beats joined by a line.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `x` and `y` along `by` and any other dimensions; where ``reached`` is present, choices that do not
        reach their target are hollow; where `front` is present, the choices for which it is true are joined, with a dot
        in each.
    ax : matplotlib.axes.Axes
    x, y, front : str
    by : str, optional
        The dimension whose entries have marks of their own; None where all are alike.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is logarithmic; each entry's marks carry its name.
    """
    for i, entry in enumerate(["_all"] if by is None else ds[by].values):
        marks = ds if by is None else ds.sel({by: entry})
        across, up = marks[x].values.reshape(-1), marks[y].values.reshape(-1)
        filled = marks["reached"].values.reshape(-1) if "reached" in ds else np.ones(across.shape, dtype=bool)
        style: dict[str, Any] = {"color": look(i)[0], "marker": marker(i), "linestyle": "", "markersize": 4}
        ax.plot(across[~filled], up[~filled], markerfacecolor="white", **style)
        ax.plot(across[filled], up[filled], **style)
        ax.plot([], [], label=str(entry), **style | {} if filled.any() else style | {"markerfacecolor": "white"})
    if front in ds:
        best = ds[front].values
        across, up = ds[x].values[best], ds[y].values[best]
        order = np.lexsort((up, across))
        ax.plot(across[order], up[order], color="0.35", linewidth=0.9, drawstyle="steps-post", zorder=1)
        ax.plot(across[order], up[order], color="0.1", marker=".", markersize=2.5, linestyle="")
    ax.set(xscale="log", xlabel=axis_label(ds[x]), ylabel=axis_label(ds[y]))
    return ax


@draws
@checked
def plot_reviewers(ds: "xr.Dataset", ax: "Axes", *, variable: str, along: str = "N") -> "Axes":
    """Draw an outcome against the number of reviewers (or another count), a line and its marks for each entry.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `variable` with the dimension `along` and at most one more, whose coordinate names the lines.
    ax : matplotlib.axes.Axes
    variable, along : str

    Returns
    -------
    matplotlib.axes.Axes
        Each line carries its entry's name (see `label_lines`). What is infinite (never) is left out.
    """
    for i, (name, line) in enumerate(runs(ds[variable], along)):
        colour, style = look(i)
        values = np.where(np.isfinite(line.values), line.values, np.nan)
        ax.plot(line[along].values, values, color=colour, linestyle=style, marker=marker(i), markersize=3.5, label=name)
    ax.set(xlabel=axis_label(ds[along]), ylabel=axis_label(ds[variable]))
    return ax


@draws
@checked
def plot_curves(ds: "xr.Dataset", ax: "Axes", *, variable: str, along: str) -> "Axes":
    """Draw a variable along one control or intermediate, a line for each entry of the one other dimension.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `variable` with the dimension of `along` and at most one more; `along` is a coordinate, or a variable
        over the same dimensions.
    ax : matplotlib.axes.Axes
    variable, along : str

    Returns
    -------
    matplotlib.axes.Axes
        Each line carries its entry's name (see `label_lines`).
    """
    dim = str(ds[along].dims[-1]) if ds[along].dims else along
    for i, (name, line) in enumerate(runs(ds[variable], dim)):
        colour, style = look(i)
        ax.plot(ds[along].values, line.values, color=colour, linestyle=style, label=name)
    ax.set(xlabel=axis_label(ds[along]), ylabel=axis_label(ds[variable]))
    return ax


@checked
def plot_probability_map(
    array: "xr.DataArray", ax: "Axes", *, levels: Sequence[float] = (), high: float | None = None, label: str = ""
) -> "Axes":
    """Draw a probability over two controls, with lines of equal probability.

    Parameters
    ----------
    array : xarray.DataArray
        Two-dimensional; its first dimension goes up.
    ax : matplotlib.axes.Axes
    levels : sequence of float
        Probabilities at which to draw and name a line.
    high : float, optional
        Where the colours end; by default at the greatest value.
    label : str
        What the colour bar says; there is none if it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        Its mesh is in ``ax.collections`` for a colour bar that several panels share.
    """
    up, right = plane(array)
    check_axes(ax)
    numbers = flat_numbers(levels)
    if (len(levels) and not numbers.size) or not (high is None or is_number(high)):
        raise InputError(f"levels = {shown(levels)} or high = {shown(high)} is not made of numbers")
    top = float(array.max()) if high is None else high
    mesh = ax.pcolormesh(array[right].values, array[up].values, array.values, cmap="viridis", vmin=0, vmax=top,
                         shading="nearest", rasterized=True)  # fmt: skip
    inside = [level for level in numbers if float(array.min()) < level < float(array.max())]
    if inside:
        lines = ax.contour(array[right].values, array[up].values, array.values, levels=inside, linewidths=0.7,
                           colors=["white" if level < 0.6 * top else "black" for level in inside])  # fmt: skip
        for text in ax.clabel(lines, fmt="%g", fontsize=7):
            text.set_rotation(0)  # along a steep line 0.1 might be read as 1.0
    if label:
        ax.figure.colorbar(mesh, ax=ax, label=label)
    ax.set(xlabel=axis_label(array[right]), ylabel=axis_label(array[up]))
    return ax
