"""Whether a point is optimal, and how the optimum moves: multipliers, slopes by the envelope theorem."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltamu.design.recommendation.choices import Space
from deltamu.design.recommendation.questions import STAGES, Judged, Question
from deltamu.design.recommendation.slopes import slopes
from deltamu.model import symbols as sym
from deltamu.sensitivity.linearised import parameters

ACTIVE = 1e-6  # of a limit or of a range: nearer than this a point lies on it

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Optimality:
    """First-order conditions at a point.

    Attributes
    ----------
    residual : float
        Largest part of the Lagrangian's gradient that no multiplier balances, over the size of what is minimised, with
        every control measured in its range: 0 at a stationary point.
    margin : float
        How near the run comes to a switch of its policy or model; at a switch an optimum need not be stationary.
    limits : dict of str to float
        Derivative of the optimum by each limit.
    bounds : dict of str to float
        Derivative of the optimum by the end at which a control lies; 0 inside.
    places : dict of str to str
        ``low``, ``high`` or ``inside``.
    wrt : dict of str to float
        Derivative of the optimum by each parameter that is not free.
    value : float
        What is optimised.
    """

    residual: float
    margin: float
    limits: dict[str, float]
    bounds: dict[str, float]
    places: dict[str, str]
    wrt: dict[str, float]
    value: float


def optimality(space: Space, question: Question, best: Judged) -> Optimality:
    """Multipliers at the best point, and the envelope theorem: the optimum's slope is that of the Lagrangian.

    Multipliers are the nonnegative ones that balance the gradient best; limits, ends of sliders and constraints among
    controls that the point lies on have one.
    """
    from scipy.optimize import nnls

    stage, point = int(best.stage[0]), best.points[0]
    places = point[len(space.whole) :]
    free = {symbol.name for symbol in space.free}
    rest = [s.name for s in parameters(space.settings.policy, space.model) if s.name not in free]
    names = (*(s.name for s in space.smooth), *rest)
    moves = question.moves if stage else max(int(best.stops.nearest[0]), 1)
    found = slopes(space.at(point), names, moves, question.prices)
    count, name = len(space.smooth), question.minimized(stage)
    sign = 1.0 if stage else -1.0
    value, gradient = found.value[name], sign * found.slope[name]
    size, width = max(abs(value), 1e-300), space.high - space.low
    active = [n for n in range(1, stage) if np.isfinite(question.limit(n))
              and found.value[question.limited(n)] >= (1 - ACTIVE) * question.limit(n)]  # fmt: skip
    columns = [found.slope[question.limited(n)][:count] * width / question.limit(n) for n in active]
    where = {symbol.name: _place(*at) for symbol, *at in zip(space.smooth, places, space.low, space.high, strict=True)}
    for i, symbol in enumerate(space.smooth):
        if where[symbol.name] != "inside":
            columns.append(np.eye(count)[i] * (-1.0 if where[symbol.name] == "low" else 1.0))
    for low, high in space.pairs():
        i, j = space.smooth.index(low), space.smooth.index(high)
        if places[j] - places[i] <= ACTIVE * (width[i] + width[j]):
            columns.append(np.eye(count)[i] * width[i] - np.eye(count)[j] * width[j])
    scaled = gradient[:count] * width / size
    residual, weights = np.abs(scaled).max(initial=0.0), np.zeros(len(columns))
    if columns and count:
        matrix = np.stack(columns, axis=1)
        weights, _ = nnls(matrix, -scaled)
        residual = float(np.abs(matrix @ weights + scaled).max())
    lagrangian = gradient.copy()
    limits = dict.fromkeys(STAGES[1:], 0.0)
    for n, weight in zip(active, weights, strict=False):
        rate = weight * size / question.limit(n)
        lagrangian += rate * found.slope[question.limited(n)]
        limits[STAGES[n]] = -float(rate)
    by = dict(zip(names, (sign * lagrangian).tolist(), strict=True))
    bounds = {s.name: by[s.name] if where[s.name] != "inside" else 0.0 for s in space.smooth}
    target = by.get(sym.target.name, 0.0) if sym.target.name in rest else bounds.get(sym.target.name, 0.0)
    return Optimality(
        float(residual), found.margin, {"target": target, **limits}, bounds, where, {n: by[n] for n in rest}, value
    )


def _place(at: float, low: float, high: float) -> str:
    near = ACTIVE * (high - low)
    return "low" if at - low <= near else "high" if high - at <= near else "inside"
