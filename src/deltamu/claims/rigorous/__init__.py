"""Statements decided in ball arithmetic (python-flint, extra ``rigor``): every number is a ball that holds the truth.

* `balls`: enclosures of the model's special functions;
* `tape`: a model's formulas as a straight line of operations on balls;
* `branch_and_bound`: a bound on a whole box, by splitting it until every part is decided;
* `runs`: runs of a policy in which every number is a ball.
"""

from deltamu.claims.rigorous.balls import interval
from deltamu.claims.rigorous.branch_and_bound import Box, prove_below, root_between
from deltamu.claims.rigorous.runs import Run, moves_until, run
from deltamu.claims.rigorous.statements import assert_enclosed, digits, enclosed, exact, quantity_on_balls
