"""D09  The completed move: the oracle accepts the selected edit iff what it sees of it is an improvement.

Statement
    With x the mean over the spread of the visible part, A = Phi(x) and gain = E[Delta; V > 0], in closed form.

Assumptions
    Defect modes split into visible ones, a fraction r, and hidden ones.  The visible part V and the hidden part W of
    an improvement Delta = V + W are independent before selection, with means and variances in proportion to r and
    1 - r; review errors are independent of both.  Selection acts through the score only; of the selected (V, W) the
    first two moments are exact and the joint law is taken as normal.  The oracle accepts iff V > 0; a rejected move
    changes nothing.
"""

import numpy as np
from scipy.special import erfcx, ndtr
from sympy import Dummy, Interval, Matrix, Rational, S, Symbol, exp, factor, integrate, oo, pi, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    definition,
    generic,
    proved,
    slider_ranges,
    step,
    support,
    supported,
)
from deltamu.model.closure import NOISE
from deltamu.model.special import expected_positive_part, normal_cdf, normal_pdf

r, sigma, q, T = map(generic, (sym.r, sym.sigma_Delta, sym.variance_reduction, sym.visible_spread))
lam, v = generic(sym.score_accuracy), generic(sym.selection_variance)
E, mu_D, x = sym.expected_improvement, sym.mu_Delta, sym.acceptance_margin
i, noise = Symbol("i", real=True), Symbol("e", positive=True)
z = Symbol("z", real=True)
s = Dummy("s", positive=True)


def formula(model, symbol):
    """A right side where no quantity is zero."""
    return generic(model[symbol].expr)


def selected_moments():
    """Mean and covariance matrix of the selected (V, W), by regression on the score."""
    total = sigma**2 + noise
    prior = Matrix([[r * sigma**2, 0], [0, (1 - r) * sigma**2]])
    mean = Matrix([r * mu_D, (1 - r) * mu_D])
    with_score = prior * Matrix([1, 1])  # the score is V + W + error
    step("Covariances of V and W with the score V + W + error, whose variance is sigma^2 + noise:", with_score)
    slope = with_score / total
    argue("Selection moves the mean of the score by i sd and its variance to v times what it was.")
    mean = mean + slope * i * sqrt(total)
    covariance = prior - slope * slope.T * total * (1 - v)
    return mean, covariance, {noise: sigma**2 * (1 / lam**2 - 1)}  # lambda^2 = sigma^2/(sigma^2 + noise), D04


def standardised(covariance, to_lambda):
    """The spread of V over what it was, and Cov(V, W)/sd V, in terms of q."""
    reduction = covariance.subs(to_lambda).applyfunc(lambda entry: entry.expand())
    return reduction.subs(lam**2, q / (1 - v))


def density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def mean_square_is_at_least_the_squared_mean(at):
    """By Cauchy and Schwarz (E[Delta; V > 0])^2 <= E[Delta^2; V > 0] A, and E[Delta^2] bounds it from above."""
    square = Values(at.model.replace(NOISE[0], name=at.model.name), at.inputs)[NOISE[0].name]
    whole = at.expected_improvement**2 + at.sigma_Delta**2 * (1 - at.variance_reduction)
    return at_most(at.gain**2, square * at.acceptance, whole) & at_most(square, whole, whole)


def has_both_forms(at):
    Phi, phi = ndtr(at.acceptance_margin), density(at.acceptance_margin)
    first = at.expected_improvement * Phi + np.sqrt(at.r) * at.sigma_Delta * (
        1 - at.variance_reduction) / at.visible_spread * phi  # fmt: skip
    second = at.sigma_Delta / np.sqrt(at.r) * (
        at.visible_spread * (at.acceptance_margin * Phi + phi) - (1 - at.r) / at.visible_spread * phi)  # fmt: skip
    scale = np.abs(at.expected_improvement) + at.sigma_Delta
    return close(at.gain, first, scale) & close(at.gain, second, scale + at.sigma_Delta / np.sqrt(at.r))


def nears_a_blind_oracle(at):
    ratio = at.sigma_Delta / (np.abs(at.expected_improvement) + at.sigma_Delta)
    coarse = at.moved(r=1e-16 * ratio**2)
    near = 1e-6 * (np.abs(at.expected_improvement) + at.sigma_Delta)
    return (np.abs(coarse.acceptance - 0.5) < 1e-6) & (np.abs(coarse.gain - at.expected_improvement / 2) <= near)


def harm_is_where_the_bracket_is_negative(at):
    x = at.acceptance_margin
    tail = np.sqrt(np.pi / 2) * erfcx(-x / np.sqrt(2))  # Phi/phi
    bracket = 1 + x * tail - (1 - at.r) / at.visible_spread**2
    near = 1e-7 * (1 + np.abs(x))
    return ((bracket <= near) | (at.gain >= 0)) & ((bracket >= -near) | (at.gain <= 0)) & ((x <= 0) | (at.gain >= 0))


@argued(
    "The visible part of the selected improvement has the mean r E.",
    about="expected_improvement",
    of="gated",
    where="sigma_Delta > 0, N > 0",
    holds=lambda at: close(
        at.expected_improvement - at.mu_Delta,
        at.selection_intensity * at.score_accuracy * at.sigma_Delta,
        np.abs(at.mu_Delta),
    ),
)
def claim_visible_mean(model):
    mean, _, to_lambda = selected_moments()
    whole = model[E].expr.subs({sym.selection_intensity: i, sym.score_accuracy: lam, sym.sigma_Delta: sigma})
    assert_identity(mean[0].subs(to_lambda), r * whole, "E[V] = r E")
    assert_identity((mean[0] + mean[1]).subs(to_lambda), whole, "and E[V + W] = E")


@argued(
    "T is the spread of the selected visible part over its spread before selection.",
    about="visible_spread variance_reduction",
    of="gated",
    holds=lambda at: close(
        at.visible_spread**2, 1 - at.r * at.score_accuracy**2 * (1 - at.selection_variance), scale=1
    ),
)
def claim_visible_spread(model):
    _, covariance, to_lambda = selected_moments()
    spread = formula(model, sym.visible_spread).subs(q, formula(model, sym.variance_reduction))
    assert_identity(covariance[0, 0].subs(to_lambda), r * sigma**2 * spread**2, "Var V = r sigma^2 T^2")
    whole = covariance[0, 0] + covariance[1, 1] + 2 * covariance[0, 1]
    left = 1 - formula(model, sym.variance_reduction)
    assert_identity(whole.subs(to_lambda), sigma**2 * left, "Var Delta = sigma^2 (1 - q) = sigma^2 S^2")
    assert_identity(spread.subs(r, 0), 1, "T = 1 at r = 0: nothing is seen of what was selected")
    assert_positive(formula(model, sym.visible_spread) ** 2, "T^2 > 0", {r: Interval(0, 1), q: Interval.Ropen(0, 1)})


@proved(
    "T falls as the oracle sees more, from 1 at r = 0 to S at r = 1.",
    about="visible_spread",
    of="gated",
    holds=lambda at: (
        close(at.moved(r=0.0).visible_spread, 1)
        & close(at.moved(r=1.0).visible_spread ** 2, 1 - at.variance_reduction, scale=1)
        & at_most(at.moved(r=(1 + at.r) / 2).visible_spread, at.visible_spread)
    ),
)
def claim_visible_spread_range(model):
    spread = formula(model, sym.visible_spread)
    assert_nonnegative(-(spread**2).diff(r), "T^2 falls with r")
    assert_identity(spread.subs(r, 1) ** 2, 1 - q, "T^2 at r = 1 is S^2")
    assert_identity(spread.subs(r, 0), 1, "and 1 at r = 0")


@argued(
    "x is the mean over the standard deviation of the visible part.",
    about="acceptance_margin visible_spread variance_reduction expected_improvement",
    of="gated",
    where="r > 0, mu > 0, sigma_Delta > 0",
    holds=lambda at: close(
        at.acceptance_margin * at.sigma_Delta * np.sqrt(1 - at.r * at.score_accuracy**2 * (1 - at.selection_variance)),
        np.sqrt(at.r) * (at.mu_Delta + at.selection_intensity * at.score_accuracy * at.sigma_Delta),
        np.abs(at.mu_Delta),
    ),
)
def claim_margin(model):
    mean, covariance, to_lambda = selected_moments()
    whole = model[E].expr.subs({sym.selection_intensity: i, sym.score_accuracy: lam, sym.sigma_Delta: sigma})
    spread = formula(model, sym.visible_spread).subs(q, formula(model, sym.variance_reduction))
    ours = formula(model, x).subs(E, whole).subs(T, spread)
    assert_identity((ours**2 * covariance[0, 0] - mean[0] ** 2).subs(to_lambda), 0, "x^2 Var V = (E[V])^2")
    assert_positive(formula(model, x).diff(E), "and x has the sign of E")
    assert_identity(formula(model, x).subs(E, 0), 0, "x = 0 where E = 0")


@argued(
    "A is the probability that a normal visible part is positive.",
    about="acceptance",
    of="gated",
    holds=lambda at: close(at.acceptance, ndtr(at.acceptance_margin)) | (at.acceptance_margin < -8),
)
def claim_acceptance(model):
    argue("P(V > 0) = P(Z > -x), Z standard normal: differentiate by x.")
    A = model[sym.acceptance].expr
    assert_identity(A.diff(x), normal_pdf(x), "the density of Z at -x")
    assert_exact(A.subs(x, -oo) == 0, "and it is 0 at x = -oo")
    assert_identity(A.subs(x, 0), Rational(1, 2), "1/2 at x = 0")


@argued(
    "The visible gain is the mean of V over the accepted moves.",
    about="visible_gain acceptance_margin",
    of="gated",
    where="sigma_Delta > 0",
    holds=lambda at: close(
        at.visible_gain,
        at.r * at.expected_improvement * ndtr(at.acceptance_margin)
        + np.sqrt(at.r) * at.sigma_Delta * at.visible_spread * density(at.acceptance_margin),
        at.sigma_Delta + at.r * np.abs(at.expected_improvement),
    ),
)
def claim_visible_gain(model):
    argue("E[max(m + z sd, 0)] with m/sd = x: integrate sd (x + z) phi(z) over z > -x.")
    density = exp(-(z**2) / 2) / sqrt(2 * pi)
    integral = integrate((x + z) * density, (z, -x, oo))
    assert_identity(integral, expected_positive_part(x).rewrite("erf"), "the integral is h(x)")
    gained = formula(model, sym.visible_gain)
    sd = sqrt(r) * sigma * T
    assert_identity(gained, sd * expected_positive_part(x), "sd = sqrt(r) sigma T")
    assert_identity(sd * formula(model, x), r * E, "and sd x = r E")


@argued(
    "The hidden gain is the mean of Delta - V over the accepted moves.",
    about="hidden_gain acceptance",
    of="gated",
    where="sigma_Delta > 0",
    holds=lambda at: close(
        at.hidden_gain,
        (1 - at.r)
        * (
            at.expected_improvement * ndtr(at.acceptance_margin)
            - np.sqrt(at.r) * at.sigma_Delta * at.variance_reduction / at.visible_spread * density(at.acceptance_margin)
        ),
        at.sigma_Delta + np.abs(at.expected_improvement),
    ),
)
def claim_hidden_gain(model):
    _, covariance, to_lambda = selected_moments()
    cov_sd = standardised(covariance, to_lambda)[0, 1] / (sqrt(r) * sigma * T)
    argue("Given V, W has the mean (1 - r) E + Cov(V, W)/Var V (V - r E); average it over V > 0.")
    density = exp(-(z**2) / 2) / sqrt(2 * pi)
    assert_identity(integrate(z * density, (z, -x, oo)), normal_pdf(x).rewrite("exp"), "E[z; z > -x] = phi(x)")
    ours = formula(model, sym.hidden_gain)
    A = generic(sym.acceptance)
    assert_identity(ours, (1 - r) * E * A + cov_sd * normal_pdf(x), "with Cov(V, W)/sd V from the selected moments")


@argued(
    "The accepted square of the variance closure is the mean square of what a move removes.",
    about="acceptance acceptance_margin visible_spread",
    of="gated",
    where="sigma_Delta > 0, mu > 0",
    holds=mean_square_is_at_least_the_squared_mean,
)
def claim_accepted_square(model):
    _, covariance, to_lambda = selected_moments()
    argue(
        "Given V = r E + sd Z, Delta has the mean E + b Z, b = Cov(Delta, V)/sd, and the variance e = Var Delta - b^2."
    )
    reduced = covariance.subs(to_lambda).applyfunc(lambda entry: entry.expand()).subs(lam**2, q / (1 - v))
    seen, both, hidden = (factor(reduced[at]) for at in ((0, 0), (0, 1), (1, 1)))
    slope = sqrt(r) * sigma * (1 - q) / T
    whole = slope.subs(T, formula(model, sym.visible_spread)) * sqrt(seen)
    assert_identity(
        whole**2, (seen + both) ** 2, "b = sqrt(r) sigma S^2/T: the square of sd b is that of Cov(Delta, V)"
    )
    argue("Average (E + b Z)^2 + e over Z > -x, where V > 0; the mean of Z there is phi(x).")
    A = model[sym.acceptance].expr
    assert_identity(
        (A - x * normal_pdf(x)).diff(x), x**2 * normal_pdf(x), "that of Z^2 is A - x phi(x): the slope in x"
    )
    assert_limit(A - x * normal_pdf(x), x, -oo, 0, "and 0 at x = -oo")
    rest = seen + 2 * both + hidden - slope**2
    mean = (E**2 + rest) * A + 2 * E * slope * normal_pdf(x) + slope**2 * (A - x * normal_pdf(x))
    assert_identity(generic(NOISE[0].expr).subs(generic(sym.acceptance), A), mean, "E[Delta^2; V > 0]")


@definition(
    "The gain is what the oracle sees plus what it does not; nothing where nothing is left.",
    about="gain",
    of="gated",
)
def claim_gain(model):
    gain = model[sym.gain].expr
    parts = sym.visible_gain + sym.hidden_gain
    assert_identity(gain.subs(sym.mu, s), parts, "E[Delta; V > 0] = E[V; V > 0] + E[W; V > 0]")
    assert_identity(gain.subs(sym.mu, 0), 0, "and 0 at mu = 0")


def closed_gain(model):
    """The gain in r, sigma, T, q, x, with E and A written through x."""
    gain = formula(model, sym.visible_gain) + formula(model, sym.hidden_gain)
    gain = gain.subs(generic(sym.acceptance), generic(model[sym.acceptance].expr))
    slope = formula(model, x).diff(E)
    return gain.subs(E, x / slope), x / slope


@proved(
    "The gain has the two forms of the specification of the model.",
    about="visible_gain hidden_gain acceptance_margin acceptance visible_spread gain",
    of="gated",
    where="r > 0, sigma_Delta > 0, mu > 0",
    holds=has_both_forms,
)
def claim_two_forms(model):
    gain, improvement = closed_gain(model)
    S2, T2 = 1 - q, 1 - r * q
    Phi, phi = normal_cdf(x), normal_pdf(x)
    h = expected_positive_part(x)
    first = improvement * Phi + sqrt(r) * sigma * S2 / T * phi
    second = sigma / sqrt(r) * (T * h - (1 - r) / T * phi)
    spread = {T: formula(model, sym.visible_spread)}
    assert_identity(spread[T] ** 2, T2, "T^2 = 1 - r q")
    assert_identity(gain.subs(spread), first.subs(spread), "E Phi(x) + sqrt(r) sigma S^2/T phi(x)")
    assert_identity(gain.subs(spread), second.subs(spread), "sigma/sqrt(r) (T h(x) - (1-r)/T phi(x))")


@proved(
    "With an oracle that sees everything the gain is the expected improvement of Bayesian optimisation.",
    about="visible_gain hidden_gain acceptance_margin visible_spread",
    of="gated",
    where="r = 1, sigma_Delta > 0, mu > 0",
    holds=lambda at: close(
        at.gain,
        at.expected_improvement * ndtr(at.acceptance_margin)
        + at.sigma_Delta * at.visible_spread * density(at.acceptance_margin),
        np.abs(at.expected_improvement) + at.sigma_Delta,
    ),
)
def claim_perfect_oracle(model):
    assert_identity(formula(model, sym.hidden_gain).subs(r, 1), 0, "nothing is hidden")
    spread = formula(model, sym.visible_spread).subs(r, 1)
    gain = formula(model, sym.visible_gain).subs(T, spread).subs(r, 1)
    assert_identity(gain, sigma * sqrt(1 - q) * expected_positive_part(x), "gain = sigma S h(x)")


@proved(
    "An oracle that sees nothing accepts every other move: A = 1/2 and gain = E/2.",
    about="acceptance acceptance_margin visible_gain hidden_gain",
    of="gated",
    where="r = 0, mu > 0, sigma_Delta > 0",
    holds=lambda at: (at.acceptance == 0.5) & close(at.gain, at.expected_improvement / 2),
)
def claim_blind_oracle(model):
    at = {sym.r: 0, sym.mu: s, sym.sigma_Delta: sigma}
    margin = model[x].expr.subs(at)
    assert_identity(margin, 0, "x = 0")
    A = model[sym.acceptance].expr.subs(x, margin)
    assert_identity(A, Rational(1, 2), "A = 1/2")
    hidden = model[sym.hidden_gain].expr.subs({sym.r: 0, sym.acceptance: A, x: margin})
    visible = model[sym.visible_gain].expr.subs({**at, x: margin})
    assert_identity(visible + hidden, E / 2, "gain = E/2")


@proved(
    "The values at r = 0 are the limits for an oracle that sees ever less.",
    about="acceptance acceptance_margin visible_gain hidden_gain visible_spread",
    of="gated",
    where="mu > 0, sigma_Delta > 0",
    remark="r -> 0",
    holds=nears_a_blind_oracle,
)
def claim_limit_of_a_blind_oracle(model):
    spread, mean = formula(model, sym.visible_spread), Symbol("E", real=True)
    margin = formula(model, x).subs(T, spread).subs(E, mean)
    A = model[sym.acceptance].expr.subs(x, margin)
    assert_limit(A.subs(r, s**2), s, 0, Rational(1, 2), "with r = s^2, s -> 0: A -> 1/2")
    gain = formula(model, sym.visible_gain) + formula(model, sym.hidden_gain)
    gain = gain.subs(generic(sym.acceptance), A).subs(T, spread).subs({x: margin, E: mean})
    gain = gain.replace(expected_positive_part, lambda at: expected_positive_part(at).rewrite(normal_cdf))
    assert_limit(gain.subs(r, s**2), s, 0, mean / 2, "gain -> E/2")


@proved(
    "Edges where candidates do not vary: A is 1, 1/2 or 0 for E > 0, = 0, < 0, and the gain is max(E, 0).",
    about="acceptance_margin acceptance visible_gain hidden_gain",
    of="gated",
    where="s0 = 0, mu > 0",
    remark="sigma_Delta = 0",
    holds=lambda at: (
        (at.acceptance == np.heaviside(at.expected_improvement, 0.5))
        & close(at.gain, np.maximum(at.expected_improvement, 0))
    ),
)
def claim_no_spread(model):
    for improvement, margin, accepted, gained in ((s, oo, 1, s), (-s, -oo, 0, 0), (S.Zero, 0, Rational(1, 2), 0)):
        at = {sym.sigma_Delta: 0, sym.mu: Dummy("m", positive=True), E: improvement}
        found = model[x].expr.subs(at)
        assert_exact(found == margin, f"x = {margin} for E = {improvement}")
        A = model[sym.acceptance].expr.subs(x, found)
        assert_identity(A, accepted, f"A = {accepted}")
        at |= {x: found, sym.acceptance: A}
        gain = model[sym.visible_gain].expr.subs(at) + model[sym.hidden_gain].expr.subs(at)
        assert_identity(gain, gained, f"gain = {gained}")


@proved(
    "Edges where nothing is left: the oracle sees no improvement, A = 0, but A = 1/2 at r = 0.",
    about="acceptance_margin acceptance gain",
    of="gated",
    where="mu = 0",
    holds=lambda at: (at.acceptance == np.where(at.r > 0, 0, 0.5)) & (at.gain == 0),
)
def claim_nothing_left(model):
    for improvement in (s, -s, S.Zero):
        at = {sym.mu: 0, sym.sigma_Delta: 0, E: improvement}
        assert_exact(model[x].expr.subs(at).subs(sym.r, s) == -oo, "x = -oo for r > 0")
        assert_exact(model[x].expr.subs(at).subs(sym.r, 0) == 0, "x = 0 at r = 0")
    assert_identity(model[sym.acceptance].expr.subs(x, -oo), 0, "A = 0")
    assert_identity(model[sym.gain].expr.subs(sym.mu, 0), 0, "gain = 0")


@proved(
    "Without reviewers selection changes nothing: q = 0 and T = 1; so too with one candidate.",
    about="variance_reduction visible_spread",
    of="gated",
    remark="N = 0, or K_eff = 1",
    holds=lambda at: (
        (at.moved(N=0.0).variance_reduction == 0)
        & (at.moved(N=0.0).visible_spread == 1)
        & (at.moved(K=1.0, K_r=0.0).variance_reduction == 0)
    ),
)
def claim_no_selection(model):
    reduction = model[sym.variance_reduction].expr
    assert_identity(reduction.subs(sym.score_accuracy, 0), 0, "lambda = 0: q = 0")
    assert_identity(reduction.subs(sym.selection_variance, 1), 0, "v = 1 at K_eff = 1 (D06): q = 0")
    assert_identity(model[sym.visible_spread].expr.subs(sym.variance_reduction, 0), 1, "then T = 1")


@argued(
    "The gain is negative exactly where x < x*, for one x* <= 0: the root of 1 + x Phi/phi = (1 - r)/T^2.",
    about="visible_gain hidden_gain acceptance_margin acceptance visible_spread",
    of="gated",
    where="0 < r < 1, sigma_Delta > 0, mu > 0",
    holds=harm_is_where_the_bracket_is_negative,
)
def claim_coarse_oracle_lets_harm_in(model):
    gain, _ = closed_gain(model)
    Phi, phi = normal_cdf(x), normal_pdf(x)
    argue("Divide the gain by sigma T phi(x)/sqrt(r): what is left is 1 + x Phi/phi - (1 - r)/T^2.")
    reduced = gain * sqrt(r) / (sigma * T * phi)
    threshold = (1 - r) / T**2
    spread = {T: formula(model, sym.visible_spread)}
    bracket = 1 + x * Phi / phi - threshold
    assert_identity(reduced.subs(spread), bracket.subs(spread), "the sign of the gain is that of this bracket")
    mills = Phi / phi
    argue("m = Phi/phi obeys m' = 1 + x m > 0 (D06: h > 0), so m rises, and (x m)' = m + x m' > 0.")
    assert_identity(mills.diff(x), 1 + x * mills, "m' = 1 + x m")
    assert_identity((1 + x * mills) * phi, expected_positive_part(x).rewrite(normal_cdf), "1 + x m = h/phi > 0")
    argue("(1 + x m)' = x + (1 + x^2) m is positive for x >= 0; for x < 0 it is (1 + x^2) F, and F(-oo) = 0.")
    assert_identity((1 + x * mills).diff(x), x + mills * (1 + x**2), "(1 + x m)' = x + (1 + x^2) m")
    F = mills + x / (1 + x**2)
    assert_identity((F * phi).diff(x) / phi, 2 / (1 + x**2) ** 2, "(F phi)' = 2 phi/(1 + x^2)^2 > 0, so F > 0")
    argue("For t = -x > 0: t/(1 + t^2) < m, and m < 1/t as 1 + x m > 0, so 0 < 1 + x m < 1 - t^2/(1 + t^2).")
    assert_limit(1 - s * s / (1 + s**2), s, oo, 0, "therefore 1 + x m -> 0 as x -> -oo")
    assert_identity(bracket.subs(x, 0), 1 - threshold, "at x = 0 the bracket is 1 - (1 - r)/T^2")
    at_zero = (1 - threshold).subs(spread)
    assert_nonnegative(
        at_zero, "which is r (1 - q)/T^2 >= 0, so x* <= 0", {r: Interval.open(0, 1), q: Interval.Ropen(0, 1)}
    )
    assert_positive(
        threshold.subs(spread),
        "and (1 - r)/T^2 > 0 = lim h/phi at x = -oo, so there is a root",
        {r: Interval.open(0, 1), q: Interval.Ropen(0, 1)},
    )


@proved(
    "For r = 1 the gain is never negative: a perfect oracle lets no harm in.",
    about="hidden_gain visible_gain",
    of="gated",
    where="r = 1",
    holds=lambda at: at.gain >= 0,
)
def claim_no_harm_at_full_resolution(model):
    gain = (formula(model, sym.visible_gain) + formula(model, sym.hidden_gain)).subs(r, 1)
    assert_positive(gain, "gain > 0")


@proved(
    "As mu -> 0 the acceptance margin falls without bound: x -> -oo.",
    about="acceptance_margin",
    of="gated",
    where="0 < r < 1, a2 > 0, kappa2*H < 1",
    remark="mu -> 0, where E tends to a negative limit (D02)",
    holds=lambda at: (at.moved(mu=1e-60).acceptance_margin < -5) & (at.moved(mu=1e-60).gain <= 0),
)
def claim_harm_at_small_mu(model):
    loss = Dummy("B", positive=True)
    margin = formula(model, x).subs(E, -loss)
    least = margin.subs(T, 1)
    assert_nonnegative(least - margin.subs(T, 1 / (1 + s)), "x is at most what it is at T = 1, as T <= 1")
    assert_limit(least, sigma, 0, -oo, "x -> -oo where sigma_Delta -> 0 and E -> -B delta < 0 (D02)")


@supported(
    "Taking the selected parts as jointly normal costs at most 2.2 % of A where A >= 0.1, and 0.008 sigma_Delta "
    "of gain.",
    about="acceptance gain visible_gain hidden_gain selection_variance selection_intensity",
    of="gated",
    remark="sliders' ranges, r >= 0.05, 0.1 <= mu <= 40, c = 0",
)
def claim_joint_normal_step(model):
    import numpy as np
    import xarray as xr

    from deltamu.model.special.numpy_kernels import normal_cdf as cdf
    from deltamu.model.special.numpy_kernels import normal_pdf as pdf
    from deltamu.simulation.evaluate import evaluate

    sliders = slider_ranges(sym.H, sym.rho, sym.gamma, sym.K, sym.N, sym.K_r)
    ranges = sliders | {"r": (0.05, 1), "delta": (0.01, 2), "mu": (0.1, 40)}
    generator = np.random.default_rng(5)
    size = 3000
    draws = {name: generator.uniform(*ends, size) for name, ends in ranges.items()}
    corners = generator.integers(0, 2, (len(ranges), size // 2))
    for (name, ends), corner in zip(ranges.items(), corners, strict=True):
        draws[name][: size // 2] = np.where(corner, ends[1], ends[0])
    at = {name: xr.DataArray(values, dims="point") for name, values in draws.items()}
    ds = evaluate(["mu_Delta", "sigma_Delta", "score_accuracy", "K_eff", "acceptance", "gain"], model=model, **at)

    def Phi(values):
        return xr.apply_ufunc(lambda block: cdf(np.ascontiguousarray(block)), values)

    def phi(values):
        return xr.apply_ufunc(lambda block: pdf(np.ascontiguousarray(block)), values)

    score = xr.DataArray(np.linspace(-9, 9, 721), dims="score")
    step("Given the best score M the law is normal: average A and gain over the law Phi^k of M.")
    weight = ds.K_eff * phi(score) * Phi(score) ** (ds.K_eff - 1) * float(score[1] - score[0])
    mean = ds.mu_Delta + ds.score_accuracy * ds.sigma_Delta * score
    left, root = np.sqrt(1 - at["r"] * ds.score_accuracy**2), np.sqrt(at["r"])
    margin = root * mean / (ds.sigma_Delta * left)
    accepted = (weight * Phi(margin)).sum("score")
    density = root * ds.sigma_Delta * (1 - ds.score_accuracy**2) / left * phi(margin)
    gained = (weight * (mean * Phi(margin) + density)).sum("score")
    why = "quadrature errs by 1e-10; corners and the inside of the range"
    sample = f"{size} settings, half of them corners"
    support("weight of the score's law", abs(weight.sum("score") - 1).max(), high=1e-8, sample=sample, why=why)
    error = abs(ds.acceptance / accepted - 1).where(accepted >= 0.1).max()
    support("largest relative error of A", error, high=0.022, sample=sample, why=why)
    support(
        "largest error of the gain over sigma_Delta",
        abs((ds.gain - gained) / ds.sigma_Delta).max(),
        high=0.008,
        sample=sample,
        why=why,
    )
