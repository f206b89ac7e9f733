"""HumanEval's ``*_results.jsonl``: one independent sample a line, with what it was judged to be."""

from collections import Counter
from collections.abc import Sequence

from deltamu.calibration.importers.formats import Format, Imported, frame, records, value
from deltamu.calibration.importers.sources import Document

SPELLED = {"task": "task_id", "hidden": "passed"}


def read(files: Sequence[Document]) -> Imported:
    rows = []
    for file in files:
        seen: Counter[str] = Counter()
        for line, record in records(file):
            task = value(record, "task_id", file, line)
            passed = value(record, "passed", file, line)
            rows.append((task, file.name, 0, seen[str(task)], passed, file.file, line))
            seen[str(task)] += 1
    notes = ["every line is an independent sample of its task, numbered in the order of the file"]
    return Imported(frame(rows, "task", "run", "attempt", "sample", "hidden"), notes, SPELLED)


FORMAT = Format("task_id, passed (one sample a line)", lambda file: {"task_id", "passed"} <= set(file.first), read)
