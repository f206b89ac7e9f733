"""D07  The oracle: Poisson thinning gives the pass and the false-pass probability exactly.

Statement
    P_pass = P(no visible defect), reliability = P(no defect), P_false|pass = P(a defect is left, given a pass).

Assumptions
    The number of defects is Poisson with mean mu; the oracle sees each with probability r, independently; it passes
    iff it sees none.
"""

import numpy as np
from sympy import Dummy, Interval, Rational, Sum, binomial, exp, factorial, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
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

n = Dummy("n", integer=True, nonnegative=True)
i, j = Dummy("i", integer=True, nonnegative=True), Dummy("j", integer=True, nonnegative=True)
mu, r = generic(sym.mu), generic(sym.r)
poisson = exp(-mu) * mu**n / factorial(n)


def probability_of_a_pass():
    step("Sum over the number of defects: n are there, and the oracle sees none of them.", poisson * (1 - r) ** n)
    return simplify(Sum(poisson * (1 - r) ** n, (n, 0, oo)).doit())


@proved(
    "P_pass is the probability that the oracle sees no defect.",
    about="pass_probability",
    holds=lambda at: close(at.pass_probability, np.exp(-at.r * at.mu)),
)
def claim_pass(model):
    assert_identity(generic(model[sym.pass_probability].expr), probability_of_a_pass(), "the sum is P_pass")


@proved(
    "The reliability is the probability that no defect is left.",
    about="reliability",
    holds=lambda at: close(at.reliability, np.exp(-at.mu)),
)
def claim_reliability(model):
    assert_identity(generic(model[sym.reliability].expr), poisson.subs(n, 0), "the first term of the Poisson law")


@argued(
    "P_false|pass is exact: the probability that a defect is left, given a pass.",
    about="false_pass_probability",
    holds=lambda at: close(
        (1 - at.false_pass_probability) * np.exp(-at.r * at.mu), np.exp(-at.mu), scale=np.exp(-at.r * at.mu)
    ),
)
def claim_false_pass(model):
    argue("No defect implies a pass, so P(no defect | pass) = P(no defect)/P(pass).")
    clean = poisson.subs(n, 0) / probability_of_a_pass()
    assert_identity(generic(model[sym.false_pass_probability].expr), 1 - clean, "its complement is P_false|pass")


@proved(
    "Visible and hidden defects are independent Poisson numbers, so a pass says nothing about the hidden ones.",
    about="pass_probability false_pass_probability",
    holds=lambda at: close(at.pass_probability * (1 - at.false_pass_probability), np.exp(-at.mu), at.pass_probability),
)
def claim_independence(model):
    joint = (poisson * binomial(n, i) * r**i * (1 - r) ** (n - i)).subs(n, i + j)
    product = exp(-r * mu) * (r * mu) ** i / factorial(i) * exp(-(1 - r) * mu) * ((1 - r) * mu) ** j / factorial(j)
    step("P(i visible and j hidden defects):", joint)
    assert_identity(simplify((joint / product).rewrite(factorial)), 1, "and for all i and j")
    hidden_clean = product.subs({i: 0, j: 0})
    ours = generic(model[sym.pass_probability].expr * (1 - model[sym.false_pass_probability].expr))
    assert_identity(ours, hidden_clean, "P_pass (1 - P_false|pass) = P(no defect)")


@proved(
    "Passing is at least as likely as being clean; a finer oracle lowers the pass and the false-pass probability.",
    about="pass_probability false_pass_probability reliability",
    where="mu > 0, 0 < r < 1",
    holds=lambda at: (
        at_most(at.reliability, at.pass_probability)
        & at_most(at.moved(r=(1 + at.r) / 2).pass_probability, at.pass_probability)
        & at_most(at.moved(r=(1 + at.r) / 2).false_pass_probability, at.false_pass_probability)
        & at_most(at.false_pass_probability, at.moved(mu=2 * at.mu).false_pass_probability)
        & (at.reliability > 0)
    ),
)
def claim_signs(model):
    names = (sym.pass_probability, sym.reliability, sym.false_pass_probability)
    passing, clean, false = (generic(model[name].expr) for name in names)
    gap = simplify(log(passing) - log(clean))
    assert_nonnegative(gap, "ln P_pass >= ln R: the pass probability flatters")
    assert_positive(-passing.diff(r), "a finer oracle passes less often")
    assert_positive(-false.diff(r), "and is wrong less often when it passes")
    coarse = {r: Interval.open(0, 1)}
    assert_positive(false.diff(mu), "more defects mean more false passes", coarse)


@refuted(
    "The article's approximation sign is needed: P_false|pass only approximates its formula.",
    about="false_pass_probability",
    remark="Poisson number of defects",
    constants="any",
)
def claim_approximately(model):
    conditional = 1 - poisson.subs(n, 0) / probability_of_a_pass()
    formula = generic(model[sym.false_pass_probability].expr)
    assert_identity(formula, conditional, "the formula and the conditional probability, everywhere")

    def measure(**settings):
        at = {mu: Rational(settings["mu"]), r: Rational(str(settings["r"]))}
        return {"difference": float(abs(formula.subs(at) - conditional.subs(at)))}

    refute("the two differ", measure, lambda difference: difference > 0, mu=3, r=0.8)


@refuted(
    "The formula is exact for any number of defects with mean mu.",
    about="false_pass_probability",
    remark="a fixed number of defects",
    constants="any",
)
def claim_fixed_number_of_defects(model):
    step("Exactly one defect, r = 4/5: a pass proves that it is hidden, so P_false|pass = 1.")

    def measure(**settings):
        formula = generic(model[sym.false_pass_probability].expr)
        return {"formula": float(formula.subs({mu: settings["mu"], r: settings["r"]})), "true": 1.0}

    refute("it is exact for exactly one defect", measure, lambda formula, true: abs(formula - true) < 1e-9, mu=1, r=0.8)
