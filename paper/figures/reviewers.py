"""Return on reviewers: moves to a target, and defects removed per model call, by their number and correlation."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import count, value
from deltamu.sensitivity import tangents
from deltamu.simulation.sweeps import attributes

USES = ("mu_next", "pass_probability", "reliability", "cost")
TARGET = 0.5  # within reach of every team, by both models
CORRELATIONS = [0.0, 0.3, 0.6, 0.9]


def data(**controls):
    ds = tangents(
        policy=TRUST_REGION, model=[PUBLISHED, GATED], wrt="mu0", keep="outcomes", target=TARGET,
        gamma=CORRELATIONS, N=np.arange(sym.N.slider[1] + 1), **controls,
    )  # fmt: skip
    removed = float(Settings(**controls)["mu0"]) + np.log(ds["reliability_at_stop"])  # the reliability is exp(-mu)
    per_call = removed / ds["cost_to_stop"]
    ds["N"].attrs = attributes(sym.N)
    return ds[["moves_to_target_interpolated", "cost_to_stop"]].assign(
        removed_per_call=per_call.assign_attrs(long_name="defects removed per model call", units="1")
    )


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 4.2), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    for (top, bottom), model in zip(axes.T, ds["model"].values, strict=True):
        one = ds.sel(model=model)
        for gamma, style in zip(ds["gamma"].values, ("-", "--", "-.", ":"), strict=True):
            top.plot(ds["N"], one["moves_to_target_interpolated"].sel(gamma=gamma), color="k", linestyle=style,
                     label=f"$\\gamma = {gamma:g}$")  # fmt: skip
        share = 100 * one["removed_per_call"] / one["removed_per_call"].sel(N=0)
        low, high = (getattr(share, end)("gamma") for end in ("min", "max"))
        bottom.fill_between(ds["N"], low, high, color="0.6", label="all correlations")
        bottom.plot(ds["N"], high, color="k", linewidth=0.8)
        top.set(title=f"{model} model", ylim=(0, None))
        bottom.set(xlabel="reviewers $N$", ylim=(0, None))
    axes[0, 0].set_ylabel(f"moves to pass probability {TARGET:g}")
    axes[1, 0].set_ylabel("removed per call, per cent of\nwhat is without reviewers")
    axes[0, 1].legend(frameon=False, fontsize=8)
    axes[1, 1].legend(frameon=False, fontsize=8)
    return figure


def numbers(ds):
    moves, calls = ds["moves_to_target_interpolated"], ds["removed_per_call"]
    text = {"reviewers_target": f"{TARGET:g}", "reviewers_most": f"{float(ds['N'].max()):g}"}
    text["reviewers_alike"] = f"{CORRELATIONS[-1]:g}"
    for model in ds["model"].values:
        for gamma, name in ((CORRELATIONS[0], "independent"), (CORRELATIONS[-1], "alike")):
            at = {"model": model, "gamma": gamma}
            saved = 100 * (1 - moves.sel(at).isel(N=-1) / moves.sel(at).isel(N=0))
            text[f"{model}_reviewers_save_{name}"] = value(saved, 0)
        text[f"{model}_reviewers_best_per_call"] = count(calls.sel(model=model).max("gamma").idxmax("N"))
    return text


def shows(ds):
    saved = -ds["moves_to_target_interpolated"].diff("N")
    return {
        "the first reviewer saves most": bool((saved.isel(N=0) > saved.isel(N=slice(1, None)).max("N")).all()),
        "per call every reviewer is a loss": bool((ds["removed_per_call"].diff("N") < 0).all()),
    }
