"""What the optimal settings trade off: moves against model calls to a target, by the gated model, within a budget."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.design import recommend
from deltamu.model.gated import GATED
from deltamu.presentation.figures.presets import value

USES = ("mu_next", "pass_probability", "cost")
TARGET, BUDGET = 0.8, 300


def data(**controls):
    return recommend(model=GATED, target=TARGET, budget=BUDGET, **controls)


def draw(ds):
    figure = Figure(figsize=(1.4 * plotting.COLUMN_WIDTH, 2.8), layout="constrained")
    ax = plotting.plot_pareto(ds, figure.subplots())
    ax.set(xlabel="moves to the target", ylabel="model calls to the target")
    return figure


def numbers(ds):
    at = dict(zip(map(str, ds["choice"].values), ds["chosen"].values, strict=True))
    return {
        "pareto_target": f"{TARGET:g}",
        "pareto_budget": f"{BUDGET:g}",
        "pareto_moves": value(ds["moves_needed"], 1),
        "pareto_candidates": f"{at['K']:g}",
        "pareto_reviewers": f"{at['N']:g}",
        "pareto_radius": f"{at['delta0']:g}",
        "pareto_fastest_moves": value(ds["front_moves"].min(), 1),
        "pareto_fastest_calls": value(ds["front_cost"].max(), 0),
        "pareto_cheapest_calls": value(ds["front_cost"].min(), 0),
    }


def shows(ds):
    """The first half of the moves that calls can save costs less than the second."""
    order = ds["front_moves"].values.argsort()
    moves, calls = ds["front_moves"].values[order], ds["front_cost"].values[order]
    middle = calls[moves >= moves.mean()].max()
    return {"the last moves saved cost most of the calls": bool(calls.max() - middle > middle)}
