"""Tangents along every parameter against plain runs of the same size: 20,000 points x 150 moves, on one core."""

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from benchmarks.timing import processor_seconds

POINTS, MOVES = 20_000, 150
AT_MOST = {False: 6, True: 8}
"""Simulations that the tangents may cost: alone, and with what is said of switches."""


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    ranges = {"mu0": (2, 40), "H": (0, 1), "delta0": (0.01, 2)}
    return {name: xr.DataArray(rng.uniform(*ends, POINTS), dims="point") for name, ends in ranges.items()}


@pytest.mark.measured
@pytest.mark.parametrize("model", ["published", "gated"])
@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
@pytest.mark.parametrize("sides", [False, True], ids=["alone", "with sides"])
def test_all_tangents(benchmark, points, policy, model, sides):
    """The ratio of processor times is reported, and bounded."""
    how = {"policy": policy, "model": model, "moves": MOVES}
    few = {name: values[:100] for name, values in points.items()}
    dm.simulate(**how, keep="final", **few), dm.tangents(**how, keep="outcomes", sides=sides, **few)  # compiles
    plain = processor_seconds(lambda: dm.simulate(**how, keep="final", progress=False, **points))

    def run():
        return dm.tangents(**how, keep="outcomes", sides=sides, progress=False, **points)

    ratio = processor_seconds(run) / plain
    ds = benchmark(run)
    benchmark.extra_info["parameters"] = ds.sizes["wrt"]
    benchmark.extra_info["ratio to a plain simulation"] = round(ratio, 2)
    what = "tangents with sides" if sides else "tangents"
    print(f"{policy}, {model}: {ds.sizes['wrt']} {what} at {ratio:.2f} plain simulations")
    assert ds.sizes["wrt"] > 20
    assert ratio < AT_MOST[sides]
