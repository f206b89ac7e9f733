"""Random numbers addressed by (block of runs, move): the same for every point, chunk, thread and machine.

Philox is counter-based: the stream of a block and move is reached without drawing those before it.  A run keeps its
numbers when more runs or more moves are asked for.
"""

import numpy as np
from numpy.typing import NDArray

from deltamu.errors import InputError, shown

BLOCK = 4096  # runs that share a stream; part of the definition of a result
_MOVES, _DEFECTS, _TASKS = 0, 1, 2  # the purposes that numbers are drawn for

Key = tuple[int, int]


def key_of(seed: int | np.random.Generator) -> Key:
    """The key of all streams of an ensemble."""
    if isinstance(seed, np.random.Generator):
        first, second = seed.integers(0, 2**63, size=2)
    elif isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0:
        first, second = np.random.SeedSequence(int(seed)).generate_state(2, np.uint64)
    else:
        raise InputError(f"seed = {shown(seed)} is neither a whole number >= 0 nor a numpy Generator")
    return int(first), int(second)


def words_of(key: Key) -> Key:
    """The key of Philox4x32, two words of 32 bits, which compiled runs draw from: by number of run and move."""
    return key[0] & 0xFFFFFFFF, key[0] >> 32


def _stream(key: Key, block: int, move: int, purpose: int) -> np.random.Generator:
    counter = np.array([0, purpose, move, block], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64), counter=counter))


def move_draws(key: Key, block: int, move: int, runs: int) -> dict[str, NDArray[np.float64]]:
    """The draws of one move for the first `runs` runs of a block, by the names of `symbols.DRAWS`."""
    stream = _stream(key, block, move, _MOVES)
    exponential = np.maximum(stream.standard_exponential(BLOCK), np.finfo(float).tiny)
    normal = stream.standard_normal((2, BLOCK))
    drawn = {"draw_score": exponential, "draw_visible": normal[0], "draw_hidden": normal[1]}
    return {name: values[:runs] for name, values in drawn.items()}


def defect_draws(key: Key, block: int, move: int, runs: int) -> NDArray[np.float64]:
    """Uniform draws behind the numbers of visible and hidden defects after one move, shape (2, runs)."""
    return _stream(key, block, move, _DEFECTS).random((2, BLOCK))[:, :runs]


def task_draws(key: Key, block: int, runs: int) -> NDArray[np.float64]:
    """Uniform draws behind the tasks of the first `runs` runs of a block."""
    return _stream(key, block, 0, _TASKS).random(BLOCK)[:runs]
