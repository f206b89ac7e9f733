"""Derivatives of any quantity by any symbol as formulas, and what is made of them."""

from collections.abc import Iterable
from functools import reduce
from itertools import combinations_with_replacement
from typing import Any, Generic, TypeAlias, TypeVar, cast

from sympy import Expr, S, Symbol

from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.calculus.chain_rule import Rate, forwards, rate_along
from deltamu.model.expressions import as_real
from deltamu.model.formula import Derived, Formula, Model, as_latex
from deltamu.model.models import find_model
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import REAL, Quantity

__all__ = [
    "COUNTED", "derivative", "difference", "differentiated", "elasticity", "gradient", "hessian", "interaction",
    "parameters_of",
]  # fmt: skip

Wanted: TypeAlias = str | Expr | Formula

By = TypeVar("By")

COUNTED = (sym.K, sym.N, sym.K_r)
"""What comes in whole numbers: besides the derivative of the continuous extension there is an exact difference."""


@checked
def derivative(
    quantity: Wanted, wrt: str | Symbol, *, order: int = 1, model: Model | str = PUBLISHED, closed: bool = False
) -> Derived:
    """Differentiate a quantity of a model, by the chain rule through the model's formulas.

    Parameters
    ----------
    quantity : str, sympy expression or Formula
        A formula's left side by name or as a symbol, an expression of the model's symbols, or a formula: one of your
        own, which takes the place of the model's with the same left side, or a derivative.
    wrt : str or Symbol
        A control, a constant or a symbol of the state; or a left side, which then counts as given: nothing that it
        is computed from changes.
    order : int
        How many times.
    model : Model or str
        The model; that of `quantity` if it is a derivative.
    closed : bool
        Write the derivative in primitive symbols. By default it is written in named intermediates and their own
        derivatives, which it brings along.

    Returns
    -------
    Derived
        A formula that `deltamu.evaluate` takes and `latex` prints; its left side is called ``d_gain_d_N``, or
        ``d2_gain_d_N_d_N``.

    Raises
    ------
    InputError
        A name is unknown, `order` is no whole number ≥ 1, or `wrt` takes whole numbers only.

    Notes
    -----
    Exact, with conditions as they stand: at a kink, where one formula ends and another begins, the derivative is the
    one of the side on which the point counts. `evaluate` takes the limit from inside at an end of the domain of `wrt`,
    which is ±inf where the quantity has an infinite slope or jumps: there only `difference` says something.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> by_N = derivative("gain", "N")
    >>> print(by_N)
    d_gain_d_N = Piecewise((d_expected_improvement_d_N, expected_improvement > 0), (0, True))
    >>> float(evaluate(by_N, mu=12, delta=0.2, N=[1, 3, 8]).d_gain_d_N.sum().round(6))
    0.006255
    >>> print(derivative("N_eff", "N", closed=True))
    d_N_eff_d_N = (1 - gamma)/(1 - gamma + N*gamma)**2
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise InputError(f"order = {shown(order)} is not a whole number >= 1")
    symbol, extended, base = _settled(quantity, model)
    for _ in range(order):
        by = _variable(wrt, extended)
        derived = _closed(symbol, by, extended, base) if closed else _chained(symbol, by, extended, base)
        symbol, extended = derived.symbol, derived.extended
    return derived


def _chained(symbol: Symbol, wrt: Quantity, extended: Model, base: Model) -> Derived:
    known, lines = forwards(extended.program([symbol], given=[wrt]), wrt)
    rate = known.get(symbol, S.Zero)
    name = Rate(symbol, (wrt,))
    return _derived(name, _right_side(lines, name, rate), symbol, wrt, extended.replace(*lines), base)


def _right_side(lines: Iterable[Formula], name: Symbol, rate: Expr) -> Expr:
    return next((line.printed for line in lines if line.symbol == name), rate)


def _closed(symbol: Symbol, wrt: Quantity, extended: Model, base: Model) -> Derived:
    expr = symbol
    for formula in reversed(extended.program([symbol], given=[wrt])):
        expr = expr.xreplace({formula.symbol: formula.expr})
    rate = rate_along(expr, {wrt: S.One})
    return _derived(Rate(symbol, (wrt,)), rate, symbol, wrt, extended, base)


def _derived(
    name: Quantity, right: Expr, of: Symbol, wrt: Quantity | None, extended: Model, base: Model, title: str = ""
) -> Derived:
    """A derived formula with those that it needs and the model lacks."""
    right = right.xreplace({S.ComplexInfinity: S.Infinity})  # 1/0 in branches that another condition rules out
    used = extended.program([right, of])
    needs = tuple(f for f in used if f.symbol != name and (f.symbol not in base or base[f.symbol] != f))
    title = title or name.meaning
    return Derived(name, right, title=title, source="calculus", model=base, needs=needs, of=of, wrt=wrt)


def _settled(quantity: Wanted, model: Model | str) -> tuple[Symbol, Model, Model]:
    """What is to be differentiated as a left side, the model with all that it needs, and the plain model."""
    if isinstance(quantity, Derived):
        return quantity.symbol, quantity.extended, quantity.model
    base = find_model(model)
    if isinstance(quantity, Formula):
        return quantity.symbol, base.replace(quantity, name=base.name), base
    if isinstance(quantity, str | Symbol):
        if quantity not in base and str(quantity) not in primitives(base):
            raise unknown("quantity", str(quantity), [*(f.name for f in base), *primitives(base)])
        symbol = base[quantity].symbol if quantity in base else primitives(base)[str(quantity)]
        return symbol, base, base
    quantity = as_real(quantity, "quantity")
    symbol = sym.quantity("expression", f"\\left({as_latex(quantity)}\\right)", meaning=str(quantity), domain=REAL)
    return symbol, base.replace(Formula(symbol, quantity), name=base.name), base


def primitives(model: Model) -> dict[str, Symbol]:
    """The symbols that no formula of a model defines, by name."""
    return {s.name: s for s in (*sym.PARAMETERS, *sym.STATE)} | {s.name: s for s in model.free_symbols}


def parameter_names(wrt: Any) -> list[Any] | None:
    """What is asked for by one name or symbol, or several; None for whatever there is."""
    if wrt is None or isinstance(wrt, str | Symbol):
        return wrt if wrt is None else [wrt]
    try:
        return list(wrt)
    except TypeError:
        raise InputError(f"wrt = {shown(wrt)} is neither a name nor a sequence of names") from None


def _variable(wrt: str | Symbol, model: Model) -> Quantity:
    """What is differentiated by: a left side of the model, or any symbol that has a value."""
    known = primitives(model) | {formula.name: formula.symbol for formula in model}
    if str(wrt) not in known:
        raise unknown("symbol to differentiate by", str(wrt), known)
    symbol = known[str(wrt)]
    if getattr(symbol, "whole", False):
        raise InputError(f"{symbol} takes whole numbers only: there is no derivative, but a difference of two values")
    return symbol


@checked
def parameters_of(quantity: Wanted, *, model: Model | str = PUBLISHED) -> tuple[Quantity, ...]:
    """The symbols that a quantity depends on and can be differentiated by: controls, constants and the state.

    Examples
    --------
    >>> parameters_of("K_eff")
    (H, K, N, K_r, tau)
    """
    symbol, extended, _ = _settled(quantity, model)
    used = extended.program([symbol])
    primitive = ({symbol} | set().union(*(f.printed.free_symbols for f in used))) - {f.symbol for f in used}
    order = (*sym.STATE, *sym.PARAMETERS)
    own = sorted(primitive - set(order), key=str)
    return tuple(s for s in (*order, *own) if s in primitive and not getattr(s, "whole", False))


@checked
def elasticity(quantity: Wanted, wrt: str | Symbol, *, model: Model | str = PUBLISHED, closed: bool = False) -> Derived:
    """Relative change of a quantity with the relative change of a symbol: (x/Q) ∂Q/∂x.

    Parameters
    ----------
    quantity, wrt, model, closed
        See `derivative`.

    Returns
    -------
    Derived
        Its left side is called ``elasticity_gain_N``.

    Examples
    --------
    >>> print(elasticity("K_prime", "K"))
    elasticity_K_prime_K = K/K_prime
    >>> from deltamu import evaluate
    >>> float(evaluate(elasticity("N_eff", "gamma"), N=3, gamma=0.2).elasticity_N_eff_gamma.round(6))
    -0.285714
    """
    slope = derivative(quantity, wrt, model=model, closed=closed)
    of, x = slope.of, slope.wrt
    value = slope.printed if slope.printed.is_number else slope.symbol
    right = x * slope.expr / _expanded(of, slope) if closed else x * value / of
    name = sym.quantity(
        f"elasticity_{of}_{x}", rf"\varepsilon_{{{_short(of)},{_short(x)}}}",
        meaning=f"elasticity of {of} in {x}: relative change over relative change", domain=REAL,
    )  # fmt: skip
    return _derived(name, right, of, x, slope.extended, slope.model)


def _expanded(symbol: Symbol, derived: Derived) -> Expr:
    return derived.extended.expand(symbol)


def differentiated(derived: Derived) -> Formula | Symbol:
    """What was differentiated, as something that `evaluate` takes."""
    return next((formula for formula in derived.extended if formula.symbol == derived.of), derived.of)


def _short(symbol: Symbol) -> str:
    return symbol.latex if isinstance(symbol, Quantity) else str(symbol)


class Derivatives(dict[By, Derived], Generic[By]):
    """Derivatives by what they were taken by; a notebook shows them as equations, with all that they are written in."""

    def latex(self) -> str:
        """The derivatives and the named intermediates that the model lacks, one a line, aligned."""
        lines = {formula.symbol: formula for one in self.values() for formula in (*one.needs, one)}
        return Model("derivatives", tuple(lines.values())).latex()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@checked
def gradient(
    quantity: Wanted, wrt: Iterable[str | Symbol] | None = None, *, model: Model | str = PUBLISHED, closed: bool = False
) -> Derivatives[Quantity]:
    """First derivatives by several symbols.

    Parameters
    ----------
    quantity, model, closed
        See `derivative`.
    wrt : iterable of str or Symbol, optional
        By default all symbols that the quantity depends on (see `parameters_of`).

    Returns
    -------
    Derivatives
        A dict of Quantity to Derived: ``evaluate(gradient(...).values(), ...)`` computes all of them at once.

    Examples
    --------
    >>> {str(x): str(slope.printed) for x, slope in gradient("rho_eff").items()}
    {'H': '1 - rho', 'rho': '1 - H'}
    """
    slopes = (derivative(quantity, x, model=model, closed=closed) for x in _several(quantity, wrt, model))
    return Derivatives((cast(Quantity, slope.wrt), slope) for slope in slopes)


@checked
def hessian(
    quantity: Wanted, wrt: Iterable[str | Symbol] | None = None, *, model: Model | str = PUBLISHED, closed: bool = False
) -> Derivatives[tuple[Quantity, Quantity]]:
    """Second derivatives by all pairs of symbols, each pair once.

    Parameters
    ----------
    quantity, wrt, model, closed
        See `gradient`.

    Returns
    -------
    dict
        A `Formula` for each pair of symbols.

    Examples
    --------
    >>> {str(pair): str(second.printed) for pair, second in hessian("rho_eff").items()}
    {'(H, H)': '0', '(H, rho)': '-1', '(rho, rho)': '0'}
    """
    slopes = gradient(quantity, wrt, model=model, closed=closed)
    pairs = combinations_with_replacement(slopes, 2)
    return Derivatives(((x, y), derivative(slopes[x], y, closed=closed)) for x, y in pairs)


def _several(quantity: Wanted, wrt: Iterable[str | Symbol] | None, model: Model | str) -> list[str | Symbol]:
    if wrt is None:
        return list(parameters_of(quantity, model=model))
    names = list(wrt) if isinstance(wrt, Iterable) else []
    if not names:
        raise InputError(f"wrt = {shown(wrt)} is not a sequence of at least one symbol")
    return names


@checked
def interaction(
    quantity: Wanted, x: str | Symbol, y: str | Symbol, *, model: Model | str = PUBLISHED, closed: bool = False
) -> Derived:
    """How two symbols act together: ∂² log|Q| / ∂log x ∂log y.

    Positive where the symbols complement each other (more of one makes a relative change of the other count more),
    negative where one substitutes the other, 0 where they only multiply.

    Parameters
    ----------
    quantity, model, closed
        See `derivative`.
    x, y : str or Symbol

    Returns
    -------
    Derived
        Its left side is called ``interaction_gain_H_rho``.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> float(evaluate(interaction("rho_eff", "H", "rho"), H=0.5, rho=0.5).interaction_rho_eff_H_rho.round(6))
    -0.444444
    """
    by_x = derivative(quantity, x, model=model, closed=closed)
    by_y = derivative(quantity, y, model=model, closed=closed)
    both = derivative(by_x, y, closed=closed)
    of, first, second = by_x.of, cast(Quantity, by_x.wrt), cast(Quantity, by_y.wrt)
    everything = reduce(lambda m, d: m.replace(*d.needs, d), (by_x, by_y, both), by_x.model)

    def value(derived: Derived) -> Expr:
        return derived.printed if closed or derived.printed.is_number else derived.symbol

    q = _expanded(of, by_x) if closed else of
    right = first * second * (value(both) / q - value(by_x) * value(by_y) / q**2)
    if first == second:
        right += first * value(by_x) / q
    name = sym.quantity(
        f"interaction_{of}_{first}_{second}", rf"\iota_{{{_short(of)};{_short(first)},{_short(second)}}}",
        meaning=f"interaction of {first} and {second} in {of}: mixed second derivative of the logarithms", domain=REAL,
    )  # fmt: skip
    return _derived(name, right, of, first, everything, by_x.model)


@checked
def difference(quantity: Wanted, wrt: str | Symbol, *, model: Model | str = PUBLISHED) -> Derived:
    """What one more of something that comes in whole numbers changes: Q(N+1) - Q(N), exactly.

    Parameters
    ----------
    quantity, model
        See `derivative`.
    wrt : str or Symbol
        ``K``, ``N``, ``K_r``, or a control of your own that takes whole numbers.

    Returns
    -------
    Derived
        Its left side is called ``difference_gain_N``.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> ds = evaluate([difference("N_eff", "N"), derivative("N_eff", "N")], N=[0, 1], gamma=0.5)
    >>> ds.difference_N_eff_N.values.round(4).tolist(), ds.d_N_eff_d_N.values.round(4).tolist()
    ([1.0, 0.3333], [2.0, 0.5])
    """
    of, extended, base = _settled(quantity, model)
    known = primitives(extended)
    if str(wrt) not in known:
        raise unknown("symbol that is counted", str(wrt), [str(s) for s in COUNTED])
    x = known[str(wrt)]
    if x not in COUNTED and not getattr(x, "whole", False):
        raise InputError(f"{x} is continuous: differences are for {', '.join(map(str, COUNTED))}; take the derivative")
    more: dict[Symbol, Expr] = {x: x + 1}
    lines = []
    for formula in extended.program([of]):
        if formula.printed.free_symbols & more.keys():
            one_more = sym.quantity(
                f"{formula.name}_after_one_more_{x}", rf"{formula.symbol.latex}_{{{_short(x)}+1}}",
                meaning=f"{formula.symbol.meaning}, with one more {x}", domain=formula.symbol.domain,
            )  # fmt: skip
            lines.append(Formula(one_more, formula.expr.xreplace(more), title=one_more.meaning, source="calculus"))
            more[formula.symbol] = one_more
    name = sym.quantity(
        f"difference_{of}_{x}", rf"\Delta_{{{_short(x)}}} {_short(of)}",
        meaning=f"change of {of} with one more {x}", domain=REAL, unit=getattr(of, "unit", "1"),
    )  # fmt: skip
    return _derived(name, more.get(of, of) - of, of, None, extended.replace(*lines), base)
