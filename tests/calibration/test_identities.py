"""What the laws have to be whatever the data: probabilities, each other's limits, and their own derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import deltamu as dm
from deltamu.calibration.compiled import FEW, compiled_law
from deltamu.calibration.laws.baselines import BASELINES, beta_binomial, first_pass_baseline
from deltamu.calibration.laws.detectability import detectability
from deltamu.calibration.laws.failures import failures
from deltamu.calibration.laws.levels import levels
from deltamu.calibration.laws.panel import panel
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.retry import retry
from deltamu.calibration.laws.reviewers import reviewers
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.laws.two_tries import GAINS, two_tries
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import posed
from deltamu.calibration.public import public_log
from deltamu.calibration.tables import plain_table

LAWS = [
    repair(3), repair(3, "none"), repair(3, "gamma", 1), retry(3), retry(3, "none"), samples(7), panel(3), levels(1),
    levels(2), levels(3, "gamma"), reviewers(3), reviewers(3, "free"), *(two_tries(gain) for gain in GAINS),
    *(first_pass_baseline(name, 3) for name in BASELINES), beta_binomial(6),
]  # fmt: skip
SEEN = [
    detectability(np.array([0, 5, 40]), np.array([1, 1, 0])), failures(times=np.array([1.0, 2.0, 5.0]))[0],
    failures(ends=np.array([1.0, 2.0, 5.0]), saturating=True)[0],
]  # fmt: skip
SIZES = {"repair": 16, "retry": 16, "samples": 8}


def names(law):
    return f"{law.name}-{len(law.parameters)}"


def drawn(law, shares):
    """Values of a law's parameters inside its domain, from uniform numbers."""
    found = {}
    for p, share in zip(law.parameters, shares, strict=False):
        inside = np.clip((share - 0.5) * 6, p.low, p.high)
        found[p.name] = np.array([float(p.inverse(inside))])
    return found


def cells(law, **values):
    return compiled_law(law)({name: np.atleast_1d(float(value)) for name, value in values.items()})[0][0]


shares = st.lists(st.floats(0.02, 0.98), min_size=12, max_size=12)


def stopped(law, p):
    """The partition of tasks that stop at a first pass: all passes, and those that stop at the last attempt."""
    return np.append(p.reshape(-1, 4)[:, :2].ravel(), p[-2:]) if law.labels[0] == "pass 0 right" else p


@pytest.mark.parametrize("law", LAWS, ids=names)
@given(shares=shares)
def test_cells_are_probabilities(law, shares):
    values = drawn(law, shares)
    if law.name == "two_tries" and "lambda" in values:  # a gain of more than there is leaves the domain
        values["lambda"] = np.minimum(values["lambda"], values["m"] + values["b"])
    p = stopped(law, compiled_law(law)(values)[0][0])
    assert p.min() >= -1e-13
    assert p.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("law", [*LAWS, *SEEN], ids=names)
@given(shares=shares)
def test_slopes_are_those_of_complex_steps(law, shares):
    values = {name: value.astype(complex) for name, value in drawn(law, shares).items()}
    if law.name.startswith("reviewers"):
        return  # the normal law's kernel is of real numbers: see the test below
    _, slopes = compiled_law(law)({name: value.real for name, value in values.items()})
    for j, name in enumerate(law.names):
        size = 1e-30 * (1 + abs(values[name].real))
        stepped = {**values, name: values[name] + 1j * size}
        found = compiled_law(law)(stepped)[0].imag / size
        assert np.abs(found - slopes[..., j]).max() <= 1e-12 * max(1.0, np.abs(slopes[..., j]).max())


@pytest.mark.parametrize("law", [reviewers(3), reviewers(3, "free")], ids=names)
def test_slopes_of_reviewers_are_those_of_differences(law):
    values = drawn(law, np.linspace(0.3, 0.7, 12))
    _, slopes = compiled_law(law)(values)
    for j, name in enumerate(law.names):
        up, down = (compiled_law(law)({**values, name: values[name] + step})[0] for step in (1e-5, -1e-5))
        np.testing.assert_allclose((up - down) / 2e-5, slopes[..., j], atol=1e-9)


@given(shares=shares)
def test_score_is_the_slope_of_the_likelihood(shares):
    table = plain_table([np.arange(1.0, 17.0)], repair(3).labels)
    for coordinates in ((), ("k", "theta", "r_hat")):
        like = likelihood(repair(3), table, shared=coordinates, free=("eps", "gap"))
        z = (np.array(shares[: len(like.free)]) - 0.5) * 3
        now, step = like(z), 1e-6
        for j in range(len(z)):
            sides = [float(like(z + sign * step * np.eye(len(z))[j]).value) for sign in (1, -1)]
            assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(now.score[j], rel=2e-5, abs=2e-4)


# --- limits of the laws ----------------------------------------------------------------------------------------------
@given(m=st.floats(0.05, 4), c=st.floats(0.05, 8), r=st.floats(0.05, 0.95), speed=st.floats(0.05, 3))
def test_repair_without_later_repairs_is_a_cure_model(m, c, r, speed):
    """With d = 0 what the first repair leaves, no other removes: after it the chance to pass is 0."""
    p = cells(repair(3), m=m, c=c, r=r, **{"lambda": speed}, d=0, eps=0, gap=0).reshape(-1, 4)
    assert p[1, :2].sum() > 0
    np.testing.assert_allclose(p[2:, :2], 0, atol=1e-15)


@given(m=st.floats(0.05, 4), c=st.floats(0.05, 8))
def test_retries_of_a_perfect_oracle_are_the_first_success_among_samples(m, c):
    p = cells(retry(3), m=m, c=c, r=1 - 1e-15, alive=1, eps=0, gap=0).reshape(-1, 4)
    never = cells(samples(4), m=m, c=c)[0]
    assert p[3, 3] == pytest.approx(never, abs=1e-8)
    np.testing.assert_allclose(p[:, 1], 0, atol=1e-12)


@given(m=st.floats(0.05, 6), r=st.floats(0.05, 0.95))
def test_one_mass_is_the_articles_oracle(m, r):
    """The homogeneous law's first attempt is the model's own pass and false-pass probability."""
    ds = dm.evaluate(["pass_probability", "false_pass_probability"], mu=m, r=r)
    p = cells(repair(0, "none"), m=m, r=r, **{"lambda": 0}, d=0, eps=0, gap=0)
    assert p[0] + p[1] == pytest.approx(float(ds.pass_probability), rel=1e-12)
    assert p[1] / (p[0] + p[1]) == pytest.approx(float(ds.false_pass_probability), rel=1e-9)


@given(m=st.floats(0.05, 4), r=st.floats(0.05, 0.95), speed=st.floats(0.05, 2), d=st.floats(0.05, 0.95))
def test_little_dispersion_is_none(m, r, speed, d):
    shared = {"m": m, "r": r, "lambda": speed, "d": d, "eps": 0.1, "gap": 0.05}
    for law in (repair, retry):
        given = {**shared, "alive": 0.5}
        known = {p.name: given[p.name] for p in law(3, "none").parameters}
        narrow = cells(law(3), **known, c=1e-9)
        np.testing.assert_allclose(narrow, cells(law(3, "none"), **known), atol=1e-8)


@given(m=st.floats(0.05, 4), c=st.floats(0.05, 8), r=st.floats(0.05, 0.95))
def test_one_of_everything_is_a_single_attempt(m, c, r):
    attempt = cells(repair(0), m=m, c=c, r=r, **{"lambda": 0}, d=0, eps=0, gap=0)
    right = np.exp(-m)
    assert attempt[0] == pytest.approx(right, rel=1e-12)
    assert cells(samples(1), m=m, c=c)[1] == pytest.approx(right, rel=1e-12)
    assert cells(levels(1, "gamma"), m=m, c=c, gap=0)[1] == pytest.approx(right, rel=1e-12)
    two = cells(levels(2, "gamma"), m=m, c=c, r=r, gap=0)
    np.testing.assert_allclose(two, [attempt[3], attempt[1], attempt[0]], atol=1e-12)
    np.testing.assert_allclose(cells(panel(1), m=m, c=c, r=r), two[::-1], atol=1e-12)


@given(m=st.floats(0.05, 3), c=st.floats(0.1, 8), n=st.integers(2, 12))
def test_samples_are_the_alternating_sum(m, c, n):
    """C(n, c) sum_j (-1)^j C(n - c, j) L(c + j), to many digits."""
    import mpmath as mp

    found = cells(samples(n), m=m, c=c)
    with mp.workdps(50):
        theta = mp.expm1(mp.mpf(c) * mp.mpf(m))

        def transform(u):
            return (1 + theta * u) ** (-1 / mp.mpf(c))

        for right in range(n + 1):
            total = sum((-1) ** j * mp.binomial(n - right, j) * transform(right + j) for j in range(n - right + 1))
            assert found[right] == pytest.approx(float(mp.binomial(n, right) * total), rel=1e-9, abs=1e-12)


@given(a=st.floats(-2, 2), share=st.floats(0.02, 0.95))
def test_uncorrelated_reviewers_are_independent_and_accuracy_is_the_threshold(a, share):
    from scipy.stats import norm

    p = cells(reviewers(2), a_1=a, a_2=0.3, gamma=share)
    assert p[0] + p[1] == pytest.approx(norm.cdf(a), abs=1e-9)
    alone = cells(reviewers(2), a_1=a, a_2=0.3, gamma=1e-12)
    assert alone[0] == pytest.approx(norm.cdf(a) * norm.cdf(0.3), abs=1e-6)


def test_a_law_of_ones_own_is_a_record():
    """A geometric law of the first pass, stated by a user, fitted like any other."""
    from deltamu.calibration.laws.law import Law
    from deltamu.calibration.parameters import Parameter
    from deltamu.model.formula import Formula, Model
    from deltamu.model.quantities import UNIT, quantity

    p = quantity("p", "p", meaning="chance of an attempt", domain=UNIT)
    symbols = [quantity(f"at_{t}", f"p_{t}", meaning=f"first pass at {t}", domain=UNIT) for t in range(3)]
    lines = [Formula(symbols[0], p), Formula(symbols[1], p * (1 - p)), Formula(symbols[2], (1 - p) ** 2)]
    law = Law("geometric", "geometric", (Parameter(p, "logit"),), Model("geometric", lines), tuple(symbols),
              ("0", "1", "later"), lambda counts: [{"p": 0.5}])  # fmt: skip
    ds = dm.fit(plain_table([[50, 25, 25]], law.labels), law)
    assert float(ds.estimate[0, 0]) == pytest.approx(0.5, abs=1e-6)
    assert dm.profile(ds, "p", law=law, points=5).likelihood_ratio[2] == pytest.approx(0, abs=1e-6)
    with pytest.raises(dm.InputError, match="give it as law="):
        dm.profile(ds, "p")


@pytest.mark.parametrize("law", [repair, retry])
@given(k=st.floats(0.3, 4), theta=st.floats(0.05, 2), r=st.floats(0.1, 0.95))
def test_a_gamma_mass_is_the_mean_over_laws_of_one_mass(law, k, theta, r):
    """By Gauss and Laguerre's rule, which knows nothing of the transform."""
    from scipy.special import roots_genlaguerre

    others = {"lambda": 0.4, "d": 0.6, "alive": 0.5, "eps": 0.1, "gap": 0.05}
    nodes, weights = roots_genlaguerre(80, k - 1)
    one = law(3, "none")
    values = {p.name: np.full(80, {**others, "r": r}.get(p.name, 0.0)) for p in one.parameters}
    each, _ = compiled_law(one)({**values, "m": theta * nodes})
    mixed = law(3)
    known = {p.name: others.get(p.name, r) for p in mixed.parameters if p.name not in ("m", "c")}
    found = cells(mixed, **{**known, "m": k * np.log1p(theta), "c": 1 / k})
    np.testing.assert_allclose(found, weights @ each / weights.sum(), atol=1e-9)


def test_mutants_of_the_laws_formulas_are_caught(monkeypatch):
    """Small mistakes in a formula of the law of repairs change its cells: the mean above would not hold."""
    import random
    from dataclasses import replace

    import mutants
    from sympy.codegen.cfunctions import expm1, log1p

    monkeypatch.setitem(mutants.LIKE, log1p, expm1)
    monkeypatch.setitem(mutants.LIKE, expm1, log1p)
    law = repair(2)
    at = {name: np.array([value]) for name, value in law.at(
        k=0.8, theta=1.1, r=0.6, d=0.5, eps=0.1, gap=0.07, **{"lambda": 0.4}).items()}  # fmt: skip
    right = compiled_law(law)(at)[0]
    survivors = []
    for formula in random.Random(1).sample(list(law.model), 14):
        some = list(mutants.mutants(formula))
        for what, mutant in random.Random(formula.name).sample(some, min(2, len(some))):
            changed = compiled_law(replace(law, model=law.model.replace(mutant)))(at)[0]
            if mutant.expr != formula.expr and np.allclose(changed, right, rtol=1e-9, atol=0):
                survivors.append((formula.name, what))
    assert not survivors


# --- fast paths give what the plain ones give ------------------------------------------------------------------------
@pytest.mark.parametrize("law", [law for law in LAWS if not (law.nodes or law.covariates)], ids=names)
def test_few_points_have_the_bits_of_many(law):
    """Few points go through floats, many through arrays."""
    generator, number = np.random.default_rng(5), 3 * FEW
    values = {p.name: p.inverse(generator.normal(size=number)) for p in law.parameters}
    many = compiled_law(law)(values)
    for start in range(0, number, 7):
        few = compiled_law(law)({name: value[start : start + 7] for name, value in values.items()})
        for one, other in zip(few, many, strict=True):
            np.testing.assert_array_equal(one, other[start : start + 7])


def test_floats_divide_by_zero_as_arrays_do():
    law = repair(1)
    values = {p.name: np.array([0.0 if p.name == "c" else 0.5]) for p in law.parameters}
    few, many = compiled_law(law)(values), compiled_law(law)({n: np.repeat(v, 2 * FEW) for n, v in values.items()})
    np.testing.assert_array_equal(few[0][0], many[0][0])


@pytest.mark.parametrize("share", [(), ("r",), ("c", "r"), ("m", "c", "r", "lambda", "d")])
def test_information_of_runs_that_share_parameters_is_the_slope_of_their_score(share):
    rows = public_log("ldb")
    like = posed(rows[rows.run.str.startswith("mbpp/")], share=share).like
    z = fit_table(like).z[0] + 0.1
    found = like.observed_information(z)
    each = 1e-6 * np.eye(len(z))
    plain = np.array([(like(z - one).score - like(z + one).score) / 2e-6 for one in each])
    np.testing.assert_allclose(found, plain, atol=2e-6 * np.abs(plain).max())
