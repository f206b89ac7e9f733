"""The table of symbols: facts, assumptions and validation."""

import copy
import pickle

import pytest
from sympy import Interval, Naturals0, latex, oo

import deltamu as dm
from deltamu import symbols as sym


def all_quantities():
    return [value for value in vars(sym).values() if isinstance(value, dm.Quantity)]


def test_every_symbol_has_its_own_name_and_latex():
    quantities = all_quantities()
    assert len({q.name for q in quantities}) == len(quantities)
    assert len({q.latex for q in quantities}) == len(quantities)
    assert all(q.meaning for q in quantities)
    assert all(getattr(sym, q.name) is q for q in quantities)


@pytest.mark.parametrize("symbol", sym.PARAMETERS, ids=str)
def test_defaults_and_sliders_lie_in_the_domain(symbol):
    symbol.check(symbol.default)
    if symbol.slider is not None:
        low, high, step = symbol.slider
        symbol.check([low, high])
        assert low <= symbol.default <= high
        assert 0 < step <= high - low


@pytest.mark.parametrize("symbol", sym.PARAMETERS, ids=str)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), -1e-9, "x", None, True, [1, "x"], 1j])
def test_bad_values_are_named(symbol, bad):
    with pytest.raises(dm.InputError, match=rf"^{symbol.name} = .* (is outside|is not a number)") as error:
        symbol.check(bad)
    assert symbol.allowed in str(error.value)
    assert "\n" not in str(error.value)


def test_domains_are_those_of_the_model():
    unit = [sym.H, sym.rho, sym.r, sym.gamma, sym.kappa1, sym.kappa2, sym.tau, sym.A_lo, sym.A_hi]
    assert {symbol.domain for symbol in unit} == {Interval(0, 1)}
    assert sym.K.domain == Interval(1, oo)
    assert {s.domain for s in (sym.delta0, sym.delta, sym.b, sym.delta_min, sym.delta_max)} == {Interval.open(0, oo)}
    assert sym.target.domain == Interval.open(0, 1)
    assert sym.decay.domain == sym.beta.domain == Interval.Lopen(0, 1)
    assert sym.alpha.domain == Interval(1, oo)
    assert sym.T_plan.domain is Naturals0


def test_assumptions_follow_from_the_domain():
    assert sym.delta.is_positive
    assert sym.H.is_nonnegative
    assert sym.mu_Delta.is_real
    assert sym.mu_Delta.is_nonnegative is None
    assert sym.T_plan.is_integer


def test_symbols_survive_pickling_and_copying_with_their_facts():
    for symbol in all_quantities():
        for twin in (pickle.loads(pickle.dumps(symbol)), copy.deepcopy(symbol)):
            assert twin == symbol
            assert twin.facts == symbol.facts
    expr = sym.gamma**2 + sym.mu
    assert pickle.loads(pickle.dumps(expr)) == expr


def test_symbols_print_as_in_the_paper():
    assert latex(sym.rho_eff * sym.kappa1) == r"\kappa_1 \rho_{\mathrm{eff}}"
    assert latex(sym.target**2) == r"\left(R^{*}\right)^{2}"


def test_a_users_control_is_validated():
    with pytest.raises(dm.InputError, match=r"^p = 2 is outside \[0, 1\]$"):
        dm.control("p", "p", default=2, domain=Interval(0, 1), meaning="share")
    with pytest.raises(dm.InputError, match="not a Python identifier"):
        dm.control("p q", "p", default=0, domain=Interval(0, 1), meaning="share")
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = sym.H.colour
