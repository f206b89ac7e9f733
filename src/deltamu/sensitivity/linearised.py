"""One move of a policy in a model, with its linearisation: what is derived before a tangent is computed.

Tangents obey a linear recursion: after a move, the tangent of the state is the slope of the new state in the old one
times the tangent before, plus the slope in everything else that the loop reads.  What the loop reads is a parameter, a
result that is the same in every move, or a control that has come to rest; so the tangents are propagated for these
*sources*, of which there are fewer than parameters, and combined in the end with the rates of the sources along the
parameters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sympy import Add, And, Expr, Float, Not, Or, Piecewise, S, Symbol, count_ops, cse, expand_mul, numbered_symbols
from sympy.logic.boolalg import Boolean

from deltamu.codegen.program import REPORT, Program, program
from deltamu.model import symbols as sym
from deltamu.model.calculus.chain_rule import backwards, forwards
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move, Policy, one_move
from deltamu.model.quantities import NONNEGATIVE, REAL, Quantity, quantity
from deltamu.sensitivity.reduced import gaps_alone, reduced, resting_states
from deltamu.sensitivity.switches import Switch, switches

SPENT = quantity("_spent", r"\Sigma C", meaning="cost of all moves so far", domain=NONNEGATIVE, unit="model calls")
SPENT_NEXT = quantity("_spent_next", r"\Sigma C'", meaning="cost of all moves so far, this one included",
                      domain=NONNEGATIVE, unit="model calls")  # fmt: skip

Slopes = Mapping[Symbol, Mapping[Symbol, Expr]]


@dataclass(frozen=True)
class Linearised:
    """A move and its linearisation.

    Attributes
    ----------
    move : Move
        The move with the cost so far in its state; the formulas of the slopes are among those of its model.
    resting : tuple of Quantity
        States that are taken to be at rest: they are among the sources.
    ends : set of Symbol or None
        Controls that say when the schedule ends, after which there are resting states; None if there is none to end.
    slopes : mapping of Symbol to mapping of Symbol to expression
        Of each state after the move (and of the sides of the switches, if asked for): its slope in the states before
        it and in the sources.
    report : Program
        Computes what is reported of a state, and its slopes.
    report_slopes : mapping of Symbol to mapping of Symbol to expression
    sources : tuple of Symbol
        What the loop and the report read besides the state.
    rates : mapping of Symbol to mapping of Symbol to expression
        Of each source along each parameter and each resting state; of each state at the start (see `start_of`) along
        each parameter.
    starts, coefficients : Program
        Compute the rates of the states at the start, and of the sources before a move.
    switches : tuple of Switch
    """

    move: Move
    resting: tuple[Quantity, ...]
    ends: set[Symbol] | None
    slopes: Slopes
    report: Program
    report_slopes: Slopes
    sources: tuple[Symbol, ...]
    rates: Slopes
    starts: Program
    coefficients: Program
    switches: tuple[Switch, ...]


@cache
def linearised(policy: Policy, model: Model, *, sides: bool = False, resting: bool = False) -> Linearised:
    """Linearise one move.

    Examples
    --------
    >>> from deltamu import PLANNER, PUBLISHED
    >>> line = linearised(PLANNER, PUBLISHED)
    >>> line.slopes[line.move.after[1]]
    {decay: slope_delta_next_decay, delta: delta_next_choice_0}
    >>> rest = linearised(PLANNER, PUBLISHED, resting=True)
    >>> line.resting, rest.resting, len(line.sources) > len(rest.sources)
    ((), (H, r), True)
    """
    plain = one_move(policy, model)
    scheduled, ends = resting_states(plain)
    still = tuple(scheduled) if resting else ()
    move = with_cost(reduced(plain, {*plain.state, sym.t} - {*still}))
    after = {s: new for s, new in zip(move.state, move.after, strict=True) if s not in still}
    found, comparisons = switches(plain, move.model)
    whole = move.model.replace(*comparisons, name=model.name)
    watched = [side for switch in found for side in (switch.low, switch.high)] if sides else []
    smooth = gaps_alone(whole)
    varying = smooth.depending({*after, sym.t})
    table, lines = _slopes(smooth, [*after.values(), *watched], varying)
    report_table, report_lines = _slopes(move.model, REPORT, move.model.depending({*move.state, sym.t}))
    rows = [*table.values(), *report_table.values()]
    sources = tuple(dict.fromkeys(symbol for row in rows for symbol in row if symbol not in after))
    rates, starts, coefficients = _rates(move, whole, sources, still)
    reported = dict.fromkeys([*REPORT, *(s for row in report_table.values() for s in row.values() if s.is_Symbol)])
    shared = _shared(_with_indicators(lines, whole.free_symbols | {*move.state}))
    return Linearised(
        Move(policy, whole.replace(*shared, name=model.name), move.state, move.initial, move.after),
        still,
        None if resting or not scheduled else ends,
        table,
        program("report", move.model.replace(*report_lines, name=model.name), reported),
        report_table,
        sources,
        rates,
        starts,
        coefficients,
        found,
    )


def parameters(policy: Policy, model: Model) -> tuple[Quantity, ...]:
    """What a run and its outcomes depend on and can be differentiated by, in the order of `deltamu.model.symbols`.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> parameters(VIBE, PUBLISHED)[:9]
    (H, rho, r, delta0, K, N, gamma, K_r, mu0)
    """
    move = with_cost(one_move(policy, model))
    starts = set().union(*(expr.free_symbols for expr in move.initial))
    read = set(program("run", move.model, (*move.after, *REPORT)).inputs) - {*move.state, sym.t}
    used = {symbol for symbol in starts | read | {sym.target} if not getattr(symbol, "whole", False)}
    known = [symbol for symbol in sym.PARAMETERS if symbol in used]
    return (*known, *sorted(used - set(known), key=str))


def number_or_value(expr: Expr | float, values: Mapping[str, Any]) -> Any:
    """A number as a float, or the value of a symbol."""
    return values[expr.name] if isinstance(expr, Symbol) else float(expr)


@cache
def start_of(state: Quantity) -> Quantity:
    """The symbol of a state at the start."""
    return quantity(f"{state}_start", f"{state.latex}_0", meaning=state.meaning, domain=state.domain)


def with_cost(move: Move) -> Move:
    """The move with the cost of all moves so far in its state, if its model says what a move costs."""
    if sym.cost not in move.model:
        return move
    total = Formula(SPENT_NEXT, SPENT + sym.cost, title=SPENT_NEXT.meaning)
    model = move.model.replace(total, name=move.model.name)
    return Move(move.policy, model, (*move.state, SPENT), (*move.initial, S.Zero), (*move.after, SPENT_NEXT))


def _slopes(model: Model, results: Iterable[Symbol], varying: frozenset[Symbol]) -> tuple[dict, list[Formula]]:
    """Slopes of results in what their varying lines read, and their formulas."""
    table: dict[Symbol, dict[Symbol, Expr]] = {}
    lines: list[Formula] = []
    for result in results:
        body = [formula for formula in model.program([result]) if formula.symbol in varying]
        if not body:  # a control that no move changes, or a result that is the same in every move
            table[result] = {result: S.One}
            continue
        back = backwards(body, result)
        ends = back.slopes.keys() - {formula.symbol for formula in body} - {sym.t}
        table[result] = {s: back.slopes[s] for s in sorted(ends, key=str) if not getattr(s, "whole", False)}
        lines += Model("slopes", back.formulas).program(table[result].values())
    return table, lines


def _rates(
    move: Move, model: Model, sources: Iterable[Symbol], still: Iterable[Symbol]
) -> tuple[Slopes, Program, Program]:
    """Rates of the states at the start and of the sources, and the programs that compute them."""
    starts = [Formula(start_of(s), expr) for s, expr in zip(move.state, move.initial, strict=True)]
    before = model.program([source for source in sources if source in model])
    table: dict[Symbol, dict[Symbol, Expr]] = {}
    programs = []
    for name, formulas, wanted in (
        ("starts", starts, [formula.symbol for formula in starts]),
        ("coefficients", before, [source for source in sources if source not in still]),
    ):
        read = {*wanted}.union(*(formula.printed.free_symbols for formula in formulas))
        lines: list[Formula] = []
        for along in sorted(read - {formula.symbol for formula in formulas} - {sym.t}, key=str):
            if getattr(along, "whole", False):
                continue
            known, found = forwards(formulas, along, guarded=True)
            lines += found
            for symbol in wanted:
                if symbol in known:
                    table.setdefault(symbol, {})[along] = known[symbol]
        rates = {rate for s in wanted for rate in table.get(s, {}).values() if rate.is_Symbol}
        extended = model.replace(*starts, *_shared([*formulas, *lines]), name=model.name)
        programs.append(program(name, extended, sorted(rates, key=str)))
    return table, programs[0], programs[1]


def _with_indicators(lines: Iterable[Formula], finite: Iterable[Symbol]) -> list[Formula]:
    """Lines in which choices between polynomials in what is finite are sums of products with 1 or 0: that is faster."""
    finite, found = {*finite}, []
    indicators: dict[Boolean, Formula] = {}

    def as_sum(cases: Piecewise) -> Expr:
        *others, (last, _) = (pair.args for pair in cases.args)
        if last == 1 and all(value == 0 for value, _ in others):
            others, last = [(S.One, Not(Or(*(condition for _, condition in others))))], S.Zero
        if not last.is_number or not all(value.is_polynomial() and value.free_symbols <= finite for value, _ in others):
            return cases
        terms, before = [last], S.true
        for value, condition in others:
            here = And(condition, before)
            before = And(before, Not(condition))
            if value != last:
                if here not in indicators:
                    name = f"indicator_{len(indicators)}"
                    symbol = quantity(name, rf"1_{{({len(indicators)})}}", meaning=f"whether {here}", domain=sym.UNIT)
                    indicators[here] = Formula(symbol, Piecewise((1, here), (0, True), evaluate=False))
                    finite.add(symbol)
                terms.append((value - last) * indicators[here].symbol)
        return Add(*terms)

    for line in lines:
        choices = {cases: as_sum(cases) for cases in line.printed.atoms(Piecewise)}
        expr = line.printed.xreplace({a: b for a, b in choices.items() if a != b})
        expr = expr.xreplace({a: min(a, expand_mul(a), key=count_ops) for a in expr.atoms(Add)})
        if expr.is_polynomial() and expr.free_symbols <= finite:
            finite.add(line.symbol)
        found.append(replace(line, printed=expr))
    return [*indicators.values(), *found]


def _shared(lines: Sequence[Formula]) -> list[Formula]:
    """The lines with what several of them have in common as lines of their own."""
    names = numbered_symbols("part_", cls=lambda name: quantity(name, name, meaning="part of slopes", domain=REAL))
    parts, right_sides = cse([line.printed for line in lines], symbols=names, order="none", list=True)
    conditions: dict[Symbol, Expr] = {}  # they stay where they are
    shared = []
    for name, part in parts:
        part = part.xreplace(conditions)
        if isinstance(part, Boolean):
            conditions[name] = part
        else:
            shared.append(Formula(name, part, title=name.meaning))
    return shared + [
        Formula(line.symbol, _in_floats(right.xreplace(conditions)), title=line.title, source=line.source)
        for line, right in zip(lines, right_sides, strict=True)
    ]


def _in_floats(expr: Expr) -> Expr:
    """An expression in which a choice between whole numbers is one between floats: arrays of integers are slow."""
    choices = [p for p in expr.atoms(Piecewise) if all(value.is_Integer for value, _ in p.args)]
    return expr.xreplace(
        {p: Piecewise(*((Float(value), condition) for value, condition in p.args), evaluate=False) for p in choices}
    )
