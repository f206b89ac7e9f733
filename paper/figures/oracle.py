"""What a pass is worth when the tests pass, for oracles of every resolution, by both models."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.design import oracle_value
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.presentation.figures.presets import value
from deltamu.simulation.sweeps import attributes

USES = ("mu_next", "pass_probability", "reliability", "false_pass_probability")
SHOWN = ["moves", "reliability", "false_pass_probability", "assured_reliability", "assured_false_pass_probability"]


def data(**controls):
    ds = oracle_value(policy=TRUST_REGION, model=[PUBLISHED, GATED], r=np.linspace(0.02, 1, 50), **controls)[SHOWN]
    ds["r"].attrs = attributes(sym.r)
    return ds


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_oracle_value(ds.sel(model=model), ax).set(title=f"{model} model")
    axes[1].set_ylabel("")
    axes[0].legend(frameon=False, fontsize=8, loc="center right")
    return figure


def numbers(ds):
    text = {}
    for model in ds["model"].values:
        one = ds.sel(model=model)
        stops = one["r"].where(one["moves"] < np.inf)
        text[f"{model}_oracle_sharpest_that_passes"] = value(stops.max())
        text[f"{model}_oracle_reliability_then"] = value(one["reliability"].sel(r=stops.max()))
    return text


def shows(ds):
    stops = ds["moves"] < np.inf
    return {"the oracles that let the run pass are the coarsest": not (stops.astype(int).diff("r") > 0).any()}
