"""The quantities of a model at many points, as its formulas stand: what a claim's statement is tried on."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from sympy import Symbol

from deltamu.codegen.compile import Compiled, compile_program
from deltamu.codegen.program import program
from deltamu.errors import unknown
from deltamu.model import symbols as sym
from deltamu.model.formula import Model

TOLERANCE = 1e-9  # of a comparison of computed numbers, relative to the terms that may cancel in them


class Values(Mapping[str, Any]):
    """Inputs of a model and everything that its formulas make of them, by name or as attributes.

    Parameters
    ----------
    model : Model
    inputs : mapping of str to array
        A value of every control and of the state at each point.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> at = Values(PUBLISHED, {"N": np.array([1.0, 3.0]), "gamma": 0.5})
    >>> at.N_eff.tolist(), at.moved(gamma=0.0).N_eff.tolist()
    ([1.0, 1.5], [1.0, 3.0])
    """

    def __init__(self, model: Model, inputs: Mapping[str, Any]):
        self.model, self.inputs = model, dict(inputs)
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self.inputs:
            return self.inputs[name]
        if name not in self._found:
            if name not in self.model:
                raise unknown("quantity", name, [*self.inputs, *(formula.name for formula in self.model)])
            compiled = _compiled(self.model, self.model[name].symbol)
            with np.errstate(all="ignore"):  # a changed model may leave its domain
                self._found |= compiled(self.inputs)
        return self._found[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.inputs, **{formula.name: None for formula in self.model}})

    def on_the_sliders(self, **more: Any) -> "Values":
        """Values with every control within its slider and every constant as in the article, and some as given.

        Examples
        --------
        >>> from deltamu import PUBLISHED
        >>> at = Values(PUBLISHED, {"N": np.array([0.5, 300.0]), "s0": 7.0, "mu": 1.0}).on_the_sliders(mu=2.0)
        >>> at.N.tolist(), at.s0, at.mu
        ([0.5, 8.0], 0.4, 2.0)
        """
        own = {symbol.name: symbol for symbol in sym.PARAMETERS if symbol.name in self.inputs}
        within = {name: np.clip(self.inputs[name], *symbol.slider[:2]) if symbol.slider else symbol.default
                  for name, symbol in own.items()}  # fmt: skip
        return self.moved(**(within | more))

    def at_the_defaults(self, settings: Mapping[Symbol, Any] = MappingProxyType({})) -> "Values":
        """Values with every parameter at its default, and some symbols as given.

        Examples
        --------
        >>> from deltamu import PUBLISHED
        >>> at = Values(PUBLISHED, {"N": np.array([1.0, 7.0]), "gamma": 0.5}).at_the_defaults({sym.mu: 6})
        >>> at.N, at.gamma, at.mu
        (3, 0.2, 6)
        """
        own = {symbol: symbol.default for symbol in sym.PARAMETERS if symbol.name in self.inputs}
        return self.moved(**by_name(own | dict(settings)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def moved(self, **inputs: Any) -> "Values":
        """The same points with some inputs changed."""
        return Values(self.model, self.inputs | inputs)

    def chosen(self, points: Any) -> "Values":
        """Some of the points."""
        return Values(self.model, {name: np.asarray(value)[points] if np.ndim(value) else value
                                   for name, value in self.inputs.items()})  # fmt: skip


def _compiled(model: Model, symbol: Symbol) -> Compiled:
    return compile_program(program("value", model, [symbol]))


def by_name(settings: Mapping[Symbol, Any]) -> dict[str, Any]:
    """Settings of symbols by the symbols' names, as a simulation takes them.

    Examples
    --------
    >>> by_name({sym.K: 1, sym.N: 0})
    {'K': 1, 'N': 0}
    """
    return {symbol.name: value for symbol, value in settings.items()}


def close(a: Any, b: Any, scale: Any = 0.0) -> Any:
    """Whether two numbers are equal but for rounding; `scale` is the size of terms that cancel in them.

    Examples
    --------
    >>> bool(close(0.1 + 0.2, 0.3)), bool(close(1.0, 1.001)), bool(close(np.inf, np.inf))
    (True, False, True)
    """
    with np.errstate(invalid="ignore"):
        near = np.abs(np.subtract(a, b)) <= TOLERANCE * (np.abs(a) + np.abs(b) + scale)
    return near & np.isfinite(a) & np.isfinite(b) | np.equal(a, b)


def at_most(a: Any, b: Any, scale: Any = 0.0) -> Any:
    """Whether a <= b but for rounding."""
    return np.less_equal(a, b) | close(a, b, scale)
