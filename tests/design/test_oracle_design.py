"""The oracle: what a pass leaves behind, and the coarsest oracle that is good enough, against runs and enumeration."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import design
from deltamu.design.oracle.resolution import LIMITS
from deltamu.presentation.plotting import STYLE, plot_oracle_value, plot_team_map

MODELS = ["published", "gated"]
FIXED = {"policy": "vibe", "decay": 1.0, "delta0": 0.5}
FINE = np.round(np.arange(1, 101) / 100, 2)


@pytest.mark.parametrize("model", MODELS)
def test_the_state_at_the_stop_is_that_of_the_run(model):
    ds = design.oracle_value(r=[0.02, 0.05, 0.8], model=model, mu0=[0.5, 12], moves=80, **FIXED)
    for r in (0.02, 0.05, 0.8):
        for mu0 in (0.5, 12):
            one = ds.sel(r=r, mu0=mu0)
            run = dm.simulate(r=r, model=model, mu0=mu0, moves=80, **FIXED)
            count = float(run.moves_to_target)
            path = [mu0, *run.mu_next.values]
            mass = path[int(count)] if np.isfinite(count) else path[-1]
            assert float(one.moves) == count
            assert float(one.mass) == mass
            assert float(one.reliability) == pytest.approx(np.exp(-mass), rel=1e-14)
            assert float(one.false_pass_probability) == pytest.approx(1 - np.exp(-(1 - r) * mass), rel=1e-12)
            assert float(one.escaped) == pytest.approx((1 - r) * mass, rel=1e-14)
            assert float(one.calls) == (count * 32 if count else 0)
            assert one.status == run.status
    assert {0.0, np.inf} < set(ds.moves.values.ravel())


@pytest.mark.parametrize("model", MODELS)
def test_no_stop_is_worse_than_what_is_assured(model):
    ds = design.oracle_value(r=FINE, model=model, target=[0.5, 0.8, 0.95], mu0=[2, 12], moves=300, **FIXED)
    reached = np.isfinite(ds.moves)
    assert 50 < int(reached.sum()) < reached.size
    for name, sign in (("reliability", 1), ("false_pass_probability", -1), ("escaped", -1)):
        better = sign * (ds[name] - ds[f"assured_{name}"])
        assert (better.where(reached, 0) >= -1e-12).all()


def test_the_trap_a_coarser_oracle_passes_sooner_and_leaves_more():
    ds = design.oracle_value(r=FINE, target=[0.5, 0.7], moves=300, **FIXED).where(lambda ds: np.isfinite(ds.moves))
    for name in ("moves", "reliability"):
        assert (ds[name].diff("r").fillna(0) >= 0).all()
    assert (ds.escaped.diff("r").fillna(0) <= 0).all()
    assert (ds.moves.max("r") > 2 * ds.moves.min("r")).all()


def test_the_planners_oracle_at_the_stop_counts_and_not_the_one_it_started_with():
    plan = {"r": 0.3, "policy": "planner", "T_plan": 20, "dr": 0.02, "target": 0.4, "delta0": 1.0, "decay": 1.0}
    ds = design.oracle_value(moves=60, **plan)
    run = dm.simulate(moves=60, **plan)
    at = int(run.moves_to_target) - 1
    assert run.r_t[at] > 0.3
    assert float(ds.false_pass_probability) == float(run.false_pass_probability[at])


def test_a_blind_oracle_passes_at_once_and_a_perfect_one_lets_nothing_escape():
    ds = design.oracle_value(r=[0, 1], moves=5)
    assert float(ds.moves[0]) == 0
    assert ds.escaped.values.tolist() == [12.0, 0.0]
    assert ds.assured_escaped.values.tolist() == [np.inf, 0.0]
    assert ds.assured_reliability[0] == 0


# --- the coarsest oracle that is good enough -------------------------------------------------------------------------
BOUNDS = {
    "max_false_pass": lambda r, target: 1 - target ** ((1 - r) / r),
    "min_reliability": lambda r, target: -(target ** (1 / r)),
    "max_escaped": lambda r, target: -(1 - r) * np.log(target) / r,
}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(BOUNDS)), st.floats(0.01, 0.99), st.floats(0.05, 0.99))
def test_the_bound_holds_at_every_finer_oracle_and_at_no_coarser_one(name, bound, target):
    ds = design.cheapest_resolution(**{name: bound}, target=target, moves=1)
    needed = float(ds.resolution)
    worst, allowed = BOUNDS[name], -bound if name == "min_reliability" else bound
    if needed == np.inf:
        assert ds.limit == "no oracle is fine enough"
        assert worst(1.0, target) > allowed
        return
    assert worst(needed, target) == pytest.approx(allowed, rel=1e-9, abs=1e-12)
    assert worst(np.linspace(needed, 1, 50) * (1 + 1e-9), target).max() <= allowed + 1e-12
    assert worst(np.linspace(1e-3, 1, 50) * needed * (1 - 1e-9), target).min() > allowed - 1e-9


@pytest.mark.parametrize("bound", [0.02, 0.1, 0.4])
def test_the_cheapest_is_that_of_the_enumeration_on_the_slider(bound):
    ds = design.cheapest_resolution(max_false_pass=bound, target=[0.5, 0.7, 0.95])
    every = design.oracle_value(r=FINE, target=[0.5, 0.7, 0.95], moves=1).assured_false_pass_probability
    good = (every <= bound + 1e-12).values
    first = FINE[good.argmax(every.dims.index("r"))]
    np.testing.assert_allclose(first, np.ceil(ds.resolution * 100 - 1e-9) / 100, atol=1e-12)


def test_several_bounds_are_met_together():
    each = [{"max_false_pass": 0.3}, {"min_reliability": 0.4}, {"max_escaped": 0.5}]
    alone = [float(design.cheapest_resolution(**one, target=0.5).resolution) for one in each]
    together = design.cheapest_resolution(max_false_pass=0.3, min_reliability=0.4, max_escaped=0.5, target=0.5)
    assert float(together.resolution) == max(alone)


def test_out_of_reach_says_why_and_names_the_nearest_oracle_that_stops():
    below = design.cheapest_resolution(max_false_pass=0.1)
    assert below.limit == "below the floor"
    assert not below.meets
    passes = (dm.reachable(r=FINE).limit == "within reach").values
    assert float(below.nearest_resolution) == FINE[passes].max() == 0.1
    assert float(below.nearest_false_pass_probability) == pytest.approx(1 - 0.95 ** (0.9 / 0.1))
    finer = design.cheapest_resolution(max_false_pass=0.1, model="gated")
    passes = (dm.reachable(r=FINE, model="gated").limit == "within reach").values
    assert float(finer.nearest_resolution) == FINE[passes & (float(finer.resolution) <= FINE)].min()
    assert finer.limit == "below the floor"
    assert finer.meets
    none = design.cheapest_resolution(min_reliability=0.9, target=0.8)
    assert none.resolution == np.inf
    assert not none.meets


def test_the_planner_caps_the_oracle():
    ds = design.cheapest_resolution(max_false_pass=0.001, policy="planner", target=0.5, decay=1, delta0=1)
    assert float(ds.resolution) > 0.95
    assert ds.limit == "the plan's cap on the oracle"
    assert float(ds.nearest_resolution) == 0.95
    assert not ds.meets


def test_within_reach_is_confirmed_by_the_run():
    ds = design.cheapest_resolution(max_false_pass=0.1, target=[0.5, 0.6], model=MODELS, **FIXED)
    assert (ds.limit == LIMITS[0]).any()
    for model in MODELS:
        for target in (0.5, 0.6):
            one = ds.sel(model=model, target=target)
            run = design.oracle_value(r=float(one.nearest_resolution), target=target, model=model, moves=2000, **FIXED)
            assert np.isfinite(run.moves)
            if one.meets:
                assert float(run.false_pass_probability) <= 0.1 + 1e-12


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({}, "no bound is given: allowed are max_false_pass, min_reliability, max_escaped"),
        ({"max_false_pass": 1.0}, r"max_false_pass = 1.0 is not in \[0, 1\)"),
        ({"min_reliability": 0}, "min_reliability = 0 is not between 0 and 1"),
        ({"max_escaped": -1}, "max_escaped = -1 is not a number >= 0"),
        ({"max_escaped": 1, "r": 0.5}, "r is what is found here: it cannot be given"),
    ],
)
def test_bad_input_is_refused_in_one_line(controls, message):
    with pytest.raises(dm.InputError, match=message):
        design.cheapest_resolution(**controls)


# --- pictures --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("most", [8, np.inf])
def test_the_map_of_teams_names_each_area_at_a_place_inside_it(most):
    ds = design.best_reviewers(mu=6, delta=0.2, K_r=0, w_review=np.geomspace(1e-3, 0.2, 40),
                               gamma=np.linspace(0, 0.9, 31), most=most)  # fmt: skip
    with matplotlib.rc_context(STYLE):
        ax = plot_team_map(ds, Figure(layout="constrained").subplots())
        ax.figure.draw_without_rendering()
    assert {"0", "1", "2"} <= {text.get_text() for text in ax.texts}
    for text in ax.texts:
        gamma, price = text.xy
        assert float(ds.reviewers.sel(gamma=gamma, w_review=price)) == float(text.get_text())


def test_the_value_of_an_oracle_is_drawn_with_what_is_not_reached_shaded():
    ds = design.oracle_value(r=FINE[4::5], moves=300, target=0.8, **FIXED)
    with matplotlib.rc_context(STYLE):
        ax = plot_oracle_value(ds, Figure(layout="constrained").subplots())
        ax.figure.draw_without_rendering()
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    np.testing.assert_array_equal(lines["reliability"], ds.assured_reliability)
    assert len(lines["_reliability"]) == int(np.isfinite(ds.moves).sum())
    (area,) = ax.patches  # what is not reached is one area: all oracles from the first that is too fine
    assert area.get_x() <= float(ds.r[np.isinf(ds.moves)].min()) < area.get_x() + area.get_width()
    assert area.get_x() + area.get_width() >= float(ds.r.max())
