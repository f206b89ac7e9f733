"""Phase portrait of the gated trust region: where it expands, holds and contracts, and where runs end."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.equilibria import phase_portrait
from deltamu.model.gated import GATED
from deltamu.presentation.figures.presets import value

USES = ("gain", "acceptance")
OVERREACH, LARGEST = 2.0, 2.0
STARTS = [(12.0, 0.2), (30.0, 0.05), (3.0, 1.8)]
NAMES = [("default start", -18, -14), ("much wrong, small edits", -14, -12), ("large edits", 56, -18)]


def data(**controls):
    plane = {"mu": np.geomspace(0.05, 40, 81), "delta": np.geomspace(0.01, LARGEST, 81)}
    return phase_portrait(**plane, starts=STARTS, model=GATED, overreach=OVERREACH, delta_max=LARGEST, **controls)


def draw(ds):
    figure = Figure(figsize=(1.4 * plotting.COLUMN_WIDTH, 3.2), layout="constrained")
    ax = figure.subplots()
    plotting.plot_phase_portrait(ds, ax)
    for (mass, radius), (name, across, up) in zip(STARTS, NAMES, strict=True):
        ax.annotate(name, (mass, radius), xytext=(across, up), textcoords="offset points", fontsize=7, ha="right",
                    arrowprops={"arrowstyle": "-", "linewidth": 0.5})  # fmt: skip
    ax.set(xlabel="defect mass (defects)", ylabel="edit radius")
    return figure


def numbers(ds):
    last = ds[["orbit_mu", "orbit_delta"]].isel(orbit=0, move=-1)
    largest = ds["orbit_delta"].isel(orbit=0).max()
    return {
        "portrait_overreach": f"{OVERREACH:g}",
        "portrait_last_mass": value(last["orbit_mu"]),
        "portrait_last_radius": value(last["orbit_delta"]),
        "portrait_largest_radius": f"{float(largest):g}",
        "portrait_moves": str(ds.sizes["move"] - 1),
    }


def shows(ds):
    """What the prose says of the run from the default start."""
    radius = ds["orbit_delta"].isel(orbit=0)
    return {
        "the radius reaches its bound": float(radius.max()) == LARGEST,
        "and comes down again": float(radius[-1]) < LARGEST / 4,
    }
