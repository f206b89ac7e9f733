"""Speed and quality: the cost and the reliability at the stop, for every policy and team, and the best of them."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import PRESETS
from deltamu.presentation.figures.presets import count, value
from deltamu.sensitivity import tangents

USES = ("mu_next", "pass_probability", "reliability", "cost")
TEAMS = {"K": [1, 2, 4, 6, 8], "N": [0, 1, 2, 3, 4]}
ORDER = [settings.policy.name for settings in PRESETS.values()]  # as in the other figures
OUTCOMES = ["cost_to_stop", "reliability_at_stop", "moves_to_target_interpolated"]


def data(**controls):
    ds = tangents(policy=ORDER, model=[PUBLISHED, GATED], wrt="mu0", keep="outcomes", **TEAMS, **controls)[OUTCOMES]
    over = ["policy", "K", "N"]
    best = xr.apply_ufunc(unbeaten, ds["cost_to_stop"], ds["reliability_at_stop"], input_core_dims=[over, over],
                          output_core_dims=[over], vectorize=True)  # fmt: skip
    return ds.assign(pareto=best, reached=np.isfinite(ds["moves_to_target_interpolated"]))


def unbeaten(cost, quality):
    """Which choices no other one matches for less, or betters for the same."""
    cheaper, better = cost[..., None] >= cost.ravel(), quality[..., None] <= quality.ravel()
    strictly = (cost[..., None] > cost.ravel()) | (quality[..., None] < quality.ravel())
    return ~(cheaper & better & strictly).any(axis=-1)


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 4.4), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row")
    for (top, bottom), model in zip(axes.T, ds["model"].values, strict=True):
        plotting.plot_frontier(ds.sel(model=model).drop_vars("pareto"), top).set(title=f"{model} model", xlabel="")
        plotting.plot_frontier(ds.sel(model=model), bottom)
        bottom.set(xlabel="model calls until the stop", ylabel="the best of them, enlarged")
    axes[0, 0].set(yscale="log", ylim=(None, 1.4), ylabel="true reliability at the stop")
    best = ds["reliability_at_stop"].where(ds["pareto"])
    axes[1, 0].set_ylim(float(best.min()) - 0.03, float(best.max()) + 0.03)
    axes[0, 0].legend(loc="center left", bbox_to_anchor=(0, 0.64), frameon=False, fontsize=8)
    for right in axes[:, 1]:
        right.set_ylabel("")
    return figure


def numbers(ds):
    text = {"frontier_choices": str(ds["pareto"].isel(model=0).size)}
    for model in ds["model"].values:
        one = ds.sel(model=model)
        best = one["pareto"]
        text[f"{model}_frontier_reached"] = count(one["reached"].sum())
        text[f"{model}_frontier_unbeaten"] = str(int(best.sum()))
        text[f"{model}_frontier_trust_region"] = str(int(best.sel(policy="trust-region").sum()))
        text[f"{model}_frontier_best_reliability"] = value(one["reliability_at_stop"].max())
        text[f"{model}_frontier_best_others"] = value(
            one["reliability_at_stop"].drop_sel(policy="trust-region").max(), 3
        )
    return text


def shows(ds):
    best = ds["pareto"].any(["K", "N"])
    return {"all choices that no other one beats are trust regions": not best.drop_sel(policy="trust-region").any()}
