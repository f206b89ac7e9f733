"""Starting points of the page, each with a line of meaning: the article's presets, and two that reach their target."""

from dataclasses import dataclass

from deltamu.model.policies import TRUST_REGION, VIBE
from deltamu.model.settings import PRESETS, Settings


@dataclass(frozen=True)
class Preset:
    """Settings with a name and a line of meaning."""

    settings: Settings
    title: str
    meaning: str


TITLES = {"noob-vibe": "Noob vibe", "principal-tr": "Principal TR", "planner-spec": "Planner spec"}
MEANINGS = {
    "noob-vibe": "One candidate, no reviewer, small edits that shrink",
    "principal-tr": "A strong team; the radius follows the acceptance",
    "planner-spec": "Specification and tests improve first",
}
STARTS = {
    name: Preset(settings, TITLES.get(name, name), MEANINGS.get(name, settings.policy.title))
    for name, settings in PRESETS.items()
} | {
    "steady": Preset(
        Settings(TRUST_REGION, target=0.8), "Steady", "The default team with a trust region and a modest target"
    ),
    "bold": Preset(
        Settings(VIBE, target=0.8, delta0=1.5, decay=1, K=12, N=8, gamma=0),
        "Bold", "Large edits that never shrink, twelve candidates, eight independent reviewers",
    ),
}  # fmt: skip
