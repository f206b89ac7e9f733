"""One root where two differ by a constant factor only: sqrt(q + s/N) is sqrt(N q + s)/sqrt(N) where N is not 0."""

from collections.abc import Callable

import sympy
from sympy import Add, Basic, Eq, Expr, Mul, Ne, Piecewise, Pow, S, Symbol

from deltamu.model.expressions import as_written
from deltamu.model.formula import Formula


def with_shared_roots(lines: list[Formula], is_constant: Callable[[Basic], bool]) -> list[Formula]:
    """The lines with every root that is another one over a constant root written so.

    The constant has to be a symbol that is not negative, and the root has to stand where it is known not to be 0.
    """
    bases = [node.base for line in lines for node in sympy.preorder_traversal(line.printed) if _is_root(node)]
    for other in dict.fromkeys(bases):
        for base in dict.fromkeys(bases):
            factor = sympy.cancel(other / base) if other != base else S.One
            if isinstance(factor, Symbol) and factor.is_nonnegative and is_constant(factor):
                new = Mul(Pow(other, S.Half), Pow(factor, -S.Half), evaluate=False)
                lines = [Formula(f.symbol, _exchanged(f.printed, base, new, factor, False)) for f in lines]
    return lines


def _is_root(node: Basic) -> bool:
    return isinstance(node, Pow) and isinstance(node.base, Add) and abs(node.exp) == S.Half


def _exchanged(expr: Basic, base: Expr, new: Expr, factor: Symbol, known: bool) -> Basic:
    """The expression with sqrt(base) exchanged wherever `factor` is known not to be 0."""
    if not expr.args:
        return expr
    if known and isinstance(expr, Pow) and expr.base == base and expr.exp == S.Half:
        return new
    if isinstance(expr, Piecewise):
        cases = []
        for value, condition in expr.args:
            here = known or condition == Ne(factor, 0)
            cases.append((_exchanged(value, base, new, factor, here), condition))
            known = known or condition == Eq(factor, 0)
        return Piecewise(*cases, evaluate=False)
    args = [_exchanged(arg, base, new, factor, known) for arg in expr.args]
    return expr if tuple(args) == expr.args else as_written(expr.func, args)
