"""D30  Resolution from the number of tests: a Beta law of detection.

Statement
    If each test finds a defect with that defect's probability q ~ Beta(alpha, beta), m tests find it with probability
    r(m) = 1 - B(alpha, beta + m)/B(alpha, beta), which rises with m, ever more slowly.

Assumptions
    Tests are alike and independent given the defect; defects are Poisson and thinned independently (D07).
"""

import numpy as np
from scipy.special import betaln
from sympy import Dummy, Rational, beta, exp, gamma, gammasimp, log, loggamma, oo, simplify

from deltamu.calibration.laws.detectability import BETA, easy, resolution, tests
from deltamu.claims import assert_identity, assert_limit, assert_positive, proved, refute, refuted, step

a, b, m, q = (Dummy(name, positive=True) for name in ("alpha", "beta", "m", "q"))
missed = gamma(b + m) * gamma(a + b) / (gamma(a + b + m) * gamma(b))


def law_of(number):
    """The package's resolution of a number of tests, in gamma functions."""
    lines = resolution(tests, "r")
    found = lines[-1].expr
    for line in reversed(lines[:-1]):
        found = found.xreplace({line.symbol: line.expr})
    found = found.rewrite(exp).replace(loggamma, lambda x: log(gamma(x)))
    return simplify(found.xreplace({easy: a, BETA.symbol: b, tests: number}))


@proved("The chance that m tests all miss a defect is B(alpha, beta + m)/B(alpha, beta).", remark="alpha, beta > 0")
def claim_integral(model):
    density = q ** (a - 1) * (1 - q) ** (b - 1)
    assert_identity((1 - q) ** m * density, density.subs(b, b + m), "times (1 - q)^m: a Beta density with beta + m")
    step("so E (1 - q)^m is the quotient of their integrals, B(alpha, beta + m) and B(alpha, beta).")
    quotient = (beta(a, b + m) / beta(a, b)).rewrite(gamma)
    assert_identity(gammasimp(quotient), gammasimp(missed), "in gamma functions")


@proved("The package's law is this.", remark="alpha, beta > 0")
def claim_law(model):
    for number in range(4):
        assert_identity(gammasimp(1 - law_of(number)), gammasimp(missed.subs(m, number)), f"{number} tests miss")


@proved("Each test more finds more, and less than the one before.", remark="alpha, beta > 0, m >= 0")
def claim_diminishing(model):
    ratio = gammasimp(missed.subs(m, m + 1) / missed)
    assert_identity(ratio, (b + m) / (a + b + m), "one test more leaves this share of what was missed")
    assert_positive(1 - ratio, "less than all: r rises")
    first, second = 1 - ratio, ratio * (1 - ratio.subs(m, m + 1))
    assert_positive(simplify(first - second), "and gains less each time")


@refuted("Enough tests of one kind find all but a fixed share of defects.", remark="alpha = 1/3, beta = 3",
         constants="any")  # fmt: skip
def claim_floor(model):
    ratio = gammasimp((missed.subs(m, m + 1) / missed).subs({a: Rational(1, 3), b: 3}))
    assert_limit((1 - ratio) * m, m, oo, Rational(1, 3), "what is missed falls as m^(-alpha): to 0")
    thousand, million = (float(np.exp(betaln(1 / 3, 3 + n) - betaln(1 / 3, 3))) for n in (1000, 10**6))
    refute("a share stays", million > 0.9 * thousand, missed_of_1000=thousand, missed_of_million=million)
