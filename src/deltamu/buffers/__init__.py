"""The default engine: NumPy, its arrays reused.

The formulas of a move, rewritten (`deltamu.rewriting`), go through three rooms: `lowering` turns them into elementary
operations and takes out of the loop whatever does not change in it (`planning` says when that is computed),
`operations` finds a place for every result, `generating` writes it all down as NumPy source.  `running` runs it.  The
source is kept between sessions (`deltamu.caching`).
"""

from functools import cache

from sympy import Symbol, srepr

from deltamu.buffers.running import Block, BufferedRun
from deltamu.caching import content_key, generator, remembered
from deltamu.policies import Move

__all__ = ["Block", "BufferedRun", "compile_run", "described_move"]

GENERATORS = ("buffers", "compiling", "formulas", "policies", "printing", "programs", "rewriting", "special", "symbols")


@cache
def compile_run(move: Move, recorded: tuple[Symbol, ...], like: Move | None = None) -> BufferedRun:
    """Compile a run for this engine.

    Parameters
    ----------
    move, recorded
        See `deltamu.engines.compile_run`.
    like : Move, optional
        A move that is part of `move`: the states that they share get the same bits.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> run = compile_run(one_move(VIBE, PUBLISHED), ())
    >>> print(run.source[run.source.index("    add(mu, b") :].partition("# shared1")[0])
        add(mu, b, out=x0)
        divide(mu, x0, out=x0)
    """
    moves = [move] if like is None else [move, like]
    made = remembered(
        content_key(["buffers", generator(*GENERATORS), *map(described_move, moves), *map(str, recorded)]),
        lambda: _generated(move, recorded, like),
    )
    return BufferedRun(made["source"], made["facts"])


def _generated(move: Move, recorded: tuple[Symbol, ...], like: Move | None) -> dict:
    from deltamu.buffers.generating import generated  # what is kept is run without these
    from deltamu.buffers.planning import planned_run

    made = generated(planned_run(move, recorded, like))
    return {"source": made.source, "facts": made.facts}


def described_move(move: Move) -> str:
    """Everything that determines a move, as text."""
    lines = [f"{formula.name} = {srepr(formula.printed)}" for formula in move.model]
    starts = [f"{state} from {srepr(start)}" for state, start in zip(move.state, move.initial, strict=True)]
    after = [f"{state} then {new}" for state, new in zip(move.state, move.after, strict=True)]
    return "\n".join([*lines, *starts, *after])
