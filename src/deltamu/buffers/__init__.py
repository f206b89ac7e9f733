"""The default engine: NumPy, its arrays reused.

The formulas of a move go through four rooms: `rewriting` finds forms of them that cost less, `lowering` turns these
into elementary operations and takes out of the loop whatever does not change in it (`planning` says when that is
computed), `operations` finds a place for every result, `generating` writes it all down as NumPy source.  `running` runs
it.  The source is kept between sessions (`deltamu.caching`).
"""

from functools import cache

from sympy import Symbol, srepr

from deltamu.buffers.running import BufferedRun
from deltamu.caching import content_key, generator, remembered
from deltamu.policies import Move

__all__ = ["BufferedRun", "compile_run", "described_move"]


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...]) -> BufferedRun:
    """Compile a run for this engine; see `deltamu.engines.compile_run`.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> run = compile_run(one_move(VIBE, PUBLISHED), ())
    >>> print(run.source[run.source.index("    add(mu, b") :].partition("# common_0")[0])
        add(mu, b, out=x0)
        divide(mu, x0, out=x0)
    """
    made = remembered(
        content_key(["buffers", generator(), described_move(move), *map(str, recorded)]),
        lambda: _generated(move, recorded),
    )
    return BufferedRun(made["source"], made["facts"])


def _generated(move: Move, recorded: tuple[Symbol, ...]) -> dict:
    from deltamu.buffers.generating import generated  # what is kept is run without these
    from deltamu.buffers.planning import planned_run

    made = generated(planned_run(move, recorded))
    return {"source": made.source, "facts": made.facts}


def described_move(move: Move) -> str:
    """Everything that determines a move, as text."""
    lines = [f"{formula.name} = {srepr(formula.printed)}" for formula in move.model]
    starts = [f"{state} from {srepr(start)}" for state, start in zip(move.state, move.initial, strict=True)]
    after = [f"{state} then {new}" for state, new in zip(move.state, move.after, strict=True)]
    return "\n".join([*lines, *starts, *after])
