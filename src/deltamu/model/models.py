"""The formulas of a move, each written once, and the two models that are made of them.

Left sides are named intermediates, so that a model is a straight-line program: NumPy, JavaScript and LaTeX print it
line by line.  `Formula.printed` is a right side as it is written and computed, `Formula.expr` the same expression
evaluated, for calculus.

* `records`: `Formula`, `Model`, `Derived`;
* `published`: the article's formulas and `PUBLISHED`;
* `gated`: the completed move and `GATED`.
"""

from types import MappingProxyType

from deltamu.errors import named
from deltamu.model.formula import Derived, Formula, Model, aligned, as_latex, clip, positive_part
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED

__all__ = [
    "GATED",
    "MODELS",
    "PUBLISHED",
    "Derived",
    "Formula",
    "Model",
    "aligned",
    "as_latex",
    "clip",
    "find_model",
    "positive_part",
]

MODELS = MappingProxyType({model.name: model for model in (PUBLISHED, GATED)})


def find_model(model: Model | str) -> Model:
    """A model by name; a `Model` is returned as it is."""
    return named("model", model, MODELS)
