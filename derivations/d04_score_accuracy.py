"""D04  The reviewers' score and how well it tells improvements apart.

Statement
    The score has the variance sigma_tot^2, and its correlation with the improvement is lambda = sigma_Delta/sigma_tot.

Assumptions
    The score is the improvement plus the mean error of the reviews; the error is independent of the improvement and
    has the variance sigma_r^2/N_eff (D03).
"""

import numpy as np
from sympy import Dummy, Matrix, S, oo, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    Values,
    assert_exact,
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
)

sigma, sigma_r, N_eff = map(generic, (sym.sigma_Delta, sym.sigma_r, sym.N_eff))
s = Dummy("s", positive=True)


def covariance_of_improvement_and_score():
    improvement_and_error = Matrix([[sigma**2, 0], [0, sigma_r**2 / N_eff]])
    to_improvement_and_score = Matrix([[1, 0], [1, 1]])
    return to_improvement_and_score * improvement_and_error * to_improvement_and_score.T


@proved(
    "sigma_tot is the standard deviation of the score.",
    about="sigma_tot",
    where="N > 0",
    holds=lambda at: close((at.sigma_tot**2 - at.sigma_Delta**2) * at.N_eff, at.sigma_r**2, at.sigma_tot**2 * at.N_eff),
)
def claim_variance_of_the_score(model):
    covariance = covariance_of_improvement_and_score()
    step("Covariance matrix of improvement and score:", covariance)
    assert_identity(generic(model[sym.sigma_tot].expr) ** 2, covariance[1, 1], "its last entry is sigma_tot^2")
    assert_positive(generic(model[sym.sigma_tot].expr), "a standard deviation is not negative")


@proved(
    "lambda is the correlation of score and improvement.",
    about="score_accuracy",
    where="N > 0, sigma_Delta > 0",
    holds=lambda at: close(
        (at.score_accuracy * at.sigma_Delta) ** 2 * (at.sigma_Delta**2 + at.sigma_r**2 / at.N_eff), at.sigma_Delta**4
    ),
)
def claim_correlation(model):
    covariance = covariance_of_improvement_and_score()
    correlation = covariance[0, 1] / sqrt(covariance[0, 0] * covariance[1, 1])
    accuracy = generic(model[sym.score_accuracy].expr)
    assert_identity(accuracy**2, correlation**2, "the square of the correlation")
    assert_positive(accuracy, "and its sign")


@proved(
    "The selection term sigma_Delta^2/sigma_tot of the article is lambda sigma_Delta.",
    about="sigma_tot score_accuracy",
    where="N > 0, sigma_Delta > 0",
    holds=lambda at: close(at.score_accuracy * at.sigma_tot, at.sigma_Delta),
)
def claim_article_form(model):
    tot, accuracy = generic(model[sym.sigma_tot].expr), generic(model[sym.score_accuracy].expr)
    assert_identity(sigma**4 / tot**2, (accuracy * sigma) ** 2, "their squares agree, and neither is negative")


@proved(
    "Without reviewers, or with nothing to tell apart, the score says nothing: lambda = 0, and at N = 0 "
    "sigma_tot is infinite.",
    about="sigma_tot score_accuracy",
    holds=lambda at: (
        (at.moved(N=0.0).score_accuracy == 0)
        & (at.moved(s0=0.0).score_accuracy == 0)
        & (at.moved(N=0.0).sigma_tot == np.inf)
    ),
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
    assert_limit(generic(accuracy), N_eff, 0, 0, "lambda is continuous there where reviews err, sigma_r > 0")


@proved(
    "lambda is a correlation: where reviews err it rises from 0 to 1 with the effective number of reviewers, and it "
    "is 1 for exact reviews.",
    about="score_accuracy",
    where="N > 0, sigma_Delta > 0",
    holds=lambda at: (
        at_most(at.score_accuracy, 1)
        & (at.score_accuracy > 0)
        & at_most(at.score_accuracy, at.moved(N=at.N + 1, gamma=0.0).score_accuracy)
        & close(at.moved(sigma_r=0.0).score_accuracy, 1)
        & close(at.moved(s0=3 * at.s0, sigma_r=3 * at.sigma_r).score_accuracy, at.score_accuracy)
    ),
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


def slope_grows_without_bound(at):
    """E is z lambda sigma_Delta where a1 = a2 = 0: its secant from N = 0 grows like 1/sqrt(N) as N falls."""
    alone = at.moved(a1=0.0, a2=0.0)
    small = 1e-6 * np.maximum((1 - at.gamma) * np.minimum(1, (at.sigma_r / at.sigma_Delta) ** 2), 1e-12)
    secants = [alone.moved(N=small * share).expected_improvement / (small * share) for share in (1, 1e-4)]
    return secants[1] > 90 * secants[0]


@proved(
    "The value of reviewers begins like a square root: dE/dN is infinite at N = 0 where a choice helps.",
    about="expected_improvement score_accuracy N_eff",
    where="selection_intensity > 0, sigma_Delta > 0, sigma_r > 0, gamma < 1, K_r = 0",
    holds=slope_grows_without_bound,
)
def claim_infinite_slope_without_reviewers(model):
    slope = generic(model[sym.score_accuracy].expr).diff(N_eff)
    assert_limit(slope, N_eff, 0, oo, "d lambda / d N_eff at N_eff = 0")
    by_number = generic(model[sym.N_eff].expr).diff(generic(sym.N)).subs(generic(sym.N), 0)
    apart = 1 / (1 + s)  # 1 - gamma
    assert_positive(by_number.subs(generic(sym.gamma), 1 - apart), "d N_eff / d N at N = 0, as gamma < 1")
    z = Dummy("z", positive=True)
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z)
    assert_positive(generic(E.diff(sym.score_accuracy)), "dE / d lambda, and with K_r = 0 nothing else depends on N")


def defaults():
    return {symbol.name: float(symbol.default) for symbol in sym.PARAMETERS}


@refuted(
    "The value of reviewers begins like a square root, whatever the intensity and whoever proposes candidates.",
    about="expected_improvement score_accuracy selection_intensity",
    of="published",
    constants="any",
)
def claim_slope_where_a_choice_does_harm(model):
    def secant(**settings):
        few, none = (
            Values(model, defaults() | settings | {"N": reviewers}).expected_improvement for reviewers in (1e-6, 0.0)
        )
        return {"secant": float(few - none) / 1e-6}

    refute("dE/dN is plus infinity at N = 0", secant, lambda secant: secant > 100, K=2.0, K_r=0.0, mu=6.0, delta=0.2)
    refute("it is where K_eff = 2, z = 0", secant, lambda secant: secant != 0, K=2.0, K_r=0.0, H=0.0, mu=6.0, delta=0.2)
