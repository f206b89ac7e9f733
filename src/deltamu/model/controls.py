"""What is known of a control without its symbol: plain data, so that input is validated before SymPy is loaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.errors import InputError, shown

__all__ = ["Control", "Domain", "check_order", "flat_numbers", "is_number"]


@dataclass(frozen=True)
class Domain:
    """Where a value may lie: an interval of numbers, or whole numbers from 0.

    Examples
    --------
    >>> Domain(0, 1, low_open=True, high_open=True).allowed, Domain(0, float("inf"), whole=True).allowed
    ('(0, 1)', '{0, 1, 2, ...}')
    """

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False
    whole: bool = False

    def check(self, value: Any, name: str) -> None:
        """Raise unless every element of `value` lies in the domain.

        Raises
        ------
        InputError
            Names `name`, the first offending value and the domain.
        """
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" or np.ma.is_masked(value):
            refused = next((one for one in array.ravel().tolist() if type(one) not in (int, float)), value)
            raise InputError(f"{name} = {shown(refused)} is not a number: allowed is {self.allowed}")
        inside = np.isfinite(array)
        if self.whole:
            inside &= array == np.floor(array)
        inside &= (array > self.low) if self.low_open else (array >= self.low)
        inside &= (array < self.high) if self.high_open else (array <= self.high)
        if not inside.all():
            raise InputError(f"{name} = {array[~inside].flat[0].item()!r} is outside {self.allowed}")

    @property
    def allowed(self) -> str:
        """The domain as text."""
        if self.whole:
            return "{0, 1, 2, ...}"
        return f"{'[('[self.low_open]}{self.low:g}, {self.high:g}{'])'[self.high_open]}"


@dataclass(frozen=True)
class Control:
    """A control or constant as plain data.

    Attributes
    ----------
    name, meaning, unit : str
    default : float or None
    domain : Domain
        See `deltamu.model.quantities.Facts`.
    """

    name: str
    meaning: str
    unit: str
    default: float | None
    domain: Domain

    def check(self, value: Any, *, name: str | None = None) -> None:
        """Raise unless every element of `value` lies in the domain; see `deltamu.model.quantities.Quantity.check`."""
        self.domain.check(value, name or self.name)


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


def check_order(pairs: Iterable[tuple[str, str]], values: Mapping[str, Any]) -> None:
    """Raise unless the first of each pair is nowhere above the second, where both are given.

    Parameters
    ----------
    pairs : iterable of (str, str)
    values : mapping of str to float or array_like
        Values that meet must broadcast.

    Raises
    ------
    InputError
        Names both controls and their values.

    Examples
    --------
    >>> check_order([("A_lo", "A_hi")], {"A_lo": [0.1, 0.5], "A_hi": 0.4})
    Traceback (most recent call last):
    deltamu.errors.InputError: A_lo = 0.5 is above A_hi = 0.4
    """
    for low, high in pairs:
        if low in values and high in values:
            lows, highs = np.broadcast_arrays(values[low], values[high])
            broken = lows > highs
            if broken.any():
                at = int(np.argmax(broken))
                raise InputError(f"{low} = {lows.flat[at].item()!r} is above {high} = {highs.flat[at].item()!r}")
