"""Efficiency: defects removed per model call along the runs of the presets, by both models."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.presentation.figures.presets import SHORT, runs, value

USES = ("efficiency",)
LARGEST = "principal-tr"  # the preset with the largest team


def data(**controls):
    return runs(keep=["efficiency"], **controls)[["efficiency"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.4), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_runs(ds.sel(model=model), ax, "efficiency").set(title=f"{model} model")
    axes[0].set_ylim(bottom=0)
    axes[0].set_ylabel("defects removed per model call")
    axes[1].set_ylabel("")
    plotting.label_lines(*axes)
    return figure


def numbers(ds):
    text = {}
    for model in ds["model"].values:
        for preset, name in SHORT.items():
            one = ds["efficiency"].sel(model=model, preset=preset)
            text[f"{model}_{name}_first_efficiency"] = value(1000 * one.isel(move=0), 1)
    return text


def shows(ds):
    along = ds["efficiency"]
    first, best = along.isel(move=0), along.max("move")
    return {
        "the preset with the largest team begins as the least efficient": bool(
            (first.idxmin("preset") == LARGEST).all()
        ),
        "and becomes the most efficient": bool((best.idxmax("preset") == LARGEST).all()),
    }
