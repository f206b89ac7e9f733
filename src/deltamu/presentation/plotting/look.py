"""The look of all figures: colours, line styles, sizes, and the small print."""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import signature
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

from deltamu.errors import InputError, shown
from deltamu.model.quantities import as_numbers

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "COLUMN_WIDTH", "LINES", "MARKERS", "STYLE", "label_lines"]

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
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "deltamu",
}
"""Settings (`matplotlib.rcParams`) of the paper's figures: vector output, real text, one column wide."""


Plot = TypeVar("Plot", bound=Callable[..., Any])


def draws(function: Plot) -> Plot:
    """A function that refuses data of another kind than its own in one line."""

    annotations = {name: str(one.annotation) for name, one in signature(function).parameters.items()}
    parameters = list(annotations)
    datasets = [name for name, annotation in annotations.items() if annotation.startswith("xr.Dataset")]

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(parameters, args, strict=False)) | kwargs
        for name in datasets:
            if given.get(name) is None and "None" in annotations[name]:
                continue
            if name in given and not hasattr(given[name], "data_vars"):
                raise InputError(f"{function.__name__} draws a Dataset, not {shown(given[name])}")
            if empty := [str(dim) for dim, size in getattr(given.get(name), "sizes", {}).items() if not size]:
                raise InputError(f"{function.__name__}: the data have nothing along {', '.join(empty)}")
        if "ax" in given:
            check_axes(given["ax"])
        try:
            return function(*args, **kwargs)
        except KeyError as missing:  # what xarray says goes on with all that there is
            lacking = str(missing.args[0]).partition(". ")[0][:100]
            present = ", ".join(map(str, given[parameters[0]].data_vars))
            raise InputError(f"{function.__name__}: {lacking}; the data have {present}") from missing

    return checked  # type: ignore[return-value]


def check_axes(ax: Any) -> None:
    """Raise unless something can be drawn on."""
    if not (hasattr(ax, "get_lines") and hasattr(ax, "figure")):
        raise InputError(f"ax = {shown(ax)} is not Matplotlib's axes")


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
    for ax in axes:
        check_axes(ax)
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


def look(i: int) -> tuple[str, Any]:
    return COLOURS[i % len(COLOURS)], LINES[i % len(LINES)]


def marker(i: int) -> str:
    return MARKERS[i % len(MARKERS)]


def remark(ax: "Axes", text: str, y: float, offset: float, va: str, side: str = "left") -> None:
    """Small print at an edge, `offset` points from the height `y`."""
    ax.annotate(text, ({"left": 0.02, "right": 0.98}[side], y), (0, offset), xycoords=("axes fraction", "data"),
                textcoords="offset points", va=va, ha=side, fontsize=7, color="0.25")  # fmt: skip


def runs(data: Any, along: str | None) -> Iterator[tuple[str, Any]]:
    """Yield (name, run) for each entry of the one dimension besides `along`; ("", data) if there is none."""
    others = [dim for dim in data.dims if dim != along]
    if along is not None and along not in data.dims:
        raise InputError(f"cannot draw along {along}: the data have the dimensions {tuple(map(str, data.dims))}")
    if len(others) > 1:
        raise InputError(f"cannot draw the dimensions {', '.join(map(str, others))} as lines: select all but one first")
    if not others:
        yield "", data
    for value in data[others[0]].values if others else ():
        yield str(value), data.sel({others[0]: value})


def plane(array: Any) -> tuple[Any, Any]:
    """The names of the dimensions of a DataArray that has two: up, and to the right."""
    if hasattr(array, "data_vars") or len(getattr(array, "dims", ())) != 2:
        dims = ", ".join(map(str, getattr(array, "dims", ())))
        raise InputError(f"a map needs a DataArray of two dimensions, not {type(array).__name__} of ({dims})")
    up, right = array.dims
    return up, right


def end_of_colours(limit: Any, otherwise: float, above: float) -> float:
    """Where colours end, as asked for or of the data."""
    if limit is None:
        return otherwise
    value = as_numbers(limit)
    if value.ndim or value.dtype.kind not in "iuf" or not above < value < float("inf"):
        raise InputError(f"limit = {shown(limit)}: allowed is one number above {above:g}")
    return float(value)


def axis_label(array: "xr.DataArray") -> str:
    """Long name and unit, on lines short enough for the height of a panel."""
    unit = array.attrs.get("units", "1")
    return fill(array.attrs.get("long_name", array.name) + ("" if unit == "1" else f" ({unit})"), 30)
