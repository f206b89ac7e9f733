"""Derivatives of formulas: against central differences at 60 digits, at the ends of the domain, and as formulas."""

import pickle

import numpy as np
import pytest
import xarray as xr
from mpmath import mp
from sensitivity_oracle import DIGITS, central_difference, formulas_at
from sympy import Interval, oo

import deltamu as dm
from deltamu import symbols as sym
from deltamu.sensitivity import parameters_of, sensitivities, sign_of

MODELS = [dm.PUBLISHED, dm.GATED]
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
gated_in_long_tests = pytest.mark.parametrize(
    "model", [dm.PUBLISHED, pytest.param(dm.GATED, marks=pytest.mark.long)], ids=lambda model: model.name
)


def random_points(model, count, seed):
    """Points inside the domain: shares uniform, everything else within a factor of ten around its usual size."""
    rng = np.random.default_rng(seed)
    usual = {"mu": 3.0, "delta": 0.3, "K": 4.0, "N": 3.0, "K_r": 1.0, "overreach": 0.5}
    points = {}
    for symbol in sorted(model.free_symbols, key=str):
        if symbol.domain == Interval(0, 1):
            points[symbol.name] = rng.uniform(0.02, 0.98, count)
        else:
            size = usual.get(symbol.name, symbol.default)
            low = 1.01 if symbol == sym.K else 0.0
            points[symbol.name] = low + size * 10 ** rng.uniform(-1, 1, count)
    return points


def all_slopes(model):
    return [slope for formula in model for slope in dm.gradient(formula.symbol, model=model).values()]


def cancelling(name, slopes):
    """Size of the terms that cancel: what the oracle sees of a gain, and what it does not; 0 where nothing cancels."""
    if "hidden_gain" in slopes and name in ("gain", "mu_next", "efficiency", "hidden_gain"):
        return abs(slopes["visible_gain"]) + abs(slopes["hidden_gain"]) + abs(slopes["expected_improvement"])
    return 0


def check_against_central_differences(model, count, seed):
    points = random_points(model, count, seed)
    slopes = all_slopes(model)
    swept = {name: xr.DataArray(values, dims="point") for name, values in points.items()}
    got = dm.evaluate(slopes, model=model, **swept)
    worst = 0.0
    with mp.workdps(DIGITS):
        for i in range(count):
            at = {name: float(values[i]) for name, values in points.items()}
            for wrt in {slope.wrt for slope in slopes}:
                want = central_difference(lambda values: formulas_at(model, values), at, wrt.name)
                for slope in slopes:
                    if slope.wrt == wrt:
                        value = got[slope.name].values
                        error = mp.mpf(float(value[i] if value.ndim else value)) - want[slope.of.name]
                        size = max(
                            abs(want[slope.of.name]), cancelling(slope.of.name, want), mp.mpf("1e-32")
                        )  # of the oracle
                        worst = max(worst, float(abs(error) / size))
                        assert worst < 1e-10, (slope.name, at, float(want[slope.of.name]))
    return worst


@by_model
def test_derivatives_are_those_of_central_differences(model):
    check_against_central_differences(model, 4, 20)


@pytest.mark.long
@by_model
def test_derivatives_are_those_of_central_differences_at_60_points(model):
    check_against_central_differences(model, 60, 21)


@gated_in_long_tests
def test_closed_forms_agree_with_named_intermediates(model):
    points = {name: xr.DataArray(values, dims="point") for name, values in random_points(model, 50, 3).items()}
    for quantity, wrt in {"gain": ["H", "N"], "acceptance": ["mu"], "efficiency": ["K"]}.items():
        named = dm.gradient(quantity, wrt, model=model)
        closed = dm.gradient(quantity, wrt, model=model, closed=True)
        assert all(formula.printed.free_symbols <= model.free_symbols for formula in closed.values())
        for x, slope in named.items():
            got, want = (dm.evaluate(f, model=model, **points)[slope.name] for f in (closed[x], slope))
            np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-14)


@gated_in_long_tests
def test_second_derivatives_are_those_of_first_ones(model):
    """Central differences of the derivative that is compiled, at a handful of points, and symmetry."""
    points = random_points(model, 6, 4)
    names = ["H", "rho", "N", "K", "sigma_r", "mu", "delta", "r"]
    slopes, second = dm.gradient("gain", model=model), dm.hessian("gain", names, model=model)
    for (x, y), formula in second.items():
        h = 1e-4 * np.abs(points[y.name])

        def at(step, x=x, y=y, h=h):
            moved = {**points, y.name: points[y.name] + step * h}
            swept = {name: xr.DataArray(values, dims="point") for name, values in moved.items()}
            return dm.evaluate(slopes[x], model=model, **swept)[slopes[x].name].values if x in slopes else 0.0

        want = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
        swept = {name: xr.DataArray(values, dims="point") for name, values in points.items()}
        got = dm.evaluate(formula, model=model, **swept)[formula.name].values
        size = np.abs(at(0)) / np.abs(points[y.name])
        assert (np.abs(got - want) <= 1e-7 * np.abs(want) + 1e-9 * size + 1e-11).all(), (x, y)
        other = dm.derivative(dm.derivative("gain", y, model=model), x)
        assert other.name == formula.name
        np.testing.assert_allclose(dm.evaluate(other, model=model, **swept)[other.name], got, rtol=1e-9, atol=1e-15)


# --- as formulas -----------------------------------------------------------------------------------------------------


def test_a_derivative_is_a_formula_in_named_intermediates():
    by_N = dm.derivative("gain", "N")
    assert by_N.name == "d_gain_d_N"
    assert by_N.latex().startswith(r"\frac{\partial \mathrm{gain}}{\partial N} = \begin{cases}")
    assert [f.name for f in by_N.needs if f.name.endswith("_d_N")] == [
        "d_N_eff_d_N", "d_K_eff_d_N", "d_score_accuracy_d_N", "d_selection_intensity_d_N", "d_expected_improvement_d_N",
    ]  # fmt: skip
    assert all(formula.printed.count_ops() < 60 for formula in dm.derivative("gain", "H", model="gated").needs)


def test_names_and_latex_of_higher_derivatives():
    twice = dm.derivative("N_eff", "N", order=2)
    assert twice.name == "d2_N_eff_d_N_d_N"
    assert r"\frac{\partial^{2} N_{\mathrm{eff}}}{\partial N^{2}}" in twice.latex()
    mixed = dm.derivative(dm.derivative("gain", "rho"), "H")
    assert mixed.name == "d2_gain_d_H_d_rho"


def test_derivatives_survive_pickling_and_hash():
    for formula in (dm.derivative("gain", "N", order=2, model="gated"), dm.interaction("gain", "H", "rho")):
        back = pickle.loads(pickle.dumps(formula))
        assert back == formula
        assert hash(back) == hash(formula)
        assert dm.evaluate(back, mu=3, delta=0.3)[back.name] == dm.evaluate(formula, mu=3, delta=0.3)[formula.name]


def test_expressions_own_formulas_and_intermediates_can_be_differentiated():
    at = {"mu": 3.0, "delta": 0.3}
    ratio = dm.evaluate(dm.derivative(sym.gain / sym.cost, "w_review"), **at).d_expression_d_w_review
    by_hand = dm.evaluate(-sym.gain / sym.cost**2 * sym.N * sym.K_prime, **at).expression
    assert float(ratio) == pytest.approx(float(by_hand), rel=1e-14)
    mine = dm.Formula(sym.N_eff, sym.N**2)
    assert float(dm.evaluate(dm.derivative(mine, "N"), N=3).d_N_eff_d_N) == 6
    given = dm.derivative("expected_improvement", "K_eff")  # everything that K_eff is computed from is held
    assert [f.name for f in given.needs] == ["d_selection_intensity_d_K_eff"]


def test_a_derivative_belongs_to_its_model():
    with pytest.raises(dm.InputError, match="d_gain_d_N was derived from model published, not from gated"):
        dm.evaluate(dm.derivative("gain", "N"), model="gated", mu=1, delta=1)
    gated = dm.derivative("gain", "N", model="gated")
    assert dm.evaluate(gated, mu=1, delta=1).attrs["model"] == "gated"
    with pytest.raises(dm.InputError, match="two different formulas for expression cannot be evaluated together"):
        dm.evaluate([dm.derivative(sym.N**2, "N"), dm.derivative(sym.N**3, "N")], N=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dm.derivative("gian", "N"), "unknown quantity 'gian': did you mean gain"),
        (lambda: dm.derivative("gain", "n"), "unknown symbol to differentiate by 'n'"),
        (lambda: dm.derivative("gain", "N", order=0), "order = 0 is not a whole number >= 1"),
        (lambda: dm.derivative("gain", "t"), "t takes whole numbers only"),
        (lambda: dm.difference("gain", "H"), "H is continuous: differences are for K, N, K_r"),
        (lambda: dm.gradient("gain", "H"), "wrt = 'H' is of type str: allowed is a sequence"),
    ],
)
def test_input_is_refused_in_one_line(call, message):
    with pytest.raises(dm.InputError, match=message):
        call()


# --- ends of the domain ----------------------------------------------------------------------------------------------

ENDS = [
    # quantity, symbol, model, point, derivative
    ("score_accuracy", "N", "published", {"N": 0}, np.inf),
    ("expected_improvement", "N", "published", {"N": 0}, np.inf),
    ("mu_next", "N", "gated", {"N": 0}, -np.inf),
    ("gain", "N", "gated", {"N": 0, "K": 1, "K_r": 0}, 0),
    ("gain", "N", "gated", {"N": 0, "K": 1, "K_r": 1}, 0),
    ("N_eff", "N", "published", {"N": 0, "gamma": 0.5}, 2),
    ("N_eff", "N", "published", {"N": 0, "gamma": 1}, np.inf),
    ("selection_intensity", "K", "published", {"K": 1, "K_r": 0}, -np.inf),
    ("gain", "K", "published", {"K": 1, "K_r": 0, "N": 0}, 0),
    *(
        (name, "K_r", "published", {"K": 1, "N": 1, "K_r": 0}, -np.inf)  # 1e-80 vanishes in K + N K_r
        for name in ("selection_intensity", "expected_improvement", "gain", "acceptance")
    ),
    *(
        (name, "N", "published", {"K": 1, "N": 0, "K_r": 1}, -np.inf)
        for name in ("selection_intensity", "expected_improvement", "gain")
    ),
    ("acceptance", "N", "published", {"K": 1, "N": 0, "K_r": 1}, np.inf),  # the noise, infinite at N = 0, falls
    ("sigma_Delta", "mu", "published", {"mu": 0}, np.inf),
    ("gain", "mu", "gated", {"mu": 0}, 0),
    ("mu_next", "mu", "published", {"mu": 0}, 1),
    ("efficiency", "mu", "published", {"mu": 0}, 0),
    ("gain", "r", "gated", {"r": 0}, np.inf),
    ("gain", "r", "published", {"r": 0}, 0),
    ("expected_improvement", "s0", "gated", {"s0": 0}, 0),
    ("acceptance", "s0", "gated", {"s0": 0}, 0),
]


@pytest.mark.parametrize(("quantity", "wrt", "model", "point", "want"), ENDS)
def test_ends_of_the_domain(quantity, wrt, model, point, want):
    slope = dm.derivative(quantity, wrt, model=model)
    for formula in (slope, dm.derivative(quantity, wrt, model=model, closed=True)):
        got = dm.evaluate(formula, model=model, **{"mu": 3.0, "delta": 0.3, **point})[formula.name]
        assert float(got) == want


def test_finite_limits_at_ends_are_those_from_inside():
    for model, quantity, wrt, end, inside in [
        ("published", "expected_improvement", "mu", {"mu": 0}, {"mu": 1e-9}),
        ("gated", "expected_improvement", "mu", {"mu": 0}, {"mu": 1e-9}),
        ("gated", "gain", "K", {"K": 1, "K_r": 0}, {"K": 1 + 1e-9, "K_r": 0}),
        ("published", "score_accuracy", "s0", {"s0": 0}, {"s0": 1e-9}),
        ("gated", "expected_improvement", "H", {"H": 1, "kappa1": 1}, {"H": 1 - 1e-9, "kappa1": 1}),
    ]:
        slope = dm.derivative(quantity, wrt, model=model)
        at, near = (dm.evaluate(slope, **{"mu": 3.0, "delta": 0.3, **p})[slope.name] for p in (end, inside))
        assert float(at) == pytest.approx(float(near), rel=1e-6)
        assert float(at) != 0


@by_model
def test_no_derivative_is_nan_at_any_end(model):
    """Each symbol at each of its ends, one at a time: finite, or infinite with a sign, and without a warning."""
    symbols = sorted(model.free_symbols, key=str)
    usual = {symbol: {sym.mu: 3.0, sym.delta: 0.3}.get(symbol, symbol.default) for symbol in symbols}
    cases = [
        usual | {symbol: float(end)}
        for symbol in symbols
        for end in (symbol.domain.start, symbol.domain.end)
        if abs(end) != oo and symbol.domain.contains(end)
    ]
    swept = {s.name: xr.DataArray([float(case[s]) for case in cases], dims="case") for s in symbols}
    ds = dm.evaluate(all_slopes(model), model=model, **swept)
    bad = {name: list(np.flatnonzero(np.isnan(ds[name]))) for name in ds if np.isnan(ds[name]).any()}
    assert not bad


# --- what is counted -------------------------------------------------------------------------------------------------


@by_model
@pytest.mark.parametrize("name", ["K", "N", "K_r"])
def test_differences_are_exact(model, name):
    at = {"mu": 3.0, "delta": 0.3}
    for quantity in ("gain", "acceptance", "cost", "mu_next"):
        step = dm.difference(quantity, name, model=model)
        for count in (1, 2, 5):
            now, then = (dm.evaluate(quantity, model=model, **at, **{name: n})[quantity] for n in (count, count + 1))
            got = dm.evaluate(step, **at, **{name: count})[step.name]
            assert float(got) == pytest.approx(float(then) - float(now), abs=1e-15)


def test_where_a_derivative_is_infinite_only_the_difference_is_said_to_count():
    ds = sensitivities("score_accuracy", mu=3, delta=0.3, N=0)
    by_N = ds.sel(wrt="N")
    assert np.isinf(by_N.derivative)
    assert np.isfinite(by_N.difference)
    assert "only the difference" in by_N.reason.item()
    jump = sensitivities("selection_intensity", K=1, K_r=0).sel(wrt="K")
    assert jump.difference < 0  # a second candidate makes the published intensity negative
    assert "only the difference" in jump.reason.item()


# --- elasticities, interactions, signs -------------------------------------------------------------------------------


def test_elasticities_and_interactions_are_those_of_logarithms():
    at = {"mu": 3.0, "delta": 0.3}
    h = 1e-4

    def log_gain(**factors):
        moved = {name: (at | {"H": 0.6, "rho": 0.75})[name] * np.exp(f * h) for name, f in factors.items()}
        return float(np.log(dm.evaluate("gain", model="gated", **(at | moved)).gain))

    ds = dm.interactions("gain", model="gated", wrt=["H", "rho"], **at)
    cross = (log_gain(H=1, rho=1) - log_gain(H=1, rho=-1) - log_gain(H=-1, rho=1) + log_gain(H=-1, rho=-1)) / (4 * h**2)
    assert float(ds.interaction.sel(x="H", y="rho")) == pytest.approx(cross, abs=1e-6)
    own = (log_gain(H=1) - 2 * log_gain() + log_gain(H=-1)) / h**2
    assert float(ds.interaction.sel(x="H", y="H")) == pytest.approx(own, abs=1e-6)
    single = dm.interaction("gain", "H", "rho", model="gated")
    assert float(dm.evaluate(single, **at)[single.name]) == pytest.approx(
        float(ds.interaction.sel(x="H", y="rho")), rel=1e-12
    )
    slope = dm.elasticity("gain", "H", model="gated")
    assert float(dm.evaluate(slope, **at)[slope.name]) == pytest.approx(float(ds.elasticity.sel(x="H")), rel=1e-14)
    closed = dm.interaction("gain", "H", "rho", closed=True)
    named = dm.interaction("gain", "H", "rho")
    assert float(dm.evaluate(closed, **at)[closed.name]) == pytest.approx(
        float(dm.evaluate(named, **at)[named.name]), rel=1e-9
    )


def test_prior_qualities_are_substitutes_everywhere():
    assert dm.derivative(dm.derivative("rho_eff", "H"), "rho").printed == -1
    assert sign_of(dm.interaction("rho_eff", "H", "rho", closed=True)) == "nonpositive"


def test_signs_are_shown_or_left_open_never_guessed():
    assert sign_of(dm.derivative("N_eff", "N", closed=True)) == "nonnegative"
    assert sign_of(dm.derivative("N_eff", "gamma", closed=True)) is None  # more correlation helps below one reviewer
    assert sign_of(dm.interaction("N_eff", "N", "gamma", closed=True)) == "nonpositive"
    assert sign_of(dm.interaction("cost", "K", "w_review", closed=True)) == "zero"
    assert sign_of(dm.derivative("gain", "N", model="gated", closed=True)) is None


def test_parameters_are_found():
    assert parameters_of("N_eff") == (sym.N, sym.gamma)
    assert parameters_of("mu") == (sym.mu,)
    assert sym.r in parameters_of("gain", model="gated")
    assert sym.r not in parameters_of("gain")


def test_sensitivities_over_a_sweep():
    ds = sensitivities("gain", model="gated", mu=[1, 3], delta=0.3, N=[0, 2], wrt=["N", "H"])
    assert ds.elasticity.dims == ("mu", "N", "wrt")
    slope = dm.derivative("gain", "H", model="gated")
    want = dm.evaluate(slope, mu=[1, 3], delta=0.3, N=[0, 2])[slope.name]
    np.testing.assert_array_equal(ds.derivative.sel(wrt="H"), want)


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-9, 0.0])
def test_a_sure_acceptance_leaves_the_slope_of_the_improvement(spread):
    """Where hardly any spread is left and the mean is good, the gain is the expected improvement, slope and all."""
    for x, held in (
        ("s0", {"s0": spread}),
        ("H", {"kappa1": 1, "H": 1 - spread}),
        ("kappa1", {"H": 1, "kappa1": 1 - spread}),
    ):
        slopes = [dm.derivative(quantity, x, model="gated") for quantity in ("gain", "expected_improvement")]
        ds = dm.evaluate(slopes, mu=[3, 12], delta=0.2, r=[0.3, 0.63, 1.0], **held)
        np.testing.assert_allclose(ds[slopes[0].name], ds[slopes[1].name], rtol=1e-12, atol=1e-15)
