"""Expressions as a straight line of operations on balls, run without building anything again."""

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache, reduce
from typing import Any

import sympy
from sympy import Expr, Symbol

from deltamu.claims.rigorous import balls
from deltamu.claims.rigorous.optional import arb, ctx
from deltamu.model import special
from deltamu.model.formula import Formula, Model

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    special.normal_cdf: balls.cdf,
    special.normal_pdf: balls.pdf,
    special.expected_positive_part: balls.positive_part,
    special.normal_quantile: balls.quantile,
    special.normal_max_mean: balls.mean_of_the_maximum,
    special.normal_max_variance: balls.variance_of_the_maximum,
    sympy.exp: lambda x: x.exp(),
    sympy.log: lambda x: x.log(),
    sympy.erf: lambda x: x.erf(),
    sympy.erfc: lambda x: x.erfc(),
    sympy.asin: lambda x: x.asin(),
    sympy.atan: lambda x: x.atan(),
    sympy.cos: lambda x: x.cos(),
    sympy.sin: lambda x: x.sin(),
    sympy.Abs: abs,
    sympy.LambertW: lambda x: x.lambertw(),
    sympy.factorial: lambda x: (x + 1).gamma(),
    sympy.gamma: lambda x: x.gamma(),
    sympy.binomial: lambda n, k: (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma(),
}  # fmt: skip
Relation = Callable[[Any, Any], bool | None]


def _certainly(holds: Callable[[Any, Any], bool], fails: Callable[[Any, Any], bool]) -> Relation:
    """True or False where the balls decide it, None where they do not."""
    return lambda a, b: True if holds(a, b) else False if fails(a, b) else None


RELATIONS: dict[Any, Relation] = {
    sympy.StrictGreaterThan: _certainly(operator.gt, operator.le),
    sympy.GreaterThan: _certainly(operator.ge, operator.lt),
    sympy.StrictLessThan: _certainly(operator.lt, operator.ge),
    sympy.LessThan: _certainly(operator.le, operator.gt),
    sympy.Eq: _certainly(operator.eq, operator.ne),
    sympy.Ne: _certainly(operator.ne, operator.eq),
}


class Tape:
    """A program on balls.

    Parameters
    ----------
    formulas : iterable of Formula
        Lines in order.
    outputs : iterable of expressions
        What is wanted, in inputs and left sides.

    Raises
    ------
    NotImplementedError
        No enclosure is known of a function.

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> ball, = Tape([], [x / (x + y)])({x: arb(1), y: balls.interval(1, 3)})
    >>> ball.contains(0.25) and ball.contains(0.5) and not ball.contains(0.6)
    True
    """

    def __init__(self, formulas: Iterable[Formula], outputs: Iterable[Expr]):
        self.inputs: dict[Symbol, int] = {}
        self.slots: dict[Any, int] = {}
        self.lines: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        self.numbers: list[tuple[int, Callable[[], Any]]] = []
        self.size = 0
        for formula in formulas:
            self.slots[formula.symbol] = self._place(formula.printed)
        self.outputs = tuple(self._place(sympy.sympify(expr)) for expr in outputs)

    def __call__(self, values: Mapping[Symbol, Any]) -> tuple[Any, ...]:
        slots: list[Any] = [None] * self.size
        for symbol, slot in self.inputs.items():
            slots[slot] = values[symbol]
        for slot, number in self.numbers:
            slots[slot] = number()
        for slot, function, arguments in self.lines:
            slots[slot] = function(*[slots[index] for index in arguments])
        return tuple(slots[index] for index in self.outputs)

    def _new(self, node: Any) -> int:
        self.slots[node] = self.size
        self.size += 1
        return self.size - 1

    def _place(self, node: Any) -> int:
        if node in self.slots:
            return self.slots[node]
        if isinstance(node, Symbol):
            slot = self.inputs[node] = self._new(node)
            return slot
        if node.is_Number or node.is_NumberSymbol or node in (sympy.true, sympy.false):
            slot = self._new(node)
            self.numbers.append((slot, _number(node)))
            return slot
        function, arguments = self._operation(node)
        places = tuple(map(self._place, arguments))
        slot = self._new(node)
        self.lines.append((slot, function, places))
        return slot

    def _operation(self, node: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        match node:
            case sympy.Add():
                return _sum, node.args
            case sympy.Mul():
                return _product, node.args
            case sympy.Pow():
                return _power(node)
            case sympy.Piecewise():
                return _chosen, tuple(part for case in node.args for part in (case[1], case[0]))
            case sympy.And():
                return _all, node.args
            case sympy.Or():
                return _any, node.args
        if node.func in RELATIONS:
            return RELATIONS[node.func], node.args
        if node.func in FUNCTIONS:
            return FUNCTIONS[node.func], node.args
        raise NotImplementedError(f"no enclosure of {node.func.__name__} is known")


@cache
def model_tape(model: Model, outputs: tuple[Expr, ...]) -> Tape:
    """The tape of quantities of a model."""
    return Tape(model.program(outputs), outputs)


def _number(node: Any) -> Callable[[], Any]:
    """How a number is made at the precision of the moment."""
    if node in (sympy.true, sympy.false):
        return lambda: bool(node)
    if node is sympy.oo or node is -sympy.oo:
        return lambda: arb("inf") if node is sympy.oo else arb("-inf")
    if node.is_Integer:
        return lambda: arb(int(node))
    if node.is_Rational:
        return lambda: arb(int(node.p)) / int(node.q)
    if node is sympy.pi:
        return arb.pi
    if node is sympy.E:
        return lambda: arb(1).exp()
    if node.is_Float:
        exact = sympy.Rational(node)
        return lambda: arb(int(exact.p)) / int(exact.q)
    raise NotImplementedError(f"no enclosure of {node} is known")


def _sum(*terms: Any) -> Any:
    return reduce(operator.add, terms)


def _product(*factors: Any) -> Any:
    return reduce(operator.mul, factors)


def _power(node: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    base, exponent = node.args
    if base is sympy.E:
        return FUNCTIONS[sympy.exp], (exponent,)
    if exponent == 2:
        return balls.square, (base,)
    if exponent == sympy.S.Half:
        return balls.root, (base,)
    if exponent == -sympy.S.Half:
        return (lambda x: 1 / balls.root(x)), (base,)
    if exponent.is_Integer:
        whole = int(exponent)
        return (lambda x: x**whole), (base,)
    return (lambda x, y: x**y), (base, exponent)


def _chosen(*parts: Any) -> Any:
    """The value of the case that holds; where it is not decided, a ball around the values of all that may."""
    found = None
    for condition, value in zip(parts[::2], parts[1::2], strict=True):
        if condition is False:
            continue
        found = value if found is None else found.union(value)
        if condition is True:
            break
    return arb("nan") if found is None else found


def _all(*conditions: Any) -> bool | None:
    return False if False in conditions else None if None in conditions else True


def _any(*conditions: Any) -> bool | None:
    return True if True in conditions else None if None in conditions else False


def at_precision(bits: int) -> Any:
    """A context in which balls are computed to this many bits."""
    return ctx.workprec(bits)
