"""deltamu: a symbolic-analytic laboratory for a stochastic model of LLM code generation.

A codebase carries an expected defect mass mu; every move generates candidate edits of radius delta, reviewers score
them, a coarse oracle filters, and the best one is accepted or rejected.  Each formula of the model is written once, in
SymPy; derivatives, NumPy code, JavaScript and LaTeX are derived from it.

The public names are loaded on first use, so that importing the package costs next to nothing.
"""

from time import time

from deltamu.loading import on_first_use

__version__ = "0.1.0"

LOADED = time()  # source that is newer is not what this session runs

_ROOM_OF = {
    "InputError": "errors",
    "Quantity": "quantities",
    "control": "quantities",
    "quantity": "quantities",
    "Formula": "formulas",
    "Model": "formulas",
    "PUBLISHED": "formulas",
    "GATED": "formulas",
    "MODELS": "formulas",
    "clip": "formulas",
    "positive_part": "formulas",
    "Policy": "policies",
    "VIBE": "policies",
    "PLANNER": "policies",
    "TRUST_REGION": "policies",
    "POLICIES": "policies",
    "one_move": "policies",
    "variance_closure": "closures",
    "Settings": "settings",
    "PRESETS": "settings",
    "SCENARIOS": "settings",
    "latex": "printing",
    "javascript": "printing",
    "evaluate": "evaluation",
    "simulate": "simulation",
    "derivative": "sensitivity",
    "difference": "sensitivity",
    "elasticity": "sensitivity",
    "gradient": "sensitivity",
    "hessian": "sensitivity",
    "interaction": "sensitivity",
    "interactions": "sensitivity",
    "sensitivities": "sensitivity",
    "global_sensitivity": "sensitivity",
    "tangents": "sensitivity",
    "advantage": "equilibria",
    "bifurcation": "equilibria",
    "compare": "equilibria",
    "defect_floor": "equilibria",
    "fixed_points": "equilibria",
    "practical_floor": "equilibria",
    "reachable": "equilibria",
    "best_radius": "design",
    "optimal_policy": "design",
    "recommend": "design",
    "optimality_gap": "design",
    "optimality_gaps": "design",
    "verify": "claims",
    "derive": "claims",
    "Ledger": "claims",
    "ensemble": "ensembles",
    "sample_moves": "ensembles",
    "explorer_page": "explorer",
}
_ROOMS = (
    "symbols",
    "formulas",
    "policies",
    "settings",
    "programs",
    "printing",
    "compiling",
    "plotting",
    "special",
    "sensitivity",
    "equilibria",
    "design",
    "claims",
)

__all__ = [*_ROOM_OF, *_ROOMS]  # noqa: PLE0604  (strings all)
__getattr__, __dir__ = on_first_use(__name__, _ROOM_OF | dict.fromkeys(_ROOMS, ""))
