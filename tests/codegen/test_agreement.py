"""NumPy, SymPy at 30 digits and JavaScript compute the same numbers everywhere in the mathematical domain."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from sympy import Naturals0, oo

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import compile_program
from deltamu.codegen.printers import javascript
from deltamu.codegen.program import program
from deltamu.model.special import numpy_kernels as kernels

TOLERANCE = 1e-12
UNDERFLOWS = -40.0  # an acceptance margin at which all that reads it differs by less than 1e-350 from that at -oo
K_EFF_ROUNDING = 4 * np.finfo(float).eps / TOLERANCE


def in_domain(symbol):
    """Values of a symbol's whole domain: its edges, small and large magnitudes, and three-digit numbers between."""
    domain = symbol.domain
    if domain is Naturals0:
        return st.integers(0, 60).map(float)
    low, high = float(domain.start), float(domain.end)
    edges = [end for end, is_open in ((low, domain.left_open), (high, domain.right_open)) if not is_open]
    edges = [symbol.default] * (symbol.default is not None) + [end for end in edges if math.isfinite(end)]
    if high <= 1:
        return st.sampled_from(edges) | st.integers(1, 999).map(lambda n: low + (high - low) * n / 1000)
    magnitude = st.integers(-60, 60).map(lambda n: low + 10 ** (n / 10))
    return st.sampled_from(edges or [low + 1]) | magnitude | st.integers(1, 12).map(lambda n: low + n)


def points(model):
    symbols = sorted(model.free_symbols, key=str)
    return st.fixed_dictionaries({symbol.name: in_domain(symbol) for symbol in symbols})


EDGES = [
    {"N": 0.0}, {"N": 0.0, "gamma": 1.0}, {"gamma": 1.0}, {"K": 1.0, "K_r": 0.0}, {"K": 1.0, "N": 0.0}, {"mu": 0.0},
    {"mu": 0.0, "r": 0.0}, {"r": 0.0}, {"r": 1.0}, {"s0": 0.0}, {"s0": 0.0, "sigma_r": 0.0}, {"s0": 0.0, "r": 0.0},
    {"kappa1": 1.0, "H": 1.0}, {"sigma_r": 0.0}, {"a1": 0.0, "a2": 0.0, "s0": 0.0}, {"mu": 0.0, "a2": 0.0},
    {"mu": 0.0, "s0": 0.0}, {"tau": 1.0, "H": 1.0}, {"H": 0.0, "rho": 0.0}, {"mu": 1e-300}, {"mu": 1e300},
    {"delta": 1e-150}, {"delta": 1e100}, {"K": 1e6, "N": 1000.0}, {"r": 1e-12}, {"r": 1e-12, "mu": 1e-9},
    {"N": 1e-12, "gamma": 1.0}, {"w_review": 0.0},
]  # fmt: skip


def base_point(**changes):
    symbols = dm.PUBLISHED.free_symbols | dm.GATED.free_symbols
    point = {symbol.name: float(symbol.default) for symbol in symbols if symbol.default is not None}
    return point | {"mu": 3.0, "delta": 0.3} | changes


def intensity_slope(values):
    """Derivative of the selection intensity by K_eff."""
    k = values["K_eff"]
    if "selection_variance" in values:
        return float(kernels.normal_max_mean_d1(k))
    return 0.0 if k <= 1 else 1 / (k**2 * float(kernels.normal_pdf(values["selection_intensity"])))


def scales(values):
    """Sizes of the terms that cancel in each quantity: errors are measured against these where they are larger."""
    benefit = values["a1"] * values["rho_eff"] * values["delta"] * values["mu"] / (values["mu"] + values["b"])
    harm = benefit - values["mu_Delta"]
    # K_eff is rounded before it is used: near K_eff = 1 the intensities are steep in it
    steep = K_EFF_ROUNDING * values["K_eff"] * intensity_slope(values)
    luck = (abs(values["selection_intensity"]) + steep) * values["score_accuracy"] * values["sigma_Delta"]
    terms = abs(benefit) + abs(harm) + luck
    found = {"selection_intensity": steep, "mu_Delta": abs(benefit) + abs(harm), "expected_improvement": terms}
    found["gain"] = found["hidden_gain"] = terms + values["sigma_Delta"]
    found["mu_next"] = values["mu"]
    found["efficiency"] = found["gain"] / values["cost"]
    found["variance_reduction"] = values["score_accuracy"] ** 2
    if (spread := values["sigma_Delta"] * values.get("visible_spread", 1.0)) > 0:
        found["acceptance_margin"] = math.sqrt(values["r"]) * terms / spread
        # d ln Phi(x) and d ln h(x) are at most (1 + |x|) dx and (2 + |x|) dx
        margin = values.get("acceptance_margin", 0.0)
        loss = 1 + found["acceptance_margin"] * (2 + min(abs(margin), 40))
        found["acceptance"] = values["acceptance"] * loss
        found["visible_gain"] = values.get("visible_gain", 0.0) * loss
        found["gain"] += found["visible_gain"]
        found["hidden_gain"] += abs(values["expected_improvement"]) * found["acceptance"]
        found["gain"] += found["hidden_gain"]
        found["mu_next"] += found["gain"]
        found["efficiency"] += found["gain"] / values["cost"]
    if values["gain"] == 0 or values["sigma_tot"] > 0:
        found.setdefault("acceptance", 0.0)
    if "acceptance_margin" not in values and values["sigma_tot"] > 0:  # published: d A <= A d(gain/sigma_tot)
        found["acceptance"] = values["acceptance"] * (1 + terms / values["sigma_tot"])
    for name, exponent in (("pass_probability", values["r"]), ("reliability", 1.0)):
        found[name] = values[name] * (1 + exponent * values["mu"])
    return found


def assert_close(got, want, scale, what):
    if got == want:
        return
    assert math.isfinite(got) and math.isfinite(want), f"{what}: {got!r}, not {want!r}"
    assert abs(got - want) <= TOLERANCE * max(abs(want), scale) + 1e-307, f"{what}: {got!r}, not {want!r}"


@pytest.fixture(scope="module")
def engines():
    """The whole of each model as a NumPy function and as a JavaScript function."""
    made = {}
    for model in (dm.PUBLISHED, dm.GATED):
        whole = program(model.name, model, [formula.symbol for formula in model])
        browser = MiniRacer()
        browser.eval(javascript(whole))
        made[model.name] = (whole, compile_program(whole), browser)
    return made


def agree(model, point, engines):
    whole, compiled, browser = engines[model.name]
    values = {name: value for name, value in point.items() if name in {s.name for s in whole.inputs}}
    got = {name: float(value[0]) for name, value in compiled({k: np.array([v]) for k, v in values.items()}).items()}
    text = json.dumps(values)
    shown = browser.eval(f"JSON.stringify({model.name}({text}), (k, v) => typeof v === 'number' ? String(v) : v)")
    script = {name: float(value) for name, value in json.loads(shown).items()}
    known = values | got
    found = scales(known)
    symbols = {symbol: values[symbol.name] for symbol in whole.inputs}
    wanted = {}
    for formula in model:
        exact = model.evalf(formula.symbol, symbols)
        want = {oo: math.inf, -oo: -math.inf}.get(exact)
        wanted[formula.name] = want = float(exact) if want is None else want
        if formula.symbol == sym.acceptance_margin and -math.inf < want < UNDERFLOWS:
            model = model.replace(dataclasses.replace(formula, printed=-oo))  # its digits would take minutes
        scale = found.get(formula.name, 0.0)
        assert_close(got[formula.name], want, scale, f"{formula.name} in NumPy at {point}")
        assert_close(script[formula.name], want, scale, f"{formula.name} in JavaScript at {point}")


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
@pytest.mark.parametrize("changes", EDGES, ids=str)
def test_edges(model, changes, engines):
    agree(model, base_point(**changes), engines)


@given(points(dm.PUBLISHED))
def test_published_model(engines, point):
    agree(dm.PUBLISHED, point, engines)


@given(points(dm.GATED))
def test_gated_model(engines, point):
    agree(dm.GATED, point, engines)
