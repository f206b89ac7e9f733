"""What to choose: reviewers, candidates, radius, oracle, budget.

* `saturation`: the accuracy of a team of any size in two numbers, the ends and the scale that follow from them;
* `reviewers`: what one more reviewer is worth, and when no more is to be had from them;
* `best_team`: how many reviewers are best;
* `thresholds`: the correlation from which on one more reviewer does not pay;
* `candidates`: a budget of model calls split between candidates and reviewers;
* `radius`: the radius that gains most in one move;
* `stages`, `greedy`, `attainable`: what any radii can reach in so many moves;
* `optimal`, `value`: the feedback that reaches the target first, of the expected and of the stochastic move;
* `gaps`: how far policies and fixed radii are from that;
* `oracle`: what resolution is worth when the tests pass, and the coarsest oracle that is good enough;
* `recommendation`: the best settings within limits, what they trade off, and what is out of reach.
"""

from importlib import import_module
from typing import Any

_ROOM_OF: dict[str, str] = {
    "best_radius": "radius",
    "best_reviewers": "best_team",
    "best_split": "candidates",
    "cheapest_resolution": "oracle",
    "correlation_threshold": "thresholds",
    "next_call": "candidates",
    "optimal_policy": "optimal",
    "optimality_gap": "gaps",
    "optimality_gaps": "gaps",
    "oracle_value": "oracle",
    "recommend": "recommendation",
    "reviewer_value": "reviewers",
    "saturation_size": "reviewers",
    "team_front": "candidates",
    "trade_offs": "answers",
}

__all__ = list(_ROOM_OF)


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value
