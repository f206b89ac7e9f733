"""Deltamu's own controls, policies and models by name, as plain data.

The catalogue says of them what a run needs to know before it starts.  It is derived from their symbols and kept between
sessions (`deltamu.codegen.caching`), so that a session that finds it need not load SymPy.  What is a user's own is not in it:
its symbols are asked.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deltamu.codegen.caching import content_key, generator, remembered
from deltamu.model.controls import Control, Domain, check_order

if TYPE_CHECKING:
    from deltamu.model.formula import Model
    from deltamu.model.policies import Policy

__all__ = ["catalogue", "check_constraints", "controls_of", "known_model", "known_policy", "name_of"]


@dataclass(frozen=True)
class Catalogue:
    """What is known by name.

    Attributes
    ----------
    controls : tuple of Control
        The controls and constants of every run.
    constraints : tuple of (str, str)
        Controls of which the first is never above the second.
    policies, models : tuple of str
    brought : mapping of (policy, model) to tuple of Control
        What the two bring along besides.
    """

    controls: tuple[Control, ...]
    constraints: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    models: tuple[str, ...]
    brought: Mapping[tuple[str, str], tuple[Control, ...]]


@cache
def catalogue() -> Catalogue:
    """The catalogue, kept or derived.

    Examples
    --------
    >>> catalogue().policies, catalogue().constraints[0]
    (('vibe', 'planner', 'trust-region'), ('A_lo', 'A_hi'))
    """
    content = remembered(content_key(["catalogue", generator()]), _derived)
    return Catalogue(
        _controls(content["controls"]),
        tuple((low, high) for low, high in content["constraints"]),
        tuple(content["policies"]),
        tuple(content["models"]),
        {(policy, model): _controls(brought) for policy, model, brought in content["brought"]},
    )


def _controls(content: list[dict[str, Any]]) -> tuple[Control, ...]:
    return tuple(Control(**facts | {"domain": Domain(**facts["domain"])}) for facts in content)


def _derived() -> dict[str, Any]:
    from deltamu.model import symbols as sym
    from deltamu.model.models import MODELS
    from deltamu.model.policies import POLICIES, vocabulary

    def own(policy: "Policy", model: "Model") -> list[dict[str, Any]]:
        return [asdict(s.plain) for s in vocabulary(policy, model).values() if s not in sym.PARAMETERS]

    return {
        "controls": [asdict(symbol.plain) for symbol in sym.PARAMETERS],
        "constraints": [[low.name, high.name] for low, high in (constraint.args for constraint in sym.CONSTRAINTS)],
        "policies": list(POLICIES),
        "models": list(MODELS),
        "brought": [[p.name, m.name, own(p, m)] for p in POLICIES.values() for m in MODELS.values()],
    }


def known_policy(policy: "Policy | str") -> "Policy | str":
    """One of deltamu's own policies as its name, a user's own as it is.

    Raises
    ------
    InputError
        No policy has this name.
    """
    if isinstance(policy, str) and policy in catalogue().policies:
        return policy
    from deltamu.model.policies import POLICIES, find_policy

    found = find_policy(policy)
    return found.name if POLICIES.get(found.name) == found else found


def known_model(model: "Model | str") -> "Model | str":
    """One of deltamu's own models as its name, a user's own as it is.

    Raises
    ------
    InputError
        No model has this name.
    """
    if isinstance(model, str) and model in catalogue().models:
        return model
    from deltamu.model.models import MODELS, find_model

    found = find_model(model)
    return found.name if MODELS.get(found.name) == found else found


def name_of(thing: "Policy | Model | str") -> str:
    """The name of a policy or a model."""
    return thing if isinstance(thing, str) else thing.name


def controls_of(policy: "Policy | str", model: "Model | str") -> Mapping[str, Control]:
    """Every control of a policy in a model by name: the usual ones and those that the two bring along.

    Parameters
    ----------
    policy, model
        From `known_policy` and `known_model`.
    """
    if isinstance(policy, str) and isinstance(model, str):
        return _controls_of_own(policy, model)
    from deltamu.model.models import find_model
    from deltamu.model.policies import find_policy, vocabulary

    return {name: symbol.plain for name, symbol in vocabulary(find_policy(policy), find_model(model)).items()}


@cache
def _controls_of_own(policy: str, model: str) -> Mapping[str, Control]:
    known = catalogue()
    return MappingProxyType({control.name: control for control in (*known.controls, *known.brought[policy, model])})


def check_constraints(values: Mapping[str, Any]) -> None:
    """Raise unless every cross-constraint holds among the values that are given; see `check_order`."""
    check_order(catalogue().constraints, values)
