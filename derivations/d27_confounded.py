"""D27  What single attempts, repairs without hidden results, and levels leave open.

Statement
    One attempt a task gives L(r) and L(1) alone: shape, scale and resolution move together along a curve.  A second
    sample closes it; without hidden results the unit of the mass stays open; the nested levels of one model never tell
    the shape, but two models that share shape and resolution do.

Assumptions
    Gamma distributed mass (D25).
"""

import numpy as np
from sympy import Dummy, Matrix, exp, log, oo, simplify

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.levels import levels
from deltamu.calibration.laws.repair import repair
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    close,
    proved,
    refute,
    refuted,
    step,
)

k, theta, r, x, a, more = (Dummy(name, positive=True) for name in ("k", "theta", "r", "x", "a", "e"))
PARAMETERS = (k, theta, r)


def slow(point):
    """-ln L."""
    return k * log(1 + theta * point)


def sensitivity(*seen):
    return Matrix([[one.diff(p) for p in PARAMETERS] for one in seen])


# --- on points -------------------------------------------------------------------------------------------------------
def spread_of(at):
    """Shape 0.3 + tau and scale 0.1 + b, which no model has; the resolution is r of the point."""
    return 0.3 + at.tau, 0.1 + np.minimum(at.b, 30)


def first_attempt(shape, scale, resolution):
    """-ln L(r) and -ln L(1), as the package's law of one attempt has them."""
    law = Values(repair(0).model, {"m": shape * np.log1p(scale), "c": 1 / shape, "r": resolution})
    return np.stack(np.broadcast_arrays(law.E_0, law.E_1))


def slopes(shape, scale, resolution, size=1e-5):
    """Slopes of what one attempt shows in ln k, ln theta and ln r, by central differences: shape (2, 3, points)."""
    point = np.stack(np.broadcast_arrays(shape, scale, resolution))
    columns = []
    for which in range(3):
        up, down = (point.copy() for _ in range(2))
        up[which] *= np.exp(size)
        down[which] *= np.exp(-size)
        columns.append((first_attempt(*up) - first_attempt(*down)) / (2 * size))
    return np.stack(columns, axis=1)


def one_direction_is_not_seen(at):
    """The direction of the claim, in logarithms, leaves both rates as they are; the slopes have rank 2."""
    shape, scale = spread_of(at)
    J = slopes(shape, scale, at.r)
    flat = np.moveaxis(J, -1, 0)
    null = np.stack([np.ones_like(scale), -np.log1p(scale) * (1 + scale) / scale, np.zeros_like(scale)])
    null[2] = -(J[0, 0] + J[0, 1] * null[1]) / J[0, 2]
    size = np.abs(J).max(axis=(0, 1)) * np.abs(null).max(axis=0)
    unseen = np.abs(np.einsum("ijp,jp->ip", J, null)).max(axis=0) <= 1e-6 * size
    stated = (
        (1 + at.r * scale)
        / (scale * at.r)
        * ((1 + scale) * np.log1p(scale) * at.r / (1 + at.r * scale) - np.log1p(at.r * scale))
    )
    return (
        unseen
        & (np.abs(null[2] - stated) <= 1e-5 * (1 + np.abs(stated)))
        & (np.linalg.matrix_rank(flat, tol=1e-12) == 2)
    )


def lies_on_the_curve(at):
    """-ln p_v = b and -ln p_t = b + mu + .01, and k = 0.3 + tau; the ends at k -> 0 by a bound and at k = 1e6."""
    seen, every = at.b, at.b + at.mu + 0.01
    shape = 0.3 + at.tau
    found = first_attempt(shape, np.expm1(every / shape), np.expm1(seen / shape) / np.expm1(every / shape))
    narrow = np.expm1(seen / 1e6) / np.expm1(every / 1e6)
    wide = np.expm1(seen / shape) / np.expm1(every / shape)
    return (
        close(found[0], seen, 1)
        & close(found[1], every, 1)
        & (np.abs(narrow - seen / every) <= 1e-6 * every)
        & (wide <= np.exp(-(every - seen) / shape) * (1 + 1e-9))
    )


def second_sample_tells(at):
    """Slopes of -ln L(1) and -ln L(2) in k and theta are not parallel, and -ln L(r) moves with r."""
    shape, scale = spread_of(at)
    both = np.concatenate([slopes(shape, scale, np.full_like(scale, u))[:1, :2] for u in (1.0, 2.0)])
    minor = both[0, 0] * both[1, 1] - both[0, 1] * both[1, 0]
    size = np.abs(both[0, 0] * both[1, 1]) + np.abs(both[0, 1] * both[1, 0])
    return (np.abs(minor) > 1e-6 * size) & (slopes(shape, scale, at.r)[0, 2] > 0)


def unit_of_mass_is_free(at):
    """theta times 1 + mu, and r divided by it."""
    shape, scale = spread_of(at)
    law, factor = repair(3).model, 1 + at.mu
    others = {"c": 1 / shape, "lambda_": at.a1, "d": at.decay, "eps": at.gamma, "gap": at.rho}
    one = Values(law, {"m": shape * np.log1p(scale), "r": at.r, **others})
    two = Values(law, {"m": shape * np.log1p(factor * scale), "r": at.r / factor, **others})
    return np.all([close(one[f"passed_{t}"], two[f"passed_{t}"], 1) for t in range(4)], axis=0)


def levels_do_not_tell_the_shape(at):
    """Rates exp(-b), exp(-b - a1 - .01), exp(-b - a1 - mu - .02), and any shape 0.3 + tau."""
    slow_ = np.stack(np.broadcast_arrays(at.b, at.b + at.a1 + 0.01, at.b + at.a1 + at.mu + 0.02))
    shape = 0.3 + at.tau
    scales = np.expm1(slow_ / shape)
    law = Values(levels(3, "gamma").model, {"m": slow_[2], "c": 1 / shape, "q_1": scales[0] / scales[1],
                                            "r": scales[1] / scales[2], "gap": 0.0})  # fmt: skip
    passed = [1 - law.level_0, law.level_3 + law.level_2, law.level_3]
    return np.all([close(one, np.exp(-rate), 1) for one, rate in zip(passed, slow_, strict=True)], axis=0)


def two_masses_tell(at):
    """Two curves through one point, of scales 0.1 + b and 1.1 + mu times that, cross: their slopes dr/dk differ."""
    shape, scale = spread_of(at)
    slope = []
    for one in (scale, (1.1 + at.mu) * scale):
        J = slopes(shape, one, at.r)
        slope.append((J[0, 1] * J[1, 0] / J[1, 1] - J[0, 0]) / J[0, 2])
    return slope[1] > slope[0]


# --- one attempt -----------------------------------------------------------------------------------------------------
@proved(
    "One attempt a task sees two directions of (k, theta, r), and the third is known in closed form.",
    where="0 < r < 1",
    remark="k, theta > 0",
    holds=one_direction_is_not_seen,
)
def claim_rank_two(model):
    J = sensitivity(slow(r), slow(1))
    null = J.row(0).cross(J.row(1)).T
    step("The direction that neither sees:", null)
    for row in range(2):
        assert_identity(simplify((J.row(row) * null)[0]), 0, "it leaves what is seen as it is")
    assert_positive(-J[:, [0, 2]].det(), "and no other does: a minor of order 2 is not 0")


@proved(
    "The curve is r(k) = (p_v^(-1/k) - 1)/(p_t^(-1/k) - 1): from 0 at k = 0 to ln p_v/ln p_t at k = oo.",
    remark="0 < p_t < p_v < 1",
    holds=lies_on_the_curve,
)
def claim_curve(model):
    p_v, p_t = exp(-a), exp(-a - more)
    scale = exp((a + more) / k) - 1
    resolution = (exp(a / k) - 1) / scale
    assert_identity(simplify((1 + scale) ** (-k)), p_t, "L(1) is what was seen, with p_t = exp(-a - e)")
    assert_identity(simplify((1 + scale * resolution) ** (-k)), p_v, "and L(r), with p_v = exp(-a)")
    shrunk = exp(-more * x) * (1 - exp(-a * x)) / (1 - exp(-(a + more) * x))
    assert_identity(simplify(resolution.subs(k, 1 / x) - shrunk), 0, "in x = 1/k")
    assert_limit(shrunk, x, oo, 0, "heavy spread: any resolution, however small")
    assert_limit(resolution, k, oo, a / (a + more), "none: the apparent resolution")


@argued(
    "A second independent sample of every task makes all three known: two right ones have probability L(2).",
    where="0 < r < 1",
    remark="k, theta > 0",
    holds=second_sample_tells,
)
def claim_second_sample(model):
    J = sensitivity(slow(r), slow(1), slow(2))
    gap = (1 + 2 * theta) * log(1 + 2 * theta) - 2 * (1 + theta) * log(1 + theta)
    apart = k**2 * theta * gap / ((1 + theta) * (1 + 2 * theta) * (1 + r * theta))
    assert_identity(simplify(J.det() + apart), 0, "minus the determinant is something positive times")
    step("the gap", gap)
    assert_identity(gap.subs(theta, 0), 0, "which is 0 at theta = 0")
    assert_positive(simplify(exp(gap.diff(theta) / 2)) - 1, "and rises with theta")
    argue("What is 0 at 0 and rises is positive, so the determinant is not 0 anywhere.")
    ratio = log(1 + 2 * theta) / log(1 + theta)
    falls = gap / ((1 + theta) * (1 + 2 * theta) * log(1 + theta) ** 2)
    assert_identity(simplify(ratio.diff(theta) + falls), 0, "and ln L(2)/ln L(1) falls with theta")
    assert_positive(slow(r).diff(r), "while -ln L(r) rises with r")
    argue("So the two samples tell theta, L(1) then tells k, and L(r) tells r: there is no other solution.")


@proved(
    "Repairs without hidden results depend on r and theta through r theta alone.",
    remark="up to three repairs",
    holds=unit_of_mass_is_free,
)
def claim_unit_of_mass(model):
    law = repair(3)
    chosen = {par.lambda_: Dummy("lambda", positive=True), par.d: Dummy("d", positive=True)}
    for t in range(4):
        passed = law.model[f"passed_{t}"].expr
        for left in passed.free_symbols - {par.eps}:
            slow_ = law.model[str(law.model[left.name].expr.free_symbols.pop())]
            expr = slow_.expr
            for formula in reversed(law.model.program([expr], given=[par.theta])):
                expr = expr.xreplace({formula.symbol: formula.expr})
            expr = expr.subs(chosen)
            scaled = expr.xreplace({par.theta: x * par.theta, par.r: par.r / x})
            assert_identity(scaled, expr, f"visible pass at {t}: the same for x theta and r/x")


@proved(
    "The nested levels of one model never tell the shape: for every k there are resolutions with the same pass rates.",
    remark="three levels",
    holds=levels_do_not_tell_the_shape,
)
def claim_levels(model):
    rates = [Dummy(f"p_{j}", positive=True) for j in range(3)]
    scale = rates[-1] ** (-1 / k) - 1
    for rate in rates:
        resolution = (rate ** (-1 / k) - 1) / scale
        assert_identity(simplify((1 + scale * resolution) ** (-k)), rate, "each level's rate, whatever k")


@argued(
    "Two models of different mass that share k and r make both known.",
    where="0 < r < 1",
    remark="k, theta > 0",
    holds=two_masses_tell,
)
def claim_many_models(model):
    J = sensitivity(slow(r), slow(1))
    slope = (J[0, 1] * J[1, 0] / J[1, 1] - J[0, 0]) / J[0, 2]
    step("Along the curve of one model dr/dk is", slope)
    part = 1 - log(1 + x) / x
    rise = r * (part.subs(x, theta) - part.subs(x, r * theta)) / (k * theta)
    assert_identity(simplify(slope.diff(theta) - rise), 0, "it changes with theta by a difference of 1 - ln(1 + x)/x")
    above = log(1 + x) - x / (1 + x)
    step("of which x^2 times the slope is", above)
    assert_identity(simplify(x**2 * part.diff(x) - above), 0, "it is")
    assert_identity(above.subs(x, 0), 0, "which is 0 at x = 0")
    assert_positive(simplify(above.diff(x)), "and rises")
    argue("So where the curves of two models meet, that of the larger theta is steeper.  Which theta is larger does "
          "not change along the curves, since it is that of the smaller L(1): they meet once at most.")  # fmt: skip


@refuted(
    "Visible and hidden pass rates of one attempt measure the resolution.",
    remark="pass rates 3/4 and 1/2",
    constants="any",
)
def claim_measured(model):
    def measure(visible, right, shapes):
        found = [float((visible ** (-1 / one) - 1) / (right ** (-1 / one) - 1)) for one in shapes]
        return {"resolutions": found}

    refute("it is the same for every shape", measure, lambda resolutions: abs(resolutions[0] - resolutions[1]) < 0.05,
           visible=0.75, right=0.5, shapes=(0.25, 10.0))  # fmt: skip
