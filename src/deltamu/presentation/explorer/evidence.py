"""What a step of the tour shows for its answer: runs that are compared at its own settings, and a claim's numbers."""

from functools import cache
from typing import Any

from deltamu.claims.derivations import find_claims
from deltamu.claims.running import run_claim
from deltamu.model import symbols as sym
from deltamu.model.policies import POLICIES, VIBE
from deltamu.model.settings import Settings
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.simulate import simulate

KEPT = ("mu_next",)
UNKNOWN = "d16_speed_up.unknown_constants"


@cache  # a step shows them as a table, and tells of two of them
def against_fixed_radii(settings: Settings) -> list[dict[str, Any]]:
    """The run of the settings, the best and the largest of the slider's fixed radii, and the other policies.

    The best is the one that leaves the fewest defects; each row has a name, the defects left and the moves to the
    target, None where it is not reached.

    Examples
    --------
    >>> from deltamu.model.policies import TRUST_REGION
    >>> rows = against_fixed_radii(Settings(TRUST_REGION, overreach=1, target=0.75, model="gated"))
    >>> [row["name"] for row in rows][:2]
    ['radius that feedback sets (trust-region)', 'best fixed radius, δ = 0.64']
    """
    low, high, step = sym.delta0.slider
    radii = [round(low + step * i, 6) for i in range(round((high - low) / step) + 1)]
    fixed = simulate(settings, policy=VIBE, decay=1.0, delta0=radii, keep=KEPT)
    best = radii[int(fixed.mu_next.isel(move=-1).values.argmin())]
    largest = settings["delta_max"]
    rows = [
        _row(f"radius that feedback sets ({settings.policy.name})", simulate(settings, keep=KEPT)),
        _row(f"best fixed radius, δ = {best:g}", fixed.sel(delta0=best)),
        _row(f"largest radius held fixed, δ = {largest:g}", simulate(settings, policy=VIBE, decay=1.0, delta0=largest,
                                                                     keep=KEPT)),
    ]  # fmt: skip
    others = (policy for policy in POLICIES.values() if policy != settings.policy)
    shrinking = f"radius that shrinks, × {settings['decay']:g} a move"
    return rows + [_row(f"{shrinking} ({policy.name})", simulate(settings, policy=policy, keep=KEPT))
                   for policy in others]  # fmt: skip


def feedback_in_words(settings: Settings) -> str:
    """Feedback against the best fixed radius at these settings, and on average over unknown constants.

    The second is another experiment, that of the claim; it is left out where the claim does not hold.
    """
    own, best = against_fixed_radii(settings)[:2]
    wins = "wins" if own["left"] < best["left"] else "loses"
    here = (
        f"At these settings feedback {wins}: it leaves {own['left']:.3g} defects, the best fixed radius "
        f"{best['left']:.3g}. "
    )
    numbers = numbers_of(UNKNOWN)
    elsewhere = (
        "The ledger tells of another experiment: of constants that nobody knows, drawn at random. On average over them "
        "feedback leaves at most {prior_largest_regret:.2g} defects more than the fixed radius that is best for them "
        "all, and radii that only shrink leave at least {prior_least_loss_of_decay:.2g} more."
    )
    return here + (elsewhere.format(**numbers) if numbers else "")


def first_reviewer_in_words(settings: Settings) -> str:
    """What the first reviewer does to the first move of one candidate, and why, as the model computes it.

    Examples
    --------
    >>> first_reviewer_in_words(Settings(VIBE, model="published", K=1, N=0)).partition(":")[0]
    'A first reviewer makes the move worse, even before its price'
    """
    alone, two = (
        evaluate(["K_eff", "selection_intensity", "expected_improvement"], settings, N=n, mu=settings["mu0"],
                 delta=settings["delta0"]) for n in (0, 1)
    )  # fmt: skip
    before, after = float(alone.expected_improvement), float(two.expected_improvement)
    if not after < before:
        return ""
    return (
        f"A first reviewer makes the move worse, even before its price: it removes {after:.3g} defects instead of "
        f"{before:.3g}. With its proposal there are two candidates, worth {float(two.K_eff):.3g} different ones, and "
        f"the published selection intensity is negative below two: {float(two.selection_intensity):.3g}."
    )


def _row(name: str, ds: Any) -> dict[str, Any]:
    moves = float(ds.moves_to_target)
    return {"name": name, "left": float(ds.mu_next[-1]), "moves": int(moves) if moves < float("inf") else None}


@cache
def numbers_of(claim: str) -> dict[str, float]:
    """The numbers that a claim finds, by name; none where it does not hold."""
    (one,) = find_claims(claim)
    return dict(run_claim(one, one.models()[0]).numbers)
