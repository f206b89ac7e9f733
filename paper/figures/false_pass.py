"""Probability that the pass at the stop hides a defect, over the oracle's resolution and the human prior."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import value
from deltamu.sensitivity import tangents
from deltamu.simulation.sweeps import attributes

USES = ("mu_next", "pass_probability", "false_pass_probability")
PRIORS, RESOLUTIONS = np.linspace(0.1, 0.9, 41), np.linspace(0.3, 1, 36)  # the defaults among them


def data(**controls):
    ds = tangents(
        policy=TRUST_REGION, model=[PUBLISHED, GATED], wrt="mu0", keep="outcomes", H=PRIORS, r=RESOLUTIONS, **controls
    )
    for symbol in (sym.H, sym.r):
        ds[symbol.name].attrs = attributes(symbol)
    return ds[["false_pass_at_stop"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    risk, top = ds["false_pass_at_stop"], float(ds["false_pass_at_stop"].max())
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_probability_map(risk.sel(model=model), ax, levels=(0.05, 0.1, 0.2), high=top)
        ax.set(title=f"{model} model")
    axes[1].set_ylabel("")
    figure.colorbar(axes[1].collections[0], ax=axes, label="false-pass probability")
    return figure


def numbers(ds):
    risk = ds["false_pass_at_stop"]
    start, coarse = Settings(), float(RESOLUTIONS[0])
    text = {"false_pass_coarse_resolution": f"{coarse:g}"}
    for model in ds["model"].values:
        one = risk.sel(model=model)
        text[f"{model}_false_pass_largest"] = value(one.max())
        text[f"{model}_false_pass_by_prior"] = value((one.max("H") - one.min("H")).max(), 3)
        for name, r in (("coarse", coarse), ("default", float(start["r"]))):
            text[f"{model}_false_pass_{name}"] = value(one.sel(r=r, H=float(start["H"]), method="nearest"))
    return text


def shows(ds):
    risk = ds["false_pass_at_stop"]
    by_prior = (risk.max("H") - risk.min("H")).max("r")
    by_oracle = (risk.max("r") - risk.min("r")).min("H")
    return {
        "it depends on the oracle and hardly on the prior": bool((by_oracle > 5 * by_prior).all()),
        "and is lower in the gated model": bool((risk.sel(model="gated") <= risk.sel(model="published")).all()),
    }
