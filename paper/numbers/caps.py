"""The pass probability that the floor allows each preset, and what the preset reaches in any number of moves."""

import xarray as xr

from deltamu.equilibria import defect_floor, reachable
from deltamu.model.settings import PRESETS
from deltamu.presentation.figures import presets
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.simulate import simulate

USES = ("mu_next", "pass_probability", "reliability")


def data():
    """Floors at the largest radius that a preset uses and the best prior and oracle that it comes to have."""
    along = xr.DataArray(list(PRESETS), dims="preset", name="preset")
    reached, floors = [], []
    for settings in PRESETS.values():
        found = reachable(settings, model=["published", "gated"])
        last = simulate(settings, keep="final")
        radius = float(found["radius_greatest"].sel(model="published"))
        floor = defect_floor(settings, delta=radius, H=float(last["H_t"]))
        cap = evaluate("pass_probability", mu=float(floor), r=float(last["r_t"]))["pass_probability"]
        reached.append(found[["pass_probability", "reliability", "limit"]])
        first = float(defect_floor(settings, delta=radius))
        floors.append(xr.Dataset({"floor": float(floor), "first_floor": first, "cap": float(cap)}))
    return xr.merge(xr.concat(part, dim=along, combine_attrs="drop") for part in (reached, floors))


def numbers(ds):
    text = {f"{name}_cap": presets.value(ds["cap"], preset=preset) for preset, name in presets.SHORT.items()}
    for model in ds["model"].values:
        for preset, name in presets.SHORT.items():
            text[f"{model}_{name}_reached"] = presets.value(
                ds["pass_probability"], places=3, model=model, preset=preset
            )
    stopped = ds["limit"].sel(model="published") == "radius runs out"
    text["radius_runs_out"] = presets.count(stopped.sum())
    within = (ds["limit"] == "within reach").sum("preset")
    return text | {f"{model}_within_reach": presets.count(within.sel(model=model)) for model in ds["model"].values}


def shows(ds):
    return {
        "no preset has its target within reach": not (ds["limit"] == "within reach").any(),
        "a floor that moves falls as the specification improves": bool((ds["floor"] <= ds["first_floor"]).all()),
        "what they reach is at most the cap": bool(
            (ds["pass_probability"].sel(model="published") <= ds["cap"] + 1e-9).all()
        ),
    }
