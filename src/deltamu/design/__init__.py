"""What to choose: reviewers, candidates, radius, oracle, budget.

* `teams`: reviewers and candidates: what one more is worth, how many are best, from which correlation on none pays;
* `radius`: the radius that gains most in one move;
* `feedback`: the rule for the radius that reaches the target first, and how far policies and fixed radii are from it;
* `oracle`: what resolution is worth when the tests pass, and the coarsest oracle that is good enough;
* `recommendation`: the best settings within limits, what they trade off, and what is out of reach;
* `draws`: an answer for each draw of a fit, and the share of draws that agree;
* `levers`: what to change, from a fit alone;  `levers_in_words`: the answer in a few sentences.
"""

from deltamu.design.draws import over_draws
from deltamu.design.feedback.gaps import optimality_gap, optimality_gaps
from deltamu.design.feedback.optimal import optimal_policy
from deltamu.design.levers import levers
from deltamu.design.oracle.resolution import cheapest_resolution
from deltamu.design.oracle.value import oracle_value
from deltamu.design.radius import best_radius
from deltamu.design.recommendation import recommend
from deltamu.design.recommendation.answers import trade_offs
from deltamu.design.teams.best_team import best_reviewers
from deltamu.design.teams.candidates import best_split, next_call, team_front
from deltamu.design.teams.reviewers import reviewer_value, saturation_size
from deltamu.design.teams.thresholds import correlation_threshold
