"""Comparisons with a constant, taken through the monotone functions around what varies."""

from collections.abc import Callable
from functools import cache
from math import prod

import sympy
from sympy import AccumBounds as Bounds
from sympy import Add, And, Basic, Dummy, Eq, Expr, Interval, Max, Min, Mul, Ne, Or, Piecewise, Pow, S, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from deltamu.codegen.passes.lines import needed, read
from deltamu.model.expressions import replaced
from deltamu.model.formula import Formula
from deltamu.model.special import normal_cdf, normal_quantile

TINY, HUGE = sympy.Float(2.0**-1000), sympy.Float(2.0**500)
_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_RELATION = {">": sympy.StrictGreaterThan, "<": sympy.StrictLessThan, ">=": sympy.GreaterThan, "<=": sympy.LessThan}


def with_inverted_comparisons(
    formulas: tuple[Formula, ...], outputs: tuple[Symbol, ...], is_constant: Callable[[Basic], bool]
) -> list[Formula]:
    """The lines with every comparison inverted that makes the line that it compares unnecessary."""
    lines = list(formulas)
    nonnegative = frozenset(formula.symbol for formula in formulas if is_positive_part(formula.printed))
    for definition in formulas:
        changed = []
        for line in lines:
            relations = {
                relation: inverted(
                    replaced(relation, {definition.symbol: definition.printed}), is_constant, nonnegative
                )
                for relation in line.printed.atoms(Relational)
                if definition.symbol in relation.args
                and is_constant(relation.args[relation.args[0] == definition.symbol])
            }
            done = {relation: other for relation, other in relations.items() if other is not None}
            changed.append(Formula(line.symbol, replaced(line.printed, done)) if done else line)
        if definition.symbol not in read((f for f in changed if f != definition), outputs):
            lines = [formula for formula in changed if formula != definition]
    return needed(lines, outputs)


def inverted(
    relation: Relational, is_constant: Callable[[Basic], bool], nonnegative: frozenset[Symbol] = frozenset()
) -> Boolean | None:
    """A comparison with a constant, taken through the monotone functions around what varies.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> logistic = 1 / (1 + sympy.exp(-sym.mu))
    >>> inverted(logistic > sym.A_hi, lambda expr: sym.mu not in expr.free_symbols)
    mu > -log(-1 + 1/A_hi)
    >>> inverted(sym.gain**2 > sym.A_hi, lambda expr: sym.gain not in expr.free_symbols) is None
    True
    """
    operator = relation.rel_op
    if operator not in _FLIPPED:
        return None
    left, right = relation.args
    if is_constant(left):
        left, right, operator = right, left, _FLIPPED[operator]
    if (
        isinstance(left, Piecewise)
        and (found := _continued(left, operator, right, is_constant, nonnegative)) is not None
    ):
        return found
    return _peeled(left, operator, right, is_constant, frozenset())


def _peeled(
    varying: Expr, operator: str, bound: Expr, is_constant: Callable[[Basic], bool], nonzero: frozenset[Symbol]
) -> Boolean | None:
    if bound.is_number and not bound.is_finite:  # a number at the end of a range
        return None
    if is_constant(varying) or isinstance(varying, Symbol):
        return _RELATION[operator](varying, bound, evaluate=False)
    if isinstance(varying, Piecewise):
        return _peeled_cases(varying, operator, bound, is_constant, nonzero)
    if isinstance(varying, Add | Mul):
        fixed = [arg for arg in varying.args if is_constant(arg)]
        rest = [arg for arg in varying.args if not is_constant(arg)]
        if isinstance(varying, Add) and len(rest) == 1:
            return _peeled(rest[0], operator, bound - Add(*fixed), is_constant, nonzero)
        factor = Mul(*fixed)
        if isinstance(varying, Mul) and factor != 1 and (factor.is_positive or factor.is_negative):
            side = rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False)
            operator = operator if factor.is_positive else _FLIPPED[operator]
            return _peeled(side, operator, bound / factor, is_constant, nonzero)
        if isinstance(varying, Mul) and operator in "<>":  # a strict one stays false where 0 * oo makes it nan
            under = [
                arg.base for arg in rest if isinstance(arg, Pow) and arg.exp == -1 and _positive(arg.base, nonzero)
            ]
            if under and bound.is_zero:  # what is divided by may be infinite: its product with 0 must stay
                return None
            if under:
                others = [arg for arg in varying.args if not (isinstance(arg, Pow) and arg.base in under)]
                side = others[0] if len(others) == 1 else Mul(*others, evaluate=False)
                return _RELATION[operator](side, Mul(bound, *under, evaluate=False), evaluate=False)
        return _RELATION[operator](varying, bound, evaluate=False)
    if isinstance(varying, Pow) and varying.exp == -1 and _positive(varying.base, nonzero) and _lies_in(bound, 0):
        return _peeled(varying.base, _FLIPPED[operator], 1 / bound, is_constant, nonzero)
    if isinstance(varying, sympy.exp):
        if not _lies_in(bound, 0):
            if operator in (">", "<=") and not varying.exp.is_finite:  # at -oo, log(0) = -oo would not do below 0
                return None
            bound = Max(bound, S.Zero, evaluate=False)
        return _peeled(varying.exp, operator, sympy.log(bound), is_constant, nonzero)
    if isinstance(varying, normal_cdf) and _lies_in(bound, 0, 1):
        return _peeled(varying.args[0], operator, normal_quantile(bound), is_constant, nonzero)
    return None


def _peeled_cases(
    cases: Piecewise, operator: str, bound: Expr, is_constant: Callable[[Basic], bool], nonzero: frozenset[Symbol]
) -> Boolean | None:
    """Case by case; in each, the conditions before it are false."""
    found: list[Boolean] = []
    before: list[Boolean] = []
    for value, condition in cases.args:
        part = _peeled(value, operator, bound, is_constant, nonzero)
        if part is None or not (condition == True or isinstance(condition, Eq)):  # noqa: E712, a SymPy truth value
            return None
        here = [*before, part] if condition == True else [*before, condition, part]  # noqa: E712
        found.append(And(*here, evaluate=False) if len(here) > 1 else part)
        if isinstance(condition, Eq):
            before.append(Ne(*condition.args, evaluate=False))
            if condition.args[1] == 0 and isinstance(condition.args[0], Symbol):
                nonzero |= {condition.args[0]}
    return Or(*found, evaluate=False) if len(found) > 1 else found[0]


def _continued(
    cases: Piecewise, operator: str, bound: Expr, is_constant: Callable[[Basic], bool], nonnegative: frozenset[Symbol]
) -> Boolean | None:
    """All cases as the last one, where those before it are what it tends to as a symbol goes to 0.

    The symbol of the case before the last may be what the last divides by; it is then kept above 0 instead, and an
    upper bound of its multiple below oo: at 0 the function is at its end, not below it.
    """
    *special, (general, _) = cases.args
    at_zero = [condition.args[0] for _, condition in special if isinstance(condition, Eq) and condition.args[1] == 0]
    if not special or len(at_zero) < len(special) or not all(isinstance(s, Symbol) for s in at_zero):
        return None
    if operator not in "<>" or not all(symbol.is_nonnegative or symbol in nonnegative for symbol in at_zero):
        return None
    *others, divisor = at_zero
    if not general.free_symbols >= {*at_zero} or _limit_at_zero(general, divisor) != special[-1][0]:
        return None
    inside = {symbol: Dummy(positive=True) for symbol in general.free_symbols}
    within = general.xreplace(inside).doit()
    if any(within.subs(inside[s], 0) != value for s, (value, _) in zip(others, special[:-1], strict=True)):
        return None
    found = _peeled(general, operator, bound, is_constant, frozenset({divisor}))
    if not isinstance(found, Relational) or divisor in found.args[0].free_symbols:
        return None
    factors = {divisor: Max(divisor, TINY, evaluate=False)}
    if found.rel_op == "<":
        factors |= {arg: Min(arg, HUGE, evaluate=False) for arg in found.rhs.args if is_constant(arg)}
    return found.func(found.lhs, replaced(found.rhs, factors), evaluate=False)


@cache
def _limit_at_zero(expr: Expr, symbol: Symbol) -> Expr:
    """What an expression in positive symbols tends to as one of them goes to 0."""
    inside = {one: Dummy(positive=True) for one in expr.free_symbols}
    return sympy.limit(expr.xreplace(inside).doit(), inside[symbol], 0, "+")


def is_positive_part(expr: Expr) -> bool:
    return isinstance(expr, Piecewise) and all(
        value == 0 or condition == sympy.StrictGreaterThan(value, 0, evaluate=False) for value, condition in expr.args
    )


def _positive(expr: Expr, nonzero: frozenset[Symbol]) -> bool:
    """Whether an expression is positive wherever these symbols are not zero."""
    known = {symbol: Dummy(positive=True) for symbol in nonzero if symbol.is_nonnegative}
    return bool(expr.xreplace(known).doit().is_positive)


def _lies_in(expr: Expr, low: int, high: int | None = None) -> bool:
    """Whether an expression's values, over the domains of its symbols, lie between numbers."""
    values = _values(expr)
    return values is not None and bool(values[0] >= low) and (high is None or bool(values[1] <= high))


def _values(expr: Expr) -> tuple[Expr, Expr] | None:
    """The least and the largest value of an expression over the domains of its symbols."""
    if expr.is_number:
        return (expr, expr) if expr.is_extended_real else None
    if isinstance(expr, Symbol):
        domain = getattr(expr, "domain", None)
        return (domain.start, domain.end) if isinstance(domain, Interval) else None
    parts = [values for values in map(_values, expr.args) if values is not None]
    if len(parts) < len(expr.args):
        return None
    if isinstance(expr, Add | Mul):
        bounds = [Bounds(*ends) for ends in parts]
        found = sum(bounds, S.Zero) if isinstance(expr, Add) else prod(bounds, start=S.One)
        return (found.min, found.max) if isinstance(found, Bounds) else (found, found)
    if isinstance(expr, Pow) and expr.exp == -1 and parts[0][0] >= 0:
        low, high = parts[0]
        return 1 / high, sympy.oo if low == 0 else 1 / low
    return None
