"""One move as the engine computes it, with what no move changes gathered in a few symbols: to be differentiated.

What the loop reads of the settings are the *sources* of all change: the fewer there are, the fewer tangents have to be
propagated.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from sympy import Basic, Eq, Expr, Mul, Piecewise, S, Symbol
from sympy.core.relational import Relational

from deltamu.codegen.passes.hoisting import with_named_constants
from deltamu.codegen.passes.lean import state_lines
from deltamu.codegen.passes.schedule import fast_symbols
from deltamu.model import symbols as sym
from deltamu.model.expressions import replaced
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move
from deltamu.model.quantities import REAL, quantity


def resting_states(move: Move) -> tuple[list[Symbol], set[Symbol]]:
    """States that stay as they are once their schedule has ended, and the controls that say when it ends.

    There are none if some state that only a schedule sets goes on to change.

    Examples
    --------
    >>> from deltamu import PLANNER, PUBLISHED, VIBE, one_move
    >>> resting_states(one_move(PLANNER, PUBLISHED)), resting_states(one_move(VIBE, PUBLISHED))
    (([H, r], {T_plan}), ([], set()))
    """
    fast = fast_symbols(move)
    after = {s: new for s, new in zip(move.state, move.after, strict=True) if s not in fast and s != new}
    ends: set[Symbol] = set()
    for state, new in after.items():
        update = move.model[new].printed
        timed = {condition: S.false for condition in update.atoms(Relational) if condition.has(sym.t)}
        if not timed or update.xreplace(timed).doit() != state:
            return [], set()
        ends |= {symbol for condition in timed for symbol in condition.free_symbols} - {sym.t}
    return list(after), ends


def reduced(move: Move, moving: Iterable[Symbol]) -> Move:
    """The lean move, with what does not depend on `moving` as formulas of their own."""
    lines = state_lines(move)
    varying = move.model.replace(*lines).depending(moving)

    def is_constant(expr: Basic) -> bool:
        return not expr.free_symbols & varying

    without, found = with_named_constants(lines, is_constant)
    lone = _lone([constant.printed for constant in found], [line.printed for line in without])

    def named(part: Expr) -> bool:
        return len(part.free_symbols) > 1 or part in lone

    lines, constants = with_named_constants(lines, is_constant, named)
    added = [Formula(c.symbol, c.expr, title=c.symbol.meaning) for c in constants]
    return replace(move, model=move.model.replace(*added, *_with_choices_apart(lines), name=move.model.name))


def gaps_alone(model: Model) -> Model:
    """The model with quotients that are said to be 0 only where they are not defined, not wherever they are 0.

    What is 0 in one may consist of several parts that change together, as N_eff and its root do, and so may a slope.
    """
    products = {formula.symbol: formula.expr for formula in model if formula.expr.is_Mul}

    def zeros(product: Expr) -> set[Expr]:
        """Where a product is 0: the bases of its positive powers."""
        while product.free_symbols & products.keys():
            product = product.xreplace(products)
        powers = [factor.as_base_exp() for factor in Mul.make_args(product.doit())]
        return {base for base, power in powers if power.is_positive and not base.is_number}

    def alone(cases: Piecewise) -> Piecewise:
        (first, condition), *others = (pair.args for pair in cases.args)
        if first != 0 or not isinstance(condition, Eq) or condition.rhs != 0 or len(others) != 1:
            return cases
        quotient = others[0][0].doit()
        powers = [factor.as_base_exp() for factor in Mul.make_args(quotient)]
        divisors = [base for base, power in powers if power.is_negative]
        if len(divisors) != 1 or not zeros(condition.lhs) <= zeros(quotient):
            return cases
        return Piecewise((first, Eq(divisors[0], 0)), others[0], evaluate=False)

    return model.replace(*(
        replace(f, printed=replaced(f.printed, {cases: alone(cases) for cases in f.printed.atoms(Piecewise)}))
        for f in model
    ), name=model.name)  # fmt: skip


def _lone(found: Iterable[Expr], lines: Iterable[Basic]) -> set[Expr]:
    """Constant parts of one symbol that is read nowhere else: named, they are a source in its place."""
    read = set().union(*(line.free_symbols for line in lines))
    of_one = [part for part in found if len(part.free_symbols) == 1]
    uses = Counter(symbol for part in of_one for symbol in part.free_symbols)
    return {part for part in of_one for symbol in part.free_symbols if uses[symbol] == 1 and symbol not in read}


def _with_choices_apart(lines: Iterable[Formula]) -> list[Formula]:
    """Lines in which a choice of cases is a line of its own, not part of a sum or product."""
    apart: list[Formula] = []
    for line in lines:
        if line.printed.is_Add or line.printed.is_Mul:
            choices = [term for term in line.printed.args if isinstance(term, Piecewise)]
            names = {
                term: quantity(f"{line.name}_choice_{i}", rf"{line.symbol.latex}^{{({i})}}", domain=REAL,
                               meaning=f"part of: {line.symbol.meaning}")
                for i, term in enumerate(choices)
            }  # fmt: skip
            apart += [Formula(name, term, title=name.meaning) for term, name in names.items()]
            line = replace(line, printed=replaced(line.printed, names))
        apart.append(line)
    return apart
