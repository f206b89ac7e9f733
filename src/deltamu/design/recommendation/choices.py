"""What an engineer may choose: controls on their sliders, whole ones to be enumerated, the others to be optimised."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import POLICIES, Policy, find_policy, one_move
from deltamu.model.quantities import Quantity
from deltamu.model.settings import Settings, scalar

CHOICES: Mapping[str, Quantity] = {
    symbol.name: symbol
    for symbol in sym.CONTROLS
    if symbol.slider is not None and symbol not in (sym.mu0, sym.overreach)
}  # fmt: skip
"""Controls that `recommend` may set, by name: all with a slider, but not how hard the problem is."""

FREE = ("K", "N", "K_r", "delta0", "decay", "delta_max")
"""What `recommend` sets if it is not told: the team and the radius, as far as the policy reads them."""

POINTS = 40_000  # of the coarse grid: as many steps of each slider as this leaves room for
LEAST_LEVELS = 3  # of each slider on the coarse grid
MOST_POINTS = 4_000_000  # of the coarse grid: more are refused

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Space:
    """The settings that are possible under one policy.

    Attributes
    ----------
    settings : Settings
        What does not move, with the policy and the model.
    model : Model
    whole, smooth : tuple of Quantity
        Free controls that are enumerated, and those that are optimised.
    teams : array (teams, whole)
        Every combination of the former.
    low, high : array (smooth,)
        Ends of the latter.
    levels : tuple of array
        Their places on the coarse grid.
    """

    settings: Settings
    model: Model
    whole: tuple[Quantity, ...]
    smooth: tuple[Quantity, ...]
    teams: Array
    low: Array
    high: Array
    levels: tuple[Array, ...]

    @property
    def free(self) -> tuple[Quantity, ...]:
        """All free controls, in the order of the columns of a point."""
        return (*self.whole, *self.smooth)

    def grid(self) -> Array:
        """The coarse grid (points, free), every team at every place that the constraints among controls allow."""
        places = combinations(self.levels)
        points = np.hstack([np.repeat(self.teams, len(places), axis=0), np.tile(places, (len(self.teams), 1))])
        return points[self.allowed(points)]

    def allowed(self, points: Array) -> NDArray[np.bool_]:
        """Which points satisfy the constraints among controls."""
        fine = np.ones(len(points), dtype=bool)
        for low, high in self.pairs():
            fine &= points[:, self.free.index(low)] <= points[:, self.free.index(high)]
        return fine

    def pairs(self) -> Iterator[tuple[Quantity, Quantity]]:
        """Free controls of which the first must not be above the second."""
        for low, high in (constraint.args for constraint in sym.CONSTRAINTS):
            if low in self.smooth and high in self.smooth:
                yield low, high

    def values(self, points: Array) -> dict[str, Any]:
        """All controls at some points, by name."""
        held = {name: np.float64(value) for name, value in self.settings.items()}
        return held | {symbol.name: points[:, i] for i, symbol in enumerate(self.free)}

    def at(self, point: Array) -> Settings:
        """The settings of one point."""
        values: dict[str, Any] = {s.name: _plain(value, s) for s, value in zip(self.free, point, strict=True)}
        return self.settings.replace(**values)


def _plain(value: float, symbol: Quantity) -> float:
    return int(value) if _is_whole(symbol) else float(value)


def _is_whole(symbol: Quantity) -> bool:
    """Whether a slider has only whole places: it is enumerated."""
    return all(float(fact).is_integer() for fact in symbol.slider)


def combinations(places: Sequence[Any]) -> Array:
    """Every combination of places, one a row; a row without columns if there are none."""
    return np.array(list(itertools.product(*places)), dtype=float).reshape(math.prod(map(len, places)), len(places))


def choices_of(starts: Iterable[Settings]) -> dict[str, Quantity]:
    """What may be set in some settings: `CHOICES`, and a user's own controls that have a slider."""
    built_in = {symbol.name for symbol in sym.PARAMETERS}
    own = {name: control for one in starts for name, control in one.vocabulary().items() if name not in built_in}
    return {**CHOICES, **{name: control for name, control in own.items() if control.slider is not None}}


def free_controls(
    free: Iterable[str] | None, fixed: Iterable[str], later: bool, choices: Iterable[str] = CHOICES
) -> tuple[str, ...]:
    """Names of what may move, ``policy`` among them.

    Examples
    --------
    >>> free_controls(None, ["K_r"], True)
    ('K', 'N', 'delta0', 'decay', 'delta_max', 'target')
    """
    known = (*choices, "policy")
    names = (*FREE, *(("target",) if later else ())) if free is None else _names(free)
    held = _names(fixed)
    for name in (*names, *held):
        if name not in known:
            if name in {symbol.name for symbol in sym.PARAMETERS}:
                raise InputError(f"{name} is nothing to choose: free may be {', '.join(known)}")
            raise unknown("choice", name, known)
    left = tuple(name for name in dict.fromkeys(names) if name not in held)
    if not left:
        raise InputError(f"nothing is free: {', '.join(held) or 'no control'} is fixed and no other control given")
    return left


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(map(str, names))


def policies_of(policy: Any, settings: Settings, free: Sequence[str]) -> list[Policy]:
    """The policies to choose from."""
    if policy is None:
        return list(POLICIES.values()) if "policy" in free else [settings.policy]
    chosen = list(policy) if isinstance(policy, list | tuple) else [policy]
    if not chosen:
        raise InputError("a sequence of policies needs at least one")
    return [find_policy(one) for one in chosen]


def prices_of(
    costs: Mapping[str, float] | None, choices: Iterable[str] = CHOICES
) -> tuple[dict[str, float], dict[str, float]]:
    """Weights of model calls, which are controls, and prices of a unit of other controls, from `costs`.

    Examples
    --------
    >>> prices_of({"w_review": 0.1, "H": 300})
    ({'w_review': 0.1}, {'H': 300.0})
    """
    weights: dict[str, float] = {}
    prices: dict[str, float] = {}
    for name, value in (costs or {}).items():
        if name in ("w_generate", "w_review"):
            weights[name] = scalar(name, value)
        elif name in choices:
            price = float(scalar(f"price of {name}", value))
            if not (price >= 0 and math.isfinite(price)):
                raise InputError(f"price of {name} = {shown(value)} is not a number >= 0")
            prices[name] = price
        else:
            raise unknown("cost", name, ("w_generate", "w_review", *choices))
    return weights, prices


def space(settings: Settings, model: Model, free: Sequence[str], points: int = POINTS) -> Space:
    """What is possible with some settings if these controls are free, on a coarse grid of about so many points.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> places = space(Settings("vibe"), PUBLISHED, ["K", "N", "K_r", "delta0"])
    >>> len(places.teams), len(places.levels[0]), places.low.tolist(), places.high.tolist()
    (216, 185, [0.01], [2.0])
    """
    read = one_move(settings.policy, model).controls | {sym.target} | model.free_symbols
    known = choices_of([settings.replace(model=model)])
    chosen = [known[name] for name in free if name in known and known[name] in read]
    whole = tuple(symbol for symbol in chosen if _is_whole(symbol))
    smooth = tuple(symbol for symbol in chosen if symbol not in whole)
    teams = combinations([_places(symbol, settings, math.inf) for symbol in whole])
    ends = [_ends(symbol, smooth, settings) for symbol in smooth]
    most = max(LEAST_LEVELS, int((points / len(teams)) ** (1 / max(len(smooth), 1))))
    levels = tuple(_places(s, settings, most, *end) for s, end in zip(smooth, ends, strict=True))
    if (number := len(teams) * math.prod(map(len, levels))) > MOST_POINTS:
        raise InputError(f"{', '.join(map(str, chosen))} have {number} combinations, more than {MOST_POINTS}: fix some")
    low, high = (np.array([end[i] for end in ends], dtype=float) for i in (0, 1))
    return Space(settings.replace(model=model), model, whole, smooth, teams, low, high, levels)


def _ends(symbol: Quantity, smooth: Sequence[Quantity], settings: Settings) -> tuple[float, float]:
    """The slider's ends, as far as the controls that do not move allow."""
    low, high = float(symbol.slider[0]), float(symbol.slider[1])
    if symbol == sym.target:  # a later stop, never an earlier one
        return settings[symbol], max(high, settings[symbol])
    for below, above in (constraint.args for constraint in sym.CONSTRAINTS):
        if symbol == below and above not in smooth:
            high = min(high, settings[above])
        if symbol == above and below not in smooth:
            low = max(low, settings[below])
    if low > high:
        raise InputError(f"{symbol} has no place left between {low:g} and {high:g}: fix it or free the other")
    return low, high


def _places(symbol: Quantity, settings: Settings, most: float, low: float = -math.inf, high: float = math.inf) -> Array:
    """Places of a slider between two ends, at most so many of them, and the present value."""
    start, end, step = symbol.slider
    places = start + step * np.arange(round((end - start) / step) + 1)
    places = places[(places > low) & (places < high)] if low > start or high < end else places
    places = np.concatenate([[low], places, [high]]) if symbol == sym.target or low > start or high < end else places
    places = np.unique(np.round(places, 12))
    if places.size > most:
        places = places[np.unique(np.linspace(0, places.size - 1, int(most)).round().astype(int))]
    present = float(settings[symbol])
    inside = places[0] <= present <= places[-1] and (not _is_whole(symbol) or present.is_integer())
    return np.unique([*places, present]) if inside else places
