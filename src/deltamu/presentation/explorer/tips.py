"""What a control says of itself: its name, and its tip in plain words, from its symbol alone."""

import math

from deltamu.model.quantities import UNIT, Quantity

# What the page adds to a symbol's name and to its tip, where two things on it would be called alike.
BESIDE = {"K": (" by the model", " Reviewers may add candidates of their own to these.")}


def label(symbol: Quantity) -> str:
    """What a control is called on the page: its meaning up to the colon, or up to whose it is.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> label(sym.r), label(sym.delta)
    ('Oracle resolution', 'Edit radius')
    """
    return capital(symbol.meaning.partition(":")[0].partition(" of the move")[0]) + BESIDE.get(symbol.name, ("", ""))[0]


def tip(symbol: Quantity) -> str:
    """Meaning, unit, default and range of a control.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> tip(sym.gamma)
    'Correlation between reviewers: 0 means independent, 1 identical. Default 0.2; from 0 to 1.'
    >>> tip(sym.K)  # doctest: +NORMALIZE_WHITESPACE
    'Candidates: edits generated in a move. Default 5; at least 1. Counted in candidates; the slider takes whole
    numbers, the box fractions too: they mean an average. Reviewers may add candidates of their own to these.'
    """
    if symbol.unit == "1":
        unit = "" if symbol.domain.is_subset(UNIT) else " A number without a unit."
    elif fractions(symbol):
        average = "the slider takes whole numbers, the box fractions too: they mean an average"
        unit = f" Counted in {symbol.unit}; {average}."
    else:
        unit = f" Counted in {symbol.unit}."
    beside = BESIDE.get(symbol.name, ("", ""))[1]
    return f"{capital(symbol.meaning)}. Default {symbol.default:g}; {span(symbol)}.{unit}{beside}"


def fractions(symbol: Quantity) -> bool:
    """Whether the model takes fractions of something whose slider takes whole numbers."""
    return symbol.slider is not None and not symbol.whole and all(float(n).is_integer() for n in symbol.slider)


def span(symbol: Quantity) -> str:
    """Where a symbol may lie, in words.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> [span(s) for s in (sym.K, sym.delta0, sym.decay, sym.target, sym.T_plan)]
    ['at least 1', 'above 0', 'above 0, at most 1', 'above 0, below 1', 'a whole number, at least 0']
    """
    if symbol.whole:
        return "a whole number, at least 0"
    low, high = float(symbol.domain.start), float(symbol.domain.end)
    left, right = bool(symbol.domain.left_open), bool(symbol.domain.right_open)
    ends = [] if math.isinf(low) else [f"{'above' if left else 'at least'} {low:g}"]
    ends += [] if math.isinf(high) else [f"{'below' if right else 'at most'} {high:g}"]
    if len(ends) == 2 and not left and not right:
        return f"from {low:g} to {high:g}"
    return ", ".join(ends) or "any number"


def capital(text: str) -> str:
    """A text with a capital at its start."""
    return text[:1].upper() + text[1:]
