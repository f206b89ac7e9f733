"""The guided tour: what each step sets, what to look at, and the claim of the ledger that it ends in."""

from dataclasses import dataclass
from typing import Any

from deltamu.claims.derivations import find_claims
from deltamu.model.gated import GATED
from deltamu.model.models import MODELS
from deltamu.model.policies import TRUST_REGION, VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import PRESETS, Settings
from deltamu.simulation.simulate import simulate


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
    means : str
        The answer in plain words, as far as the step's own settings show it.
    settings : Settings
        What the step sets, its model too.
    claim : str
        The name of the claim that answers the question.
    figure : str
        The plot to look at.
    compared : str
        The key of a step whose number of moves is told beside this one's.
    """

    key: str
    question: str
    look: str
    means: str
    settings: Settings
    claim: str
    figure: str = "convergence"
    compared: str = ""


STORY = (
    Step(
        "oracle", "Does a move ask the tests?",
        "Move the oracle resolution and watch the defects left: as published they stay what they are, in the gated "
        "model they change.",
        "Published moves never ask the tests. All that changes there is what the tests say: finer ones see more of "
        "the same defects, and so pass less often.",
        Settings(TRUST_REGION, model=GATED, r=0.3), "d15_aliasing.path_ignores_the_oracle",
    ),
    Step(
        "pass", "What is a pass worth?",
        "These tests see one defect mode in a hundred. Compare the pass probability with the true reliability.",
        "Tests that see little pass easily: here they are almost sure to pass, and almost sure to be wrong.",
        Settings(VIBE, model=GATED, r=0.01, decay=1), "d22_oracle.pass_is_clean",
    ),
    Step(
        "targets", "Does a good team get there?",
        "A strong team with many candidates. Look at the dotted floor of the defects in the published model.",
        "No: as published, edits stop paying at a floor of the defects, and there the tests pass too seldom. More "
        "moves do not help.",
        PRESETS["principal-tr"].replace(model=PUBLISHED), "d12_floor.presets_reach_their_targets",
    ),
    Step(
        "adapts", "Does the trust region adapt?",
        "Look at the edit radius: it grows to its largest value and stays there, however the moves go.",
        "The published move counts an average gain that is never negative, so its acceptance is never below one half. "
        "That is above the band of the trust region, so that the radius is only ever told to grow.",
        Settings(TRUST_REGION, model=PUBLISHED, target=0.6), "d11_trust_region.adapts", "radius",
    ),
    Step(
        "speed", "So where does its speed come from?",
        "The same task with the largest radius from the first move on, and no feedback at all.",
        "From large edits, not from feedback: here the largest radius, held fixed, is the faster one.",
        Settings(VIBE, model=PUBLISHED, delta0=1, decay=1, target=0.6), "d16_speed_up.beats_the_largest_radius",
        compared="adapts",
    ),
    Step(
        "reviewers", "Are reviewers worth their price?",
        "One candidate and no reviewer. Add reviewers, and see how much less a model call then removes.",
        "Each reviewer costs calls, more than the choice gains: per call, one candidate alone removes the most here.",
        Settings(VIBE, model=PUBLISHED, K=1, N=0, decay=1, target=0.5), "d21_candidates.one_candidate_per_call",
        "efficiency",
    ),
    Step(
        "feedback", "Then what is feedback for?",
        "Now large edits do harm (overreach is 1), and the move asks the tests. Look at the edit radius: it grows, and "
        "is taken back.",
        "For a team that does not know how large an edit may be: feedback loses little against the fixed radius that "
        "is best on average, while edits that only shrink fall far behind.",
        Settings(TRUST_REGION, model=GATED, overreach=1, target=0.8), "d16_speed_up.unknown_constants", "radius",
    ),
)  # fmt: skip


def story() -> tuple[Step, ...]:
    """The steps whose claim is in the ledger."""
    names = {claim.name for claim in find_claims()}
    return tuple(step for step in STORY if step.claim in names)


def _compared(step: Step) -> str:
    """How many moves the step takes to the target, and the one that it is compared with; empty where there is none."""
    for at, other in enumerate(story(), start=1):
        if other.key == step.compared:
            here, there = (int(simulate(one.settings, keep=("mu",)).moves_to_target) for one in (step, other))
            return f" It takes {here} moves to the target; step {at} took {there}."
    return ""


def story_facts() -> list[dict[str, Any]]:
    """The steps as plain data, each with its claim's sentence and verdict."""
    steps = story()
    claims = {claim.name: claim for claim in find_claims([step.claim for step in steps])} if steps else {}
    return [
        {
            "key": step.key, "question": step.question, "look": step.look + _compared(step), "means": step.means,
            "figure": step.figure, "policy": step.settings.policy.name,
            "model": step.settings.model.name if step.settings.model else next(iter(MODELS)),
            "values": dict(step.settings.given), "claim": step.claim,
            "statement": claims[step.claim].statement, "verdict": claims[step.claim].verdict,
        }
        for step in steps
    ]  # fmt: skip
