"""Laws: each a record of symbols, written once.

* `law`: what a law is, and the law in other coordinates;
* `spread`: the mass over tasks and its Laplace transform, which all of them share;
* `repair`, `retry`, `samples`, `levels`, `detectability`, `two_tries`, `reviewers`, `failures`: the model's laws;
* `flow`: the law of the user's own policy and model;
* `baselines`: what any of them has to beat;
* `registry`: all of them by name.
"""
