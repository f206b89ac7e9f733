"""SWE-bench attempts as Aider's harness writes them: one record an issue, ``all_results`` with one entry an attempt.

An attempt is fresh.  It passes the visible check where edit, lint and the repository's own tests were clean; the loop
then stops.  ``resolved`` judges the patch that was handed in by the hidden tests.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from deltamu.calibration.importers.formats import Format, Imported, frame, listed, records, value
from deltamu.calibration.importers.sources import Document
from deltamu.errors import InputError, shown

CHECKS = ("edit_outcome", "lint_outcome", "test_outcome")
SPELLED = {"task": "instance_id", "visible": " and ".join(CHECKS), "hidden": "resolved"}


def read(files: Sequence[Document]) -> Imported:
    rows: list[tuple[Any, ...]] = []
    for file in files:
        for line, record in _records(file):
            task = value(record, "instance_id", file, line)
            run = record.get("model_name_or_path") or file.name
            attempts = listed(record, "all_results", file, line)
            if not attempts:
                rows.append((task, run, 0, None, record.get("resolved"), "error", file.file, line))
            for attempt, result in enumerate(attempts):
                if not isinstance(result, dict) or not set(CHECKS) <= set(result):
                    raise InputError(
                        f"{file.file}: attempt {attempt} of {shown(task)} at row {line} needs {', '.join(CHECKS)}"
                    )
                plausible = int(all(result[check] for check in CHECKS) and bool(result.get("model_patch", True)))
                hidden = record.get("resolved") if attempt == len(attempts) - 1 else None
                rows.append((task, run, attempt, plausible, hidden, "", file.file, line))
    notes = [
        f"visible means that {', '.join(CHECKS)} were all clean; one that was not run counts as not clean, "
        "since the harness goes on",
        "resolved is written at the last attempt, though the patch that was handed in may come from an earlier one",
    ]
    return Imported(frame(rows, "task", "run", "attempt", "visible", "hidden", "end"), notes, SPELLED)


def _records(file: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """One record a file, a list of them, JSON lines, or an object with one record an issue."""
    content = file.content
    if isinstance(content, dict) and "all_results" not in content:
        for number, (task, record) in enumerate(content.items(), 1):
            if not isinstance(record, dict):
                raise InputError(f"{file.file}: {task!r} is {shown(record)}, not a record with all_results")
            yield number, {"instance_id": task, **record}
    elif isinstance(content, dict):
        yield 1, content
    else:
        yield from records(file)


def _recognises(file: Document) -> bool:
    first = file.first
    inner = next(iter(first.values()), None)
    return "all_results" in first or (isinstance(inner, dict) and "all_results" in inner)


FORMAT = Format("instance_id, all_results, resolved", _recognises, read)
