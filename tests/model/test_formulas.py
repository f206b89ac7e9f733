"""Formulas and models: one definition, from which all else follows."""

import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor

import mpmath
import pytest
import sympy
from sympy import Derivative, simplify

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.expressions import flattened
from deltamu.model.formula import as_latex

BOTH = pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)


@BOTH
def test_each_formula_uses_only_what_stands_before_it(model):
    known = set(model.free_symbols)
    for formula in model:
        assert formula.printed.free_symbols <= known
        known.add(formula.symbol)


@BOTH
def test_primitive_symbols_are_controls_constants_and_state(model):
    assert model.free_symbols <= {*sym.PARAMETERS, sym.mu, sym.delta}


@BOTH
def test_printed_and_evaluated_forms_are_equal(model):
    for formula in model:
        difference = formula.printed.doit() - formula.expr
        assert difference == 0
        assert formula.title
        assert formula.source


@BOTH
def test_expand_leaves_primitive_symbols_only(model):
    for formula in model:
        assert model.expand(formula.name).free_symbols <= model.free_symbols


def test_published_formulas_are_the_articles():
    """The right sides that are written so as to keep their digits are equal to the article's."""
    H, rho, N, gamma, mu, b, r = sym.H, sym.rho, sym.N, sym.gamma, sym.mu, sym.b, sym.r
    model = dm.PUBLISHED
    assert simplify(model["rho_eff"].expr - (1 - (1 - rho) * (1 - H))) == 0
    n_eff = model["N_eff"].expr.args[1].expr
    assert simplify(n_eff - N / (1 + (N - 1) * gamma)) == 0
    published = sym.a1 * sym.rho_eff * sym.delta * mu / (mu + b) - sym.a2 * (1 - sym.kappa2 * H) * sym.delta
    assert simplify(model["mu_Delta"].expr.subs(sym.overreach, 0) - published) == 0
    assert model["pass_probability"].expr == sympy.exp(-r * mu)
    k = sympy.Rational(7, 2)
    z = model["selection_intensity"].expr.subs(sym.K_eff, k)
    assert abs(z.evalf(30) - dm.special.normal_quantile(1 - 1 / k).evalf(30)) < 1e-28


def test_the_gain_is_that_of_the_specification():
    """Visible and hidden gain add up to both forms of the gain that the completed move is specified by."""
    Phi, phi, h = dm.special.normal_cdf, dm.special.normal_pdf, dm.special.expected_positive_part
    r, sigma, q, x, E = sym.r, sym.sigma_Delta, sym.variance_reduction, sym.acceptance_margin, sym.expected_improvement
    T, S2 = sympy.sqrt(1 - r * q), 1 - q
    ours = dm.GATED["visible_gain"].expr.args[0].expr + dm.GATED["hidden_gain"].expr
    ours = ours.subs({sym.acceptance: Phi(x), sym.visible_spread: T})
    margin = sympy.solve(sympy.sqrt(r) * E / (sigma * T) - x, E)[0]
    first = E * Phi(x) + sympy.sqrt(r) * sigma * S2 / T * phi(x)
    second = sigma / sympy.sqrt(r) * (T * h(x) - (1 - r) / T * phi(x))
    for form in (first, second):
        difference = (ours - form).subs(E, margin).rewrite(sympy.erf).doit()
        h_as_integral = difference.subs(h(x), x * Phi(x) + phi(x)).rewrite(sympy.erf)
        assert simplify(h_as_integral) == 0


def test_replace_keeps_order_and_name():
    K_eff = dm.Formula(sym.K_eff, sym.K_prime)
    model = dm.PUBLISHED.replace(K_eff, name="no discount")
    assert model.name == "no discount"
    assert model["K_eff"] is K_eff
    assert [formula.name for formula in model] == [formula.name for formula in dm.PUBLISHED]
    assert dm.PUBLISHED["K_eff"] is not K_eff


def test_a_replacement_may_use_what_stood_after_it():
    model = dm.PUBLISHED.replace(dm.Formula(sym.N_eff, sym.N / sym.K_eff))
    names = [formula.name for formula in model]
    assert names.index("K_eff") < names.index("N_eff") < names.index("sigma_tot")


def test_circles_and_doubles_are_refused():
    with pytest.raises(dm.InputError, match="circle: .*gain"):
        dm.PUBLISHED.replace(dm.Formula(sym.mu_Delta, sym.gain))
    with pytest.raises(dm.InputError, match="K_eff is defined twice"):
        dm.Model("double", (*dm.PUBLISHED.formulas, dm.PUBLISHED["K_eff"]))
    with pytest.raises(dm.InputError, match="unknown formula of model published 'gian': did you mean gain"):
        dm.PUBLISHED["gian"]


def test_models_are_hashable_values_that_pickle():
    twin = pickle.loads(pickle.dumps(dm.GATED))
    assert twin == dm.GATED
    assert hash(twin) == hash(dm.GATED)


def test_models_unpickle_as_written_while_other_threads_compute():
    """The cache behind SymPy's evaluate(False) is shared by threads: one must not evaluate what another loads."""
    packed = pickle.dumps(dm.PUBLISHED)

    def compute(n):
        return [sympy.expand((sym.mu + k + n) ** 3) for k in range(20)]

    with ThreadPoolExecutor(4) as threads:
        busy = [threads.submit(compute, n) for n in range(60)]
        loaded = [threads.submit(pickle.loads, packed) for _ in range(60)]
        assert all(one.result() == dm.PUBLISHED for one in loaded)
        assert all(one.result() for one in busy)


def test_evalf_is_exact_to_the_digits_asked_for():
    got = dm.PUBLISHED.evalf("false_pass_probability", {sym.r: 0.5, sym.mu: 1e-20}, 40)
    with mpmath.workdps(50):
        want = -mpmath.expm1(-mpmath.mpf(0.5) * mpmath.mpf(1e-20))
        assert abs(mpmath.mpf(str(got)) / want - 1) < 1e-39


@pytest.mark.parametrize(
    ("model", "quantity", "values", "want"),
    [
        ("published", "false_pass_probability", {"r": "0.8", "mu": "1e-3000"}, "2e-3001"),
        ("published", "selection_intensity", {"K": f"1.{'0' * 49}1", "H": 0}, "-14.93333753478848898"),
        (
            "gated",
            "selection_intensity",
            {"K": f"1.{'0' * 29}1", "K_r": 1, "H": "0.5", "tau": "0.4"},
            "7.22557828454900282906e-31",
        ),
        ("published", "acceptance", {"s0": 0, "sigma_r": 0, "a1": 0, "a2": 0}, "0.5"),
    ],
)
def test_evalf_makes_up_for_what_cancels(model, quantity, values, want):
    """Between formulas too: 1 + 1e-50 less 1, an improvement that is exactly 0."""
    settings = dm.Settings().replace(N=0, K_r=0)
    found = dm.MODELS[model].evalf(quantity, {"mu": 3, "delta": 0.3, **settings, **values})
    assert abs(found - sympy.Float(want, 30)) <= abs(found) * sympy.Float("1e-18")


def test_brackets_around_left_operands_go_but_order_stays():
    a, b, c = sym.a1, sym.b, sym.r
    with sympy.evaluate(False):
        product, right, total = (c * b) * a, c * (b * a), (c + b) + a
    assert as_latex(flattened(product)) == r"r b a_1"
    assert flattened(right).args[1].is_Mul
    assert as_latex(flattened(total)) == "r + b + a_1"


def test_notebooks_show_mathematics():
    derived = dm.derivative("gain", "N"), dm.elasticity("gain", "N"), dm.gradient("gain"), dm.hessian("N_eff")
    for thing in (dm.PUBLISHED, dm.PUBLISHED["gain"], dm.TRUST_REGION, dm.PLANNER, *derived):
        shown = thing._repr_latex_()
        assert shown.startswith("$\\displaystyle ")
        assert "Piecewise" not in shown
    assert dm.PUBLISHED["K_prime"].latex() == "K' = K + N K_r"
    shown = dm.derivative("gain", "N")._repr_latex_()  # with the derivatives that it is written in
    assert shown.count("&=") == len(dm.derivative("gain", "N").needs) + 1
    assert dm.gradient("rho_eff").latex().count("&=") == 2
    assert dm.latex(sym.mu_Delta / sym.b) == r"\frac{\mu_{\Delta}}{b}"


@BOTH
def test_every_formula_can_be_differentiated(model):
    """No derivative of a formula by a symbol that it uses is left unevaluated, up to second order."""
    for formula in model:
        for symbol in formula.printed.free_symbols:
            for order in (1, 2):
                assert not formula.expr.diff(symbol, order).has(Derivative)


def test_a_model_is_short_in_a_signature():
    assert repr(dm.PUBLISHED) == f"Model('published', {len(dm.PUBLISHED)} formulas)"
    assert "Formula(" not in repr(inspect.signature(dm.derivative))
