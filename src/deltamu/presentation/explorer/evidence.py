"""What a step of the tour shows for its answer: runs that are compared at its own settings, and a claim's numbers."""

from functools import cache
from typing import Any

from deltamu.claims.derivations import find_claims
from deltamu.claims.running import run_claim
from deltamu.model import symbols as sym
from deltamu.model.policies import POLICIES, VIBE
from deltamu.model.settings import Settings
from deltamu.simulation.simulate import simulate

KEPT = ("mu_next",)


def against_fixed_radii(settings: Settings) -> list[dict[str, Any]]:
    """The run of the settings, the best and the largest of the slider's fixed radii, and the other policies.

    The best is the one that leaves the fewest defects; each row has a name, the defects left and the moves to the
    target, None where it is not reached.

    Examples
    --------
    >>> from deltamu.model.policies import TRUST_REGION
    >>> rows = against_fixed_radii(Settings(TRUST_REGION, overreach=1, target=0.75, model="gated"))
    >>> [row["name"] for row in rows][:2]
    ['trust-region: feedback', 'best fixed radius, δ = 0.64']
    """
    low, high, step = sym.delta0.slider
    radii = [round(low + step * i, 6) for i in range(round((high - low) / step) + 1)]
    fixed = simulate(settings, policy=VIBE, decay=1.0, delta0=radii, keep=KEPT)
    best = radii[int(fixed.mu_next.isel(move=-1).values.argmin())]
    largest = settings["delta_max"]
    rows = [
        _row(f"{settings.policy.name}: feedback", simulate(settings, keep=KEPT)),
        _row(f"best fixed radius, δ = {best:g}", fixed.sel(delta0=best)),
        _row(f"largest radius held fixed, δ = {largest:g}", simulate(settings, policy=VIBE, decay=1.0, delta0=largest,
                                                                     keep=KEPT)),
    ]  # fmt: skip
    others = (policy for policy in POLICIES.values() if policy != settings.policy)
    return rows + [_row(f"{policy.name}: radii that shrink", simulate(settings, policy=policy, keep=KEPT))
                   for policy in others]  # fmt: skip


def _row(name: str, ds: Any) -> dict[str, Any]:
    moves = float(ds.moves_to_target)
    return {"name": name, "left": float(ds.mu_next[-1]), "moves": int(moves) if moves < float("inf") else None}


@cache
def numbers_of(claim: str) -> dict[str, float]:
    """The numbers that a claim finds, by name; none where it does not hold."""
    (one,) = find_claims(claim)
    return dict(run_claim(one, one.models()[0]).numbers)
