"""JavaScript source of the special functions, from the same tables as the NumPy kernels.

The source is a list of pieces, each a `function` or a `const` of ES2015 that is valid in strict mode; a
piece names the pieces that it needs, and `javascript_kernels` writes those asked for in order of need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from .tables import AS241, MOMENTS, tables

__all__ = ["NAMES", "javascript_kernels"]

NAMES = ("normal_pdf", "normal_cdf", "normal_quantile", "expected_positive_part", *MOMENTS)
OF_SYMPY = ("erf", "erfc")  # what one's own formulas may have and `Math` has not

_HELPERS: dict[str, tuple[tuple[str, ...], str]] = {
    "special_clenshaw": (
        (),
        """\
function special_clenshaw(coefficients, y) {  // sum of coefficients[n] T_n(y)
  let newer = 0, older = 0;
  for (let n = coefficients.length - 1; n > 0; n--) {
    const next = 2 * y * newer - older + coefficients[n];
    older = newer;
    newer = next;
  }
  return y * newer - older + coefficients[0];
}""",
    ),
    "special_gauss": (
        (),
        """\
const special_last = { t: NaN, gauss: NaN };
function special_gauss(t) {  // exp(-t*t/2); the square of the single-precision part of t is exact
  if (t !== special_last.t) {
    const high = Math.fround(t);
    special_last.gauss = Math.exp(-0.5 * (high * high)) * Math.exp(-0.5 * ((t - high) * (t + high)));
    special_last.t = t;
  }
  return special_last.gauss;
}""",
    ),
    "special_tails": (
        ("special_gauss", "special_tail_table"),
        """\
const special_tails = { t: NaN, mills: NaN, gain: NaN };  // both at the t of the last call: they are asked for together
function special_tails_at(t) {
  if (t !== special_tails.t) {
    const { centre, mills, gain } = special_tail_table, y = (t - centre) / (t + centre), both = special_gauss(t);
    let n = Math.max(mills.length, gain.length) - 1, newer = 0, older = 0, newer2 = 0, older2 = 0;
    for (; n >= mills.length; n--) {
      const next2 = 2 * y * newer2 - older2 + gain[n];
      older2 = newer2;
      newer2 = next2;
    }
    for (; n >= gain.length; n--) {
      const next = 2 * y * newer - older + mills[n];
      older = newer;
      newer = next;
    }
    for (; n > 0; n--) {
      const next = 2 * y * newer - older + mills[n], next2 = 2 * y * newer2 - older2 + gain[n];
      older = newer;
      newer = next;
      older2 = newer2;
      newer2 = next2;
    }
    special_tails.t = t;
    special_tails.mills = (y * newer - older + mills[0]) * both;
    special_tails.gain = (y * newer2 - older2 + gain[0]) * both;
  }
  return special_tails;
}""",
    ),
    "special_moment": (
        ("special_clenshaw", "special_breaks"),
        """\
function special_moment(segments, k) {  // factor F(s), s = sqrt(1 + ln k); NaN below k = 1
  const s = Math.sqrt(1 + Math.log(k));
  for (let j = 0; j < segments.length; j++) {
    const low = special_breaks[j], high = special_breaks[j + 1];
    if (s >= low && s < high) {
      return special_clenshaw(segments[j], (s - 0.5 * (high + low)) / (0.5 * (high - low)));
    }
  }
  return NaN;
}""",
    ),
    "special_ratio": (
        (),
        """\
function special_ratio(pair, r) {  // quotient of two polynomials of degree 7
  let above = 0, below = 0;
  for (let n = 7; n >= 0; n--) {
    above = above * r + pair[0][n];
    below = below * r + pair[1][n];
  }
  return above / below;
}""",
    ),
    "normal_pdf": (
        ("special_gauss",),
        """\
function normal_pdf(x) {
  return 0.3989422804014327 * special_gauss(Math.min(Math.abs(x), 40));
}""",
    ),
    "normal_cdf": (
        ("special_tails", "special_tail_table"),
        """\
function normal_cdf(x) {
  const t = Math.min(Math.abs(x), 40);
  const lower = special_tails_at(t).mills / (t + special_tail_table.shift);
  return x > 0 ? 1 - lower : lower;
}""",
    ),
    "expected_positive_part": (
        ("special_tails", "special_tail_table"),
        """\
function expected_positive_part(x) {
  const t = Math.min(Math.abs(x), 40), shifted = t + special_tail_table.shift;
  return Math.max(x, 0) + special_tails_at(t).gain / (shifted * shifted);
}""",
    ),
    "normal_quantile": (
        ("special_ratio", "special_as241"),
        """\
function normal_quantile(p) {  // Wichura's AS 241, PPND16
  if (!(p >= 0 && p <= 1)) return NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * special_ratio(special_as241[0], 0.180625 - q * q);
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return q < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const x = r <= 5 ? special_ratio(special_as241[1], r - 1.6) : special_ratio(special_as241[2], r - 5);
  return q < 0 ? -x : x;
}""",
    ),
    "erfc": (
        ("special_tails", "special_tail_table"),
        """\
function erfc(x) {
  const t = Math.min(Math.abs(x) * Math.SQRT2, 40), lower = special_tails_at(t).mills / (t + special_tail_table.shift);
  return 2 * (x < 0 ? 1 - lower : lower);
}""",
    ),
    "erf": (
        ("erfc",),
        """\
function erf(x) {  // near 0 a series without cancellation
  if (!(Math.abs(x) < 1)) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  let sum = x, term = x;
  for (let n = 1; n < 30; n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}""",
    ),
}


def _const(name: str, value: object) -> str:
    # JSON writes floats by repr, which JavaScript reads back to the same double
    return f"const {name} = {json.dumps(value, separators=(',', ':'))};"


def _moment_source(name: str) -> str:
    scale = MOMENTS[name]
    at_infinity = "Infinity" if scale["from_zero"] else "0"
    steps = [f"special_moment(special_{name}_table, k)"]
    if scale["from_zero"]:
        steps.append(" * u")
    steps.append({1: " / Math.sqrt(1 + u)", 2: " / (1 + u)", 4: " / ((1 + u) * (1 + u))"}[scale["s_power"]])
    steps.append(" / k" * scale["k_power"])
    return (
        f"function {name}(k) {{\n"
        f"  if (k === Infinity) return {at_infinity};\n"
        f"  const u = Math.log(k);\n"
        f"  return {''.join(steps)};\n"
        f"}}"
    )


def _piece(name: str) -> tuple[tuple[str, ...], str]:
    """What the piece `name` needs, and its source."""
    if name in _HELPERS:
        return _HELPERS[name]
    if name in MOMENTS:
        return ("special_moment", f"special_{name}_table"), _moment_source(name)
    if name == "special_tail_table":
        return (), _const(name, tables()["tail"])
    if name == "special_breaks":
        return (), _const(name, tables()["moments"]["breaks"])
    if name == "special_as241":
        return (), _const(name, AS241)
    return (), _const(name, tables()["moments"][name.removeprefix("special_").removesuffix("_table")])


def javascript_kernels(names: Iterable[str] | None = None) -> str:
    """JavaScript source that defines the special functions.

    Explanation
    -----------
    Each function takes and returns one Number, on the domain of the NumPy kernel of its name, with NaN
    outside. The source is ES2015, valid in strict mode, and declares nothing but the functions asked for and
    names that begin with `special_`. In V8, measured against `deltamu.model.special.highprecision`: relative error
    below 1e-15 for every function.

    Examples
    --------
    >>> print(javascript_kernels(["normal_pdf"]))
    const special_last = { t: NaN, gauss: NaN };
    function special_gauss(t) {  // exp(-t*t/2); the square of the single-precision part of t is exact
      if (t !== special_last.t) {
        const high = Math.fround(t);
        special_last.gauss = Math.exp(-0.5 * (high * high)) * Math.exp(-0.5 * ((t - high) * (t + high)));
        special_last.t = t;
      }
      return special_last.gauss;
    }
    <BLANKLINE>
    function normal_pdf(x) {
      return 0.3989422804014327 * special_gauss(Math.min(Math.abs(x), 40));
    }
    <BLANKLINE>
    """
    wanted = NAMES if names is None else tuple(names)
    unknown = [name for name in wanted if name not in NAMES + OF_SYMPY]
    if unknown:
        raise ValueError(f"no special function {', '.join(unknown)}; there are {', '.join(NAMES + OF_SYMPY)}")
    written: dict[str, str] = {}

    def write(name: str) -> None:
        if name not in written:
            needs, source = _piece(name)
            for need in needs:
                write(need)
            written[name] = source

    for name in wanted:
        write(name)
    return "".join(f"{source}\n\n" for source in written.values()).removesuffix("\n")
