"""What every team of candidates and reviewers costs and gains in a move, and which of them no other one beats."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.design import team_front
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.presentation.figures.presets import value

USES = ("gain", "cost", "efficiency")
MASS, RADIUS = 6, 0.2


def data(**controls):
    ds = team_front(mu=MASS, delta=RADIUS, K_r=0, model=[PUBLISHED, GATED], **controls)
    return ds[["gain", "cost", "efficiency", "on_front"]]


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, model in zip(axes, ds["model"].values, strict=True):
        plotting.plot_frontier(ds.sel(model=model), ax, x="cost", y="gain", front="on_front", by=None)
        ax.set(title=f"{model} model", xlabel="cost of a move (model calls)", ylabel="")
    axes[0].set_ylabel("expected gain of a move (defects)")
    return figure


def numbers(ds):
    text = {"team_front_mass": str(MASS), "team_front_radius": f"{RADIUS:g}"}
    text["team_front_teams"] = str(ds["gain"].isel(model=0).size)
    for model in ds["model"].values:
        one = ds.sel(model=model)
        text[f"{model}_team_front_unbeaten"] = str(int(one["on_front"].sum()))
        most, least = (one.sel(K=K, N=N) for K, N in ((one["K"][-1], one["N"][-1]), (1, 0)))
        text[f"{model}_team_front_gain_ratio"] = value(most["gain"] / least["gain"], 1)
        text[f"{model}_team_front_cost_ratio"] = value(most["cost"] / least["cost"], 0)
    return text


def shows(ds):
    alone = ds["gain"].sel(K=1, N=0)
    worse = ((ds["gain"] < alone) & (ds["K"] != 2)).sum(["K", "N"])
    return {
        "most of what a move gains is gained by a single candidate": bool((ds["gain"] < 2 * alone).all()),
        "a team costs more than it gains": bool((ds["efficiency"] <= ds["efficiency"].sel(K=1, N=0)).all()),
        "teams worse than one candidate have two, in the published model": not worse.any()
        and bool((ds["gain"] < alone).sel(model="published").any()),
    }
