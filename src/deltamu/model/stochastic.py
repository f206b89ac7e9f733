"""The stochastic move in symbols: the completed move's law, with three draws a move whatever K and N are.

The best of k = K_eff candidates has a standardised score M with distribution Φ(x)^k, so M = Φ⁻¹(U^{1/k}), written here
with the exponential draw ξ = −ln U so that the upper tail keeps its digits.  Given M, the visible part V and the hidden
part W of the improvement are jointly normal: before selection they are independent with variances rσ_Δ² and (1−r)σ_Δ²,
and each correlates with the score.  The oracle accepts where V > 0.
"""

from dataclasses import replace

import sympy
from sympy import Piecewise, evaluate, exp, log, sqrt

from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.expressions import replaced
from deltamu.model.formula import Formula, Model, positive_part
from deltamu.model.policies import Policy
from deltamu.model.special import normal_quantile

with evaluate(False):
    DIRECT = (
        Formula(
            sym.selected_score, -normal_quantile(1 - exp(-(sym.draw_score / sym.K_eff))),
            title="best standardised score of K_eff candidates",
            source="inverse of its distribution, Phi(x)**K_eff",
        ),
        Formula(
            sym.scored_improvement, sym.mu_Delta + sym.score_accuracy * sym.sigma_Delta * sym.selected_score,
            title="expected improvement of the selected candidate, given its score",
            source="regression of the improvement on the score",
        ),
        Formula(
            sym.unscored_spread, sqrt(positive_part(1 - sym.r * sym.score_accuracy**2)),
            title="spread of the visible part that the score leaves open",
            source="regression of the visible part on the score",
        ),
        Formula(
            sym.visible_signal,
            sqrt(sym.r) * sym.scored_improvement + sym.sigma_Delta * sym.unscored_spread * sym.draw_visible,
            title="visible part over the root of r, which decides the sign even as r goes to 0",
            source="normal law of the visible part, given the score",
        ),
        Formula(
            sym.hidden_improvement,
            Piecewise(
                (0, sympy.Eq(sym.r, 1)),
                (
                    (1 - sym.r)
                    * (
                        sym.scored_improvement
                        - sqrt(sym.r)
                        * sym.sigma_Delta
                        * (sym.score_accuracy**2 / sym.unscored_spread)
                        * sym.draw_visible
                    )
                    + sym.sigma_Delta
                    * sqrt((1 - sym.r) * positive_part(1 - sym.score_accuracy**2))
                    / sym.unscored_spread
                    * sym.draw_hidden,
                    True,
                ),
            ),
            title="hidden part of the selected candidate's improvement",
            source="normal law of the hidden part, given the score and the visible part",
        ),
        Formula(
            sym.improvement, sqrt(sym.r) * sym.visible_signal + sym.hidden_improvement,
            title="improvement of the selected candidate",
            source="visible and hidden part",
        ),
        Formula(
            sym.accepted,
            Piecewise(
                (1, sym.visible_signal > 0),
                (1, sympy.And(sympy.Eq(sym.sigma_Delta, 0), sym.scored_improvement > 0)),
                (0, True),
            ),
            title="the oracle accepts what it sees to improve",
            source="completed move; without spread the sign of the improvement decides",
        ),
        Formula(
            sym.realised_gain, Piecewise((sym.improvement, sym.accepted > 0), (0, True)),
            title="an accepted improvement, harm included; a rejected move leaves everything as it was",
            source="completed move",
        ),
        Formula(
            sym.mu_next, positive_part(sym.mu - sym.realised_gain),
            title="defect mass after the move",
            source="completed move",
        ),
    )  # fmt: skip
    INVERSION = tuple(
        Formula(draw, expr, title=draw.meaning, source="inverse of its distribution")
        for draw, expr in zip(
            sym.DRAWS,
            (-log(sym.UNIFORMS[0]), normal_quantile(sym.UNIFORMS[1]), normal_quantile(sym.UNIFORMS[2])),
            strict=True,
        )
    )


def stochastic(model: Model) -> Model:
    """A model whose move is random: the law of `model`'s completed move, driven by the draws `symbols.DRAWS`.

    Examples
    --------
    >>> from deltamu import GATED
    >>> print(stochastic(GATED)["realised_gain"])
    realised_gain = Piecewise((improvement, accepted > 0), (0, True))
    """
    if sym.acceptance_margin not in model:
        raise InputError(f"model {model.name} has no stochastic move: its step never consults the oracle; use gated")
    return model.replace(*DIRECT, name=model.name)


def observing(policy: Policy) -> Policy:
    """The policy that sees which of the last moves were accepted, not the acceptance probability.

    How many there are, `symbols.moves_seen`, and how many of those before this one were accepted,
    `symbols.accepted_before`, is given to each move, as draws are.

    Examples
    --------
    >>> from deltamu import TRUST_REGION
    >>> print(observing(TRUST_REGION).formulas[0])
    acceptance_seen = (accepted + accepted_before)/moves_seen
    """
    seen = {sym.acceptance: sym.acceptance_seen}
    share = Formula(sym.acceptance_seen, (sym.accepted_before + sym.accepted) / sym.moves_seen,
                    title=sym.acceptance_seen.meaning, source="events in place of their probability")  # fmt: skip
    return Policy(
        policy.name,
        dict(policy.initial),
        {symbol: replaced(expr, seen) for symbol, expr in policy.update},
        (share, *(replace(f, printed=replaced(f.printed, seen)) for f in policy.formulas)),
        policy.title,
    )
