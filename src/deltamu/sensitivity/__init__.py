"""Sensitivities: derivatives of formulas, tangents of whole runs, outcomes, global indices.

* `derivatives`: `derivative`, `elasticity`, `gradient`, `hessian`, `interaction` and `difference` as formulas;
* `trajectories`: exact tangents of every state and outcome of a run along every parameter;
* `local`: tables of sensitivities and interactions at labelled points; `signs`: signs that hold everywhere;
* `boxes`: runs all over a box of parameters; `sobol`: indices of them; `robustness`: verdicts that hold all over it;
* `calculus`: the chain rule on programs; `reduced`, `switches`, `linearised`: one move, differentiated;
* `rates`, `propagation`, `sides`, `outcomes`: a run, differentiated move by move.
"""

from deltamu.model.calculus.derivatives import (
    derivative,
    difference,
    elasticity,
    gradient,
    hessian,
    interaction,
    parameters_of,
)
from deltamu.model.calculus.signs import sign_of
from deltamu.sensitivity.boxes import BOXES
from deltamu.sensitivity.local import interactions, sensitivities
from deltamu.sensitivity.outcomes import FINITE, OUTCOMES, SMOOTH
from deltamu.sensitivity.robustness import verdicts
from deltamu.sensitivity.sobol import global_sensitivity
from deltamu.sensitivity.tangents import tangents
