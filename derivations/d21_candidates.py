"""D21  Candidates against reviewers: neither is worth anything alone, and which of them the next call should buy.

Statement
    Without reviewers candidates add nothing, and without a choice reviewers add nothing.  One more candidate is better
    per call than one more reviewer iff the team scale nu is below a bound in closed form.

Assumptions
    Controls are fixed, K_r = 0; the accuracy of a team is that of D20, lambda^2 = lambda_oo^2 N/(N + nu).
"""

from sympy import Dummy, Integer, Rational, oo

from deltamu import symbols as sym
from deltamu.claims import (
    assert_exact,
    assert_identity,
    assert_limit,
    assert_positive,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
    varied_constants,
)
from deltamu.design.teams.candidates import RISE, scale_below
from deltamu.design.teams.saturation import SHARE, TEAM_SCALE

N, nu, rise, K, worth = (Dummy(name, positive=True) for name in ("N", "nu", "rise", "K", "worth"))
mean = Dummy("mu_Delta", positive=True)
w_g, w_r = (Dummy(name, positive=True) for name in ("w_g", "w_r"))
share = SHARE.xreplace({sym.N: N, TEAM_SCALE: nu})
IMPROVEMENT = "expected_improvement score_accuracy N_eff K_prime K_eff selection_intensity"
ALL = IMPROVEMENT + " mu_Delta sigma_Delta gain cost efficiency"
WHY = "deterministic values of the formulas"


@proved(
    "Candidates and reviewers are worthless alone: without reviewers, or with one candidate, E is mu_Delta.",
    about=IMPROVEMENT,
    remark="N = 0, or K = 1 and K_r = 0",
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


@proved(
    "Published: a choice helps only from K = 2 + tau H/(1 - tau H) on, exclusive: two candidates never do.",
    about="K_eff K_prime selection_intensity",
    of="published",
    remark="K_r = 0, N >= 1, tau H < 1",
)
def claim_first_candidate_that_helps(model):
    twin = Dummy("alike", nonnegative=True)  # tau H = alike/(1 + alike)
    k = model[sym.K_eff].expr.subs(sym.K_prime, K).subs(sym.tau * sym.H, twin / (1 + twin))
    assert_identity(k.subs(K, 2 + twin), 2, "K_eff = 2 at K = 2 + tau H/(1 - tau H) = 2 + alike")
    assert_positive(k.diff(K), "and rises with K")
    intensity = generic(model[sym.selection_intensity].expr)
    assert_identity(intensity.subs(generic(sym.K_eff), Integer(2)), 0, "the published intensity is 0 there")
    assert_exact(intensity.subs(generic(sym.K_eff), Rational(3, 2)).evalf() < 0, "and negative below, for one")


@proved(
    "One more candidate is better per call than one more reviewer iff nu < N(N+1) e(2+e)/(1 - N e(2+e)), "
    "e = (z'/z - 1) w_r K/(w_g + w_r N), or 1 - N e(2+e) <= 0.",
    about="score_accuracy N_eff cost K_prime",
    remark="z > 0, N >= 1, K_r = 0",
)
def claim_next_call(model):
    more = share.subs(N, N + 1)
    cost = generic(model.expand(sym.cost).subs({sym.K_r: 0}))
    cost = cost.subs({generic(sym.w_generate): w_g, generic(sym.w_review): w_r, generic(sym.N): N, generic(sym.K): K})
    candidate, reviewer = cost.subs(K, K + 1) - cost, cost.subs(N, N + 1) - cost
    assert_identity(candidate, w_g + w_r * N, "a candidate costs")
    assert_identity(reviewer, w_r * K, "a reviewer costs")
    step("Per call they add sigma lambda z (z'/z - 1)/(w_g + w_r N) and sigma lambda z (lambda'/lambda - 1)/(w_r K).")
    ratio = more / share
    step("So a candidate is better iff (lambda'/lambda)^2 < (1 + e)^2, where (lambda'/lambda)^2 is", ratio)
    assert_positive(ratio.diff(nu), "it rises with nu")
    assert_limit(ratio, nu, oo, 1 + 1 / N, "towards 1 + 1/N: beyond that a candidate is always better")
    bound = scale_below().expr.args[-1].expr.subs({sym.N: N, RISE: rise})
    assert_identity(bound, N * (N + 1) * rise * (2 + rise) / (1 - N * rise * (2 + rise)), "the bound as printed")
    assert_identity(ratio.subs(nu, bound), (1 + rise) ** 2, "and at it the two are equal")
    assert_identity((1 + rise) ** 2 - 1 - 1 / N, -(1 - N * rise * (2 + rise)) / N, "its denominator is positive before")


@proved(
    "At equal prices a team removes more per call than one candidate alone iff z lambda sigma_Delta exceeds "
    "mu_Delta (K (1 + N) - 1).",
    about="expected_improvement cost K_prime",
    remark="mu_Delta > 0, K_r = 0",
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
    constants="each from half to twice its value",
)
def claim_equal_parts(model):
    from deltamu.design import best_split

    ds = best_split(model=model, mu=6.0, delta=0.2, K_r=0, budget=[12, 20, 40], **varied_constants())
    equal = int((ds.candidates == ds.reviewers + 1).sum())
    chosen = ds.isel(constants=0)
    teams = " ".join(f"{int(k)}x{int(n)}" for k, n in zip(chosen.candidates, chosen.reviewers, strict=True))
    refute("it does", equal > 0, candidates_by_reviewers=teams, cases=int(ds.candidates.size))


@supported(
    "As a budget grows candidates come first: at the defaults 12 calls buy 6 candidates and 1 reviewer, 40 calls 10 "
    "and 3; the first team that beats one candidate alone takes 6 calls.",
    about=ALL,
    of="published",
    remark="defaults, mu = 6, delta = 0.2, K_r = 0, equal prices",
)
def claim_growing_budget(model):
    from deltamu.design import best_split

    ds = best_split(model=model, mu=6.0, delta=0.2, K_r=0, budget=[5, 6, 12, 40])
    found = [*map(float, ds.candidates), *map(float, ds.reviewers)]
    for value, stated in zip(found, (1, 3, 6, 10, 0, 1, 1, 3), strict=True):
        support("distance from the stated number", abs(value - stated), high=0, sample="all K and N of the sliders",
                why=WHY)  # fmt: skip


@supported(
    "With whatever budget, the most is removed per call by one candidate without reviewers, away from the floor.",
    about=ALL,
    of="published",
    remark="mu = 2..40, delta = 0.05..2, H = 0..1, all K and N of the sliders, K_r = 0 and 1, equal prices",
)
def claim_one_candidate_per_call(model):
    from deltamu.design import best_split

    ds = best_split(model=model, mu=[2.0, 6.0, 12.0, 40.0], delta=[0.05, 0.2, 1.0, 2.0], H=[0.0, 0.6, 1.0], K_r=[0, 1],
                    budget=1000, maximize="efficiency")  # fmt: skip
    support("most candidates", ds.candidates.max(), high=1, sample=f"{ds.candidates.size} settings", why=WHY)
    support("most reviewers", ds.reviewers.max(), high=0, sample="the same", why=WHY)
