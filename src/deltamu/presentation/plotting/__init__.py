"""Draw labelled data on given axes.

Every function takes a dataset and Matplotlib axes, draws, and returns the axes.  Nothing is computed here: what a
figure shows is in its dataset.  Nothing is imported from Matplotlib either: the caller makes the figure, applies
`STYLE` if it likes, and saves.

Examples
--------
>>> from matplotlib.figure import Figure
>>> from deltamu import simulate
>>> from deltamu.presentation.plotting import label_lines, plot_radius
>>> ax = plot_radius(simulate("principal-tr", N=[0, 4]), Figure(figsize=STYLE["figure.figsize"]).subplots())
>>> _ = label_lines(ax)
>>> [text.get_text() for text in ax.texts]
['0', '4']
"""

from deltamu.presentation.plotting.design import plot_oracle_value, plot_team_map
from deltamu.presentation.plotting.ensembles import plot_fan, plot_survival
from deltamu.presentation.plotting.equilibria import (
    plot_advantage_map,
    plot_bifurcation,
    plot_floor_map,
    plot_phase_portrait,
)
from deltamu.presentation.plotting.fits import (
    plot_cells,
    plot_first_passes,
    plot_laws,
    plot_levers,
    plot_prediction,
    plot_profile,
    plot_right_passes,
)
from deltamu.presentation.plotting.look import COLOURS, COLUMN_WIDTH, LINES, MARKERS, STYLE, label_lines
from deltamu.presentation.plotting.outcomes import plot_curves, plot_frontier, plot_probability_map, plot_reviewers
from deltamu.presentation.plotting.pareto import plot_pareto
from deltamu.presentation.plotting.radius import plot_gaps, plot_radii_by_mass
from deltamu.presentation.plotting.runs import (
    plot_acceptance,
    plot_calibration,
    plot_convergence,
    plot_radius,
    plot_runs,
)
from deltamu.presentation.plotting.sensitivity import plot_interactions, plot_sobol, plot_tangents, plot_tornado

__all__ = [
    "COLOURS",
    "COLUMN_WIDTH",
    "LINES",
    "MARKERS",
    "STYLE",
    "label_lines",
    "plot_acceptance",
    "plot_advantage_map",
    "plot_bifurcation",
    "plot_calibration",
    "plot_cells",
    "plot_convergence",
    "plot_curves",
    "plot_fan",
    "plot_first_passes",
    "plot_floor_map",
    "plot_frontier",
    "plot_gaps",
    "plot_interactions",
    "plot_laws",
    "plot_levers",
    "plot_oracle_value",
    "plot_pareto",
    "plot_phase_portrait",
    "plot_prediction",
    "plot_probability_map",
    "plot_profile",
    "plot_radii_by_mass",
    "plot_radius",
    "plot_reviewers",
    "plot_right_passes",
    "plot_runs",
    "plot_sobol",
    "plot_survival",
    "plot_tangents",
    "plot_team_map",
    "plot_tornado",
]
