"""Positive parts and clips as Max and Min, for where these are faster than a choice of cases."""

import sympy
from sympy import Expr, Max, Min, Piecewise
from sympy.core.relational import Relational

from deltamu.model import symbols as sym


def extreme(cases: Piecewise) -> Expr | None:
    """A choice that is a maximum, a minimum, or both, as such.

    A clip is one only where its ends are known to be in order (`symbols.CONSTRAINTS`): where low > high, the cases and
    the extremes differ.

    Examples
    --------
    >>> from deltamu.model.formula import clip, positive_part
    >>> from deltamu import symbols as sym
    >>> extreme(positive_part(sym.gain))
    Max(0, gain)
    >>> extreme(clip(sym.delta, sym.delta_min, sym.delta_max))
    Min(delta_max, Max(delta, delta_min))
    """
    match [pair.args for pair in cases.args]:
        case [(one, condition), (other, _)] if _is_less(condition, other, one):
            return Max(one, other, evaluate=False)
        case [(one, condition), (other, _)] if _is_less(condition, one, other):
            return Min(one, other, evaluate=False)
        case [(low, below), (high, above), (value, _)]:
            if _is_less(below, value, low) and _is_less(above, high, value) and _in_order(low, high):
                return Min(Max(value, low, evaluate=False), high, evaluate=False)
    return None


def _is_less(condition: Expr, smaller: Expr, greater: Expr) -> bool:
    """Whether a condition says that one is smaller than the other, at ties either way."""
    match condition:
        case Relational(rel_op="<" | "<="):
            return condition.args == (smaller, greater)
        case Relational(rel_op=">" | ">="):
            return condition.args == (greater, smaller)
    return False


def _in_order(low: Expr, high: Expr) -> bool:
    return sympy.Le(low, high) in (True, *sym.CONSTRAINTS)
