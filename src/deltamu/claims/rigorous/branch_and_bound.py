"""A bound on a function over a box: split until every part is decided, or until a point shows that it is false."""

import heapq
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from deltamu.claims.rigorous.balls import interval
from deltamu.claims.rigorous.optional import arb
from deltamu.claims.steps import ClaimFailed, Step, report
from deltamu.progress import tracked

Box = Mapping[str, tuple[float, float]]
Bounded = Callable[[Mapping[str, Any]], Any]


def prove_below(function: Bounded, bound: float, box: Box, text: str, *, most: int = 400_000) -> int:
    """Show that a function is below a bound everywhere in a box; returns into how many parts it was split.

    Parameters
    ----------
    function : callable
        Takes a ball of each coordinate by name and returns a ball that holds all values; one that is not finite says
        nothing, and its part is split.  None says that the part holds no point of interest.
    bound : float
    box : mapping of str to (lowest, highest)
    text : str
        What it shows.
    most : int
        Parts after which it gives up.

    Raises
    ------
    ClaimFailed
        A point violates the bound, or it gives up.

    Examples
    --------
    >>> prove_below(lambda at: at["x"] * (1 - at["x"]), 0.26, {"x": (0.0, 1.0)}, "x (1 - x) < 0.26") < 200
    True
    """
    order, limit = count(), arb(bound)
    waiting: list[tuple[float, int, dict[str, tuple[float, float]]]] = [(0.0, next(order), dict(box))]
    parts = 0
    with tracked(f"bounding: {text}", most) as advance:
        while waiting:
            _, _, part = heapq.heappop(waiting)
            parts += 1
            advance(1)
            value = function({name: interval(*ends) for name, ends in part.items()})
            if value is None or value < limit:
                continue
            middle = {name: (low + high) / 2 for name, (low, high) in part.items()}
            there = function({name: arb(at) for name, at in middle.items()})
            if there is not None and there >= limit:
                raise ClaimFailed(f"{text}: it is {there.str(6)} at {middle}")
            if parts > most:
                raise ClaimFailed(f"{text}: not decided after {most} parts; the largest left is {part}")
            for half in _halves(part, box):
                heapq.heappush(waiting, (-_width(half, box), next(order), half))
    report(Step("proved", f"{text}: by interval branch and bound in {parts} parts"))
    return parts


def _halves(part: dict[str, tuple[float, float]], box: Box) -> list[dict[str, tuple[float, float]]]:
    """The two halves across the edge that is longest, as a share of the box's."""
    name = max(part, key=lambda name: (part[name][1] - part[name][0]) / max(box[name][1] - box[name][0], 1e-300))
    low, high = part[name]
    middle = (low + high) / 2
    return [part | {name: (low, middle)}, part | {name: (middle, high)}]


def _width(part: dict[str, tuple[float, float]], box: Box) -> float:
    return max((high - low) / max(box[name][1] - box[name][0], 1e-300) for name, (low, high) in part.items())


def root_between(function: Callable[[Any], Any], low: Any, high: Any, text: str, *, width: float = 1e-9) -> Any:
    """A ball in which a continuous function rises through zero, by bisection; its signs at both ends are decided.

    Raises
    ------
    ClaimFailed
        A sign is not decided, or is another one.

    Examples
    --------
    >>> root_between(lambda x: x * x - 2, 1, 2, "the square root of 2").contains(arb(2).sqrt())
    True
    """
    low, high = arb(low), arb(high)
    if not (function(low) < 0 and function(high) > 0):
        raise ClaimFailed(f"{text} is not between {low.str(6)} and {high.str(6)}")
    while not high - low < width:
        middle = ((low + high) / 2).mid()
        value = function(middle)
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            break
    report(Step("proved", f"{text} lies between {low.str(6)} and {high.str(6)}: the signs there are enclosed"))
    return interval(low, high)
