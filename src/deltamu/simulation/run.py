"""The one run that is made move by move, for whoever looks in between."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import compile_program
from deltamu.codegen.engines import compile_steps
from deltamu.codegen.program import REPORT, program
from deltamu.codegen.protocol import Array, Block, at_points, interpolated
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count
from deltamu.model.policies import Move
from deltamu.model.quantities import LARGEST, is_number


class Run:
    """A block of runs between moves.

    Parameters
    ----------
    move : Move
    controls : mapping of str to float or array
        All controls; arrays have one element a run.
    size : int
        Number of runs.
    recorded : tuple of Symbol
        What a move is to return besides the state after it.
    lean : bool
        Whether the move is rewritten first (see `deltamu.codegen.engines.compile_steps`).
    after : Run, optional
        Start where this one is.

    Attributes
    ----------
    moves : int
        Moves made so far.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings, one_move
    >>> run = Run(one_move(TRUST_REGION, PUBLISHED), Settings(), 1)
    >>> _ = run.advance()
    >>> run.state["delta"].round(12).tolist(), run.moves
    ([0.26], 1)
    """

    def __init__(
        self,
        move: Move,
        controls: Mapping[str, Any],
        size: int,
        recorded: tuple[Symbol, ...] = (),
        *,
        lean: bool = True,
        after: "Run | None" = None,
    ):
        self.moves: int = 0 if after is None else after.moves
        self._controls = dict(controls)
        self._report = compile_program(program("report", move.model, REPORT))
        compiled = compile_steps(move, recorded, lean=lean)
        self._block: Block = compiled.begin(controls, size, None if after is None else after._block)

    @property
    def state(self) -> dict[str, Array]:
        """``mu`` and what the policy sets, before the next move; good until the next move but one."""
        return self._block.now

    @property
    def before(self) -> dict[str, Array]:
        """The state before the last move."""
        return self._block.before

    @property
    def known(self) -> dict[str, Any]:
        """Everything that has a value before the next move: the state, the controls, what is the same in every move."""
        return self._block.known

    @property
    def moves_to_target(self) -> Array:
        """See `deltamu.codegen.protocol.Ran`."""
        return self._block.moves_to_target

    @property
    def settled(self) -> bool:
        """Whether nothing that only a schedule sets will change any more."""
        return self._block.settled

    def advance(self) -> dict[str, Any]:
        """Make a move; return every value in it by name, in arrays that later moves reuse."""
        results = self._block.move(self.moves)
        self.moves += 1
        return results

    def keep(self, index: NDArray[np.intp]) -> None:
        """Go on with some of the runs only."""
        self._controls = at_points(self._controls, index)
        self._block.keep(index)

    @property
    def values(self) -> dict[str, Any]:
        """All controls and the state as they stand."""
        return {**self._controls, **self.state}

    def report(self, state: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Pass probability, false-pass probability and reliability in a state, by default the present one."""
        return self._report(self.values if state is None else {**self._controls, **state})

    def interpolated(self) -> Array:
        """Moves to the target, linear in mu between the states before and after the move that reached it."""
        return interpolated(self._report, {**self._controls, **self._block.crossing}, self.moves_to_target)


def whole_moves(moves: Any) -> int:
    """A number of moves, if it is one."""
    check_count("moves", moves)
    return int(moves)


def check_level(level: Any) -> None:
    """Raise unless a defect mass to reach is one; None leaves it open."""
    if level is not None and not (is_number(level) and 0 <= level <= LARGEST):
        raise InputError(f"level = {shown(level)} is not a defect mass >= 0 and <= {LARGEST:g}")


def moves_to_level(run: Run, level: Array, most: int) -> tuple[Array, Array]:
    """Moves until the defect mass is at a level or below, linear in the mass between two states.

    Runs that are there are not followed further, nor are those in which a move changes nothing any more.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, Settings, one_move
    >>> run = Run(one_move(TRUST_REGION, PUBLISHED), Settings(), 2)
    >>> moves, mu = moves_to_level(run, np.array([1.0, 0.3]), 500)
    >>> moves.round(2).tolist(), mu.round(4).tolist()
    ([28.48, inf], [0.9396, 0.4708])
    """
    mu = np.array(run.state[sym.mu.name])
    level = np.broadcast_to(np.asarray(level, dtype=float), mu.shape)
    moves = np.where(mu <= level, 0.0, np.inf)
    runs = np.arange(mu.size)
    going = mu > level
    for _ in range(most):
        if not going.all():
            run.keep(np.flatnonzero(going))
            runs = runs[going]
        if not runs.size:
            break
        made = run.moves
        run.advance()
        before, now = run.before[sym.mu.name], run.state[sym.mu.name]
        met = now <= level[runs]
        moves[runs[met]] = made + (before[met] - level[runs[met]]) / (before[met] - now[met])
        mu[runs] = now
        going = ~(met | unchanged(run))
    return moves, mu


def unchanged(run: Run) -> NDArray[np.bool_]:
    """Which runs the last move has left as they were."""
    return np.logical_and.reduce([run.state[name] == before for name, before in run.before.items()])
