"""Every small mistake that a formula can have: signs, terms, factors, exponents, constants, functions, cases, swaps."""

from collections.abc import Callable, Iterator
from itertools import combinations

import sympy
from sympy import Add, Eq, Expr, Mul, Ne, Piecewise, Pow, S, Symbol, evaluate, oo

from deltamu.model.formula import Formula
from deltamu.model.special import (
    expected_positive_part,
    normal_cdf,
    normal_max_mean,
    normal_max_variance,
    normal_pdf,
    normal_quantile,
)

LIKE = {
    normal_pdf: normal_cdf,
    normal_cdf: normal_pdf,
    expected_positive_part: normal_cdf,
    normal_max_mean: normal_max_variance,
    normal_max_variance: normal_max_mean,
    normal_quantile: normal_cdf,
}
RELATIONS = {
    sympy.StrictGreaterThan: (sympy.StrictLessThan, sympy.GreaterThan),
    sympy.StrictLessThan: (sympy.StrictGreaterThan, sympy.LessThan),
    sympy.GreaterThan: (sympy.LessThan, sympy.StrictGreaterThan),
    sympy.LessThan: (sympy.GreaterThan, sympy.StrictLessThan),
    Eq: (Ne,),
}

Rebuild = Callable[[object], Expr]


def mutants(formula: Formula) -> Iterator[tuple[str, Formula]]:
    """The mutants of a formula, each with what was done, no two alike."""
    seen = {formula.printed}
    for what, printed in [*_of_tree(formula.printed, lambda new: new), *_swaps(formula.printed)]:
        if printed not in seen:
            seen.add(printed)
            yield what, Formula(formula.symbol, printed)


def _swaps(expr: Expr) -> Iterator[tuple[str, Expr]]:
    for a, b in combinations(sorted(expr.free_symbols, key=str), 2):
        with evaluate(False):
            yield f"swap {a} and {b}", expr.xreplace({a: b, b: a})


def _of_tree(node, rebuild: Rebuild) -> Iterator[tuple[str, Expr]]:
    """Mutants of a whole formula that differ at a node or below; `rebuild` puts a new node in its place."""
    with evaluate(False):
        changed = [(what, rebuild(new)) for what, new in _of_node(node)]
    yield from changed
    if isinstance(node, Symbol):
        return
    for index, arg in enumerate(node.args):
        if isinstance(node, Pow) and index == 1:
            continue

        def place(new, node=node, index=index):
            return rebuild(node.func(*node.args[:index], new, *node.args[index + 1 :]))

        yield from _of_tree(arg, place)


def _of_node(node) -> Iterator[tuple[str, object]]:
    if isinstance(node, Add):
        for term in node.args:
            others = [other for other in node.args if other is not term]
            yield f"drop term {term}", Add(*others) if len(others) > 1 else others[0]
            yield f"flip the sign of {term}", Add(*[-other if other is term else other for other in node.args])
    elif isinstance(node, Mul):
        for factor in node.args:
            others = [other for other in node.args if other is not factor]
            yield f"drop factor {factor}", Mul(*others) if len(others) > 1 else others[0]
    elif isinstance(node, Pow):
        for exponent in _evaluated(lambda: (-node.exp, 2 * node.exp)):
            yield f"exponent {node.exp} to {exponent}", Pow(node.base, exponent)
    elif isinstance(node, Piecewise):
        yield from _of_cases(node)
    elif isinstance(node, sympy.Rel):
        for other in RELATIONS[type(node)]:
            yield f"{node} to {other.__name__}", other(*node.args)
    elif isinstance(node, sympy.And):
        for condition in node.args:
            yield f"drop condition {condition}", next(other for other in node.args if other is not condition)
    elif isinstance(node, sympy.exp):
        yield "exp(u) to 1 + u", 1 + node.args[0]
    elif isinstance(node, sympy.Function):
        yield f"{node.func.__name__} to its argument", node.args[0]
        yield f"{node.func.__name__} to its like", LIKE[node.func](node.args[0])
        yield f"flip the sign of {node.func.__name__}", -node
        yield f"flip the sign of {node.func.__name__}'s argument", node.func(-node.args[0])
    elif node in (oo, -oo):
        yield f"{node} to 0", S.Zero
        yield f"{node} to {-node}", -node
    elif node.is_Number:
        for other in _evaluated(lambda: (node + 1, -node)):
            yield f"{node} to {other}", other


def _evaluated(numbers: Callable[[], tuple]) -> tuple:
    with evaluate(True):
        return numbers()


def _of_cases(node: Piecewise) -> Iterator[tuple[str, object]]:
    for index, (value, condition) in enumerate(node.args[:-1]):
        rest = [*node.args[:index], *node.args[index + 1 :]]
        yield f"drop case {condition}", Piecewise(*rest) if len(rest) > 1 else rest[0][0]
        after, next_condition = node.args[index + 1]
        cases = list(node.args)
        cases[index], cases[index + 1] = (after, condition), (value, next_condition)
        yield f"swap the values at {condition} and {next_condition}", Piecewise(*cases)
