"""What a claim supposes, as data: comparisons of the model's quantities, read from one line of text."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sympy import Symbol

from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.policies import POLICIES
from deltamu.model.published import PUBLISHED

Values = Mapping[str, Any]
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Eq: np.equal,
}  # fmt: skip
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.Eq}
WHOLE = "whole "


@cache
def known_names() -> dict[str, Symbol]:
    """Every symbol that a condition may name."""
    formulas = [PUBLISHED.formulas, GATED.formulas, *(policy.formulas for policy in POLICIES.values())]
    defined = [formula.symbol for part in formulas for formula in part]
    return {s.name: s for s in (*sym.PARAMETERS, *sym.STATE, *defined)}


@dataclass(frozen=True)
class Comparison:
    """One comparison of a chain: ``0 <= gamma`` or ``kappa2*H < 1``."""

    text: str
    left: ast.expr
    relation: type[ast.cmpop]
    right: ast.expr

    @property
    def names(self) -> set[str]:
        return {node.id for side in (self.left, self.right) for node in ast.walk(side) if isinstance(node, ast.Name)}

    def holds(self, values: Values) -> Any:
        """Whether it holds at each point."""
        return _COMPARED[self.relation](_value(self.left, values), _value(self.right, values))

    def bound(self) -> tuple[str, type[ast.cmpop], float] | None:
        """(name, relation, number) where it compares one symbol with a number."""
        for one, relation, other in (
            (self.left, self.relation, self.right), (self.right, _MIRRORED[self.relation], self.left),
        ):  # fmt: skip
            if isinstance(one, ast.Name) and not any(isinstance(node, ast.Name) for node in ast.walk(other)):
                return one.id, relation, float(_value(other, {}))
        return None


@dataclass(frozen=True)
class Conditions:
    """The comparisons that a claim supposes, and what of its conditions only words can say.

    Attributes
    ----------
    text : str
        The comparisons as they were written.
    comparisons : tuple of Comparison
    whole : tuple of str
        Names of what has to be a whole number.
    remark : str

    Examples
    --------
    >>> found = conditions("whole N >= 1, 0 < gamma < 1")
    >>> [part.text for part in found.comparisons], found.whole
    (['N >= 1', '0 < gamma', 'gamma < 1'], ('N',))
    >>> found.holds({"N": 2, "gamma": np.array([0.0, 0.5])}).tolist()
    [False, True]
    """

    text: str = ""
    comparisons: tuple[Comparison, ...] = ()
    whole: tuple[str, ...] = ()
    remark: str = ""

    def __str__(self) -> str:
        return "; ".join(part for part in (self.text, self.remark) if part) or "the mathematical domain"

    @property
    def names(self) -> set[str]:
        return set().union(*(part.names for part in self.comparisons), self.whole)

    def holds(self, values: Values) -> Any:
        """Whether all comparisons hold at each point."""
        found: Any = True
        for part in self.comparisons:
            found = found & part.holds(values)
        return found

    @property
    def pinned_constants(self) -> tuple[str, ...]:
        """The invented constants that are set to a number."""
        names = {constant.name for constant in sym.CONSTANTS}
        bounds = filter(None, (part.bound() for part in self.comparisons))
        return tuple(name for name, relation, _ in bounds if relation is ast.Eq and name in names)


def conditions(text: str = "", remark: str = "") -> Conditions:
    """Conditions from a line of comparisons, separated by commas, in the names of the model.

    Raises
    ------
    InputError
        The text is no comparison, or names what no model has.
    """
    comparisons: list[Comparison] = []
    whole: list[str] = []
    for part in filter(None, map(str.strip, text.split(","))):
        bare = part.removeprefix(WHOLE)
        found = tuple(_chain(bare, part))
        for one in found:
            if strange := sorted(one.names - known_names().keys()):
                raise InputError(f"condition {part!r} names {', '.join(strange)}, which is in no model")
        whole += sorted(set().union(*(one.names for one in found))) if bare != part else []
        comparisons += found
    return Conditions(text, tuple(comparisons), tuple(whole), remark)


def _chain(text: str, shown: str):
    written = text.replace(" = ", " == ")
    try:
        node = ast.parse(written, mode="eval").body
    except SyntaxError:
        node = None
    if not isinstance(node, ast.Compare) or not all(type(op) in _COMPARED for op in node.ops):
        raise InputError(f"condition {shown!r} is not a comparison such as 'N >= 1' or '0 < gamma < 1'")
    sides = [node.left, *node.comparators]
    for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
        segment = f"{ast.unparse(left)} {_SIGN[type(op)]} {ast.unparse(right)}"
        yield Comparison(segment, left, type(op), right)


_SIGN = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "="}
_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide, ast.Pow: np.power,
}  # fmt: skip


def _value(node: ast.expr, values: Values) -> Any:
    """The value of an expression of names, numbers and the four operations."""
    match node:
        case ast.Name():
            return values[node.id]
        case ast.Constant():
            return node.value
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, values)
        case ast.BinOp() if type(node.op) in _OPERATIONS:
            return _OPERATIONS[type(node.op)](_value(node.left, values), _value(node.right, values))
    raise InputError(f"condition {ast.unparse(node)!r} is more than names, numbers and the four operations")
