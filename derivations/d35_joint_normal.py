"""D35  What the joint-normal step costs: bounds for any constants, up to the candidates that the sliders allow.

Statement
    With up to 20 effective candidates, taking the selected edit's visible and hidden parts as jointly normal changes
    the acceptance by at most 0.036 and the gain by at most 0.032 sigma_Delta, whatever the constants and the other
    controls.

Assumptions
    As D09, but for the law of the selected parts: the best score has the law Phi^k, and given the score everything
    else is normal.
"""

from bisect import bisect_left, bisect_right
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.special import ndtr
from sympy import Dummy, Rational, Symbol, exp, sqrt

from deltamu import symbols as sym
from deltamu.claims import argue, argued, assert_identity, assert_positive, at_most, generic
from deltamu.model.special import expected_positive_part, normal_pdf

r, sigma, lam = map(generic, (sym.r, sym.sigma_Delta, sym.score_accuracy))
m, i = Symbol("m", real=True), Symbol("i", real=True)
v, w = Dummy("v", positive=True), Dummy("w", positive=True)
MOST = 20  # effective candidates
NODES = 800  # of them, even in their logarithm, at which moments are enclosed
STEP = 0.05  # of the scores from which the laws are integrated
ENDS = (-4.0, 7.0)  # scores between which the laws are compared at close quarters
FEW = "K_eff <= 20, sigma_Delta > 0, mu > 0, r > 0"


def by_the_score(model, mean, variance):
    """The acceptance margin for a best score of this mean and variance, from the formulas."""
    reduction = generic(model[sym.variance_reduction].expr).subs(generic(sym.selection_variance), variance)
    T = generic(model[sym.visible_spread].expr).subs(generic(sym.variance_reduction), reduction)
    E = model[sym.expected_improvement].expr.subs(
        {sym.selection_intensity: mean, sym.score_accuracy: lam, sym.sigma_Delta: sigma}
    )
    margin = generic(model[sym.acceptance_margin].expr)
    return margin.subs({sym.expected_improvement: E, generic(sym.visible_spread): T})


def exact_acceptance(at):
    """P(V > 0) by quadrature over the best score or over the rest, whichever varies the less slowly."""
    nodes = np.linspace(-8.5, 8.5, 341)[:, None]
    weight = np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi) * (nodes[1] - nodes[0])
    level, share = np.sqrt(at.r) * at.mu_Delta / at.sigma_Delta, np.sqrt(at.r) * at.score_accuracy
    rest = np.sqrt(np.maximum(1 - share**2, 0))
    by_score = (weight * at.K_eff * ndtr(nodes) ** (at.K_eff - 1) * ndtr((level + share * nodes) / rest)).sum(axis=0)
    by_rest = (weight * (1 - ndtr(-(level + rest * nodes) / share) ** at.K_eff)).sum(axis=0)
    return np.where(share**2 < 1 / 2, by_score, by_rest)


def exact_gain(at):
    """E[Delta; V > 0] by quadrature over the best score, given which the law is normal."""
    score = np.linspace(-9, 9, 1441)[:, None]
    weight = np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi) * (score[1] - score[0])
    weight = weight * at.K_eff * ndtr(score) ** (at.K_eff - 1)
    mean = at.mu_Delta + at.score_accuracy * at.sigma_Delta * score
    rest = np.sqrt(np.maximum(1 - at.r * at.score_accuracy**2, 1e-18))
    margin = np.sqrt(at.r) * mean / (at.sigma_Delta * rest)
    density = np.exp(-(margin**2) / 2) / np.sqrt(2 * np.pi)
    hidden = np.sqrt(at.r) * at.sigma_Delta * (1 - at.score_accuracy**2) / rest * density
    return (weight * (mean * ndtr(margin) + hidden)).sum(axis=0)


@argued(
    "Up to 20 effective candidates, taking the selected parts as jointly normal costs at most 0.036 of acceptance.",
    about="acceptance acceptance_margin visible_spread variance_reduction expected_improvement",
    of="gated",
    where=FEW,
    holds=lambda at: np.abs(at.acceptance - exact_acceptance(at)) <= 0.036,
    rigorous=True,
)
def claim_acceptance(model):
    from deltamu.claims.rigorous import assert_enclosed
    from deltamu.claims.rigorous.balls import cdf
    from deltamu.claims.rigorous.optional import arb

    level, b = sqrt(r) * sym.mu_Delta / sigma, sqrt(r) * lam
    argue("Given the best score m, V/(sqrt(r) sigma) is normal with the mean t + b m and the variance 1 - b^2 (D09):")
    given = by_the_score(model, m, 0)
    assert_identity(given, (level + b * m) / sqrt(1 - b**2), "the margin there, with b = sqrt(r) lambda")
    argue("So A is P(t + b M + sqrt(1 - b^2) Z > 0), where M has the law Phi^k and Z is normal.")
    argue("The joint-normal step takes M as normal too, with its mean and its variance:")
    assert_identity(by_the_score(model, i, v), (level + b * i) / sqrt(1 - b**2 + b**2 * v), "x")
    assert_positive(model[sym.acceptance].expr.diff(sym.acceptance_margin), "and A = Phi(x)")
    argue("For each value of Z both probabilities are 1 less a law of M at one score, the same for both laws.")
    argue("So A errs by no more than the laws are apart anywhere.")
    prove_distance(0.036)
    argue("Both laws rise, i rises from 0 and v falls from 1 (D06), so that both are close to 0 or 1 elsewhere:")
    low, high = map(arb, ENDS)
    most, _ = moments_at_nodes()[-1][1:]
    assert_enclosed(cdf(low) < 0.001, "below a score of -4 both are below 0.001")
    assert_enclosed(cdf(high) ** MOST > 0.999, "beyond 7 one is above 0.999")
    assert_enclosed(cdf(high - most) > 0.999, "and so is the other")


@argued(
    "Up to 20 effective candidates, taking the selected parts as jointly normal costs at most 0.032 sigma_Delta of "
    "gain, and half of that where the oracle sees everything.",
    about="gain visible_gain hidden_gain acceptance_margin visible_spread variance_reduction expected_improvement",
    of="gated",
    where=FEW + ", N > 0",
    holds=lambda at: at_most(
        np.abs(at.gain - exact_gain(at)), np.where(at.r < 1, 0.032, 0.016) * at.sigma_Delta, np.abs(at.mu_Delta)
    ),
    rigorous=True,
)
def claim_gain(model):
    from deltamu.claims.rigorous import assert_enclosed
    from deltamu.claims.rigorous.balls import pdf, positive_part
    from deltamu.claims.rigorous.optional import arb

    x, T, b = sym.acceptance_margin, generic(sym.visible_spread), sqrt(r) * lam
    argue("The joint-normal step takes the best score M as normal, with its mean and its variance (claim before).")
    reduction = generic(model[sym.variance_reduction].expr)
    squared = generic(model[sym.visible_spread].expr).subs(generic(sym.variance_reduction), reduction) ** 2
    spread = sqrt(v + w**2)
    of_w = {generic(sym.selection_variance): v, lam: 1 / sqrt(r * (1 + w**2))}
    assert_identity(squared.subs(of_w), (spread**2 / (1 + w**2)), "T^2 = b^2 (v + w^2), where b^2 = r lambda^2 and "
                    "w^2 = (1 - b^2)/b^2")  # fmt: skip
    gained = generic(model[sym.visible_gain].expr) + generic(model[sym.hidden_gain].expr)
    gained = gained.subs(generic(sym.acceptance), generic(model[sym.acceptance].expr))
    gained = gained.subs(generic(sym.variance_reduction), (1 - T**2) / r)
    gained = gained.subs(sym.expected_improvement, x / generic(model[x].expr).diff(sym.expected_improvement))
    parts = b * spread * expected_positive_part(x) - (1 - r) / (b * spread) * normal_pdf(x)
    assert_identity(gained.subs(T, b * spread), sigma / sqrt(r) * parts, "so the gain is sigma lambda (e - (1 - r)/b^2"
                    " f), with e = (v + w^2)^(1/2) h(x) and f = phi(x)/(v + w^2)^(1/2)")  # fmt: skip
    assert_identity(model[sym.gain].expr.subs(sym.mu, v), sym.visible_gain + sym.hidden_gain, "all of it, for mu > 0")
    argue("These are the mean positive part of t + M + w Z, for some t, and the density of -M - w Z at t, Z normal.")
    argue("Exactly it is the same, with the law Phi^k of M: average over M, where v = 0 (D09).")
    argue("Let I be the integral of the difference D of the two laws of M from a score on, at most c in size.")
    argue("By parts e errs by the mean of I at -t - w Z: by c at most.")
    argue("By parts twice f errs by the integral of I times the second derivative of the density of w Z.")
    argue("That is 4 phi(1) c/w^2 at most, as the size of z^2 - 1 has the mean 4 phi(1).")
    z = Symbol("z", real=True)
    F = -z * exp(-(z**2) / 2)
    assert_identity(F.diff(z), (z**2 - 1) * exp(-(z**2) / 2), "F is an antiderivative of (z^2 - 1) exp(-z^2/2)")
    assert_identity(2 * (F.subs(z, -1) - F.subs(z, 1)), 4 * exp(-Rational(1, 2)), "and vanishes at the ends, so that "
                    "the three parts between them and the changes of sign at -1 and 1 sum to this")  # fmt: skip
    share = (1 - r) / b**2 / w**2
    assert_identity(share.subs(w, sqrt(1 - b**2) / b), (1 - r) / (1 - b**2), "(1 - r)/(b^2 w^2), at most 1 as b^2 <= r")
    assert_enclosed(4 * pdf(arb(1)) < 1, "the gain errs by lambda sigma c (1 + 4 phi(1)) < 2 sigma c, sigma c at r = 1")

    prove_distance(0.05)
    assert_enclosed(integrals_stay_below(0.016 - 0.05 * STEP / 2), "I is below 0.016 - 0.05 step/2 at all multiples of "
                    "a step, for all k up to 20: so it is below 0.016 between them")  # fmt: skip
    low, high = map(arb, ENDS)
    most, _ = moments_at_nodes()[-1][1:]
    argue("As the means agree, I is minus the integral of D up to the score too: it is at most that of either law.")
    assert_enclosed(positive_part(low) < 0.001, "up to -4 these are at most h(-4)")
    assert_enclosed(MOST * positive_part(-high) < 0.001, "beyond 7 that of 1 - Phi^k is at most 20 h(-7)")
    assert_enclosed(positive_part(most - high) < 0.001, "and that of the other h(i - 7)")


@cache
def moments_at_nodes():
    """k, i and sqrt(v) at nodes up to MOST, even in their logarithm, in balls."""
    from deltamu.claims.rigorous.balls import mean_of_the_maximum, root, variance_of_the_maximum
    from deltamu.claims.rigorous.optional import arb

    nodes = [*(float(MOST) ** (j / NODES) for j in range(NODES)), float(MOST)]
    return [(k, mean_of_the_maximum(arb(k)), root(variance_of_the_maximum(arb(k)))) for k in nodes]


def prove_distance(bound):
    """|Phi(x)^k - Phi((x - i)/sqrt(v))| < bound for k up to MOST and x between the ENDS."""
    from deltamu.claims.rigorous import prove_below
    from deltamu.claims.rigorous.balls import cdf

    nodes, means, spreads = zip(*moments_at_nodes(), strict=True)

    def distance(at):
        before = max(bisect_right(nodes, float(at["k"].lower())) - 1, 0)
        after = min(bisect_left(nodes, float(at["k"].upper())), NODES)
        mean, spread = means[before].union(means[after]), spreads[before].union(spreads[after])
        return abs((at["k"] * cdf(at["x"]).log()).exp() - cdf((at["x"] - mean) / spread))

    box = {"x": ENDS, "k": (1.0, float(MOST))}
    prove_below(distance, bound, box, f"|Phi(x)^k - Phi((x - i)/sqrt(v))| < {bound} for k up to {MOST}")


def integrals_stay_below(bound):
    """Whether the integral of the difference of the laws, from each multiple of STEP on, is below a bound in size.

    For k between two nodes the integrals of 1 - Phi^k and of the normal law are between their ends at the nodes: the
    first rises with k, the second is sqrt(v) h((i - x)/sqrt(v)), which rises with i and with v.
    """
    from deltamu.claims.rigorous.balls import positive_part
    from deltamu.claims.rigorous.optional import arb

    scores = [arb(ENDS[1]) - arb(j) * STEP for j in range(round((ENDS[1] - ENDS[0]) / STEP) + 1)]
    rows = ((mean, spread, integrals_beyond(k, scores)) for k, mean, spread in moments_at_nodes())
    for (mean, spread, least), (next_mean, next_spread, most) in pairwise(rows):
        for x, low, high in zip(scores, least, most, strict=True):
            smallest = next_spread * positive_part((mean - x) / next_spread)
            largest = spread * positive_part((next_mean - x) / spread)
            if not (high - smallest < bound and largest - low < bound):
                return False
    return True


def integrals_beyond(k, scores):
    """Integrals of 1 - Phi^k from each of the scores on, the largest first."""
    from deltamu.claims.rigorous import interval
    from deltamu.claims.rigorous.balls import positive_part
    from deltamu.claims.rigorous.optional import acb

    def beyond(z, analytic):
        return 1 - (acb(k) * ((-z / acb(2).sqrt()).erfc() / 2).log(analytic=analytic)).exp()

    found = [interval(0, (k * positive_part(-scores[0])).upper())]
    for high, low in pairwise(scores):
        found.append(found[-1] + acb.integral(beyond, acb(low), acb(high)).real)
    return found
