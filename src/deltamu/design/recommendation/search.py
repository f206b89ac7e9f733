"""The best settings of a space: whole controls enumerated, the others on a grid, closed in on, and polished.

The coarse grid has every team at every place.  A compass search closes in on the best place of every team, in steps
that halve; where several controls decide about a policy's switches, at which a run jumps, points scattered around the
best one find what neither that nor a gradient does; sequential quadratic programming with exact gradients polishes the
leading ones.  Nothing that was ever judged is forgotten: the answer is the best of all of it.
"""

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from deltamu.design.recommendation.choices import Space
from deltamu.design.recommendation.questions import Judged, Question
from deltamu.design.recommendation.slopes import Slopes, slopes

ROUNDS = 14  # of the compass search: its steps end at the grid's over 2^14
SCATTERED = 2000  # points around the best one in a round of the scatter, the same ones in every search
SPREAD = 0.25  # of the ranges: deviation of the first round
MOVED = 0.6  # share of the controls that a scattered point moves
SCATTERS = 8  # rounds, each half as wide as the last where that one won less than WON
WON = 1e-4
STARTS = 4  # most teams that are polished: as many as could still win by what polishing has gained so far
OTHERS = 2  # more starts, of the best team
CLOSE = 0.1  # of the ranges: starts that are nearer to one another count as one
ITERATIONS = 20
EVALUATIONS = 25  # most of one polish: where a run's switches make it jump, no gradient leads further
END = 1e-12  # of a range: nearer than this to an end is on it
FLAT = 1e-12  # a slope over the size of what is minimised that counts as none
TIGHTER = 1e-11  # by which limits are drawn tighter for the polish, so that its answer meets them
HEADROOM = 1.3  # moves that are looked at beyond those of the start, as a factor
BLOCK = 20_000  # points judged at a time

Array = NDArray[np.float64]


class Search:
    """Everything that was judged in one space, and the best of it.

    Attributes
    ----------
    space : Space
    question : Question
    grid : Judged
        The coarse grid.
    found : Judged
        All points, the grid's first.
    """

    def __init__(self, space: Space, question: Question):
        self.space, self.question = space, question
        points = space.grid()
        self.grid = Judged.joined(
            [question.judged(space, points[at : at + BLOCK]) for at in range(0, len(points), BLOCK)]
        )
        self.found = self.grid

    def best(self) -> Judged:
        """The best point of all, as one row."""
        return self.found[self.found.order()[:1]]

    def leading(self) -> Judged:
        """The best point of every team."""
        order = self.found.order()
        if not self.space.whole:
            return self.found[order[:1]]
        teams = self.found.points[order, : len(self.space.whole)]
        _, first = np.unique(teams, axis=0, return_index=True)
        return self.found[order[np.sort(first)]]

    def add(self, judged: Judged) -> None:
        """Remember more points."""
        self.found = Judged.joined([self.found, judged])

    def close_in(self) -> None:
        """Compass search from the best place of every team at once."""
        space, count = self.space, len(self.space.smooth)
        if not count:
            return
        here = self.leading()
        gaps = [np.diff(level).max(initial=0.0) for level in space.levels]
        step = np.tile(np.array(gaps) / 2, (len(here), 1))
        for _ in range(ROUNDS):
            improved = np.zeros(len(here), dtype=bool)
            trials = []
            for i in range(count):
                for sign in (1.0, -1.0):
                    points = here.points.copy()
                    column = len(space.whole) + i
                    points[:, column] = np.clip(points[:, column] + sign * step[:, i], space.low[i], space.high[i])
                    same = ~space.allowed(points)
                    points[same] = here.points[same]
                    trials.append(points)
            judged = self.question.judged(space, np.concatenate(trials))
            self.add(judged)
            size = len(here)
            for i in range(len(trials)):
                part = judged[slice(i * size, (i + 1) * size)]
                better = part.better(here)
                here = _chosen(better, part, here)
                improved |= better
            step[~improved] /= 2

    def scatter(self) -> None:
        """Points around the best one, of its team; with two controls or fewer the compass search misses nothing."""
        space, count = self.space, len(self.space.smooth)
        if count <= 2:
            return
        generator, spread = np.random.default_rng(0), SPREAD * (space.high - space.low)
        for _ in range(SCATTERS):
            best = self.best()
            points = np.repeat(best.points, SCATTERED, axis=0)
            moved = generator.random((SCATTERED, count)) < MOVED
            places = points[:, len(space.whole) :] + generator.normal(size=moved.shape) * moved * spread
            points[:, len(space.whole) :] = np.clip(places, space.low, space.high)
            self.add(self.question.judged(space, points[space.allowed(points)]))
            now = self.best()
            if now.stage[0] == best.stage[0] and now.quantity[0] > best.quantity[0] - WON * abs(best.quantity[0]):
                spread = spread / 2

    def polish(self) -> None:
        """Optimise from the leading points with exact gradients: other places of the best team, then other teams."""
        if not self.space.smooth:
            return
        leading = self.leading()
        gain = 0.0
        for start in [*self._others(leading), *(leading[slice(i, i + 1)] for i in range(min(STARTS, len(leading))))]:
            best = self.best()
            behind = float(start.quantity[0] - best.quantity[0]) / max(abs(float(best.quantity[0])), 1e-300)
            if start.stage[0] < best.stage[0] or behind > 2 * gain + FLAT:
                continue
            before = len(self.found)
            _Polish(self, start).run()
            if len(self.found) > before and self.found.stage[-1] == start.stage[0]:
                left = float(start.quantity[0] - self.found.quantity[-1])
                gain = max(gain, left / max(abs(float(start.quantity[0])), 1e-300))

    def _others(self, leading: Judged) -> list[Judged]:
        """The best place, and good ones of the best team on the grid that are not close to others."""
        chosen = [leading[:1]]
        width = np.where(self.space.high > self.space.low, self.space.high - self.space.low, 1.0)
        whole = len(self.space.whole)
        own = self.grid[(self.grid.points[:, :whole] == chosen[0].points[0, :whole]).all(axis=1)]
        for i in own.order()[:50]:
            point = own[slice(i, i + 1)]
            apart = [np.abs((point.points - other.points)[0, whole:] / width).max() > CLOSE for other in chosen]
            if all(apart) and point.stage[0] == chosen[0].stage[0] and len(chosen) <= OTHERS:
                chosen.append(point)
        return chosen


def _chosen(better: NDArray[np.bool_], new: Judged, old: Judged) -> Judged:
    both = Judged.joined([old, new])
    return both[np.where(better, len(old), 0) + np.arange(len(old))]


class _Enough(Exception):
    """A polish has had its share of evaluations."""


class _Polish:
    """One run of SLSQP, in variables between 0 and 1."""

    def __init__(self, search: Search, start: Judged):
        self._search, self._start = search, start
        space = search.space
        self._team = start.points[0, : len(space.whole)]
        self._moving = np.flatnonzero(space.high > space.low)
        self._width = (space.high - space.low)[self._moving]
        self._names = tuple(space.smooth[i].name for i in self._moving)
        self.stage = int(start.stage[0])
        reach = start.stops.nearest[0] if self.stage == 0 else HEADROOM * start.stops.nearest[0] + 5
        self._moves = int(min(search.question.moves, max(reach, 1)))
        self._size = max(abs(float(start.quantity[0])), 1e-6)
        self._last: tuple[bytes, Slopes] | None = None
        self._seen: list[Array] = []

    def run(self) -> None:
        """Optimise, and hand what is found to the search."""
        from scipy.optimize import minimize

        space, question = self._search.space, self._search.question
        if not self._moving.size or (self.stage == 0 and not self._start.stops.nearest[0]):
            return
        y = (self._start.points[0, len(space.whole) :] - space.low)[self._moving] / self._width
        if self._is_stationary(y):
            return
        finite = [n for n in range(1, self.stage) if np.isfinite(question.limit(n))]
        limits = [
            {"type": "ineq", "fun": lambda y, n=n: self._slack(y, n)[0], "jac": lambda y, n=n: self._slack(y, n)[1]}
            for n in finite
        ]
        for low, high in space.pairs():
            ends = [space.smooth.index(symbol) for symbol in (low, high)]
            limits.append({"type": "ineq", "fun": lambda y, e=ends: np.diff(self._place(y)[e])[0]})
        with suppress(_Enough):
            minimize(
                self._objective, y, jac=True, bounds=[(0.0, 1.0)] * y.size, constraints=limits, method="SLSQP",
                options={"ftol": 1e-12, "maxiter": ITERATIONS},
            )  # fmt: skip
        points = np.array([np.concatenate([self._team, self._place(y)]) for y in self._seen])
        points = points[space.allowed(points)]
        if len(points):
            judged = question.judged(space, points)
            self._search.add(judged[judged.order()[::-1]])

    def _is_stationary(self, y: Array) -> bool:
        """Whether the start is a corner that no direction inwards improves."""
        if self.stage > 1 and any(np.isfinite(self._search.question.limit(n)) for n in range(1, self.stage)):
            return False
        _, gradient = self._objective(y)
        flat = np.abs(gradient) <= FLAT
        return bool(np.all(flat | ((y == 0) & (gradient > 0)) | ((y == 1) & (gradient < 0))))

    def _place(self, y: Array) -> Array:
        space = self._search.space
        places = space.low.copy()
        inside = np.where(y <= END, space.low[self._moving], space.low[self._moving] + self._width * y)
        places[self._moving] = np.where(y >= 1 - END, space.high[self._moving], inside)
        return places

    def _slopes(self, y: Array) -> Slopes:
        y = np.clip(y, 0.0, 1.0)
        if self._last is None or self._last[0] != y.tobytes():
            if len(self._seen) == EVALUATIONS:
                raise _Enough
            self._seen.append(y)
            settings = self._search.space.at(np.concatenate([self._team, self._place(y)]))
            self._last = y.tobytes(), slopes(settings, self._names, self._moves, self._search.question.prices)
        return self._last[1]

    def _objective(self, y: Array) -> tuple[float, Array]:
        """What the stage makes small, over its size at the start; worse the further a run is from its target."""
        found = self._slopes(y)
        if self.stage == 0:
            unit = -1.0 / self._size
            return found.value["pass_probability"] * unit, found.slope["pass_probability"] * self._width * unit
        if not found.reached:
            short = float(self._start.stops.pass_probability[0]) - found.value["pass_probability"]
            return 2.0 + 10 * short, -10 * found.slope["pass_probability"] * self._width
        name = self._search.question.minimized(self.stage)
        return found.value[name] / self._size, found.slope[name] * self._width / self._size

    def _slack(self, y: Array, stage: int) -> tuple[float, Array]:
        """How far below its limit what a stage limits is, as a share of the limit."""
        found, limit = self._slopes(y), self._search.question.limit(stage)
        name = self._search.question.limited(stage)
        if not found.reached:
            return found.value["pass_probability"] - 1.0, found.slope["pass_probability"] * self._width
        return 1.0 - TIGHTER - found.value[name] / limit, -found.slope[name] * self._width / limit


def search(space: Space, question: Question) -> Search:
    """Search one space.

    Examples
    --------
    >>> from deltamu import GATED, Settings
    >>> from deltamu.design.recommendation.choices import space
    >>> places = space(Settings("vibe", target=0.7, overreach=1.0, K=6, decay=1), GATED, ["N", "delta0"])
    >>> found = search(places, Question("cost"))
    >>> best = found.best()
    >>> best.points.round(3).tolist(), bool(best.total[0] <= found.grid[found.grid.stage == 3].total.min())
    ([[1.0, 0.807]], True)
    """
    result = Search(space, question)
    result.close_in()
    if question.tasks is None:
        result.scatter()
        result.polish()
    return result
