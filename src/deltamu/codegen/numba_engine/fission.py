"""A long loop as several short ones: the processor then works on more lanes at a time."""

import re

from deltamu.codegen.numba_engine.layout import LANES
from deltamu.codegen.numba_engine.lower import Lines

__all__ = ["fission"]

SHORT = 15  # lines that make a loop
LONG = 60  # a loop of fewer lines stays whole: the processor sees enough of it
NAME = re.compile(r"[A-Za-z_]\w*")
SLOT = re.compile(r"v\[\d+ \+ i\]")


def fission(lines: Lines, first_slot: int) -> tuple[list[list[str]], int]:
    """The lines of a loop over the lanes as those of several loops, one after the other.

    What a later loop uses is kept in slots from `first_slot` on; whole numbers cannot be.  What comes from a slot that
    no line writes to is read from there again.

    Parameters
    ----------
    lines : Lines
        In Python.
    first_slot : int

    Returns
    -------
    loops : list of list of str
    slots : int
        How many slots are used: a slot is used again once nothing reads it any more, so that all stay in the cache.
    """
    parts = _parts(lines) if len(lines.text) > LONG else [lines.text]
    kept: dict[str, str] = {}
    if len(parts) > 1:
        written = {_left(line) for line in lines.text}
        home = {_left(line): _right(line) for line in lines.text if SLOT.fullmatch(_right(line))}
        kept = {name: slot for name, slot in home.items() if slot not in written}
        parts = [[line for line in part if _left(line) not in kept] for part in parts]
    free: list[int] = []
    mine: dict[str, int] = {}
    room = 0
    loops = []
    for index, part in enumerate(parts):
        made = {_left(line) for line in part}
        used, later = _names(part) - made, _names(line for other in parts[index + 1 :] for line in other)
        loads = [f"{name} = {kept[name]}" for name in sorted(used & kept.keys())]
        free += [mine.pop(name) for name in sorted(mine.keys() - later)]  # a loop reads its slots before it writes
        stores = []
        for name in sorted(made & later):
            mine[name] = free.pop() if free else room
            room = max(room, mine[name] + 1)
            kept[name] = f"v[{(first_slot + mine[name]) * LANES} + i]"
            stores.append(f"{kept[name]} = {name}")
        loops.append([*loads, *part, *stores])
    return loops, room


def _parts(lines: Lines) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for number, line in enumerate(lines.text):
        before, after = lines.text[:number], lines.text[number:]
        crossing = {_left(earlier) for earlier in before} & _names(after) & lines.whole
        if sum(not re.match(r"\w+ = v\[", here) for here in parts[-1]) >= SHORT and not crossing:
            parts.append([])
        parts[-1].append(line)
    return parts


def _left(line: str) -> str:
    return line.partition(" = ")[0]


def _right(line: str) -> str:
    return line.partition(" = ")[2]


def _names(lines) -> set[str]:
    return {name for line in lines for name in NAME.findall(line)}
