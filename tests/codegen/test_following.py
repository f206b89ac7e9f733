"""No formula is written twice: change any one, and every form of the model follows."""

import json
import math
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from c_engine import COMPILER, EXACT, CRun
from py_mini_racer import MiniRacer
from sympy import Mul, Rational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.engines import ENGINES, compile_run
from deltamu.codegen.printers import javascript
from deltamu.codegen.program import program
from deltamu.model.formula import Formula

SIZE = 3
INSTALLED = tuple(filter(find_spec, ENGINES))
FACTOR = Rational(63, 64)
MODELS = {model.name: model for model in (dm.PUBLISHED, dm.GATED)}
OWN = [(dm.PUBLISHED, f) for f in dm.PUBLISHED] + [(dm.GATED, f) for f in dm.GATED if f not in list(dm.PUBLISHED)]
CASES = [pytest.param(model, f, id=f"{model.name}-{f.name}") for model, f in OWN]  # a shared formula once
POINTS = {s.name: float(s.default) for s in sym.PARAMETERS if s.default is not None} | {
    "mu0": np.array([3.0, 11.0, 30.0]), "delta0": np.array([0.1, 0.4, 0.9]), "H": np.array([0.2, 0.6, 0.7]),
}  # fmt: skip


def changed(model, formula):
    return model.replace(Formula(formula.symbol, Mul(FACTOR, formula.printed, evaluate=False)), name=model.name)


def values_of(record):
    return {name: rows[0].tolist() for name, rows in record.items()}


def by_engine(engine, move, wanted):
    record = {s.name: np.empty((1, SIZE)) for s in wanted}
    compile_run(engine, move, wanted)(POINTS, SIZE, 1, record)
    return values_of(record)


def by_javascript(move, wanted):
    whole = program("whole", move.model, wanted)
    browser = MiniRacer()
    browser.eval(javascript(whole))
    found = {s.name: [] for s in wanted}
    for n in range(SIZE):
        point = {name: float(np.broadcast_to(value, SIZE)[n]) for name, value in POINTS.items()}
        point |= {"mu": point["mu0"], "delta": point["delta0"]}
        text = json.dumps({s.name: point[s.name] for s in whole.inputs})
        for name, value in json.loads(browser.eval(f"JSON.stringify(whole({text}))")).items():
            found[name].append(math.inf if value is None else value)
    return found


AFTER = (sym.pass_probability, sym.false_pass_probability, sym.reliability)  # reported of the state after the move


def followed(model, wanted, folder):
    """What every form says about some formulas."""
    move = dm.one_move(dm.TRUST_REGION, model)
    found = {engine: by_engine(engine, move, wanted) for engine in INSTALLED}
    if wanted[0] in AFTER:
        return found
    if COMPILER is not None:
        run = CRun(move, wanted, folder, EXACT)
        found["c"] = values_of(run(POINTS, SIZE, 1, record=True)[1])
    return found | {"javascript": by_javascript(move, wanted)}


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """The same of a model as it is, computed once."""
    return cache(lambda name, wanted: followed(MODELS[name], wanted, tmp_path_factory.mktemp(name)))


@pytest.mark.long
@pytest.mark.parametrize(("model", "formula"), CASES)
def test_every_form_follows_every_formula(model, formula, tmp_path, unchanged):
    other = changed(model, formula)
    wanted = (formula.symbol,) if formula.symbol in AFTER else tuple(f.symbol for f in model if f.symbol not in AFTER)
    before, after = unchanged(model.name, wanted), followed(other, wanted, tmp_path)
    want = after["numpy"]
    assert before["numpy"][formula.name] != want[formula.name]
    for form, found in after.items():
        for name, values in want.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-11, atol=1e-14, err_msg=f"{name} by {form}")
            np.testing.assert_allclose(before[form][name], before["numpy"][name], rtol=1e-11, atol=1e-14)
    assert javascript(program("f", model, [formula.symbol])) != javascript(program("f", other, [formula.symbol]))
    assert model[formula.symbol].latex() != other[formula.symbol].latex() and model.latex() != other.latex()
    for symbol in sorted(formula.printed.free_symbols & set(sym.PARAMETERS), key=str)[:1]:
        was, now = (slope(formula.symbol, symbol, m) for m in (model, other))
        assert now == pytest.approx(float(FACTOR) * was, rel=1e-10)
    assert_tangents_follow(other)


def slope(quantity, symbol, model):
    found = dm.derivative(quantity, symbol, model=model)
    return float(dm.evaluate(found, model=model, mu=3.0, delta=0.3)[found.name])


def assert_tangents_follow(model):
    """The tangents of a changed model are the differences of its runs."""
    how = {"model": model, "policy": dm.VIBE, "moves": 4}
    tangent = dm.tangents(wrt=["a1"], **how).mu_tangent.squeeze("wrt")
    step = 1e-5
    high, low = (dm.simulate(a1=sym.a1.default + h, **how).mu for h in (step, -step))
    np.testing.assert_allclose(tangent, (high - low) / (2 * step), rtol=1e-6, atol=1e-8)
