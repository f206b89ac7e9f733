"""Detectability: tests find defects with probabilities of their own, so that resolution follows from their number."""

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, exp, loggamma
from sympy.codegen.cfunctions import expm1

from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import outcome
from deltamu.calibration.laws.spread import DISPERSION, DISPERSIONS, MASS, SCALE, SCALED, SHAPE, exponent
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import NONNEGATIVE, POSITIVE, REAL, UNIT, quantity

Array = NDArray[np.float64]
tests = quantity("tests", "n", meaning="tests passed", domain=NONNEGATIVE, unit="tests")
failed = quantity("failed", "f", meaning="whether the next test failed", domain=UNIT)
easy = quantity("alpha", r"\alpha", meaning="first shape of the Beta law of detection", domain=POSITIVE)
hard = quantity("beta", r"\beta", meaning="second shape of the Beta law of detection", domain=POSITIVE)
ALPHA, BETA = Parameter(easy, "log"), Parameter(hard, "log")


def resolution(n: Expr, name: str) -> tuple[Formula, ...]:
    """Formulas of the probability that n tests find a defect, 1 - B(alpha, beta + n)/B(alpha, beta): 0 at n = 0.

    Examples
    --------
    >>> from sympy import Integer
    >>> print(*resolution(Integer(7), "r"), sep="\\n")
    miss_r = -loggamma(beta) + loggamma(7 + beta)
    any_r = -loggamma(alpha + beta) + loggamma(7 + alpha + beta)
    r = -expm1(-any_r + miss_r)
    """
    miss = quantity(f"miss_{name}", f"b_{{{name}}}", meaning="ln of a ratio of gamma functions", domain=REAL)
    every = quantity(f"any_{name}", f"a_{{{name}}}", meaning="ln of a ratio of gamma functions", domain=REAL)
    found = outcome(name, rf"\rho_{{{name}}}", f"probability that {n} tests find a defect")
    return formulas(
        (miss, loggamma(hard + n) - loggamma(hard)),
        (every, loggamma(easy + hard + n) - loggamma(easy + hard)),
        (found, -expm1(miss - every)),
    )


def detectability(passed: Array, failing: Array) -> Law:
    """The law of programs tested one test after the other until one fails.

    Parameters
    ----------
    passed : array of int
        Tests passed, of each distinct outcome.
    failing : array of bool
        Whether the next test failed; False: there was none.

    Raises
    ------
    InputError
        The two differ in length.
    """
    passed, failing = np.asarray(passed, dtype=float), np.asarray(failing, dtype=float)
    if passed.shape != failing.shape or passed.ndim != 1:
        raise InputError(f"{passed.size} numbers of tests passed, but {failing.size} of whether the next one failed")
    first, second = resolution(tests, "rho"), resolution(tests + 1, "rho_next")
    coarse, fine = first[-1].symbol, second[-1].symbol
    slow, slower = (outcome(name, latex, "-ln L") for name, latex in (("E_rho", "E_n"), ("E_rho_next", "E_{n+1}")))
    cell = outcome("seen", "p", "probability of what was seen")
    lines = (
        (slow, exponent(coarse)),
        (slower, exponent(fine)),
        (cell, exp(-slow) - failed * exp(-slower)),
    )
    return Law(
        "detectability",
        "tests that find defects with probabilities of their own",
        (ALPHA, BETA, MASS, DISPERSION),
        Model("detectability", (SCALE, *first, *second, *formulas(*lines))),
        (cell,),
        tuple(f"passes {n:g}, then {'fails' if f else 'ends'}" for n, f in zip(passed, failing, strict=True)),
        _starts,
        derived=(SHAPE, SCALED),
        kind="sample",
        covariates={tests: passed, failed: failing},
        shared=("alpha", "beta", "c"),
        note="tests are alike and independent given the defect",
    )


def _starts(counts: Array) -> list[dict[str, float]]:
    return [{"alpha": a, "beta": b, "m": 0.4, "c": c} for a, b in ((0.4, 2.0), (1.0, 5.0)) for c in DISPERSIONS]
