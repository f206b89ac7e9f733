"""Leaderboards of two benchmarks: passes of a weak suite that a strict one refutes, seen and as three laws have it."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.calibration.bootstrap import deviance
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.levels import levels
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.public import leaderboard
from deltamu.presentation.figures.presets import value

USES = ()
NAMES = {"humaneval": "HumanEval", "mbpp": "MBPP"}
LAWS = {
    "one resolution": (levels(2), ("r",), ()),
    "mass that varies": (levels(2, "gamma"), ("r", "c"), ()),
    "share untested": (levels(2), ("r", "gap"), ("gap",)),
}
MASSES = np.geomspace(0.004, 3.0, 120)


def data():
    tables = {name: leaderboard(name) for name in NAMES}
    most = max(len(table.runs) for table in tables.values())
    seen = np.full((2, len(NAMES), most), np.nan)
    for i, table in enumerate(tables.values()):
        failed, weak, strict = table.counts.T
        seen[:, i, : len(failed)] = (weak + strict) / (failed + weak + strict), weak / (weak + strict)
    fits = [[fitted(table, *law) for law in LAWS.values()] for table in tables.values()]
    drawn = np.array([[curve(law, values) for law, values, _ in row] for row in fits])
    misfit = [[found for *_, found in row] for row in fits]
    of, by_law = ("benchmark", "model"), ("benchmark", "law", "mass")
    passes, refuted = "passes of the weak suite", "passes of the weak suite that the strict one refutes"
    return xr.Dataset(
        {"passes_seen": (of, seen[0], {"long_name": passes}), "refuted_seen": (of, seen[1], {"long_name": refuted}),
         "passes": (by_law, drawn[:, :, 0], {"long_name": passes}),
         "refuted": (by_law, drawn[:, :, 1], {"long_name": refuted}),
         "deviance": (("benchmark", "law"), misfit, {"long_name": "deviance of the fit"})},
        {"benchmark": list(NAMES), "law": list(LAWS), "mass": MASSES},
    )  # fmt: skip


def fitted(table, law, shared, free):
    """The law with its parameters as they fit the table, and the deviance that is left."""
    like = likelihood(law, table, shared=shared, free=free)
    best = fit_table(like).z
    known = {name: value[0, 0] for name, value in like.values(best).items()}
    return law, known, float(deviance(like, best, table.counts)[0])


def curve(law, known):
    """Passes and refuted share of them of models of all masses, by a law of which the other parameters are known."""
    values = {p.name: MASSES if p.name == "m" else np.full(len(MASSES), known[p.name]) for p in law.parameters}
    _, weak, strict = compiled_law(law)(values)[0].T
    return weak + strict, weak / (weak + strict)


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.35), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, name in zip(axes, ds["benchmark"].values, strict=True):
        one = ds.sel(benchmark=name)
        ax.plot(100 * one["passes_seen"], 100 * one["refuted_seen"], "o", color="0.6", markersize=2.5, label="seen")
        for law, color, style in zip(ds["law"].values, plotting.COLOURS, plotting.LINES, strict=False):
            this = one.sel(law=law)
            ax.plot(100 * this["passes"], 100 * this["refuted"], color=color, linestyle=style, label=law)
        ax.set(xlabel="per cent that pass the weak suite", title=NAMES[name], xlim=(25, 100), ylim=(0, 35))
    axes[0].set_ylabel("per cent of these refuted")
    axes[0].legend(frameon=False, fontsize=8)
    return figure


def numbers(ds):
    text = {f"suites_{name}_models": str(int(ds["passes_seen"].sel(benchmark=name).count())) for name in NAMES}
    return text | {
        f"suites_{name}_varying": value(ds["deviance"], 0, benchmark=name, law="mass that varies") for name in NAMES
    }


def shows(ds):
    high = ds["refuted"].where(ds["passes"] > 0.85).mean("mass")
    seen = ds["refuted_seen"].where(ds["passes_seen"] > 0.85).mean("model")
    one, gap = high.sel(law="one resolution"), high.sel(law="share untested")
    return {
        "for good models one resolution says too little": bool((one < 0.75 * seen).all()),
        "and a share that is not tested comes closer": bool((abs(gap - seen) < abs(one - seen) / 2).all()),
    }
