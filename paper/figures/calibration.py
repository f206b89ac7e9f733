"""Calibration of the oracle: the reported pass probability against the true reliability, and where presets end."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.presentation.figures import presets
from deltamu.simulation.evaluate import evaluate

USES = ("mu_next", "pass_probability", "reliability")


def data(**controls):
    last = presets.runs(**controls).isel(move=-1, drop=True)
    resolution = last["r_t"].isel(model=0, drop=True)
    curves = evaluate(["reliability", "pass_probability"], mu=np.linspace(0, 8, 161), r=resolution)
    return curves.drop_vars("r", errors="ignore").assign(
        resolution=resolution, final_reliability=last["reliability"], final_pass_probability=last["pass_probability"]
    )


def draw(ds):
    figure = Figure(figsize=(plotting.COLUMN_WIDTH, plotting.COLUMN_WIDTH), layout="constrained")
    names = [f"{preset}, $r = {presets.value(ds['resolution'], preset=preset)}$" for preset in ds["preset"].values]
    plotting.plot_calibration(ds.assign_coords(preset=names), figure.subplots())
    return figure


def numbers(ds):
    gap = (ds["pass_probability"] - ds["reliability"]).max("mu")
    text = {f"{name}_largest_gap": presets.value(gap, preset=preset) for preset, name in presets.SHORT.items()}
    text |= {
        f"{name}_resolution": presets.value(ds["resolution"], preset=preset) for preset, name in presets.SHORT.items()
    }
    return text | {
        "gated_trust_reliability": presets.value(ds["final_reliability"], model="gated", preset="principal-tr"),
    }


def shows(ds):
    best = ds["final_reliability"]
    return {
        "principal-tr by the gated model ends best": float(best.sel(model="gated", preset="principal-tr"))
        == float(best.max())
    }
