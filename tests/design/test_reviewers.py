"""Reviewers and candidates: closed forms against the models, optima against enumeration, thresholds against scans."""

from math import inf

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu import design
from deltamu import symbols as sym
from deltamu.design.teams import values as teams
from deltamu.design.teams.saturation import saturating
from deltamu.design.teams.thresholds import VERDICTS

E = "expected_improvement"
MODELS = ["published", "gated"]
GRID = {"K": range(1, 13), "N": range(9), "K_r": [0, 1]}  # the sliders'


def points(n, seed, **replaced):
    """Random settings, as columns along the dimension ``point``."""
    rng = np.random.default_rng(seed)
    drawn = {
        "mu": np.exp(rng.uniform(-2, 3.5, n)), "delta": rng.uniform(0.01, 2, n), "H": rng.uniform(0, 1, n),
        "rho": rng.uniform(0, 1, n), "r": rng.uniform(0, 1, n), "gamma": rng.uniform(0, 1, n),
        "K": rng.integers(1, 13, n), "N": rng.integers(0, 9, n), "K_r": rng.integers(0, 2, n),
        "w_review": 10 ** rng.uniform(-4, 0, n), "tau": rng.uniform(0, 1, n), "sigma_r": rng.uniform(0, 1, n),
    }  # fmt: skip
    columns = {name: xr.DataArray(values, dims="point") for name, values in drawn.items()}
    return {name: value for name, value in (columns | replaced).items() if value is not None}


def at(values, index):
    return {name: value[index] if np.ndim(value) else value for name, value in values.items()}


# --- what one more is worth ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_added_is_the_difference_on_the_whole_grid_of_the_sliders(model):
    state = {"mu": 6.0, "delta": 0.2, "model": model}
    ds = design.reviewer_value(**state, **GRID)
    larger = dm.evaluate([E, "gain"], **state, **(GRID | {"N": range(10)}))
    np.testing.assert_allclose(ds.added, larger[E].diff("N").transpose(*ds.added.dims), rtol=0, atol=1e-14)
    np.testing.assert_allclose(ds.gain_added, larger.gain.diff("N").transpose(*ds.added.dims), rtol=0, atol=1e-14)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("N", [0, 1, 7, 10**6])
def test_added_keeps_its_digits_in_large_teams(model, N):
    controls = {"mu": 6.0, "delta": 0.2, "gamma": 0.01, "K_r": 0}
    ds = design.reviewer_value(model=model, N=float(N), **controls)
    chosen = dm.Settings(**{"N": N, "gamma": 0.01, "K_r": 0})
    values = {s: chosen[s.name] for s in sym.PARAMETERS} | {sym.mu: 6.0, sym.delta: 0.2}
    more, here = (dm.MODELS[model].evalf(E, values | {sym.N: N + extra}, 60) for extra in (1, 0))
    assert float(ds.added) == pytest.approx(float(more - here), rel=1e-12)


def test_the_slope_is_the_limit_of_differences_and_the_limit_that_of_large_teams():
    where = points(200, 1, K_r=0, N=xr.DataArray(np.arange(200.0) % 8 + 1, dims="point"))
    ds = design.reviewer_value(**where)
    step = 1e-5
    up, down = (dm.evaluate(E, **(where | {"N": where["N"] + sign * step}))[E] for sign in (1, -1))
    np.testing.assert_allclose(ds.slope, (up - down) / (2 * step), rtol=1e-4, atol=1e-9)
    far = dm.evaluate(E, **(where | {"N": 1e13}))[E]
    np.testing.assert_allclose(ds.limit, far, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ds.remaining, ds.limit - ds[E], rtol=1e-12)


def test_reviewers_that_propose_have_no_limit_unless_their_candidates_are_all_alike():
    assert design.reviewer_value(mu=6, delta=0.2, K_r=1).limit == inf
    alike = design.reviewer_value(mu=6, delta=0.2, K_r=1, tau=1, H=1)
    assert alike.limit == alike[E] == dm.evaluate("mu_Delta", mu=6, delta=0.2, H=1).mu_Delta


@pytest.mark.parametrize("model", MODELS)
def test_below_the_break_even_price_one_more_reviewer_raises_the_efficiency_and_above_it_he_does_not(model):
    where = points(2000, 2, model=None, w_review=None)
    price = design.reviewer_value(model=model, **where).break_even_price

    def rises(price):
        both = where | {"w_review": price.drop_attrs(), "model": model}
        here, more = (dm.evaluate("efficiency", **(both | {"N": where["N"] + n})).efficiency for n in (0, 1))
        return (np.maximum(more, 0) > np.maximum(here, 0)).values

    some = ((price > 1e-9) & (price < 1e6)).values
    assert some.sum() > 200
    assert rises((price * 0.999).where(some, 1.0))[some].all()
    assert not rises((price * 1.001).where(some, 1.0))[some].any()
    assert not rises(xr.full_like(price, 1e-9))[(price == 0).values].any()
    assert rises(xr.full_like(price, 1e9))[np.isinf(price.values)].all()


# --- saturation ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tolerance", [0.01, 0.05, 0.5])
def test_saturation_size_is_the_smallest_team_within_the_tolerance(tolerance):
    where = points(150, 3, K_r=0, N=None, K=6)
    ds = design.saturation_size(tolerance=tolerance, **where)
    limit = design.reviewer_value(N=0, **where).limit
    none = dm.evaluate("mu_Delta", **{k: where[k] for k in ("mu", "delta", "H", "rho")}).mu_Delta
    small = ds.reviewers.where(ds.reviewers < 1e9, 1)
    for size, inside in ((small, True), (small - 1, False)):
        left = abs(limit - dm.evaluate(E, **where, N=size.drop_attrs())[E]) / abs(limit - none)
        assert ((left <= tolerance * (1 + 1e-9)) == inside).all()


def test_saturation_without_an_effect_without_an_end_and_of_a_perfect_reviewer():
    state = {"mu": 6, "delta": 0.2}
    assert design.saturation_size(K=1, K_r=0, **state).reviewers == 0
    assert design.saturation_size(K_r=1, **state).reviewers == inf
    assert design.saturation_size(K_r=0, sigma_r=0, **state).reviewers == 1
    assert design.saturation_size(K_r=0, gamma=1, **state).reviewers == 1


# --- the best team ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_the_best_team_is_that_of_the_enumeration_on_the_sliders_grid(model):
    some = {"mu": [0.7, 2.0, 12.0], "delta": [0.05, 0.5, 2.0], "gamma": [0, 0.2, 0.9], "w_review": [0.001, 0.03, 1]}
    grid = {"K": GRID["K"], "K_r": GRID["K_r"], "model": model}
    every = dm.evaluate("efficiency", N=GRID["N"], **some, **grid).efficiency
    found = design.best_reviewers(**some, **grid)
    dims = found.reviewers.dims
    np.testing.assert_allclose(found.value, every.max("N").transpose(*dims), rtol=1e-9)
    np.testing.assert_array_equal(found.reviewers, every.argmax("N").transpose(*dims))
    np.testing.assert_array_equal(found.value_without, every.sel(N=0).transpose(*dims))


@pytest.mark.parametrize("price", [None, 1e-4])
def test_the_bisection_finds_the_best_of_any_size(price):
    where = points(600, 4, K_r=0, N=None)
    where["w_review"] = where["w_review"] ** 2
    found = design.best_reviewers(most=inf, price=price, **where)
    most = 600
    exhaustive = design.best_reviewers(most=most, price=price, **where)
    inside = (found.reviewers <= most).values
    assert inside.mean() > 0.8
    assert len(np.unique(found.reviewers)) > 15
    np.testing.assert_allclose(found.value[inside], exhaustive.value[inside], rtol=1e-12)
    np.testing.assert_array_equal(found.reviewers[inside], exhaustive.reviewers[inside])
    assert (found.value[~inside] >= exhaustive.value[~inside]).all()


def test_free_reviews_have_no_best_team_and_cost_nothing():
    ds = design.best_reviewers(mu=6, delta=0.2, K_r=0, w_review=0, most=inf)
    assert ds.reviewers == inf
    assert ds.cost == 5
    assert float(ds.gain) == pytest.approx(float(design.reviewer_value(mu=6, delta=0.2, K_r=0).limit), rel=1e-9)


# --- correlation -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("price", [None, 1e-3])
def test_above_the_threshold_one_more_reviewer_pays_nowhere_and_just_below_it_he_does(model, price):
    where = points(1000, 5, gamma=None)
    ds = design.correlation_threshold(model=model, price=price, **where)
    gamma = np.linspace(0, 1, 501)
    here, more = (dm.evaluate([E, "cost"], model=model, gamma=gamma, **(where | {"N": n})).transpose("point", "gamma")
                  for n in (where["N"], where["N"] + 1))  # fmt: skip
    if price is None:
        per_cost = [np.maximum(one[E], 0) / one.cost for one in (here, more)]
        pays = (per_cost[1] > per_cost[0] * (1 + 1e-12)).values
    else:
        pays = (more[E] - here[E] > price).values
    last = np.where(pays.any(1), gamma[pays.shape[1] - 1 - pays[:, ::-1].argmax(1)], 0)
    threshold = ds.threshold.values
    assert (last <= threshold + 1e-9).all()
    assert (threshold <= last + 1 / 500 + 1e-9).all()
    assert set(np.unique(ds.pays)) == set(VERDICTS)


def test_the_second_reviewers_threshold_is_the_closed_form():
    price, where = 1e-3, {"mu": 6.0, "delta": 0.5, "K_r": 0}
    z, spread, one = dm.evaluate(["selection_intensity", "sigma_Delta", "score_accuracy"], N=1, **where).values()
    L = float(one + price / (z * spread))
    closed = 2 * float(spread) ** 2 * (1 - L**2) / (0.35**2 * L**2) - 1
    assert 0 < closed < 1
    assert float(design.correlation_threshold(N=1, price=price, **where).threshold) == pytest.approx(closed, rel=1e-12)


# --- candidates ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("maximize", ["gain", "efficiency"])
def test_the_best_split_is_that_of_the_enumeration(model, maximize):
    state = {"mu": [0.7, 6.0, 30.0], "delta": [0.2, 1.0], "K_r": [0, 1], "w_review": [0.1, 1.0], "model": model}
    budgets = [1, 3, 6, 10.5, 20, 50, 120, 1000]
    every = dm.evaluate(["gain", "cost", "efficiency"], K=GRID["K"], N=GRID["N"], **state)
    found = design.best_split(budget=budgets, maximize=maximize, **state)
    for budget in budgets:
        best = every[maximize].where(every.cost <= budget).max(["K", "N"])
        one = found.sel(budget=budget)
        np.testing.assert_allclose(one[maximize], best.transpose(*one.gain.dims), rtol=1e-12)
        assert (one.cost <= budget).all()
        again = dm.evaluate(["gain", "cost"], K=one.candidates.drop_attrs().drop_vars("budget"),
                            N=one.reviewers.drop_attrs().drop_vars("budget"), **state)  # fmt: skip
        np.testing.assert_array_equal(again.gain.transpose(*one.gain.dims), one.gain)


def test_a_budget_below_one_candidate_is_out_of_reach():
    ds = design.best_split(mu=6, delta=0.2, budget=[0.99, 1])
    assert ds.limit.values.tolist() == ["below the price of one candidate", "within reach"]
    assert ds.candidates.values.tolist() == [0, 1]
    assert ds.gain[0] == ds.cost[0] == 0


def test_the_front_is_what_no_team_beats_and_the_best_splits_lie_on_it():
    state = {"mu": 6.0, "delta": [0.2, 1.0], "K_r": 0, "model": "gated"}
    ds = design.team_front(**state)
    flat = ds.stack(team=["K", "N"]).transpose("delta", "team")
    for gain, cost, front in zip(flat.gain.values, flat.cost.values, flat.on_front.values, strict=True):
        for g, c, on in zip(gain, cost, front, strict=True):
            beaten = ((cost <= c) & (gain >= g) & ((cost < c) | (gain > g))).any()
            assert on == (not beaten)
    best = design.best_split(budget=[1, 4, 9, 30], **state)
    K, N = (best[name].drop_attrs().astype(int) for name in ("candidates", "reviewers"))
    assert ds.on_front.sel(K=K, N=N, delta=best.delta).all()


@pytest.mark.parametrize("model", MODELS)
def test_the_next_call_and_its_condition(model):
    where = points(3000, 6, K_r=0)
    ds = design.next_call(model=model, **where)
    here, wider, larger = (dm.evaluate([E, "cost"], model=model, **(where | more))
                           for more in ({}, {"K": where["K"] + 1}, {"N": where["N"] + 1}))  # fmt: skip
    for name, after in (("candidate", wider), ("reviewer", larger)):
        per_call = (after[E] - here[E]) / (after.cost - here.cost)
        np.testing.assert_allclose(ds[name], per_call, rtol=1e-9, atol=1e-9)
    assert ((ds.better == "candidate") == (ds.team_scale < ds.scale_below)).all()
    assert {"candidate", "reviewer"} < set(np.unique(ds.better))


def test_neither_is_worth_anything_alone():
    ds = design.next_call(mu=6, delta=0.2, K=1, N=0, K_r=0, model=MODELS)
    assert (ds.better == "neither").all()


# --- everywhere ------------------------------------------------------------------------------------------------------
ANYWHERE = st.fixed_dictionaries({
    "H": st.floats(0, 1), "rho": st.floats(0, 1), "r": st.floats(0, 1), "K": st.floats(1, 50),
    "K_r": st.sampled_from([0.0, 0.5, 1.0]), "tau": st.sampled_from([0.0, 0.4, 1.0]), "kappa1": st.floats(0, 1),
    "sigma_r": st.sampled_from([0.0, 1e-6, 0.35]), "s0": st.sampled_from([0.0, 0.4]), "a1": st.sampled_from([0.0, 0.9]),
    "a2": st.sampled_from([0.0, 0.15, 3.0]), "mu": st.sampled_from([0.0, 1e-9, 0.5, 12.0, 1e6]),
    "delta": st.floats(1e-6, 1e3), "w_review": st.sampled_from([0.0, 1e-3, 1.0]), "overreach": st.floats(0, 3),
})  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ANYWHERE, st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0, 1, 5]), st.sampled_from(MODELS))
def test_no_point_of_the_domain_gives_nan_or_a_warning(controls, gamma, N, model):
    both = controls | {"model": model}
    found = [
        design.reviewer_value(**both, gamma=gamma, N=N),
        design.saturation_size(**both, gamma=gamma),
        design.best_reviewers(**both, gamma=gamma, most=4),
        design.correlation_threshold(**both, N=N),
        design.correlation_threshold(**both, N=N, price=0.01),
        design.next_call(**both, gamma=gamma, N=N),
        design.best_split(**{name: value for name, value in both.items() if name != "K"}, gamma=gamma, budget=[0.5, 9],
                          candidates=3, reviewers=2),
    ]  # fmt: skip
    if model == "published" and controls["K_r"] == 0:
        found.append(design.best_reviewers(**both, gamma=gamma, most=inf))
    for ds in found:
        for values in ds.values():
            assert not values.isnull().any(), values.name


def test_blocks_do_not_change_a_bit(monkeypatch):
    where = points(100, 7)
    whole = [design.reviewer_value(**where)]
    monkeypatch.setattr(teams, "BLOCK", 7)
    xr.testing.assert_identical(whole[0], design.reviewer_value(**where))


def test_results_are_labelled_and_swept():
    ds = design.best_reviewers("principal-tr", mu=6, delta=0.2, gamma=[0, 0.5], model=MODELS)
    assert dict(ds.sizes) == {"model": 2, "gamma": 2}
    assert ds.attrs["policy"] == "trust-region"
    assert all("long_name" in values.attrs for values in ds.values())
    assert dm.Settings.from_dataset(ds.sel(gamma=0.5, model="gated"))["K"] == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: design.best_reviewers(N=3, **s), "N is what is chosen here: it cannot be given"),
        (lambda s: design.best_reviewers(price=0, **s), "price = 0 is not a positive number of defects"),
        (lambda s: design.best_reviewers(most=1.5, **s), r"most = 1.5 is not a whole number >= 0"),
        (lambda s: design.best_reviewers(most=inf, K_r=1, **s), "most = inf is for the published gain and K_r = 0"),
        (lambda s: design.best_reviewers(most=inf, K_r=0, model="gated", **s), "most = inf is for the published gain"),
        (lambda s: design.saturation_size(tolerance=1, **s), "tolerance = 1 is not between 0 and 1"),
        (lambda s: design.correlation_threshold(gamma=0.1, **s), "gamma is what is found here"),
        (lambda s: design.correlation_threshold(N=1.5, **s), r"N = 1.5 is not a whole number >= 0"),
        (lambda s: design.correlation_threshold(price=-1, **s), "price = -1 is not a positive"),
        (lambda s: design.best_split(budget=0, **s), "budget = 0 is neither"),
        (lambda s: design.best_split(budget=5, K=2, **s), "K is what is chosen here"),
        (lambda s: design.best_split(budget=5, maximize="cost", **s), "maximize = 'cost' is neither"),
        (lambda s: design.best_split(budget=5, candidates=0, **s), r"candidates = 0.0 is not a whole number >= 1"),
        (lambda s: design.team_front(N=2, **s), "N is what is chosen here"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(dm.InputError, match=message):
        call({"mu": 6, "delta": 0.2})


def test_an_accuracy_of_another_form_is_refused():
    other = dm.PUBLISHED.replace(dm.Formula(sym.N_eff, sym.N**2), name="other")
    with pytest.raises(dm.InputError, match=r"model other: its score accuracy is no function N/\(N \+ scale\)"):
        saturating(other)
