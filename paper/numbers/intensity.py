"""The published intensity of selection against the mean of a maximum."""

from deltamu.simulation.evaluate import evaluate

USES = ("selection_intensity",)
SIZES = (1.5, 2, 5)


def data():
    return evaluate("selection_intensity", K=list(SIZES), N=0, tau=0, model=["published", "gated"])


def numbers(ds):
    at = ds["selection_intensity"]
    text = {f"{model}_intensity": f"{float(at.sel(K=5, model=model)):.3f}" for model in ds["model"].values}
    return text | {
        "intensity_candidates": "5",
        "low_intensity_candidates": "1.5",
        "published_low_intensity": f"{-float(at.sel(K=1.5, model='published')):.2f}",  # below 0
        "gated_low_intensity": f"{float(at.sel(K=1.5, model='gated')):.2f}",
    }
