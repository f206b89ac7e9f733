"""A symbol with what is known of it: how it prints, what it means, where it may lie, its default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Number
from typing import Any
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from sympy import Interval, Naturals0, Set, Symbol, oo

from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import checked

UNIT = Interval(0, 1)
POSITIVE = Interval.open(0, oo)
NONNEGATIVE = Interval(0, oo)
REAL = Interval(-oo, oo)

LARGEST = 1e75  # beyond this products of four would leave the range of doubles

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
    (0.2, 'correlation between reviewers: 0 means independent, 1 identical')
    >>> from sympy import latex
    >>> latex(sym.gamma * sym.mu0)
    '\\\\gamma \\\\mu_0'
    """

    __slots__ = ("facts",)
    facts: Facts

    def __new__(cls, name: str, facts: Facts, **assumptions: bool) -> "Quantity":
        if not isinstance(name, str) or not isinstance(facts, Facts):
            raise InputError(f"a quantity is made of a name and Facts, not of {shown(name)} and {shown(facts)}")
        if strange := [key for key, value in assumptions.items() if not isinstance(value, bool | None)]:
            raise InputError(f"assumption {strange[0]} = {shown(assumptions[strange[0]])} is neither True nor False")
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

    @checked
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
        name = name or self.name
        array = as_numbers(value)
        if array.dtype.kind not in "iuf":
            refused = next((one for one in array.ravel().tolist() if type(one) not in (int, float)), value)
            raise InputError(f"{name} = {shown(refused)} is not a number: allowed is {self.allowed}")
        inside = np.isfinite(array)
        if self.whole:
            inside &= (array >= 0) & (array == np.floor(array))
        else:
            low, high = float(self.domain.start), float(self.domain.end)
            inside &= (array > low) if self.domain.left_open else (array >= low)
            inside &= (array < high) if self.domain.right_open else (array <= high)
        if not inside.all():
            raise InputError(f"{name} = {array[~inside].flat[0].item()!r} is outside {self.allowed}")
        large = np.abs(array.astype(float)) > LARGEST
        if large.any():
            raise InputError(f"{name} = {array[large].flat[0].item()!r} is beyond {LARGEST:g}: formulas would overflow")

    @property
    def allowed(self) -> str:
        """The domain as text.

        Examples
        --------
        >>> from deltamu import symbols as sym
        >>> sym.target.allowed, sym.K.allowed, sym.T_plan.allowed
        ('(0, 1)', '[1, inf)', '{0, 1, 2, ...}')
        """
        if self.whole:
            return "{0, 1, 2, ...}"
        low, high = float(self.domain.start), float(self.domain.end)
        return f"{'[('[bool(self.domain.left_open)]}{low:g}, {high:g}{'])'[bool(self.domain.right_open)]}"


def quantity(name: str, latex: str, *, meaning: str, domain: Set, **facts: Any) -> Quantity:
    """A new symbol; its SymPy assumptions (sign, integrality) follow from its domain.

    Parameters
    ----------
    name : str
        A Python identifier: it names the symbol in code, in generated programs and in labelled results.
    latex : str
        How it prints in a paper and in the explorer.
    meaning : str
        What it stands for, in one phrase: its label in charts; the explorer takes it up to a colon, with all of it as a
        tooltip.
    domain : sympy.Set
        Where it may lie: an `Interval`, or `Naturals0` for whole numbers.
    **facts
        ``unit`` (text), ``default`` (number), ``slider`` (lowest, highest, step: the range that the explorer offers),
        ``source`` (text: where it comes from).

    Returns
    -------
    Quantity

    Raises
    ------
    InputError
        The name is no identifier, the domain no interval, or a fact unknown.

    Examples
    --------
    >>> from sympy import Interval
    >>> patience = quantity("patience", "p", meaning="moves without progress", domain=Interval(0, 9), default=3)
    >>> patience.is_nonnegative, patience.default
    (True, 3)
    """
    if unknown_facts := facts.keys() - Facts.__dataclass_fields__.keys():
        raise unknown("fact of a symbol", min(unknown_facts), Facts.__dataclass_fields__)
    if not (isinstance(domain, Interval) or domain is Naturals0):
        raise InputError(f"domain = {shown(domain)} is neither an Interval nor Naturals0")
    slider = facts.get("slider")
    if slider is not None and flat_numbers(slider).shape != (3,):
        raise InputError(f"slider = {shown(slider)} is not made of three numbers: lowest, highest, step")
    name = normalize("NFKC", name)  # as Python reads identifiers
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


def as_numbers(value: Any) -> NDArray[Any]:
    """A value as an array of numbers: texts, decimals and fractions are numbers too.

    What is none stays as it is, in an array of objects, and so do the parts of a ragged sequence.

    Examples
    --------
    >>> from fractions import Fraction
    >>> as_numbers(["0.5", Fraction(1, 4), 2]).tolist(), as_numbers([0.1, "b"]).tolist()
    ([0.5, 0.25, 2.0], [0.1, 'b'])
    """
    if np.ma.is_masked(value):
        return np.array(value.tolist(), dtype=object)
    try:
        array = np.asarray(value)
    except TypeError:  # a dataset
        return np.array(None, dtype=object)
    except ValueError:  # a ragged sequence
        return np.fromiter(value, dtype=object)
    if array.dtype.kind in "iuf":
        return array
    objects = np.array(value, dtype=object)
    numbers = np.fromiter(map(_as_number, objects.ravel()), dtype=object, count=objects.size).reshape(objects.shape)
    return numbers.astype(float) if objects.size and all(type(one) is float for one in numbers.ravel()) else numbers


def _as_number(value: Any) -> Any:
    """A number from a text, a decimal or a fraction; anything else as it is."""
    exact = isinstance(value, str | Decimal | Number) or getattr(value, "is_Number", False)  # SymPy's say so themselves
    if isinstance(value, bool | np.bool_ | complex | np.complexfloating) or not exact:
        return value
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError):
        return value


def is_number(value: Any) -> bool:
    """Whether a value is a single number that a double can hold: no truth value, text or sequence.

    Examples
    --------
    >>> [is_number(value) for value in (1, np.float64(0.5), True, "1", [1.0], 10**400)]
    [True, True, False, False, False, False]
    """
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < 1024
    return isinstance(value, float | np.integer | np.floating)


def flat_numbers(value: Any) -> NDArray[np.float64]:
    """A number, or a flat sequence of numbers, as an array; an empty array where it is neither.

    Examples
    --------
    >>> flat_numbers(2).shape, flat_numbers(range(3)).tolist(), flat_numbers("2").size, flat_numbers([[1], [2]]).size
    ((), [0.0, 1.0, 2.0], 0, 0)
    """
    several = isinstance(value, Iterable) and not isinstance(value, str | bytes | np.ndarray)
    try:
        array = np.asarray(list(value) if several else value)
    except (TypeError, ValueError):
        return np.empty(0)
    return array.astype(float) if array.dtype.kind in "iuf" and array.ndim < 2 else np.empty(0)


def check_order(pairs: Iterable[tuple[Quantity, Quantity]], values: Mapping[str, Any]) -> None:
    """Raise unless the first of each pair is nowhere above the second, where both are given.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> check_order(sym.ORDERED, {"A_lo": [0.1, 0.5], "A_hi": 0.4})
    Traceback (most recent call last):
    deltamu.errors.InputError: A_lo = 0.5 is above A_hi = 0.4
    """
    for low, high in ((low.name, high.name) for low, high in pairs):
        if low in values and high in values:
            lows, highs = np.broadcast_arrays(values[low], values[high])
            broken = lows > highs
            if broken.any():
                at = int(np.argmax(broken))
                raise InputError(f"{low} = {lows.flat[at].item()!r} is above {high} = {highs.flat[at].item()!r}")
