"""`fit` and what reads its Dataset: invariance, messages, the bootstrap, designs, prediction, the way to settings."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import deltamu as dm
from deltamu.calibration import LAWS
from deltamu.calibration.bootstrap import drawn_counts
from deltamu.calibration.intervals import likelihood_ratio, profile_ends
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.measured import sources
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import again, point_of, posed
from deltamu.calibration.public import public_log
from deltamu.calibration.tables import first_passes, plain_table

LDB = public_log("ldb")
GPT = LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"].reset_index(drop=True)
MBPP = LDB[LDB.run.str.startswith("mbpp/")].reset_index(drop=True)
REFLEXION = public_log("reflexion")


@pytest.fixture(scope="module")
def fitted():
    return dm.fit(GPT)


def long_form(rows):
    """One row for every attempt of every task, as an agent would log them."""
    found = []
    for cell in rows.itertuples():
        for i in range(int(cell.count)):
            for t in range(int(cell.attempt) + 1):
                last = t == cell.attempt
                found.append({"run": cell.run, "task": f"{cell.task}/{i}", "attempt": t,
                              "visible": cell.visible if last else 0,
                              "hidden": cell.hidden if last else ""})  # fmt: skip
    return pd.DataFrame(found)


# --- invariance ------------------------------------------------------------------------------------------------------
def test_order_of_rows_aggregation_and_labels_change_nothing(fitted):
    shuffled = GPT.sample(frac=1, random_state=3)
    long = long_form(GPT).sample(frac=1, random_state=4)
    renamed = GPT.assign(run="another", task=[f"t{i}" for i in range(len(GPT))][::-1])
    for rows in (shuffled, long, renamed):
        other = dm.fit(rows)
        np.testing.assert_array_equal(other.estimate.values, fitted.estimate.values)
        assert float(other.log_likelihood) == float(fitted.log_likelihood)


def test_a_dataset_of_tidy_rows_is_a_log_too(fitted):
    ds = GPT.rename_axis("row").to_xarray()
    prefixed = ds.rename({name: f"row_{name}" for name in ds.data_vars}).assign(count=("cell", [1.0, 2.0]))
    unnamed = GPT.assign(task="")  # counts of tasks that are not told apart
    for log in (ds, prefixed, unnamed):
        np.testing.assert_array_equal(dm.fit(log, intervals=0).estimate.values, fitted.estimate.values)


def test_runs_alone_and_together(fitted):
    """Runs that share nothing have the estimates that each has alone."""
    together = dm.fit(MBPP, share=())
    alone = fitted.estimate.isel(run=0)
    found = together.estimate.sel(run="mbpp/gpt-3.5-turbo-0613")
    np.testing.assert_allclose(found, alone, rtol=1e-5)
    sizes = together.observed.sum("cell").values
    np.testing.assert_array_equal(sizes, [500, 500, 500])
    shared = dm.fit(MBPP, share=("r",))
    assert len(np.unique(shared.estimate.sel(parameter="r"))) == 1
    assert float(shared.log_likelihood) < float(together.log_likelihood)


def test_the_dataset_says_everything(fitted):
    assert dict(fitted.sizes)["parameter"] == 10
    assert (fitted.lower <= fitted.estimate).all() and (fitted.estimate <= fitted.upper).all()
    assert set(fitted.source.values.ravel()) == {"measured", "fixed"}
    assert float(fitted.expected.sum()) == pytest.approx(500)
    assert float(fitted.aic) == pytest.approx(10 - 2 * float(fitted.log_likelihood))
    assert not any(np.isnan(fitted[name]).any() for name in fitted if fitted[name].dtype.kind == "f")
    assert fitted.attrs["law"] == "repair" and "not repaired" in fitted.attrs["assumes"]
    theta = float(fitted.estimate.sel(parameter="theta")[0])
    m, c = (float(fitted.estimate.sel(parameter=name)[0]) for name in ("m", "c"))
    assert theta == pytest.approx(np.expm1(m * c), rel=1e-12)
    np.testing.assert_allclose(fitted.direction.values @ fitted.direction.values.T, np.eye(5), atol=1e-12)


def test_a_fit_holds_its_own_problem(fitted):
    problem = again(fitted)
    at = point_of(fitted, problem.like)
    assert float(problem.like(at).value[0]) == pytest.approx(float(fitted.log_likelihood), rel=1e-13)


@pytest.mark.parametrize(("values", "coordinates"), [({"k": 0.752}, ()), ({"theta": 0.631}, ()), ({"r_hat": 0.668}, ()),
                                                     ({"k": 0.752, "theta": 0.631}, ()), ({"d": 1.0}, ())])  # fmt: skip
def test_what_is_fixed_stays_where_it_is(values, coordinates):
    ds = dm.fit(GPT, fix=values, intervals=0)
    for name, value in values.items():
        assert float(ds.estimate.sel(parameter=name)[0]) == pytest.approx(value, rel=1e-9)
        assert ds.source.sel(parameter=name).item() == "fixed"
    assert float(ds.log_likelihood) <= float(dm.fit(GPT, intervals=0).log_likelihood) + 1e-9


def test_priors_pull():
    plain = dm.fit(GPT, intervals=0).estimate.sel(parameter="c").item()
    pulled = dm.fit(GPT, priors={"c": (np.log(4.0), 0.05)}, intervals=0)
    assert plain < pulled.estimate.sel(parameter="c").item() < 4.2
    assert pulled.estimate.sel(parameter="c").item() > 3.5
    assert float(pulled.log_likelihood) < -564.9


def test_expected_information_is_the_mean_square_of_the_score():
    """Within 3 %, on the log-likelihoods of many simulated tasks."""
    law = repair(4)
    table = first_passes([[1, 1, 1, 1, 1]], [[1, 1, 1, 1, 1]], [0], [1])
    like = likelihood(law, table)
    at = law.at(k=0.75, theta=0.63, r=0.61, d=0.53, **{"lambda": 0.32})
    z = np.array([float(like.chart[name].forward(at[name])) for _, name in like.free])
    tasks = 400_000
    counts = np.zeros_like(table.counts)
    counts[0, 0] = tasks
    wide = likelihood(law, table.with_counts(counts))
    drawn = drawn_counts(wide, z, 5, 0, 1)[0, 0]
    p, slopes = like.cells(z)
    own = [like.chart.names.index(name) for _, name in like.free]
    score = slopes[0][:, own] / np.maximum(p[0], 1e-300)[:, None]
    outer = (score.T * drawn) @ score / tasks
    information = wide(z).information / tasks
    np.testing.assert_allclose(outer, information, rtol=0.03, atol=0.03 * np.abs(information).min())


# --- the bootstrap ---------------------------------------------------------------------------------------------------
def test_bits_of_the_bootstrap_are_addressed(monkeypatch):
    from deltamu.calibration import bootstrap

    first = dm.fit(GPT, intervals=0, bootstrap=20, seed=7)
    monkeypatch.setattr(bootstrap, "CHUNK", 3)
    chunked = dm.fit(GPT, intervals=0, bootstrap=20, seed=7)
    fewer = dm.fit(GPT, intervals=0, bootstrap=8, seed=7)
    np.testing.assert_array_equal(first.replicate_deviance, chunked.replicate_deviance)
    np.testing.assert_array_equal(first.replicate_free[:8], fewer.replicate_free)
    other = dm.fit(GPT, intervals=0, bootstrap=8, seed=8)
    assert (other.replicate_deviance.values != fewer.replicate_deviance.values).any()
    assert 1 / 21 <= float(first.p_value) <= 1


def test_the_homogeneous_law_is_rejected():
    ds = dm.fit(GPT, "repair_all", spread="none", fix={"d": 1.0}, bootstrap=40, seed=1)
    assert float(ds.p_value) == pytest.approx(1 / 41)
    assert 'law "repair_all" is rejected' in ds.attrs["report"]


# --- what is said ----------------------------------------------------------------------------------------------------
def test_false_alarms_are_seen():
    one = REFLEXION[REFLEXION.run == "reflexion_mbpp_py"]
    ds = dm.fit(one)
    assert "hidden pass with visible failure in 64 of 108 exhausted tasks: false_alarm turned on" in ds.attrs["notes"]
    assert "does not say whether the tests passed at attempt 4" in ds.attrs["notes"]
    assert 0.17 < ds.estimate.sel(parameter="eps").item() < 0.25
    assert dm.fit(one, false_alarm=False, intervals=0).aic > ds.aic + 100


def test_without_hidden_results_the_unit_of_the_mass_is_not_known():
    ds = dm.fit(GPT.assign(hidden=""))
    assert "hidden is never given" in ds.attrs["notes"]
    assert np.isnan(ds.estimate.sel(parameter="r").item()) and ds.source.sel(parameter="r").item() == "none"
    visible = 1 - (GPT[GPT.attempt > 0]["count"].sum()) / 500
    assert np.exp(-ds.estimate.sel(parameter="m").item()) == pytest.approx(visible, abs=0.03)
    assert "not identifiable from this log" in ds.attrs["report"]


def test_settings_without_hidden_results_keep_the_resolution_and_pass_as_often_as_seen():
    ds = dm.fit(GPT.assign(hidden=""), intervals=0)
    share = np.exp(-ds.estimate.sel(parameter="m").item())
    for asked in (dm.Settings("vibe"), dm.Settings("vibe", r=0.5)):
        settings = dm.calibrated(ds, settings=asked)
        assert settings["r"] == asked["r"]
        start = dm.evaluate("pass_probability", settings, mu=settings["mu0"]).pass_probability
        assert float(start) == pytest.approx(share)
        drawn = dm.draws(ds, 3, 1, settings=asked)
        assert "r_set" not in drawn and np.isnan(drawn.r).all()
        np.testing.assert_allclose(drawn.mu0_set, drawn.m / asked["r"])
    assert dm.calibration.sources(ds)["r"] == "invented"
    with pytest.raises(dm.InputError, match="r = 0 with a fit without hidden results"):
        dm.calibrated(ds, settings=dm.Settings("vibe", r=0))


def test_no_sign_of_heterogeneity_is_said():
    table = first_passes([[300, 40, 10]], [[30, 4, 1]], [0], [115])
    ds = dm.fit(table, "retry")
    assert np.isinf(ds.upper.sel(parameter="k").item())
    assert "no sign of heterogeneity" in ds.attrs["report"]


def test_censored_tasks_are_counted():
    """A task that ends early by an error says only that it had not passed."""
    rows = long_form(GPT)
    last = rows[(rows.attempt == 1) & (rows.visible == 0)].drop_duplicates("task").task.iloc[:5]
    cut = rows[~(rows.task.isin(last) & (rows.attempt > 1))].copy()
    cut["end"] = np.where(cut.task.isin(last) & (cut.attempt == 1), "error", "")
    ds = dm.fit(cut)
    assert "censored or not judged: 5 at stop 1 unjudged" in ds.attrs["notes"]
    assert float(ds.observed.sel(cell="stop 1 unjudged").item()) == 5


REFUSALS = [
    ({"visible": [1, 2]}, {}, "visible = 2 at row 1 is not 0, 1 or empty"),
    ({"attempt": [0, -1]}, {}, "attempt = -1 at row 1 is not a whole number"),
    ({"attempt": [0, "x"]}, {}, "attempt = x at row 1"),
    ({"count": [1, 0.5]}, {}, "count = 0.5 at row 1"),
    (
        {"attempt": [0, 1], "task": ["a", "a"], "visible": [1, 1]},
        {},
        "task 'a' goes on after its visible pass at attempt 0",
    ),
    ({"sample": [0, 1], "task": ["a", "a"]}, {}, "has 2 samples"),
    ({"level": ["base", "plus"], "task": ["a", "a"]}, {}, "levels base, plus"),
    ({}, {"law": "repairs"}, "unknown law 'repairs': did you mean repair"),
    ({}, {"spread": "normal"}, "unknown spread 'normal'"),
    ({}, {"fix": {"r": 1.5}}, r"r = 1.5 is outside \[0, 1\]"),
    ({}, {"fix": {"rr": 0.5}}, "unknown parameter of law repair 'rr'"),
    ({}, {"intervals": 1.0}, "intervals = 1.0 is outside"),
    ({}, {"bootstrap": 10}, "bootstrap needs a seed"),
    ({}, {"bootstrap": -1}, "bootstrap = -1"),
    ({}, {"false_alarm": "no"}, "false_alarm = 'no'"),
    ({}, {"stop": "hidden"}, "stop = 'hidden'"),
    ({"attempt": [0, 0]}, {}, "one attempt a task: k, theta and r are confounded"),
    ({"attempt": [0, 0], "hidden": ["", ""]}, {"law": "samples"}, "hidden is never given at attempt 0"),
    ({}, {"law": "levels"}, "law levels needs two suites"),
    ({}, {"law": "judges"}, "law judges needs two or more"),
    ({}, {"law": "first_then", "gap": True}, "has no spec gap"),
]


@pytest.mark.parametrize(("columns", "options", "message"), REFUSALS)
def test_what_is_refused_and_how(columns, options, message):
    rows = pd.DataFrame({"task": ["a", "b"], "attempt": [0, 1], "visible": [1, 0], "hidden": [1, 0], **columns})
    with pytest.raises(dm.InputError, match=message) as refused:
        dm.fit(rows, **{"law": "repair", **options})
    assert "\n" not in str(refused.value)


def test_empty_and_strange_logs_are_refused():
    with pytest.raises(dm.InputError, match="empty"):
        dm.fit(pd.DataFrame({"task": [], "attempt": []}))
    with pytest.raises(dm.InputError, match="no column attempt"):
        dm.fit(pd.DataFrame({"task": ["a"]}))
    with pytest.raises(dm.InputError, match="not list"):
        dm.fit([1, 2])
    with pytest.raises(dm.InputError, match="empty"):
        plain_table([[0, 0]], ("a", "b"))


# --- other kinds of logs ---------------------------------------------------------------------------------------------
def test_samples_levels_and_judges_from_tidy_rows():
    draw = np.random.default_rng(2)
    mass = draw.gamma(0.5, 1.5, size=300)
    right = draw.random((300, 5)) < np.exp(-mass)[:, None]
    rows = pd.DataFrame([{"task": i, "attempt": 0, "sample": j, "hidden": int(right[i, j])}
                         for i in range(300) for j in range(5)])  # fmt: skip
    ds = dm.fit(rows, "samples")
    assert float(ds.lower.sel(parameter="k")[0]) < 0.5 < float(ds.upper.sel(parameter="k")[0])
    assert float(ds.observed.sum()) == 300
    assert dm.fit(rows, "beta_binomial", intervals=0).sizes["cell"] == 6

    levels = pd.DataFrame([{"run": f"model {a}", "task": i, "attempt": 0, "level": level,
                            "hidden": int(draw_pass < np.exp(-share * (a + 1) / 2))}
                           for a in range(3) for i, draw_pass in enumerate(draw.random(400))
                           for level, share in (("base", 0.8), ("plus", 1.0))])  # fmt: skip
    ds = dm.fit(levels, "levels")
    assert abs(float(ds.estimate.sel(parameter="r")[0]) - 0.8) < 0.1
    assert "suites from coarse to fine: base, plus" in ds.attrs["notes"]

    common, noise = draw.standard_normal(600), draw.standard_normal((600, 3))
    right = np.sqrt(0.5) * common[:, None] + np.sqrt(0.5) * noise < 0.7
    rows = pd.DataFrame([{"task": i, "attempt": 0, "hidden": 1, "reviewer": f"r{j}", "verdict": int(right[i, j])}
                         for i in range(600) for j in range(3)])  # fmt: skip
    ds = dm.fit(rows, "judges")
    assert abs(float(ds.estimate.sel(parameter="gamma")[0]) - 0.5) < 0.12
    assert dm.fit(rows, "judges_free", intervals=0).log_likelihood >= ds.log_likelihood - 1e-6


def test_failures_and_two_tries_from_tidy_rows():
    rows = pd.DataFrame({"task": range(10), "attempt": range(10), "count": [30, 24, 18, 13, 10, 8, 6, 4, 3, 2]})
    ds = dm.fit(rows, "failures")
    assert 118 < float(ds.estimate.sel(parameter="mu0")[0]) < 140
    assert float(dm.fit(rows, "failures_saturating", intervals=0).log_likelihood) >= float(ds.log_likelihood) - 1e-6
    tries = pd.DataFrame([{"run": run, "task": i, "attempt": t, "hidden": int(i < (30 if t == 0 else 50))}
                          for run in "ab" for i in range(80) for t in (0, 1) if t == 0 or i >= 30])  # fmt: skip
    ds = dm.fit(tries, "two_tries", spread="gamma", intervals=0)
    np.testing.assert_array_equal(ds.observed.values, [[30, 20, 30]] * 2)


def test_every_law_has_words():
    for name, entry in LAWS.items():
        law = entry.make(4, entry.spread)
        assert law.title and law.note and law.parameters, name
        for p in law.parameters:
            assert p.symbol.meaning and p.symbol.unit


# --- profiles, comparison, designs -----------------------------------------------------------------------------------
def test_profile_cuts_at_the_ends_of_the_interval(fitted):
    for name in ("r", "theta"):
        curve = dm.profile(fitted, name, points=9, width=2.5)
        inside = curve.likelihood_ratio.values <= float(curve.level_90)
        values = curve["value"].values
        low, high = (float(fitted[end].sel(parameter=name)[0]) for end in ("lower", "upper"))
        assert ((values >= low) & (values <= high) == inside).all()
        assert curve.likelihood_ratio.values[4] == pytest.approx(0, abs=1e-6)
    with pytest.raises(dm.InputError, match="held at a value"):
        dm.profile(fitted, "gap")
    with pytest.raises(dm.InputError, match="unknown parameter"):
        dm.profile(fitted, "rho")


def test_laws_against_baselines():
    ds = dm.compare_fits(GPT, splits=2)
    assert ds.aic_difference.min() == 0
    assert float(ds.aic.sel(law="retry")) < float(ds.aic.sel(law="first_then_cure"))
    assert float(ds.aic.sel(law="first_then")) > float(ds.aic.sel(law="repair")) + 50
    again = dm.compare_fits(GPT, ["retry"], splits=2)
    assert float(again.held_out[0]) == float(ds.held_out.sel(law="retry"))
    rows = pd.DataFrame({"task": list("abc"), "attempt": 0, "visible": [1, 1, 0], "hidden": [1, 0, 0]})
    with pytest.raises(dm.InputError, match="other counts"):
        dm.compare_fits(rows, ["first_then", "beta_binomial"], splits=0)
    with pytest.raises(dm.InputError, match="folds = 1"):
        dm.compare_fits(GPT, folds=1)


# --- on to predictions and settings ----------------------------------------------------------------------------------
def test_hidden_results_of_a_new_run_are_predicted_from_visible_ones():
    others, new = (MBPP[(MBPP.run == "mbpp/starcoder") == chosen] for chosen in (False, True))
    before = dm.fit(others, share=("c", "r"), intervals=0)
    ds = dm.predict(before, new)
    blind = dm.predict(before, new.assign(hidden=""))
    np.testing.assert_allclose(ds.right_given_pass, blind.right_given_pass, rtol=1e-6)
    seen = new[(new.visible == "1") & (new.hidden == "1")]["count"].sum()
    assert abs(float(ds.expected_right.sum()) - seen) < 0.06 * seen
    with pytest.raises(dm.InputError, match="differ in c"):
        dm.predict(dm.fit(others, share=("r",), intervals=0), new)
    with pytest.raises(dm.InputError, match="does not predict"):
        dm.predict(dm.fit(GPT, "first_then", intervals=0), new)


def test_settings_as_measured(fitted):
    settings = dm.calibrated(fitted)
    estimate = dict(zip(fitted.parameter.values.tolist(), fitted.estimate.values[0].tolist(), strict=True))
    assert settings["mu0"] == estimate["m"] and settings["decay"] == estimate["d"]
    first = float(dm.evaluate("gain", settings, mu=settings["mu0"], delta=settings["delta0"]).gain)
    assert first / settings["mu0"] == pytest.approx(-np.expm1(-estimate["lambda"]), rel=1e-9)
    ds = dm.simulate(settings, moves=1)
    assert float(ds.pass_probability[0]) > np.exp(-estimate["r_hat"] * estimate["m"])
    said = sources(fitted)
    assert said["mu0"] == said["a1"] == "measured" and said["gamma"] == said["sigma_r"] == "invented"
    with pytest.raises(dm.InputError, match="unknown carrier"):
        dm.calibrated(fitted, carrier="gamma")
    with pytest.raises(dm.InputError, match="no rho in"):
        dm.calibrated(fitted, carrier="rho")
    with pytest.raises(dm.InputError, match="only a fit of law repair"):
        dm.calibrated(dm.fit(GPT, "retry", intervals=0))


def test_draws_follow_the_estimate_and_its_uncertainty(fitted):
    ds = dm.draws(fitted, 400, seed=3)
    np.testing.assert_array_equal(dm.draws(fitted, 5, seed=3).m, ds.m[:5])
    spread = np.log(ds.m.values)
    assert abs(spread.mean() - np.log(float(fitted.estimate.sel(parameter="m")[0]))) < 0.02
    error = float(fitted.standard_error.sel(parameter="m")[0] / fitted.estimate.sel(parameter="m")[0])
    assert spread.std() == pytest.approx(error, rel=0.15)
    runs = dm.simulate(dm.Settings.from_json(ds.attrs["settings"]), moves=2, mu0=ds.mu0_set, a1=ds.a1_set, r=ds.r_set,
                       decay=ds.decay_set)  # fmt: skip
    assert runs.sizes["draw"] == 400
    with pytest.raises(dm.InputError, match="n = 0"):
        dm.draws(fitted, 0, seed=1)


def test_many_sets_of_counts_are_fitted_as_each_alone():
    like = likelihood(repair(9), again(dm.fit(GPT, intervals=0)).table)
    at = fit_table(like)
    counts = drawn_counts(like, at.z, 1, 0, 4)
    together = fit_table(like, counts, like.starts())
    for i, one in enumerate(counts):
        alone = fit_table(likelihood(repair(9), like.table.with_counts(one)))
        assert together.value[i] == pytest.approx(alone.value[0], abs=1e-6)


# --- the user's own policy and model ---------------------------------------------------------------------------------
def test_a_run_of_the_model_is_a_law_too():
    """Under the vibe policy the article's run is the law of one mass whose hidden defects are repaired too."""
    from deltamu.calibration.laws.flow import flow

    settings = dm.Settings("vibe", mu0=0.4, decay=0.6, a1=5.0, a2=0.0, N=0)
    ds = dm.fit(GPT, flow(9, settings), intervals=0)
    closed = dm.fit(GPT, "repair_all", spread="none", intervals=0)
    assert float(ds.log_likelihood) == pytest.approx(float(closed.log_likelihood), abs=0.2)  # mu/(mu + b) is not mu/b
    assert abs(ds.estimate.sel(parameter="mu0").item() - closed.estimate.sel(parameter="m").item()) < 0.02
    assert float(ds.observed.sum()) == pytest.approx(float(ds.expected.sum()))
    with pytest.raises(dm.InputError, match="made for attempts 0..3, but the log has 0..9"):
        dm.fit(GPT, flow(3, settings))
    with pytest.raises(dm.InputError, match="the mass rises at move"):
        flow(9, dm.Settings("vibe", model="gated", mu0=0.05))
    with pytest.raises(dm.InputError, match="nothing cannot be fitted"):
        flow(9, settings, free=("nothing",))


def test_slopes_of_a_run_are_those_of_differences():
    from deltamu.calibration.compiled import compiled_law
    from deltamu.calibration.laws.flow import flow

    law = flow(4, dm.Settings("vibe", mu0=0.8, decay=0.7, a1=4.0))
    values = {"mu0": np.array([0.8]), "r": np.array([0.6]), "a1": np.array([4.0]), "decay": np.array([0.7])}
    p, slopes = compiled_law(law)(values)
    assert p.reshape(-1, 4)[:, :2].sum() + p[0, -1] == pytest.approx(1, abs=1e-12)
    for j, name in enumerate(law.names):
        up, down = (compiled_law(law)({**values, name: values[name] + step})[0] for step in (1e-6, -1e-6))
        np.testing.assert_allclose((up - down) / 2e-6, slopes[..., j], atol=1e-8)


# --- logs that say little --------------------------------------------------------------------------------------------
THIN = {
    "none passes": {"attempt": [2, 2, 2], "visible": [0, 0, 0], "hidden": [0, 0, 0]},
    "all pass": {"attempt": [0, 1, 1], "visible": [1, 1, 1], "hidden": [1, 1, 0]},
    "two ends": {"attempt": [0, 3, 3], "visible": [1, 0, 0], "hidden": [1, 0, 0]},
    "tests unknown": {"attempt": [0, 1, 1], "hidden": [0, 1, 0]},
}


@pytest.mark.parametrize("law", ["repair", "retry", "first_then_cure"])
@pytest.mark.parametrize("name", THIN)
def test_thin_logs_are_fitted_with_wide_intervals(name, law):
    """No warning (they are errors here), no number missing, and the report says that little is known."""
    ds = dm.fit(pd.DataFrame({"task": list("abc"), **THIN[name]}), law)
    assert not ds.estimate.isnull().any() and not ds.lower.isnull().any() and not ds.upper.isnull().any()
    assert (ds.lower <= ds.estimate * (1 + 1e-9)).all() and (ds.estimate <= ds.upper * (1 + 1e-9)).all()
    assert "sloppy" in ds.attrs["report"]


def test_long_logs_are_no_trouble():
    draw = np.random.default_rng(0)
    attempts = draw.geometric(0.2, 200) - 1
    ends = np.minimum(attempts, 24)
    rows = pd.DataFrame({"task": range(200), "attempt": ends, "visible": (attempts <= 24).astype(int),
                         "hidden": draw.integers(0, 2, 200)})  # fmt: skip
    ds = dm.fit(rows, intervals=0)
    assert float(ds.expected.sum()) == pytest.approx(200)
    with pytest.raises(dm.InputError, match="law retry holds its digits up to 25"):
        dm.fit(rows.assign(attempt=rows.attempt + 2), "retry")


@pytest.mark.parametrize("judged", ["all", "passes", "nothing"])
def test_the_deviance_is_of_all_that_was_seen(judged):
    """What was not judged is a cell of its own, which both the log and a free law fill."""
    kept = {"all": np.ones(len(JUDGED), bool), "passes": JUDGED.visible == 1, "nothing": np.zeros(len(JUDGED), bool)}[
        judged
    ]
    ds = dm.fit(JUDGED.assign(hidden=JUDGED.hidden.where(kept)), "first_then", intervals=0)
    share = ds.whole.values * ds.observed.values
    assert share.sum() == JUDGED["count"].sum()
    seen, law = ds.observed.values[ds.observed.values > 0], ds.expected.values[ds.observed.values > 0]
    assert (
        float(ds.deviance) == pytest.approx(2 * (seen * np.log(seen / law)).sum(), rel=1e-9) and float(ds.deviance) > 5
    )
    assert int(ds.degrees_of_freedom) == {"all": 7 - 4, "passes": 6 - 4, "nothing": 3 - 2}[judged]


def test_baselines_are_charged_only_for_what_a_log_can_say():
    ds = dm.compare_fits(JUDGED.assign(hidden=np.nan), ["first_then", "power_law", "repair"], splits=0)
    assert ds.parameters.values.tolist() == [2, 2, 4]
    fitted = dm.fit(JUDGED.assign(hidden=np.nan), "first_then", intervals=0)
    assert fitted.source.sel(parameter=["q_0", "q_1"]).values.tolist() == [["none", "none"]]


JUDGED = pd.DataFrame({"task": "", "attempt": [0, 0, 1, 1, 2, 2, 2], "visible": [1, 1, 1, 1, 1, 1, 0],
                       "hidden": [1, 0, 1, 0, 1, 0, 0], "count": [60, 20, 9, 2, 8, 4, 3]})  # fmt: skip


def mixed_log(seed):
    """Two judged runs and one that nobody judged, of fresh attempts with tasks beyond help: a flat likelihood."""
    generator, rows = np.random.default_rng(seed), []
    for run, chance in {"a": 0.5, "b": 0.3, "c": 0.4}.items():
        for task in range(150):
            passes = generator.random(5) < (0.0 if generator.random() < 0.25 else chance)
            last = int(passes.argmax()) if passes.any() else 4
            right = bool(passes.any()) and generator.random() < 0.88
            rows += [(run, task, t, bool(passes[t]), right and t == last) for t in range(last + 1)]
    log = pd.DataFrame(rows, columns=["run", "task", "attempt", "visible", "hidden"]).astype({"hidden": float})
    return log.assign(hidden=log.hidden.where(log.run != "c"))


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3))])
def test_ends_of_intervals_are_on_the_profile(seed):
    """Found by long steps, checked by a walk in short ones: the likelihood is not above its level where one ends."""
    like = posed(mixed_log(seed)).like
    best = fit_table(like)
    target = chi2.ppf(0.9, 1)
    for place, (run, name) in enumerate(like.free):
        if name not in ("c", "d", "lambda") or run != 2:
            continue
        ends = profile_ends(like, best, 0.9, [place])
        for end, bound in ((ends.low[0], like.bounds[0][place]), (ends.high[0], like.bounds[1][place])):
            if np.isfinite(end):
                walk = np.linspace(best.z[0, place], end, 41)
                assert likelihood_ratio(like, best, place, walk)[-1] > target - 1e-4
            else:
                assert likelihood_ratio(like, best, place, np.array([bound]))[0] < target
