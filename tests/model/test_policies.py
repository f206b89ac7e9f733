"""Policies as symbolic maps, and the one-move map that they make with a model."""

import pickle

import numpy as np
import pytest
from own_policies import PATIENT
from sympy import Piecewise, Symbol

import deltamu as dm
from deltamu import symbols as sym


def clipped_as_written_by_a_user():
    """The trust region in one expression, as a user would write it."""
    proposed = Piecewise(
        (sym.alpha * sym.delta, sym.acceptance > sym.A_hi),
        (sym.beta * sym.delta, sym.acceptance < sym.A_lo),
        (sym.delta, True),
    )
    update = {sym.delta: dm.clip(proposed, sym.delta_min, sym.delta_max)}
    return dm.Policy("mine", initial={sym.delta: sym.delta0}, update=update)


def test_a_users_trust_region_is_the_built_in_one():
    options = {"model": dm.GATED, "moves": 60, "overreach": 2.0, "A_lo": 0.5, "A_hi": 0.8}
    mine = dm.simulate(policy=clipped_as_written_by_a_user(), **options)
    built_in = dm.simulate(policy="trust-region", **options)
    np.testing.assert_array_equal(mine.delta_t, built_in.delta_t)
    np.testing.assert_array_equal(mine.mu, built_in.mu)


def test_vibe_decays_and_planner_plans_then_decays():
    t = np.arange(150)
    vibe = dm.simulate(policy="vibe", delta0=0.3, decay=0.97)
    np.testing.assert_allclose(vibe.delta_t, 0.3 * 0.97**t, rtol=1e-13)
    plan = dm.simulate("planner-spec")
    planned = np.minimum(t, 30)
    np.testing.assert_allclose(plan.H_t, np.minimum(0.95, 0.3 + 0.015 * planned), rtol=1e-13)
    np.testing.assert_allclose(plan.r_t, np.minimum(0.95, 0.4 + 0.012 * planned), rtol=1e-13)
    np.testing.assert_allclose(plan.delta_t, 0.4 * 0.975 ** np.maximum(t - 30, 0), rtol=1e-13)


def test_the_planners_cap_acts_from_the_start():
    ds = dm.simulate(policy="planner", H=0.97, r=1.0, T_plan=0, moves=2)
    assert ds.H_t.values.tolist() == [0.95, 0.95]
    assert ds.r_t.values.tolist() == [0.95, 0.95]


def test_the_first_radius_is_not_clipped_and_comparisons_are_strict():
    assert dm.simulate(delta0=1.7, moves=2).delta_t.values.tolist() == [1.7, 1.0]
    held = dm.simulate(N=0, A_hi=0.5, A_lo=0.5, moves=3)  # published acceptance is exactly 1/2 without reviewers
    assert held.delta_t.values.tolist() == [0.2] * 3


def test_a_policy_can_bring_state_and_controls_of_its_own():
    ds = dm.simulate(policy=PATIENT, patience=[0.0, 0.5], moves=4)
    assert ds.average_t.dims == ("patience", "move")
    np.testing.assert_allclose(ds.average_t.sel(patience=0)[1:], ds.acceptance.sel(patience=0)[:-1])
    assert ds.delta_t.sel(patience=0.5)[1] == ds.delta_t.sel(patience=0.5)[0]
    assert dm.Settings(PATIENT)["patience"] == 0.5
    with pytest.raises(dm.InputError, match=r"patience = 2 is outside \[0, 1\]"):
        dm.simulate(policy=PATIENT, patience=2)
    with pytest.raises(dm.InputError, match="unknown control 'patience'"):
        dm.simulate(patience=0.5)


def test_a_control_without_default_must_be_given():
    gap = dm.quantity("gap", "g", domain=sym.UNIT, meaning="without default")
    policy = dm.Policy("gappy", {sym.delta: sym.delta0}, {sym.delta: sym.delta * gap})
    with pytest.raises(dm.InputError, match="control gap has no default"):
        dm.simulate(policy=policy)
    assert dm.simulate(policy=policy, gap=0.5, moves=2).delta_t.values.tolist() == [0.2, 0.1]


def test_a_symbol_of_which_nothing_is_known_is_named():
    strange = Symbol("strange")
    model = dm.PUBLISHED.replace(dm.Formula(sym.mu_Delta, strange * sym.delta), name="mine")
    policy = dm.Policy("odd", initial={sym.delta: sym.delta0}, update={sym.delta: strange})
    told = "uses strange, of which nothing is known: make it a deltamu.control"
    with pytest.raises(dm.InputError, match=f"model mine {told}"):
        dm.simulate(model=model)
    with pytest.raises(dm.InputError, match=f"model published {told}"):
        dm.simulate(policy=policy)
    with pytest.raises(dm.InputError, match=told):
        dm.ensemble(policy=policy, runs=2, seed=1)
    with pytest.raises(dm.InputError, match=told):
        dm.defect_floor(delta=0.2, model=model)


def test_incomplete_policies_are_refused():
    with pytest.raises(dm.InputError, match="updates H but gives no initial value"):
        dm.Policy("p", {sym.delta: sym.delta0}, {sym.H: sym.H})
    with pytest.raises(dm.InputError, match="gives delta no initial value"):
        dm.Policy("p", {sym.H: sym.H}, {})
    sets_gain = dm.Policy("p", {sym.delta: sym.delta0, sym.gain: 0}, {})
    with pytest.raises(dm.InputError, match="sets gain, which model published computes"):
        dm.one_move(sets_gain, dm.PUBLISHED)


def test_what_does_not_vary_is_found_by_dependency():
    constant = dm.one_move(dm.TRUST_REGION, dm.PUBLISHED).constant_formulas
    assert {"rho_eff", "N_eff", "K_prime", "K_eff", "selection_intensity", "cost"} == set(map(str, constant))
    with_plan = dm.one_move(dm.PLANNER, dm.PUBLISHED).constant_formulas
    assert {"N_eff", "K_prime", "cost"} == set(map(str, with_plan))


def test_policies_pickle():
    for policy in (*dm.POLICIES.values(), clipped_as_written_by_a_user()):
        assert pickle.loads(pickle.dumps(policy)) == policy
