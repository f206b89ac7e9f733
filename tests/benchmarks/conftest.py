"""What the benchmarks share."""

import os

import pytest


@pytest.fixture(scope="module")
def one_thread():
    """Bind this process, and the threads that it starts, to one processor."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("threads cannot be bound to a processor here")
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    yield
    os.sched_setaffinity(0, allowed)
