"""What is computed when: before the loop, with the schedule, and in every move."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sympy import Basic, Expr, Mul, S, Symbol
from sympy.core.relational import Ge, Gt, Le, Lt, Relational

from deltamu.codegen.buffers.lowering import FASTEST, Lowering
from deltamu.codegen.buffers.operations import Statement
from deltamu.codegen.passes import passing_bound, rewritten
from deltamu.codegen.program import REPORT, Program, move_programs, program
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move
from deltamu.model.symbols import REAL, Quantity, quantity

__all__ = ["NEARLY", "Loop", "Plan", "changing", "planned_run", "state_lines"]

Lines = dict[Symbol, Expr]
"""Right sides by left side."""

NEARLY = 1 - 1e-9  # share of the target from which on a pass probability is compared with it exactly


@dataclass(frozen=True)
class Loop:
    """The statements of one move, and where their results are found: operands by the names of what they are."""

    statements: tuple[Statement, ...]
    results: Mapping[str, str | float]


@dataclass(frozen=True)
class Plan:
    """A run in programs.

    Attributes
    ----------
    move : Move
    start, before, report : Program
        See `deltamu.codegen.program.MovePrograms`; `before` also computes constant parts of the loop.
    again : Program
        What changes with the schedule only: with the index of the move, and with controls that depend on nothing
        but it.  Without outputs if there is no such thing.
    scheduled : tuple of Quantity
        Those controls.
    conditions : tuple of str
        Outputs of `again` that say whether the schedule still goes on; where none does, and the controls rest, they
        rest for ever.
    endless : bool
        Whether the schedule may change for ever.
    loop, recording : Loop
        One move, without and with what is recorded besides the state.
    arrays : frozenset of str
        Inputs of the loop that have to be arrays.
    bound : str or None
        Input of the loop below which `mu` has to lie for the pass probability to be near the target; None if it is
        not known, so that the probability has to be computed.
    """

    move: Move
    start: Program
    before: Program
    again: Program
    report: Program
    scheduled: tuple[Quantity, ...]
    conditions: tuple[str, ...]
    endless: bool
    loop: Loop
    recording: Loop
    arrays: frozenset[str]
    bound: str | None


class _Hoisted:
    """Expressions that are computed outside the loop, by the names that they were given."""

    def __init__(self, level: Callable[[Symbol], int], written: Iterable[Formula] = ()):
        self._level = level
        self._products = {formula.symbol: formula.expr for formula in written if formula.expr.is_Mul}
        self._written = {self._whole(right): f.symbol for f in written for right in (f.expr, f.printed)}
        self._names: dict[Expr, Symbol] = {}
        self.used: dict[Symbol, int] = {}
        self.formulas: list[Formula] = []
        self.arrays: set[str] = set()

    def _whole(self, expr: Expr) -> Expr:
        """An expression with the symbols in it that stand for products written out."""
        while expr.is_Mul and expr.free_symbols & self._products.keys():
            expr = expr.xreplace(self._products)
        return expr.doit()

    def __call__(self, expr: Expr, array: bool) -> str:
        level = max((self._level(symbol) for symbol in expr.free_symbols), default=0)
        whole = self._whole(expr)
        if expr.is_Symbol:
            symbol = expr
        elif whole in self._names:
            symbol = self._names[whole]
        elif whole in self._written and self._level(self._written[whole]) == level:
            symbol = self._written[whole]
        else:
            name = f"{('held', 'paced')[level]}_{len(self._names)}"
            symbol = self._names[whole] = quantity(name, name, meaning=str(expr), domain=REAL)
            self.formulas.append(Formula(symbol, expr))
        self.used[symbol] = level
        if array:
            self.arrays.add(symbol.name)
        return symbol.name


def planned_run(move: Move, recorded: Iterable[Symbol], like: Move | None = None) -> Plan:
    """Plan a run.

    Parameters
    ----------
    move : Move
    recorded : iterable of Symbol
        What may have to be recorded in a move, besides the state before and after it and the report on it.
    like : Move, optional
        A move that is part of `move`: the states that they share get the same bits.

    Examples
    --------
    >>> from deltamu import PUBLISHED, TRUST_REGION, one_move
    >>> plan = planned_run(one_move(TRUST_REGION, PUBLISHED), [])
    >>> plan.before.outputs[:4], len(plan.again.outputs)
    ((alpha, b, beta, delta_max), 0)
    """
    levels = changing(move)

    def level(symbol: Symbol) -> int:
        return levels.get(symbol.name, 0)

    def is_constant(expr: Basic) -> bool:
        return all(level(symbol) < FASTEST for symbol in expr.free_symbols)

    scheduled = tuple(symbol for symbol in move.state if level(symbol) == 1)
    after = dict(zip(move.state, move.after, strict=True))
    wanted = [after[symbol] for symbol in move.state if level(symbol) == FASTEST]
    lines = {f.symbol: f.printed for f in move.model.program(wanted) if level(f.symbol) == FASTEST}
    lines |= {f.symbol: f.expr for f in state_lines(like or move, levels)}
    levels |= {symbol.name: FASTEST for symbol in lines}
    hoisted = _Hoisted(level, [formula for formula in move.model if level(formula.symbol) < FASTEST])
    loop = _lowered(lines, wanted, level, hoisted)
    nearly = passing_bound(like or move, NEARLY, is_constant)
    bound = None if nearly is None else hoisted(nearly, True)
    recorded = [s for s in recorded if s not in move.state and s not in REPORT and s != sym.mu_next]
    others = {f.symbol: f.printed for f in move.model.program(recorded) if level(f.symbol) == FASTEST}
    factors = {f.symbol: f.printed for f in move.model if f.printed.is_Mul and not level(f.symbol)}
    recording = _lowered(_with_known_products(factors | others, lines, wanted), [*wanted, *recorded], level, hoisted)
    for symbol in recorded:
        if level(symbol) < FASTEST:
            hoisted(symbol, False)
    paced = [symbol for symbol, at in hoisted.used.items() if at == 1 and symbol not in scheduled and symbol != sym.t]
    paced += [after[symbol] for symbol in scheduled if after[symbol] in move.model]
    model = move.model.replace(*hoisted.formulas, name=move.model.name)
    conditions, endless = _schedule(model, paced, sym.t in hoisted.used)
    model = model.replace(*conditions, name=model.name)
    levels |= {symbol.name: at for symbol, at in hoisted.used.items()} | {f.name: 1 for f in conditions}
    going = [formula.symbol for formula in conditions]
    held = {formula.symbol for formula in model if level(formula.symbol) == 0}
    again = program("again", model, dict.fromkeys([*paced, *going]), given=held)
    constants = {symbol for symbol, at in hoisted.used.items() if at == 0} | (set(again.inputs) - {*scheduled, sym.t})
    return Plan(
        move,
        move_programs(move).start,
        program("before", model, sorted(constants, key=str)),
        again,
        program("report", move.model, REPORT),
        scheduled,
        tuple(map(str, going)),
        endless,
        loop,
        recording,
        frozenset(hoisted.arrays),
        bound,
    )


def _with_known_products(others: Lines, lines: Lines, wanted: Iterable[Symbol]) -> Lines:
    """All lines; in those that the state does not need, products that the state needs are taken from there."""
    needed: set[Symbol] = set()
    left = list(wanted)
    while left:
        symbol = left.pop()
        if symbol in lines and symbol not in needed:
            needed.add(symbol)
            left += lines[symbol].free_symbols
    made = others | lines
    products: dict[Expr, Expr] = {}

    def whole(expr: Expr) -> Expr:
        """An expression with the symbols in it that stand for products written out."""
        if expr not in products:
            right = made.get(expr, expr).doit()
            if expr.is_Symbol and not (right.is_Mul or right.is_Pow):
                right = expr
            rest = right.free_symbols - {expr}
            products[expr] = right.xreplace({symbol: whole(symbol) for symbol in rest})
        return products[expr]

    known = {whole(symbol): symbol for symbol in lines if symbol in needed and whole(symbol) != symbol}

    def shortened(expr: Expr) -> Expr:
        found = {part: known[whole(part)] for part in expr.atoms(Mul) if whole(part) in known}
        return expr.xreplace(found) if found else expr

    return {symbol: right if symbol in needed else shortened(right) for symbol, right in made.items()}


def state_lines(move: Move, levels: Mapping[str, int]) -> list[Formula]:
    """Lines for the states that change with every move, as they are computed; `levels` as from `changing`."""
    known = move.model.free_symbols | {formula.symbol for formula in move.model}

    def is_constant(expr: Basic) -> bool:
        return all(s in known and levels.get(s.name, 0) < FASTEST for s in expr.free_symbols)

    outputs = tuple(new for s, new in zip(move.state, move.after, strict=True) if levels.get(s.name) == FASTEST)
    formulas = tuple(f for f in move.model.program(outputs) if levels.get(f.name) == FASTEST)
    return rewritten(formulas, outputs, is_constant)


def changing(move: Move) -> dict[str, int]:
    """How often a symbol changes: 1 with the schedule, 2 with every move; what never does is left out."""
    after = dict(zip(move.state, move.after, strict=True))
    fast: set[Symbol] = {sym.mu, sym.delta, *sym.DRAWS}
    while True:
        found = {*move.model.depending(fast)}
        found |= {symbol for symbol in move.state if after[symbol] in found}
        if found == fast:
            break
        fast = found
    constant = {symbol for symbol in move.state if after[symbol] == symbol and symbol not in fast}
    slow = move.model.depending({sym.t, *move.state} - fast - constant) - fast
    # a control that no move changes is still set at the start
    return {s.name: 1 for s in slow | constant} | {s.name: FASTEST for s in fast}


def _lowered(
    lines: Mapping[Symbol, Expr],
    wanted: Iterable[Symbol],
    level: Callable[[Symbol], int],
    hoisted: Callable[[Expr, bool], str],
) -> Loop:
    lowering = Lowering(lines, level, hoisted)
    results = {symbol.name: lowering.value(symbol) for symbol in wanted}
    return Loop(tuple(lowering.statements), results)


def _schedule(model: Model, symbols: Iterable[Symbol], endless: bool) -> tuple[list[Formula], bool]:
    """Conditions that say whether a schedule goes on, and whether it may go on for ever."""
    conditions: dict[Expr, Formula] = {}
    for formula in model.program(symbols):
        found = [c for c in formula.printed.atoms(Relational) if c.has(sym.t)]
        rest = formula.printed.xreplace(dict.fromkeys(found, S.true))
        endless |= rest.has(sym.t) or not all(map(_ends, found))
        for condition in found:
            name = f"goes_on_{len(conditions)}"
            conditions[condition] = Formula(quantity(name, name, meaning=str(condition), domain=REAL), condition)
    return list(conditions.values()), endless


def _ends(condition: Relational) -> bool:
    """Whether a condition on the index of the move, once false, stays false."""
    if not isinstance(condition, Le | Lt | Ge | Gt):
        return False
    growing = condition.lts.diff(sym.t)  # t on the side that has to be the smaller one
    return (
        not condition.gts.has(sym.t)
        and bool(growing.is_nonnegative)
        and condition.free_symbols.isdisjoint(sym.STATE[:2])
    )
