"""Where runs of the gated trust region end, as the oracle's resolution or the overreach grows."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.equilibria import bifurcation
from deltamu.model.gated import GATED
from deltamu.simulation.sweeps import attributes

USES = ("gain", "acceptance")
OVERREACH = 2.0
SHOWN = ["radius_low", "radius_high", "rest_inside", "delta_low", "delta_high", "period", "end", "event_value",
         "event_kind"]  # fmt: skip


def data(**controls):
    ds = bifurcation(parameter="r", values=np.linspace(0.05, 1, 41), model=GATED, overreach=OVERREACH, **controls)
    ds["r"].attrs = attributes(sym.r)
    return ds[SHOWN]


def changes(ds):
    """The same with those events only at which the end of the runs changes."""
    return ds.isel({ds["event_kind"].dims[0]: np.char.find(ds["event_kind"].values.astype(str), "->") >= 0})


def draw(ds):
    figure = Figure(figsize=(1.6 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    ax = figure.subplots()
    inside = ds["rest_inside"].values.astype(bool)
    ax.fill_between(
        ds["r"], ds["radius_low"], ds["radius_high"], where=inside, color="0.85", label="radii that could rest"
    )
    ax.plot(ds["r"], ds["delta_high"], color=plotting.COLOURS[0], linewidth=1.8, label="greatest radius of the run")
    ax.plot(ds["r"], ds["delta_low"], color="k", linestyle="--", linewidth=1.2, label="least radius of the run")
    for end in sorted(set(changes(ds)["event_value"].values)):
        ax.axvline(end, color="0.6", linestyle=":", linewidth=0.7)
    ax.set(xlabel="resolution of the tests $r$", ylabel="radius in the long run", yscale="log", xlim=(0, 1))
    ax.legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def numbers(ds):
    at = dict(zip(map(str, ds["event_kind"].values), map("{:.3f}".format, ds["event_value"].values), strict=True))
    end = ds["end"].values
    return {
        "bifurcation_overreach": f"{OVERREACH:g}",
        "bifurcation_at_largest_up_to": f"{float(ds['r'][end == 'at delta_max'].max()):.3f}",
        "bifurcation_at_least_from": f"{float(ds['r'][end == 'at delta_min'].min()):.3f}",
        "bifurcation_rest_begins": at.get("rest_inside begins", "none"),
        "bifurcation_rest_ends": at.get("rest_inside ends", "none"),
    }


def shows(ds):
    between = ~np.isin(ds["end"].values, ("at delta_max", "at delta_min"))
    inside = ds["rest_inside"].values & (ds["end"].values == "at delta_max")
    span = float(ds["r"][between].max() - ds["r"][between].min()) if between.any() else 0.0
    return {
        "the radius is at one of its bounds nearly everywhere": span < 0.02,
        "it is at the upper one where it could rest inside": bool(inside.any()),
    }
