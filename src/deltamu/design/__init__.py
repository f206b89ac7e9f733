"""What to choose: reviewers, candidates, radius, oracle, budget.

* `teams`: reviewers and candidates: what one more is worth, how many are best, from which correlation on none pays;
* `radius`: the radius that gains most in one move;
* `feedback`: the rule for the radius that reaches the target first, and how far policies and fixed radii are from it;
* `oracle`: what resolution is worth when the tests pass, and the coarsest oracle that is good enough;
* `recommendation`: the best settings within limits, what they trade off, and what is out of reach.
"""

from deltamu.loading import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, __file__)
