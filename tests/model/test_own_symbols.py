"""Symbols, formulas and policies of a user's own: a name stands for one symbol, and just works."""

import keyword

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Piecewise, Rational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.program import program

TWO_MOVES = 10.411267605633801  # mu after two moves from 12 with gain mu/(mu + 3), by hand
NAMES = [
    "v1", "v2", "v3", "waiting", "moves_made", "mu_before", "x0", "m0", "gain_out", "spent", "pi", "e", "lambda", "exp",
    "where", "sqrt", "np", "inf", "nan", "special", "take", "new", "const", "Math", "in", "class", "floor", "select",
]  # fmt: skip


def saturating(name):
    q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="mass at which half of one defect is removed")
    return dm.PUBLISHED.replace(dm.Formula(sym.gain, sym.mu / (sym.mu + q)), name="mine")


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_control_gives_the_right_value(name):
    ds = dm.simulate(model=saturating(name), moves=2, mu0=12.0, keep="final", **{name: 3.0})
    assert ds.mu_next.item() == pytest.approx(TWO_MOVES, rel=1e-15)


@pytest.mark.parametrize("name", ["spent", "lambda", "pi", "exp"])
def test_tangents_by_a_control_of_any_name(name):
    model = saturating(name)
    step = 1e-6
    low, high = (
        dm.simulate(model=model, moves=2, mu0=12.0, keep="final", **{name: 3 + s}).mu_next for s in (-step, step)
    )
    got = dm.tangents(model=model, moves=2, mu0=12.0, wrt=name, **{name: 3.0}).final_mu_tangent.item()
    assert got == pytest.approx((high - low).item() / (2 * step), rel=1e-8)


def test_a_constant_of_mathematics_and_a_control_of_its_name_are_two():
    q = dm.control("pi", "q", default=2.0, domain=sym.POSITIVE, meaning="price")
    model = dm.PUBLISHED.replace(dm.Formula(sym.cost, sympy.pi * q), name="mine")
    assert dm.evaluate("cost", model=model, pi=3.0).cost.item() == pytest.approx(9.42477796076938)


@pytest.mark.parametrize("name", ["new", "in", "const", "Math", "v", "normal_cdf"])
def test_javascript_takes_any_name(name):
    mini_racer = pytest.importorskip("py_mini_racer")
    browser = mini_racer.MiniRacer()
    q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="price")
    model = dm.PUBLISHED.replace(dm.Formula(sym.cost, sympy.Mod(-q, 3) + sympy.EulerGamma), name="mine")
    browser.eval(dm.javascript(program("price", model, [sym.cost])))
    assert browser.eval(f'price({{"{name}": 2.5}}).cost') == pytest.approx(0.5 + float(sympy.EulerGamma), rel=1e-15)


def test_what_javascript_lacks_is_told_in_one_line():
    model = dm.PUBLISHED.replace(dm.Formula(sym.cost, sympy.besselj(0, sym.K)), name="mine")
    with pytest.raises(dm.InputError, match="formula cost uses besselj, which has no form in JavaScript"):
        dm.javascript(program("price", model, [sym.cost]))


@pytest.mark.parametrize("name", ["delta", "mu", "t", "rho", "gain", "uniform_1", "moves", "model", "policy", "seed"])
def test_a_control_cannot_have_a_name_that_is_taken(name):
    with pytest.raises(dm.InputError, match=f"control '{name}' has a name that is taken"):
        dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="m")


@pytest.mark.parametrize("name", ["_x0", "part_0", "shared1", "mu_Delta_constant", "delta_start", "goes_on_0"])
def test_nor_one_that_generated_lines_have(name):
    with pytest.raises(dm.InputError, match="generated lines"):
        dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="m")


@given(st.text(st.characters(categories=("Ll", "Lu", "Nd"), include_characters="_"), min_size=1, max_size=8))
def test_a_name_works_or_is_refused_in_one_line(name):
    try:
        q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="m")
    except dm.InputError:
        return
    model = dm.PUBLISHED.replace(dm.Formula(sym.cost, 3 * q), name="mine")
    assert dm.evaluate("cost", model=model, **{q.name: 3.0}).cost.item() == 9.0


def test_python_keywords_are_names_like_any_other():
    for name in keyword.kwlist:
        q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="m")
        model = dm.PUBLISHED.replace(dm.Formula(sym.cost, 3 * q), name="mine")
        assert dm.evaluate("cost", model=model, **{name: 3.0}).cost.item() == 9.0


# --- names are the identity of a symbol ------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [dm.quantity("K_eff", "K", meaning="x", domain=sym.REAL), sympy.Symbol("K_eff")])
def test_a_replacement_is_found_by_its_name(own):
    model = dm.PUBLISHED.replace(dm.Formula(own, 3), name="mine")
    assert len(model) == len(dm.PUBLISHED)
    assert dm.evaluate("K_eff", model=model).K_eff.item() == 3.0
    right = dm.PUBLISHED.replace(dm.Formula(sym.K_eff, 3), name="mine")
    assert dm.simulate(model=model, moves=5).identical(dm.simulate(model=right, moves=5))


def test_other_assumptions_make_no_second_quantity():
    own = dm.quantity("gain", "g", meaning="x", domain=sym.NONNEGATIVE)
    model = dm.PUBLISHED.replace(dm.Formula(own, sympy.Symbol("mu") / 10), name="mine")
    assert dm.simulate(model=model, moves=2, mu0=5).mu_next.values.tolist() == pytest.approx([4.5, 4.05])


def test_policies_read_symbols_by_name():
    own = dm.Policy("own", {sympy.Symbol("delta"): sym.delta0}, {sympy.Symbol("delta"): sympy.Symbol("delta") / 2})
    assert dm.simulate(policy=own, moves=3).delta_t.values.tolist() == [0.2, 0.1, 0.05]


# --- what a formula may be -------------------------------------------------------------------------------------------

FUNCTIONS = [
    sympy.erf, sympy.floor, sympy.gamma, lambda x: sympy.besselj(0, x), sympy.LambertW, sympy.tanh, sympy.sin,
    sympy.atan,
    lambda x: sympy.Mod(x, 3), lambda x: sympy.Heaviside(x - 2), lambda x: sympy.E * x, lambda x: sympy.EulerGamma * x,
    sympy.ceiling, lambda x: sympy.Abs(x - 5), lambda x: sympy.sign(x - 5), lambda x: (x - 5) ** 2.0,
    lambda x: ((x - 5) / 2) ** 66, lambda x: (x - 5) ** -1.0, lambda x: 2**x, sympy.cot, sympy.sinh,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_ordinary_functions_are_evaluated_and_simulated_alike(function):
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, function(sym.mu) / 10), name="mine")
    want = float(function(sympy.Integer(4)) / 10)
    assert dm.evaluate("gain", model=model, mu=4.0, delta=0.2).gain.item() == pytest.approx(want, rel=1e-14)
    assert dm.simulate(model=model, mu0=4.0, moves=1).gain.item() == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: dm.Formula(sym.gain, Piecewise((sym.mu, sym.mu > 3))), "choice of cases without a default"),
        (lambda: dm.Formula(sym.gain, sympy.I * sym.mu), "no formula may be complex"),
        (lambda: dm.one_move(dm.VIBE, dm.Model("small", (dm.PUBLISHED["rho_eff"],))), "no formula for mu_next"),
        (lambda: dm.evaluate(sympy.sqrt(-1 - sym.mu), mu=3), "expression has no real value"),
        (lambda: dm.evaluate(sym.gain / 0, mu=3, delta=1), "is no real number anywhere"),
    ],
)
def test_what_cannot_be_computed_is_refused(make, told):
    with pytest.raises(dm.InputError, match=told):
        make()


@pytest.mark.parametrize(
    ("policy", "model", "told"),
    [
        ({sym.H: sym.H + 1}, {}, r"H = 1.6 is outside \[0, 1\] in move 1 at N = 1"),
        ({sym.delta: -Rational(1)}, {}, r"delta = -1.0 is outside \(0, inf\) in move 1"),
        ({}, {sym.acceptance: 3}, r"acceptance = 3.0 is outside \[0, 1\] in move 0"),
        ({}, {sym.mu_next: -1}, r"mu(_next)? = -1.0 is outside \[0, inf\)"),
    ],
)
def test_results_outside_their_domain_are_refused(policy, model, told):
    own = dm.Policy("own", {sym.delta: sym.delta0, sym.H: sym.H}, policy)
    changed = dm.PUBLISHED.replace(*(dm.Formula(symbol, value) for symbol, value in model.items()), name="mine")
    with pytest.raises(dm.InputError, match=told):
        dm.simulate(policy=own, model=changed, moves=3, N=[1, 2])


# --- there and back --------------------------------------------------------------------------------------------------


def test_an_own_policy_of_a_known_name_is_not_lost_in_silence():
    own = dm.Policy("vibe", {sym.delta: sym.delta0}, {sym.delta: sym.delta * sym.acceptance})
    ds = dm.simulate(policy=own, moves=3)
    with pytest.raises(dm.InputError, match="made with an own policy called 'vibe': give policy="):
        dm.Settings.from_dataset(ds)
    again = dm.Settings.from_dataset(ds, policy=own)
    assert dm.simulate(again, moves=3).identical(ds)


def test_a_closure_is_not_lost_in_silence():
    ds = dm.simulate(closure="variance", model="gated", moves=3)
    with pytest.raises(dm.InputError, match="own policy called 'trust-region'"):
        dm.Settings.from_dataset(ds)
