"""The radius that gains most in a move, by defect mass, and the radii that the policies use on their way down."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.design import best_radius
from deltamu.model.gated import GATED
from deltamu.model.settings import PRESETS
from deltamu.presentation.figures.presets import value
from deltamu.simulation.simulate import simulate

USES = ("gain", "acceptance")
OVERREACH = (0, 2)
ORDER = [settings.policy.name for settings in PRESETS.values()]  # as in the other figures


def data(**controls):
    parts = []
    for overreach in OVERREACH:
        best = best_radius(mu=np.geomspace(0.1, 12, 121), model=GATED, overreach=overreach, **controls)
        runs = simulate(policy=ORDER, model=GATED, overreach=overreach, keep=["mu", "delta_t"], **controls)
        parts.append(best[["best_radius", "place"]].rename(mu="mass").assign(mu=runs["mu"], delta_t=runs["delta_t"]))
    along = xr.DataArray(list(OVERREACH), dims="overreach", name="overreach")
    return xr.concat(parts, dim=along, combine_attrs="drop_conflicts")


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, overreach in zip(axes, ds["overreach"].values, strict=True):
        one = ds.sel(overreach=overreach)
        plotting.plot_radii_by_mass(one[["best_radius", "place"]].rename(mass="mu"), one[["mu", "delta_t"]], ax)
        ax.set_title(f"overreach $c = {overreach}$")
    axes[1].set_ylabel("")
    axes[0].legend(frameon=False, fontsize=8, loc="center", bbox_to_anchor=(0.52, 0.45))
    return figure


def numbers(ds):
    text = {"best_radius_overreach": f"{OVERREACH[1]:g}"}
    far = ds.sel(overreach=OVERREACH[1])
    for mass, name in ((12, "start"), (1, "middle"), (0.5, "late")):
        text[f"best_radius_{name}"] = value(far["best_radius"].sel(mass=mass, method="nearest"))
        text[f"best_radius_{name}_mass"] = f"{mass:g}"
    return text


def shows(ds):
    far = ds.sel(overreach=OVERREACH[1])
    best = far["best_radius"].where(far["place"] != "no gain")
    own = far.assign(best=("mass", best.values)).interp(mass=far["mu"])["best"]
    late = (far["delta_t"] > own).sel(policy="trust-region")
    last = far["delta_t"].sel(policy="trust-region").values
    others = (far["delta_t"] < own).drop_sel(policy="trust-region").isel(move=slice(20, None))
    plain = ds.sel(overreach=OVERREACH[0])
    largest = plain["best_radius"].where(plain["place"] != "no gain")
    return {
        "without overreach the best radius is the largest": bool((largest == largest.max()).sum() == largest.count()),
        "with it the best radius never falls with the mass": bool((best.dropna("mass").diff("mass") > -1e-6).all()),
        "the trust region follows late": bool(late.any()),
        "and is still shrinking at the end": bool(0.01 < last[-1] < last[-20]),
        "the others are too small early on": bool(others.all()),
    }
