"""D20  What one more reviewer is worth, when a team is large enough, and when one more does not pay.

Statement
    lambda(N)^2 = lambda_oo^2 N/(N + nu) with nu = sigma_r^2 (1 - gamma)/(sigma_Delta^2 + gamma sigma_r^2).  The worth
    of a reviewer, the size at which a team is saturated, the best team at a price and the correlation from which on
    one more does not pay follow from these two numbers.

Assumptions
    Controls are fixed, K_r = 0 unless a claim says otherwise, z is the selection intensity at the candidates at hand.
"""

from collections import Counter
from itertools import pairwise, product

import numpy as np
from scipy.special import ndtr
from sympy import Dummy, Integer, Poly, Rational, Symbol, factor, log, oo, simplify, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
    step,
    varied_constants,
)
from deltamu.design.teams.saturation import (
    ACCURACY_GAIN,
    ACCURACY_LIMIT,
    IMPROVEMENT_LIMIT,
    SHARE,
    SIZE,
    TEAM_SCALE,
    TOLERANCE,
    limited,
    saturating,
)
from deltamu.model.special import normal_cdf, normal_quantile

N, nu, z, sigma, a = (Dummy(name, positive=True) for name in ("N", "nu", "z", "sigma", "lambda_oo"))
w_g, w_r, price = (Dummy(name, positive=True) for name in ("w_g", "w_r", "price"))
mean = Symbol("mu_Delta", real=True)
share = SHARE.xreplace({sym.N: N, TEAM_SCALE: nu})
E = mean + z * sigma * a * sqrt(share)
SLOPE = z * sigma * a * nu / (2 * sqrt(N) * (N + nu) ** Rational(3, 2))  # of E, as the first claims show
ACCURACY = "score_accuracy N_eff"
IMPROVEMENT = ACCURACY + " expected_improvement"
ALL = IMPROVEMENT + " mu_Delta sigma_Delta selection_intensity K_eff K_prime gain cost efficiency"
WHY = "deterministic values of the formulas"


def accuracy_squared(model, reviewers=N):
    """The square of the score accuracy at a number of reviewers that is not zero."""
    effective = generic(model[sym.N_eff].expr.subs(sym.N, reviewers))
    return generic(model[sym.score_accuracy].expr).subs(generic(sym.N_eff), effective) ** 2


def in_primitives(model, expr):
    """Team scale and limit replaced by what they are made of, where sigma_Delta > 0."""
    extended = saturating(model)
    parts = {symbol: generic(extended[symbol].expr) for symbol in (TEAM_SCALE, ACCURACY_LIMIT)}
    return expr.subs({nu: parts[TEAM_SCALE], a: parts[ACCURACY_LIMIT]})


def teams(at, last=12):
    """The same points with 0, 1, ... reviewers, as a first axis."""
    return at.moved(N=np.arange(last + 1.0)[:, None])


def scale_and_limit(at):
    """nu and lambda_oo^2."""
    noise, spread = at.sigma_r**2, at.sigma_Delta**2
    return noise * (1 - at.gamma) / (spread + at.gamma * noise), spread / (spread + at.gamma * noise)


def accuracy_is_of_two_numbers(at):
    nu_, limit = scale_and_limit(at)
    return close(at.score_accuracy**2 * (at.N + nu_), limit * at.N)


def worth_is_as_said(at):
    nu_, limit = scale_and_limit(at)
    more, most = at.moved(N=at.N + 1), at.moved(N=at.N + 2)
    scale = np.abs(at.mu_Delta) + at.selection_intensity * at.sigma_Delta
    roots = np.sqrt(at.N / (at.N + nu_)) + np.sqrt((at.N + 1) / (at.N + 1 + nu_))
    worth = at.selection_intensity * at.sigma_Delta * np.sqrt(limit) * nu_ / ((at.N + nu_) * (at.N + 1 + nu_) * roots)
    added = more.expected_improvement - at.expected_improvement
    return close(added, worth, scale) & at_most(most.expected_improvement - more.expected_improvement, added, scale) & (
        added >= -1e-12 * scale)  # fmt: skip


def saturates_at_the_size(at):
    nu_, limit = scale_and_limit(at)
    eps = at.target
    size = nu_ * (1 - eps) ** 2 / (eps * (2 - eps))
    at_size = at.moved(N=size)
    return close(at_size.score_accuracy, np.sqrt(limit) * (1 - eps)) | (size == 0) | (size > 1e12)


def intensity_has_no_limit(at):
    """At K_eff = 1/Phi(-M), which some number of reviewers reaches."""
    M = 1 + 4 * at.target
    N_ = (1 + (1 / ndtr(-M) - 1) / (1 - at.tau * at.H) - at.K) / at.K_r
    found = at.moved(N=N_)
    return (N_ < 0) | (N_ > 1e12) | close(found.selection_intensity, M, scale=1e3)


def worth_with_proposals_is_as_said(at):
    more = at.moved(N=at.N + 1)
    by_accuracy = at.sigma_Delta * more.selection_intensity * (more.score_accuracy - at.score_accuracy)
    by_intensity = at.sigma_Delta * (more.selection_intensity - at.selection_intensity) * at.score_accuracy
    scale = np.abs(at.mu_Delta) + at.sigma_Delta * (np.abs(at.selection_intensity) + np.abs(more.selection_intensity))
    return close(more.expected_improvement - at.expected_improvement, by_accuracy + by_intensity, scale)


def falls_once_at_most(values, scale):
    """Along the first axis: no clear rise after a clear fall."""
    steps_ = np.diff(values, axis=0)
    fell = np.cumsum(steps_ < -1e-9 * scale, axis=0) > 0
    return ~((steps_ > 1e-9 * scale) & fell)


def rises_up_to_one_team(at):
    team = teams(at)
    E_, scale = team.expected_improvement, np.abs(at.mu_Delta) + at.selection_intensity * at.sigma_Delta + 1e-300
    per_cost = E_ / team.cost
    price_ = at.w_review * at.sigma_Delta
    return falls_once_at_most(per_cost, scale / team.cost[0]) & falls_once_at_most(
        E_ - price_ * team.N, scale + 12 * price_
    )


def first_reviewer_pays_as_said(at):
    none, one = at.moved(N=0.0), at.moved(N=1.0)
    price_ = at.w_review / at.w_generate
    worth = (one.expected_improvement - none.expected_improvement) / none.expected_improvement
    better = one.expected_improvement / one.cost > none.expected_improvement / none.cost
    alike = at.moved(N=1.0, gamma=(1 + at.gamma) / 2).expected_improvement
    near = np.abs(worth - price_) < 1e-9 * (1 + price_)
    return (near | (better == (price_ < worth))) & close(alike, one.expected_improvement, np.abs(at.mu_Delta))


def best_real_team_is_as_said(at):
    """Around the stated team with mu_Delta = 0, a1 = a2 = 0, no team a little larger or smaller is better."""
    nu_, _ = scale_and_limit(at)
    alone, ratio = at.moved(a1=0.0, a2=0.0), at.w_generate / at.w_review
    root = np.sqrt(nu_**2 + 8 * nu_ * ratio)
    best = 2 * nu_ * ratio / (root + nu_)
    found, less, more_ = (alone.moved(N=best * share) for share in (1, 0.9, 1.1))
    values = [team.expected_improvement / team.cost for team in (found, less, more_)]
    return at_most(values[1], values[0]) & at_most(values[2], values[0])


def worth_falls_with_gamma(at):
    """For every number of reviewers from one on; nothing is left at gamma = 1 where they propose nothing."""
    alike = at.moved(gamma=(1 + at.gamma) / 2)
    scale = np.abs(at.mu_Delta) + np.abs(at.moved(N=at.N + 1).selection_intensity) * at.sigma_Delta
    here, after = (point.moved(N=at.N + 1).expected_improvement - point.expected_improvement for point in (at, alike))
    same = at.moved(gamma=1.0, K_r=0.0)
    nothing = close(same.moved(N=at.N + 1).expected_improvement, same.expected_improvement, scale)
    return at_most(after, here, scale) & nothing


def pays_below_one_correlation(at):
    """Along 30 correlations: where he pays he paid at every smaller one."""
    gammas = np.linspace(0, 1, 30)[:, None]
    here, more_ = at.moved(gamma=gammas), at.moved(gamma=gammas, N=at.N + 1)
    gap = more_.expected_improvement / more_.cost - here.expected_improvement / here.cost
    scale = (np.abs(at.mu_Delta) + at.selection_intensity * at.sigma_Delta) / here.cost
    pays, not_any_more = gap > 1e-9 * scale, np.maximum.accumulate(gap < -1e-9 * scale, axis=0)
    applies = at.moved(N=1.0).expected_improvement > 0
    return ~(pays & not_any_more) | ~applies


def second_reviewer_stops_as_said(at):
    """At the stated correlation, if it is one, he adds exactly his price."""
    one = at.moved(N=1.0)
    room = 1 - one.score_accuracy
    price_ = at.selection_intensity * at.sigma_Delta * room * at.target * 0.2
    L = one.score_accuracy + price_ / (at.selection_intensity * at.sigma_Delta)
    gamma = 2 * at.sigma_Delta**2 * (1 - L**2) / (at.sigma_r**2 * L**2) - 1
    applies = (gamma >= 0) & (gamma <= 1)
    two = at.moved(N=2.0, gamma=np.clip(gamma, 0, 1)).expected_improvement
    scale = np.abs(at.mu_Delta) + at.selection_intensity * at.sigma_Delta
    return ~applies | close(two - one.expected_improvement, price_, 100 * scale)


# What the settings of one_gated_peak are made of, the largest team tried and the prices of a review.
PEAK_GRID = {
    sym.mu: (0.5, 1, 6, 30), sym.delta: (0.05, 0.2, 1, 2), sym.K: (1, 2, 5, 12), sym.gamma: (0, 0.2, 0.9),
    sym.H: (0, 0.6, 1),
}  # fmt: skip
PEAK_TEAM, PEAK_PRICES = 30, (0.01, 1)
PEAKS = (702, 446, 4)  # in how many settings it is at no reviewers, between, and at the largest team


def gated_efficiency_has_one_peak(at):
    """In every setting of the grid; all reviewers at once, along the first axis."""
    columns = np.array(list(product(*PEAK_GRID.values())), dtype=float).T
    settings = dict(zip(PEAK_GRID, columns, strict=True)) | {sym.K_r: 0, sym.N: np.arange(PEAK_TEAM + 1.0)[:, None]}
    found = [at.at_the_defaults(settings | {sym.w_review: price_}).efficiency for price_ in PEAK_PRICES]
    best = np.concatenate([values.argmax(axis=0) for values in found])
    counted = ((best == 0).sum(), ((best > 0) & (best < PEAK_TEAM)).sum(), (best == PEAK_TEAM).sum())
    return counted == PEAKS and all(falls_once_at_most(values, np.abs(values).max(axis=0)).all() for values in found)


TEAM_AT = {sym.mu: 6, sym.delta: 0.2, sym.K_r: 0}
CHEAP, THRESHOLD_WIDTH = 0.01, Rational(1, 200)
THRESHOLDS = {"second": Rational(43, 100), "third": Rational(17, 100), "fourth": Rational(7, 100)}


def default_thresholds_are_as_said(at):
    """Along 201 correlations: he pays at each that is clearly smaller and at none that is clearly larger."""
    gammas, found = np.linspace(0, 1, 201)[:, None], True
    for reviewers, stated in enumerate(THRESHOLDS.values(), 1):

        def worth(price_, reviewers=reviewers):
            less, more_ = (at.at_the_defaults(TEAM_AT | {sym.gamma: gammas, sym.w_review: price_, sym.N: n})
                           for n in (reviewers, reviewers + 1))  # fmt: skip
            return more_.efficiency - less.efficiency

        low, high = (float(stated + side * THRESHOLD_WIDTH) for side in (-1, 1))
        pays = worth(CHEAP)
        found = found & (pays[gammas[:, 0] <= low] > 0).all() & (pays[gammas[:, 0] >= high] < 0).all()
        found = found & (worth(1) < 0).all()
    return found


# --- the form --------------------------------------------------------------------------------------------------------
@proved(
    "The squared accuracy of N reviewers is lambda_oo^2 N/(N + nu): two numbers say all about a team of any size.",
    about=ACCURACY,
    where="N > 0, sigma_Delta > 0, sigma_r > 0",
    holds=accuracy_is_of_two_numbers,
)
def claim_two_numbers(model):
    scale = in_primitives(model, nu)
    step("The scale nu and the limit lambda_oo:", scale, in_primitives(model, a))
    assert_identity(accuracy_squared(model), in_primitives(model, a**2 * share), "lambda^2 for any N")
    assert_limit(share, N, oo, 1, "its limit is lambda_oo^2")
    assert_identity(share.subs(N, nu), Rational(1, 2), "half of it is there at N = nu")
    gamma, noise, spread = (generic(s) for s in (sym.gamma, sym.sigma_r, sym.sigma_Delta))
    limit_squared = in_primitives(model, a**2)
    assert_identity(limit_squared.subs(gamma, 0), 1, "independent reviewers come to know everything")
    effective = Dummy("N_eff", positive=True)
    of_effective = effective * spread**2 / (effective * spread**2 + noise**2)
    assert_identity(limit_squared, of_effective.subs(effective, 1 / gamma), "correlated ones what 1/gamma would")


@argued(
    "What one more reviewer adds to E is positive, falls with every reviewer, and is z sigma lambda_oo nu / "
    "((N + nu)(N + 1 + nu)(q_N + q_(N+1))), q_N^2 = N/(N + nu); the derivative overstates it.",
    about=IMPROVEMENT,
    where="selection_intensity > 0, N >= 1, sigma_Delta > 0, sigma_r > 0, gamma < 1, K_r = 0",
    holds=worth_is_as_said,
)
def claim_worth_of_a_reviewer(model):
    more = share.subs(N, N + 1)
    q, q_more = Dummy("q", positive=True), Dummy("q'", positive=True)
    argue("A concave function has differences that fall, and lie below its derivative.")
    step("E with q for the root of the share:", mean + z * sigma * a * q)
    assert_identity(
        model[sym.expected_improvement].expr.subs({sym.score_accuracy: a * q, sym.sigma_Delta: sigma,
                                                   sym.selection_intensity: z, sym.mu_Delta: mean}),
        mean + z * sigma * a * q, "the model's E",
    )  # fmt: skip
    assert_identity((q_more - q) * (q_more + q), q_more**2 - q**2, "a difference of roots over their sum")
    assert_identity(more - share, nu / ((N + nu) * (N + 1 + nu)), "what reviewer N + 1 adds to the share")
    ours = saturating(model)[ACCURACY_GAIN].expr.args[-1].expr
    ours = ours.subs({sym.N: N, TEAM_SCALE: nu, ACCURACY_LIMIT: a})
    assert_identity(ours, a * (more - share) / (sqrt(more) + sqrt(share)), "what the package computes, N >= 1")
    assert_identity(E.diff(N), SLOPE, "dE/dN")
    assert_positive(SLOPE, "E rises with N")
    assert_positive(-log(SLOPE).diff(N), "ever more slowly: E is concave, so the differences fall, and are smaller")
    assert_limit(SLOPE, N, oo, 0, "and in the end not at all")
    assert_limit(SLOPE, N, 0, oo, "the derivative is infinite at N = 0: it says nothing of the first reviewer")


@proved(
    "A team leaves out no more than the share eps of what reviewers can add iff N >= nu (1-eps)^2/(eps (2-eps)).",
    about=ACCURACY,
    where="sigma_Delta > 0, sigma_r > 0, gamma < 1",
    remark="0 < eps < 1",
    holds=saturates_at_the_size,
)
def claim_saturation(model):
    odds = Dummy("odds", positive=True)
    size = factor(saturating(model)[SIZE].expr.subs({TEAM_SCALE: nu, TOLERANCE: 1 / (1 + odds)}))
    assert_identity(share.subs(N, size), (odds / (1 + odds)) ** 2, "at that size the root of the share is 1 - eps")
    assert_positive(share.diff(N), "and it rises with N")
    assert_positive(size, "no team at all is too small")


@argued(
    "Where reviewers propose candidates too, E has no limit: the published z is M at K_eff = 1/Phi(-M), for every M.",
    about="selection_intensity K_eff K_prime expected_improvement",
    of="published",
    where="K_r > 0, tau*H < 1, sigma_Delta > 0",
    remark="real M > 0",
    holds=intensity_has_no_limit,
)
def claim_no_saturation_with_proposals(model):
    M, t = Symbol("M", positive=True), Dummy("t", positive=True)
    intensity = generic(model[sym.selection_intensity].expr)
    k = generic(sym.K_eff)
    quantile = -normal_quantile(1 / k)
    argue("K_eff takes every value from K on as N rises, so the intensity exceeds every M.")
    step("The published intensity for K_eff > 1:", quantile)
    assert_identity(intensity.subs(k, 1 + t), quantile.subs(k, 1 + t), "the model's")
    assert_identity(quantile.subs(k, 1 / normal_cdf(-M)), M, "at K_eff = 1/Phi(-M) it is M")
    slope = model.expand(sym.K_eff).diff(sym.N)
    assert_identity(slope, sym.K_r * (1 - sym.tau * sym.H), "K_eff rises with N without end")
    assert_nonnegative(model[sym.expected_improvement].expr.subs({sym.score_accuracy: a, sym.sigma_Delta: sigma})
                       .diff(sym.selection_intensity), "and E with z")  # fmt: skip


@proved(
    "A reviewer who proposes candidates adds to E what he adds to the accuracy at the larger intensity, and what his "
    "candidates add to the intensity at the accuracy that was there; at N = 0 they add nothing of their own.",
    about=IMPROVEMENT,
    remark="any z, z' and lambda, lambda'",
    holds=worth_with_proposals_is_as_said,
)
def claim_worth_with_proposals(model):
    z_more, here, after = (Symbol(name, real=True) for name in ("z'", "lambda", "lambda'"))
    improvement = model[sym.expected_improvement].expr.subs(sym.sigma_Delta, sigma)
    more, less = (improvement.subs({sym.selection_intensity: i, sym.score_accuracy: j})
                  for i, j in ((z_more, after), (z, here)))  # fmt: skip
    by_accuracy, by_intensity = sigma * z_more * (after - here), sigma * (z_more - z) * here
    assert_identity(more - less, by_accuracy + by_intensity, "E(N+1) - E(N)")
    nobody = model[sym.score_accuracy].expr.subs(sym.N_eff, model[sym.N_eff].expr.subs(sym.N, 0))
    assert_identity(by_intensity.subs(here, nobody), 0, "nobody scores at N = 0")


# --- what pays -------------------------------------------------------------------------------------------------------
@argued(
    "E per cost never rises again with N once it has fallen, and E less a price per reviewer does not either.",
    about=IMPROVEMENT + " cost K_prime",
    where="K_r = 0, selection_intensity > 0",
    remark="any sign of E",
    holds=rises_up_to_one_team,
)
def claim_one_peak(model):
    candidates = generic(sym.K)
    cost = generic(model.expand(sym.cost).subs({sym.K_r: 0}))
    weights = {generic(sym.w_generate): w_g, generic(sym.w_review): w_r, generic(sym.N): N}
    assert_identity(cost.subs(weights), candidates * (w_g + w_r * N), "the cost is a straight line in N")
    here, first, second = Symbol("E_N", real=True), Symbol("d_N", real=True), Symbol("d_(N+1)", real=True)
    argue("Reviewer N + 1 raises E per cost iff D(N) = d_N (w_g + w_r N) - w_r E_N > 0, d_N = E_(N+1) - E_N.")
    assert_identity((here + first) * (w_g + w_r * N) - here * (w_g + w_r * (N + 1)),
                    first * (w_g + w_r * N) - w_r * here, "cross-multiplied")  # fmt: skip
    D, D_next = first * (w_g + w_r * N) - w_r * here, second * (w_g + w_r * (N + 1)) - w_r * (here + first)
    assert_identity(D_next - D, (second - first) * (w_g + w_r * (N + 1)), "D changes as the differences do")
    assert_identity(E.diff(N), SLOPE, "the slope of E")
    assert_positive(-log(SLOPE).diff(N), "falls: E is concave, the differences fall, and so do D and d_N less a price")
    argue("A quantity that falls changes its sign once at most.")


@proved(
    "The first reviewer raises E per cost iff w_review/w_generate < (E(1) - E(0))/E(0), whatever the correlation.",
    about=IMPROVEMENT + " cost",
    where="K_r = 0, expected_improvement > 0, mu_Delta > 0, w_review > 0",
    holds=first_reviewer_pays_as_said,
)
def claim_first_reviewer(model):
    none, worth = Dummy("E_0", positive=True), Dummy("d_0", positive=True)
    threshold = w_g * worth / none
    more = (none + worth) * w_g - none * (w_g + w_r)
    assert_identity(more, worth * w_g - w_r * none, "E per cost with one less that without, over positive costs: D(0)")
    assert_identity((worth * w_g - w_r * none).subs(w_r, threshold), 0, "D(0) vanishes at that price")
    assert_positive(-(worth * w_g - w_r * none).diff(w_r), "and falls with the price")
    assert_identity(accuracy_squared(model, Integer(1)).diff(generic(sym.gamma)), 0, "one reviewer is not correlated")


@argued(
    "In real N the best team by E per cost is a root of a quartic in q = sqrt(N/(N + nu)); for mu_Delta = 0 it is "
    "(sqrt(nu^2 + 8 nu w_g/w_r) - nu)/4.",
    about=IMPROVEMENT + " cost",
    where="K_r = 0, selection_intensity > 0, w_review > 0, sigma_Delta > 0, sigma_r > 0, gamma < 1",
    remark="E > 0 for some team; in the second part mu_Delta = 0",
    holds=best_real_team_is_as_said,
)
def claim_best_real_team(model):
    argue("At the best team the slope vanishes: a positive factor times the quartic.")
    q, W = Dummy("q", positive=True), Dummy("W", positive=True)
    reviewers = nu * q**2 / (1 - q**2)
    assert_identity(share.subs(N, reviewers), q**2, "N in terms of q")
    A = z * sigma * a
    per_cost = (mean + A * q) / (W + reviewers)
    quartic = A * (1 - q**2) * (W + (nu - W) * q**2) - 2 * nu * q * (mean + A * q)
    assert_identity(per_cost.diff(q) * (W + (nu - W) * q**2) ** 2, quartic, "the slope over a positive factor")
    assert_identity(Poly(quartic, q).degree(), 4, "its degree")
    best = (sqrt(nu**2 + 8 * nu * W) - nu) / 4
    slope = simplify((E.subs(mean, 0).diff(N) * (W + N) - E.subs(mean, 0)) * sqrt(N) * (N + nu) ** Rational(3, 2) / A)
    assert_identity(slope, nu * (W + N) / 2 - N * (N + nu), "for mu_Delta = 0 a quadratic in N")
    assert_identity((nu * (W + N) / 2 - N * (N + nu)).subs(N, best), 0, "with this root")
    assert_positive(W * nu / 2, "positive at N = 0, so that the root is the only positive one")


# --- correlation -----------------------------------------------------------------------------------------------------
c, d, s, more = (Dummy(name, positive=True) for name in ("sigma^2", "sigma_r^2", "gamma", "more"))


def slopes(model):
    """-d lambda/d gamma over a factor that does not depend on N, squared, at N = 1 + more and at N + 1."""
    gamma, noise, spread = (generic(x) for x in (sym.gamma, sym.sigma_r, sym.sigma_Delta))
    found = []
    for reviewers in (1 + more, 2 + more):
        slope = accuracy_squared(model, reviewers).diff(gamma)  # 2 lambda dlambda/dgamma
        squared = slope**2 / (4 * accuracy_squared(model, reviewers))
        found.append(factor(squared.subs({spread: sqrt(c), noise: sqrt(d), gamma: s})))
    return found


@argued(
    "What reviewer N + 1 adds to E falls with the correlation: at any price he pays up to one correlation and "
    "not beyond; if he proposes no candidates he adds nothing at gamma = 1.",
    about="score_accuracy N_eff expected_improvement",
    where="N >= 1, K_eff >= 2, 0 < gamma < 1, sigma_Delta > 0, sigma_r > 0",
    holds=worth_falls_with_gamma,
)
def claim_threshold_at_a_price(model):
    here, after = slopes(model)
    argue("Increments that fall change their sign once at most.")
    argue("What he adds is sigma (z' lambda(N+1) - z lambda(N)). Both fall with gamma, the larger team's faster:")
    odds = Dummy("odds", positive=True)
    inside = {s: odds / (1 + odds)}
    ratio = (after / here).subs(inside)
    assert_positive(ratio - 1, "the squared slopes compare so, N > 1")
    one = accuracy_squared(model, Integer(1)).diff(generic(sym.gamma))
    assert_identity(one, 0, "at N = 1 only the larger team's falls")
    argue("z(N+1) >= z(N) >= 0 for K_eff >= 2, so what he adds falls with gamma; with reviewers that are all alike:")
    at_one = accuracy_squared(model).subs(generic(sym.gamma), 1)
    assert_identity(at_one.diff(N), 0, "lambda does not depend on N there")


@argued(
    "By E per cost too there is at most one such correlation: he pays below it and not above.",
    about=IMPROVEMENT + " cost",
    where="K_r = 0, N > 1, selection_intensity > 0, sigma_Delta > 0, sigma_r > 0, w_review > 0",
    remark="E > 0 with one reviewer",
    holds=pays_below_one_correlation,
)
def claim_threshold_by_cost(model):
    by_accuracy = model[sym.expected_improvement].expr.diff(sym.score_accuracy)
    assert_identity(by_accuracy, sym.selection_intensity * sym.sigma_Delta, "E is a straight line in lambda")
    cost = generic(model.expand(sym.cost).subs({sym.K_r: 0}))
    weights = {generic(sym.w_generate): w_g, generic(sym.w_review): w_r, generic(sym.N): N}
    assert_identity(cost.subs(weights), generic(sym.K) * (w_g + w_r * N), "and the cost one in N")
    odds, n, D, D_prime = (Dummy(name, positive=True) for name in ("odds", "n", "D", "D'"))
    at = {generic(sym.sigma_Delta): sqrt(c), generic(sym.sigma_r): sqrt(d), generic(sym.gamma): s}
    noise = [(size * c / accuracy_squared(model, size)).subs(at) for size in (1 + more, 2 + more)]
    for of in noise:
        assert_identity(of.diff(s, 2), 0, "N sigma^2/lambda^2 is a straight line in gamma")
    noise = list(map(simplify, noise))
    step("lambda^2 = N sigma^2/D_N, so the squared slope of lambda is N sigma^2 D_N'^2/(4 D_N^3), with D_N =", noise[0])
    assert_identity((n * c * D_prime / D**2) ** 2 / (4 * n * c / D), n * c * D_prime**2 / (4 * D**3), "the chain rule")
    for size, of in zip((1 + more, 2 + more), noise, strict=True):
        assert_identity(of.diff(s), d * (size - 1), "that rises with it")
    argue("The ratio of the slopes of lambda(N+1) and lambda(N) is a constant times (D_N/D_(N+1))^(3/2).")
    fall = simplify(-(noise[0] / noise[1]).diff(s)).subs(s, odds / (1 + odds))
    assert_positive(fall, "and D_N/D_(N+1) falls with gamma")
    argue("So p lambda(N+1) - q lambda(N) + const, p, q > 0, falls, or falls and then rises: it is largest at an end.")
    alone = Dummy("E_1", positive=True)
    assert_positive(-(0 * (w_g + w_r * N) - w_r * alone), "at gamma = 1 it is negative, -w_r E(1)")
    argue("Where D is positive at gamma = 0 it has one root, and none elsewhere.")


@proved(
    "The second reviewer stops paying at gamma = 2 sigma_Delta^2 (1 - L^2)/(sigma_r^2 L^2) - 1, "
    "L = lambda(1) + price/(z sigma_Delta).",
    about=ACCURACY,
    where="K_r = 0, selection_intensity > 0, sigma_Delta > 0, sigma_r > 0",
    remark="where it lies in [0, 1]",
    holds=second_reviewer_stops_as_said,
)
def claim_second_reviewer(model):
    gamma, noise, spread = (generic(x) for x in (sym.gamma, sym.sigma_r, sym.sigma_Delta))
    L = Dummy("L", positive=True)
    threshold = 2 * spread**2 * (1 - L**2) / (noise**2 * L**2) - 1
    assert_identity(accuracy_squared(model, Integer(2)).subs(gamma, threshold), L**2, "lambda(2) = L there")
    assert_identity(z * spread * (L - (L - price / (z * spread))), price, "so that he adds his price")


# --- refuted and measured --------------------------------------------------------------------------------------------
@refuted(
    "Where reviewers propose candidates, efficiency has one peak in N, so that a search may stop at the first fall.",
    about=ALL,
    of="published",
    remark="K = K_r = 1, H = 1, mu = 0.7, delta = 1, a review at 0.001 of a candidate",
)
def claim_one_peak_with_proposals(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        return {"efficiency": [float(found) for found in evaluate("efficiency", model=model, **settings).efficiency]}

    refute("it does not fall and rise again", measure,
           lambda efficiency: not efficiency[0] > efficiency[1] < efficiency[2],
           mu=0.7, delta=1.0, K=1, K_r=1, H=1.0, gamma=0.0, w_review=0.001, N=[0, 1, 2])  # fmt: skip


@refuted(
    "Where reviewers propose candidates, too, one more does not pay at gamma = 1.",
    about="expected_improvement selection_intensity score_accuracy",
    of="published",
    remark="his candidates are worth something even then",
)
def claim_threshold_with_proposals(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        one, two = map(float, evaluate("expected_improvement", model=model, **settings).expected_improvement)
        return {"worth": two - one}

    refute("he adds nothing", measure, lambda worth: worth <= 1e-9, gamma=1.0, K_r=1, N=[1, 2], mu=6.0, delta=0.2)


@proved(
    "In each of 1152 settings of the completed move where reviewers do not propose, efficiency has one peak in N: "
    "without reviewers in 702 of them, with 30 in 4, and between in 446.",
    about=ALL + " visible_gain hidden_gain",
    of="gated",
    where="",
    remark=(
        "K_r = 0, N = 0..30, K = 1, 2, 5, 12, gamma = 0, 0.2, 0.9, H = 0, 0.6, 1, delta = 0.05, 0.2, 1, 2, "
        "mu = 0.5, 1, 6, 30, "
        "reviews at 0.01 and 1 of a candidate: each team of each setting"
    ),
    constants="the article's",
    holds=gated_efficiency_has_one_peak,
    rigorous=True,
)
def claim_one_gated_peak(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, quantity_on_balls

    left, gained = Dummy("left", positive=True), Dummy("gain", positive=True)
    by_gain = model[sym.efficiency].expr.subs(sym.mu, gained + left).subs(sym.gain, gained)
    assert_identity(by_gain, gained / sym.cost, "the efficiency, where the gain is below the mass")
    again, peaks = 0, Counter[int]()
    gain, calls = (quantity_on_balls(model, quantity, {sym.K_r: 0}) for quantity in (sym.gain, sym.cost))
    teams_ = range(PEAK_TEAM + 1)
    for values in product(*PEAK_GRID.values()):
        at = {symbol: exact(value) for symbol, value in zip(PEAK_GRID, values, strict=True)}
        gains = [gain(at | {sym.N: exact(n)}) for n in teams_]
        again += not all(one < at[sym.mu] for one in gains)
        for price_ in PEAK_PRICES:
            costs = [calls(at | {sym.N: exact(n), sym.w_review: exact(price_)}) for n in teams_]
            found = [one / cost for one, cost in zip(gains, costs, strict=True)]
            fell = False
            for before, after in pairwise(found):
                again += fell and not after <= before
                fell = fell or after < before or not after > before
            best = max(teams_, key=lambda n: float(found[n].mid()))
            again += not all(found[n] < found[best] for n in teams_ if n != best)
            peaks[best] += 1
    settings = peaks.total()
    assert_enclosed((peaks[0], settings - peaks[0] - peaks[PEAK_TEAM], peaks[PEAK_TEAM]) == PEAKS, "the peaks' places")
    assert_enclosed(
        again == 0, f"in each of {settings} settings it never rises again, for any of {PEAK_TEAM + 1} teams"
    )


@refuted(
    "At equal prices no reviewers are best at every mass from which a move is expected to help.",
    about=ALL,
    of="published",
    remark="defaults, delta = 0.2, K_r = 0 and 1, between the floor with many reviewers and that without",
    constants="each at half and at twice its value",
)
def claim_no_reviewers_near_the_floor(model):
    from deltamu.design import best_reviewers

    def measure(**settings):
        best = best_reviewers(model=model, **settings).reviewers
        return {"team_K_r_0": float(best[0]), "team_K_r_1": float(best[1])}

    refute("nobody reviews at this mass", measure, lambda team_K_r_0, team_K_r_1: team_K_r_0 == team_K_r_1 == 0,
           mu=0.7, delta=0.2, K_r=[0, 1])  # fmt: skip

    def measure_below_the_floor(share, **settings):
        """The best team a little below the floor without reviewers, or at 1 where there is none, for all constants."""
        from deltamu.equilibria import defect_floor

        varied = varied_constants()
        none, many = (defect_floor(model=model, N=n, **settings, **varied) for n in (0, 8))
        at = (none * share).where(none < np.inf, 1.0)
        best = best_reviewers(model=model, mu=at.drop_attrs(), **settings, **varied).reviewers
        return {"sets_of_constants_without_reviewers": int(((best == 0) & (many < at)).sum())}

    refute("nobody reviews there for some of the constants halved or doubled", measure_below_the_floor,
           lambda sets_of_constants_without_reviewers: sets_of_constants_without_reviewers > 0,
           share=0.98, delta=0.2, K_r=0)  # fmt: skip


@argued(
    "The threshold falls from the second reviewer to the fourth: at the defaults, with reviews at 0.01 of a candidate, "
    "the second pays up to a correlation of 0.43, the third to 0.17 and the fourth to 0.07; at equal prices none does.",
    about=ALL,
    of="published",
    where="",
    remark="defaults, mu = 6, delta = 0.2, K_r = 0",
    constants="the article's",
    holds=default_thresholds_are_as_said,
    rigorous=True,
)
def claim_default_thresholds(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, quantity_on_balls

    argue(
        "By E per cost there is one threshold (threshold_by_cost; for the second reviewer lambda(2) alone moves, and "
        "falls), so it lies where the worth changes its sign."
    )
    efficiency = quantity_on_balls(model, sym.efficiency, TEAM_AT)

    def worth(reviewers, gamma, price_):
        given = {sym.gamma: exact(gamma), sym.w_review: exact(price_)}
        return efficiency(given | {sym.N: exact(reviewers + 1)}) - efficiency(given | {sym.N: exact(reviewers)})

    numbers = {"threshold_price": CHEAP}
    for reviewers, (name, stated) in enumerate(THRESHOLDS.items(), 1):
        numbers[f"threshold_{name}"] = float(stated)
        low, high = (float(stated + side * THRESHOLD_WIDTH) for side in (-1, 1))
        assert_enclosed(worth(reviewers, low, CHEAP) > 0, f"reviewer {reviewers + 1} pays at gamma = {low}")
        assert_enclosed(worth(reviewers, high, CHEAP) < 0, f"and not at {high}")
        assert_enclosed(worth(reviewers, 0, 1) < 0, "nor at equal prices, even at gamma = 0")
    return numbers


@proved(
    "The limit of E is that of a team of 1/gamma independent reviewers, which no team exceeds.",
    about="score_accuracy N_eff expected_improvement",
    where="K_r = 0, selection_intensity > 0, sigma_Delta > 0, gamma > 0",
    holds=lambda at: (
        at_most(
            at.moved(N=at.N + 5).expected_improvement,
            at.moved(gamma=0.0, N=1 / at.gamma).expected_improvement,
            np.abs(at.mu_Delta),
        )
        & close(at.moved(N=1e12 / at.gamma).score_accuracy, at.moved(gamma=0.0, N=1 / at.gamma).score_accuracy)
    ),
)
def claim_limit_of_improvement(model):
    limit = limited(model)[IMPROVEMENT_LIMIT].expr.args[0].expr
    limit = limit.subs({sym.mu_Delta: mean, sym.selection_intensity: z, sym.sigma_Delta: sigma, ACCURACY_LIMIT: a})
    assert_limit(E, N, oo, limit, "E of ever larger teams")
    assert_nonnegative((1 - share), "the accuracy stays below its limit")
