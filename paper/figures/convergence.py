"""Convergence: defect mass and pass probability of the presets, by the published and by the gated model."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.presentation.figures import presets

USES = ("mu_next", "pass_probability")


def data(**controls):
    return presets.runs(**controls)[["mu_next", "pass_probability", "target", "moves_to_target"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 4.2), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    for (top, bottom), model in zip(axes.T, ds["model"].values, strict=True):
        plotting.plot_convergence(ds.sel(model=model), top, variable="mu_next").set(title=f"{model} model", xlabel="")
        plotting.plot_convergence(ds.sel(model=model), bottom)
    for right in axes[:, 1]:
        right.set_ylabel("")
    plotting.label_lines(*axes.flat)
    return figure


def numbers(ds):
    last = ds.isel(move=-1)
    text = {"moves": str(ds.sizes["move"]), "presets": str(ds.sizes["preset"])}
    for model in ds["model"].values:
        text[f"{model}_reached"] = presets.count((ds["moves_to_target"].sel(model=model) <= ds.sizes["move"]).sum())
        for preset, name in presets.SHORT.items():
            text[f"{model}_{name}_final_mass"] = presets.value(last["mu_next"], model=model, preset=preset)
            text[f"{model}_{name}_final_pass"] = presets.value(last["pass_probability"], model=model, preset=preset)
    return text | {
        f"{name}_target": presets.value(ds["target"], preset=preset) for preset, name in presets.SHORT.items()
    }


def shows(ds):
    return {"no preset reaches its target": not (ds["moves_to_target"] <= ds.sizes["move"]).any()}
