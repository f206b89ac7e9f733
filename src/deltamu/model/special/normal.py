"""φ, Φ, Φ⁻¹ and h(x) = E[max(x + Z, 0)] of the standard normal law as SymPy classes."""

from __future__ import annotations

from mpmath import mp, mpf
from sympy import S, erf, erfc, erfinv, exp, oo, pi, sqrt
from sympy.core.function import ArgumentIndexError

from . import highprecision
from .base import SpecialFunction, real_difference, real_value


class _OfRealLine(SpecialFunction):
    """A function that is finite and positive on the real line, nonnegative on the extended one."""

    def _eval_is_positive(self):
        return True if self.args[0].is_real else None

    def _eval_is_extended_nonnegative(self):
        return True if self.args[0].is_extended_real else None

    def _argument(self, prec: int) -> mpf | None:
        """The argument, with the bits that a relative condition number of x² eats."""
        rough = real_value(self.args[0], 20)
        if rough is None:
            return None
        return real_value(self.args[0], prec + 2 * max(0, int(mp.mag(rough)) if rough else 0) + 5)

    def _eval_rewrite_as_tractable(self, arg, limitvar=None, **kwargs):
        return self.rewrite(erf).rewrite("tractable", deep=True, limitvar=limitvar)


class _Bounded(_OfRealLine):
    """Finite at the infinities too."""

    def _eval_is_real(self):
        return True if self.args[0].is_extended_real else None


class normal_pdf(_Bounded):
    r"""φ(x) = exp(-x²/2)/√(2π), the standard normal density.

    Explanation
    -----------
    Derivative -xφ(x). `evalf` is correct to the requested precision.

    Examples
    --------
    >>> from sympy import symbols, exp, latex, oo
    >>> x = symbols("x", real=True)
    >>> normal_pdf(x).diff(x)
    -x*normal_pdf(x)
    >>> normal_pdf(x).rewrite(exp)
    sqrt(2)*exp(-x**2/2)/(2*sqrt(pi))
    >>> normal_pdf(oo), normal_pdf(x).is_positive, latex(normal_pdf(x)**2)
    (0, True, '\\varphi\\left(x\\right)^{2}')
    """

    _tex = r"\varphi"

    @classmethod
    def eval(cls, arg):
        if arg is S.NaN:
            return S.NaN
        if arg.is_zero:
            return 1 / sqrt(2 * pi)
        if arg in (oo, -oo):
            return S.Zero
        if arg.could_extract_minus_sign():
            return cls(-arg)
        return None

    def fdiff(self, argindex=1):
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return -self.args[0] * self

    def _value(self, prec):
        x = self._argument(prec)
        return None if x is None else mp.exp(-mp.fmul(x, x, exact=True) / 2) / mp.sqrt(2 * mp.pi)

    def _eval_rewrite_as_exp(self, arg, **kwargs):
        return exp(-(arg**2) / 2) / sqrt(2 * pi)

    _eval_rewrite_as_erf = _eval_rewrite_as_erfc = _eval_rewrite_as_exp


class normal_cdf(_Bounded):
    r"""Φ(x), the standard normal distribution function.

    Explanation
    -----------
    Derivative φ(x). `evalf` is correct to the requested precision, relative, in the lower tail too.

    Examples
    --------
    >>> from sympy import symbols, erf, latex, oo
    >>> x = symbols("x", real=True)
    >>> normal_cdf(x).diff(x), normal_cdf(0), normal_cdf(-oo), normal_cdf(oo)
    (normal_pdf(x), 1/2, 0, 1)
    >>> normal_cdf(x).rewrite(erf)
    erf(sqrt(2)*x/2)/2 + 1/2
    >>> normal_cdf(-40).evalf(20), latex(normal_cdf(x)**2)
    (3.6558935409150297037e-350, '\\Phi\\left(x\\right)^{2}')
    """

    _tex = r"\Phi"

    @classmethod
    def eval(cls, arg):
        if arg is S.NaN:
            return S.NaN
        if arg.is_zero:
            return S.Half
        if arg is S.Infinity:
            return S.One
        if arg is S.NegativeInfinity:
            return S.Zero
        if isinstance(arg, normal_quantile):
            return arg.args[0]
        return None

    def fdiff(self, argindex=1):
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return normal_pdf(self.args[0])

    def inverse(self, argindex=1):
        """The inverse function, for `solve`."""
        return normal_quantile

    def _value(self, prec):
        x = self._argument(prec)
        if x is None:
            return None
        with mp.extraprec(2 * max(0, int(mp.mag(x)) if x else 0)):
            return mp.erfc(-x / mp.sqrt(2)) / 2

    def _eval_rewrite_as_erf(self, arg, **kwargs):
        return (1 + erf(arg / sqrt(2))) / 2

    def _eval_rewrite_as_erfc(self, arg, **kwargs):
        return erfc(-arg / sqrt(2)) / 2


class normal_quantile(SpecialFunction):
    r"""Φ⁻¹(p), the standard normal quantile, for 0 ≤ p ≤ 1.

    Explanation
    -----------
    Derivative 1/φ(Φ⁻¹(p)). `evalf` is correct to the requested precision for any p in (0, 1): exact
    arguments near 1 or 1/2 keep their relative precision too. Outside [0, 1] it stays unevaluated.

    Examples
    --------
    >>> from sympy import symbols, latex, Rational
    >>> p = symbols("p")
    >>> normal_quantile(p).diff(p)
    1/normal_pdf(normal_quantile(p))
    >>> normal_quantile(0), normal_quantile(Rational(1, 2)), normal_quantile(1)
    (-oo, 0, oo)
    >>> normal_quantile(Rational(1, 10**100)).evalf(20), latex(normal_quantile(p)**2)
    (-21.273453560965324295, '\\Phi^{-1}\\left(p\\right)^{2}')
    """

    _tex = r"\Phi^{-1}"

    @classmethod
    def eval(cls, arg):
        if arg is S.NaN:
            return S.NaN
        if arg.is_zero:
            return S.NegativeInfinity
        if arg.is_number:
            if arg == 1 or arg == 1.0:
                return S.Infinity
            if arg == S.Half or arg == 0.5:
                return S.Zero
        if isinstance(arg, normal_cdf) and arg.args[0].is_extended_real:
            return arg.args[0]
        return None

    def fdiff(self, argindex=1):
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return 1 / normal_pdf(self)

    def inverse(self, argindex=1):
        """The inverse function, for `solve`."""
        return normal_cdf

    def _value(self, prec):
        p = real_value(self.args[0], prec)
        if p is None or not 0 < p <= 1:
            return None
        if p <= 0.25:
            return highprecision.lower_quantile(p, prec)
        if p < 0.75:
            offset = real_difference(self.args[0], S.Half, prec)
            return None if offset is None else highprecision.central_quantile(offset, prec)
        excess = real_difference(self.args[0], S.One, prec)
        return None if excess is None or excess >= 0 else -highprecision.lower_quantile(-excess, prec)

    def _eval_is_real(self):
        p = self.args[0]
        return True if p.is_positive and (1 - p).is_positive else None

    def _eval_is_extended_real(self):
        p = self.args[0]
        return True if p.is_nonnegative and (1 - p).is_nonnegative else None

    def _eval_is_positive(self):
        p = self.args[0]
        if not self._eval_is_real():
            return None
        return (p - S.Half).is_positive

    def _eval_is_negative(self):
        p = self.args[0]
        if not self._eval_is_real():
            return None
        return (S.Half - p).is_positive

    def _eval_rewrite_as_erfinv(self, arg, **kwargs):
        return sqrt(2) * erfinv(2 * arg - 1)


class expected_positive_part(_OfRealLine):
    r"""h(x) = xΦ(x) + φ(x) = E[max(x + Z, 0)], Z standard normal.

    Explanation
    -----------
    Derivative Φ(x). A function of its own because the sum cancels in the lower tail; `evalf` is correct to
    the requested precision there too.

    Examples
    --------
    >>> from sympy import symbols, latex, oo
    >>> x = symbols("x", real=True)
    >>> expected_positive_part(x).diff(x), expected_positive_part(0), expected_positive_part(-oo)
    (normal_cdf(x), sqrt(2)/(2*sqrt(pi)), 0)
    >>> expected_positive_part(x).rewrite(normal_cdf)
    x*normal_cdf(x) + normal_pdf(x)
    >>> expected_positive_part(-40).evalf(20), latex(expected_positive_part(x)**2)
    (9.1283447229129723750e-352, 'h\\left(x\\right)^{2}')
    """

    _tex = "h"

    @classmethod
    def eval(cls, arg):
        if arg is S.NaN:
            return S.NaN
        if arg.is_zero:
            return 1 / sqrt(2 * pi)
        if arg is S.Infinity:
            return S.Infinity
        if arg is S.NegativeInfinity:
            return S.Zero
        return None

    def fdiff(self, argindex=1):
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return normal_cdf(self.args[0])

    def _value(self, prec):
        x = self._argument(prec)
        if x is None:
            return None
        t = abs(x)
        lower = mp.exp(-mp.fmul(t, t, exact=True) / 2) / mp.sqrt(2 * mp.pi) * highprecision.tail_gain(t, prec)
        return x + lower if x > 0 else lower

    def _eval_rewrite_as_normal_cdf(self, arg, **kwargs):
        return arg * normal_cdf(arg) + normal_pdf(arg)

    _eval_rewrite_as_normal_pdf = _eval_rewrite_as_normal_cdf

    def _eval_rewrite_as_erf(self, arg, **kwargs):
        return arg * normal_cdf(arg).rewrite(erf) + normal_pdf(arg).rewrite(exp)

    def _eval_rewrite_as_erfc(self, arg, **kwargs):
        return arg * normal_cdf(arg).rewrite(erfc) + normal_pdf(arg).rewrite(exp)
