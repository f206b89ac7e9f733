"""An outline, derived from a symbolic move."""

from typing import Any

from sympy import Symbol

from deltamu.codegen.buffers import identity
from deltamu.codegen.buffers.planning import NEARLY
from deltamu.codegen.compile import compile_program
from deltamu.codegen.passes import passing_bound
from deltamu.codegen.program import REPORT, Program, program
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move

__all__ = ["outlined"]

BEFORE = (sym.mu, sym.delta, sym.H, sym.r)  # recorded as they are before the move
IN_MOVE = (sym.expected_improvement, sym.gain, sym.acceptance)
BOUND = sym.quantity("bound", "b", meaning="mu below which the pass probability is near the target", domain=sym.REAL)


def outlined(move: Move) -> dict[str, Any]:
    """The facts of an `Outline`, of JSON types."""
    usual, possible = _variables(move)
    steering = _steering(move)
    passing = program("passing", move.model, [sym.pass_probability])
    return {
        "identity": identity(move),
        "variables": {
            name: [symbol.name, {"long_name": symbol.meaning, "units": symbol.unit}]
            for name, symbol in possible.items()
        },
        "usual": list(usual),
        "reported": [symbol.name for symbol in REPORT],
        "state": [symbol.name for symbol in move.state],
        "watched": [symbol.name for symbol in move.state if symbol in passing.inputs or symbol == sym.mu],
        "bounded": move.policy.free_symbols >= {sym.delta_min, sym.delta_max},
        "steering": sorted(steering),
        "looking": sorted({symbol.name for symbol in move.controls | {sym.target}} - steering),
        "reads": {
            formula.name: [symbol.name for symbol in program("recorded", move.model, [formula.symbol]).inputs]
            for formula in move.model
        },
        "report": _source(program("report", move.model, REPORT)),
        "passing": _source(passing),
        "bound": _bound(move),
    }


def _variables(move: Move) -> tuple[dict[str, Symbol], dict[str, Symbol]]:
    """What is kept and what can be kept by name in results: symbols recorded before, in or after the move."""
    before = {_name_in_run(symbol): symbol for symbol in dict.fromkeys((*BEFORE, *move.state))}
    usual = before | {symbol.name: symbol for symbol in (*IN_MOVE, sym.mu_next, *REPORT)}
    return usual, usual | {formula.name: formula.symbol for formula in move.model if formula.name not in usual}


def _name_in_run(symbol: Symbol) -> str:
    """A control's name as a variable of a run: never the control's own, which would make it a coordinate."""
    return symbol.name if symbol == sym.mu else f"{symbol.name}_t"


def _steering(move: Move) -> set[str]:
    read = set(program("states", move.model, move.after).inputs) - {*move.state, sym.t}
    return {symbol.name for symbol in read.union(*(expr.free_symbols for expr in move.initial))}


def _bound(move: Move) -> list[Any] | None:
    found = passing_bound(move, NEARLY, lambda expr: expr.free_symbols.isdisjoint(move.state))
    return None if found is None else _source(program("bound", Model("bound", (Formula(BOUND, found),)), [BOUND]))


def _source(part: Program) -> list[Any]:
    names = [[symbol.name for symbol in symbols] for symbols in (part.inputs, part.outputs)]
    return [part.name, compile_program(part).source, *names]
