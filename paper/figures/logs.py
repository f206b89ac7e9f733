"""Public logs of repairs: passes that laws forecast and that came, and how often a pass is wrong at once and later."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deltamu import plotting
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.registry import LAWS
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import posed
from deltamu.calibration.public import public_log, repair_logs
from deltamu.calibration.report import REJECTED

USES = ()
LAST, REPAIRS = 2, 10  # fitted to what passed up to there; attempts in the longest log
NAMES = {"one mass": ("repair_all", {"spread": "none", "fix": {"d": 1.0}}), "fading repair": ("repair", {}),
         "cured or not": ("first_then_cure", {}), "fresh attempts": ("retry", {})}  # fmt: skip
SETS = {"ldb": "LDB", "reflexion": "Reflexion"}


def data():
    logs = [log for name, log in repair_logs().items() if name.startswith(("humaneval/", "mbpp/"))]
    repair = np.arange(LAST + 1, REPAIRS)
    seen = [sum(float(log.loc[(log["attempt"] == at) & (log["visible"] == "1"), "count"].sum()) for log in logs)
            for at in repair]  # fmt: skip
    expected = [sum(forecast(log, *law) for log in logs) for law in NAMES.values()]
    wrong = [[share_wrong(public_log(name), later) for later in (False, True)] for name in SETS]
    return xr.Dataset(
        {"seen": ("repair", np.cumsum(seen), {"long_name": "passes seen since the last repair fitted"}),
         "forecast": (("law", "repair"), np.cumsum(expected, axis=1), {"long_name": "passes forecast since"}),
         "wrong": (("logs", "when"), wrong, {"long_name": "share of passes that are wrong"})},
        {"repair": repair, "law": list(NAMES), "logs": list(SETS), "when": ["at once", "later"]},
    )  # fmt: skip


def forecast(log, law, options):
    """Passes at each repair after LAST, of a law that is fitted to the log up to there."""
    late = log["attempt"] > LAST
    cut = log.copy()
    cut.loc[late, ["visible", "hidden"]] = ["0", ""]
    cut.loc[late, "attempt"] = LAST
    like = posed(cut, law, **options).like
    known = like.natural(fit_table(like).z)[0]
    long = LAWS[law].make(REPAIRS, options.get("spread") or LAWS[law].spread)
    chances, _ = compiled_law(long)({p.name: known.get(p.name, np.zeros((1, 1))) for p in like.law.parameters})
    outcomes = chances.reshape(-1, 4)[:REPAIRS]  # of each attempt: passed and right, passed and wrong, and two more
    return float(log["count"].sum()) * outcomes[LAST + 1 :, :2].sum(axis=1)


def share_wrong(log, later):
    """Of the programs that pass the visible tests at once, or later: the share that the hidden ones refute."""
    passed = log[(log["visible"] == "1") & ((log["attempt"] > 0) == later)]
    return float(passed.loc[passed["hidden"] == "0", "count"].sum() / passed["count"].sum())


def draw(ds):
    figure = Figure(figsize=(2 * plotting.COLUMN_WIDTH, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for law, color, style in zip(ds["law"].values, plotting.COLOURS, (*plotting.LINES, "-"), strict=False):
        left.plot(ds["repair"], ds["forecast"].sel(law=law), color=color, linestyle=style, label=law)
    left.plot(ds["repair"], ds["seen"], "ks", markersize=4, label="seen")
    left.set(xlabel="repair", ylabel="passes since the last repair fitted", ylim=(0, None))
    left.legend(frameon=False, fontsize=8)
    place = np.arange(ds.sizes["logs"])
    for step, when in enumerate(ds["when"].values):
        bars = right.bar(place + 0.4 * (step - 0.5), 100 * ds["wrong"].sel(when=when), 0.36, label=when,
                         color=("0.8", "0.35")[step])  # fmt: skip
        right.bar_label(bars, fmt="%.0f", fontsize=8, padding=1)
    right.set_xticks(place, [SETS[name] for name in ds["logs"].values])
    right.set(ylabel="per cent of passes that are wrong", ylim=(0, 50))
    right.legend(frameon=False, fontsize=8, loc="upper left", title="passed", title_fontsize=8)
    return figure


def numbers(ds):
    larger = [name.startswith("reflexion") for name in repair_logs()]
    runs = {name: public_log(name)["run"].nunique() for name in SETS}
    return {
        "logs_last_fitted": str(LAST),
        "logs_level": f"{100 * REJECTED:g}",
        "logs_ldb_runs": str(runs["ldb"]),
        "logs_ldb_mbpp_runs": str(sum(name.startswith("mbpp") for name in repair_logs())),
        "logs_reflexion_runs": str(runs["reflexion"]),
        "logs_reflexion_larger": str(sum(larger)),
    }


def shows(ds):
    last = ds["forecast"].isel(repair=-1)
    seen = float(ds["seen"][-1])
    ratio = ds["wrong"].sel(when="later") / ds["wrong"].sel(when="at once")
    return {
        "one mass forecasts several times too many": float(last.sel(law="one mass")) > 4 * seen,
        "the others are closer": bool((last.drop_sel(law="one mass") < 2 * seen).all()),
        "fresh attempts are closest": str(abs(last - seen).idxmin("law").item()) == "fresh attempts",
        "late passes are wrong more than twice as often": bool((ratio > 2).all()),
    }
