"""D04  The reviewers' score and how well it tells improvements apart.

Statement
    The score has the variance sigma_tot^2, and its correlation with the improvement is lambda = sigma_Delta/sigma_tot.

Assumptions
    The score is the improvement plus the mean error of the reviews; the error is independent of the improvement and
    has the variance sigma_r^2/N_eff (D03).
"""

from sympy import Dummy, Matrix, S, oo, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    generic,
    proved,
    step,
)

sigma, sigma_r, N_eff = map(generic, (sym.sigma_Delta, sym.sigma_r, sym.N_eff))
s = Dummy("s", positive=True)


def covariance_of_improvement_and_score():
    improvement_and_error = Matrix([[sigma**2, 0], [0, sigma_r**2 / N_eff]])
    to_improvement_and_score = Matrix([[1, 0], [1, 1]])
    return to_improvement_and_score * improvement_and_error * to_improvement_and_score.T


@proved("sigma_tot is the standard deviation of the score.", about="sigma_tot", where="N > 0")
def claim_variance_of_the_score(model):
    covariance = covariance_of_improvement_and_score()
    step("Covariance matrix of improvement and score:", covariance)
    assert_identity(generic(model[sym.sigma_tot].expr) ** 2, covariance[1, 1], "its last entry is sigma_tot^2")
    assert_positive(generic(model[sym.sigma_tot].expr), "a standard deviation is not negative")


@proved("lambda is the correlation of score and improvement.", about="score_accuracy", where="N, sigma_Delta > 0")
def claim_correlation(model):
    covariance = covariance_of_improvement_and_score()
    correlation = covariance[0, 1] / sqrt(covariance[0, 0] * covariance[1, 1])
    accuracy = generic(model[sym.score_accuracy].expr)
    assert_identity(accuracy**2, correlation**2, "the square of the correlation")
    assert_positive(accuracy, "and its sign")


@proved(
    "The selection term sigma_Delta^2/sigma_tot of the article is lambda sigma_Delta.",
    about="sigma_tot score_accuracy",
    where="N, sigma_Delta > 0",
)
def claim_article_form(model):
    tot, accuracy = generic(model[sym.sigma_tot].expr), generic(model[sym.score_accuracy].expr)
    assert_identity(sigma**4 / tot**2, (accuracy * sigma) ** 2, "their squares agree, and neither is negative")


@proved(
    "Without reviewers, or with nothing to tell apart, the score says nothing: lambda = 0, and at N = 0 "
    "sigma_tot is infinite.",
    about="sigma_tot score_accuracy",
)
def claim_no_information(model):
    accuracy = model[sym.score_accuracy].expr
    for spread in (sym.sigma_Delta, S.Zero):
        for noise in (sym.sigma_r, S.Zero):
            at = {sym.sigma_Delta: spread, sym.sigma_r: noise, sym.N_eff: S.Zero}
            assert_identity(accuracy.xreplace(at), 0, "lambda = 0 at N_eff = 0")
    for noise in (sym.sigma_r, S.Zero):
        at = {sym.sigma_Delta: S.Zero, sym.sigma_r: noise}
        assert_identity(accuracy.xreplace(at), 0, "lambda = 0 at sigma_Delta = 0")
        assert_exact(
            model[sym.sigma_tot].expr.subs({sym.sigma_r: noise, sym.N_eff: S.Zero}) is oo, "sigma_tot at N_eff = 0"
        )
    assert_limit(generic(accuracy), N_eff, 0, 0, "lambda is continuous there")


@proved(
    "lambda is a correlation: it rises from 0 to 1 with the number of reviewers and is 1 for exact reviews.",
    about="score_accuracy",
    where="N, sigma_Delta > 0",
)
def claim_range(model):
    accuracy = generic(model[sym.score_accuracy].expr)
    squared = accuracy**2
    assert_nonnegative(1 - squared, "lambda <= 1")
    assert_positive(squared.diff(N_eff), "lambda rises with N_eff")
    assert_positive(squared.diff(sigma), "and with the spread of the improvements")
    assert_limit(accuracy, N_eff, oo, 1, "many independent reviews tell all")
    assert_identity(accuracy.subs(sigma_r, 0), 1, "so do exact ones")
    assert_identity(accuracy.subs({sigma: s * sigma, sigma_r: s * sigma_r}), accuracy, "units do not matter")


@proved("The value of reviewers begins like a square root: dE/dN is infinite at N = 0.", about="score_accuracy")
def claim_infinite_slope_without_reviewers(model):
    slope = generic(model[sym.score_accuracy].expr).diff(N_eff)
    assert_limit(slope, N_eff, 0, oo, "d lambda / d N_eff at N_eff = 0")
