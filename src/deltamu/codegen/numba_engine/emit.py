"""A layout as Python for numba: one function a loop, and the run that calls them.

A long loop becomes several short ones: the processor then works on more lanes at a time.
"""

import re
from collections.abc import Iterable, Sequence

from deltamu.codegen.numba_engine.layout import LANES, MOVES_MADE, WAITING, Layout, Loop
from deltamu.codegen.numba_engine.lower import Lines
from deltamu.codegen.passes.lean import TARGET_REACHED

# nothing is contracted: which products LLVM fuses depends on what is compiled together, and with it the last bits
OPTIONS = 'error_model="numpy", nogil=True, cache=CACHE'
SHORT = 15  # lines that make a loop
LONG = 60  # a loop of fewer lines stays whole: the processor sees enough of it
NAME = re.compile(r"[^\W\d]\w*")
SLOT = re.compile(r"_v\[\d+ \+ _i\]")
LOOK = 16  # moves between looks whether all runs of a block are at rest
HEAD = f'''"""A run of {{title}}, generated: {LANES} runs at a time, each loop over them straight-line."""

from math import inf, sqrt

import numpy as np
from numba import njit

from deltamu.codegen.numba_engine.intrinsics import select, straight
'''
RUN = """
@njit({options})
def run(v, uniform, place, columns, size, first, last, moves, every, records, strides, out):
    for start in range(first, last, {lanes}):
        count = min({lanes}, size - start)
        for k in range({inputs}):
            for i in range({lanes}):
                v[k * {lanes} + i] = uniform[k] if place[k] < 0 else columns[place[k], min(start + i, size - 1)]
        before(v)
        begin(v)
        t = 0
        while t < moves:
            recording = every or t == moves - 1
            looking = t % {look} == {look} - 1
            if recording or looking:
                for i in range({state} * {lanes}):
                    v[{before} * {lanes} + i] = v[{now} * {lanes} + i]
            if recording:
                observe(v, np.float64(t))
            step(v, np.float64(t))
            if recording:
                report(v, np.float64(t))
                for n in range({recorded}):
                    row = (t if every else 0) * strides[n] + start
                    for i in range(count):
                        records[n][row + i] = v[{record_slots}[n] * {lanes} + i]
            elif looking and {skips}:
                resting = True
                for i in range({state} * {lanes}):
                    resting &= v[{before} * {lanes} + i] == v[{now} * {lanes} + i]
                if resting:
                    t = moves - 2
            t += 1
        for n in range({outputs}):
            for i in range(count):
                out[n, start + i] = v[{output_slots}[n] * {lanes} + i]
"""


def python_source(plan: Layout, title: str) -> tuple[str, int]:
    """The source of a module that defines ``run``, and how many slots this needs; its loader defines ``CACHE``.

    Parameters
    ----------
    plan : Layout
    title : str
        What is run.
    """
    names = (plan.before, plan.begin, plan.observe, plan.step, plan.report)
    loops, room = zip(*(function_of(plan, loop) for loop in names), strict=True)
    slots, outputs = plan.slots, output_slots(plan)
    run = RUN.format(
        options=OPTIONS, lanes=LANES, inputs=len(plan.inputs), look=LOOK,
        state=len(plan.state),
        before=slots[f"{plan.state[0]} before"], now=slots[plan.state[0]], recorded=len(plan.records),
        record_slots=(*(slots[slot] for slot in plan.records.values()), 0), skips=not plan.timed,
        outputs=len(outputs), output_slots=tuple(outputs.values()),
    )  # fmt: skip
    return "\n".join([HEAD.format(title=title), *loops, run]), len(slots) + max(room)


def output_slots(plan: Layout) -> dict[str, int]:
    """The rows of a run's result and their slots."""
    names = [*(f"{s} before" for s in plan.state), *plan.state, WAITING, MOVES_MADE]
    names += [f"{s} crossing" for s in (*plan.state, "mu_next")]
    return {name: plan.slots[name] for name in names}


def function_of(plan: Layout, loop: Loop) -> tuple[str, int]:
    """A function that goes over the lanes, and how many slots of its own it needs."""
    lines = Lines()
    body_of(plan, loop, lines)
    parts, room = split_loop(lines, len(plan.slots)) if loop is plan.step else ([lines.text], 0)
    return function(loop.name, "_v" if loop.name in ("before", "begin") else "_v, t", parts), room


def function(name: str, arguments: str, parts: Sequence[list[str]]) -> str:
    """A function with a loop over the lanes for each list of lines."""
    text = ["", "@straight", f"def {name}({arguments}):"]
    for part in parts or [[]]:
        text += [f"    for _i in range({LANES}):", *(f"        {line}" for line in part)] if part else ["    pass"]
    return "\n".join([*text, ""])


def slot_at(slot: int) -> str:
    """A slot of the lane."""
    return f"_v[{slot * LANES} + _i]"


def body_of(plan: Layout, loop: Loop, lines: Lines) -> None:
    """Write the lines inside a loop over the lanes; ``_v`` holds the slots, ``_i`` is the lane."""

    def at(slot: str) -> str:
        return slot_at(plan.slots[slot])

    for name, slot in loop.reads.items():
        lines.name(name, at(slot))
    for formula in loop.formulas:
        lines.formula(formula)
    for name, slot in loop.writes.items():
        lines.set(at(slot), lines.local(name))
    arrived = f"({lines.local(TARGET_REACHED.name)} == 1.0)"
    if loop.name == "begin":
        lines.set(at(WAITING), lines.select(arrived, "0.0", "1.0"))
        lines.set(at(MOVES_MADE), "0.0")
        for s in plan.state:
            lines.set(at(f"{s} crossing"), lines.local(f"{s} start"))
        lines.set(at("mu_next crossing"), lines.local("mu start"))
    if loop.name == "step":
        still = lines.let(at(WAITING))
        for name in (*plan.state, "mu_next"):
            kept = lines.let(at(f"{name} crossing"))
            lines.set(at(f"{name} crossing"), lines.select(f"({still} == 1.0)", lines.local(name), kept))
        lines.set(at(MOVES_MADE), f"{at(MOVES_MADE)} + {still}")
        lines.set(at(WAITING), lines.select(arrived, "0.0", still))


def split_loop(lines: Lines, first_slot: int) -> tuple[list[list[str]], int]:
    """The lines of a loop over the lanes as those of several loops, one after the other.

    What a later loop uses is kept in slots from `first_slot` on; whole numbers cannot be.  What comes from a slot that
    no line writes to is read from there again.

    Parameters
    ----------
    lines : Lines
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
            kept[name] = slot_at(first_slot + mine[name])
            stores.append(f"{kept[name]} = {name}")
        loops.append([*loads, *part, *stores])
    return loops, room


def _parts(lines: Lines) -> list[list[str]]:
    last = {name: number for number, line in enumerate(lines.text) for name in _names([line]) & lines.wholes}
    parts: list[list[str]] = [[]]
    together = -1  # the last line that reads a whole number which was made before
    for number, line in enumerate(lines.text):
        if together < number and sum(not re.match(r"\w+ = _v\[", here) for here in parts[-1]) >= SHORT:
            parts.append([])
        parts[-1].append(line)
        together = max(together, last.get(_left(line), -1))
    return parts


def _left(line: str) -> str:
    return line.partition(" = ")[0]


def _right(line: str) -> str:
    return line.partition(" = ")[2]


def _names(lines: Iterable[str]) -> set[str]:
    return {name for line in lines for name in NAME.findall(line)}
