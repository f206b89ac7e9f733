"""Interactions in the gain of a first move: which parameters complement each other, and which are substitutes."""

import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import value
from deltamu.sensitivity import interactions

USES = ("gain",)
NAMES = ["H", "rho", "r", "K", "N", "gamma", "delta", "mu"]


def data(**controls):
    start = Settings(**controls)
    at = {"mu": float(start["mu0"]), "delta": float(start["delta0"])}
    each = [interactions("gain", wrt=NAMES, model=model, **at, **controls) for model in (PUBLISHED, GATED)]
    along = xr.DataArray([PUBLISHED.name, GATED.name], dims="model", name="model")
    return xr.concat(each, dim=along, combine_attrs="drop_conflicts")[["interaction"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 3.3), layout="constrained")
    axes = figure.subplots(1, 2)
    limit = float(abs(ds["interaction"]).max())
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_interactions(ds.sel(model=model, drop=True), ax, limit=limit).set(title=f"{model} model")
    bar = figure.colorbar(axes[1].images[0], ax=axes, shrink=0.8, label="substitutes        complements")
    bar.outline.set_linewidth(0.6)
    return figure


def numbers(ds):
    text = {}
    for model in ds["model"].values:
        at = ds["interaction"].sel(model=model)
        off = at.where(at["x"].data[:, None] != at["y"].data)
        text[f"{model}_interaction_priors"] = value(-at, x="H", y="rho")
        text[f"{model}_interaction_most_complementary"] = value(off.max())
    return text


def shows(ds):
    at = ds["interaction"].where(ds["x"] != ds["y"])
    others = abs(at).where(~(at["x"].isin(["H", "rho"]) & at["y"].isin(["H", "rho"])))
    priors = at.sel(x="H", y="rho")
    return {"the only strong entry off the diagonal is that of the priors": bool((priors < -3 * others.max()).all())}
