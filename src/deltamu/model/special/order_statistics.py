"""Mean and variance of the maximum of k standard normals, and their derivatives, as SymPy classes."""

from __future__ import annotations

from functools import cache

from sympy import Dummy, Expr, Function, Integral, Rational, S, asin, atan, log, oo, pi, sqrt
from sympy.core.function import ArgumentIndexError

from . import highprecision
from .base import SpecialFunction, real_difference
from .normal import normal_cdf


@cache
def _first_two_moments(k: int) -> tuple[Expr, Expr]:
    """E[max] and E[max²] of k = 1 ... 5 standard normals."""
    return {
        1: (S.Zero, S.One),
        2: (1 / sqrt(pi), S.One),
        3: (3 / (2 * sqrt(pi)), 1 + sqrt(3) / (2 * pi)),
        4: (6 * atan(sqrt(2)) / pi ** Rational(3, 2), 1 + sqrt(3) / pi),
        5: (
            5 / (4 * sqrt(pi)) + 15 * asin(Rational(1, 3)) / (2 * pi ** Rational(3, 2)),
            1 + 5 * sqrt(3) / (4 * pi) + 5 * sqrt(3) * asin(Rational(1, 4)) / (2 * pi**2),
        ),
    }[k]


def _moment_integral(power: int, order: int, k: Expr) -> Expr:
    """d^order/dk^order of E[max^power], power 1 or 2, as an integral over the real line."""
    x = Dummy("x", real=True)
    cdf = normal_cdf(x)
    weight = cdf - cdf**k if order == 0 else -(cdf**k) * log(cdf) ** order
    integral = Integral(power * x ** (power - 1) * weight, (x, -oo, oo))
    return integral + 1 if power == 2 and order == 0 else integral


class _MaxMoment(SpecialFunction):
    """A moment of the law Φ(x)^k or its derivative in k."""

    _field = ""  # of highprecision.MaxMoments
    _order = 0
    _derivative: type[Function] | None = None  # None: left unevaluated
    _at_infinity = S.Zero

    @classmethod
    def eval(cls, arg):
        if arg is S.NaN:
            return S.NaN
        if arg is S.Infinity:
            return cls._at_infinity
        if cls._order == 0 and arg.is_Integer and 1 <= arg <= 5:
            return cls._closed_form(*_first_two_moments(int(arg)))
        return None

    def fdiff(self, argindex=1):
        if argindex != 1 or self._derivative is None:
            raise ArgumentIndexError(self, argindex)
        return self._derivative(self.args[0])

    def _value(self, prec):
        excess = real_difference(self.args[0], S.One, prec)
        if excess is None or excess < 0:
            return None
        return getattr(highprecision.max_moments(excess, prec), self._field)

    def _in_domain(self) -> bool | None:
        """True where k is known to be a finite real number ≥ 1."""
        return True if (self.args[0] - 1).is_nonnegative else None

    def _eval_is_real(self):
        return self._in_domain()


class _MaxMean(_MaxMoment):
    def _eval_rewrite_as_Integral(self, k, **kwargs):
        return _moment_integral(1, self._order, k)


class _MaxVariance(_MaxMoment):
    def _eval_rewrite_as_Integral(self, k, **kwargs):
        mean = [_moment_integral(1, order, k) for order in range(self._order + 1)]
        square = (  # (i²) and its derivatives
            lambda i: i**2,
            lambda i, d1: 2 * i * d1,
            lambda i, d1, d2: 2 * d1**2 + 2 * i * d2,
        )[self._order](*mean)
        return _moment_integral(2, self._order, k) - square


class normal_max_mean_d2(_MaxMean):
    """i''(k), the second derivative of `normal_max_mean`; negative, since i'' = -∫Φ^k ln²Φ dx.

    Examples
    --------
    >>> from sympy import symbols
    >>> k = symbols("k")
    >>> normal_max_mean_d2(k).diff(k)
    Derivative(normal_max_mean_d2(k), k)
    >>> normal_max_mean_d2(2).evalf(20)
    -0.23457293357817790799
    """

    _tex = "i''"
    _field = "mean_d2"
    _order = 2

    def _eval_is_negative(self):
        return self._in_domain()


class normal_max_mean_d1(_MaxMean):
    """i'(k), the derivative of `normal_max_mean`; positive, since i' = -∫Φ^k lnΦ dx.

    Examples
    --------
    >>> from sympy import symbols
    >>> k = symbols("k")
    >>> normal_max_mean_d1(k).diff(k)
    normal_max_mean_d2(k)
    >>> normal_max_mean_d1(1).evalf(20)
    0.90319728556862535363
    """

    _tex = "i'"
    _field = "mean_d1"
    _order = 1
    _derivative = normal_max_mean_d2

    def _eval_is_positive(self):
        return self._in_domain()


class normal_max_mean(_MaxMean):
    r"""i(k), the mean of the law Φ(x)^k, real k ≥ 1: for whole k the expected maximum of k standard normals.

    Explanation
    -----------
    i(1) = 0, increasing and concave, i ~ √(2 ln k). Closed forms at k = 1 ... 5. `evalf` is correct to the
    requested precision, relative, near k = 1 too: an exact k or a Float enters through k - 1. Below 1 it
    stays unevaluated.

    Examples
    --------
    >>> from sympy import symbols, latex, Rational
    >>> k = symbols("k")
    >>> normal_max_mean(k).diff(k), normal_max_mean(4)
    (normal_max_mean_d1(k), 6*atan(sqrt(2))/pi**(3/2))
    >>> normal_max_mean(1 + Rational(1, 10**12)).evalf(20)
    9.0319728556802954867e-13
    >>> latex(normal_max_mean(k)**2), latex(normal_max_mean(k).diff(k, 2))
    ('i\\left(k\\right)^{2}', "i''\\left(k\\right)")

    References
    ----------
    H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed., Wiley 2003, section 3.2 (values for k ≤ 5).
    """

    _tex = "i"
    _field = "mean"
    _derivative = normal_max_mean_d1
    _at_infinity = S.Infinity

    @staticmethod
    def _closed_form(mean, second):
        return mean

    def _eval_is_nonnegative(self):
        return self._in_domain()

    def _eval_is_positive(self):
        return True if (self.args[0] - 1).is_positive else None

    def _eval_is_zero(self):
        return (self.args[0] - 1).is_zero if self._in_domain() else None


class normal_max_variance_d2(_MaxVariance):
    """v''(k), the second derivative of `normal_max_variance`; positive wherever computed, which is no proof.

    Examples
    --------
    >>> from sympy import symbols
    >>> k = symbols("k")
    >>> normal_max_variance_d2(k).diff(k)
    Derivative(normal_max_variance_d2(k), k)
    >>> normal_max_variance_d2(2).evalf(20)
    0.15165773166135987618
    """

    _tex = "v''"
    _field = "variance_d2"
    _order = 2


class normal_max_variance_d1(_MaxVariance):
    """v'(k), the derivative of `normal_max_variance`; negative.

    Explanation
    -----------
    Why negative: the maximum is q(W/k), W a unit exponential, q(s) = Φ⁻¹(e^{-s}). As k grows these laws
    decrease in the dispersive order if -s q'(s) = -ΦlnΦ/φ at x = q(s) decreases in x, that is if -lnΦ is
    log-concave. It is the upper tail integral of φ/Φ, which is log-concave because a truncated normal has
    positive variance.

    Examples
    --------
    >>> from sympy import symbols
    >>> k = symbols("k")
    >>> normal_max_variance_d1(k).diff(k)
    normal_max_variance_d2(k)
    >>> normal_max_variance_d1(1).evalf(20)
    -0.59563559684735773191
    """

    _tex = "v'"
    _field = "variance_d1"
    _order = 1
    _derivative = normal_max_variance_d2

    def _eval_is_negative(self):
        return self._in_domain()


class normal_max_variance(_MaxVariance):
    r"""v(k), the variance of the law Φ(x)^k, real k ≥ 1: of the maximum of k standard normals, k whole.

    Explanation
    -----------
    v(1) = 1, decreasing, v ~ π²/(12 ln k). Closed forms at k = 1 ... 5. `evalf` is correct to the requested
    precision. Below 1 it stays unevaluated.

    Examples
    --------
    >>> from sympy import symbols, latex
    >>> k = symbols("k")
    >>> normal_max_variance(k).diff(k), normal_max_variance(2)
    (normal_max_variance_d1(k), 1 - 1/pi)
    >>> normal_max_variance(6.32)
    0.407573304040353
    >>> latex(normal_max_variance(k)**2), latex(normal_max_variance(k).diff(k))
    ('v\\left(k\\right)^{2}', "v'\\left(k\\right)")
    """

    _tex = "v"
    _field = "variance"
    _derivative = normal_max_variance_d1

    @staticmethod
    def _closed_form(mean, second):
        return second - mean**2

    def _eval_is_positive(self):
        return self._in_domain()
