"""One claim in one model, from its first step to its row of the ledger."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from deltamu.claims.derivations import Claim
from deltamu.claims.falsifier import require_unbroken
from deltamu.claims.ledger import Row
from deltamu.claims.steps import ClaimFailed, Step, listening
from deltamu.model.formula import Model

_NONE: Mapping[str, Any] = MappingProxyType({})
# What a verdict needs among the steps of its claim, and what else may be among them.
NEEDS = {
    "proved": {"proved"}, "argued": {"proved", "argued"}, "refuted": {"refuted"}, "supported": {"supported"},
    "definition": {"proved"},
}  # fmt: skip
ALLOWS = {"refuted": {"proved"}, "supported": {"proved", "argued", "refuted"}}


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
    outcome, detail, numbers = "fails", "", {}
    try:
        with listening(hear):
            numbers = dict(claim.function(model) or {})
        _require_what_is_claimed(claim, steps)
        require_unbroken(claim, model)
        outcome = "holds"
        detail = "; ".join(made.text for made in steps if made.kind in ("refuted", "supported"))
    except ClaimFailed as failure:
        detail = str(failure)
    except Exception as error:  # the formula of a changed model may break anything on the way
        detail = f"it could not be checked ({type(error).__name__}: {error})"
    counterexample = dict(pair for made in steps for pair in made.settings)
    return row(claim, model, outcome, detail, time.perf_counter() - start, numbers, counterexample)


def row(
    claim: Claim, model: Model, outcome: str, detail: str, seconds: float = 0.0, numbers: Mapping[str, Any] = _NONE,
    counterexample: Mapping[str, Any] = _NONE,
) -> Row:  # fmt: skip
    """The row of the ledger for what came of a claim."""
    return Row(
        claim.name, claim.statement, claim.verdict, outcome, str(claim.conditions), claim.constants, claim.about,
        model.name, seconds, detail, {name: _plain(value) for name, value in numbers.items()},
        {name: _plain(value) for name, value in counterexample.items()},
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """A number that JSON knows, and that compares."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value


def _require_what_is_claimed(claim: Claim, steps: list[Step]) -> None:
    """A verdict needs steps of its kind, and none that is weaker."""
    kinds = {made.kind for made in steps} - {"said"}
    if missing := NEEDS[claim.verdict] - kinds:
        raise ClaimFailed(f"it is called {claim.verdict}, but nothing in it was {', '.join(sorted(missing))}")
    if weaker := kinds - NEEDS[claim.verdict] - ALLOWS.get(claim.verdict, set()):
        raise ClaimFailed(f"it is called {claim.verdict}, but part of it was only {', '.join(sorted(weaker))}")
