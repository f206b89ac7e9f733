"""What the dynamics converge to, how fast, and whether adapting the radius helps."""

from deltamu.equilibria.advantage import advantage
from deltamu.equilibria.bifurcation import bifurcation
from deltamu.equilibria.comparison import compare
from deltamu.equilibria.cycles import cycle_condition, long_run
from deltamu.equilibria.floors import defect_floor, floor_condition, practical_floor
from deltamu.equilibria.fluid import fluid, fluid_moves
from deltamu.equilibria.portrait import phase_portrait
from deltamu.equilibria.reachable import reachable
from deltamu.equilibria.rest import rest_points, rest_radius
from deltamu.equilibria.slow import slow_manifold
from deltamu.equilibria.stability import fixed_points
from deltamu.equilibria.trust_region import BALANCED_ACCEPTANCE, RADIUS_DRIFT, boundaries, expansion_moves, regions
