"""The best number of reviewers for defects removed per model call, over their correlation and the price of a review."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.design import best_reviewers
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.presentation.figures.presets import value
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.sweeps import attributes

USES = ("efficiency", "gain")
SIDE = 81
MASS, RADIUS = 6, 0.2


def data(**controls):
    ds = best_reviewers(
        mu=MASS, delta=RADIUS, K_r=0, w_review=np.geomspace(1e-3, 1, SIDE), gamma=np.linspace(0, 0.9, SIDE),
        model=[PUBLISHED, GATED], **controls,
    )  # fmt: skip
    for symbol in (sym.w_review, sym.gamma):
        ds[symbol.name].attrs = attributes(symbol)
    gain = evaluate("gain", mu=MASS, delta=RADIUS, K_r=0, N=[0, 1], model=[PUBLISHED, GATED], **controls)["gain"]
    price = gain.sel(N=1, drop=True) / gain.sel(N=0, drop=True) - 1  # at which the first reviewer pays just so (D20)
    return ds[["reviewers"]].transpose("model", "w_review", "gamma").assign(dearest=price.reset_coords(drop=True))


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_team_map(ds.sel(model=model), ax).set(title=f"{model} model", ylabel="price of a review")
        ax.set_xlabel("correlation between reviewers")
    axes[1].set_ylabel("")
    return figure


def numbers(ds):
    text = {"teams_mass": str(MASS), "teams_radius": f"{RADIUS:g}"}
    for model in ds["model"].values:
        best = ds["reviewers"].sel(model=model)
        text[f"{model}_teams_largest"] = f"{float(best.max()):g}"
        text[f"{model}_teams_dearest_review"] = value(ds["dearest"], 3, model=model)
    return text


def shows(ds):
    best = ds["reviewers"]
    paid = (best > 0).any("gamma")
    return {
        "the best team shrinks with price and correlation": not (best.diff("w_review") > 0).any()
        and not (best.diff("gamma") > 0).any(),
        "the first reviewer pays up to one price at every correlation": bool(((best > 0) == paid).all())
        and bool((paid == (ds["w_review"] < ds["dearest"])).all()),
        "at equal prices the team is empty": not best.sel(w_review=1, method="nearest").any(),
    }
