"""The functions that a formula may have: which, in terms of which others, and how they are differentiated."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import sympy
from sympy import Abs, Basic, Dummy, Eq, Expr, Heaviside, Mod, Piecewise, S, ceiling, floor, sign
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from deltamu.errors import InputError
from deltamu.model.expressions import as_written, replaced
from deltamu.model.special.base import SpecialFunction

EVERYWHERE: tuple[type[Basic], ...] = (
    sympy.exp, sympy.log, Abs, sign, floor, ceiling, Mod, sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos,
    sympy.atan, sympy.atan2, sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh, sympy.erf,
    sympy.erfc, sympy.Max, sympy.Min, expm1, log1p,
)  # fmt: skip
"""What every engine and the page compute."""

WITH_NUMPY: tuple[type[Basic], ...] = (
    sympy.gamma, sympy.loggamma, sympy.polygamma, sympy.beta, sympy.binomial, sympy.besselj, sympy.bessely,
    sympy.besseli, sympy.besselk, sympy.LambertW, sympy.Ei,
)  # fmt: skip
"""What SciPy has: the other engines refuse most of these before they run."""

STRUCTURE: tuple[type[Basic], ...] = (
    sympy.Add, sympy.Mul, sympy.Pow, Piecewise, ExprCondPair, Relational, sympy.And, sympy.Or, sympy.Not, sympy.ITE,
    SpecialFunction,
)  # fmt: skip

IN_OTHERS: Mapping[type[Basic], Callable[..., Basic]] = MappingProxyType(
    {
        sympy.frac: lambda x: x - floor(x),
        Heaviside: lambda x, at_zero=S.Half: Piecewise((0, x < 0), (at_zero, Eq(x, 0)), (1, True)),
        sympy.sec: lambda x: 1 / sympy.cos(x),
        sympy.csc: lambda x: 1 / sympy.sin(x),
        sympy.cot: lambda x: 1 / sympy.tan(x),
        sympy.sech: lambda x: 1 / sympy.cosh(x),
        sympy.csch: lambda x: 1 / sympy.sinh(x),
        sympy.coth: lambda x: 1 / sympy.tanh(x),
        sympy.asec: lambda x: sympy.acos(1 / x),
        sympy.acsc: lambda x: sympy.asin(1 / x),
        sympy.acot: lambda x: Piecewise((sympy.pi / 2, Eq(x, 0)), (sympy.atan(1 / x), True)),
        sympy.asech: lambda x: sympy.acosh(1 / x),
        sympy.acsch: lambda x: sympy.asinh(1 / x),
        sympy.acoth: lambda x: sympy.atanh(1 / x),
        sympy.sinc: lambda x: Piecewise((1, Eq(x, 0)), (sympy.sin(x) / x, True)),
        sympy.factorial: lambda x: sympy.gamma(x + 1),
        sympy.Xor: lambda *conditions: sympy.Xor(*conditions).to_nnf(simplify=False),
        sympy.Equivalent: lambda *conditions: sympy.Equivalent(*conditions).to_nnf(simplify=False),
    }
)
KNOWN: tuple[type[Basic], ...] = (*EVERYWHERE, *WITH_NUMPY, *STRUCTURE, *IN_OTHERS)
STEPS = (floor, ceiling, sign, Heaviside)


def in_known_functions(expr: Basic, name: str) -> Basic:
    """An expression in functions that can be computed; what has others is refused as part of the formula `name`.

    Examples
    --------
    >>> from sympy.abc import x
    >>> in_known_functions(sympy.sech(x) + sympy.frac(x), "gain")
    (x - floor(x)) + 1/cosh(x)
    >>> in_known_functions(sympy.zeta(x), "gain")
    Traceback (most recent call last):
    deltamu.errors.InputError: formula gain has zeta, which is not computed: allowed are Abs, acos, acosh, acot, ...
    """
    if not expr.args:
        return expr
    if not isinstance(expr, KNOWN):
        functions = sorted({kind.__name__ for kind in (*EVERYWHERE, *WITH_NUMPY, *IN_OTHERS)}, key=str.lower)
        what = f"formula {name} has {type(expr).__name__}, which is not computed"
        raise InputError(f"{what}: allowed are {', '.join(functions)}")
    args = [in_known_functions(arg, name) for arg in expr.args]
    if type(expr) in IN_OTHERS:
        return in_known_functions(IN_OTHERS[type(expr)](*args), name)
    return expr if tuple(args) == expr.args else as_written(expr.func, args)


def slope(expr: Expr, symbol: sympy.Symbol) -> Expr:
    """Derivative of an expression; the jumps of steps count for nothing.

    So floor, ceiling, sign and Heaviside have the derivative 0 everywhere, Mod(x, y) has 1 by x and -floor(x/y) by y,
    and Abs the sign.

    Examples
    --------
    >>> from sympy.abc import x, y
    >>> slope(x * floor(x), x), slope(Mod(x**2, y), x), slope(sign(x), x)
    (floor(x), 2*x, 0)
    """
    whole = {mod: mod.args[0] - mod.args[1] * floor(mod.args[0] / mod.args[1]) for mod in expr.atoms(Mod)}
    expr = replaced(expr, whole)
    held = {step: Dummy(real=True) for step in expr.atoms(*STEPS)}
    return expr.xreplace(held).diff(symbol).xreplace({dummy: step for step, dummy in held.items()})
