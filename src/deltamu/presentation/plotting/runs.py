"""Runs: convergence, radius, acceptance, and the calibration of the oracle."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.quantities import flat_numbers
from deltamu.presentation.plotting.look import axis_label, draws, look, marker, remark, runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_acceptance", "plot_calibration", "plot_convergence", "plot_radius", "plot_runs"]


@draws
@checked
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
    InputError
        If the variable has another dimension besides ``move`` and that of the runs.
    """
    for i, (name, run) in enumerate(runs(ds[variable], "move")):
        colour, line = look(i)
        ax.plot(run["move"].values, run.values, color=colour, linestyle=line, label=name)
    ax.set(xlabel="move", ylabel=axis_label(ds[variable]), xlim=(0, ds.sizes["move"]))
    return ax


@draws
@checked
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
            remark(ax, f"target {target:g}", target, 1 if above else -2, "bottom" if above else "top")
        for i, (_, run) in enumerate(runs(ds[["moves_to_target", "target"]], None)):
            ax.plot(run["moves_to_target"].values, run["target"].values, color=look(i)[0], marker=marker(i))
    return ax


@draws
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


@draws
@checked
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
        if flat_numbers(band).shape != (2,):
            raise InputError(f"band = {shown(band)}: allowed are two numbers, low and high")
        ax.axhspan(*band, color="0.88", linewidth=0)
        remark(ax, "acceptance band", band[0], 3, "bottom", side="right")
    plot_runs(ds, ax, "acceptance").set_ylim(0, 1.05)
    return ax


@draws
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
    for i, (name, curve) in enumerate(runs(curves, "mu")):
        colour, line = look(i)
        ax.plot(curve["reliability"].values, curve["pass_probability"].values, color=colour, linestyle=line, label=name)
        if "final_reliability" in ds:
            ends = ds[["final_reliability", "final_pass_probability"]]
            ends = ends.sel({dim: curve[dim] for dim in curve.coords if dim in ends.dims and dim != "mu"})
            for (_, end), fill in zip(runs(ends, None), (colour, "white"), strict=False):
                ax.plot(end["final_reliability"].values, end["final_pass_probability"].values, color=colour,
                        marker=marker(i), markerfacecolor=fill, clip_on=False, zorder=3)  # fmt: skip
    ax.legend(loc="lower right", frameon=False, fontsize=8)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel=axis_label(ds["reliability"]),
           ylabel=axis_label(ds["pass_probability"]))  # fmt: skip
    return ax
