"""The formulas of a move, each written once, and the two models that are made of them.

A right side is written under ``evaluate(False)``, in the order in which the paper prints it and the machine computes
it; `Formula.expr` is the same expression evaluated, for calculus.  Left sides are named intermediates, so that a
model is a straight-line program: NumPy, JavaScript and LaTeX print it line by line.

The right sides are chosen among equal ones so that no digit is lost to cancellation anywhere in the domain.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy
from sympy import Expr, Piecewise, Rational, Symbol, evaluate, exp, oo, sqrt, sympify

from deltamu import symbols as sym
from deltamu.errors import InputError, named, unknown
from deltamu.special import (
    expected_positive_part,
    normal_cdf,
    normal_max_mean,
    normal_max_variance,
    normal_pdf,
    normal_quantile,
)
from deltamu.symbols import Quantity
from deltamu.unevaluated import flattened, packed, unpacked

DIGITS = 1000  # most digits that an evaluation may work with to make up for cancellation

__all__ = [
    "GATED",
    "MODELS",
    "PUBLISHED",
    "Derived",
    "Formula",
    "Model",
    "aligned",
    "as_latex",
    "clip",
    "find_model",
    "positive_part",
]


def as_latex(expr: Any, **settings: Any) -> str:
    """LaTeX of an expression, its terms and factors in the order in which they were written.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> as_latex(PUBLISHED["K_eff"].printed)
    "1 + \\\\left(K' - 1\\\\right) \\\\left(1 - \\\\tau H\\\\right)"
    """
    return sympy.latex(expr, order="none", **settings)


def positive_part(expr: Expr) -> Piecewise:
    """max(expr, 0) as a Piecewise, whose derivatives print (those of Max do not)."""
    return Piecewise((expr, expr > 0), (0, True))


def clip(expr: Expr, low: Expr, high: Expr) -> Piecewise:
    """min(max(expr, low), high) as a Piecewise, for low ≤ high."""
    return Piecewise((low, expr < low), (high, expr > high), (expr, True))


@dataclass(frozen=True)
class Formula:
    """One named result: a symbol and its right side in named intermediates.

    Parameters
    ----------
    symbol : Quantity
        The left side.
    printed : sympy.Expr
        The right side as it is written and computed; it may be unevaluated.
    title : str
        What the formula says, in one phrase.
    source : str
        Where it comes from.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> print(Formula(sym.cost, sym.K * (1 + sym.N), title="a cost without reviewers' proposals"))
    cost = (1 + N)*K
    """

    symbol: Quantity
    printed: Expr
    title: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "printed", flattened(sympify(self.printed)))

    @cached_property
    def expr(self) -> Expr:
        """The right side evaluated by SymPy: what derivatives, limits and proofs work on."""
        return self.printed.doit()

    @property
    def name(self) -> str:
        """The left side's name in code."""
        return self.symbol.name

    def __reduce__(self):
        rest = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "printed"}
        return _restored_formula, (type(self), packed(self.printed), rest)

    def latex(self) -> str:
        """``left = right``, as in the paper."""
        return f"{as_latex(self.symbol)} = {as_latex(self.printed)}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        return f"{self.symbol} = {sympy.sstr(self.printed, order='none')}"


def _restored_formula(kind: type[Formula], printed: Any, rest: dict[str, Any]) -> Formula:
    return kind(printed=unpacked(printed), **rest)


@dataclass(frozen=True)
class Model:
    """An immutable list of formulas in an order in which they can be computed.

    Parameters
    ----------
    name : str
        How the model is called in results and on the command line.
    formulas : iterable of Formula
        In any order; they are put into one in which each uses only what stands before it.

    Raises
    ------
    InputError
        Two formulas share a left side, or formulas depend on each other in a circle.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> print(PUBLISHED["K_prime"])
    K_prime = K + N*K_r
    >>> [formula.name for formula in PUBLISHED.program([sym.K_eff])]
    ['K_prime', 'K_eff']
    >>> PUBLISHED.expand(sym.K_eff)
    (-H*tau + 1)*(K + K_r*N - 1) + 1
    """

    name: str
    formulas: tuple[Formula, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "formulas", _in_computable_order(tuple(self.formulas)))

    def __iter__(self) -> Iterator[Formula]:
        return iter(self.formulas)

    def __len__(self) -> int:
        return len(self.formulas)

    @cached_property
    def _by_name(self) -> dict[str, Formula]:
        return {formula.name: formula for formula in self.formulas}

    def __contains__(self, symbol: object) -> bool:
        return str(symbol) in self._by_name

    def __getitem__(self, symbol: Symbol | str) -> Formula:
        try:
            return self._by_name[str(symbol)]
        except KeyError:
            raise unknown(f"formula of model {self.name}", str(symbol), self._by_name) from None

    @property
    def free_symbols(self) -> set[Symbol]:
        """The primitive symbols: those that no formula defines."""
        used: set[Symbol] = set().union(*(formula.printed.free_symbols for formula in self))
        return used - {formula.symbol for formula in self}

    def replace(self, *formulas: Formula, name: str | None = None) -> "Model":
        """The model with some right sides exchanged, or formulas added.

        Parameters
        ----------
        *formulas : Formula
            Each takes the place of the one with the same left side, or is new.
        name : str, optional
            Name of the new model; the old name with a prime by default.

        Examples
        --------
        >>> from deltamu import PUBLISHED, Formula, symbols as sym
        >>> print(PUBLISHED.replace(Formula(sym.K_eff, sym.K_prime))["K_eff"])
        K_eff = K_prime
        """
        new = {formula.symbol: formula for formula in formulas}
        kept = tuple(new.pop(formula.symbol, formula) for formula in self)
        return Model(name or f"{self.name}'", kept + tuple(new.values()))

    def program(self, exprs: Iterable[Expr], *, given: Iterable[Symbol] = ()) -> tuple[Formula, ...]:
        """The formulas that `exprs` need, in computable order; those of `given` symbols are left out."""
        given = set(given)
        needed: set[Symbol] = set().union(*(expr.free_symbols for expr in exprs))
        found = []
        for formula in reversed(self.formulas):
            if formula.symbol in needed and formula.symbol not in given:
                found.append(formula)
                needed |= formula.printed.free_symbols
        return tuple(reversed(found))

    def expand(self, expr: Expr | str) -> Expr:
        """The closed form of an expression (or of a formula's left side, by name) in primitive symbols."""
        expr = self[expr].symbol if isinstance(expr, str) else expr
        for formula in reversed(self.program([expr])):
            expr = expr.xreplace({formula.symbol: formula.expr})
        return expr

    def evalf(self, quantity: Expr | str, values: Mapping[Symbol, Any], digits: int = 30) -> Expr:
        """One value to any number of digits, formula by formula: slow, and independent of the compiled path.

        Parameters
        ----------
        quantity : sympy.Expr or str
            What to evaluate, in symbols of the model.
        values : mapping of symbol to number
            A value for every primitive symbol that is needed; a float counts as the binary fraction that it is.
        digits : int
            Significant digits of the result.

        Examples
        --------
        >>> from deltamu import PUBLISHED, symbols as sym
        >>> PUBLISHED.evalf("pass_probability", {sym.r: 1, sym.mu: 2}, 20)
        0.13533528323661269189
        """
        quantity = self[quantity].symbol if isinstance(quantity, str) else quantity
        known = {symbol: Rational(value) for symbol, value in values.items()}
        for formula in self.program([quantity]):
            known[formula.symbol] = formula.expr.xreplace(known).evalf(digits + 15, maxn=DIGITS)
        return quantity.xreplace(known).evalf(digits, maxn=DIGITS)

    def latex(self) -> str:
        """All formulas, one a line, aligned at their equality signs."""
        return aligned((as_latex(formula.symbol), as_latex(formula.printed)) for formula in self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        return "\n".join(map(str, self.formulas))


@dataclass(frozen=True, kw_only=True)
class Derived(Formula):
    """A formula that calculus made of a model's: it remembers the model and brings along what it needs besides.

    Parameters
    ----------
    symbol, printed, title, source
        See `Formula`.
    model : Model
        The model that it was derived from, and in which alone it holds.
    needs : tuple of Formula
        Formulas that it uses and the model does not have.
    of : Symbol
        What was differentiated: a left side of the model or of `needs`.
    wrt : Quantity or None
        By what. At an end of this symbol's domain, `evaluate` takes the limit from inside. None: it is no derivative.
    """

    model: Model
    needs: tuple[Formula, ...]
    of: Symbol
    wrt: Quantity | None

    @property
    def extended(self) -> Model:
        """The model with this formula and those that it needs."""
        return self.model.replace(*self.needs, self, name=self.model.name)


def aligned(equations: Iterable[tuple[str, str]]) -> str:
    """A LaTeX ``aligned`` block of equations (left side, right side)."""
    rows = (f"{left} &= {right}" for left, right in equations)
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _in_computable_order(formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """Sort so that each formula follows those that it uses, moving as few as possible."""
    by_symbol = {formula.symbol: formula for formula in formulas}
    if len(by_symbol) < len(formulas):
        twice = [str(symbol) for symbol in by_symbol if sum(f.symbol == symbol for f in formulas) > 1]
        raise InputError(f"formula {', '.join(twice)} is defined twice in one model")
    ordered: dict[Symbol, Formula] = {}

    def place(formula: Formula, users: tuple[Symbol, ...]) -> None:
        if formula.symbol in users:
            raise InputError(f"formulas depend on each other in a circle: {' -> '.join(map(str, users))}")
        for used in sorted(formula.printed.free_symbols & by_symbol.keys(), key=list(by_symbol).index):
            if used not in ordered:
                place(by_symbol[used], (*users, formula.symbol))
        ordered[formula.symbol] = formula

    for formula in formulas:
        if formula.symbol not in ordered:
            place(formula, ())
    return tuple(ordered.values())


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
    EXACT_INTENSITY = Formula(
        sym.selection_intensity, normal_max_mean(sym.K_eff),
        title="selection intensity: mean of the best of K_eff standard normal scores",
        source="order statistics; replaces the published quantile",
    )  # fmt: skip
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

    # --- the completed (gated) step -----------------------------------------------------------------------------------
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

_BEFORE_THE_STEP = (
    EFFECTIVE_TARGETING,
    MEAN_IMPROVEMENT,
    IMPROVEMENT_SPREAD,
    EFFECTIVE_REVIEWERS,
    SELECTION_NOISE,
    CANDIDATES,
    EFFECTIVE_CANDIDATES,
    SCORE_ACCURACY,
)
_AFTER_THE_STEP = (DEFECTS_AFTER, PASS_PROBABILITY, FALSE_PASS_PROBABILITY, RELIABILITY, COST, EFFICIENCY)

PUBLISHED = Model(
    "published",
    (
        *_BEFORE_THE_STEP,
        PUBLISHED_INTENSITY,
        EXPECTED_IMPROVEMENT,
        PUBLISHED_GAIN,
        PUBLISHED_ACCEPTANCE,
        *_AFTER_THE_STEP,
    ),
)
GATED = Model(
    "gated",
    (
        *_BEFORE_THE_STEP,
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
        *_AFTER_THE_STEP,
    ),
)
MODELS = MappingProxyType({model.name: model for model in (PUBLISHED, GATED)})


def find_model(model: Model | str) -> Model:
    """A model by name; a `Model` is returned as it is.

    Raises
    ------
    InputError
        No model has this name.
    """
    return named("model", model, MODELS)
