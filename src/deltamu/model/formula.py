"""A formula, a derivative, and a model: an immutable list of formulas that is also a program."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import sympy
from sympy import Expr, I, Piecewise, Symbol

from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import checked
from deltamu.model.expressions import as_expression, as_real, as_written_down, flattened, packed, replaced, unpacked
from deltamu.model.functions import in_known_functions
from deltamu.model.many_digits import exact, last_value
from deltamu.model.quantities import Quantity
from deltamu.model.symbols import OWN


def with_one_symbol_a_name(expr: Expr, known: Mapping[str, Symbol]) -> Expr:
    """The expression with the `known` symbols in place of others of their names."""
    others = {symbol: known[symbol.name] for symbol in expr.free_symbols if known.get(symbol.name, symbol) != symbol}
    return replaced(expr, others) if others else expr


def as_latex(expr: Any, **settings: Any) -> str:
    """LaTeX of an expression, its terms and factors in the order in which they were written.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> as_latex(PUBLISHED["K_eff"].printed)
    "1 + \\\\left(K' - 1\\\\right) \\\\left(1 - \\\\tau H\\\\right)"
    """
    return sympy.latex(expr, order="none", **settings)


def positive_part(expr: Expr) -> Piecewise:
    """max(expr, 0) as a Piecewise, whose derivatives print (those of Max do not).

    Parameters
    ----------
    expr : sympy.Expr

    Returns
    -------
    sympy.Piecewise

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> positive_part(sym.expected_improvement)
    Piecewise((expected_improvement, expected_improvement > 0), (0, True))
    """
    expr = as_real(expr)
    return Piecewise((expr, expr > 0), (0, True))


def clip(expr: Expr, low: Expr, high: Expr) -> Piecewise:
    """min(max(expr, low), high) as a Piecewise, for low ≤ high.

    Parameters
    ----------
    expr, low, high : sympy.Expr

    Returns
    -------
    sympy.Piecewise

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> clip(2 * sym.delta, sym.delta_min, 1)
    Piecewise((delta_min, delta_min > 2*delta), (1, delta > 1/2), (2*delta, True))
    """
    expr, low, high = map(as_real, (expr, low, high))
    return Piecewise((low, expr < low), (high, expr > high), (expr, True))


@dataclass(frozen=True)
class Formula:
    """One named result: a symbol and its right side in named intermediates.

    Parameters
    ----------
    symbol : Quantity
        The left side.
    printed : sympy.Expr
        The right side as it is written and computed; it may be unevaluated.  What `deltamu.model.functions` lists can
        be in it; functions such as sech or Heaviside are written in others.
    title : str
        What the formula says, in one phrase.
    source : str
        Where it comes from.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> print(Formula(sym.cost, sym.K * (1 + sym.N), title="a cost without reviewers' proposals"))
    cost = (1 + N)*K
    """

    symbol: Quantity
    printed: Expr
    title: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, Symbol):
            raise InputError(f"the left side of a formula is {shown(self.symbol)}: allowed is a symbol")
        name = self.symbol.name
        printed = flattened(in_known_functions(as_written_down(self.printed, name), name))
        object.__setattr__(self, "symbol", OWN.get(name, self.symbol))
        object.__setattr__(self, "printed", with_one_symbol_a_name(printed, OWN))
        for cases in printed.atoms(Piecewise):
            if cases.args[-1][1] != True:  # noqa: E712, a SymPy truth value
                raise InputError(f"formula {name} has a choice of cases without a default: end it with (value, True)")
        if printed.has(I):
            raise InputError(f"formula {name} = {sympy.sstr(printed)} is not real: no formula may be complex")

    @cached_property
    def expr(self) -> Expr:
        """The right side evaluated by SymPy: what derivatives, limits and proofs work on."""
        return self.printed.doit()

    @property
    def name(self) -> str:
        """The left side's name in code."""
        return self.symbol.name

    def __reduce__(self):
        rest = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "printed"}
        return _restored_formula, (type(self), packed(self.printed), rest)

    def latex(self) -> str:
        """``left = right``, as in the paper."""
        return f"{as_latex(self.symbol)} = {as_latex(self.printed)}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        return f"{self.symbol} = {sympy.sstr(self.printed, order='none')}"


def _restored_formula(kind: type[Formula], printed: Any, rest: dict[str, Any]) -> Formula:
    return kind(printed=unpacked(printed), **rest)


@dataclass(frozen=True)
class Model:
    """An immutable list of formulas in an order in which they can be computed.

    Parameters
    ----------
    name : str
        How the model is called in results and on the command line.
    formulas : iterable of Formula
        In any order; they are put into one in which each uses only what stands before it.

    Raises
    ------
    InputError
        Two formulas share a left side, or formulas depend on each other in a circle.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> print(PUBLISHED["K_prime"])
    K_prime = K + N*K_r
    >>> [formula.name for formula in PUBLISHED.program([sym.K_eff])]
    ['K_prime', 'K_eff']
    >>> PUBLISHED.expand(sym.K_eff)
    (-H*tau + 1)*(K + K_r*N - 1) + 1
    """

    name: str
    formulas: tuple[Formula, ...]

    def __post_init__(self) -> None:
        formulas = tuple(self.formulas) if isinstance(self.formulas, Iterable) else (None,)
        if not isinstance(self.name, str) or not all(isinstance(one, Formula) for one in formulas):
            given = f"{shown(self.name)} and {shown(self.formulas)}"
            raise InputError(f"a model is made of a name and a sequence of Formulas, not of {given}")
        object.__setattr__(self, "formulas", _in_computable_order(_by_one_symbol_a_name(formulas)))

    def __iter__(self) -> Iterator[Formula]:
        return iter(self.formulas)

    def __len__(self) -> int:
        return len(self.formulas)

    @cached_property
    def _by_name(self) -> dict[str, Formula]:
        return {formula.name: formula for formula in self.formulas}

    def __contains__(self, symbol: object) -> bool:
        return str(symbol) in self._by_name

    def __getitem__(self, symbol: Symbol | str) -> Formula:
        try:
            return self._by_name[str(symbol)]
        except KeyError:
            raise unknown(f"formula of model {self.name}", str(symbol), self._by_name) from None

    @property
    def free_symbols(self) -> set[Symbol]:
        """The primitive symbols: those that no formula defines."""
        used: set[Symbol] = set().union(*(formula.printed.free_symbols for formula in self))
        return used - {formula.symbol for formula in self}

    @checked
    def replace(self, *formulas: Formula, name: str | None = None) -> "Model":
        """The model with some right sides exchanged, or formulas added.

        Parameters
        ----------
        *formulas : Formula
            Each takes the place of the one with the same left side, or is new.
        name : str, optional
            Name of the new model; the old name with a prime by default.

        Examples
        --------
        >>> from deltamu import PUBLISHED, Formula, symbols as sym
        >>> print(PUBLISHED.replace(Formula(sym.K_eff, sym.K_prime))["K_eff"])
        K_eff = K_prime
        """
        if strange := [one for one in formulas if not isinstance(one, Formula)]:
            raise InputError(f"{shown(strange[0])} is not a Formula")
        new = {formula.name: formula for formula in formulas}
        kept = tuple(new.pop(formula.name, formula) for formula in self)
        return Model(name or f"{self.name}'", kept + tuple(new.values()))

    @checked
    def program(self, exprs: Iterable[Expr], *, given: Iterable[Symbol] = ()) -> tuple[Formula, ...]:
        """The formulas that `exprs` need, in computable order; those of `given` symbols are left out."""
        given = set(given)
        needed: set[Symbol] = set().union(*(as_written_down(expr, "expression").free_symbols for expr in exprs))
        found = []
        for formula in reversed(self.formulas):
            if formula.symbol in needed and formula.symbol not in given:
                found.append(formula)
                needed |= formula.printed.free_symbols
        return tuple(reversed(found))

    @checked
    def depending(self, symbols: Iterable[Symbol]) -> frozenset[Symbol]:
        """Symbols, and all left sides that depend on them.

        Examples
        --------
        >>> from deltamu import PUBLISHED, symbols as sym
        >>> sorted(map(str, PUBLISHED.depending([sym.r])))
        ['false_pass_probability', 'pass_probability', 'r']
        """
        found = {as_expression(symbol, "symbol") for symbol in symbols}
        for formula in self:
            if formula.printed.free_symbols & found:
                found.add(formula.symbol)
        return frozenset(found)

    def expand(self, expr: Expr | str) -> Expr:
        """The closed form of an expression (or of a formula's left side, by name) in primitive symbols."""
        expr = self[expr].symbol if isinstance(expr, str) else as_expression(expr)
        for formula in reversed(self.program([expr])):
            expr = expr.xreplace({formula.symbol: formula.expr})
        return expr

    @checked
    def evalf(self, quantity: Expr | str, values: Mapping[Symbol | str, Any], digits: int = 30) -> Expr:
        """One value to any number of digits, formula by formula: slow, and independent of the compiled path.

        Parameters
        ----------
        quantity : sympy.Expr or str
            What to evaluate, in symbols of the model.
        values : mapping of symbol or name to number
            A value for every primitive symbol that is needed: a float counts as the binary fraction that it is, a text
            as the number that it shows.
        digits : int
            Significant digits of the result.

        Raises
        ------
        InputError
            A value is outside its symbol's domain, or one that is needed is missing.

        Examples
        --------
        >>> from deltamu import PUBLISHED, symbols as sym
        >>> PUBLISHED.evalf("pass_probability", {sym.r: 1, sym.mu: 2}, 20)
        0.13533528323661269189
        """
        quantity = self[quantity].symbol if isinstance(quantity, str) else as_expression(quantity, "quantity")
        if not isinstance(digits, int) or digits < 1:
            raise InputError(f"digits = {shown(digits)} is not a whole number above 0")
        given = {str(symbol): value for symbol, value in values.items()}
        program = self.program([quantity])
        needed = {x for part in (quantity, *(f.expr for f in program)) for x in part.free_symbols}
        known = {}
        for symbol in sorted(needed - {formula.symbol for formula in program}, key=str):
            if str(symbol) not in given:
                raise InputError(f"{quantity} needs a value of {symbol}")
            known[symbol] = exact(symbol, given[str(symbol)])
        lines = [*((formula.symbol, formula.expr) for formula in program), (quantity, quantity)]
        return last_value(lines, known, digits)

    def latex(self) -> str:
        """All formulas, one a line, aligned at their equality signs."""
        return aligned((as_latex(formula.symbol), as_latex(formula.printed)) for formula in self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:  # short: it stands in the signature of every function with a default model
        return f"Model({self.name!r}, {len(self)} formulas)"

    def __str__(self) -> str:
        return "\n".join(map(str, self.formulas))


@dataclass(frozen=True, kw_only=True)
class Derived(Formula):
    """A formula that calculus made of a model's: it remembers the model and brings along what it needs besides.

    Parameters
    ----------
    symbol, printed, title, source
        See `Formula`.
    model : Model
        The model that it was derived from, and in which alone it holds.
    needs : tuple of Formula
        Formulas that it uses and the model does not have.
    of : Symbol
        What was differentiated: a left side of the model or of `needs`.
    wrt : Quantity or None
        By what. At an end of this symbol's domain, `evaluate` takes the limit from inside. None: it is no derivative.
    """

    model: Model
    needs: tuple[Formula, ...]
    of: Symbol
    wrt: Quantity | None

    @property
    def extended(self) -> Model:
        """The model with this formula and those that it needs."""
        return self.model.replace(*self.needs, self, name=self.model.name)

    def __repr__(self) -> str:
        return f"Derived({str(self)!r}, model={self.model.name!r})"

    def _repr_latex_(self) -> str:
        lines = {formula.symbol: formula for formula in (*self.needs, self)}
        return Model(self.name, tuple(lines.values()))._repr_latex_()


def aligned(equations: Iterable[tuple[str, str]]) -> str:
    """A LaTeX ``aligned`` block of equations (left side, right side)."""
    rows = (f"{left} &= {right}" for left, right in equations)
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _by_one_symbol_a_name(formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """The formulas with the first symbol of a name in place of others of that name."""
    known: dict[str, Symbol] = {}
    for formula in formulas:
        for symbol in (formula.symbol, *sorted(formula.printed.free_symbols, key=str)):
            known.setdefault(symbol.name, symbol)
    one = tuple((f, known[f.name], with_one_symbol_a_name(f.printed, known)) for f in formulas)
    return tuple(
        f if symbol == f.symbol and printed is f.printed else replace(f, symbol=symbol, printed=printed)
        for f, symbol, printed in one
    )


def _in_computable_order(formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """Sort so that each formula follows those that it uses, moving as few as possible."""
    by_symbol = {formula.symbol: formula for formula in formulas}
    if len(by_symbol) < len(formulas):
        twice = [str(symbol) for symbol in by_symbol if sum(f.symbol == symbol for f in formulas) > 1]
        raise InputError(f"formula {', '.join(twice)} is defined twice in one model")
    rank = {symbol: place for place, symbol in enumerate(by_symbol)}
    ordered: dict[Symbol, Formula] = {}

    def place(formula: Formula, users: tuple[Symbol, ...]) -> None:
        if formula.symbol in users:
            raise InputError(f"formulas depend on each other in a circle: {' -> '.join(map(str, users))}")
        for used in sorted(formula.printed.free_symbols & by_symbol.keys(), key=rank.__getitem__):
            if used not in ordered:
                place(by_symbol[used], (*users, formula.symbol))
        ordered[formula.symbol] = formula

    for formula in formulas:
        if formula.symbol not in ordered:
            place(formula, ())
    return tuple(ordered.values())
