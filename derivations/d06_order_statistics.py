"""D06  The best of several scores: its mean and its variance, and what the published intensity is instead.

Statement
    i and v have closed forms at k = 1..5; i rises, v does not exceed 1; the published quantile z = PhiInv(1 - 1/k) is
    below i(k) at every k > 1, negative for k < 2 and tends to minus infinity as k falls to 1.

Assumptions
    Scores of candidates are independent and standard normal; for k that is not whole, Phi^k defines the law.
"""

import numpy as np
from scipy.special import ndtr, ndtri
from sympy import (
    Integer,
    Rational,
    Symbol,
    asin,
    atan,
    cos,
    exp,
    expand_trig,
    integrate,
    log,
    oo,
    pi,
    simplify,
    sqrt,
)

from deltamu import symbols as sym
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_positive,
    at_most,
    close,
    proved,
    refute,
    refuted,
    step,
)
from deltamu.model.gated import GATED
from deltamu.model.special import expected_positive_part, normal_cdf, normal_max_mean, normal_pdf, normal_quantile

x = Symbol("x", real=True)
k = Symbol("k", positive=True)
c = Symbol("c", real=True)  # a correlation
Phi, phi = normal_cdf(x), normal_pdf(x)
K, WHOLE_SIZES = Symbol("K", positive=True), range(2, 101)
SIZES = (Rational(6, 5), Rational(3, 2), Rational(5, 2), Rational(79, 25), Integer(8), Integer(20))
BLOM_ERROR, GAPS = 0.045, (0.18, 0.57)


def intensity(model, value):
    return model[sym.selection_intensity].expr.subs(sym.K_eff, value)


def variance(model, value):
    return model[sym.selection_variance].expr.subs(sym.K_eff, value)


def same_sign_probabilities(correlation):
    """P(all of m normals with one common correlation are negative), m = 0..3, each step checked."""
    density = exp(-(x**2 - 2 * c * x * sym_y + sym_y**2) / (2 * (1 - c**2))) / (2 * pi * sqrt(1 - c**2))
    argue("Plackett: the density of two normals changes with their correlation as its mixed derivative.", density)
    ratio = simplify((density.diff(c) - density.diff(x, sym_y)) / density)
    assert_identity(ratio, 0, "d density/dc = d2 density/dx dy")
    at_zero = density.subs({x: 0, sym_y: 0})
    argue("Integrated over the quadrant, dP/dc is the density at 0.", at_zero)
    assert_identity((asin(c) / (2 * pi)).diff(c), at_zero, "so P = 1/4 + asin(c)/(2 pi), being 1/4 at c = 0")
    two = Rational(1, 4) + asin(correlation) / (2 * pi)
    three = Symbol("P3")
    argue("Inclusion and exclusion: P(none positive) = 1 - 3/2 + 3 P2 - P3, and by symmetry it is P3.")
    solved = (1 - Rational(3, 2) + 3 * two) / 2
    assert_identity((1 - Rational(3, 2) + 3 * two - three).subs(three, solved), solved, "so P3 follows from P2")
    return [Integer(1), Rational(1, 2), two, solved]


sym_y = Symbol("y", real=True)


def mean_of_the_best(size):
    """i(k) = k(k-1)/(2 sqrt(pi)) P_{k-2}: by parts, with correlation 1/3."""
    assert_identity(phi.diff(x), -x * phi, "x phi = -phi', so by parts i = k(k-1) E-integral of phi^2 Phi^(k-2)")
    narrow = exp(-(x**2)) / sqrt(pi)
    assert_identity(phi.rewrite(exp) ** 2, narrow / (2 * sqrt(pi)), "phi^2 is a normal density of variance 1/2")
    assert_identity(integrate(narrow, (x, -oo, oo)), 1, "of mass 1")
    shared = Rational(1, 2)
    argue("E[Phi(Y)^m], Var Y = 1/2, is the probability that m normals Z - Y are negative.")
    probability = same_sign_probabilities(shared / (1 + shared))
    return size * (size - 1) / (2 * sqrt(pi)) * probability[size - 2] if size > 1 else Integer(0)


def square_of_the_best(size):
    """E[max^2] = 1 + k(k-1)(k-2)/(4 sqrt(3) pi) P_{k-3}: by parts twice, with correlation 1/4."""
    assert_identity(phi.diff(x, 2), (x**2 - 1) * phi, "(x^2 - 1) phi = phi''")
    assert_identity((phi**2).diff(x) / 2, -x * phi**2, "and x phi^2 = -(phi^2)'/2")
    narrow = exp(-3 * x**2 / 2) / sqrt(2 * pi / 3)
    assert_identity(phi.rewrite(exp) ** 3, narrow / (2 * sqrt(3) * pi), "phi^3 is a normal density of variance 1/3")
    shared = Rational(1, 3)
    probability = same_sign_probabilities(shared / (1 + shared))
    factor = Rational(size * (size - 1) * (size - 2), 4) / (sqrt(3) * pi)
    return 1 + factor * probability[size - 3] if size > 2 else Integer(1)


MEANS = (0.0, 0.5641895835477563, 0.8462843753216345, 1.0293753730039641, 1.1629644736405196)
VARIANCES = (1.0, 0.6816901138162093, 0.5594672037973512, 0.4917152368747342, 0.4475340690206629)  # from 40 digits


def _at_whole_sizes(at, name, expected):
    return np.array([close(at.moved(K=float(size))[name], value) for size, value in enumerate(expected, 1)])


def _mean_of_the_law(k):
    """The trapezoidal rule, which converges exponentially here."""
    grid = np.linspace(-9, 9, 721)[:, None]
    below = ndtr(grid)
    return (below - below**k).sum(0) * (grid[1] - grid[0])


def _variance_of_the_law(k):
    """By the same rule from the density, which is smooth from k = 1 on."""
    grid = np.linspace(-12, 9, 841)[:, None]
    weight = k * ndtr(grid) ** (k - 1) * np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    return (weight * (grid - _mean_of_the_law(k)) ** 2).sum(0)


def _is_the_mean_of_the_law(at):
    return close(at.selection_intensity, _mean_of_the_law(at.K_eff), scale=1)


def _is_evaluated_to_the_law(at):
    """Within 1e-13, which is what the trapezoidal rule gives in floating point."""
    sizes = np.array(SIZES, dtype=float)
    return all(
        np.all(np.abs([float(formula(at.model, size).evalf(25)) for size in SIZES] - law(sizes)) < 1e-13)
        for formula, law in ((intensity, _mean_of_the_law), (variance, _variance_of_the_law))
    )


def _blom_probability(k):
    """(k - 3/8)/(k + 1/4), for symbols and for arrays."""
    return (8 * k - 3) / (8 * k + 2)


def _intensity_at_whole_sizes(at):
    return at.moved(K=np.array(WHOLE_SIZES, dtype=float)[:, None], K_r=0.0, H=0.0).selection_intensity


def _blom_is_close(at):
    found = _intensity_at_whole_sizes(at)
    blom = ndtri(_blom_probability(np.array(WHOLE_SIZES, dtype=float)))[:, None]
    return (np.abs(blom / found - 1) < BLOM_ERROR).all(axis=0)


def _published_is_too_low(at):
    exact = _mean_of_the_law(np.array(WHOLE_SIZES, dtype=float))[:, None]
    gaps = exact - _intensity_at_whole_sizes(at)
    return ((gaps > GAPS[0]) & (gaps < GAPS[1])).all(axis=0)


def _published_is_low(at):
    exact = at.model.replace(GATED[sym.selection_intensity], name=at.model.name)
    return at.selection_intensity < Values(exact, at.inputs).selection_intensity


def _is_negative_below_two(at):
    alone = at.moved(K=1.0, K_r=0.0)
    close_to_one = at.moved(K=1 + 1e-12, K_r=0.0, H=0.0)
    below = (at.K_eff > 1) & (at.K_eff < 2)
    return (~below | (at.selection_intensity < 0)) & (alone.selection_intensity == 0) & (
        close_to_one.selection_intensity < -6)  # fmt: skip


def _grows_ever_more_slowly(at):
    one, two, three = (at.moved(K=at.K + more).selection_intensity for more in (0, 1, 2))
    return at_most(one, two) & at_most(three - two, two - one, scale=1) & at_most(one, np.sqrt(2 * np.log(at.K_eff)))


@argued(
    "i(k) has closed forms at k = 1..5 and the model's intensity has them.",
    about="selection_intensity",
    of="gated",
    where="K_r = 0, H = 0",
    remark="K_eff = 1, 2, 3, 4, 5",
    holds=lambda at: _at_whole_sizes(at, "selection_intensity", MEANS),
)
def claim_exact_means(model):
    for size in range(1, 6):
        derived, ours = mean_of_the_best(Integer(size)), intensity(model, Integer(size))
        if size == 4:
            assert_identity(
                cos(2 * atan(sqrt(2))),
                expand_trig(cos(pi / 2 + asin(Rational(1, 3)))),
                "2 atan(sqrt 2) = pi/2 + asin(1/3), both angles lying in (0, pi)",
            )
            ours = ours.subs(atan(sqrt(2)), pi / 4 + asin(Rational(1, 3)) / 2)
        assert_identity(ours, derived, f"i({size})")


@argued(
    "v(k) has closed forms at k = 1..5 and the model's variance has them.",
    about="selection_variance selection_intensity",
    of="gated",
    where="K_r = 0, H = 0",
    remark="K_eff = 1, 2, 3, 4, 5",
    holds=lambda at: _at_whole_sizes(at, "selection_variance", VARIANCES),
)
def claim_exact_variances(model):
    for size in range(1, 6):
        mean = intensity(model, Integer(size))
        square = square_of_the_best(Integer(size))
        assert_identity(variance(model, Integer(size)), square - mean**2, f"v({size}) = E[max^2] - i^2")


@argued(
    "For real k the intensity is the mean of the law Phi^k.",
    about="selection_intensity",
    of="gated",
    holds=_is_the_mean_of_the_law,
)
def claim_mean_of_the_law(model):
    from sympy import Integral

    ours = intensity(model, k).rewrite(Integral)
    integrand = ours.function.subs(ours.variables[0], x)
    density_difference = (Phi**k - Phi).diff(x)
    argue("E[max] - E[Z], and E[Z] = 0, is the integral of x times a difference of densities.", x * density_difference)
    antiderivative = x * (Phi**k - Phi)
    assert_identity(
        x * density_difference - antiderivative.diff(x),
        integrand,
        "by parts: the model's intensity is the integral of Phi - Phi^k",
    )
    assert_limit(
        x * phi.rewrite(exp), x, oo, 0, "the boundary terms vanish like x phi(x), to which both tails are bounded"
    )


@proved(
    "The numbers to which SymPy evaluates i(k) and v(k) are those of the law Phi^k, to 1e-14.",
    about="selection_intensity selection_variance",
    of="gated",
    remark="K_eff = 1.2, 1.5, 2.5, 3.16, 8 and 20",
    holds=_is_evaluated_to_the_law,
    rigorous=True,
)
def claim_numbers_of_the_law(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed

    for size in SIZES:
        for name, formula in (("i", intensity), ("v", variance)):
            computed = Rational(str(formula(model, size).evalf(25)))
            ball = enclosed(formula(model, K), {K: size}, bits=80)
            far = abs(ball - enclosed(computed, bits=80))
            assert_enclosed(far < 1e-14, f"{name}({size}) as it is computed lies within 1e-14 of the integral")


def assert_log_concave():
    """ln Phi is concave: h > 0."""
    mills = phi / Phi
    assert_identity(log(Phi).diff(x, 2), -mills * expected_positive_part(x) / Phi, "(ln Phi)'' = -(phi/Phi) h/Phi")
    assert_identity(expected_positive_part(x).diff(x), Phi, "h' = Phi > 0")
    assert_exact(expected_positive_part(-oo) == 0, "and h(-oo) = 0, so h > 0 and ln Phi is concave")


@argued(
    "The published intensity is below the mean of the best at every K_eff > 1.",
    about="selection_intensity",
    of="published",
    where="K_eff > 1",
    holds=_published_is_low,
)
def claim_published_is_low(model):
    u, excess = Symbol("u", positive=True), Symbol("e", positive=True)
    published = intensity(model, 1 + excess)
    argue("The maximum is q(W/k) with W a unit exponential and q(s) = PhiInv(e^-s), since P(max <= m) = Phi(m)^k.")
    assert_log_concave()
    argue("-ln Phi is convex and falls, so its inverse q is convex: by Jensen i(k) >= q(1/k) = PhiInv(e^(-1/k)).")
    gap = exp(-u) - (1 - u)
    assert_identity(gap.subs(u, 0), 0, "e^-u - (1 - u) is 0 at u = 0")
    assert_limit(gap.diff(u), u, 0, 0, "its slope begins at 0")
    assert_positive(gap.diff(u, 2), "and rises, so e^-u > 1 - u")
    argue("Therefore i(k) >= PhiInv(e^(-1/k)) > PhiInv(1 - 1/k), which is z:")
    assert_identity(_cdf_of(published), 1 - 1 / (1 + excess), "Phi(z) = 1 - 1/K_eff")


def _cdf_of(quantile):
    """Phi of +-PhiInv(p), by Phi(-t) = 1 - Phi(t)."""
    if quantile.could_extract_minus_sign():
        return 1 - normal_cdf(-quantile)
    return normal_cdf(quantile)


@argued(
    "The published intensity is negative for 1 < K_eff < 2, zero at 2 and falls to minus infinity as K_eff "
    "falls to 1, where it is set to 0.",
    about="selection_intensity",
    of="published",
    holds=_is_negative_below_two,
)
def claim_published_is_negative(model):
    share = Symbol("share", positive=True)
    assert_identity(intensity(model, Integer(2)), 0, "z = 0 at K_eff = 2")
    assert_identity(intensity(model, Integer(1)), 0, "z = 0 at K_eff = 1 by convention")
    inside = 1 + share / (1 + share)  # all of (1, 2)
    z = intensity(model, inside)
    probability = _cdf_of(z)
    assert_positive(Rational(1, 2) - probability, "Phi(z) < 1/2 on (1, 2), so z < 0")
    assert_limit(_cdf_of(intensity(model, 1 + share)), share, 0, 0, "Phi(z) -> 0 as K_eff -> 1")
    argue("Phi rises from 0 at -oo: so z is negative where Phi(z) < 1/2, and z -> -oo where Phi(z) -> 0.")
    assert_exact(normal_quantile(0) == -oo, "the quantile at 0")


@refuted(
    "The article's quantile is the expected maximum of K_eff draws.",
    about="selection_intensity",
    of="published",
    remark="K_eff = 5",
    constants="any",
)
def claim_published_is_not_the_mean(model):
    def measure(K_eff):
        return {"z": float(intensity(model, Integer(K_eff)).evalf(12)), "mean": float(normal_max_mean(K_eff).evalf(12))}

    refute("z is the expected maximum", measure, lambda z, mean: abs(z - mean) < 0.1, K_eff=5)


@argued(
    "The intensity rises with K_eff, ever more slowly, and is at most sqrt(2 ln K_eff).",
    about="selection_intensity",
    of="gated",
    holds=_grows_ever_more_slowly,
)
def claim_growth_of_the_mean(model):
    from sympy import Integral

    ours = intensity(model, k).rewrite(Integral).function
    t = ours.atoms(normal_cdf).pop().args[0]
    p = Symbol("p", positive=True)
    L = Symbol("L", positive=True)  # -ln Phi
    integrand = ours.subs(normal_cdf(t), p)
    assert_positive(integrand.diff(k).subs(log(p), -L), "the integrand Phi - Phi^k rises with k")
    assert_positive(-integrand.diff(k, 2).subs(log(p), -L), "its slope falls with k")
    s, a = Symbol("s", positive=True), Symbol("a", positive=True)
    argue("Jensen: e^(s i) <= E e^(s max) <= k E e^(s Z) = k e^(s^2/2), so i <= ln k/s + s/2; choose s = sqrt(2 ln k).")
    assert_identity(integrate(exp(s * x) * phi.rewrite(exp), (x, -oo, oo)), exp(s**2 / 2), "E e^(s Z)")
    assert_identity((a / s + s / 2).subs(s, sqrt(2 * a)), sqrt(2 * a), "the bound at that s, with a = ln k")


@argued(
    "Selection lowers the variance of the score: v(1) = 1 and v falls as K_eff rises.",
    about="selection_variance",
    of="gated",
    holds=lambda at: (
        at_most(at.moved(K=at.K + 1).selection_variance, at.selection_variance) & at_most(at.selection_variance, 1)
    ),
)
def claim_variance_falls(model):
    assert_identity(variance(model, Integer(1)), 1, "v(1) = 1")
    argue(
        "max = q(W/k), W a unit exponential: in a step of ln k its quantile at w moves by G = -Phi ln Phi/phi, which "
        "depends on the quantile alone. If G falls along x, the quantiles move together and v falls."
    )
    u = Symbol("u", positive=True)
    assert_identity((Phi.diff(x) / Phi) * (-Phi * log(Phi) / phi), -log(Phi), "dx/d ln k = G keeps k ln Phi constant")
    argue("1/G = -(phi/Phi)/ln Phi is minus the slope of ln(-ln Phi): it rises if -ln Phi is log-concave.")
    argue(
        "-ln Phi is the integral F of m = phi/Phi over [x, oo). If m is log-concave, so is F: F F'' = -m' F <= m^2 "
        "= F'^2 is clear for m' >= 0, and else m = -(integral of m') >= -(m'/m) F, as m'/m falls."
    )
    assert_identity(log(u).diff(u).subs(u, -log(Phi)) * (-log(Phi)).diff(x), phi / (Phi * log(Phi)), "-1/G")
    mills = phi / Phi
    assert_identity((-log(Phi)).diff(x), -mills, "(-ln Phi)' = -m")
    assert_identity(log(mills).diff(x, 2), -(1 - x * mills - mills**2), "(ln m)'' = -(1 - x m - m^2)")
    argue("That is minus the variance of a normal variable cut above x, hence negative:")
    assert_identity((-phi).diff(x), x * phi, "the integral of z phi(z) below x is -phi, so the mean is -m")
    assert_identity((Phi - x * phi).diff(x), x**2 * phi, "that of z^2 phi(z) is Phi - x phi: second moment 1 - x m")
    assert_exact((variance(model, Integer(3)) - variance(model, Integer(2))).evalf(20) < 0, "v(3) < v(2)")
    assert_exact(variance(model, Integer(2)).evalf(20) < 1, "v(2) < 1")


@proved(
    "Blom's approximation PhiInv((k - 3/8)/(k + 1/4)) is within 4.5 per cent of i(k) for every whole k from 2 to 100.",
    about="selection_intensity",
    of="gated",
    remark="k = 2, ..., 100",
    holds=_blom_is_close,
    rigorous=True,
)
def claim_blom(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed

    blom = normal_quantile(_blom_probability(K))
    errors = [abs(enclosed(blom / intensity(model, K) - 1, {K: size})) for size in WHOLE_SIZES]
    for size, error in zip(WHOLE_SIZES, errors, strict=True):
        assert_enclosed(error < BLOM_ERROR, f"the relative error at k = {size} is below 4.5 per cent")
    worst = max(errors, key=float)
    step(f"The largest error is {digits(worst)}.")
    return {"blom_error": float(worst.mid())}


@proved(
    "The published intensity is too low by 0.18 to 0.57 for every whole number of effective candidates from 2 to 100.",
    about="selection_intensity",
    of="published",
    remark="K_eff = 2, ..., 100",
    holds=_published_is_too_low,
    rigorous=True,
)
def claim_error_of_the_published(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed

    gaps = {size: enclosed(normal_max_mean(K) - intensity(model, K), {K: size}) for size in WHOLE_SIZES}
    first = min(gaps, key=lambda size: float(gaps[size]))
    least = gaps[first]
    low, high = GAPS
    within = all(gap > low and gap < high for gap in gaps.values())
    assert_enclosed(within, f"{low} < i - z < {high} at each of k = 2, 3, ..., 100; it is least, {digits(least)}, "
                    f"at k = {first}")  # fmt: skip
    return {"least_intensity_gap": float(least.mid()), "whole_sizes_up_to": int(max(WHOLE_SIZES))}
