"""What the figures share: the runs of the article's presets by both models, and how the prose prints a number."""

from collections.abc import Iterable
from typing import Any

import xarray as xr

from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import PRESETS
from deltamu.simulation.simulate import simulate

__all__ = ["MOVES", "SHORT", "count", "runs", "value"]

MOVES = 150
SHORT = {"noob-vibe": "vibe", "principal-tr": "trust", "planner-spec": "planner"}  # names of the presets in macros


def runs(keep: str | Iterable[str] = "all", **controls: Any) -> xr.Dataset:
    """What `simulate` returns, with the dimensions ``preset`` and ``model``, and each preset's ``target``; `controls`
    win over the presets."""
    each_settings = [settings.replace(**controls) for settings in PRESETS.values()]
    along = xr.DataArray(list(PRESETS), dims="preset", name="preset")
    each = [simulate(settings, model=[PUBLISHED, GATED], moves=MOVES, keep=keep) for settings in each_settings]
    ds = xr.concat(each, dim=along, combine_attrs="drop_conflicts")
    return ds.assign(target=("preset", [float(settings["target"]) for settings in each_settings]))


def value(array: xr.DataArray, places: int = 2, **where: Any) -> str:
    """One entry of an array, as the prose cites it."""
    return f"{float(array.sel(where)):.{places}f}"


def count(number: Any) -> str:
    """How many, as the prose cites it.

    Examples
    --------
    >>> count(0), count(3)
    ('none', '3')
    """
    return str(int(number)) if int(number) else "none"
