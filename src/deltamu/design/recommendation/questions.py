"""What is asked: an objective and limits, and which of two settings answers it better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.design.recommendation.choices import Space
from deltamu.design.recommendation.stops import Stops, stops
from deltamu.design.recommendation.tasks import stops_of_tasks
from deltamu.errors import InputError, shown
from deltamu.model.quantities import is_number
from deltamu.simulation.population import Population

OBJECTIVES: Mapping[str, tuple[str, str]] = {
    "moves": ("moves to the target, linear in mu between states", "moves"),
    "cost": ("model calls until the target, and what the settings cost", "model calls"),
    "false_pass": ("probability of a hidden defect at the stop", "1"),
}
"""What `recommend` can minimise, with long names and units."""

STAGES = ("target", "max_false_pass", "budget")
"""Limits in the order in which they are to be met; what meets all has a stage beyond the last."""

DIGITS = 12  # that count when two answers are compared: more are rounding

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Points of a space, where their runs stop, and how well they answer.

    Attributes
    ----------
    points : array (points, free)
    stops : Stops
    total : array
        Cost until the stop with the prices of the settings.
    stage : array of int
        Index of the first limit that is not met; `len(STAGES)` where all are.
    quantity : array
        What is to be small: the objective where all limits are met, else what the first unmet one limits.
    """

    points: Array
    stops: Stops
    total: Array
    stage: NDArray[np.int64]
    quantity: Array

    def __getitem__(self, index: Any) -> "Judged":
        return Judged(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def joined(cls, parts: Sequence["Judged"]) -> "Judged":
        """All points of several."""
        fields = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in cls.__dataclass_fields__ if name != "stops"
        }  # fmt: skip
        return cls(**fields, stops=Stops.joined([part.stops for part in parts]))

    def keys(self) -> tuple[Any, ...]:
        """Sort keys, the most important last: of what is equal to rounding the cheaper one wins, then the faster."""
        return self.stops.moves, _rounded(self.total), _rounded(self.quantity), -self.stage

    def order(self) -> NDArray[np.int64]:
        """Indices from the best point to the worst."""
        return np.lexsort(self.keys())

    def better(self, other: "Judged") -> NDArray[np.bool_]:
        """Where a point is better than the other's with the same index."""
        less, equal = np.zeros(len(self), dtype=bool), np.ones(len(self), dtype=bool)
        for mine, theirs in zip(reversed(self.keys()), reversed(other.keys()), strict=True):
            less |= equal & (mine < theirs)
            equal &= mine == theirs
        return less


def _rounded(values: Array) -> Array:
    """Values to so many digits as count."""
    with np.errstate(all="ignore"):
        size = 10.0 ** (np.floor(np.log10(np.abs(values))) - (DIGITS - 1))
        rounded = np.round(values / size) * size
    return np.where(np.isfinite(rounded), rounded, values)


@dataclass(frozen=True)
class Question:
    """What is minimised, and subject to what.

    Attributes
    ----------
    minimize : {"moves", "cost", "false_pass"}
    budget, max_false_pass : float
        Most total cost, and largest false-pass probability at the stop; inf where there is no limit.
    moves : int
        Most moves.
    prices : mapping of str to float
        Model calls that a unit of a control costs, once.
    tasks : Population, optional
        Tasks whose mass differs: outcomes are then means over them.
    """

    minimize: str = "moves"
    budget: float = np.inf
    max_false_pass: float = np.inf
    moves: int = 150
    prices: Mapping[str, float] = field(default_factory=dict)
    tasks: Population | None = None

    def __post_init__(self) -> None:
        if self.minimize not in OBJECTIVES:
            raise InputError(f"minimize = {shown(self.minimize)} is not one of {', '.join(OBJECTIVES)}")
        if not (is_number(self.budget) and self.budget > 0):
            raise InputError(f"budget = {shown(self.budget)} is not a number > 0")
        share = self.max_false_pass
        if not (is_number(share) and (0 < share < 1 or share == np.inf)):
            raise InputError(f"max_false_pass = {shown(self.max_false_pass)} is outside (0, 1)")

    def limit(self, stage: int) -> float:
        """The limit of a stage after the first."""
        return (np.inf, self.max_false_pass, self.budget)[stage]

    def limited(self, stage: int) -> str:
        """What the limit of a stage holds down."""
        return ("pass_probability", "false_pass", "cost")[stage]

    def minimized(self, stage: int) -> str:
        """What is minimised where all limits before this stage are met: what it limits, or at last the objective."""
        return self.minimize if stage == len(STAGES) else self.limited(stage)

    def objective(self, found: Stops, total: Array) -> Array:
        """What is minimised, whether limits are met or not."""
        return {"moves": found.moves, "cost": total, "false_pass": found.false_pass}[self.minimize]

    def judged(self, space: Space, points: Array) -> Judged:
        """Follow the runs of some points and judge them."""
        values = space.values(points)
        policy, model = space.settings.policy, space.model
        if self.tasks is None:
            found = stops(policy, model, values, len(points), self.moves)
        else:
            masses, weights = (np.tile(part, (len(points), 1)) for part in self.tasks.nodes())
            found = stops_of_tasks(policy, model, values, masses, weights, self.moves)
        return self.judge(points, values, found)

    def judge(self, points: Array, values: Mapping[str, Any], found: Stops) -> Judged:
        """Judge points by where their runs stop."""
        total = found.cost + sum(price * values[name] for name, price in self.prices.items())
        reached = np.isfinite(found.moves)
        clean = found.false_pass <= self.max_false_pass
        stage = np.where(reached, np.where(clean, np.where(total <= self.budget, 3, 2), 1), 0)
        objective = self.objective(found, total)
        quantity = np.choose(stage, [-found.pass_probability, found.false_pass, total, objective])
        return Judged(points, found, np.broadcast_to(total, len(points)), stage, quantity)
