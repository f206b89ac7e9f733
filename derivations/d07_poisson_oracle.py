"""D07  The oracle: Poisson thinning gives the pass and the false-pass probability exactly.

Statement
    P_pass = P(no visible defect), reliability = P(no defect), P_false|pass = P(a defect is left, given a pass).

Assumptions
    The number of defects is Poisson with mean mu; the oracle sees each with probability r, independently; it passes
    iff it sees none.
"""

from sympy import Dummy, Interval, Rational, Sum, binomial, exp, factorial, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import assert_identity, assert_nonnegative, assert_positive, generic, proved, refute, refuted, step

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
)
def claim_pass(model):
    assert_identity(generic(model[sym.pass_probability].expr), probability_of_a_pass(), "the sum is P_pass")


@proved(
    "The reliability is the probability that no defect is left.",
    about="reliability",
)
def claim_reliability(model):
    assert_identity(generic(model[sym.reliability].expr), poisson.subs(n, 0), "the first term of the Poisson law")


@proved(
    "P_false|pass is exact: the probability that a defect is left, given a pass.",
    about="false_pass_probability",
)
def claim_false_pass(model):
    step("No defect implies a pass, so P(no defect | pass) = P(no defect)/P(pass).")
    clean = poisson.subs(n, 0) / probability_of_a_pass()
    assert_identity(generic(model[sym.false_pass_probability].expr), 1 - clean, "its complement is P_false|pass")


@proved(
    "Visible and hidden defects are independent Poisson numbers, so a pass says nothing about the hidden ones.",
    about="pass_probability false_pass_probability",
)
def claim_independence(model):
    joint = (poisson * binomial(n, i) * r**i * (1 - r) ** (n - i)).subs(n, i + j)
    product = exp(-r * mu) * (r * mu) ** i / factorial(i) * exp(-(1 - r) * mu) * ((1 - r) * mu) ** j / factorial(j)
    step("P(i visible and j hidden defects):", joint)
    for visible in range(3):
        for hidden in range(3):
            at = {i: visible, j: hidden}
            assert_identity(joint.subs(at), product.subs(at), f"it factors at i = {visible}, j = {hidden}")
    assert_identity(simplify((joint / product).rewrite(factorial)), 1, "and for all i and j")
    hidden_clean = product.subs({i: 0, j: 0})
    ours = generic(model[sym.pass_probability].expr * (1 - model[sym.false_pass_probability].expr))
    assert_identity(ours, hidden_clean, "P_pass (1 - P_false|pass) = P(no defect)")


@proved(
    "Passing is more likely than being clean; a finer oracle lowers both errors.",
    about="pass_probability false_pass_probability reliability",
    remark="mu > 0, 0 < r < 1",
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
    at = {mu: Rational(3), r: Rational(4, 5)}
    exact = 1 - (poisson.subs(n, 0) / probability_of_a_pass()).subs(at)
    ours = generic(model[sym.false_pass_probability].expr).subs(at)
    assert_identity(ours, exact, "the formula and the conditional probability, exactly")
    refute("the two differ", ours != exact, mu=3, r=0.8, difference=float(abs(ours - exact)))


@refuted(
    "The formula is exact for any number of defects with mean mu.",
    about="false_pass_probability",
    remark="a fixed number of defects",
    constants="any",
)
def claim_fixed_number_of_defects(model):
    step("Exactly one defect, r = 4/5: a pass proves that it is hidden, so P_false|pass = 1.")
    ours = float(generic(model[sym.false_pass_probability].expr).subs({mu: 1, r: Rational(4, 5)}))
    refute("it is exact for exactly one defect", abs(ours - 1) < 1e-9, defects=1, r=0.8, formula=ours, true=1)
