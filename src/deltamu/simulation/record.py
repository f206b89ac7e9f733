"""What can be kept of a run, and what is the same for all of its moves."""

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Symbol

from deltamu.codegen.program import REPORT
from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.policies import Move
from deltamu.simulation.sweeps import attributes

BEFORE = (sym.mu, sym.delta, sym.H, sym.r)  # recorded as they are before the move
IN_MOVE = (sym.expected_improvement, sym.gain, sym.acceptance)
DEFAULT_KEEP = ("all", "final")


@dataclass(frozen=True)
class Variable:
    """What can be kept of a run: a symbol, and how a labelled result describes it."""

    symbol: Symbol
    attributes: dict[str, str]


def usual_variables(move: Move) -> dict[str, Variable]:
    """What is kept where nothing else is asked for, by the name that it has in results."""
    before = {_name_in_run(symbol): symbol for symbol in dict.fromkeys((*BEFORE, *move.state))}
    after = {symbol.name: symbol for symbol in (*IN_MOVE, sym.mu_next, *REPORT)}
    return {name: Variable(symbol, attributes(symbol)) for name, symbol in (before | after).items()}


def kept_variables(move: Move, keep: str | Iterable[str]) -> dict[str, Variable]:
    """The variables to keep, by name.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> list(kept_variables(one_move(VIBE, PUBLISHED), "all"))[:4]
    ['mu', 'delta_t', 'H_t', 'r_t']
    """
    usual = usual_variables(move)
    if isinstance(keep, str):
        if keep not in DEFAULT_KEEP:
            raise InputError(f"keep = {shown(keep)} is neither 'all' nor 'final' nor a list of variables")
        return usual
    others = (formula.symbol for formula in move.model if formula.name not in usual)
    possible = usual | {symbol.name: Variable(symbol, attributes(symbol)) for symbol in others}
    names = list(keep) if isinstance(keep, Iterable) else [keep]
    for name in names:
        if not isinstance(name, str) or name not in possible:
            raise unknown("variable to keep", name, possible)
    return {name: possible[name] for name in dict.fromkeys(names)}


def _name_in_run(symbol: Symbol) -> str:
    """A control's name as a variable of a run: never the control's own, which would make it a coordinate."""
    return symbol.name if symbol == sym.mu else f"{symbol.name}_t"
