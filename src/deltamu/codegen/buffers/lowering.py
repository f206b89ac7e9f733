"""From expressions to elementary operations: each is done once, as early and as rarely as it can be.

What is the same in every move, down to parts of products and sums, is left to a program before the loop; what changes
only with the index of the move and with controls that a policy sets by themselves, to a program that is run as long as
these change (see `deltamu.codegen.buffers.planning`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import sympy
from sympy import ITE, Add, And, Basic, Expr, Max, Min, Mul, Not, Or, Piecewise, Pow, S, Symbol
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import Boolean

from deltamu.codegen.buffers.operations import Choice, Operand, Operation, Statement
from deltamu.codegen.passes import extreme
from deltamu.model.expressions import exponent_of_rest
from deltamu.model.special import numpy_kernels as kernels
from deltamu.model.special.base import SpecialFunction

__all__ = ["FASTEST", "Lowering"]

FASTEST = 2  # level of what changes with every move; 1: with the schedule; 0: never
COMPARISONS = {Gt: "greater", Lt: "less", Ge: "greater_equal", Le: "less_equal", Eq: "equal", Ne: "not_equal"}
FUNCTIONS = {sympy.exp: "exp", sympy.log: "log", sympy.Abs: "absolute", sympy.sign: "sign"}


class Lowering:
    """Turns right sides into statements.

    Parameters
    ----------
    lines : mapping of Symbol to expression
        What may be computed in the loop.
    level : callable
        How often a symbol changes: 0 never, 1 with the schedule, 2 with every move.
    hoisted : callable
        Given an expression of level 0 or 1 and whether it has to be an array, the name under which it is at hand.

    Attributes
    ----------
    statements : list of Statement
    """

    def __init__(
        self, lines: Mapping[Symbol, Expr], level: Callable[[Symbol], int], hoisted: Callable[[Expr, bool], str]
    ):
        self._lines, self._level_of, self._hoisted = lines, level, hoisted
        self.statements: list[Statement] = []
        self._known: list[dict[Any, Operand]] = [{}]
        self._count = 0

    def level(self, expr: Expr) -> int:
        """How often an expression changes."""
        return max((self._level_of(symbol) for symbol in expr.free_symbols), default=0)

    # --- names ------------------------------------------------------------------------------------------------------

    def _once(self, key: Any, make: Callable[[], Operand]) -> Operand:
        for scope in self._known:
            if key in scope:
                return scope[key]
        value = make()
        self._known[-1][key] = value
        return value

    def _new(self) -> str:
        self._count += 1
        return f"_{self._count}"

    def _do(self, function: str, *arguments: Operand, truth: bool = False) -> Operand:
        def make() -> str:
            result = self._new()
            self.statements.append(Operation(function, arguments, result, truth))
            return result

        return self._once((function, *arguments), make)

    @contextmanager
    def _inside(self) -> Iterator[list[Statement]]:
        """Statements of a choice's inside: what they compute is not known outside."""
        outside, self.statements = self.statements, []
        self._known.append({})
        try:
            yield self.statements
        finally:
            self._known.pop()
            self.statements = outside

    # --- expressions ------------------------------------------------------------------------------------------------

    def value(self, expr: Expr, *, array: bool = False) -> Operand:
        """The operand that holds an expression's value."""
        if self.level(expr) < FASTEST:
            if expr.is_number and not array:
                return float(expr)
            return self._hoisted(expr, array)
        if expr.is_Symbol:
            return self._symbol(expr)
        return self._once(expr, lambda: self._computed(expr))

    def _symbol(self, symbol: Symbol) -> Operand:
        if symbol not in self._lines:
            return symbol.name  # the state, or a draw

        def make() -> Operand:
            result = self.value(self._lines[symbol])
            for place, statement in enumerate(self.statements):
                if statement.result == result and not statement.note:
                    self.statements[place] = replace(statement, note=symbol.name)
            return result

        return self._once(symbol, make)

    def _computed(self, expr: Expr) -> Operand:
        if isinstance(expr, Boolean):
            return self._condition(expr)
        if isinstance(expr, Piecewise):
            bound = extreme(expr)
            return self._choice([pair.args for pair in expr.args]) if bound is None else self.value(bound)
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul or expr.is_Pow:
            return self._product(expr)
        if isinstance(expr, Max | Min):
            first, *others = (self.value(arg, array=True) for arg in expr.args)
            for other in others:
                first = self._do("maximum" if isinstance(expr, Max) else "minimum", first, other)
            return first
        if type(expr) in FUNCTIONS:
            return self._do(FUNCTIONS[type(expr)], self.value(expr.args[0]))
        if isinstance(expr, SpecialFunction):
            return self._special(expr.func.__name__, self.value(expr.args[0]))
        raise NotImplementedError(f"no operation for {expr.func.__name__}")

    def _special(self, name: str, argument: Operand) -> Operand:
        known = {"x": argument}
        result = argument
        for function, arguments in kernels.IN_PARTS.get(name, ((name, ("x",)),)):
            operands = [known[one] if isinstance(one, str) else one for one in arguments]
            result = known[function] = self._do(function, *operands)
        return result

    def _sum(self, expr: Expr) -> Operand:
        if (exponent := exponent_of_rest(expr)) is not None:
            return self._do("negative", self._do("expm1", self.value(exponent)))
        groups, moving = self._by_level(Add, expr.args)
        added = [term for term in moving if not term.could_extract_minus_sign()]
        taken = [-term for term in moving if term.could_extract_minus_sign()]
        taken += [-group for group in groups if added and group.could_extract_minus_sign()]
        added += [group for group in groups if not (added and group.could_extract_minus_sign())]
        if not added:
            return self._do("negative", self.value(Add(*taken)))
        total = self.value(added[0])
        for place, term in enumerate(added[1:], 1):
            parts = (total, self.value(term))
            total = self._do("add", *(sorted(parts, key=str) if added[place] in moving else parts))
        for term in taken:
            total = self._do("subtract", total, self.value(term))
        return total

    def _by_level(self, operation: type[Expr], args: Iterable[Expr]) -> tuple[list[Expr], list[Expr]]:
        """What an operation joins that changes less often, as one expression, and what changes with every move."""
        slow = [arg for arg in args if self.level(arg) < FASTEST]
        return [_joined(operation, slow)] if slow else [], [arg for arg in args if self.level(arg) == FASTEST]

    def _product(self, expr: Expr) -> Operand:
        if expr.is_Pow and not expr.exp.is_Rational:
            return self._do("power", self.value(expr.base), self.value(expr.exp))
        groups, moving = self._by_level(Mul, Mul.make_args(expr))
        factor = groups[0] if groups else S.One
        scaled = self._scaled(factor, moving)
        if scaled is not None:
            factor, moving = S.One, scaled
        top = [arg for arg in moving if not _divides(arg)]
        bottom = [1 / arg for arg in moving if _divides(arg)]
        result: Operand | None = None
        for part in sorted(top, key=lambda arg: (isinstance(arg, Pow), str(arg))):
            result = self._times(result, part)
        sign = factor.is_number and factor == -1
        if factor != 1 and not sign:
            result = self.value(factor) if result is None else self._do("multiply", result, self.value(factor))
        if bottom:
            divisor: Operand | None = None
            for part in sorted(bottom, key=str):
                divisor = self._times(divisor, part)
            result = self._do("divide", 1.0 if result is None else result, cast(Operand, divisor))
        return self._do("negative", cast(Operand, result)) if sign else cast(Operand, result)

    def _times(self, result: Operand | None, part: Expr) -> Operand:
        """A product times a power; whole powers factor by factor, so that products share what they have in common."""
        base, power = part.as_base_exp()
        if power.is_Integer and power > 1:
            value = self.value(base)
            if result is None:
                result = self._do("square", value)
                power -= 2
            for _ in range(int(power)):
                result = self._do("multiply", result, value)
            return result
        if power.is_Rational and power.q == 2:
            root = self._do("sqrt", self.value(base))
            result = root if result is None else self._do("multiply", result, root)
            for _ in range(int(power - S.Half)):
                result = self._do("multiply", result, self.value(base))
            return result
        value = (
            self._do("power", self.value(base), float(power)) if part.is_Pow and power.is_number else self.value(part)
        )
        return value if result is None else self._do("multiply", *sorted((result, value), key=str))

    def _scaled(self, factor: Expr, moving: list[Expr]) -> list[Expr] | None:
        """A constant factor multiplied into a sum of constants and single products that are all nonnegative."""
        for place, arg in enumerate(moving):
            if arg.is_Add and factor != 1 and all(term.is_nonnegative for term in arg.args):
                groups, rest = self._by_level(Add, arg.args)
                if groups and all(term.is_Mul and self._by_level(Mul, term.args)[0] for term in rest):
                    scaled = Add(*(factor * term for term in arg.args), evaluate=False)
                    return [*moving[:place], scaled, *moving[place + 1 :]]
        return None

    # --- choices ----------------------------------------------------------------------------------------------------

    def _choice(self, cases: list[tuple[Expr, Boolean]], *, truth: bool = False) -> Operand:
        (first, condition), *others = cases
        if condition == True:  # noqa: E712
            return self.value(first)
        chosen = self.value(condition)
        if not truth and _is(first, 1) and len(others) == 1 and _is(others[0][0], 0):
            return self._do("indicator", chosen)
        if self._at_hand(first) and len(others) == 1:
            value, other = self.value(first), self._choice(others, truth=truth)
            return self._once((chosen, value, other, truth), lambda: self._put(
                Choice(str(chosen), value, other, self._new(), lazy=False, truth=truth)))  # fmt: skip
        value = self.value(first)
        with self._inside() as inner:
            other = self._choice(others, truth=truth)
        return self._put(Choice(str(chosen), value, other, self._new(), tuple(inner), truth=truth))

    def _put(self, choice: Choice) -> Operand:
        self.statements.append(choice)
        return choice.result

    def _at_hand(self, expr: Expr) -> bool:
        return self.level(expr) < FASTEST or (expr.is_Symbol and expr not in self._lines)

    def _condition(self, expr: Boolean) -> Operand:
        if isinstance(expr, Relational):
            return self._do(COMPARISONS[type(expr)], self.value(expr.lhs), self.value(expr.rhs), truth=True)
        if isinstance(expr, ITE):
            valid, simple, other = expr.args
            return self._choice([(simple, valid), (other, S.true)], truth=True)
        if isinstance(expr, Not):
            return self._do("logical_not", self.value(expr.args[0]), truth=True)
        function = {And: "logical_and", Or: "logical_or"}[type(expr)]
        first, *others = map(self.value, expr.args)
        for other in others:
            first = self._do(function, first, other, truth=True)
        return first


def _joined(operation: type[Expr], parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else operation(*parts)


def _is(expr: Basic, number: int) -> bool:
    """Whether an expression is a number, be it whole or a float."""
    return bool(expr.is_number and expr == sympy.Float(number)) or expr == number


def _divides(expr: Expr) -> bool:
    return expr.is_Pow and bool(expr.exp.is_number and expr.exp.is_negative)
