"""Rates of change along the parameters of what a tangent is made of: sources, and states at the start."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from deltamu.codegen.compile import compile_program
from deltamu.codegen.protocol import taken
from deltamu.sensitivity.linearised import Linearised, start_of

Rates = dict[int, Any]
"""Rates by the index of the parameter, floats or arrays over the runs; those that are left out are 0."""


def rates_of_starts(line: Linearised, controls: Mapping[str, Any], wrt: Sequence[Symbol]) -> dict[str, Rates]:
    """Tangents of the states at the start, by the name of the state."""
    values = dict(controls) | compile_program(line.starts)(controls)
    place = {symbol: i for i, symbol in enumerate(wrt)}
    return {
        state.name: {
            place[by]: known(rate, values) for by, rate in line.rates.get(start_of(state), {}).items() if by in place
        }
        for state in line.move.state
    }


def rates_of_sources(
    line: Linearised, values: Mapping[str, Any], wrt: Sequence[Symbol], resting: Mapping[str, Rates]
) -> dict[str, Rates]:
    """Rates of all sources, by name."""
    values = {**values, **compile_program(line.coefficients)(values)}
    place = {symbol: i for i, symbol in enumerate(wrt)}
    found: dict[str, Rates] = {}
    for source in line.sources:
        rates = dict(resting.get(source.name, {}))
        for by, rate in line.rates.get(source, {}).items():
            along = resting.get(by.name, {place[by]: 1.0} if by in place else {})
            for i, change in along.items():
                part = times(known(rate, values), change, guarded=True)
                rates[i] = rates[i] + part if i in rates else part
        found[source.name] = rates
    return found


def combined(columns: Mapping[str, Any], rates: Mapping[str, Rates], points: Any, infinite: Container[str]) -> Rates:
    """The tangent that columns and the rates of their sources make at some points."""
    found: Rates = {}
    for name, column in columns.items():
        for i, rate in rates[name].items():
            part = times(column, taken(rate, points), guarded=name in infinite)
            found[i] = found[i] + part if i in found else part
    return found


def known(expr: Expr | float, values: Mapping[str, Any]) -> Any:
    """A number as a float, or the value of a symbol."""
    return values[expr.name] if isinstance(expr, Symbol) else float(expr)


def times(one: Any, other: Any, *, guarded: bool) -> Any:
    """A product; if `guarded`, 0 where one of the two is 0 and the other infinite."""
    if isinstance(other, float) and other == 1.0:
        return one
    if isinstance(one, float) and one == 1.0:
        return other
    product = one * other
    if guarded and not np.isfinite(product).all():
        return np.where((np.asarray(one) == 0) | (np.asarray(other) == 0), 0.0, product)
    return product
