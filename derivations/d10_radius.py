"""D10  The radius: without overreach larger is never worse; overreach gives the trust region something to manage.

Statement
    With c = 0 and an intensity that is not negative, E/delta does not fall with delta, so a larger radius never lowers
    the published gain.  With c > 0 the gain ends at some radius and the completed move's acceptance tends to 0.

Assumptions
    mu_Delta and sigma_Delta scale with the radius as in D02; everything else is fixed.
"""

from sympy import Dummy, Interval, Symbol, oo, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    assert_identity,
    assert_nonnegative,
    assert_positive,
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


@proved(
    "Without overreach a larger radius never lowers the published gain.",
    about="expected_improvement score_accuracy sigma_Delta mu_Delta",
    remark="c = 0, z >= 0, N, mu > 0",
)
def claim_larger_is_never_worse(model):
    inside = {sym.H: Interval.Ropen(0, 1)}
    s, m = Dummy("s", positive=True), Dummy("m", real=True)
    step("Write mu_Delta = m delta and sigma_Delta = s delta (D02).")
    for symbol in (sym.mu_Delta, sym.sigma_Delta):
        right = generic(model[symbol].expr).subs(generic(sym.overreach), 0)
        assert_identity((right / delta).diff(delta), 0, f"{symbol}/delta does not depend on delta")
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_Delta), s * delta)
    scaled = {sym.mu_Delta: m * delta, sym.sigma_Delta: s * delta, sym.score_accuracy: accuracy}
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z).subs(scaled)
    assert_nonnegative((E / delta).expand().diff(delta).factor(), "E/delta does not fall with delta", inside)
    step("So for k > 1 a positive E(delta) gives E(k delta) >= k E(delta) > E(delta).")


@refuted(
    "A larger radius never lowers the gain, whatever the overreach.",
    about="expected_improvement mu_Delta gain",
    of="published",
    remark="c = 1, defaults, mu = 2",
)
def claim_overreach_ends_that(model):
    from deltamu.simulation.evaluate import evaluate

    small, large = evaluate("gain", model=model, mu=2.0, delta=[0.5, 4.0], overreach=1.0).gain.to_numpy()
    refute("the gain does not fall", large >= small, at_0_5=float(small), at_4=float(large))


@proved(
    "With overreach every radius beyond some bound does harm: E -> -oo as delta -> oo.",
    about="mu_Delta sigma_Delta expected_improvement",
    remark="c, a2 > 0, kappa2 H < 1",
)
def claim_harm_at_large_radius(model):
    step("lambda <= 1 (D04), so E <= mu_Delta + z sigma_Delta for z >= 0; compare orders in delta.")
    bound = generic(model[sym.mu_Delta].expr) + z * generic(model[sym.sigma_Delta].expr)
    leading = (bound / delta**2).expand()
    share = Dummy("share", positive=True)
    limit = leading.limit(delta, oo).subs(generic(sym.H) * generic(sym.kappa2), share)
    assert_positive(-limit.subs(share, share / (1 + share)).simplify(), "the bound falls like -delta^2")


@proved(
    "With overreach the completed move's acceptance tends to 0 as the radius grows.",
    about="mu_Delta sigma_Delta acceptance acceptance_margin",
    of="gated",
    remark="c, a2, r, mu > 0",
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
    step("i lambda lies between 0 and i, T between S and 1: x -> -oo with the line.")
    assert_identity(model[sym.acceptance].expr.subs(sym.acceptance_margin, -oo), 0, "Phi(-oo) = 0")


def threshold_over_m():
    """The overreach above which acceptance falls from delta = 0 on, over m = mu/(mu + b)."""
    s0, k1, k2, H, sigma_r, a2 = map(generic, (sym.s0, sym.kappa1, sym.kappa2, sym.H, sym.sigma_r, sym.a2))
    return i * sqrt(N_eff) * (s0 * (1 - k1 * H)) ** 2 / (sigma_r * a2 * (1 - k2 * H))


@proved(
    "Near delta = 0 the acceptance rises with the radius iff c is below a threshold.",
    about="mu_Delta sigma_Delta score_accuracy expected_improvement variance_reduction visible_spread "
    "acceptance_margin",
    of="gated",
    remark="sigma_r, a2, r, mu, N > 0",
)
def claim_threshold_of_overreach(model):
    spread = generic(model[sym.sigma_Delta].expr)
    ratio = generic(model[sym.mu_Delta].expr / model[sym.sigma_Delta].expr)
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_Delta), spread)
    reduction = generic(model[sym.variance_reduction].expr)
    step("T is 1 at delta = 0 with slope 0, since it depends on lambda^2, and lambda is of order delta.")
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


@proved(
    "Without overreach the acceptance of the completed move does not fall with the radius where E >= 0.",
    about="visible_spread variance_reduction score_accuracy",
    of="gated",
    remark="c = 0, E >= 0",
)
def claim_no_contraction_without_overreach(model):
    step("x = sqrt(r) (m/s + i lambda)/T: lambda rises with delta (D04), and T falls as lambda rises.")
    accuracy = generic(sym.score_accuracy)
    T2 = generic(model[sym.visible_spread].expr) ** 2
    T2 = T2.subs(generic(sym.variance_reduction), generic(model[sym.variance_reduction].expr))
    assert_nonnegative(-T2.diff(accuracy), "T^2 does not rise with lambda")
    rises = generic(model[sym.score_accuracy].expr ** 2).diff(generic(sym.sigma_Delta))
    assert_positive(rises, "lambda rises with sigma_Delta, which is proportional to delta")


@supported(
    "At the defaults that threshold is about 4 m.",
    about="N_eff K_eff selection_intensity",
    of="gated",
    remark="defaults",
)
def claim_threshold_at_the_defaults(model):
    from deltamu.simulation.evaluate import evaluate

    ds = evaluate(["N_eff", "selection_intensity"], model=model)
    values = {
        generic(symbol): symbol.default for symbol in (sym.s0, sym.kappa1, sym.kappa2, sym.H, sym.sigma_r, sym.a2)
    }
    values |= {N_eff: float(ds.N_eff), i: float(ds.selection_intensity)}
    over_m = threshold_over_m().subs(values)
    support("threshold over m", over_m, low=3.5, high=4.5, sample="one point", why="it is a formula, proved above")


@refuted(
    "As the radius grows the completed move's acceptance falls, or rises and then falls.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="c just above the threshold, x > 0: q makes a second-order rise",
    constants="any: it needs c near the threshold",
)
def claim_one_peak(model):
    from deltamu.simulation.evaluate import evaluate

    at = {"H": 0.5, "rho": 0.41, "r": 0.91, "gamma": 0.62, "overreach": 3.0, "mu": 39.0, "K": 8, "N": 1}
    A = evaluate("acceptance", model=model, delta=[0.003, 0.106, 0.307, 3.0], **at).acceptance
    first, valley, peak, last = map(float, A)
    refute(
        "it does not fall, rise and fall",
        not (first > valley + 1e-4 and peak > valley + 1e-4 and peak > last),
        at_0_003=first,
        at_0_106=f"{valley:.5f}",
        at_0_307=f"{peak:.5f}",
        at_3=last,
        **at,
    )


@supported(
    "But for a valley of at most 0.001 it does: it falls, or rises and then falls.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="c > 0, sliders' ranges",
)
def claim_almost_one_peak(model):
    import numpy as np
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
    support(
        "deepest valley",
        depth,
        high=1e-3,
        sample=f"{size} settings by 200 radii",
        why="A is smooth, neighbouring radii differ by 5 %, deepest seen in 20000 settings: 0.0003",
    )
