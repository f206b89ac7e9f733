"""What is fitted: a symbol, the scale on which it is moved, and where the search for it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sympy import Expr, Interval

from deltamu.model.formula import Formula
from deltamu.model.quantities import NONNEGATIVE, POSITIVE, REAL, UNIT, Quantity, quantity

Array = NDArray[np.float64]
EDGE = 12.0  # |z| at which the search ends: exp(12) is 162755


class Link(NamedTuple):
    """A scale without ends: from a value to z, back, and the slope of the value in z as a function of the value."""

    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    slope: Callable[[Any], Any]


def expit(z: Any) -> Any:
    """1/(1 + exp(-z)), of complex numbers too."""
    return 1 / (1 + np.exp(-z))


LINKS = MappingProxyType({
    "log": Link(np.log, np.exp, lambda value: value),
    "logit": Link(logit, expit, lambda value: value * (1 - value)),
    "identity": Link(lambda value: value, lambda z: z, np.ones_like),
})  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A parameter of a law.

    Attributes
    ----------
    symbol : Quantity
    link : "log", "logit" or "identity"
        The scale on which it is moved, and on which its standard error is given.
    default : float or None
        The value at which it is held unless it is asked for; None: it is fitted.
    low, high : float
        Where the search on that scale ends; an estimate there is reported as an edge.
    """

    symbol: Quantity
    link: str
    default: float | None = None
    low: float = -EDGE
    high: float = EDGE

    @property
    def name(self) -> str:
        """What the parameter is called in results: a trailing underscore keeps a symbol off Python's own words."""
        return self.symbol.name.rstrip("_")

    def forward(self, value: Any) -> Any:
        """A value on the scale on which it is moved."""
        with np.errstate(divide="ignore"):
            return LINKS[self.link].forward(np.asarray(value, dtype=float))

    def inverse(self, z: Any) -> Any:
        """The value at a point of that scale."""
        return LINKS[self.link].inverse(z)

    def slope(self, value: Any) -> Any:
        """Slope of the value in z, at a value."""
        return LINKS[self.link].slope(value)


@dataclass(frozen=True)
class Derived:
    """A parameter that follows from the fitted ones and can stand in for one of them.

    Attributes
    ----------
    parameter : Parameter
    expr : sympy.Expr
        Its value in symbols of the law.
    inverses : tuple of Formula
        Each gives one fitted symbol in terms of this one and the others: the first whose left side is still a
        coordinate is used where this parameter is to be a coordinate itself.
    """

    parameter: Parameter
    expr: Expr
    inverses: tuple[Formula, ...]

    @property
    def name(self) -> str:
        """What it is called in results."""
        return self.parameter.name


m = quantity("m", "m", meaning="equivalent mass: -ln P(the first program is right)", domain=NONNEGATIVE,
             unit="defects", source="-ln L(1)")  # fmt: skip
c = quantity("c", "c", meaning="dispersion of the mass over tasks: its squared coefficient of variation",
             domain=NONNEGATIVE)  # fmt: skip
k = quantity("k", "k", meaning="shape of the gamma law of the mass", domain=POSITIVE)
theta = quantity("theta", r"\theta", meaning="scale of the gamma law of the mass", domain=NONNEGATIVE, unit="defects")
r = quantity("r", "r", meaning="oracle resolution: fraction of defect modes that the tests see", domain=UNIT)
r_hat = quantity("r_hat", r"\hat r", meaning="apparent resolution: ln P(visible pass)/ln P(right) at first",
                 domain=UNIT)  # fmt: skip
lambda_ = quantity("lambda_", r"\lambda", meaning="rate at which the first repair removes visible defects",
                   domain=NONNEGATIVE, unit="1/repair")  # fmt: skip
d = quantity("d", "d", meaning="factor on the rate of repair from one repair to the next", domain=UNIT)
eps = quantity("eps", r"\varepsilon", meaning="false alarm: share of tasks whose tests never accept", domain=UNIT)
gap = quantity("gap", "g", meaning="spec gap: share of tasks whose hidden tests ask what nobody specified", domain=UNIT)
alive = quantity("alive", "a", meaning="share of failing tasks for which another attempt can succeed", domain=UNIT)
mu = quantity("mu", r"\mu", meaning="defect mass of a model on a benchmark", domain=NONNEGATIVE, unit="defects")
gain = quantity("lambda_", r"\lambda", meaning="mass that a second try removes at most", domain=NONNEGATIVE,
                unit="defects")  # fmt: skip
b = quantity("b", "b", meaning="half-saturation mass of the gain", domain=POSITIVE, unit="defects")
mu0 = quantity("mu0", r"\mu_0", meaning="failures expected in all", domain=POSITIVE, unit="failures")
rate = quantity("rate", r"\beta", meaning="rate of discovery of a failure", domain=POSITIVE, unit="1/observation")
gamma = quantity("gamma", r"\gamma", meaning="correlation between reviewers", domain=Interval(0, 1))


def threshold(index: int) -> Quantity:
    """The probit threshold of one reviewer."""
    return quantity(f"a_{index}", f"a_{{{index}}}", meaning=f"probit threshold of reviewer {index}", domain=REAL)
