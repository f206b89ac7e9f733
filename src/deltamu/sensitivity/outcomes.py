"""What comes out of a run, and how it changes with every parameter."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu import symbols as sym
from deltamu.compiling import Compiled
from deltamu.programs import REPORT
from deltamu.sensitivity.linearised import SPENT, Linearised
from deltamu.stepping import Run
from deltamu.symbols import Quantity

__all__ = ["OUTCOMES", "Stop"]

OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "moves_to_target_interpolated": ("moves to the target, linear in mu between states", "moves"),
    "cost_to_stop": ("cost until the target is reached, linear between states, or of all moves", "model calls"),
    "false_pass_at_stop": ("probability of a hidden defect after the move that reached the target, or the last", "1"),
    "reliability_at_stop": ("true reliability after the move that reached the target, or the last", "1"),
    "final_mu": ("expected defect mass after the last move", "defects"),
    "final_pass_probability": ("pass probability after the last move", "1"),
    "final_reliability": ("true reliability after the last move", "1"),
})  # fmt: skip
"""Outcomes of a run with their long names and units. `inf` moves to the target: it was not reached."""

Array = NDArray[np.float64]
Tangents = Mapping[Symbol, Array]


class _Move:
    """One move of each run: states before and after it, and their tangents (wrt, points)."""

    def __init__(self, states: Sequence[Symbol], size: int, count: int):
        self.before = {s: np.zeros(size) for s in states}
        self.after = {s: np.zeros(size) for s in states}
        self.tangent_before = {s: np.zeros((count, size)) for s in states}
        self.tangent_after = {s: np.zeros((count, size)) for s in states}

    def note(self, points: Any, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """Write down the states of some runs, before or after their move."""
        into, rates = (self.after, self.tangent_after) if after else (self.before, self.tangent_before)
        for state, tangent in tangents.items():
            value = values[state.name]
            into[state][points] = value[points] if np.ndim(value) else value
            rates[state][:, points] = tangent


class Stop:
    """Where each run of a block stops: the move that reaches the target, or the last one."""

    def __init__(self, line: Linearised, report: Compiled, run: Run, wrt: Sequence[Quantity], coefficients: Mapping):
        self._line, self._report, self._wrt, self._coefficients = line, report, wrt, coefficients
        self._controls = dict(run.now)
        self._size = len(run.moves_to_target)
        self._at = _Move(line.move.state, self._size, len(wrt))
        self._last = _Move(line.move.state, self._size, len(wrt))

    def reached(self, points: Any, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """Some runs reach their target in the move that is made, or pass at the start, before and after alike."""
        self._at.note(points, values, tangents, after=after)

    def last(self, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """The last move is made."""
        self._last.note(slice(None), values, tangents, after=after)

    def outcomes(self, run: Run) -> dict[str, tuple[Array, Array]]:
        """Each outcome with its tangents (wrt, points)."""
        moves = run.moves_to_target
        never = np.isinf(moves)
        if never.all():
            self._at = self._last
            return self._time_and_cost(run, moves, never) | self._in_states()
        for mine, final in (
            (self._at.before, self._last.before), (self._at.after, self._last.after),
            (self._at.tangent_before, self._last.tangent_before), (self._at.tangent_after, self._last.tangent_after),
        ):  # fmt: skip
            for state, values in mine.items():
                values[..., never] = final[state][..., never]
        return self._time_and_cost(run, moves, never) | self._in_states()

    def _time_and_cost(self, run: Run, moves: Array, never: NDArray[np.bool_]) -> dict[str, tuple[Array, Array]]:
        interpolated = run.interpolated()
        moving = ~never & (moves > 0)
        share = np.where(moving, interpolated - (moves - 1), 1.0)
        mu_rate = self._between(sym.mu, share)
        value, passing = self._reported(self._at, self._at.before[sym.mu] + share * self._step(sym.mu), mu_rate)
        slope = self._slope(sym.pass_probability, sym.mu, value) * self._step(sym.mu)
        wanted = np.array([float(symbol == sym.target) for symbol in self._wrt])[:, None]
        share_rate = np.where(moving, (wanted - passing[sym.pass_probability]) / slope, 0.0)
        found = {"moves_to_target_interpolated": (interpolated, np.where(never, np.nan, share_rate))}
        if SPENT in self._at.before:
            cost = self._at.before[SPENT] + share * self._step(SPENT)
            found["cost_to_stop"] = cost, self._between(SPENT, share) + share_rate * self._step(SPENT)
        return found

    def _in_states(self) -> dict[str, tuple[Array, Array]]:
        found = {}
        for move, names in (
            (self._at, {sym.false_pass_probability: "false_pass_at_stop", sym.reliability: "reliability_at_stop"}),
            (self._last, {sym.pass_probability: "final_pass_probability", sym.reliability: "final_reliability"}),
        ):
            value, rates = self._reported(move, move.after[sym.mu], move.tangent_after[sym.mu])
            for symbol, name in names.items():
                found[name] = value[symbol.name], rates[symbol]
        found["final_mu"] = self._last.after[sym.mu], self._last.tangent_after[sym.mu]
        return found

    def _step(self, state: Symbol) -> Array:
        return self._at.after[state] - self._at.before[state]

    def _between(self, state: Symbol, share: Array) -> Array:
        return (1 - share) * self._at.tangent_before[state] + share * self._at.tangent_after[state]

    def _reported(self, move: _Move, mu: Array, mu_rate: Array) -> tuple[dict[str, Any], dict[Symbol, Array]]:
        """What is reported at a defect mass, with the controls as in the move, and its tangents."""
        states = {s.name: values for s, values in move.before.items()}
        values = self._controls | states | {sym.mu.name: mu}
        values |= self._report(values)
        rates = {}
        for symbol in REPORT:
            rate = np.zeros((len(self._wrt), self._size))
            for used, slope in self._line.report_slopes[symbol].items():
                at = values[slope.name] if slope.is_Symbol else float(slope)
                if used == sym.mu:
                    rate += at * mu_rate
                elif used in move.tangent_before:
                    rate += at * move.tangent_before[used]
                else:
                    for i, coefficient in self._coefficients.get(used, ()):
                        rate[i] += at * coefficient
            rates[symbol] = rate
        return values, rates

    def _slope(self, symbol: Symbol, by: Symbol, values: Mapping[str, Any]) -> Any:
        slope = self._line.report_slopes[symbol].get(by, 0)
        return values[slope.name] if getattr(slope, "is_Symbol", False) else float(slope)
