"""The oracle: what its resolution is worth when the tests pass, and the coarsest one that is good enough.

* `stop`: what holds at the worst where a run stops, and the coarsest oracle with which it is good enough, as formulas;
* `value`: what a run has when its tests pass, for oracles of every resolution;
* `resolution`: the coarsest oracle with which every stop is good enough, and whether runs with it stop at all.
"""
