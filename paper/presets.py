"""The runs that the figures share: the article's presets, by the published and by the gated model."""

import xarray as xr

from deltamu.formulas import GATED, PUBLISHED
from deltamu.settings import PRESETS
from deltamu.simulation import simulate

MOVES = 150
SHORT = {"noob-vibe": "vibe", "principal-tr": "trust", "planner-spec": "planner"}  # names of the presets in macros


def runs():
    """What `simulate` returns, with the dimensions ``preset`` and ``model``, and each preset's ``target``."""
    along = xr.DataArray(list(PRESETS), dims="preset", name="preset")
    each = [simulate(settings, model=[PUBLISHED, GATED], moves=MOVES) for settings in PRESETS.values()]
    ds = xr.concat(each, dim=along, combine_attrs="drop_conflicts")
    return ds.assign(target=("preset", [float(settings["target"]) for settings in PRESETS.values()]))


def value(array, places=2, **where):
    """One entry of an array, as the prose cites it."""
    return f"{float(array.sel(where)):.{places}f}"
