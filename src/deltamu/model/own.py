"""Symbols of a user's own: those of deltamu with a check that their names are free."""

import re
from typing import Any

from sympy import Set

from deltamu.errors import InputError
from deltamu.model import quantities
from deltamu.model.arguments import checked
from deltamu.model.quantities import Quantity
from deltamu.model.symbols import OWN

ARGUMENTS = frozenset({
    "budget", "checkpoint", "closure", "costs", "dims", "draws", "engine", "executor", "feedback", "fixed", "free",
    "keep", "level", "max_false_pass", "minimize", "model", "moves", "policy", "population", "progress", "quantiles",
    "quantity", "reduce", "run", "runs", "sampler", "seed", "settings", "sides", "status", "window", "wrt",
})  # fmt: skip
# what rewriting, compiling and differentiating call their own lines
GENERATED = re.compile(
    r"(part|indicator|shared|switch|goes_on|slope|d)_?\d.*|_.*|target_reached|passing_mass|switch_margin|smooth_gain|"
    r".*_(start|next|held|constant|choice|varying|squared|there)_?\d*"
)


@checked
def quantity(name: str, latex: str, *, meaning: str, domain: Set, **facts: Any) -> Quantity:
    """A new symbol of a user's own; see `deltamu.model.quantities.quantity`.

    One that has the name of one of deltamu's own is that one in every formula.

    Parameters
    ----------
    name : str
        A Python identifier: it names the symbol in code, in generated programs and in labelled results.
    latex, meaning, domain, **facts
        See `deltamu.model.quantities.Facts`.

    Returns
    -------
    Quantity

    Raises
    ------
    InputError
        The name is none, or is one that generated lines have.

    Examples
    --------
    >>> from sympy import Interval
    >>> patience = quantity("patience", "p", meaning="moves without progress", domain=Interval(0, 9), default=3)
    >>> patience.is_nonnegative, patience.default
    (True, 3)
    """
    made = quantities.quantity(name, latex, meaning=meaning, domain=domain, **facts)
    if GENERATED.fullmatch(made.name) and made.name not in OWN:
        raise InputError(f"symbol name {made.name!r} is one that generated lines have: choose another")
    return made


@checked
def control(name: str, latex: str, *, default: float, domain: Set, meaning: str, **facts: Any) -> Quantity:
    """A symbol that a user sets: a `quantity` with a default that lies in its domain.

    Parameters
    ----------
    name, latex, domain, meaning, **facts
        As for `quantity`.
    default : float

    Returns
    -------
    Quantity

    Raises
    ------
    InputError
        The default lies outside the domain, or the name is that of one of deltamu's own symbols or of an argument.

    Examples
    --------
    >>> from sympy import Interval
    >>> control("delta", "d", default=1, domain=Interval(0, 9), meaning="a second radius")
    Traceback (most recent call last):
    deltamu.errors.InputError: control 'delta' has a name that is taken: edit radius of the move
    """
    symbol = quantity(name, latex, meaning=meaning, domain=domain, default=default, **facts)
    if symbol.name in OWN or symbol.name in ARGUMENTS:
        what = OWN[symbol.name].meaning if symbol.name in OWN else "an argument"
        raise InputError(f"control {symbol.name!r} has a name that is taken: {what}")
    symbol.check(default)
    return symbol
