"""Cost of a move, and memory, from a thousand to ten million points: published trust region."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from benchmarks.timing import processor_seconds

MOVES = 50
SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
MEASURED_MEMORY = 10**6


def points(size):
    rng = np.random.default_rng(1)
    ranges = {"mu0": (2, 40), "H": (0, 1), "delta0": (0.01, 2)}
    return {name: xr.DataArray(rng.uniform(*ends, size), dims="point") for name, ends in ranges.items()}


def nanoseconds(size, engine):
    at = points(size)
    run = partial(dm.simulate, moves=MOVES, keep="final", engine=engine, progress=False, **at)
    return processor_seconds(run, 2 if size > 10**6 else 5) / size / MOVES * 1e9


@pytest.mark.measured
def test_cost_of_a_move(benchmark, engine):
    nanoseconds(SIZES[0], engine)  # compiles
    costs = {size: round(nanoseconds(size, engine), 2) for size in SIZES}
    benchmark.extra_info["ns a move by points"] = costs
    benchmark.pedantic(nanoseconds, args=(10**5, engine), rounds=1)
    print(engine, costs)


@pytest.mark.measured
def test_memory(benchmark):
    """What a sweep needs beyond its inputs and results."""
    at = points(MEASURED_MEMORY)
    dm.simulate(moves=2, keep="final", **points(10))
    tracemalloc.start()
    ds = dm.simulate(moves=10, keep="final", progress=False, **at)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    benchmark.extra_info["MiB beyond inputs and results"] = round((peak - held) / 2**20, 1)
    benchmark.pedantic(lambda: None, rounds=1)
    assert ds.sizes["point"] == MEASURED_MEMORY
