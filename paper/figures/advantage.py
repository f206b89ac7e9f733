"""The gated trust region against the best fixed radius, over overreach, first defect mass and oracle resolution."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.equilibria import advantage
from deltamu.formulas import GATED
from deltamu.gallery.presets import value
from deltamu.sweeps import attributes

USES = ("gain", "acceptance")
SIDE = 41
MOVES = 1000
MAPS = {"mu0": np.linspace(4, 40, SIDE), "r": np.linspace(0.2, 1, SIDE)}


def data():
    parts = []
    for name, values in MAPS.items():
        grid = {name: values, "overreach": np.linspace(0, 4, SIDE)}
        found = advantage(model=GATED, moves=MOVES, **grid)[["over_best_fixed", "moves_trust_region"]]
        parts.append(found.transpose(name, "overreach").rename({key: f"{key}_{name}" for key in found.data_vars}))
    ds = xr.merge(parts, combine_attrs="drop_conflicts")
    for symbol in (sym.mu0, sym.r, sym.overreach):
        ds[symbol.name].attrs = attributes(symbol)
    return ds


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.6), layout="constrained")
    for ax, name in zip(figure.subplots(1, 2), MAPS, strict=True):
        one = ds[[f"over_best_fixed_{name}", f"moves_trust_region_{name}"]]
        plotting.plot_advantage_map(
            one.rename({key: str(key).removesuffix(f"_{name}") for key in one.data_vars}), ax, limit=2
        )
    return figure


def numbers(ds):
    text = {"advantage_moves": str(MOVES)}
    for name in MAPS:
        over = ds[f"over_best_fixed_{name}"]
        met = over.where((over > 0) & np.isfinite(over) & np.isfinite(ds[f"moves_trust_region_{name}"]))
        text[f"advantage_{name}_wins"] = value(100 * (over > 1).mean(), 0)
        text[f"advantage_{name}_most"] = value(met.max())
        text[f"advantage_{name}_least"] = value(met.min())
        text[f"advantage_{name}_misses"] = value(100 * np.isinf(ds[f"moves_trust_region_{name}"]).mean(), 0)
    return text
