"""Interactions in the gain of a first move: which parameters complement each other, and which are substitutes."""

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from deltamu import plotting
from deltamu import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.presentation.figures.presets import value
from deltamu.sensitivity import interactions

USES = ("gain",)
SHOWN = 8  # pairs
NAMES = ["H", "rho", "r", "K", "N", "gamma", "delta", "mu"]


def data(**controls):
    start = Settings(**controls)
    at = {"mu": float(start["mu0"]), "delta": float(start["delta0"])}
    each = [interactions("gain", wrt=NAMES, model=model, **at, **controls) for model in (PUBLISHED, GATED)]
    along = xr.DataArray([PUBLISHED.name, GATED.name], dims="model", name="model")
    return xr.concat(each, dim=along, combine_attrs="drop_conflicts")[["interaction"]]


def pairs(ds):
    """The strongest interactions of two different parameters, the strongest first: names and values by model."""
    names = [str(name) for name in ds["x"].values]
    found = [((one, other), ds["interaction"].sel(x=one, y=other).values)
             for k, one in enumerate(names) for other in names[k + 1 :]]  # fmt: skip
    return sorted(found, key=lambda pair: -abs(pair[1]).max())[:SHOWN]


def draw(ds):
    figure = Figure(figsize=(1.5 * plotting.COLUMN_WIDTH, 2.9), layout="constrained")
    ax = figure.subplots()
    latex = {symbol.name: symbol.latex for symbol in (*sym.PARAMETERS, *sym.STATE)}
    for place, (_, values) in enumerate(pairs(ds)):
        for step, (value_, color) in enumerate(zip(values, ("0.7", "0.25"), strict=True)):
            ax.barh(place + 0.38 * (step - 0.5), value_, 0.36, color=color)
    ax.set_yticks(range(SHOWN), [" and ".join(f"${latex[name]}$" for name in names) for names, _ in pairs(ds)])
    ax.invert_yaxis()
    ax.axvline(0, color="0.3", linewidth=0.7)
    ax.set_xlabel("interaction (below zero: substitutes; above: complements)")
    ax.legend([Patch(color="0.7"), Patch(color="0.25")], [f"{name} model" for name in ds["model"].values],
              frameon=False, fontsize=8, loc="lower left")  # fmt: skip
    return figure


def numbers(ds):
    text = {}
    for model in ds["model"].values:
        at = ds["interaction"].sel(model=model)
        off = at.where(at["x"].data[:, None] != at["y"].data)
        text[f"{model}_interaction_priors"] = value(-at, x="H", y="rho")
        text[f"{model}_interaction_most_complementary"] = value(off.max())
    return text


def shows(ds):
    at = ds["interaction"].where(ds["x"] != ds["y"])
    others = abs(at).where(~(at["x"].isin(["H", "rho"]) & at["y"].isin(["H", "rho"])))
    priors = at.sel(x="H", y="rho")
    return {"the only strong entry off the diagonal is that of the priors": bool((priors < -3 * others.max()).all())}
