"""Expressions that stay as they were written: how they are tidied, pickled and rebuilt.

SymPy's `evaluate(False)` is not used here: it switches a cache that all threads share, so that another thread's
expressions would be evaluated, or left unevaluated, by accident.
"""

from typing import Any

from sympy import Add, Basic, Expr, I, Mul, S, SympifyError, exp, nan, sympify, zoo
from sympy.logic.boolalg import Boolean

from deltamu.errors import InputError, shown


def as_written_down(value: Any, name: str, kinds: tuple[type, ...] = (Expr, Boolean)) -> Expr:
    """What SymPy makes of a value, an expression or a condition; a text or a sequence is neither."""
    try:
        found = sympify(value, strict=True)
    except (SympifyError, TypeError, ValueError, AttributeError):
        found = None
    if not isinstance(found, kinds) or getattr(found, "is_Matrix", False):
        raise InputError(f"{name} = {shown(value)} is no expression of symbols")
    return found


def as_expression(value: Any, name: str = "expression") -> Expr:
    """An expression, of which a number is one; no condition."""
    return as_written_down(value, name, (Expr,))


def as_real(value: Any, name: str = "expression") -> Expr:
    """An expression that has an order: not infinite in every direction, and not complex."""
    found = as_expression(value, name)
    if found.has(zoo, nan, I):
        raise InputError(f"{name} = {shown(value)} is no real number anywhere")
    return found


def flattened(expr: Expr) -> Expr:
    """An unevaluated expression without the brackets that operators put around their left operands.

    ``(a*b)*c`` becomes ``a*b*c``, which is computed in the same order; ``a*(b*c)`` stays.

    Examples
    --------
    >>> from sympy.abc import a, b, c
    >>> product = Mul(Mul(c, b, evaluate=False), a, evaluate=False)
    >>> flattened(product).args
    (c, b, a)
    """
    if not expr.args:
        return expr
    first, *others = map(flattened, expr.args)
    if isinstance(expr, Add | Mul) and first.func is expr.func:
        others = [*first.args[1:], *others]
        first = first.args[0]
    return expr if (first, *others) == expr.args else as_written(expr.func, [first, *others])


def exponent_of_rest(expr: Add) -> Expr | None:
    """u of 1 - exp(u), which, computed as it stands, has no digits left near u = 0; None of any other sum.

    Examples
    --------
    >>> from sympy.abc import a
    >>> exponent_of_rest(1 - exp(-a)), exponent_of_rest(a - exp(-a))
    (-a, None)
    """
    rest = -Add(*(arg for arg in expr.args if arg != 1))
    return rest.exp if S.One in expr.args and isinstance(rest, exp) else None


def packed(expr: Basic) -> Any:
    """An expression as nested tuples, since unpickling one would evaluate it."""
    return (expr.func, *map(packed, expr.args)) if expr.args else expr


def unpacked(tree: Any) -> Basic:
    """The expression that was `packed`, as it was written.

    Examples
    --------
    >>> from sympy.abc import a, b
    >>> unpacked(packed(Add(b, a, evaluate=False))).args
    (b, a)
    """
    return as_written(tree[0], [unpacked(part) for part in tree[1:]]) if isinstance(tree, tuple) else tree


def replaced(expr: Basic, new: dict) -> Basic:
    """`xreplace` that evaluates nothing."""
    if expr in new:
        return new[expr]
    args = [replaced(arg, new) for arg in expr.args]
    return expr if tuple(args) == expr.args else as_written(expr.func, args)


def as_written(kind: type[Basic], args: list[Basic]) -> Basic:
    """An expression that is not evaluated."""
    try:
        return kind(*args, evaluate=False)
    except TypeError:  # what cannot be evaluated takes no such option
        return kind(*args)
