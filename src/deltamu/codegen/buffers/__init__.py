"""The default engine: NumPy, its arrays reused.

The formulas of a move, rewritten (`deltamu.codegen.passes`), go through three rooms: `lowering` turns them into elementary
operations and takes out of the loop whatever does not change in it (`planning` says when that is computed),
`operations` finds a place for every result, `generating` writes it all down as NumPy source.  `running` runs it.  The
source is kept between sessions (`deltamu.codegen.caching`).
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from deltamu.codegen.buffers.running import Block, BufferedRun
from deltamu.codegen.caching import content_key, generator, remembered

if TYPE_CHECKING:
    from sympy import Symbol

    from deltamu.model.policies import Move

__all__ = ["Block", "BufferedRun", "compile_run", "generated_run", "identity", "kept_run"]


@cache
def compile_run(move: "Move", recorded: "tuple[Symbol, ...]", like: "Move | None" = None) -> BufferedRun:
    """Compile a run for this engine.

    Parameters
    ----------
    move, recorded
        The move, and what a call may be asked to record: states, controls, left sides of the model.
    like : Move, optional
        A move that is part of `move`: the states that they share get the same bits.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> run = compile_run(one_move(VIBE, PUBLISHED), ())
    >>> print(run.source[run.source.index("    add(mu, b") :].partition("  #")[0])
        add(mu, b, out=x0)
        divide(mu, x0, out=x0)
    """
    moves = [move] if like is None else [move, like]
    return kept_run(tuple(map(identity, moves)), tuple(map(str, recorded)), lambda: generated_run(move, recorded, like))


def kept_run(
    identities: tuple[str, ...], recorded: tuple[str, ...], generate: Callable[[], dict[str, Any]]
) -> BufferedRun:
    """A run, from what was generated for moves of these identities, or is generated now (see `compile_run`)."""
    made = remembered(content_key(["buffers", generator(), *identities, *recorded]), generate)
    return BufferedRun(made["source"], made["facts"])


def generated_run(move: "Move", recorded: "tuple[Symbol, ...]", like: "Move | None" = None) -> dict[str, Any]:
    """What is kept of a run: its source, and the facts to run it."""
    from deltamu.codegen.buffers.generating import generated  # what is kept is run without these
    from deltamu.codegen.buffers.planning import planned_run

    made = generated(planned_run(move, recorded, like))
    return {"source": made.source, "facts": made.facts}


@cache
def identity(move: "Move") -> str:
    """Hash of everything that determines a move."""
    from sympy import srepr

    lines = [f"{formula.name} = {srepr(formula.printed)}" for formula in move.model]
    starts = [f"{state} from {srepr(start)}" for state, start in zip(move.state, move.initial, strict=True)]
    after = [f"{state} then {new}" for state, new in zip(move.state, move.after, strict=True)]
    return content_key([*lines, *starts, *after])
