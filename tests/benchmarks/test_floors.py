"""Floors at a million points against one evaluation of the expected improvement at as many."""

import numpy as np
import pytest
import xarray as xr

import deltamu as dm

POINTS = 1_000_000


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    drawn = {
        "H": rng.uniform(0, 1, POINTS), "rho": rng.uniform(0, 1, POINTS), "gamma": rng.uniform(0, 0.9, POINTS),
        "K": rng.integers(1, 13, POINTS), "N": rng.integers(0, 9, POINTS), "delta": rng.uniform(0.01, 2, POINTS),
    }  # fmt: skip
    return {name: xr.DataArray(values, dims="point") for name, values in drawn.items()}


def test_one_evaluation_of_the_expected_improvement(benchmark, points):
    mu = xr.DataArray(np.random.default_rng(2).uniform(0.1, 40, POINTS), dims="point")
    benchmark.extra_info["points"] = POINTS
    assert benchmark(dm.evaluate, "expected_improvement", mu=mu, **points).sizes == {"point": POINTS}


@pytest.mark.parametrize(("model", "solver"), [("published", "auto"), ("published", "bracketing"), ("gated", "auto")])
def test_floors(benchmark, points, model, solver):
    few = points if solver == "auto" and model == "published" else {n: v[: POINTS // 10] for n, v in points.items()}
    benchmark.extra_info["points"] = few["H"].size
    assert (benchmark.pedantic(dm.defect_floor, kwargs={"model": model, "solver": solver, **few}, rounds=3) >= 0).all()
