"""The expected gain as a smooth function of the defect mass: the vector field whose zeros are the rest points.

Everything here is made of a model's own formulas: exchange one and all that follows changes with it.
"""

from collections.abc import Mapping
from functools import cache

from sympy import Abs, Add, Expr, Gt, Mul, Piecewise, Symbol

from deltamu.model import symbols as sym
from deltamu.model.calculus.derivatives import derivative
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import REAL

SMOOTH = sym.quantity("smooth_gain", r"g", meaning="expected gain without its clip at 0", domain=REAL, unit="defects")
SCALE = sym.quantity("gain_scale", r"|g|", meaning="size of the terms that cancel in the gain", domain=sym.NONNEGATIVE,
                     unit="defects")  # fmt: skip
SLOPE = sym.quantity("gain_slope", r"g'", meaning="slope of the expected gain in the defect mass", domain=REAL)


@cache
def smooth_gain(model: Model) -> Formula:
    """The gain without its clip: what is inside where it is a positive part, else the gain itself.

    Examples
    --------
    >>> from deltamu import GATED, PUBLISHED
    >>> print(smooth_gain(PUBLISHED))
    smooth_gain = expected_improvement
    >>> print(smooth_gain(GATED))
    smooth_gain = gain
    """
    gain = model["gain"].printed
    inside = gain.args[0].expr if clipped_below(model) else sym.gain
    return Formula(SMOOTH, inside, title="expected gain on the smooth branch", source=f"model {model.name}")


def clipped_below(model: Model) -> bool:
    """Whether the model's gain is a positive part, so that a move never raises the defect mass.

    Examples
    --------
    >>> from deltamu import GATED, PUBLISHED
    >>> clipped_below(PUBLISHED), clipped_below(GATED)
    (True, False)
    """
    gain = model["gain"].printed
    if not isinstance(gain, Piecewise) or len(gain.args) != 2:
        return False
    (inside, condition), (outside, _) = gain.args
    return outside == 0 and condition == Gt(inside, 0)


@cache
def field(model: Model) -> Model:
    """The model with three formulas more: the smooth gain, its slope in mu, and the size of the terms in it."""
    extended = model.replace(smooth_gain(model), name=model.name)
    slope = derivative(extended[SMOOTH], "mu", model=model)
    lines, size = magnitude(extended, SMOOTH)
    extended = slope.extended.replace(*lines, Formula(SCALE, size), name=model.name)
    return extended.replace(Formula(SLOPE, slope.symbol, title="slope of the gain in the defect mass"), name=model.name)


def magnitude(model: Model, symbol: Symbol) -> tuple[tuple[Formula, ...], Expr]:
    """The size of the terms that cancel in a quantity, as formulas: sums of absolute values instead of sums.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> lines, size = magnitude(PUBLISHED, sym.expected_improvement)
    >>> print(lines[-1])
    size_of_expected_improvement = Abs(selection_intensity)*score_accuracy*sigma_Delta + size_of_mu_Delta
    """
    twins: dict[Symbol, Expr] = {}
    lines = []
    primitive = model.free_symbols
    for formula in model.program([symbol]):
        size = _size_of(formula.printed, twins, primitive)
        if size.free_symbols & set(twins.values()) or _cancels(formula.printed, primitive):
            name, latex = f"size_of_{formula.name}", f"|{formula.symbol.latex}|"
            twin = sym.quantity(name, latex, meaning=f"size of {formula.name}", domain=sym.NONNEGATIVE)
            lines.append(Formula(twin, size))
            twins[formula.symbol] = twin
    return tuple(lines), twins.get(symbol, Abs(symbol))


def _size_of(expr: Expr, twins: Mapping[Symbol, Expr], primitive: set[Symbol], top: bool = True) -> Expr:
    if isinstance(expr, Piecewise):
        return Piecewise(*((_size_of(v, twins, primitive), where) for v, where in expr.args), evaluate=False)
    if isinstance(expr, Add) and (top or expr.free_symbols - primitive):
        return Add(*(_size_of(term, twins, primitive) for term in expr.args))
    if isinstance(expr, Mul):
        return Mul(*(_size_of(factor, twins, primitive, top=False) for factor in expr.args))
    return twins.get(expr, Abs(expr))


def _cancels(expr: Expr, primitive: set[Symbol]) -> bool:
    """Whether an expression is a sum with terms of both signs, or a product with such a factor of computed terms."""
    if isinstance(expr, Piecewise):
        return any(_cancels(value, primitive) for value, _ in expr.args)
    if isinstance(expr, Mul):
        return any(isinstance(f, Add) and f.free_symbols - primitive and _cancels(f, primitive) for f in expr.args)
    return isinstance(expr, Add) and any(not term.is_nonnegative for term in expr.args)
