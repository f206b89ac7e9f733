"""What runs: moves at labelled points.

* `sweeps`: labelled points; `record`: what can be kept of a run; `run`: a block of runs, move by move;
* `simulate`, `evaluate`; `limits`: what is reached in the end; `ensemble`: the stochastic process.
"""
