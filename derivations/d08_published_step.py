"""D08  The published step: gain, defects after the move, and an acceptance that is never below 1/2.

Statement
    gain = max(E, 0), mu' = max(mu - gain, 0); the acceptance proxy is a logistic function of gain/sigma_tot and
    therefore at least 1/2.

Assumptions
    The acceptance proxy is postulated: its log-odds are gain/sigma_tot.  Nothing in it looks at the oracle.
"""

import numpy as np
from sympy import Dummy, Interval, Rational, Symbol, exp, log, oo

from deltamu import symbols as sym
from deltamu.claims import (
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    definition,
    generic,
    proved,
    step,
)

HALF = Rational(1, 2)
s = Dummy("s", positive=True)
g, tot = Symbol("g", positive=True), generic(sym.sigma_tot)


def acceptance(model):
    """The proxy at a positive gain and a finite positive noise."""
    return model[sym.acceptance].expr.subs(sym.gain, g).subs(sym.sigma_tot, tot)


@definition(
    "The published gain is the positive part of E.",
    about="gain",
    of="published",
)
def claim_gain(model):
    gain = model[sym.gain].expr
    assert_identity(gain.subs(sym.expected_improvement, s), s, "an expected improvement is taken")
    assert_identity(gain.subs(sym.expected_improvement, -s), 0, "an expected harm is not")
    assert_identity(gain.subs(sym.expected_improvement, 0), 0, "and nothing is nothing")


@definition(
    "mu' is mu less the gain, and never negative.",
    about="mu_next",
)
def claim_defects_after(model):
    after = model[sym.mu_next].expr
    assert_identity(after.subs(sym.mu, g + s).subs(sym.gain, g), s, "mu' = mu - gain where something is left")
    assert_identity(after.subs(sym.gain, sym.mu + s), 0, "a gain larger than mu removes all")
    assert_identity(after.subs(sym.gain, sym.mu), 0, "a gain equal to mu too")
    assert_identity(after.subs(sym.gain, -s), sym.mu + s, "a negative gain is harm")


@proved(
    "The published acceptance is at least 1/2 wherever the move is made.",
    about="acceptance",
    of="published",
    holds=lambda at: at_most(0.5, at.acceptance) & at_most(at.acceptance, 1),
)
def claim_at_least_half(model):
    odds = acceptance(model)
    step("With u = exp(-gain/sigma_tot) in (0, 1] the acceptance is a rational function of u.", odds)
    u = Symbol("u", positive=True)
    rational = odds.subs(exp(-g / tot), u)
    assert_exact(rational.free_symbols == {u}, "it depends on u alone")
    assert_nonnegative(rational - HALF, "it is at least 1/2", {u: Interval.Lopen(0, 1)})
    assert_positive(1 - rational, "and below 1", {u: Interval.Lopen(0, 1)})
    for noise in (sym.sigma_tot, oo, 0):
        at_zero = model[sym.acceptance].expr.subs(sym.gain, 0).subs(sym.sigma_tot, noise)
        assert_identity(at_zero, HALF, "no gain: 1/2")


def _log_odds_are_a_ratio(at):
    """Compared on the side of 1 - A, which keeps its digits until it is far below 1."""
    return close(at.acceptance * (1 + np.exp(-(at.gain / at.sigma_tot))), 1)


@proved(
    "The log-odds of the published acceptance are gain/sigma_tot.",
    about="acceptance",
    of="published",
    where="gain > 0, sigma_tot > 0, N > 0",
    holds=_log_odds_are_a_ratio,
)
def claim_log_odds(model):
    odds = acceptance(model)
    logit = log(odds / (1 - odds))
    assert_identity(logit.diff(g), 1 / tot, "they rise by 1 for every sigma_tot of gain")
    assert_limit(odds, g, 0, HALF, "they begin at 0")
    assert_limit(odds, g, oo, 1, "a large gain is accepted surely")


@definition(
    "Edges of the published acceptance: 1/2 with infinite noise, 1 with none and a gain.",
    about="acceptance",
    of="published",
)
def claim_edges(model):
    exact = model[sym.acceptance].expr
    assert_identity(exact.subs(sym.gain, g).subs(sym.sigma_tot, 0), 1, "no noise and a gain")
    assert_identity(exact.subs(sym.gain, g).subs(sym.sigma_tot, oo), HALF, "no reviewers")


@definition(
    "What a move costs: each candidate is generated once and reviewed N times.",
    about="cost",
)
def claim_cost(model):
    cost = model[sym.cost].expr
    assert_identity(cost.subs({sym.w_generate: 1, sym.w_review: 0}), sym.K_prime, "generating alone")
    assert_identity(cost.subs({sym.w_generate: 0, sym.w_review: 1}), sym.N * sym.K_prime, "reviewing alone")
    weights = {sym.w_generate: s * sym.w_generate, sym.w_review: s * sym.w_review}
    assert_identity(cost.subs(weights, simultaneous=True), s * cost, "costs scale with the prices")
    assert_identity(cost.diff(sym.w_generate, sym.w_review), 0, "and add")


@definition(
    "Efficiency is the defect mass that is removed, never more than there is, by the cost.",
    about="efficiency",
)
def claim_efficiency(model):
    efficiency = model[sym.efficiency].expr
    assert_identity(efficiency.subs(sym.mu, g + s).subs(sym.gain, g), g / sym.cost, "a gain below mu is removed")
    assert_identity(efficiency.subs(sym.gain, sym.mu + s), sym.mu / sym.cost, "of a larger one only mu")
    assert_identity(efficiency.subs(sym.gain, sym.mu), sym.mu / sym.cost, "at gain = mu the two agree")
    assert_identity(efficiency.subs(sym.gain, -s), -s / sym.cost, "harm counts as harm")
