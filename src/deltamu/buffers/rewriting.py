"""Less work for the same results: the formulas of a move, rewritten symbolically before they become code.

Nothing here knows a formula of a model.  A rewriting is applied where SymPy shows that it holds, and otherwise not.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import count

from sympy import (
    ITE,
    Add,
    And,
    Eq,
    Expr,
    Max,
    Mul,
    Piecewise,
    Pow,
    S,
    Symbol,
    exp,
    fraction,
    log,
    together,
)
from sympy.core.relational import Ge, Gt, Le, Lt, Relational
from sympy.logic.boolalg import Boolean

__all__ = ["Lines", "branchwise", "inlined", "isolated", "repeated_parts", "with_isolated_comparisons"]

Lines = dict[Symbol, Expr]
"""Left sides and right sides, in any order in which no two depend on each other in a circle."""

MIRRORED = {Gt: Lt, Lt: Gt, Ge: Le, Le: Ge}


def repeated_parts(lines: Lines, varying: Collection[Symbol]) -> Lines:
    """The lines with what is written more than once in them as lines of its own.

    Examples
    --------
    >>> from sympy.abc import x, y, z
    >>> part = Mul(x, Pow(x + 1, -1), evaluate=False)
    >>> repeated_parts({y: Mul(2, part, evaluate=False), z: 3 + part}, {x})
    {y: 2*common_0, z: common_0 + 3, common_0: x/(x + 1)}
    """
    seen: dict[Expr, int] = {}

    def visit(expr: Expr) -> None:
        if not expr.args or not expr.free_symbols & set(varying):
            return
        if isinstance(expr, Expr) and not isinstance(expr, Piecewise):
            seen[expr] = seen.get(expr, 0) + 1
            if seen[expr] > 1:
                return  # its parts are repeated only because it is
        for arg in expr.args:
            visit(arg)

    for expr in lines.values():
        visit(expr)
    numbers = count()
    names: dict[Expr, Symbol] = {}
    for expr, times in seen.items():
        if times > 1 and not (expr.is_Pow and expr.exp == 2 and expr.base.is_Symbol):
            names[expr] = Symbol(f"common_{next(numbers)}", **_signs(expr.doit()))
    return {symbol: expr.xreplace(names) for symbol, expr in lines.items()} | {
        name: expr.xreplace({other: s for other, s in names.items() if other != expr}) for expr, name in names.items()
    }


def _signs(expr: Expr) -> dict[str, bool]:
    if expr.is_positive:
        return {"positive": True}
    return {"nonnegative": True} if expr.is_nonnegative else {"real": True}


def branchwise(expr: Expr) -> Expr:
    """An expression whose branches make use of the conditions before them, and whose roots share what they can.

    Examples
    --------
    >>> from sympy import sqrt, symbols, oo
    >>> n, s, r = symbols("n s r", nonnegative=True)
    >>> branchwise(Piecewise((oo, Eq(n, 0)), (sqrt(s**2 + r**2/n), True)))
    Piecewise((oo, Eq(n, 0)), (sqrt(n*s**2 + r**2)/sqrt(n), True))
    """
    if not isinstance(expr, Piecewise):
        return _with_common_roots(expr)
    positive: dict[Symbol, Symbol] = {}
    branches = []
    for value, condition in expr.args:
        strong = _with_common_roots(value.xreplace(positive))
        branches.append((strong.xreplace({new: old for old, new in positive.items()}), condition))
        if isinstance(condition, Eq) and condition.rhs == 0:  # where it fails, no factor is 0
            for factor in Mul.make_args(condition.lhs):
                base = factor.as_base_exp()[0]
                if base.is_Symbol and base.is_nonnegative:
                    positive[base] = Symbol(base.name, positive=True)
    return Piecewise(*branches, evaluate=False)


def _with_common_roots(expr: Expr) -> Expr:
    """Roots of sums over one positive denominator, so that roots that differ by a factor become the same."""

    def rooted(power: Expr) -> Expr:
        whole = together(power.base)
        return Pow(whole, power.exp) if fraction(whole)[1].is_positive else power

    if expr.has(Piecewise):  # which `replace` would build anew
        return expr
    return expr.replace(lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2 and e.base.is_Add, rooted)


def inlined(lines: Lines, symbol: Symbol) -> Lines:
    """The lines with the right side of one of them written out where it is used, conditions excepted.

    The line itself goes, unless conditions use it.

    Examples
    --------
    >>> from sympy import sqrt, symbols
    >>> a, b, c, d = symbols("a b c d", nonnegative=True)
    >>> inlined({a: sqrt(b), d: c * a**2}, a)
    {d: b*c}
    """
    value = lines[symbol]
    found = {}
    for left, right in lines.items():
        if left != symbol and right.has(symbol):
            right = branchwise(_spread(_outside_conditions(right, symbol, value)))
        found[left] = right
    if not any(right.has(symbol) for left, right in found.items() if left != symbol):
        del found[symbol]
    return found


def _outside_conditions(expr: Expr, symbol: Symbol, value: Expr) -> Expr:
    """An expression with a value in place of a symbol, except in conditions."""
    if not isinstance(expr, Expr) or not expr.has(symbol):
        return expr
    if isinstance(expr, Piecewise):
        return Piecewise(*((_outside_conditions(v, symbol, value), c) for v, c in expr.args), evaluate=False)
    return value if expr == symbol else expr.func(*(_outside_conditions(arg, symbol, value) for arg in expr.args))


def _spread(expr: Expr) -> Expr:
    """Factors of a choice written into its branches, where they may cancel."""

    def spread(product: Expr) -> Expr:
        choices = [factor for factor in product.args if isinstance(factor, Piecewise)]
        others = Mul(*(factor for factor in product.args if not isinstance(factor, Piecewise)))
        if len(choices) != 1:
            return product
        return Piecewise(*((value * others, condition) for value, condition in choices[0].args), evaluate=False)

    return expr.replace(lambda e: e.is_Mul and e.has(Piecewise), spread)


def with_isolated_comparisons(lines: Lines, constant: Callable[[Expr], bool]) -> Lines:
    """The lines with comparisons of a left side solved for what it depends on, where it is then needed no more.

    Parameters
    ----------
    lines : dict of Symbol to expression
    constant : callable
        Whether an expression is the same in every move.
    """
    for symbol, value in lines.items():
        users = [right for left, right in lines.items() if left != symbol and right.has(symbol)]
        comparisons = {c for right in users for c in right.atoms(Relational) if c.has(symbol)}
        solved: dict[Expr, Expr] = {}
        for comparison in comparisons:
            relation = comparison if comparison.lhs == symbol else _mirrored(comparison)
            if relation.lhs == symbol and constant(relation.rhs) and type(relation) in MIRRORED:
                found = isolated(value, type(relation), relation.rhs, constant)
                if found is not None:
                    valid, simple = found
                    solved[comparison] = simple if valid == True else ITE(valid, simple, comparison)  # noqa: E712
        left_over = [right.xreplace(dict.fromkeys(comparisons, S.true)) for right in users]
        if comparisons and len(solved) == len(comparisons) and not any(expr.has(symbol) for expr in left_over):
            lines = {left: _unevaluated_replace(right, solved) for left, right in lines.items()}
    return lines


def _mirrored(relation: Relational) -> Relational:
    return MIRRORED.get(type(relation), type(relation))(relation.rhs, relation.lhs)


def _unevaluated_replace(expr: Expr, rules: Mapping[Expr, Expr]) -> Expr:
    """Replace conditions in the choices of an expression, which SymPy is not to merge or reorder."""
    if expr in rules:
        return rules[expr]
    if not expr.args or not any(expr.has(rule) for rule in rules):
        return expr
    args = [_unevaluated_replace(arg, rules) for arg in expr.args]
    return expr.func(*args, evaluate=False) if isinstance(expr, Piecewise) else expr.func(*args)


def isolated(
    expr: Expr, relation: type[Relational], bound: Expr, constant: Callable[[Expr], bool]
) -> tuple[Boolean, Relational] | None:
    """Solve a comparison with a constant for what varies, one invertible operation after the other.

    Returns
    -------
    tuple of condition and comparison, or None
        Where the condition holds, the comparison says the same; None if it cannot be shown.

    Examples
    --------
    >>> from sympy import symbols
    >>> x, y, c = symbols("x y c", nonnegative=True)
    >>> isolated(1 / (1 + exp(-x / y)), Gt, c, lambda e: e.free_symbols <= {c})
    (y > 0, x > -y*log(Max(0, -1 + 1/c)))
    """
    cases = expr.args if isinstance(expr, Piecewise) else ((expr, S.true),)
    last = cases[-1][0]
    divisors = {base for base in _divisors(last) if base.is_nonnegative and not constant(base)}
    strong = {divisor: Symbol(divisor.name, positive=True) for divisor in divisors}
    comparison = _peeled(last.xreplace(strong), relation, bound, constant)
    if comparison is None:
        return None
    for value, condition in cases[:-1]:  # the same must come out of the last case
        if not isinstance(condition, Eq) or not condition.lhs.is_Symbol or condition.rhs != 0:
            return None
        if condition.lhs not in divisors and last.xreplace(strong).xreplace({condition.lhs: S.Zero}) != value:
            return None
    valid = And(*(divisor > 0 for divisor in sorted(divisors, key=str)))
    weak = {new: old for old, new in strong.items()}
    return valid, relation_of(comparison, comparison.lhs.xreplace(weak), comparison.rhs.xreplace(weak))


def relation_of(relation: Relational, left: Expr, right: Expr) -> Relational:
    """A comparison of the same kind, sides as they are given."""
    return relation.func(left, right, evaluate=False)


def _divisors(expr: Expr) -> set[Symbol]:
    return {power.base for power in expr.atoms(Pow) if power.base.is_Symbol and power.exp.is_negative}


def _peeled(expr: Expr, relation: type[Relational], bound: Expr, constant: Callable[[Expr], bool]) -> Relational | None:
    """`expr` against a bound, solved for its one varying symbol; divisors count as positive."""
    if expr.is_Symbol:
        return relation(expr, bound, evaluate=False)
    if isinstance(expr, exp):
        return _peeled(expr.args[0], relation, log(Max(bound, 0)), constant)
    if expr.is_Add:
        still = Add(*(arg for arg in expr.args if constant(arg)))
        return _peeled(expr - still, relation, bound - still, constant) if still != 0 else None
    if expr.is_Pow and expr.exp == -1 and expr.base.is_positive:
        return _peeled(expr.base, MIRRORED[relation], 1 / bound, constant)
    if expr.is_Mul:
        if expr.could_extract_minus_sign():
            return _peeled(-expr, MIRRORED[relation], -bound, constant)
        still = Mul(*(arg for arg in expr.args if constant(arg)))
        if still != 1:
            return _peeled(expr / still, relation, bound / still, constant) if still.is_nonnegative else None
        top, bottom = fraction(expr)
        if top.is_Symbol and bottom.is_positive:
            return relation(top, bound * bottom, evaluate=False)
    return None
