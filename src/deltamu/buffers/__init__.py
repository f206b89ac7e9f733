"""The default engine: NumPy, its arrays reused."""

from functools import cache

from sympy import Symbol

from deltamu.buffers.generating import generated
from deltamu.buffers.planning import planned_run
from deltamu.buffers.running import BufferedRun
from deltamu.policies import Move

__all__ = ["BufferedRun", "compile_run"]


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...]) -> BufferedRun:
    """Compile a run for this engine; see `deltamu.engines.compile_run`."""
    made = generated(planned_run(move, recorded))
    return BufferedRun(made.source, made.facts)
