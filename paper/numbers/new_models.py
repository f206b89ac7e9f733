"""Hidden results of a model that was left out, told from its visible ones: log scores of three ways to do so."""

import numpy as np
import xarray as xr
from scipy.optimize import minimize

from deltamu.calibration.fitting import fit
from deltamu.calibration.prediction import predict
from deltamu.calibration.public import public_log
from deltamu.presentation.figures.presets import value

USES = ()
BENCHMARKS = ("mbpp", "humaneval")
WAYS = ("model", "pooled", "regression")


def data():
    log = public_log("ldb")
    parts = [log[log["run"].str.startswith(name)] for name in BENCHMARKS]
    scores = [np.sum([left_out(part, run) for run in part["run"].unique()], axis=0) for part in parts]
    judged = [float(part.loc[part["visible"] == "1", "count"].sum()) for part in parts]
    return xr.Dataset(
        {"score": (("benchmark", "way"), scores, {"long_name": "log score of hidden results"}),
         "judged": ("benchmark", judged, {"long_name": "passes of the visible tests", "units": "programs"})},
        {"benchmark": list(BENCHMARKS), "way": list(WAYS)},
    )  # fmt: skip


def left_out(log, run):
    """Log scores of a run's hidden results, by what the other runs teach each way."""
    others, new = log[log["run"] != run], log[log["run"] == run]
    known, passed = facts(others), facts(new)
    model = predict(fit(others, share=("c", "r"), intervals=0), new).right_given_pass.values
    chances = model[passed["attempt"]], pooled(known)[passed["late"]], regression(known, passed)
    return [float(np.sum(passed["count"] * np.log(np.where(passed["right"], chance, 1 - chance))))
            for chance in chances]  # fmt: skip


def facts(log):
    """Of each cell of passes: its attempt, whether it came after repairs, the visible rate of its run at first."""
    first = log[(log["visible"] == "1") & (log["attempt"] == 0)].groupby("run")["count"].sum()
    rate = first / log.groupby("run")["count"].sum()
    passed = log[log["visible"] == "1"]
    return {"attempt": passed["attempt"].to_numpy(), "late": (passed["attempt"] > 0).to_numpy(dtype=int),
            "rate": rate.reindex(passed["run"]).to_numpy(), "right": (passed["hidden"] == "1").to_numpy(),
            "count": passed["count"].to_numpy(dtype=float)}  # fmt: skip


def pooled(known):
    """Shares of right programs among the passes at once and among later ones."""
    return np.array([np.average(known["right"][known["late"] == late], weights=known["count"][known["late"] == late])
                     for late in (0, 1)])  # fmt: skip


def regression(known, passed):
    """A logistic regression on the visible rate and on whether a pass came after repairs."""
    x, new = (np.stack([np.ones(len(one["late"])), one["rate"], one["late"]], axis=1) for one in (known, passed))
    best = minimize(lambda b: known["count"] @ (np.logaddexp(0, x @ b) - known["right"] * (x @ b)), np.zeros(3)).x
    return 1 / (1 + np.exp(-new @ best))


def numbers(ds):
    def score(benchmark, way):
        return value(ds["score"], 0, benchmark=benchmark, way=way)

    return {
        "new_models_judged": value(ds["judged"], 0, benchmark="mbpp"),
        "new_models_mbpp": score("mbpp", "model"), "new_models_mbpp_pooled": score("mbpp", "pooled"),
        "new_models_humaneval": score("humaneval", "model"),
        "new_models_humaneval_regression": score("humaneval", "regression"),
    }  # fmt: skip


def shows(ds):
    mbpp, humaneval = (ds["score"].sel(benchmark=name) for name in BENCHMARKS)
    return {
        "on MBPP the model is better than pooled shares": bool(mbpp.sel(way="model") > mbpp.sel(way="pooled") + 2),
        "and than the regression": bool(mbpp.sel(way="model") > mbpp.sel(way="regression") + 2),
        "on HumanEval the regression is better": bool(
            humaneval.sel(way="regression") > humaneval.sel(way="model") + 2),
    }  # fmt: skip
