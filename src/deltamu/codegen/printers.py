"""The same programs as text and as JavaScript, and what printing code in any language has in common."""

from collections.abc import Container, Iterable, Mapping
from keyword import iskeyword
from typing import Any

from sympy import Expr, Symbol, erf, erfc
from sympy.printing.codeprinter import CodePrinter, PrintMethodNotImplementedError
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.precedence import PRECEDENCE

from deltamu.codegen.program import Program
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.expressions import as_written_down, exponent_of_rest
from deltamu.model.formula import Formula, Model, as_latex
from deltamu.model.gated import GATED
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.special.base import SpecialFunction
from deltamu.model.special.javascript_kernels import NAMES as JAVASCRIPT_KERNELS
from deltamu.model.special.javascript_kernels import OF_SYMPY, javascript_kernels


def latex(thing: Expr | Formula | Model | Policy | str) -> str:
    r"""LaTeX of an expression, a formula (``left = right``), a model or a policy (aligned equations); without ``$``.

    Parameters
    ----------
    thing : sympy.Expr, Formula, Model, Policy or str
        A name is that of a formula, of the published model where both have it.

    Returns
    -------
    str

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> print(latex(PUBLISHED["pass_probability"]))
    P_{\mathrm{pass}} = e^{- r \mu}
    """
    if isinstance(thing, str):
        thing = PUBLISHED[thing] if thing in PUBLISHED else GATED[thing]
    return thing.latex() if isinstance(thing, Formula | Model | Policy) else as_latex(as_written_down(thing, "thing"))


def local_name(name: str, reserved: Container[str]) -> str:
    """What a symbol is called in generated code, where no other thing has that name.

    Generated names begin with an underscore and do not end with one.

    Examples
    --------
    >>> [local_name(name, {"exp"}) for name in ("mu", "exp", "lambda", "_x0", "mu_")]
    ['mu', 'exp_', 'lambda_', '_x0_', 'mu__']
    """
    taken = name in reserved or iskeyword(name) or name.startswith("_") or name.endswith("_")
    return f"{name}_" if taken else name


class InWrittenOrder(CodePrinter):
    """Terms and factors as they were written, floats whole, nothing lost to cancellation: in every language."""

    expm1: str  # how the language calls exp(x) - 1
    equal: str  # its comparison for equality
    both: str  # its "and" of conditions
    either: str

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Relational(self, expr: Any) -> str:
        operator = {"==": self.equal}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {operator} {self._print(expr.rhs)}"

    def _print_And(self, expr: Any) -> str:
        return self.both.join(f"({self._print(arg)})" for arg in expr.args)

    def _print_Or(self, expr: Any) -> str:
        return self.either.join(f"({self._print(arg)})" for arg in expr.args)

    def _print_Add(self, expr: Any, order: str | None = None) -> str:
        if (exponent := exponent_of_rest(expr)) is not None:
            return f"-{self.expm1}({self._print(exponent)})"
        return super()._print_Add(expr, order=order)


# what cannot be the name of a constant in a function that is printed here
JAVASCRIPT_RESERVED = frozenset({
    "arguments", "await", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "debugger", "default", "delete", "do", "double", "else", "enum", "eval", "export", "extends", "false", "final",
    "finally", "float", "for", "function", "goto", "if", "implements", "import", "in", "instanceof", "int",
    "interface", "let", "long", "native", "new", "null", "package", "private", "protected", "public", "return",
    "short", "static", "super", "switch", "synchronized", "this", "throw", "throws", "transient", "true", "try",
    "typeof", "var", "void", "volatile", "while", "with", "yield", "Infinity", "Math", "NaN", "undefined", "v",
    *JAVASCRIPT_KERNELS, *OF_SYMPY,
})  # fmt: skip


# what SymPy's printer does not know by itself
IN_JAVASCRIPT = {"expm1": "Math.expm1", "log1p": "Math.log1p", **{name: name for name in OF_SYMPY}}


class JavaScriptPrinter(InWrittenOrder, JavascriptCodePrinter):
    """JavaScript expressions; special functions by the names of their kernels."""

    expm1 = "Math.expm1"
    equal = "==="
    both = " && "
    either = " || "

    def __init__(self) -> None:
        super().__init__({"order": "none", "user_functions": IN_JAVASCRIPT})

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        conditional = "".join(f"{self._print(condition)} ? {self._print(value)} : " for value, condition in cases)
        return f"({conditional}{self._print(last)})"

    def _print_Symbol(self, expr: Any) -> str:
        return local_name(expr.name, JAVASCRIPT_RESERVED)

    _print_Quantity = _print_Symbol  # SymPy's printers know a class of units by this name

    def _print_Mod(self, expr: Any) -> str:  # JavaScript's has the sign of the dividend
        number, modulus = (self.parenthesize(arg, PRECEDENCE["Mul"]) for arg in expr.args)
        return f"(({number} % {modulus} + {modulus}) % {modulus})"

    def _print_NumberSymbol(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Pow(self, expr: Any) -> str:
        if expr.exp == 2 and expr.base.is_Symbol:
            return f"({self._print(expr.base)}*{self._print(expr.base)})"
        return super()._print_Pow(expr)

    def _print_Infinity(self, expr: Any) -> str:
        return "Infinity"

    def _print_NegativeInfinity(self, expr: Any) -> str:
        return "-Infinity"


@checked
def javascript(
    programs: Program | Iterable[Program], *, kernels: bool = True, slots: Mapping[str, int] | None = None
) -> str:
    """JavaScript functions of the programs' names; each takes one object of inputs and returns one of outputs.

    Parameters
    ----------
    programs : Program or iterable of Program
    kernels : bool
        Whether the special functions that they call are put before them.
    slots : mapping of str to int, optional
        Where each symbol stands in one array ``v``: the functions then take this array alone, read their inputs from
        it and write their outputs into it, which is many times faster than objects.

    Returns
    -------
    str
        The source of the functions.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> from deltamu.codegen.program import program
    >>> print(javascript(program("candidates", PUBLISHED, [sym.K_eff])))
    function candidates({ H, K, N, K_r, tau }) {
      const K_prime = K + N*K_r;
      const K_eff = 1 + (K_prime - 1)*(1 - tau*H);
      return { K_eff };
    }
    >>> slots = {"H": 0, "K": 1, "N": 2, "K_r": 3, "tau": 4, "K_eff": 5}
    >>> print(javascript(program("candidates", PUBLISHED, [sym.K_eff]), slots=slots))
    function candidates(v) {
      const H = v[0], K = v[1], N = v[2], K_r = v[3], tau = v[4];
      const K_prime = K + N*K_r;
      const K_eff = 1 + (K_prime - 1)*(1 - tau*H);
      v[5] = K_eff;
    }
    """
    if not isinstance(programs, Iterable) or isinstance(programs, Program | str):
        programs = [programs]
    programs = list(programs)
    for one in programs:
        if not isinstance(one, Program):
            raise InputError(f"{shown(one)} is no program: deltamu.codegen.program.program makes one of formulas")
    printer = JavaScriptPrinter()
    functions = [_function(program, printer, slots) for program in programs]
    formulas = [formula for program in programs for formula in program.formulas]
    called = set().union(*(formula.printed.atoms(SpecialFunction, erf, erfc) for formula in formulas))
    if kernels and called:
        functions.insert(0, javascript_kernels(sorted({call.func.__name__ for call in called})))
    return "\n\n".join(functions)


def _function(program: Program, printer: JavaScriptPrinter, slots: Mapping[str, int] | None) -> str:
    def name(symbol: Symbol) -> str:
        return local_name(symbol.name, JAVASCRIPT_RESERVED)

    def names(symbols: Iterable[Symbol]) -> str:
        return f"{{ {', '.join(s.name if name(s) == s.name else f'{s.name}: {name(s)}' for s in symbols)} }}"

    lines = []
    for formula in program.formulas:
        try:
            lines.append(f"const {name(formula.symbol)} = {printer.doprint(formula.printed)};")
        except PrintMethodNotImplementedError as error:
            what = str(error).splitlines()[0].rpartition(" ")[2]
            raise InputError(f"formula {formula.name} uses {what}, which has no form in JavaScript") from None
    if slots is None:
        arguments = names(program.inputs)
        lines.append(f"return {names(program.outputs)};")
    else:
        arguments = "v"
        if program.inputs:
            lines.insert(0, f"const {', '.join(f'{name(s)} = v[{slots[s.name]}]' for s in program.inputs)};")
        lines += [f"v[{slots[s.name]}] = {name(s)};" for s in program.outputs if s not in program.inputs]
    return "\n".join([f"function {program.name}({arguments}) {{", *(f"  {line}" for line in lines), "}"])
