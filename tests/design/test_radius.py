"""The best radius of one move."""

import mpmath
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import symbols as sym
from deltamu.design.radius import BestRadius, stationary_radius
from deltamu.presentation.plotting import label_lines, plot_radii_by_mass

MODELS = ("published", "gated")


@given(
    H=st.floats(0, 1), rho=st.floats(0, 1), r=st.floats(0, 1), gamma=st.floats(0, 0.9), K=st.floats(1, 12),
    N=st.integers(0, 8), c=st.one_of(st.just(0.0), st.floats(0, 4)), mu=st.floats(0, 40),
    low=st.floats(0.01, 1), width=st.floats(1, 100), model=st.sampled_from(MODELS),
)  # fmt: skip
def test_no_radius_of_a_dense_scan_gains_more(H, rho, r, gamma, K, N, c, mu, low, width, model):
    at = {"H": H, "rho": rho, "r": r, "gamma": gamma, "K": K, "N": N, "overreach": c, "mu": mu, "model": model}
    at |= {"delta_min": low, "delta_max": low * width}
    found = dm.best_radius(**at)
    assert low <= float(found.best_radius) <= low * width
    scan = dm.evaluate("gain", delta=np.geomspace(low, low * width, 1501).tolist(), **at).gain
    assert float(scan.max()) <= float(found.best_gain) + 1e-9 * abs(float(found.best_gain)) + 1e-15
    again = dm.evaluate("gain", delta=float(found.best_radius), **at).gain
    assert float(again) == float(found.best_gain)


@pytest.mark.parametrize("c", [0.3, 1.0, 5.0])
def test_the_closed_form_is_the_peak_without_selection(c):
    """Against mpmath, from the article's formula: a1 rho_eff m - a2 (1 - kappa2 H) over twice the second times c."""
    ds = dm.best_radius(mu=[0.8, 2.0, 9.0], overreach=c, N=0, delta_max=50.0, delta_min=1e-6)
    for mu, radius, place in zip(ds.mu.values, ds.best_radius.values, ds.place.values, strict=True):
        with mpmath.workdps(30):
            rho_eff = 1 - (1 - mpmath.mpf("0.75")) * (1 - mpmath.mpf("0.6"))
            harm = mpmath.mpf("0.15") * (1 - mpmath.mpf("0.3") * mpmath.mpf("0.6"))
            want = (mpmath.mpf("0.9") * rho_eff * mu / (mu + 4) - harm) / (2 * harm * c)
        assert radius == pytest.approx(float(want), rel=1e-13)
        assert place == "interior"


def test_the_closed_form_is_the_solvers(monkeypatch):
    closed = dm.best_radius(mu=[0.8, 2.0, 9.0], overreach=[0.5, 2.0], N=0, delta_max=2)
    monkeypatch.setattr("deltamu.design.radius.stationary_radius", lambda model: None)
    searched = dm.best_radius(mu=[0.8, 2.0, 9.0], overreach=[0.5, 2.0], N=0, delta_max=2)
    np.testing.assert_allclose(closed.best_radius, searched.best_radius, rtol=1e-13)
    np.testing.assert_allclose(closed.best_gain, searched.best_gain, rtol=1e-13)


def test_the_closed_form_follows_the_formulas():
    damped = dm.Formula(sym.mu_Delta, sym.a1 * sym.delta * sym.mu - sym.a2 * sym.overreach * sym.delta**2)
    peak = stationary_radius(dm.PUBLISHED.replace(damped, name="damped"))
    assert (peak.expr - sym.a1 * sym.mu / (2 * sym.a2 * sym.overreach)).simplify() == 0
    cubic = dm.Formula(sym.mu_Delta, sym.mu * sym.delta - sym.delta**3)
    assert stationary_radius(dm.PUBLISHED.replace(cubic, name="cubic")) is None
    straight = dm.Formula(sym.mu_Delta, sym.mu * sym.delta)
    assert stationary_radius(dm.PUBLISHED.replace(straight, name="straight")) is None


def test_another_model_is_searched_with_its_own_slope():
    cubic = dm.PUBLISHED.replace(dm.Formula(sym.mu_Delta, sym.mu * sym.delta - sym.delta**3), name="cubic")
    ds = dm.best_radius(model=cubic, mu=0.3, N=0)
    assert float(ds.best_radius) == pytest.approx(0.1**0.5, rel=1e-13)


def test_without_overreach_the_largest_radius_is_best_where_any_gains():
    ds = dm.best_radius(mu=np.geomspace(0.05, 40, 40), N=[0, 3, 8], H=[0, 0.6, 1], delta_max=[0.5, 2.0])
    assert set(ds.place.values.flat) == {"at delta_max", "no gain"}
    assert (ds.best_gain.where(ds.place == "no gain", 0.0) == 0).all()


def test_places():
    ds = dm.best_radius(mu=[0.0, 0.3, 0.9, 12.0], overreach=1)
    assert ds.place.values.tolist() == ["no gain", "no gain", "interior", "at delta_max"]
    assert dm.best_radius(mu=0.2, model="gated", overreach=4, delta_min=0.05).place.item() == "at delta_min"
    one = dm.best_radius(mu=2.0, delta_min=0.3, delta_max=0.3)
    assert one.best_radius.item() == 0.3


EDGES = [{"s0": 0}, {"sigma_r": 0}, {"a2": 0}, {"a1": 0}, {"r": 0}, {"r": 1}, {"N": 0}, {"K": 1, "K_r": 0},
         {"gamma": 1}, {"H": 1, "kappa1": 1}, {"kappa2": 1, "H": 1}]  # fmt: skip


@pytest.mark.parametrize("controls", EDGES, ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_edges_give_numbers(controls, model):
    ds = dm.best_radius(mu=[0.0, 1e-12, 0.5, 1e6], overreach=[0, 1], model=model, **controls)
    assert ds.best_radius.notnull().all() and ds.best_gain.notnull().all()
    assert ((ds.best_radius >= 0.01) & (ds.best_radius <= 1)).all()


def test_sweeps_keep_their_dimensions_and_bits():
    mu = xr.DataArray([0.4, 1.0, 5.0], dims="step")
    ds = dm.best_radius("principal-tr", mu=mu, overreach=[0.5, 1.0], model=["published", "gated"])
    assert ds.best_radius.sizes == {"model": 2, "step": 3, "overreach": 2}
    for model in MODELS:
        one = dm.best_radius("principal-tr", mu=1.0, overreach=0.5, model=model)
        assert float(one.best_radius) == float(ds.best_radius.sel(model=model, overreach=0.5)[1])
    many = dm.best_radius(mu=np.linspace(0.1, 20, 5000), model="gated", overreach=1)  # more than a block
    few = dm.best_radius(mu=np.linspace(0.1, 20, 5000)[4500:4510], model="gated", overreach=1)
    np.testing.assert_array_equal(many.best_radius[4500:4510], few.best_radius)


def test_bad_input():
    with pytest.raises(dm.InputError, match="mu"):
        dm.best_radius(mu=-1)
    with pytest.raises(dm.InputError, match="unknown control 'delta'"):
        dm.best_radius(mu=1, delta=0.2)


def test_the_search_can_be_kept():
    search = BestRadius(dm.PUBLISHED, {**dm.Settings(), "overreach": 1.0}, 2)
    radius, gain = search(np.array([0.9, 12.0]))
    np.testing.assert_array_equal(radius, dm.best_radius(mu=[0.9, 12.0], overreach=1.0).best_radius)
    np.testing.assert_allclose(search.gain(np.array([0.9, 12.0]), radius), gain, rtol=0)


def test_it_is_drawn():
    best = dm.best_radius(mu=np.geomspace(0.2, 12, 30), overreach=1.0)
    followed = dm.simulate(policy=["vibe", "trust-region"], moves=40, overreach=1.0)
    ax = plot_radii_by_mass(best, followed, Figure().subplots())
    assert [line.get_label() for line in ax.lines] == ["best", "vibe", "trust-region"]
    assert ax.get_xlim() == (12.0, 0.2)
    label_lines(ax)
    assert [text.get_text() for text in ax.texts if text.get_text()]
