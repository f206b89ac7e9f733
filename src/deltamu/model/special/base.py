"""What the SymPy classes of the special functions have in common."""

from __future__ import annotations

from mpmath import mp, mpf
from sympy import Expr, Function, Rational


def real_value(expr: Expr, prec: int) -> mpf | None:
    """`expr` as an mpf of `prec` bits (a Float exactly), None where it is no real number."""
    try:
        value = expr._to_mpmath(prec)
    except ValueError:
        return None
    if not isinstance(value, (mpf, int)) or not mp.isfinite(value):
        return None
    return mp.convert(value)


def real_difference(expr: Expr, base: Rational, prec: int) -> mpf | None:
    """expr - base as an mpf of `prec` bits, relative: the difference is taken before the rounding."""
    if expr.is_Float:
        return mp.fsub(expr._to_mpmath(prec), mpf(base.p) / base.q, exact=True)
    return real_value(expr - base, prec)


class SpecialFunction(Function):
    """A real function of one real variable, with what the classes below have in common."""

    nargs = 1
    _tex = ""  # LaTeX of the function's name

    def _latex(self, printer, exp=None):
        call = rf"{self._tex}\left({printer._print(self.args[0])}\right)"
        return call if exp is None else rf"{call}^{{{exp}}}"

    def _javascript(self, printer):
        return f"{self.func.__name__}({printer._print(self.args[0])})"

    def _eval_evalf(self, prec):
        with mp.workprec(prec + 10):
            value = self._value(prec + 10)
        if value is None:
            return None
        with mp.workprec(prec):
            return Expr._from_mpmath(+value, prec)

    def _value(self, prec: int) -> mpf | None:
        raise NotImplementedError

    def _eval_conjugate(self):
        return self if self.is_extended_real else None
