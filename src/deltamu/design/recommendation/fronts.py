"""Trade-off fronts: what no other settings beat in both respects."""

import numpy as np
from numpy.typing import NDArray

from deltamu.design.recommendation.questions import Judged, Question

DIGITS = 6  # that count: points that agree in them are one point of a front
MOST = 60  # points of a front that are kept, evenly along it


def nondominated(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the points that no other beats in both respects, by x; both are to be small.

    Examples
    --------
    >>> import numpy as np
    >>> nondominated(np.array([3.0, 1.0, 2.0, 2.0]), np.array([1.0, 3.0, 4.0, 2.0])).tolist()
    [1, 3, 0]
    """
    order = np.lexsort((y, x))
    least = np.concatenate([[np.inf], np.minimum.accumulate(y[order])[:-1]])
    return order[y[order] < least]


def _coarse(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) - (DIGITS - 1))
        rounded = np.round(values / unit) * unit
    return np.where(np.isfinite(rounded), rounded, values)


def axes(question: Question, stage: int) -> tuple[str, str]:
    """The two respects of a front: moves and cost, or the cost and what the question is about.

    Where the false pass is minimised or the limit that cannot be met, it is that; where no settings reach the target,
    the pass probability.

    Examples
    --------
    >>> axes(Question("moves"), 3), axes(Question("moves"), 0)
    (('moves', 'cost'), ('cost', 'pass_probability'))
    """
    if stage == 0:
        return "cost", "pass_probability"
    return ("cost", "false_pass") if stage == 1 or question.minimize == "false_pass" else ("moves", "cost")


def front(judged: Judged, question: Question, best: Judged) -> NDArray[np.int64]:
    """Indices of the front; the budget does not bound it, so that it shows what more of it would buy."""
    stage = int(best.stage[0])
    among = np.flatnonzero(judged.stage >= min(stage, 2))
    some = judged[among]
    respects = {
        "moves": some.stops.moves, "cost": some.total, "false_pass": some.stops.false_pass,
        "pass_probability": -some.stops.pass_probability,
    }  # fmt: skip
    found = nondominated(*(_coarse(respects[name]) for name in axes(question, stage)))
    if found.size > MOST:
        found = found[np.unique(np.linspace(0, found.size - 1, MOST).round().astype(int))]
    return among[found]
