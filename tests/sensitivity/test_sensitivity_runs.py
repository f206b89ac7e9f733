"""Tangents of runs: against central differences of runs at 60 digits, at kinks one-sided, and as labelled results."""

from importlib import import_module

import numpy as np
import pytest
import xarray as xr
from mpmath import mp, mpf
from own_policies import PATIENT
from sensitivity_oracle import DIGITS, STEP, Run, one_sided_difference, outcomes, parameter

import deltamu as dm
from deltamu import symbols as sym
from deltamu.sensitivity import SMOOTH, sensitivities
from deltamu.sensitivity.linearised import parameters

MODELS = {"published": dm.PUBLISHED, "gated": dm.GATED}
POLICIES = ("vibe", "planner", "trust-region")
SCENARIOS = {"defaults": dm.Settings(), **dm.PRESETS}
STATES = {"mu": "mu_tangent", "delta": "delta_tangent", "H": "H_tangent", "r": "r_tangent"}


def compare(settings, policy, model, moves, names=None, *, may_leave_out=False):
    """Worst relative error of all tangents, and how many parameters were left out since branches differ."""
    settings = settings.replace(policy=policy)
    ds = dm.tangents(settings, model=model, moves=moves)
    run = Run(settings.policy, MODELS[model])
    worst, left_out, names = 0.0, [], list(ds.wrt.values) if names is None else names

    def everything(values):
        found, branches = run(values, moves)
        results, stop = outcomes(values, found, moves)
        seen.append((branches, stop))
        return {**{("state", *key): value for key, value in found.items() if key[1] < moves}, **results}

    with mp.workdps(DIGITS):
        for name in names:
            seen: list = []
            x = mpf(settings[name])
            h = STEP * (abs(x) if x else 1)
            side = ds.side.sel(wrt=name).item()
            low, high = float(parameter(name).domain.start), float(parameter(name).domain.end)
            if side == "none":
                continue
            if side == "both" and low < x < high:
                up, down = (everything({**settings, name: x + step}) for step in (h, -h))
                want = {key: (up[key] - down[key]) / (2 * h) for key in up.keys() & down.keys()}
            else:
                towards = 1 if side == "right" or (side == "both" and x == low) else -1
                if not low <= x + 2 * towards * h <= high:
                    continue
                want = one_sided_difference(everything, settings, name, towards)
            if len({str(one) for one in seen}) > 1:
                assert may_leave_out, (name, "a branch changes within the step")
                left_out.append(name)
                continue
            got = {key: float(ds[f"{key}_tangent"].sel(wrt=name)) for key in want if isinstance(key, str)}
            for state, label in STATES.items():
                if label in ds:
                    rates = ds[label].sel(wrt=name).values
                    got |= {("state", state, t): float(rates[t]) for t in range(moves)}
            sizes = {state: max(abs(v) for k, v in want.items() if k[:2] == ("state", state)) for state in STATES
                     if ("state", state, 0) in want}  # fmt: skip
            for key, value in got.items():
                size = abs(want[key]) if isinstance(key, str) else max(abs(want[key]), sizes[key[1]] * mpf("1e-3"))
                error = float(abs(mpf(value) - want[key]) / max(size, mpf("1e-12")))
                assert error < 1e-8, (name, key, value, float(want[key]))
                worst = max(worst, error)
    return worst, left_out


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("settings", "policy"), [("defaults", "trust-region"), ("principal-tr", "planner")])
def test_tangents_are_those_of_central_differences(settings, policy, model):
    compare(SCENARIOS[settings], policy, model, 20, ["H", "N", "gamma", "mu0", "delta0", "a2", "tau", "r", "target"])


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("settings", SCENARIOS)
def test_all_tangents_of_defaults_and_presets(settings, policy, model):
    assert compare(SCENARIOS[settings], policy, model, 60)[1] == []  # the longest plan of a preset has ended by then


def random_settings(rng, policy):
    values = {
        symbol.name: rng.uniform(*symbol.slider[:2])
        for symbol in sym.CONTROLS
        if symbol.slider is not None and symbol not in (sym.delta_min, sym.delta_max, sym.T_plan)
    }
    values |= {s.name: s.default * 2 ** rng.uniform(-1, 1) for s in sym.CONSTANTS}
    return dm.Settings(policy, delta_max=float(rng.uniform(0.5, 2)), T_plan=int(rng.integers(0, 40)), **values)


@pytest.mark.long
def test_tangents_of_24_random_scenarios():
    rng = np.random.default_rng(5)
    left_out = compared = 0
    for i in range(24):
        policy, model = POLICIES[i % 3], list(MODELS)[i // 3 % 2]
        settings = random_settings(rng, policy)
        names = [s.name for s in parameters(settings.policy, MODELS[model])]
        chosen = [str(name) for name in rng.choice(names, 8, replace=False)]
        left_out += len(compare(settings, policy, model, 60, chosen, may_leave_out=True)[1])
        compared += len(chosen)
    assert left_out <= 0.02 * compared


STENCIL = {-3: -1 / 60, -2: 9 / 60, -1: -45 / 60, 1: 45 / 60, 2: -9 / 60, 3: 1 / 60}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "policy", ["trust-region", *(pytest.param(name, marks=pytest.mark.long) for name in ("vibe", "planner"))]
)
def test_tangents_of_many_random_scenarios_agree_with_differences_in_double_precision(policy, model):
    """200 scenarios at once, every parameter; runs that change branches within the stencil are few and left out."""
    rng = np.random.default_rng(11)
    every = [random_settings(rng, policy) for _ in range(200)]
    swept = {name: xr.DataArray([float(s[name]) for s in every], dims="run_of") for name in every[0]}
    ds = dm.tangents(policy=policy, model=model, moves=30, **swept)
    left_out = compared = 0
    for name in ds.wrt.values:
        low, high = (float(end) for end in (parameter(name).domain.start, parameter(name).domain.end))
        h = np.minimum(2e-4 * np.abs(swept[name]), np.minimum(swept[name] - low, high - swept[name]) / 4)
        moved = [dm.simulate(policy=policy, model=model, moves=30, **{**swept, name: swept[name] + step * h}).mu.values
                 for step in STENCIL]  # fmt: skip
        want = sum(weight * mu for weight, mu in zip(STENCIL.values(), moved, strict=True)) / h.values[:, None]
        got = ds.mu_tangent.sel(wrt=name).values
        size = np.abs(got).max(axis=1, keepdims=True) + ds.mu.values / swept[name].values[:, None] * 1e-2
        rounding = 2e-14 * ds.mu.values.max(axis=1) / h.values
        bad = (np.abs(got - want) > 2e-6 * size + rounding[:, None]).any(axis=1)
        near = ds.least_switch_margin.values < 2e-2
        assert not (bad & ~near).any(), (name, np.flatnonzero(bad & ~near))
        left_out += bad.sum()
        compared += bad.size
    assert left_out <= 0.04 * compared


def test_of_several_policies_and_models_a_parameter_that_one_does_not_read_has_slope_zero():
    many = dm.tangents(policy=POLICIES, model=list(MODELS), moves=5)
    for policy in POLICIES:
        one = dm.tangents(policy=policy, model="gated", moves=5)
        same = many.mu_tangent.sel(policy=policy, model="gated", wrt=one.wrt)
        np.testing.assert_array_equal(same, one.mu_tangent)
        others = [name for name in many.wrt.values if name not in one.wrt.values]
        assert others and (many.mu_tangent.sel(policy=policy, wrt=others) == 0).all()


# --- kinks -----------------------------------------------------------------------------------------------------------


def test_runs_on_a_switch_are_reported_and_one_sided():
    """The default planner raises r to 0.8 + 15 * 0.01, its cap, exactly: more r gains nothing there, less loses."""
    ds = dm.tangents(policy="planner", model="gated", moves=40)
    assert float(ds.least_switch_margin) < 1e-14
    sides = ds.side.to_series()
    assert sides["r"] == sides["dr"] == "right" and sides["plan_cap"] == "left"
    assert set(sides.drop(["r", "dr", "plan_cap"])) == {"both"}
    step = 1e-7
    now, more, less = (
        dm.simulate(policy="planner", model="gated", r=r, moves=40).mu for r in (0.8, 0.8 + step, 0.8 - step)
    )
    held = float(ds.mu_tangent.sel(wrt="r")[-1])
    assert float((more - now)[-1]) / step == pytest.approx(held, abs=1e-6)
    assert float((now - less)[-1]) / step != pytest.approx(held, rel=1e-2)


def test_a_radius_that_stays_at_its_bound_is_no_kink():
    ds = dm.tangents("principal-tr", model="gated")
    assert float(ds.least_switch_margin) == 0
    assert set(ds.side.values) == {"both"}


def test_a_run_that_comes_to_rest_at_its_floor_is_on_no_kink():
    """E falls to 0 in the end, up to rounding, but no small change of a parameter makes it cross."""
    ds = dm.tangents("principal-tr", model="published", moves=200)
    assert float(ds.least_switch_margin) < 1e-14
    assert set(ds.side.values) == {"both"}


def test_infinite_tangents_are_said_to_be_none():
    ds = dm.tangents("principal-tr", N=[0, 1], moves=20)
    assert ds.side.sel(N=0, wrt="N") == "none"
    assert not np.isfinite(ds.final_mu_tangent.sel(N=0, wrt="N"))
    assert ds.side.sel(N=1, wrt="N") == "both"
    assert ds.side.sel(N=0, wrt="gamma") == "both"  # without reviewers, their correlation changes nothing
    assert ds.final_mu_tangent.sel(N=0, wrt="gamma") == 0
    table = sensitivities("final_mu", "principal-tr", N=0, moves=20).sel(wrt="N")
    assert "compare two runs" in table.reason.item()
    want = (
        dm.simulate("principal-tr", N=1, moves=20).mu_next[-1] - dm.simulate("principal-tr", N=0, moves=20).mu_next[-1]
    )
    assert float(table.difference) == pytest.approx(float(want), rel=1e-13)


def test_an_infinite_tangent_counts_for_nothing_where_nothing_reads_it():
    """At r = 0 the gated mass has an infinite slope in r, but the tests see none of it: R falls by mu."""
    ds = dm.tangents("principal-tr", model="gated", r=0, wrt=["r", "mu0"], moves=20)
    assert not np.isfinite(ds.final_mu_tangent.sel(wrt="r"))
    assert float(ds.final_pass_probability_tangent.sel(wrt="r")) == pytest.approx(-float(ds.final_mu), rel=1e-12)


def test_without_reviewers_and_with_one_candidate_more_reviewers_change_nothing():
    """noob-vibe: z = 0, so that the infinite slope of the score accuracy at N = 0 counts for nothing."""
    for model in MODELS:
        ds = dm.tangents("noob-vibe", model=model)
        assert (ds.mu_tangent.sel(wrt=["N", "gamma", "K_r"]) == 0).all()
        assert (ds.side.sel(wrt=["N", "gamma", "K_r"]) == "both").all()


# --- labelled results ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_run_is_the_simulated_one_bit_by_bit(policy, model):
    swept = {"policy": policy, "model": model, "moves": 60, "H": [0.1, 0.6, 0.97], "N": [0, 3]}
    ds, run = dm.tangents(**swept), dm.simulate(**swept)
    np.testing.assert_array_equal(ds.mu, run.mu)
    np.testing.assert_array_equal(ds.delta_t, run.delta_t)
    np.testing.assert_array_equal(ds.final_mu, run.mu_next[..., -1])
    np.testing.assert_array_equal(ds.moves_to_target_interpolated, run.moves_to_target_interpolated)
    np.testing.assert_allclose(ds.final_reliability, run.reliability[..., -1], rtol=1e-14)


def test_dimensions_names_and_blocks(monkeypatch):
    swept = {"mu0": np.linspace(5, 30, 7), "K": [2, 5], "moves": 12}
    whole = dm.tangents("planner-spec", model="gated", **swept)
    assert whole.mu_tangent.dims == ("mu0", "K", "wrt", "move")
    assert {"mu_tangent", "delta_tangent", "H_tangent", "r_tangent", "switch_margin", "side"} <= set(whole)
    assert {f"{name}_tangent" for name in SMOOTH} <= set(whole)
    monkeypatch.setattr(import_module("deltamu.sensitivity.tangents"), "BLOCK", 3)
    xr.testing.assert_identical(dm.tangents("planner-spec", model="gated", **swept), whole)
    alone = dm.tangents("planner-spec", model="gated", mu0=5.0, K=2, moves=12)
    np.testing.assert_array_equal(alone.mu_tangent, whole.mu_tangent[0, 0])
    few = dm.tangents("planner-spec", model="gated", keep="outcomes", wrt="a1", **swept)
    assert "move" not in few.dims
    np.testing.assert_array_equal(few.final_mu_tangent.sel(wrt="a1"), whole.final_mu_tangent.sel(wrt="a1"))


@pytest.mark.parametrize("model", MODELS)
def test_a_schedule_that_has_ended_is_a_source_like_any_other(monkeypatch, model):
    """Runs that end their schedules at different moves keep the sources that they have, alone they go on with fewer."""
    swept = {"T_plan": [0, 4, 9], "H": [0.2, 0.9], "moves": 25}
    whole = dm.tangents(policy="planner", model=model, **swept)
    alone = dm.tangents(policy="planner", model=model, **{**swept, "T_plan": 4})
    for name in whole.data_vars:
        if name.endswith("_tangent"):
            np.testing.assert_allclose(alone[name], whole[name].sel(T_plan=4), rtol=1e-11, atol=1e-13)
    xr.testing.assert_equal(alone.side, whole.side.sel(T_plan=4, drop=True))
    monkeypatch.setattr(import_module("deltamu.sensitivity.tangents"), "BLOCK", 1)
    xr.testing.assert_identical(dm.tangents(policy="planner", model=model, **swept), whole)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("policy", POLICIES)
def test_sides_may_be_left_out(policy, model):
    how = {"policy": policy, "model": model, "moves": 25, "H": [0.1, 0.6], "N": [0, 3]}
    whole, bare = dm.tangents(**how), dm.tangents(**how, sides=False)
    xr.testing.assert_identical(bare, whole.drop_vars(["switch_margin", "least_switch_margin", "side"]))


def test_margins_where_a_comparison_has_no_finite_sides():
    """Without reviewers A is 1/2 whatever E is; A_lo = 0 and A_hi = 1 are never crossed."""
    ds = dm.tangents(moves=5, N=[0, 3], A_lo=[0.0, 0.3], A_hi=[0.5, 1.0])
    assert np.isfinite(ds.switch_margin).all() and np.isfinite(ds.mu_tangent.sel(wrt="mu0")).all()
    assert (ds.least_switch_margin.sel(N=0, A_hi=0.5) == 0).all()
    assert (ds.side.sel(N=0, A_hi=0.5, wrt="A_hi") != "both").all()
    assert (ds.least_switch_margin.sel(A_hi=1.0) > 0).all()


def test_policies_and_models_become_dimensions():
    ds = dm.tangents(policy=["vibe", "trust-region"], model=["published", "gated"], wrt=["a1", "mu0"], moves=5)
    assert ds.mu_tangent.dims == ("policy", "model", "wrt", "move")


def test_a_policy_of_ones_own_is_differentiated():
    ds = dm.tangents(policy=PATIENT, wrt=["patience", "gamma"], moves=15)
    h = 1e-4
    for name, x in (("patience", 0.5), ("gamma", 0.2)):
        moved = {step: dm.simulate(policy=PATIENT, moves=15, **{name: x + step * h}) for step in STENCIL}
        for variable, label in (("mu", "mu_tangent"), ("average_t", "average_tangent")):
            want = sum(weight * moved[step][variable].values for step, weight in STENCIL.items()) / h
            np.testing.assert_allclose(ds[label].sel(wrt=name), want, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wrt": "a3"}, "unknown parameter 'a3'"),
        ({"wrt": ["T_plan"], "policy": "planner"}, "T_plan takes whole numbers only: compare two runs"),
        ({"wrt": []}, "wrt needs at least one parameter"),
        ({"keep": "final"}, "keep = 'final' is neither 'all' nor 'outcomes'"),
        ({"moves": 0}, "moves = 0 is not a whole number >= 1"),
    ],
)
def test_input_is_refused_in_one_line(options, message):
    with pytest.raises(dm.InputError, match=message):
        dm.tangents(**options)


def test_a_start_that_passes_costs_nothing():
    ds = dm.tangents(mu0=0.01)
    assert ds.moves_to_target_interpolated == 0 and ds.cost_to_stop == 0
    assert (ds.moves_to_target_interpolated_tangent == 0).all()
    slope = float(ds.false_pass_at_stop_tangent.sel(wrt="mu0"))
    assert slope == pytest.approx(0.2 * np.exp(-0.2 * 0.01), rel=1e-12)


def test_parameters_that_change_nothing_have_tangent_zero():
    ds = dm.tangents("principal-tr", wrt=["r", "decay", "w_review"], moves=30)
    assert (ds.mu_tangent == 0).all()
    assert float(ds.cost_to_stop_tangent.sel(wrt="w_review")) == 30 * 4 * 10


def test_one_parameter_of_a_run_with_a_tie_elsewhere():
    """A state that a parameter does not move has tangents of 0 at a switch that only some points lie on."""
    ds = dm.tangents(policy="planner", wrt="mu0", moves=30, keep="outcomes", K=[1, 2, 4], N=[0, 1])
    assert ds.final_mu_tangent.sizes == {"K": 3, "N": 2, "wrt": 1}
    alone = dm.tangents(policy="planner", wrt="mu0", moves=30, keep="outcomes", K=2, N=1)
    assert float(ds.final_mu_tangent.sel(K=2, N=1, wrt="mu0")) == float(alone.final_mu_tangent.sel(wrt="mu0"))
