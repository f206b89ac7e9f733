"""All laws by name: how each is made for a log of a given size, and which counts it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from deltamu.calibration.laws.baselines import BASELINES, beta_binomial, first_pass_baseline
from deltamu.calibration.laws.failures import failures
from deltamu.calibration.laws.law import Law
from deltamu.calibration.laws.levels import levels
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.retry import retry
from deltamu.calibration.laws.reviewers import reviewers
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.laws.two_tries import two_tries

FIRST_PASSES = "first passes"  # what is counted: the first visible pass of each task, and its hidden result


@dataclass(frozen=True)
class Entry:
    """A law of the package.

    Attributes
    ----------
    make : callable
        The law for a size (last attempt, samples, suites, reviewers, intervals) and a spread.
    reads : str
        Which counts it reads, see `deltamu.calibration.gathered`.
    spread : str
        The spread of the mass that it is fitted with unless another is asked for.
    """

    make: Callable[[int, str], Law]
    reads: str
    spread: str = "gamma"


def _baseline(name: str, size: int, spread: str) -> Law:
    return first_pass_baseline(name, size)


def _failures(size: int, saturating: bool) -> Law:
    return failures(ends=np.arange(1.0, size + 1), saturating=saturating)[0]


LAWS = MappingProxyType({
    "repair": Entry(repair, FIRST_PASSES),
    "repair_all": Entry(lambda size, spread: repair(size, spread, 1), FIRST_PASSES),
    "retry": Entry(retry, FIRST_PASSES),
    **{name: Entry(partial(_baseline, name), FIRST_PASSES) for name in BASELINES},
    "samples": Entry(lambda size, _: samples(size), "samples"),
    "beta_binomial": Entry(lambda size, _: beta_binomial(size), "samples"),
    "levels": Entry(levels, "levels", spread="none"),
    "two_tries": Entry(lambda size, spread: two_tries("gamma" if spread == "gamma" else "saturating"), "two tries",
                       spread="none"),
    "judges": Entry(lambda size, _: reviewers(size), "reviewers"),
    "judges_free": Entry(lambda size, _: reviewers(size, "free"), "reviewers"),
    "failures": Entry(lambda size, _: _failures(size, False), "failures"),
    "failures_saturating": Entry(lambda size, _: _failures(size, True), "failures"),
})  # fmt: skip
"""Laws by name; ``repair_all``: hidden defects are repaired too, ``judges_free``: every reviewer has its own load."""
