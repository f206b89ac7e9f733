"""Formulas lowered to straight lines of arithmetic: no powers, no branches, no calls but the square root."""

from collections.abc import Callable

import sympy
from sympy import ITE, Add, And, Basic, Expr, Max, Min, Mul, Not, Or, Piecewise, Pow, Symbol
from sympy.core.relational import Relational

from deltamu.codegen.numba_engine.dialects import Dialect
from deltamu.errors import InputError
from deltamu.model.expressions import exponent_of_rest
from deltamu.model.formula import Formula
from deltamu.model.special import numba_kernels as kernels

__all__ = ["Lines"]

LARGEST_POWER = 64  # whole exponents up to this become multiplications


class Lines:
    """Lines of code in a dialect, written one after the other.

    Parameters
    ----------
    dialect : Dialect

    Attributes
    ----------
    text : list of str
    whole : set of str
        Names of whole numbers.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> from deltamu.codegen.numba_engine.dialects import C, PYTHON
    >>> for dialect in (PYTHON, C):
    ...     lines = Lines(dialect)
    ...     lines.formula(PUBLISHED["N_eff"])
    ...     print(lines)
    v1 = N/(1.0 - gamma + N*gamma)
    N_eff = select((N == 0.0), 0.0, v1)
    const double v1 = N/(1.0 - gamma + N*gamma);
    const double N_eff = ((N == 0.0) ? 0.0 : v1);
    """

    def __init__(self, dialect: Dialect):
        self.dialect = dialect
        self.text: list[str] = []
        self.whole: set[str] = set()
        self._known: dict[str, str] = {}

    def __str__(self) -> str:
        return "\n".join(self.text)

    def formula(self, formula: Formula) -> None:
        """Write the lines of a formula; the last one has its name."""
        self.name(formula.name, self._expression(formula.printed))

    def name(self, name: str, text: str) -> None:
        self.text.append(self.dialect.declare.format(name=name, text=text))

    def let(self, text: str, *, whole: bool = False) -> str:
        """The name of a value; a new line unless there is one that says the same."""
        if text not in self._known:
            name = f"v{len(self._known) + 1}"
            self._known[text] = name
            self.whole |= {name} if whole else set()
            line = self.dialect.declare_whole if whole else self.dialect.declare
            self.text.append(line.format(name=name, text=text))
        return self._known[text]

    def select(self, condition: str, yes: str, no: str) -> str:
        """The text of one of two values."""
        return self.dialect.select.format(condition=condition, yes=yes, no=no)

    def root(self, value: str) -> str:
        return self.let(self.dialect.root.format(value))

    @property
    def infinity(self) -> str:
        return self.dialect.infinity

    # --- expressions -------------------------------------------------------------------------------------------------

    def value(self, expr: Expr) -> str:
        """An expression as a name or a number."""
        text = self._expression(expr)
        return text if text.isidentifier() or _is_number(text) else self.let(text)

    def _expression(self, expr: Expr) -> str:
        if isinstance(expr, Symbol):
            return expr.name
        if expr.is_number and not expr.args:
            return self._number(expr)
        for kind, lowered in LOWERED.items():
            if isinstance(expr, kind):
                return lowered(self, expr)
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
        if exponent.is_Rational and exponent.q in (1, 2) and abs(exponent) <= LARGEST_POWER:
            of = self.value(base)
            whole, half = divmod(abs(exponent.p), exponent.q) if exponent.q == 2 else (abs(exponent.p), 0)
            factors = [self._whole_power(of, whole)] if whole else []
            factors += [self.root(of)] if half else []
            text = "*".join(factors)
            return self.let(f"1.0/({text})") if exponent < 0 else (self.let(text) if "*" in text else text)
        of, to = self.value(base), self.value(exponent)
        power = kernels.exp(self, self.let(f"{to}*{kernels.log(self, of)}"))
        return self.select(f"({to} == 0.0)", "1.0", power)

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
        for other in values[1:]:
            text = self.let(self.select(f"({text} {operator} {other})", text, other))
        return text

    def _size(self, expr: sympy.Abs) -> str:
        value = self.value(expr.args[0])
        return self.select(f"({value} < 0.0)", f"(-{value})", value)

    def _sign(self, expr: sympy.sign) -> str:
        value = self.value(expr.args[0])
        below = self.let(self.select(f"({value} < 0.0)", "(-1.0)", "0.0"))
        return self.select(f"({value} > 0.0)", "1.0", below)

    # --- conditions --------------------------------------------------------------------------------------------------

    def condition(self, expr: Basic) -> str:
        """A condition as text."""
        if isinstance(expr, Relational):
            return f"({self.value(expr.lhs)} {expr.rel_op} {self.value(expr.rhs)})"
        if isinstance(expr, And | Or):
            return f"({(' & ' if isinstance(expr, And) else ' | ').join(map(self.condition, expr.args))})"
        if isinstance(expr, Not):
            return self.dialect.negation.format(self.condition(expr.args[0]))
        if isinstance(expr, ITE):
            test, yes, no = map(self.condition, expr.args)
            return f"(({test} & {yes}) | ({self.dialect.negation.format(test)} & {no}))"
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
}
