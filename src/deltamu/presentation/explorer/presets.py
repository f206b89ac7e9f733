"""Starting points of the page, each with a line of meaning.

The article's presets, two that reach their target, and one as fitted to a public log.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from deltamu.calibration.fitting import fit
from deltamu.calibration.measured import calibrated
from deltamu.calibration.public import public_log
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
INVENTED = {
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
LOG, RUN = "ldb", "mbpp/gpt-3.5-turbo-0613"
DIGITS = 3


@cache
def starts() -> dict[str, Preset]:
    """All of them, by name."""
    return INVENTED | {"as-fitted": _fitted()}


def _fitted() -> Preset:
    """What the log of one run measured; all else has its default."""
    log = public_log(LOG)
    found = fit(log[log.run == RUN])
    mass = found.isel(run=0).sel(parameter="m")
    measured = calibrated(found)
    rounded: dict[str, Any] = {name: float(f"{value:.{DIGITS}g}") for name, value in measured.given.items()}
    low, high = (float(mass[end]) for end in ("lower", "upper"))
    meaning = (
        f"As a public log says of GPT-3.5 on MBPP: {float(mass.estimate):.2f} defects a program (90 % interval "
        f"{low:.2f} to {high:.2f}); only defects, tests and repair are measured, all else is invented"
    )
    return Preset(Settings(measured.policy, **rounded), "As fitted", meaning)
