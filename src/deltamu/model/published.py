"""The article's formulas: one candidate, its reviewers, the published step, and what is left after it.

A right side is written under ``evaluate(False)``, in the order in which the paper prints it and the machine computes
it, and chosen among equal ones so that no digit is lost to cancellation anywhere in the domain.
"""

import sympy
from sympy import Piecewise, Rational, evaluate, exp, oo, sqrt

from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model, positive_part
from deltamu.model.special import normal_quantile

with evaluate(False):
    # --- one candidate, as published --------------------------------------------------------------------------------
    EFFECTIVE_TARGETING = Formula(
        sym.rho_eff, sym.rho + (1 - sym.rho) * sym.H,
        title="effective targeting: the human prior covers what the model prior misses",
        source="article, Effective Targeting, there 1 - (1 - rho)(1 - H)",
    )  # fmt: skip
    MEAN_IMPROVEMENT = Formula(
        sym.mu_Delta,
        sym.a1 * sym.rho_eff * sym.delta * (sym.mu / (sym.mu + sym.b))
        - sym.a2 * (1 - sym.kappa2 * sym.H) * sym.delta * (1 + sym.overreach * sym.delta),
        title="expected net improvement of one candidate: benefit less collateral damage",
        source="article, Expected Net Improvement; overreach c added",
    )
    IMPROVEMENT_SPREAD = Formula(
        sym.sigma_Delta, sym.s0 * (1 - sym.kappa1 * sym.H) * sym.delta * sqrt(sym.mu / (sym.mu + sym.b)),
        title="standard deviation of one candidate's improvement",
        source="article, Improvement Variance",
    )  # fmt: skip

    # --- reviewers and candidates -----------------------------------------------------------------------------------
    EFFECTIVE_REVIEWERS = Formula(
        sym.N_eff,
        Piecewise((0, sympy.Eq(sym.N, 0)), (sym.N / ((1 - sym.gamma) + sym.N * sym.gamma), True)),
        title="effective number of reviewers: Kish's design effect",
        source="article, Effective Reviewers, there N / (1 + (N - 1) gamma)",
    )
    SELECTION_NOISE = Formula(
        sym.sigma_tot,
        Piecewise((oo, sympy.Eq(sym.N_eff, 0)), (sqrt(sym.sigma_Delta**2 + sym.sigma_r**2 / sym.N_eff), True)),
        title="standard deviation of the reviewers' score",
        source="article, Total Selection Noise",
    )
    CANDIDATES = Formula(
        sym.K_prime, sym.K + sym.N * sym.K_r,
        title="candidates in a move, the reviewers' own included",
        source="article, Effective Candidates",
    )  # fmt: skip
    EFFECTIVE_CANDIDATES = Formula(
        sym.K_eff, 1 + (sym.K_prime - 1) * (1 - sym.tau * sym.H),
        title="effective candidates: a strong prior makes them alike",
        source="article, Effective Candidates",
    )  # fmt: skip
    SCORE_ACCURACY = Formula(
        sym.score_accuracy,
        Piecewise(
            (0, sympy.Eq(sym.N_eff * sym.sigma_Delta**2, 0)),
            (sqrt(sym.N_eff) * sym.sigma_Delta / sqrt(sym.N_eff * sym.sigma_Delta**2 + sym.sigma_r**2), True),
        ),
        title="accuracy of the reviewers' score",
        source="sigma_Delta / sigma_tot of the article, regular at N = 0",
    )

    # --- selection --------------------------------------------------------------------------------------------------
    PUBLISHED_INTENSITY = Formula(
        sym.selection_intensity,
        Piecewise((0, sym.K_eff <= 1), (-normal_quantile(1 / sym.K_eff), True)),
        title="selection intensity as published",
        source="article, Expected Maximum, there the quantile at 1 - 1/K_eff; 0 at K_eff = 1 as in its simulator",
    )
    EXPECTED_IMPROVEMENT = Formula(
        sym.expected_improvement,
        sym.mu_Delta + sym.selection_intensity * sym.score_accuracy * sym.sigma_Delta,
        title="expected improvement of the selected candidate: intensity x accuracy x spread",
        source="article, Expected Maximum (breeder's equation)",
    )

    # --- the published step -----------------------------------------------------------------------------------------
    PUBLISHED_GAIN = Formula(
        sym.gain, positive_part(sym.expected_improvement),
        title="published gain: the expected improvement, never negative",
        source="article's simulator",
    )  # fmt: skip
    PUBLISHED_ACCEPTANCE = Formula(
        sym.acceptance,
        Piecewise(
            (Rational(1, 2), sympy.Eq(sym.gain, 0)),
            (1, sympy.Eq(sym.sigma_tot, 0)),
            (1 / (1 + exp(-(sym.gain / sym.sigma_tot))), True),
        ),
        title="published acceptance proxy",
        source="article's simulator",
    )

    # --- after the step ---------------------------------------------------------------------------------------------
    DEFECTS_AFTER = Formula(
        sym.mu_next, positive_part(sym.mu - sym.gain),
        title="expected defect mass after the move",
        source="article's simulator",
    )  # fmt: skip
    PASS_PROBABILITY = Formula(
        sym.pass_probability, exp(-(sym.r * sym.mu)),
        title="probability that the oracle passes",
        source="article, Pass Probability (Poisson thinning)",
    )  # fmt: skip
    FALSE_PASS_PROBABILITY = Formula(
        sym.false_pass_probability, 1 - exp(-((1 - sym.r) * sym.mu)),
        title="probability of a hidden defect, given a pass",
        source="article, False Pass Risk (Poisson thinning)",
    )  # fmt: skip
    RELIABILITY = Formula(
        sym.reliability, exp(-sym.mu),
        title="probability that no defect is left",
        source="Poisson number of defects",
    )  # fmt: skip
    COST = Formula(
        sym.cost, sym.w_generate * sym.K_prime + sym.w_review * sym.N * sym.K_prime,
        title="cost of a move: candidates generated and reviewed",
        source="completion of the article's efficiency plot",
    )  # fmt: skip
    EFFICIENCY = Formula(
        sym.efficiency,
        Piecewise((sym.gain / sym.cost, sym.gain < sym.mu), (sym.mu / sym.cost, True)),
        title="defect mass removed per unit of cost",
        source="article, efficiency plot",
    )

BEFORE_THE_STEP = (
    EFFECTIVE_TARGETING,
    MEAN_IMPROVEMENT,
    IMPROVEMENT_SPREAD,
    EFFECTIVE_REVIEWERS,
    SELECTION_NOISE,
    CANDIDATES,
    EFFECTIVE_CANDIDATES,
    SCORE_ACCURACY,
)
AFTER_THE_STEP = (DEFECTS_AFTER, PASS_PROBABILITY, FALSE_PASS_PROBABILITY, RELIABILITY, COST, EFFICIENCY)

PUBLISHED = Model(
    "published",
    (
        *BEFORE_THE_STEP,
        PUBLISHED_INTENSITY,
        EXPECTED_IMPROVEMENT,
        PUBLISHED_GAIN,
        PUBLISHED_ACCEPTANCE,
        *AFTER_THE_STEP,
    ),
)
