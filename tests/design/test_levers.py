"""What to change, from a fit alone: levers against the law itself, their order, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import deltamu as dm
from deltamu.calibration import draws
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.public import public_log
from deltamu.calibration.report import notes_on
from deltamu.design import levers
from deltamu.design.levers import LEVERS
from deltamu.design.levers_in_words import OF_PROGRAM, agreed, best_change, repairs_allowed

LDB, REFLEXION = public_log("ldb"), public_log("reflexion")


@pytest.fixture(scope="module")
def fitted():
    return dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], intervals=0)


@pytest.fixture(scope="module")
def found(fitted):
    return levers(fitted, draws=50, seed=3)


def accepted(values, last):
    """Shares of right and wrong accepted programs, by the compiled law with its slopes."""
    p, _ = compiled_law(repair(last))({name: np.array([value]) for name, value in values.items()})
    return p.reshape(-1, 4)[:, :2].sum(axis=0)


@pytest.mark.parametrize(
    ("lever", "changed"),
    [
        ("mass", lambda v: {**v, "m": v["m"] / 2}),
        ("tests", lambda v: {**v, "r": (1 + v["r"]) / 2}),
        ("repair rate", lambda v: {**v, "lambda": 2 * v["lambda"]}),
        ("repair slowing", lambda v: {**v, "d": (1 + v["d"]) / 2}),
    ],
)
def test_a_lever_is_the_law_with_a_changed_parameter(fitted, found, lever, changed):
    values = {name: float(fitted.estimate.sel(parameter=name)[0]) for name in repair(9).names}
    right, wrong = accepted(changed(values), 9) - accepted(values, 9)
    assert float(found.gain.sel(lever=lever)) == pytest.approx(right, rel=1e-9)
    assert float(found.wrong_gain.sel(lever=lever)) == pytest.approx(wrong, rel=1e-9)
    drawn = draws(fitted, 50, 3)
    values = {name: float(drawn[name][17]) for name in repair(9).names}
    right, _ = accepted(changed(values), 9) - accepted(values, 9)
    assert float(found.draw_gain.sel(lever=lever)[17]) == pytest.approx(right, rel=1e-9)


def test_twice_the_repairs_is_the_longer_law(fitted, found):
    values = {name: float(fitted.estimate.sel(parameter=name)[0]) for name in repair(9).names}
    right, _ = accepted(values, 18) - accepted(values, 9)
    assert float(found.gain.sel(lever="repairs")) == pytest.approx(right, abs=1e-12)
    np.testing.assert_allclose(found.right + found.wrong + found.open, 1, atol=1e-12)
    assert float(found.right[9]) == pytest.approx(accepted(values, 9)[0])


def test_shares_of_draws_and_stops_are_theirs(found):
    best = found.draw_gain.argmax("lever")
    for i, name in enumerate(found.lever.values):
        assert float(found.agreement.sel(lever=name)) == float((best == i).mean())
    loop = found.draw_gain.sel(lever=[name for name in found.lever.values if name not in OF_PROGRAM])
    first = str(found.loop_agreement.idxmax().item())
    assert float(found.loop_agreement.max()) == float((loop.lever[loop.argmax("lever")] == first).mean())
    n = int(found.stop)
    assert float(found.brings.sel(repair=n + 1)) < found.attrs["worth"] <= float(found.brings.sel(repair=n))
    gained = float(found.right[2] - found.right[1])
    assert float(found.brings.sel(repair=2)) == pytest.approx(gained / float(found.open[1]))
    assert float(found.stop_agreement) == float((found.draw_stop == n).mean())
    assert (found.gain_lower <= found.gain_upper).all()


def test_only_what_was_measured_is_a_lever(fitted, found):
    assert "false alarms" not in found.lever and found.attrs["unknown"] == "false alarms, spec gap"
    alarms = levers(dm.fit(REFLEXION[REFLEXION.run == REFLEXION.run.iloc[0]], intervals=0), draws=20)
    assert "false alarms" in alarms.lever and float(alarms.gain.sel(lever="false alarms")) > 0
    blind = LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"].assign(hidden="")
    unjudged = levers(dm.fit(blind, intervals=0), draws=20)
    assert "tests" not in unjudged.lever and "programs that pass per 100 tasks" in unjudged.attrs["answer"]
    held = levers(dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], fix={"r": 0.6}, intervals=0), draws=20)
    assert "tests" not in held.lever


def test_the_answer_says_what_and_how_sure(found):
    answer = found.attrs["answer"]
    assert LEVERS["mass"].does in answer and "best in 100% of draws" in answer
    assert "leave the first program as it is" in answer
    assert f"Allow {found.stop.item()} of the log's 9 repairs" in answer


def test_fresh_attempts_have_levers_too():
    fit = dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], "retry", intervals=0)
    ds = levers(fit, draws=20)
    assert {"hopeless tasks", "repairs"} <= set(ds.lever.values) and ds.sizes["repairs"] == 19


def test_what_cannot_be_answered_is_refused(fitted):
    runs = dm.fit(LDB[LDB.run.str.startswith("mbpp/")], intervals=0)
    with pytest.raises(dm.InputError, match="the fit has 3 runs: name one of"):
        levers(runs)
    assert levers(runs, run="mbpp/gpt-3.5-turbo-0613", draws=5).sizes["draw"] == 5
    with pytest.raises(dm.InputError, match="unknown run"):
        levers(runs, run="nobody")
    with pytest.raises(dm.InputError, match=r"worth = 0 is not above 0"):
        levers(fitted, worth=0)
    samples = pd.DataFrame({"task": list("aabb"), "attempt": 0, "sample": [0, 1, 0, 1], "hidden": [1, 0, 1, 1]})
    with pytest.raises(dm.InputError, match="law 'samples' has no repairs: fit one of repair, "):
        levers(dm.fit(samples, "samples", intervals=0))


@pytest.mark.parametrize("law", ["repair_all", "first_then", "first_then_cure", "beta_geometric", "power_law"])
def test_every_law_of_first_passes_says_what_a_repair_brings(law):
    fit = dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], law, intervals=0)
    ds, curves = levers(fit, draws=20), dm.calibration.first_pass_curves(fit, draws=1).isel(run=0)
    share = curves.passed.diff("attempt") * curves.right / (1 - curves.passed.shift(attempt=1))
    np.testing.assert_allclose(ds.brings[:9], share[1:] if share.sizes["attempt"] > 9 else share, rtol=1e-9)
    assert ("hopeless tasks" in ds.lever) == (law == "first_then_cure") and "false alarms" not in ds.lever
    assert ("Of all changes" in ds.attrs["answer"]) == (law == "repair_all") and "repairs" in ds.attrs["answer"]


def test_notes_are_of_the_run_that_was_asked_for():
    notes = "\n".join(["run a: only 9 tasks", "run b: d = 1", "sloppy: c of a up with c of c up together",
                       "sloppy: r up with c of b down together", "hidden is never given"])  # fmt: skip
    fit = xr.Dataset(coords={"free": ["c of a", "c of b", "c of c", "r"]}, attrs={"notes": notes})
    assert notes_on(fit, "b") == ["d = 1", "sloppy: r up with c of b down together", "hidden is never given"]


def test_laws_that_differ_are_said_to_differ(found):
    other = levers(dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], "retry", intervals=0), draws=20)
    cure = levers(dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], "first_then_cure", intervals=0), draws=20)
    low, high = sorted((found.stop.item(), other.stop.item()))
    said = agreed([found, other, cure])
    assert low < high and f"Repairs worth making by each law: {low}; about more, up to {high}, they differ." in said
    assert f"Best of all they differ, and the log does not say which is right: {LEVERS['mass'].does} (repair, r" in said
    rate, hopeless = LEVERS["repair rate"].does, LEVERS["hopeless tasks"].does
    assert (
        f"Best of the loop they differ, and the log does not say which is right: {rate} (repair); {hopeless} " in said
    )
    assert (
        "(retry, first_then_cure)" in said
        and f"Best of all by each law that knows changes: {LEVERS['mass'].does}." in (agreed([found, other]))
    )
    assert best_change(cure, "loop_agreement").endswith(", all it knows")


def test_repairs_beyond_the_log_are_not_counted():
    rows = [(t, 1, 320 >> t) for t in range(4)] + [(3, 0, 40)]  # half of the open tasks at every attempt
    ds = levers(
        dm.fit(pd.DataFrame(rows, columns=["attempt", "visible", "count"]).assign(task=""), "first_then"), draws=20
    )
    assert repairs_allowed(ds) == "3 and more (3 and more)" and "All 3 repairs of the log" in ds.attrs["answer"]
    assert "Repairs worth making by each law: 3 and more." in agreed([ds, ds])
    assert "No change but more repairs is known to first_then." in agreed([ds])


def test_of_a_run_that_was_not_judged_passes_are_counted(fitted):
    """Neither the resolution that others measured nor a share of right passes says anything of it."""
    blind = LDB[LDB.run == "mbpp/codellama"].assign(run="blind", hidden="")
    log = pd.concat([LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], blind])
    for law in ("repair", "first_then_cure"):
        fit = dm.fit(log, law, intervals=0)
        ds = levers(fit, run="blind", draws=20)
        assert ds.attrs["counts"] == "programs that pass" and "tests" not in ds.lever and (ds.wrong == 0).all()
        passed = dm.calibration.first_pass_curves(fit, draws=1).passed.sel(run="blind")
        np.testing.assert_allclose(ds.right[:10], passed, rtol=1e-9)
    apart = (
        dm.fit(log[log.run != "blind"], "first_then_cure", intervals=0),
        dm.fit(blind, "first_then_cure", intervals=0),
    )
    assert float(fit.aic) == pytest.approx(sum(float(one.aic) for one in apart), abs=1e-6)
    assert fit.source.sel(run="blind", parameter="q_1").item() == "none"
