"""Sensitivities: derivatives of formulas, tangents of whole runs, outcomes, global indices.

* `derivatives`: `derivative`, `elasticity`, `gradient`, `hessian`, `interaction` and `difference` as formulas;
* `trajectories`: exact tangents of every state and outcome of a run along every parameter;
* `local`: tables of sensitivities and interactions at labelled points; `signs`: signs that hold everywhere;
* `boxes`: runs all over a box of parameters; `sobol`: indices of them; `robustness`: verdicts that hold all over it;
* `calculus`: the chain rule on programs; `reduced`, `switches`, `linearised`: one move, differentiated;
* `rates`, `propagation`, `sides`, `outcomes`: a run, differentiated move by move.
"""

from deltamu.loading import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__, __file__)
