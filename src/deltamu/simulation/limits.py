"""Derivatives at the ends of a domain: the limit from inside.

At an end the chain rule may meet 0 · ∞ though the derivative is finite, and a formula may have a value of its own for
that one point.  The derivative just inside, nearer to the end than rounding can tell, is the limit to all digits; two
distances tell a finite limit from an infinite one, and the quantity itself tells a jump.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltamu.codegen.compile import Compiled
from deltamu.model.calculus.derivatives import COUNTED
from deltamu.model.formula import Derived
from deltamu.model.quantities import Quantity

# Distances: from 0, where powers up to the third are still doubles; from another end, in units of its last place.
STEPS = ((1e-80, 64), (1e-90, 4))
# Distances of a count from 0 where these change nothing: it is added to another one, as reviewers' candidates to K.
COUNTS = tuple((units * float(np.spacing(1.0)), units) for _, units in STEPS)


def limit_at_ends(
    formulas: Iterable[Derived], compiled: Compiled, values: Mapping[str, Any], computed: Mapping[str, Any]
) -> dict[str, NDArray[np.float64]]:
    """The values of derivatives that are limits from inside at some points: the ends of the domain of their symbol."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in (*values.values(), *computed.values())))
    by_symbol: dict[Quantity, list[Derived]] = {}
    for formula in formulas:
        if formula.wrt is not None:
            by_symbol.setdefault(formula.wrt, []).append(formula)
    results = {}
    for symbol, alike in by_symbol.items():
        if symbol not in compiled.program.inputs:
            continue
        at = np.broadcast_to(values[symbol.name], shape)
        low, high = float(symbol.domain.start), float(symbol.domain.end)
        here = (at == low) | (at == high)
        if not here.any():
            continue
        inputs = {name: _chosen(value, here) for name, value in values.items()}
        at_low = at[here] == low
        pairs = [
            [compiled(inputs | {symbol.name: np.where(at_low, low + _step(low, *step), high - _step(high, *step))})
             for step in steps]
            for steps in ((STEPS, COUNTS) if symbol in COUNTED and low == 0 else (STEPS,))
        ]  # fmt: skip
        for formula in alike:
            result = np.array(np.broadcast_to(computed[formula.name], shape), dtype=np.float64)
            name, of = formula.name, formula.of.name
            value = _chosen(computed[of], here)
            found = result[here]
            unmoved = np.ones(found.shape, dtype=bool)
            for near, nearer in pairs:
                with np.errstate(all="ignore"):
                    limit = _limit(result[here], near[name], nearer[name])
                    jump = _jump(value, near[of], nearer[of]) * np.where(at_low, 1.0, -1.0)
                found = np.where(unmoved, np.where(jump == 0, limit, jump), found)
                unmoved = unmoved & (near[name] == nearer[name]) & (near[of] == value)
            result[here] = found
            results[name] = result
    for formula in (formula for alike in by_symbol.values() for formula in alike):
        result = np.broadcast_to(results.get(formula.name, computed[formula.name]), shape)
        if (undefined := np.isnan(result)).any():
            results[formula.name] = np.array(result, dtype=np.float64)
            results[formula.name][undefined] = _from_inside(formula, compiled, values, undefined)
    return results


def _from_inside(
    formula: Derived, compiled: Compiled, values: Mapping[str, Any], here: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The limit of a derivative as all inputs that are at an end of their domain approach it from inside."""
    inputs = {name: _chosen(value, here) for name, value in values.items()}
    near, nearer = (
        compiled(inputs | {symbol.name: _inside(symbol, inputs[symbol.name], step) for symbol in compiled.program.inputs
                           if isinstance(symbol, Quantity) and not symbol.whole})[formula.name]
        for step in STEPS
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return _limit(np.full(here.sum(), np.nan), near, nearer)


def _inside(symbol: Quantity, at: Any, step: tuple[float, int]) -> Any:
    low, high = float(symbol.domain.start), float(symbol.domain.end)
    if np.isfinite(low):
        at = np.where(at == low, low + _step(low, *step), at)
    return np.where(at == high, high - _step(high, *step), at) if np.isfinite(high) else at


def _step(end: float, from_zero: float, units: int) -> float:
    return from_zero if end == 0 else units * float(np.spacing(abs(end)))


def _chosen(value: Any, here: NDArray[np.bool_]) -> Any:
    return np.broadcast_to(value, here.shape)[here]


def _limit(at: Any, near: Any, nearer: Any) -> Any:
    """The limit of a derivative from its value at the end and at two points inside, the second much nearer."""
    limit = np.where(np.abs(nearer) <= np.abs(near) / 2, 0.0, nearer)
    agrees = np.abs(at - limit) <= 1e-6 * np.maximum(np.abs(at), np.abs(limit))
    limit = np.where(agrees, at, limit)
    grows = (np.abs(nearer) > 1.3 * np.abs(near)) & (nearer != 0)
    return np.where(grows, np.copysign(np.inf, nearer), limit)


def _jump(at: Any, near: Any, nearer: Any) -> Any:
    """±inf where a quantity jumps from its value at the end to those inside, 0 where it is continuous."""
    far, step = np.abs(near - at), np.abs(nearer - at)
    jumps = (step > far / 2) & (step > 1e-9 * np.maximum(np.abs(at), np.abs(nearer)))
    return np.where(jumps, np.copysign(np.inf, nearer - at), 0.0)
