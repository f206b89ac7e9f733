"""How the defect mass is spread over tasks: a gamma law, which enters everywhere through its Laplace transform.

With equivalent mass m and dispersion c (shape k = 1/c, scale theta = exp(c m) - 1) the transform is
L(u) = E exp(-u mu) = (1 + theta u)^(-1/c), so that L(1) = exp(-m) for every c, and c -> 0 is one mass m.
"""

from dataclasses import dataclass, field
from math import expm1 as expm1_

from sympy import Expr, exp
from sympy.codegen.cfunctions import expm1, log1p

from deltamu.calibration import parameters as par
from deltamu.calibration.parameters import Derived, Parameter
from deltamu.errors import unknown
from deltamu.model.formula import Formula
from deltamu.model.quantities import NONNEGATIVE, POSITIVE, UNIT, Quantity, quantity

MASS = Parameter(par.m, "log")
WIDEST = 4.6  # ln c where the search ends, k = .01: beyond it theta = exp(c m) - 1 overflows
DISPERSION = Parameter(par.c, "log", high=WIDEST)
RESOLUTION = Parameter(par.r, "logit")
SCALE = Formula(par.theta, expm1(par.c * par.m), title="scale of the gamma law of the mass")
INVERSE = Formula(quantity("shape", "1/c", meaning="shape of the gamma law of the mass", domain=POSITIVE), 1 / par.c)
SPREADS = ("gamma", "none")


@dataclass
class Transform:
    """Collects the formulas of L at the points at which a law needs it, each point once.

    Attributes
    ----------
    spread : "gamma" or "none"
        Whether the mass differs from task to task.
    """

    spread: str
    known: dict[Expr, Quantity] = field(default_factory=dict)
    lines: list[Formula] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.spread not in SPREADS:
            raise unknown("spread", self.spread, SPREADS)
        self.lines += [SCALE, INVERSE] if self.spread == "gamma" else []

    def __call__(self, u: Expr) -> Expr:
        """The symbol of L(u)."""
        if u not in self.known:
            place = len(self.known)
            slow = quantity(f"E_{place}", f"E_{{{place}}}", meaning=f"-ln L({u})", domain=NONNEGATIVE)
            left = quantity(f"L_{place}", f"L_{{{place}}}", meaning=f"L({u})", domain=UNIT)
            whole = exponent(u, self.spread)
            if self.spread == "gamma":  # lines of their own for what slopes use again
                scaled = quantity(f"a_{place}", f"a_{{{place}}}", meaning=f"theta {u}", domain=NONNEGATIVE)
                log = quantity(f"log_{place}", f"l_{{{place}}}", meaning=f"ln(1 + theta {u})", domain=NONNEGATIVE)
                self.lines += [Formula(scaled, par.theta * u), Formula(log, log1p(scaled))]
                whole = whole.xreplace({log1p(par.theta * u): log, 1 / par.c: INVERSE.symbol})
            self.lines += [Formula(slow, whole), Formula(left, exp(-slow), title=f"L({u})")]
            self.known[u] = left
        return self.known[u]


def exponent(u: Expr, spread: str = "gamma") -> Expr:
    """-ln L(u).

    Examples
    --------
    >>> from sympy import symbols
    >>> u = symbols("u", positive=True)
    >>> exponent(u), exponent(u, "none")
    (log1p(theta*u)/c, m*u)
    """
    return log1p(par.theta * u) / par.c if spread == "gamma" else par.m * u


def transform(u: Expr) -> Expr:
    """L(u) = (1 + theta u)^(-1/c) as one expression in theta and c: what derivations work on."""
    return (1 + par.theta * u) ** (-1 / par.c)


SHAPE = Derived(Parameter(par.k, "log"), 1 / par.c, (Formula(par.c, 1 / par.k),))
SCALED = Derived(
    Parameter(par.theta, "log"),
    expm1(par.c * par.m),
    (Formula(par.c, log1p(par.theta) / par.m), Formula(par.m, log1p(par.theta) / par.c)),
)
APPARENT = Derived(
    Parameter(par.r_hat, "logit"),
    log1p(par.r * expm1(par.c * par.m)) / (par.c * par.m),
    (Formula(par.r, expm1(par.r_hat * par.c * par.m) / expm1(par.c * par.m)),),
)
DISPERSIONS = tuple(1 / shape for shape in (0.05, 0.2, 0.6, 2.0, 8.0))  # starting values, by the shapes that they are


def spread_parameters(spread: str) -> tuple[Parameter, ...]:
    """What the spread of the mass is known by."""
    return (MASS, DISPERSION) if spread == "gamma" else (MASS,)


def spread_derived(spread: str) -> tuple[Derived, ...]:
    """What follows from the spread and the resolution."""
    return (APPARENT, SHAPE, SCALED) if spread == "gamma" else ()


def spread_starts(mass: float, apparent: float, spread: str) -> list[dict[str, float]]:
    """Starting values of mass, dispersion and resolution."""
    if spread == "none":
        return [{"m": mass, "r": apparent}]
    return [{"m": mass, "c": c, "r": expm1_(apparent * c * mass) / expm1_(c * mass)} for c in DISPERSIONS]
