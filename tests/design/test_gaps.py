"""Optimality gaps of policies and of fixed radii."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import deltamu as dm
from deltamu.design.feedback.gaps import STATUSES, standard_cases
from deltamu.presentation.plotting import plot_gaps

MODELS = ("published", "gated")


@pytest.mark.parametrize("model", MODELS)
def test_the_optimum_bounds_every_case(model):
    cases = {name: case for name, case in standard_cases().items() if name in dm.PRESETS or "t-region, legacy" in name}
    ds = dm.optimality_gaps(cases, model=model, share=0.9, overreach=1.0, moves=60)
    assert (ds.moves_optimal < np.inf).all()
    assert (ds.moves_optimal <= ds.moves_fixed + 1e-9).all()
    assert (ds.moves_optimal <= ds.moves_policy + 1e-9).where(ds.inside, True).all()
    assert (ds.whole_moves_optimal <= ds.whole_moves_fixed).all()
    assert (ds.mass_optimal <= ds.mass_fixed + 1e-12).all()
    assert (ds.mass_optimal <= ds.mass_policy + 1e-12).where(ds.inside, True).all()
    assert (ds.gap >= 1).where(ds.inside, True).all() and (ds.gap_fixed >= 1 - 1e-9).all()


@pytest.mark.parametrize("model", MODELS)
def test_moves_are_those_of_simulate(model):
    for policy in dm.POLICIES:
        given = {"policy": policy, "model": model, "target": 0.2, "moves": 50}
        ds, run = dm.optimality_gap("principal-tr", **given), dm.simulate("principal-tr", **given)
        assert float(ds.whole_moves_policy) == float(run.moves_to_target)
        assert float(ds.moves_policy) == pytest.approx(float(run.moves_to_target_interpolated), rel=1e-12)
        assert float(ds.mass_policy) == float(run.mu_next[-1])
        best = dm.optimal_policy("principal-tr", **given)
        assert float(ds.moves_optimal) == float(best.moves_to_target_interpolated)
        assert float(ds.gap) == float(ds.moves_policy / ds.moves_optimal)


def test_the_best_fixed_radius_is_best():
    given = {"policy": "planner", "model": "gated", "overreach": 1.5, "target": 0.5, "moves": 60}
    ds = dm.optimality_gap(**given)
    from deltamu.design.feedback.stages import held
    from deltamu.model.policies import PLANNER

    scan = dm.simulate(**given | {"policy": held(PLANNER), "delta0": np.geomspace(0.01, 1, 200), "keep": "final"})
    assert float(ds.moves_fixed) <= float(scan.moves_to_target_interpolated.min()) + 1e-9
    at = dm.simulate(**given | {"policy": held(PLANNER), "delta0": float(ds.best_fixed_radius), "keep": "final"})
    assert float(at.moves_to_target_interpolated) == pytest.approx(float(ds.moves_fixed), rel=1e-12)
    old = dm.advantage(level=1.5, overreach=1.5, moves=60)
    new = dm.optimality_gap(level=1.5, overreach=1.5, moves=60)
    assert float(new.moves_fixed) == pytest.approx(float(old.moves_best_fixed), rel=1e-6)
    assert float(new.moves_policy) == pytest.approx(float(old.moves_trust_region), rel=1e-12)


def test_feedback_beats_every_fixed_radius_with_overreach():
    ds = dm.optimality_gap(policy="trust-region", share=0.95, overreach=1.0, mu0=6, target=0.9, r=0.9, H=0.8)
    assert float(ds.gap_fixed) > 1.2
    assert 0.1 < float(ds.best_fixed_radius) < 0.99


def test_who_arrives():
    assert dm.optimality_gap().status == "out of reach"
    none = dm.optimality_gap()
    assert (float(none.gap), float(none.gap_fixed)) == (1.0, 1.0) and np.isinf(none.moves_optimal)
    assert dm.optimality_gap(target=0.6).status == "policy arrives"
    slow = dm.optimality_gap(policy="vibe", target=0.6)
    assert slow.status == "a fixed radius arrives" and np.isinf(slow.gap)
    assert not slow.inside  # its radius falls below delta_min
    assert dm.optimality_gap(target=0.6, moves=5).status == "moves run out"
    reached = dm.optimality_gap(mu0=0.01)
    assert float(reached.gap) == 1 and float(reached.moves_optimal) == 0
    between = dm.optimality_gap(share=0.999, overreach=1.0, moves=400)
    assert between.status == "only feedback arrives" and np.isinf(between.gap_fixed)
    assert set(STATUSES) >= {str(between.status.values)}


def test_sweeps_and_bits():
    given = {"share": 0.9, "overreach": 0.5, "moves": 25}
    ds = dm.optimality_gap(policy=["vibe", "planner"], model=list(MODELS), mu0=[6, 12], **given)
    assert ds.gap.dims == ("policy", "model", "mu0")
    one = dm.optimality_gap(policy="planner", model="gated", mu0=12, **given)
    for name in one:
        np.testing.assert_array_equal(one[name], ds[name].sel(policy="planner", model="gated", mu0=12))
    assert all(array.notnull().all() for array in ds.values())


def test_bad_input():
    with pytest.raises(dm.InputError, match="a level or a share, not both"):
        dm.optimality_gap(level=1.0, share=0.5)
    with pytest.raises(dm.InputError, match=r"share = 1 is outside \(0, 1\)"):
        dm.optimality_gap(share=1)
    with pytest.raises(dm.InputError, match="level = nan"):
        dm.optimality_gap(level=float("nan"))
    with pytest.raises(dm.InputError, match="no cases"):
        dm.optimality_gaps({})


def test_gaps_are_drawn():
    ds = dm.optimality_gaps(dm.PRESETS, share=0.9)
    ax = plot_gaps(ds, Figure().subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(dm.PRESETS)
    assert ax.get_xticklabels()[-1].get_text() == "never"
    policy = next(line for line in ax.lines if line.get_label() == "policy")
    assert policy.get_xdata() == pytest.approx([float(ds.gap.sel(case="principal-tr"))])


@pytest.mark.long
@pytest.mark.parametrize("options", [{}, {"share": 0.95, "overreach": 1.0}], ids=["target", "share of a harmful work"])
@pytest.mark.parametrize("model", MODELS)
def test_every_standard_case(model, options):
    ds = dm.optimality_gaps(model=model, **options)
    assert ds.sizes["case"] == 18 and bool(ds.greedy.all())
    assert (ds.gap >= 1 - 1e-12).where(ds.inside, True).all()
    assert (ds.gap_fixed >= 1 - 1e-9).all()
