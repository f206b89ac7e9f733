"""Runs by the formulas as they are written, one compiled program a move: slow, and without any rewriting."""

from dataclasses import dataclass
from functools import cache

import numpy as np

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import Compiled, compile_program
from deltamu.codegen.program import move_programs
from deltamu.model.policies import Move


@dataclass(frozen=True)
class CompiledMove:
    """The four programs of a run, each formula as it is written, compiled."""

    move: Move
    start: Compiled
    before: Compiled
    step: Compiled
    report: Compiled

    @property
    def source(self) -> str:
        """The generated Python source of all four."""
        return "\n\n".join(part.source for part in (self.start, self.before, self.step, self.report))


@cache
def compile_move(move: Move, recorded: tuple = ()) -> CompiledMove:
    """Compile one move, split at the loop; `recorded` are the symbols that the loop body returns besides the state."""
    return CompiledMove(move, *map(compile_program, move_programs(move, recorded)))


IN_MOVE = (sym.expected_improvement, sym.gain, sym.acceptance)


def plain_run(policy, model, points, moves, **controls):
    """Rows of all quantities of every move, each (moves, points), and the moves to the target."""
    move = dm.one_move(policy, model)
    compiled = compile_move(move, IN_MOVE)
    size = len(next(iter(points.values())))
    values = {s.name: np.full(size, float(s.default)) for s in move.controls | {sym.target} if s.default is not None}
    values |= {name: np.full(size, float(value)) for name, value in controls.items()}
    values |= {name: np.asarray(column, dtype=float) for name, column in points.items()}
    start = compiled.start(values)
    state = {s.name: np.broadcast_to(start[f"{s}_start"], size) for s in move.state}
    held = values | compiled.before(values)
    reached = np.where(compiled.report(held | state)["pass_probability"] >= values["target"], 0.0, np.inf)
    rows = []
    for t in range(moves):
        before = held | state | {"t": t}
        results = compiled.step(before)
        after = {s.name: np.broadcast_to((before | results)[n.name], size)
                 for s, n in zip(move.state, move.after, strict=True)}  # fmt: skip
        report = compiled.report(before | {"mu": after["mu"]})
        rows.append({"mu": state["mu"], "delta_t": state["delta"], "mu_next": after["mu"]} | report
                    | {s.name: results[s.name] for s in IN_MOVE})  # fmt: skip
        reached[np.isinf(reached) & (report["pass_probability"] >= values["target"])] = t + 1
        state = after
    return {name: np.stack([np.broadcast_to(row[name], size) for row in rows]) for name in rows[0]}, reached
