"""A law as a function: outcomes and their exact slopes by every parameter, from the symbols, for many runs at once."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import scipy.special
from numpy.typing import NDArray
from sympy import Expr, Function, Symbol

from deltamu.calibration.laws.law import Law
from deltamu.codegen.compile import NAMESPACE, Compiled, compile_program
from deltamu.codegen.program import Program
from deltamu.model.calculus.chain_rule import forwards
from deltamu.model.formula import Formula
from deltamu.model.quantities import REAL, quantity
from deltamu.model.special.numpy_kernels import normal_cdf, normal_pdf

Array = NDArray[np.float64]


def stepped(function: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of real numbers, which takes a complex step too: exact to first order in the imaginary part."""

    def extended(x: Any) -> Any:
        if not np.iscomplexobj(x):
            return function(x)
        return function(x.real) + 1j * x.imag * slope(x.real)

    return extended


# SciPy's functions of real numbers that take complex steps too; laws are differentiated once: only order 0 occurs
COMPLEX = {"gammaln": scipy.special.loggamma, "polygamma": lambda order, x: scipy.special.psi(x)}
# Functions of the laws that the house's generated code does not know by itself, or not for complex steps.
FUNCTIONS = {
    "special": SimpleNamespace(**{**vars(scipy.special), **COMPLEX}),
    "wright_omega": scipy.special.wrightomega,
    "normal_cdf": stepped(normal_cdf, normal_pdf),
    "normal_pdf": stepped(normal_pdf, lambda x: -x * normal_pdf(x)),
}
FEW = 20  # points up to which plain floats are faster than arrays


def of_floats(function: Callable[..., Any]) -> Callable[..., float]:
    """The same function, to the same bits, from floats to a float: arithmetic on these is fast."""
    return lambda *values: float(function(*values))


FLOATS = {name: of_floats(value) for name, value in {**NAMESPACE, **FUNCTIONS}.items() if callable(value)} | {
    "special": SimpleNamespace(**{name: of_floats(value) for name, value in vars(FUNCTIONS["special"]).items()
                                  if callable(value)}),
}  # fmt: skip


@dataclass(frozen=True)
class WithSlopes:
    """A program that gives outputs and their slopes by every input that is named.

    Attributes
    ----------
    inputs : tuple of str
    wrt : tuple of str
    slopes : tuple of (output, input) index pairs
        Which slopes the function returns, after the outputs; the others are 0.
    constants : tuple of (output, input, value)
        Slopes that are numbers.
    size : int
        Number of outputs.
    function, of_floats : callable
        On arrays, and on floats.
    """

    inputs: tuple[str, ...]
    wrt: tuple[str, ...]
    slopes: tuple[tuple[int, int], ...]
    constants: tuple[tuple[int, int, float], ...]
    size: int
    function: FunctionType
    of_floats: FunctionType
    source: str

    def __call__(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[tuple[int, int], Any]]:
        """Outputs, and slopes by (output, input)."""
        with np.errstate(all="ignore"):  # `where` computes both branches
            found = self.function(*(values[name] for name in self.inputs))
        slopes: dict[tuple[int, int], Any] = dict(zip(self.slopes, found[self.size :], strict=True))
        slopes |= {(i, j): value for i, j, value in self.constants}
        return list(found[: self.size]), slopes

    def dense(self, values: Mapping[str, Array], shape: tuple[int, ...]) -> tuple[Array, Array]:
        """Outputs, shape (..., outputs), and all slopes, shape (..., outputs, wrt), at points of one shape."""
        found = self._found([values[name].reshape(-1) for name in self.inputs], math.prod(shape))
        slopes = np.zeros((len(found), self.size * len(self.wrt)), found.dtype)
        slopes[:, self._places] = found[:, self.size :]
        for i, j, value in self.constants:
            slopes[:, i * len(self.wrt) + j] = value
        return found[:, : self.size].reshape(*shape, self.size), slopes.reshape(*shape, self.size, len(self.wrt))

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        return np.array([i * len(self.wrt) + j for i, j in self.slopes], dtype=np.intp)

    @cached_property
    def _alike(self) -> bool:
        """Whether floats give the bits of arrays: their powers round differently."""
        return "**" not in self.source

    def _found(self, given: list[Array], points: int) -> Array:
        """What the function returns, a row a point."""
        dtype = np.result_type(float, *(value.dtype for value in given))
        with np.errstate(all="ignore"):
            if points <= FEW and dtype.kind == "f" and self._alike:
                rows = zip(*(value.tolist() for value in given), strict=True)
                with suppress(ZeroDivisionError, OverflowError):  # where arrays have inf
                    flat = chain.from_iterable(self.of_floats(*row) for row in rows)
                    return np.fromiter(flat, float).reshape(points, -1)
            results = self.function(*given)
        found = np.empty((len(results), points), dtype)
        for row, result in zip(found, results, strict=True):
            row[:] = result
        return found.T


def with_slopes(name: str, formulas: Sequence[Formula], outputs: Sequence[Symbol], wrt: Sequence[Symbol]) -> WithSlopes:
    """Differentiate a straight-line program forwards by each of `wrt`, and compile it."""
    lines = list(formulas)
    found: dict[tuple[int, int], Symbol] = {}
    constants = []
    own = {symbol.name: symbol for formula in formulas for symbol in formula.printed.free_symbols}
    computed = {formula.expr: formula.symbol for formula in formulas if isinstance(formula.expr, Function)}
    for j, along in enumerate(wrt):
        rates, more = forwards(formulas, own.get(along.name, along))
        lines += [_using(computed, line) for line in more]
        for i, output in enumerate(outputs):
            slope: Expr | None = rates.get(output)
            if slope is None or slope == 0:
                continue
            if slope.is_number:
                constants.append((i, j, float(slope)))
                continue
            found[i, j] = slope
    wanted = (*outputs, *found.values())
    needed, used = _needed(lines, wanted)
    inputs = tuple(sorted(used - {line.symbol for line in needed}, key=str))
    compiled = compile_program(Program(name, inputs, needed, wanted))
    return WithSlopes(
        tuple(map(str, inputs)), tuple(map(str, wrt)), tuple(found), tuple(constants), len(outputs),
        with_functions(compiled, FUNCTIONS), with_functions(compiled, FLOATS), compiled.source,
    )  # fmt: skip


def _using(computed: Mapping[Expr, Symbol], line: Formula) -> Formula:
    """A line in which what is computed already has its name: the slope of exp(x) is exp(x)."""
    printed = line.printed.xreplace(computed)
    return line if printed is line.printed else replace(line, printed=printed)


def _needed(lines: Sequence[Formula], wanted: Iterable[Symbol]) -> tuple[tuple[Formula, ...], set[Symbol]]:
    """Those of the lines, each of which uses only what stands before it, that outputs need; and all that is used."""
    used = set(wanted)
    needed = []
    for line in reversed(lines):
        if line.symbol in used:
            needed.append(line)
            used |= line.printed.free_symbols
    return tuple(reversed(needed)), used


def with_functions(compiled: Compiled, functions: Mapping[str, Any]) -> FunctionType:
    """The compiled function with these functions under their names."""
    plain = compiled.function
    return FunctionType(plain.__code__, {**plain.__globals__, **functions}, plain.__name__, plain.__defaults__)


class CompiledLaw:
    """The outcomes of a law and their slopes.

    Parameters
    ----------
    law : Law
    """

    def __init__(self, law: Law) -> None:
        self.law = law
        wanted = (*law.outcomes, *law.exact.values())
        self._names = [(p.symbol.name, p.name) for p in law.parameters]
        self._program = with_slopes(law.name, law.model.program(wanted), wanted, [p.symbol for p in law.parameters])

    @property
    def source(self) -> str:
        """The generated Python source."""
        return self._program.source

    def __call__(self, values: Mapping[str, Array]) -> tuple[Array, Array]:
        """Outcomes, shape (..., outcomes), and slopes, shape (..., outcomes, parameters).

        Parameters
        ----------
        values : mapping of str to array
            Every parameter by name, all of one shape.
        """
        law = self.law
        shape = np.shape(next(iter(values.values())))
        if law.nodes is None and not law.covariates:
            return self._program.dense({symbol: np.asarray(values[name]) for symbol, name in self._names}, shape)
        dtype = np.result_type(*(np.asarray(value).dtype for value in values.values()), float)
        extra = self._extra()
        inputs = {p.symbol.name: np.asarray(values[p.name])[..., None] for p in law.parameters}
        outputs, slopes = self._program({**inputs, **extra})
        size = len(law.outcomes)
        full = (*shape, *np.broadcast_shapes(*(np.shape(value) for value in extra.values())))
        first = self._gathered([np.broadcast_to(output, full) for output in outputs[:size]])
        by = np.zeros((*first.shape, len(law.parameters)), dtype)
        for j in range(len(law.parameters)):
            rows = [slopes.get((i, j), 0.0) for i in range(size)]
            if any(np.ndim(row) or row for row in rows):
                by[..., j] = self._gathered([np.broadcast_to(row, full) for row in rows])
        for place, at in enumerate(law.exact):
            first[..., at] = np.broadcast_to(outputs[size + place], full)[..., 0]
            for j in range(len(law.parameters)):
                by[..., at, j] = np.broadcast_to(slopes.get((size + place, j), 0.0), full)[..., 0]
        if law.rest is not None:
            first[..., law.rest], by[..., law.rest, :] = 0.0, 0.0
            first[..., law.rest], by[..., law.rest, :] = 1 - first.sum(axis=-1), -by.sum(axis=-2)
        return first, by

    def _extra(self) -> dict[str, Array]:
        """Nodes or covariates by the names of their symbols, along a last axis."""
        law = self.law
        if law.nodes is not None:
            return {law.nodes.symbol.name: law.nodes.points}
        return {symbol.name: np.asarray(values) for symbol, values in law.covariates.items()}

    def _gathered(self, rows: list[Array]) -> Array:
        """Outcomes along the last axis from outputs over nodes or covariates."""
        nodes = self.law.nodes
        if nodes is None:
            return np.array(rows[0])
        if nodes.kernel is not None:
            return rows[0] @ nodes.kernel.T
        return np.stack([row.sum(axis=-1) for row in rows], axis=-1)


@lru_cache(maxsize=64)
def compiled_law(law: Law) -> Callable[[Mapping[str, Array]], tuple[Array, Array]]:
    """Outcomes and slopes of a law as a function of its parameters, made once for each law."""
    return law.evaluate or CompiledLaw(law)


@lru_cache(maxsize=64)
def derived_program(law: Law) -> WithSlopes:
    """The parameters of a law that follow from the fitted ones, with their slopes."""
    lines = tuple(Formula(_value_of(one.parameter.symbol.name), one.expr) for one in law.derived)
    symbols = [p.symbol for p in law.parameters]
    return with_slopes(f"{law.name}_derived", lines, [line.symbol for line in lines], symbols)


def _value_of(name: str) -> Symbol:
    return quantity(f"value_of_{name}", name, meaning=f"value of {name}", domain=REAL)
