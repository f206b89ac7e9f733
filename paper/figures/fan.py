"""The process against its mean: quantiles and mean of stochastic runs, with the run of the expected values."""

import numpy as np
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.gated import GATED
from deltamu.presentation.figures.presets import value
from deltamu.simulation.ensemble import ensemble
from deltamu.simulation.simulate import simulate

USES = ("gain", "acceptance")
RUNS, SEED = 4000, 20251124
SUMMARY = ["mu_next_quantile", "mu_next_mean", "mu_next_variance"]


def data(**controls):
    summary = ensemble("principal-tr", runs=RUNS, seed=SEED, reduce="summary", **controls)[SUMMARY]
    return summary.assign(mean_field=simulate("principal-tr", model=GATED, **controls)["mu_next"])


def draw(ds):
    figure = Figure(figsize=(1.4 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    ax = plotting.plot_fan(ds, figure.subplots(), mean_field=ds[["mean_field"]].rename(mean_field="mu_next"))
    ax.set(yscale="log", ylim=(0.08, 20))
    ax.legend(frameon=False, fontsize=8)
    return figure


def numbers(ds):
    gap = ds["mu_next_mean"] - ds["mean_field"]
    last = ds.isel(move=-1)
    return {
        "fan_runs": str(RUNS),
        "fan_largest_gap": value(abs(gap).max()),
        "fan_largest_gap_move": str(int(np.argmax(abs(gap).values))),
        "fan_last_mean": value(last["mu_next_mean"]),
        "fan_last_error": value(np.sqrt(last["mu_next_variance"] / RUNS), 3),
        "fan_last_mean_field": value(last["mean_field"]),
        "fan_last_below": value(100 * (1 - last["mu_next_mean"] / last["mean_field"]), 0),
        "fan_last_low": value(last["mu_next_quantile"], quantile=0.05),
        "fan_last_high": value(last["mu_next_quantile"], quantile=0.95),
    }


def shows(ds):
    last = ds.isel(move=-1)
    return {
        "the mean of the runs ends below the run of expected values": bool(last["mu_next_mean"] < last["mean_field"]),
        "and follows it on the way down": bool(abs(ds["mu_next_mean"] - ds["mean_field"]).max() < 0.05),
    }
