"""A try at breaking a statement: its predicate on values, on many points of its stated domain."""

from typing import Any

import numpy as np

from deltamu.claims.derivations import Claim
from deltamu.claims.points import described, points, resets
from deltamu.claims.steps import ClaimFailed
from deltamu.claims.values import Values
from deltamu.model.formula import Model

POINTS = 400  # in every run of a claim; the long tests take 10,000


def require_unbroken(claim: Claim, model: Model, count: int = POINTS, seed: int | None = None) -> int:
    """Try a claim's statement at points of its domain; returns how many there were.

    Raises
    ------
    ClaimFailed
        It is false at a point, which is named.
    """
    if claim.holds is None:
        return 0
    at = points(model, claim.conditions, count, *(() if seed is None else (seed,)))
    true = _holds(claim, at)
    if not true.all():
        raise ClaimFailed(f"it is false at {described(_simplest(claim, at.chosen(np.flatnonzero(~true)[:1])))}")
    return len(true)


def _holds(claim: Claim, at: Values) -> np.ndarray:
    """Whether the statement is true at each point."""
    assert claim.holds is not None
    with np.errstate(all="ignore"):
        found: Any = claim.holds(at)
    size = len(at.inputs["mu"])
    true = np.broadcast_to(np.asarray(found), np.broadcast_shapes(np.shape(found), (size,)))
    if true.dtype != bool:
        raise ClaimFailed("its predicate does not say true or false")
    return np.asarray(true.reshape(-1, size).all(axis=0))


def _simplest(claim: Claim, at: Values) -> Values:
    """One point at which the statement is false, with the inputs at their defaults that do not matter for that."""
    defaults = resets(at)
    one_each = {name: np.repeat(column, len(defaults)) for name, column in at.inputs.items()}
    for place, default in enumerate(defaults):
        for name, value in default.items():
            one_each[name][place] = value
    needless = _is_false(claim, Values(at.model, one_each)) if defaults else np.array([])
    free = {name: np.array([value]) for default, may_go in zip(defaults, needless, strict=True) if may_go
            for name, value in default.items()}  # fmt: skip
    simpler = at.moved(**free)
    return simpler if _is_false(claim, simpler).all() else at


def _is_false(claim: Claim, at: Values) -> np.ndarray:
    """Whether each point obeys the claim's conditions and its statement is false there."""
    return np.logical_and(claim.conditions.holds(at), ~_holds(claim, at))
