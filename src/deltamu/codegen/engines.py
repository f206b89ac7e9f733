"""Which engines there are: a line in this table is all that the rest of the package knows of one."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sympy import Symbol

from deltamu.codegen.protocol import CompiledRun, SteppedRun
from deltamu.errors import InputError, unknown
from deltamu.model.policies import Move


@dataclass(frozen=True)
class Engine:
    """What makes the moves.

    Attributes
    ----------
    module : str
        It defines ``compile_run(move, recorded)``, and ``compile_sampler`` if it can make random moves as well.
    needs : str
        The package that it needs besides deltamu's own requirements, and the extra that brings it; or nothing.
    extra : str
    samples : bool
        Whether it makes random moves.
    """

    module: str
    needs: str = ""
    extra: str = ""
    samples: bool = False

    def load(self) -> Any:
        """Its module."""
        return import_module(self.module)


DEFAULT = "numpy"
ENGINES = MappingProxyType({
    DEFAULT: Engine("deltamu.codegen.numpy_engine"),
    "numba": Engine("deltamu.codegen.numba_engine", needs="numba", extra="fast", samples=True),
    "jax": Engine("deltamu.codegen.jax_engine", needs="jax", extra="jax"),
})  # fmt: skip


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
    deltamu.errors.InputError: unknown engine 'fortran': allowed are numpy, numba, jax, auto
    """
    if not isinstance(name, str) or name not in (*ENGINES, "auto"):
        raise unknown("engine", str(name), (*ENGINES, "auto"))
    if name == "auto":
        return DEFAULT
    engine = ENGINES[name]
    if engine.needs and find_spec(engine.needs) is None:
        extra = f"pip install 'deltamu[{engine.extra}]'"
        raise InputError(f"engine = {name!r} needs {engine.needs}, which is not installed: {extra}")
    return name


def sampling_engines() -> list[str]:
    """The engines that make random moves; the default one does so move by move."""
    return [name for name, engine in ENGINES.items() if name == DEFAULT or engine.samples]


def code_folder() -> Path | None:
    """Where engines keep compiled code between sessions; None if nowhere."""
    return import_module("deltamu.codegen.numba_engine.store").cache_folder()


def compile_sampler(engine: str, *args: Any) -> Any:
    """Compile a random move for an engine that `samples`; see its ``compile_sampler``."""
    return ENGINES[engine].load().compile_sampler(*args)


def compile_run(engine: str, move: Move, recorded: tuple[Symbol, ...]) -> CompiledRun:
    """Compile a run for an engine.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    move : Move
    recorded : tuple of Symbol
        What a call may be asked to record: states, controls, left sides of the model.
    """
    return ENGINES[engine].load().compile_run(move, recorded)


def compile_steps(move: Move, recorded: tuple[Symbol, ...], *, lean: bool = True) -> SteppedRun:
    """Compile a run that can be made move by move, for the default engine.

    Parameters
    ----------
    move, recorded
        See `compile_run`.
    lean : bool
        Whether the move is rewritten first; one whose formulas are lean already is not.
    """
    return ENGINES[DEFAULT].load().compile_run(move, recorded, lean=lean)
