"""The accuracy of a team of any size in two numbers, read off the model's formulas.

The square of the score accuracy is a fraction N/(N + nu) of its limit: nu, the team scale, is the size at which half of
it is reached.  What one more reviewer adds, what is left to gain and the size at which the rest is negligible follow.
"""

from functools import cache

from sympy import Dummy, Eq, Expr, Or, Piecewise, cancel, factor, limit, oo, solve, sqrt

from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import NONNEGATIVE, REAL, UNIT

ACCURACY_LIMIT = sym.quantity(
    "accuracy_limit", r"\lambda_\infty", meaning="score accuracy of a team without end", domain=UNIT
)
TEAM_SCALE = sym.quantity(
    "team_scale", r"\nu", meaning="team whose squared score accuracy is half of its limit", domain=NONNEGATIVE,
    unit="reviewers",
)  # fmt: skip
ACCURACY_GAIN = sym.quantity(
    "accuracy_gain", r"\Delta_N \lambda", meaning="score accuracy that one more reviewer adds", domain=UNIT
)
IMPROVEMENT_LIMIT = sym.quantity(
    "improvement_limit", r"E_\infty", meaning="expected improvement with a team without end", domain=REAL,
    unit="defects",
)  # fmt: skip
TOLERANCE = sym.quantity(
    "tolerance", r"\varepsilon", meaning="share of what reviewers add that may be left out", domain=UNIT
)
SIZE = sym.quantity(
    "size", r"N_\varepsilon", meaning="real team size that leaves out no more than the tolerance", domain=NONNEGATIVE,
    unit="reviewers",
)  # fmt: skip
SHARE = sym.N / (sym.N + TEAM_SCALE)
"""The squared score accuracy as a share of its limit."""


@cache
def saturating(model: Model) -> Model:
    """The model with the team's scale and the limit of its accuracy as formulas, derived from its own score accuracy.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> formulas = saturating(PUBLISHED)
    >>> print(formulas["team_scale"].expr.args[-1].expr)
    -sigma_r**2*(gamma - 1)/(gamma*sigma_r**2 + sigma_Delta**2)
    >>> print(formulas["size"].expr)
    -team_scale*(tolerance - 1)**2/(tolerance*(tolerance - 2))
    """
    size, share = Dummy("N", positive=True), Dummy("gamma", positive=True)
    noise, spread = Dummy("sigma_r", positive=True), Dummy("sigma_Delta", positive=True)
    inside = {sym.N: size, sym.gamma: share, sym.sigma_r: noise, sym.sigma_Delta: spread}
    effective = model[sym.N_eff].expr.xreplace(inside)
    accuracy = model[sym.score_accuracy].expr.xreplace(inside).subs(sym.N_eff, effective)
    inverse = cancel(accuracy**-2)
    at_limit = limit(inverse, size, oo)
    slope = factor(cancel((inverse - at_limit) * size))
    if slope.has(size) or not slope.free_symbols <= {share, noise, spread}:
        raise InputError(f"model {model.name}: its score accuracy is no function N/(N + scale) of the reviewers")
    back = {mine: symbol for symbol, mine in inside.items()}
    none = Eq(sym.sigma_Delta, 0)
    formulas = (
        Formula(ACCURACY_LIMIT, Piecewise((0, none), (sqrt(1 / factor(at_limit.xreplace(back))), True)),
                title=ACCURACY_LIMIT.meaning, source="limit of the score accuracy"),
        Formula(TEAM_SCALE, Piecewise((0, none), (factor(cancel(slope / at_limit)).xreplace(back), True)),
                title=TEAM_SCALE.meaning, source="score accuracy"),
        Formula(ACCURACY_GAIN, _one_more(), title=ACCURACY_GAIN.meaning, source="score accuracy"),
        Formula(SIZE, factor(solve(Eq(SHARE, (1 - TOLERANCE) ** 2), sym.N)[0]), title=SIZE.meaning,
                source="score accuracy"),
    )  # fmt: skip
    return model.replace(*formulas, name=model.name)


@cache
def limited(model: Model) -> Model:
    """The `saturating` model with the limit of the expected improvement as well.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> print(limited(PUBLISHED)["improvement_limit"].expr.args[0].expr)
    accuracy_limit*selection_intensity*sigma_Delta + mu_Delta
    """
    proposals = model.expand(sym.K_eff).diff(sym.N)  # with every reviewer more to choose from
    E = model[sym.expected_improvement].expr.xreplace({sym.score_accuracy: ACCURACY_LIMIT})
    nothing_more = Or(Eq(proposals, 0), Eq(ACCURACY_LIMIT * sym.sigma_Delta, 0))
    formula = Formula(IMPROVEMENT_LIMIT, Piecewise((E, nothing_more), (oo, True)), title=IMPROVEMENT_LIMIT.meaning,
                      source="limit of the expected improvement")  # fmt: skip
    return saturating(model).replace(formula, name=model.name)


def _one_more() -> Expr:
    """What reviewer N + 1 adds to the accuracy, as a quotient: the difference of two roots loses its digits."""
    more = SHARE.subs(sym.N, sym.N + 1)
    rise = factor(cancel(more - SHARE))
    first = ACCURACY_LIMIT * sqrt(more.subs(sym.N, 0))
    return Piecewise((first, Eq(sym.N, 0)), (ACCURACY_LIMIT * rise / (sqrt(more) + sqrt(SHARE)), True))
