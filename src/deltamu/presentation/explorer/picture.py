"""One move drawn candidate by candidate: how an improvement, its score and its visible part follow from their draws.

The laws are those of the model: improvements with mean mu_Delta and spread sigma_Delta, standardised scores whose
correlation with them is the score accuracy, and a visible part with mean r Delta and covariance r sigma_Delta^2.
"""

from sympy import sqrt

from deltamu.codegen.program import Program, program
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import REAL, quantity

SOURCE = "the article's four steps, as the completed move has them"
DRAWS = tuple(
    quantity(
        f"draw_of_{what}", rf"\xi_{{{index}}}", domain=REAL, meaning=f"standard normal draw of a candidate's {what}"
    )
    for index, what in enumerate(("improvement", "score", "visibility"), start=1)
)
_improvement, _score, _visibility = DRAWS
IMPROVEMENT = Formula(
    quantity("candidate_improvement", r"\Delta_k", domain=REAL, unit="defects", meaning="a candidate's improvement"),
    sym.mu_Delta + sym.sigma_Delta * _improvement,
    title="improvement of one candidate", source=SOURCE,
)  # fmt: skip
SCORE = Formula(
    quantity("candidate_score", "M_k", domain=REAL, meaning="a candidate's standardised score"),
    sym.score_accuracy * _improvement + sqrt(1 - sym.score_accuracy**2) * _score,
    title="score of one candidate", source=SOURCE,
)  # fmt: skip
VISIBLE = Formula(
    quantity("candidate_visible", "V_k", domain=REAL, unit="defects", meaning="visible part of an improvement"),
    sym.r * IMPROVEMENT.symbol + sqrt(sym.r * (1 - sym.r)) * sym.sigma_Delta * _visibility,
    title="visible part of one candidate's improvement", source=SOURCE,
)  # fmt: skip
FORMULAS = (IMPROVEMENT, SCORE, VISIBLE)
SHOWN = (sym.mu_Delta, sym.sigma_Delta, sym.N_eff, sym.K_prime, sym.K_eff, sym.score_accuracy)


def picture(model: Model) -> Program:
    """What is drawn of one candidate, and the numbers of its move."""
    extended = model.replace(*FORMULAS, name=model.name)
    return program("picture", extended, [*SHOWN, *(formula.symbol for formula in FORMULAS)])
