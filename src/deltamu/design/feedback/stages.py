"""The controls other than the radius, move by move, and what a move does at any radius."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import Program, move_programs, program
from deltamu.design.radius import BestRadius
from deltamu.equilibria.field import SLOPE, clipped_below, field
from deltamu.equilibria.roots import Array
from deltamu.equilibria.sections import Section
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move

Index: TypeAlias = NDArray[np.intp]
MASSES, RADII = 49, 17  # nodes of the look for the steepest slope
HALVINGS = 64
AHEAD = 1000  # further moves over which controls have to stand still to count as final


def held(policy: Policy) -> Policy:
    """The policy with a radius that it does not change; its other controls are as ever.

    Examples
    --------
    >>> from deltamu import PLANNER
    >>> [str(symbol) for symbol, _ in held(PLANNER).update]
    ['H', 'r']
    """
    rest = {symbol: expr for symbol, expr in policy.update if symbol != sym.delta}
    return Policy(policy.name, {**dict(policy.initial), sym.delta: sym.delta0}, rest, policy.formulas)


@dataclass
class Stage:
    """Moves with the same controls, apart from the radius.

    Attributes
    ----------
    model : Model
    values : dict of str to float or array
        All controls; arrays have one element a point.
    size : int
    final : bool
        Whether the controls stay so for ever.
    """

    model: Model
    values: dict[str, Any]
    size: int
    final: bool = False

    def __post_init__(self) -> None:
        self.search = BestRadius(self.model, self.values, self.size)
        self._report = compile_program(program("report", self.model, (sym.pass_probability,)))

    def passed(self, mu: Array) -> NDArray[np.bool_]:
        """Whether the pass probability is at the target."""
        found = self._report(self.values | {sym.mu.name: mu})[sym.pass_probability.name]
        return np.broadcast_to(found >= self.values[sym.target.name], mu.shape)

    def goal(self, above: Array) -> Array:
        """The largest mass, `above` at most, that passes the target."""
        low, high = np.zeros(self.size), np.array(above)
        through = self.passed(high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            passed = self.passed(middle)
            low, high = np.where(passed, middle, low), np.where(passed, high, middle)
        return np.where(through, above, low)

    def after(self, mu: Array, delta: Array, index: Index | None = None) -> Array:
        """Defect mass after a move, on the smooth branch of the gain, not below 0."""
        gain = self.search.gain(mu, delta, index)
        if clipped_below(self.model):
            gain = np.maximum(gain, 0.0)
        return np.maximum(mu - gain, 0.0)

    def steepest(self, low: Array, high: Array) -> Array:
        """Largest slope of the gain in the mass, over masses between two ends and all radii, on nodes."""
        masses = np.geomspace(low, high, MASSES)
        radii = np.geomspace(self.search.low, self.search.high, RADII)
        slope = Section(field(self.model), (SLOPE,), (sym.mu, sym.delta), self.values)
        largest = np.full(self.size, -np.inf)
        for row in radii:
            found = slope(mu=masses, delta=row[None])[SLOPE.name]
            largest = np.maximum(largest, np.broadcast_to(found, masses.shape).max(axis=0))
        return largest


def stages(policy: Policy, model: Model, values: Mapping[str, Any], size: int, moves: int) -> list[Stage]:
    """The controls other than the radius at each of the first `moves` moves; moves with the same ones share a stage."""
    move = one_move(held(policy), model)
    others = tuple(symbol for symbol in move.state if symbol not in (sym.mu, sym.delta))
    after = _after(policy, model)
    start = compile_program(move_programs(move).start)(values)
    now = {symbol.name: np.full(size, start[f"{symbol}_start"]) for symbol in others}
    found = [Stage(model, {**values, **now}, size)]
    known = {**values, **{symbol.name: np.ones(size) for symbol in (sym.mu, sym.delta)}}
    changed = 0
    for t in range(moves - 1 + AHEAD if after.outputs else 0):
        new = compile_program(after)(known | now | {sym.t.name: t})
        following = {s.name: np.broadcast_to(new.get(f"{s}_next", now[s.name]), size) for s in others}
        if not all(np.array_equal(following[name], now[name]) for name in now):
            changed = t + 1
        now = following
        if t < moves - 1:
            found.append(Stage(model, {**values, **now}, size) if changed == t + 1 else found[-1])
    found += found[-1:] * (moves - len(found))
    found[-1].final = changed < moves
    return found


@cache
def _after(policy: Policy, model: Model) -> Program:
    move = one_move(held(policy), model)
    pairs = zip(move.state, move.after, strict=True)
    wanted = [new for symbol, new in pairs if symbol not in (sym.mu, sym.delta) and symbol != new]
    whole = program("others", move.model, wanted)
    if {sym.mu, sym.delta} & set(whole.inputs):
        raise InputError(
            f"policy {policy.name} sets {', '.join(str(s).removesuffix('_next') for s in wanted)} by the state of a "
            "run: the best radii are sought for controls that depend on the number of the move alone"
        )
    return whole


def goals_of(schedule: list[Stage], start: Array, level: Array | None) -> Array:
    """The mass at which each move has to arrive, and in row 0 that at which no move is needed."""
    if level is not None:
        return np.broadcast_to(level, (len(schedule) + 1, start.size)).astype(float)
    found: dict[int, Array] = {}
    above = np.maximum(start, 1.0) * 1e3  # masses beyond play no part
    for stage in schedule:
        if id(stage) not in found:
            found[id(stage)] = stage.goal(above)
    rows = [found[id(stage)] for stage in schedule]
    return np.stack([rows[0], *rows])
