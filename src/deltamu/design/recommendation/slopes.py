"""Exact derivatives of what a run's stop is judged by, along all its parameters."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol, diff

from deltamu.codegen.compile import Compiled, compile_program
from deltamu.codegen.program import program
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings
from deltamu.sensitivity.propagation import TangentRun

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Slopes:
    """A stop and its derivatives along some parameters.

    Attributes
    ----------
    reached : bool
        Whether the run reaches its target.
    value : dict of str to float
        ``moves``, ``cost`` (with prices), ``false_pass``, and ``pass_probability`` after the last move.
    slope : dict of str to array (wrt,)
    margin : float
        How near the run came to a switch of a formula.
    """

    reached: bool
    value: dict[str, float]
    slope: dict[str, Array]
    margin: float


def slopes(settings: Settings, wrt: tuple[str, ...], moves: int, prices: Any = ()) -> Slopes:
    """Differentiate the stop of one run, linear in the defect mass between two states.

    Examples
    --------
    >>> found = slopes(Settings("vibe", target=0.5, decay=1, model="published"), ("target", "r"), 300)
    >>> round(found.value["false_pass"], 6), found.slope["false_pass"].round(4).tolist()
    (0.159104, [-0.4204, -0.9107])
    """
    model = settings.model or PUBLISHED
    read = _read(model)
    known = settings.vocabulary()
    values: dict[str, Any] = {name: np.float64(value) for name, value in settings.items()}
    by = tuple(known[name] for name in wrt)
    units = np.array([[float(symbol == other) for other in by] for symbol in read]).reshape(len(read), len(by))
    with np.errstate(all="ignore"):
        run = TangentRun(settings.policy, model, values, 1, by, sides=False)
        for t in range(moves):
            for i, symbol in enumerate(read):
                if symbol in settings.policy.state:
                    values[symbol.name], units[i] = run.now(symbol)[0], run.tangent(symbol)[:, 0]
            run.move(t, last=True)
            if run.stopped:
                break
        found = run.outcomes()
    value = {name: float(found[outcome][0][0]) for name, outcome in _OUTCOMES.items() if outcome in found}
    slope = {name: found[outcome][1][:, 0] for name, outcome in _OUTCOMES.items() if outcome in found}
    for name, price in dict(prices).items():
        value["cost"] += price * settings[name]
        slope["cost"] = slope["cost"] + price * np.array([float(other == name) for other in wrt])
    reached = bool(np.isfinite(value["moves"]))
    if reached:
        passed, start = (np.array([float(symbol == other) for other in by]) for symbol in (sym.target, sym.mu0))
        value["false_pass"], slope["false_pass"] = _false_pass(model, values, value["moves"], units, passed, start)
    finite = {name: np.where(np.isfinite(rates), rates, 0.0) for name, rates in slope.items()}
    return Slopes(reached, value, finite, float(run.least_margin[0]))


_OUTCOMES = {
    "moves": "moves_to_target_interpolated", "cost": "cost_to_stop", "pass_probability": "final_pass_probability"
}  # fmt: skip


def _false_pass(
    model: Model, values: dict[str, Any], moves: float, units: Array, passed: Array, start: Array
) -> tuple[float, Array]:
    """The false-pass probability where the pass probability is at target, and its derivatives.

    The mass at the stop depends on the parameters through the target and what the oracle reads only: the slope of the
    pass probability in it says how.
    """
    compiled, read = _oracle(model), _read(model)
    mu = values[sym.mu0.name] if moves == 0 else _stop_mass(model, values)
    at = compiled(values | {sym.mu.name: mu})
    passing = np.array([float(at[f"pass_{symbol}"]) for symbol in read])
    missing = np.array([float(at[f"false_{symbol}"]) for symbol in read])
    rate = start if moves == 0 else (passed - passing @ units) / float(at["pass_mu"])
    return float(at[sym.false_pass_probability.name]), missing @ units + float(at["false_mu"]) * rate


def _stop_mass(model: Model, values: dict[str, Any]) -> float:
    """The largest defect mass at which the oracle passes with the target's probability, by bisection."""
    compiled, target = _oracle(model), values[sym.target.name]
    low, high = 0.0, float(values[sym.mu0.name])
    for _ in range(1100):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        passes = compiled(values | {sym.mu.name: np.float64(middle)})[sym.pass_probability.name] >= target
        low, high = (middle, high) if passes else (low, middle)
    return low


@cache
def _read(model: Model) -> tuple[Symbol, ...]:
    """What the oracle's two probabilities read besides the defect mass."""
    used = model.expand(sym.pass_probability).free_symbols | model.expand(sym.false_pass_probability).free_symbols
    return tuple(sorted(used - {sym.mu}, key=str))


@cache
def _oracle(model: Model) -> Compiled:
    """Both probabilities and their slopes in the defect mass and in what else they read."""
    lines = []
    for word, symbol in (("pass", sym.pass_probability), ("false", sym.false_pass_probability)):
        for by in (sym.mu, *_read(model)):
            left = sym.quantity(f"{word}_{by}", f"{word}_{by}", meaning=f"slope in {by}", domain=sym.REAL)
            lines.append(Formula(left, diff(model.expand(symbol), by)))
    wanted = (sym.pass_probability, sym.false_pass_probability, *(line.symbol for line in lines))
    return compile_program(program("oracle", model.replace(*lines, name=model.name), wanted))
