"""The best radius beside those of policies, and how far policies are from the optimal feedback."""

from typing import TYPE_CHECKING

from deltamu.presentation.plotting.look import COLOURS, draws, look, runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_gaps", "plot_radii_by_mass"]

NEVER = 1.25  # where those who never arrive stand, over the largest finite gap
LEAST_SPAN = 2.0  # the axis of the gaps reaches at least so far


@draws
def plot_radii_by_mass(best: "xr.Dataset", followed: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the radius that gains most against the defect mass, and the radii that policies use on their way down.

    Parameters
    ----------
    best : xarray.Dataset
        From `deltamu.best_radius`, along ``mu`` only; where nothing gains there is no line.
    followed : xarray.Dataset
        From `deltamu.simulate` or `deltamu.optimal_policy`: ``mu`` and ``delta_t`` along ``move``, with at most one
        more dimension, whose coordinate names the runs.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Both axes logarithmic; the mass falls to the right, as a run goes on. `label_lines` names the lines.
    """
    ax.set(xscale="log", yscale="log")
    masses = best["mu"].values
    order = masses.argsort()[::-1]  # the mass falls to the right
    gaining = best["best_radius"].where(best["place"] != "no gain").values
    ax.plot(masses[order], gaining[order], color=COLOURS[6], linewidth=2.4, label="best", zorder=1.9)
    for i, (name, run) in enumerate(runs(followed[["mu", "delta_t"]], "move")):
        colour, line = look(i)
        ax.plot(run["mu"].values, run["delta_t"].values, color=colour, linestyle=line, label=name or "_run")
    ax.set(xlim=(masses.max(), masses.min()), xlabel="defect mass (defects)", ylabel="edit radius of the move")
    return ax


@draws
def plot_gaps(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the moves of policies and of the best fixed radii over those of the optimal feedback, a row a case.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.optimality_gaps`, along ``case`` only.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Who does not arrive stands at the right edge, open; cases out of reach for all are left empty.
    """
    rows = range(ds.sizes["case"])[::-1]  # the first case on top
    gaps = {"policy": ds["gap"].values, "best fixed radius": ds["gap_fixed"].values}
    arrives = ds["moves_optimal"].values < float("inf")
    finite = [float(gap) for values in gaps.values() for gap in values if gap < float("inf")]
    edge = NEVER * max([LEAST_SPAN, *finite])
    ax.axvline(1.0, color="0.45", linewidth=0.7)
    for (name, values), colour, mark, size in zip(gaps.items(), COLOURS, ("o", "D"), (5.0, 3.2), strict=False):
        for open_, fill in ((False, colour), (True, "white")):
            chosen = [(min(float(gap), edge), row) for gap, row, there in zip(values, rows, arrives, strict=True)
                      if there and (gap == float("inf")) == open_]  # fmt: skip
            ax.plot([x for x, _ in chosen], [y for _, y in chosen], color=colour, marker=mark, markersize=size,
                    markerfacecolor=fill, linestyle="", clip_on=False, zorder=3,
                    label=f"_{name}" if open_ else name)  # fmt: skip
    ax.set_xscale("log")
    ticks = [tick for tick in (1, 1.5, 2, 3, 5, 10, 20, 50, 100) if tick < edge / 1.1]
    ax.set_xticks([*ticks, edge], labels=[*(f"{tick:g}" for tick in ticks), "never"])
    ax.minorticks_off()
    ax.set_yticks(list(rows), labels=[str(name) for name in ds["case"].values])
    ax.set(xlim=(0.97, edge), ylim=(-0.6, ds.sizes["case"] - 0.4), xlabel="moves over those of the optimal feedback")
    ax.grid(axis="y", color="0.9", linewidth=0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8, handletextpad=0.2)
    return ax
