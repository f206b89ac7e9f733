"""False statements of every kind: no tool may show them."""

import pytest
import sympy
from sympy import (
    Abs,
    Dummy,
    Function,
    Integer,
    Interval,
    Min,
    Piecewise,
    Rational,
    Symbol,
    asin,
    binomial,
    cos,
    exp,
    factorial,
    log,
    nan,
    oo,
    sign,
    sin,
    sqrt,
    symbols,
    tan,
)

import deltamu as dm
from deltamu import symbols as sym
from deltamu.claims import (
    ClaimFailed,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    assert_sign_changes,
    refute,
    support,
)
from deltamu.model.special import expected_positive_part, normal_cdf, normal_max_mean, normal_pdf, normal_quantile

x, y, p = symbols("x y p", positive=True)
u, v = symbols("u v", real=True)
n = Symbol("n", nonnegative=True)
k = Symbol("k", integer=True)
a, b = Dummy("a", nonnegative=True), Dummy("a", nonnegative=True)
unit = Interval(0, 1)

IDENTITIES = [
    (x, x + Rational(1, 10**8)),
    (nan, 0),
    (oo, -oo),
    (oo, 0),
    (Function("f")(x), Function("g")(x)),
    (sqrt(u**2), u),
    (log(u**2), 2 * log(u)),
    (Abs(u), u),
    (u / Abs(u), 1),
    (sign(u), 1),
    (sqrt(u) * sqrt(v), sqrt(u * v)),
    (asin(sin(3 * x)), 3 * x),
    (exp(log(1 + u**2) / 2), 1 + u),
    (binomial(k, k + 5), 0),
    (binomial(n, n + 5), 0),
    (factorial(n) / factorial(n + 1), 1 / n),
    (a, b),
    (Piecewise((1, x > 5), (0, True)), 0),
    (Piecewise((0, sympy.Eq(n, 0)), (1, True)), Piecewise((0, n > 0), (1, True))),
    (normal_cdf(u), normal_pdf(u)),
    (normal_cdf(-u), normal_cdf(u)),
    (normal_quantile(p / (1 + p)), normal_cdf(p)),
    (expected_positive_part(u), u),
    (normal_max_mean(1 + x), x),
    (dm.PUBLISHED["N_eff"].expr, sym.N),
    (Min(x, y), x),
    ((x**y) ** 2, x ** (y**2)),
    (tan(x) * cos(x), cos(x)),
]
POSITIVE = [
    (x - y, {}),
    (1 - sym.H, {}),
    (sym.H, {}),
    (u**2 + 1, {}),  # true, but nothing is known about u
    (1 - x, {x: unit}),
    (Integer(0), {}),
    (Integer(-1), {}),
    (sqrt(p), {p: Interval(-1, 1)}),
    (sqrt(p), {p: unit}),
    (log(1 + p) + sqrt(p), {p: Interval(-1, 1)}),
    (sqrt(sym.gamma), {}),
    (normal_cdf(p) - Rational(1, 2), {p: unit}),
    (exp(u) - 1, {}),
    (x * y - 1, {x: Interval(1, 2), y: Interval.Lopen(0, 1)}),
    (2 * x - x**2, {x: Interval.Lopen(0, 2)}),
    ((x - 1) ** 2, {x: Interval.Lopen(0, 3)}),
    (1 / (x - 2), {x: Interval.Lopen(0, 1)}),
    (n, {}),
    (p - Rational(1, 1000), {p: Interval.Lopen(0, 1)}),
    (a - b, {}),
]
NONNEGATIVE = [
    (1 - 2 * sym.H, {}),
    (sin(x), {}),
    (x / (1 - y), {}),
    (x**2 - 3 * x + 2, {x: Interval.Lopen(0, 3)}),
    (sqrt(p) - p, {p: Interval.Lopen(0, 2)}),
    (log(x), {}),
    (u, {u: Interval(-1, 1)}),
    (1 - sym.N_eff, {}),
    (a - b, {}),
    (sym.expected_improvement, {}),
]
LIMITS = [
    (1 / x, x, 0, 0),
    (x, x, oo, -oo),
    (sin(x), x, oo, 0),
    (Piecewise((0, u <= 0), (1, True)), u, 0, 0),
    (Piecewise((5, sympy.Eq(u, 2)), (u, True)), u, 2, 5),
    (x / (x + n), x, 0, 0),
    (n / (x + n), x, 0, 1),
    (x**n, x, 0, 0),
    (exp(-n * x), x, oo, 0),
    (dm.GATED["gain"].expr, sym.mu, 0, sym.visible_gain + sym.hidden_gain),
    (dm.PUBLISHED["expected_improvement"].expr, sym.delta, 0, sym.mu_Delta),
    (dm.PUBLISHED["score_accuracy"].expr, sym.N_eff, 0, 0),  # 1 where reviews are exact
    (sign(u), u, 0, 0),
    ((1 + 1 / x) ** x, x, oo, 1),
    (normal_cdf(u), u, oo, Rational(1, 2)),
]


@pytest.mark.parametrize(("left", "right"), IDENTITIES, ids=str)
def test_what_is_not_equal(left, right):
    with pytest.raises(ClaimFailed):
        assert_identity(left, right)


@pytest.mark.parametrize(("expr", "domain"), POSITIVE, ids=str)
def test_what_is_not_positive(expr, domain):
    with pytest.raises(ClaimFailed):
        assert_positive(expr, domain=domain)


@pytest.mark.parametrize(("expr", "domain"), NONNEGATIVE, ids=str)
def test_what_may_be_negative(expr, domain):
    with pytest.raises(ClaimFailed):
        assert_nonnegative(expr, domain=domain)


@pytest.mark.parametrize(("expr", "symbol", "point", "value"), LIMITS, ids=str)
def test_what_is_not_the_limit(expr, symbol, point, value):
    with pytest.raises(ClaimFailed):
        assert_limit(expr, symbol, point, value)


@pytest.mark.parametrize("condition", [x < y, False, None, "yes", 1.0 + 1j, sympy.false, u > 0], ids=str)
def test_what_is_not_decided(condition):
    with pytest.raises(ClaimFailed):
        assert_exact(condition, "undecided")


@pytest.mark.parametrize(
    ("coefficients", "count"), [([x, x - y, y], 0), ([x, -y], 0), ([x, u, -y, v], 1), ([x, y, 1], 1)], ids=str
)
def test_signs_that_change_otherwise(coefficients, count):
    with pytest.raises(ClaimFailed):
        assert_sign_changes(coefficients, count, "")


@pytest.mark.parametrize(
    "holds", [lambda found: True, lambda found: found, lambda found: None, lambda found: "no", lambda found: []]
)
def test_refutations_that_do_not_refute(holds):
    with pytest.raises(ClaimFailed):
        refute("squares are positive", lambda n: {"found": n * n}, holds, n=3)
    with pytest.raises(ClaimFailed):
        refute("it is a number", lambda n: {"found": float("nan")}, lambda found: False, n=3)


@pytest.mark.parametrize("bounds", [{"high": 1.0}, {"low": 3.0}, {}, {"low": 0.0, "high": 1.9}], ids=str)
def test_numbers_that_do_not_support(bounds):
    with pytest.raises(ClaimFailed):
        support("error", 2.0, sample="one", why="", **bounds)
    with pytest.raises(ClaimFailed):
        support("error", float("nan"), sample="one", why="", **(bounds or {"high": 1.0}))
