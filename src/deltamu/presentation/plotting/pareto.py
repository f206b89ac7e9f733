"""Recommendations: the front of what no other settings beat."""

from typing import TYPE_CHECKING

from deltamu.presentation.plotting.look import COLOURS, axis_label, draws

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_pareto"]

LIMITS = {"front_cost": "budget", "front_false_pass": "max_false_pass", "front_pass_probability": "target"}
CHOSEN = {"front_moves": "moves_needed", "front_cost": "calls", "front_false_pass": "false_pass",
          "front_pass_probability": "pass_probability"}  # fmt: skip
TEAM = ("K", "N", "K_r")


@draws
def plot_pareto(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the front of a recommendation, its limits, and the recommended settings.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.recommend`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Costs on a logarithmic scale; full dots meet all limits, hollow ones do not; a square marks what is
        recommended, or comes nearest; dashed lines are limits. The square has its team, and so have the
        ends of the front where there is room.
    """
    right, up = ds.attrs["front_axes"].split()
    xs, ys, meets = ds[right].values, ds[up].values, ds["front_meets"].values
    ax.step(xs, ys, where="post", color="0.6", linewidth=0.8)
    ax.plot(xs[meets], ys[meets], color=COLOURS[0], marker="o", markersize=3.5, linestyle="")
    ax.plot(xs[~meets], ys[~meets], color=COLOURS[0], marker="o", markersize=3.5, linestyle="", markerfacecolor="white")
    x, y = float(ds[CHOSEN[right]]), float(ds[CHOSEN[up]])
    ax.plot([x], [y], color=COLOURS[1], marker="s", markersize=6, linestyle="", zorder=5)
    for name, line in ((right, ax.axvline), (up, ax.axhline)):
        limit = float(ds["allowed"].sel(limit=LIMITS[name])) if name in LIMITS else float("inf")
        if limit < float("inf"):
            line(limit, color="0.3", linewidth=0.8, linestyle="--")
            level = name == up
            ax.annotate(f"{LIMITS[name].replace('_', ' ')} {limit:g}", (0.02, limit) if level else (limit, 0.98),
                        (2, 2) if level else (-2, 0), textcoords="offset points", rotation=0 if level else 90,
                        xycoords=("axes fraction", "data") if level else ("data", "axes fraction"), fontsize=7,
                        color="0.25", ha="left" if level else "right", va="bottom" if level else "top")  # fmt: skip
        if name == "front_cost":
            (ax.set_xscale if name == right else ax.set_yscale)("log")
    ax.set(xlabel=axis_label(ds[right]), ylabel=axis_label(ds[up]))
    ax.margins(0.2, 0.12)
    choices = [str(name) for name in ds["choice"].values]
    shown = [i for i, name in enumerate(choices) if name in TEAM]
    named = [(x, y, ds["chosen"].values, COLOURS[1])]
    place = ax.transData.transform
    for i in (0, -1):
        if abs(place((xs[i], ys[i])) - place((x, y))).max() > 0.2 * ax.bbox.height:  # else there is no room for both
            named.append((float(xs[i]), float(ys[i]), ds["front_chosen"].values[i], "0.25"))
    rising = ys[-1] > ys[0]
    for at_x, at_y, values, colour in named:
        text = ", ".join(f"${choices[i]} = {values[i]:g}$" for i in shown)
        last = rising and at_x > xs[0]
        offset = (-5, 5) if last else (6, -8 if rising else 4)
        ax.annotate(text, (at_x, at_y), offset, textcoords="offset points", fontsize=7, color=colour,
                    ha="right" if last else "left", va="top" if rising and not last else "bottom")  # fmt: skip
    return ax
