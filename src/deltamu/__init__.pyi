"""The public names with their types, for type checkers and editors: `__init__.py` loads them on first use."""

from deltamu import (
    claims as claims,
    compiling as compiling,
    design as design,
    equilibria as equilibria,
    formulas as formulas,
    plotting as plotting,
    policies as policies,
    printing as printing,
    programs as programs,
    sensitivity as sensitivity,
    settings as settings,
    special as special,
    symbols as symbols,
)
from deltamu.claims import (
    Ledger as Ledger,
    derive as derive,
    verify as verify,
)
from deltamu.closures import variance_closure as variance_closure
from deltamu.design import (
    best_radius as best_radius,
    optimal_policy as optimal_policy,
    optimality_gap as optimality_gap,
    optimality_gaps as optimality_gaps,
    recommend as recommend,
)
from deltamu.ensembles import ensemble as ensemble, sample_moves as sample_moves
from deltamu.equilibria import (
    advantage as advantage,
    bifurcation as bifurcation,
    compare as compare,
    defect_floor as defect_floor,
    fixed_points as fixed_points,
    practical_floor as practical_floor,
    reachable as reachable,
)
from deltamu.errors import InputError as InputError
from deltamu.evaluation import evaluate as evaluate
from deltamu.explorer import explorer_page as explorer_page
from deltamu.formulas import (
    GATED as GATED,
    MODELS as MODELS,
    PUBLISHED as PUBLISHED,
    Formula as Formula,
    Model as Model,
    clip as clip,
    positive_part as positive_part,
)
from deltamu.policies import (
    PLANNER as PLANNER,
    POLICIES as POLICIES,
    TRUST_REGION as TRUST_REGION,
    VIBE as VIBE,
    Policy as Policy,
    one_move as one_move,
)
from deltamu.printing import javascript as javascript, latex as latex
from deltamu.quantities import (
    Quantity as Quantity,
    control as control,
    quantity as quantity,
)
from deltamu.sensitivity import (
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
from deltamu.settings import (
    PRESETS as PRESETS,
    SCENARIOS as SCENARIOS,
    Settings as Settings,
)
from deltamu.simulation import simulate as simulate

__version__: str
LOADED: float
