"""Survival of the moves to a target: the share of stochastic runs still short of it, by number of reviewers."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.model.policies import TRUST_REGION
from deltamu.simulation.ensemble import ensemble

USES = ("gain", "acceptance", "pass_probability")
RUNS, SEED, TARGET = 2000, 20251124, 0.8
REVIEWERS = [0, 1, 3, 8]


def data(**controls):
    ds = ensemble(
        policy=TRUST_REGION,
        runs=RUNS,
        seed=SEED,
        reduce="summary",
        quantiles=(),
        target=TARGET,
        N=REVIEWERS,
        **controls,
    )
    return ds[["survival", "survival_low", "survival_high"]]


def draw(ds):
    figure = Figure(figsize=(1.4 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    ax = figure.subplots()
    plotting.plot_survival(ds.assign_coords(N=[f"$N = {count}$" for count in ds["N"].values]), ax)
    ax.set_ylabel(f"share of runs short of\npass probability {TARGET:g}")
    ax.legend(frameon=False, fontsize=8, handlelength=2.6)
    return figure


def numbers(ds):
    text = {"survival_runs": str(RUNS), "survival_target": f"{TARGET:g}"}
    text["survival_team"] = str(REVIEWERS[2])
    for count in REVIEWERS:
        half = (ds["survival"].sel(N=count) > 0.5).sum("moves_made")
        text[f"survival_median_with_{count}"] = str(int(half))
    return text


def shows(ds):
    none, one, *_, most = (float((ds["survival"].sel(N=count) > 0.5).sum()) for count in REVIEWERS)
    return {
        "the first reviewer saves most": none - one > one - most,
        "nearly all runs arrive": bool((ds["survival"].isel(moves_made=-1) < 0.01).all()),
    }
