"""How often what a move computes changes: never, with the schedule of the policy, or with every move."""

from collections.abc import Iterable

from sympy import Expr, S, Symbol
from sympy.core.relational import Ge, Gt, Le, Lt, Relational

from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move
from deltamu.model.quantities import REAL, quantity


def fast_symbols(move: Move) -> frozenset[Symbol]:
    """The states that may change with every move, and all that depends on them.

    The other states are scheduled: they depend on nothing but the index of the move, each other and the settings.

    Examples
    --------
    >>> from deltamu import PLANNER, PUBLISHED, one_move
    >>> move = one_move(PLANNER, PUBLISHED)
    >>> [symbol for symbol in move.state if symbol not in fast_symbols(move)]
    [H, r]
    """
    after = dict(zip(move.state, move.after, strict=True))
    fast: frozenset[Symbol] = frozenset({sym.mu, sym.delta, *sym.GIVEN})
    while True:
        found = move.model.depending(fast)
        found |= {symbol for symbol in move.state if after[symbol] in found}
        if found == fast:
            return fast
        fast = found


def schedule_conditions(model: Model, symbols: Iterable[Symbol]) -> tuple[list[Formula], bool]:
    """What says whether a schedule goes on, as formulas, and whether it may go on for ever all the same."""
    endless = sym.t in set(symbols)
    conditions: dict[Expr, Formula] = {}
    for formula in model.program(symbols):
        found = [condition for condition in formula.printed.atoms(Relational) if condition.has(sym.t)]
        rest = formula.printed.xreplace(dict.fromkeys(found, S.true))
        endless |= rest.has(sym.t) or not all(map(_stays_false, found))
        for condition in found:
            name = f"goes_on_{len(conditions)}"
            conditions[condition] = Formula(quantity(name, name, meaning=str(condition), domain=REAL), condition)
    return list(conditions.values()), endless


def _stays_false(condition: Relational) -> bool:
    """Whether a condition on the index of the move, once false, is false for ever."""
    if not isinstance(condition, Le | Lt | Ge | Gt) or condition.gts.has(sym.t):
        return False
    return bool(condition.lts.diff(sym.t).is_nonnegative) and condition.free_symbols.isdisjoint(sym.STATE[:2])
