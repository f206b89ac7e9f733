"""Log-likelihoods, optima, standard errors and interval ends against an independent computation."""

import json
from pathlib import Path

import numpy as np
import pytest

import deltamu as dm
from deltamu.calibration.intervals import profile_ends
from deltamu.calibration.laws.baselines import beta_binomial
from deltamu.calibration.laws.levels import levels
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.retry import retry
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.laws.two_tries import two_tries
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import climb, fit_table, objective_of
from deltamu.calibration.public import evalperf, failure_set, first_failures, leaderboard, two_tries_board
from deltamu.calibration.tables import first_passes, plain_table

FITS = json.loads((Path(__file__).parents[1] / "reference" / "calibration" / "reference_fits.json").read_text("utf-8"))
NATURAL = ("k", "theta", "r")
REPAIR = [(log, law) for log in FITS["repair"] for law in ("homogeneous", "decay_visible", "retry")]
BOARDS = [(board, law) for board in FITS["two_tries"] for law in ("constant_share", "constant_rate", "gamma_repair",
                                                                  "saturating_gain")]  # fmt: skip


def repair_problem(log, law, shared=NATURAL):
    """The likelihood of one of the repair logs, in the coordinates of the reference."""
    data = FITS["repair"][log]
    last, cells = data["last"], data["cells"]
    own = last if data["last_visible_unknown"] else last + 1
    passes, false = [*cells[:own], *[0] * (last + 1 - own)], [*cells[own : 2 * own], *[0] * (last + 1 - own)]
    visible = "unknown" if data["last_visible_unknown"] else "known"
    table = first_passes([passes], [false], [cells[-2]], [cells[-1]], last_visible=visible)
    free = ["eps"] if data["false_alarm"] else []
    if law == "homogeneous":
        return likelihood(repair(last, "none", 1), table, fix={"d": 1.0}, free=free)
    made = repair(last) if law == "decay_visible" else retry(last)
    return likelihood(made, table, shared=shared, free=free)


def values_of(like, z):
    return {name: float(value[0, 0]) for name, value in like.values(z).items()}


def theirs(values):
    """Names of the reference in ours."""
    return {{"mu0": "m", "a": "alpha"}.get(name, name): value for name, value in values.items()}


def point(like, values):
    return np.array([float(like.chart[name].forward(values[name])) for _, name in like.free])


def close(found, wanted, tolerance):
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=tolerance), name


@pytest.mark.parametrize(("log", "law"), REPAIR)
def test_repair_log_likelihood(log, law):
    like, wanted = repair_problem(log, law), FITS["repair"][log]["models"][law]
    assert float(like(point(like, theirs(wanted["at"]))).value) == pytest.approx(float(wanted["loglik_at"]), rel=1e-13)


@pytest.mark.parametrize(("log", "law"), REPAIR)
def test_repair_optimum_and_standard_errors(log, law):
    like, wanted = repair_problem(log, law), FITS["repair"][log]["models"][law]
    best = fit_table(like)
    assert best.value[0] == pytest.approx(float(wanted["loglik_optimum"]), abs=1e-9)
    found = values_of(like, best.z)
    close(found, theirs(wanted["optimum"]), 1e-6)
    variance = np.diag(np.linalg.inv(like.observed_information(best.z[0])))
    errors = {name: float(like.chart[name].slope(found[name]) * np.sqrt(variance[i]))
              for i, (_, name) in enumerate(like.free)}  # fmt: skip
    close(errors, theirs(wanted["se"]), 1e-4)


@pytest.mark.parametrize(("log", "law"), REPAIR)
def test_repair_profile_ends(log, law):
    """In the coordinates of `fit` for what it moves, in the reference's for the others."""
    wanted = theirs(FITS["repair"][log]["models"][law]["profile90"])
    for shared in ((), ("theta",)):
        like = repair_problem(log, law, shared=shared if law != "homogeneous" else ())
        best = fit_table(like)
        names = [name for _, name in like.free]
        ends = profile_ends(like, best, 0.9, list(range(len(names))))
        for i, name in enumerate(names):
            low, high = (float(like.chart[name].inverse(end)) for end in (ends.low[i], ends.high[i]))
            if name == "c":  # k = 1/c
                name, low, high = "k", 1 / high if high else np.inf, 1 / low if low else np.inf
            if name not in wanted:
                continue
            for found, want, open_end in zip((low, high), wanted[name], (0.0, None), strict=True):
                if want is None:
                    assert found in (open_end, np.inf, 1.0)
                else:
                    assert found == pytest.approx(want, rel=1e-4), name


@pytest.mark.parametrize("model", FITS["samples"])
def test_samples(model):
    wanted = FITS["samples"][model]
    n, right = evalperf()[model]
    table = plain_table([np.bincount(right, minlength=n + 1)], samples(n).labels)
    like = likelihood(samples(n), table, shared=("k", "theta"))
    assert float(like(point(like, wanted["at"])).value) == pytest.approx(float(wanted["loglik_at"]), rel=1e-12)
    best = fit_table(like)
    found = values_of(like, best.z)
    close(found, wanted["optimum"], 1e-6)
    variance = np.linalg.inv(like.observed_information(best.z[0]))
    places = {name: i for i, (_, name) in enumerate(like.free)}
    for name, error in wanted["se"].items():
        assert found[name] * np.sqrt(variance[places[name], places[name]]) == pytest.approx(error, rel=1e-4)
    correlation = variance[0, 1] / np.sqrt(variance[0, 0] * variance[1, 1])
    assert correlation == pytest.approx(wanted["correlation_log"], rel=1e-5)
    baseline = likelihood(beta_binomial(n), table)
    at = fit_table(baseline)
    assert at.value[0] == pytest.approx(wanted["beta_binomial"]["loglik"], abs=1e-8)
    close(values_of(baseline, at.z), {name: wanted["beta_binomial"][name] for name in "ab"}, 1e-5)


@pytest.mark.parametrize(("law", "free"), [("constant_resolution", ()), ("resolution_and_gap", ("gap",))])
def test_levels(law, free):
    wanted = FITS["levels"]["HumanEval"]
    table = leaderboard("humaneval")
    assert sorted(table.counts[:, 2]) == sorted(wanted["counts_plus"])
    like = likelihood(levels(2), table, shared=("r", *free), free=free)
    best = fit_table(like)
    wanted = wanted[law]
    assert best.value[0] == pytest.approx(wanted["profile_loglik"], abs=1e-8)
    found = values_of(like, best.z)
    close(found, wanted["optimum"], 1e-6)
    variance = np.diag(np.linalg.inv(like.observed_information(best.z[0])))
    for place, (run, name) in enumerate(like.free):
        if run < 0:
            error = like.chart[name].slope(found[name]) * np.sqrt(variance[place])
            assert error == pytest.approx(wanted["se"][name], rel=1e-4)


@pytest.mark.long
def test_levels_of_a_gamma_mass_fit_better_than_the_reference_found():
    """Its optimum holds the scale of the two weakest models at a bound: ours is a higher likelihood, and a root."""
    wanted = FITS["levels"]["HumanEval"]["resolution_and_gamma_shape"]
    like = likelihood(levels(2, "gamma"), leaderboard("humaneval"), shared=("r", "c"))
    best = fit_table(like)
    assert best.value[0] > wanted["profile_loglik"] + 2.2
    assert np.abs(best.score).max() < 1e-3 and not best.edge.any()


@pytest.mark.parametrize(("board", "law"), BOARDS)
def test_two_tries(board, law):
    gain = {
        "constant_share": "share",
        "constant_rate": "rate",
        "gamma_repair": "gamma",
        "saturating_gain": "saturating",
    }
    made, wanted = two_tries(gain[law]), FITS["two_tries"][board][law]
    shared = ("k", "s") if law == "gamma_repair" else made.shared
    like = likelihood(made, two_tries_board(board), shared=shared)
    best = fit_table(like)
    assert best.value[0] == pytest.approx(wanted["profile_loglik"], abs=1e-8)
    close(values_of(like, best.z), wanted["optimum"], 1e-6)


@pytest.mark.parametrize("name", FITS["nhpp"])
@pytest.mark.parametrize("law", ["goel_okumoto", "saturating_fluid"])
def test_failures(name, law):
    wanted = FITS["nhpp"][name][law]
    made, table = failure_set(name, saturating=law == "saturating_fluid")
    like = likelihood(made, table)
    at = {key: value for key, value in wanted.items() if key != "loglik"}
    assert float(like(point(like, at)).value) == pytest.approx(wanted["loglik"], rel=1e-12)
    best = fit_table(like)
    assert best.value[0] == pytest.approx(wanted["loglik"], abs=1e-8)
    if wanted.get("b", 0.0) > 1e10:  # the likelihood is flat in b: it is Goel and Okumoto's
        at.pop("b")
    close(values_of(like, best.z), at, 1e-6 if len(at) > 1 and "b" not in at and law == "goel_okumoto" else 1e-5)


def test_detectability():
    """The reference stopped short of its optimum: ours is higher, and the score there is 0."""
    wanted = FITS["detect"]
    law, table = first_failures()
    assert table.counts.sum() == wanted["programs"]
    like = likelihood(law, table, shared=("alpha", "beta", "c"))
    at = law.at(alpha=wanted["at"]["a"], beta=wanted["at"]["b"], k=wanted["at"]["k"], theta=wanted["at"]["theta"])
    assert float(like(point(like, at)).value) == pytest.approx(float(wanted["loglik_at"]), rel=1e-11)
    best = fit_table(like)
    assert 0 < best.value[0] - float(wanted["loglik_optimum"]) < 1e-3
    assert np.abs(best.score).max() < 1e-4
    found = values_of(like, best.z)
    theirs = {"alpha": wanted["optimum"]["a"], "beta": wanted["optimum"]["b"], "k": wanted["optimum"]["k"]}
    close({"alpha": found["alpha"], "beta": found["beta"], "k": 1 / found["c"]}, theirs, 0.02)


def test_goodness_of_fit_of_every_log():
    from deltamu.calibration.fitting import fit
    from deltamu.calibration.public import repair_logs

    logs = repair_logs()
    arguments = {"homogeneous": {"law": "repair_all", "spread": "none", "fix": {"d": 1.0}},
                 "decay_visible": {"law": "repair"}, "retry": {"law": "retry"}}  # fmt: skip
    for name, laws in FITS["goodness_of_fit"].items():
        log = logs[name.partition(" ")[2]]
        for law, wanted in laws.items():
            ds = fit(log, intervals=0, **arguments[law])
            # never less likely than the reference, and higher where its search ended before an edge
            assert -1e-6 < float(ds.log_likelihood) - wanted["loglik"] < 5e-4, (name, law)
            assert float(ds.deviance) == pytest.approx(wanted["deviance"], abs=1e-3), (name, law)
            assert float(ds.aic) == pytest.approx(wanted["aic"], abs=1e-3)


def test_designs_are_those_of_the_reference():
    """Standard errors of every design to the digits that the reference gives."""
    at = {"k": 0.752044755, "theta": 0.631087068, "r": 0.61275305, "lambda": 0.319364474, "d": 0.534990163}
    names = {
        "one attempt, hidden labels": "0 repairs",
        "2 independent samples, hidden labels": "2 samples",
        "5 independent samples, hidden labels": "5 samples",
        "5 independent samples, visible only": "5 samples, visible only",
        "half 9 repairs, half 5 samples": "9 repairs + 5 samples",
    }
    ds = dm.identifiability(at=at)
    for theirs, wanted in FITS["design"].items():
        one = ds.sel(design=names.get(theirs, theirs))
        assert int(one["rank"]) == wanted["rank"]
        assert float(one.programs_per_task) == pytest.approx(wanted["programs_per_task"], abs=0.006)
        for name, text in wanted["se_log_or_logit_at_1000_programs"].items():
            found = float(one.standard_error.sel(parameter=name))
            wanted_error = np.inf if text == "none" else pytest.approx(float(text), abs=0.0051, rel=2e-3)
            assert found == wanted_error, (theirs, name)
    with pytest.raises(dm.InputError, match="is not of the form"):
        dm.identifiability(at=at, design="many repairs")
    with pytest.raises(dm.InputError, match="no value of d"):
        dm.identifiability(at={name: value for name, value in at.items() if name != "d"})


def test_a_flat_direction_does_not_keep_a_search_from_the_optimum():
    """At b -> oo the saturating law is Goel and Okumoto's: nearly every start climbs to its optimum in few steps."""
    like = likelihood(*failure_set("SYS3", saturating=True))
    z, now = climb(objective_of(like), like.starts(), np.zeros(len(like.starts()), dtype=int), steps=100)
    assert (now.value > FITS["nhpp"]["SYS3"]["goel_okumoto"]["loglik"] - 1e-8).sum() >= len(z) - 2
