"""The public names with their types, for type checkers and editors: `__init__.py` loads them on first use."""

from deltamu.design.feedback.gaps import optimality_gap as optimality_gap, optimality_gaps as optimality_gaps
from deltamu.design.feedback.optimal import optimal_policy as optimal_policy
from deltamu.design.oracle.resolution import cheapest_resolution as cheapest_resolution
from deltamu.design.oracle.value import oracle_value as oracle_value
from deltamu.design.radius import best_radius as best_radius
from deltamu.design.recommendation import recommend as recommend
from deltamu.design.recommendation.answers import trade_offs as trade_offs
from deltamu.design.teams.best_team import best_reviewers as best_reviewers
from deltamu.design.teams.candidates import (
    best_split as best_split,
    next_call as next_call,
    team_front as team_front,
)
from deltamu.design.teams.reviewers import reviewer_value as reviewer_value, saturation_size as saturation_size
from deltamu.design.teams.thresholds import correlation_threshold as correlation_threshold
