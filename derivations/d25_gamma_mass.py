"""D25  A mass that differs from task to task: everything goes through one Laplace transform.

Statement
    With mu ~ Gamma(shape k, scale theta), L(u) = E exp(-u mu) = (1 + theta u)^(-k); the cells of the law of repairs are
    probabilities, and tasks that still fail are heavier the longer they have failed.

Assumptions
    The number of defects of a task is Poisson with its mass; masses are Gamma distributed; D07 for one mass.
"""

from itertools import pairwise

import numpy as np
from sympy import Dummy, Integer, exp, gamma, integrate, log, oo, simplify

from deltamu import symbols as sym
from deltamu.calibration import parameters as par
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.spread import SCALE, exponent
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
    step,
)
from deltamu.simulation.population import gamma_nodes

k, theta, u, v, m, c, x = (Dummy(name, positive=True) for name in ("k", "theta", "u", "v", "m", "c", "x"))
mu, r = generic(sym.mu), generic(sym.r)
L = (1 + theta * u) ** (-k)
LAST = 3  # repairs up to which the cells are written out


def spread_of(at):
    """Shape and scale of a Gamma mass, which no model has: 0.3 + w_generate and 0.1 + b of the point."""
    return 0.3 + np.minimum(at.w_generate, 30), 0.1 + np.minimum(at.b, 30)


def masses_of(at):
    """Masses and weights for means over it, however small these are."""
    return gamma_nodes(*spread_of(at), number=512, lightest=1e-300)


def law_at(at, last, eta=0, **given):
    """The package's law of repairs: lambda is a1, d is decay, false alarms gamma, spec gap rho, r that of the point."""
    shape, scale = spread_of(at)
    chosen = {"m": shape * np.log1p(scale), "c": 1 / shape, "r": at.r, "lambda_": at.a1, "d": at.decay,
              "eps": at.gamma, "gap": at.rho}  # fmt: skip
    return Values(repair(last, "gamma", eta).model, chosen | given)


def cells(at, eta=0):
    """All that a task can do in the law of repairs, along a first axis."""
    law, outcomes = law_at(at, LAST, eta), repair(LAST, "gamma", eta).outcomes
    passes = [outcomes[4 * t + i] for t in range(LAST + 1) for i in (0, 1)]
    return np.stack(np.broadcast_arrays(*(law[one.name] for one in (*passes, *outcomes[-2:]))))


def transform_is_the_mean(at):
    """The package's L(u), a visible pass at once at resolution u = mu, against quadrature over Gamma masses."""
    masses, weights = masses_of(at)
    return close(law_at(at, 0, r=at.mu, eps=0.0).passed_0, (weights * np.exp(-at.mu * masses)).sum(axis=0))


def averages_are_the_cells(at):
    masses, weights = masses_of(at)
    law, tasks = law_at(at, 0, eps=0.0, gap=0.0), at.moved(mu=masses)
    return close((weights * tasks.pass_probability).sum(axis=0), law.passed_0) & close(
        (weights * tasks.reliability).sum(axis=0), law.pass_right_0
    )


def narrow_is_one_mass(at):
    """At c = 1e-6/(1 + m): off by c m^2 (u + u^2) at most, with m = mu, u = b."""
    c_ = 1e-6 / (1 + at.mu)
    slow, mass = law_at(at, 0, m=at.mu, c=c_, r=at.b).E_0, at.mu * at.b
    at_one = law_at(at, 0, m=at.mu, c=1 / spread_of(at)[0], r=1.0).E_0
    return (np.abs(slow - mass) <= c_ * (at.mu**2 * at.b + mass**2) + 1e-9 * mass) & close(at_one, at.mu)


def cells_sum_to_one(at):
    return close(cells(at).sum(axis=0), 1) & close(cells(at, eta=1).sum(axis=0), 1)


def cells_are_nonnegative(at):
    return (np.minimum(cells(at), cells(at, eta=1)) >= -1e-12).all(axis=0)


def failing_tasks_are_heavier(at):
    """The mean mass after 0..5 failures; where nearly all tasks fail anyway the rise is lost in rounding."""
    masses, weights = gamma_nodes(*spread_of(at))
    fails = 1 - at.moved(mu=masses).pass_probability
    means = [(weights * masses * fails**n).sum(axis=0) / (weights * fails**n).sum(axis=0) for n in range(6)]
    return np.all([at_most(before, after) for before, after in pairwise(means)], axis=0)


@proved(
    "The mean of exp(-u mu) over tasks is (1 + theta u)^(-k).",
    remark="k, theta > 0, u >= 0",
    holds=transform_is_the_mean,
)
def claim_transform(model):
    density = mu ** (k - 1) * exp(-mu / theta) / (gamma(k) * theta**k)
    step("The density of the mass:", density)
    assert_identity(integrate(density, (mu, 0, oo)), 1, "it is one")
    assert_identity(simplify(integrate(density * exp(-u * mu), (mu, 0, oo))), L, "E exp(-u mu) = L(u)")


@proved(
    "Averaged over tasks, P_pass is L(r) and the reliability L(1): the cells of the first attempt.",
    about="pass_probability reliability",
    where="0 < r < 1",
    holds=averages_are_the_cells,
)
def claim_first_attempt(model):
    law = repair(0)
    for name, cells in ((sym.pass_probability, (0, 1)), (sym.reliability, (0,))):
        speed = simplify(-log(generic(model[name].expr)) / mu)
        step(f"{name} = exp(-u mu) with u =", speed)
        cell = sum((law.model.expand(law.outcomes[i]) for i in cells), Integer(0)).subs({par.eps: 0, par.gap: 0})
        cell = cell.xreplace({par.r: r, par.c: c, par.m: m}).rewrite(exp).rewrite(log)
        ours = (1 + theta * speed) ** (-1 / c)
        assert_identity(simplify(cell), simplify(ours.subs(theta, exp(c * m) - 1)), "the law's cells are its mean")


@proved(
    "Without dispersion the law is the article's: -ln L(u) -> u m, at one mass m.",
    remark="m > 0, u > 0, c -> 0",
    holds=narrow_is_one_mass,
)
def claim_one_mass(model):
    narrow = exponent(u).xreplace({par.theta: SCALE.expr}).xreplace({par.c: c, par.m: m}).rewrite(log).rewrite(exp)
    step("In m = -ln L(1) and c = 1/k, -ln L(u) is", narrow)
    assert_identity(simplify(narrow.subs(u, 1)), m, "L(1) = exp(-m) for every c")
    assert_limit(narrow, c, 0, u * m, "one mass")
    assert_identity(exponent(u, "none").xreplace({par.m: m}), u * m, "as the law without spread says")


@proved(
    "The cells of the law of repairs sum to one.",
    remark="three repairs, any false alarm and spec gap",
    holds=cells_sum_to_one,
)
def claim_cells_sum_to_one(model):
    for eta in (0, 1):
        law = repair(LAST, "gamma", eta)
        passes = [law.outcomes[4 * t + i] for t in range(LAST + 1) for i in (0, 1)]
        total = sum((law.model[s].expr for s in (*passes, *law.outcomes[-2:])), Integer(0))
        for t in reversed(range(LAST + 1)):
            for name in (f"pass_right_{t}", f"stop_right_{t}", f"alive_{t}", f"passed_{t}"):
                total = total.subs(law.model[name].symbol, law.model[name].expr)
        assert_identity(total, 1, f"all that a task can do, hidden defects repaired: {bool(eta)}")


@argued(
    "The cells of the law of repairs are nowhere negative: L falls and is convex, and survival falls.",
    remark="k, theta > 0, three repairs, any false alarm and spec gap",
    holds=cells_are_nonnegative,
)
def claim_cells_are_nonnegative(model):
    assert_positive(-L.diff(u), "L falls")
    assert_positive(L.diff(u, 2), "and is convex")
    law = repair(LAST)
    speed = {par.lambda_: Dummy("lambda", positive=True), par.d: Dummy("d", positive=True)}
    worn = [Integer(0), *(-log(law.model.expand(f"survival_{t}").xreplace(speed)) for t in range(1, LAST + 1))]
    for t, (before, after) in enumerate(pairwise(worn), 1):
        assert_positive(simplify(after - before), f"-ln s rises from {t - 1} to {t}: s falls")
    argue(
        "So a visible pass, L(r s_t) - L(r s_{t-1}), is not negative, and with a hidden mass h >= 0 added to both "
        "arguments the increment is no larger: a right pass is no likelier than a pass. Those who never pass are at "
        "least the share eps of false alarms, of which the right ones are a part."
    )


@argued(
    "Tasks that still fail are heavier than all: where attempts are alike, the mean mass rises with every failure.",
    about="pass_probability",
    where="r > 0",
    remark="fresh attempts at the same mass",
    holds=failing_tasks_are_heavier,
)
def claim_selection(model):
    fails = 1 - generic(model[sym.pass_probability].expr)
    assert_positive(fails.diff(mu), "a heavier task fails more often")
    w1, w2, q1, q2, m1, m2 = (Dummy(name, positive=True) for name in ("w1", "w2", "q1", "q2", "m1", "m2"))
    before = (w1 * m1 + w2 * m2) / (w1 + w2)
    after = (w1 * q1 * m1 + w2 * q2 * m2) / (w1 * q1 + w2 * q2)
    step("Of two tasks with weights w, masses m and chances q to fail once more, the mean mass gains", after - before)
    gain = w1 * w2 * (m1 - m2) * (q1 - q2) / ((w1 + w2) * (w1 * q1 + w2 * q2))
    assert_identity(after - before, gain, "which is positive where the heavier one fails more often")
    argue("Over all tasks the gain is a positive multiple of the mean of (m1 - m2)(q1 - q2) over pairs (Chebyshev).")


@refuted(
    "More failures say nothing of a task: the next attempt passes as often as the first.",
    about="pass_probability",
    remark="k = 1/2, theta = 2, r = 4/5",
    constants="any",
)
def claim_memoryless(model):
    def measure(k, theta, r):
        speed = simplify(-log(generic(model[sym.pass_probability].expr)) / mu).subs(generic(sym.r), r)
        first, both = (float((1 + theta * time * speed) ** (-k)) for time in (1, 2))
        return {"first": first, "after_one_failure": (first - both) / (1 - first)}

    refute("the two are within .01", measure, lambda first, after_one_failure: abs(first - after_one_failure) < 0.01,
           k=0.5, theta=2, r=0.8)  # fmt: skip
