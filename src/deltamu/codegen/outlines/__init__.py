"""Outlines: what a run of a policy in a model needs to know, as plain data.

An outline is derived from the symbolic move (`deriving`).  Those of deltamu's own policies in its own models are kept
between sessions (`deltamu.codegen.caching`), so that a session that finds them, and the code that an engine generated, need not
load SymPy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from deltamu.codegen.caching import content_key, generator, remembered
from deltamu.codegen.sources import Source

if TYPE_CHECKING:
    from sympy import Symbol

    from deltamu.model.formula import Model
    from deltamu.model.policies import Move, Policy

__all__ = ["Outline", "Variable", "outline"]


@dataclass(frozen=True)
class Variable:
    """What can be kept of a run.

    Attributes
    ----------
    symbol : str
        Name of what is recorded.
    attributes : dict of str to str
        As labelled results carry them.
    """

    symbol: str
    attributes: Mapping[str, str]


class Outline:
    """A policy in a model, as a run sees it.

    Parameters
    ----------
    policy, model
        From `deltamu.model.catalogue.known_policy` and `known_model`.

    Attributes
    ----------
    identity : str
        The same for moves that are the same.
    variables : mapping of str to Variable
        All that can be kept, by the name that it has in results.
    usual : tuple of str
        Those that are kept where nothing else is asked for.
    reported : frozenset of str
        Symbols that are reported of a state.
    state : tuple of str
        ``mu`` and the controls that the policy sets.
    watched : tuple of str
        Those on which the pass probability depends.
    bounded : bool
        Whether the policy holds the radius between bounds.
    steering : frozenset of str
        Controls on which the states of a run depend.
    looking : frozenset of str
        Controls that only look at a run.
    reads : mapping of str to frozenset of str
        For each left side of the model, the controls and states from which it is computed.
    report, passing, bound : Source or None
        Compute what is reported of a state, its pass probability, and ``bound``: the mu below which that is near the
        target, if it is known and the same in every move.
    """

    def __init__(self, policy: "Policy | str", model: "Model | str"):
        self.policy, self.model = policy, model
        facts = self._kept() if isinstance(policy, str) and isinstance(model, str) else self._derived()
        self.identity: str = facts["identity"]
        self.variables = {name: Variable(*variable) for name, variable in facts["variables"].items()}
        self.usual: tuple[str, ...] = tuple(facts["usual"])
        self.reported = frozenset(facts["reported"])
        self.state: tuple[str, ...] = tuple(facts["state"])
        self.watched: tuple[str, ...] = tuple(facts["watched"])
        self.bounded: bool = facts["bounded"]
        self.steering = frozenset(facts["steering"])
        self.looking = frozenset(facts["looking"])
        self.reads = {name: frozenset(read) for name, read in facts["reads"].items()}
        self.report, self.passing = _source(facts["report"]), _source(facts["passing"])
        self.bound = None if facts["bound"] is None else _source(facts["bound"])

    def _kept(self) -> dict[str, Any]:
        return remembered(content_key(["outline", generator(), str(self.policy), str(self.model)]), self._derived)

    def _derived(self) -> dict[str, Any]:
        from deltamu.codegen.outlines.deriving import outlined

        return outlined(self.move)

    @cached_property
    def move(self) -> "Move":
        """The symbolic move itself."""
        from deltamu.model.models import find_model
        from deltamu.model.policies import find_policy, one_move

        return one_move(find_policy(self.policy), find_model(self.model))

    def symbols(self, names: Iterable[str]) -> "tuple[Symbol, ...]":
        """The symbols that have these names in the move."""
        from deltamu.model import symbols as sym

        move = self.move
        known = {*sym.PARAMETERS, *move.controls, *move.state, *(formula.symbol for formula in move.model)}
        by_name = {symbol.name: symbol for symbol in known}
        return tuple(by_name[name] for name in names)


def _source(facts: list[Any]) -> Source:
    name, text, inputs, outputs = facts
    return Source(name, text, tuple(inputs), tuple(outputs))


def outline(policy: "Policy | str", model: "Model | str") -> Outline:
    """The outline of a policy in a model.

    Examples
    --------
    >>> run = outline("trust-region", "published")
    >>> run.state, run.usual[:4], run.variables["delta_t"].attributes["long_name"]
    (('mu', 'delta'), ('mu', 'delta_t', 'H_t', 'r_t'), 'edit radius of the move')
    >>> [sorted({"r", "target", "H"} & outline("trust-region", model).steering) for model in ("published", "gated")]
    [['H'], ['H', 'r']]
    """
    return _outline(policy, model, (*_facts(policy), *_facts(model)))


@cache
def _outline(policy: "Policy | str", model: "Model | str", facts: tuple[Any, ...]) -> Outline:
    return Outline(policy, model)


def _facts(own: "Policy | Model | str") -> list[Any]:
    """What is known of the symbols that a user's own sets or computes; they are equal when their names are."""
    if isinstance(own, str):
        return []
    state = getattr(own, "state", ())
    return [getattr(symbol, "facts", None) for symbol in (*state, *(formula.symbol for formula in own.formulas))]
