"""Fits to logs against the times that they are to take, one after the other on one processor."""

import numpy as np
import pytest

import deltamu as dm
from deltamu.calibration.compiled import CompiledLaw, compiled_law
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.samples import samples
from deltamu.calibration.public import evalperf, repair_logs
from deltamu.calibration.tables import plain_table
from tests.benchmarks.timing import processor_seconds

ROUNDS = 200  # evaluations at a time: one alone is too short for the clock
SLACK = 1.5  # of the targets, for slower processors


@pytest.fixture(scope="module")
def log():
    return repair_logs()["mbpp/gpt-3.5-turbo-0613"]


@pytest.fixture(scope="module")
def evaluations():
    """34 models, 118 tasks, 100 or 50 programs each, by their number."""
    tables = {}
    for name, (n, right) in evalperf().items():
        tables.setdefault(n, []).append((name, np.bincount(right, minlength=n + 1)))
    return [plain_table([counts for _, counts in rows], samples(n).labels, [name for name, _ in rows])
            for n, rows in tables.items()]  # fmt: skip


@pytest.mark.measured
def test_one_evaluation_of_cells_and_gradient(benchmark):
    law = compiled_law(repair(9))
    values = {p.name: p.inverse(np.array([0.3])) for p in repair(9).parameters}

    def evaluate():
        for _ in range(ROUNDS):
            law(values)

    seconds = processor_seconds(evaluate, repeats=9) / ROUNDS
    benchmark.extra_info |= {"microseconds": 1e6 * seconds}
    benchmark.pedantic(evaluate, rounds=1)
    assert seconds < SLACK * 60e-6


@pytest.mark.measured
def test_a_law_is_compiled(benchmark):
    seconds = processor_seconds(lambda: CompiledLaw(repair.__wrapped__(9)))
    benchmark.extra_info |= {"seconds": seconds}
    benchmark.pedantic(lambda: CompiledLaw(repair.__wrapped__(9)), rounds=1)
    assert seconds < SLACK * 1.5


@pytest.mark.measured
@pytest.mark.parametrize(
    ("options", "target"), [({"intervals": 0}, 0.1), ({}, 0.3), ({"bootstrap": 200, "seed": 1}, 10)]
)
def test_a_fit(benchmark, log, options, target):
    seconds = processor_seconds(lambda: dm.fit(log, **options))
    benchmark.extra_info |= {"seconds": seconds}
    benchmark.pedantic(dm.fit, args=(log,), kwargs=options, rounds=1)
    assert seconds < SLACK * target


@pytest.mark.measured
def test_samples_of_many_models(benchmark, evaluations):
    def fit():
        return [dm.fit(table, "samples", share=()) for table in evaluations]

    seconds = processor_seconds(fit, repeats=2)
    benchmark.extra_info |= {"seconds": seconds}
    benchmark.pedantic(fit, rounds=1)
    assert seconds < SLACK * 2
