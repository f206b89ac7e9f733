"""Programs as vectorised NumPy functions, by lambdify.

A list of formulas is already a program.  It is handed to lambdify as the result of a search for common
subexpressions that never took place, so that the generated source reads like the paper, line by line.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
import scipy.special
from sympy import Rational, Symbol, lambdify
from sympy.printing.numpy import SciPyPrinter
from sympy.printing.precedence import PRECEDENCE

from deltamu.codegen.printers import InWrittenOrder, local_name
from deltamu.codegen.program import Program
from deltamu.model.special import numpy_kernels as kernels

NUMPY = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "ceil", "cos", "cosh", "exp",
    "expm1", "floor", "heaviside", "inf", "log", "log1p", "logical_not", "maximum", "minimum", "mod", "nan", "pi",
    "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "where",
)  # fmt: skip
NAMESPACE = {name: getattr(np, name) for name in NUMPY} | {name: getattr(kernels, name) for name in kernels.__all__}
NAMESPACE["special"] = scipy.special


class SourcePrinter(InWrittenOrder, SciPyPrinter):
    """NumPy source: `where` instead of `select`, binary `maximum` and `minimum`; other functions from SciPy."""

    expm1 = "expm1"
    equal = "=="
    both = " & "
    either = " | "

    def __init__(self) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True, "order": "none"})

    def _module_format(self, fqn: str, register: bool = True) -> str:
        """SciPy's functions by the name of their module, so that few names are taken."""
        return fqn.removeprefix("scipy.") if fqn.startswith("scipy.special.") else super()._module_format(fqn, register)

    def _print_Symbol(self, expr: Any) -> str:
        return local_name(expr.name, NAMESPACE)

    _print_Quantity = _print_Symbol  # SymPy's printers know a class of units by this name

    def _print_LambertW(self, expr: Any) -> str:
        return f"{super()._print_LambertW(expr)}.real"

    def _print_EulerGamma(self, expr: Any) -> str:
        return repr(float(expr))

    _print_Catalan = _print_GoldenRatio = _print_EulerGamma

    def _print_Exp1(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        nested = self._print(last)
        for value, condition in reversed(cases):
            nested = f"where({self._print(condition)}, {self._print(value)}, {nested})"
        return nested

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        if expr.exp == 2:
            return f"square({self._print(expr.base)})"
        if expr.exp == -1:  # SymPy would print a slow power
            return f"1/{self.parenthesize(expr.base, PRECEDENCE['Pow'])}"
        if abs(expr.exp) == Rational(3, 2):
            base = self._print(expr.base)
            return f"(({base})*sqrt({base}))" if expr.exp > 0 else f"(1/(({base})*sqrt({base})))"
        return super()._print_Pow(expr, rational=rational)

    def _print_Max(self, expr: Any) -> str:
        return self._nested("maximum", expr)

    def _print_Min(self, expr: Any) -> str:
        return self._nested("minimum", expr)

    def _nested(self, name: str, expr: Any) -> str:
        nested, *others = map(self._print, expr.args)
        for other in others:
            nested = f"{name}({nested}, {other})"
        return nested


@dataclass(frozen=True)
class Compiled:
    """A program as a NumPy function.

    Attributes
    ----------
    program : Program
        What was compiled.
    function : callable
        Takes the program's inputs in order, each a float or an array that broadcasts with the others, and returns
        a tuple of its outputs.
    """

    program: Program
    function: FunctionType

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs by name from inputs by name; names that the program does not read are ignored."""
        with np.errstate(all="ignore"):  # `where` computes both branches; the one that is not taken may overflow
            results = self.function(*(values[symbol.name] for symbol in self.program.inputs))
        return dict(zip((symbol.name for symbol in self.program.outputs), results, strict=True))

    @property
    def source(self) -> str:
        """The generated Python source."""
        return inspect.getsource(self.function).replace("_lambdifygenerated", self.program.name)


@cache
def compile_program(program: Program) -> Compiled:
    """Compile a program; the same program is compiled once.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> from deltamu.codegen.program import program
    >>> candidates = compile_program(program("candidates", PUBLISHED, [sym.K_eff]))
    >>> print(candidates.source)
    def candidates(H, K, N, K_r, tau):
        K_prime = K + N*K_r
        K_eff = 1 + (K_prime - 1)*(1 - tau*H)
        return (K_eff,)
    <BLANKLINE>
    """
    lines = [(formula.symbol, formula.printed) for formula in program.formulas]
    printer = SourcePrinter()
    arguments = [Symbol(local_name(symbol.name, NAMESPACE)) for symbol in program.inputs]
    function = lambdify(
        arguments,
        program.outputs,
        modules=[NAMESPACE],
        printer=printer,
        cse=lambda outputs: (lines, outputs),
        docstring_limit=0,
    )
    return Compiled(program, function)


def compile_source(source: str, name: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of that name in generated source."""
    made: dict[str, Any] = {}
    exec(compile(source, f"<{name}>", "exec"), dict(namespace), made)
    return made[name]
