"""D30  Resolution from the number of tests: a Beta law of detection.

Statement
    If each test finds a defect with that defect's probability q ~ Beta(alpha, beta), m tests find it with probability
    r(m) = 1 - B(alpha, beta + m)/B(alpha, beta), which rises with m, ever more slowly.

Assumptions
    Tests are alike and independent given the defect; defects are Poisson and thinned independently (D07).
"""

import numpy as np
from scipy.special import betaln, expit
from sympy import Dummy, Rational, beta, exp, gamma, gammasimp, log, loggamma, oo, simplify

from deltamu.calibration.laws.detectability import BETA, easy, resolution, tests
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    at_most,
    close,
    proved,
    refute,
    refuted,
)
from deltamu.model.formula import Model

a, b, m, q = (Dummy(name, positive=True) for name in ("alpha", "beta", "m", "q"))
missed = gamma(b + m) * gamma(a + b) / (gamma(a + b + m) * gamma(b))


def law_of(number):
    """The package's resolution of a number of tests, in Gamma functions."""
    lines = resolution(tests, "r")
    found = lines[-1].expr
    for line in reversed(lines[:-1]):
        found = found.xreplace({line.symbol: line.expr})
    found = found.rewrite(exp).replace(loggamma, lambda x: log(gamma(x)))
    return simplify(found.xreplace({easy: a, BETA.symbol: b, tests: number}))


# --- on points: alpha = 0.3 + tau, beta = 0.3 + b up to 20.3, m = mu -------------------------------------------------
def found_by(at, number):
    """The package's resolution of a number of tests."""
    law = Model("resolution", resolution(tests, "r"))
    return Values(law, {"alpha": 0.3 + at.tau, "beta": 0.3 + np.minimum(at.b, 20), "tests": number}).r


def mean_is_the_law(at):
    """Against the trapezoid rule in the logit of q."""
    first, second, number = 0.3 + at.tau, 0.3 + np.minimum(at.b, 20), np.minimum(at.mu, 50)
    logit = np.arange(-120.0, 120.0, 0.05)[:, None]
    hit, miss = np.log(expit(logit)), np.log(expit(-logit))
    mean = 0.05 * np.exp(first * hit + (second + number) * miss - betaln(first, second)).sum(axis=0)
    return close(1 - found_by(at, number), mean, 1)


def law_is_the_beta_quotient(at):
    first, second = 0.3 + at.tau, 0.3 + np.minimum(at.b, 20)
    return close(1 - found_by(at, at.mu), np.exp(betaln(first, second + at.mu) - betaln(first, second)), 1)


def gains_shrink(at):
    none, one, two = (found_by(at, at.mu + more) for more in (0, 1, 2))
    return at_most(none, one, 1) & at_most(two - one, one - none, 1)


@argued(
    "The chance that m tests all miss a defect is B(alpha, beta + m)/B(alpha, beta).",
    remark="alpha, beta > 0, m >= 0",
    holds=mean_is_the_law,
)
def claim_integral(model):
    density = q ** (a - 1) * (1 - q) ** (b - 1)
    assert_identity((1 - q) ** m * density, density.subs(b, b + m), "times (1 - q)^m: a Beta density with beta + m")
    argue("So E (1 - q)^m is the quotient of their integrals, B(alpha, beta + m) and B(alpha, beta).")
    quotient = (beta(a, b + m) / beta(a, b)).rewrite(gamma)
    assert_identity(gammasimp(quotient), gammasimp(missed), "in Gamma functions")


@proved(
    "The package's resolution of m tests is 1 - B(alpha, beta + m)/B(alpha, beta).",
    remark="alpha, beta > 0; m = 0, 1, 2, 3",
    holds=law_is_the_beta_quotient,
)
def claim_law(model):
    for number in range(4):
        assert_identity(gammasimp(1 - law_of(number)), gammasimp(missed.subs(m, number)), f"{number} tests miss")


@proved(
    "Each test more finds more, and less than the one before.",
    remark="alpha, beta > 0, m >= 0",
    holds=gains_shrink,
)
def claim_diminishing(model):
    ratio = gammasimp(missed.subs(m, m + 1) / missed)
    assert_identity(ratio, (b + m) / (a + b + m), "one test more leaves this share of what was missed")
    assert_positive(1 - ratio, "less than all: r rises")
    first, second = 1 - ratio, ratio * (1 - ratio.subs(m, m + 1))
    assert_positive(simplify(first - second), "and gains less each time")


@refuted(
    "Enough tests of one kind find all but a fixed share of defects.",
    remark="alpha = 1/3, beta = 3",
    constants="any",
)
def claim_floor(model):
    ratio = gammasimp(missed.subs(m, m + 1) / missed).subs({a: Rational(1, 3), b: 3})
    assert_limit((1 - ratio) * m, m, oo, Rational(1, 3), "one test more takes off about alpha/m of what is missed")

    def measure(alpha, beta, tests):
        return {"missed": [float(np.exp(betaln(alpha, beta + one) - betaln(alpha, beta))) for one in tests]}

    refute("a thousand times as many tests miss nearly as much", measure,
           lambda missed: missed[1] > 0.9 * missed[0], alpha=1 / 3, beta=3, tests=(1000, 10**6))  # fmt: skip
