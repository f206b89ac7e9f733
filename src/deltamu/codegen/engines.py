"""Which engine makes the moves."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from deltamu.codegen import buffers
from deltamu.codegen.outlines import Outline
from deltamu.codegen.protocol import CompiledRun
from deltamu.errors import InputError, unknown

if TYPE_CHECKING:
    from sympy import Symbol

    from deltamu.model.policies import Move

__all__ = ["ENGINES", "compile_run", "find_engine", "outlined_run"]

ENGINES = ("numpy", "numba")


def find_engine(name: str) -> str:
    """The engine that a name asks for; ``"auto"`` is NumPy, whatever is installed, so that results never change.

    Raises
    ------
    InputError
        There is no such engine, or it is not installed.

    Examples
    --------
    >>> find_engine("auto")
    'numpy'
    >>> find_engine("fortran")
    Traceback (most recent call last):
    deltamu.errors.InputError: unknown engine 'fortran': allowed are numpy, numba, auto
    """
    if not isinstance(name, str) or name not in (*ENGINES, "auto"):
        raise unknown("engine", str(name), (*ENGINES, "auto"))
    if name == "numba" and find_spec("numba") is None:
        raise InputError("engine = 'numba' needs numba, which is not installed: pip install 'deltamu[fast]'")
    return "numpy" if name == "auto" else name


def compile_run(engine: str, move: "Move", recorded: "tuple[Symbol, ...]") -> CompiledRun:
    """Compile a run for an engine.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    move : Move
    recorded : tuple of Symbol
        What a call may be asked to record: states, controls, left sides of the model.
    """
    room = import_module({"numpy": "deltamu.codegen.buffers", "numba": "deltamu.codegen.numba_engine"}[engine])
    return room.compile_run(move, recorded)


@cache
def outlined_run(engine: str, move: Outline, recorded: tuple[str, ...]) -> CompiledRun:
    """The same from an outline and names, with what was generated for it in an earlier session if there is any."""
    if engine == "numpy":
        return buffers.kept_run(
            (move.identity,), recorded, lambda: buffers.generated_run(move.move, move.symbols(recorded))
        )
    return compile_run(engine, move.move, move.symbols(recorded))
