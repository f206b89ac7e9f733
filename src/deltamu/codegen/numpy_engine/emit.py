"""A program as NumPy source that makes no arrays: every operation writes into a buffer, which is used again."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Add, And, Basic, Expr, Max, Min, Mul, Not, Or, Piecewise, Pow, S, Symbol
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational

from deltamu.codegen.compile import NAMESPACE, SourcePrinter
from deltamu.codegen.passes.extrema import extreme
from deltamu.codegen.printers import local_name
from deltamu.codegen.program import Program
from deltamu.model.expressions import exponent_of_rest, replaced
from deltamu.model.special import numpy_kernels as kernels
from deltamu.model.special.base import SpecialFunction

UFUNCS = (
    "absolute", "add", "copyto", "divide", "equal", "greater", "greater_equal", "less", "less_equal", "logical_and",
    "logical_not", "logical_or", "multiply", "negative", "not_equal", "power", "subtract",
)  # fmt: skip
KERNELS = ("normal_tail", "normal_cdf_of", "expected_positive_part_of")
COMPARISONS = {Gt: "greater", Lt: "less", Ge: "greater_equal", Le: "less_equal", Eq: "equal", Ne: "not_equal"}
FUNCTIONS = {sympy.exp: "exp", sympy.log: "log", sympy.Abs: "absolute"}


def take(value: Any, out: NDArray[Any]) -> None:
    """Bring a value to a buffer, where it may be already."""
    if value is not out:
        np.copyto(out, value)


def put(out: NDArray[Any], condition: Any, value: Any) -> None:
    """Put a value where a condition holds: faster than `numpy.copyto` where that is here and there."""
    if condition.ndim:
        np.putmask(out, condition, value)
    else:
        np.copyto(out, value)


BUFFERED = NAMESPACE | {name: getattr(np, name) for name in UFUNCS} | {name: getattr(kernels, name) for name in KERNELS}
BUFFERED |= {"take": take, "put": put}

Operand = str | float  # an input, a result before, or a number


@dataclass(frozen=True)
class Operation:
    """Lines of source: ``{0}``, ``{1}``, ... stand for the operands, ``{out}`` for the result."""

    text: str
    operands: tuple[Operand, ...]
    result: str
    truth: bool = False
    """Whether the result is a condition."""
    note: str = ""


@dataclass
class Emitted:
    """A function as source.

    Attributes
    ----------
    source : str
        It takes `inputs`, arrays for `outputs`, then as many buffers for `numbers` and for `truths`.
    inputs, outputs : list of str
    numbers, truths : int
    """

    source: str
    inputs: list[str]
    outputs: list[str]
    numbers: int
    truths: int


def local(symbol: Symbol) -> str:
    """What a symbol is called in the source."""
    return local_name(symbol.name, BUFFERED)


def emit(program: Program, varying: Iterable[Symbol] = ()) -> Emitted:
    """Emit a program; constants come last in products, so that these share more of what is `varying`.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> from deltamu.codegen.program import program
    >>> from deltamu.model.models import PUBLISHED
    >>> print(emit(program("candidates", PUBLISHED, [sym.K_eff])).source)
    def candidates(H, K, N, K_r, tau, _K_eff_out, _x0, _x1):
        multiply(K_r, N, out=_x0)
        add(K, _x0, out=_x0)  # K_prime
        multiply(H, tau, out=_x1)
        subtract(1.0, _x1, out=_x1)
        subtract(_x0, 1.0, out=_x0)
        multiply(_x1, _x0, out=_x1)
        add(1.0, _x1, out=_K_eff_out)  # K_eff
    <BLANKLINE>
    """
    return allocated(program, Lowering(program, frozenset(varying)))


@dataclass
class Lowering:
    """Elementary operations, each done once."""

    program: Program
    varying: frozenset[Symbol]
    operations: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known: dict[tuple[str, tuple[Operand, ...]], str] = {}
        self.at: dict[Symbol, Operand] = {symbol: local(symbol) for symbol in self.program.inputs}
        for formula in self.program.formulas:
            value = self.at[formula.symbol] = self.value(formula.printed)
            if self.operations and self.operations[-1].result == value:
                self.operations[-1] = replace(self.operations[-1], note=formula.name)

    def _do(self, text: str, *operands: Operand, truth: bool = False) -> str:
        key = (text, operands)
        if key not in self._known:
            self._known[key] = f"_{len(self._known)}"
            self.operations.append(Operation(text, operands, self._known[key], truth))
        return self._known[key]

    def _call(self, function: str, *operands: Operand, truth: bool = False) -> str:
        places = "".join(f"{{{i}}}, " for i in range(len(operands)))
        return self._do(f"{function}({places}out={{out}})", *operands, truth=truth)

    # --- numbers ----------------------------------------------------------------------------------------------------

    def value(self, expr: Expr) -> Operand:
        """The operand that holds an expression's value."""
        if isinstance(expr, Symbol):
            return self.at[expr]
        if expr.is_number:
            return float(expr)
        if isinstance(expr, Piecewise):
            bound = extreme(expr)
            return self._cases(expr) if bound is None else self.value(bound)
        if isinstance(expr, Add):
            return self._sum(expr)
        if isinstance(expr, Mul | Pow):
            return self._product(expr)
        if isinstance(expr, Max | Min):
            first, *others = map(self.value, expr.args)
            for other in others:
                first = self._call("maximum" if isinstance(expr, Max) else "minimum", first, other)
            return first
        if type(expr) in FUNCTIONS:
            return self._call(FUNCTIONS[type(expr)], self.value(expr.args[0]))
        if isinstance(expr, SpecialFunction):
            return self._special(expr.func.__name__, self.value(expr.args[0]))
        return self._as_printed(expr)

    def _as_printed(self, expr: Basic, *, truth: bool = False) -> str:
        """What has no operation of its own, as compiled programs compute it."""
        text, operands = self._printed(expr)
        return self._do(f"copyto({{out}}, {text})", *operands, truth=truth)

    def _printed(self, expr: Basic, first: int = 0) -> tuple[str, list[Operand]]:
        """An expression as text with places for its symbols, and their operands."""
        symbols = sorted(expr.free_symbols, key=str)
        places = {symbol: sympy.Symbol(f"Place{first + i}Place") for i, symbol in enumerate(symbols)}
        text = SourcePrinter().doprint(replaced(expr, places)).replace("{", "{{").replace("}", "}}")
        for i in range(first, first + len(symbols)):
            text = text.replace(f"Place{i}Place", f"{{{i}}}")
        return text, [self.at[symbol] for symbol in symbols]

    def _special(self, name: str, argument: Operand) -> Operand:
        known: dict[str, Operand] = {"x": argument}
        result = argument
        for function, arguments in kernels.IN_PARTS.get(name, ((name, ("x",)),)):
            operands = [known[one] if isinstance(one, str) else one for one in arguments]
            result = known[function] = self._call(function, *operands)
        return result

    def _sum(self, expr: Add) -> Operand:
        if (exponent := exponent_of_rest(expr)) is not None:
            return self._call("negative", self._call("expm1", self.value(exponent)))
        terms = [(term.could_extract_minus_sign(), term) for term in expr.args]
        added = [self.value(term) for negative, term in terms if not negative]
        taken = [self.value(-term) for negative, term in terms if negative]
        total = added[0] if added else self._call("negative", taken.pop(0))
        for operand in added[1:]:
            total = self._call("add", total, operand)
        for operand in taken:
            total = self._call("subtract", total, operand)
        return total

    def _product(self, expr: Expr) -> Operand:
        top: list[Expr] = []
        bottom: list[Expr] = []
        for factor in Mul.make_args(expr):
            below = isinstance(factor, Pow) and factor.exp.is_number and factor.exp.is_negative
            (bottom if below else top).append(1 / factor if below else factor)
        negative = S.NegativeOne in top
        result = self._factors([factor for factor in top if factor != -1])
        if bottom:
            result = self._call("divide", result, self._factors(bottom))
        return self._call("negative", result) if negative else result

    def _factors(self, factors: Iterable[Expr]) -> Operand:
        """A product; whole and half powers factor by factor, so that products share what they have in common."""
        result: Operand | None = None
        for factor in sorted(factors, key=self._place_in_product):
            base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, S.One)
            if power.is_Rational and power.q in (1, 2) and 0 < power <= 8:
                value = self.value(base)
                parts = [value] * int(power) + ([self._call("sqrt", value)] if power.q == 2 else [])
                if result is None and int(power) >= 2:
                    result, parts = self._call("square", value), parts[2:]
            else:
                parts = [self._call("power", self.value(base), self.value(power))]
            for part in parts:
                result = part if result is None else self._call("multiply", *sorted((result, part), key=str))
        return 1.0 if result is None else result

    def _place_in_product(self, factor: Expr) -> tuple[bool, bool, str]:
        return not factor.free_symbols & self.varying, isinstance(factor, Pow), str(factor)

    # --- choices ----------------------------------------------------------------------------------------------------

    def _cases(self, expr: Piecewise) -> Operand:
        """What is chosen first is computed everywhere; the other cases only where some run needs them."""
        (first, condition), *others = (pair.args for pair in expr.args)
        if condition == True:  # noqa: E712, a SymPy truth value
            return self.value(first)
        chosen = self.condition(condition)
        if len(others) == 1 and self._at_hand(first) and not self._at_hand(others[0][0]):
            other, value = self.value(others[0][0]), self.value(first)
            return self._do("take({0}, out={out})\nif {1}.any():\n    put({out}, {1}, {2})", other, chosen, value)
        rest, operands = self._printed(Piecewise(*others, evaluate=False) if len(others) > 1 else others[0][0], 2)
        text = f"if {{0}}.all():\n    take({{1}}, out={{out}})\nelse:\n    {{out}}[:] = where({{0}}, {{1}}, {rest})"
        return self._do(text, chosen, self.value(first), *operands)

    def _at_hand(self, expr: Expr) -> bool:
        return expr.is_number or expr in self.program.inputs

    def condition(self, expr: Basic) -> Operand:
        """The operand that holds a condition."""
        if isinstance(expr, Symbol):
            return self.at[expr]
        if isinstance(expr, Relational):
            return self._call(COMPARISONS[type(expr)], self.value(expr.lhs), self.value(expr.rhs), truth=True)
        if isinstance(expr, Not):
            return self._call("logical_not", self.condition(expr.args[0]), truth=True)
        if isinstance(expr, And | Or):
            first, *others = map(self.condition, expr.args)
            for other in others:
                first = self._call("logical_and" if isinstance(expr, And) else "logical_or", first, other, truth=True)
            return first
        return self._as_printed(expr, truth=True)


def allocated(program: Program, lowering: Lowering) -> Emitted:
    """Give every result a buffer, which is free again after its last use."""
    outputs = [symbol.name for symbol in program.outputs]
    operations = lowering.operations
    results = {operation.result: operation.truth for operation in operations}
    place: dict[Operand, str] = {}
    copied: list[tuple[str, Operand]] = []
    for symbol, name in zip(program.outputs, outputs, strict=True):
        operand = lowering.at[symbol]
        if operand in results and operand not in place:
            place[operand] = f"_{name}_out"
        else:
            copied.append((f"_{name}_out", operand))
    kept = {*place, *(operand for _, operand in copied)}
    last = {operand: n for n, operation in enumerate(operations) for operand in operation.operands}
    free: dict[bool, list[str]] = {False: [], True: []}
    made = {False: 0, True: 0}
    lines = []
    for n, operation in enumerate(operations):
        truth, note = operation.truth, f"  # {operation.note}" if operation.note else ""
        ending = [one for one in dict.fromkeys(operation.operands) if one in results and last[one] == n
                  and one not in kept]  # fmt: skip
        if operation.result not in place:
            own = next((one for one in ending if results[str(one)] == truth), None)
            if own is not None:
                place[operation.result] = place[own]
                ending.remove(own)
            elif free[truth]:
                place[operation.result] = free[truth].pop()
            else:
                place[operation.result] = f"_{'xm'[truth]}{made[truth]}"
                made[truth] += 1
        for one in ending:
            free[results[str(one)]].append(place[one])
        if operation.result not in last and operation.result not in kept:
            free[truth].append(place[operation.result])
        operands = [place.get(one, repr(one) if isinstance(one, float) else one) for one in operation.operands]
        text = operation.text.format(*operands, out=place[operation.result])
        first, *others = text.split("\n")
        lines += [f"    {first}{note}", *(f"    {line}" for line in others)]
    lines += [f"    copyto({out}, {place.get(operand, operand)})" for out, operand in copied]
    buffers = [f"_x{i}" for i in range(made[False])] + [f"_m{i}" for i in range(made[True])]
    arguments = [*map(local, program.inputs), *(f"_{name}_out" for name in outputs), *buffers]
    source = "\n".join([f"def {program.name}({', '.join(arguments)}):", *(lines or ["    pass"])]) + "\n"
    return Emitted(source, [symbol.name for symbol in program.inputs], outputs, made[False], made[True])
