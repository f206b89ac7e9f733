"""Rewritten programs compute what the formulas say: same state, same comparisons, at every edge."""

from itertools import product

import numpy as np
import pytest
import sympy
import xarray as xr
from domains import everywhere
from plain_runs import compile_move, plain_run
from sympy import Eq, Piecewise, Rational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import compile_program
from deltamu.codegen.passes.extrema import extreme
from deltamu.codegen.passes.factoring import with_joined_constants
from deltamu.codegen.passes.inversion import inverted
from deltamu.codegen.passes.lean import TARGET_REACHED, lean
from deltamu.model.formula import Formula, clip, positive_part
from deltamu.model.special import normal_cdf

POINTS = 20_000
TIMID = dm.Policy(
    "timid", {sym.delta: sym.delta0},
    {sym.delta: Piecewise((sym.delta, sym.acceptance >= sym.A_hi), (sym.delta * sym.acceptance, True))},
)  # fmt: skip
GRADED = dm.Policy(
    "graded", {sym.delta: sym.delta0},
    {sym.delta: Piecewise((sym.beta * sym.delta, sym.A_lo > sym.acceptance), (sym.alpha * sym.delta, True))},
)  # fmt: skip
STAGED = dm.Policy(  # bounds are numbers, and depend on the state
    "staged", {sym.delta: sym.delta0},
    {
        sym.delta: sym.delta * Piecewise(
            (0.9, sym.acceptance < Piecewise((Rational(9, 16), sym.mu > 5), (0.52, sym.mu > 2), (0.3, True))),
            (1.1, sympy.ITE(sym.mu > 3, sym.acceptance >= Rational(5, 8), sym.acceptance > 0.45)),
            (1, True),
        )
    },
)  # fmt: skip
ENDS = [  # numbers at which an inverse is 0 or infinite
    dm.Policy(f"{relation.rel_op} {bound}", {sym.delta: sym.delta0},
              {sym.delta: sym.delta * Piecewise((Rational(3, 2), relation), (1, True))})
    for bound in (0, Rational(1, 2), 1)
    for relation in (sym.acceptance > bound, sympy.Ge(sym.acceptance, bound, evaluate=False))
]  # fmt: skip
MOVES = [dm.one_move(p, m) for p in (dm.VIBE, dm.PLANNER, dm.TRUST_REGION, TIMID, GRADED, STAGED, *ENDS)
         for m in (dm.PUBLISHED, dm.GATED)]  # fmt: skip
EACH_MOVE = pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.policy.name}-{move.model.name}")


def random_points(move):
    rng = np.random.default_rng(5)
    values = everywhere(move.controls | {*move.state, sym.target}, rng, POINTS)
    return values | {"t": rng.integers(0, 30, POINTS).astype(float)}


@EACH_MOVE
def test_the_lean_move_has_the_same_state(move):
    values = random_points(move)
    plain = compile_move(move, (sym.expected_improvement, sym.sigma_Delta, sym.acceptance))
    want = plain.step(values | plain.before(values))
    fast = lean(move)
    known = values | compile_program(fast.before)(values)
    got = compile_program(fast.step)(known)
    rho_eff = values["rho"] + (1 - values["rho"]) * values["H"]
    scale = values["mu"] + values["delta"] * (
        values["a1"] * rho_eff + values["a2"] * (1 + values["overreach"] * values["delta"])
    )
    scale += abs(want["expected_improvement"]) + want["sigma_Delta"]
    # a comparison of two numbers that are equal but for rounding may fall either way
    near_a_tie = np.any(
        [abs(want["acceptance"] - values[end]) < 1e-12 for end in {"A_lo", "A_hi"} & set(values)], axis=0
    )
    for symbol in fast.step.outputs:
        size = scale if symbol == sym.mu_next else abs(want[symbol.name])
        wrong = ~(abs(got[symbol.name] - want[symbol.name]) <= 1e-11 * np.maximum(size, abs(want[symbol.name])))
        assert not (wrong & ~near_a_tie).any(), symbol
    report = plain.report(values)
    reached = compile_program(fast.reached)(known)[TARGET_REACHED.name]
    assert ((report["pass_probability"] >= values["target"]) == (reached == 1)).all()


@EACH_MOVE
def test_nothing_is_computed_for_nothing(move):
    fast = lean(move)
    for part in (fast.before, fast.step, fast.reached):
        used = set(part.outputs).union(*(formula.printed.free_symbols for formula in part.formulas))
        assert used >= {formula.symbol for formula in part.formulas}
        assert used >= set(part.inputs)
    varying = {*move.state, sym.t}
    assert not any(f.printed.free_symbols & varying for f in fast.before.formulas)


def test_no_exponential_and_one_spread_is_left_in_the_published_trust_region():
    fast = lean(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED))
    assert not any(f.printed.has(sympy.exp, normal_cdf) for f in (*fast.step.formulas, *fast.reached.formulas))
    assert not any(f.printed.has(sym.sigma_Delta) for f in fast.step.formulas)
    roots = {node for f in fast.step.formulas for node in f.printed.atoms(sympy.Pow) if node.exp == sympy.S.Half}
    assert len(roots) == 1


def test_a_comparison_stays_where_its_quantity_is_needed_anyway():
    fast = lean(dm.one_move(dm.TRUST_REGION, dm.GATED))
    proposed = next(f for f in fast.step.formulas if f.symbol == sym.delta_proposed)
    assert sym.acceptance in proposed.printed.free_symbols


def varying_mu(expr):
    return sym.mu not in expr.free_symbols


@pytest.mark.parametrize(
    ("relation", "want"),
    [
        (sympy.exp(-sym.mu) >= sym.target, -sym.mu >= sympy.log(sym.target)),
        (1 / (1 + sympy.exp(-sym.mu)) > Rational(3, 4), sym.mu > sympy.log(3)),
        (normal_cdf(sym.mu) < sym.A_lo, None),
        (2 - 3 * sym.mu > sym.alpha, sym.mu < (2 - sym.alpha) / 3),
        (sympy.exp(sym.mu) > sym.mu_Delta, sympy.exp(sym.mu) > sym.mu_Delta),  # of either sign
        (sympy.exp(sym.mu / sym.sigma_tot) > sym.mu_Delta, None),  # of either sign, and the quotient may be infinite
        (1 / (sym.mu - 1) > sym.alpha, None),
        (sym.b * sympy.exp(-sym.mu) >= sym.target, sympy.exp(-sym.mu) >= sym.target / sym.b),
        (Eq(sym.mu, sym.alpha), None),
        (sympy.exp(sym.mu) + 2 * sym.mu > sym.alpha, sympy.exp(sym.mu) + 2 * sym.mu > sym.alpha),
    ],
    ids=str,
)  # fmt: skip
def test_inverted(relation, want):
    got = inverted(relation, varying_mu)
    if isinstance(relation.args[0], normal_cdf):
        assert got.args[0] == sym.mu and str(got.args[1]) == "normal_quantile(A_lo)"
    elif want is None:
        assert got is None
    else:
        for mu, harm in product((0.01, 0.3, 1, 2.5), (-1, 2)):
            at = {sym.mu: mu, sym.target: 0.4, sym.b: 1.1, sym.alpha: 1.4, sym.mu_Delta: harm}
            with np.errstate(divide="ignore"):
                got_, want_, plain = (sympy.lambdify(list(at), one)(*at.values()) for one in (got, want, relation))
            assert got_ == want_ == plain


def test_a_relation_that_is_not_strict_keeps_its_quotient():
    """0 * oo is nan, and a comparison with nan is false: >= would be true of 0/oo and 0."""
    margin = Piecewise((0, Eq(sym.sigma_tot, 0)), (sym.gain / sym.sigma_tot, True), evaluate=False)
    relation = sympy.Ge(margin, sym.A_hi, evaluate=False)
    got = inverted(relation, lambda expr: expr.free_symbols <= {sym.A_hi})
    assert sym.gain / sym.sigma_tot in {side for r in got.atoms(sympy.core.relational.Relational) for side in r.args}


@pytest.mark.parametrize("model", dm.MODELS.values(), ids=lambda model: model.name)
@pytest.mark.parametrize("policy", [STAGED, ENDS[2]], ids=lambda policy: policy.name)
def test_bounds_of_a_comparison_may_be_numbers_and_choices(engine, model, policy):
    rng = np.random.default_rng(3)
    points = {"mu0": rng.uniform(0, 20, 500), "delta0": rng.uniform(0.01, 2, 500), "N": rng.integers(0, 4, 500)}
    rows, _ = plain_run(policy, model, points, 12)
    assert len(np.unique((rows["delta_t"][1:] / rows["delta_t"][:-1]).round(9))) == (3 if policy is STAGED else 2)
    ds = dm.simulate(policy=policy, model=model, moves=12, engine=engine, progress=False,
                     **{name: xr.DataArray(values, dims="point") for name, values in points.items()})  # fmt: skip
    np.testing.assert_allclose(ds.delta_t.values.T, rows["delta_t"], rtol=1e-12)
    np.testing.assert_allclose(ds.mu_next.values.T, rows["mu_next"], rtol=1e-9, atol=1e-10)


def test_a_tie_at_the_end_of_the_range_is_decided_as_by_the_formula(engine):
    """Where sigma_tot = 0 < gain the published acceptance is 1: neither above A_hi = 1 nor below A_lo = 1."""
    points = {name: np.repeat(values, 2) for name, values in {
        "mu0": [5.0, 20.0, 0.0, 5.0, 5.0, 5.0], "sigma_r": [0.0, 0.0, 0.0, 0.35, 0.0, 0.35],
        "s0": [0.0, 0.0, 0.4, 0.0, 0.0, 0.4], "a2": [0.1, 0.1, 0.0, 0.1, 90.0, 0.1], "N": [3, 3, 3, 3, 3, 0],
    }.items()} | {"A_hi": np.ones(12), "A_lo": np.tile([1.0, 0.3], 6)}  # fmt: skip
    rows, _ = plain_run(dm.TRUST_REGION, dm.PUBLISHED, points, 1)
    assert (rows["acceptance"][0] == np.repeat([1, 1, 0.5, rows["acceptance"][0][6], 0.5, 0.5], 2)).all()
    ds = dm.simulate(policy="trust-region", moves=2, engine=engine, progress=False,
                     **{name: xr.DataArray(values, dims="point") for name, values in points.items()})  # fmt: skip
    below = rows["acceptance"][0] < points["A_lo"]
    assert below.any() and not below.all()
    want = np.where(below, sym.beta.default, 1) * sym.delta0.default
    np.testing.assert_allclose(ds.delta_t.values[:, 1], np.clip(want, sym.delta_min.default, sym.delta_max.default))


def test_constants_are_joined_where_a_product_is_used():
    part, whole = sym.visible_gain, sym.gain
    lines = [Formula(part, sym.a1 * sym.mu * sym.delta),
             Formula(whole, sym.a2 * part / sympy.sqrt(sym.b * part + sym.s0))]  # fmt: skip

    def is_constant(expr):
        return expr.free_symbols.isdisjoint({sym.mu, sym.delta, part})

    varying, got = with_joined_constants(lines, (whole,), is_constant)
    assert varying.printed == sym.mu * sym.delta and varying.symbol != part  # a name keeps its value
    want = lines[1].printed.subs(part, lines[0].printed)
    assert sympy.simplify(got.printed.subs(varying.symbol, varying.printed).doit() - want) == 0
    assert with_joined_constants(lines, (whole, part), is_constant) == lines
    alone = [lines[0], Formula(whole, sympy.sqrt(part + sym.s0))]
    assert with_joined_constants(alone, (whole,), is_constant) == alone


def test_constants_go_from_product_to_product():
    first, second, last = sym.visible_gain, sym.hidden_gain, sym.gain
    lines = [
        Formula(first, sym.a1 * sym.mu),
        Formula(second, sym.b * first * sym.delta),
        Formula(last, sym.a2 * second),
    ]
    got = with_joined_constants(lines, (last,), lambda expr: expr.free_symbols <= {sym.a1, sym.a2, sym.b})
    assert [len(f.printed.free_symbols & {sym.a1, sym.a2, sym.b}) for f in got] == [0, 0, 3]
    assert dm.Model("got", got).expand(last) == dm.Model("lines", lines).expand(last)


def test_extremes_are_made_only_of_what_is_in_order():
    assert extreme(positive_part(sym.mu)).func is sympy.Max
    assert extreme(clip(sym.delta, sym.delta_min, sym.delta_max)).func is sympy.Min
    assert extreme(clip(sym.delta, sym.delta_max, sym.delta_min)) is None
    assert extreme(clip(sym.delta, sympy.Integer(1), sympy.Integer(2))).func is sympy.Min
    assert extreme(Piecewise((sym.mu, sym.plan_cap >= sym.mu), (sym.plan_cap, True))).func is sympy.Min
    assert extreme(Piecewise((sym.mu, sym.plan_cap > sym.mu), (sym.b, True))) is None


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.25, 0.5, 1.0, 2.0])
def test_extremes_at_ties(value):
    for expr in (positive_part(sym.mu_Delta), clip(sym.mu_Delta, sympy.Rational(1, 4), sympy.Rational(1, 2))):
        assert extreme(expr).subs(sym.mu_Delta, value) - expr.subs(sym.mu_Delta, value) == 0
