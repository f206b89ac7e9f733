"""For which changes of a parameter a tangent holds, where a run lies exactly on a switch."""

from collections import ChainMap
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Ge, Le, Symbol

from deltamu.codegen.compile import Compiled, compile_program
from deltamu.codegen.program import program
from deltamu.codegen.protocol import at_points, taken
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.quantities import Quantity
from deltamu.sensitivity.linearised import Linearised, linearised
from deltamu.sensitivity.rates import Rates, combined, known, rates_of_sources, times
from deltamu.sensitivity.switches import SWITCH_MARGIN, Switch

SIDES = ("both", "right", "left", "none")
"""For which changes of a parameter a tangent holds: both, only increases, only decreases, or neither."""

TIE = 1e-14  # a relative distance of the two sides of a condition that is no more than rounding
NEAR = 1e-11  # a relative change of a parameter that is no more than rounding
STILL = 1e-9  # a rate of change that is no more than rounding, relative to the terms that cancel in it

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Tie:
    """Runs that lie on a switch before a move: which, their states, and the columns of the tangents of these."""

    points: NDArray[np.intp]
    states: dict[str, Array]
    columns: dict[str, dict[str, Any]]


def _joined(ties: Sequence[_Tie]) -> _Tie:
    """Ties of several moves as one."""
    points = np.concatenate([tie.points for tie in ties])
    states = {name: np.concatenate([tie.states[name] for tie in ties]) for name in ties[0].states}
    columns: dict[str, dict[str, Any]] = {}
    for state in ties[0].columns:
        names = dict.fromkeys(name for tie in ties for name in tie.columns[state])
        columns[state] = {
            name: np.concatenate([
                np.broadcast_to(tie.columns[state].get(name, 0.0), tie.points.shape) for tie in ties
            ])
            for name in names
        }  # fmt: skip
    return _Tie(points, states, columns)


class _Points(dict[str, Any]):
    """Values at some runs only, found as they are asked for."""

    def __init__(self, values: Mapping[str, Any], points: Any):
        super().__init__()
        self._values, self._points = values, points

    def __missing__(self, name: str) -> Any:
        self[name] = value = taken(self._values[name], self._points)
        return value


class Sides:
    """Watches a block of runs for ties: conditions whose two sides are equal up to rounding.

    Parameters
    ----------
    policy : Policy
    model : Model
    constant : mapping of str to value
        Everything that has a value before a move: controls, states, and what is the same in every move.
    controls : mapping of str to value
        The settings.
    wrt : sequence of Quantity
        The parameters.
    size : int
        Number of runs.
    """

    def __init__(
        self,
        policy: Policy,
        model: Model,
        constant: Mapping[str, Any],
        controls: Mapping[str, Any],
        wrt: Sequence[Quantity],
        size: int,
    ):
        self._plain = linearised(policy, model)
        self._policy, self._model, self._constant = policy, model, dict(constant)
        self._moving = [*(state.name for state in self._plain.move.state), sym.t.name]
        self._ties: dict[Switch, list[_Tie]] = {}
        self._controls, self._wrt = controls, wrt
        self._not_up = np.zeros((len(wrt), size), dtype=bool)
        self._not_down = np.zeros((len(wrt), size), dtype=bool)
        self._tied: dict[Switch, NDArray[np.bool_]] = {}
        self._unchanged = np.zeros(size, dtype=bool)
        self._programs: dict[Switch, Compiled] = {}

    @cached_property
    def _line(self) -> Linearised:
        """With the slopes of the sides: only needed where there is a tie."""
        return linearised(self._policy, self._model, sides=True)

    @cached_property
    def _rates(self) -> dict[str, Rates]:
        return rates_of_sources(self._line, self._controls, self._wrt, {})

    @cached_property
    def _given(self) -> tuple[Symbol, ...]:
        """Left sides that have a value before a move; parts of slopes may have its name and another meaning."""
        known = {formula for formula in self._plain.move.model if formula.name in self._constant}
        return tuple(formula.symbol for formula in self._line.move.model if formula in known)

    def watch(
        self,
        results: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        columns: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Look at a move before the tangents advance, and write down where it lies on a switch."""
        shape = self._unchanged.shape
        near = np.flatnonzero(~(np.broadcast_to(results[SWITCH_MARGIN.name], shape) > TIE))
        tied_before, self._tied = self._tied, {}
        if not near.size:
            return
        for switch in self._plain.switches:
            points = near[~(np.broadcast_to(results[switch.nearness.name], shape)[near] < 1 - TIE)]
            if not points.size:
                continue
            self._tied[switch] = np.zeros(shape, dtype=bool)
            self._tied[switch][points] = True
            if switch in tied_before:  # the same tie as in the move before, unless a control was changed in between
                points = points[~(tied_before[switch] & self._unchanged)[points]]
            if points.size:
                states = {name: np.broadcast_to(taken(before[name], points), points.shape) for name in self._moving}
                there = {state: at_points(columns[state], points) for state in self._read(switch)}
                self._ties.setdefault(switch, []).append(_Tie(points, states, there))
        same = (taken(after[s.name], near) == taken(before[s.name], near) for s in self._policy.state)
        self._unchanged[near] = reduce(np.logical_and, same)

    def _read(self, switch: Switch) -> Iterator[str]:
        """The states that the sides of a switch depend on."""
        read = self._line.slopes[switch.low].keys() | self._line.slopes[switch.high].keys()
        return (state.name for state in self._plain.move.state if state in read)

    def settle(self, rates: Mapping[str, Rates], infinite: Container[str]) -> None:
        """Find out for which changes the runs stay on their side of the switches that they lay on."""
        for switch, ties in self._ties.items():
            tie = _joined(ties)
            values = _Points(self._constant, tie.points)
            values.update(tie.states)
            tangents = {state: combined(columns, rates, tie.points, infinite) for state, columns in tie.columns.items()}
            self._examine(switch, tie.points, values, tangents)
        self._ties = {}

    def _examine(self, switch: Switch, points: Any, values: _Points, tangents: Mapping[str, Rates]) -> None:
        """Note for which changes some runs stay on their side of a switch that they lie on."""
        found = self._compiled(switch)(values)
        gap = np.broadcast_to(found[switch.high.name] - found[switch.low.name], points.shape)
        is_open = (gap > 0) | ((gap == 0) & isinstance(switch.condition, Le | Ge))
        for i, rate in self._gap_rates(switch, points, ChainMap(dict(found), values), tangents).items():
            size = np.abs(taken(self._controls[self._wrt[i].name], points))
            moving = np.abs(gap) <= NEAR * np.abs(rate) * np.where(size == 0, 1.0, size)
            opening, closing = moving & (rate > 0), moving & (rate < 0)
            self._not_up[i, points[np.where(is_open, closing, opening)]] = True
            self._not_down[i, points[np.where(is_open, opening, closing)]] = True

    def _gap_rates(
        self, switch: Switch, points: Any, values: Mapping[str, Any], tangents: Mapping[str, Rates]
    ) -> Rates:
        """Rate of change of the gap between the sides of a switch along the parameters; 0 where it cancels."""
        total: Rates = {}
        size: Rates = {}
        for sign, side in ((-1.0, switch.low), (1.0, switch.high)):
            for used, slope in self._line.slopes[side].items():
                factor = sign * known(slope, values)
                for i, rate in tangents.get(used.name, self._rates.get(used.name, {})).items():
                    there = rate if used.name in tangents else taken(rate, points)
                    part = times(factor, there, guarded=True)
                    total[i] = total.get(i, 0.0) + part
                    size[i] = size.get(i, 0.0) + np.abs(part)
        return {i: np.where(np.abs(rate) <= STILL * size[i], 0.0, rate) for i, rate in total.items()}

    def _compiled(self, switch: Switch) -> Compiled:
        """The two sides of a switch and their slopes."""
        if switch not in self._programs:
            sides = (switch.low, switch.high)
            slopes = [slope for side in sides for slope in self._line.slopes[side].values() if slope.is_Symbol]
            lines = program("switch", self._line.move.model, dict.fromkeys([*sides, *slopes]), given=self._given)
            self._programs[switch] = compile_program(lines)
        return self._programs[switch]

    def sides(self) -> NDArray[np.int8]:
        """Indices into `SIDES`: (parameters, runs)."""
        both = self._not_up & self._not_down
        return np.select([both, self._not_down, self._not_up], [3, 1, 2], 0).astype(np.int8)
