"""Formulas and names of a user's own come out right in every engine, whatever generated code calls its own things."""

import numpy as np
import pytest
import sympy
import xarray as xr
from mpmath import mp

import deltamu as dm
from deltamu import symbols as sym

NAMES = ("v1", "waiting", "moves_made", "mu_before", "lambda", "x0", "spent", "select", "np", "inf", "sqrt", "v", "i",
         "range", "delta_set", "μ")  # fmt: skip
TAKEN = ("draw_score", "uniform_1", "mu_start", "_1", "_v")  # of draws, and of generated lines


@pytest.mark.parametrize("engine", ["numba", "jax"])
@pytest.mark.parametrize("name", [*NAMES[:5], *(pytest.param(name, marks=pytest.mark.long) for name in NAMES[5:])])
def test_any_name_will_do(name, engine):
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="half of the mass at which half is gained")
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, sym.mu / (sym.mu + q)), name="mine")
    ds = dm.simulate(model=model, moves=2, mu0=12.0, keep="final", engine=engine, **{name: 3.0})
    first = 12 - 12 / 15
    assert float(ds.mu_next) == pytest.approx(first - first / (first + 3), rel=1e-15)


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_is_taken_is_refused_where_it_is_given(name):
    with pytest.raises(dm.InputError, match=name):
        dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="half of the mass at which half is gained")


# --- powers ----------------------------------------------------------------------------------------------------------

BASES = (3.0, -0.5, -1.0, 0.0, 1.0, -7.0)
EXPONENTS = (2.0, -1.0, 66, 67, 2, -3, 0.5, 1.5, -0.5, 0.3, -2.7, 301, -301, 0.0, 1, 2.0**60)
BASE = dm.control("x", "x", default=1.0, domain=sym.REAL, meaning="base")
EXPONENT = dm.control("y", "y", default=1.0, domain=sym.REAL, meaning="exponent")


def gains(expr, engine, **controls):
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, expr), name="powers")
    return dm.simulate(model=model, moves=1, keep=["gain"], engine=engine, progress=False, **controls).gain.isel(move=0)


def exact(base, exponent):
    """The power to 40 digits, with the ends of the range as the standard for floating-point numbers has them."""
    if base == 0 and exponent < 0:
        return np.inf
    with mp.workdps(40):
        value = mp.mpf(base) ** mp.mpf(exponent)
    return np.nan if isinstance(value, mp.mpc) and value.imag else float(value.real)


def defined(bases, exponents):
    """Bases, exponents and powers of the pairs whose power is a number that a run accepts."""
    rows = []
    for x in map(np.float64, bases):
        for y in map(float, exponents):
            with np.errstate(all="ignore"):
                power = exact(x, y) if abs(y) < 1e9 else x**y
            if np.isfinite(power) and abs(power) < 1e70:
                rows.append((x, y, power))
    return np.array(rows).T


def test_symbolic_exponents(engine):
    bases, exponents, want = defined(BASES, EXPONENTS)
    pairs = {"x": xr.DataArray(bases, dims="pair"), "y": xr.DataArray(exponents, dims="pair")}
    np.testing.assert_allclose(gains(BASE**EXPONENT, engine, **pairs), want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("group", [EXPONENTS[:5], pytest.param(EXPONENTS[5:], marks=pytest.mark.long)], ids=str)
def test_exponents_that_are_numbers(engine, group):
    for exponent in group:
        bases, _, want = defined(BASES, [exponent])
        got = gains(sympy.Pow(BASE, exponent, evaluate=False), engine, x=bases).values
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300, err_msg=str(exponent))


def test_the_examples_of_powers(engine):
    shifted = sym.mu - 5
    for expr, want in ((shifted**2.0, 1.0), ((shifted / 2) ** 66, 2.0**-66), (shifted**-1.0, -1.0)):
        assert float(gains(expr, engine, mu0=4.0)) == pytest.approx(want, rel=1e-14)


def test_a_maximum_with_what_is_no_number_is_refused(engine):
    for expr in (sympy.Max(1, sympy.log(sym.mu - 5)), sympy.Max(sym.mu, sympy.log(sym.mu - 5)),
                 sympy.Min(sympy.log(sym.mu - 5), sym.b, 9)):  # fmt: skip
        want = float(expr.subs({sym.mu: 8.0, sym.b: sym.b.default}))
        assert float(gains(expr, engine, mu0=8.0)) == pytest.approx(want)
        with pytest.raises(dm.InputError, match="gain = nan is outside .* at mu0 = 4"):
            gains(expr, engine, mu0=[4.0, 8.0])


@pytest.mark.long
@pytest.mark.parametrize("name", ["waiting", "seen", "key0"])
def test_any_name_will_do_in_an_ensemble(name):
    pytest.importorskip("numba", reason="numba is not installed")

    def mean(name):
        q = dm.control(
            name, "q", default=2.0, domain=sym.POSITIVE, meaning="weight of what is known without specification"
        )
        model = dm.GATED.replace(dm.Formula(sym.rho_eff, sym.rho * q / (1 + q) + (1 - sym.rho) * sym.H), name="gated")
        how = {"runs": 50, "moves": 5, "seed": 1, "reduce": "summary", "engine": "numba"}
        return float(dm.ensemble(model=model, **how, **{name: 0.7}).mu_next_mean[-1])

    assert mean(name) == mean("weight")
