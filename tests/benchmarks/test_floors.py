"""Floors at a million points against one evaluation of the expected improvement at as many."""

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from tests.benchmarks.timing import processor_seconds

POINTS = 1_000_000
LIMIT = 40  # evaluations of the expected improvement


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    drawn = {
        "H": rng.uniform(0, 1, POINTS), "rho": rng.uniform(0, 1, POINTS), "gamma": rng.uniform(0, 0.9, POINTS),
        "K": rng.integers(1, 13, POINTS), "N": rng.integers(0, 9, POINTS), "delta": rng.uniform(0.01, 2, POINTS),
    }  # fmt: skip
    return {name: xr.DataArray(values, dims="point") for name, values in drawn.items()}


@pytest.mark.measured
@pytest.mark.parametrize(("model", "solver"), [("published", "auto"), ("published", "bracketing"), ("gated", "auto")])
def test_floors(benchmark, points, model, solver):
    mu = xr.DataArray(np.random.default_rng(2).uniform(0.1, 40, POINTS), dims="point")
    evaluation = processor_seconds(lambda: dm.evaluate("expected_improvement", model=model, mu=mu, **points))
    floors = processor_seconds(lambda: dm.defect_floor(model=model, solver=solver, **points), repeats=2)
    benchmark.extra_info |= {"points": POINTS, "evaluations": floors / evaluation}
    benchmark.pedantic(dm.defect_floor, kwargs={"model": model, "solver": solver, **points}, rounds=1)
    assert floors < LIMIT * evaluation
