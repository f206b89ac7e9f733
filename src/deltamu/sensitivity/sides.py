"""For which changes of a parameter a tangent holds, where a run lies exactly on a switch."""

from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Ge, Le, Symbol

from deltamu.compiling import Compiled, compile_program
from deltamu.formulas import Model
from deltamu.policies import Policy
from deltamu.programs import program
from deltamu.sensitivity.linearised import SWITCH_MARGIN, Linearised, Switch, coefficients, linearised
from deltamu.symbols import Quantity

__all__ = ["SIDES", "Sides"]

SIDES = ("both", "right", "left", "none")
"""For which changes of a parameter a tangent holds: both, only increases, only decreases, or neither."""

TIE = 1e-14  # a relative distance of the two sides of a condition that is no more than rounding
NEAR = 1e-11  # a relative change of a parameter that is no more than rounding
STILL = 1e-9  # a rate of change that is no more than rounding, relative to the terms that cancel in it

Array = NDArray[np.float64]


def _at(value: Any, points: Any) -> Any:
    return value[points] if np.ndim(value) else value


class _Points(dict[str, Any]):
    """Values at some runs only, found as they are asked for."""

    def __init__(self, values: Mapping[str, Any], points: Any):
        super().__init__()
        self._values, self._points = values, points

    def __missing__(self, name: str) -> Any:
        self[name] = value = _at(self._values[name], self._points)
        return value


class Sides:
    """Watches a block of runs for ties: conditions whose two sides are equal up to rounding.

    Parameters
    ----------
    policy : Policy
    model : Model
    given : container of str
        Names of what has a value before a move: controls, states, and what is the same in every move.
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
        given: Container[str],
        controls: Mapping[str, Any],
        wrt: Sequence[Quantity],
        size: int,
    ):
        self._plain = linearised(policy, model)
        self._model, self._names = model, given
        self._controls, self._wrt = controls, wrt
        self._not_up = np.zeros((len(wrt), size), dtype=bool)
        self._not_down = np.zeros((len(wrt), size), dtype=bool)
        self._tied: dict[Switch, NDArray[np.bool_]] = {}
        self._unchanged = np.zeros(size, dtype=bool)
        self._programs: dict[tuple[Symbol, ...], Compiled] = {}

    @cached_property
    def _line(self) -> Linearised:
        """With the slopes of the sides: only needed where there is a tie."""
        return linearised(self._plain.move.policy, self._model, sides=True)

    @cached_property
    def _given(self) -> tuple[Symbol, ...]:
        """Left sides that have a value before a move; parts of slopes may have its name and another meaning."""
        known = {formula for formula in self._plain.move.model if formula.name in self._names}
        return tuple(formula.symbol for formula in self._line.move.model if formula in known)

    @cached_property
    def _coefficients(self) -> dict[Symbol, list[tuple[int, Any]]]:
        return coefficients(self._line, self._controls, self._wrt)

    def watch(
        self,
        results: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        tangent: Callable[[Any], Mapping[Symbol, Array]],
    ) -> None:
        """Look at a move before the tangents advance.

        Parameters
        ----------
        results, before, after : mapping of str to value
            Results of the move, the two sides and the margin of each switch among them; everything that has a value
            before the move, and after it.
        tangent : callable
            Tangents of the states before the move at some points.
        """
        if np.min(results[SWITCH_MARGIN.name]) > TIE:
            self._tied = {}
            return
        shape = self._not_up.shape[1:]
        tied_before, self._tied = self._tied, {}
        for switch in self._plain.switches:
            tied = np.broadcast_to(np.asarray(results[switch.margin.name]) <= TIE, shape)
            if not tied.any():
                continue
            self._tied[switch] = tied
            if switch in tied_before:  # the same tie as in the move before, unless a control was changed in between
                tied = tied & ~(tied_before[switch] & self._unchanged)
            if (points := np.flatnonzero(tied)).size:
                gap = np.broadcast_to(results[switch.high.name] - results[switch.low.name], shape)[points]
                self._examine(switch, points, gap, _Points(before, points), tangent(points))
        same = (np.asarray(after[s.name]) == before[s.name] for s in self._plain.move.policy.state)
        self._unchanged = np.broadcast_to(reduce(np.logical_and, same), shape)

    def _examine(
        self, switch: Switch, points: Any, gap: Array, values: Mapping[str, Any], tangents: Mapping[Symbol, Array]
    ) -> None:
        """Note for which changes some runs stay on their side of a switch that they lie on."""
        rate = self._rate(switch, points, values, tangents)
        rate[np.abs(gap) > NEAR * np.abs(rate) * self._sizes[:, points]] = 0.0
        is_open = (gap > 0) | ((gap == 0) & isinstance(switch.condition, Le | Ge))
        opening, closing = rate > 0, rate < 0
        self._not_up[:, points] |= np.where(is_open, closing, opening)
        self._not_down[:, points] |= np.where(is_open, opening, closing)

    def _rate(self, switch: Switch, points: Any, values: Mapping[str, Any], tangents: Mapping[Symbol, Array]) -> Array:
        """Rate of change of the gap between the sides of a switch along all parameters; 0 where it cancels."""
        rows = [self._line.slopes[side] for side in (switch.low, switch.high)]
        slopes = self._compiled([s for row in rows for s in row.values() if s.is_Symbol])(values)
        values = ChainMap(values, slopes)  # type: ignore[arg-type]
        total = np.zeros((len(self._wrt), points.size))
        size = np.zeros_like(total)
        for sign, row in zip((-1.0, 1.0), rows, strict=True):
            for used, slope in row.items():
                factor = sign * (values[slope.name] if slope.is_Symbol else float(slope))
                if used in tangents:
                    parts = factor * tangents[used]
                    total += parts
                    size += np.abs(parts)
                else:
                    for i, coefficient in self._coefficients.get(used, ()):
                        part = factor * _at(coefficient, points)
                        total[i] += part
                        size[i] += np.abs(part)
        return np.where(np.abs(total) <= STILL * size, 0.0, total)

    @cached_property
    def _sizes(self) -> Array:
        """Sizes of the parameters, 1 where one is 0: (parameters, runs)."""
        sizes = np.empty(self._not_up.shape)
        for row, symbol in zip(sizes, self._wrt, strict=True):
            row[:] = np.abs(self._controls[symbol.name])
        sizes[sizes == 0] = 1.0
        return sizes

    def _compiled(self, outputs: Iterable[Symbol]) -> Compiled:
        wanted = tuple(dict.fromkeys(outputs))
        if wanted not in self._programs:
            lines = program("switch", self._line.move.model, wanted, given=self._given)
            self._programs[wanted] = compile_program(lines)
        return self._programs[wanted]

    def sides(self) -> NDArray[np.int8]:
        """Indices into `SIDES`: (parameters, runs)."""
        both = self._not_up & self._not_down
        return np.select([both, self._not_down, self._not_up], [3, 1, 2], 0).astype(np.int8)
