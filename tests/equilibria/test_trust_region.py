"""The trust region as a map of radius and mass: regions, rest, cycles, bifurcations."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sympy import solve

import deltamu as dm
from deltamu import symbols as sym
from deltamu.equilibria import (
    BALANCED_ACCEPTANCE,
    RADIUS_DRIFT,
    boundaries,
    cycle_condition,
    expansion_moves,
    long_run,
    phase_portrait,
    regions,
    rest_points,
    rest_radius,
    slow_manifold,
)
from deltamu.presentation.plotting import plot_bifurcation, plot_floor_map, plot_phase_portrait

GATED = {"model": "gated", "overreach": 2.0, "delta_max": 2.0}


@pytest.mark.parametrize("r", [0.4, 0.8])
def test_regions_are_what_the_simulator_does(r):
    run = dm.simulate("principal-tr", r=r, moves=300, **GATED)
    settings = dm.PRESETS["principal-tr"]
    for i in range(0, 299, 7):
        region = str(regions(settings, mu=float(run.mu[i]), delta=float(run.delta_t[i]), r=r, **GATED).region.item())
        factor = {"expand": settings["alpha"], "hold": 1.0, "contract": settings["beta"]}[region]
        want = np.clip(float(run.delta_t[i]) * factor, 0.01, 2.0)
        assert float(run.delta_t[i + 1]) == pytest.approx(want, rel=1e-14)


def test_boundaries_are_where_the_acceptance_crosses_the_band():
    ds = boundaries(mu=np.geomspace(0.1, 40, 50), r=0.6, **GATED)
    for name, level in (("radius_hi", 0.4), ("radius_lo", 0.2)):
        radius = ds[name].isel(crossing=0)
        there = np.flatnonzero(np.isfinite(radius.values))
        assert there.size > 5
        mu, delta = (xr.DataArray(values[there], dims="point") for values in (ds.mu.values, radius.values))
        acceptance = dm.evaluate("acceptance", mu=mu, delta=delta, r=0.6, **GATED).acceptance
        np.testing.assert_allclose(acceptance, level, rtol=1e-12)


def test_the_acceptance_rises_from_zero_radius_exactly_under_the_known_condition():
    """c < i sqrt(N_eff) s² m / (sigma_r a2 (1 - kappa2 H)) with s = s0 (1 - kappa1 H)."""
    s = sym.s0 * (1 - sym.kappa1 * sym.H)
    bound = sym.selection_intensity * sym.N_eff**0.5 * s**2 * (sym.mu / (sym.mu + sym.b)) / (
        sym.sigma_r * sym.a2 * (1 - sym.kappa2 * sym.H)
    )  # fmt: skip
    limit = float(dm.evaluate(bound, model="gated", mu=2.0).expression)
    for share, rises in ((0.9, True), (1.1, False)):
        a = dm.evaluate("acceptance", model="gated", mu=2.0, delta=[1e-4, 2e-4], overreach=share * limit).acceptance
        assert (a[1] > a[0]) == rises


# --- published --------------------------------------------------------------------------------------------------------

published = st.fixed_dictionaries({
    "H": st.floats(0, 1), "rho": st.floats(0, 1), "gamma": st.floats(0, 0.9), "K": st.integers(1, 12),
    "N": st.integers(0, 8), "K_r": st.integers(0, 1), "mu0": st.floats(0, 40), "delta0": st.floats(0.01, 1.0),
    "alpha": st.floats(1.1, 2), "beta": st.floats(0.3, 0.9), "A_lo": st.floats(0.1, 0.3),
    "A_hi": st.floats(0.3, 0.499), "overreach": st.floats(0, 4), "sigma_r": st.floats(0, 2),
})  # fmt: skip


@given(published)
def test_the_published_trust_region_never_contracts_and_arrives_on_time(controls):
    run = dm.simulate(moves=60, **controls)
    radius = run.delta_t.values
    assert (np.diff(radius) >= 0).all()
    moves = float(expansion_moves(**controls))
    arrived = np.flatnonzero(radius >= 1.0)
    assert arrived[0] == moves


def test_hitting_times_where_the_power_is_exact_and_at_the_edges():
    assert expansion_moves(alpha=2, delta0=0.125).item() == 3
    assert expansion_moves(alpha=1.1, delta0=1.0 / 1.1**7).item() in (7, 8)  # rounding decides, as in a run
    assert expansion_moves(delta0=1.0) == 0
    assert expansion_moves(delta0=1.5) == 0
    assert np.isinf(expansion_moves(alpha=1))
    with pytest.raises(dm.InputError, match=r"A_hi = 0.5 is not below 1/2"):
        expansion_moves(A_hi=0.5)


# --- rest -------------------------------------------------------------------------------------------------------------


def test_interior_rest_radii_hold_the_radius():
    ds = rest_radius(mu=[0.5, 1.0, 2.0, 5.0], **GATED)
    inside = ds.where(ds.rest == "interior", drop=True)
    assert inside.sizes["mu"] >= 2
    for mu in inside.mu.values:
        one = inside.sel(mu=mu)
        assert one.comes_to_rest and one.unique
        found = long_run(mu=float(mu), delta0=[0.01, 0.1, 2.0], moves=60, **GATED)
        assert (found.period == 1).all()
        assert (found.delta_low >= float(one.hold_low) * (1 - 1e-12)).all()
        assert (found.delta_high <= float(one.hold_high) * (1 + 1e-12)).all()


def test_joint_rest_points_rest():
    for r, c in ((0.4, 2.0), (0.5, 1.0)):
        ds = rest_points(model="gated", r=r, overreach=c)
        assert ds.rest_inside
        for radius in np.geomspace(float(ds.radius_low), float(ds.radius_high), 5)[1:-1]:
            floor = float(dm.defect_floor(delta=radius, model="gated", r=r, overreach=c))
            run = dm.simulate(model="gated", r=r, overreach=c, mu0=floor, delta0=radius, moves=200)
            np.testing.assert_allclose(run.mu_next, floor, rtol=1e-11)
            assert (run.delta_t == radius).all()


def test_the_default_band_holds_for_middling_oracles_only():
    """At the floor the acceptance is Φ(x*): between A_lo and A_hi for r from about .26 to .60 at small radii."""
    low = dm.bifurcation(parameter="r", values=[0.1, 0.4, 0.9], delta_max=0.02, moves=50)
    events = {kind: value for value, kind in zip(low.event_value.values, low.event_kind.values, strict=True)}
    assert events["rest_inside begins"] == pytest.approx(0.26, abs=0.01)
    assert events["rest_inside ends"] == pytest.approx(0.60, abs=0.01)


def test_a_good_oracle_collapses_the_radius():
    ends = long_run(r=[0.4, 0.8], moves=4000, **GATED)
    assert ends.delta_low.sel(r=0.8) == 0.01
    assert ends.delta_low.sel(r=0.4) > 0.5
    assert (ends.period == 1).all()


def test_the_published_run_rests_at_the_largest_radius():
    ends = long_run(moves=1500, overreach=[0.0, 1.0])
    assert (ends.delta_low == 1).all()
    np.testing.assert_allclose(ends.mu_high, dm.defect_floor(delta=1.0, overreach=[0.0, 1.0]), rtol=1e-9)


@pytest.mark.parametrize("controls", [{"alpha": 1.0}, {"overreach": 0.0}, {"N": 0}, {"r": 0}, {"r": 1}, {"s0": 0},
                                      {"sigma_r": 0}, {"rho": 0, "H": 0}, {"a2": 0}, {"K": 1}])  # fmt: skip
@pytest.mark.parametrize("model", ["published", "gated"])
def test_degenerate_inputs_give_no_nan(controls, model):
    results = [
        rest_points(model=model, **controls), rest_radius(mu=[0.0, 1.0], model=model, **controls),
        boundaries(mu=[0.0, 1.0], model=model, **controls), long_run(model=model, moves=20, **controls),
        dm.reachable(model=model, moves=20, **controls),
    ]  # fmt: skip
    for ds in results:
        for name, array in ds.items():
            assert array.dtype.kind != "f" or array.notnull().all(), name


# --- cycles -----------------------------------------------------------------------------------------------------------


def cycling(alpha, beta, width, **more):
    """Long runs of the radius alone, from 200 starts, for a band of this width in ln delta at mu = 2."""
    given = GATED | {"overreach": 4.0, "delta_max": 50.0, "delta_min": 1e-4, "mu": 2.0, "alpha": alpha, "beta": beta}
    radii = _radius(0.3) * np.exp(np.array([0.5, -0.5]) * width)
    edges = dm.evaluate("acceptance", model="gated", overreach=4.0, mu=2.0, delta=radii).acceptance.values
    starts = np.geomspace(0.1, 2, 200)
    return long_run(A_lo=edges[0], A_hi=edges[1], delta0=starts, moves=400, **(given | more))


def _radius(acceptance):
    ds = boundaries(mu=2.0, A_hi=acceptance, A_lo=0.0, delta_max=50.0, delta_min=1e-4, model="gated", overreach=4.0)
    return float(ds.radius_hi[-1])


@pytest.mark.parametrize(("alpha", "beta"), [(2.0, 0.5), (1.5, 1.5**-2), (1.2**3, 1.2**-2)])
def test_narrow_bands_cycle_exactly_under_the_condition(alpha, beta):
    known = cycle_condition(alpha, beta)
    narrow = cycling(alpha, beta, 0.8 * known["widest"])
    assert set(np.unique(narrow.period)) == {1, known["period"]}
    cycle = narrow.where(narrow.period > 1, drop=True)
    swing = np.log(cycle.delta_high / cycle.delta_low)
    np.testing.assert_allclose(swing, known["swing"], rtol=1e-9)
    wide = cycling(alpha, beta, 1.02 * known["widest"])
    assert (wide.period == 1).all()


def test_the_default_factors_never_cycle():
    assert cycle_condition(1.3, 0.7)["period"] == 0
    assert (cycling(1.3, 0.7, 0.02).period == 1).all()


def test_a_bound_lets_any_factors_cycle():
    """Default factors, whose quotient is no fraction: delta_max -> 0.7 -> 0.91 -> delta_max, clipped."""
    given = {"model": "gated", "overreach": 4.0, "mu": 2.0}
    edges = dm.evaluate("acceptance", delta=np.exp([-0.05, -0.045]), **given).acceptance.values
    ends = long_run(A_hi=edges[0], A_lo=edges[1], delta_max=1.0, delta0=[0.3, 1.0], moves=400, **given)
    assert (ends.period == 3).all()
    np.testing.assert_allclose(ends.delta_low, 0.7, rtol=1e-12)
    assert (ends.delta_high == 1.0).all()


def test_the_slow_descent_follows_the_boundary_of_contraction():
    """Gated, r = .8: the radius rides high, then slides down the curve on which the acceptance is A_lo."""
    run = dm.simulate(moves=1500, **GATED)
    late = (run.delta_t.values < 0.6) & (run.delta_t.values > 0.011) & (run.mu.values < 1.0)
    mu, delta = run.mu.values[late], run.delta_t.values[late]
    assert mu.size > 100
    edge = boundaries(mu=xr.DataArray(mu, dims="point"), **GATED).radius_lo.values[:, 0]
    inside = np.isfinite(edge)
    assert inside.mean() > 0.9
    away = np.log(delta / edge)[inside]
    assert away.max() < 0.1
    assert away.min() > np.log(0.7) - 0.1


def test_cycles_shows_p_contractions_to_q_expansions():
    known = cycle_condition(8.0, 0.5)
    assert (known["p"], known["q"], known["period"]) == (3, 1, 4)
    assert known["widest"] == pytest.approx(math.log(2))
    for alpha, beta in ((1, 0.5), (2, 1)):
        with pytest.raises(dm.InputError, match="one direction only"):
            cycle_condition(alpha, beta)
    with pytest.raises(dm.InputError, match="alpha = 0.5 is outside"):
        cycle_condition(0.5, 0.5)


def test_the_balance_is_the_zero_of_the_drift():
    (balance,) = solve(RADIUS_DRIFT.expr, sym.acceptance)
    assert (balance - BALANCED_ACCEPTANCE.expr).equals(0)
    assert float(dm.evaluate(BALANCED_ACCEPTANCE).balanced_acceptance) == pytest.approx(0.576, abs=5e-4)
    fifth = dm.evaluate(BALANCED_ACCEPTANCE, alpha=1.5, beta=1.5**-0.25).balanced_acceptance
    assert float(fifth) == pytest.approx(0.2)
    other = dm.evaluate(BALANCED_ACCEPTANCE, alpha=0.5**-0.25, beta=0.5).balanced_acceptance
    assert float(other) == pytest.approx(0.8)


# --- the slow manifold ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overreach", "r", "A_lo", "A_hi"),
    [(1, 1, 0.1, 0.5), (1, 0.9, 0.1, 0.5), (2, 0.9, 0.1, 0.5), (0.5, 0.8, 0.2, 0.5), (0.5, 1, 0.2, 0.5)],
)
def test_a_run_stays_on_the_slow_manifold_while_its_mass_falls_slowly(overreach, r, A_lo, A_hi):
    """As long as what derivation D14 assumes holds, the radius is between the two, exactly."""
    at = {"model": "gated", "overreach": overreach, "r": r, "A_lo": A_lo, "A_hi": A_hi, "delta_max": 3}
    run = dm.simulate(mu0=30, moves=400, alpha=1.3, beta=0.7, **at)
    mu, delta = run.mu.values, run.delta_t.values
    tube, rest = slow_manifold(mu=mu, beta=0.7, **at), rest_radius(mu=mu, **at)
    high, low = tube.radius_high.values, tube.radius_low.values
    there = (delta >= low) & (delta <= high) & (run.acceptance.values <= A_hi)
    assumed = (rest.hold_low.values <= np.maximum(high / 1.3, 0.01)) | (high == 3)
    assumed[1:] &= (np.diff(mu) <= 0) & (high[1:] >= 0.7 * high[:-1])
    first = int(np.argmax(there))
    stop = first + int(np.argmin(np.append(assumed[first:], False)))
    assert (delta[first + 1 : stop] <= high[first : stop - 1] * (1 + 1e-12)).all()
    assert (delta[first:stop] >= low[first:stop] * (1 - 1e-12)).all()
    contracted = np.flatnonzero(np.diff(delta[:stop]) < 0)
    assert contracted.size >= 5
    assert contracted.size == pytest.approx(float(tube.contractions[contracted[0] : stop].sum()), abs=2)
    assert tube.contractions[first:stop].max() < 1


def test_the_slow_manifold_at_its_ends():
    published = slow_manifold(mu=[0.0, 1.0, 40.0], delta_max=2)
    assert (published.radius_high == 2).all()  # its acceptance is never below 1/2
    assert (published.contractions == 0).all()
    ds = slow_manifold(mu=[0.0, 0.01, 3.0], model=["published", "gated"], beta=[0.7, 1.0], s0=[0.0, 0.4], overreach=1)
    assert not any(ds[name].isnull().any() for name in ds)
    assert (ds.radius_low <= ds.radius_high).all()
    assert (ds.sel(model="gated", mu=0).radius_high == 0.01).all()  # nothing is accepted: as small as can be


# --- bifurcations and portraits ---------------------------------------------------------------------------------------


def test_single_outcomes_balance_and_drift_in_the_stochastic_process():
    """Feedback of each accept or reject without a hold band, at a mass so large that it stands still."""
    at = {"mu0": 1e9, "b": 1e9, "overreach": 1, "A_lo": 0.5, "A_hi": 0.5, "delta_min": 1e-6, "delta_max": 1e4}
    runs = dm.ensemble(model="gated", feedback="realised", window=1, runs=400, seed=3, moves=300, delta0=4, **at)
    late = runs.isel(move=slice(150, None))
    assert float(late.mu.min()) > 0.999e9
    balanced = float(dm.evaluate(BALANCED_ACCEPTANCE).balanced_acceptance)
    deviation = np.sqrt(balanced * (1 - balanced) / late.accepted.size)  # at most: they alternate
    assert float(late.accepted.mean()) == pytest.approx(balanced, abs=4 * deviation)
    drift = float(dm.evaluate(RADIUS_DRIFT, model="gated", mu=1e9, delta=4, b=1e9, overreach=1).radius_drift)
    steps = np.log(runs.delta_t.isel(move=1) / 4)
    assert float(steps.mean()) == pytest.approx(drift, abs=4 * float(steps.std()) / np.sqrt(400))


def test_events_separate_what_they_say():
    ds = dm.bifurcation(parameter="overreach", values=[0.0, 2.0, 4.0], r=0.62, K=12, moves=400)
    assert ds.sizes["event"] >= 2
    for value, kind in zip(ds.event_value.values, ds.event_kind.values, strict=True):
        name, _, verb = str(kind).partition(" ")
        if name.startswith("rest"):
            before, after = (bool(rest_points(model="gated", overreach=value + side, r=0.62, K=12)[name])
                             for side in (-1e-3, 1e-3))  # fmt: skip
            assert (before, after) == ((False, True) if verb == "begins" else (True, False))


def test_bifurcations_along_the_band_and_bad_input():
    ds = dm.bifurcation(parameter="band", values=[0.0, 0.1, 0.3], overreach=4.0, alpha=2.0, beta=0.5, moves=200)
    assert ds.sizes["band"] >= 3
    assert "period" in ds
    with pytest.raises(dm.InputError, match="unknown parameter 'overrech': did you mean overreach"):
        dm.bifurcation(parameter="overrech", values=[0, 1])
    for bad in ([1.0], [1.0, 0.0], 3.0, "abc", ["a", "b"]):
        with pytest.raises(dm.InputError, match=r"not at least two increasing numbers|allowed is a sequence"):
            dm.bifurcation(parameter="r", values=bad)


def test_portraits_and_their_plots():
    ds = phase_portrait(mu=np.geomspace(0.1, 40, 20), delta=np.geomspace(0.01, 2, 20), starts=[(12, 0.2), (2, 1)],
                        moves=50, **GATED)  # fmt: skip
    assert dict(ds.sizes) == {"mu": 20, "delta": 20, "crossing": 1, "orbit": 2, "move": 51}
    names = np.array(["expand", "hold", "contract"])
    np.testing.assert_array_equal(names[ds.region_index.values], ds.region.values)
    ax = plot_phase_portrait(ds, Figure().subplots())
    assert ax.get_xlabel() == "expected defect mass before\nthe move (defects)"
    floor = dm.defect_floor(H=[0.0, 0.5, 1.0], rho=[0.0, 0.5], delta=0.2)
    assert plot_floor_map(floor, Figure().subplots()).get_ylabel() == "human prior quality"
    events = dm.bifurcation(parameter="r", values=[0.1, 0.4, 0.9], moves=50)
    assert plot_bifurcation(events, Figure().subplots()).get_yscale() == "log"
