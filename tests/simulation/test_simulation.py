"""The mean-field simulator: semantics of a run, labels, and bits that do not depend on the sweep."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import deltamu as dm
from deltamu import symbols as sym
from deltamu.simulation import simulate as simulation

PER_MOVE = [
    "mu", "delta_t", "H_t", "r_t", "expected_improvement", "gain", "acceptance", "mu_next",
    "pass_probability", "false_pass_probability", "reliability",
]  # fmt: skip


def step_by_step(settings, model, moves):
    """The same run, one `evaluate` a move: slow, and without the compiled loop."""
    H, r, delta, mu = settings["H"], settings["r"], settings["delta0"], settings["mu0"]
    rows = []
    for _ in range(moves):
        controls = {name: settings[name] for name in settings if name not in ("H", "r")}
        ds = dm.evaluate(["gain", "acceptance", "mu_next"], model=model, mu=mu, delta=delta, H=H, r=r, **controls)
        rows.append((mu, delta, float(ds.gain), float(ds.acceptance)))
        factor = settings["alpha"] if ds.acceptance > settings["A_hi"] else 1.0
        factor = settings["beta"] if ds.acceptance < settings["A_lo"] else factor
        delta = min(max(delta * factor, settings["delta_min"]), settings["delta_max"])
        mu = float(ds.mu_next)
    return np.array(rows)


@pytest.mark.parametrize("model", ["published", "gated"])
def test_a_run_is_its_moves_one_by_one(model):
    settings = dm.Settings("trust-region", overreach=2.0, A_lo=0.5, A_hi=0.8)
    want = step_by_step(settings, model, 25)
    ds = dm.simulate(settings, model=model, moves=25)
    got = np.stack([ds[name] for name in ("mu", "delta_t", "gain", "acceptance")], axis=1)
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_variables_dimensions_and_labels():
    ds = dm.simulate("principal-tr", moves=7, N=[0, 2], gamma=[0.1, 0.2, 0.3])
    assert [name for name in ds if "move" in ds[name].dims] == PER_MOVE
    for name in PER_MOVE:
        assert ds[name].dims == ("N", "gamma", "move")
        assert ds[name].attrs["long_name"]
    assert (
        ds.mu.attrs["units"] == "defects" and "units" not in ds.acceptance.attrs
    )  # of a pure number, no plot says [1]
    assert ds.status.dims == ("N", "gamma")
    assert ds.N.values.tolist() == [0, 2]
    assert ds.attrs["model"] == "published"
    assert ds.attrs["deltamu_version"] == dm.__version__
    assert not {symbol.name for symbol in sym.PARAMETERS} & set(ds.data_vars)


def test_states_follow_each_other():
    ds = dm.simulate("principal-tr", model="gated", moves=30)
    np.testing.assert_array_equal(ds.mu[1:], ds.mu_next[:-1])
    np.testing.assert_array_equal(ds.pass_probability, np.exp(-ds.r_t * ds.mu_next))
    np.testing.assert_array_equal(ds.reliability, np.exp(-ds.mu_next))
    assert ds.mu[0] == 15


def test_policies_and_models_become_dimensions():
    ds = dm.simulate(policy=["vibe", dm.PLANNER], model=[dm.PUBLISHED, "gated"], moves=3, H=[0.1, 0.2])
    assert ds.mu.dims == ("policy", "model", "H", "move")
    one = dm.simulate(policy="planner", model="gated", moves=3, H=0.2)
    np.testing.assert_array_equal(ds.mu.sel(policy="planner", model="gated", H=0.2), one.mu)
    assert dm.simulate(policy=["vibe"], moves=2).mu.dims == ("policy", "move")
    with pytest.raises(dm.InputError, match="no two alike"):
        dm.simulate(policy=["vibe", "vibe"])


def test_paired_sweeps_keep_their_dimension():
    case = xr.DataArray([0.1, 0.5], dims="case", coords={"case": ["low", "high"]})
    ds = dm.simulate(H=case, rho=case, N=[0, 1], moves=2)
    assert ds.mu.dims == ("case", "N", "move") or ds.mu.dims == ("N", "case", "move")
    assert ds.H.dims == ("case",)
    one = dm.simulate(H=0.5, rho=0.5, N=1, moves=2)
    np.testing.assert_array_equal(ds.mu.sel(case="high", N=1), one.mu)


@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
@pytest.mark.parametrize("model", ["published", "gated"])
def test_a_point_has_the_same_bits_alone_and_in_any_sweep(policy, model, monkeypatch):
    rng = np.random.default_rng(20261124)
    n = 67
    ranges = {"H": (0, 1), "rho": (0, 1), "r": (0, 1), "delta0": (0.01, 2), "gamma": (0, 0.9), "mu0": (2, 40)}
    points = {name: rng.uniform(*ends, n) for name, ends in ranges.items()}
    points |= {"K": rng.integers(1, 13, n), "N": rng.integers(0, 9, n)}
    swept = {name: xr.DataArray(values, dims="point") for name, values in points.items()}
    whole = dm.simulate(policy=policy, model=model, moves=20, **swept)
    for i in range(0, n, 6):
        alone = dm.simulate(policy=policy, model=model, moves=20, **{k: v[i] for k, v in points.items()})
        for name in alone.data_vars:
            assert whole[name].isel(point=i).values.tobytes() == alone[name].values.tobytes(), name
    for block in (1, 5, 16):
        monkeypatch.setattr(simulation, "BLOCK", block)
        xr.testing.assert_identical(dm.simulate(policy=policy, model=model, moves=20, **swept), whole)


def test_final_is_the_last_move_of_all():
    last = dm.simulate("principal-tr", moves=40, N=[0, 3], keep="all").isel(move=-1)
    xr.testing.assert_identical(dm.simulate("principal-tr", moves=40, N=[0, 3], keep="final"), last)


def test_named_variables_are_kept_and_may_be_any_quantity_of_the_model():
    ds = dm.simulate(moves=5, keep=["mu", "efficiency", "rho_eff", "delta_proposed", "pass_probability"])
    assert list(ds)[:5] == ["mu", "efficiency", "rho_eff", "delta_proposed", "pass_probability"]
    np.testing.assert_array_equal(ds.pass_probability, dm.simulate(moves=5).pass_probability)
    np.testing.assert_allclose(ds.rho_eff, 0.9)
    with pytest.raises(dm.InputError, match="unknown variable to keep 'mmu': did you mean mu"):
        dm.simulate(keep=["mmu"])
    with pytest.raises(dm.InputError, match="keep = 'some' is neither"):
        dm.simulate(keep="some")


def test_moves_to_target_counts_from_the_start():
    ds = dm.simulate(policy="vibe", delta0=1.0, decay=1.0, K=12, N=8, gamma=0, H=0.9, rho=0.9, target=[0.3, 0.5, 0.99])
    for target in ds.target.values:
        one = ds.sel(target=target)
        passed = np.flatnonzero(one.pass_probability >= target)
        want = passed[0] + 1 if passed.size else math.inf
        assert one.moves_to_target == want
    assert dm.simulate(mu0=0.01).moves_to_target == 0
    assert dm.simulate(r=0).moves_to_target == 0
    assert dm.simulate(r=0).status == "reached"


def test_the_planners_cap_counts_at_the_start():
    """With r = 1 the planner starts at r = 0.95: a start that passes only thanks to the cap is reached at 0."""
    mu0 = -math.log(0.95) / 0.97
    assert dm.simulate(policy="planner", r=1.0, mu0=mu0, target=0.95, moves=1).moves_to_target == 0
    assert dm.simulate(policy="vibe", r=1.0, mu0=mu0, target=0.95, moves=1).moves_to_target > 0


def test_interpolated_moves_are_linear_in_mu():
    ds = dm.simulate(delta0=1.0, K=12, N=8, gamma=0, H=0.9, rho=0.9, target=[0.3, 0.4, 0.5], delta_max=2)
    for one in (ds.sel(target=target) for target in ds.target.values):
        n = int(one.moves_to_target)
        threshold = -math.log(float(one.target)) / 0.8
        before, after = float(one.mu[n - 1]), float(one.mu_next[n - 1])
        want = n - 1 + (before - threshold) / (before - after)
        assert float(one.moves_to_target_interpolated) == pytest.approx(want, rel=1e-12)
    assert np.isinf(dm.simulate(moves=2).moves_to_target_interpolated)


def test_statuses():
    assert dm.simulate(mu0=0.01).status == "reached"
    assert dm.simulate(moves=3).status == "exhausted"
    assert dm.simulate(delta0=1, moves=2000).status == "stalled"  # at its floor, the radius at delta_max
    fading = dm.simulate(policy="vibe", delta0=1e-9, mu0=12)
    assert fading.status == "exhausted"  # mu hardly moves, but the radius is still shrinking
    assert dm.simulate(policy="vibe", decay=1, delta0=1e-12).status == "stalled"


def test_arrays_run_on_past_the_target_and_a_stall():
    assert dm.simulate(mu0=0.01, moves=33).sizes["move"] == 33


@given(
    st.sampled_from(["vibe", "planner", "trust-region"]),
    st.sampled_from(["published", "gated"]),
    st.fixed_dictionaries(
        {
            "H": st.floats(0, 1), "rho": st.floats(0, 1), "r": st.floats(0, 1), "gamma": st.floats(0, 1),
            "mu0": st.floats(0, 1e6), "delta0": st.floats(1e-6, 1e3), "K": st.integers(1, 50), "N": st.integers(0, 50),
            "overreach": st.floats(0, 10), "sigma_r": st.sampled_from([0.0, 0.35]), "s0": st.sampled_from([0.0, 0.4]),
            "tau": st.floats(0, 1), "kappa1": st.floats(0, 1), "T_plan": st.integers(0, 9),
        }
    ),
)  # fmt: skip
def test_a_run_never_leaves_the_domain(policy, model, controls):
    ds = dm.simulate(policy=policy, model=model, moves=12, **controls)
    for name in PER_MOVE:
        assert np.isfinite(ds[name]).all(), name
    assert (ds.mu >= 0).all()
    assert (ds.delta_t > 0).all()
    for name in ("acceptance", "pass_probability", "false_pass_probability", "reliability", "H_t", "r_t"):
        assert ((ds[name] >= 0) & (ds[name] <= 1)).all(), name
    if model == "published":
        assert (ds.acceptance >= 0.5).all()
        assert (ds.mu_next <= ds.mu).all()


def test_results_survive_netcdf_and_become_tables(tmp_path):
    ds = dm.simulate(policy=["vibe", "planner"], moves=4, N=[0, 1])
    ds.to_netcdf(tmp_path / "runs.nc")
    with xr.open_dataset(tmp_path / "runs.nc") as back:
        back.load()
    xr.testing.assert_equal(back, ds)
    assert back.attrs == ds.attrs
    assert back.mu.attrs == ds.mu.attrs
    assert len(ds.to_dataframe()) == 2 * 2 * 4


@pytest.mark.parametrize("moves", [0, -1, 1.5, True, "3", None])
def test_the_number_of_moves_is_checked(moves):
    with pytest.raises(dm.InputError, match=r"^moves = .* is not a whole number >= 1$"):
        dm.simulate(moves=moves)


def test_unknown_names_are_refused():
    with pytest.raises(dm.InputError, match="unknown preset 'noob': did you mean noob-vibe"):
        dm.simulate("noob")
    with pytest.raises(dm.InputError, match="unknown model 'gate': did you mean gated"):
        dm.simulate(model="gate")
    with pytest.raises(dm.InputError, match="unknown control 'mu'"):
        dm.simulate(mu=3)


def test_memory_does_not_grow_with_moves_when_only_the_end_is_kept():
    few = dm.simulate(keep="final", moves=2, mu0=np.linspace(2, 40, 50))
    many = dm.simulate(keep="final", moves=200, mu0=np.linspace(2, 40, 50))
    assert few.nbytes == many.nbytes
