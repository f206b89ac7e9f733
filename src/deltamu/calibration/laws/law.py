"""What a law is: parameters, formulas, and the left sides that are probabilities of what a log can show."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.calibration.parameters import Derived, Parameter
from deltamu.errors import InputError, unknown
from deltamu.model.formula import Formula, Model
from deltamu.model.symbols import Quantity

Array = NDArray[np.float64]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Nodes:
    """Points of a hidden variable that is summed over.

    Attributes
    ----------
    symbol : Quantity
        The variable.
    points : numpy.ndarray, shape (nodes,)
    kernel : numpy.ndarray, shape (outcomes, nodes), optional
        Probability of each outcome at each node where no parameter plays a part in it: the law then has one output,
        the weight of a node. Without a kernel each output is summed over the nodes.
    """

    symbol: Quantity
    points: Array
    kernel: Array | None = None


@dataclass(frozen=True, eq=False)
class Law:
    """A law of what a log shows, as data.

    Parameters
    ----------
    name, title : str
    parameters : tuple of Parameter
        What is fitted, in order.
    model : Model
        Formulas in these parameters and in the covariates.
    outcomes : tuple of Quantity
        Left sides: probabilities of what is told apart (or expected numbers, see `kind`).
    labels : tuple of str
        What the outcomes are called; with a covariate or a kernel one label an element.
    starts : callable
        Starting values from counts by outcome and run: a list of mappings from names to values.
    derived : tuple of Derived
        Parameters that follow from the fitted ones.
    kind : "multinomial", "sample", "poisson" or "point"
        Whether the outcomes exhaust what may happen, are those that happened to be seen, are expected numbers, or are
        rates at single events with the number expected in all as the last one.
    covariates : mapping of Quantity to array
        Known numbers, one an outcome, by which a single output becomes many outcomes.
    nodes : Nodes, optional
        A hidden variable that is summed over.
    exact : mapping of int to Quantity
        Outcomes that have a closed form of their own beside the sum over nodes.
    evaluate : callable, optional
        Outcomes and slopes from parameters, where formulas alone do not give them (a run of the model).
    rest : int, optional
        The outcome that is what the others leave, where its own sum over nodes would have to reach too far.
    shared : tuple of str
        Parameters that all runs have in common unless something else is asked for.
    note : str
        What the law assumes, in one sentence.

    Examples
    --------
    >>> from deltamu.calibration.laws.repair import repair
    >>> law = repair(1)
    >>> law.labels
    ('pass 0 right', 'pass 0 wrong', 'stop 0 right', 'stop 0 wrong', 'pass 1 right', 'pass 1 wrong', ...)
    >>> print(law.model["survival_1"])
    survival_1 = exp(-lambda_)
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    model: Model
    outcomes: tuple[Quantity, ...]
    labels: tuple[str, ...]
    starts: Callable[[Array], list[dict[str, float]]]
    derived: tuple[Derived, ...] = ()
    kind: str = "multinomial"
    covariates: Mapping[Quantity, Array] = field(default_factory=dict)
    nodes: Nodes | None = None
    exact: Mapping[int, Quantity] = field(default_factory=dict)
    evaluate: Callable[[Mapping[str, Array]], tuple[Array, Array]] | None = None
    rest: int | None = None
    shared: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        known = {str(symbol) for symbol in (*(p.symbol for p in self.parameters), *self.covariates)}
        known |= {str(self.nodes.symbol)} if self.nodes else set()
        if (unbound := sorted({str(s) for s in self.model.free_symbols} - known)) and self.evaluate is None:
            raise InputError(f"law {self.name} uses {', '.join(unbound)}, which is no parameter of it")
        if missing := [str(symbol) for symbol in self.outcomes if symbol not in self.model]:
            raise InputError(f"law {self.name} has no formula for outcome {', '.join(missing)}")

    def __reduce__(self) -> Any:  # by its parts: mappings of symbols and functions of modules pickle
        names = tuple(self.__dataclass_fields__)
        return _rebuilt, (type(self), tuple((name, getattr(self, name)) for name in names))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted parameters."""
        return tuple(p.name for p in self.parameters)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names of all parameters, those that follow from others last."""
        return (*self.names, *(one.name for one in self.derived))

    def __getitem__(self, name: str) -> Parameter:
        for p in (*self.parameters, *(one.parameter for one in self.derived)):
            if p.name == name:
                return p
        raise unknown(f"parameter of law {self.name}", name, self.all_names)

    def at(self, **values: float) -> dict[str, float]:
        """Values of the fitted parameters from values of any that determine them.

        Raises
        ------
        InputError
            A name is unknown, or a parameter without default is not determined.

        Examples
        --------
        >>> from deltamu.calibration.laws.repair import repair
        >>> at = repair(1).at(k=0.5, theta=1.5, r=0.7, **{"lambda": 0.4, "d": 0.5})
        >>> round(at["m"], 4), at["c"], at["eps"]
        (0.4581, 2.0, 0.0)
        """
        chart = in_coordinates(self, values)
        held = {p.name: p.default for p in chart.parameters if p.default is not None}
        given: dict[str, float] = held | {name: float(value) for name, value in values.items()}
        if missing := [name for name in chart.names if name not in given]:
            raise InputError(f"law {self.name} needs a value of {', '.join(missing)}")
        known: dict[Symbol, float] = {p.symbol: given[p.name] for p in chart.parameters}
        for formula in transition(self, chart):
            known[formula.symbol] = float(formula.expr.subs(known))
        return {p.name: float(known[p.symbol]) for p in self.parameters}

    def _repr_latex_(self) -> str:
        return self.model._repr_latex_()


def _rebuilt(kind: type[Law], parts: tuple[tuple[str, Any], ...]) -> Law:
    return kind(**dict(parts))


def in_coordinates(law: Law, names: Iterable[str]) -> Law:
    """The law with each derived parameter among `names` in the place of the fitted one that follows from it.

    Examples
    --------
    >>> from deltamu.calibration.laws.repair import repair
    >>> in_coordinates(repair(1), ["k", "theta"]).names[:3]
    ('theta', 'k', 'r')
    """
    wanted = {name for name in names if law[name] not in law.parameters}
    current = law
    for one in law.derived:
        if one.name not in wanted:
            continue
        kept = {p.symbol for p in current.parameters if p.name not in wanted}
        inverse = next((formula for formula in one.inverses if formula.symbol in kept), None)
        if inverse is None:
            raise InputError(f"{one.name} cannot be a coordinate of law {law.name} beside {', '.join(current.names)}")
        symbol = one.parameter.symbol
        current = replace(
            current,
            parameters=tuple(one.parameter if p.symbol == inverse.symbol else p for p in current.parameters),
            model=Model(law.model.name, (*(f for f in current.model if f.symbol != symbol), inverse)),
            derived=tuple(other for other in current.derived if other is not one),
        )
    return current


def transition(law: Law, chart: Law) -> tuple[Formula, ...]:
    """The formulas that lead from the coordinates of a chart to the parameters of the law that it was made of."""
    given = {p.symbol for p in chart.parameters}
    return chart.model.program([p.symbol for p in law.parameters], given=given)


def formulas(*pairs: tuple[Quantity, Any]) -> tuple[Formula, ...]:
    """Formulas from pairs of left and right side."""
    return tuple(Formula(symbol, expr) for symbol, expr in pairs)
