"""The steps of an argument: what was said, shown, refuted or measured, in order, to whoever listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sympy import Eq

from deltamu.claims.typesetting import mathematics, prose

__all__ = ["ClaimFailed", "Step", "listening", "refute", "report", "step", "support"]


class ClaimFailed(AssertionError):
    """A tool of a derivation could not show what it was asked to show."""


@dataclass(frozen=True)
class Step:
    """One step of an argument.

    Attributes
    ----------
    kind : str
        ``"said"`` (assumptions, definitions, what follows), or how it was checked: ``"proved"``, ``"refuted"`` or
        ``"supported"``.
    text : str
        The step in words.
    shown : tuple
        Expressions that belong to it.
    """

    kind: str
    text: str
    shown: tuple[Any, ...] = ()

    def latex(self) -> str:
        """The step as a LaTeX paragraph with its expressions displayed."""
        lines = [prose(self.text), *(rf"\[ {mathematics(item)} \]" for item in self.shown if not isinstance(item, str))]
        return "\n".join(lines)

    def __str__(self) -> str:
        return "\n".join([self.text, *(f"    {_equation(item)}" for item in self.shown)])


def _equation(item: Any) -> str:
    return f"{item.lhs} = {item.rhs}" if isinstance(item, Eq) else str(item)


_LISTENER: ContextVar[Callable[[Step], None] | None] = ContextVar("listener of steps", default=None)


@contextmanager
def listening(listener: Callable[[Step], None]) -> Iterator[None]:
    """Hand every step that is made inside to `listener`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def report(made: Step) -> None:
    """Hand a step to whoever listens."""
    if (listener := _LISTENER.get()) is not None:
        listener(made)


def step(text: str, *shown: Any) -> None:
    """Say what happens next in an argument; it is printed by ``deltamu derive`` and proves nothing.

    Examples
    --------
    >>> with listening(print):
    ...     step("The score is", "Delta + error")
    The score is
        Delta + error
    """
    report(Step("said", text, shown))


def refute(statement: str, holds: bool, **counterexample: Any) -> None:
    """Record a counterexample to a statement.

    Parameters
    ----------
    statement : str
        What is refuted.
    holds : bool
        Whether the statement holds at the counterexample.
    **counterexample
        Where it was looked at, and what was found.

    Raises
    ------
    ClaimFailed
        The statement holds there.

    Examples
    --------
    >>> with listening(print):
    ...     refute("every odd number is prime", False, number=9)
    not true that every odd number is prime: number = 9
    """
    found = ", ".join(f"{name} = {_number(value)}" for name, value in counterexample.items())
    if bool(holds):
        raise ClaimFailed(f"no counterexample: {statement} at {found}")
    report(Step("refuted", f"not true that {statement}: {found}"))


def support(
    statement: str, observed: Any, *, low: float | None = None, high: float | None = None, sample: str, why: str
) -> None:
    """Record numerical evidence.

    Parameters
    ----------
    statement : str
        What was measured.
    observed : number
        What was found.
    low, high : float, optional
        Between which it has to lie, both included.
    sample : str
        On how much it was measured.
    why : str
        Why this sample and this tolerance are enough.

    Raises
    ------
    ClaimFailed
        It lies outside, or is no number.

    Examples
    --------
    >>> with listening(print):
    ...     support("largest error", 0.5e-9, high=1e-8, sample="100 points", why="rounding is 1e-16")
    largest error: 5e-10 <= 1e-08 (100 points; rounding is 1e-16)
    """
    value = float(observed)
    lower, upper = ("" if bound is None else f"{bound:g}" for bound in (low, high))
    bounds = " <= ".join(part for part in (lower, f"{value:.6g}", upper) if part)
    if low is None and high is None:
        raise ClaimFailed(f"{statement}: {value:.6g} is compared with nothing")
    if not (low is None or value >= low) or not (high is None or value <= high):
        raise ClaimFailed(f"{statement}: not {bounds}")
    report(Step("supported", f"{statement}: {bounds} ({sample}; {why})"))


def _number(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_number, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
