"""The guided tour: what each step sets, what to look at, and the claim of the ledger that it ends in."""

from dataclasses import dataclass
from typing import Any

from deltamu.claims.derivations import find_claims
from deltamu.model.gated import GATED
from deltamu.model.models import MODELS
from deltamu.model.policies import TRUST_REGION, VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import PRESETS, Settings


@dataclass(frozen=True)
class Step:
    """A step of the tour.

    Attributes
    ----------
    key : str
        In the step's own link.
    question : str
    look : str
        What to look at on the page, or to try.
    settings : Settings
        What the step sets, its model too.
    claim : str
        The name of the claim that answers the question.
    """

    key: str
    question: str
    look: str
    settings: Settings
    claim: str


STORY = (
    Step(
        "oracle", "Does a move ask the tests?",
        "Move the oracle resolution: the published curve of the defects stays where it is, the gated one moves.",
        Settings(TRUST_REGION, model=GATED, r=0.3), "d15_aliasing.path_ignores_the_oracle",
    ),
    Step(
        "pass", "What is a pass worth?",
        "These tests see one defect mode in a hundred. Compare the pass probability at the stop with the true "
        "reliability there.",
        Settings(VIBE, model=GATED, r=0.01, decay=1), "d22_oracle.pass_is_clean",
    ),
    Step(
        "targets", "Does a good team get there?",
        "A strong team with many candidates. Look at the dotted floor of the defects in the published model.",
        PRESETS["principal-tr"].replace(model=PUBLISHED), "d12_floor.presets_reach_their_targets",
    ),
    Step(
        "adapts", "Does the trust region adapt?",
        "Unfold the plots and look at the edit radius: it grows to its largest value and stays there.",
        Settings(TRUST_REGION, model=PUBLISHED, target=0.6), "d11_trust_region.adapts",
    ),
    Step(
        "speed", "So where does its speed come from?",
        "The same task with the largest radius from the first move on, and no feedback at all.",
        Settings(VIBE, model=PUBLISHED, delta0=1, decay=1, target=0.6), "d16_speed_up.beats_the_largest_radius",
    ),
    Step(
        "reviewers", "Are reviewers worth their price?",
        "One candidate and no reviewer. Add reviewers, and see what a model call then removes.",
        Settings(VIBE, model=PUBLISHED, K=1, N=0, decay=1, target=0.5), "d21_candidates.one_candidate_per_call",
    ),
    Step(
        "feedback", "Then what is feedback for?",
        "Now large edits do harm (overreach is 1), and the move asks the tests: the radius grows, and is taken back.",
        Settings(TRUST_REGION, model=GATED, overreach=1, target=0.8), "d16_speed_up.unknown_constants",
    ),
)  # fmt: skip


def story() -> tuple[Step, ...]:
    """The steps whose claim is in the ledger."""
    names = {claim.name for claim in find_claims()}
    return tuple(step for step in STORY if step.claim in names)


def story_facts() -> list[dict[str, Any]]:
    """The steps as plain data, each with its claim's sentence and verdict."""
    steps = story()
    claims = {claim.name: claim for claim in find_claims([step.claim for step in steps])} if steps else {}
    return [
        {
            "key": step.key, "question": step.question, "look": step.look, "policy": step.settings.policy.name,
            "model": step.settings.model.name if step.settings.model else next(iter(MODELS)),
            "values": dict(step.settings.given), "claim": step.claim, "statement": claims[step.claim].statement,
            "verdict": claims[step.claim].verdict,
        }
        for step in steps
    ]  # fmt: skip
