"""Closures: the variance of a move against quadrature, and the mean of the process against runs of it."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.closure import MU_VARIANCE, NOISE
from deltamu.simulation.ensemble import sample_moves

NAMES = ("expected_improvement", "sigma_Delta", "visible_spread", "variance_reduction", "gain", "gain_variance")
EXTENDED = dm.GATED.replace(*NOISE, name="extended")


@pytest.mark.parametrize("mu", [0.2, 3.0, 20.0])
@pytest.mark.parametrize("given", [{}, {"r": 0.2}, {"r": 1.0, "N": 0}, {"overreach": 3.0, "delta": 2.0}, {"r": 0.0}])
def test_the_variance_of_a_move_is_that_of_the_cut_normal_law(mu, given):
    """V normal, Delta given V normal too: the moments of Delta where V > 0, integrated over V."""
    at = {"mu": mu, "delta": 0.5, "r": 0.8} | given
    ds = dm.evaluate(list(NAMES), model=EXTENDED, **at)
    E, sigma, T, q, gain, variance = (float(ds[name]) for name in NAMES)
    r = max(at["r"], 1e-12)  # at r = 0 the limit counts
    spread, slope = math.sqrt(r) * sigma * T, (1 - q) / T**2
    rest = sigma**2 * ((1 - q) - r * ((1 - q) / T) ** 2)

    def moment(power):
        def density(v):
            mean = E + slope * (v - r * E)
            return (mean if power == 1 else mean**2 + rest) * norm.pdf(v, r * E, spread)

        return (
            quad(density, 0, r * E + 12 * spread, epsabs=0, epsrel=1e-12, limit=200)[0] if r * E > -12 * spread else 0
        )

    assert gain == pytest.approx(moment(1), rel=1e-9, abs=1e-5 * sigma)
    assert variance == pytest.approx(moment(2) - moment(1) ** 2, rel=1e-9, abs=1e-5 * sigma**2)


def test_the_variance_of_a_move_is_that_of_sampled_moves():
    for at in ({"mu": 6.0, "delta": 0.5}, {"mu": 0.8, "delta": 1.0, "r": 0.4}, {"mu": 2.0, "delta": 0.2, "N": 0}):
        moves = sample_moves(runs=200_000, seed=4, **at).realised_gain
        found = float(dm.evaluate("gain_variance", model=EXTENDED, **at).gain_variance)
        assert found == pytest.approx(float(moves.var()), rel=0.02), at  # the joint-normal step's own error included


CASES = [
    ({"policy": "vibe", "decay": 1.0, "delta0": 0.2}, 2.5),
    ({"policy": "vibe", "decay": 1.0, "delta0": 1.0}, 3.5),
    ({"policy": "vibe", "decay": 1.0, "delta0": 2.0}, 3.5),
    ({"policy": "vibe", "decay": 1.0, "delta0": 1.0, "r": 0.4}, 2),
    ({"policy": "planner", "delta0": 1.0}, 2),
    ({"policy": "trust-region", "overreach": 1.0}, 2),
    ({"policy": "trust-region"}, 1),
    ({"policy": "trust-region", "r": 0.4}, 1),
]


@pytest.mark.parametrize(
    ("given", "times"),
    [*CASES[::3], *(pytest.param(*case, marks=pytest.mark.long) for i, case in enumerate(CASES) if i % 3)],
    ids=str,
)
def test_the_mean_of_the_process_is_met_more_closely(given, times):
    given = {"model": "gated"} | given
    process = dm.ensemble(runs=20_000, seed=1, reduce="summary", quantiles=(), **given)
    expected, closed = dm.simulate(**given), dm.simulate(closure="variance", **given)
    far, near = (float(abs(run.mu_next - process.mu_next_mean).max()) for run in (expected, closed))
    error = 4 * float(np.sqrt(process.mu_next_variance.max() / 20_000))
    assert times * (near - error) < far
    if given["policy"] != "trust-region":  # where all runs have the same radius
        spread, want = closed.mu_variance_t[1:] ** 0.5, process.mu_next_variance[:-1] ** 0.5
        assert float(abs(spread.values - want.values).max()) < 0.03 * float(want.max()) + 0.015


def test_without_noise_it_is_the_run_of_expected_moves():
    given = {"model": "gated", "s0": 0.0, "mu0": [0.0, 3.0, 12.0], "policy": "vibe"}
    closed = dm.simulate(closure="variance", **given)
    np.testing.assert_allclose(closed.mu_next, dm.simulate(**given).mu_next, rtol=1e-12)
    assert float(closed.mu_variance_t.max()) < 1e-20  # rounding


@pytest.mark.parametrize("policy", list(dm.POLICIES))
def test_no_number_is_missing_at_the_ends_of_the_domain(policy):
    ends = {"r": [0.0, 1.0], "N": [0, 8], "mu0": [0.0, 40.0], "H": [0.0, 1.0], "overreach": [0.0, 3.0]}
    given = {"policy": policy, "model": "gated", "closure": "variance", "delta0": 2.0, "kappa1": 1.0, **ends}
    ds = dm.simulate(**given)
    for name in ds:
        assert ds[name].notnull().all(), name
    assert (ds.mu_variance_t >= 0).all() and (ds.mu_next >= 0).all()


@pytest.mark.long
def test_engines_agree():
    pytest.importorskip("numba", reason="the extra fast is not installed")
    given = {"policy": "vibe", "model": "gated", "closure": "variance", "delta0": [0.2, 2.0], "r": [0.4, 0.8]}
    fast, ds = dm.simulate(engine="numba", **given), dm.simulate(**given)
    for name in ("mu_next", "mu_variance_t", "acceptance"):
        np.testing.assert_allclose(fast[name], ds[name], rtol=1e-9, atol=1e-12)


def test_it_is_a_policy_and_a_model_and_takes_those_of_ones_own():
    blunt = dm.GATED.replace(dm.Formula(sym.K_eff, sym.K_prime), name="blunt")
    timid = dm.Policy("timid", {sym.delta: sym.delta0}, {sym.delta: sym.delta * sym.acceptance})
    policy, model = dm.variance_closure(timid, blunt)
    assert policy.state == (sym.delta, MU_VARIANCE) and model.name == "blunt"
    ds = dm.simulate(policy=timid, model=blunt, closure="variance", moves=20)
    assert ds.identical(dm.simulate(policy=policy, model=model, moves=20).assign_attrs(closure="variance"))
    sweep = dm.simulate(policy=["vibe", timid], model=["gated", blunt], closure="variance", moves=20)
    np.testing.assert_array_equal(sweep.mu_next.sel(policy="timid", model="blunt"), ds.mu_next)


def test_what_it_cannot_follow_is_refused():
    with pytest.raises(dm.InputError, match="model published has no stochastic move, and so no variance to follow"):
        dm.simulate(closure="variance")
    with pytest.raises(dm.InputError, match="unknown closure 'mean': allowed are variance"):
        dm.simulate(model="gated", closure="mean")
