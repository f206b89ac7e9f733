"""Sensitivities: tornado of elasticities, sensitivity over time, map of interactions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from deltamu.errors import InputError
from deltamu.model.arguments import check_count, checked
from deltamu.presentation.plotting.look import COLOURS, axis_label, draws, end_of_colours, look

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_interactions", "plot_sobol", "plot_tangents", "plot_tornado"]


@draws
@checked
def plot_tornado(ds: "xr.Dataset", ax: "Axes", *, variable: str = "elasticity", most: int = 12) -> "Axes":
    """Draw elasticities as bars, the largest on top.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `variable` along ``wrt`` and no other dimension, as `deltamu.sensitivities` returns it.
    ax : matplotlib.axes.Axes
    variable : str
        ``"elasticity"``, or ``"derivative"``, ``"total"``, ...
    most : int
        At most so many bars; parameters without a finite value get none.

    Returns
    -------
    matplotlib.axes.Axes
    """
    values = _flat(ds[variable], "wrt")
    values = values[{"wrt": np.isfinite(values.values) & (values.values != 0)}]
    check_count("most", most)
    values = values[{"wrt": np.argsort(np.abs(values.values), kind="stable")[-most:]}]
    places = np.arange(values.sizes["wrt"])
    ax.barh(places, values.values, height=0.7, color=np.where(values.values > 0, *COLOURS[:2]))
    ax.axvline(0, color="0.45", linewidth=0.7)
    ax.set_yticks(places, [_symbol(name) for name in values["wrt"].values])
    ax.set(xlabel=axis_label(ds[variable]), ylim=(-0.6, len(places) - 0.4))
    return ax


@draws
def plot_sobol(ds: "xr.Dataset", ax: "Axes", *, most: int = 12) -> "Axes":
    """Draw Sobol indices as pairs of bars, total and first order, with their 95 % confidence intervals.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds ``total``, ``first_order`` and their half-widths along ``wrt`` and no other dimension, as
        `deltamu.global_sensitivity` returns them.
    ax : matplotlib.axes.Axes
    most : int
        At most so many parameters, those with the largest total; the order is that of the dataset, first on top.

    Returns
    -------
    matplotlib.axes.Axes
        The bars carry the names ``total`` and ``alone`` for a legend.
    """
    total = _flat(ds["total"], "wrt")
    check_count("most", most)
    shown = np.sort(np.argsort(-total.values, kind="stable")[:most])[::-1]
    places = np.arange(shown.size)
    bars = (("total", "total", COLOURS[0], 0.18), ("first_order", "alone", COLOURS[4], -0.18))
    for name, label, colour, shift in bars:
        values, half = (_flat(ds[key], "wrt").values[shown] for key in (name, f"{name}_halfwidth"))
        ax.barh(places + shift, values, height=0.34, color=colour, label=label)
        ax.errorbar(values, places + shift, xerr=half, fmt="none", ecolor="0.25", elinewidth=0.7)
    ax.axvline(0, color="0.45", linewidth=0.7)
    ax.set_yticks(places, [_symbol(name) for name in total["wrt"].values[shown]])
    ax.set(xlabel="share of the variance", ylim=(-0.6, len(places) - 0.4))
    return ax


@draws
@checked
def plot_tangents(
    ds: "xr.Dataset", ax: "Axes", *, variable: str = "mu_tangent", wrt: Sequence[str] | None = None
) -> "Axes":
    """Draw how a run's sensitivity develops from move to move.

    Parameters
    ----------
    ds : xarray.Dataset
        Holds `variable` along ``wrt`` and ``move`` and no other dimension, as `deltamu.tangents` returns it.
    ax : matplotlib.axes.Axes
    variable : str
        ``"mu_tangent"``, ``"delta_tangent"``, ...
    wrt : sequence of str, optional
        Which parameters, at most as many as there are colours; by default all.

    Returns
    -------
    matplotlib.axes.Axes
        Each line carries its parameter's symbol: `label_lines` writes it beside the line.

    Raises
    ------
    InputError
        There are more dimensions, or more parameters than colours.
    """
    data = _flat(ds[variable], "wrt", "move")
    names = list(map(str, data["wrt"].values if wrt is None else wrt))
    if len(names) > len(COLOURS):
        raise InputError(f"{len(names)} lines have no colours of their own: name at most {len(COLOURS)} parameters")
    ax.axhline(0, color="0.45", linewidth=0.7)
    for i, name in enumerate(names):
        colour, line = look(i)
        ax.plot(data["move"].values, data.sel(wrt=name).values, color=colour, linestyle=line, label=_symbol(name))
    ax.set(xlabel="move", ylabel=axis_label(ds[variable]), xlim=(0, data.sizes["move"]))
    return ax


@draws
def plot_interactions(ds: "xr.Dataset", ax: "Axes", *, limit: float | None = None) -> "Axes":
    """Draw which parameters complement each other (blue) and which substitute each other (red).

    Parameters
    ----------
    ds : xarray.Dataset
        Holds ``interaction`` along ``x`` and ``y`` and no other dimension, as `deltamu.interactions` returns it.
    ax : matplotlib.axes.Axes
    limit : float, optional
        Where the colours end; by default at the greatest finite interaction.

    Returns
    -------
    matplotlib.axes.Axes
        Its image is in ``ax.images`` for a colour bar. What is not finite stays blank.
    """
    data = _flat(ds["interaction"], "x", "y")
    values = np.ma.masked_invalid(data.values)
    limit = end_of_colours(limit, float(np.abs(values).max() if values.count() else 1.0) or 1.0, above=0)
    ax.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit)
    for axis, dim in ((ax.xaxis, "y"), (ax.yaxis, "x")):
        axis.set_ticks(np.arange(data.sizes[dim]), [_symbol(name) for name in data[dim].values])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for i, row in enumerate(values.filled(np.nan)):
        for j, value in enumerate(row):
            if len(values) <= 10 and np.isfinite(value):
                ax.text(j, i, f"{round(value, 2) + 0.0:.2f}".replace("-", "−"), ha="center", va="center", fontsize=6,
                        color="white" if abs(value) > 0.6 * limit else "0.15")  # fmt: skip
    return ax


def _flat(array: "xr.DataArray", *dims: str) -> Any:
    """The array in these dimensions; others may have one entry only."""
    array = array.squeeze([dim for dim in array.dims if dim not in dims and array.sizes[dim] == 1], drop=True)
    others = [str(dim) for dim in array.dims if dim not in dims]
    if others:
        raise InputError(f"cannot draw the dimensions {', '.join(others)}: select one entry of each first")
    if lacking := [dim for dim in dims if dim not in array.dims]:
        raise InputError(f"cannot draw {array.name} along {', '.join(lacking)}: it has no such dimension")
    return array.transpose(*dims)


def _symbol(name: str) -> str:
    """A parameter as the paper prints it."""
    from deltamu.model import symbols as sym

    known = {symbol.name: symbol.latex for symbol in (*sym.PARAMETERS, *sym.STATE)}
    return f"${known[str(name)]}$" if str(name) in known else str(name)
