"""A block of runs, move by move, for whoever looks in between."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Symbol

from deltamu.codegen.buffers import Block, compile_run
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import Array, interpolated
from deltamu.model import symbols as sym
from deltamu.model.policies import Move

__all__ = ["Run"]


class Run:
    """A block of runs between moves: the values of all symbols, and when each run reached its target.

    Parameters
    ----------
    move : Move
    recorded : tuple of Symbol
        What a move is to return besides the state after it.
    controls : mapping of str to float or array
    size : int
        Number of runs.
    like : Move, optional
        See `deltamu.codegen.buffers.compile_run`.
    after : Run, optional
        Start where this one is.

    Attributes
    ----------
    now, before : dict of str to value
        Everything that has a value before the next move, and before the last one.
    """

    def __init__(
        self,
        move: Move,
        recorded: tuple[Symbol, ...],
        controls: Mapping[str, Any],
        size: int,
        like: Move | None = None,
        after: "Run | None" = None,
    ):
        self._move, self._controls = move, controls
        self._block: Block
        with np.errstate(all="ignore"):
            before = None if after is None else after._block
            self._block = Block(compile_run(move, recorded, like), controls, size, before)
        self.now = self.before = self._block.before()

    @property
    def moves_to_target(self) -> Array:
        """See `deltamu.codegen.protocol.Ran`."""
        return self._block.moves_to_target

    @property
    def settled(self) -> bool:
        """Whether nothing that only a schedule sets will change any more."""
        return self._block.settled

    def move(self, t: int) -> dict[str, Any]:
        """Make move t; return every value by symbol, in arrays that the next move reuses."""
        with np.errstate(all="ignore"):
            results = self._block.step(t)
        self.before = self.now | {sym.t.name: t}
        self.now = self._block.before()
        return results

    def interpolated(self) -> Array:
        """Moves to the target, linear in mu between the states before and after the move that reached it."""
        report = compile_program(program("report", self._move.model, REPORT))
        return interpolated(report, {**self._controls, **self._block.crossing}, self.moves_to_target)
