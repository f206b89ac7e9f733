"""Points of rest: residuals, verdicts against perturbed orbits, intervals that the clip makes."""

import numpy as np
import pytest
import xarray as xr
from test_floors import random_points

import deltamu as dm
from deltamu import symbols as sym
from deltamu.equilibria.field import SMOOTH, field
from deltamu.equilibria.sections import Section
from deltamu.equilibria.stability import multipliers


def strong_points(n, seed):
    """Random points, half of them with constants under which moves overshoot."""
    rng = np.random.default_rng(seed)
    strong = rng.integers(0, 2, n)
    a1 = np.where(strong, 10 ** rng.uniform(0, 2, n), 0.9)
    b = np.where(strong, 10 ** rng.uniform(-1, 0.6, n), 4.0)
    extra = {"a1": a1, "b": b, "a2": np.where(strong, rng.uniform(0, 3, n), 0.15)}
    return random_points(n, seed) | {name: xr.DataArray(values, dims="point") for name, values in extra.items()}


def verdicts(model, points):
    """Rest points that are there, and how orbits that are pushed aside move on the smooth branch."""
    ds = dm.fixed_points(model=model, **points)
    size = ds.sizes["point"]
    values = {**dm.Settings(), **{name: array.values.astype(float) for name, array in points.items()}}
    gain = Section(field(dm.MODELS[model]), (SMOOTH,), (sym.mu,), values)
    rows = []
    for k in range(ds.sizes["rest_point"]):
        rest = ds.isel(rest_point=k)
        there = np.flatnonzero((rest.mu.values > 1e-12) & np.isfinite(rest.mu.values))
        mu = rest.mu.values[there]
        for side in (-1, 1):
            distance = side * 1e-7 * mu
            at = mu + distance
            first = np.abs(distance)
            for _ in range(3):
                at = at - np.broadcast_to(gain(there, mu=at)[SMOOTH.name], at.shape)
            rows.append((rest.isel(point=there), np.abs(at - mu), first, mu))
    assert size
    return rows


def check(model, n, seed):
    seen = set()
    for rest, after, before, mu in verdicts(model, strong_points(n, seed)):
        noise = 20 * np.finfo(float).eps * mu
        rate = rest.rate.values
        clear = np.abs(rate**3 - 1) * before > noise
        assert ((after < before) == (rest.stability.values == "stable"))[clear].all()
        near = (rate < 30) & clear
        np.testing.assert_allclose((after / before)[near], rate[near] ** 3, rtol=0.02, atol=1e-5)
        seen |= set(rest.approach.values.tolist())
    return seen


@pytest.mark.parametrize("model", ["published", "gated"])
def test_verdicts_agree_with_perturbed_orbits(model):
    seen = check(model, 1000, 11)
    assert "monotone" in seen
    assert ("overshooting" if model == "published" else "oscillating") in seen


@pytest.mark.long
@pytest.mark.parametrize("model", ["published", "gated"])
def test_verdicts_agree_with_ten_thousand_perturbed_orbits(model):
    check(model, 10_000, 12)


@pytest.mark.parametrize("model", ["published", "gated"])
def test_residuals_and_no_nan(model):
    ds = dm.fixed_points(model=model, **strong_points(1000, 13))
    assert (abs(ds.residual) <= 1e-12 * ds.gain_scale).all()
    for name, array in ds.items():
        assert array.dtype.kind != "f" or array.notnull().all(), name
    known = ds.where(np.isfinite(ds.mu), drop=True)
    np.testing.assert_array_equal(np.abs(known.multiplier), known.rate)


def test_a_huge_number_of_candidates_makes_three_gated_rest_points():
    """The gated gain has one change of sign in the slider domain, not everywhere."""
    at = {"H": 0, "rho": 0, "r": 0.9999651259624555, "K": 1e6, "N": 39054.94653024545, "gamma": 0, "K_r": 0,
          "a2": 0.39113063872604875, "delta": 0.4192716201952457}  # fmt: skip
    ds = dm.fixed_points(model="gated", **at)
    assert ds.stability.values.tolist() == ["stable", "unstable", "stable"]
    values = {symbol: symbol.default for symbol in sym.PARAMETERS} | {getattr(sym, name): at[name] for name in at}
    signs = [
        dm.GATED.evalf("gain", values | {sym.mu: float(mu) * share}, 10) > 0 for mu in ds.mu for share in (0.99, 1.01)
    ]  # the density of the margin there is e^-14000: 0 in double precision
    assert signs == [False, True, True, False, False, True]
    assert float(dm.defect_floor(model="gated", **at)) == pytest.approx(float(ds.mu[2]), rel=1e-12)


def test_the_greatest_rest_point_is_the_floor():
    points = random_points(500, seed=14)
    ds = dm.fixed_points(**points)
    floor = dm.defect_floor(**points)
    np.testing.assert_allclose(ds.mu.isel(rest_point=-1), floor, rtol=1e-11)


def test_the_clip_makes_everything_below_the_published_floor_a_rest_point():
    ds = dm.fixed_points(delta=0.5).isel(rest_point=0)
    assert (float(ds.rest_low), float(ds.rest_high)) == (0.0, float(ds.mu))
    for share in (0.0, 0.3, 0.99):
        run = dm.simulate(policy="vibe", decay=1, delta0=0.5, mu0=share * float(ds.mu), moves=2)
        assert float(run.mu_next[-1]) == share * float(ds.mu)
    gated = dm.fixed_points(delta=0.5, model="gated").isel(rest_point=0)
    assert float(gated.rest_low) == float(gated.rest_high) == float(gated.mu)
    below = dm.simulate(policy="vibe", decay=1, delta0=0.5, mu0=float(gated.mu) / 2, moves=1, model="gated")
    assert float(below.mu_next[0]) > float(gated.mu) / 2


def test_overshooting_lands_below_the_floor_and_stays():
    strong = {"a1": 9.0, "b": 1.0, "delta": 0.5, "sigma_r": 0.1}
    ds = dm.fixed_points(**strong).isel(rest_point=0)
    assert ds.approach == "overshooting"
    run = dm.simulate(policy="vibe", decay=1, delta0=0.5, moves=60, a1=9.0, b=1.0, sigma_r=0.1)
    assert 0 <= float(run.mu_next[-1]) <= float(ds.mu)
    assert float(run.mu_next[-1]) == float(run.mu_next[-2])


def test_the_asymptotic_rate_is_that_of_long_runs():
    for model in ("published", "gated"):
        ds = dm.fixed_points(delta=1.0, model=model).isel(rest_point=0)
        run = dm.simulate(policy="vibe", decay=1, delta0=1.0, moves=1500, mu0=1.0, model=model)
        away = run.mu_next.values - float(ds.mu)
        late = np.flatnonzero(away > 1e-9)[-1]
        assert away[late] / away[late - 1] == pytest.approx(float(ds.multiplier), rel=1e-5)
        decade = np.log(0.1) / np.log(float(ds.rate))
        assert float(ds.moves_per_decade) == pytest.approx(decade, rel=1e-12)


def test_moves_to_within_five_percent():
    ds = dm.fixed_points(delta=1.0, epsilon=0.05).isel(rest_point=0)
    run = dm.simulate(policy="vibe", decay=1, delta0=1.0, moves=100)
    level = 1.05 * float(ds.mu)
    n = int(np.argmax(run.mu_next.values <= level)) + 1
    assert n - 1 <= float(ds.moves_within) <= n
    slow = dm.fixed_points(delta=0.01, model="gated").isel(rest_point=0)
    assert float(slow.moves_within) > 5000  # counted on by the asymptotic rate
    assert np.isinf(dm.fixed_points(delta=0.2, mu0=0.1).moves_within).all()


@pytest.mark.parametrize(
    ("controls", "model", "mu", "stability", "approach", "low"),
    [
        ({"rho": 0, "H": 0}, "published", np.inf, "none", "none", 0.0),
        ({"a2": 0, "a1": 0, "s0": 0}, "gated", np.inf, "none", "none", np.inf),
        ({"a2": 0}, "published", 0.0, "stable", "monotone", 0.0),
        ({"r": 1}, "gated", 0.0, "marginal", "slowing", 0.0),
        ({"s0": 0}, "gated", 0.7161572052401747, "stable", "monotone", 0.0),
        ({"N": 0, "sigma_r": 0}, "published", 0.7161572052401747, "stable", "monotone", 0.0),
    ],
)
def test_degenerate_inputs(controls, model, mu, stability, approach, low):
    ds = dm.fixed_points(delta=0.2, model=model, **controls).isel(rest_point=0)
    np.testing.assert_allclose(ds.mu, mu, rtol=1e-12)
    assert (ds.stability.item(), ds.approach.item()) == (stability, approach)
    np.testing.assert_allclose(ds.rest_low, low, rtol=1e-12)


def test_models_side_by_side_and_the_radius_of_the_settings():
    ds = dm.fixed_points(model=["published", "gated"], delta0=[0.1, 0.4])
    assert ds.mu.dims == ("model", "delta0", "rest_point")
    one = dm.fixed_points(model="gated", delta=0.4)
    assert float(ds.mu.sel(model="gated", delta0=0.4)[0]) == float(one.mu[0])
    np.testing.assert_allclose(multipliers(delta=[0.1, 0.4]), ds.multiplier.sel(model="published")[:, 0], rtol=1e-12)
    with pytest.raises(dm.InputError, match="epsilon = 0 is not a number > 0"):
        dm.fixed_points(epsilon=0)
