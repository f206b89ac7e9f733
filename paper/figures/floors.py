"""Floors and ceilings: the mass below which no move helps, and the true reliability that a trust region can reach."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.equilibria import defect_floor, reachable
from deltamu.model.gated import GATED
from deltamu.model.policies import TRUST_REGION
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import value
from deltamu.simulation.sweeps import attributes

USES = ("expected_improvement", "gain", "acceptance", "reliability")
SIDE = 41
PRIORS = {0.0: ":", 0.5: "-", 1.0: "--"}  # qualities of the specification that are shown
BENDS = (0.57, 0.75)  # resolutions between which the highest reliability bends
MODELS = [PUBLISHED, GATED]


def data(**controls):
    prior = np.linspace(0, 1, SIDE)
    floor = defect_floor(delta=np.linspace(0.05, 2, SIDE), H=prior, model=MODELS, **controls).transpose(
        "model", "H", "delta"
    )
    ceiling = reachable(policy=TRUST_REGION, r=np.linspace(0.3, 0.98, SIDE), H=prior, model=MODELS, **controls)
    there = {name: ceiling[key].transpose("model", "H", "r")
             for name, key in (("ceiling", "reliability"), ("smallest_radius", "radius_least"))}  # fmt: skip
    ds = xr.Dataset({"floor": floor, **there})
    for symbol in (sym.H, sym.r, sym.delta):
        ds[symbol.name].attrs = attributes(symbol)
    return ds.assign_attrs(floor.attrs)


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for model, color in zip(ds["model"].values, ("0.55", plotting.COLOURS[0]), strict=True):
        for prior, style in PRIORS.items():
            at = ds.sel(model=model).sel(H=prior, method="nearest")
            label = f"{model}, $H = {prior:g}$"
            left.plot(at["delta"], at["floor"], color=color, linestyle=style, label=label)
            right.plot(at["r"], at["ceiling"], color=color, linestyle=style, label=label)
    left.set(xlabel=r"edit radius $\delta$", ylabel="defects at rest", yscale="log")
    left.yaxis.set_major_formatter("{x:g}")
    right.set(xlabel="resolution of the tests $r$", ylabel="highest reliability that can be reached", ylim=(0, 1))
    left.legend(frameon=False, fontsize=7, ncols=2, loc="center", bbox_to_anchor=(0.5, 0.36))
    return figure


def numbers(ds):
    text = {}
    for model in ds["model"].values:
        floor, ceiling = ds["floor"].sel(model=model), ds["ceiling"].sel(model=model)
        text[f"{model}_floors_least"] = value(floor.min())
        text[f"{model}_floors_greatest"] = value(floor.max())
        text[f"{model}_ceiling_least"] = value(ceiling.min())
        text[f"{model}_ceiling_greatest"] = value(ceiling.max())
    gated = ds["ceiling"].sel(model="gated")
    at_prior = gated.sel(H=float(Settings()["H"]), method="nearest")
    return text | {
        "ceiling_coarsest": f"{float(ds['r'].min()):g}",
        "ceiling_finest": f"{float(ds['r'].max()):g}",
        "ceiling_with_coarsest": value(at_prior.isel(r=0)),
        "ceiling_with_finest": value(at_prior.isel(r=-1)),
        "ceiling_by_prior": value((gated.max("H") - gated.min("H")).max()),
    }


def shows(ds):
    published = ds["ceiling"].sel(model="published")
    gated = ds["ceiling"].sel(model="gated")
    gated_floor, smallest = (ds[name].sel(model="gated") for name in ("floor", "smallest_radius"))
    by_prior, by_oracle = (float((gated.max(name) - gated.min(name)).max()) for name in ("H", "r"))
    return {
        "the published ceiling does not depend on the oracle": bool((published == published.isel(r=0)).all()),
        "the gated one depends on little else": by_oracle > 5 * by_prior,
        "there a better specification leaves more defects": bool((gated_floor.diff("H") > -1e-9).all()),
        "the trust region begins to shrink where the curves bend": bool(
            (smallest.sel(r=slice(None, BENDS[0])) == smallest.max()).all()
            and (smallest.sel(r=slice(BENDS[1], None)) == smallest.min()).all()
        ),
    }
