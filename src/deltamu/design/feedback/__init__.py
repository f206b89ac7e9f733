"""The radius as feedback: what any rule for it can reach, the best rule, and how far others are from it.

* `stages`: the other controls move by move, as the policy at hand sets them;
* `greedy`, `attainable`: the masses that any radii can reach in so many moves, exactly;
* `value`: the dynamic programme of the stochastic move;
* `optimal`: the rule that reaches the target first, of the expected and of the stochastic move;
* `gaps`: policies and fixed radii against it.
"""
