"""D10  The radius: without overreach larger is never worse; overreach gives the trust region something to manage.

Statement
    With c = 0 and an intensity that is not negative, E/delta does not fall with delta, so a larger radius never lowers
    the published gain.  With c > 0 the gain ends at some radius and the completed move's acceptance tends to 0.

Assumptions
    mu_Delta and sigma_Delta scale with the radius as in D02; everything else is fixed.
"""

import numpy as np
from sympy import Dummy, Interval, Symbol, oo, sqrt

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
    slider_ranges,
    step,
    support,
    supported,
)

z = Symbol("z", nonnegative=True)
i = Symbol("i", positive=True)
delta, mu, N_eff = sym.delta, generic(sym.mu), generic(sym.N_eff)


def far_out(at, spreads=0.0):
    """A radius at which the harm exceeds all benefit and selection, and so many spreads besides."""
    most = at.a1 + (np.abs(at.selection_intensity) + spreads) * at.s0 + 1
    return at.moved(delta=2 * most / (at.a2 * (1 - at.kappa2 * at.H) * at.overreach))


def turns_at_the_threshold(at):
    """The sign of the margin's slope at a small radius, where c is not close to the threshold."""
    m = at.mu / (at.mu + at.b)
    spread = at.s0 * (1 - at.kappa1 * at.H)
    threshold = at.selection_intensity * np.sqrt(at.N_eff) * spread**2 * m / (
        at.sigma_r * at.a2 * (1 - at.kappa2 * at.H))  # fmt: skip
    small = 1e-4 * np.minimum(1 / (1 + at.overreach), at.sigma_r / (np.sqrt(at.N_eff) * spread))
    near, far, farther = (at.moved(delta=small * factor).acceptance_margin for factor in (1, 2, 3))
    bend = np.abs(farther - 2 * far + near)
    unclear = (np.abs(far - near) <= 1e-10 * np.abs(near) + 4 * bend) | (
        np.abs(threshold - at.overreach) < 0.05 * (threshold + at.overreach))  # fmt: skip
    return unclear | ((far > near) == (threshold > at.overreach))


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
    rigorous=True,
)
def claim_threshold_at_the_defaults(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed

    primitive = threshold_over_m().subs({i: sym.selection_intensity, N_eff: sym.N_eff})
    over_m = enclosed(primitive.subs({generic(symbol): symbol for symbol in sym.PARAMETERS}), model=model)
    step(f"The threshold over m is {digits(over_m)}.")
    assert_enclosed(over_m > 4, "the threshold is above 4 m")
    assert_enclosed(over_m < 4.2, "and below 4.2 m")


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


@supported(
    "But for a valley of at most 0.001 it does: it falls, or rises and then falls.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="0.05 <= c <= 4, r >= 0.05, 0.05 <= mu <= 40, else sliders' ranges",
)
def claim_almost_one_peak(model):
    import xarray as xr

    from deltamu.simulation.evaluate import evaluate

    generator, size = np.random.default_rng(4), 3000
    sliders = slider_ranges(sym.H, sym.rho, sym.gamma, sym.K, sym.N)
    ranges = sliders | {"r": (0.05, 1), "overreach": (0.05, 4), "mu": (0.05, 40)}
    at = {name: xr.DataArray(generator.uniform(*ends, size), dims="point") for name, ends in ranges.items()}
    A = evaluate("acceptance", model=model, delta=np.geomspace(0.003, 30, 200).tolist(), **at).acceptance
    A = A.transpose("delta", "point").to_numpy()
    highest_before = np.maximum.accumulate(A)
    highest_after = np.maximum.accumulate(A[::-1])[::-1]
    depth = (np.minimum(highest_before, highest_after) - A).max()
    deepest = support(
        "deepest valley",
        depth,
        high=1e-3,
        sample=f"{size} settings by 200 radii",
        why="A is smooth, neighbouring radii differ by 5 %, deepest seen in 20000 settings: 0.0003",
    )
    return {"deepest_valley": deepest, "valley_settings": size}
