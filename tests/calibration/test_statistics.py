"""What the estimator does on simulated logs: coverage of its intervals, calibration against a prior, power."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chisquare

import deltamu as dm
from deltamu.calibration.bootstrap import drawn_counts
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.intervals import profile_many
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.retry import retry
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import climb, fit_table, objective_of
from deltamu.calibration.tables import first_passes, plain_table

SETS = 400
DECAY = {"k": 0.75, "theta": 0.63, "r": 0.61, "lambda": 0.32, "d": 0.53}
ALARMS = {"k": 0.27, "theta": 2.7, "r": 0.52, "lambda": 1.18, "d": 0.15, "eps": 0.21}
RETRY = {"k": 0.67, "theta": 0.74, "r": 0.62, "alive": 0.43}
MBPP = {"k": 0.752, "theta": 0.631, "r": 0.613, "lambda": 0.319, "d": 0.535}


def first_pass_problem(law, tasks, truth, visible="known"):
    """The likelihood of a log of first passes, and the truth as a point of it."""
    last = len(law.labels) // 4 - 1
    nothing = [[0.0] * (last + 1)]
    table = first_passes(nothing, nothing, [0], [tasks], last_visible=visible)
    like = likelihood(law, table, free=["eps"] if "eps" in truth else [])
    return like, point(like, truth)


def point(like, truth):
    values = like.law.at(**truth)
    return np.array([float(like.chart[name].forward(values[name])) for _, name in like.free])


def fitted(like, z, sets, seed=1):
    counts = drawn_counts(like, z, seed, 0, sets)
    return counts, fit_table(like, counts, np.concatenate([z[None], like.starts()[::4]]))


def coverage(like, z, sets=SETS, seed=1):
    """Shares of data sets whose 90 % intervals hold the truth, by the ratio that they are the inverse of."""
    counts, best = fitted(like, z, sets, seed)
    objective, rows = objective_of(like, counts), np.arange(sets)
    found = []
    for place in range(len(z)):
        at, fixed = best.z.copy(), np.zeros(best.z.shape, dtype=bool)
        at[:, place], fixed[:, place] = z[place], True
        _, held = climb(objective, at, rows, fixed=fixed)
        found.append(np.mean(2 * (best.value - held.value) <= chi2.ppf(0.9, 1)))
    return np.array(found), counts, best


PROBLEMS = {
    "decay, 500 tasks": lambda: first_pass_problem(repair(9), 500, DECAY),
    "decay, 5000 tasks": lambda: first_pass_problem(repair(9), 5000, DECAY),
    "decay with false alarms, last unknown": lambda: first_pass_problem(repair(4), 400, ALARMS, "unknown"),
    "retry, 500 tasks": lambda: first_pass_problem(retry(9), 500, RETRY),
}


def samples_problem():
    like = likelihood(samples(20), plain_table([[118.0, *[0.0] * 20]], samples(20).labels))
    return like, point(like, {"k": 0.25, "theta": 3.0})


@pytest.mark.long
@pytest.mark.parametrize("name", [*PROBLEMS, "samples, 118 tasks of 20"])
def test_intervals_cover(name):
    like, z = samples_problem() if name.startswith("samples") else PROBLEMS[name]()
    found, _, best = coverage(like, z)
    print(name, dict(zip([name for _, name in like.free], found.round(3), strict=True)))
    assert (found >= 0.86).all() and (found <= 0.94).all(), found
    if "5000" in name:
        assert np.abs(np.median(best.z - z, axis=0)).max() < 0.03


def test_intervals_cover_in_a_few_data_sets():
    """The quick relative of the test above: 60 data sets, bounds of four standard deviations of a binomial share."""
    like, z = PROBLEMS["decay, 500 tasks"]()
    found, counts, best = coverage(like, z, sets=60)
    assert (np.abs(found - 0.9) < 4 * np.sqrt(0.09 / 60)).all(), found
    low, high = profile_many(like, best, 0.9, [0, 2], counts)
    inside = (low <= z[[0, 2]]) & (z[[0, 2]] <= high)
    np.testing.assert_allclose(inside.mean(axis=0), found[[0, 2]], atol=1e-9)  # ends and ratio say the same


@pytest.mark.long
def test_ranks_of_prior_draws_are_uniform():
    """300 truths from a prior, each with a log: its rank among draws of its own posterior, by importance."""
    draws, cases = 99, 300
    prior_mean = np.log([0.45, 1.3]), np.array([0.5])
    mean = np.array([*prior_mean[0], *prior_mean[1], np.log(0.3), 0.1])
    sd = np.array([0.3, 0.4, 0.3, 0.3, 0.3])
    law = repair(9)
    generator = np.random.default_rng(11)
    like, _ = first_pass_problem(law, 500, DECAY)
    prior = {name: (m, s) for (_, name), m, s in zip(like.free, mean, sd, strict=True)}
    like = likelihood(law, like.table, prior=prior)
    ranks = np.empty((cases, 5))
    for i in range(cases):
        truth = mean + sd * generator.standard_normal(5)
        counts = drawn_counts(like, truth, 1000 + i, 0, 1)
        best = fit_table(like, counts, np.stack([truth, mean]))
        root = np.linalg.cholesky(np.linalg.inv(best.information[0]) * 1.2)
        normal = generator.standard_normal((4000, 5))
        tried = best.z[0] + normal @ root.T
        weight = like(tried, counts[0]).value + (normal**2).sum(axis=1) / 2
        share = np.exp(weight - weight.max())
        chosen = tried[generator.choice(len(tried), size=draws, p=share / share.sum())]
        ranks[i] = (chosen < truth).sum(axis=0)
    for j in range(5):
        seen, _ = np.histogram(ranks[:, j], bins=10, range=(0, draws + 1))
        assert chisquare(seen).pvalue > 0.001, (j, seen)


def homogeneity(truth_law, truth, sets):
    """Likelihood ratio of a gamma mass against one mass, in logs that a law made."""
    narrow, z = first_pass_problem(truth_law, 500, truth)
    counts = drawn_counts(narrow, z, 2, 0, sets)
    wide = likelihood(repair(9), narrow.table)
    one = likelihood(repair(9, "none"), narrow.table)
    return 2 * (fit_table(wide, counts).value - fit_table(one, counts).value)


@pytest.mark.long
def test_power_against_one_mass():
    """Logs of the MBPP fit: one mass with constant controls is rejected in 95 % of them at least."""
    like, z = first_pass_problem(repair(9), 500, MBPP)
    counts = drawn_counts(like, z, 3, 0, 200)
    one = likelihood(repair(9, "none", 1), like.table, fix={"d": 1.0})
    ratio = 2 * (fit_table(like, counts).value - fit_table(one, counts).value)
    assert np.mean(ratio > chi2.ppf(0.95, 2)) >= 0.95


@pytest.mark.long
def test_one_mass_is_kept_where_it_is_true():
    """At the boundary the ratio is 0 in half of the logs and chi-squared in the other."""
    ratio = homogeneity(repair(9, "none"), {"m": 0.38, "r": 0.63, "lambda": 0.3, "d": 0.5}, 400)
    kept = np.mean(ratio <= chi2.ppf(0.9, 1))  # the 95 % point of the mixture
    print("kept", kept)
    assert 0.92 <= kept <= 0.98


def test_a_mass_that_differs_is_found():
    ratio = homogeneity(repair(9), {**MBPP, "k": 0.15, "theta": 4.0, "lambda": 0.6}, 20)
    assert np.mean(ratio > chi2.ppf(0.9, 1)) > 0.9


@pytest.mark.long
def test_nine_of_ten_predictions_hold_the_number_of_right_programs():
    law, inside, sets = repair(4), 0, 120
    masses = {"first": 0.9, "second": 0.5, "new": 0.7}
    shared = {"c": 1.0, "r": 0.6, "lambda": 0.4, "d": 0.6, "eps": 0.0, "gap": 0.0}
    values = {name: np.full(3, value) for name, value in shared.items()} | {"m": np.array([*masses.values()])}
    p, _ = compiled_law(law)(values)
    ends = [label.split() for label in law.labels]
    generator = np.random.default_rng(3)
    for _ in range(sets):
        rows = [(run, "", int(t), +(what == "pass"), +(hidden == "right"), count)
                for run, shares in zip(masses, p.reshape(3, -1), strict=True)
                for (what, t, hidden), count in zip(ends, drawn_ends(generator, shares, 500), strict=True)
                if count]  # fmt: skip
        log = pd.DataFrame(rows, columns=["run", "task", "attempt", "visible", "hidden", "count"])
        new = log[log.run == "new"]
        before = dm.fit(log[log.run != "new"], share=("c", "r"), intervals=0)
        ahead = dm.predict(before, new.assign(hidden=""))
        right = new[(new.visible == 1) & (new.hidden == 1)]["count"].sum()
        inside += bool(ahead.right_lower <= right <= ahead.right_upper)
    assert 0.82 <= inside / sets <= 0.97


def drawn_ends(generator, shares, tasks):
    """How many tasks end in each way, of those that a loop of so many attempts can end in."""
    shares = np.maximum(shares, 0.0).copy()
    stops = np.arange(len(shares)) % 4 >= 2
    shares[:-4][stops[:-4]] = 0.0  # a task stops without a pass at the last attempt only
    return generator.multinomial(tasks, shares / shares.sum())
