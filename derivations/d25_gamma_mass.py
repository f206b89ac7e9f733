"""D25  A mass that differs from task to task: everything goes through one Laplace transform.

Statement
    With mu ~ Gamma(shape k, scale theta), L(u) = E exp(-u mu) = (1 + theta u)^(-k); the cells of the law of repairs are
    probabilities, and tasks that still fail are heavier the longer they have failed.

Assumptions
    The number of defects of a task is Poisson with its mass; masses are gamma distributed; D07 for one mass.
"""

from sympy import Dummy, Integer, Rational, exp, gamma, integrate, log, oo, simplify

from deltamu import symbols as sym
from deltamu.calibration import parameters as par
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.spread import SCALE, exponent
from deltamu.claims import assert_identity, assert_limit, assert_positive, generic, proved, refute, refuted, step

k, theta, u, v, m, c, x = (Dummy(name, positive=True) for name in ("k", "theta", "u", "v", "m", "c", "x"))
mu, r = generic(sym.mu), generic(sym.r)
L = (1 + theta * u) ** (-k)
LAST = 3  # attempts up to which the cells are written out


@proved("The mean of exp(-u mu) over tasks is (1 + theta u)^(-k).", where="k, theta > 0, u >= 0")
def claim_transform(model):
    density = mu ** (k - 1) * exp(-mu / theta) / (gamma(k) * theta**k)
    step("The density of the mass:", density)
    assert_identity(integrate(x ** (k - 1) * exp(-x), (x, 0, oo)), gamma(k), "Euler's integral")
    scaled = (x / v) ** (k - 1) * exp(-x) / v  # mu = x/v
    assert_identity(simplify(scaled / (x ** (k - 1) * exp(-x))), v ** (-k), "mu = x/v takes a factor v^(-k) out of it")
    step("So the integral of mu^(k-1) exp(-v mu) is Gamma(k) v^(-k), here with v = u + 1/theta.")
    mean = gamma(k) * (u + 1 / theta) ** (-k) / (gamma(k) * theta**k)
    assert_identity(mean, L, "E exp(-u mu) = L(u)")


@proved(
    "Averaged over tasks, P_pass is L(r) and the reliability L(1): the cells of the first attempt.",
    about="pass_probability reliability",
    where="0 < r < 1",
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


@proved("Without dispersion the law is the article's: -ln L(u) -> u m, at one mass m.", where="m > 0, u >= 0")
def claim_one_mass(model):
    narrow = exponent(u).xreplace({par.theta: SCALE.expr}).xreplace({par.c: c, par.m: m}).rewrite(log).rewrite(exp)
    step("In m = -ln L(1) and c = 1/k, -ln L(u) is", narrow)
    assert_identity(simplify(narrow.subs(u, 1)), m, "L(1) = exp(-m) for every c")
    assert_limit(narrow, c, 0, u * m, "one mass")
    assert_identity(exponent(u, "none").xreplace({par.m: m}), u * m, "as the law without spread says")


@proved("The cells of the law of repairs sum to one.", where="up to three repairs, any false alarm and spec gap")
def claim_cells_sum_to_one(model):
    for eta in (0, 1):
        law = repair(LAST, "gamma", eta)
        passes = [law.outcomes[4 * t + i] for t in range(LAST + 1) for i in (0, 1)]
        total = sum((law.model[s].expr for s in (*passes, *law.outcomes[-2:])), Integer(0))
        for t in reversed(range(LAST + 1)):
            for name in (f"pass_right_{t}", f"stop_right_{t}", f"alive_{t}", f"passed_{t}"):
                total = total.subs(law.model[name].symbol, law.model[name].expr)
        assert_identity(total, 1, f"all that a task can do, hidden defects repaired: {bool(eta)}")


@proved("The cells are nowhere negative: L falls and is convex, and survival falls.", where="k, theta > 0, u >= 0")
def claim_cells_are_nonnegative(model):
    assert_positive(-L.diff(u), "L falls: a visible pass at t is L(r s_t) - L(r s_{t-1}) >= 0 since s falls")
    assert_positive(L.diff(u, 2), "and is convex: its increments shrink as a hidden mass h >= 0 is added")
    slope = Dummy("slope", negative=True)
    step(
        "So 0 <= L(r s_t + h) - L(r s_{t-1} + h) <= L(r s_t) - L(r s_{t-1}), and a right pass is no more than a pass.",
        slope,
    )
    law = repair(2)
    speed = {par.lambda_: Dummy("lambda", positive=True), par.d: Dummy("d", positive=True)}
    for t in (1, 2):
        after, before = (-log(law.model.expand(f"survival_{s}").xreplace(speed)) for s in (t, t - 1))
        assert_positive(simplify(after - before), f"-ln s rises from {t - 1} to {t}")


@proved(
    "Tasks that still fail are heavier than all: where attempts are alike, the mean mass rises with every failure.",
    about="pass_probability",
    where="lambda = 0: fresh attempts at the same mass",
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
    step("and over all tasks it is half the mean of this over pairs (Chebyshev's inequality).")


@refuted(
    "More failures say nothing of a task: the next attempt passes as often as the first.",
    about="pass_probability",
    where="k = 1/2, theta = 2, r = 4/5",
    constants="any",
)
def claim_memoryless(model):
    at = {k: Rational(1, 2), theta: 2}
    speed = simplify(-log(generic(model[sym.pass_probability].expr)) / mu).subs(r, Rational(4, 5))
    first = float(L.subs(at).subs(u, speed))
    second = (first - float(L.subs(at).subs(u, 2 * speed))) / (1 - first)
    refute("it does", abs(first - second) < 0.01, first=first, after_one_failure=second)
