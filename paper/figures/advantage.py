"""The gated trust region against the best fixed radius, over overreach, first defect mass and oracle resolution."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.equilibria import advantage
from deltamu.model.gated import GATED
from deltamu.presentation.figures.presets import value
from deltamu.simulation.sweeps import attributes

USES = ("gain", "acceptance")
SIDE = 41
MOVES, MARGIN = 1000, 0.05
SHOWN = {"mu0": (6.0, 12.0, 25.0), "r": (0.6, 0.8, 0.9)}  # rows of the maps that are drawn
NAMES = {"mu0": r"\mu_0", "r": "r"}
LOOKS = (("-", "o"), ("--", "x"), (":", "^"))
TICKS = (0.1, 0.2, 0.5, 1, 2)
NEVER = 0.12  # where a trust region is marked that does not arrive
MAPS = {"mu0": np.linspace(4, 40, SIDE), "r": np.linspace(0.2, 1, SIDE)}


def data(**controls):
    parts = []
    for name, values in MAPS.items():
        grid = {name: values, "overreach": np.linspace(0, 4, SIDE)}
        found = advantage(model=GATED, moves=MOVES, margin=MARGIN, **grid, **controls)[
            ["over_best_fixed", "moves_trust_region"]
        ]
        parts.append(found.transpose(name, "overreach").rename({key: f"{key}_{name}" for key in found.data_vars}))
    ds = xr.merge(parts, combine_attrs="drop_conflicts")
    for symbol in (sym.mu0, sym.r, sym.overreach):
        ds[symbol.name].attrs = attributes(symbol)
    return ds


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, (name, values) in zip(axes, SHOWN.items(), strict=True):
        for rank, (value_, (style, marker)) in enumerate(zip(values, LOOKS, strict=True)):
            row = ds[f"over_best_fixed_{name}"].sel({name: value_}, method="nearest")
            moves = ds[f"moves_trust_region_{name}"].sel({name: value_}, method="nearest")
            arrives = row.where(np.isfinite(row) & np.isfinite(moves))
            ax.plot(ds["overreach"], arrives, color="k", linestyle=style, linewidth=1.2,
                    label=f"${NAMES[name]} = {float(row[name]):g}$")  # fmt: skip
            never = ds["overreach"].where(row == 0)
            ax.plot(never, np.full(never.shape, NEVER * 1.12**rank), marker, color="k", markersize=3)
        ax.axhline(1, color="0.5", linewidth=0.7)
        ax.set(xlabel="overreach $c$", yscale="log", ylim=(0.1, 2))
        ax.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
        ax.minorticks_off()
        ax.legend(frameon=False, fontsize=8, loc="lower right")
    axes[0].set_ylabel("moves of the best fixed radius over\nthose of the trust region")
    return figure


def numbers(ds):
    text = {"advantage_moves": str(MOVES), "advantage_margin": f"{100 * MARGIN:g}", "advantage_cells": str(SIDE**2)}
    for name in MAPS:
        over = ds[f"over_best_fixed_{name}"]
        met = over.where((over > 0) & np.isfinite(over) & np.isfinite(ds[f"moves_trust_region_{name}"]))
        text[f"advantage_{name}_wins"] = value(100 * (over > 1).mean(), 0)
        text[f"advantage_{name}_most"] = value(met.max())
        text[f"advantage_{name}_least"] = value(met.min())
        text[f"advantage_{name}_misses"] = value(100 * np.isinf(ds[f"moves_trust_region_{name}"]).mean(), 0)
    return text


def shows(ds):
    wins = {
        name: ds[f"over_best_fixed_{name}"].where(np.isfinite(ds[f"moves_trust_region_{name}"])) > 1 for name in MAPS
    }
    moderate = wins["mu0"]["overreach"].where(wins["mu0"].any("mu0"), drop=True)
    fine = wins["r"]["r"].where(wins["r"].any("overreach"), drop=True)
    return {
        "it wins where the overreach is moderate": bool(moderate.min() > 0 and moderate.max() < ds["overreach"].max()),
        "and the oracle fine": bool(fine.min() > 0.5),
    }
