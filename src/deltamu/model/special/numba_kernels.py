"""Exponential, logarithm and the special functions as lines of arithmetic, without a branch or a call.

Each function takes the lines written so far and the name of its argument, and returns the name of its value.  The
coefficients are those of the NumPy and JavaScript kernels; the Chebyshev series are written as polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import pairwise
from math import log as natural_log
from math import pi
from typing import Protocol

from mpmath import mp

from deltamu.model.special.tables import AS241, MOMENTS, in_powers, tables

__all__ = [
    "exp",
    "expected_positive_part",
    "expm1",
    "log",
    "normal_cdf",
    "normal_max_mean",
    "normal_max_mean_d1",
    "normal_max_mean_d2",
    "normal_max_variance",
    "normal_max_variance_d1",
    "normal_max_variance_d2",
    "normal_pdf",
    "normal_quantile",
]

LOG2_E = 1 / natural_log(2)
HIGHEST, LOWEST = 710.0, -746.0  # beyond these the exponential is inf, and 0
OFFSET = 2000.0  # makes numbers positive, so that cutting off the fraction rounds down
TAIL_END = 40.0  # phi(40) is less than the smallest double
SMALLEST_NORMAL = 2.0**-1022
ROOT_HALF = 0.7071067811865476
EXP_TERMS = 12  # coefficients of the polynomial for exp on half a binade: 1e-18
ATANH_TERMS = 11


class Lines(Protocol):
    """Lines of code, written one after the other; a method returns text, and `let` and `root` a name for it."""

    infinity: str

    def let(self, text: str, *, whole: bool = False) -> str:
        """The name of a value: of a number, or of a 64-bit whole number."""
        ...

    def root(self, value: str) -> str:
        """The square root."""
        ...

    def select(self, condition: str, yes: str, no: str) -> str:
        """One of two values, both of which are there."""
        ...

    def truncated(self, number: str) -> str:
        """A number below 2**31 in size without its fraction, as a number."""
        ...

    def single(self, number: str) -> str:
        """A number rounded to single precision."""
        ...

    def bits(self, number: str) -> str:
        """The bits of a number as a whole number."""
        ...

    def number(self, bits: str) -> str:
        """The number that has these bits."""
        ...

    def whole(self, number: str) -> str:
        """A number without fraction as a whole number."""
        ...


def polynomial(lines: Lines, coefficients: Sequence[float], x: str) -> str:
    """Sum of coefficients[n] x**n; even and odd powers apart, again and again, which shortens the chain of steps."""
    if len(coefficients) < 8:
        return lines.let(_horner(coefficients, x))
    square = lines.let(f"{x}*{x}")
    even = polynomial(lines, coefficients[::2], square)
    odd = polynomial(lines, coefficients[1::2], square)
    return lines.let(f"{even} + {x}*{odd}")


def _horner(coefficients: Sequence[float], x: str) -> str:
    text = repr(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        text = f"{coefficient!r} + {x}*({text})"
    return text


# --- exponential and logarithm ---------------------------------------------------------------------------------------


@cache
def _exp_coefficients() -> tuple[float, ...]:
    """(exp(r) - 1 - r) / r**2 on |r| <= 0.35."""
    with mp.workdps(40):
        fitted = mp.chebyfit(lambda r: mp.hyp1f1(1, 3, r) / 2, [-0.35, 0.35], EXP_TERMS - 2)
        return tuple(map(float, reversed(fitted)))


@cache
def _log_of_two() -> tuple[float, float]:
    """ln 2 as a sum: the first part times a number below 2**21 is exact."""
    with mp.workdps(40):
        high = float(mp.floor(mp.log(2) * 2**32) / 2**32)
        return high, float(mp.log(2) - high)


def _reduced(lines: Lines, x: str, more: str = "0.0") -> tuple[str, str]:
    """k and exp(r) - 1, where x + more = k ln 2 + r; `more` is tiny."""
    low, high = LOWEST, HIGHEST
    x = lines.let(lines.select(f"({x} < {high!r})", x, repr(high)))
    x = lines.let(lines.select(f"({x} > {low!r})", x, f"({low!r})"))
    k = lines.let(lines.truncated(f"{x}*{LOG2_E!r} + {OFFSET + 0.5!r}") + f" - {OFFSET!r}")
    coarse, fine = _log_of_two()
    r = f"({x} - {k}*{coarse!r}) - {k}*{fine!r}"
    r = lines.let(r if more == "0.0" else f"({r}) + {more}")
    series = polynomial(lines, _exp_coefficients(), r)
    return k, lines.let(f"{r} + {r}*{r}*{series}")


def _two_to(lines: Lines, k: str) -> str:
    bits = lines.let(f"({lines.whole(k)} + 1023) << 52", whole=True)
    return lines.let(lines.number(bits))


def _scaled(lines: Lines, value: str, k: str) -> str:
    """value * 2**k in two steps, since 2**k alone may not be a double."""
    half = lines.let(lines.truncated(f"{k}*0.5 + {OFFSET!r}") + f" - {OFFSET!r}")
    rest = lines.let(f"{k} - {half}")
    return lines.let(f"{value}*{_two_to(lines, half)}*{_two_to(lines, rest)}")


def exp(lines: Lines, x: str) -> str:
    """e**x; relative error below 5e-16, 0 and inf beyond the range."""
    k, less_one = _reduced(lines, x)
    return _scaled(lines, lines.let(f"1.0 + {less_one}"), k)


def expm1(lines: Lines, x: str) -> str:
    """e**x - 1 with its digits near x = 0."""
    k, less_one = _reduced(lines, x)
    near = f"({k} == 0.0)"
    far = lines.let(f"{_scaled(lines, lines.let(f'1.0 + {less_one}'), k)} - 1.0")
    power = _two_to(lines, lines.let(lines.select(f"({k} < 64.0)", k, "64.0")))
    middle = lines.let(f"{power}*{less_one} + ({power} - 1.0)")
    rest = lines.let(lines.select(f"(({k} > -60.0) & ({k} < 60.0))", middle, far))
    return lines.let(lines.select(near, less_one, rest))


def log(lines: Lines, x: str) -> str:
    """The natural logarithm; -inf at 0, nan below."""
    small = f"({x} < {SMALLEST_NORMAL!r})"
    normal = lines.let(lines.select(small, f"({x}*{2.0**54!r})", x))
    shift = lines.let(lines.select(small, "54.0", "0.0"))
    bits = lines.let(lines.bits(normal), whole=True)
    exponent = lines.let(lines.truncated(f"{bits} >> 52"))
    mantissa_bits = lines.let(f"({bits} & {2**52 - 1}) | {1023 << 52}", whole=True)
    mantissa = lines.let(lines.number(mantissa_bits))
    large = f"({mantissa} > {2 * ROOT_HALF!r})"
    m = lines.let(lines.select(large, f"(0.5*{mantissa})", mantissa))
    e = lines.let(f"{exponent} - {lines.select(large, '1022.0', '1023.0')} - {shift}")
    s = lines.let(f"({m} - 1.0)/({m} + 1.0)")
    square = lines.let(f"{s}*{s}")
    series = polynomial(lines, [2 / (2 * n + 3) for n in range(ATANH_TERMS)], square)
    coarse, fine = _log_of_two()
    value = lines.let(f"{e}*{coarse!r} + ((2.0*{s} + {s}*({square}*{series})) + {e}*{fine!r})")
    ordinary = lines.let(lines.select(f"({x} < {lines.infinity})", value, lines.infinity))
    at_zero = lines.let(lines.select(f"({x} == 0.0)", f"(-{lines.infinity})", f"({lines.infinity} - {lines.infinity})"))
    return lines.let(lines.select(f"({x} > 0.0)", ordinary, at_zero))


# --- normal law ------------------------------------------------------------------------------------------------------


def _distance(lines: Lines, x: str) -> str:
    size = lines.let(lines.select(f"({x} < 0.0)", f"(-{x})", x))
    return lines.let(lines.select(f"({size} < {TAIL_END!r})", size, repr(TAIL_END)))


def _gauss(lines: Lines, t: str) -> str:
    """exp(-t**2/2): the square of the single-precision part of t is exact, and the rest is small."""
    high = lines.let(lines.single(t))
    rest = lines.let(f"-0.5*(({t} - {high})*({t} + {high}))")
    k, less_one = _reduced(lines, lines.let(f"-0.5*({high}*{high})"), rest)
    return _scaled(lines, lines.let(f"1.0 + {less_one}"), k)


def _tail(lines: Lines, name: str, t: str) -> str:
    """The fitted factor of a tail times exp(-t**2/2)."""
    tail = tables()["tail"]
    y = lines.let(f"({t} - {tail['centre']!r})/({t} + {tail['centre']!r})")
    return lines.let(f"{polynomial(lines, in_powers(tuple(tail[name])), y)}*{_gauss(lines, t)}")


def _shifted(lines: Lines, t: str) -> str:
    return lines.let(f"1.0/({t} + {tables()['tail']['shift']!r})")


def normal_pdf(lines: Lines, x: str) -> str:
    return lines.let(f"{1 / (2 * pi) ** 0.5!r}*{_gauss(lines, _distance(lines, x))}")


def normal_cdf(lines: Lines, x: str) -> str:
    t = _distance(lines, x)
    lower = lines.let(f"{_tail(lines, 'mills', t)}*{_shifted(lines, t)}")
    return lines.let(lines.select(f"({x} > 0.0)", f"(1.0 - {lower})", lower))


def expected_positive_part(lines: Lines, x: str) -> str:
    t = _distance(lines, x)
    inverse = _shifted(lines, t)
    lower = lines.let(f"{_tail(lines, 'gain', t)}*({inverse}*{inverse})")
    return lines.let(f"{lines.select(f'({x} > 0.0)', x, '0.0')} + {lower}")


def normal_quantile(lines: Lines, p: str) -> str:
    """Wichura's AS 241, PPND16: numerators and denominators of all three regions computed, and one division."""
    centre, near, far = AS241
    q = lines.let(f"{p} - 0.5")
    size = lines.let(lines.select(f"({q} < 0.0)", f"(-{q})", q))
    tail = lines.let(lines.select(f"({q} < 0.0)", p, f"(1.0 - {p})"))
    r = lines.root(lines.let(f"-{log(lines, tail)}"))
    x = [lines.let(text) for text in (f"0.180625 - {q}*{q}", f"{r} - 1.6", f"{r} - 5.0")]
    parts = []
    for above_or_below in zip(centre, near, far, strict=True):
        inner, middle, outer = (polynomial(lines, c, y) for c, y in zip(above_or_below, x, strict=True))
        in_tail = lines.let(lines.select(f"({r} > 5.0)", outer, middle))
        parts.append(lines.let(lines.select(f"({size} > 0.425)", in_tail, inner)))
    ratio = lines.let("/".join(parts))
    distance = lines.let(lines.select(f"({tail} == 0.0)", lines.infinity, ratio))
    signed = lines.let(lines.select(f"({q} < 0.0)", f"(-{distance})", distance))
    return lines.let(lines.select(f"({size} > 0.425)", signed, f"({q}*{ratio})"))


# --- order statistics ------------------------------------------------------------------------------------------------


def _moment(name: str, lines: Lines, k: str) -> str:
    """Piecewise series in s = sqrt(1 + ln k): each coefficient is chosen by the segment, then summed once."""
    scale, moments = MOMENTS[name], tables()["moments"]
    log_k = log(lines, k)
    square = lines.let(f"1.0 + {log_k}")
    s = lines.root(square)
    breaks = moments["breaks"]
    segments = [in_powers(tuple(segment)) for segment in moments[name]]
    middles = [0.5 * (a + b) for a, b in pairwise(breaks)]
    halves = [2.0 / (b - a) for a, b in pairwise(breaks)]

    def chosen(values: Sequence[float]) -> str:
        text = repr(values[-1])
        for value, end in zip(values[-2::-1], breaks[-2:0:-1], strict=True):
            text = lines.let(lines.select(f"({s} < {end!r})", repr(value), text))
        return text

    y = lines.let(f"({s} - {chosen(middles)})*{chosen(halves)}")
    longest = max(map(len, segments))
    padded = [(*segment, *[0.0] * (longest - len(segment))) for segment in segments]
    steps = [chosen(values) for values in zip(*padded, strict=True)]
    total = _summed(lines, steps, y)
    value = f"{total}*{log_k}" if scale["from_zero"] else total
    value += "/" + {1: s, 2: square, 4: f"({square}*{square})"}[scale["s_power"]]
    for _ in range(scale["k_power"]):  # one at a time: k**2 overflows
        value = f"{lines.let(value)}/{k}"
    at_infinity = lines.infinity if scale["from_zero"] else "0.0"
    return lines.let(lines.select(f"({k} == {lines.infinity})", at_infinity, lines.let(value)))


def _summed(lines: Lines, names: Sequence[str], y: str) -> str:
    square = lines.let(f"{y}*{y}")

    def horner(part: Sequence[str]) -> str:
        text = part[-1]
        for name in part[-2::-1]:
            text = f"{name} + {square}*({text})"
        return lines.let(text)

    return lines.let(f"{horner(names[::2])} + {y}*{horner(names[1::2])}")


normal_max_mean, normal_max_mean_d1, normal_max_mean_d2 = (
    partial(_moment, name) for name in ("normal_max_mean", "normal_max_mean_d1", "normal_max_mean_d2")
)
normal_max_variance, normal_max_variance_d1, normal_max_variance_d2 = (
    partial(_moment, name) for name in ("normal_max_variance", "normal_max_variance_d1", "normal_max_variance_d2")
)
