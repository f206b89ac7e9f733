"""A layout as Python for numba: one function a loop, and the run that calls them."""

from collections.abc import Sequence

from deltamu.codegen.numba_engine.dialects import PYTHON
from deltamu.codegen.numba_engine.fission import fission
from deltamu.codegen.numba_engine.layout import LANES, MOVES_MADE, WAITING, Layout, Loop
from deltamu.codegen.numba_engine.lower import Lines

__all__ = ["HEAD", "OPTIONS", "function", "function_of", "output_slots", "python_source"]

# nothing is contracted: which products LLVM fuses depends on what is compiled together, and with it the last bits
OPTIONS = 'error_model="numpy", nogil=True, cache=CACHE'
LOOK = 16  # moves between looks whether all runs of a block are at rest
HEAD = f'''"""A run of {{title}}, generated: {LANES} runs at a time, each loop over them straight-line."""

from math import inf, sqrt

import numpy as np
from numba import njit

from deltamu.codegen.numba_engine.intrinsics import select
'''
RUN = """
@njit({options})
def run(uniform, place, columns, size, first, last, moves, every, records, strides, out):
    room = np.empty({slots} * {lanes} + 8)
    ahead = (64 - room.ctypes.data % 64) % 64 // 8  # vectors that straddle two cache lines take twice as long
    v = room[ahead : ahead + {slots} * {lanes}]
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


def python_source(plan: Layout, title: str) -> str:
    """The source of a module that defines ``run``; ``CACHE`` is to be defined by whoever loads it.

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
        options=OPTIONS, slots=len(slots) + max(room), lanes=LANES, inputs=len(plan.inputs), look=LOOK,
        state=len(plan.state),
        before=slots[f"{plan.state[0]}_before"], now=slots[plan.state[0]], recorded=len(plan.records),
        record_slots=(*(slots[slot] for slot in plan.records.values()), 0), skips=not plan.timed,
        outputs=len(outputs), output_slots=tuple(outputs.values()),
    )  # fmt: skip
    return "\n".join([HEAD.format(title=title), *loops, run])


def output_slots(plan: Layout) -> dict[str, int]:
    """The rows of a run's result and their slots."""
    names = [*(f"{s}_before" for s in plan.state), *plan.state, WAITING, MOVES_MADE]
    names += [f"{s}_crossing" for s in (*plan.state, "mu_next")]
    return {name: plan.slots[name] for name in names}


def function_of(plan: Layout, loop: Loop) -> tuple[str, int]:
    """A function that goes over the lanes, and how many slots of its own it needs."""
    arguments = "v" if loop.name in ("before", "begin") else "v, t"
    lines = Lines(PYTHON)
    body_of(plan, loop, lines)
    parts, room = fission(lines, len(plan.slots)) if loop is plan.step else ([lines.text], 0)
    return function(loop.name, arguments, parts), room


def function(name: str, arguments: str, parts: Sequence[list[str]]) -> str:
    """A function with a loop over the lanes for each list of lines."""
    text = ["", f"@njit({OPTIONS})", f"def {name}({arguments}):"]
    for part in parts or [[]]:
        text += [f"    for i in range({LANES}):", *(f"        {line}" for line in part)] if part else ["    pass"]
    return "\n".join([*text, ""])


def body_of(plan: Layout, loop: Loop, lines: Lines) -> list[str]:
    """The lines inside a loop over the lanes, in the dialect of `lines`; ``v`` holds the slots."""

    def at(slot: str) -> str:
        return f"v[{plan.slots[slot] * LANES} + i]"

    end = ";" if lines.dialect.declare.endswith(";") else ""
    for name, slot in loop.reads.items():
        lines.name(name, at(slot))
    for formula in loop.formulas:
        lines.formula(formula)
    for name, slot in loop.writes.items():
        lines.text.append(f"{at(slot)} = {name}{end}")
    if loop.name == "begin":
        waiting = lines.select("(target_reached == 1.0)", "0.0", "1.0")
        lines.text += [f"{at(WAITING)} = {waiting}{end}", f"{at(MOVES_MADE)} = 0.0{end}"]
        lines.text += [f"{at(f'{s}_crossing')} = {s}_start{end}" for s in plan.state]
        lines.text.append(f"{at('mu_next_crossing')} = mu_start{end}")
    if loop.name == "step":
        lines.name("still", at(WAITING))
        for name in (*plan.state, "mu_next"):
            kept = lines.let(at(f"{name}_crossing"))
            lines.text.append(f"{at(f'{name}_crossing')} = {lines.select('(still == 1.0)', name, kept)}{end}")
        lines.text.append(f"{at(MOVES_MADE)} = {at(MOVES_MADE)} + still{end}")
        lines.text.append(f"{at(WAITING)} = {lines.select('(target_reached == 1.0)', '0.0', 'still')}{end}")
    return lines.text
