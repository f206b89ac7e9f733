"""Positive parts and clips as Max and Min, for where these are faster than a choice of cases."""

import sympy
from sympy import Basic, Expr, Max, Min, Piecewise, S
from sympy.core.relational import Relational

from deltamu import symbols as sym
from deltamu.rewriting.trees import rebuilt

__all__ = ["extremes"]


def extremes(expr: Basic) -> Basic:
    """Positive parts and clips as Max and Min.

    A clip is one only where its ends are known to be in order (`symbols.CONSTRAINTS`): where low > high, the cases and
    the extremes differ.

    Examples
    --------
    >>> from deltamu.formulas import clip, positive_part
    >>> from deltamu import symbols as sym
    >>> extremes(positive_part(sym.gain))
    Max(0, gain)
    >>> extremes(clip(sym.delta, sym.delta_min, sym.delta_max))
    Min(delta_max, Max(delta, delta_min))
    """
    if not expr.args:
        return expr
    new = [extremes(arg) for arg in expr.args]
    if isinstance(expr, Piecewise):
        match [pair.args for pair in new]:
            case [(value, Relational(rel_op=">") as above), (0, _)] if above.args == (value, 0):
                return Max(value, S.Zero, evaluate=False)
            case [(low, Relational(rel_op="<") as below), (high, Relational(rel_op=">") as above), (value, _)]:
                if below.args == (value, low) and above.args == (value, high) and _in_order(low, high):
                    return Min(Max(value, low, evaluate=False), high, evaluate=False)
    return expr if tuple(new) == expr.args else rebuilt(expr, new)


def _in_order(low: Expr, high: Expr) -> bool:
    return sympy.Le(low, high) in (True, *sym.CONSTRAINTS)
