"""The completed move: exact selection, and an oracle that decides about the move.

Visible and hidden defects are gained apart, which keeps the digits of both and needs no case for the tails.
"""

import sympy
from sympy import Piecewise, evaluate, oo, sqrt

from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.published import AFTER_THE_STEP, BEFORE_THE_STEP, EXPECTED_IMPROVEMENT
from deltamu.model.special import expected_positive_part, normal_cdf, normal_max_mean, normal_max_variance, normal_pdf

with evaluate(False):
    EXACT_INTENSITY = Formula(
        sym.selection_intensity, normal_max_mean(sym.K_eff),
        title="selection intensity: mean of the best of K_eff standard normal scores",
        source="order statistics; replaces the published quantile",
    )  # fmt: skip
    SELECTION_VARIANCE = Formula(
        sym.selection_variance, normal_max_variance(sym.K_eff),
        title="variance of the best of K_eff standard normal scores",
        source="order statistics",
    )  # fmt: skip
    VARIANCE_REDUCTION = Formula(
        sym.variance_reduction, sym.score_accuracy**2 * (1 - sym.selection_variance),
        title="share of an improvement's variance that selection removes",
        source="regression of the improvement on the score",
    )  # fmt: skip
    VISIBLE_SPREAD = Formula(
        sym.visible_spread, sqrt(1 - sym.r * sym.variance_reduction),
        title="spread of the selected candidate's visible part over that before selection",
        source="regression of the visible part on the score",
    )  # fmt: skip
    ACCEPTANCE_MARGIN = Formula(
        sym.acceptance_margin,
        Piecewise(
            (
                sqrt(sym.r) * sym.expected_improvement / (sym.sigma_Delta * sym.visible_spread),
                sym.sigma_Delta > 0,
            ),
            (0, sympy.And(sympy.Eq(sym.mu, 0), sympy.Eq(sym.r, 0))),
            (-oo, sympy.Eq(sym.mu, 0)),
            (oo, sym.expected_improvement > 0),
            (-oo, sym.expected_improvement < 0),
            (0, True),
        ),
        title="acceptance margin: mean over spread of the selected candidate's visible part",
        source="completed move; limits where there is no spread",
    )
    GATED_ACCEPTANCE = Formula(
        sym.acceptance, normal_cdf(sym.acceptance_margin),
        title="probability that the oracle sees an improvement",
        source="completed move",
    )  # fmt: skip
    VISIBLE_GAIN = Formula(
        sym.visible_gain,
        Piecewise(
            (
                sqrt(sym.r) * sym.sigma_Delta * sym.visible_spread * expected_positive_part(sym.acceptance_margin),
                sym.sigma_Delta > 0,
            ),
            (sym.r * sym.expected_improvement * sym.acceptance, True),
        ),
        title="what the oracle sees of an accepted improvement",
        source="completed move: mean of V where V > 0",
    )
    HIDDEN_GAIN = Formula(
        sym.hidden_gain,
        (1 - sym.r)
        * (
            sym.expected_improvement * sym.acceptance
            - sqrt(sym.r)
            * sym.sigma_Delta
            * (sym.variance_reduction / sym.visible_spread)
            * normal_pdf(sym.acceptance_margin)
        ),
        title="what the oracle does not see of an accepted improvement, harm included",
        source="completed move: mean of Delta - V where V > 0",
    )
    GATED_GAIN = Formula(
        sym.gain, Piecewise((0, sympy.Eq(sym.mu, 0)), (sym.visible_gain + sym.hidden_gain, True)),
        title="expected gain of the completed move",
        source="completed move: mean of Delta where V > 0",
    )  # fmt: skip

GATED = Model(
    "gated",
    (
        *BEFORE_THE_STEP,
        EXACT_INTENSITY,
        SELECTION_VARIANCE,
        VARIANCE_REDUCTION,
        VISIBLE_SPREAD,
        EXPECTED_IMPROVEMENT,
        ACCEPTANCE_MARGIN,
        GATED_ACCEPTANCE,
        VISIBLE_GAIN,
        HIDDEN_GAIN,
        GATED_GAIN,
        *AFTER_THE_STEP,
    ),
)
