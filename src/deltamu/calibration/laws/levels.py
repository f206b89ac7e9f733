"""Levels: the same programs judged by nested test suites, models of very different mass sharing one resolution."""

from functools import cache, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sympy import Integer

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import GAP, outcome
from deltamu.calibration.laws.spread import RESOLUTION, Transform, spread_derived, spread_parameters, spread_starts
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.quantities import UNIT, quantity

Array = NDArray[np.float64]


@cache
def levels(suites: int = 2, spread: str = "none") -> Law:
    """The law of the finest of nested test suites that a program passes: P(pass suite j) = L(r_j), r_last = 1.

    The last suite also asks what nobody specified, with probability `gap`.  Of two suites the coarse one has the
    resolution r; of more, each has a share of the next one's.

    Raises
    ------
    InputError
        There is no suite.
    """
    if suites < 1:
        raise InputError(f"suites = {suites} is not a whole number >= 1")
    transform = Transform(spread)
    shares = [_share(j) for j in range(1, suites - 1)] + [RESOLUTION] * (suites > 1)
    resolutions = [Integer(1)]
    for share in reversed(shares):
        resolutions.insert(0, resolutions[0] * share.symbol)
    passed = [transform(r) for r in resolutions]
    passed[-1] = passed[-1] * (1 - par.gap)
    cells = [1 - passed[0], *(coarse - fine for coarse, fine in pairwise(passed)), passed[-1]]
    symbols = tuple(outcome(f"level_{j}", f"p_{{{j}}}", f"passes {j} of the suites") for j in range(suites + 1))
    return Law(
        "levels",
        "nested test suites",
        (*spread_parameters(spread), *shares, GAP),
        Model("levels", (*transform.lines, *formulas(*zip(symbols, cells, strict=True)))),
        symbols,
        tuple(f"passes {j} of {suites} suites" for j in range(suites + 1)),
        partial(_starts, spread=spread, shares=tuple(share.name for share in shares)),
        derived=spread_derived(spread) if suites > 1 else spread_derived(spread)[1:],
        shared=tuple(name for name in ("c", *(share.name for share in shares), "gap")),
        note="what passes a finer suite passes a coarser one",
    )


def _share(j: int) -> Parameter:
    return Parameter(quantity(f"q_{j}", f"q_{j}", meaning=f"share of suite {j + 1}'s resolution that suite {j} has",
                              domain=UNIT), "logit")  # fmt: skip


def _starts(counts: Array, spread: str, shares: tuple[str, ...]) -> list[dict[str, float]]:
    total = counts.sum()
    at_least = np.clip(np.cumsum(counts.sum(axis=0)[::-1])[::-1] / total, 0.005, 0.995)
    mass = -np.log(at_least[-1])
    apparent = -np.log(at_least[-2]) / mass if shares else 0.5
    return [
        {**start, **{name: 0.5 for name in shares if name != "r"}, "gap": 0.03}
        for start in spread_starts(mass, min(max(apparent, 0.1), 0.95), spread)
    ]
