"""Straight-line programs of elementary operations on arrays, and the registers that hold their results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Choice", "Operation", "Registers", "Statement", "assigned", "defined", "used"]

Operand: TypeAlias = str | float


@dataclass(frozen=True)
class Operation:
    """One ufunc: ``function(*arguments, out=result)``."""

    function: str
    arguments: tuple[Operand, ...]
    result: str
    truth: bool = False
    """Whether the result is an array of booleans."""
    note: str = ""
    """The left side that it completes."""

    @property
    def foremost(self) -> tuple[Operand, ...]:
        """Arguments whose place the result may take."""
        return self.arguments


@dataclass(frozen=True)
class Choice:
    """``result = first`` where a condition holds, ``other`` elsewhere.

    What only `other` needs is computed in `inner`, and left out where the condition holds everywhere.  With `lazy`
    false, `other` is there already, and nothing is done where the condition holds nowhere.
    """

    condition: str
    first: Operand
    other: Operand
    result: str
    inner: tuple["Statement", ...] = ()
    lazy: bool = True
    truth: bool = False
    note: str = ""

    @property
    def foremost(self) -> tuple[Operand, ...]:
        """The argument whose place the result takes: what is usually chosen."""
        return (self.first if self.lazy else self.other,)


Statement: TypeAlias = Operation | Choice


def in_order(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Statements in the order in which they end: those inside a choice before it."""
    for statement in statements:
        if isinstance(statement, Choice):
            yield from in_order(statement.inner)
        yield statement


def defined(statements: Iterable[Statement]) -> Iterator[str]:
    """Names that statements give a value, those inside choices too."""
    return (statement.result for statement in in_order(statements))


def used(statement: Statement) -> Iterator[str]:
    """Names that a statement reads, those inside a choice too."""
    for one in in_order([statement]):
        yield from used_directly(one)


def used_directly(statement: Statement) -> Iterator[str]:
    """Names that a statement itself reads."""
    if isinstance(statement, Choice):
        operands: tuple[Operand, ...] = (statement.condition, statement.first, statement.other)
    else:
        operands = statement.arguments
    return (one for one in operands if isinstance(one, str))


@dataclass
class Registers:
    """Where each result of a program is kept.

    Attributes
    ----------
    place : dict of str to str
        For each name, its register: ``x0``, ``x1``, ... for numbers, ``m0``, ``m1``, ... for booleans, or the array
        that it was assigned.
    numbers, truths : int
        How many registers of either kind there are.
    """

    place: dict[str, str]
    numbers: int = 0
    truths: int = 0
    _free: dict[bool, list[str]] = field(default_factory=lambda: {False: [], True: []})

    def take(self, truth: bool) -> str:
        """A register that is free."""
        if self._free[truth]:
            return self._free[truth].pop()
        if truth:
            self.truths += 1
            return f"m{self.truths - 1}"
        self.numbers += 1
        return f"x{self.numbers - 1}"

    def give_back(self, register: str, truth: bool) -> None:
        """Let a register be used again."""
        self._free[truth].append(register)


def assigned(statements: Sequence[Statement], fixed: Mapping[str, str]) -> Registers:
    """Registers for a program, reused as soon as what they hold is not needed any more.

    Parameters
    ----------
    statements : sequence of Operation and Choice
        Each name has one value.
    fixed : mapping of str to str
        Results that have an array of their own, which is used for nothing else: the outputs.

    Examples
    --------
    >>> sums = [Operation("add", ("a", "b"), "s"), Operation("sqrt", ("s",), "t"), Operation("add", ("t", "a"), "u")]
    >>> assigned(sums, {"u": "out"}).place
    {'u': 'out', 's': 'x0', 't': 'x0'}
    """
    truths = {statement.result: statement.truth for statement in in_order(statements)}
    last = {one: step for step, statement in enumerate(in_order(statements)) for one in used_directly(statement)}
    fixed = dict(fixed)
    for statement in reversed(statements):  # what an output is chosen from is written there at once
        if isinstance(statement, Choice) and statement.result in fixed:
            (usual,) = statement.foremost
            if usual in truths and usual not in fixed and _uses(statements, usual) == 1:
                fixed[str(usual)] = fixed[statement.result]
    registers = Registers(dict(fixed))
    place = registers.place
    for step, statement in enumerate(in_order(statements)):
        reads = [one for one in dict.fromkeys(used_directly(statement)) if one in truths and one not in fixed]
        ending = [one for one in reads if last[one] == step]
        if statement.result not in fixed:
            same = [one for one in statement.foremost if one in ending and truths[one] == statement.truth]
            if same:
                place[statement.result] = place[same[0]]
                ending.remove(same[0])
            else:
                place[statement.result] = registers.take(statement.truth)
        for one in ending:
            registers.give_back(place[one], truths[one])
        if statement.result not in last and statement.result not in fixed:
            registers.give_back(place[statement.result], statement.truth)
    return registers


def _uses(statements: Iterable[Statement], name: Operand) -> int:
    """How many statements read a name, those inside choices included."""
    return sum(list(used(statement)).count(str(name)) for statement in statements)
