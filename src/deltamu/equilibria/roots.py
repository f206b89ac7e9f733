"""Sign changes of a function of one variable at many points at once."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

Array: TypeAlias = NDArray[np.float64]
Curve: TypeAlias = Callable[[Array, NDArray[np.intp]], Array]

CHUNK = 16384  # values computed in one call: the temporaries stay in the cache
TOLERANCE = 4 * np.finfo(float).eps
LEAST = 1e-300


def bracketed(curve: Curve, low: Array, high: Array) -> Array:
    """The place in each bracket where a function changes its sign; a plateau at 0 counts as negative.

    Examples
    --------
    >>> target = np.array([2.0, 9.0])
    >>> bracketed(lambda x, i: x**2 - target[i], np.zeros(2), np.full(2, 9.0)).round(12).tolist()
    [1.414213562373, 3.0]
    """

    def signed(x: Array, index: NDArray[np.intp]) -> Array:
        found = curve(x, index)
        return np.where(found > 0, found, np.minimum(found, -LEAST))  # a zero would end the search on a plateau

    tolerances = {"xatol": TOLERANCE, "xrtol": TOLERANCE}
    return find_root(signed, (low, high), args=(np.arange(low.size),), tolerances=tolerances).x if low.size else low


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
    found = bracketed(lambda x, i: curve(x, point[i]), grid[node, point], grid[node + 1, point])
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
