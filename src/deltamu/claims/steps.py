"""The steps of an argument: what was said, shown, refuted or measured, in order, to whoever listens."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Eq

from deltamu.claims.typesetting import mathematics, prose

DUMMY = re.compile(r"(?<![A-Za-z0-9_])_+(?=[A-Za-z])")  # how SymPy marks the names of symbols that are nobody else's


class ClaimFailed(AssertionError):
    """A tool of a derivation could not show what it was asked to show."""

    def __init__(self, message: str):
        super().__init__(DUMMY.sub("", message))


@dataclass(frozen=True)
class Step:
    """One step of an argument.

    Attributes
    ----------
    kind : str
        ``"said"`` (assumptions, definitions), ``"argued"`` (an inference in words, which no machine checks), or how
        it was checked: ``"proved"``, ``"refuted"`` or ``"supported"``.
    text : str
        The step in words.
    shown : tuple
        Expressions that belong to it.
    relation : tuple
        What was shown, for another engine to look at: ``("=", left, right)``, or ``(">", expression, domain)`` and
        ``(">=", expression, domain)``.
    settings : tuple of pairs
        The counterexample of a refutation.
    """

    kind: str
    text: str
    shown: tuple[Any, ...] = ()
    relation: tuple[Any, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()

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


def argue(text: str, *shown: Any) -> None:
    """Draw a conclusion that no machine checks: it joins lemmas that are checked, and its claim is *argued*.

    Examples
    --------
    >>> with listening(lambda made: print(made.kind, made.text)):
    ...     argue("A continuous image of an interval is an interval.")
    argued A continuous image of an interval is an interval.
    """
    report(Step("argued", text, shown))


def refute(
    statement: str,
    measure: Callable[..., Mapping[str, Any]],
    holds: Callable[..., bool],
    **settings: Any,
) -> dict[str, Any]:
    """Evaluate a counterexample to a statement.

    Parameters
    ----------
    statement : str
        What is refuted.
    measure : callable
        Takes the settings as keywords and returns numbers by name: what anybody finds there.
    holds : callable
        Takes those numbers as keywords and says, True or False, whether the statement holds of them.
    **settings
        The counterexample: where to look.

    Returns
    -------
    dict
        The numbers.

    Raises
    ------
    ClaimFailed
        The statement holds there, or `holds` does not answer with True or False.

    Examples
    --------
    >>> with listening(print):
    ...     _ = refute("every odd number is prime", lambda n: {"rest": n % 3}, lambda rest: rest != 0, n=9)
    not true that every odd number is prime: at n = 9: rest = 0
    """
    found = dict(measure(**settings))
    where, what = _listed(settings), _listed(found)
    at = f"at {where}: {what}" if where else what
    verdict = holds(**found)
    if not isinstance(verdict, bool | np.bool_):
        raise ClaimFailed(f"whether {statement} was answered with {verdict!r}, not with True or False")
    if any(isinstance(value, float) and value != value for value in found.values()):
        raise ClaimFailed(f"no number was found {at}")
    if verdict:
        raise ClaimFailed(f"no counterexample: {statement} {at}")
    report(Step("refuted", f"not true that {statement}: {at}", settings=tuple(settings.items())))
    return found


def support(
    statement: str, observed: Any, *, low: float | None = None, high: float | None = None, sample: str, why: str
) -> float:
    """Record numerical evidence; returns the number.

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
    ...     _ = support("largest error", 0.5e-9, high=1e-8, sample="100 points", why="rounding is 1e-16")
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
    return value


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_number(value)}" for name, value in values.items())


def _number(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_number, value))}]"
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
