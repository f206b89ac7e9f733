"""Recommendations: against enumeration, against optimising again, and with reasons where nothing is possible."""

import os

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sympy import Interval

import deltamu as dm
from deltamu import Settings, recommend
from deltamu import symbols as sym
from deltamu.design import trade_offs
from deltamu.design.recommendation.choices import space
from deltamu.design.recommendation.fronts import nondominated
from deltamu.design.recommendation.slopes import slopes
from deltamu.design.recommendation.stops import stops
from deltamu.presentation.plotting import plot_pareto

LONG = os.environ.get("LONG", "") not in ("", "0")

TEAMS = {"K": range(1, 13), "N": range(9), "K_r": [0, 1]}
RADII = np.round(np.linspace(0.01, 2, 200), 2)


def enumerated(scenario=None, moves=150, **controls):
    """Every team and radius of the sliders: moves, cost and false pass at the stop, from simulations alone."""
    controls = {**TEAMS, "delta0": RADII, **controls}
    ds = dm.simulate(scenario, keep="final", moves=moves, **controls)
    team = {name: value for name, value in controls.items() if name in ("K", "N", "K_r", "w_generate", "w_review")}
    cost = dm.evaluate("cost", **team).cost
    return ds.assign(calls=cost * ds.moves_to_target_interpolated)


def again(ds, **controls):
    """The run of the recommended settings."""
    best = Settings.from_dataset(ds)
    return dm.simulate(best, keep="final", **controls), float(dm.evaluate("cost", best).cost)


# --- optima ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minimize", "policy", "model", "controls"),
    [
        ("moves", "trust-region", "published", {"target": 0.7}),
        ("cost", "trust-region", "gated", {"target": 0.8, "w_review": 0.2}),
        ("moves", "vibe", "gated", {"target": 0.6, "overreach": 1.0, "decay": 1.0}),
        ("cost", "planner", "published", {"target": 0.5, "overreach": 0.3, "T_plan": 40}),
    ],
)
def test_no_team_and_radius_on_the_sliders_is_better(minimize, policy, model, controls):
    free = ["K", "N", "K_r", "delta0"]
    ds = recommend(policy=policy, model=model, free=free, minimize=minimize, **controls)
    grid = enumerated(policy=policy, model=model, **controls)
    want = float((grid.moves_to_target_interpolated if minimize == "moves" else grid.calls).min())
    assert ds.status.item() == "found"
    assert ds.objective.item() <= want * (1 + 1e-9)
    assert ds.objective.item() <= ds.on_grid.item() and ds.objective.item() <= ds.on_sliders.item() * (1 + 1e-12)
    run, cost = again(ds)
    moves = run.moves_to_target_interpolated.item()
    assert ds.moves_needed.item() == pytest.approx(moves, rel=1e-12)
    assert ds.calls.item() == pytest.approx(moves * cost, rel=1e-12)
    assert ds.residual.item() < 1e-5


@pytest.mark.parametrize("model", ["published", "gated"])
@pytest.mark.parametrize("minimize", ["moves", "cost"])
def test_whole_controls_are_enumerated(model, minimize):
    """At a radius that stays, the answer is the best of all K x N x K_r."""
    ds = recommend(free=TEAMS, minimize=minimize, model=model, target=0.7, delta0=1.0)
    grid = enumerated(model=model, target=0.7, delta0=1.0)
    want = (grid.moves_to_target_interpolated if minimize == "moves" else grid.calls).values
    assert ds.objective.item() == pytest.approx(want.min(), rel=1e-9)
    front = trade_offs(ds)
    pairs = {(m, c) for m, c in zip(front.front_moves.values.round(5), front.front_cost.values.round(3), strict=True)}
    moves, calls = grid.moves_to_target_interpolated.values.ravel(), grid.calls.values.ravel()
    best = [i for i in np.flatnonzero(np.isfinite(moves))
            if not ((moves <= moves[i] - 1e-3) & (calls <= calls[i] - 1e-1)).any()]  # fmt: skip
    assert pairs <= {(m, c) for m, c in zip(moves[best].round(5), calls[best].round(3), strict=True)}
    every = moves[:, None], calls[:, None]
    for m, c in zip(front.front_moves.values, front.front_cost.values, strict=True):
        assert not ((every[0] < m * (1 - 1e-5)) & (every[1] < c * (1 - 1e-5))).any()


@settings(max_examples=30 if LONG else 6)
@given(
    model=st.sampled_from(["published", "gated"]),
    policy=st.sampled_from(["vibe", "planner", "trust-region"]),
    minimize=st.sampled_from(["moves", "cost", "false_pass"]),
    target=st.floats(0.5, 0.75),
    budget=st.one_of(st.none(), st.floats(20, 1500)),
    max_false_pass=st.one_of(st.none(), st.floats(0.02, 0.3)),
    overreach=st.sampled_from([0.0, 0.5]),
    r=st.floats(0.5, 1.0),
)
def test_feasible_answers_meet_all_limits_and_no_point_of_the_sliders_is_better(
    model, policy, minimize, target, budget, max_false_pass, overreach, r
):
    asked = {"model": model, "policy": policy, "overreach": overreach, "r": r, "target": target, "moves": 60}
    limits = {"budget": budget, "max_false_pass": max_false_pass}
    free = ["K", "N", "K_r", "delta0"]
    ds = recommend(minimize=minimize, free=free, **asked, **limits)
    best = Settings.from_dataset(ds)
    grid = dm.simulate(best, keep=["mu", "mu_next", "r_t"], moves=60, **{**TEAMS, "delta0": RADII[::8]})
    moves = grid.moves_to_target_interpolated.values
    cost = dm.evaluate("cost", best, **TEAMS).cost.values[..., None] * moves
    last = np.where(np.isfinite(moves), np.maximum(np.ceil(moves) - 1, 0), 0).astype(int)
    mass, after, seen = (
        np.take_along_axis(grid[n].values, last[..., None], -1)[..., 0] for n in ("mu", "mu_next", "r_t")
    )
    share = np.where(np.isfinite(moves), moves - last, 1.0)
    mass = np.where(moves > 0, mass + share * (after - mass), best["mu0"])
    missed = -np.expm1(-(1 - seen) * mass)
    fine = np.isfinite(moves)
    if max_false_pass is not None:
        fine &= missed <= max_false_pass * (1 - 1e-9)
    if budget is not None:
        fine &= cost <= budget * (1 - 1e-9)
    objective = {"moves": moves, "cost": cost, "false_pass": missed}[minimize]
    if ds.status.item() == "found":
        assert ds.pass_probability.item() >= target * (1 - 1e-9)
        assert ds.calls.item() <= (budget or np.inf) and ds.false_pass.item() <= (max_false_pass or np.inf)
        run, price = again(ds, moves=60)
        assert run.moves_to_target_interpolated.item() == pytest.approx(ds.moves_needed.item(), rel=1e-9)
        assert ds.calls.item() == pytest.approx(price * ds.moves_needed.item(), rel=1e-9)
        assert not (objective[fine] < ds.objective.item() * (1 - 1e-9)).any()
    else:
        assert not fine.any()
        assert ds.reason.item().startswith("out of reach because") and ds.shortfall.item() > 0


def test_what_several_policies_offer_is_compared():
    asked = {"target": 0.6, "minimize": "cost", "overreach": 0.5, "moves": 80}
    alone = {name: recommend(policy=name, **asked).objective.item() for name in ("vibe", "trust-region")}
    ds = recommend(policy=list(alone), **asked)
    assert ds.objective.item() == min(alone.values())
    assert ds.attrs["policy"] == min(alone, key=alone.get)
    assert set(ds.choice.values) == {"delta0", "K", "N", "K_r", "decay", "delta_max"}


def test_no_settings_drawn_near_or_far_are_better_where_a_run_jumps():
    """With the trust region's factors and band free too, an objective has jumps that no gradient crosses."""
    free = ["delta0", "delta_max", "alpha", "beta", "A_lo", "A_hi"]
    asked = {"target": 0.7, "model": "gated", "overreach": 1.0, "K": 12, "N": 8}
    ds = recommend(free=free, **asked)
    draw, drawn, best = np.random.default_rng(5), {}, Settings.from_dataset(ds)
    for name in free:
        low, high = getattr(sym, name).slider[:2]
        near = np.clip(best[name] + draw.normal(0, 0.05 * (high - low), 40_000), low, high)
        drawn[name] = xr.DataArray(np.where(draw.random(40_000) < 0.7, near, draw.uniform(low, high, 40_000)), dims="p")
    runs = dm.simulate(keep="final", **asked, **drawn).moves_to_target_interpolated
    assert float(runs.min()) > ds.objective * (1 - 5e-4)


def test_settings_on_the_sliders_are_never_made_worse():
    start = dm.PRESETS["principal-tr"].replace(target=0.6)
    assert recommend(start).objective.item() <= dm.simulate(start).moves_to_target_interpolated.item()


# --- out of reach ----------------------------------------------------------------------------------------------------


def test_a_target_below_the_floor_is_out_of_reach_and_the_nearest_point_is_the_best():
    ds = recommend(target=0.95, free=["K", "N", "K_r", "delta0"], policy="vibe", decay=1.0)
    grid = enumerated(target=0.95, policy="vibe", decay=1.0)
    assert ds.status.item() == "out of reach" and ds.objective.item() == np.inf
    assert ds.pass_probability.item() >= float(grid.pass_probability.max()) - 1e-9
    assert ds.shortfall.item() == pytest.approx(0.95 - ds.pass_probability.item(), abs=1e-12)
    floor = float(dm.defect_floor(delta=2.0, K=12, N=8, K_r=1))
    assert f"ceiling of the pass probability is {np.exp(-0.8 * floor):.4g}" in ds.reason.item()
    assert f"mu* = {floor:.4g}" in ds.reason.item()
    assert again(ds)[0].pass_probability.item() == pytest.approx(ds.pass_probability.item(), rel=1e-12)


def test_too_few_moves_and_a_fading_radius_are_told_apart_from_a_floor():
    assert "5 moves are too few" in recommend(target=0.7, moves=5).reason.item()
    text = recommend(
        target=0.7, policy="vibe", fixed="decay", decay=0.9, delta0=0.1, free=["K", "N", "H"]
    ).reason.item()
    assert "radius runs out" in text


def test_a_start_that_passes_is_told_with_the_oracle_that_lets_it():
    blind = dm.recommend(target=0.7, free=["r", "K", "N"])
    assert blind.moves_needed == 0 and dm.Settings.from_dataset(blind)["r"] == 0
    assert blind.reason.item().startswith("bound by nothing: the start passes already, with r = 0 and a true reliab")
    assert "r = 0.8 and a true reliability of 0.905" in dm.recommend(target=0.7, mu0=0.1).reason.item()


def test_a_budget_below_the_cheapest_way_tells_what_that_costs():
    ds = recommend(target=0.7, budget=100)
    cheapest = recommend(target=0.7, minimize="cost").objective.item()
    assert f"costs {cheapest:.6g} model calls" in ds.reason.item()
    assert ds.calls.item() == pytest.approx(cheapest, rel=1e-9)
    assert ds.shortfall.item() == pytest.approx(cheapest - 100, rel=1e-9)
    assert ds.attrs["derivatives_of"] == "cost"


def test_a_false_pass_at_a_fixed_target_is_that_of_the_oracle_and_a_later_stop_lowers_it():
    least = 1 - 0.7 ** (0.2 / 0.8)
    ds = recommend(target=0.7, max_false_pass=0.05, fixed="target")
    assert ds.status.item() == "out of reach" and "free target" in ds.reason.item()
    assert ds.false_pass.item() == pytest.approx(least, rel=1e-9)
    ds = recommend(target=0.7, max_false_pass=0.07)
    assert ds.status.item() == "found" and "max_false_pass = 0.07" in ds.reason.item()
    assert Settings.from_dataset(ds)["target"] == pytest.approx(0.93 ** (0.8 / 0.2), rel=1e-6)
    assert bool(ds.is_binding.sel(limit="max_false_pass"))
    assert ds.allowed.sel(limit="target").item() == 0.7


# --- derivatives of the optimum --------------------------------------------------------------------------------------

PRICED = {
    "minimize": "cost",
    "model": "gated",
    "policy": "vibe",
    "target": 0.7,
    "overreach": 0.6,
    "decay": 1.0,
    "K": 10,
    "N": 4,
    "costs": {"r": 2000.0},
    "free": ["delta0", "r"],
    "max_false_pass": 0.05,
    "moves": 60,
}
LATER = {
    "minimize": "false_pass",
    "model": "gated",
    "policy": "vibe",
    "target": 0.6,
    "overreach": 0.6,
    "decay": 1.0,
    "K": 10,
    "N": 4,
    "free": ["delta0", "target"],
    "budget": 1700.0,
    "moves": 60,
}


def difference(question, **change):
    """Central difference of the optimum by one number of the question."""
    ((name, step),) = change.items()
    base = {**Settings(), **question}[name]
    up, down = (recommend(**{**question, name: base + sign * step}).objective.item() for sign in (1, -1))
    return (up - down) / (2 * step)


def test_multipliers_are_the_slopes_of_the_optimum_in_its_limits():
    ds = recommend(**PRICED)
    assert ds.residual.item() < 1e-6 and bool(ds.is_binding.sel(limit="max_false_pass"))
    assert ds.place.sel(choice=["delta0", "r"]).values.tolist() == ["inside", "inside"]
    rate = ds.by_limit.sel(limit="max_false_pass").item()
    assert rate < 0 and rate == pytest.approx(difference(PRICED, max_false_pass=1e-4), rel=1e-4)
    ds = recommend(**LATER)
    assert ds.residual.item() < 1e-6 and ds.calls.item() == pytest.approx(1700, rel=1e-6)
    rate = ds.by_limit.sel(limit="budget").item()
    assert rate < 0 and rate == pytest.approx(difference(LATER, budget=0.5), rel=1e-4)


@pytest.mark.parametrize(("name", "step"), [("a1", 1e-4), ("target", 1e-5)])
def test_slopes_in_what_is_fixed_are_exact_by_the_envelope_theorem(name, step):
    ds = recommend(**PRICED)
    got = ds.by_parameter.sel(wrt=name).item()
    assert got == pytest.approx(difference(PRICED, **{name: step}), rel=2e-4)
    size = {**Settings(), **PRICED}[name]
    assert ds.elasticity.sel(wrt=name).item() == pytest.approx(got * size / ds.objective.item(), rel=1e-12)


def test_the_slope_in_an_end_is_that_of_moving_the_end():
    asked = {"target": 0.6, "minimize": "moves", "free": ["delta0"], "policy": "vibe", "decay": 1.0}
    ds = recommend(**asked)
    assert ds.place.item() == "high"
    start = Settings("vibe", target=0.6, decay=1.0)
    runs = [dm.simulate(start, delta0=2.0 - back).moves_to_target_interpolated.item() for back in (0.0, 1e-6)]
    assert ds.by_end.item() == pytest.approx((runs[0] - runs[1]) / 1e-6, rel=1e-4)


@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
@pytest.mark.parametrize("model", ["published", "gated"])
def test_slopes_of_a_stop_are_those_of_differences(policy, model):
    start = Settings(policy, model=model, target=0.6, delta0=0.55, r=0.5, dr=0.0031, T_plan=100, decay=1.0)
    names = ("delta0", "r", "dr", "target", "mu0", "gamma")
    found = slopes(start, names, 150, {"delta0": 7.0})

    def stop(at):
        values = {name: np.float64(value) for name, value in at.items()}
        one = stops(at.policy, at.model, values, 1, 150)
        return one.moves[0], one.cost[0] + 7 * at["delta0"], one.false_pass[0]

    for i, name in enumerate(names):
        step = 1e-6 * start[name]
        up, down = (np.array(stop(start.replace(**{name: start[name] + s}))) for s in (step, -step))
        want = (up - down) / (2 * step)
        got = [found.slope[which][i] for which in ("moves", "cost", "false_pass")]
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose([found.value[n] for n in ("moves", "cost", "false_pass")], stop(start), rtol=1e-12)


# --- front, picture, refusals ----------------------------------------------------------------------------------------


def test_every_point_of_the_front_is_a_setting_that_does_what_it_says():
    ds = recommend(target=0.7, budget=400)
    front = trade_offs(ds)
    assert front.front_meets.values.tolist() == (front.front_cost.values <= 400).tolist()
    for i in (0, front.sizes["front"] // 2, -1):
        point = front.isel(front=i)
        run = dm.simulate(Settings.from_dataset(point))
        assert run.moves_to_target_interpolated.item() == pytest.approx(point.front_moves.item(), rel=1e-12)
    assert (np.diff(front.front_moves.values) > 0).all() and (np.diff(front.front_cost.values) < 0).all()
    assert ds.objective.item() in front.front_moves.values


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_nondominated_points_are_those_that_none_beats(points):
    x, y = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    found = nondominated(x, y)
    beaten = [((x <= a) & (y <= b) & ((x < a) | (y < b))).any() for a, b in points]
    assert {points[i] for i in found} == {point for point, lost in zip(points, beaten, strict=True) if not lost}
    assert len({points[i] for i in found}) == found.size


def test_a_front_is_drawn_whatever_its_axes():
    for asked in (
        {"target": 0.7, "budget": 400},
        {},
        {**LATER, "free": ["K", "delta0", "target"], "model": "published"},
    ):
        ds = recommend(**asked)
        ax = plot_pareto(ds, Figure().subplots())
        assert len(ax.texts) >= 1 and "K" in ax.texts[-1].get_text()
        assert ax.get_xlabel() and ax.get_ylabel()


def test_the_grid_holds_the_ends_and_the_present_value():
    places = space(Settings(delta0=0.1234, A_hi=0.35, A_lo=0.3), dm.PUBLISHED, ["delta0", "A_lo", "delta_min"])
    assert {0.01, 2.0, 0.1234} <= set(places.levels[0])
    assert places.high.tolist() == [2.0, 0.3, 1.0]
    both = space(Settings(), dm.PUBLISHED, ["delta_min", "delta_max"])
    assert (both.grid()[:, 0] <= both.grid()[:, 1]).all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"minimize": "time"}, "minimize = 'time' is not one of moves, cost, false_pass"),
        ({"budget": 0}, "budget = 0.0 is not a number > 0"),
        ({"budget": "much"}, "budget = 'much' is not a number"),
        ({"max_false_pass": 1.5}, r"max_false_pass = 1.5 is outside \(0, 1\)"),
        ({"free": ["mu0"]}, "mu0 is nothing to choose"),
        ({"free": ["a1"]}, "a1 is nothing to choose"),
        ({"free": ["KK"]}, "unknown choice 'KK'"),
        ({"free": ["decay"]}, "decay says nothing to policy trust-region"),
        ({"free": ["K"], "fixed": ["K"]}, "nothing is free"),
        ({"costs": {"tokens": 1}}, "unknown cost 'tokens'"),
        ({"costs": {"H": -1}}, "price of H = -1 is not a number >= 0"),
        ({"target": 1.0}, r"target = 1.0 is outside \(0, 1\)"),
        ({"moves": 0}, "moves = 0 is not a whole number"),
        ({"policy": []}, "a sequence of policies needs at least one"),
        ({"Kay": 3}, "unknown control 'Kay'"),
    ],
)
def test_what_is_refused_names_the_offender(asked, message):
    with pytest.raises(dm.InputError, match=message):
        recommend(**asked)


def test_a_control_without_a_value_is_named():
    bare = dm.quantity("bare", "q", meaning="a control without a default", domain=sym.UNIT)
    model = dm.PUBLISHED.replace(dm.Formula(sym.mu_Delta, bare * sym.delta), name="mine")
    with pytest.raises(dm.InputError, match="control bare has no default: policy trust-region or model mine needs"):
        recommend(model=model)


def test_a_control_of_ones_own_with_a_slider_may_be_free():
    push = dm.control("push", "p", default=1.0, domain=Interval(0, 4), slider=(0.5, 2.0, 0.1), meaning="m")
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, push * dm.PUBLISHED["gain"].expr), name="pushed")
    ds = dm.recommend(model=model, target=0.3, free=["push", "K"], costs={"push": 100})
    assert ds.choice.values.tolist() == ["K", "push"]
    assert ds.chosen.sel(choice="push") == 2.0  # more of it is never worse
    with pytest.raises(dm.InputError, match="push"):
        dm.recommend(target=0.3, free=["push"])
