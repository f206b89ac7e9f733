"""Ball arithmetic: enclosures hold the truth, bounds are proved and false ones are not, and so are the claims."""

from itertools import pairwise

import pytest
import sympy

pytest.importorskip("flint", reason="python-flint is not installed")

from mpmath import mp

import deltamu as dm
from deltamu import symbols as sym
from deltamu.claims import ClaimFailed, find_claims, run_claim, verify
from deltamu.claims.rigorous import (
    assert_enclosed,
    balls,
    enclosed,
    interval,
    moves_until,
    prove_below,
    quantity_on_balls,
    root_between,
    run,
)
from deltamu.claims.rigorous.optional import arb, ctx
from deltamu.claims.rigorous.tape import FUNCTIONS, Tape
from deltamu.model import special
from deltamu.model.policies import PLANNER, TRUST_REGION, VIBE

RIGOROUS = [claim for claim in find_claims() if claim.rigorous]
QUICK = [claim for claim in RIGOROUS if claim.name not in (
    "d12_floor.stable", "d12_floor.overshoot", "d06_order_statistics.blom",
    "d06_order_statistics.error_of_the_published", "d20_reviewers.one_gated_peak",
    "d21_candidates.one_candidate_per_call", "d35_joint_normal.acceptance", "d35_joint_normal.gain")]  # fmt: skip
ARGUMENTS = {
    special.normal_cdf: ("-37.5", "-3", "0", "0.3", "9"),
    special.normal_pdf: ("-37.5", "-3", "0", "0.3", "9"),
    special.expected_positive_part: ("-37.5", "-12", "0", "0.3", "9"),
    special.normal_quantile: ("1e-40", "0.02", "0.5", "0.50001", "0.999"),
    special.normal_max_mean: ("1", "1.0001", "1.7", "5", "12", "200"),
    special.normal_max_variance: ("1", "1.0001", "1.7", "5", "12", "200"),
}


@pytest.mark.parametrize(("function", "text"), [(f, text) for f, texts in ARGUMENTS.items() for text in texts], ids=str)
def test_enclosures_hold_the_value_of_the_model(function, text):
    """Against the model's own high-precision values, which are computed in another way."""
    value = sympy.N(function(sympy.Rational(text)), 40)
    ball = enclosed(function(sympy.Symbol("x")), {sympy.Symbol("x"): text}, bits=64)
    assert abs(ball - arb(str(value))) <= arb(str(abs(value) + 1)) * arb("1e-12")
    assert ball.overlaps(arb(str(value)) + arb(0, abs(float(value)) * 1e-35 + 1e-50))


@pytest.mark.parametrize("function", ARGUMENTS, ids=str)
def test_wide_balls_hold_the_values_inside(function):
    texts = ARGUMENTS[function]
    for low, high in pairwise(texts):
        wide = FUNCTIONS[function](interval(low, high))
        for share in (0, 0.3, 1):
            inside = arb(low) + (arb(high) - arb(low)) * share
            assert wide.contains(FUNCTIONS[function](inside.mid())) or wide.overlaps(FUNCTIONS[function](inside.mid()))


def test_squares_and_roots_of_balls_around_zero():
    around = interval(-1, 2)
    assert balls.square(around) >= -1e-6 and balls.square(around).contains(4) and balls.square(around).contains(0)
    assert balls.root(interval("-1e-9", 4)).contains(1.9) and not balls.root(interval(1, 4)).contains(0.5)


def test_a_case_that_is_not_decided_gives_both_values():
    x = sympy.Symbol("x")
    (ball,) = Tape([], [sympy.Piecewise((1, x > 0), (5, True))])({x: interval(-1, 1)})
    assert ball.contains(1) and ball.contains(5)
    (decided,) = Tape([], [sympy.Piecewise((1, x > 0), (1 / x, True))])({x: arb(2)})
    assert decided == 1


def test_functions_without_an_enclosure_are_refused():
    with pytest.raises(NotImplementedError, match="zeta"):
        Tape([], [sympy.zeta(sympy.Symbol("x"))])


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_a_model_on_balls_is_the_model(model):
    at = {sym.mu: 3, sym.delta: 0.3, sym.N: 4}
    for name in ("gain", "acceptance", "efficiency"):
        ball = enclosed(model[name].symbol, at, model)
        value = float(dm.evaluate(name, model=model, mu=3.0, delta=0.3, N=4)[name])
        assert abs(float(ball.mid()) - value) < 1e-12 and ball.rad() < 1e-12
    wide = quantity_on_balls(model, sym.gain, at)({sym.mu: interval(2.9, 3.1)})
    assert wide.contains(enclosed(sym.gain, at, model).mid())


# --- branch and bound -----------------------------------------------------------------------------------------------
def test_bounds():
    wave = lambda at: at["x"] * (1 - at["x"])  # noqa: E731
    assert prove_below(wave, 0.2501, {"x": (0.0, 1.0)}, "a parabola") > 1
    with pytest.raises(ClaimFailed, match="it is 0.25"):
        prove_below(wave, 0.25, {"x": (0.0, 1.0)}, "a parabola that touches its bound")
    with pytest.raises(ClaimFailed, match="it is"):
        prove_below(wave, 0.2, {"x": (0.0, 1.0)}, "a parabola that exceeds it")
    with pytest.raises(ClaimFailed, match="not decided"):
        prove_below(lambda at: arb("nan"), 0.2, {"x": (0.0, 1.0)}, "nothing is known", most=50)
    assert prove_below(lambda at: None, 0.2, {"x": (0.0, 1.0)}, "no point is of interest") == 1


def test_roots():
    assert root_between(lambda x: x * x - 2, 1, 2, "a root").contains(arb(2).sqrt())
    with pytest.raises(ClaimFailed, match="not between"):
        root_between(lambda x: x * x + 2, 1, 2, "a root")


def test_enclosed_statements_need_certainty():
    assert_enclosed(arb(1) < 2, "one is below two")
    for undecided in (interval(1, 3) < 2, False, None):
        with pytest.raises(ClaimFailed):
            assert_enclosed(undecided, "undecided")


# --- runs -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "policy", [VIBE, pytest.param(PLANNER, marks=pytest.mark.long), TRUST_REGION], ids=lambda policy: policy.name
)
def test_runs_in_balls_are_the_runs(policy):
    for model in (dm.PUBLISHED, dm.GATED):
        found = run(model, policy, 12)
        ds = dm.simulate(policy=policy, model=model, moves=12)
        for t in range(12):
            assert abs(float(found.mu[t + 1].mid()) - float(ds.mu_next[t])) < 1e-10
            assert abs(float(found.delta[t].mid()) - float(ds.delta_t[t])) < 1e-12


def test_a_run_that_never_arrives_is_said_to():
    with pytest.raises(ClaimFailed, match="not decided"):
        moves_until(run(dm.PUBLISHED, VIBE, 3), 0.001)


def test_precision_is_restored():
    before = ctx.prec
    run(dm.PUBLISHED, VIBE, 5)
    enclosed(sym.gain, {sym.mu: 1, sym.delta: 1}, dm.PUBLISHED, bits=300)
    assert ctx.prec == before and mp.prec == 53


# --- claims; those that take long are checked where the paper is built -----------------------------------------------
@pytest.mark.parametrize("claim", QUICK, ids=lambda claim: claim.name)
def test_claim(claim):
    for model in claim.models():
        row = run_claim(claim, model)
        assert row.outcome == "holds", row.detail


def test_they_run_only_where_they_are_asked_for():
    name = "d10_radius.threshold_at_the_defaults"
    assert [row.outcome for row in verify(name, jobs=1)] == ["not run"]
    assert [row.outcome for row in verify(name, jobs=1, rigorous=True)] == ["holds"]
    assert verify(name, jobs=1).ok


def test_a_changed_constant_is_noticed():
    """The floors at the defaults move with the formula."""
    changed = dm.PUBLISHED.replace(dm.Formula(sym.rho_eff, sym.rho), name="published")
    (claim,) = find_claims("d12_floor.default_floors")
    assert run_claim(claim, changed).outcome == "fails"
