"""A try at breaking a statement: its predicate on values, on many points of its stated domain."""

from typing import Any

import numpy as np

from deltamu.claims.derivations import Claim
from deltamu.claims.points import described, points
from deltamu.claims.steps import ClaimFailed
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
    with np.errstate(all="ignore"):
        found: Any = claim.holds(at)
    size = len(at.inputs["mu"])
    true = np.broadcast_to(np.asarray(found), np.broadcast_shapes(np.shape(found), (size,)))
    if true.dtype != bool:
        raise ClaimFailed("its predicate does not say true or false")
    if not true.all():
        point = int(np.flatnonzero(~true.reshape(-1, size).all(axis=0))[0])
        raise ClaimFailed(f"it is false at {described(at, point)}")
    return size
