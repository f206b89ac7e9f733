"""Runs of a random move in lanes: the generator is inside the loop, and so are summaries of the runs.

A lane is one run of one point.  Its numbers follow from the key, the number of the run and the move alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from deltamu.codegen.numba_engine.arrays import aligned, in_threads, packed
from deltamu.codegen.numba_engine.emit import HEAD, OPTIONS, function, function_of, slot_at
from deltamu.codegen.numba_engine.layout import LANES, MOVES_MADE, WAITING, Layout, kept, layout
from deltamu.codegen.numba_engine.lower import Lines
from deltamu.codegen.numba_engine.philox import philox, uniforms
from deltamu.codegen.numba_engine.sampler_template import SUMS, TEMPLATE
from deltamu.codegen.numba_engine.store import prepared
from deltamu.codegen.program import Program
from deltamu.model import symbols as sym
from deltamu.model.expressions import replaced
from deltamu.model.formula import Formula
from deltamu.model.policies import Move

Array = NDArray[np.float64]


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
    kept : dict of str to int
        The slot, after a move, of each quantity that may be kept.
    """

    plan: Layout
    source: str
    slots: int
    kept: dict[str, int]

    def runs(
        self,
        names: Sequence[str],
        values: Mapping[str, Any],
        points: int,
        numbers: range,
        moves: int,
        key: tuple[int, int],
        window: int = 0,
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
        window : int
            How many moves a policy looks back on that sees what was accepted; 0 for one that sees probabilities.

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
        in_threads(self._prepared("run", given, moves, window, names, records, out), size, moves)
        return dict(zip(names, records.reshape(-1, moves, points, runs), strict=True)), out.reshape(points, runs)

    def summary(
        self,
        names: Sequence[str],
        values: Mapping[str, Any],
        points: int,
        numbers: range,
        moves: int,
        key: tuple[int, int],
        window: int,
        bins: int,
    ) -> Summed:
        """Make all moves of some runs of each point, and keep their summary only; see `runs`."""
        runs = len(numbers)
        width = -(-runs // LANES) * LANES  # a lane has runs of one point
        means, squares = np.zeros((2, len(names), moves, points))
        reached, histogram = np.zeros((moves + 1, points)), np.zeros((moves, points, bins), np.int32)
        given = (*packed(self.plan.inputs, values, points), np.array(key), numbers.start, runs, width, width * points)
        part = self._prepared("summarise", given, moves, window, names, means, squares, reached, histogram)
        in_threads(part, width * points, moves, width)
        return Summed(dict(zip(names, means, strict=True)), dict(zip(names, squares, strict=True)), reached, histogram)

    def _prepared(
        self, name: str, given: tuple, moves: int, window: int, names: Sequence[str], *results: NDArray[Any]
    ) -> Callable[[int, int], None]:
        """The function of the module as one of the first and last of its elements."""
        wanted = np.array([self.kept[n] for n in names], dtype=np.int64)

        def part(first: int, last: int, module: ModuleType) -> None:
            own: list[NDArray[Any]] = [aligned(self.slots * LANES), np.empty(LANES, np.int64), np.empty(window * LANES)]
            own += [np.empty(wanted.size * moves * SUMS)] if name == "summarise" else []
            getattr(module, name)(*own, *given, first, last, moves, wanted, *results)

        return partial(part, module=prepared(self.source, partial(part, 0, 0)))


@cache
def compile_sampler(
    move: Move, recorded: tuple[Symbol, ...], draws: tuple[Formula, ...], place: Expr, steer: Program | None = None
) -> Sampler:
    """A random move compiled for lanes; numba compiles it when it is first called.

    Parameters
    ----------
    move : Move
    recorded : tuple of Symbol
        What may be kept of each move, or summarised; ``accepted`` is among it if there is a `steer`.
    draws : tuple of Formula
        Each draw from uniform numbers, of which there are at most three.
    place : Expr
        The bin of a histogram, in ``mu_next`` and controls: its whole part counts.
    steer : Program, optional
        What sets the controls after a move that leaves them, from the state before it and the acceptance: the share
        of accepted moves in a window.
    """
    uniform = {s: kept(f"{s} drawn") for draw in draws for s in draw.printed.free_symbols}
    draws = tuple(Formula(draw.symbol, replaced(draw.printed, uniform)) for draw in draws)
    watched = () if steer is None else steer.inputs
    unseen = tuple(s for s in recorded if steer is None or s != sym.acceptance)
    own = {sym.acceptance, sym.t, *sym.DRAWS, *move.state}
    plan = layout(move, (*unseen, *(s for s in watched if s not in own)), draws)
    loops, room = zip(*(function_of(plan, loop) for loop in (plan.before, plan.begin, plan.step)), strict=True)
    slots, first = plan.slots, len(plan.slots) + max(room)
    places = {name: first + n for n, name in enumerate(("bin", "recent", "seen"))}
    recording = {name: slots[slot] for name, slot in plan.records.items()}
    accepted = 0
    if steer is not None:
        accepted = recording[sym.accepted.name]
        recording[sym.acceptance.name] = places["seen"]
    text = TEMPLATE.format(
        options=OPTIONS, lanes=LANES, inputs=len(plan.inputs), sums=SUMS, state=len(plan.state),
        before=slots[f"{plan.state[0]} before"], now=slots[plan.state[0]], waiting=slots[WAITING],
        made=slots[MOVES_MADE], accepted=accepted, **places,
    )  # fmt: skip
    title = HEAD.format(title=f"policy {move.policy.name} in model {move.model.name}, sampled")
    own_loops = _draw(plan, draws), _steer(plan, draws, steer, move.state, places["seen"]), _locate(plan, place, first)
    source = "\n".join([title, *loops, *own_loops, text])
    return Sampler(plan, source, first + len(places), recording)


def _draw(plan: Layout, draws: tuple[Formula, ...]) -> str:
    """Uniform numbers of a move into their slots."""
    lines = Lines()
    numbers = sorted({str(s) for draw in draws for s in draw.printed.free_symbols})
    run = "_number[_i]"
    counter = (lines.let(f"{run} & {2**32 - 1}", whole=True), lines.let(f"{run} >> 32", whole=True), "t", "0")
    found = uniforms(lines, philox(lines, counter, ("_key0", "_key1")))[: len(numbers)]
    for name, u in zip(numbers, found, strict=True):
        lines.set(slot_at(plan.slots[name]), u)
    return function("draw", "_v, _number, _key0, _key1, t", [lines.text])


def _steer(
    plan: Layout, draws: tuple[Formula, ...], steer: Program | None, state: tuple[Symbol, ...], seen: int
) -> str:
    """The controls after the move; the state before it has slots of its own."""
    if steer is None:
        return function("steer", "_v, t", [])
    lines = Lines()
    drawn = draws if set(steer.inputs) & {*sym.DRAWS} else ()
    for symbol in [*steer.inputs, *sorted({s for draw in drawn for s in draw.printed.free_symbols}, key=str)]:
        slot = plan.slots.get(f"{symbol} before" if symbol in state else str(symbol))
        slot = seen if symbol == sym.acceptance else slot
        if slot is not None:  # neither the index of the move, which is an argument, nor a draw
            lines.name(symbol.name, slot_at(slot))
    for formula in (*drawn, *steer.formulas):
        lines.formula(formula)
    for symbol, after in zip(state[1:], steer.outputs, strict=True):
        if after != symbol:
            lines.set(slot_at(plan.slots[symbol.name]), lines.local(after.name))
    return function("steer", "_v, t", [lines.text])


def _locate(plan: Layout, place: Expr, slot: int) -> str:
    """The bin of each run into a slot."""
    lines = Lines()
    for symbol in sorted(place.free_symbols, key=str):
        lines.name(symbol.name, slot_at(plan.slots["mu" if symbol == sym.mu_next else symbol.name]))
    lines.set(slot_at(slot), lines.value(place))
    return function("locate", "_v", [lines.text])
