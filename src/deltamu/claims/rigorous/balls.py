"""Enclosures of the special functions of the model, on balls of any width."""

from collections.abc import Callable
from functools import cache
from math import isqrt
from typing import Any

from deltamu.claims.rigorous.optional import acb, arb, ctx

MORE = 64  # working bits for what cancels in a tail


def interval(low: Any, high: Any) -> Any:
    """The ball from one number to another.

    Examples
    --------
    >>> interval(1, 2).contains(arb(1.5))
    True
    """
    low, high = arb(low), arb(high)
    return low.union(high)


def monotone(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that rises, or falls, throughout: on a ball, from its values at the ends."""

    def enclosure(x: Any) -> Any:
        if x.is_exact() or not x.is_finite():
            return function(x)
        return function(x.lower()).union(function(x.upper()))

    return enclosure


def precise(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function with working bits to spare."""

    def enclosure(x: Any) -> Any:
        with ctx.workprec(ctx.prec + MORE):
            value = function(x)
        return +value

    return enclosure


@monotone
@precise
def cdf(x: Any) -> Any:
    """Phi."""
    if not x.is_finite():
        return arb(0) if x < 0 else arb(1) if x > 0 else arb("nan")
    return (-x / arb(2).sqrt()).erfc() / 2


def pdf(x: Any) -> Any:
    """phi."""
    return (-square(x) / 2).exp() / (2 * arb.pi()).sqrt()


def square(x: Any) -> Any:
    """x^2, which is not negative whatever the ball."""
    size = abs(x)
    return size * size if size.is_exact() else interval(size.abs_lower() ** 2, size.abs_upper() ** 2)


def root(x: Any) -> Any:
    """The square root of what is not negative, of a ball that may reach below 0 by its width."""
    if x > 0 or x.is_exact():
        return x.sqrt()
    return interval(0, x.upper().sqrt())


@monotone
def positive_part(x: Any) -> Any:
    """h(x) = x Phi(x) + phi(x); what cancels far below 0 is paid for in working bits."""
    if not x.is_finite():
        return arb(0) if x < 0 else x
    size = int(float(abs(x).upper())) if x.is_finite() and abs(x) < 1000 else 0
    with ctx.workprec(ctx.prec + MORE + 2 * size.bit_length()):
        value = x * ((-x / arb(2).sqrt()).erfc() / 2) + (-(x**2) / 2).exp() / (2 * arb.pi()).sqrt()
    return +value


@monotone
@precise
def quantile(p: Any) -> Any:
    """Phi^-1, from whichever end is nearer."""
    if p < arb("0.5"):
        return -arb(2).sqrt() * (2 * p).erfcinv()
    return arb(2).sqrt() * (2 * (1 - p)).erfcinv() if p > arb("0.5") else arb(2).sqrt() * (2 * p - 1).erfinv()


@monotone
def mean_of_the_maximum(k: Any) -> Any:
    """i(k), which rises (D06)."""
    return _moments(k)[0]


@monotone
def variance_of_the_maximum(k: Any) -> Any:
    """v(k), which falls (D06)."""
    mean, square = _moments(k)
    return 1 + square - mean**2


def _moments(k: Any) -> tuple[Any, Any]:
    mid, radius = k.mid().man_exp(), k.rad().man_exp()
    return _integrals(tuple(map(int, mid)), tuple(map(int, radius)), ctx.prec)


@cache
def _integrals(mid: tuple[int, int], radius: tuple[int, int], prec: int) -> tuple[Any, Any]:
    """Integrals of Phi - Phi^k and of 2 x (Phi - Phi^k): the mean, and the second moment less 1.

    Beyond +-edge the integrand is at most (k - 1)(1 - Phi) above and Phi below, whose integrals are known.
    """
    k = arb(arb(mid), arb(radius))
    if k == 1:
        return arb(0), arb(0)
    power = acb(k)

    def excess(z: Any, analytic: bool) -> Any:
        phi = (-z / acb(2).sqrt()).erfc() / 2
        return phi - (power * phi.log(analytic=analytic)).exp()

    edge = 4 + isqrt(2 * prec)  # where the tails are below the last bit
    mean = acb.integral(excess, -edge, edge).real
    square = acb.integral(lambda z, analytic: 2 * z * excess(z, analytic), -edge, edge).real
    beyond, below = positive_part(arb(-edge)), cdf(arb(-edge))
    first, second = (k * beyond).upper(), (k * (below + edge * beyond)).upper()
    return mean + interval(0, first), square + interval(-second, second)
