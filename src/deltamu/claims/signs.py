"""Signs on a domain, by a method that can fail: no sign is ever sampled."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import sympy
from sympy import Dummy, Expr, Interval, Poly, Pow, Rational, Symbol, fraction, oo, together

from deltamu.claims.proofs import generic
from deltamu.claims.steps import ClaimFailed, Step, report
from deltamu.model.quantities import Quantity

Domain = Mapping[Symbol, Interval]


def assert_positive(expr: Any, text: str = "", domain: Domain | None = None) -> None:
    """Show that an expression is positive on a domain.

    Explanation
    -----------
    Each symbol is mapped to a t in [0, oo]: [a, b] by (a + b t)/(1 + t), [a, oo) by a + t.  Roots and functions whose
    sign SymPy knows become further nonnegative variables.  What remains is a quotient of polynomials; if no
    coefficient is negative, and those that are left at the closed ends are positive, the sign is shown.

    Parameters
    ----------
    expr : expression
    text : str
        What the sign says.
    domain : mapping of Symbol to Interval, optional
        Where the symbols lie; by default in the domain of a `Quantity`, or where their assumptions put them.

    Raises
    ------
    ClaimFailed
        The method does not show it: it may be false.

    Examples
    --------
    >>> from sympy import symbols
    >>> x, y = symbols("x y", positive=True)
    >>> assert_positive(x**2 + x*y + y)
    >>> assert_positive(x - y)
    Traceback (most recent call last):
    deltamu.claims.steps.ClaimFailed: could not show that x - y > 0: coefficient -1
    """
    _assert_sign(expr, text, domain or {}, strict=True)


def assert_nonnegative(expr: Any, text: str = "", domain: Domain | None = None) -> None:
    """Show that an expression is nowhere negative on a domain (see `assert_positive`)."""
    _assert_sign(expr, text, domain or {}, strict=False)


def _assert_sign(expr: Any, text: str, domain: Domain, *, strict: bool) -> None:
    domain = _with_twins(domain)
    said = text or f"{expr} {'>' if strict else '>='} 0"
    try:
        obstacle = _sign_obstacle(sympy.sympify(expr), domain, strict)
    except (sympy.PolynomialError, NotImplementedError) as error:
        obstacle = str(error)
    if obstacle:
        raise ClaimFailed(f"could not show that {said}: {obstacle}")
    relation = sympy.Gt if strict else sympy.Ge
    shown = (relation(expr, 0, evaluate=False),) if text else ()
    report(Step("proved", said, shown, (">" if strict else ">=", expr, domain)))


def _with_twins(domain: Domain) -> dict[Symbol, Interval]:
    """The domain of each symbol and of its positive twin."""
    return dict(domain) | {generic(symbol): interval for symbol, interval in domain.items()}


def _sign_obstacle(expr: Expr, domain: Domain, strict: bool) -> str:
    """Why the sign is not shown; empty if it is."""
    expr, nonnegative, positive = _without_transcendentals(expr, domain)
    ends: dict[Symbol, tuple[bool, bool]] = dict.fromkeys(nonnegative, (True, False))
    ends |= dict.fromkeys(positive, (False, False))
    replacement: dict[Symbol, Expr] = {}
    for symbol in sorted(expr.free_symbols - ends.keys(), key=str):
        interval = domain.get(symbol) or _assumed(symbol)
        t = Dummy(f"t_{symbol}", nonnegative=True)
        replacement[symbol], ends[t] = _from_cone(t, interval)
    numerator, denominator = fraction(sympy.cancel(together(expr.xreplace(replacement))))
    variables = sorted(ends, key=str)
    if not variables:
        return "" if (numerator / denominator > 0 if strict else numerator / denominator >= 0) else f"it is {expr}"
    below = Poly(denominator, *variables)
    if all(c.is_nonpositive for c in below.coeffs()):
        numerator, below = -numerator, -below
    above = Poly(numerator, *variables)
    if obstacle := _negative_coefficient(below):
        return f"denominator: {obstacle}"
    if obstacle := _negative_coefficient(above):
        return obstacle
    return _vanishing(above, below, [ends[v] for v in variables]) if strict else ""


def _assumed(symbol: Symbol) -> Interval:
    if isinstance(symbol, Quantity) and symbol.facts.domain.is_Interval:
        interval = symbol.facts.domain
        return Interval.Lopen(0, interval.end) if symbol.is_positive and interval.start == 0 else interval
    if symbol.is_positive:
        return Interval.open(0, oo)
    if symbol.is_nonnegative:
        return Interval(0, oo)
    raise NotImplementedError(f"nothing is known about the sign of {symbol}")


def _assumes(symbol: Symbol, interval: Interval) -> bool:
    """Whether what SymPy assumes of a symbol's sign is true throughout an interval."""
    if symbol.is_positive:
        return bool(interval.start > 0 or (interval.start == 0 and interval.left_open))
    if symbol.is_nonnegative:
        return bool(interval.start >= 0)
    if symbol.is_negative:
        return bool(interval.end < 0 or (interval.end == 0 and interval.right_open))
    return symbol.is_nonpositive is not True or bool(interval.end <= 0)


def _from_cone(t: Symbol, interval: Interval) -> tuple[Expr, tuple[bool, bool]]:
    """A map of [0, oo] onto an interval, and which of its two ends belong to the interval."""
    a, b = interval.start, interval.end
    if a == -oo and b == oo:
        raise NotImplementedError("a symbol may be any real number")
    if b == oo:
        return a + t, (not interval.left_open, False)
    if a == -oo:
        return b - t, (not interval.right_open, False)
    return (a + b * t) / (1 + t), (not interval.left_open, not interval.right_open)


def _without_transcendentals(expr: Expr, domain: Domain) -> tuple[Expr, list[Symbol], list[Symbol]]:
    """Roots and functions of known sign as independent variables: nonnegative ones, and positive ones.

    SymPy knows their signs from the assumptions on their symbols, which the domain must not exceed.
    """
    nonnegative: list[Symbol] = []
    positive: list[Symbol] = []
    known: dict[Expr, Symbol] = {}

    def variable(atom: Expr) -> Symbol:
        if atom not in known:
            sign = "positive" if atom.is_positive else "nonnegative"
            if wider := [s for s in atom.free_symbols if s in domain and not _assumes(s, domain[s])]:
                raise NotImplementedError(f"{atom}: the domain of {wider[0]} is wider than what is assumed of it")
            if not atom.is_nonnegative:
                raise NotImplementedError(f"nothing is known about the sign of {atom}")
            known[atom] = Dummy(f"u_{len(known)}", **{sign: True})
            (positive if atom.is_positive else nonnegative).append(known[atom])
        return known[atom]

    def visit(node: Expr) -> Expr:
        if node.is_Atom:
            return node
        if isinstance(node, sympy.Function | sympy.Integral) and not node.is_number:
            return variable(node)
        if isinstance(node, Pow) and not node.exp.is_Integer and not node.is_number:
            if node.exp.is_Rational:
                return variable(Pow(node.base, Rational(1, node.exp.q))) ** node.exp.p
            return variable(node)
        return node.func(*map(visit, node.args))

    return visit(expr), nonnegative, positive


def _negative_coefficient(poly: Poly) -> str:
    for coefficient in poly.coeffs():
        if not coefficient.is_nonnegative:
            return f"coefficient {coefficient}"
    return ""


def _vanishing(above: Poly, below: Poly, ends: list[tuple[bool, bool]]) -> str:
    """A closed end of the domain at which a polynomial without negative coefficients may vanish."""
    degrees = [max(a, b) for a, b in zip(above.degree_list(), below.degree_list(), strict=True)]
    terms = [powers for powers, coefficient in above.terms() if coefficient.is_positive]
    choices = [
        ([0] if at_zero else []) + ([degree] if at_infinity else []) or [None]
        for degree, (at_zero, at_infinity) in zip(degrees, ends, strict=True)
    ]
    for end in product(*choices):
        if not any(all(want is None or want == power for want, power in zip(end, powers, strict=True))
                   for powers in terms):  # fmt: skip
            return f"it may vanish at an end of the domain: {dict(zip(above.gens, end, strict=True))}"
    return ""


def assert_sign_changes(coefficients: Sequence[Expr], count: int, text: str, domain: Domain | None = None) -> None:
    """Show how often the signs of a polynomial's coefficients change (Descartes), whatever the unknown signs are.

    Parameters
    ----------
    coefficients : sequence of expression
        In order of degree.  The sign of each is shown by `assert_positive`; what cannot be shown counts as unknown.
    count : int
        Number of changes.

    Raises
    ------
    ClaimFailed
        For some choice of the unknown signs the number is another one.

    Examples
    --------
    >>> from sympy import symbols
    >>> p, q, r = symbols("p q r", positive=True)
    >>> assert_sign_changes([p, q - r, -r], 1, "one positive root")
    """
    signs = [_signs(coefficient, domain or {}) for coefficient in coefficients]
    for choice in product(*signs):
        nonzero = [sign for sign in choice if sign]
        changes = sum(a != b for a, b in pairwise(nonzero))
        if changes != count:
            raise ClaimFailed(f"{text}: signs {choice} change {changes} times, not {count}")
    report(Step("proved", text))


def _signs(expr: Expr, domain: Domain) -> tuple[int, ...]:
    if expr == 0:
        return (0,)
    for sign in (1, -1):
        try:
            if not _sign_obstacle(sympy.sympify(sign * expr), _with_twins(domain), strict=True):
                return (sign,)
        except (sympy.PolynomialError, NotImplementedError):
            continue
    return (1, 0, -1)
