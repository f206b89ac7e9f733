"""D21  Candidates against reviewers: neither is worth anything alone, and which of them the next call should buy.

Statement
    Without reviewers candidates add nothing, and without a choice reviewers add nothing.  One more candidate is better
    per call than one more reviewer iff the team scale nu is below a bound in closed form.

Assumptions
    Controls are fixed, K_r = 0; the accuracy of a team is that of D20, lambda^2 = lambda_oo^2 N/(N + nu).
"""

from itertools import product

import numpy as np
from sympy import Dummy, Integer, Rational, oo

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
    varied_constants,
)
from deltamu.design.teams.candidates import RISE, scale_below
from deltamu.design.teams.saturation import SHARE, TEAM_SCALE
from deltamu.model.special import normal_cdf

N, nu, rise, K, worth = (Dummy(name, positive=True) for name in ("N", "nu", "rise", "K", "worth"))
mean = Dummy("mu_Delta", positive=True)
w_g, w_r = (Dummy(name, positive=True) for name in ("w_g", "w_r"))
share = SHARE.xreplace({sym.N: N, TEAM_SCALE: nu})
IMPROVEMENT = "expected_improvement score_accuracy N_eff K_prime K_eff selection_intensity"
ALL = IMPROVEMENT + " mu_Delta sigma_Delta gain cost efficiency"
WHY = "deterministic values of the formulas"


def helps_from_two_effective_candidates_on(at):
    """The intensity has the sign of K - 2 - tau H/(1 - tau H), where that is not 0 but for rounding."""
    first = 2 + at.tau * at.H / (1 - at.tau * at.H)
    near = np.abs(at.K - first) < 1e-9 * first
    return near | ((at.selection_intensity > 0) == (first < at.K))


def next_call_is_as_said(at):
    noise, spread = at.sigma_r**2, at.sigma_Delta**2
    nu_ = noise * (1 - at.gamma) / (spread + at.gamma * noise)
    more, larger = at.moved(K=at.K + 1), at.moved(N=at.N + 1)
    rise_ = (more.selection_intensity / at.selection_intensity - 1) * at.w_review * at.K / (
        at.w_generate + at.w_review * at.N)  # fmt: skip
    room = 1 - at.N * rise_ * (2 + rise_)
    bound = np.where(room > 0, at.N * (at.N + 1) * rise_ * (2 + rise_) / np.where(room > 0, room, 1), np.inf)
    by_candidate = (more.expected_improvement - at.expected_improvement) / (more.cost - at.cost)
    by_reviewer = (larger.expected_improvement - at.expected_improvement) / (larger.cost - at.cost)
    scale = (np.abs(at.mu_Delta) + more.selection_intensity * at.sigma_Delta) * (
        1 / (more.cost - at.cost) + 1 / (larger.cost - at.cost))  # fmt: skip
    near = np.abs(by_candidate - by_reviewer) < 1e-9 * scale
    return near | (np.abs(nu_ - bound) < 1e-6 * nu_) | ((by_candidate > by_reviewer) == (nu_ < bound))


TEAM_AT = {sym.mu: 6, sym.delta: 0.2, sym.K_r: 0}
CANDIDATES, REVIEWERS = range(1, 13), range(9)  # of the sliders
# What the best team for a budget gains, as a multiple of one candidate's gain, and how exactly that is said.
TIMES, TIMES_WIDTH = {5: 1, 6: 1.02, 12: 1.07, 40: 1.14}, 0.005
CHOOSING = (0.3425, 0.3435)  # what two candidates or more, with reviewers, remove per call where they do best
BEST_TEAMS = {5: (1, 0), 6: (3, 1), 12: (6, 1), 40: (10, 3)}  # for a budget of calls: candidates and reviewers
PER_CALL_GRID = {
    sym.mu: (2, 6, 12, 40), sym.delta: (0.05, 0.2, 1, 2), sym.H: (0, 0.6, 1), sym.K_r: (0, 1),
}  # fmt: skip


def all_teams():
    """Candidates and reviewers of every team of the sliders."""
    many, judges = np.array(list(product(CANDIDATES, REVIEWERS)), dtype=float).T
    return many, judges


def budgets_buy_what_is_said(at):
    """At each budget no team within it gains more; one is as good as the stated only if one of its parts is alone."""
    many, judges = all_teams()
    teams = at.at_the_defaults(TEAM_AT | {sym.K: many, sym.N: judges})
    gains, costs = np.broadcast_to(teams.gain, many.shape), np.broadcast_to(teams.cost, many.shape)
    found = True
    for budget, (candidates, reviewers) in BEST_TEAMS.items():
        best = (many == candidates) & (judges == reviewers)
        alone = (many == 1) | (judges == 0)
        rivals = (costs <= budget) & ~(alone if reviewers == 0 else best)
        found = found and bool((costs[best] <= budget).all() and (gains[rivals] < gains[best]).all())
        found = found and bool(close(gains[alone], gains[0]).all())
        found = found and bool((np.abs(gains[best] / gains[0] - TIMES[budget]) < TIMES_WIDTH).all())
    return found


def one_candidate_is_best_per_call(at):
    """Along the first axis the settings, along the second the teams, that of one candidate first."""
    columns = np.array(list(product(*PER_CALL_GRID.values())), dtype=float).T[:, :, None]
    many, judges = all_teams()
    settings = dict(zip(PER_CALL_GRID, columns, strict=True)) | {sym.K: many, sym.N: judges}
    efficiency = at.at_the_defaults(settings).efficiency
    most = (efficiency / efficiency[:, :1])[:, (many > 1) & (judges > 0)].max()
    return bool(at_most(efficiency, efficiency[:, :1]).all() and CHOOSING[0] < most < CHOOSING[1])


@proved(
    "Candidates and reviewers are worthless alone: without reviewers, or with one candidate, E is mu_Delta.",
    about=IMPROVEMENT,
    remark="N = 0, or K = 1 and K_r = 0",
    holds=lambda at: (
        close(at.moved(N=0.0).expected_improvement, at.mu_Delta)
        & close(at.moved(K=1.0, K_r=0.0).expected_improvement, at.mu_Delta)
    ),
)
def claim_worthless_alone(model):
    E = model[sym.expected_improvement].expr
    effective = model[sym.N_eff].expr.subs(sym.N, 0)
    accuracy = model[sym.score_accuracy].expr.subs(sym.N_eff, effective)
    assert_identity(E.subs(sym.score_accuracy, accuracy), sym.mu_Delta, "nobody scores: any number of candidates")
    k = model[sym.K_eff].expr.subs(sym.K_prime, model[sym.K_prime].expr.subs({sym.K: 1, sym.K_r: 0}))
    assert_identity(k, 1, "one candidate: one effective one")
    intensity = model[sym.selection_intensity].expr.subs(sym.K_eff, k)
    assert_identity(E.subs(sym.selection_intensity, intensity), sym.mu_Delta, "nothing to choose: any reviewers")


@argued(
    "Published: a choice helps only from K = 2 + tau H/(1 - tau H) on, exclusive: two candidates never do.",
    about="K_eff K_prime selection_intensity",
    of="published",
    where="K_r = 0, tau*H < 1, K > 1",
    remark="N >= 1",
    holds=helps_from_two_effective_candidates_on,
)
def claim_first_candidate_that_helps(model):
    twin = Dummy("alike", nonnegative=True)  # tau H = alike/(1 + alike)
    k = model[sym.K_eff].expr.subs(sym.K_prime, K).subs(sym.tau * sym.H, twin / (1 + twin))
    assert_identity(k.subs(K, 2 + twin), 2, "K_eff = 2 at K = 2 + tau H/(1 - tau H) = 2 + alike")
    assert_positive(k.diff(K), "and rises with K")
    intensity = generic(model[sym.selection_intensity].expr)
    assert_identity(intensity.subs(generic(sym.K_eff), Integer(2)), 0, "the published intensity is 0 there")
    share = Dummy("share", positive=True)
    below = intensity.subs(generic(sym.K_eff), 1 + share / (1 + share))  # all of (1, 2)
    at_most_half = 1 - normal_cdf(-below) if below.could_extract_minus_sign() else normal_cdf(below)
    assert_positive(Rational(1, 2) - at_most_half, "Phi(z) < 1/2 for 1 < K_eff < 2")
    above = intensity.subs(generic(sym.K_eff), 2 + share)
    at_least_half = 1 - normal_cdf(-above) if above.could_extract_minus_sign() else normal_cdf(above)
    assert_positive(at_least_half - Rational(1, 2), "and Phi(z) > 1/2 beyond")
    argue("Phi rises and is 1/2 at 0: z is negative below two effective candidates and positive beyond.")


@argued(
    "One more candidate is better per call than one more reviewer iff the team's scale nu = sigma_r^2 (1 - gamma)/"
    "(sigma_Delta^2 + gamma sigma_r^2) is below N(N+1) e(2+e)/(1 - N e(2+e)), where e = (z'/z - 1) w_r K/(w_g + w_r N) "
    "and z' is the intensity with that candidate, or 1 - N e(2+e) <= 0.",
    about="score_accuracy N_eff cost K_prime expected_improvement",
    where="K_r = 0, selection_intensity > 0, N >= 1, sigma_Delta > 0, sigma_r > 0, gamma < 1, w_review > 0",
    holds=next_call_is_as_said,
)
def claim_next_call(model):
    more = share.subs(N, N + 1)
    cost = generic(model.expand(sym.cost).subs({sym.K_r: 0}))
    cost = cost.subs({generic(sym.w_generate): w_g, generic(sym.w_review): w_r, generic(sym.N): N, generic(sym.K): K})
    candidate, reviewer = cost.subs(K, K + 1) - cost, cost.subs(N, N + 1) - cost
    assert_identity(candidate, w_g + w_r * N, "a candidate costs")
    assert_identity(reviewer, w_r * K, "a reviewer costs")
    argue("Per call they add sigma lambda z (z'/z - 1)/(w_g + w_r N) and sigma lambda z (lambda'/lambda - 1)/(w_r K).")
    ratio = more / share
    argue("So a candidate is better iff (lambda'/lambda)^2 < (1 + e)^2, where (lambda'/lambda)^2 is", ratio)
    assert_positive(ratio.diff(nu), "it rises with nu")
    assert_limit(ratio, nu, oo, 1 + 1 / N, "towards 1 + 1/N: beyond that a candidate is always better")
    bound = scale_below().expr.args[-1].expr.subs({sym.N: N, RISE: rise})
    assert_identity(bound, N * (N + 1) * rise * (2 + rise) / (1 - N * rise * (2 + rise)), "the bound as printed")
    assert_identity(ratio.subs(nu, bound), (1 + rise) ** 2, "and at it the two are equal")
    assert_identity((1 + rise) ** 2 - 1 - 1 / N, -(1 - N * rise * (2 + rise)) / N, "its denominator is positive before")


@proved(
    "At equal prices a team has more E per call than one candidate alone iff z lambda sigma_Delta exceeds "
    "mu_Delta (K (1 + N) - 1).",
    about="expected_improvement cost K_prime",
    where="K_r = 0, mu_Delta > 0, w_generate = 1, w_review = 1",
    holds=lambda at: (
        (
            (at.expected_improvement / at.cost > at.mu_Delta)
            == (at.selection_intensity * at.score_accuracy * at.sigma_Delta > at.mu_Delta * (at.K * (1 + at.N) - 1))
        )
        | close(at.expected_improvement / at.cost, at.mu_Delta)
    ),
)
def claim_team_against_one(model):
    cost = generic(model.expand(sym.cost).subs({sym.K_r: 0, sym.w_generate: 1, sym.w_review: 1}))
    cost = cost.subs({generic(sym.K): K, generic(sym.N): N})
    assert_identity(cost, K * (1 + N), "the team's cost")
    E = model[sym.expected_improvement].expr.subs(sym.mu_Delta, mean)
    selection = E - mean
    assert_identity(selection, sym.selection_intensity * sym.score_accuracy * sym.sigma_Delta, "what selection adds")
    assert_identity((mean + worth) - mean * cost, worth - mean * (K * (1 + N) - 1), "E less mu_Delta for every call")


@refuted(
    "Out of one budget the best split gives candidates and reviewers equal parts: K = N + 1.",
    about=ALL,
    of="published",
    remark="defaults, mu = 6, delta = 0.2, K_r = 0, budgets of 12, 20 and 40 calls",
    constants="each at half and at twice its value",
)
def claim_equal_parts(model):
    from deltamu.design import best_split

    def measure(**settings):
        ds = best_split(model=model, **settings, **varied_constants())
        chosen = ds.isel(constants=0)
        teams = " ".join(f"{int(k)}x{int(n)}" for k, n in zip(chosen.candidates, chosen.reviewers, strict=True))
        return {
            "candidates_by_reviewers": teams,
            "cases_with_equal_parts": int((ds.candidates == ds.reviewers + 1).sum()), "cases": int(ds.candidates.size),
        }  # fmt: skip

    refute("it does, for one of the budgets and some of the constants halved or doubled", measure,
           lambda cases_with_equal_parts, **_: cases_with_equal_parts > 0,
           mu=6.0, delta=0.2, K_r=0, budget=[12, 20, 40])  # fmt: skip


@proved(
    "As a budget grows candidates come first: at the defaults 12 calls buy 6 candidates and 1 reviewer, 40 calls 10 "
    "and 3, and gain 1.07 and 1.14 times as much as one candidate; the first team that beats one candidate alone takes "
    "6 calls, and gains 1.02 times as much.",
    about=IMPROVEMENT + " mu_Delta sigma_Delta gain cost",
    of="published",
    where="",
    remark="defaults, mu = 6, delta = 0.2, K_r = 0, equal prices, all whole K from 1 to 12 and N from 0 to 8",
    constants="the article's",
    holds=budgets_buy_what_is_said,
    rigorous=True,
)
def claim_growing_budget(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, quantity_on_balls

    gain, cost = (quantity_on_balls(model, quantity, TEAM_AT) for quantity in (sym.gain, sym.cost))
    ways = {(k, n): {sym.K: exact(k), sym.N: exact(n)} for k, n in product(CANDIDATES, REVIEWERS)}
    teams, calls = ({way: of(at) for way, at in ways.items()} for of in (gain, cost))
    for budget, best in BEST_TEAMS.items():
        assert_enclosed(calls[best] <= budget, f"{best[0]} and {best[1]} take {budget} calls at most")
        for (k, n), other in teams.items():
            if not calls[k, n] > budget and (k, n) != best and (best != (1, 0) or (k > 1 and n > 0)):
                assert_enclosed(
                    teams[best] > other, f"for {budget} calls {best[0]} and {best[1]} gain more than {k} and {n}"
                )
    for budget, times in TIMES.items():
        ratio = teams[BEST_TEAMS[budget]] / teams[1, 0]
        assert_enclosed(abs(ratio - exact(times)) < TIMES_WIDTH, f"for {budget} calls it gains {times} times as much")
    for more in [(k, 0) for k in range(2, 6)] + [(1, n) for n in range(1, 5)]:
        alike = abs(teams[more] - teams[1, 0]) < 1e-12
        assert_enclosed(alike, "candidates or reviewers alone gain what one candidate does")
    small, large = BEST_TEAMS[12], BEST_TEAMS[40]
    return {
        "small_budget": 12, "small_budget_candidates": small[0], "small_budget_reviewers": small[1],
        "large_budget": 40, "large_budget_candidates": large[0], "large_budget_reviewers": large[1],
        "first_team_calls": min(budget for budget, (_, n) in BEST_TEAMS.items() if n),
    }  # fmt: skip


@proved(
    "In each of 96 settings away from the floor, whatever the budget, one candidate alone removes the most per call; "
    "two or more with a reviewer or more at most 0.343 times as much.",
    about=ALL,
    of="published",
    where="",
    remark=(
        "mu = 2, 6, 12, 40; delta = 0.05, 0.2, 1, 2; H = 0, 0.6, 1; K_r = 0, 1; all K and N of the sliders; equal "
        "prices"
    ),
    constants="the article's",
    holds=one_candidate_is_best_per_call,
    rigorous=True,
)
def claim_one_candidate_per_call(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, quantity_on_balls

    efficiency = quantity_on_balls(model, sym.efficiency)
    settings, ratios = 0, []
    for values in product(*PER_CALL_GRID.values()):
        at = {symbol: exact(value) for symbol, value in zip(PER_CALL_GRID, values, strict=True)}
        (_, alone), *others = [((k, n), efficiency(at | {sym.K: exact(k), sym.N: exact(n)}))
                               for k, n in product(CANDIDATES, REVIEWERS)]  # fmt: skip
        better = [team for team, found in others if not found <= alone]
        ratios += [found / alone for (k, n), found in others if k > 1 and n > 0]
        settings += 1
        if better:
            assert_enclosed(False, f"one candidate alone is best per call in setting {settings}")
    assert_enclosed(settings == 96, "in each of 96 settings no team gains more per call than one candidate alone")
    low, high = CHOOSING
    assert_enclosed(all(one < high for one in ratios), f"and none of two or more with reviewers {high} times as much")
    assert_enclosed(any(one > low for one in ratios), f"though one more than {low} times")
