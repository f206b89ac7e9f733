"""Formulas and names of a user's own come out right in every engine, whatever generated code calls its own things."""

import numpy as np
import pytest
import sympy
from mpmath import mp

import deltamu as dm
from deltamu import symbols as sym

NAMES = ("v1", "waiting", "moves_made", "mu_before", "lambda", "x0", "spent", "draw_score", "uniform_1", "select", "np",
         "inf", "sqrt", "v", "i", "range", "mu_start", "delta_set", "_1", "_v", "μ")  # fmt: skip


@pytest.mark.parametrize("engine", ["numba", "jax"])
@pytest.mark.parametrize("name", [*NAMES[:5], *(pytest.param(name, marks=pytest.mark.long) for name in NAMES[5:])])
def test_any_name_will_do(name, engine):
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    q = dm.control(name, "q", default=2.0, domain=sym.POSITIVE, meaning="half of the mass at which half is gained")
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, sym.mu / (sym.mu + q)), name="mine")
    ds = dm.simulate(model=model, moves=2, mu0=12.0, keep="final", engine=engine, **{name: 3.0})
    first = 12 - 12 / 15
    assert float(ds.mu_next) == pytest.approx(first - first / (first + 3), rel=1e-15)


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


def test_symbolic_exponents(engine):
    got = gains(BASE**EXPONENT, engine, x=BASES, y=[float(y) for y in EXPONENTS]).values
    with np.errstate(all="ignore"):
        want = np.array(
            [[exact(x, y) if abs(y) < 1e9 else x**y for y in map(float, EXPONENTS)] for x in map(np.float64, BASES)]
        )
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("group", [EXPONENTS[:5], pytest.param(EXPONENTS[5:], marks=pytest.mark.long)], ids=str)
def test_exponents_that_are_numbers(engine, group):
    for exponent in group:
        got = gains(sympy.Pow(BASE, exponent, evaluate=False), engine, x=BASES).values
        with np.errstate(all="ignore"):
            want = [exact(x, float(exponent)) if exponent < 1e9 else np.float64(x) ** exponent for x in BASES]
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300, err_msg=str(exponent))


def test_the_examples_of_powers(engine):
    shifted = sym.mu - 5
    for expr, want in ((shifted**2.0, 1.0), ((shifted / 2) ** 66, 2.0**-66), (shifted**-1.0, -1.0)):
        assert float(gains(expr, engine, mu0=4.0)) == pytest.approx(want, rel=1e-14)


def test_a_maximum_with_what_is_no_number_is_none(engine):
    for expr in (sympy.Max(1, sympy.log(sym.mu - 5)), sympy.Max(sym.mu, sympy.log(sym.mu - 5)),
                 sympy.Min(sympy.log(sym.mu - 5), sym.b, 9)):  # fmt: skip
        got = gains(expr, engine, mu0=[4.0, 8.0]).values
        assert np.isnan(got[0]) and got[1] == pytest.approx(float(expr.subs({sym.mu: 8.0, sym.b: sym.b.default})))


@pytest.mark.long
@pytest.mark.parametrize("name", ["uniform_1", "waiting", "seen", "key0"])
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
