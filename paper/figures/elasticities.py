"""Elasticities of the moves to a reachable target: what one per cent more of each parameter changes, in per cent."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import value
from deltamu.sensitivity import sensitivities

USES = ("mu_next", "pass_probability")
TARGET = 0.5  # within reach by both models
CONSTANTS = {"harm": "kappa2", "spread": "kappa1", "candidates": "tau"}


def data(**controls):
    each = [
        sensitivities("moves_to_target_interpolated", policy=TRUST_REGION, model=model, target=TARGET, **controls)
        for model in (PUBLISHED, GATED)
    ]
    along = xr.DataArray([PUBLISHED.name, GATED.name], dims="model", name="model")
    return xr.concat(each, dim=along, combine_attrs="drop_conflicts")[["value", "elasticity"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 3.0), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True)
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_tornado(ds.sel(model=model, drop=True), ax).set(title=f"{model} model", xlabel="")
    figure.supxlabel(f"elasticity of the moves to pass probability {TARGET:g}", fontsize=9)
    return figure


def ways(one):
    """The elasticity by the human prior, by the four ways in which it acts; saved moves are negative.

    It enters the spread, the harm and the number of candidates in the products kappa1 H, kappa2 H and tau H only, so
    these ways have the elasticities by the constants; and the targeting as the model's prior does.
    """
    start, by = Settings(), one["elasticity"]
    H, rho = float(start["H"]), float(start["rho"])
    targeting = by.sel(wrt="rho") * H * (1 - rho) / (rho * (1 - H))
    return {"targeting": targeting, **{way: by.sel(wrt=name) for way, name in CONSTANTS.items()}}


def numbers(ds):
    text = {"elasticities_target": f"{TARGET:g}"}
    for model in ds["model"].values:
        one = ds.sel(model=model)
        text[f"{model}_elasticities_moves"] = value(one["value"], 1)
        text[f"{model}_elasticity_radius_bound"] = value(-one["elasticity"], wrt="delta_max")
        text[f"{model}_elasticity_benefit"] = value(-one["elasticity"], wrt="a1")
        text[f"{model}_elasticity_human_prior"] = value(one["elasticity"], wrt="H")
        for way, share in ways(one).items():
            text[f"{model}_prior_by_{way}"] = value(abs(share))
        text[f"{model}_elasticity_resolution"] = value(one["elasticity"], wrt="r")
    return text


def shows(ds):
    each = [ds["elasticity"].sel(model=model) for model in ds["model"].values]
    order = [list(one["wrt"].values[np.argsort(-abs(one.values), kind="stable")]) for one in each]
    split = [ways(ds.sel(model=model)) for model in ds["model"].values]
    return {
        "the bound of the radius matters most, then the benefit": all(o[:2] == ["delta_max", "a1"] for o in order),
        "a finer oracle takes longer": all(float(one.sel(wrt="r")) > 0 for one in each),
        "the human prior has next to no effect": all(abs(float(one.sel(wrt="H"))) < 0.05 for one in each),
        "it is the sum of its four ways": all(
            abs(float(sum(shares.values()) - one.sel(wrt="H"))) < 1e-9 for shares, one in zip(split, each, strict=True)
        ),
        "targeting and harm save moves, spread and candidates cost them": all(
            max(shares["targeting"], shares["harm"]) < 0 < min(shares["spread"], shares["candidates"])
            for shares in split
        ),
    }
