"""D10  The radius: without overreach larger is never worse; overreach gives the trust region something to manage.

Statement
    With c = 0 and an intensity that is not negative, E/delta does not fall with delta, so a larger radius never lowers
    the published gain.  With c > 0 the gain ends at some radius and the completed move's acceptance tends to 0: it
    falls, rises and falls at most, and its valley is at most 0.001 deep.

Assumptions
    mu_Delta and sigma_Delta scale with the radius as in D02; everything else is fixed.
"""

import numpy as np
from sympy import Dummy, Interval, Rational, Symbol, exp, log, oo, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    at_most,
    generic,
    proved,
    refute,
    refuted,
    step,
)

z = Symbol("z", nonnegative=True)
i = Symbol("i", positive=True)
delta, mu, N_eff = sym.delta, generic(sym.mu), generic(sym.N_eff)
# y = sqrt(N_eff) sigma_Delta/sigma_r, u = lambda, rho = r (1 - v), and mu_Delta/sigma_Delta = a - C y
y, u, rho, C = (Dummy(name, positive=True) for name in ("y", "u", "rho", "C"))
a = Dummy("a", real=True)
OVER_M = (4, 4.2)  # bounds of the threshold over m at the defaults
VARIES = "r > 0, mu > 0, N > 0, sigma_r > 0, s0 > 0, kappa1*H < 1"


def far_out(at, spreads=0.0):
    """A radius at which the harm exceeds all benefit and selection, and so many spreads besides."""
    most = at.a1 + (np.abs(at.selection_intensity) + spreads) * at.s0 + 1
    return at.moved(delta=2 * most / (at.a2 * (1 - at.kappa2 * at.H) * at.overreach))


def threshold_over_m_at(at):
    """i sqrt(N_eff) s0^2 (1 - kappa1 H)^2/(sigma_r a2 (1 - kappa2 H)) at each point."""
    spread = at.s0 * (1 - at.kappa1 * at.H)
    return at.selection_intensity * np.sqrt(at.N_eff) * spread**2 / (at.sigma_r * at.a2 * (1 - at.kappa2 * at.H))


def threshold_is_as_said_at_the_defaults(at):
    over_m = threshold_over_m_at(at.at_the_defaults())
    return (OVER_M[0] < over_m) & (over_m < OVER_M[1])


def turns_at_the_threshold(at):
    """The sign of the margin's slope at a small radius, where c is not close to the threshold."""
    spread = at.s0 * (1 - at.kappa1 * at.H)
    threshold = threshold_over_m_at(at) * at.mu / (at.mu + at.b)
    small = 1e-4 * np.minimum(1 / (1 + at.overreach), at.sigma_r / (np.sqrt(at.N_eff) * spread))
    near, far, farther = (at.moved(delta=small * factor).acceptance_margin for factor in (1, 2, 3))
    bend = np.abs(farther - 2 * far + near)
    unclear = (np.abs(far - near) <= 1e-10 * np.abs(near) + 4 * bend) | (
        np.abs(threshold - at.overreach) < 0.05 * (threshold + at.overreach))  # fmt: skip
    return unclear | ((far > near) == (threshold > at.overreach))


def along_the_radius(at):
    """Acceptance at 80 radii, up to where lambda is 1 and where harm exceeds all else."""
    spread = at.s0 * (1 - at.kappa1 * at.H) * np.sqrt(at.mu / (at.mu + at.b))
    turning_radius = at.sigma_r / (np.sqrt(at.N_eff) * spread)
    return at.moved(delta=np.geomspace(1e-3, 1e3, 80)[:, None] * turning_radius).acceptance


def falls_and_rises_again(A):
    """Whether a clear rise is followed by a clear fall, and that by a clear rise."""
    steps = np.diff(A, axis=0)
    rose = np.cumsum(steps > 1e-12, axis=0) > 0
    fell_after = np.cumsum((steps < -1e-12) & rose, axis=0) > 0
    return ((steps > 1e-12) & fell_after).any(axis=0)


def deepest_valley(A):
    """How far the acceptance lies below the highest before and the highest after, at most."""
    before, after = np.maximum.accumulate(A), np.maximum.accumulate(A[::-1])[::-1]
    return (np.minimum(before, after) - A).max(axis=0)


@argued(
    "Without overreach a larger radius never lowers the published gain.",
    about="expected_improvement score_accuracy sigma_Delta mu_Delta gain",
    of="published",
    where="overreach = 0, selection_intensity >= 0",
    holds=lambda at: at_most(2 * at.gain, at.moved(delta=2 * at.delta).gain, at.delta * (at.a1 + at.a2)),
)
def claim_larger_is_never_worse(model):
    inside = {sym.H: Interval.Ropen(0, 1)}
    s, m = Dummy("s", positive=True), Dummy("m", real=True)
    argue("Write mu_Delta = m delta and sigma_Delta = s delta (D02).")
    for symbol in (sym.mu_Delta, sym.sigma_Delta):
        right = generic(model[symbol].expr).subs(generic(sym.overreach), 0)
        assert_identity((right / delta).diff(delta), 0, f"{symbol}/delta does not depend on delta")
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_Delta), s * delta)
    scaled = {sym.mu_Delta: m * delta, sym.sigma_Delta: s * delta, sym.score_accuracy: accuracy}
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z).subs(scaled)
    assert_nonnegative((E / delta).expand().diff(delta).factor(), "E/delta does not fall with delta", inside)
    argue("So for k > 1 a positive E(delta) gives E(k delta) >= k E(delta) > E(delta).")


@refuted(
    "A larger radius never lowers the gain, whatever the overreach.",
    about="expected_improvement mu_Delta gain",
    of="published",
    remark="c = 1, defaults, mu = 2",
)
def claim_overreach_ends_that(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        at_half, at_four = evaluate("gain", model=model, **settings).gain.to_numpy()
        return {"gain_at_0_5": float(at_half), "gain_at_4": float(at_four)}

    refute("the gain does not fall", measure, lambda gain_at_0_5, gain_at_4: gain_at_4 >= gain_at_0_5,
           mu=2.0, delta=[0.5, 4.0], overreach=1.0)  # fmt: skip


@argued(
    "With overreach every radius beyond some bound does harm: E -> -oo as delta -> oo.",
    about="mu_Delta sigma_Delta expected_improvement",
    where="overreach > 0, a2 > 0, kappa2*H < 1",
    holds=lambda at: far_out(at).expected_improvement < 0,
)
def claim_harm_at_large_radius(model):
    argue("lambda <= 1 (D04), so E <= mu_Delta + z sigma_Delta for z >= 0; compare orders in delta.")
    bound = generic(model[sym.mu_Delta].expr) + z * generic(model[sym.sigma_Delta].expr)
    leading = (bound / delta**2).expand()
    share = Dummy("share", positive=True)
    limit = leading.limit(delta, oo).subs(generic(sym.H) * generic(sym.kappa2), share)
    assert_positive(-limit.subs(share, share / (1 + share)).simplify(), "the bound falls like -delta^2")


@argued(
    "With overreach the completed move's acceptance tends to 0 as the radius grows.",
    about="mu_Delta sigma_Delta acceptance acceptance_margin",
    of="gated",
    where="overreach > 0, a2 > 0, kappa2*H < 1, r > 0, mu > 0",
    holds=lambda at: far_out(at, 100 / np.sqrt(at.r)).acceptance < 1e-100,
)
def claim_acceptance_vanishes(model):
    ratio = generic(model[sym.mu_Delta].expr / model[sym.sigma_Delta].expr)
    slope = ratio.diff(delta, 2)
    assert_identity(slope, 0, "mu_Delta/sigma_Delta is a straight line in delta")
    share = Dummy("share", positive=True)
    falls = -ratio.diff(delta).simplify()
    for prior, kappa in ((generic(sym.H), generic(sym.kappa2)), (generic(sym.H), generic(sym.kappa1))):
        falls = falls.subs(kappa, share / (1 + share) / prior)
        share = Dummy("share", positive=True)
    assert_positive(falls.simplify(), "that falls")
    margin = generic(model[sym.acceptance_margin].expr)
    E, sigma, T = sym.expected_improvement, generic(sym.sigma_Delta), generic(sym.visible_spread)
    assert_identity(margin, sqrt(generic(sym.r)) * (E / sigma) / T, "x = sqrt(r) (mu_Delta/sigma_Delta + i lambda)/T")
    argue("i lambda lies between 0 and i, T between S and 1: x -> -oo with the line.")
    assert_identity(model[sym.acceptance].expr.subs(sym.acceptance_margin, -oo), 0, "Phi(-oo) = 0")


def threshold_over_m():
    """The overreach above which acceptance falls from delta = 0 on, over m = mu/(mu + b)."""
    s0, k1, k2, H, sigma_r, a2 = map(generic, (sym.s0, sym.kappa1, sym.kappa2, sym.H, sym.sigma_r, sym.a2))
    return i * sqrt(N_eff) * (s0 * (1 - k1 * H)) ** 2 / (sigma_r * a2 * (1 - k2 * H))


@argued(
    "Near delta = 0 the acceptance rises with the radius if c is below a threshold, and falls if c is above it.",
    about="mu_Delta sigma_Delta score_accuracy expected_improvement variance_reduction visible_spread "
    "acceptance_margin",
    of="gated",
    where="sigma_r > 0, a2 > 0, r > 0, mu > 0, N > 0, s0 > 0, kappa1*H < 1, kappa2*H < 1, K_eff > 1",
    remark="c not at the threshold",
    holds=turns_at_the_threshold,
)
def claim_threshold_of_overreach(model):
    spread = generic(model[sym.sigma_Delta].expr)
    ratio = generic(model[sym.mu_Delta].expr / model[sym.sigma_Delta].expr)
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_Delta), spread)
    reduction = generic(model[sym.variance_reduction].expr)
    argue("T is 1 at delta = 0 with slope 0, since it depends on lambda^2, and lambda is of order delta.")
    assert_identity(reduction.diff(generic(sym.score_accuracy)).subs(generic(sym.score_accuracy), 0), 0, "q' = 0")
    T = model[sym.visible_spread].expr
    assert_identity(T.subs(sym.variance_reduction, 0), 1, "T = 1 at q = 0")
    sigma, E = generic(sym.sigma_Delta), sym.expected_improvement
    margin = generic(model[sym.acceptance_margin].expr).subs(generic(sym.visible_spread), 1)
    assert_identity(margin, sqrt(generic(sym.r)) * E / sigma, "so x = sqrt(r) E/sigma_Delta up to second order")
    E_over_spread = (model[E].expr.subs(sym.selection_intensity, i) / sym.sigma_Delta).expand()
    assert_identity(E_over_spread, sym.mu_Delta / sym.sigma_Delta + i * sym.score_accuracy, "E/sigma_Delta")
    slope = ratio.diff(delta) + i * accuracy.diff(delta).subs(delta, 0)
    step("Its slope at delta = 0:", slope)
    c, m = generic(sym.overreach), mu / (mu + sym.b)
    s0, k1, k2, H, a2 = map(generic, (sym.s0, sym.kappa1, sym.kappa2, sym.H, sym.a2))
    threshold = threshold_over_m() * m
    scale = a2 * (1 - k2 * H) / (s0 * (1 - k1 * H) * sqrt(m))
    assert_identity(slope / scale, threshold - c, "the slope has the sign of threshold - c")


@argued(
    "Without overreach the acceptance of the completed move does not fall with the radius where E >= 0.",
    about=(
        "visible_spread variance_reduction score_accuracy acceptance acceptance_margin expected_improvement "
        "mu_Delta sigma_Delta"
    ),
    of="gated",
    where="overreach = 0, expected_improvement >= 0",
    holds=lambda at: at_most(at.acceptance, at.moved(delta=2 * at.delta).acceptance),
)
def claim_no_contraction_without_overreach(model):
    argue("x = sqrt(r) (m/s + i lambda)/T: lambda rises with delta (D04), and T falls as lambda rises.")
    accuracy = generic(sym.score_accuracy)
    T2 = generic(model[sym.visible_spread].expr) ** 2
    T2 = T2.subs(generic(sym.variance_reduction), generic(model[sym.variance_reduction].expr))
    assert_nonnegative(-T2.diff(accuracy), "T^2 does not rise with lambda")
    rises = generic(model[sym.score_accuracy].expr ** 2).diff(generic(sym.sigma_Delta))
    assert_positive(rises, "lambda rises with sigma_Delta, which is proportional to delta")
    margin, E, T = generic(model[sym.acceptance_margin].expr), sym.expected_improvement, generic(sym.visible_spread)
    ratio = (margin.subs(E, generic(sym.sigma_Delta) * i)).simplify()
    assert_positive(ratio.diff(i), "x rises with E/sigma_Delta, which is m/s + i lambda")
    assert_positive(-ratio.diff(T), "and falls as T rises, where E > 0")
    assert_identity(model[E].expr.diff(sym.score_accuracy), sym.selection_intensity * sym.sigma_Delta, "E")
    for symbol in (sym.mu_Delta, sym.sigma_Delta):
        right = generic(model[symbol].expr).subs(generic(sym.overreach), 0)
        assert_identity((right / delta).diff(delta), 0, f"{symbol}/delta does not depend on delta")
    A = model[sym.acceptance].expr
    assert_positive(A.diff(sym.acceptance_margin), "and A rises with x")


@proved(
    "At the defaults that threshold is between 4 m and 4.2 m.",
    about="N_eff K_eff selection_intensity",
    of="gated",
    where="",
    remark="defaults",
    constants="the article's",
    holds=threshold_is_as_said_at_the_defaults,
    rigorous=True,
)
def claim_threshold_at_the_defaults(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed

    primitive = threshold_over_m().subs({i: sym.selection_intensity, N_eff: sym.N_eff})
    over_m = enclosed(primitive.subs({generic(symbol): symbol for symbol in sym.PARAMETERS}), model=model)
    step(f"The threshold over m is {digits(over_m)}.")
    low, high = OVER_M
    assert_enclosed(over_m > low, f"the threshold is above {low} m")
    assert_enclosed(over_m < high, f"and below {high} m")


@refuted(
    "As the radius grows the completed move's acceptance falls, or rises and then falls.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="c just above the threshold, x > 0: q makes a second-order rise",
    constants="any: it needs c near the threshold",
)
def claim_one_peak(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        found = evaluate("acceptance", model=model, **settings).acceptance
        return dict(zip(("first", "valley", "peak", "last"), map(float, found), strict=True))

    refute(
        "it does not fall, rise and fall", measure,
        lambda first, valley, peak, last: not (first > valley + 1e-4 and peak > valley + 1e-4 and peak > last),
        delta=[0.003, 0.106, 0.307, 3.0], H=0.5, rho=0.41, r=0.91, gamma=0.62, overreach=3.0, mu=39.0, K=8, N=1,
    )  # fmt: skip


def by_accuracy(model):
    """The acceptance margin as a function of u = lambda and y, from the formulas."""
    spread, noise = generic(model[sym.sigma_Delta].expr), generic(sym.sigma_r)
    mean = generic(model[sym.mu_Delta].expr / model[sym.sigma_Delta].expr)
    assert_identity((spread / delta).diff(delta), 0, "sigma_Delta is proportional to the radius")
    assert_identity(mean.diff(delta, 2), 0, "mu_Delta/sigma_Delta is a straight line in it, so a - C y")
    odds = {symbol: Dummy(symbol.name, positive=True) for symbol in (sym.kappa1, sym.kappa2)}
    falls = -mean.diff(delta).simplify()
    for symbol, odd in odds.items():
        falls = falls.subs(generic(symbol), odd / (1 + odd) / generic(sym.H))
    assert_nonnegative(falls.simplify(), "and C >= 0")
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_Delta), y * noise / sqrt(N_eff))
    assert_identity(accuracy, y / sqrt(1 + y**2), "lambda")
    reduction = generic(model[sym.variance_reduction].expr).subs(generic(sym.score_accuracy), u)
    T = generic(model[sym.visible_spread].expr).subs(generic(sym.variance_reduction), reduction)
    T = T.subs(generic(sym.selection_variance), 1 - rho / generic(sym.r))
    assert_identity(T**2, 1 - rho * u**2, "T^2")
    sigma = generic(sym.sigma_Delta)
    E = model[sym.expected_improvement].expr.subs({sym.mu_Delta: sigma * (a - C * y), sym.sigma_Delta: sigma,
                                                   sym.score_accuracy: u, sym.selection_intensity: i})  # fmt: skip
    margin = generic(model[sym.acceptance_margin].expr).subs(sym.expected_improvement, E)
    return margin.subs(generic(sym.visible_spread), sqrt(1 - rho * u**2)).expand().factor()


def turning(u):
    """G(u): x rises with the radius where it exceeds C."""
    return (1 - u**2) ** Rational(3, 2) * (i + a * rho * u) / (1 - rho * u**4)


def concave(h, rho):
    """What is positive where G is log-concave, in h = u^2."""
    return 3 * (1 + h) * (1 - rho * h**2) ** 2 - 4 * rho * h * (3 + rho * h**2) * (1 - h) ** 2


@argued(
    "As the radius grows the completed move's acceptance falls, rises and falls at most: it has at most one valley, "
    "and at most one peak.",
    about="acceptance acceptance_margin expected_improvement visible_spread variance_reduction score_accuracy "
    "mu_Delta sigma_Delta",
    of="gated",
    where=VARIES,
    holds=lambda at: ~falls_and_rises_again(along_the_radius(at)),
)
def claim_one_valley(model):
    margin = by_accuracy(model)
    step("With y = sqrt(N_eff) sigma_Delta/sigma_r, u = lambda and rho = r (1 - v) the margin is", margin)
    assert_identity((y / sqrt(1 + y**2)).diff(y), (1 + y**2) ** Rational(-3, 2), "du/dy, which is (1 - u^2)^(3/2)")
    total = margin.diff(y) + margin.diff(u) * (1 - u**2) ** Rational(3, 2)
    slope = (1 - rho * u**4) * (turning(u) - C) / (1 - rho * u**2) ** Rational(3, 2)
    assert_identity((total / sqrt(generic(sym.r))).subs(y, u / sqrt(1 - u**2)), slope, "its slope over sqrt(r) is G - C"
                    " times (1 - rho u^4)/T^3, with G(u) = (1 - u^2)^(3/2) (i + a rho u)/(1 - rho u^4)")  # fmt: skip
    argue("So x rises where G(u) > C >= 0. With one candidate i, rho and G are 0 (D06).")
    argue("With more, the logarithm of G is concave where i + a rho u > 0:")
    h, odds, share = (Dummy(name, positive=True) for name in ("h", "odds", "share"))
    parts = Rational(3, 2) * log(1 - u**2) + log(i + a * rho * u) - log(1 - rho * u**4)
    assert_identity(exp(parts), turning(u), "G")
    bends = parts.diff(u, 2).together()
    known = -((a * rho / (i + a * rho * u)) ** 2) - concave(u**2, rho) / ((1 - u**2) * (1 - rho * u**4)) ** 2
    assert_identity(bends, known, "its second derivative")
    inside = {h: odds / (1 + odds), rho: share / (1 + share)}
    assert_positive(concave(h, rho).subs(inside).together().cancel(), "which is negative, for rho, u < 1")
    argue("i + a rho u is positive up to some u, or throughout; beyond G is not positive.")
    argue("So G > C holds on one interval: x falls, rises on it and falls again; so does A = Phi(x).")
    A = model[sym.acceptance].expr
    assert_positive(A.diff(sym.acceptance_margin), "as A rises with x")


@argued(
    "But for a valley of at most 0.001 the completed move's acceptance falls, or rises and then falls, as the radius "
    "grows.",
    about="acceptance acceptance_margin expected_improvement visible_spread variance_reduction score_accuracy "
    "mu_Delta sigma_Delta",
    of="gated",
    where=VARIES,
    holds=lambda at: deepest_valley(along_the_radius(at)) <= 1e-3,
    rigorous=True,
)
def claim_almost_one_peak(model):
    from deltamu.claims.rigorous import exact, prove_below
    from deltamu.claims.rigorous.balls import mean_of_the_maximum, variance_of_the_maximum
    from deltamu.claims.rigorous.optional import arb

    margin, r = by_accuracy(model), generic(sym.r)
    h, w, g, b = u**2, rho * u**2, Dummy("g", positive=True), Dummy("b", positive=True)
    argue("A valley at u1 asks for G(u1) = C >= i = G(0) and lies before the peak u of G (one_valley): G rises at 0.")
    assert_identity(turning(u).diff(u).subs(u, 0), a * rho, "its slope there: so a > 0")
    argue("x falls as C rises, and at C = G(u) it falls throughout: x(u1) is at least what it is there at u.")
    held = {y: u / sqrt(1 - u**2), C: turning(u)}
    held_at = sqrt(r) * (a + i * u**3) * sqrt(1 - w) / (1 - w * h)
    assert_identity(margin.subs(held), held_at, "x where G(u) = C")
    level = a * rho * g
    g_of = (1 - 4 * h + 3 * w * h) / (u * (3 - 4 * w + w * h))
    flat = log(turning(u)).diff(u).subs(i, level).subs(g, g_of)
    assert_identity(flat, 0, "the slope of G vanishes where i = a rho g")
    share = 3 * (1 - w) ** Rational(3, 2) / (3 - 4 * w + w * h)
    assert_identity(held_at.subs(i, level).subs(g, g_of), sqrt(r) * a * share, "x is M times what it is at u = 0 there")
    argue("So the depth is at most Phi(b) - Phi(b M), which is at most (1/M - 1) t phi(t), t = b M, as phi falls.")
    argue("t phi(t) rises up to t = 1 and falls beyond. With q = 1 - v b is sqrt(r) a = i/(sqrt(r) q g) >= i/(q g).")
    assert_identity(sqrt(r) * level.subs(rho, r * b) / (r * b * g), sqrt(r) * a, "as i = a rho g and rho = r q")
    argue("1/M rises with rho and M/g falls: both count most at the largest rho.")
    odds, part = Dummy("odds", positive=True), Dummy("share", positive=True)
    of_rho = -log(share).diff(rho) * 2 * (1 - w) * (3 - 4 * w + w * h) / h
    assert_identity(of_rho, 1 + 2 * h + w * h - 4 * w, "-(ln M)' is this over what is positive")
    bounded = {u: sqrt(odds / (1 + odds)), rho: part / (1 + part)}
    assert_positive((1 + 2 * h + w * h - 4 * w).subs(bounded).together().cancel(), "for u, rho < 1")
    ratio = 3 * u * (1 - w) ** Rational(3, 2) / (1 - 4 * h + 3 * w * h)
    assert_identity(share / g_of, ratio, "M/g, whose denominator is positive, as i > 0, and rises with rho")
    end = (1 - h) * (1 - 3 * h)
    assert_identity((1 - 4 * h + 3 * w * h).subs(rho, 1), end, "so that it asks for u^2 < 1/3")
    loss = w * (3 - 11 * w + 9 * w**2 + 6 * h - 8 * w * h + w * h**2) / (9 * (1 - w) ** 3)
    assert_identity(share**-2 - 1, loss, "1/M^2 - 1 = (1/M - 1) (1/M + 1)")

    argue("i and q rise with the candidates (D06): from k to k' of them rho <= q(k') and i/q >= i(k)/q(k').")
    means, shares = [], []
    for k in CANDIDATES:
        means.append(mean_of_the_maximum(exact(k)))
        shares.append(1 - variance_of_the_maximum(exact(k)))
    ranges = [(mean / most, most) for mean, most in zip(means, [*shares[1:], arb(1)], strict=True)]

    def deepest(at):
        return max((depth_below(at["u"], *one) for one in ranges), key=lambda ball: float(ball.upper()))

    bound = 0.001
    prove_below(deepest, bound, {"u": (0.0, 0.578)}, f"(1/M - 1) t phi(t) < {bound}")
    return {"deepest_valley": bound}


# Effective candidates between which the depth is bounded at once.
CANDIDATES = ("1", "1.1", "1.25", "1.5", "1.75", "2", "2.4", "2.8", "3.2", "3.6", "4", "4.5", "5", "6", "7", "8", "10",
              "13", "17", "25", "40", "80", "200", "1000")  # fmt: skip


def depth_below(at_u, ratio, most):
    """A ball around (1/M - 1) t phi(t) where rho = most and t is at least ratio M/g; 0 where i would be negative."""
    from deltamu.claims.rigorous.balls import pdf, root, square
    from deltamu.claims.rigorous.optional import arb

    h = square(at_u)
    w = most * h
    left, positive = root(1 - w) ** 3, 1 - 4 * h + 3 * w * h
    if not positive.upper() > 0:
        return arb(0)
    inverse = (3 - 4 * w + w * h) / (3 * left)
    loss = w * (3 - 11 * w + 9 * w**2 + 6 * h - 8 * w * h + w * h**2) / (9 * left**2) / (inverse + 1)
    least = (3 * ratio * at_u * left / positive.upper()).lower()
    return loss * (least * pdf(least) if least > 1 else pdf(arb(1)))
