"""Kernels of the special functions against scipy.special.ndtri, 100,000 elements each."""

import numpy as np
import pytest
from scipy.special import ndtri

from deltamu.model.special import numpy_kernels as kernels

SIZE = 100_000


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(1)


def test_ndtri(benchmark, rng):
    assert np.isfinite(benchmark(ndtri, rng.uniform(0, 1, SIZE))).all()


@pytest.mark.parametrize("name", [name for name in kernels.__all__ if "max" in name])
def test_order_statistics(benchmark, rng, name):
    assert np.isfinite(benchmark(getattr(kernels, name), np.exp(rng.uniform(0, np.log(1000), SIZE)))).all()


@pytest.mark.parametrize("name", ["normal_cdf", "normal_pdf", "expected_positive_part"])
def test_normal(benchmark, rng, name):
    assert np.isfinite(benchmark(getattr(kernels, name), rng.normal(0, 3, SIZE))).all()
