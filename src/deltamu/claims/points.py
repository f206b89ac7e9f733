"""Where a statement is tried: points of the whole domain, edges, corners and their neighbourhoods among them."""

import ast
from collections.abc import Iterable

import numpy as np
from sympy import Naturals0

from deltamu.claims.conditions import Conditions
from deltamu.claims.steps import ClaimFailed
from deltamu.claims.values import Values
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.quantities import Quantity

ROUNDS = 60  # of drawing, until enough points satisfy the conditions
LEAST = 0.05  # share of the points that have to be found
SEED = 20
ORDERED = (("A_lo", "A_hi"), ("delta_min", "delta_max"))
COUNTED = ("K", "N", "K_r")  # whole at half of the points


def points(model: Model, given: Conditions, count: int, seed: int = SEED) -> Values:
    """Points of the mathematical domain at which the conditions hold.

    A third lies anywhere, a third at ends of the domain or close to them in some coordinates, a third within the
    sliders' ranges and half to twice the constants.

    Raises
    ------
    ClaimFailed
        The conditions leave hardly any of the domain.
    """
    generator = np.random.default_rng(seed)
    inputs = inputs_of(model)
    found: list[Values] = []
    total = 0
    for _ in range(ROUNDS):
        at = Values(model, drawn(inputs, given, count, generator))
        good = np.broadcast_to(given.holds(at), (count,))
        found.append(at.chosen(good))
        total += int(good.sum())
        if total >= count:
            break
    if total < max(1, LEAST * count):
        raise ClaimFailed(f"only {total} of {ROUNDS * count} points satisfy the conditions {given}")
    columns = {s.name: np.concatenate([part.inputs[s.name] for part in found])[:count] for s in inputs}
    return Values(model, columns)


def inputs_of(model: Model) -> tuple[Quantity, ...]:
    """Everything that a point needs a value of: all parameters, the state, and what a model of a user's own reads."""
    own = sorted(model.free_symbols - {*sym.PARAMETERS, *sym.STATE}, key=str)
    return (*sym.PARAMETERS, sym.mu, sym.delta, *own)


def drawn(
    inputs: Iterable[Quantity], given: Conditions, count: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Values of each input by name, within the bounds that the conditions set to single ones."""
    kind = generator.integers(0, 3, count)
    values = {}
    for symbol in inputs:
        low, high, ends = _interval(symbol, given)
        if low == high:
            values[symbol.name] = np.full(count, low)
            continue
        span = high - low if np.isfinite(high) else max(1.0, abs(low))
        anywhere = low + span * generator.random(count) if np.isfinite(high) else low + 10 ** generator.uniform(
            -3, 1.5, count)  # fmt: skip
        near = generator.choice([*ends, low + 1e-6 * span, *([high - 1e-6 * span] if np.isfinite(high) else [])], count)
        edge = np.where(generator.random(count) < 0.35, near, anywhere)
        column = np.choose(kind, [anywhere, edge, np.clip(_usual(symbol, count, generator), *_inside(low, high, ends))])
        if symbol.name in given.whole or symbol.domain is Naturals0:
            column = np.ceil(column)
        elif symbol.name in COUNTED:
            column = np.where(generator.random(count) < 0.5, np.ceil(column), column)
        values[symbol.name] = column
    for least, most in ORDERED:
        if {least, most} <= values.keys():
            values[least], values[most] = np.sort([values[least], values[most]], axis=0)
    return values


def _usual(symbol: Quantity, count: int, generator: np.random.Generator) -> np.ndarray:
    """Values as they are met: of the slider, or half to twice the default."""
    if symbol.slider:
        low, high, _ = symbol.slider
        return generator.uniform(low, high, count)
    if symbol.default:
        return symbol.default * 2 ** generator.uniform(-1, 1, count)
    return 10 ** generator.uniform(-2, 1.6, count)


def _interval(symbol: Quantity, given: Conditions) -> tuple[float, float, list[float]]:
    """Lowest and highest value, and those of the two that belong to the domain."""
    domain = symbol.domain
    if domain is Naturals0:
        low, high, left_open, right_open = 0.0, np.inf, False, True
    else:
        low, high = float(domain.start), float(domain.end)
        left_open, right_open = bool(domain.left_open), bool(domain.right_open)
    for name, relation, value in filter(None, (part.bound() for part in given.comparisons)):
        if name != symbol.name:
            continue
        if relation in (ast.Gt, ast.GtE, ast.Eq) and value >= low:
            left_open = relation is ast.Gt if value > low else left_open or relation is ast.Gt
            low = value
        if relation in (ast.Lt, ast.LtE, ast.Eq) and value <= high:
            right_open = relation is ast.Lt if value < high else right_open or relation is ast.Lt
            high = value
    if low == -np.inf:
        low = -30.0
    ends = ([] if left_open else [low]) + ([] if right_open or not np.isfinite(high) else [high])
    return low, high, ends


def _inside(low: float, high: float, ends: list[float]) -> tuple[float, float]:
    span = high - low if np.isfinite(high) else 1.0
    return low if low in ends else low + 1e-6 * span, high if high in ends or high == np.inf else high - 1e-6 * span


def resets(at: Values) -> list[dict[str, float]]:
    """What one point has away from the defaults: the defaults themselves, those of an ordered pair together."""
    defaults = _defaults(at)
    moved = {name: value for name, value in defaults.items() if at.inputs[name][0] != value}
    pairs = [{name: defaults[name] for name in pair} for pair in ORDERED if moved.keys() & pair]
    return [*pairs, *({name: value} for name, value in moved.items() if not any(name in pair for pair in pairs))]


def described(at: Values) -> str:
    """One point in words: what differs from the defaults."""
    defaults = _defaults(at)
    return ", ".join(f"{name} = {column[0]:.6g}" for name, column in at.inputs.items()
                     if name not in defaults or column[0] != defaults[name])  # fmt: skip


def _defaults(at: Values) -> dict[str, float]:
    return {symbol.name: float(symbol.default) for symbol in inputs_of(at.model) if symbol.default is not None}
