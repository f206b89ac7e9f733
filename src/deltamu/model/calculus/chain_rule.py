"""Chain rule on straight-line programs: forwards along one symbol, backwards from one result.

A rate of change is a formula in named intermediates like any other, so that it prints, compiles and is differentiated
again without expression swell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from sympy import Add, And, Dummy, Eq, Expr, Mul, Or, Piecewise, Pow, S, Symbol, factor

from deltamu.model.formula import Formula
from deltamu.model.functions import slope
from deltamu.model.quantities import REAL, Facts, Quantity
from deltamu.model.special import expected_positive_part, normal_cdf, normal_pdf

LONGEST = 60  # operations of a sum that is still factored


class Rate(Quantity):
    """The symbol of a derivative: what is differentiated, and by what (twice the same for a second derivative).

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> from sympy import latex
    >>> by_N = Rate(sym.gain, (sym.N,))
    >>> by_N, Rate(by_N, (sym.H,)), latex(Rate(by_N, (sym.N,)))
    (d_gain_d_N, d2_gain_d_H_d_N, '\\\\frac{\\\\partial^{2} \\\\mathrm{gain}}{\\\\partial N^{2}}')
    """

    __slots__ = ("by", "of")
    of: Symbol
    by: tuple[Symbol, ...]

    def __new__(cls, of: Symbol, by: Sequence[Symbol]) -> "Rate":
        if isinstance(of, Rate):
            of, by = of.of, (*of.by, *by)
        by = tuple(sorted(by, key=str))
        order = "" if len(by) == 1 else str(len(by))
        above = f"\\partial^{{{order}}} {_latex(of)}" if order else f"\\partial {_latex(of)}"
        below = " ".join(f"\\partial {_latex(s)}" + (f"^{{{n}}}" if n > 1 else "") for s, n in Counter(by).items())
        facts = Facts(
            f"\\frac{{{above}}}{{{below}}}",
            f"derivative of {_meaning(of)} by {', '.join(map(str, by))}",
            REAL,
            unit=_unit(of, by),
        )
        self = super().__new__(cls, f"d{order}_{of}" + "".join(f"_d_{s}" for s in by), facts, real=True)
        self.of, self.by = of, by
        return self

    def __getnewargs_ex__(self):
        return (self.of, self.by), {}


def _latex(symbol: Symbol) -> str:
    return symbol.latex if isinstance(symbol, Quantity) else str(symbol)


def _meaning(symbol: Symbol) -> str:
    return symbol.meaning.partition(":")[0] if isinstance(symbol, Quantity) else str(symbol)


def _unit(of: Symbol, by: Sequence[Symbol]) -> str:
    """Units of a quotient; the same one above and below cancels."""
    above = [unit for unit in [getattr(of, "unit", "1")] if unit != "1"]
    below = [unit for unit in (getattr(symbol, "unit", "1") for symbol in by) if unit != "1"]
    for unit in list(above):
        if unit in below:
            above.remove(unit)
            below.remove(unit)
    return "1" if not above + below else "".join([*(above or ["1"]), *(f" per {unit}" for unit in below)])


@cache
def partial(expr: Expr, symbol: Symbol) -> Expr:
    """Partial derivative of an expression without Piecewise at its top, as a product where that is shorter.

    Examples
    --------
    >>> from sympy import symbols, sqrt
    >>> x, y = symbols("x y", positive=True)
    >>> partial(x / (x + y), x)  # not 1/(x + y) - x/(x + y)**2, which cancels
    y/(x + y)**2
    """
    found = slope(expr, symbol)
    if found.is_Add and found.count_ops() <= LONGEST:
        product = factor(found)
        if not product.is_Add and product.count_ops() < found.count_ops():
            return _without_double_minus(product)
    return found


def _without_double_minus(product: Expr) -> Expr:
    """-(b - a) c as (a - b) c."""
    coefficient, rest = product.as_coeff_Mul()
    for term in Mul.make_args(rest):
        if coefficient < 0 and term.is_Add and any(part.as_coeff_Mul()[0] < 0 for part in term.args):
            return Mul(-coefficient, rest / term, -term)
    return product


def rate_along(
    expr: Expr,
    rates: Mapping[Symbol, Expr],
    *,
    guarded: bool = False,
    before: Mapping[Symbol, Expr] = MappingProxyType({}),
    where: Expr = S.true,
) -> Expr:
    """Rate of change of an expression whose symbols change at `rates`: the sum of ∂expr/∂s · ds.

    The branches of a Piecewise are differentiated one by one.  A branch for one point, ``Eq(a, b)``, holds only while
    both sides change alike; where they do not, the point is left at once, and the branches after it count.  If
    `guarded`, an infinite slope counts for nothing where the rest of its product is 0.

    `before` says what the symbols stand for, and `where` when the expression counts.  The rate of c h(y/c) is then
    Φ(y/c) dy + φ(y/c) dc: where c is small, the chain rule through y/c would lose its digits.
    """
    if isinstance(expr, Piecewise):
        return _branches(
            (rate_along(value, rates, guarded=guarded, before=before, where=condition), _still(condition, rates))
            for value, condition in expr.args
        )
    if (parts := _mean_and_spread(expr, before, where)) is not None:
        x, mean, spread = parts
        dy, dc = (rate_along(part, rates, guarded=guarded) for part in (mean, spread))
        return normal_cdf(x) * dy + normal_pdf(x) * dc
    terms = [partial(expr, s) * rates[s] for s in sorted(expr.free_symbols & rates.keys(), key=str)]
    return _sum([_guarded(term) for term in terms]) if guarded and terms else Add(*terms)


def _mean_and_spread(expr: Expr, before: Mapping[Symbol, Expr], where: Expr) -> tuple[Symbol, Expr, Expr] | None:
    """x, y and c of an expression c h(x) with x = y/c, where y has no denominator; None of any other."""
    x = next((part.args[0] for part in Mul.make_args(expr) if isinstance(part, expected_positive_part)), None)
    if x not in before:
        return None
    ratio = before[x]
    if isinstance(ratio, Piecewise):
        ratio = next((value for value, condition in ratio.args if condition == where), S.NaN)
    spread = expr / expected_positive_part(x)
    mean = spread * ratio
    plain = mean.free_symbols and not any(power.exp.is_negative for power in mean.atoms(Pow))
    return (x, mean, spread) if plain else None


def _guarded(product: Expr) -> Expr:
    """A product that is 0 where what does not depend on its infinite factors is 0."""
    infinite = [arg for arg in Mul.make_args(product) if _poles(arg, frozenset())]
    if not infinite:
        return product
    near = set().union(*(arg.free_symbols for arg in infinite))
    others = [arg for arg in Mul.make_args(product) if arg.free_symbols and arg.free_symbols.isdisjoint(near)]
    return _branches([(S.Zero, Eq(Mul(*others), 0)), (product, S.true)]) if others else product


def _branches(branches: Iterable[tuple[Expr, Expr]]) -> Expr:
    """A Piecewise in the order given, as short as it can be; a plain expression where all branches agree."""
    kept: list[tuple[Expr, Expr]] = []
    for value, condition in branches:
        inner = value.args if condition == S.true and isinstance(value, Piecewise) else [(value, condition)]
        for one, when in inner:
            if when == S.false:
                continue
            if kept and kept[-1][0] == one:
                kept[-1] = (one, Or(kept[-1][1], when))
            else:
                kept.append((one, when))
    return kept[0][0] if len(kept) == 1 else Piecewise(*kept, evaluate=False)


def _still(condition: Expr, rates: Mapping[Symbol, Expr]) -> Expr:
    """The condition under which a branch goes on to hold as its symbols change."""
    if isinstance(condition, Eq):
        gap = rate_along(condition.lhs - condition.rhs, rates)
        return condition if gap == 0 else And(condition, Eq(gap, 0))
    if isinstance(condition, And):
        return And(*(_still(part, rates) for part in condition.args))
    return condition


def forwards(
    formulas: Iterable[Formula], wrt: Symbol, *, rates: Mapping[Symbol, Expr] | None = None, guarded: bool = False
) -> tuple[dict[Symbol, Expr], tuple[Formula, ...]]:
    """Differentiate a program by one symbol, line by line."""
    known: dict[Symbol, Expr] = {wrt: S.One, **(rates or {})}
    lines = []
    before: dict[Symbol, Expr] = {}
    for formula in formulas:
        if formula.symbol == wrt:
            continue
        rate = rate_along(formula.expr, known, guarded=guarded, before=before)
        before[formula.symbol] = formula.expr
        if rate == 0:
            continue
        if rate.is_number or rate.is_Symbol:
            known[formula.symbol] = rate
            continue
        known[formula.symbol] = Rate(formula.symbol, (wrt,))
        lines.append(Formula(known[formula.symbol], rate, title=f"{formula.name} by {wrt}", source="chain rule"))
    return known, tuple(lines)


@dataclass(frozen=True)
class Backwards:
    """How one result of a program follows from its inputs and lines.

    Attributes
    ----------
    slopes : mapping of Symbol to expression
        Change of the result with each symbol that it depends on, everything that does not follow from the symbol held.
    formulas : tuple of Formula
        The formulas of the slopes that are no numbers.
    """

    slopes: Mapping[Symbol, Expr]
    formulas: tuple[Formula, ...]


def backwards(formulas: Sequence[Formula], result: Symbol) -> Backwards:
    """Differentiate one result of a program by all its inputs and lines at once, from the last line to the first.

    Where the result does not depend on a line, an infinite slope of that line counts for nothing: products with such
    slopes are guarded.
    """
    terms: dict[Symbol, list[Expr]] = {result: [S.One]}
    slopes: dict[Symbol, Expr] = {}
    lines: list[Formula] = []

    def settle(symbol: Symbol) -> Expr | None:
        """The slope of the result in a symbol all of whose uses are known."""
        parts = [term for term in terms.pop(symbol, []) if term != 0]
        if not parts:
            return None
        total = _sum(parts)
        if not (total.is_number or total.is_Symbol):
            name = Quantity(
                f"slope_{result}_{symbol}",
                Facts(
                    f"\\left.{_latex(result)}\\right|_{{{_latex(symbol)}}}",
                    f"change of {result} with {symbol}",
                    REAL,
                    unit=_unit(result, (symbol,)),
                ),
                real=True,
            )
            lines.append(Formula(name, total, title=f"{result} by {symbol} alone", source="chain rule, backwards"))
            total = name
        slopes[symbol] = total
        return total

    for formula in reversed(formulas):
        slope = settle(formula.symbol)
        if slope is None:
            continue
        for used in sorted(formula.printed.free_symbols, key=str):
            terms.setdefault(used, []).append(_times(slope, _slope_in(formula.expr, used)))
    for symbol in sorted(terms, key=str):
        settle(symbol)
    return Backwards(slopes, tuple(lines))


def _sum(parts: Sequence[Expr]) -> Expr:
    """A sum in which all Piecewise terms with the same conditions are one."""
    plain = [part for part in parts if not isinstance(part, Piecewise)]
    alike: dict[tuple[Expr, ...], list[Piecewise]] = {}
    for part in parts:
        if isinstance(part, Piecewise):
            alike.setdefault(tuple(condition for _, condition in part.args), []).append(part)
    joined = [
        _branches((_sum(values), condition) for values, condition in zip(
            zip(*([value for value, _ in part.args] for part in group), strict=True), conditions, strict=True))
        for conditions, group in alike.items()
    ]  # fmt: skip
    if not joined:
        return Add(*plain)
    terms = [*([Add(*plain)] if plain else []), *joined]
    return terms[0] if len(terms) == 1 else Add(*terms, evaluate=False)


def _slope_in(expr: Expr, symbol: Symbol) -> Expr:
    return rate_along(expr, {symbol: S.One})


def _times(slope: Expr, factor: Expr, above_zero: frozenset[Symbol] = frozenset()) -> Expr:
    """slope · factor, branch by branch; 0 where the slope is 0 though the factor may be infinite there.

    `above_zero` are symbols that are known to be positive where the product counts.
    """
    if factor == 0 or slope == 0:
        return S.Zero
    if isinstance(factor, Piecewise):
        if not any(value == 0 or _poles(value, above_zero) for value, _ in factor.args):
            return Mul(slope, factor, evaluate=False)
        return _branches(
            (_times(slope, value, above_zero | _positive(condition)), condition) for value, condition in factor.args
        )
    product = slope * factor
    poles = _poles(factor, above_zero)
    if slope.is_number or not poles:
        return product
    return _branches([(S.Zero, And(Or(*(Eq(pole, 0) for pole in poles)), Eq(slope, 0))), (product, S.true)])


def _positive(condition: Expr) -> set[Symbol]:
    """The symbol that a condition says is positive."""
    return {symbol for symbol in condition.free_symbols if condition == (symbol > 0)}


def _poles(expr: Expr, above_zero: frozenset[Symbol]) -> list[Expr]:
    """What an expression divides by that is not known to be positive."""
    known = {symbol: Dummy(positive=True) for symbol in above_zero}
    powers = sorted(expr.atoms(Pow), key=str)
    return [power.base for power in powers if power.exp.is_negative and not power.base.xreplace(known).is_positive]
