"""Fits to logs: passes as seen and as the law has them, laws against each other, profiles, predictions, levers."""

from typing import TYPE_CHECKING

from numpy import asarray

from deltamu.presentation.plotting.look import COLOURS, axis_label, draws, look, marker, remark, runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

FEW = 5  # passes below which their share says little

__all__ = [
    "plot_cells", "plot_first_passes", "plot_laws", "plot_levers", "plot_prediction", "plot_profile",
    "plot_right_passes",
]  # fmt: skip


@draws
def plot_first_passes(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the share of tasks that has passed by each attempt: seen as marks, the law as a line with its band.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.calibration.first_pass_curves`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        One colour a run.
    """
    _seen_and_law(ds, ax, "passed")
    remark(ax, f"marks: seen; band: {ds.attrs['level']:.0%} of logs that the law draws", ax.get_ylim()[0], 3, "bottom",
           "right")  # fmt: skip
    return ax


@draws
def plot_right_passes(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the share of the passes of each attempt that is right, as `plot_first_passes` does.

    Attempts without a pass that was judged have no mark and no band; marks of fewer than five are hollow.
    """
    _seen_and_law(ds, ax, "right")
    for line, judged in zip(ax.get_lines()[1::2], ds["judged"].values.reshape(-1, ds.sizes["attempt"]), strict=True):
        at, seen = (asarray(part) for part in line.get_data())
        few = judged < FEW
        ax.plot(at[few], seen[few], color=line.get_color(), marker=line.get_marker(), linestyle="",
                markerfacecolor="white")  # fmt: skip
    ax.set_ylim(-0.04, 1.04)
    return ax


def _seen_and_law(ds: "xr.Dataset", ax: "Axes", name: str) -> None:
    names = [name, *(f"{name}_{what}" for what in ("seen", "lower", "upper"))]
    for i, (label, run) in enumerate(runs(ds[names], "attempt")):
        colour, line = look(i)
        at = run["attempt"].values
        low, high = run[f"{name}_lower"].values, run[f"{name}_upper"].values
        ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(at, run[name].values, color=colour, linestyle=line, label=label)
        ax.plot(at, run[f"{name}_seen"].values, color=colour, marker=marker(i), linestyle="")
    ax.set(xlabel="attempt", ylabel=axis_label(ds[name]))


@draws
def plot_cells(fit: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw observed against expected counts of every cell of a fit; the largest residual has its name.

    Parameters
    ----------
    fit : xarray.Dataset
        From `deltamu.fit`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Square-root scales, on which counts scatter alike; the line is where both are equal.
    """
    if "run" not in fit.dims:
        fit = fit.expand_dims("run")
    seen, law = fit["observed"].values, fit["expected"].values
    most = 1.05 * max(float(seen.max()), float(law.max()), 1.0)
    ax.plot([0, most], [0, most], color="0.6", linewidth=0.8)
    for i in range(len(seen)):
        ax.plot(law[i], seen[i], color=COLOURS[i % len(COLOURS)], marker=marker(i), linestyle="")
    run, cell = divmod(int(abs(fit["residual"].values).argmax()), seen.shape[1])
    residual = float(fit["residual"].values[run, cell])
    ax.annotate(f"{fit['cell'].values[cell]}, {residual:+.1f}", (law[run, cell], seen[run, cell]), (5, -3),
                textcoords="offset points", fontsize=7, color="0.25")  # fmt: skip
    scale = ("function", {"functions": (lambda x: abs(x) ** 0.5, lambda x: x**2)})
    ax.set_xscale(scale[0], **scale[1])
    ax.set_yscale(scale[0], **scale[1])
    ax.set(xlabel="expected tasks", ylabel="observed tasks", xlim=(0, most), ylim=(0, most))
    return ax


@draws
def plot_laws(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw laws from the best to the worst, by what their AIC is above the best.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.compare_fits`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        A scale that is linear up to 10; beside each mark, where it was asked for, the held-out log score per 1000 tasks
        against that of the best law.
    """
    ordered = ds.sortby("aic_difference")
    places = list(range(ordered.sizes["law"]))
    ax.plot(ordered["aic_difference"].values, places, color=COLOURS[0], marker="o", linestyle="")
    ax.set_xscale("symlog", linthresh=10)
    score = ordered["held_out"].values - float(ordered["held_out"].values[0])
    for place, value, held in zip(places, ordered["aic_difference"].values, score, strict=True):
        if ds.attrs["splits"]:
            ax.annotate(f"{held:+.1f}", (value, place), (6, 0), textcoords="offset points", va="center", fontsize=7,
                        color="0.25")  # fmt: skip
    ax.set_yticks(places, [str(name).replace("_", " ") for name in ordered["law"].values])
    ax.invert_yaxis()
    ax.set(xlabel=axis_label(ds["aic_difference"]), xlim=(-1.5, None))
    return ax


@draws
def plot_profile(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the profile likelihood of a parameter, and the level that cuts off its 90 % interval.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.profile`.
    ax : matplotlib.axes.Axes
    """
    ax.plot(ds["value"].values, ds["likelihood_ratio"].values, color=COLOURS[0])
    level = float(ds["level_90"])
    ax.axhline(level, color="0.3", linewidth=0.8, linestyle="--")
    remark(ax, "90 %", level, 2, "bottom")
    ax.set(xlabel=f"{ds.attrs['parameter']}: {axis_label(ds['value'])}",
           ylabel=axis_label(ds["likelihood_ratio"]), ylim=(0, None))  # fmt: skip
    return ax


@draws
def plot_prediction(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the right programs that are expected among the passes of each attempt of a new run.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.predict`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Bars: passes, and within them, dark, those expected to be right; the number is P(right | pass).
    """
    at, passes = ds["attempt"].values, ds["passes"].values
    ax.bar(at, passes, color="0.85")
    ax.bar(at, ds["expected_right"].values, color=COLOURS[0])
    for place, height, share in zip(at, passes, ds["right_given_pass"].values, strict=True):
        if height:
            ax.annotate(f"{share:.2f}", (place, height), (0, 2), textcoords="offset points", ha="center", fontsize=7)
    ax.set(xlabel="attempt", ylabel=axis_label(ds["passes"]))
    return ax


@draws
def plot_levers(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw what each change brings: a mark for the estimate, a bar for 90 % of draws, and in how many it is best.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.design.levers`.
    ax : matplotlib.axes.Axes
    """
    ordered = ds[["gain", "gain_lower", "gain_upper", "agreement"]].sortby("gain")
    places = list(range(ordered.sizes["lever"]))
    low, high = ordered["gain_lower"].values, ordered["gain_upper"].values
    ax.hlines(places, 100 * low, 100 * high, color="0.6", linewidth=3)
    ax.plot(100 * ordered["gain"].values, places, color=COLOURS[0], marker="o", linestyle="")
    for place, end, share in zip(places, high, ordered["agreement"].values, strict=True):
        ax.annotate(f"{share:.0%}", (100 * end, place), (5, 0), textcoords="offset points", va="center", fontsize=7,
                    color="0.25")  # fmt: skip
    ax.set_yticks(places, [str(name) for name in ordered["lever"].values])
    ax.axvline(0, color="0.6", linewidth=0.8)
    ax.margins(x=0.12)  # room for the shares
    ax.set_xlabel("right programs more, per 100 tasks")
    return ax
