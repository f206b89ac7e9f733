"""One move of a policy in a model, with its linearisation: what is derived before a tangent is computed.

Tangents obey a linear recursion: after a move, the tangent of the state is the slope of the new state in the old one
times the tangent before, plus the slope in everything else that the loop reads.  What the loop reads is a parameter or
a result that is the same in every move, so the tangents are propagated for these *sources*, of which there are fewer
than parameters, and combined at the end: the rates of the sources along the parameters are computed once, before the
loop.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sympy import Abs, Add, Expr, Float, Min, Mul, Piecewise, S, Symbol, cse, evaluate, numbered_symbols
from sympy.core.relational import Eq, Ne, Relational
from sympy.logic.boolalg import Boolean

from deltamu import symbols as sym
from deltamu.compiling import compile_program
from deltamu.formulas import Formula, Model
from deltamu.policies import Move, Policy, one_move
from deltamu.programs import REPORT, Program, program
from deltamu.rewriting.parts import with_shared_parts
from deltamu.rewriting.trees import replaced
from deltamu.sensitivity.calculus import backwards, forwards
from deltamu.symbols import NONNEGATIVE, REAL, Quantity, quantity

__all__ = [
    "SPENT", "SWITCH_MARGIN", "Linearised", "Switch", "coefficients", "linearised", "number_or_value", "parameters",
    "start_of",
]  # fmt: skip

SPENT = quantity("spent", r"\Sigma C", meaning="cost of all moves so far", domain=NONNEGATIVE, unit="model calls")
SPENT_NEXT = quantity("spent_next", r"\Sigma C'", meaning="cost of all moves so far, this one included",
                      domain=NONNEGATIVE, unit="model calls")  # fmt: skip
SWITCH_MARGIN = quantity("switch_margin", r"\varsigma", domain=NONNEGATIVE,
                         meaning="distance to the nearest switch, relative to what is compared")  # fmt: skip
LEAST = Float(1e-300)  # in place of 0 where nothing is compared with nothing

Slopes = Mapping[Symbol, Mapping[Symbol, Expr]]


@dataclass(frozen=True)
class Switch:
    """An inequality at which a formula of a move changes over.

    Attributes
    ----------
    condition : Relational
    low, high : Quantity
        Left sides for its two sides: it says low < high, or low ≤ high.
    margin : Quantity
        Left side for their distance, relative to the sum of what is compared.
    """

    condition: Relational
    low: Quantity
    high: Quantity
    margin: Quantity


@dataclass(frozen=True)
class Linearised:
    """A move and its linearisation.

    Attributes
    ----------
    move : Move
        The move with the cost so far in its state; the formulas of the slopes are among those of its model.
    slopes : mapping of Symbol to mapping of Symbol to expression
        Of each state after the move (and of the sides of the switches, if asked for): its slope in the states before
        it and in the sources.
    report : Program
        Computes what is reported of a state, and its slopes.
    report_slopes : mapping of Symbol to mapping of Symbol to expression
    sources : tuple of Symbol
        What the loop and the report read besides the state.
    rates : mapping of Symbol to mapping of Symbol to expression
        Of each source, and of each state at the start (see `start_of`), along each parameter.
    coefficients : Program
        Computes those rates before the loop.
    switches : tuple of Switch
    """

    move: Move
    slopes: Slopes
    report: Program
    report_slopes: Slopes
    sources: tuple[Symbol, ...]
    rates: Slopes
    coefficients: Program
    switches: tuple[Switch, ...]


@cache
def linearised(policy: Policy, model: Model, *, sides: bool = False) -> Linearised:
    """Linearise one move.

    Parameters
    ----------
    policy : Policy
    model : Model
    sides : bool
        Whether the two sides of each switch are differentiated too.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> line = linearised(VIBE, PUBLISHED)
    >>> line.slopes[line.move.after[1]]
    {decay: delta, delta: decay}
    >>> line.rates[line.sources[line.sources.index("N_eff")]] if "N_eff" in line.sources else None
    """
    move = _hoisted(_with_cost(one_move(policy, model)))
    switches, comparisons = _switches(move)
    move = _with_repeated_parts(move)
    whole = move.model.replace(*comparisons, name=model.name)
    varying = _varying(whole, move.state)
    watched = [side for switch in switches for side in (switch.low, switch.high)] if sides else []
    slopes, slope_lines = _slopes(whole, [*move.after, *watched], varying)
    report_slopes, report_lines = _slopes(move.model, REPORT, varying)
    rows = [*slopes.values(), *report_slopes.values()]
    sources = tuple(dict.fromkeys(symbol for row in rows for symbol in row if symbol not in move.state))
    rates, rate_lines = _rates(move, whole, sources)
    names = {rate for row in rates.values() for rate in row.values() if rate.is_Symbol}
    reported = dict.fromkeys([*REPORT, *(s for row in report_slopes.values() for s in row.values() if s.is_Symbol)])
    shared = _shared([*comparisons, *slope_lines])
    return Linearised(
        Move(policy, whole.replace(*shared, name=model.name), move.state, move.initial, move.after),
        slopes,
        program("report", move.model.replace(*report_lines, name=model.name), reported),
        report_slopes,
        sources,
        rates,
        program("coefficients", whole.replace(*rate_lines, name=model.name), sorted(names, key=str)),
        switches,
    )


def parameters(policy: Policy, model: Model) -> tuple[Quantity, ...]:
    """What a run and its outcomes depend on and can be differentiated by, in the order of `deltamu.symbols`.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> parameters(VIBE, PUBLISHED)[:9]
    (H, rho, r, delta0, K, N, gamma, K_r, mu0)
    """
    move = _with_cost(one_move(policy, model))
    starts = set().union(*(expr.free_symbols for expr in move.initial))
    read = set(program("run", move.model, (*move.after, *REPORT)).inputs) - {*move.state, sym.t}
    used = {symbol for symbol in starts | read | {sym.target} if not getattr(symbol, "whole", False)}
    known = [symbol for symbol in sym.PARAMETERS if symbol in used]
    return (*known, *sorted(used - set(known), key=str))


def coefficients(
    line: Linearised, controls: Mapping[str, Any], wrt: Sequence[Symbol]
) -> dict[Symbol, list[tuple[int, Any]]]:
    """Rates of the sources and of the states at the start along parameters, those that are not 0.

    Parameters
    ----------
    line : Linearised
    controls : mapping of str to float or array
    wrt : sequence of Symbol

    Returns
    -------
    dict of Symbol to list of (index into `wrt`, float or array)
    """
    values = dict(controls) | compile_program(line.coefficients)(controls)
    return {
        source: [(i, number_or_value(row[symbol], values)) for i, symbol in enumerate(wrt) if symbol in row]
        for source, row in line.rates.items()
    }


def number_or_value(expr: Expr | float, values: Mapping[str, Any]) -> Any:
    """A number as a float, or the value of a symbol."""
    return values[expr.name] if isinstance(expr, Symbol) else float(expr)


@cache
def start_of(state: Quantity) -> Quantity:
    """The symbol of a state at the start."""
    return quantity(f"{state}_start", f"{state.latex}_0", meaning=state.meaning, domain=state.domain)


def _with_cost(move: Move) -> Move:
    """The move with the cost of all moves so far in its state, if its model says what a move costs."""
    if sym.cost not in move.model:
        return move
    total = Formula(SPENT_NEXT, SPENT + sym.cost, title=SPENT_NEXT.meaning)
    model = move.model.replace(total, name=move.model.name)
    return Move(move.policy, model, (*move.state, SPENT), (*move.initial, S.Zero), (*move.after, SPENT_NEXT))


def _hoisted(move: Move) -> Move:
    """The move with the products of constants at the beginning of its terms as formulas of their own.

    The order of the operations, and so every bit, stays; but the loop has fewer of them, and fewer sources.
    """
    varying = _varying(move.model, move.state)
    found: dict[Expr, Quantity] = {}

    def hoisted(expr: Expr) -> Expr:
        if not expr.args or not expr.free_symbols & varying:
            return expr
        args = list(map(hoisted, expr.args))
        if isinstance(expr, Mul):
            first = next(i for i, arg in enumerate(args) if arg.free_symbols & varying)
            if first > 1:
                product = Mul(*args[:first], evaluate=False)
                name = found.setdefault(product, quantity(
                    f"constant_{len(found)}", f"c_{{{len(found)}}}", meaning=f"{product}", domain=REAL))  # fmt: skip
                args[:first] = [name]
        if tuple(args) == expr.args:
            return expr
        with evaluate(False):
            return expr.func(*args)

    lines = []
    for formula in move.model:
        if formula.symbol in varying:
            lines.append(replace(formula, printed=hoisted(formula.printed)))
    lines += [Formula(name, product, title=name.meaning) for product, name in found.items()]
    return replace(move, model=move.model.replace(*lines, name=move.model.name))


def _with_repeated_parts(move: Move) -> Move:
    """The move with what its formulas repeat of the defect mass as formulas of their own: differentiated only once."""
    varying = _varying(move.model, move.state)
    written = [f for f in move.model.program(move.after) if f.symbol in varying]
    lines = with_shared_parts(written, lambda expr: expr.free_symbols & varying != {sym.mu})
    own = {formula.symbol for formula in written}
    names: dict[Any, Any] = {
        f.symbol: quantity(f"repeated_{i}", f"p_{{{i}}}", meaning=f"{f.printed}",
                           domain=NONNEGATIVE if f.printed.doit().is_nonnegative else REAL)
        for i, f in enumerate(line for line in lines if line.symbol not in own)
    }  # fmt: skip
    named = [
        replace(move.model[f.symbol], printed=replaced(f.printed, names)) if f.symbol in own
        else Formula(names[f.symbol], replaced(f.printed, names), title=names[f.symbol].meaning)
        for f in lines
    ]  # fmt: skip
    return replace(move, model=move.model.replace(*named, name=move.model.name))


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
        replace(line, printed=_in_floats(right.xreplace(conditions)))
        for line, right in zip(lines, right_sides, strict=True)
    ]


def _in_floats(expr: Expr) -> Expr:
    """An expression in which a choice between whole numbers is one between floats: arrays of integers are slow."""
    choices = [p for p in expr.atoms(Piecewise) if all(value.is_Integer for value, _ in p.args)]
    return expr.xreplace(
        {p: Piecewise(*((Float(value), condition) for value, condition in p.args), evaluate=False) for p in choices}
    )


def _varying(model: Model, states: Iterable[Symbol]) -> frozenset[Symbol]:
    """What may differ from move to move."""
    varying: set[Symbol] = {*states, sym.t}
    for formula in model:
        if formula.printed.free_symbols & varying:
            varying.add(formula.symbol)
    return frozenset(varying)


def _slopes(model: Model, results: Iterable[Symbol], varying: frozenset[Symbol]) -> tuple[dict, list[Formula]]:
    """Slopes of results in the state and in sources, and their formulas."""
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


def _rates(move: Move, model: Model, sources: Iterable[Symbol]) -> tuple[dict, list[Formula]]:
    """Rates of the sources and of the states at the start along every parameter, and their formulas."""
    before = model.program([source for source in sources if source in model])
    starts = [Formula(start_of(s), expr) for s, expr in zip(move.state, move.initial, strict=True)]
    read = {*sources}.union(*(formula.printed.free_symbols for formula in (*before, *starts)))
    table: dict[Symbol, dict[Symbol, Expr]] = {}
    lines: list[Formula] = []
    for parameter in sorted(read - {formula.symbol for formula in before}, key=str):
        if getattr(parameter, "whole", False):
            continue
        for formulas, wanted in ((before, sources), (starts, [formula.symbol for formula in starts])):
            known, found = forwards(formulas, parameter)
            lines += found
            for symbol in wanted:
                if symbol in known:
                    table.setdefault(symbol, {})[parameter] = known[symbol]
    return table, lines


def _switches(move: Move) -> tuple[tuple[Switch, ...], list[Formula]]:
    """The inequalities of a move, formulas for their sides, and one for the distance to the nearest."""
    switches: list[Switch] = []
    lines: list[Formula] = []
    conditions = (c for f in move.model.program(move.after) for c in _inequalities(f.printed, move.model))
    for condition in dict.fromkeys(conditions):
        number = len(switches)
        low, high, margin = (
            quantity(f"switch_{number}_{side}", f"{side}_{number}", meaning=f"{side} of {condition}", domain=REAL)
            for side in ("low", "high", "margin")
        )
        scale = Add(*map(Abs, _compared(condition, move.model)))
        scale = scale if scale.is_positive else scale + LEAST
        lines += [
            Formula(low, condition.lts, title=low.meaning),
            Formula(high, condition.gts, title=high.meaning),
            Formula(margin, Abs(condition.gts - condition.lts) / scale, title=margin.meaning),
        ]
        switches.append(Switch(condition, low, high, margin))
    nearest = Min(*(switch.margin for switch in switches)) if switches else S.One
    lines.append(Formula(SWITCH_MARGIN, nearest, title=SWITCH_MARGIN.meaning))
    return tuple(switches), lines


def _inequalities(expr: Expr, model: Model) -> Iterator[Relational]:
    """The inequalities among the conditions of a right side at which a run may change over.

    Not those that only whole numbers decide.  Nor a comparison of one positive thing with 0: that is an end of a
    domain, which a run does not cross, and the branches after it count only there.
    """
    for piecewise in sorted(expr.atoms(Piecewise), key=str):
        for _, condition in piecewise.args:
            for part in sorted(condition.atoms(Relational), key=str):
                moving = {s for s in part.free_symbols if s != sym.t and not getattr(s, "whole", False)}
                if not moving or isinstance(part, Eq | Ne):
                    continue
                if len(_compared(part, model)) < 2:
                    return
                yield part


def _compared(condition: Relational, model: Model) -> tuple[Expr, ...]:
    """The terms that are compared; a left side that is a sum stands for its terms, and so do theirs."""
    terms: list[Expr] = []
    left = list(Add.make_args(condition.gts - condition.lts))
    while left:
        term = left.pop(0)
        sign, symbol = term.as_coeff_Mul()
        inner = model[symbol].expr if symbol.is_Symbol and symbol in model else symbol
        if inner.is_Add and abs(sign) == 1:
            left = [*inner.args, *left]
        else:
            terms.append(term)
    return tuple(terms)
