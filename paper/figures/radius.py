"""Edit radius and acceptance of the presets, by the published and by the gated model."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.settings import PRESETS
from deltamu.presentation.figures import presets

USES = ("mu_next", "acceptance")
TRUST_REGION = "principal-tr"


def data(**controls):
    band = [float(PRESETS[TRUST_REGION].replace(**controls)[edge]) for edge in ("A_lo", "A_hi")]
    return (
        presets.runs(**controls)[["delta_t", "acceptance"]]
        .assign_coords(edge=["low", "high"])
        .assign(band=("edge", band))
    )


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 4.2), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    for (top, bottom), model in zip(axes.T, ds["model"].values, strict=True):
        plotting.plot_radius(ds.sel(model=model), top).set(title=f"{model} model", xlabel="")
        plotting.plot_acceptance(ds.sel(model=model), bottom, band=ds["band"].values)
    for right in axes[:, 1]:
        right.set_ylabel("")
    plotting.label_lines(*axes.flat)
    return figure


def numbers(ds):
    radius = ds["delta_t"].sel(preset=TRUST_REGION)
    text = {f"band_{edge}": presets.value(ds["band"], edge=edge) for edge in ("low", "high")}
    for model in ds["model"].values:
        steps = np.diff(radius.sel(model=model))
        text[f"{model}_expansions"], text[f"{model}_contractions"] = str((steps > 0).sum()), str((steps < 0).sum())
    return text | {
        "published_least_acceptance": presets.value(ds["acceptance"].min(["move", "preset"]), model="published"),
        "gated_trust_last_radius": presets.value(radius.isel(move=-1), model="gated"),
        "trust_first_radius": presets.value(radius.isel(move=0).max()),
        "trust_largest_radius": presets.value(radius.max(), places=1),
    }


def shows(ds):
    band = ds["band"].sel(edge="high").item()
    acceptance = ds["acceptance"].sel(preset=TRUST_REGION)
    return {
        "the published acceptance never comes down to the band": bool(
            (ds["acceptance"].sel(model="published") > band).all()
        ),
        "the gated one falls through it": bool(
            (acceptance.sel(model="gated")[[0, -1]] > band).values.tolist() == [True, False]
        ),
    }
