"""Every universal statement is tried on many points of its domain; what the issue's readers broke is tried too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu import symbols as sym
from deltamu.claims import ClaimFailed, Values, at_most, close, find_claims, proved
from deltamu.claims.conditions import conditions
from deltamu.claims.derivations import UNIVERSAL
from deltamu.claims.falsifier import require_unbroken
from deltamu.claims.points import points

CASES = [(claim, model) for claim in find_claims() for model in claim.models() if claim.holds is not None]
# Statements about single settings with a number in them changed, by the name that both predicate and proof read.
WRONG = {
    "d06_order_statistics.numbers_of_the_law": ("intensity", lambda model, size: size / 2),
    "d06_order_statistics.blom": ("BLOM_ERROR", 0.044),
    "d06_order_statistics.error_of_the_published": ("GAPS", (0.19, 0.57)),
    "d10_radius.threshold_at_the_defaults": ("OVER_M", (4.1, 4.2)),
    "d11_trust_region.hitting_time": ("FACTORS", (1, 1.3)),
    "d12_floor.default_floors": ("DEFAULT_FLOORS", ((0.01, 0.7125, 0.7135),)),
    "d12_floor.caps": ("CAP_WIDTH", 0.001),
    "d12_floor.gated_rest_point": ("REST_POINT", (0.1205, 0.1215)),
    "d13_fluid_limit.moves_follow_it": ("NEAR", 1e-4),
    "d16_speed_up.speed_up_at_the_defaults": ("SPEED_UP", (4.7, 6.4)),
    "d16_speed_up.collapse": ("COLLAPSE_MOVES", 60),
    "d18_article_claims.optimal_team_with_cheap_reviews": ("BEST_TEAMS", {0.1: 1}),
    "d18_article_claims.novice_with_overreach": ("LARGE_STEPS", (0.2,)),
    "d18_article_claims.exponential_end": ("NEAR_THE_END", range(30, 60)),
    "d20_reviewers.one_gated_peak": ("falls_once_at_most", lambda values, scale: values[1] <= values[0]),
    "d20_reviewers.default_thresholds": ("THRESHOLDS", {"second": 0.44}),
    "d21_candidates.growing_budget": ("BEST_TEAMS", {12: (4, 2)}),
    "d21_candidates.one_candidate_per_call": ("PER_CALL_GRID", {sym.mu: (0.7, 6), sym.delta: (0.2,)}),
}


def test_every_universal_statement_has_a_predicate():
    for claim in find_claims():
        if claim.verdict in UNIVERSAL and claim.verdict != "definition":
            assert claim.holds is not None, claim.name


@pytest.mark.parametrize(("claim", "model"), CASES, ids=lambda thing: thing.name)
def test_a_fixed_design_does_not_break_it(claim, model):
    assert require_unbroken(claim, model, 300, seed=1) >= 15


@pytest.mark.long
@pytest.mark.parametrize(("claim", "model"), CASES, ids=lambda thing: thing.name)
def test_ten_thousand_points_do_not_break_it(claim, model):
    tried = sum(require_unbroken(claim, model, 2000, seed=100 + part) for part in range(5))
    assert tried >= 500


@pytest.mark.long
@pytest.mark.parametrize(("claim", "model"), CASES, ids=lambda thing: thing.name)
@settings(max_examples=30)
@given(st.data())
def test_hypothesis_does_not_break_it(claim, model, data):
    """Points of hypothesis' own choice in the whole domain; those that the conditions leave out count for nothing."""
    start = points(model, claim.conditions, 1, seed=5).inputs
    drawn = {}
    for symbol in (*sym.PARAMETERS, sym.mu, sym.delta):
        low, high = (float(end) if np.isfinite(float(end)) else None for end in (symbol.domain.inf, symbol.domain.sup))
        value = st.floats(low, min(high, 30.0) if high is not None else (low or 0) + 30, width=32)
        drawn[symbol.name] = np.array([data.draw(st.one_of(st.just(float(start[symbol.name][0])), value))])
    drawn["T_plan"] = np.floor(drawn["T_plan"])
    at = Values(model, drawn)
    try:
        for symbol in (*sym.PARAMETERS, sym.mu, sym.delta):
            symbol.check(drawn[symbol.name])
    except dm.InputError:
        return
    if drawn["A_lo"] > drawn["A_hi"] or drawn["delta_min"] > drawn["delta_max"]:
        return
    if any(0 < float(value[0]) < 1e-6 for value in drawn.values()):  # predicates are in floating point
        return
    if np.all(claim.conditions.holds(at)):
        with np.errstate(all="ignore"):
            assert np.all(claim.holds(at)), drawn


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_number_is_noticed(name, monkeypatch):
    (claim,) = find_claims(name)
    monkeypatch.setitem(claim.function.__globals__, *WRONG[name])
    with pytest.raises(ClaimFailed, match="false at"):
        require_unbroken(claim, *claim.models(), 100)


# --- the tools ------------------------------------------------------------------------------------------------------
def test_points_lie_in_the_domain_and_satisfy_the_conditions():
    given_ = conditions("whole N >= 1, 0 < gamma < 1, selection_intensity > 0, A_hi < 1/2")
    at = points(dm.PUBLISHED, given_, 500)
    for symbol in (*sym.PARAMETERS, sym.mu, sym.delta):
        symbol.check(at.inputs[symbol.name])
    assert (np.ceil(at.N) == at.N).all() and (at.N >= 1).all() and (at.gamma > 0).all()
    assert (at.selection_intensity > 0).all() and (at.A_hi < 0.5).all()
    assert (at.A_lo <= at.A_hi).all() and (at.delta_min <= at.delta_max).all()
    assert (at.H == 0).any() and (at.H == 1).any()  # edges are among them


def test_conditions_that_leave_nothing_are_refused():
    with pytest.raises(ClaimFailed, match="points satisfy"):
        points(dm.PUBLISHED, conditions("pass_probability > 1"), 100)


@pytest.mark.parametrize("text", ["N", "nonsense > 1", "N >=", "N != 2", "abs(N) > 1", "N > 1 or K > 2"])
def test_conditions_that_say_nothing_are_refused(text):
    with pytest.raises(dm.InputError):
        conditions(text).holds({"N": 1.0})


def test_constants_are_read_off_the_conditions():
    def shown(**facts):
        return proved("it holds.", **facts)(lambda model: None).claim.constants

    assert shown() == "any" and shown(where="N > 0") == "any"
    assert shown(where="a2 = 0.15, N > 0") == "a2 as stated"


def test_comparisons_allow_for_rounding_and_no_more():
    assert close(0.1 + 0.2, 0.3) and at_most(0.1 + 0.2, 0.3)
    assert not close(1.0, 1.0 + 1e-6) and not at_most(1.0 + 1e-6, 1.0)
    assert not close(np.nan, np.nan) and not at_most(np.nan, 1.0)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        (lambda at: at.gain <= 1.0, ""),
        (lambda at: at.score_accuracy < 1, ""),
        (lambda at: at.expected_improvement >= 0, "selection_intensity >= 0"),
        (lambda at: at.selection_intensity >= 0, ""),
        (lambda at: at.moved(N=at.N + 1).expected_improvement >= at.expected_improvement, "selection_intensity >= 0"),
        (lambda at: at.N_eff < at.N, "N > 1"),
        (lambda at: at.gain * np.nan > 0, ""),
    ],
)
def test_false_statements_are_broken(statement, where):
    @proved("it is false.", where=where, holds=statement, of="published")
    def claim_false(model):
        pass

    with pytest.raises(ClaimFailed, match="false at"):
        require_unbroken(claim_false.claim, dm.PUBLISHED)


def test_a_counterexample_names_only_what_it_takes():
    @proved("it is false.", where="H < 0.9", holds=lambda at: (at.gamma < 0.5) | (at.A_hi < 0.9))
    def claim_false(model):
        pass

    with pytest.raises(ClaimFailed) as failure:
        require_unbroken(claim_false.claim, dm.PUBLISHED)
    told = dict(part.split(" = ") for part in str(failure.value).removeprefix("it is false at ").split(", "))
    assert float(told["gamma"]) >= 0.5 and float(told["A_hi"]) >= 0.9
    assert told.keys() - {"A_lo"} == {"gamma", "A_hi", "mu", "delta"}  # the last two have no default


def test_symbols_of_an_argument_are_told_by_their_names():
    assert str(ClaimFailed("_x + t__n is not __y at _x_1 = 2")) == "x + t__n is not y at x_1 = 2"
