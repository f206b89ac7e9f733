"""Forecasts from ten samples of a task: the share of tasks that none of more samples solves, as seen and by laws."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import least_squares
from scipy.special import comb
from scipy.stats import hypergeom

from deltamu import plotting
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.public import evalperf
from deltamu.calibration.tables import plain_table

USES = ()
FITTED, MOST = 10, 100  # samples of a task that laws are fitted to, and that were drawn
NUMBERS = np.array([1, 2, 3, 5, 7, FITTED, 15, 20, 30, 50, 70, MOST])
LAWS = ("independent", "mass that varies", "power law")


def data():
    right = {model: counts for model, (n, counts) in evalperf().items() if n == MOST}
    unsolved = [[none_right(counts, k).mean() for k in NUMBERS] for counts in right.values()]
    forecast = [[by_one_chance(counts), by_masses(counts), by_a_power(counts)] for counts in right.values()]
    name = {"long_name": "share of tasks that no sample solves"}
    return xr.Dataset(
        {"unsolved": (("model", "samples"), unsolved, name), "forecast": (("model", "law", "samples"), forecast, name)},
        {"model": list(right), "law": list(LAWS), "samples": NUMBERS},
    )


def none_right(counts, k):
    """The chance that k of a task's samples, drawn without replacement, are all wrong."""
    return comb(MOST - counts, k) / comb(MOST, k)


def by_one_chance(counts):
    """All tasks alike, all samples independent."""
    return (1 - counts.mean() / MOST) ** NUMBERS


def by_masses(counts):
    """The law of samples, fitted to how many of FITTED samples are right, in the mean over all choices of these."""
    law = samples(FITTED)
    chances = hypergeom.pmf(np.arange(FITTED + 1)[:, None], MOST, counts, FITTED)
    like = likelihood(law, plain_table([chances.sum(axis=1)], law.labels))
    values = like.values(fit_table(like).z)
    return [compiled_law(samples(int(k)))(values)[0][0, 0, 0] for k in NUMBERS]


def by_a_power(counts):
    """Coverage exp(-a k^-b), fitted to the coverages of 1 to FITTED samples."""
    known = np.arange(1, FITTED + 1)
    coverage = np.array([1 - none_right(counts, k).mean() for k in known])
    a, b = least_squares(lambda at: np.exp(-at[0] * known ** -at[1]) - coverage, (0.5, 0.5)).x
    return 1 - np.exp(-a * NUMBERS**-b)


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    for law, color, style in zip(LAWS, plotting.COLOURS, plotting.LINES, strict=False):
        left.plot(NUMBERS, 100 * ds["forecast"].sel(law=law).mean("model"), color=color, linestyle=style, label=law)
    left.plot(NUMBERS, 100 * ds["unsolved"].mean("model"), "ks", markersize=4, label="seen")
    left.axvline(FITTED, color="0.6", linewidth=0.8)
    left.set(xscale="log", yscale="log", xlabel="samples of a task", ylabel="per cent of tasks unsolved", ylim=(1, 40))
    left.set_xticks([1, 10, 100], ["1", "10", "100"])
    left.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    left.minorticks_off()
    left.legend(frameon=False, fontsize=8, loc="upper right")
    last = 100 * ds.sel(samples=MOST)
    for law, color, mark in zip(LAWS[1:], plotting.COLOURS[1:], plotting.MARKERS, strict=False):
        right.plot(last["unsolved"], last["forecast"].sel(law=law), mark, color=color, markersize=4, label=law,
                   markerfacecolor="none" if mark == "s" else color)  # fmt: skip
    right.plot([0, 18], [0, 18], color="0.6", linewidth=0.8, zorder=0)
    right.set(xlabel=f"per cent unsolved by {MOST} samples", ylabel="forecast", xlim=(-0.5, 18), ylim=(-0.5, 18))
    right.set_xticks([0, 5, 10, 15])
    right.set_yticks([0, 5, 10, 15])
    right.legend(frameon=False, fontsize=8)
    return figure


def numbers(ds):
    off = errors(ds)
    return {
        "samples_models": str(ds.sizes["model"]), "samples_fitted": str(FITTED), "samples_most": str(MOST),
        "samples_all_models": str(len(evalperf())),
        "samples_mass_error": f"{off['mass that varies']:.1f}", "samples_power_error": f"{off['power law']:.1f}",
    }  # fmt: skip


def errors(ds):
    """Mean absolute error of the forecast of all samples, in per cent of tasks, by law."""
    off = 100 * abs(ds["forecast"] - ds["unsolved"]).sel(samples=MOST).mean("model")
    return {law: float(off.sel(law=law)) for law in LAWS}


def shows(ds):
    off = errors(ds)
    gone = ds["forecast"].sel(law="independent", samples=FITTED).mean()
    return {
        "independence forecasts hardly any unsolved task at ten": float(gone) < 0.01,
        "and comes nowhere near what was seen": float(ds["unsolved"].sel(samples=FITTED).mean()) > 10 * float(gone),
        "masses forecast within two per cent of tasks": off["mass that varies"] < 2,
        "a power law does as well": abs(off["power law"] - off["mass that varies"]) < 0.5,
    }
