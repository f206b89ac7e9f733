"""A symbol with what is known of it: how it prints, what it means, where it may lie, its default."""

from dataclasses import dataclass
from math import inf
from typing import Any

from sympy import Interval, Naturals0, Set, Symbol, oo

from deltamu.errors import InputError
from deltamu.model.controls import Control, Domain

__all__ = ["NONNEGATIVE", "POSITIVE", "REAL", "UNIT", "Facts", "Quantity", "control", "quantity"]

UNIT = Interval(0, 1)
POSITIVE = Interval.open(0, oo)
NONNEGATIVE = Interval(0, oo)
REAL = Interval(-oo, oo)

Slider = tuple[float, float, float]


@dataclass(frozen=True)
class Facts:
    """What is known of a symbol besides its name.

    Attributes
    ----------
    latex : str
        How the symbol prints in a paper.
    meaning : str
        What it stands for, in one phrase.
    domain : sympy.Set
        Where it may lie: an `Interval`, or `Naturals0` for whole numbers.
    unit : str
        ``"1"`` for pure numbers.
    default : float or None
        The value where a user gives none; None for what a run computes.
    slider : (lowest, highest, step) or None
        The range that the explorer offers, both ends included.
    source : str
        Where the symbol comes from.
    """

    latex: str
    meaning: str
    domain: Set
    unit: str = "1"
    default: float | None = None
    slider: Slider | None = None
    source: str = ""


class Quantity(Symbol):
    """A SymPy symbol that carries its `Facts` and prints itself as the paper does.

    Two quantities are equal when their names and assumptions are, as for any symbol.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> sym.gamma.default, sym.gamma.meaning
    (0.2, 'correlation between reviewers')
    >>> from sympy import latex
    >>> latex(sym.gamma * sym.mu0)
    '\\\\gamma \\\\mu_0'
    """

    __slots__ = ("facts",)
    facts: Facts

    def __new__(cls, name: str, facts: Facts, **assumptions: bool) -> "Quantity":
        self = Symbol.__xnew__(cls, name, **assumptions)
        self.facts = facts
        return self

    def __getnewargs_ex__(self):  # copies and pickles keep the facts
        return (self.name, self.facts), self._assumptions_orig

    def __getattr__(self, name: str) -> Any:  # reached only for what a Symbol does not have
        if name in Facts.__dataclass_fields__:
            return getattr(self.facts, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _latex(self, printer) -> str:
        return printer._settings["symbol_names"].get(self, self.facts.latex)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are allowed."""
        return self.facts.domain is Naturals0

    def check(self, value: Any, *, name: str | None = None) -> None:
        """Raise unless every element of `value` lies in the domain.

        Parameters
        ----------
        value : float or array_like
            Any shape.
        name : str, optional
            What to call the symbol in a message, where its user calls it otherwise.

        Raises
        ------
        InputError
            Names the symbol, the first offending value and the domain.

        Examples
        --------
        >>> from deltamu import symbols as sym
        >>> sym.gamma.check([0.1, 1.2])
        Traceback (most recent call last):
        deltamu.errors.InputError: gamma = 1.2 is outside [0, 1]
        """
        self.plain.check(value, name=name)

    @property
    def plain(self) -> Control:
        """What is known of the symbol without SymPy."""
        if self.whole:
            domain = Domain(0, inf, whole=True)
        else:
            low, high = float(self.domain.start), float(self.domain.end)
            domain = Domain(low, high, bool(self.domain.left_open), bool(self.domain.right_open))
        return Control(self.name, self.meaning, self.unit, self.default, domain)

    @property
    def allowed(self) -> str:
        """The domain as text.

        Examples
        --------
        >>> from deltamu import symbols as sym
        >>> sym.target.allowed, sym.K.allowed, sym.T_plan.allowed
        ('(0, 1)', '[1, inf)', '{0, 1, 2, ...}')
        """
        return self.plain.domain.allowed


def quantity(name: str, latex: str, *, meaning: str, domain: Set, **facts: Any) -> Quantity:
    """A new symbol; its SymPy assumptions (sign, integrality) follow from its domain.

    Parameters
    ----------
    name : str
        A Python identifier: it names the symbol in code, in generated programs and in labelled results.
    latex, meaning, domain, **facts
        See `Facts`.

    Examples
    --------
    >>> from sympy import Interval
    >>> patience = quantity("patience", "p", meaning="moves without progress", domain=Interval(0, 9), default=3)
    >>> patience.is_nonnegative, patience.default
    (True, 3)
    """
    if not name.isidentifier():
        raise InputError(f"symbol name {name!r} is not a Python identifier")
    if domain is Naturals0:
        assumptions = {"integer": True, "nonnegative": True}
    elif domain.start > 0 or (domain.start == 0 and domain.left_open):
        assumptions = {"positive": True}
    elif domain.start == 0:
        assumptions = {"nonnegative": True}
    else:
        assumptions = {"real": True}
    return Quantity(name, Facts(latex, meaning, domain, **facts), **assumptions)


def control(name: str, latex: str, *, default: float, domain: Set, meaning: str, **facts: Any) -> Quantity:
    """A symbol that a user sets: a `quantity` with a default that lies in its domain.

    Raises
    ------
    InputError
        The default lies outside the domain.
    """
    symbol = quantity(name, latex, meaning=meaning, domain=domain, default=default, **facts)
    symbol.check(default)
    return symbol
