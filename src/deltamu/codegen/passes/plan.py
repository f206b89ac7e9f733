"""A run in programs: what is computed once, with the schedule of the policy, or with every move."""

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Basic, Symbol

from deltamu.codegen.passes.hoisting import with_named_constants
from deltamu.codegen.passes.lean import passing_bound, state_lines
from deltamu.codegen.passes.schedule import fast_symbols, schedule_conditions
from deltamu.codegen.program import REPORT, Program, move_programs, program, split
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula
from deltamu.model.policies import Move

NEARLY = 1 - 1e-9  # share of the target from which on a pass probability is compared with it exactly
BOUND = sym.quantity("passing_mass", "b", meaning="mu below which the pass probability is near the target",
                     domain=sym.REAL)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A run in programs: what is computed when.

    Attributes
    ----------
    start : Program
        The state before the first move.
    before, again : Program
        What is the same in every move, and what changes with the schedule only.
    move, recording : Program
        What changes with every move, without and with what is recorded besides the state.
    scheduled : tuple of Symbol
        States that the schedule sets.
    conditions : list of str
        Outputs of `again` that say whether the schedule goes on.
    endless : bool
        Whether it may go on for ever all the same.
    bound : bool
        Whether a mass is known below which the pass probability is near the target.
    """

    start: Program
    before: Program
    again: Program
    move: Program
    recording: Program
    scheduled: tuple[Symbol, ...]
    conditions: list[str]
    endless: bool
    bound: bool


def planned(move: Move, recorded: Iterable[Symbol], lean: bool) -> Plan:
    """Plan a run; `lean` says that the move is to be rewritten first."""
    fast = fast_symbols(move)
    after = dict(zip(move.state, move.after, strict=True))
    states = [new for symbol, new in after.items() if symbol in fast]
    scheduled = tuple(symbol for symbol in move.state if symbol not in fast)
    model = move.model.replace(*(state_lines(move) if lean else ()), name=move.model.name)
    fast = model.depending({*sym.GIVEN, *(symbol for symbol in move.state if symbol in fast)})

    def is_constant(expr: Basic) -> bool:
        return not expr.free_symbols & fast

    asked = [s for s in recorded if s in fast and s not in (*move.state, *move.after, *REPORT)]
    bound = passing_bound(move, NEARLY, is_constant)
    body = [formula for formula in model.program([*states, *asked]) if formula.symbol in fast]
    lines, constants = with_named_constants(body, is_constant, stem="held")
    constants += [] if bound is None else [Formula(BOUND, bound)]
    model = model.replace(*constants, *lines, name=model.name)
    slow, loop = split("move", model, states, fast)
    more, recording = split("recorded_move", model, [*states, *asked], fast)
    held = dict.fromkeys((*slow.outputs, *more.outputs, *([] if bound is None else [BOUND])))
    held |= dict.fromkeys(s for s in recorded if s in model and s not in (*fast, *REPORT))
    timed = {sym.t, *scheduled}
    paced = [s for s in held if s in model.depending(timed)]
    paced += [after[symbol] for symbol in scheduled if after[symbol] in model]
    conditions, endless = schedule_conditions(model, [*paced, *(loop.inputs if sym.t in loop.inputs else ())])
    model = model.replace(*conditions, name=model.name)
    going = [formula.symbol for formula in conditions]
    once, again = split("again", model, dict.fromkeys([*paced, *going]), timed)
    before = program("before", model, dict.fromkeys([*once.outputs, *(s for s in held if s not in paced)]))
    return Plan(
        move_programs(move).start, before, again, loop, recording, scheduled, list(map(str, going)), endless,
        bound is not None,
    )  # fmt: skip
