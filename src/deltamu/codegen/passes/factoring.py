"""Products merged: factors are put where others of their kind are, roots that are only squared are left out."""

from collections import Counter
from collections.abc import Callable

import sympy
from sympy import Add, Basic, Expr, Mul, Piecewise, Pow, S, Symbol

from deltamu.codegen.passes.lines import needed, read
from deltamu.model import symbols as sym
from deltamu.model.expressions import as_written, replaced
from deltamu.model.formula import Formula


def with_common_factors(lines: list[Formula]) -> list[Formula]:
    """Lines in which a choice between multiples of one symbol is that symbol times a choice."""
    return [Formula(line.symbol, _factored(line.printed)) for line in lines]


def _factored(expr: Expr) -> Expr:
    if not isinstance(expr, Piecewise):
        return expr
    values = [Counter(Mul.make_args(value)) for value, _ in expr.args]
    common = [factor for factor in values[0] if factor.is_Symbol and all(value[factor] == 1 for value in values)]
    if len(common) != 1:
        return expr
    rest = [Mul(*(value - Counter(common)).elements(), evaluate=False) for value in values]
    return Mul(common[0], Piecewise(*zip(rest, (c for _, c in expr.args), strict=True), evaluate=False), evaluate=False)


def with_merged_products(lines: list[Formula], outputs: tuple[Symbol, ...]) -> list[Formula]:
    """Factors that are used once put where they are used, and roots that are only squared left out."""
    for definition in list(lines):
        uses = [line for line in lines if definition.symbol in line.printed.free_symbols]
        if definition.symbol in outputs or len(uses) != 1:
            continue
        (user,) = uses
        products = [node for node in sympy.preorder_traversal(user.printed) if _is_factor(definition.symbol, node)]
        if len(products) == 1 and user.printed.has(products[0]) and _count(user.printed, definition.symbol) == 1:
            merged = _times(definition.printed, [arg for arg in products[0].args if arg != definition.symbol])
            if merged is not None:
                new = Formula(user.symbol, replaced(user.printed, {products[0]: merged}))
                lines = [new if line == user else line for line in lines if line != definition]
    for definition in list(lines):
        square = _squared(definition)
        if square is not None and definition.symbol not in outputs:
            changed = [Formula(f.symbol, replaced(f.printed, {definition.symbol**2: square.symbol})) for f in lines]
            if definition.symbol not in read((f for f in changed if f.symbol != definition.symbol), outputs):
                lines = [square if f.symbol == definition.symbol else f for f in changed]
    return needed(lines, outputs)


def with_joined_constants(
    lines: list[Formula], outputs: tuple[Symbol, ...], is_constant: Callable[[Basic], bool]
) -> list[Formula]:
    """The constant factor of a product that is a factor elsewhere moved to there, wherever there is one already."""
    for place, symbol in enumerate(line.symbol for line in list(lines)):
        product = lines[place].printed
        fixed = [arg for arg in product.args if is_constant(arg)] if isinstance(product, Mul) else []
        nodes = [node for line in lines for node in sympy.preorder_traversal(line.printed)]
        users = {node for node in nodes if _is_factor(symbol, node) and any(map(is_constant, node.args))}
        if fixed and symbol not in outputs and nodes.count(symbol) == sum(map(nodes.count, users)) > 0:
            rest = [arg for arg in product.args if arg not in fixed]
            name = sym.quantity(f"{symbol}_varying", symbol.latex, domain=sym.REAL,
                                meaning=f"without constant factors: {symbol.meaning}")  # fmt: skip
            lines = [Formula(f.symbol, _spliced(f.printed, symbol, [*fixed, name])) for f in lines]
            lines[place] = Formula(name, rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False))
    return lines


def _spliced(expr: Basic, symbol: Symbol, factors: list[Expr]) -> Basic:
    """The expression with factors in place of a symbol in products."""
    args = [_spliced(arg, symbol, factors) for arg in expr.args]
    if isinstance(expr, Mul):
        args = [factor for arg in args for factor in (factors if arg == symbol else [arg])]
    return expr if tuple(args) == expr.args else as_written(expr.func, args)


def _is_factor(symbol: Symbol, node: Basic) -> bool:
    return isinstance(node, Mul) and symbol in node.args


def _count(expr: Basic, symbol: Symbol) -> int:
    return sum(node == symbol for node in sympy.preorder_traversal(expr))


def _times(expr: Expr, factors: list[Expr]) -> Expr | None:
    """A product, or a choice of products and zeros, times factors; equal ones become powers."""
    if isinstance(expr, Piecewise):
        values = [S.Zero if value == 0 else _times(value, factors) for value, _ in expr.args]
        if any(value is None for value in values):
            return None
        return Piecewise(*zip(values, (c for _, c in expr.args), strict=True), evaluate=False)
    if not isinstance(expr, Mul):
        return None
    counts = Counter([*factors, *expr.args])
    if max(counts.values()) == 1:
        return None  # nothing is gained
    return Mul(*(factor if n == 1 else Pow(factor, n) for factor, n in counts.items()), evaluate=False)


def _squared(definition: Formula) -> Formula | None:
    """The square of a product that has a root among its factors."""
    symbol, expr = definition.symbol, definition.printed
    if not isinstance(expr, Mul) or not any(isinstance(arg, Pow) and arg.exp == S.Half for arg in expr.args):
        return None
    name = sym.quantity(
        f"{symbol}_squared", f"{symbol.latex}^2", meaning=f"square of: {symbol.meaning}", domain=sym.REAL
    )
    powers = [arg.base if isinstance(arg, Pow) and arg.exp == S.Half else Pow(arg, 2) for arg in expr.args]
    return Formula(name, Mul(*powers, evaluate=False))


def with_scaled_sums(lines: list[Formula], is_constant: Callable[[Basic], bool]) -> list[Formula]:
    """Lines in which a constant factor of a sum of constants and multiples by constants is multiplied into it.

    The terms have to be nonnegative, so that no digit is lost.
    """

    def scaled(expr: Basic) -> Basic:
        if not isinstance(expr, Mul):
            args = [scaled(arg) for arg in expr.args]
            return expr if tuple(args) == expr.args else as_written(expr.func, args)
        factors = [scaled(factor) for factor in _all_factors(expr)]
        fixed = [factor for factor in factors if is_constant(factor) and factor != -1]
        for place, factor in enumerate(factors):
            if fixed and isinstance(factor, Add) and not is_constant(factor) and all(map(absorbs, factor.args)):
                rest = [other for n, other in enumerate(factors) if other not in fixed and n != place]
                terms = [
                    Mul(*fixed, *(Mul.make_args(term) if term != 1 else ()), evaluate=False) for term in factor.args
                ]
                return Mul(*rest, Add(*terms, evaluate=False), evaluate=False)
        return expr

    def absorbs(term: Expr) -> bool:
        return bool(term.is_nonnegative) and any(map(is_constant, (term, *term.args)))

    return [Formula(line.symbol, scaled(line.printed)) for line in lines]


def _all_factors(expr: Expr) -> list[Expr]:
    """The factors of a product of products."""
    return [factor for arg in expr.args for factor in _all_factors(arg)] if isinstance(expr, Mul) else [expr]
