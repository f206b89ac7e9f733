"""Generated functions as plain data: source to read and to run, inputs and outputs by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from deltamu.model.special import numpy_kernels as kernels

__all__ = ["NAMESPACE", "Source", "called"]

NUMPY = ("where", "sqrt", "square", "exp", "expm1", "log", "abs", "sign", "maximum", "minimum", "pi", "inf", "nan")
NAMESPACE = {name: getattr(np, name) for name in NUMPY} | {name: getattr(kernels, name) for name in kernels.__all__}


def called(
    function: Callable[..., Any], inputs: Iterable[str], outputs: Iterable[str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Outputs by name from inputs by name; names that the function does not read are ignored."""
    with np.errstate(all="ignore"):  # `where` computes both branches; the one that is not taken may overflow
        results = function(*(values[name] for name in inputs))
    return dict(zip(outputs, results, strict=True))


@dataclass(frozen=True)
class Source:
    """A function, which is compiled when it is first called.

    Attributes
    ----------
    name, text : str
        Its name and its Python source.
    inputs, outputs : tuple of str
        What it takes and what it returns, in order.

    Examples
    --------
    >>> double = Source("double", "def double(x):\\n    return (2*x,)\\n", ("x",), ("y",))
    >>> double({"x": 4.0, "z": 1.0})
    {'y': 8.0}
    """

    name: str
    text: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        made: dict[str, Any] = {}
        exec(compile(self.text, f"<{self.name}>", "exec"), dict(NAMESPACE), made)
        return made[self.name]

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs by name from inputs by name; names that the function does not read are ignored."""
        return called(self.function, self.inputs, self.outputs, values)
