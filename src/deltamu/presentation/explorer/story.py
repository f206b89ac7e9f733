"""The guided tour: what each step sets, what to look at, and the claim of the ledger that it ends in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deltamu.claims.derivations import Claim, find_claims
from deltamu.model.gated import GATED
from deltamu.model.models import MODELS
from deltamu.model.policies import TRUST_REGION, VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import PRESETS, Settings
from deltamu.presentation.explorer.evidence import against_fixed_radii, feedback_in_words, first_reviewer_in_words
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
    invites : tuple of str
        Controls that the step invites to move: it is still the step when they have been moved.
    evidence : callable or None
        Rows of runs that are compared at the step's settings.
    measured : callable or None
        Sentences with the numbers of its runs and claims.
    besides : str
        The name of another claim that these sentences rest on.
    """

    key: str
    question: str
    look: str
    means: str
    settings: Settings
    claim: str
    figure: str = "convergence"
    compared: str = ""
    invites: tuple[str, ...] = ()
    evidence: Callable[[Settings], list[dict[str, Any]]] | None = None
    measured: Callable[[Settings], str] | None = None
    besides: str = ""


STORY = (
    Step(
        "oracle", "Does a move ask the tests?",
        "Move the oracle resolution and watch the defects left: as published they stay what they are, in the gated "
        "model they change.",
        "Published moves never ask the tests. All that changes there is what the tests say: finer ones see more of "
        "the same defects, and so pass less often.",
        Settings(TRUST_REGION, model=GATED, r=0.3), "d15_aliasing.path_ignores_the_oracle", invites=("r",),
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
        "Look at the edit radius: as published it grows to its largest value and stays there, however the moves go.",
        "In the published model acceptance is a number computed from the gain; no move is refused. The gain that it "
        "counts is never negative, so that this number is never below one half. That is above the band of the trust "
        "region: the radius is only ever told to grow.",
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
        "efficiency", invites=("N", "K"), measured=first_reviewer_in_words,
        besides="d21_candidates.first_candidate_that_helps",
    ),
    Step(
        "feedback", "Then what is feedback for?",
        "Now the move asks the tests, and large edits do harm: overreach, at 1, makes the damage of an edit grow "
        "faster than its radius. Look at the edit radius: it grows, and is taken back.",
        "For a team that does not know how large an edit may be. Feedback finds a radius without being told, and here "
        "does as well as the fixed radius that is best, which nobody knows beforehand; edits that only shrink fall far "
        "behind.",
        Settings(TRUST_REGION, model=GATED, overreach=1, target=0.75), "d16_speed_up.unknown_constants", "radius",
        evidence=against_fixed_radii, measured=feedback_in_words,
    ),
)  # fmt: skip


def story() -> tuple[Step, ...]:
    """The steps whose claim is in the ledger."""
    names = {claim.name for claim in find_claims()}
    return tuple(step for step in STORY if {step.claim, step.besides} <= {*names, ""})


def _compared(step: Step) -> str:
    """How many moves the step takes to the target, and the one that it is compared with; empty where there is none."""
    for at, other in enumerate(story(), start=1):
        if other.key == step.compared:
            here, there = (int(simulate(one.settings, keep=("mu",)).moves_to_target) for one in (step, other))
            return f" It takes {here} moves to the target; step {at} took {there}."
    return ""


def story_facts() -> list[dict[str, Any]]:
    """The steps as plain data, each with its claim's sentence, verdict and conditions."""
    steps = story()
    named = [name for step in steps for name in (step.claim, step.besides) if name]
    claims = {claim.name: claim for claim in find_claims(named)} if steps else {}
    return [
        {
            "key": step.key, "question": step.question, "look": step.look + _compared(step), "means": step.means,
            "figure": step.figure, "policy": step.settings.policy.name,
            "model": step.settings.model.name if step.settings.model else next(iter(MODELS)),
            "values": dict(step.settings.given), "invites": step.invites,
            "evidence": step.evidence(step.settings) if step.evidence else [],
            "measured": step.measured(step.settings) if step.measured else "",
            "besides": _claim(claims[step.besides]) if step.besides else None, **_claim(claims[step.claim]),
        }
        for step in steps
    ]  # fmt: skip


def _claim(claim: Claim) -> dict[str, Any]:
    """A proof that goes through a list of settings is called an enumeration: it says nothing about others."""
    enumerated = claim.verdict == "proved" and claim.rigorous and claim.holds is None
    return {
        "claim": claim.name, "statement": claim.statement, "where": str(claim.conditions),
        "verdict": "enumerated" if enumerated else claim.verdict,
    }  # fmt: skip
