"""Draw labelled data on given axes.

Every function takes a dataset and Matplotlib axes, draws, and returns the axes.  Nothing is computed here: what a
figure shows is in its dataset.  Nothing is imported from Matplotlib either: the caller makes the figure, applies
`STYLE` if it likes, and saves.

Examples
--------
>>> from matplotlib.figure import Figure
>>> from deltamu import simulate
>>> from deltamu.plotting import label_lines, plot_radius
>>> ax = plot_radius(simulate("principal-tr", N=[0, 4]), Figure(figsize=STYLE["figure.figsize"]).subplots())
>>> _ = label_lines(ax)
>>> [text.get_text() for text in ax.texts]
['0', '4']
"""

from deltamu.plotting.ensembles import plot_fan, plot_survival
from deltamu.plotting.equilibria import plot_advantage_map, plot_bifurcation, plot_floor_map, plot_phase_portrait
from deltamu.plotting.look import COLOURS, COLUMN_WIDTH, LINES, MARKERS, STYLE, label_lines
from deltamu.plotting.runs import plot_acceptance, plot_calibration, plot_convergence, plot_radius, plot_runs
from deltamu.plotting.sensitivity import plot_interactions, plot_tangents, plot_tornado

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
    "plot_convergence",
    "plot_fan",
    "plot_floor_map",
    "plot_interactions",
    "plot_phase_portrait",
    "plot_radius",
    "plot_runs",
    "plot_survival",
    "plot_tangents",
    "plot_tornado",
]
