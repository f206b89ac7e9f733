"""Floors: reference values, the two solvers, degenerate inputs, what is reachable, the fluid limit."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from sympy import Piecewise

import deltamu as dm
from deltamu import symbols as sym
from deltamu.equilibria import floor_condition, fluid, fluid_moves, zeros
from deltamu.equilibria.field import clipped_below, field, smooth_gain
from deltamu.equilibria.floors import closed_form
from deltamu.equilibria.reachable import LIMITS
from deltamu.equilibria.roots import bracketed, narrowed, sign_changes

CASES = json.loads((Path(__file__).parents[1] / "reference" / "cases.json").read_text())["floors"]
DAMPED = dm.PUBLISHED.replace(
    dm.Formula(sym.mu_Delta, sym.a1 * sym.rho_eff * sym.delta * sym.mu / (sym.mu + 2 * sym.b) - sym.a2 * sym.delta),
    name="damped",
)
RANGES = {
    "H": (0, 1), "rho": (0, 1), "r": (0, 1), "gamma": (0, 0.9), "overreach": (0, 4), "K": (1, 12), "N": (0, 8),
    "K_r": (0, 1), "delta": (0.01, 2),
}  # fmt: skip


def random_points(n, seed=1):
    rng = np.random.default_rng(seed)
    whole = ("K", "N", "K_r")
    drawn = {
        name: rng.integers(low, high + 1, n) if name in whole else rng.uniform(low, high, n)
        for name, (low, high) in RANGES.items()
    }
    return {name: xr.DataArray(values, dims="point") for name, values in drawn.items()}


def residuals(floor, model, points):
    """The smooth gain at finite floors over the size of the terms in it."""
    at = np.flatnonzero(np.isfinite(floor.values) & (floor.values > 0))
    few = {name: values[at] for name, values in points.items()}
    extended = field(dm.MODELS[model] if isinstance(model, str) else model)
    ds = dm.evaluate(["smooth_gain", "gain_scale"], model=extended, mu=floor[at].drop_attrs(), **few)
    return abs(ds.smooth_gain / ds.gain_scale).values


@pytest.mark.parametrize("solver", ["auto", "bracketing"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["params"]))
def test_reference_values(case, solver):
    floor = dm.defect_floor(delta=case["delta"], solver=solver, **case["params"])
    want = np.inf if case["floor"] is None else case["floor"]
    np.testing.assert_allclose(floor, want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("model", ["published", "gated", DAMPED], ids=str)
def test_every_floor_is_a_root_of_the_smooth_gain(model):
    points = random_points(20_000 if model == "published" else 3000)
    floor = dm.defect_floor(model=model, **points)
    assert (floor >= 0).all()
    assert residuals(floor, model, points).max() < 1e-12


def test_the_closed_root_and_the_bracketing_solver_agree():
    points = random_points(20_000, seed=2)
    closed = dm.defect_floor(**points).values
    bracketing = dm.defect_floor(solver="bracketing", **points).values
    np.testing.assert_array_equal(np.isinf(closed), np.isinf(bracketing))
    finite = np.isfinite(closed) & (closed < 100)  # towards infinity the root is ill-conditioned
    np.testing.assert_allclose(closed[finite], bracketing[finite], rtol=1e-12)


@given(
    st.fixed_dictionaries({
        "H": st.floats(0, 1), "rho": st.floats(0, 1), "r": st.floats(0, 1), "gamma": st.floats(0, 1),
        "K": st.floats(1, 50), "N": st.floats(0, 50), "K_r": st.floats(0, 2), "overreach": st.floats(0, 10),
        "a1": st.sampled_from([0.0, 0.1, 0.9, 50.0]), "a2": st.sampled_from([0.0, 1e-9, 0.15, 3.0]),
        "s0": st.sampled_from([0.0, 0.4]), "sigma_r": st.sampled_from([0.0, 1e-6, 0.35]), "tau": st.floats(0, 1),
        "kappa1": st.floats(0, 1), "kappa2": st.floats(0, 1), "b": st.sampled_from([1e-3, 4.0, 1e4]),
        "delta": st.floats(1e-6, 1e3),
    }),
    st.sampled_from(["published", "gated"]),
)  # fmt: skip
def test_no_point_of_the_domain_gives_nan_or_a_warning(controls, model):
    """And where there is a floor, the gain is positive just above it and nowhere so just below it."""
    floor = float(dm.defect_floor(model=model, **controls))
    assert floor >= 0
    if 1e-60 < floor < 1e12 * controls["b"]:
        gain = dm.evaluate("gain", model=model, mu=[floor * (1 - 1e-4), floor * (1 + 1e-4)], **controls).gain
        tiny = np.finfo(float).tiny  # below it products have lost their digits
        assert gain[1] >= -tiny
        assert gain[0] <= tiny


@pytest.mark.parametrize("solver", ["auto", "bracketing"])
@pytest.mark.parametrize(
    ("controls", "published", "gated"),
    [
        ({"rho": 0, "H": 0}, np.inf, 0.15446692375997442),
        ({"a1": 0}, np.inf, 0.1850572281007879),
        ({"a2": 0}, 0, 0),
        ({"a2": 0, "a1": 0, "s0": 0}, np.inf, np.inf),
        ({"sigma_r": 0}, 0.2546991990481471, 0.11137919254064177),
        ({"s0": 0}, 0.7161572052401747, 0.7161572052401747),
        ({"sigma_r": 0, "s0": 0}, 0.7161572052401747, 0.7161572052401747),
        ({"N": 0}, 0.7161572052401747, 0.1252105733884941),
        ({"N": 0, "sigma_r": 0}, 0.7161572052401747, 0.1252105733884941),
        ({"K": 1, "N": 0}, 0.7161572052401747, 0.1252105733884941),
        ({"r": 1}, 0.6438977397124253, 0),
        ({"r": 0}, 0.6438977397124253, 0.6253462673872457),
        ({"H": 1, "kappa2": 1}, 0, 0),
    ],
)
def test_degenerate_inputs(controls, published, gated, solver):
    for model, want in (("published", published), ("gated", gated)):
        np.testing.assert_allclose(dm.defect_floor(delta=0.2, model=model, solver=solver, **controls), want, rtol=1e-12)


def test_without_selection_the_floor_is_that_of_a_line():
    """z = 0 or N = 0: mu* = bB/(P - B)."""
    P, B = 0.9 * 0.9, 0.15 * (1 - 0.3 * 0.6) * (1 + 2 * 0.3)
    np.testing.assert_allclose(dm.defect_floor(delta=0.3, N=0, overreach=2), 4 * B / (P - B), rtol=1e-14)


def test_a_negative_intensity_takes_the_greater_root():
    """1 < K_eff < 2: the cubic has two positive roots, and the floor is higher than without selection."""
    at = {"K": 1.5, "K_r": 0, "H": 0, "N": 8, "gamma": 0.0}
    assert dm.evaluate("selection_intensity", **at).selection_intensity < 0
    with_selection = float(dm.defect_floor(delta=1.0, **at))
    assert with_selection > float(dm.defect_floor(delta=1.0, **(at | {"N": 0})))
    assert dm.evaluate("gain", mu=with_selection * 1.001, delta=1.0, **at).gain > 0


def test_the_exact_condition_for_no_floor():
    points = random_points(2000, seed=3) | {"H": xr.DataArray(np.linspace(0, 0.1, 2000), dims="point"), "rho": 0.0}
    floor = dm.defect_floor(**points)
    margin = dm.evaluate(floor_condition("published").lhs, **points).expression
    assert 0.05 < np.isinf(floor).mean() < 0.95
    np.testing.assert_array_equal(np.isinf(floor), margin <= 0)


def test_the_gated_floor_at_a_nearly_perfect_oracle_survives_underflow():
    """x* is about -1/sqrt(1 - r): the density there is 0 in double precision, its ratio to the gain is not."""
    floors = dm.defect_floor(delta=0.2, model="gated", r=[1 - 1e-4, 1 - 1e-6, 1 - 1e-8, 1.0]).values
    assert floors[3] == 0
    np.testing.assert_allclose(floors[:2] / floors[1:3], 100, rtol=1e-3)


def test_dimensions_models_and_attributes():
    floor = dm.defect_floor("principal-tr", delta=[0.1, 0.5], N=[0, 4, 8], model=["published", "gated"])
    assert floor.dims[0] == "model"
    assert dict(floor.sizes) == {"model": 2, "delta": 2, "N": 3}
    assert floor.name == "defect_floor"
    assert floor.attrs["units"] == "defects"
    one = float(dm.defect_floor("principal-tr", delta=0.5, N=4, model="gated"))
    assert float(floor.sel(model="gated", delta=0.5, N=4)) == one
    with pytest.raises(dm.InputError, match=r"delta = 0 is outside \(0, inf\)"):
        dm.defect_floor(delta=0)
    with pytest.raises(dm.InputError, match="solver = 'newton' is not one of auto, bracketing"):
        dm.defect_floor(delta=1, solver="newton")
    with pytest.raises(dm.InputError, match="unknown control 'mu'"):
        dm.defect_floor(delta=1, mu=3)


@pytest.mark.parametrize("model", ["published", "gated"])
def test_halving_finds_what_a_scan_of_all_nodes_finds(model, monkeypatch):
    """Bit for bit, over far more than the sliders' box."""
    rng = np.random.default_rng(4)
    drawn = random_points(5000, seed=4) | {
        name: xr.DataArray(np.exp(rng.uniform(np.log(low), np.log(high), 5000)), dims="point")
        for name, (low, high) in {"a2": (1e-9, 10), "s0": (1e-4, 10), "sigma_r": (1e-6, 10), "b": (1e-3, 1e4)}.items()
    }
    halved = dm.defect_floor(model=model, solver="bracketing", **drawn)
    assert 0.05 < np.isfinite(halved).mean() < 1
    monkeypatch.setattr(zeros, "changes_once", lambda _, __, size: np.zeros(size, dtype=bool))
    np.testing.assert_array_equal(halved, dm.defect_floor(model=model, solver="bracketing", **drawn))


def test_many_candidates_are_scanned_for_more_than_one_root():
    """The counterexample of derivation D12: of three roots the greatest is the floor."""
    at = {"K": 1e6, "N": 39055, "r": 0.999965, "a2": 0.391, "delta": 0.419, "H": 0, "rho": 0, "gamma": 0, "K_r": 0}
    points = dm.fixed_points(model="gated", **at)
    assert points.sizes["rest_point"] == 3
    assert float(dm.defect_floor(model="gated", **at)) == float(points.mu[-1])


def test_a_gated_floor_takes_few_evaluations_of_the_gain(monkeypatch):
    calls, plain = [], zeros.rises

    def counting(*args):
        curve = plain(*args)
        return lambda index=None, **at: calls.append(at["mu"].size) or curve(index, **at)

    monkeypatch.setattr(zeros, "rises", counting)
    dm.defect_floor(model="gated", **random_points(10_000))
    assert sum(calls) / 10_000 < 17


def test_a_users_formula_moves_the_floor():
    assert closed_form(DAMPED) is None or float(dm.defect_floor(delta=0.2, model=DAMPED)) != float(
        dm.defect_floor(delta=0.2)
    )
    doubled = dm.PUBLISHED.replace(dm.Formula(sym.sigma_Delta, 2 * dm.PUBLISHED["sigma_Delta"].printed), name="wide")
    assert closed_form(doubled) is not None
    closed, bracketing = (float(dm.defect_floor(delta=0.2, model=doubled, solver=s)) for s in ("auto", "bracketing"))
    assert closed == pytest.approx(bracketing, rel=1e-13)
    assert closed == pytest.approx(float(dm.defect_floor(delta=0.2, s0=0.8)), rel=1e-13)


def test_a_model_with_two_regimes_is_not_taken_for_one():
    """Collateral damage that ends above a mass: there are two floors' worth of roots, and the greatest counts."""
    halved = dm.PUBLISHED["mu_Delta"].printed - Piecewise((0, sym.mu < 5), (0.2 * sym.delta, True))
    model = dm.PUBLISHED.replace(dm.Formula(sym.mu_Delta, halved), name="regimes")
    assert closed_form(model) is None
    floor = float(dm.defect_floor(delta=0.2, model=model, a1=0.5))
    assert dm.evaluate("gain", model=model, mu=floor * 1.001, delta=0.2, a1=0.5).gain > 0
    assert dm.evaluate("gain", model=model, mu=5.1, delta=0.2, a1=0.5).gain == 0
    assert floor > 5.1


def test_structure_is_read_off_the_model():
    assert clipped_below(dm.PUBLISHED) and not clipped_below(dm.GATED)
    assert str(smooth_gain(dm.PUBLISHED).printed) == "expected_improvement"
    assert closed_form(dm.PUBLISHED) is not None
    assert closed_form(dm.GATED) is None


def test_roots_at_many_points():
    rng = np.random.default_rng(7)
    a = rng.uniform(-3, 3, (200, 3))
    a.sort(axis=1)

    def cubic(x, i):
        return (x - a[i, 0]) * (x - a[i, 1]) * (x - a[i, 2])

    places, direction = sign_changes(cubic, np.linspace(-4, 4, 2001), 200)
    apart = (np.diff(a, axis=1) > 0.01).all(axis=1)
    np.testing.assert_allclose(places[apart], a[apart], atol=1e-11)
    assert (direction[apart] == [1, -1, 1]).all()
    last, _ = sign_changes(cubic, np.linspace(-4, 4, 2001), 200, most=1)
    np.testing.assert_allclose(last[apart, 0], a[apart, 2], atol=1e-11)
    ends = np.stack([cubic(np.full(200, end), np.arange(200)) for end in (-4.0, 4.0)])
    nodes, values = narrowed(cubic, np.linspace(-4, 4, 2001), ends)
    np.testing.assert_allclose(np.diff(nodes, axis=0), 0.004)
    assert ((values[0] <= 0) & (values[1] > 0)).all()
    flat = bracketed(lambda x, i: np.maximum(x - 0.3, 0), np.zeros(1), np.ones(1))
    np.testing.assert_allclose(flat, 0.3, atol=1e-14)  # the end of a plateau of zeros


# --- what is reachable ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["published", "gated"])
@pytest.mark.parametrize("preset", [*dm.PRESETS, None])
def test_nothing_better_than_reachable_is_ever_simulated(preset, model):
    ds = dm.reachable(preset, model=model)
    run = dm.simulate(preset, model=model, moves=3000)
    assert ds.settled
    assert ds.limit in LIMITS
    assert float(run.pass_probability.max()) <= float(ds.pass_probability) * (1 + 1e-9)
    assert float(run.reliability.max()) <= float(ds.reliability) * (1 + 1e-9)
    if model == "published":
        assert float(ds.pass_probability) == pytest.approx(float(run.pass_probability.max()), rel=1e-3)


@pytest.mark.parametrize("model", ["published", "gated"])
@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
def test_the_floor_is_the_least_of_all_moves(policy, model):
    run = dm.simulate(policy=policy, model=model, overreach=1, moves=60)
    at = {name: xr.DataArray(run[f"{name}_t"].values, dims="at") for name in ("delta", "H", "r")}
    least = dm.defect_floor(model=model, overreach=1, **at).min()
    found = dm.reachable(policy=policy, model=model, overreach=1, moves=60).floor
    np.testing.assert_allclose(found, least, rtol=1e-8)


def test_presets_do_not_reach_their_targets_and_say_why():
    limits = [str(dm.reachable(preset).limit.item()) for preset in dm.PRESETS]
    assert limits == ["radius runs out", "below the floor", "radius runs out"]
    caps = [float(np.exp(-dm.PRESETS[p]["r"] * dm.reachable(p).floor)) for p in dm.PRESETS]
    np.testing.assert_allclose(caps[:2], [0.43, 0.69], atol=0.005)


def test_with_moves_it_is_the_best_of_the_run():
    ds = dm.reachable("principal-tr", moves=40, N=[0, 4], model=["published", "gated"])
    run = dm.simulate("principal-tr", moves=40, N=[0, 4], model=["published", "gated"])
    np.testing.assert_array_equal(ds.pass_probability, run.pass_probability.max("move"))
    np.testing.assert_array_equal(ds.mu_reached, run.mu_next.min("move"))
    assert (ds.limit == "moves run out").all()


def test_limits():
    assert dm.reachable(target=0.5).limit == "within reach"
    assert dm.reachable(rho=0, H=0, N=0).limit == "mass never falls"
    assert dm.reachable(policy="vibe", delta0=0.05).limit == "radius runs out"
    assert dm.reachable(policy="vibe", decay=1).limit == "below the floor"
    assert float(dm.reachable(policy="vibe", decay=1).mu_reached) == pytest.approx(
        float(dm.defect_floor(delta=0.2)), rel=1e-12
    )
    with pytest.raises(dm.InputError, match="moves = 0 is not a whole number >= 1"):
        dm.reachable(moves=0)


def test_the_region_of_reachable_targets_grows_with_both_priors():
    ds = dm.reachable(H=np.linspace(0, 1, 6), rho=np.linspace(0, 1, 6), target=0.6)
    inside = (ds.limit == "within reach").values
    assert 0 < inside.mean() < 1
    assert (np.diff(inside.astype(int), axis=0) >= 0).all()
    assert (np.diff(inside.astype(int), axis=1) >= 0).all()


def test_practical_floor():
    left = dm.practical_floor(delta=[0.2, 0.5], moves=50, model="gated", r=1)
    run = dm.simulate(policy="vibe", decay=1, delta0=0.5, moves=50, model="gated", r=1)
    assert left.dims == ("delta",)
    assert float(left.sel(delta=0.5)) == float(run.mu_next[-1])


# --- the fluid limit --------------------------------------------------------------------------------------------------


def test_the_fluid_path_solves_its_equation():
    ds = fluid(delta=0.2, N=0, moves=200)
    slope = np.gradient(ds.mu_fluid.values, edge_order=2)
    gain = dm.evaluate("expected_improvement", mu=ds.mu_fluid.values, delta=0.2, N=0).expected_improvement.values
    np.testing.assert_allclose(-slope[1:-1], gain[1:-1], rtol=1e-3)


def test_the_fluid_error_is_of_first_order_in_the_radius():
    """Ten times smaller moves: a tenth of the error, over ten times as many of them."""
    coarse = float(abs(fluid(delta=0.5, N=0, moves=100).error).max())
    fine = float(abs(fluid(delta=0.05, N=0, moves=1000).error).max())
    assert coarse / fine == pytest.approx(10, rel=0.1)


def test_time_to_the_fluid_limit_inverts_its_path():
    ds = fluid(delta=0.2, N=0, moves=400)
    rest = float(ds.mu_rest)
    assert rest == pytest.approx(float(dm.defect_floor(delta=0.2, N=0)), rel=1e-14)
    for n in (1, 100, 400):
        away = float(ds.mu_fluid[n]) - rest
        assert float(fluid_moves(delta=0.2, N=0, epsilon=away)) == pytest.approx(n, rel=1e-10)


def test_the_fluid_limit_stays_finite_and_still_where_nothing_falls():
    ds = fluid(delta=0.2, K=1, N=0, mu0=[0.0, 0.5, 12, 1e12], a2=[0, 0.15, 2.0])
    assert all(np.isfinite(ds[name]).all() for name in ("mu_fluid", "mu", "error"))
    assert (ds.mu_fluid.sel(a2=2.0) == ds.mu0).all()
    assert np.isinf(ds.mu_rest.sel(a2=2.0)).all()
    assert np.isinf(fluid_moves(delta=0.2, N=0, a2=2.0, epsilon=0.1))
    assert fluid_moves(delta=0.2, N=0, mu0=0.1, epsilon=0.1) == 0
    with pytest.raises(dm.InputError, match="needs moves without selection"):
        fluid(delta=0.2)
    with pytest.raises(dm.InputError, match="model gated has no fluid limit in closed form"):
        fluid(delta=0.2, N=0, model="gated")
    with pytest.raises(dm.InputError, match="epsilon = -1 is not a number > 0"):
        fluid_moves(delta=0.2, N=0, epsilon=-1)


@pytest.mark.parametrize(
    ("policy", "model", "controls", "moves"),
    [
        ("trust-region", "gated", {}, 20_000),  # the radius rests for a while, and collapses near the floor
        ("planner", "published", {"dH": 0, "dr": 0, "T_plan": 60, "decay": 0.9, "delta0": 0.05}, 3000),  # the plan ends
    ],
)
def test_a_radius_that_will_move_again_is_not_at_rest(policy, model, controls, moves):
    far = dm.reachable(policy=policy, model=model, **controls)
    run = dm.simulate(policy=policy, model=model, moves=moves, keep="final", **controls)
    assert far.settled and -1e-12 <= far.pass_probability - run.pass_probability < 0.005
