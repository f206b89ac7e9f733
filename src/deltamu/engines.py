"""Which engine makes the moves."""

from functools import cache
from importlib.util import find_spec

from deltamu import buffers
from deltamu.errors import InputError, unknown
from deltamu.outlines import Outline
from deltamu.runs import CompiledRun

__all__ = ["ENGINES", "compile_run", "find_engine"]

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


@cache
def compile_run(engine: str, move: Outline, recorded: tuple[str, ...]) -> CompiledRun:
    """Compile a run for an engine.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    move : Outline
    recorded : tuple of str
        What a call may be asked to record: states, controls, left sides of the model.
    """
    if engine == "numpy":
        return buffers.kept_run(
            (move.identity,), recorded, lambda: buffers.generated_run(move.move, move.symbols(recorded))
        )
    from deltamu import lanes

    return lanes.compile_run(move.move, move.symbols(recorded))
