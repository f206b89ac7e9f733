"""Draw labelled data on given axes.

Every function takes a dataset and Matplotlib axes, draws, and returns the axes.  Nothing is computed here: what a
figure shows is in its dataset.  Nothing is imported from Matplotlib either: the caller makes the figure, applies
`STYLE` if it likes, and saves.

Examples
--------
>>> from matplotlib.figure import Figure
>>> from deltamu import simulate
>>> from deltamu.plotting import label_lines, plot_radius
>>> ax = plot_radius(simulate("principal-tr", N=[0, 4]), Figure(figsize=STYLE["figure.figsize"]).subplots())
>>> _ = label_lines(ax)
>>> [text.get_text() for text in ax.texts]
['0', '4']
"""

from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = [
    "COLOURS", "COLUMN_WIDTH", "LINES", "MARKERS", "STYLE", "label_lines", "plot_acceptance", "plot_calibration",
    "plot_convergence", "plot_radius", "plot_runs",
]  # fmt: skip

COLUMN_WIDTH = 3.15
"""Width of one panel in inches; two of them side by side fill the text width of the paper."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, which stays distinct under colour blindness; the darkest tones come first."""

LINES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2)))
"""Line styles that go with the colours, so that a grey print can be read."""

MARKERS = ("o", "s", "^", "D")

STYLE: dict[str, Any] = {
    "figure.figsize": (COLUMN_WIDTH, 2.4),
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "deltamu",
}
"""Settings (`matplotlib.rcParams`) of the paper's figures: vector output, real text, one column wide."""


def plot_runs(ds: "xr.Dataset", ax: "Axes", variable: str) -> "Axes":
    """Draw one variable of one or more runs against the move.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `variable` with the dimension ``move`` and at most one more, whose coordinate names the runs.
    ax : matplotlib.axes.Axes
    variable : str
        Name of the variable, say ``"gain"``.

    Returns
    -------
    matplotlib.axes.Axes
        Each line carries its run's name: `label_lines` writes it beside the line, ``ax.legend()`` into a box.

    Raises
    ------
    ValueError
        If the variable has another dimension besides ``move`` and that of the runs.
    """
    for i, (name, run) in enumerate(_runs(ds[variable], "move")):
        colour, line = _look(i)
        ax.plot(run["move"].values, run.values, color=colour, linestyle=line, label=name)
    ax.set(xlabel="move", ylabel=_axis_label(ds[variable]), xlim=(0, ds.sizes["move"]))
    return ax


def plot_convergence(ds: "xr.Dataset", ax: "Axes", *, variable: str = "pass_probability") -> "Axes":
    """Draw how runs converge: the pass probability, with the targets, or the defect mass after each move.

    Parameters
    ----------
    ds : xarray.Dataset
        As for `plot_runs`; where ``target`` and ``moves_to_target`` are present and the pass probability is drawn,
        each target is a horizontal line, and a run that reaches its own is marked there.
    ax : matplotlib.axes.Axes
    variable : {"pass_probability", "mu_next"}

    Returns
    -------
    matplotlib.axes.Axes
    """
    plot_runs(ds, ax, variable)
    if variable != "pass_probability":
        ax.set_ylim(bottom=0)
        return ax
    ax.set_ylim(0, 1.05)
    if "target" in ds:
        targets = sorted({float(value) for value in ds["target"].values.flat})
        for target in targets:
            above = target == targets[-1]
            ax.axhline(target, color="0.45", linewidth=0.7)
            _remark(ax, f"target {target:g}", target, 1 if above else -2, "bottom" if above else "top")
        for i, (_, run) in enumerate(_runs(ds[["moves_to_target", "target"]], "move")):
            ax.plot(run["moves_to_target"].values, run["target"].values, color=_look(i)[0], marker=_marker(i))
    return ax


def plot_radius(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the edit radius of runs against the move, on a logarithmic scale.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds ``delta_t``; see `plot_runs`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax.set_yscale("log")
    return plot_runs(ds, ax, "delta_t")


def plot_acceptance(ds: "xr.Dataset", ax: "Axes", *, band: Sequence[float] | None = None) -> "Axes":
    """Draw the acceptance of runs against the move.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds ``acceptance``; see `plot_runs`.
    ax : matplotlib.axes.Axes
    band : (low, high), optional
        The acceptance band of a trust region: below it the radius contracts, above it the radius expands.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if band is not None:
        ax.axhspan(*band, color="0.88", linewidth=0)
        _remark(ax, "acceptance band", band[0], 3, "bottom", side="right")
    plot_runs(ds, ax, "acceptance").set_ylim(0, 1.05)
    return ax


def plot_calibration(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw what the oracle reports against what is true: the pass probability over the reliability.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds ``reliability`` and ``pass_probability`` along ``mu``, with at most one more dimension, whose coordinate
        names the curves.  Where ``final_reliability`` and ``final_pass_probability`` are present, with at most a
        dimension ``model`` more than the curves have, they are marked on the curve: filled for the first model, open
        for the second.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax.plot([0, 1], [0, 1], color="0.45", linewidth=0.7)
    ax.annotate(
        "an oracle that sees all", (0.5, 0.5), (3, -2), textcoords="offset points", va="top", fontsize=7, color="0.25"
    )
    curves = ds[["reliability", "pass_probability"]]
    for i, (name, curve) in enumerate(_runs(curves, "mu")):
        colour, line = _look(i)
        ax.plot(curve["reliability"].values, curve["pass_probability"].values, color=colour, linestyle=line, label=name)
        if "final_reliability" in ds:
            ends = ds[["final_reliability", "final_pass_probability"]]
            ends = ends.sel({dim: curve[dim] for dim in curve.coords if dim in ends.dims and dim != "mu"})
            for (_, end), fill in zip(_runs(ends, None), (colour, "white"), strict=False):
                ax.plot(end["final_reliability"].values, end["final_pass_probability"].values, color=colour,
                        marker=_marker(i), markerfacecolor=fill, clip_on=False, zorder=3)  # fmt: skip
    ax.legend(loc="lower right", frameon=False, fontsize=8)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel=_axis_label(ds["reliability"]),
           ylabel=_axis_label(ds["pass_probability"]))  # fmt: skip
    return ax


def label_lines(*axes: "Axes") -> tuple["Axes", ...]:
    """Write the name of each line beside its right end, in its colour; names are moved apart where lines end together.

    Call it when everything else is drawn: the places follow from the final limits and layout.

    Parameters
    ----------
    *axes : matplotlib.axes.Axes
        Axes of one figure. Lines whose label is empty, or begins with an underscore, get no name.

    Returns
    -------
    tuple of matplotlib.axes.Axes
    """
    figures: set[Any] = {ax.figure for ax in axes}
    for figure in figures:
        figure.draw_without_rendering()
    for ax in axes:
        point = ax.figure.dpi / 72
        named: list[Any] = [line for line in ax.get_lines() if not str(line.get_label() or "_").startswith("_")]
        ends = [line.get_xydata()[-1] for line in named]
        heights = [float(ax.transData.transform(end)[1]) / point for end in ends]
        free = -float("inf")
        for height, end, line in sorted(zip(heights, ends, named, strict=True), key=lambda entry: entry[0]):
            place = max(height, free)
            free = place + 9
            ax.annotate(line.get_label(), tuple(end), (4, place - height), textcoords="offset points", va="center",
                        fontsize=8, color=line.get_color(), annotation_clip=False)  # fmt: skip
    return axes


def _look(i: int) -> tuple[str, Any]:
    return COLOURS[i % len(COLOURS)], LINES[i % len(LINES)]


def _marker(i: int) -> str:
    return MARKERS[i % len(MARKERS)]


def _remark(ax: "Axes", text: str, y: float, offset: float, va: str, side: str = "left") -> None:
    """Small print at an edge, `offset` points from the height `y`."""
    ax.annotate(text, ({"left": 0.02, "right": 0.98}[side], y), (0, offset), xycoords=("axes fraction", "data"),
                textcoords="offset points", va=va, ha=side, fontsize=7, color="0.25")  # fmt: skip


def _runs(data: Any, along: str | None) -> Iterator[tuple[str, Any]]:
    """Yield (name, run) for each entry of the one dimension besides `along`; ("", data) if there is none."""
    others = [dim for dim in data.dims if dim != along]
    if len(others) > 1:
        raise ValueError(f"cannot draw the dimensions {', '.join(map(str, others))} as lines: select all but one first")
    if not others:
        yield "", data
    for value in data[others[0]].values if others else ():
        yield str(value), data.sel({others[0]: value})


def _axis_label(array: "xr.DataArray") -> str:
    """Long name and unit, on lines short enough for the height of a panel."""
    unit = array.attrs.get("units", "1")
    return fill(array.attrs.get("long_name", array.name) + ("" if unit == "1" else f" ({unit})"), 30)
