"""Sampling a stochastic move: candidate by candidate, directly in NumPy, and compiled, in one run on one thread.

Costs are processor time for one move of one run: of single moves from one state, and of whole runs.
"""

import pytest

import deltamu as dm
from benchmarks.timing import processor_seconds
from deltamu import symbols as sym
from deltamu.simulation.ensemble import compiled_blocks as compiled
from deltamu.simulation.ensemble import sample_moves
from deltamu.simulation.ensemble.blocks import RECORDED
from deltamu.simulation.sweeps import resolved

numba = pytest.importorskip("numba", reason="numba is not installed")
pytestmark = pytest.mark.usefixtures("one_thread")
STATE = {"mu": 5.0, "delta": 0.3}
SINGLE = 400_000
RUNS, MOVES = 32_768, 150
SETTINGS = pytest.mark.parametrize("settings", [dm.Settings(), "principal-tr"], ids=["defaults", "principal-tr"])


def nanoseconds(call, count, repeats=4):
    """Processor time of one of `count` moves, the best of several calls."""
    return processor_seconds(call, repeats) / count * 1e9


def single(settings, runs=SINGLE, **options):
    return lambda: sample_moves(settings, **STATE, runs=runs, seed=1, **options)


def whole(settings, runs, engine):
    """An ensemble's summary of whole runs."""
    return lambda: dm.ensemble(settings, runs=runs, moves=MOVES, seed=1, reduce="summary", engine=engine)


def bare(settings):
    """Whole runs of which nothing is kept but when they reached their target."""
    found, sweep = resolved(dm.settings.find_settings(settings), None, dm.GATED, {})
    made = compiled.sampler("numba", found.policy, dm.GATED, (sym.mu, *found.policy.state, *RECORDED, sym.mu_next))
    return lambda: made.runs((), sweep.scalars, 1, range(RUNS), MOVES, (1, 2))


@pytest.mark.measured
@SETTINGS
def test_against_the_literal_sampler(benchmark, settings):
    """Every candidate (K') and every review of the literal sampler, in NumPy; three draws a move of the direct one."""
    literal = nanoseconds(single(settings, SINGLE // 8, sampler="literal", candidates="all"), SINGLE // 8)
    costs = {
        "direct, NumPy": nanoseconds(single(settings), SINGLE),
        "direct, numba": nanoseconds(single(settings, 4 * SINGLE, engine="numba"), 4 * SINGLE),
        "summary of runs, NumPy": nanoseconds(whole(settings, RUNS // 8, "numpy"), RUNS // 8 * MOVES, 2),
        "summary of runs, numba": nanoseconds(whole(settings, RUNS, "numba"), RUNS * MOVES),
        "runs, numba": nanoseconds(bare(settings), RUNS * MOVES),
    }
    benchmark.extra_info |= {"literal, NumPy, ns a move": round(literal, 1)}
    benchmark.extra_info |= {f"{name}, ns a move": round(cost, 1) for name, cost in costs.items()}
    benchmark.pedantic(bare(settings), rounds=3)
    print(f"literal {literal:.0f} ns a move;", "; ".join(f"{n} {c:.1f} ({literal / c:.1f})" for n, c in costs.items()))
    assert literal / costs["direct, NumPy"] > 5
    assert literal / costs["direct, numba"] > 15
    assert literal / costs["runs, numba"] > 20
