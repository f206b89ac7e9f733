"""Moves of policies and of the best fixed radii over those of the optimal feedback, case by case."""

from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.design import optimality_gaps
from deltamu.model.gated import GATED
from deltamu.presentation.figures.presets import count, value

USES = ("gain", "acceptance", "pass_probability")
SHARE = 0.9  # of the way that the optimal feedback can go: a level within reach


def data():
    return optimality_gaps(model=GATED, share=SHARE)


def draw(ds):
    figure = Figure(figsize=(1.6 * plotting.COLUMN_WIDTH, 0.9 + 0.2 * ds.sizes["case"]), layout="constrained")
    plotting.plot_gaps(ds, figure.subplots())
    return figure


def numbers(ds):
    finite = ds["gap"].where(ds["gap"] < float("inf"))
    return {
        "gaps_share": f"{100 * SHARE:g}",
        "gaps_cases": str(ds.sizes["case"]),
        "gaps_never": count((ds["gap"] == float("inf")).sum()),
        "gaps_least": value(finite.min()),
        "gaps_median_fixed": value(ds["gap_fixed"].median()),
    }


def shows(ds):
    adapts = [name.startswith("trust-region") or name == "principal-tr" for name in map(str, ds["case"].values)]
    own, others = ds["gap"].values[adapts], ds["gap"].values[[not yes for yes in adapts]]
    return {
        "trust regions lose a little": bool((own < 1.5).all()),
        "most decaying radii never arrive": bool((others == float("inf")).mean() > 0.5),
    }
