"""Programs rewritten into faster ones that say the same, in symbols, for every engine.

* `schedule`: how often what a move computes changes;
* `inversion`: comparisons taken through the functions around what varies: A > c becomes E > logit(c) sigma_tot;
* `factoring`, `roots`: factors and roots merged; `hoisting`: constant parts, and what occurs twice, get own lines;
* `extrema`: positive parts and clips as Max and Min;
* `lean`: all of these in order: a move that computes its next state and nothing else; `lines`: what lines read;
* `plan`: a run in programs: what is computed once, with the schedule, with every move.

Nothing here knows a formula of the model: what holds is derived from the expressions and the domains of their symbols.
"""
