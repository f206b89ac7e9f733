"""What comes out of a run, and how it changes with every parameter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import Compiled
from deltamu.codegen.protocol import taken
from deltamu.errors import InputError, unknown
from deltamu.model import symbols as sym
from deltamu.model.quantities import Quantity
from deltamu.sensitivity.linearised import SPENT, Linearised
from deltamu.sensitivity.rates import times
from deltamu.simulation.run import Run


@dataclass(frozen=True)
class Outcome:
    """What one number of a run says.

    Attributes
    ----------
    meaning, unit : str
        What says "whether" is 0 or 1.
    smooth : bool
        Whether it changes smoothly with the parameters, so that it has tangents.
    finite : bool
        Whether it is finite for every run, so that it has a mean over a box of parameters.
    """

    meaning: str
    unit: str
    smooth: bool = True
    finite: bool = True


OUTCOMES: Mapping[str, Outcome] = MappingProxyType({
    "final_pass_probability": Outcome("pass probability after the last move", "1"),
    "final_reliability": Outcome("true reliability after the last move", "1"),
    "final_mu": Outcome("expected defect mass after the last move", "defects"),
    "false_pass_at_stop": Outcome(
        "probability of a hidden defect after the move that reached the target, or the last", "1"),
    "reliability_at_stop": Outcome("true reliability after the move that reached the target, or the last", "1"),
    "cost_to_stop": Outcome(
        "cost until the target is reached, linear between states, or of all moves", "model calls"),
    "moves_to_target_interpolated": Outcome(
        "moves to the target, linear in mu between states; inf if it is not reached", "moves", finite=False),
    "moves_censored": Outcome("the same, but all moves if it is not reached", "moves", smooth=False),
    "moves_to_target": Outcome(
        "whole moves to the target; inf if it is not reached", "moves", smooth=False, finite=False),
    "reached": Outcome("whether the target is reached", "1", smooth=False),
    "contracted": Outcome("whether the radius ever shrinks from where it may be", "1", smooth=False),
    "low_acceptance": Outcome("smallest acceptance of a move", "1", smooth=False),
})  # fmt: skip
"""What comes out of a run: the one list for `sensitivities`, `tangents`, `global_sensitivity` and `verdicts`."""

SMOOTH = tuple(name for name, outcome in OUTCOMES.items() if outcome.smooth)
FINITE = tuple(name for name, outcome in OUTCOMES.items() if outcome.finite)


def check_outcome(name: object, allowed: Sequence[str], why: str) -> None:
    """Raise unless an outcome is among those that something can be said of.

    Raises
    ------
    InputError
        There is no outcome of this name, or `why` it is not allowed; names those that are.
    """
    if name in OUTCOMES and name not in allowed:
        raise InputError(f"outcome {name} {why}: allowed are {', '.join(allowed)}")
    if name not in OUTCOMES:
        raise unknown("outcome", name, allowed)


Array = NDArray[np.float64]
Tangents = Mapping[Symbol, Array]


class _Move:
    """One move of each run: states before and after it, and of some of them their tangents (wrt, points)."""

    def __init__(self, states: Sequence[Symbol], moving: Sequence[Symbol], size: int, count: int):
        self.before = {s: np.zeros(size) for s in states}
        self.after = {s: np.zeros(size) for s in states}
        self.tangent_before = {s: np.zeros((count, size)) for s in moving}
        self.tangent_after = {s: np.zeros((count, size)) for s in moving}

    def note(self, points: Any, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """Write down the states of some runs, before or after their move."""
        into, rates = (self.after, self.tangent_after) if after else (self.before, self.tangent_before)
        for state, array in into.items():
            value = values[state.name]
            array[points] = taken(value, points)
        for state, tangent in tangents.items():
            if isinstance(points, slice):
                rates[state] = tangent
            else:
                rates[state][:, points] = tangent


class Stop:
    """Where each run of a block stops: the move that reaches the target, or the last one."""

    def __init__(self, line: Linearised, report: Compiled, run: Run, wrt: Sequence[Quantity], rates: Mapping[str, Any]):
        self._line, self._report, self._wrt, self._rates = line, report, wrt, rates
        self._controls = run.known
        self._size = len(run.moves_to_target)
        read = {sym.mu, SPENT}.union(*line.report_slopes.values())
        self.states = tuple(state for state in line.move.state if state in read)
        self._made = lambda: _Move(line.move.state, self.states, self._size, len(wrt))
        self._at: _Move | None = None
        self._last = _Move(line.move.state, (), self._size, len(wrt))

    def reached(self, points: Any, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """Some runs reach their target in the move that is made, or pass at the start, before and after alike."""
        self._at = self._at or self._made()
        self._at.note(points, values, tangents, after=after)

    def last(self, values: Mapping[str, Any], tangents: Tangents, *, after: bool) -> None:
        """The last move is made; the tangents are kept as they are."""
        self._last.note(slice(None), values, tangents, after=after)

    def outcomes(self, run: Run) -> dict[str, tuple[Array, Array]]:
        """Each outcome with its tangents (wrt, points)."""
        moves = run.moves_to_target
        never = np.isinf(moves)
        if self._at is None:
            return self._time_and_cost(self._last, run, never) | self._in_states(self._last)
        at = self._at
        for mine, final in (
            (at.before, self._last.before), (at.after, self._last.after),
            (at.tangent_before, self._last.tangent_before), (at.tangent_after, self._last.tangent_after),
        ):  # fmt: skip
            for state, values in mine.items():
                values[..., never] = final[state][..., never]
        return self._time_and_cost(at, run, never) | self._in_states(at)

    def _time_and_cost(self, at: _Move, run: Run, never: NDArray[np.bool_]) -> dict[str, tuple[Array, Array]]:
        moves, interpolated = run.moves_to_target, run.interpolated()
        moving = ~never & (moves > 0)
        if not moving.any():
            rate = np.broadcast_to(np.where(never, np.nan, 0.0), (len(self._wrt), self._size))
            found = {"moves_to_target_interpolated": (interpolated, rate)}
            if SPENT in at.before:
                found["cost_to_stop"] = at.after[SPENT], at.tangent_after[SPENT]
            return found
        share = np.where(moving, interpolated - (moves - 1), 1.0)
        mu_rate = _between(at, sym.mu, share)
        value, passing = self._reported(
            at, at.before[sym.mu] + share * _step(at, sym.mu), mu_rate, [sym.pass_probability]
        )
        slope = self._slope(sym.pass_probability, sym.mu, value) * _step(at, sym.mu)
        wanted = np.array([float(symbol == sym.target) for symbol in self._wrt])[:, None]
        share_rate = np.where(moving, (wanted - passing[sym.pass_probability]) / slope, 0.0)
        found = {"moves_to_target_interpolated": (interpolated, np.where(never, np.nan, share_rate))}
        if SPENT in at.before:
            cost = at.before[SPENT] + share * _step(at, SPENT)
            rate = _between(at, SPENT, share) + share_rate * _step(at, SPENT)
            found["cost_to_stop"] = (
                np.where(moving, cost, at.after[SPENT]), np.where(moving, rate, at.tangent_after[SPENT])
            )  # fmt: skip
        return found

    def _in_states(self, at: _Move) -> dict[str, tuple[Array, Array]]:
        found: dict[str, tuple[Array, Array]] = {}
        stop = {sym.false_pass_probability: "false_pass_at_stop", sym.reliability: "reliability_at_stop"}
        last = {sym.pass_probability: "final_pass_probability", sym.reliability: "final_reliability"}
        alike = at is self._last
        for move, asked in ((at, [*stop, *last] if alike else stop), (self._last, () if alike else last)):
            if not asked:
                continue
            value, rates = self._reported(move, move.after[sym.mu], move.tangent_after[sym.mu], dict.fromkeys(asked))
            for names, wanted in ((stop, move is at), (last, move is self._last)):
                if wanted:
                    found |= {name: (value[symbol.name], rates[symbol]) for symbol, name in names.items()}
        found["final_mu"] = self._last.after[sym.mu], self._last.tangent_after[sym.mu]
        return found

    def _reported(
        self, move: _Move, mu: Array, mu_rate: Array, wanted: Iterable[Symbol]
    ) -> tuple[dict[str, Any], dict[Symbol, Array]]:
        """What is reported at a defect mass, with the controls as in the move, and its tangents."""
        states = {s.name: values for s, values in move.before.items()}
        values = self._controls | states | {sym.mu.name: mu}
        values |= self._report(values)
        rates = {}
        for symbol in wanted:
            slopes = self._line.report_slopes[symbol]
            rate = np.array(times(self._slope(symbol, sym.mu, values), mu_rate, guarded=True))
            for used in [used for used in slopes if used != sym.mu]:
                at = self._slope(symbol, used, values)
                if used in move.tangent_before:
                    rate = rate + times(at, move.tangent_before[used], guarded=True)
                else:
                    for i, rate_along in self._rates.get(used.name, {}).items():
                        rate[i] += at * rate_along
            rates[symbol] = rate
        return values, rates

    def _slope(self, symbol: Symbol, by: Symbol, values: Mapping[str, Any]) -> Any:
        slope = self._line.report_slopes[symbol].get(by, 0)
        return values[slope.name] if getattr(slope, "is_Symbol", False) else float(slope)


def _step(move: _Move, state: Symbol) -> Array:
    return move.after[state] - move.before[state]


def _between(move: _Move, state: Symbol, share: Array) -> Array:
    return (1 - share) * move.tangent_before[state] + share * move.tangent_after[state]
