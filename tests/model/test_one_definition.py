"""A formula stands in one place: exchange it, and simulation, derivatives, LaTeX and JavaScript all follow."""

import json

import numpy as np
import pytest
from py_mini_racer import MiniRacer

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import compile_program
from deltamu.codegen.printers import javascript
from deltamu.codegen.program import move_programs, program

DAMPED = dm.Formula(sym.mu_Delta, sym.a1 * sym.rho_eff * sym.delta * sym.mu / (sym.mu + 2 * sym.b) - sym.a2 * sym.delta)
CHANGED = dm.PUBLISHED.replace(DAMPED, name="damped")


def damped(a1, rho_eff, delta, mu, b, a2):
    return a1 * rho_eff * delta * mu / (mu + 2 * b) - a2 * delta


def test_simulation_follows():
    ds = dm.simulate(model=CHANGED, moves=1)
    gain = damped(0.9, 0.9, 0.2, 12, 4, 0.15) + float(dm.evaluate(
        sym.selection_intensity * sym.score_accuracy * sym.sigma_Delta, mu=12, delta=0.2).expression)  # fmt: skip
    assert float(ds.gain[0]) == pytest.approx(gain, rel=1e-14)
    assert ds.attrs["model"] == "damped"


def test_latex_and_javascript_follow():
    assert "2 b" in CHANGED.latex()
    assert "2 b" not in dm.PUBLISHED.latex()
    whole = program("damped", CHANGED, [sym.mu_Delta])
    browser = MiniRacer()
    browser.eval(javascript(whole))
    values = {str(s): 1.5 if s.default is None else float(s.default) for s in whole.inputs}
    got = json.loads(browser.eval(f"JSON.stringify(damped({json.dumps(values)}))"))["mu_Delta"]
    assert got == pytest.approx(damped(0.9, 0.9, 1.5, 1.5, 4, 0.15), rel=1e-15)


def test_derivatives_follow():
    slope = CHANGED["mu_Delta"].expr.diff(sym.mu)
    ds = dm.evaluate(slope, model=CHANGED, mu=3.0, delta=0.2)
    step = 1e-6
    up, down = damped(0.9, 0.9, 0.2, 3 + step, 4, 0.15), damped(0.9, 0.9, 0.2, 3 - step, 4, 0.15)
    assert float(ds.expression) == pytest.approx((up - down) / (2 * step), rel=1e-8)


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_perturbing_any_formula_reaches_all_back_ends(model):
    """Each formula in turn, scaled by 1.01: NumPy and JavaScript change by the same amount in the same quantities."""
    point = {"mu": 3.0, "delta": 0.3} | {s.name: float(s.default) for s in model.free_symbols if s.default is not None}
    outputs = [formula.symbol for formula in model]
    base = compile_program(program("base", model, outputs))(as_arrays(point))
    for formula in model:
        perturbed = model.replace(dm.Formula(formula.symbol, formula.printed * 101 / 100))
        whole = program("perturbed", perturbed, outputs)
        got = compile_program(whole)(as_arrays(point))
        assert got[formula.name] != base[formula.name] or base[formula.name] == 0
        browser = MiniRacer()
        browser.eval(javascript(whole))
        script = json.loads(browser.eval(f"JSON.stringify(perturbed({json.dumps(point)}))"))
        for name, value in got.items():
            assert script[name] == pytest.approx(float(value[0]), rel=1e-11, abs=1e-15), (formula.name, name)
        assert perturbed.latex() != model.latex()


def as_arrays(point):
    return {name: np.array([value]) for name, value in point.items()}


@pytest.mark.parametrize("policy", dm.POLICIES.values(), ids=lambda policy: policy.name)
@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_a_whole_run_in_javascript_is_the_simulated_one(policy, model):
    """The four printed programs of a run, driven by a loop of a few lines, as a page would."""
    settings = dm.PRESETS["planner-spec"]
    move = dm.one_move(policy, model)
    browser = MiniRacer()
    browser.eval(javascript(move_programs(move, (sym.gain, sym.acceptance))))
    state = ", ".join(f"{s}: from.{s}_start" for s in move.state)
    after = ", ".join(f"{s}: result.{new}" for s, new in zip(move.state, move.after, strict=True))
    browser.eval(
        "function run(values, moves) {"
        f"  const from = start(values); let now = {{ ...values, {state} }}; Object.assign(now, before(now));"
        "  const rows = [];"
        "  for (let t = 0; t < moves; t++) {"
        f"    const result = step({{ ...now, t }}); now = {{ ...now, {after} }};"
        "    rows.push([now.mu, now.delta, result.acceptance, report(now).reliability]);"
        "  }"
        "  return JSON.stringify(rows); }"
    )
    rows = np.array(json.loads(browser.eval(f"run({json.dumps(dict(settings))}, 100)")))
    ds = dm.simulate(settings, policy=policy, model=model, moves=101)
    np.testing.assert_allclose(rows[:, 0], ds.mu_next[:100], rtol=1e-10)
    np.testing.assert_allclose(rows[:, 1], ds.delta_t[1:], rtol=1e-10)
    np.testing.assert_allclose(rows[:, 2], ds.acceptance[:100], rtol=1e-10)
    np.testing.assert_allclose(rows[:, 3], ds.reliability[:100], rtol=1e-10)
