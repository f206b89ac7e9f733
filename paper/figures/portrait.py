"""Phase portrait of the gated trust region: where it expands, holds and contracts, and where runs end."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.equilibria import phase_portrait
from deltamu.formulas import GATED
from deltamu.gallery.presets import value

USES = ("gain", "acceptance")
OVERREACH = 2.0
STARTS = [(12.0, 0.2), (30.0, 0.05), (3.0, 1.8)]


def data():
    return phase_portrait(mu=np.geomspace(0.05, 40, 81), delta=np.geomspace(0.01, 2, 81), starts=STARTS, model=GATED,
                          overreach=OVERREACH, delta_max=2)  # fmt: skip


def draw(ds):
    figure = Figure(figsize=(1.4 * plotting.COLUMN_WIDTH, 3.2), layout="constrained")
    plotting.plot_phase_portrait(ds, figure.subplots())
    return figure


def numbers(ds):
    last = ds[["orbit_mu", "orbit_delta"]].isel(orbit=0, move=-1)
    return {
        "portrait_overreach": f"{OVERREACH:g}",
        "portrait_last_mass": value(last["orbit_mu"]),
        "portrait_last_radius": value(last["orbit_delta"]),
        "portrait_largest_radius": value(ds["orbit_delta"].isel(orbit=0).max()),
    }
