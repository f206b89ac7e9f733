"""The public names with their types, for type checkers and editors: `__init__.py` loads them on first use."""

import types

from . import (
    calibration as calibration,
    claims as claims,
    design as design,
    equilibria as equilibria,
    sensitivity as sensitivity,
)
from .calibration import (
    calibrated as calibrated,
    compare_fits as compare_fits,
    draws as draws,
    fit as fit,
    identifiability as identifiability,
    log_from_counts as log_from_counts,
    predict as predict,
    profile as profile,
    read_log as read_log,
    rows_of as rows_of,
    told as told,
)
from .claims import Ledger as Ledger, derive as derive, verify as verify
from .codegen.printers import javascript as javascript, latex as latex
from .design import (
    best_radius as best_radius,
    optimal_policy as optimal_policy,
    optimality_gap as optimality_gap,
    optimality_gaps as optimality_gaps,
    recommend as recommend,
)
from .equilibria import (
    advantage as advantage,
    bifurcation as bifurcation,
    compare as compare,
    defect_floor as defect_floor,
    fixed_points as fixed_points,
    practical_floor as practical_floor,
    reachable as reachable,
)
from .errors import InputError as InputError
from .model import policies as policies, settings as settings, special as special, symbols as symbols
from .model.closure import variance_closure as variance_closure
from .model.formula import Formula as Formula, Model as Model, clip as clip, positive_part as positive_part
from .model.gated import GATED as GATED
from .model.models import MODELS as MODELS
from .model.policies import (
    PLANNER as PLANNER,
    POLICIES as POLICIES,
    Policy as Policy,
    TRUST_REGION as TRUST_REGION,
    VIBE as VIBE,
    one_move as one_move,
)
from .model.published import PUBLISHED as PUBLISHED
from .model.own import control as control, quantity as quantity
from .model.quantities import Quantity as Quantity
from .model.settings import PRESETS as PRESETS, SCENARIOS as SCENARIOS, Settings as Settings
from .presentation import plotting as plotting
from .presentation.export import load_json as load_json
from .presentation.explorer import explorer_page as explorer_page
from .sensitivity import (
    derivative as derivative,
    difference as difference,
    elasticity as elasticity,
    global_sensitivity as global_sensitivity,
    gradient as gradient,
    hessian as hessian,
    interaction as interaction,
    interactions as interactions,
    sensitivities as sensitivities,
    tangents as tangents,
)
from .simulation.ensemble import ensemble as ensemble, sample_moves as sample_moves
from .simulation.evaluate import evaluate as evaluate
from .simulation.population import Population as Population
from .simulation.simulate import simulate as simulate

compiling: types.ModuleType
formulas: types.ModuleType
printing: types.ModuleType
programs: types.ModuleType
__version__: str
