"""What a run keeps in lanes: which program fills which slot, whatever language the loops are printed in."""

from dataclasses import dataclass
from functools import cache

from sympy import Symbol

from deltamu.codegen.passes.lean import TARGET_REACHED, lean
from deltamu.codegen.program import REPORT, Program, program
from deltamu.model import symbols as sym
from deltamu.model.expressions import replaced
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move
from deltamu.model.quantities import Facts, Quantity

LANES = 64  # runs that move together: their slots stay in the first-level cache
WAITING, MOVES_MADE = "still waiting", "moves made"  # names with a space are those of no symbol


@dataclass(frozen=True)
class Loop:
    """A loop over the lanes.

    Attributes
    ----------
    name : str
    reads, writes : dict of str to str
        For each name that its lines use or make, the slot that it is read from or written to.
    formulas : tuple of Formula
        Its lines.
    """

    name: str
    reads: dict[str, str]
    formulas: tuple[Formula, ...]
    writes: dict[str, str]


@dataclass(frozen=True)
class Layout:
    """The loops of a run over shared slots.

    Attributes
    ----------
    inputs : tuple of str
        Controls, in the order of their slots.
    slots : dict of str to int
        All slots by name: controls, constants, the state, the state before the move (``before``), the state at the
        move that reached the target (``crossing``), what is recorded.
    state : tuple of str
    before, begin, observe, step, report : Loop
        What is the same in every move; the start; what is recorded in a move; the move; the report after it. A move
        with draws records what it makes, in the step itself.
    records : dict of str to str
        The slot, after the move, of each recorded name.
    timed : bool
        Whether a move depends on its index.
    """

    inputs: tuple[str, ...]
    slots: dict[str, int]
    state: tuple[str, ...]
    before: Loop
    begin: Loop
    observe: Loop
    step: Loop
    report: Loop
    records: dict[str, str]
    timed: bool


@cache
def layout(move: Move, recorded: tuple[Symbol, ...], draws: tuple[Formula, ...] = ()) -> Layout:
    """Lay out a run.

    Parameters
    ----------
    move : Move
    recorded : tuple of Symbol
        See `deltamu.codegen.engines.compile_run`.
    draws : tuple of Formula
        For each draw of a random move how it comes from uniform numbers, which have slots of their own.
    """
    fast = lean(move)
    random = _inputs(draws)
    state, after = move.state, dict(zip(move.after, move.state, strict=True))
    constant = move.constant_formulas
    observed = [s for s in recorded if s in move.model and s not in (*after, *REPORT)]
    there = [f.symbol for f in fast.step.formulas] if draws else []
    whole = program("observe", move.model, observed, given=there)
    body = tuple(formula for formula in whole.formulas if formula.symbol not in constant)
    used = set(observed).union(*(formula.printed.free_symbols for formula in body))
    constants = {f.symbol: f for f in (*fast.before.formulas, *(f for f in whole.formulas if f.symbol in constant))}
    before = Program(
        "before", tuple(_inputs(constants.values())), Model("before", tuple(constants.values())).formulas, ()
    )
    start = tuple(Formula(kept(f"{s} start"), expr) for s, expr in zip(state, move.initial, strict=True))
    arrived = _renamed(fast.reached, {sym.mu: sym.mu_next})
    reported = program("report", move.model, [s for s in REPORT if s in recorded])
    needed = {*before.inputs, *fast.step.inputs, *fast.reached.inputs, *reported.inputs, *used, *recorded}
    made = {
        *constants,
        *state,
        *after,
        *REPORT,
        *there,
        *(sym.DRAWS if draws else ()),
        *random,
        sym.t,
        *(f.symbol for f in body),
    }
    needed = needed - made | _inputs(start)
    inputs = tuple(sorted(map(str, needed)))
    set_at = {str(s): f"{s} set" if s in state else str(s) for s in needed}  # a control may start where it is set
    names = [*(set_at[name] for name in inputs), *map(str, constants), *map(str, state), WAITING, MOVES_MADE]
    names += [f"{s} before" for s in state] + [f"{s} crossing" for s in (*state, sym.mu_next)]
    names += [*(str(s) for s in observed if s not in constant), *map(str, reported.outputs), *sorted(map(str, random))]
    in_move = {str(s): str(s) for s in {*(needed - {*state}), *constants, *state, *random}}

    def reads(symbols) -> dict[str, str]:
        return {name: in_move[name] for name in sorted(map(str, symbols)) if name != "t"}

    at_start = {f"{s} start": str(s) for s in state}
    start_reached = _renamed(fast.reached, {s: f.symbol for s, f in zip(state, start, strict=True)})
    starting = reads(set(start_reached.inputs) - {f.symbol for f in start})
    starting |= {str(s): set_at[str(s)] for s in sorted(_inputs(start), key=str)}
    step = (*draws, *fast.step.formulas, *(body if draws else ()), *arrived.formulas)
    earlier = {str(s): f"{s} before" for s in state if s != sym.mu}
    reading = {str(s): earlier.get(str(s), str(s)) for s in reported.inputs if s != sym.t}
    changed = {str(new): str(s) for new, s in after.items() if new not in state}
    seen = {str(s): str(s) for s in observed if s not in constant}
    observe = Loop("observe", {}, (), {}) if draws else Loop("observe", reads(_inputs(body)), body, seen)
    records = {str(s): str(s) for s in recorded} | {str(s): f"{s} before" for s in recorded if s in state}
    records |= {str(s): str(after[s]) for s in recorded if s in after and s not in state}
    return Layout(
        inputs,
        {name: slot for slot, name in enumerate(names)},
        tuple(map(str, state)),
        before=Loop("before", reads(before.inputs), before.formulas, {str(s): str(s) for s in constants}),
        begin=Loop("begin", starting, (*start, *start_reached.formulas), at_start),
        observe=observe,
        step=Loop("step", reads({*_inputs(step), *state}), step, changed | (seen if draws else {})),
        report=Loop("report", reading, reported.formulas, {str(s): str(s) for s in reported.outputs}),
        records=records,
        timed=any(sym.t in f.printed.free_symbols for f in step),
    )


def _inputs(formulas) -> set[Symbol]:
    formulas = tuple(formulas)
    used: set[Symbol] = set().union(*(formula.printed.free_symbols for formula in formulas))
    return used - {formula.symbol for formula in formulas}


def _renamed(part: Program, given: dict[Symbol, Symbol]) -> Program:
    """The program about another state; its lines have names of their own."""
    names = dict(given)
    for formula in part.formulas:
        if formula.symbol != TARGET_REACHED:
            names[formula.symbol] = kept(f"{formula.name} there")
    lines = tuple(Formula(names.get(f.symbol, f.symbol), replaced(f.printed, names)) for f in part.formulas)
    return Program(part.name, tuple(names.get(s, s) for s in part.inputs), lines, part.outputs)


def kept(name: str) -> Quantity:
    """A symbol for what no formula names."""
    return Quantity(name, Facts(name, name, sym.REAL), real=True)
