"""Sobol indices: which of the constants that nobody has measured decide what comes out of a run."""

import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.presentation.figures.presets import value
from deltamu.sensitivity import global_sensitivity

USES = ("mu_next", "pass_probability", "reliability")
SEED, BASE = 20251124, 4096
OUTCOMES = {"final_reliability": "final reliability", "moves_censored": "moves to the target"}
TARGET = 0.5  # within reach at the defaults, by both models


def data(**controls):
    each = [
        global_sensitivity(
            list(OUTCOMES), policy=TRUST_REGION, model=model, target=TARGET, seed=SEED, n=BASE, **controls
        )
        for model in (PUBLISHED, GATED)
    ]
    along = xr.DataArray([PUBLISHED.name, GATED.name], dims="model", name="model")
    return xr.concat(each, dim=along, combine_attrs="drop_conflicts")


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 4.6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, (outcome, name) in zip(axes, OUTCOMES.items(), strict=True):
        for ax, model in zip(row, ds["model"].values, strict=True):
            plotting.plot_sobol(ds.sel(model=model, outcome=outcome, drop=True), ax)
            ax.set(title=f"{name}, {model} model", xlabel="")
    figure.supxlabel("share of the variance", fontsize=9)
    axes[0, 0].legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def numbers(ds):
    halves = ds[["total_halfwidth", "first_order_halfwidth"]].to_dataarray()
    text = {"sobol_base": str(BASE), "sobol_halfwidth": value(halves.max())}
    text |= {"sobol_target": f"{TARGET:g}", "sobol_moves": str(ds.attrs["moves"]), "sobol_confidence": "95"}
    for model in ds["model"].values:
        one = ds.sel(model=model, outcome="final_reliability")
        text[f"{model}_sobol_alone"] = value(100 * one["first_order"].sum(), 0)
        for name in ("a1", "a2", "s0", "b", "tau"):
            text[f"{model}_sobol_total_{name}"] = value(one["total"], wrt=name)
        moves = ds.sel(model=model, outcome="moves_censored")
        text[f"{model}_sobol_moves_alone"] = value(100 * moves["first_order"].sum(), 0)
    return text


def shows(ds):
    total = ds["total"].sel(outcome="final_reliability")
    four = ds["total"].sel(wrt=["a1", "a2", "s0", "b"]).min("wrt")
    others = ds["total"].drop_sel(wrt=["a1", "a2", "s0", "b"]).max("wrt")
    return {
        "the harm has the largest total index": bool((total.idxmax("wrt") == "a2").all()),
        "the likeness of candidates hardly matters": bool((total.sel(wrt="tau") < 0.01).all()),
        "harm, benefit, saturation and spread are the first four": bool((four > others).all()),
    }
