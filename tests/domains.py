"""Random values from the whole domain of a symbol, its ends often among them."""

import numpy as np
import sympy

AT_AN_END = 0.08  # share of the values


def drawn(symbol, rng, size, counts=60):
    """Values of a symbol; whole ones are below `counts`."""
    domain = symbol.domain
    if domain is sympy.Naturals0:
        return rng.integers(0, counts, size).astype(float)
    low, high = float(domain.start), float(domain.end)
    inside = rng.uniform(low, high, size) if np.isfinite(high) else low + 10 ** rng.uniform(-3, 1.5, size)
    ends = [e for e, is_open in ((low, domain.left_open), (high, domain.right_open)) if not is_open and np.isfinite(e)]
    at_end = rng.random(size) < AT_AN_END
    return np.where(at_end, rng.choice(ends, size), inside) if ends else inside


def everywhere(symbols, rng, size, counts=60):
    """Values of several symbols by name, pairs that have an order in order."""
    values = {s.name: drawn(s, rng, size, counts) for s in sorted(symbols, key=str)}
    for low, high in (("A_lo", "A_hi"), ("delta_min", "delta_max")):
        if {low, high} <= values.keys():
            values[low], values[high] = np.sort([values[low], values[high]], axis=0)
    return values
