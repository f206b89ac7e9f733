"""Runs against runs, and the trust region against schedules without feedback."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import deltamu as dm
from deltamu.presentation.plotting import plot_advantage_map

FIXED = dm.Settings("vibe", decay=1)


def test_moves_to_a_level_are_those_of_simulate():
    ds = dm.compare(None, FIXED, level=[2.0, 1.0], model=["published", "gated"])
    for model in ("published", "gated"):
        run = dm.simulate(model=model, moves=200)
        for level in (2.0, 1.0):
            n = int(np.argmax(run.mu_next.values <= level))
            before, after = float(run.mu[n]), float(run.mu_next[n])
            want = n + (before - level) / (before - after)
            assert float(ds.moves.sel(model=model, level=level)) == pytest.approx(want, rel=1e-13)
    np.testing.assert_allclose(ds.ratio, ds.moves_baseline / ds.moves)


def test_moves_to_a_target():
    ds = dm.compare(None, FIXED, target=[0.5, 0.65, 0.9], moves=2000)
    run = dm.simulate(target=[0.5, 0.65, 0.9], moves=2000)
    np.testing.assert_array_equal(ds.moves, run.moves_to_target_interpolated)
    assert ds.status.values.tolist() == ["both", "only settings", "neither"]
    assert ds.ratio.values[1:].tolist() == [np.inf, 1.0]


def test_statuses_and_ratios():
    assert dm.compare(FIXED, None, level=0.5, moves=2000).status == "only baseline"
    assert dm.compare(FIXED, None, level=0.5, moves=2000).ratio == 0
    there = dm.compare(None, FIXED, level=20.0)
    assert (there.status.item(), there.ratio.item(), there.moves.item()) == ("both", 1.0, 0.0)
    for given in ({}, {"level": 1, "target": 0.5}):
        with pytest.raises(dm.InputError, match="either a level of the defect mass or a target"):
            dm.compare(None, FIXED, **given)
    with pytest.raises(dm.InputError, match="level = -1 is not a defect mass >= 0"):
        dm.compare(None, FIXED, level=-1)


def test_the_best_fixed_radius_is_best():
    ds = dm.advantage(model="gated", overreach=2.0, mu0=[6, 25])
    for mu0 in ds.mu0.values:
        one = ds.sel(mu0=mu0)
        given = {"level": float(one.level), "model": "gated", "overreach": 2.0, "mu0": float(mu0)}
        others = dm.compare(FIXED, FIXED, delta0=np.geomspace(0.1, 1, 30), **given).moves
        assert float(one.moves_best_fixed) <= float(others.min()) * (1 + 1e-9)
        again = dm.compare(FIXED, FIXED, delta0=float(one.best_radius), **given)
        assert float(again.moves) == pytest.approx(float(one.moves_best_fixed), rel=1e-12)
        assert float(one.moves_best_decay) <= float(one.moves_best_fixed)
        assert float(one.over_best_fixed) == pytest.approx(
            float(one.moves_best_fixed) / float(one.moves_trust_region), rel=1e-14
        )


def test_published_at_c_0_the_largest_fixed_radius_always_wins():
    """The radius never lowers the gain there, so nothing beats delta_max from the start."""
    ds = dm.advantage(mu0=[4, 12, 40], delta0=[0.05, 0.25], delta_max=[0.5, 1.0, 2.0])
    np.testing.assert_allclose(ds.best_radius, ds.delta_max.broadcast_like(ds.best_radius), rtol=1e-12)
    assert (ds.over_best_fixed < 1).all()
    assert (ds.over_fixed > 1).all()


def test_feedback_pays_where_no_fixed_radius_suits_both_ends_of_the_run():
    """Gated, c = 1, r = .8: large radii are best far from the floor and useless near it."""
    ds = dm.advantage(model="gated", overreach=1.0, r=0.8, mu0=[12, 25])
    assert (ds.over_best_fixed > 1.1).all()
    assert (ds.over_fixed > 2).all()


@pytest.mark.parametrize("controls", [{"a2": 0}, {"r": 1}, {"rho": 0, "H": 0, "N": 0}, {"alpha": 1}, {"mu0": 0},
                                      {"s0": 0}, {"sigma_r": 0}])  # fmt: skip
@pytest.mark.parametrize("model", ["published", "gated"])
def test_degenerate_inputs_give_no_nan(controls, model):
    ds = dm.advantage(model=model, moves=60, **controls)
    for name, array in ds.items():
        assert array.notnull().all(), name
    with pytest.raises(dm.InputError, match="margin = 0 is not a number > 0"):
        dm.advantage(margin=0)
    with pytest.raises(dm.InputError, match="moves = 0 is not a whole number >= 1"):
        dm.advantage(moves=0)


def test_the_map_is_drawn():
    ds = dm.advantage(model="gated", overreach=[0.5, 1.0], mu0=[6, 12, 25], r=0.8, moves=300)
    ax = plot_advantage_map(ds, Figure().subplots())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("initial defect mass (defects)", "overreach")
