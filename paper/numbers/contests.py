"""How often the gated trust region beats schedules that no feedback steers, over overreach, start and oracle."""

import xarray as xr

from deltamu.equilibria import advantage

USES = ("gain", "acceptance")
BANDS = {"default": (0.2, 0.4), "loose": (0.3, 0.6)}
GRID = {"overreach": [0.0, 0.5, 1.0, 2.0, 4.0], "mu0": [6.0, 12.0, 25.0], "r": [0.3, 0.5, 0.7, 0.8, 0.9, 1.0]}
RIVALS = {"fixed": "over_fixed", "best_fixed": "over_best_fixed", "best_decay": "over_best_decay"}


def data():
    along = xr.DataArray(list(BANDS), dims="band", name="band")
    each = [advantage(model="gated", A_lo=low, A_hi=high, **GRID) for low, high in BANDS.values()]
    return xr.concat(each, dim=along, combine_attrs="drop")[list(RIVALS.values())]


def numbers(ds):
    text = {"contest_cases": str(ds["over_fixed"].isel(band=0).size)}
    for name, over in RIVALS.items():
        share = 100 * (ds[over] > 1).mean([dim for dim in ds[over].dims if dim != "band"])
        text[f"contest_{name}"] = f"{float(share.sel(band='default')):.0f}"
        if name != "fixed":
            text[f"contest_{name}_most"] = f"{float(share.max()):.0f}"
            text[f"contest_{name}_best"] = f"{float(ds[over].max()):.2f}"
            text[f"contest_{name}_median"] = f"{float(ds[over].sel(band='default').median()):.2f}"
    return text
