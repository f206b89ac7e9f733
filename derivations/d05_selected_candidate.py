"""D05  The selected candidate: what selecting by score does to an improvement's mean and variance.

Statement
    E = mu_Delta + i lambda sigma_Delta (the breeder's equation) and Var = sigma_Delta^2 (1 - lambda^2 (1 - v)), where
    i and v are the mean and the variance of the best of K_eff standard normal scores.

Assumptions
    Improvement and score of a candidate are jointly normal with correlation lambda; review errors are independent
    across candidates; the best of K_eff scores is selected.
"""

import numpy as np
from sympy import Dummy, Rational, Symbol, exp, integrate, oo, pi, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    definition,
    generic,
    proved,
    step,
)
from deltamu.model.special import normal_max_mean

K_prime = generic(sym.K_prime)
x, y = Symbol("x", real=True), Symbol("y", real=True)
correlation = sym.score_accuracy
s = Dummy("s", positive=True)


def conditional_density():
    """Density of the standardised improvement x, given the standardised score y; its normal form is shown."""
    lam = Symbol("lambda", positive=True)
    rest = 1 - lam**2
    joint = exp(-(x**2 - 2 * lam * x * y + y**2) / (2 * rest)) / (2 * pi * sqrt(rest))
    marginal = exp(-(y**2) / 2) / sqrt(2 * pi)
    normal = exp(-((x - lam * y) ** 2) / (2 * rest)) / sqrt(2 * pi * rest)
    step("The joint density over that of the score is the conditional one.", joint / marginal)
    assert_identity(joint / marginal, normal, "it is normal with mean lambda y and variance 1 - lambda^2")
    return normal, lam


@argued(
    "E is the mean improvement of the candidate with the best score.",
    about="expected_improvement",
    remark="the intensity is the mean of the best standard score",
    holds=lambda at: close(
        at.expected_improvement - at.mu_Delta,
        at.selection_intensity * at.score_accuracy * at.sigma_Delta,
        np.abs(at.mu_Delta),
    ),
)
def claim_breeders_equation(model):
    _, lam = conditional_density()
    best = Symbol("M", real=True)
    argue("Given the best score M the improvement has the mean mu_Delta + sigma_Delta lambda M: average over M.")
    mean_given_best = sym.mu_Delta + sym.sigma_Delta * lam * best
    assert_identity(mean_given_best.diff(best, 2), 0, "it is linear in M, so M may be replaced by its mean")
    selected = mean_given_best.subs({best: sym.selection_intensity, lam: sym.score_accuracy})
    assert_identity(model[sym.expected_improvement].expr, selected, "the mean of the selected improvement")


@argued(
    "Selection of the best of two reads E = mu_Delta + lambda sigma_Delta/sqrt(pi): checked by integration.",
    about="expected_improvement selection_intensity",
    of="gated",
    where="K = 2, K_r = 0, H = 0",
    remark="K_eff = 2",
    holds=lambda at: close(
        (at.expected_improvement - at.mu_Delta) * np.sqrt(np.pi),
        at.score_accuracy * at.sigma_Delta,
        np.abs(at.mu_Delta),
    ),
)
def claim_best_of_two(model):
    density = exp(-(x**2) / 4) / sqrt(4 * pi)
    argue("The better of two scores exceeds their mean by half their distance, which is normal with variance 2.")
    intensity = integrate(x * density, (x, 0, oo))
    assert_identity(intensity, 1 / sqrt(pi), "E|Y1 - Y2|/2")
    assert_identity(normal_max_mean(2), intensity, "it is i(2)")
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, normal_max_mean(2))
    assert_identity(E - sym.mu_Delta, sym.score_accuracy * sym.sigma_Delta / sqrt(pi), "E at K_eff = 2")


@argued(
    "Selection leaves the share 1 - lambda^2 (1 - v) of an improvement's variance: it removes q.",
    about="variance_reduction",
    of="gated",
    holds=lambda at: (
        close(
            1 - at.variance_reduction, 1 - at.score_accuracy**2 + at.score_accuracy**2 * at.selection_variance, scale=1
        )
        & (at.variance_reduction >= 0)
        & (at.variance_reduction <= 1)
    ),
)
def claim_variance_of_the_selected(model):
    _, lam = conditional_density()
    argue("Law of total variance: within a score 1 - lambda^2; between scores lambda^2 Var M, and Var M = v.")
    left = (1 - lam**2 + lam**2 * sym.selection_variance).subs(lam, sym.score_accuracy)
    assert_identity(1 - model[sym.variance_reduction].expr, left, "what is left")
    assert_nonnegative(model[sym.variance_reduction].expr, "selection does not add variance")
    assert_nonnegative(1 - model[sym.variance_reduction].expr, "nor remove more than all")


@definition(
    "Candidates: K generated and K_r proposed by each of N reviewers.",
    about="K_prime",
)
def claim_candidates_add_up(model):
    total = model[sym.K_prime].expr
    assert_identity(total.subs(sym.N, 0), sym.K, "without reviewers there are K")
    assert_identity(total.subs(sym.N, sym.N + 1) - total, sym.K_r, "each reviewer adds K_r")
    assert_nonnegative(total - sym.K, "proposals only add")


@definition(
    "A human prior makes candidates alike: one counts fully, of the others a full prior removes the share tau.",
    about="K_eff",
)
def claim_effective_candidates(model):
    effective = model[sym.K_eff].expr
    assert_identity(effective.subs(sym.H, 0), sym.K_prime, "without a prior all count")
    assert_identity(effective.subs(sym.K_prime, 1), 1, "one candidate counts as one")
    assert_identity(effective.diff(sym.K_prime, 2), 0, "it is linear in K'")
    assert_identity(effective.diff(sym.H, 2), 0, "and in H")
    assert_identity(effective.subs(sym.H, 1) - 1, (1 - sym.tau) * (sym.K_prime - 1), "at a full prior")
    more = sym.K_prime - 1
    assert_identity((sym.K_prime - effective) / more, sym.tau * sym.H, "what is lost of the others is tau H")
    assert_nonnegative(effective.subs(sym.K_prime, 1 + s) - 1, "it is never below 1")


@proved(
    "Selection never lowers the mean improvement where the intensity is not negative.",
    about="expected_improvement",
    where="selection_intensity >= 0",
    holds=lambda at: at_most(at.mu_Delta, at.expected_improvement),
)
def claim_selection_helps(model):
    intensity = Dummy("i", nonnegative=True)
    excess = model[sym.expected_improvement].expr.subs(sym.selection_intensity, intensity) - sym.mu_Delta
    assert_nonnegative(excess, "E >= mu_Delta")
    by_accuracy = generic(excess.subs(intensity, s)).diff(generic(sym.score_accuracy))
    assert_positive(by_accuracy, "and E rises with the accuracy of the score")
    assert_exact(
        Rational(1, 2) * 0 == excess.subs(sym.score_accuracy, 0), "a score without information selects at random"
    )
