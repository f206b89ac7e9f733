"""Symbols, formulas and policies of a user's own: a name stands for one symbol, and just works."""

import json
import keyword
from functools import partial

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Heaviside, Piecewise, Rational, S

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.program import program
from deltamu.model.functions import EVERYWHERE, IN_OTHERS, WITH_NUMPY

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

X = (sym.mu - 3) / 4  # from -1/2 to 3/4
MASSES = (1, 2, 3, Rational(9, 2), 6)
OTHER = {  # arguments where a function has no real value in some of these
    sympy.log: X + 1, sympy.acosh: X + 2, sympy.asec: X + 2, sympy.acsc: X + 2, sympy.acoth: X + 2,
    sympy.asech: X / 2 + S.Half, sympy.cot: X + 2, sympy.coth: X + 2, sympy.csc: X + 2, sympy.csch: X + 2,
    sympy.acsch: X + 2, **dict.fromkeys(WITH_NUMPY, X + 2),
}  # fmt: skip
SECOND = {  # functions of more than one argument
    sympy.Mod: [lambda x: sympy.Mod(x, S.Half), lambda x: sympy.Mod(x, -sym.delta), lambda x: sympy.Mod(9, x - 1)],
    sympy.atan2: [lambda x: sympy.atan2(x, x**3 - sym.delta), lambda x: sympy.atan2(0, x - 1)],
    sympy.Max: [lambda x: sympy.Max(x, x**2)], sympy.Min: [lambda x: sympy.Min(x, x**3, -sym.delta)],
    sympy.polygamma: [lambda x: sympy.polygamma(1, x)], sympy.beta: [lambda x: sympy.beta(x, 2)],
    sympy.binomial: [lambda x: sympy.binomial(x, 2)], Heaviside: [Heaviside, lambda x: Heaviside(x, 1)],
    sympy.Xor: [lambda x: Piecewise((x, sympy.Xor(x > 0, sym.delta > 1)), (1, True))],
    sympy.Equivalent: [lambda x: Piecewise((x, sympy.Equivalent(x > 0, sym.delta > 1)), (1, True))],
    **{kind: [partial(kind, 1)] for kind in (sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk)},
}  # fmt: skip
OPERATORS = [
    lambda x: sympy.E * x, lambda x: sympy.EulerGamma * x, lambda x: x**2.0, lambda x: x**66, lambda x: (x + 2) ** -1.0,
    lambda x: 2**x, lambda x: x * sympy.floor(4 * x) + sympy.sign(x) * sympy.Mod(x**2, 1),
]  # fmt: skip


def extended(kinds):
    """The published model with a quantity for each function, and these quantities."""
    of = {kind: SECOND.get(kind, [kind]) for kind in kinds}
    rights = [make(OTHER.get(kind, X)) for kind, makers in of.items() for make in makers]
    rights += [make(X) for make in OPERATORS] if sympy.exp in kinds else []
    own = [dm.quantity(f"own{i}", "o", meaning=str(right), domain=sym.REAL) for i, right in enumerate(rights)]
    formulas = [dm.Formula(symbol, right) for symbol, right in zip(own, rights, strict=True)]
    return dm.PUBLISHED.replace(*formulas, name="mine"), dict(zip(own, rights, strict=True))


EVERY_ENGINE = extended([*EVERYWHERE, *(kind for kind in IN_OTHERS if kind is not sympy.factorial)])
SOME = extended([*WITH_NUMPY, sympy.factorial])


def by_sympy(right, mu):
    return float(right.xreplace({sym.mu: sympy.sympify(mu), sym.delta: Rational(1, 5)}).evalf(30))


def simulated(model, own, engine):
    """The quantities at the masses."""
    kept = [symbol.name for symbol in own]
    return dm.simulate(model=model, mu0=[float(mu) for mu in MASSES], delta0=0.2, moves=1, keep=kept, engine=engine)


def test_functions_of_ones_own_formulas_are_computed_alike(engine):
    for model, own in [EVERY_ENGINE, SOME] if engine == "numpy" else [EVERY_ENGINE]:
        ds = simulated(model, own, engine)
        for symbol, right in own.items():
            want = [by_sympy(right, mu) for mu in MASSES]
            np.testing.assert_allclose(ds[symbol.name].values.ravel(), want, rtol=2e-14, atol=1e-15, err_msg=f"{right}")


def test_and_evaluated_and_printed_for_the_page():
    model, own = EVERY_ENGINE
    page = pytest.importorskip("py_mini_racer").MiniRacer()
    page.eval(dm.javascript(program("own", model, list(own))))
    for mu in MASSES:
        printed = json.loads(page.eval(f"JSON.stringify(own({{mu: {float(mu)!r}, delta: 0.2}}))"))
        for symbol, right in own.items():
            want = pytest.approx(by_sympy(right, mu), rel=2e-14, abs=1e-15)
            assert printed[symbol.name] == want, right
            assert dm.evaluate(symbol, model=model, mu=float(mu), delta=0.2).to_array().item() == want, right


@pytest.mark.parametrize("engine", ["numba", "jax"])
@pytest.mark.parametrize("kind", [sympy.besselj, sympy.LambertW, sympy.Ei], ids=str)
def test_what_another_engine_has_not_is_refused_before_it_runs(engine, kind):
    pytest.importorskip(engine)
    model, own = extended([kind])
    with pytest.raises(dm.InputError, match=f"{kind.__name__}.* use engine = 'numpy'"):
        simulated(model, own, engine)


@pytest.mark.parametrize("right", [sympy.zeta(sym.mu), sympy.erfi(sym.mu), sympy.Function("f")(sym.mu),
                                   sympy.Integral(sym.H, (sym.H, 0, sym.mu)), sympy.DiracDelta(sym.mu - 1),
                                   sympy.Derivative(sympy.floor(sym.mu), sym.mu)], ids=str)  # fmt: skip
def test_a_function_that_is_not_computed_is_refused_when_a_formula_is_made(right):
    with pytest.raises(dm.InputError, match=f"formula gain has {type(right).__name__}, which is not computed: allowed"):
        dm.Formula(sym.gain, right)
    with pytest.raises(dm.InputError, match=f"{type(right).__name__}, which is not computed: allowed"):
        dm.evaluate(right, mu=3)


@pytest.mark.parametrize(("model", "own"), [EVERY_ENGINE, SOME], ids=["every engine", "NumPy"])
def test_their_derivatives_are_those_of_differences(model, own):
    """Away from jumps; at them derivatives are those beside."""
    step = 1e-6
    for symbol, right in own.items():
        for mu in (1.13, 4.71):
            ahead, behind = (by_sympy(right, mu + change) for change in (step, -step))
            slope = (
                dm.evaluate(dm.derivative(symbol, "mu", model=model), model=model, mu=mu, delta=0.2).to_array().item()
            )
            assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-8), (right, mu)


def test_jumps_count_for_nothing_in_tangents():
    step = sympy.floor(sym.mu) + sympy.sign(sym.mu - 2) + Heaviside(sym.mu - 1) + sympy.ceiling(sym.mu)
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, step / 100 + sympy.Mod(sym.mu, 3) / 10), name="mine")
    assert dm.tangents(model=model, mu0=4.3, moves=1, wrt="mu0").final_mu_tangent.item() == pytest.approx(0.9)


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
