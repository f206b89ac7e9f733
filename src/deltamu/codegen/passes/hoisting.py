"""Parts of formulas that get a line of their own: what is constant, and what occurs twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import sympy
from sympy import Basic, Expr, Mul, Piecewise
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from deltamu.model import symbols as sym
from deltamu.model.expressions import as_written, replaced
from deltamu.model.formula import Formula, Model


def with_named_constants(
    lines: Iterable[Formula],
    is_constant: Callable[[Basic], bool],
    named: Callable[[Expr], bool] = lambda expr: True,
    stem: str = "constant",
) -> tuple[list[Formula], list[Formula]]:
    """Lines in which constant parts, those that are to be `named`, are symbols; and the formulas of these.

    The symbols are named after the line and the `stem`, which no symbol of the model may have been named after.
    """
    found: dict[Expr, Formula] = {}
    new = [replace(line, printed=hoisted(line.printed, line.symbol, is_constant, found, named, stem)) for line in lines]
    return new, list(found.values())


def hoisted(
    expr: Basic,
    symbol: sym.Quantity,
    is_constant: Callable[[Basic], bool],
    found: dict[Expr, Formula],
    named: Callable[[Expr], bool] = lambda expr: True,
    stem: str = "constant",
) -> Basic:
    """An expression whose constant parts, those that are to be `named`, are symbols; `found` gets their formulas."""
    if not expr.args:
        return expr
    if isinstance(expr, Relational) and expr.has(sym.t) and is_constant(expr):  # whether a schedule goes on
        whether = Piecewise((1, expr), (0, True))
        return hoisted(whether, symbol, is_constant, found, named, stem) > 0 if named(whether) else expr
    if isinstance(expr, Expr) and expr.free_symbols and is_constant(expr) and named(expr):
        if expr not in found:
            n = 1 + sum(formula.name.startswith(f"{symbol}_{stem}") for formula in found.values())
            name = sym.quantity(
                f"{symbol}_{stem}{n if n > 1 else ''}", rf"c_{{{symbol.latex},{n}}}", domain=sym.REAL,
                meaning=f"constant part of: {symbol.meaning}",
            )  # fmt: skip
            found[expr] = Formula(name, expr)
        return found[expr].symbol
    args = list(expr.args)
    if isinstance(expr, Mul):
        fixed = [arg for arg in args if is_constant(arg)]
        together = Mul(*fixed, evaluate=False)
        if 1 < len(fixed) < len(args) and together.free_symbols and named(together):
            args = [together, *(arg for arg in args if not is_constant(arg))]
    new = [hoisted(arg, symbol, is_constant, found, named, stem) for arg in args]
    return expr if tuple(new) == expr.args else as_written(expr.func, new)


def with_shared_parts(lines: list[Formula], is_constant: Callable[[Basic], bool]) -> list[Formula]:
    """Lines in which no part that varies occurs twice: it gets a line of its own before its first use."""
    for _ in range(64):  # each round names the largest part that occurs twice
        counts: Counter[Basic] = Counter()
        for line in lines:
            counts.update(node for node in _parts(line.printed) if node.args and not is_constant(node))
        twice = [node for node, n in counts.items() if n > 1]
        if not twice:
            break
        part = max(twice, key=lambda node: (sympy.count_ops(node), str(node)))
        whole = next((line for line in lines if line.printed == part), None)
        if whole is None:
            n = sum(line.name.startswith("shared") for line in lines) + 1
            name = sym.quantity(f"shared{n}", rf"s_{{{n}}}", meaning=f"shared part {n}", domain=sym.REAL)
            whole = Formula(name, part)
            first = next(i for i, line in enumerate(lines) if line.printed.has(part))
            lines = [*lines[:first], whole, *lines[first:]]
        lines = [f if f is whole else Formula(f.symbol, replaced(f.printed, {part: whole.symbol})) for f in lines]
    return list(Model("lines", tuple(lines)))


def _parts(expr: Basic) -> Iterator[Expr]:
    """All parts of an expression that are numbers, not truth values."""
    for node in sympy.preorder_traversal(expr):
        if isinstance(node, Expr) and not isinstance(node, ExprCondPair):
            yield node
