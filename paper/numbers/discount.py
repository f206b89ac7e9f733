"""What it costs a move that a strong human prior makes candidates alike: E with and without the discount of K'."""

import numpy as np
import xarray as xr

from deltamu import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.gated import GATED
from deltamu.model.settings import PRESETS, Settings
from deltamu.simulation.evaluate import evaluate

USES = ("expected_improvement",)
LEAST_MASS = 1
EVERY = GATED.replace(Formula(sym.K_eff, sym.K_prime), name="every candidate counts")
CASES = {"defaults": Settings(), **{name: PRESETS[name] for name in ("principal-tr", "planner-spec")}}


def data():
    found = []
    for settings in CASES.values():
        mass = np.geomspace(LEAST_MASS, float(settings["mu0"]), 25)
        with_mass = xr.DataArray(mass, dims="share", coords={"share": np.arange(25)})
        both = [evaluate("expected_improvement", settings, model=model, mu=with_mass, delta=float(settings["delta0"]))
                for model in (GATED, EVERY)]  # fmt: skip
        loss = 1 - both[0]["expected_improvement"] / both[1]["expected_improvement"]
        found.append(loss.reset_coords(drop=True).rename("loss"))
    return xr.concat(found, xr.DataArray(list(CASES), dims="case", name="case"), combine_attrs="drop").to_dataset()


def numbers(ds):
    loss = 100 * ds["loss"]
    return {
        "discount_mass": f"{LEAST_MASS:g}",
        "discount_least": f"{float(loss.min()):.0f}",
        "discount_most": f"{float(loss.max()):.0f}",
    }
