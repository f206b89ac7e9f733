"""The special functions: SymPy classes, NumPy and JavaScript kernels, tables, against independent values."""

from __future__ import annotations

import json
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from deltamu import special
from deltamu.model.special import (
    expected_positive_part,
    fit,
    highprecision,
    normal_cdf,
    normal_max_mean,
    normal_max_mean_d1,
    normal_max_mean_d2,
    normal_max_variance,
    normal_max_variance_d1,
    normal_max_variance_d2,
    normal_pdf,
    normal_quantile,
)
from deltamu.model.special import numpy_kernels as kernels
from deltamu.model.special.javascript_kernels import NAMES, javascript_kernels
from deltamu.model.special.tables import MOMENTS, PATH_IN_PACKAGE, tables

ON_THE_LINE = ("normal_pdf", "normal_cdf", "expected_positive_part")
REFERENCE = Path(__file__).parents[1] / "reference" / "cases.json"
SMALLEST_NORMAL = sys.float_info.min
x, k, p = sp.symbols("x k p")

# Some units in the last place: measured errors are below 1e-15 and this leaves room for another exp and log.
CLOSE = 2e-15


def exact(name: str, argument: float) -> mpf:
    """The SymPy function at the double `argument`, to 40 digits, as an mpf."""
    value = getattr(special, name)(sp.Float(argument, 40))
    with mp.workdps(40):
        return value._to_mpmath(140)


def assert_close(name: str, got: float, want: mpf, where: float, tolerance: float = CLOSE) -> None:
    with mp.workprec(140):
        # subnormal doubles have absolute accuracy only
        error = abs(mpf(float(got)) - want) - (mpf(2) ** -1073 if abs(want) < 50 * SMALLEST_NORMAL else 0)
        assert error <= tolerance * abs(want), f"{name}({where!r}) = {got!r}, exactly {mp.nstr(want, 20)}"


def line_points() -> np.ndarray:
    rng = np.random.default_rng(20240501)
    return np.concatenate(
        [
            np.linspace(-39, 9, 193),
            rng.normal(size=60),
            10 ** rng.uniform(-300, -1, 10),
            [-0.0, 0.0, 25.0, 1e10],
        ]
    )


def probability_points() -> np.ndarray:
    rng = np.random.default_rng(20240502)
    small = 10 ** rng.uniform(-307, -1, 60)
    near_one = 1 - 10 ** rng.uniform(-15, -1, 40)
    near_half = 0.5 + np.array([-1, 1] * 20) * 10 ** rng.uniform(-16, -2, 40)
    points = np.concatenate([small, near_one, near_half, rng.uniform(0, 1, 100)])
    return points[(points > 0) & (points < 1) & (points != 0.5)]


def max_points() -> np.ndarray:
    rng = np.random.default_rng(20240503)
    breaks = np.exp(np.square(tables()["moments"]["breaks"][:-1]) - 1)
    return np.concatenate(
        [
            1 + 10 ** rng.uniform(-15.5, 0, 30),
            np.arange(1.0, 21.0),
            np.exp(rng.uniform(0, np.log(1000), 40)),
            np.exp(rng.uniform(np.log(1e3), np.log(1e6), 15)),
            np.exp(rng.uniform(np.log(1e6), np.log(1e300), 20)),
            np.nextafter(breaks[1:], 0),
            breaks[1:],
            [1e300, sys.float_info.max],
        ]
    )


POINTS = dict.fromkeys(ON_THE_LINE, line_points) | {"normal_quantile": probability_points}
POINTS |= dict.fromkeys(MOMENTS, max_points)


# --- derivatives, exact values, printing


@pytest.mark.parametrize(
    ("function", "symbol", "derivative"),
    [
        (normal_pdf, x, -x * normal_pdf(x)),
        (normal_cdf, x, normal_pdf(x)),
        (normal_quantile, p, 1 / normal_pdf(normal_quantile(p))),
        (expected_positive_part, x, normal_cdf(x)),
        (normal_max_mean, k, normal_max_mean_d1(k)),
        (normal_max_mean_d1, k, normal_max_mean_d2(k)),
        (normal_max_variance, k, normal_max_variance_d1(k)),
        (normal_max_variance_d1, k, normal_max_variance_d2(k)),
    ],
)
def test_derivative_is_the_stated_one_and_the_numerical_one(function, symbol, derivative):
    assert sp.diff(function(symbol), symbol) == derivative
    points = {x: ["-30", "-2.5", "0.3", "3"], p: ["1e-30", "0.2", "0.6"], k: ["1.3", "6.32", "1000"]}[symbol]
    for point in points:
        with mp.workdps(60):
            centre = mpf(point)
            step = abs(centre) * mpf(10) ** -15
            above, below = (function(sp.Float(t, 60))._to_mpmath(200) for t in (centre + step, centre - step))
            numerical = (above - below) / (2 * step)
            stated = sp.N(derivative.subs(symbol, sp.Float(centre, 60)), 50)._to_mpmath(200)
            assert abs(numerical / stated - 1) < mpf(10) ** -24, (function, point)


@pytest.mark.parametrize("function", [normal_max_mean_d2, normal_max_variance_d2])
def test_third_derivatives_stay_unevaluated(function):
    assert sp.diff(function(k), k) == sp.Derivative(function(k), k)


def test_exact_values():
    half, oo = sp.S.Half, sp.oo
    assert [normal_cdf(a) for a in (0, oo, -oo)] == [half, 1, 0]
    assert [normal_pdf(a) for a in (0, oo, -oo)] == [1 / sp.sqrt(2 * sp.pi), 0, 0]
    assert [normal_quantile(a) for a in (0, half, 1, 0.0, 0.5, 1.0)] == [-oo, 0, oo] * 2
    assert [expected_positive_part(a) for a in (0, oo, -oo)] == [1 / sp.sqrt(2 * sp.pi), oo, 0]
    assert [normal_max_mean(a) for a in (1, 2, oo)] == [0, 1 / sp.sqrt(sp.pi), oo]
    assert [normal_max_variance(a) for a in (1, 2, oo)] == [1, 1 - 1 / sp.pi, 0]
    assert normal_max_mean_d1(oo) == normal_max_variance_d2(oo) == 0
    assert all(f(sp.nan) is sp.nan for f in (normal_pdf, normal_cdf, normal_quantile, normal_max_mean_d1))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_closed_forms_are_the_integrals(count):
    moments = highprecision.max_moments(count - 1, 200)
    assert abs(sp.N(normal_max_mean(count), 50) - sp.Float(moments.mean, 50)) < sp.Float(10) ** -45
    assert abs(sp.N(normal_max_variance(count), 50) - sp.Float(moments.variance, 50)) < sp.Float(10) ** -45


def test_inverses_cancel_where_they_may():
    real = sp.Symbol("real", real=True)
    assert normal_cdf(normal_quantile(p)) == p
    assert normal_quantile(normal_cdf(real)) == real
    assert normal_quantile(normal_cdf(x)).has(normal_cdf)
    assert sp.solve(normal_cdf(x) - sp.Rational(1, 4), x) == [normal_quantile(sp.Rational(1, 4))]


def test_assumptions_hold_where_known_and_are_none_where_unknown():
    real, extended = sp.Symbol("r", real=True), sp.Symbol("e", extended_real=True)
    positive = sp.Symbol("a", positive=True)
    for function in (normal_pdf, normal_cdf, expected_positive_part):
        assert function(real).is_positive and function(real).is_real
        assert function(extended).is_extended_nonnegative and function(extended).is_positive is None
        assert function(x).is_real is None and function(x).is_positive is None
    assert normal_cdf(extended).is_real and expected_positive_part(extended).is_real is None
    k_above = 1 + positive
    assert normal_max_mean(k_above).is_positive and normal_max_mean_d1(k_above).is_positive
    assert normal_max_mean_d2(k_above).is_negative and normal_max_variance_d1(k_above).is_negative
    assert normal_max_variance(k_above).is_positive and normal_max_variance_d2(k_above).is_real
    assert normal_max_variance_d2(k_above).is_positive is None
    assert normal_max_mean(positive).is_real is None and normal_max_mean(k).is_zero is None
    assert normal_quantile(positive / (1 + positive)).is_real and normal_quantile(p).is_real is None
    assert normal_quantile(sp.Rational(3, 4)).is_positive and normal_quantile(sp.Rational(1, 4)).is_negative


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (normal_pdf(x), r"\varphi\left(x\right)"),
        (normal_cdf(x) ** 2, r"\Phi\left(x\right)^{2}"),
        (normal_cdf(x / k), r"\Phi\left(\frac{x}{k}\right)"),
        (normal_quantile(p) ** 2, r"\Phi^{-1}\left(p\right)^{2}"),
        (1 / normal_pdf(x), r"\frac{1}{\varphi\left(x\right)}"),
        (sp.sqrt(normal_cdf(x)), r"\sqrt{\Phi\left(x\right)}"),
        (expected_positive_part(x), r"h\left(x\right)"),
        (normal_max_mean(k) ** 2, r"i\left(k\right)^{2}"),
        (normal_max_mean(k).diff(k), r"i'\left(k\right)"),
        (normal_max_mean(k).diff(k, 2) ** 3, r"i''\left(k\right)^{3}"),
        (normal_max_variance(k).diff(k, 2), r"v''\left(k\right)"),
    ],
)
def test_latex(expression, text):
    assert sp.latex(expression) == text


def test_rewrites_and_limits():
    real = sp.Symbol("r", real=True)
    assert sp.simplify(normal_cdf(x).rewrite(sp.erf) - (1 + sp.erf(x / sp.sqrt(2))) / 2) == 0
    assert normal_pdf(x).rewrite(sp.exp) == sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    assert expected_positive_part(x).rewrite(normal_cdf) == x * normal_cdf(x) + normal_pdf(x)
    assert sp.simplify(sp.diff(expected_positive_part(x).rewrite(sp.erf), x) - normal_cdf(x).rewrite(sp.erf)) == 0
    assert sp.limit(real * normal_cdf(-real) / normal_pdf(real), real, sp.oo) == 1
    for name in MOMENTS:
        function = getattr(special, name)
        rewritten = function(k).rewrite(sp.Integral)
        assert rewritten.has(sp.Integral) and not rewritten.has(function)


def test_integral_forms_have_the_value_of_the_functions():
    # mpmath's own quadrature of the rewritten form: shares no code with the trapezoidal sums
    with mp.workdps(25):
        moments = highprecision.max_moments(mpf("2.7"), 90)
        for name, want in zip(MOMENTS, moments, strict=True):
            rewritten = getattr(special, name)(sp.Rational(37, 10)).rewrite(sp.Integral)
            values = {}
            for integral in rewritten.atoms(sp.Integral):
                (dummy,) = integral.variables
                integrand = sp.lambdify(dummy, integral.function, [{"normal_cdf": mp.ncdf}, "mpmath"])
                values[integral] = sp.Float(mp.quad(integrand, [-14, -6, -2, 0, 2, 6, 10]), 25)
            assert abs(rewritten.xreplace(values) - sp.Float(want, 25)) < 1e-15, name


# --- precision of evalf


@pytest.mark.parametrize(
    "value",
    [
        normal_cdf(-40),
        normal_cdf(-sp.sqrt(2) * 1000),
        normal_pdf(sp.pi * 100),
        expected_positive_part(-40),
        expected_positive_part(-(10**6)),
        normal_quantile(sp.Rational(1, 10**1000)),
        normal_quantile(1 - sp.Rational(1, 10**50)),
        normal_quantile(sp.S.Half + sp.Rational(1, 10**50)),
        normal_max_mean(1 + sp.Rational(1, 10**60)),
        normal_max_mean(sp.exp(1)),
        normal_max_mean_d1(1),
        normal_max_mean_d2(10**300),
        normal_max_variance(10**300),
        normal_max_variance_d1(10**12),
        normal_max_variance_d2(sp.Rational(632, 100)),
    ],
)
def test_evalf_has_every_digit_that_was_asked_for(value):
    better = value.evalf(45)
    for digits in (5, 15, 33):
        assert abs(value.evalf(digits) / better - 1) < sp.Float(10, 20) ** (1 - digits), digits


def test_evalf_agrees_with_independent_formulas():
    with mp.workdps(60):
        for t in (0, 1, 7, 40):
            assert abs(normal_cdf(-t).evalf(40)._to_mpmath(200) / mp.ncdf(-t) - 1) < mpf(10) ** -39
            # E[(Z - t)⁺]/φ(t), scaled: mpmath's quadrature has an absolute tolerance
            panels = [mpf(j) / (t + 1) for j in (0, 1, 3, 6, 12, 25, 90)]
            gain = mp.npdf(t) * mp.quad(lambda s, t=t: s * mp.exp(-s * t - s * s / 2), panels)
            assert abs(expected_positive_part(-t).evalf(40)._to_mpmath(200) / gain - 1) < mpf(10) ** -30
        for tail in (mpf("1e-80"), mpf("0.003"), mpf("0.3")):
            quantile = normal_quantile(sp.Float(tail, 60)).evalf(50)._to_mpmath(200)
            assert abs(mp.erfc(-quantile / mp.sqrt(2)) / 2 / tail - 1) < mpf(10) ** -45


def test_float_arguments_evaluate_and_others_do_not():
    assert normal_cdf(0.3).is_Float and normal_max_variance(6.32).is_Float
    assert float(normal_cdf(0.3)) == pytest.approx(0.6179114221889526, rel=1e-15)
    assert normal_max_mean(1.0) == 0
    assert normal_cdf(sp.Rational(3, 10)).func is normal_cdf
    assert normal_quantile(1.5).func is normal_quantile and normal_max_mean(0.5).func is normal_max_mean
    assert normal_cdf(x).evalf() == normal_cdf(x)
    assert normal_cdf(x).evalf(subs={x: 1}) == normal_cdf(1).evalf()


def test_precision_setting_of_mpmath_is_left_alone():
    before = mp.prec
    normal_max_mean(sp.Rational(13, 10)).evalf(50)
    normal_quantile(sp.Rational(1, 10**9)).evalf(50)
    assert mp.prec == before


# --- NumPy kernels


def test_ratios_of_the_tails():
    t = np.concatenate([[0.0, 1e-300], np.geomspace(1e-3, 1e6, 60)])
    mills, gain = kernels.tail_ratios(t)
    for point, *got in zip(t, mills, gain, strict=True):
        with mp.workdps(60):
            exactly = mp.sqrt(mp.pi / 2) * mp.exp(mpf(point) ** 2 / 2) * mp.erfc(mpf(point) / mp.sqrt(2))
            for name, one, want in zip(("mills", "gain"), got, (exactly, 1 - mpf(point) * exactly), strict=True):
                assert_close(name, one, want, point)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mills, gain = kernels.tail_ratios([1e200, np.inf])
    assert mills.tolist() == [pytest.approx(1e-200), 0.0]
    assert gain.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", [*ON_THE_LINE, "normal_quantile"])
def test_kernel_at_fixed_points(name):
    points = POINTS[name]()
    for point, got in zip(points, getattr(kernels, name)(points), strict=True):
        assert_close(name, got, exact(name, point), point)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.long), 8])
def test_order_statistic_kernels_at_fixed_points(every):
    points = max_points()[::every]
    got = [getattr(kernels, name)(points) for name in MOMENTS]
    for j, point in enumerate(points):
        moments = highprecision.max_moments(mpf(point) - 1, 80)
        for name, values, want in zip(MOMENTS, got, moments, strict=True):
            assert_close(name, values[j], want, point)


@given(st.floats(-38.0, 30.0))
def test_kernels_on_the_line_anywhere(point):
    for name in ON_THE_LINE:
        assert_close(name, getattr(kernels, name)(point), exact(name, point), point)


@given(st.floats(0.0, 1.0, exclude_min=True, exclude_max=True, allow_subnormal=False))
def test_quantile_kernel_anywhere(point):
    assert_close("normal_quantile", kernels.normal_quantile(point), exact("normal_quantile", point), point)


@given(st.one_of(st.floats(1.0, 1000.0), st.floats(0.0, 690.0).map(lambda u: float(np.exp(u)))))
def test_order_statistic_kernels_anywhere(point):
    moments = highprecision.max_moments(mpf(point) - 1, 80)
    for name, want in zip(MOMENTS, moments, strict=True):
        assert_close(name, getattr(kernels, name)(point), want, point)


def test_kernels_at_the_edges_are_exact_and_silent():
    inf, nan = np.inf, np.nan
    density = 1 / np.sqrt(2 * np.pi)
    edges = {
        "normal_pdf": {-inf: 0, -1e308: 0, -50: 0, 0: density, 50: 0, inf: 0, nan: nan},
        "normal_cdf": {-inf: 0, -1e308: 0, -50: 0, 0: 0.5, -5e-324: 0.5, 50: 1, 1e308: 1, inf: 1, nan: nan},
        "normal_quantile": {0: -inf, 0.5: 0, 1: inf, -0.1: nan, 1.1: nan, nan: nan},
        "expected_positive_part": {-inf: 0, -1e308: 0, 0: density, 1e308: 1e308, inf: inf, nan: nan},
        "normal_max_mean": {1: 0, inf: inf, 0.999: nan, 0: nan, -1: nan, -inf: nan, nan: nan},
        "normal_max_variance": {1: 1, inf: 0, 0.999: nan, 0: nan, -1: nan, nan: nan},
    }
    edges |= {name: {inf: 0, 0.999: nan, -1: nan, nan: nan} for name in MOMENTS if name not in edges}
    assert set(edges) == set(NAMES)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for name, cases in edges.items():
            kernel = getattr(kernels, name)
            np.testing.assert_array_equal(kernel(list(cases)), list(cases.values()), err_msg=name)
            kernel(POINTS[name]())
            for argument, value in cases.items():
                np.testing.assert_array_equal(kernel(argument), value, err_msg=f"{name}({argument})")


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_type(name):
    kernel, values = getattr(kernels, name), np.resize(POINTS[name](), 24)
    assert isinstance(kernel(values[0]), np.float64)
    assert kernel(values.reshape(2, 3, 4)).shape == (2, 3, 4)
    assert kernel(np.empty((0, 3))).shape == (0, 3)
    assert kernel(1).dtype == kernel([1]).dtype == kernel(np.float32(1)).dtype == np.float64
    original = values.copy()
    kernel(values)
    np.testing.assert_array_equal(values, original)


@pytest.mark.parametrize("name", NAMES)
def test_an_element_has_the_same_bits_alone_and_anywhere(name):
    kernel, rng = getattr(kernels, name), np.random.default_rng(20240504)
    points = np.concatenate([POINTS[name](), [np.nan, np.inf]])
    values = rng.permutation(np.resize(points, 5000))  # longer than a block of the kernel
    whole = kernel(values).view(np.uint64)
    alone = np.array([kernel(value) for value in values[:300]]).view(np.uint64)
    np.testing.assert_array_equal(whole[:300], alone)
    for length in range(1, 68):
        for start in (0, 1, 3, 4096 - length // 2):
            part = kernel(values[start : start + length]).view(np.uint64)
            np.testing.assert_array_equal(part, whole[start : start + length])
    for view in (slice(None, None, -1), slice(None, None, 3), slice(5, None, 7)):
        np.testing.assert_array_equal(kernel(values[view]).view(np.uint64), whole[view])
    square = values[:4900].reshape(70, 70)
    np.testing.assert_array_equal(kernel(square.T).view(np.uint64), whole[:4900].reshape(70, 70).T)


def test_reference_values():
    cases = json.loads(REFERENCE.read_text(encoding="utf-8"))["order_statistics"]
    counts = [case["K"] for case in cases]
    np.testing.assert_allclose(kernels.normal_max_mean(counts), [c["mean"] for c in cases], rtol=1e-14)
    np.testing.assert_allclose(kernels.normal_max_variance(counts), [c["variance"] for c in cases], rtol=1e-14)


def test_lambdify_calls_the_kernels_by_name():
    expression = normal_max_variance(k).diff(k) * expected_positive_part(x) + normal_quantile(normal_pdf(x))
    function = sp.lambdify((x, k), expression, [vars(kernels), "numpy"])
    got = function(np.array([-1.0, 0.3]), 6.32)
    want = [float(expression.subs({x: point, k: sp.Float("6.32", 30)}).evalf()) for point in (-1.0, 0.3)]
    np.testing.assert_allclose(got, want, rtol=1e-14)


# --- tables


def series(coefficients: list[float], y: mpf) -> mpf:
    return mp.fsum(c * mp.chebyt(n, y) for n, c in enumerate(coefficients))


@pytest.mark.long
def test_tables_reproduce_the_integrals():
    moments, tail = tables()["moments"], tables()["tail"]
    with mp.workprec(120):
        for j, (low, high) in enumerate(pairwise(moments["breaks"])):
            for y in (mpf(-1), mpf("-0.613"), mpf("0.87")):
                factors = fit.scaled_moments((low + high + (high - low) * y) / 2)
                for name, want in zip(MOMENTS, factors, strict=True):
                    assert abs(series(moments[name][j], y) / want - 1) < 2e-16, (name, low, high, y)
        for t in (0, 0.25, 3, 17, 1e6):
            y = (mpf(t) - tail["centre"]) / (mpf(t) + tail["centre"])
            assert abs(series(tail["mills"], y) / fit.scaled_mills(t) - 1) < 2e-16
            assert abs(series(tail["gain"], y) / fit.scaled_gain(t) - 1) < 2e-16


@pytest.mark.long
def test_the_fit_gives_the_committed_table():
    assert fit.fit_tail() == tables()["tail"]
    assert tables()["moments"]["breaks"] == list(fit.BREAKS)
    segment = fit.fit_segment(*fit.BREAKS[:2])
    assert segment == {name: tables()["moments"][name][0] for name in MOMENTS}


def test_the_fit_writes_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "generated" / "chebyshev.json"
    monkeypatch.setattr(fit, "build", lambda report: tables())
    fit.main(str(target))
    committed = Path(special.__file__).parent.joinpath(*PATH_IN_PACKAGE)
    assert target.read_bytes() == committed.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(fit.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        fit.main(str(target))
    assert [path.name for path in target.parent.iterdir()] == ["chebyshev.json"]
    assert target.read_bytes() == committed.read_bytes()


def test_domain_errors_name_the_value():
    with pytest.raises(ValueError, match=r"k - 1 = -0\.5"):
        highprecision.max_moments(-0.5)
    with pytest.raises(ValueError, match="no special function normal_cfd"):
        javascript_kernels(["normal_cfd"])
    with pytest.raises(AttributeError, match="normal_cfd"):
        special.normal_cfd  # noqa: B018


# --- JavaScript


@pytest.fixture(scope="module")
def engine():
    racer = pytest.importorskip("py_mini_racer").MiniRacer()
    racer.eval(f'"use strict";\n{javascript_kernels()}')
    return racer


def run(engine, name: str, points) -> list[float]:
    texts = ",".join({np.inf: "Infinity", -np.inf: "-Infinity"}.get(v, repr(float(v))) for v in points)
    result = engine.eval(f"[{texts.replace('nan', 'NaN')}].map(t => String({name}(t))).join()")
    return [float(text.replace("Infinity", "inf")) for text in result.split(",")]


@pytest.mark.parametrize("name", NAMES)
def test_javascript_at_fixed_points(engine, name):
    points = POINTS[name]()
    expected = getattr(kernels, name)(points)
    for point, got, kernel in zip(points, run(engine, name, points), expected, strict=True):
        assert_close(name, got, mpf(float(kernel)), point)
    for point, got in list(zip(points, run(engine, name, points), strict=True))[::10]:
        assert_close(name, got, exact(name, point), point)


def test_javascript_edges_are_those_of_numpy(engine):
    for name in ON_THE_LINE:
        points = [-np.inf, -1e308, -50.0, -5e-324, 0.0, 50.0, 1e308, np.inf, np.nan]
        np.testing.assert_array_equal(run(engine, name, points), getattr(kernels, name)(points), err_msg=name)
    points = [0.0, 0.5, 1.0, -0.1, 1.1, np.nan]
    np.testing.assert_array_equal(run(engine, "normal_quantile", points), kernels.normal_quantile(points))
    for name in MOMENTS:
        points = [np.inf, 0.999, 0.0, -1.0, -np.inf, np.nan]
        np.testing.assert_array_equal(run(engine, name, points), getattr(kernels, name)(points), err_msg=name)
    assert run(engine, "normal_max_mean", [1.0]) == [0.0] and run(engine, "normal_max_variance", [1.0]) == [1.0]


@pytest.mark.parametrize("name", NAMES)
def test_javascript_source_of_one_function_stands_alone(name):
    source = javascript_kernels([name])
    declared = [line.split()[1].split("(")[0] for line in source.splitlines() if line.startswith(("function", "const"))]
    assert len(declared) == len(set(declared)) and declared[-1] == name
    assert all(other == name or other.startswith("special_") for other in declared)
    racer = pytest.importorskip("py_mini_racer").MiniRacer()
    before = set(racer.eval("Object.getOwnPropertyNames(globalThis).join()").split(","))
    value = racer.eval(f'(function () {{ "use strict";\n{source}\nreturn {name}(1); }})()')
    assert value is not None
    assert set(racer.eval("Object.getOwnPropertyNames(globalThis).join()").split(",")) == before


def test_sympy_prints_the_javascript_names():
    assert sp.jscode(normal_cdf(x) * normal_max_mean(k).diff(k)) == "normal_cdf(x)*normal_max_mean_d1(k)"
