"""Formulas lowered to straight lines of arithmetic, without powers and branches.

The model needs no calls but of the square root; functions of one's own formulas are those of the C library.
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import sympy
from sympy import ITE, Add, And, Basic, Expr, Max, Min, Mul, Not, Or, Piecewise, Pow, Symbol
from sympy.codegen.cfunctions import log1p
from sympy.core.relational import Relational

from deltamu.codegen.printers import local_name
from deltamu.errors import InputError
from deltamu.model.expressions import exponent_of_rest
from deltamu.model.formula import Formula
from deltamu.model.special import numba_kernels as kernels

LARGEST_POWER = 256  # whole exponents up to this become multiplications
WITH_FRACTION, NEXT_WHOLE = 2.0**51, 1.5 * 2.0**52  # adding the second to a number below the first makes it whole

IN_C: Mapping[type[Basic], str] = MappingProxyType({
    sympy.floor: "floor", sympy.ceiling: "ceil", sympy.sin: "sin", sympy.cos: "cos", sympy.tan: "tan",
    sympy.asin: "asin", sympy.acos: "acos", sympy.atan: "atan", sympy.atan2: "atan2", sympy.sinh: "sinh",
    sympy.cosh: "cosh", sympy.tanh: "tanh", sympy.asinh: "asinh", sympy.acosh: "acosh", sympy.atanh: "atanh",
    sympy.erf: "erf", sympy.erfc: "erfc", sympy.gamma: "tgamma", sympy.loggamma: "lgamma",
    log1p: "log1p",
})  # fmt: skip
"""What functions are called in the C library, by their class."""


class Lines:
    """Lines of Python for numba, written one after the other.

    What differs in another language is in the methods up to `whole`; arithmetic and comparisons are the same text.
    Names made here begin with ``_``, and those of symbols do not (see `deltamu.codegen.printers.local_name`).

    Attributes
    ----------
    text : list of str
    wholes : set of str
        Names of whole numbers.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> lines = Lines()
    >>> lines.formula(PUBLISHED["N_eff"])
    >>> print(lines)
    _1 = N/(1.0 - gamma + N*gamma)
    N_eff = select((N == 0.0), 0.0, _1)
    """

    reserved: Collection[str] = ("range", "select", "sqrt", "inf", "np", "fmod", *IN_C.values())
    infinity = "inf"

    def __init__(self) -> None:
        self.text: list[str] = []
        self.wholes: set[str] = set()
        self._known: dict[str, str] = {}

    def __str__(self) -> str:
        return "\n".join(self.text)

    def set(self, target: str, text: str) -> None:
        """Write a line that sets what is there already."""
        self.text.append(f"{target} = {text}")

    def declare(self, name: str, text: str, *, whole: bool = False) -> None:
        """Write a line that names a number, or a 64-bit whole number."""
        self.text.append(f"{name} = {text}")

    def select(self, condition: str, yes: str, no: str) -> str:
        """One of two numbers, both of which are there: no branch."""
        return f"select({condition}, {yes}, {no})"

    def negation(self, condition: str) -> str:
        return f"(not {condition})"

    def truncated(self, number: str) -> str:
        """A number below 2³¹ in size without its fraction, as a number."""
        return f"np.float64(np.int32({number}))"

    def single(self, number: str) -> str:
        """A number rounded to single precision."""
        return f"np.float64(np.float32({number}))"

    def bits(self, number: str) -> str:
        """The bits of a number as a whole number."""
        return f"np.float64({number}).view(np.int64)"

    def number(self, bits: str) -> str:
        """The number that has these bits."""
        return f"np.int64({bits}).view(np.float64)"

    def whole(self, number: str) -> str:
        """A number without fraction as a whole number."""
        return f"np.int64(np.int32({number}))"

    # --- names -------------------------------------------------------------------------------------------------------

    def local(self, name: str) -> str:
        """How a symbol, or with a space in its name something else that is kept, is called in the lines."""
        return "_" + name.replace(" ", "_") if " " in name else local_name(name, self.reserved)

    def formula(self, formula: Formula) -> None:
        """Write the lines of a formula; the last one has its name."""
        self.name(formula.name, self._expression(formula.printed))

    def name(self, name: str, text: str) -> None:
        """Write a line that gives a symbol its value."""
        self.declare(self.local(name), text)

    def let(self, text: str, *, whole: bool = False) -> str:
        """The name of a value; a new line unless there is one that says the same."""
        if text not in self._known:
            name = f"_{len(self._known) + 1}"
            self._known[text] = name
            self.wholes |= {name} if whole else set()
            self.declare(name, text, whole=whole)
        return self._known[text]

    def root(self, value: str) -> str:
        return self.let(f"sqrt({value})")

    # --- expressions -------------------------------------------------------------------------------------------------

    def value(self, expr: Expr) -> str:
        """An expression as a name or a number."""
        text = self._expression(expr)
        return text if text.isidentifier() or _is_number(text) else self.let(text)

    def _expression(self, expr: Expr) -> str:
        if isinstance(expr, Symbol):
            return self.local(expr.name)
        if expr.is_number and not expr.args:
            return self._number(expr)
        for kind, lowered in LOWERED.items():
            if isinstance(expr, kind):
                return lowered(self, expr)
        if type(expr) in IN_C:
            return self.let(f"{IN_C[type(expr)]}({', '.join(map(self.value, expr.args))})")
        kernel = getattr(kernels, type(expr).__name__, None)
        if type(expr).__name__ in kernels.__all__ and kernel is not None:
            return kernel(self, self.value(expr.args[0]))
        raise InputError(f"{type(expr).__name__} in {expr} has no form for lanes: use engine = 'numpy'")

    def _number(self, expr: Expr) -> str:
        if expr in (sympy.oo, -sympy.oo):
            return self.infinity if expr > 0 else f"(-{self.infinity})"
        value = float(expr)
        return repr(value) if value >= 0 else f"({value!r})"

    def _sum(self, expr: Add) -> str:
        if (exponent := exponent_of_rest(expr)) is not None:
            return f"(0.0 - {kernels.expm1(self, self.value(exponent))})"
        terms = [self._term(arg) for arg in expr.args]
        first, *others = terms
        start = f"-{first[1]}" if first[0] else first[1]
        return start + "".join(f" {'-' if negative else '+'} {text}" for negative, text in others)

    def _term(self, expr: Expr) -> tuple[bool, str]:
        """Whether a term is taken off, and its text."""
        negative = isinstance(expr, Mul) and expr.args[0] == -1
        if negative:
            rest = expr.args[1:]
            expr = rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False)
        text = self._expression(expr) if isinstance(expr, Mul | Symbol) else self._factor(expr)
        return negative, f"({text})" if text.startswith("-") else text

    def _product(self, expr: Mul) -> str:
        above, below, sign = [], [], ""
        for arg in expr.args:
            if arg == -1:
                sign = "" if sign else "-"
            elif isinstance(arg, Pow) and arg.exp.is_number and arg.exp.is_negative:
                below.append(self._factor(Pow(arg.base, -arg.exp, evaluate=False) if arg.exp != -1 else arg.base))
            else:
                above.append(self._factor(arg))
        text = "*".join(above) or "1.0"
        if below:
            under = "*".join(below)
            text += f"/({under})" if len(below) > 1 else f"/{under}"
        return sign + text

    def _factor(self, expr: Expr) -> str:
        text = self._expression(expr)
        if isinstance(expr, Add | Mul) or text.startswith("-"):
            return f"({text})"
        return text if text.isidentifier() or _is_number(text) or text.startswith("(") else self.let(text)

    def _power(self, expr: Pow) -> str:
        base, exponent = expr.args
        of = self.value(base)
        if exponent.is_number and abs(exponent) <= LARGEST_POWER and (2 * float(exponent)).is_integer():
            whole, half = divmod(abs(float(exponent)), 1)
            factors = [self._whole_power(of, int(whole))] if whole else []
            factors += [self.root(of)] if half else []
            text = "*".join(factors) or "1.0"
            return self.let(f"1.0/({text})") if exponent < 0 else (self.let(text) if "*" in text else text)
        to = self.value(exponent)
        if base.is_nonnegative:
            power = kernels.exp(self, self.let(f"{to}*{kernels.log(self, of)}"))
            return self.select(f"({to} == 0.0)", "1.0", power)
        return self._signed_power(of, to)

    def _signed_power(self, of: str, to: str) -> str:
        """A power of a number of any sign; of a negative one it is nan unless the exponent is whole."""
        size = self.let(self.select(f"({of} < 0.0)", f"(-{of})", of))
        power = kernels.exp(self, self.let(f"{to}*{kernels.log(self, size)}"))
        within = f"(({to} < {WITH_FRACTION!r}) & ({to} > -{WITH_FRACTION!r}))"  # beyond it all numbers are whole
        place, half = self.let(self.select(within, to, "0.0")), self.let(self.select(within, f"(0.5*{to})", "0.0"))
        whole, even = (f"((({x} + {NEXT_WHOLE!r}) - {NEXT_WHOLE!r}) == {x})" for x in (place, half))
        signed = self.let(self.select(even, power, f"(-{power})"))
        below = self.let(self.select(whole, signed, f"({self.infinity} - {self.infinity})"))
        found = self.let(self.select(f"({of} < 0.0)", below, power))
        return self.select(f"(({to} == 0.0) | ({of} == 1.0))", "1.0", found)

    def _whole_power(self, base: str, n: int) -> str:
        if n == 1:
            return base
        half = self._whole_power(base, n // 2)
        square = self.let(f"{half}*{half}")
        return self.let(f"{square}*{base}") if n % 2 else square

    def _cases(self, expr: Piecewise) -> str:
        *cases, (last, _) = expr.args
        text = self.value(last)
        for value, condition in reversed(cases):
            text = self.select(self.condition(condition), self.value(value), self.let(text) if "(" in text else text)
        return text

    def _extreme(self, expr: Max | Min) -> str:
        operator = ">" if isinstance(expr, Max) else "<"
        values = [self.value(arg) for arg in sorted(expr.args, key=lambda arg: arg.is_number)]
        text = values[0]
        for other in values[1:]:  # nan if either is, as in NumPy
            if _is_number(other):
                text = self.let(self.select(f"({other} {operator}= {text})", other, text))
            else:
                text = self.let(self.select(f"(({text} {operator} {other}) | ({text} != {text}))", text, other))
        return text

    def _size(self, expr: sympy.Abs) -> str:
        value = self.value(expr.args[0])
        return self.select(f"({value} < 0.0)", f"(-{value})", value)

    def _sign(self, expr: sympy.sign) -> str:
        value = self.value(expr.args[0])
        below = self.let(self.select(f"({value} < 0.0)", "(-1.0)", value))  # nan stays nan
        return self.select(f"({value} > 0.0)", "1.0", below)

    def _rest(self, expr: sympy.Mod) -> str:
        """The rest of a division, with the sign of the divisor."""
        number, modulus = map(self.value, expr.args)
        rest = self.let(f"fmod({number}, {modulus})")
        other = f"((({rest} < 0.0) & ({modulus} > 0.0)) | (({rest} > 0.0) & ({modulus} < 0.0)))"
        return self.select(other, f"({rest} + {modulus})", rest)

    # --- conditions --------------------------------------------------------------------------------------------------

    def condition(self, expr: Basic) -> str:
        """A condition as text."""
        if isinstance(expr, Relational):
            return f"({self.value(expr.lhs)} {expr.rel_op} {self.value(expr.rhs)})"
        if isinstance(expr, And | Or):
            return f"({(' & ' if isinstance(expr, And) else ' | ').join(map(self.condition, expr.args))})"
        if isinstance(expr, Not):
            return self.negation(self.condition(expr.args[0]))
        if isinstance(expr, ITE):
            test, yes, no = map(self.condition, expr.args)
            return f"(({test} & {yes}) | ({self.negation(test)} & {no}))"
        if expr in (sympy.true, sympy.false):
            return f"(0.0 {'==' if expr == sympy.true else '!='} 0.0)"
        raise InputError(f"condition {expr} has no form for lanes: use engine = 'numpy'")


def _is_number(text: str) -> bool:
    try:
        float(text.strip("()"))
    except ValueError:
        return False
    return True


LOWERED: dict[type, Callable[[Lines, Expr], str]] = {
    Add: Lines._sum,
    Mul: Lines._product,
    sympy.exp: lambda lines, expr: kernels.exp(lines, lines.value(expr.args[0])),
    Pow: Lines._power,
    sympy.log: lambda lines, expr: kernels.log(lines, lines.value(expr.args[0])),
    Piecewise: Lines._cases,
    Max: Lines._extreme,
    Min: Lines._extreme,
    sympy.Abs: Lines._size,
    sympy.sign: Lines._sign,
    sympy.Mod: Lines._rest,
}
