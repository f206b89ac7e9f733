"""Twenty small changes of a hostile reader, each of which `verify` notices by itself."""

from dataclasses import replace
from types import MappingProxyType

import pytest
import sympy
from sympy import Piecewise, Rational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.claims import find_claims, run_claim
from deltamu.model import policies
from deltamu.model.policies import PLANNER, TRUST_REGION, VIBE, Policy
from deltamu.model.special import normal_cdf, normal_max_mean, normal_max_variance


def noticed(names, model=None):
    """Whether one of the claims fails."""
    rows = [run_claim(claim, model or one) for claim in find_claims(names) for one in claim.models()
            if not claim.rigorous and not claim.applies_to(model or one)]  # fmt: skip
    assert rows
    return any(row.outcome == "fails" for row in rows)


# --- formulas: the claim that names the formula notices ------------------------------------------------------------
FORMULAS = [
    ("d10_radius.no_contraction_without_overreach", dm.GATED, sym.acceptance, normal_cdf(-sym.acceptance_margin)),
    ("d18_article_claims.speed_limit", dm.PUBLISHED, sym.gain, sym.mu),
    ("d18_article_claims.small_masses_stay", dm.PUBLISHED, sym.mu_next, sympy.Integer(0)),
    ("d17_article_assumptions.diminishing_returns", dm.PUBLISHED, sym.gain, 1 / (1 + sym.mu)),
    ("d04_score_accuracy.infinite_slope_without_reviewers", dm.PUBLISHED, sym.expected_improvement, sym.mu_Delta),
    ("d04_score_accuracy.infinite_slope_without_reviewers", dm.PUBLISHED, sym.N_eff, sym.N**4),
    ("d11_trust_region.schedule", dm.PUBLISHED, sym.acceptance, sympy.Integer(0)),
    ("d24_optimal_feedback.interval", dm.PUBLISHED, sym.score_accuracy,
     sympy.floor(2 * dm.PUBLISHED["score_accuracy"].expr) / 2),
    ("d12_floor.one_root", dm.PUBLISHED, sym.expected_improvement, sym.mu_Delta - sym.score_accuracy * sym.sigma_Delta),
    ("d09_gated_move.coarse_oracle_lets_harm_in", dm.GATED, sym.hidden_gain,
     (1 - sym.r) * sym.expected_improvement * sym.acceptance),
    ("d06_order_statistics.mean_of_the_law", dm.GATED, sym.selection_intensity,
     normal_max_mean(sym.K_eff) * Rational(999, 1000)),
    ("d06_order_statistics.variance_falls", dm.GATED, sym.selection_variance, 2 - normal_max_variance(sym.K_eff)),
    ("d15_aliasing.path_ignores_the_oracle", dm.PUBLISHED, sym.gain,
     sym.r * Piecewise((sym.expected_improvement, sym.expected_improvement > 0), (0, True))),
    ("d20_reviewers.one_peak", dm.PUBLISHED, sym.cost, sym.K_prime / (1 + sym.N * sym.w_review)),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "model", "symbol", "right"), FORMULAS, ids=lambda thing: str(thing)[:40])
def test_a_changed_formula(claim, model, symbol, right):
    assert not noticed(claim, model)
    assert noticed(claim, model.replace(dm.Formula(symbol, right), name=model.name))


def test_an_optimal_team_without_selection():
    """E := mu_Delta does not contradict `no_optimal_team`, which says that E does not fall; D05 notices."""
    changed = dm.PUBLISHED.replace(dm.Formula(sym.expected_improvement, sym.mu_Delta), name="published")
    assert noticed("d05_selected_candidate.breeders_equation", changed)


# --- numbers --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("symbol", "value", "claims"),
    [(sym.alpha, 1.32, "d14_band.default_factors"), (sym.beta, 0.72, "d14_band.default_factors"),
     (sym.plan_cap, 0.9, "d33_settings.planner"),
     *((symbol, None, "d33_settings.defaults") for symbol in sym.PARAMETERS)],
    ids=str,
)  # fmt: skip
def test_a_changed_default(symbol, value, claims, monkeypatch):
    changed = symbol.default * 1.01 + 0.01 if value is None else value
    monkeypatch.setattr(symbol, "facts", replace(symbol.facts, default=changed))
    assert noticed(claims)


# --- policies -------------------------------------------------------------------------------------------------------
def altered(policy, **changes):
    """A policy with other starts, updates or formulas."""
    fields = {"initial": dict(policy.initial), "update": dict(policy.update), "formulas": policy.formulas}
    for field, change in changes.items():
        fields[field] = fields[field] | change if isinstance(change, dict) else change
    return Policy(policy.name, **fields)


NEVER_CONTRACTING = dm.Formula(sym.delta_proposed, TRUST_REGION.formulas[0].expr.subs(sym.beta, 1))
UNCAPPED = Piecewise((sym.H + sym.dH, sym.t + 1 <= sym.T_plan), (sym.H, True))
POLICIES = [
    ("d33_settings", altered(PLANNER, initial={sym.H: sym.H})),
    ("d33_settings", altered(PLANNER, update={sym.H: UNCAPPED})),
    ("d33_settings", altered(PLANNER, update={sym.delta: sym.decay * sym.delta})),
    ("d33_settings", altered(VIBE, update={sym.delta: sym.decay**2 * sym.delta})),
    ("d14_band.rule", altered(TRUST_REGION, formulas=(NEVER_CONTRACTING,))),
    ("d11_trust_region.schedule", altered(TRUST_REGION, update={sym.delta: sym.delta_proposed})),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "policy"), POLICIES, ids=lambda thing: str(thing)[:40])
def test_a_changed_policy(claims, policy, monkeypatch):
    name = {"vibe": "VIBE", "planner": "PLANNER", "trust-region": "TRUST_REGION"}[policy.name]
    modules = {claim.function.__module__ for claim in find_claims(claims)}
    monkeypatch.setattr(policies, "POLICIES", MappingProxyType({**policies.POLICIES, policy.name: policy}))
    for module in modules:
        namespace = find_claims(claims)[0].function.__globals__
        assert namespace["__name__"] == module
        for key, value in ((name, policy), ("POLICIES", policies.POLICIES)):
            if key in namespace:
                monkeypatch.setitem(namespace, key, value)
    assert noticed(claims)


def test_there_are_twenty():
    assert len(FORMULAS) + len(POLICIES) + 3 >= 20
