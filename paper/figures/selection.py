"""Intensity of selection: the published quantile against the exact mean of a maximum, and the error of the former."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.presentation.figures.presets import value
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.sweeps import attributes

USES = ("selection_intensity",)
NAMES = {"published": "published $z$", "gated": "exact $i(k)$"}


def data(**controls):
    sizes = np.unique([*np.linspace(1.05, 2, 20), *np.linspace(2, 13, 111)])
    ds = evaluate("selection_intensity", K=sizes, N=0, tau=0, model=[PUBLISHED, GATED], **controls)
    ds["K"].attrs = attributes(sym.K_eff)
    both = ds["selection_intensity"]
    error = both.sel(model="published", drop=True) - both.sel(model="gated", drop=True)
    return ds.assign(error=error.assign_attrs(long_name="error of the published intensity", units="1"))


def draw(ds):
    figure = Figure(figsize=(plotting.COLUMN_WIDTH, 3.6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    plotting.plot_curves(ds.assign_coords(model=[NAMES[m] for m in ds["model"].values]), top,
                         variable="selection_intensity", along="K")  # fmt: skip
    plotting.plot_curves(ds, bottom, variable="error", along="K")
    for ax, low in ((top, -2), (bottom, -1.5)):
        ax.axhline(0, color="0.45", linewidth=0.7)
        ax.set(xlim=(1, float(ds["K"].max())), ylim=(low, 2 if ax is top else 0.1))
    top.set(xlabel="", ylabel="selection intensity")
    bottom.set(xlabel="effective candidates $k$", ylabel="error of $z$")
    plotting.label_lines(top)
    return figure


def numbers(ds):
    error = ds["error"]
    relative = 100 * error / ds["selection_intensity"].sel(model="gated")
    return {
        "selection_error_two": value(-error, K=2),
        "selection_shortfall_five": value(-relative, 0, K=5),
        "selection_shortfall_most": value(-relative.isel(K=-1), 0),
        "selection_largest_size": f"{float(ds['K'].max()):g}",
    }
