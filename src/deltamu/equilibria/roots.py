"""Sign changes of a function of one variable at many points at once."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Curve: TypeAlias = Callable[[Array, NDArray[np.intp]], Array]

MOST_STEPS = 200
CHUNK = 16384  # values computed in one call: the temporaries stay in the cache
TOLERANCE = 4 * np.finfo(float).eps


def bracketed(curve: Curve, low: Array, high: Array, f_low: Array, f_high: Array) -> Array:
    """The place in each bracket where a function changes its sign, by Chandrupatla's method.

    Inverse quadratic interpolation where three points of the function allow it, bisection elsewhere; points that have
    converged are left alone.

    References
    ----------
    Chandrupatla, T. R. (1997), A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives. Advances in Engineering Software 28, 145-149.

    Examples
    --------
    >>> target = np.array([2.0, 9.0])
    >>> root = bracketed(lambda x, i: x**2 - target[i], np.zeros(2), np.full(2, 9.0), -target, 81 - target)
    >>> root.round(12).tolist()
    [1.414213562373, 3.0]
    """
    result = np.empty_like(low)
    index = np.arange(low.size)
    a, b, fa, fb = high, low, f_high, f_low
    c, fc, share = b, fb, np.full(low.size, 0.5)
    for _ in range(MOST_STEPS):
        x = a + share * (b - a)
        fx = curve(x, index)
        same = (fx > 0) == (fa > 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where((fa == 0) | ((np.abs(fb) < np.abs(fa)) & (fb != 0)), b, a)  # the end that is not on a plateau
        least = TOLERANCE * np.maximum(1.0, np.abs(best)) / np.abs(b - a)
        done = least > 0.5
        result[index[done]] = best[done]
        if done.all():
            return result
        keep = ~done
        index, least = index[keep], least[keep]
        a, b, c, fa, fb, fc = a[keep], b[keep], c[keep], fa[keep], fb[keep], fc[keep]
        with np.errstate(all="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            share = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            trusted = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi) & np.isfinite(share)
        share = np.clip(np.where(trusted, share, 0.5), least, 1 - least)
    result[index] = (a + b) / 2
    return result


def narrowed(curve: Curve, nodes: Array, ends: Array) -> tuple[Array, Array]:
    """Neighbouring nodes between which a function changes its sign, by halving; for functions that do so at most once.

    Examples
    --------
    >>> target = np.array([0.5, 6.5, 99.0])
    >>> narrowed(lambda x, i: x - target[i], np.arange(9.0), np.stack([-target, 8 - target]))[0].tolist()
    [[0.0, 6.0, 0.0], [1.0, 7.0, 8.0]]
    """
    values = ends.copy()
    place = np.tile([[0], [len(nodes) - 1]], ends.shape[1])
    index = np.flatnonzero((ends[0] > 0) != (ends[1] > 0))
    while (index := index[np.diff(place[:, index], axis=0)[0] > 1]).size:
        middle = place[:, index].sum(axis=0) // 2
        found = curve(nodes[middle], index)
        side = np.where((found > 0) == (values[0, index] > 0), 0, 1)
        place[side, index], values[side, index] = middle, found
    return nodes[place], values


def sign_changes(
    curve: Curve, nodes: Array, size: int, *, most: int | None = None, values: Array | None = None
) -> tuple[Array, Array]:
    """All places between nodes where a function changes its sign, found on the nodes and refined.

    Examples
    --------
    >>> places, direction = sign_changes(lambda x, i: x**2 - 1, np.linspace(-3, 3, 6), 1)
    >>> places.round(12).tolist(), direction.tolist()
    ([[-1.0, 1.0]], [[-1.0, 1.0]])
    """
    everywhere = np.arange(size)
    grid = np.broadcast_to(nodes.reshape(len(nodes), -1), (len(nodes), size))
    known = values
    values = np.empty(grid.shape) if known is None else known
    rows = max(1, CHUNK // max(size, 1))  # few points: many nodes in one call
    for start in range(0, len(grid) if known is None else 0, rows):
        chunk = grid[start : start + rows]
        values[start : start + rows] = curve(chunk.reshape(-1), np.tile(everywhere, len(chunk))).reshape(chunk.shape)
    positive = values > 0
    node, point = np.nonzero(positive[1:] != positive[:-1])
    order = np.lexsort((node, point))
    node, point = node[order], point[order]
    found = bracketed(
        lambda x, i: curve(x, point[i]), grid[node, point], grid[node + 1, point], values[node, point],
        values[node + 1, point],
    )  # fmt: skip
    counts = np.bincount(point, minlength=size)
    rank = np.arange(point.size) - np.repeat(np.cumsum(counts) - counts, counts)
    places = np.full((size, counts.max(initial=0)), np.nan)
    direction = np.zeros_like(places)
    places[point, rank] = found
    direction[point, rank] = np.where(positive[node + 1, point], 1.0, -1.0)
    if most is not None and places.shape[1] > most:
        last = np.maximum(counts[:, None] - most, 0) + np.arange(most)
        last = np.minimum(last, places.shape[1] - 1)
        places, direction = np.take_along_axis(places, last, 1), np.take_along_axis(direction, last, 1)
    return places, direction
