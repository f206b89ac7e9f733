"""What the ledger once said too much of: each counterexample, as `evaluate` and `simulate` see it."""

import numpy as np
import pytest

import deltamu as dm
from deltamu.claims import find_claims, run_claim
from deltamu.design import best_reviewers
from deltamu.design.radius import best_radius

VIBE = {"policy": "vibe", "decay": 1.0}


def verdicts(name):
    """Verdict and models of a claim, and how it is restricted."""
    (claim,) = find_claims(name)
    return claim.verdict, [model.name for model in claim.models()], str(claim.conditions)


def test_a_gated_move_removes_more_than_the_published_bound():
    at = {"H": 0.0, "rho": 0.0, "K": 1, "N": 0, "r": 1.0, "delta": 1.0, "mu": 12.0}
    assert float(dm.evaluate("gain", model="gated", **at).gain) == pytest.approx(0.076, abs=1e-3)
    assert verdicts("d18_article_claims.speed_limit")[1] == ["published"]


def test_a_gated_novice_gets_on_where_the_published_one_fails():
    at = {"H": 0.1, "rho": 0.2, "K": 1, "N": 0, "K_r": 0, "overreach": 1.0, "delta0": 2.0, "moves": 300}
    assert float(dm.simulate(model="gated", **VIBE, **at).mu_next[-1]) < 3
    assert float(dm.simulate(model="published", **VIBE, **at).mu_next[-1]) == 12
    assert verdicts("d18_article_claims.when_a_novice_fails")[1] == ["published"]


def test_gated_gains_fall_as_the_mass_rises():
    gains = dm.evaluate("gain", model="gated", r=0.4, delta=0.2, mu=[0.03, 0.1, 0.2]).gain.to_numpy()
    assert (np.diff(gains) < 0).all()
    assert verdicts("d17_article_assumptions.diminishing_returns")[1] == ["published"]


def test_a_large_move_leaves_nothing():
    masses = dm.simulate(**VIBE, delta0=6.0, H=0.0, gamma=0.0, N=8, K=12, moves=5).mu_next.to_numpy()
    assert masses[-1] == masses[-2] == 0
    assert float(dm.simulate(**VIBE, delta0=30.0, moves=1).mu_next[0]) == 0
    assert verdicts("d18_article_claims.clean_at_once")[0] == "refuted"


def test_a_radius_beyond_its_bound_contracts():
    radii = dm.simulate(policy="trust-region", delta0=1.5, moves=4).delta_t.to_numpy()
    assert radii.tolist() == [1.5, 1, 1, 1]
    assert "delta <= delta_max" in verdicts("d11_trust_region.never_contracts")[2]


def test_a_radius_below_its_bound_does_not_follow_the_schedule():
    radii = dm.simulate(policy="trust-region", delta0=0.05, delta_min=0.2, moves=3).delta_t.to_numpy()
    np.testing.assert_allclose(radii, [0.05, 0.2, 0.26])
    assert "delta_min <= delta0" in verdicts("d11_trust_region.schedule")[2]


def test_the_slope_without_reviewers_may_be_minus_infinity_or_zero():
    at = {"K": 2, "K_r": 0, "mu": 6.0, "delta": 0.2, "N": [0.0, 1e-10, 1e-6]}
    none, *few = dm.evaluate("expected_improvement", **at).expected_improvement.to_numpy()
    assert (few[0] - none) / 1e-10 < 10 * (few[1] - none) / 1e-6 < 0
    level = dm.evaluate("expected_improvement", **at, H=0.0).expected_improvement.to_numpy()
    assert (level == level[0]).all()
    assert "selection_intensity > 0" in verdicts("d04_score_accuracy.infinite_slope_without_reviewers")[2]


def test_a_reviewer_who_proposes_pays_even_at_full_correlation():
    worth = np.diff(dm.evaluate("expected_improvement", gamma=1.0, K_r=1, N=[1, 2], mu=6.0, delta=0.2)
                    .expected_improvement.to_numpy())  # fmt: skip
    assert worth[0] == pytest.approx(6.5e-4, rel=0.01)
    assert verdicts("d20_reviewers.threshold_with_proposals")[0] == "refuted"


def test_radius_and_mass_rest_together_at_a_bound():
    ds = dm.simulate(policy="trust-region", model="gated", r=0.85, mu0=0.0952, delta0=0.01, moves=5000)
    last = ds.isel(move=-1)
    assert abs(float(last.mu - last.mu_next)) < 1e-9 and float(last.acceptance) < 0.02
    assert float(last.delta_t) == pytest.approx(0.01)
    assert "inside the bounds" in verdicts("d16_speed_up.rest_of_both")[2]


def test_a_team_between_none_and_all_is_best_near_the_floor():
    assert int(best_reviewers(mu=0.7, delta=0.2, K_r=0).reviewers) == 2
    assert verdicts("d18_article_claims.no_team_between")[0] == "supported"
    assert "mu = 6" in verdicts("d18_article_claims.optimal_team_by_cost")[2]


def test_where_nothing_gains_there_is_no_best_radius():
    assert float(best_radius(mu=0.7, overreach=1.0).best_gain) == 0
    row = run_claim(find_claims("d23_best_radius.best_radius_moves")[0], dm.PUBLISHED)
    assert row.numbers["published_best_radius_near"] > 0.05


def test_the_gated_gain_can_have_two_peaks_of_which_the_higher_is_found():
    at = {"model": "gated", "H": 0, "rho": 0, "r": 1, "gamma": 0, "K": 12, "N": 8, "overreach": 0.001, "mu": 0.05}
    gain = dm.evaluate("gain", delta=[0.5, 5.0, 9.6, 39.0, 300.0], **at).gain.to_numpy()
    assert gain[0] < gain[1] > 1.05 * gain[2] < gain[3] > gain[4] and gain[3] > 1.2 * gain[1]
    found = best_radius(delta_min=0.01, delta_max=1000, **at)
    assert float(found.best_radius) == pytest.approx(39.0, rel=0.01) and float(found.best_gain) >= gain[3]
    assert verdicts("d23_best_radius.one_peak_when_gated")[0] == "refuted"


def test_the_valley_of_the_acceptance_is_there_and_no_deeper_than_is_proved():
    at = {"model": "gated", "H": 0.5, "rho": 0.41, "r": 0.91, "gamma": 0.62, "overreach": 3, "mu": 39, "K": 8, "N": 1}
    first, valley, peak = dm.evaluate("acceptance", delta=[0.003, 0.106, 0.307], **at).acceptance.to_numpy()
    assert 2e-4 < min(first, peak) - valley < 1e-3
    assert verdicts("d10_radius.almost_one_peak")[0] == "argued"


def test_one_reviewer_proposing_the_first_choice_does_harm():
    """Found by the predicate of `no_optimal_team`: from K_eff = 1, z = 0, to one a little above 1, where z < 0."""
    E = dm.evaluate("expected_improvement", K=1, K_r=0.5, N=[0, 1], mu=6.0, delta=1.0).expected_improvement.to_numpy()
    assert E[1] < E[0]
    assert "K_eff >= 2" in verdicts("d18_article_claims.no_optimal_team")[2]


@pytest.mark.parametrize("name", [claim.name for claim in find_claims() if claim.verdict == "refuted"])
def test_every_refutation_is_evaluated(name):
    """A refuted row carries what anybody can evaluate, or says in which policy or formula to look."""
    (claim,) = find_claims(name)
    row = run_claim(claim, claim.models()[0])
    assert row.outcome == "holds" and " = " in row.detail
