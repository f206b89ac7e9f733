"""What a team of any size does at the points of a sweep."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.codegen.protocol import at_points
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.quantities import Quantity, flat_numbers
from deltamu.simulation.sweeps import Sweep

STATE = (sym.mu, sym.delta)
BLOCK = 16384  # points computed at a time: the temporaries stay in the cache
REMOVED = Formula(
    sym.quantity("removed", r"g^{-}", meaning="defect mass that a move removes, no more than there is",
                 domain=sym.REAL, unit="defects"),
    sym.efficiency * sym.cost, title="what a move removes, whatever it costs", source="efficiency",
)  # fmt: skip


class Team:
    """Quantities of a model at the points of a sweep, for any numbers of reviewers and candidates."""

    def __init__(self, model: Model, sweep: Sweep, *outputs: Quantity, given: Sequence[Quantity] = ()):
        extended = model if REMOVED.symbol in model else model.replace(REMOVED, name=model.name)
        self._compiled = compile_program(program("team", extended, outputs, given=given))
        self._values = sweep.block(0, sweep.size)
        self._outputs = outputs
        self.size = sweep.size

    def __call__(self, index: Any = slice(None), **replaced: Any) -> dict[str, Array]:
        """The outputs by name at the points with these indices, with other values of some inputs."""
        values = at_points(self._values, index)
        values |= {name: np.asarray(value, dtype=float) for name, value in replaced.items()}
        size = np.arange(self.size)[index].size
        parts = []
        for start in range(0, size, BLOCK):
            at = slice(start, min(start + BLOCK, size))
            found = self._compiled(at_points(values, at))
            parts.append([np.broadcast_to(found[s.name], at.stop - at.start).astype(float) for s in self._outputs])
        columns = map(np.concatenate, zip(*parts, strict=True))
        return dict(zip((symbol.name for symbol in self._outputs), columns, strict=True))


def one_whole(name: str, value: Any, low: int = 0) -> int:
    """One whole number >= `low`, which may be given as a float or a text."""
    number = flat_numbers(value)
    if np.ndim(number):
        raise InputError(f"{name} = {shown(value)} is not a whole number >= {low}")
    check_whole(name, number, low)
    return int(number)


def check_whole(name: str, value: Any, low: int = 0) -> None:
    """Raise unless every element of `value` is a whole number >= `low`.

    Examples
    --------
    >>> check_whole("N", [1.0, 1.5])
    Traceback (most recent call last):
    deltamu.errors.InputError: N = 1.5 is not a whole number >= 0
    """
    values = np.atleast_1d(flat_numbers(value))
    if not values.size:
        raise InputError(f"{name} = {shown(value)} is not a whole number >= {low}")
    wrong = ~(np.isfinite(values) & (values >= low) & (values == np.floor(values)))
    if wrong.any():
        raise InputError(f"{name} = {values.flat[int(np.argmax(wrong))].item()!r} is not a whole number >= {low}")
