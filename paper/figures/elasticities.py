"""Elasticities of the moves to a reachable target: what one per cent more of each parameter changes, in per cent."""

import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.formulas import GATED, PUBLISHED
from deltamu.gallery.presets import value
from deltamu.policies import TRUST_REGION
from deltamu.sensitivity import sensitivities

USES = ("mu_next", "pass_probability")
TARGET = 0.5  # within reach by both models


def data():
    each = [
        sensitivities("moves_to_target_interpolated", policy=TRUST_REGION, model=model, target=TARGET)
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


def numbers(ds):
    text = {"elasticities_target": f"{TARGET:g}"}
    for model in ds["model"].values:
        one = ds.sel(model=model)
        text[f"{model}_elasticities_moves"] = value(one["value"], 1)
        text[f"{model}_elasticity_radius_bound"] = value(-one["elasticity"], wrt="delta_max")
        text[f"{model}_elasticity_human_prior"] = value(abs(one["elasticity"]), wrt="H")
        text[f"{model}_elasticity_resolution"] = value(one["elasticity"], wrt="r")
    return text
