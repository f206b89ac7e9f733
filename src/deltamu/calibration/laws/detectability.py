"""Detectability: tests find defects with probabilities of their own, so that resolution follows from their number."""

import numpy as np
from numpy.typing import NDArray
from sympy import exp, loggamma

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import outcome
from deltamu.calibration.laws.spread import DISPERSION, DISPERSIONS, MASS, SCALE, SCALED, SHAPE, exponent
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.quantities import NONNEGATIVE, POSITIVE, UNIT, quantity

Array = NDArray[np.float64]
tests = quantity("tests", "n", meaning="tests passed", domain=NONNEGATIVE, unit="tests")
failed = quantity("failed", "f", meaning="whether the next test failed", domain=UNIT)
easy = quantity("alpha", r"\alpha", meaning="first shape of the Beta law of detection", domain=POSITIVE)
hard = quantity("beta", r"\beta", meaning="second shape of the Beta law of detection", domain=POSITIVE)
ALPHA, BETA = Parameter(easy, "log"), Parameter(hard, "log")


def resolution(n):  # type: ignore[no-untyped-def]  # of numbers and of symbols
    """Probability that n tests find a defect: 1 - B(alpha, beta + n)/B(alpha, beta)."""
    return 1 - exp(loggamma(hard + n) - loggamma(easy + hard + n) + loggamma(easy + hard) - loggamma(hard))


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
    coarse = outcome("rho", r"\rho_n", "probability that the passed tests find a defect")
    fine = outcome("rho_next", r"\rho_{n+1}", "probability that one test more does")
    slow, slower = (outcome(name, latex, "-ln L") for name, latex in (("E_rho", "E_n"), ("E_rho_next", "E_{n+1}")))
    cell = outcome("seen", "p", "probability of what was seen")
    lines = (
        (coarse, resolution(tests)),
        (fine, resolution(tests + 1)),
        (slow, exponent(coarse)),
        (slower, exponent(fine)),
        (cell, exp(-slow) - failed * exp(-slower)),
    )
    return Law(
        "detectability",
        "tests that find defects with probabilities of their own",
        (ALPHA, BETA, MASS, DISPERSION),
        Model("detectability", (SCALE, *formulas(*lines))),
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
