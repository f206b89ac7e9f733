"""How often the gated trust region beats schedules that no feedback steers, over overreach, start and oracle."""

import xarray as xr

from deltamu.equilibria import advantage

USES = ("gain", "acceptance")
BANDS = {"default": (0.2, 0.4), "loose": (0.3, 0.6)}
GRID = {"overreach": [0.0, 0.5, 1.0, 2.0, 4.0], "mu0": [6.0, 12.0, 25.0], "r": [0.3, 0.5, 0.7, 0.8, 0.9, 1.0]}
MARGIN = 0.05  # the level is so much above the highest floor of the initial, the least and the largest radius
RIVALS = {"fixed": "over_fixed", "best_fixed": "over_best_fixed", "best_decay": "over_best_decay"}


def data():
    along = xr.DataArray(list(BANDS), dims="band", name="band")
    each = [advantage(model="gated", margin=MARGIN, A_lo=low, A_hi=high, **GRID) for low, high in BANDS.values()]
    return xr.concat(each, dim=along, combine_attrs="drop")[list(RIVALS.values())]


def numbers(ds):
    text = {"contest_cases": str(ds["over_fixed"].isel(band=0).size), "contest_margin": f"{100 * MARGIN:g}"}
    text |= {f"contest_loose_{end}": f"{edge:g}" for end, edge in zip(("low", "high"), BANDS["loose"], strict=True)}
    for name, over in RIVALS.items():
        own, loose = (ds[over].sel(band=band) for band in BANDS)
        text[f"contest_{name}"] = f"{100 * float((own > 1).mean()):.0f}"
        if name != "fixed":
            text[f"contest_{name}_loose"] = f"{100 * float((loose > 1).mean()):.0f}"
            text[f"contest_{name}_best"] = f"{float(own.max()):.2f}"
            text[f"contest_{name}_median"] = f"{float(own.median()):.2f}"
    missed = ds["over_best_fixed"].sel(band="default") == 0
    return text | {"contest_misses": f"{100 * float(missed.mean()):.0f}"}


def shows(ds):
    own = ds.sel(band="default")
    won = {name: float((own[over] > 1).mean()) for name, over in RIVALS.items()}
    return {
        "it beats its own initial radius more often than not": won["fixed"] > 0.5,
        "and a radius chosen with knowledge rarely": max(won["best_fixed"], won["best_decay"]) < 0.2,
        "its median advantage over these is a loss": max(float(own[RIVALS[n]].median()) for n in RIVALS if n != "fixed")
        < 1,
    }
