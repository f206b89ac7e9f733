"""The paper's figures by name: what they compute, draw and report.

A figure is a script of the paper, installed with the package: `data()` computes a labelled dataset, `draw(data)` hands
it to `deltamu.presentation.plotting`, `numbers(data)` gives what the prose cites.

* `scripts`: the scripts, found and loaded;
* `pictures`: a figure as PDF, SVG or PNG;
* `presets`: the runs and the number format that the scripts share.
"""

from deltamu.presentation.figures.pictures import KINDS, picture, save
from deltamu.presentation.figures.scripts import PaperFigure, figures, find_figure
