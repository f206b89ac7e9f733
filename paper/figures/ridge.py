"""What kinds of logs tell of shape and resolution: where the likelihood leaves them, and how well experiments do."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import chi2

from deltamu import plotting
from deltamu.calibration.designs import identifiability
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import climb, fit_table, objective_of
from deltamu.calibration.problem import posed
from deltamu.calibration.public import repair_logs
from deltamu.presentation.figures.presets import value

USES = ()
RUN = "mbpp/gpt-3.5-turbo-0613"
NOMINAL = 0.9
LEVEL = float(chi2.ppf(NOMINAL, 2))  # loss of twice the log-likelihood that cuts off a region for two parameters
SHAPES, RESOLUTIONS = np.geomspace(0.1, 20, 51), np.linspace(0.02, 0.98, 65)
LOGS = {"first attempts": {"attempts": 0}, "visible tests only": {"hidden": False}, "all of the log": {}}
DESIGNS = {"1 repair": "1 repair", "3 repairs": "3 repairs", "9 repairs": "9 repairs", "2 samples": "2 samples",
           "9 repairs + 5 samples": "9 repairs or\n5 samples",
           "9 repairs, visible only": "9 repairs, only\nvisible tests"}  # fmt: skip
WIDEST = 0.7  # standard error up to which one is drawn
SAID = {"k": "shape", "r": "resolution", "lambda": "first repair"}


def data():
    log = repair_logs()[RUN]
    found = posed(log).like
    values = {name: float(value[0, 0]) for name, value in found.natural(fit_table(found).z)[0].items()}
    k = 1 / values["c"]
    at = {"k": k, "theta": float(np.expm1(values["c"] * values["m"])), **values}
    errors = identifiability(at=at, design=DESIGNS).standard_error
    return xr.Dataset(
        {"ratio": (("log", "shape", "resolution"), [loss(log, **how) for how in LOGS.values()],
                   {"long_name": "twice the loss of log-likelihood"}),
         "error": (("parameter", "design"), errors.sel(parameter=list(SAID)).values.T,
                   {"long_name": "standard error per 1000 programs", "units": "log or logit"}),
         "best": ("parameter", [k, values["r"], values["lambda"]], {"long_name": "estimate from all of the log"})},
        {"log": list(LOGS), "shape": SHAPES, "resolution": RESOLUTIONS, "parameter": list(SAID),
         "design": list(DESIGNS)},
    )  # fmt: skip


def loss(log, attempts=None, hidden=True):
    """Twice the loss of log-likelihood at each shape and resolution, all other parameters fitted anew."""
    cut = log.copy()
    if attempts is not None:
        late = cut["attempt"] > attempts
        cut.loc[late, ["visible", "hidden"]] = ["0", ""]
        cut.loc[late, "attempt"] = attempts
    if not hidden:
        cut["hidden"] = ""
    problem = posed(cut, fix={"r": 0.5})  # held, so that it is posed whatever can be told of it
    still = {"lambda": 0.0, "d": 0.0} if attempts == 0 else {}
    like = likelihood(repair(problem.size), problem.table, fix=still)
    names = [name for _, name in like.free]
    shape, resolution = np.meshgrid(SHAPES, RESOLUTIONS, indexing="ij")
    start = np.tile(fit_table(like).z, (shape.size, 1))
    fixed = np.zeros(start.shape, dtype=bool)
    for name, held in (("c", 1 / shape), ("r", resolution)):
        start[:, names.index(name)] = like.chart[name].forward(held.ravel())
        fixed[:, names.index(name)] = True
    _, now = climb(objective_of(like), start, np.zeros(len(start), dtype=int), fixed=fixed)
    return 2 * (now.value.max() - now.value).reshape(shape.shape)


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    for log, shade, style in (("first attempts", "0.9", "--"), ("all of the log", "0.7", "-")):
        ratio = ds["ratio"].sel(log=log).T
        left.contourf(SHAPES, RESOLUTIONS, ratio, levels=[-1, LEVEL], colors=[shade])
        left.contour(SHAPES, RESOLUTIONS, ratio, levels=[LEVEL], colors=["0.2"], linestyles=[style], linewidths=[1])
        left.plot([], [], color="0.2", linestyle=style, linewidth=1, label=log)
    left.plot(*ds["best"].values[:2], "k+", markersize=7)
    left.set(xscale="log", xlabel="shape of the masses", ylabel="resolution of the tests", ylim=(0, 1))
    left.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    left.legend(frameon=False, fontsize=8, loc="lower right")
    places = np.arange(len(DESIGNS))
    for i, (name, said) in enumerate(SAID.items()):
        error = ds["error"].sel(parameter=name).values
        told = error < WIDEST
        color, at = plotting.COLOURS[i], places + 0.16 * (i - 1)
        right.plot(error[told], at[told], plotting.MARKERS[i], color=color, label=said)
        right.plot(np.full((~told).sum(), WIDEST), at[~told], plotting.MARKERS[i], color=color,
                   markerfacecolor="white", clip_on=False)  # fmt: skip
    right.set(xlabel="standard error from 1000 programs", xlim=(0, WIDEST))
    right.set_yticks(places, list(DESIGNS.values()))
    right.invert_yaxis()
    right.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.4, 1.16), ncols=3,
                 handletextpad=0.1, columnspacing=0.8)  # fmt: skip
    return figure


def numbers(ds):
    error = {name: ds["error"].sel(parameter=name) for name in SAID}
    return {
        "ridge_repairs": "3", "ridge_shape_repairs": value(error["k"], design="3 repairs"),
        "ridge_shape_samples": value(error["k"], design="2 samples"),
        "ridge_programs": "1000", "ridge_widest": str(WIDEST), "ridge_level": str(NOMINAL),
    }  # fmt: skip


def shows(ds):
    first, visible, every = (ds["ratio"].sel(log=log) for log in LOGS)
    within = first < LEVEL
    k, visible_only = ds["error"].sel(parameter="k"), ds["error"].sel(design="9 repairs, visible only")
    return {
        "first attempts leave every shape": bool(within.any("resolution").all()),
        "and more than half of the resolutions": float(within.any("shape").mean()) > 0.5,
        "visible tests leave every shape with every resolution": bool((visible < LEVEL).all()),
        "all of the log leaves a small part of what first attempts do": int((every < LEVEL).sum()) < within.sum() / 2,
        "a second sample tells the shape best for its programs": float(k.sel(design="2 samples")) < 0.5 * float(
            k.sel(design=["1 repair", "3 repairs", "9 repairs"]).min()),
        "repairs beyond the third add nothing for the same number of programs": bool(
            (ds["error"].sel(design="9 repairs") >= ds["error"].sel(design="3 repairs")).all()),
        "without hidden results nothing is told": bool((visible_only > WIDEST).all()),
    }  # fmt: skip
