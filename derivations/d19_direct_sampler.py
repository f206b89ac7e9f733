"""D19  The direct sampler: three draws a move have the law of all candidates and reviewers.

Statement
    The score M = Phi^-1(U^(1/K_eff)) of the selected candidate and, given it, the visible and hidden parts drawn from
    two normal numbers have the joint law of the completed move, whatever K and N are.

Assumptions
    Those of D05 and D09: visible and hidden parts are independent before selection with variances in proportion to r
    and 1 - r, review errors are independent across candidates and of both parts, the best of K_eff scores is selected.
"""

import numpy as np
from scipy.special import ndtr
from sympy import Dummy, Matrix, Symbol, log, sqrt

from deltamu import symbols as sym
from deltamu.claims import Values, argue, argued, assert_identity, close, generic, proved, step
from deltamu.model.special import normal_cdf, normal_quantile
from deltamu.model.stochastic import stochastic

r, sigma, lam, w = map(generic, (sym.r, sym.sigma_Delta, sym.score_accuracy, sym.unscored_spread))
k, m = generic(sym.K_eff), sym.scored_improvement
x, noise = Symbol("x", real=True), Symbol("e", positive=True)
s = Dummy("s", positive=True)
draws = Matrix([sym.draw_visible, sym.draw_hidden])


def drawn(at, score=None, visible=0.0, hidden=0.0):
    """The stochastic move at given draws; the score's comes from the target, which is any number in (0, 1)."""
    draws = {
        "draw_score": -np.log(at.target) if score is None else score,
        "draw_visible": visible,
        "draw_hidden": hidden,
    }
    return Values(stochastic(at.model), at.inputs | {name: value + 0 * at.mu for name, value in draws.items()})


def score_has_the_law_of_the_best(at):
    return close(ndtr(drawn(at).selected_score) ** at.K_eff, at.target, scale=1)


def parts_have_the_stated_moments(at):
    """Means where the draws are 0, and the covariance from what one unit of each draw adds."""
    still, one, other = drawn(at), drawn(at, visible=1.0), drawn(at, hidden=1.0)
    total = at.sigma_Delta**2 + at.sigma_r**2 / at.N_eff
    scale = at.sigma_Delta**2 + np.abs(at.mu_Delta) + at.sigma_Delta * (1 + np.abs(still.selected_score))

    def parts(at_draws):
        visible = np.sqrt(at.r) * at_draws.visible_signal
        return visible, at_draws.hidden_improvement

    means, firsts, seconds = parts(still), parts(one), parts(other)
    moves = [(a - m, b - m) for a, b, m in zip(firsts, seconds, means, strict=True)]
    prior = (at.r * at.sigma_Delta**2, (1 - at.r) * at.sigma_Delta**2)
    rounding = 1e-14 * at.sigma_Delta * (np.abs(means[0]) + np.abs(means[1]))
    good = close(means[0] + means[1], at.mu_Delta + at.sigma_Delta**2 / np.sqrt(total) * still.selected_score, scale)
    for i in (0, 1):
        for j in (0, 1):
            covariance = moves[i][0] * moves[j][0] + moves[i][1] * moves[j][1]
            left_open = (prior[i] if i == j else 0) - prior[i] * prior[j] / total
            good = good & (np.abs(covariance - left_open) <= 1e-7 * at.sigma_Delta**2 + rounding)
    return good


def accepted_iff_the_visible_part_is_positive(at):
    good = True
    for draw in (-1.5, 0.2, 2.0):
        law = drawn(at, visible=draw)
        visible = law.improvement - law.hidden_improvement
        good = good & ((law.accepted == 1) == (law.visible_signal > 0)) & close(
            visible, np.sqrt(at.r) * law.visible_signal, np.abs(law.hidden_improvement))  # fmt: skip
    return good


@argued(
    "The drawn score has the distribution Phi(x)^K_eff of the best of K_eff standard normal scores.",
    of="gated",
    remark="U uniform, xi = -log U",
    holds=score_has_the_law_of_the_best,
)
def claim_selected_score(model):
    score = generic(stochastic(model)[sym.selected_score].expr)
    argue("M grows with U. It equals x where xi = -K_eff log Phi(x), that is where U = Phi(x)^K_eff:")
    p = normal_cdf(x)
    at = score.subs(generic(sym.draw_score), -k * log(p)).subs(1 - p, normal_cdf(-x))
    assert_identity(1 - p.rewrite("erf"), normal_cdf(-x).rewrite("erf"), "Phi(-x) = 1 - Phi(x)")
    assert_identity(at, -normal_quantile(normal_cdf(-x)), "the score there")
    assert_identity(-normal_quantile(normal_cdf(-x)), x, "is x: P(M <= x) = P(U <= Phi(x)^K_eff) = Phi(x)^K_eff")


@argued(
    "Given the score, the drawn parts have the mean and covariance of the selected candidate's.",
    about="score_accuracy",
    of="gated",
    where="0 < r < 1, N > 0, sigma_Delta > 0, sigma_r > 0",
    holds=parts_have_the_stated_moments,
)
def claim_parts_given_the_score(model):
    law = stochastic(model)
    prior = Matrix([[r * sigma**2, 0], [0, (1 - r) * sigma**2]])
    with_score = prior * Matrix([1, 1])
    total = sigma**2 + noise
    argue("Given the score, normal parts have the mean and covariance of their regression on it.")
    step("Regression on the score V + W + error: the slope and what the score leaves open.", with_score / total)
    left_open = (prior - with_score * with_score.T / total).subs(noise, sigma**2 * (1 / lam**2 - 1))
    mean = Matrix([r, 1 - r]) * m
    slope = (with_score[0] + with_score[1]) / sqrt(total)
    moved = sym.mu_Delta + slope.subs(noise, sigma**2 * (1 / lam**2 - 1)) * sym.selected_score
    assert_identity(generic(law[m].expr), generic(moved), "mean of V + W given the score, of which V has the share r")
    parts = parts_where_open(law)
    assert_identity(parts[0].subs(dict.fromkeys(draws, 0)) - mean[0], 0, "mean of the visible part")
    assert_identity(parts[1].subs(dict.fromkeys(draws, 0)) - mean[1], 0, "mean of the hidden part")
    jacobian = parts.jacobian(draws)
    covariance = jacobian * jacobian.T
    for row, column, name in ((0, 0, "variance of V"), (0, 1, "covariance"), (1, 1, "variance of W")):
        assert_identity(covariance[row, column] - left_open[row, column], 0, name)


def parts_where_open(law):
    """V and W as drawn where 0 < r < 1 and 0 < lambda < 1."""
    spread = generic(law[sym.unscored_spread].expr)
    hidden = law[sym.hidden_improvement].expr.args[-1].expr
    visible = sqrt(sym.r) * law[sym.visible_signal].expr
    return Matrix([generic(visible), generic(hidden)]).subs(w, spread).applyfunc(open_branch)


def open_branch(expr):
    """Positive parts of 1 - r lambda^2 and 1 - lambda^2, which are positive here."""
    return expr.replace(lambda part: part.is_Piecewise, lambda part: part.args[0].expr)


@proved(
    "The oracle accepts in the draws iff the visible part is positive.",
    of="gated",
    where="r > 0, sigma_Delta > 0, mu > 0",
    holds=accepted_iff_the_visible_part_is_positive,
)
def claim_accepted(model):
    law = stochastic(model)
    accepted = generic(law[sym.accepted].expr)
    step("The signal is the visible part over sqrt(r), which has the same sign and keeps one as r goes to 0.")
    assert_identity(accepted.subs(sym.visible_signal, s), 1, "accepted where the signal is positive")
    assert_identity(accepted.subs(sym.visible_signal, -s), 0, "and rejected where it is negative")
    improvement = law[sym.improvement].expr
    seen = improvement.diff(sym.visible_signal)
    assert_identity(seen, sqrt(sym.r), "the improvement contains sqrt(r) times the signal: the visible part")
    assert_identity(improvement.diff(sym.hidden_improvement), 1, "and the hidden part")
