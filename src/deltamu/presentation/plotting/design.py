"""Design: the best team over correlation and the price of a review, and what an oracle's resolution is worth."""

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from deltamu.model.arguments import checked
from deltamu.presentation.plotting.look import COLOURS, LINES, axis_label, draws, plane

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_oracle_value", "plot_team_map"]

NOT_REACHED = "0.93"
MOST_LINES = 8  # beyond this many reviewers only the shade tells


@draws
@checked
def plot_team_map(ds: "xr.Dataset", ax: "Axes", *, variable: str = "reviewers") -> "Axes":
    """Draw the best number of reviewers over two controls, each area with its number.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.design.best_reviewers`, over two dimensions, usually ``w_review`` and ``gamma``; the first goes
        up, on a logarithmic scale where all its values are positive.
    ax : matplotlib.axes.Axes
    variable : str
        Another count to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Darker is more; up to 8 there are lines, and numbers in the middle of the areas.
    """
    array = ds[variable]
    up, right = plane(array)
    finite = array.where(abs(array) < float("inf"))
    most = max(float(finite.max()), 1.0)
    ax.pcolormesh(array[right].values, array[up].values, 1 + finite.values, cmap="Blues", norm="log", vmin=1.0,
                  vmax=(1 + most) ** 1.4, shading="nearest", rasterized=True)  # fmt: skip
    if float(array[up].min()) > 0:
        ax.set_yscale("log")
    counts = sorted({float(value) for value in finite.values.ravel() if value == value})
    levels = [(low + high) / 2 for low, high in pairwise(counts) if high <= MOST_LINES]
    if levels:
        ax.contour(array[right].values, array[up].values, finite.values, levels=levels, colors="0.35", linewidths=0.5)
    for count in counts:
        inside = (finite == count).values
        if inside.mean() >= 0.012 and count <= MOST_LINES:  # smaller areas have no room for a number
            row, column = _middle(inside)
            ax.annotate(f"{count:g}", (float(array[right][column]), float(array[up][row])), ha="center", va="center",
                        fontsize=8, color="white" if count == most > 3 else "0.1")  # fmt: skip
    ax.set(xlabel=axis_label(array[right]), ylabel=axis_label(array[up]))
    return ax


def _middle(inside: Any) -> tuple[int, int]:
    """The cell of an area that is nearest to the middle of its own cells."""
    rows, columns = inside.nonzero()
    height, width = inside.shape
    away = ((rows - rows.mean()) / height) ** 2 + ((columns - columns.mean()) / width) ** 2
    return int(rows[away.argmin()]), int(columns[away.argmin()])


@draws
def plot_oracle_value(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw what a pass is worth over the oracle's resolution: the reliability behind it and the false passes.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.design.oracle_value`, over ``r`` alone.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Lines: at the worst stop; circles: where the run stopped. Oracles with which it does not stop are shaded.
    """
    r = ds["r"].values
    reached = (ds["moves"] < float("inf")).values
    for i, (name, label) in enumerate((("reliability", "reliability"), ("false_pass_probability", "false pass"))):
        ax.plot(r, ds[f"assured_{name}"].values, color=COLOURS[i], linestyle=LINES[i], label=label)
        ax.plot(r[reached], ds[name].values[reached], "o", color=COLOURS[i], markersize=3, label=f"_{label}",
                clip_on=False)  # fmt: skip
    edges = [r[0], *((r[1:] + r[:-1]) / 2), r[-1]]
    for stops, spans in groupby(zip(edges[:-1], edges[1:], reached, strict=True), key=lambda span: span[2]):
        neighbours = list(spans)
        if not stops:
            ax.axvspan(neighbours[0][0], neighbours[-1][1], color=NOT_REACHED, linewidth=0, zorder=0)
    ax.set(xlabel=axis_label(ds["r"]), ylabel="probability at the stop", ylim=(0, 1), xlim=(r[0], r[-1]))
    return ax
