"""The best radii of the stochastic move: dynamic programming on the defect mass, with the exact law of a move.

Given the score's draw, the mass after an accepted move is linear in the normal draws of the visible and the hidden
part, of which the visible one is cut where the oracle rejects.  The wider one is integrated in closed form, against a
value that is linear between nodes, the other and the score by double-exponential quadrature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.design.feedback.stages import Stage
from deltamu.equilibria.roots import Array
from deltamu.equilibria.sections import Section
from deltamu.model import symbols as sym
from deltamu.model.special import numpy_kernels as kernels
from deltamu.model.stochastic import stochastic

QUADRATURE = 15  # nodes for the score, and for the visible part
TIE = 1e-9  # relative difference of expected moves that is rounding
FAR = 9.0  # widths beyond which a normal part counts as a whole
REACH = 3.0  # half-width of the double-exponential rule: its weights are 1e-13 there
LAW = (sym.visible_signal, sym.improvement, sym.accepted)


@dataclass
class Value:
    """The optimal value of a run from each mass, and the radii that attain it.

    Attributes
    ----------
    mass : array of shape (nodes,)
        From the goal up.
    expected_moves : array of shape (nodes,)
        Expected moves to the goal, a run that is not there after the last move counted with all of them.
    reach_probability : array of shape (nodes,)
        Probability of being there in time.
    radius : array of shape (moves, nodes)
        Best radius at each move and mass, the smallest where several are.
    start : int
        The node of the start.
    """

    mass: Array
    expected_moves: Array
    reach_probability: Array
    radius: Array
    start: int


def optimal_value(schedule: list[Stage], start: float, goals: Array, nodes: int, radii: int) -> Value:
    """Backward induction over the moves of a schedule of one point."""
    lowest = float(goals.min())
    top = 1.25 * start + 1.0
    mass = lowest + (top - lowest) * np.linspace(0, 1, nodes) ** 2
    at = max(1, int(np.argmin(np.abs(mass - start))))
    mass[at] = start
    expected, probability = np.zeros(nodes), np.zeros(nodes)
    chosen = np.empty((len(schedule), nodes))
    laws: dict[int, _Law] = {}
    columns = np.arange(nodes)
    for t in range(len(schedule) - 1, -1, -1):
        stage = schedule[t]
        if id(stage) not in laws:
            laws[id(stage)] = _Law.of(stage, mass, float(goals[t]), radii)
        law = laws[id(stage)]
        value = law.expected(expected)
        best = (value <= value.min(axis=0) * (1 + TIE)).argmax(axis=0)  # the smallest of those that tie
        chosen[t] = law.radii[best]
        expected = np.minimum(1.0 + value[best, columns], len(schedule) - t)
        probability = law.arrives[best, columns] + law.expected(probability)[best, columns]
    return Value(mass, expected, probability, chosen, at)


@dataclass
class _Law:
    """One move from each node at each radius.

    Attributes
    ----------
    radii : array of shape (radii,)
    weights : array of shape (radii, nodes, nodes)
        Expected share of each node in the mass after a move that does not arrive; linear between nodes.
    arrives : array of shape (radii, nodes)
        Probability that the move arrives.
    """

    radii: Array
    weights: Array
    arrives: Array

    def expected(self, value: Array) -> Array:
        """Expected value after the move where it does not arrive, of shape (radii, nodes)."""
        return self.weights @ value

    @classmethod
    def of(cls, stage: Stage, mass: Array, goal: float, count: int) -> "_Law":
        model = stochastic(stage.model)
        values: Mapping[str, Any] = {n: v[0] if np.ndim(v) else v for n, v in stage.values.items()}
        section = Section(model, LAW, (sym.mu, sym.delta, *sym.DRAWS), values)
        radii = np.geomspace(stage.search.low[0], stage.search.high[0], count)
        share, weight, exponential = _rule()
        at: dict[str, Any] = {"mu": mass[:, None, None], "delta": radii[:, None], "draw_score": exponential}
        ends = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
        found = [section(draw_visible=visible, draw_hidden=hidden, **at) for visible, hidden in ends]
        shape = (mass.size, count, weight.size)
        signal, improvement = (
            [np.broadcast_to(np.asarray(one[symbol.name], dtype=float), shape) for one in found] for symbol in LAW[:2]
        )
        slope = signal[1] - signal[0]  # both are linear in the visible and the hidden draw
        by_visible, by_hidden = improvement[1] - improvement[0], improvement[2] - improvement[0]
        sure = np.broadcast_to(found[0][sym.accepted.name], shape)
        with np.errstate(all="ignore"):
            least = np.where(slope > 0, -signal[0] / slope, np.where(sure > 0, -np.inf, np.inf))
        accepts = kernels.normal_cdf(-least)
        draw = -kernels.normal_quantile(share)
        weights, arrives = np.empty((count, mass.size, mass.size)), np.empty((count, mass.size))
        for i, here in enumerate(mass):
            along_score = (x[i][:, :, None] for x in (improvement[0], by_visible, by_hidden, least, accepts))
            moved, visible, hidden, above, passes = along_score
            chance = np.broadcast_to(weight[:, None] * weight, moved.shape[:2] + weight.shape)
            if values["r"] >= 0.5:  # the wider of the two parts in closed form
                mean, width, cut = here - moved - hidden * draw, visible, above
            else:
                with np.errstate(all="ignore"):
                    seen = np.where(passes > 0, -kernels.normal_quantile(passes * share), 0.0)
                mean, width, cut = here - moved - visible * seen, np.abs(hidden), np.full_like(above, -np.inf)
                chance = chance * passes
            mean, width, cut, chance = (
                np.broadcast_to(part, chance.shape).reshape(count, -1) for part in (mean, width, cut, chance)
            )
            excess, beyond = _tails(mean - here, width, cut, chance, mass - here, goal - here)
            accepted = (accepts[i] * weight).sum(axis=1)
            weights[:, i] = _hats(excess, beyond, mass, goal)
            weights[:, i, i] += 1.0 - accepted
            arrives[:, i] = np.maximum(accepted - beyond, 0.0)
        return cls(radii, weights, arrives)


def _rule() -> tuple[Array, Array, Array]:
    """Double-exponential quadrature on (0, 1): nodes, weights, and minus the logarithm of the nodes."""
    s = np.linspace(-REACH, REACH, QUADRATURE)
    inner = np.pi / 2 * np.sinh(s)
    share = 1 / (1 + np.exp(-2 * inner))
    weight = (np.pi / 2) * np.cosh(s) / (2 * np.cosh(inner) ** 2)
    return share, weight / weight.sum(), np.log1p(np.exp(-2 * inner))


def _tails(mean: Array, width: Array, cut: Array, chance: Array, mass: Array, goal: float) -> tuple[Array, Array]:
    """E[(Y - x)+] at each node x, and P(Y > goal), for mixtures of Y = mean - width v, v normal above `cut`.

    A row is a radius; where v is below `cut` nothing counts. Only nodes within `FAR` widths of a mean need the normal
    law; all those below are added up at once.
    """
    rows, nodes = mean.shape[0], mass.size
    below, lost = kernels.normal_cdf(cut), width * kernels.normal_pdf(cut)
    sharp = np.where(width > 0, width, 1.0)
    end = (mean - goal) / sharp
    beyond = np.where(width > 0, np.maximum(kernels.normal_cdf(end) - below, 0.0), (mean > goal) * (1 - below))
    past = (chance * beyond).sum(axis=1)

    row = np.broadcast_to(np.arange(rows)[:, None], mean.shape)
    first = np.searchsorted(mass, mean - FAR * width, side="left")  # the first node that is not far below Y
    last = np.searchsorted(mass, mean + FAR * width, side="right")  # the first that is far above
    share = chance * (1 - below)
    excess = _from(row, first, share * mean - chance * lost, rows, nodes) - mass * _from(row, first, share, rows, nodes)

    count = (last - first).reshape(-1)
    pair = np.repeat(np.arange(count.size), count)
    node = np.arange(pair.size) + np.repeat(first.reshape(-1) - np.cumsum(count) + count, count)
    mean, sharp, width, cut, below, lost, chance = (
        part.reshape(-1)[pair] for part in (mean, sharp, width, cut, below, lost, chance)
    )
    gap = mean - mass[node]
    u = gap / sharp  # v at which Y = x
    inside = gap * (kernels.normal_cdf(u) - below) + width * kernels.normal_pdf(u) - lost
    near = chance * np.where(u > cut, np.maximum(inside, 0.0), 0.0)
    place = row.reshape(-1)[pair] * nodes + node
    excess += np.bincount(place, near, minlength=rows * nodes).reshape(rows, nodes)
    return np.maximum(excess, 0.0), past


def _from(row: NDArray[np.intp], first: NDArray[np.intp], value: Array, rows: int, nodes: int) -> Array:
    """For each row and node the sum of the values whose first node comes after it."""
    place = row * (nodes + 1) + first
    sums = np.bincount(place.reshape(-1), value.reshape(-1), minlength=rows * (nodes + 1)).reshape(rows, nodes + 1)
    return sums[:, :0:-1].cumsum(axis=1)[:, ::-1]


def _hats(above: Array, beyond: Array, mass: Array, goal: float) -> Array:
    """Expected weights of the nodes in linear interpolation, constant past the last one, above the goal only."""
    first = int(np.searchsorted(mass, goal, side="right")) - 1  # the node at the goal or below
    gaps = np.diff(mass)
    slopes = (above[:, :-1] - above[:, 1:]) / gaps  # expected share of each interval that lies below Y
    weights = np.zeros_like(above)
    weights[:, 1:] = slopes
    weights[:, :-1] -= slopes
    weights[:, : first + 1] = 0.0
    weights[:, first] = beyond - slopes[:, first]
    return np.maximum(weights, 0.0)
