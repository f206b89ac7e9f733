"""The public names with their types, for type checkers and editors: `__init__.py` loads them on first use."""

from deltamu.sensitivity.boxes import BOXES as BOXES
from deltamu.sensitivity.derivatives import (
    derivative as derivative,
    difference as difference,
    elasticity as elasticity,
    gradient as gradient,
    hessian as hessian,
    interaction as interaction,
    parameters_of as parameters_of,
)
from deltamu.sensitivity.local import interactions as interactions, sensitivities as sensitivities
from deltamu.sensitivity.outcomes import OUTCOMES as OUTCOMES
from deltamu.sensitivity.robustness import verdicts as verdicts
from deltamu.sensitivity.signs import sign_of as sign_of
from deltamu.sensitivity.sobol import global_sensitivity as global_sensitivity
from deltamu.sensitivity.trajectories import tangents as tangents
