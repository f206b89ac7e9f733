"""One claim in one model, from its first step to its row of the ledger."""

import time
from collections.abc import Callable

from deltamu.claims.derivations import Claim
from deltamu.claims.ledger import Row
from deltamu.claims.steps import ClaimFailed, Step, listening
from deltamu.model.formula import Model

__all__ = ["run_claim"]

CHECKED_BY = {"proved": {"proved"}, "refuted": {"proved", "refuted"}, "supported": {"proved", "refuted", "supported"}}


def run_claim(claim: Claim, model: Model, listener: Callable[[Step], None] | None = None) -> Row:
    """Check one claim in one model.

    Parameters
    ----------
    claim : Claim
    model : Model
    listener : callable, optional
        Is given every step as it is made.

    Returns
    -------
    Row
        What came of it.  An exception of the claim is a failure and not raised.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> from deltamu.claims import find_claims
    >>> run_claim(find_claims("d01")[0], PUBLISHED).outcome
    'holds'
    """
    if reason := claim.applies_to(model):
        return row(claim, model, "does not apply", reason)
    steps: list[Step] = []

    def hear(made: Step) -> None:
        steps.append(made)
        if listener is not None:
            listener(made)

    start = time.perf_counter()
    outcome, detail = "fails", ""
    try:
        with listening(hear):
            claim.function(model)
        _require_what_is_claimed(claim, steps)
        outcome = "holds"
        detail = "; ".join(made.text for made in steps if made.kind in ("refuted", "supported"))
    except ClaimFailed as failure:
        detail = str(failure)
    except Exception as error:  # the formula of a changed model may break anything on the way
        detail = f"{type(error).__name__}: {error}"
    return row(claim, model, outcome, detail, time.perf_counter() - start)


def row(claim: Claim, model: Model, outcome: str, detail: str, seconds: float = 0.0) -> Row:
    """The row of the ledger for what came of a claim."""
    return Row(
        claim.name, claim.statement, claim.verdict, outcome, claim.where, claim.constants, claim.about, model.name,
        seconds, detail,
    )  # fmt: skip


def _require_what_is_claimed(claim: Claim, steps: list[Step]) -> None:
    """A verdict needs a step of its kind, and none that is weaker."""
    kinds = {made.kind for made in steps} - {"said"}
    if claim.verdict not in kinds:
        raise ClaimFailed(f"it is called {claim.verdict}, but nothing in it was")
    if weaker := kinds - CHECKED_BY[claim.verdict]:
        raise ClaimFailed(f"it is called {claim.verdict}, but part of it was only {', '.join(sorted(weaker))}")
