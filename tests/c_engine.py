"""The lanes of a run as a C library: a second reading of the same program, and the bound of what it can cost."""

import ctypes
import re
import shutil
import subprocess
from hashlib import sha256

import numpy as np

from deltamu.codegen.numba_engine.arrays import packed
from deltamu.codegen.numba_engine.emit import body_of, output_slots
from deltamu.codegen.numba_engine.layout import LANES, layout
from deltamu.codegen.numba_engine.lower import Lines

COMPILER = shutil.which("gcc")
KEYWORDS = frozenset({
    "auto", "break", "case", "char", "const", "default", "do", "double", "enum", "extern", "float", "goto", "inline",
    "int", "int32_t", "int64_t", "long", "register", "restrict", "short", "signed", "sizeof", "sqrt", "static",
    "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "INFINITY", "LANES", "number_of", "bits_of",
})  # fmt: skip
EXACT = ("-O2", "-march=native", "-ffp-contract=off")  # inf and nan mean what they should
# moving code into or out of the arms of a choice makes branches, and then nothing is vectorised
STRAIGHT = ("-fno-tree-sink", "-fno-tree-pre", "-fno-code-hoisting")
FAST = ("-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512", *STRAIGHT)

HEAD = f"""#include <math.h>
#include <stdint.h>
#define LANES {LANES}
typedef union {{ double number; int64_t bits; }} both;
static inline double number_of(int64_t bits) {{ both b; b.bits = bits; return b.number; }}
static inline int64_t bits_of(double number) {{ both b; b.number = number; return b.bits; }}
"""
RUN = """
void run(const double *uniform, const int64_t *place, const double *columns, int64_t size, int64_t moves,
         double *record, double *out) {{
    static const int record_slot[] = {{{record_slots}}}, output_slot[] = {{{output_slots}}};
    double v[{slots} * LANES] __attribute__((aligned(64)));
    for (int64_t start = 0; start < size; start += LANES) {{
        const int64_t count = size - start < LANES ? size - start : LANES;
        for (int k = 0; k < {inputs}; k++)
            for (int64_t i = 0; i < LANES; i++) {{
                const int64_t at = start + i < size ? start + i : size - 1;
                v[k * LANES + i] = place[k] < 0 ? uniform[k] : columns[place[k] * size + at];
            }}
        before(v, 0.0);
        begin(v, 0.0);
        for (int64_t t = 0; t < moves; t++) {{
            if (t == moves - 1 || record) {{
                for (int64_t i = 0; i < {state} * LANES; i++) v[{previous} * LANES + i] = v[{now} * LANES + i];
                observe(v, t);
            }}
            step(v, t);
            if (t == moves - 1 || record) {{
                report(v, t);
                if (record) for (int n = 0; n < {recorded}; n++)
                    for (int64_t i = 0; i < count; i++)
                        record[(n * moves + t) * size + start + i] = v[record_slot[n] * LANES + i];
            }}
        }}
        for (int n = 0; n < {outputs}; n++)
            for (int64_t i = 0; i < count; i++) out[n * size + start + i] = v[output_slot[n] * LANES + i];
    }}
}}
"""


class CLines(Lines):
    """The same lines in C."""

    reserved = KEYWORDS
    infinity = "INFINITY"

    def set(self, target, text):
        self.text.append(f"{target} = {text};")

    def declare(self, name, text, *, whole=False):
        self.text.append(f"const {'int64_t' if whole else 'double'} {name} = {text};")

    def select(self, condition, yes, no):
        return f"({condition} ? {yes} : {no})"

    def negation(self, condition):
        return f"(!{condition})"

    def truncated(self, number):
        return f"((double)(int32_t)({number}))"

    def single(self, number):
        return f"((double)(float)({number}))"

    def bits(self, number):
        return f"bits_of({number})"

    def number(self, bits):
        return f"number_of({bits})"

    def whole(self, number):
        return f"((int64_t)(int32_t)({number}))"


def c_source(plan):
    """The run of a layout in C."""
    loops = []
    for loop in (plan.before, plan.begin, plan.observe, plan.step, plan.report):
        head = f"static __attribute__((noinline, noclone)) void {loop.name}(double *restrict _v, double t) {{"
        body_of(plan, loop, lines := CLines())
        body = lines.text
        lanes = ["for (int _i = 0; _i < LANES; _i++) {", *(f"    {line}" for line in body), "}"] if body else []
        loops.append("\n".join([head, *(f"    {line}" for line in lanes), "}", ""]))
    slots, outputs = plan.slots, output_slots(plan)
    run = RUN.format(
        slots=len(slots), inputs=len(plan.inputs), state=len(plan.state), previous=slots[f"{plan.state[0]} before"],
        now=slots[plan.state[0]], recorded=len(plan.records), outputs=len(outputs),
        record_slots=", ".join(str(slots[slot]) for slot in plan.records.values()) or "0",
        output_slots=", ".join(map(str, outputs.values())),
    )  # fmt: skip
    return "\n".join([HEAD, *loops, run])


class CRun:
    """A run compiled by gcc.

    Parameters
    ----------
    move : Move
    recorded : tuple of Symbol
    folder : Path
        Where the library is made.
    flags : tuple of str
    """

    def __init__(self, move, recorded, folder, flags=EXACT):
        self.plan = layout(move, recorded)
        text = c_source(self.plan)
        name = f"run_{sha256(repr([text, *flags]).encode()).hexdigest()[:16]}"  # a library of a name is loaded once
        self.library = folder / f"{name}.so"
        source = folder / f"{name}.c"
        source.write_text(text)
        compiled = folder / f"{name}.o"
        for command in (  # linked without -ffast-math, which would flush small numbers to 0 in the whole process
            [*flags, "-fPIC", "-c", str(source), "-o", str(compiled)],
            ["-shared", str(compiled), "-o", str(self.library), "-lm"],
        ):
            subprocess.run([COMPILER, *command], check=True, capture_output=True, text=True)
        self._run = ctypes.CDLL(str(self.library)).run

    def __call__(self, values, size, moves, record=False):
        """Outputs by slot, and with `record` what was recorded, by name, (moves, size)."""
        uniform, place, columns = packed(self.plan.inputs, values, size)
        rows = output_slots(self.plan)
        out = np.empty((len(rows), size))
        kept = np.empty((len(self.plan.records), moves, size)) if record else None
        double = ctypes.POINTER(ctypes.c_double)
        self._run(
            uniform.ctypes.data_as(double), place.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
            columns.ctypes.data_as(double), ctypes.c_int64(size), ctypes.c_int64(moves),
            kept.ctypes.data_as(double) if record else None, out.ctypes.data_as(double),
        )  # fmt: skip
        return dict(zip(rows, out, strict=True)), dict(zip(self.plan.records, kept, strict=True)) if record else {}

    def instructions(self, loop):
        """The machine instructions of a loop, each with its operands."""
        text = subprocess.run(
            ["objdump", "-d", "--no-show-raw-insn", str(self.library)], check=True, capture_output=True, text=True
        ).stdout
        body = re.search(rf"<{loop}(?:\.[.\w]+)?>:\n(.*?)(?:\n\n|\Z)", text, re.S)[1]
        return [line.split("\t", 1)[1].strip() for line in body.splitlines()]


def scalar_work(instructions):
    """Calls, and arithmetic on one number at a time."""
    one = re.compile(r"v?(add|sub|mul|div|sqrt|fn?m(add|sub)\d*|max|min)s[sd]\b|call")
    return [line for line in instructions if one.match(line)]
