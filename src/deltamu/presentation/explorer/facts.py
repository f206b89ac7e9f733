"""What the page knows of the model as plain data: symbols, policies, presets, scenarios, keys and dependencies."""

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from deltamu import __version__
from deltamu.design.recommendation.choices import CHOICES
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import VIBE, Policy, vocabulary
from deltamu.model.quantities import LARGEST, Quantity
from deltamu.model.settings import ARTICLE_KEYS, ARTICLE_PRESET_KEYS, DEFAULT_POLICY, SCENARIOS
from deltamu.presentation.explorer.presets import starts
from deltamu.presentation.explorer.programs import Engine, engine
from deltamu.presentation.explorer.story import story_facts
from deltamu.simulation.simulate import STALL, simulate

CANDIDATES = (1, 2, 4, 6, 8)
REVIEWERS = (0, 1, 2, 3, 4)
CORRELATIONS = (0.0, 0.3, 0.6, 0.9)
LOOK_AHEAD = 20_000  # moves after which it is no longer waited for a target
CELLS = 21  # of the false-pass map, along each side


@dataclass(frozen=True)
class Contents:
    """What the page offers.

    Attributes
    ----------
    models : tuple of Model
    policies : tuple of Policy
    """

    models: tuple[Model, ...]
    policies: tuple[Policy, ...]

    def __post_init__(self) -> None:
        for kind, things in (("model", self.models), ("policy", self.policies)):
            names = [thing.name for thing in things]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise InputError(f"two of the page's {kind} names are the same: {', '.join(twice)}")

    @cached_property
    def engines(self) -> tuple[Engine, ...]:
        """Every policy in every model."""
        return tuple(engine(policy, model) for model in self.models for policy in self.policies)

    @cached_property
    def parameters(self) -> tuple[Quantity, ...]:
        """The built-in parameters, then those that models and policies bring along."""
        known: dict[str, Quantity] = {}
        for one in self.engines:
            known |= vocabulary(one.move.policy, self._model(one))
        for symbol in known.values():
            if symbol.default is None:
                raise InputError(f"control {symbol} has no default, which the explorer starts from")
        built_in = {symbol.name: symbol for symbol in sym.PARAMETERS}
        return tuple((built_in | known).values())

    def _model(self, one: Engine) -> Model:
        return next(model for model in self.models if model.name == one.move.model.name)


def moves_of_a_run() -> int:
    """Moves of a run, as `simulate` has them."""
    return int(inspect.signature(simulate).parameters["moves"].default)


def engine_facts(contents: Contents, slots: Mapping[str, int]) -> dict[str, Any]:
    """What the loop over moves needs, in the page and in its worker."""
    return {
        "size": len(slots),
        "slots": dict(slots),
        "moves": moves_of_a_run(),
        "stall": STALL,
        "constraints": [[low.name, high.name] for low, high in (constraint.args for constraint in sym.CONSTRAINTS)],
        "parameters": [parameter(symbol) for symbol in contents.parameters],
        "engines": {f"{one.move.policy.name} {one.move.model.name}": one.facts(slots) for one in contents.engines},
    }


def page_facts(contents: Contents) -> dict[str, Any]:
    """What the controls and plots need besides."""
    return {
        "models": [model.name for model in contents.models],
        "policies": [policy.name for policy in contents.policies],
        "start": {"policy": VIBE.name, "model": contents.models[0].name},
        "unsaid": {"policy": DEFAULT_POLICY.name, "model": contents.models[0].name},
        "long": LOOK_AHEAD,
        "version": __version__,
        "articleKeys": dict(ARTICLE_KEYS),
        "presetKeys": dict(ARTICLE_PRESET_KEYS),
        "largest": LARGEST,
        "presets": {
            name: {"title": start.title, "policy": start.settings.policy.name, "values": dict(start.settings.given)}
            for name, start in starts().items()
        },
        "scenarios": {name: dict(values) for name, values in SCENARIOS.items()},
        "story": story_facts(),
        "grids": {
            "candidates": list(CANDIDATES),
            "reviewers": list(REVIEWERS),
            "counts": list(range(int(sym.N.slider[1]) + 1)),
            "correlations": list(CORRELATIONS),
            "resolutions": _even(0.3, 1.0),
            "priors": _even(0.1, 0.9),
        },
    }


def parameter(symbol: Quantity) -> dict[str, Any]:
    """A parameter's default, domain and slider, and whether it is for choosing: not what the task is, nor how hard."""
    low, high = (0.0, math.inf) if symbol.whole else (float(symbol.domain.start), float(symbol.domain.end))
    return {
        "name": symbol.name,
        "default": symbol.default,
        "low": low,
        "high": high if math.isfinite(high) else None,
        "lowOpen": not symbol.whole and bool(symbol.domain.left_open),
        "highOpen": not symbol.whole and bool(symbol.domain.right_open),
        "whole": symbol.whole,
        "allowed": symbol.allowed,
        "free": symbol != sym.target and (symbol.name in CHOICES or symbol not in sym.PARAMETERS),
        "slider": None if symbol.slider is None else list(symbol.slider),
    }


def _even(low: float, high: float) -> list[float]:
    return [round(low + (high - low) * i / (CELLS - 1), 12) for i in range(CELLS)]
