"""Policies: where each control starts and what a move makes of it, in symbols.

Feedback is data here: a policy that reacts to the acceptance names the symbol of the model that says what it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy
from sympy import Expr, Piecewise, Symbol, evaluate

from deltamu.errors import InputError, named, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.expressions import as_expression, flattened, packed, unpacked
from deltamu.model.formula import Formula, Model, aligned, as_latex, clip, with_one_symbol_a_name
from deltamu.model.quantities import Quantity

_NO_BRACES = str.maketrans("", "", "{}")

Pairs = tuple[tuple[Quantity, Expr], ...]


def _pairs(mapping: Mapping[Quantity, Any]) -> Pairs:
    if strange := [symbol for symbol in mapping if not isinstance(symbol, Symbol)]:
        raise InputError(f"a policy sets symbols, not {shown(strange[0])}")
    return tuple(
        (sym.OWN.get(symbol.name, symbol), with_one_symbol_a_name(flattened(as_expression(expr, symbol.name)), sym.OWN))
        for symbol, expr in mapping.items()
    )


@dataclass(frozen=True, init=False)
class Policy:
    """A rule that sets controls from move to move.

    Parameters
    ----------
    name : str
        How the policy is called in results and on the command line.
    initial : mapping of Quantity to expression
        Where each control starts, in symbols of the settings.
    update : mapping of Quantity to expression
        What a move makes of each control: an expression in the controls before the move, the index `t` of the
        move (0 for the first) and anything that the model computes in it.  Its keys are among those of `initial`.
    formulas : iterable of Formula, optional
        Named intermediates of the update.
    title : str, optional
        What the policy does, in one phrase.

    Raises
    ------
    InputError
        A control is updated that has no initial value, or `delta` has none.

    Examples
    --------
    A radius that shrinks with the acceptance, as data:

    >>> from deltamu import symbols as sym
    >>> timid = Policy("timid", {sym.delta: sym.delta0}, {sym.delta: sym.delta * sym.acceptance})
    >>> from deltamu import simulate
    >>> float(simulate(policy=timid, moves=2).delta_t[1].round(6))
    0.121753
    """

    name: str
    initial: Pairs
    update: Pairs
    formulas: tuple[Formula, ...]
    title: str

    @checked
    def __init__(
        self,
        name: str,
        initial: Mapping[Quantity, Any],
        update: Mapping[Quantity, Any],
        formulas: Iterable[Formula] = (),
        title: str = "",
    ):
        fields = {"name": name, "initial": _pairs(initial), "update": _pairs(update), "formulas": tuple(formulas)}
        for field, value in (fields | {"title": title}).items():
            object.__setattr__(self, field, value)  # the record is frozen
        started = dict(self.initial)
        orphans = [str(symbol) for symbol, _ in self.update if symbol not in started]
        if orphans:
            raise InputError(f"policy {self.name} updates {', '.join(orphans)} but gives no initial value")
        if sym.delta not in started:
            raise InputError(f"policy {self.name} gives delta no initial value")

    def __reduce__(self):
        pairs = tuple(tuple((symbol, packed(expr)) for symbol, expr in part) for part in (self.initial, self.update))
        return _restored_policy, (self.name, pairs, self.formulas, self.title)

    @property
    def state(self) -> tuple[Quantity, ...]:
        """The controls that the policy sets."""
        return tuple(symbol for symbol, _ in self.initial)

    @property
    def free_symbols(self) -> set[Symbol]:
        """Every symbol that the policy reads and does not set itself."""
        starts = set().union(*(expr.free_symbols for _, expr in self.initial))
        steps = [expr for _, expr in self.update] + [formula.printed for formula in self.formulas]
        own = {*self.state, *(formula.symbol for formula in self.formulas)}
        return starts | (set().union(*(expr.free_symbols for expr in steps)) - own)

    def latex(self) -> str:
        r"""Initial values and updates as aligned equations; what the policy sets has the index of its move.

        Examples
        --------
        >>> print(VIBE.latex())
        \begin{aligned}
        \delta_{t+1} &= d \delta_{t}
        \end{aligned}
        """
        starts = [(f"{symbol.latex}_{{0}}", as_latex(expr)) for symbol, expr in self.initial]
        now = {symbol: f"{symbol.latex}_{{t}}" for symbol in self.state}
        lines = [(symbol.latex, expr) for symbol, expr in ((f.symbol, f.printed) for f in self.formulas)]
        lines += [(f"{symbol.latex}_{{t+1}}", expr) for symbol, expr in self.update]
        steps = [(left, as_latex(expr, symbol_names=now)) for left, expr in lines]
        return aligned([pair for pair in starts if len({side.translate(_NO_BRACES) for side in pair}) > 1] + steps)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        starts = (f"{symbol}[0] = {sympy.sstr(expr, order='none')}" for symbol, expr in self.initial)
        steps = (f"{symbol}[t+1] = {sympy.sstr(expr, order='none')}" for symbol, expr in self.update)
        return "\n".join([*starts, *map(str, self.formulas), *steps])


def _restored_policy(name: str, pairs: Any, formulas: tuple[Formula, ...], title: str) -> Policy:
    initial, update = ({symbol: unpacked(tree) for symbol, tree in part} for part in pairs)
    return Policy(name, initial, update, formulas, title)


@dataclass(frozen=True)
class Move:
    """One move of a policy in a model as a symbolic map of the state.

    Attributes
    ----------
    policy : Policy
    model : Model
        The model with the policy's formulas and the state after the move among its formulas.
    state : tuple of Quantity
        ``mu`` and the controls that the policy sets.
    initial : tuple of sympy.Expr
        Where each of them starts, in symbols of the settings.
    after : tuple of Quantity
        What each of them is after the move: left sides of formulas of `model`.
    """

    policy: Policy
    model: Model
    state: tuple[Quantity, ...]
    initial: tuple[Expr, ...]
    after: tuple[Quantity, ...]

    @property
    def controls(self) -> set[Symbol]:
        """The symbols that a run of this move needs from its settings."""
        from_start = set().union(*(expr.free_symbols for expr in self.initial))
        return (self.model.free_symbols - {*self.state, sym.t, *sym.GIVEN}) | from_start

    @property
    def constant_formulas(self) -> frozenset[Quantity]:
        """Left sides that are the same in every move, since they do not depend on the state."""
        varying = self.model.depending({*self.state, sym.t, *sym.GIVEN})
        return frozenset(formula.symbol for formula in self.model if formula.symbol not in varying)


@checked
def one_move(policy: Policy, model: Model) -> Move:
    """Join a policy to a model: the map of one move on the state (mu and the policy's controls).

    Parameters
    ----------
    policy : Policy
    model : Model
        It defines ``mu_next``.

    Returns
    -------
    Move
        ``state`` and ``after``, symbols before and after the move, and ``model``, all formulas of the move in order.

    Raises
    ------
    InputError
        The policy sets something that the model computes, or mu.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> move = one_move(TRUST_REGION, PUBLISHED)
    >>> move.state, move.after
    ((mu, delta), (mu_next, delta_next))
    >>> print(move.model["delta_proposed"])
    delta_proposed = Piecewise((alpha*delta, acceptance > A_hi), (beta*delta, acceptance < A_lo), (delta, True))
    """
    if sym.mu_next not in model:
        raise InputError(f"model {model.name} has no formula for mu_next: it cannot be run")
    computed = [str(symbol) for symbol in policy.state if symbol in model or symbol in (sym.mu, sym.t)]
    if computed:
        raise InputError(f"policy {policy.name} sets {', '.join(computed)}, which model {model.name} computes")
    updates = []
    for symbol, expr in policy.update:
        after = sym.quantity(
            f"{symbol}_next", f"{symbol.latex}'", meaning=f"{symbol.meaning}, after the move", domain=symbol.domain,
            unit=symbol.unit,
        )  # fmt: skip
        updates.append(Formula(after, expr, title=f"{symbol} after the move", source=f"policy {policy.name}"))
    next_of = dict(zip((symbol for symbol, _ in policy.update), (formula.symbol for formula in updates), strict=True))
    joined = model.replace(*policy.formulas, *updates, name=model.name)
    return Move(
        policy,
        joined,
        state=(sym.mu, *policy.state),
        initial=(sym.mu0, *(expr for _, expr in policy.initial)),
        after=(sym.mu_next, *(next_of.get(symbol, symbol) for symbol in policy.state)),
    )


def vocabulary(policy: Policy, model: Model) -> dict[str, Quantity]:
    """Every control of a policy in a model by name: the built-in ones and those that the two bring along.

    Examples
    --------
    >>> import sympy
    >>> from deltamu import PUBLISHED, Formula
    >>> vocabulary(VIBE, PUBLISHED.replace(Formula(sym.mu_Delta, sympy.Symbol("x") * sym.delta), name="mine"))
    Traceback (most recent call last):
    deltamu.errors.InputError: policy vibe or model mine uses x, of which nothing is known: make it a deltamu.control
    """
    computed = {formula.symbol for formula in (*model, *policy.formulas)}
    needed = policy.free_symbols | (model.free_symbols - {*policy.state})
    own = sorted(needed - {*sym.STATE, *sym.PARAMETERS} - computed, key=str)
    if strange := [str(symbol) for symbol in own if not isinstance(symbol, Quantity)]:
        users = f"policy {policy.name} or model {model.name}"
        raise InputError(f"{users} uses {', '.join(strange)}, of which nothing is known: make it a deltamu.control")
    return {symbol.name: symbol for symbol in (*sym.PARAMETERS, *own)}


def planned(control: Quantity | Expr) -> Piecewise:
    """A control as a planner holds it: never above its cap."""
    return Piecewise((control, control < sym.plan_cap), (sym.plan_cap, True))


with evaluate(False):
    VIBE = Policy(
        "vibe",
        initial={sym.delta: sym.delta0},
        update={sym.delta: sym.decay * sym.delta},
        title="the radius decays by the same factor at every move; nothing else changes",
    )

    _PLANNING = sym.t + 1 <= sym.T_plan
    PLANNER = Policy(
        "planner",
        initial={
            sym.delta: sym.delta0,
            sym.H: planned(sym.H),
            sym.r: planned(sym.r),
        },
        update={
            sym.delta: Piecewise((sym.delta, _PLANNING), (sym.decay * sym.delta, True)),
            sym.H: Piecewise((planned(sym.H + sym.dH), _PLANNING), (sym.H, True)),
            sym.r: Piecewise((planned(sym.r + sym.dr), _PLANNING), (sym.r, True)),
        },
        title="specification first: prior and oracle rise while it plans, and the radius decays afterwards",
    )

    TRUST_REGION = Policy(
        "trust-region",
        initial={sym.delta: sym.delta0},
        update={sym.delta: clip(sym.delta_proposed, sym.delta_min, sym.delta_max)},
        formulas=[
            Formula(
                sym.delta_proposed,
                Piecewise(
                    (sym.alpha * sym.delta, sym.acceptance > sym.A_hi),
                    (sym.beta * sym.delta, sym.acceptance < sym.A_lo),
                    (sym.delta, True),
                ),
                title="radius that the acceptance asks for",
                source="article, Trust Region Parameters",
            )
        ],
        title="the radius expands where moves are accepted and contracts where they are not",
    )

POLICIES = MappingProxyType({policy.name: policy for policy in (VIBE, PLANNER, TRUST_REGION)})


def find_policy(policy: Policy | str) -> Policy:
    """A policy by name; a `Policy` is returned as it is."""
    return named("policy", policy, POLICIES)
