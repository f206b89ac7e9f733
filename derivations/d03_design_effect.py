"""D03  Averaging equicorrelated reviews is worth fewer, effective, independent ones (Kish's design effect).

Statement
    The mean of N reviews has the variance sigma_r^2 / N_eff.

Assumptions
    Each review errs with mean 0 and variance sigma_r^2; any two of them are correlated by gamma.
"""

import numpy as np
from sympy import Dummy, Integer, KroneckerDelta, Sum, eye, ones, oo

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    step,
)

n = Dummy("n", positive=True)
whole = Dummy("n", integer=True, positive=True)
gamma = generic(sym.gamma)


def n_eff(model, reviewers=n):
    """The formula at a number of reviewers that is not zero."""
    return generic(model[sym.N_eff].expr.subs(sym.N, reviewers))


def no_weights_are_better(at):
    """Random weights that sum to 1, and weights close to equal ones, have no smaller variance than 1/N_eff."""
    generator, best = np.random.default_rng(3), True
    for spread in (1e-3, 0.3):
        weights = (1 + spread * generator.standard_normal((5, len(at.N)))) * (np.arange(5)[:, None] < at.N)
        weights = weights / weights.sum(0)
        variance = (1 - at.gamma) * (weights**2).sum(0) + at.gamma
        best = best & at_most(1, variance * at.N_eff)
    return best


def each_reviewer_adds_less(at):
    more, most = at.moved(N=at.N + 1).N_eff, at.moved(N=at.N + 2).N_eff
    added = (1 - at.gamma) / ((1 + (at.N - 1) * at.gamma) * (1 + at.N * at.gamma))
    slope = (at.moved(N=at.N * (1 + 1e-6)).N_eff - at.N_eff) / (1e-6 * at.N)
    scale = 4 / at.gamma
    return (
        close(more - at.N_eff, added, np.minimum(scale, 4 * at.N + 4))
        & at_most(most - more, more - at.N_eff, np.minimum(scale, 4 * at.N + 4))
        & (more >= at.N_eff)
        & (slope >= added * (1 - 1e-4))
    )


@proved(
    "The mean of N equicorrelated reviews has the variance of N_eff independent ones.",
    about="N_eff",
    where="whole N >= 1",
    holds=lambda at: close(at.N / at.N_eff, 1 + (at.N - 1) * at.gamma),
)
def claim_variance_of_the_mean_review(model):
    i, j = Dummy("i", integer=True), Dummy("j", integer=True)
    covariance = sym.sigma_r**2 * ((1 - gamma) * KroneckerDelta(i, j) + gamma)
    step("The covariance of reviews i and j:", covariance)
    inner = Sum(covariance, (j, 1, whole)).doit().args[0][0]  # 1 <= i <= n, as it is in the outer sum
    variance = Sum(inner, (i, 1, whole)).doit() / whole**2
    step("The variance of their mean is the double sum over n^2.", variance)
    assert_identity(variance, sym.sigma_r**2 / n_eff(model, whole), "it is that of N_eff independent reviews")
    for size in range(1, 6):
        matrix = sym.sigma_r**2 * ((1 - gamma) * eye(size) + gamma * ones(size, size))
        weights = ones(size, 1) / size
        assert_identity(
            (weights.T * matrix * weights)[0],
            sym.sigma_r**2 / n_eff(model, Integer(size)),
            f"the same from the covariance matrix of {size}",
        )


@argued(
    "Equal weights are the best: no other unbiased average of the reviews has a smaller variance.",
    about="N_eff",
    where="whole N >= 1, N <= 5, gamma < 1",
    holds=no_weights_are_better,
)
def claim_equal_weights_are_best(model):
    argue("Gauss and Markov: the least variance is 1 / (1^T C^-1 1), reached with weights C^-1 1 / (1^T C^-1 1).")
    for size in range(1, 6):
        covariance = (1 - gamma) * eye(size) + gamma * ones(size, size)
        alike = ones(size, 1) / (1 + (size - 1) * gamma)
        for row in covariance * alike - ones(size, 1):
            assert_identity(row, 0, "C^-1 1 has equal entries, so the best weights are equal")
        assert_identity(sum(alike), n_eff(model, Integer(size)), f"1^T C^-1 1 is N_eff at N = {size}")


@proved(
    "Without reviewers N_eff is 0 at every correlation; with one it is 1.",
    about="N_eff",
    holds=lambda at: (at.moved(N=0.0).N_eff == 0) & close(at.moved(N=1.0).N_eff, 1),
)
def claim_none_and_one(model):
    for correlation in (sym.gamma, Integer(0), Integer(1)):
        at = {sym.gamma: correlation}
        assert_identity(model[sym.N_eff].expr.subs(at).subs(sym.N, 0), 0, f"N = 0 at gamma = {correlation}")
        assert_identity(model[sym.N_eff].expr.subs(at).subs(sym.N, 1), 1, f"N = 1 at gamma = {correlation}")


@proved(
    "N_eff is N for independent reviewers, 1 for identical ones, and never more than 1/gamma.",
    about="N_eff",
    where="N >= 1",
    holds=lambda at: (
        close(at.moved(gamma=0.0).N_eff, at.N) & close(at.moved(gamma=1.0).N_eff, 1) & at_most(at.gamma * at.N_eff, 1)
    ),
)
def claim_limits(model):
    assert_identity(n_eff(model).subs(gamma, 0), n, "independent: N_eff = N")
    assert_identity(n_eff(model).subs(gamma, 1), 1, "identical: N_eff = 1")
    assert_limit(n_eff(model), n, oo, 1 / gamma, "N -> oo at a correlation gamma > 0")
    assert_nonnegative(1 / gamma - n_eff(model), "N_eff <= 1/gamma")


@proved(
    "N_eff rises with N ever more slowly; the derivative is not what one more reviewer adds.",
    about="N_eff",
    where="N > 0, 0 < gamma < 1",
    holds=each_reviewer_adds_less,
)
def claim_diminishing_returns(model):
    from sympy import Interval

    open_unit = {gamma: Interval.open(0, 1)}
    slope = n_eff(model).diff(n)
    added = n_eff(model, n + 1) - n_eff(model)
    assert_positive(slope, "N_eff rises with N", open_unit)
    assert_positive(-slope.diff(n), "ever more slowly", open_unit)
    assert_identity(slope, (1 - gamma) / (1 + (n - 1) * gamma) ** 2, "dN_eff/dN")
    assert_identity(added, (1 - gamma) / ((1 + (n - 1) * gamma) * (1 + n * gamma)), "what reviewer N + 1 adds")
    assert_positive(slope - added, "the derivative overstates what one more reviewer adds", open_unit)
    assert_exact(slope.subs({n: 3, gamma: 0}) == 1, "independent reviewers add 1 each")
