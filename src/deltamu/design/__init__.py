"""What to choose: reviewers, candidates, radius, oracle, budget.

* `teams`: reviewers and candidates: what one more is worth, how many are best, from which correlation on none pays;
* `radius`: the radius that gains most in one move;
* `feedback`: the rule for the radius that reaches the target first, and how far policies and fixed radii are from it;
* `oracle`: what resolution is worth when the tests pass, and the coarsest oracle that is good enough;
* `recommendation`: the best settings within limits, what they trade off, and what is out of reach.
"""

from deltamu.loading import on_first_use

_ROOM_OF: dict[str, str] = {
    "best_radius": "radius",
    "best_reviewers": "teams.best_team",
    "best_split": "teams.candidates",
    "cheapest_resolution": "oracle.resolution",
    "correlation_threshold": "teams.thresholds",
    "next_call": "teams.candidates",
    "optimal_policy": "feedback.optimal",
    "optimality_gap": "feedback.gaps",
    "optimality_gaps": "feedback.gaps",
    "oracle_value": "oracle.value",
    "recommend": "recommendation",
    "reviewer_value": "teams.reviewers",
    "saturation_size": "teams.reviewers",
    "team_front": "teams.candidates",
    "trade_offs": "recommendation.answers",
}

__all__ = list(_ROOM_OF)
__getattr__, __dir__ = on_first_use(__name__, _ROOM_OF)
