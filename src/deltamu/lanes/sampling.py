"""Runs of a random move in lanes: the generator is inside the loop, and so are summaries of the runs.

A lane is one run of one point.  Its numbers follow from the key, the number of the run and the move alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from deltamu import symbols as sym
from deltamu.formulas import Formula
from deltamu.lanes.dialects import PYTHON
from deltamu.lanes.layout import LANES, MOVES_MADE, WAITING, Layout, layout
from deltamu.lanes.lines import Lines
from deltamu.lanes.loops import HEAD, OPTIONS, function, function_of
from deltamu.lanes.modules import prepared
from deltamu.lanes.philox import philox, uniforms
from deltamu.lanes.running import in_threads, packed
from deltamu.policies import Move

__all__ = ["Sampler", "Summed", "compile_sampler"]

Array = NDArray[np.float64]

TEMPLATE = """
@njit({options})
def aligned(size):
    room = np.empty(size + 8)
    ahead = (64 - room.ctypes.data % 64) % 64 // 8
    return room[ahead : ahead + size]


@njit({options})
def fill(v, number, uniform, place, columns, first_run, width, start, size, known):
    for i in range({lanes}):
        number[i] = first_run + min(start + i, size - 1) % width
    point, last = start // width, min(start + {lanes}, size) - 1
    if point == known and point == last // width:  # what is the same in every move is there already
        begin(v)
        return known
    for k in range({inputs}):
        if place[k] < 0:
            for i in range({lanes}):
                v[k * {lanes} + i] = uniform[k]
        else:
            for i in range({lanes}):
                v[k * {lanes} + i] = columns[place[k], min(start + i, size - 1) // width]
    before(v)
    begin(v)
    return point if point == last // width else -1


@njit({options})
def move(v, number, key, t):
    for i in range({state} * {lanes}):
        v[{before} * {lanes} + i] = v[{now} * {lanes} + i]
    draw(v, number, key[0], key[1], t)
    step(v, np.float64(t))


@njit({options})
def run(uniform, place, columns, key, first_run, width, size, first, last, moves, wanted, records, out):
    v, number, known = aligned({slots} * {lanes}), np.empty({lanes}, np.int64), -1
    for start in range(first, last, {lanes}):
        count = min({lanes}, size - start)
        known = fill(v, number, uniform, place, columns, first_run, width, start, size, known)
        for t in range(moves):
            move(v, number, key, t)
            for n in range(wanted.size):
                for i in range(count):
                    records[n, t, start + i] = v[wanted[n] * {lanes} + i]
        for i in range(count):
            out[start + i] = inf if v[{waiting} * {lanes} + i] == 1.0 else v[{made} * {lanes} + i]


@njit({options})
def total(s):
    for i in range(8):
        s[i] = ((s[i] + s[i + 8]) + (s[i + 16] + s[i + 24])) + ((s[i + 32] + s[i + 40]) + (s[i + 48] + s[i + 56]))
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))


@njit({options})
def add(v, s, q, slot, count, earlier, mean, squares):
    some = v[slot * {lanes}]  # of the size of all of them: little cancels
    for i in range({lanes}):
        off = select(i < count, v[slot * {lanes} + i] - some, 0.0)
        s[i] = off
        q[i] = off * off
    here, all_squares = total(s), total(q)
    shift, share = some + here / count - mean, count / (earlier + count)
    squares += max(all_squares - here * here / count, 0.0) + shift * shift * (earlier * share)
    return mean + shift * share, squares


@njit({options})
def arrived(v, count):
    found = 0
    for i in range(count):
        found += v[{waiting} * {lanes} + i] == 0.0
    return found


@njit({options})
def summarise(uniform, place, columns, key, first_run, runs, width, size, first, last, moves, wanted,
              means, squares, reached, histogram):
    v, number, known = aligned({slots} * {lanes}), np.empty({lanes}, np.int64), -1
    s, q = aligned({lanes}), aligned({lanes})
    for start in range(first, last, {lanes}):
        point, earlier = start // width, start % width
        count = min({lanes}, runs - earlier)
        known = fill(v, number, uniform, place, columns, first_run, width, start, size, known)
        reached[0, point] += arrived(v, count)
        for t in range(moves):
            move(v, number, key, t)
            reached[t + 1, point] += arrived(v, count)
            for n in range(wanted.size):
                means[n, t, point], squares[n, t, point] = add(
                    v, s, q, wanted[n], count, earlier, means[n, t, point], squares[n, t, point]
                )
            if histogram.size:
                locate(v)
                for i in range(count):
                    histogram[t, point, int(v[{bin} * {lanes} + i])] += 1
"""


@dataclass(frozen=True)
class Summed:
    """Summary of some runs of each point.

    Attributes
    ----------
    means, squares : dict of str to array
        Of each recorded quantity: its mean, and the sum of squared deviations from it; shape (moves, points).
    reached : array
        Number of runs that had reached their target after 0..moves moves; shape (moves + 1, points).
    histogram : array
        How many runs each move brought to each bin; shape (moves, points, bins), or empty.
    """

    means: dict[str, Array]
    squares: dict[str, Array]
    reached: Array
    histogram: NDArray[np.int32]


@dataclass(frozen=True)
class Sampler:
    """A random move compiled by numba: any runs of any points.

    Attributes
    ----------
    plan : Layout
    source : str
    """

    plan: Layout
    source: str

    def runs(
        self,
        names: Sequence[str],
        values: Mapping[str, Any],
        points: int,
        numbers: range,
        moves: int,
        key: tuple[int, int],
    ) -> tuple[dict[str, Array], Array]:
        """Make all moves of some runs of each point.

        Parameters
        ----------
        names : sequence of str
            What to keep of every move: any of what is recorded.
        values : mapping of str to float or array
            All controls by name; an array has shape (points,).
        points : int
        numbers : range
            The numbers of the runs.
        moves : int
        key : tuple of int
            Two words of 32 bits.

        Returns
        -------
        kept : dict of str to array
            Shape (moves, points, runs).
        moves_to_target : array
            Smallest number of moves after which the target is reached (inf: none); shape (points, runs).
        """
        runs = len(numbers)
        size = points * runs
        records, out = np.empty((len(names), moves, size)), np.empty(size)
        given = (*packed(self.plan.inputs, values, points), np.array(key), numbers.start, runs, size)
        in_threads(self._prepared("run", given, moves, names, records, out), size, moves)
        return dict(zip(names, records.reshape(-1, moves, points, runs), strict=True)), out.reshape(points, runs)

    def summary(
        self,
        names: Sequence[str],
        values: Mapping[str, Any],
        points: int,
        numbers: range,
        moves: int,
        key: tuple[int, int],
        bins: int,
    ) -> Summed:
        """Make all moves of some runs of each point, and keep their summary only; see `runs`."""
        runs = len(numbers)
        width = -(-runs // LANES) * LANES  # a lane has runs of one point
        means, squares = np.zeros((2, len(names), moves, points))
        reached, histogram = np.zeros((moves + 1, points)), np.zeros((moves, points, bins), np.int32)
        given = (*packed(self.plan.inputs, values, points), np.array(key), numbers.start, runs, width, width * points)
        part = self._prepared("summarise", given, moves, names, means, squares, reached, histogram)
        in_threads(part, width * points, moves, width)
        return Summed(dict(zip(names, means, strict=True)), dict(zip(names, squares, strict=True)), reached, histogram)

    def _prepared(self, name: str, given: tuple, moves: int, names: Sequence[str], *results: NDArray[Any]):
        """The function of the module as one of the first and last of its elements."""
        wanted = np.array([self.plan.slots[self.plan.records[n]] for n in names], dtype=np.int64)

        def part(first: int, last: int, module: ModuleType) -> None:
            getattr(module, name)(*given, first, last, moves, wanted, *results)

        return partial(part, module=prepared(self.source, partial(part, 0, 0)))


@cache
def compile_sampler(move: Move, recorded: tuple[Symbol, ...], draws: tuple[Formula, ...], place: Expr) -> Sampler:
    """A random move compiled for lanes; numba compiles it when it is first called.

    Parameters
    ----------
    move : Move
    recorded : tuple of Symbol
        What may be kept of each move, or summarised.
    draws : tuple of Formula
        Each draw from uniform numbers, of which there are at most three.
    place : Expr
        The bin of a histogram, in ``mu_next`` and controls: its whole part counts.
    """
    plan = layout(move, recorded, draws)
    loops, room = zip(*(function_of(plan, loop) for loop in (plan.before, plan.begin, plan.step)), strict=True)
    slots, own = plan.slots, len(plan.slots) + max(room)
    text = TEMPLATE.format(
        options=OPTIONS, lanes=LANES, inputs=len(plan.inputs), slots=own + 1, bin=own, state=len(plan.state),
        before=slots[f"{plan.state[0]}_before"], now=slots[plan.state[0]], waiting=slots[WAITING],
        made=slots[MOVES_MADE],
    )  # fmt: skip
    title = HEAD.format(title=f"policy {move.policy.name} in model {move.model.name}, sampled")
    return Sampler(plan, "\n".join([title, *loops, _draw(plan, draws), _locate(plan, place, own), text]))


def _draw(plan: Layout, draws: tuple[Formula, ...]) -> str:
    """Uniform numbers of a move into their slots."""
    lines = Lines(PYTHON)
    numbers = sorted({str(s) for draw in draws for s in draw.printed.free_symbols})
    counter = (lines.let(f"number[i] & {2**32 - 1}", whole=True), lines.let("number[i] >> 32", whole=True), "t", "0")
    found = uniforms(lines, philox(lines, counter, ("key0", "key1")))[: len(numbers)]
    lines.text += [f"v[{plan.slots[name] * LANES} + i] = {u}" for name, u in zip(numbers, found, strict=True)]
    return function("draw", "v, number, key0, key1, t", [lines.text])


def _locate(plan: Layout, place: Expr, slot: int) -> str:
    """The bin of each run into a slot."""
    lines = Lines(PYTHON)
    for symbol in sorted(place.free_symbols, key=str):
        kept = plan.slots["mu" if symbol == sym.mu_next else symbol.name]
        lines.name(symbol.name, f"v[{kept * LANES} + i]")
    lines.text.append(f"v[{slot * LANES} + i] = {lines.value(place)}")
    return function("locate", "v", [lines.text])
