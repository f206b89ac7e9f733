"""Any move at any point, formula by formula."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Symbol

from deltamu import symbols as sym
from deltamu.compiling import CompiledMove, compile_move
from deltamu.policies import Move
from deltamu.programs import REPORT
from deltamu.runs import Array, Ran

__all__ = ["GeneralRun", "compile_run"]

AFTER = frozenset({sym.mu_next, *REPORT})


class GeneralRun:
    """All moves of a block of runs by the compiled programs of a move."""

    block = 16384

    def __init__(self, compiled: CompiledMove, recorded: tuple[Symbol, ...]):
        self._compiled = compiled
        self._recorded = recorded

    @property
    def source(self) -> str:
        """The generated source."""
        return self._compiled.source

    def __call__(self, values: Mapping[str, Any], size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        """See `deltamu.runs.CompiledRun`."""
        compiled, move = self._compiled, self._compiled.move
        start = compiled.start(values)
        state = {s.name: np.full(size, start[f"{s}_start"]) for s in move.state}
        held = {**values, **compiled.before(values)}
        target = values[sym.target.name]
        passed = compiled.report(held | state)[sym.pass_probability.name] >= target
        moves_to_target = np.where(passed, 0.0, np.full(size, np.inf))
        crossing = {name: value.copy() for name, value in state.items()} | {sym.mu_next.name: state["mu"].copy()}
        rows = moves if not record else len(next(iter(record.values())))
        for t in range(moves):
            before = held | state | {sym.t.name: t}
            results = compiled.step(before)
            after = {
                s.name: np.broadcast_to((before | results)[new.name], size)
                for s, new in zip(move.state, move.after, strict=True)
            }
            report = compiled.report(before | {sym.mu.name: after[sym.mu.name]})
            new = np.isinf(moves_to_target) & (report[sym.pass_probability.name] >= target)
            if new.any():
                moves_to_target[new] = t + 1
                for name, value in (state | {sym.mu_next.name: after[sym.mu.name]}).items():
                    crossing[name][new] = value[new]
            if rows == moves or t == moves - 1:
                found = before | results | report
                for symbol in self._recorded:
                    record[symbol.name][t % rows] = found[symbol.name]
            previous, state = state, after
        return Ran(previous, state, moves_to_target, crossing)


def compile_run(move: Move, recorded: tuple[Symbol, ...]) -> GeneralRun:
    """Compile a run for this engine; see `deltamu.engines.compile_run`."""
    computed = tuple(symbol for symbol in recorded if symbol not in REPORT)
    return GeneralRun(compile_move(move, computed), recorded)
