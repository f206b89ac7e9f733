"""Quantities of a model as functions of some symbols, at the points of a sweep."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.codegen.compile import Compiled, compile_program
from deltamu.codegen.program import split
from deltamu.codegen.protocol import at_points
from deltamu.model.formula import Model


class Section:
    """Quantities of a model as functions of some symbols, everything else held at the points of a sweep.

    What does not depend on those symbols is computed once.

    Parameters
    ----------
    model : Model
    outputs : tuple of Symbol
    varying : tuple of Symbol
    values : mapping of str to float or array
        Every other symbol that is needed; arrays have one element a point.

    Examples
    --------
    >>> from deltamu import PUBLISHED, Settings, symbols as sym
    >>> gain = Section(PUBLISHED, (sym.gain,), (sym.mu,), {**Settings(), "delta": 0.2})
    >>> gain(mu=np.array([1.0, 12.0]))["gain"].round(4).tolist()
    [0.0109, 0.1082]
    """

    def __init__(
        self, model: Model, outputs: tuple[Symbol, ...], varying: tuple[Symbol, ...], values: Mapping[str, Any]
    ):
        before, self._body = _compiled(model, outputs, varying)
        known = {**values, **before(values)}
        names = {symbol.name for symbol in varying}
        self._values = {s.name: known[s.name] for s in self._body.program.inputs if s.name not in names}

    def __call__(self, index: NDArray[np.intp] | None = None, **varying: Any) -> dict[str, Any]:
        """The outputs by name; `index` says which points the values of the varying symbols belong to."""
        held = self._values
        if index is not None:
            held = at_points(held, index)
        return self._body(held | varying)


@cache
def _compiled(model: Model, outputs: tuple[Symbol, ...], varying: tuple[Symbol, ...]) -> tuple[Compiled, Compiled]:
    """What does not depend on `varying`, and the rest."""
    once, each = split("section", model, outputs, varying)
    return compile_program(once), compile_program(each)
