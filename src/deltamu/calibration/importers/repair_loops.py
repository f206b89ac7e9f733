"""Loops that repair until the visible tests pass: LDB (``debug_iter``) and Reflexion (``reflections``), JSON lines.

Both write one record a task, about its last program: ``is_passing`` are the visible tests, ``is_solved`` the hidden
ones.  Reflexion leaves ``is_passing`` out: its loop stops early only where its own tests pass, but at the last repair
it stops in any case.
"""

from collections.abc import Sequence

from deltamu.calibration.importers.formats import Format, Imported, frame, listed, many, records, value
from deltamu.calibration.importers.sources import Document, Record
from deltamu.errors import InputError, shown

SPELLED = {"task": "task_id or name", "attempt": "debug_iter", "visible": "is_passing", "hidden": "is_solved"}


def read(files: Sequence[Document]) -> Imported:
    rows, notes = [], []
    for file in files:
        attempts = [_attempt(record, file) for record in records(file)]
        last = max(attempts)
        inferred = unknown = 0
        for (line, record), attempt in zip(file.records, attempts, strict=True):
            task = record.get("task_id", record.get("name"))
            visible = record.get("is_passing")
            if "is_passing" not in record:
                visible = 1 if attempt < last else None
                inferred += attempt < last
                unknown += attempt == last
            rows.append((task, file.name, attempt, visible, value(record, "is_solved", file, line), file.file, line))
        if inferred or unknown:
            notes.append(
                f"run {file.name!r} does not say whether visible tests passed: {many(inferred, 'task')} "
                f"stopped before the last repair ({last}), taken for a pass; {many(unknown, 'task')} at it, not known"
            )
    return Imported(frame(rows, "task", "run", "attempt", "visible", "hidden"), notes, SPELLED)


def _attempt(numbered: Record, file: Document) -> int:
    """How many repairs a record is about; its lists have to agree."""
    line, record = numbered
    programs = len(listed(record, "implementations", file, line)) if record.get("implementations") else None
    if "debug_iter" not in record:
        repairs = len(listed(record, "reflections", file, line))
        source = "reflections"
    else:
        repairs, source = record["debug_iter"], "debug_iter"
        if not isinstance(repairs, int) or isinstance(repairs, bool) or repairs < 0:
            raise InputError(f"{file.file}: debug_iter = {shown(repairs)} at row {line} is not a whole number >= 0")
    if programs is not None and programs != repairs + 1:
        raise InputError(
            f"{file.file}: {programs} implementations at row {line} contradict {source} = {repairs}: "
            f"there should be {repairs + 1}"
        )
    return repairs


LDB = Format(
    "task_id, debug_iter, is_passing, is_solved",
    lambda file: {"is_solved", "debug_iter"} <= set(file.first),
    read,
)
REFLEXION = Format(
    "name, reflections, is_solved",
    lambda file: {"is_solved", "reflections"} <= set(file.first),
    read,
)
