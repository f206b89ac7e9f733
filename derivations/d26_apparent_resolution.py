"""D26  Heterogeneity alone makes the tests seem finer where the mass is larger.

Statement
    The apparent resolution ln P_pass/ln R = ln L(r)/ln L(1) rises with the scale theta of the mass from r to 1.

Assumptions
    Gamma distributed mass (D25); one resolution r for all defects.
"""

from sympy import Dummy, Interval, Rational, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    assert_identity,
    assert_limit,
    assert_positive,
    generic,
    proved,
    refute,
    refuted,
    step,
)

theta, k = Dummy("theta", positive=True), Dummy("k", positive=True)
mu, r = generic(sym.mu), generic(sym.r)


def apparent(model):
    """ln P_pass/ln R of a gamma mass, with the exponents that the model's formulas have."""
    speeds = [simplify(-log(generic(model[name].expr)) / mu) for name in (sym.pass_probability, sym.reliability)]
    visible, every = (-k * log(1 + theta * speed) for speed in speeds)
    return visible / every


@proved(
    "The apparent resolution rises strictly with theta.",
    about="pass_probability reliability",
    where="0 < r < 1, theta > 0, any k",
)
def claim_rises(model):
    seen = apparent(model)
    assert_identity(seen.diff(k), 0, "the shape cancels")
    phi = r * (1 + theta) * log(1 + theta) - (1 + r * theta) * log(1 + r * theta)
    positive = (1 + theta) * (1 + r * theta) * log(1 + theta) ** 2
    assert_identity(simplify(seen.diff(theta) * positive), phi, "its slope is phi over something positive, phi =")
    step("phi as a function of r:", phi)
    assert_identity(phi.subs(r, 0), 0, "phi is 0 at r = 0")
    assert_identity(phi.subs(r, 1), 0, "and at r = 1")
    assert_positive(-phi.diff(r, 2), "and concave between: it is positive", {r: Interval.open(0, 1)})


@proved(
    "It starts at r and tends to 1.",
    about="pass_probability reliability",
    where="r = 1/10, 7/10, 9/10",
)
def claim_limits(model):
    for share in (Rational(1, 10), Rational(7, 10), Rational(9, 10)):
        seen = apparent(model).subs(r, share)
        assert_limit(seen, theta, 0, share, f"theta -> 0: r = {share}")
        assert_limit(seen, theta, oo, 1, "theta -> oo: 1")


@refuted(
    "A lower apparent resolution of strong models than of weak ones shows that their defects hide better.",
    about="pass_probability reliability",
    where="r = 7/10, theta = 1/2 and 20",
    constants="any",
)
def claim_hides_better(model):
    seen = apparent(model).subs(r, Rational(7, 10))
    strong, weak = (float(seen.subs(theta, scale)) for scale in (Rational(1, 2), 20))
    refute("both would show the resolution that both have", max(abs(strong - 0.7), abs(weak - 0.7)) < 0.02,
           strong=strong, weak=weak, resolution_of_both=0.7)  # fmt: skip
