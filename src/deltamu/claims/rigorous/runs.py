"""Runs of a policy in which every number is a ball: what they say is true of the exact run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from deltamu.claims.rigorous.optional import arb, ctx
from deltamu.claims.rigorous.statements import exact
from deltamu.claims.rigorous.tape import Tape
from deltamu.claims.steps import ClaimFailed
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Move, Policy, one_move

BITS = 192  # rounding grows with the moves: they are doubled until the run is decided
MOST_BITS = 6144
WIDEST = 1e-9


@dataclass(frozen=True)
class Run:
    """States of a run: before each move, and after the last.

    Attributes
    ----------
    mu, delta : list of arb
        Defect mass and radius, one more than there are moves.
    """

    mu: list[Any]
    delta: list[Any]


def run(model: Model, policy: Policy, moves: int, settings: Mapping[Symbol, Any] | None = None) -> Run:
    """Follow a policy; what the settings leave out has its default.

    Raises
    ------
    ClaimFailed
        The balls have grown so wide that a move is not decided.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> from deltamu.model.policies import VIBE
    >>> run(PUBLISHED, VIBE, 1, {sym.decay: 1}).mu[1].str(8, radius=False)
    '11.891756'
    """
    bits = BITS
    while True:
        try:
            with ctx.workprec(bits):
                return _followed(one_move(policy, model), moves, settings or {})
        except _Undecided as undecided:
            bits *= 2
            if bits > MOST_BITS:
                raise ClaimFailed(f"{undecided} of {policy.name} is not decided in balls of {MOST_BITS} bits") from None


class _Undecided(Exception):
    """The balls are too wide."""


def _followed(move: Move, moves: int, settings: Mapping[Symbol, Any]) -> Run:
    given = {symbol: exact(symbol.default) for symbol in sym.PARAMETERS}
    given |= {symbol: exact(value) for symbol, value in settings.items()}
    state = dict(zip(move.state, Tape((), move.initial)(given), strict=True))
    lines = move.model.program(move.after)
    fixed = [line.symbol for line in lines if line.symbol in move.constant_formulas]
    given |= dict(zip(fixed, Tape([line for line in lines if line.symbol in fixed], fixed)(given), strict=True))
    step = Tape([line for line in lines if line.symbol not in fixed], move.after)
    mu, delta = [state[sym.mu]], [state[sym.delta]]
    for t in range(moves):
        state = dict(zip(move.state, step(given | state | {sym.t: arb(t)}), strict=True))
        mu.append(state[sym.mu])
        delta.append(state[sym.delta])
        if not (state[sym.mu].is_finite() and state[sym.mu].rad() < WIDEST and state[sym.delta].rad() < WIDEST):
            raise _Undecided(f"move {t}")
    return Run(mu, delta)


def moves_until(found: Run, level: Any) -> Any:
    """Moves, linear in mu between states, until the defect mass is at a level.

    Raises
    ------
    ClaimFailed
        It never is, or the balls do not tell.
    """
    with ctx.workprec(MOST_BITS):
        for t, (before, after) in enumerate(zip(found.mu, found.mu[1:], strict=False)):
            if after <= level:
                return t + (before - level) / (before - after)
            if not after > level:
                break
    raise ClaimFailed(f"whether the mass comes down to {level} is not decided")
