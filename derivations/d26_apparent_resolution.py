"""D26  Heterogeneity alone makes the tests seem finer where the mass is larger.

Statement
    With L(u) = (1 + theta u)^(-k), P_pass = L(r) and R = L(1), the apparent resolution ln P_pass/ln R rises with the
    scale theta of the mass from r to 1.

Assumptions
    Gamma distributed mass of shape k and scale theta (D25); one resolution r for all defects.
"""

import numpy as np
from sympy import Dummy, Interval, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    at_most,
    generic,
    proved,
    refute,
    refuted,
    step,
)
from deltamu.simulation.population import gamma_nodes

theta, k = Dummy("theta", positive=True), Dummy("k", positive=True)
mu, r = generic(sym.mu), generic(sym.r)


def seen_at(at, scale):
    """The apparent resolution by quadrature over Gamma masses of a scale, of shape 0.3 + w_generate."""
    masses, weights = gamma_nodes(0.3 + np.minimum(at.w_generate, 5), scale)
    tasks = at.moved(mu=masses)
    visible, every = ((weights * chance).sum(axis=0) for chance in (tasks.pass_probability, tasks.reliability))
    return np.log(visible) / np.log(every)


def rises_with_scale(at):
    """From theta = 0.1 + b to 1.5 times that, up to theta = 50."""
    scale = 0.1 + np.minimum(at.b, 30)
    return at_most(seen_at(at, scale), seen_at(at, 1.5 * scale)) & at_most(at.r, seen_at(at, scale))


def starts_at_r_and_tends_to_one(at):
    """Between r and r + theta where theta is small, within -ln r/ln(1 + theta) of 1 where it is large."""
    at_start = np.abs(seen_at(at, 1e-3 + 0 * at.r) - at.r) <= 1e-3
    short = [at_most(1 - seen_at(at, scale + 0 * at.r), -np.log(at.r) / np.log1p(scale), 1) for scale in (1e3, 1e8)]
    return at_start & np.all(short, axis=0)


def apparent(model):
    """ln P_pass/ln R of a Gamma mass, with the exponents that the model's formulas have."""
    speeds = [simplify(-log(generic(model[name].expr)) / mu) for name in (sym.pass_probability, sym.reliability)]
    visible, every = (-k * log(1 + theta * speed) for speed in speeds)
    return visible / every


@argued(
    "The apparent resolution rises strictly with theta.",
    about="pass_probability reliability",
    where="0 < r < 1",
    remark="theta > 0, any k",
    holds=rises_with_scale,
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
    assert_positive(-phi.diff(r, 2), "and strictly concave in r between", {r: Interval.open(0, 1)})
    argue("A strictly concave function that is 0 at both ends of an interval is positive inside.")


@proved(
    "It starts at r and tends to 1.",
    about="pass_probability reliability",
    where="0 < r < 1",
    remark="theta -> 0, theta -> oo",
    holds=starts_at_r_and_tends_to_one,
)
def claim_limits(model):
    seen = apparent(model)
    assert_limit(seen, theta, 0, r, "theta -> 0: r")
    assert_limit(seen, theta, oo, 1, "theta -> oo: 1")


@refuted(
    "A lower apparent resolution of strong models than of weak ones shows that their defects hide better.",
    about="pass_probability reliability",
    remark="r = 7/10, theta = 1/2 and 20",
    constants="any",
)
def claim_hides_better(model):
    def measure(resolution, scale_of_strong, scale_of_weak):
        seen = apparent(model).subs(r, resolution)
        strong, weak = (float(seen.subs(theta, scale)) for scale in (scale_of_strong, scale_of_weak))
        return {"strong": strong, "weak": weak}

    refute("two that differ in mass alone look alike", measure, lambda strong, weak: abs(strong - weak) < 0.02,
           resolution=0.7, scale_of_strong=0.5, scale_of_weak=20)  # fmt: skip
