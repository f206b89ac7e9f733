"""EvalPlus' ``eval_results.json``: samples judged by the base tests and by the extended ones (plus).

The newer form has ``base_status`` and ``plus_status`` a sample; the older one ``base`` and ``plus`` a task, each sample
with its outcome test by test up to the first failure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from deltamu.calibration.importers.formats import Format, Imported, frame
from deltamu.calibration.importers.sources import Document
from deltamu.errors import InputError, shown

SUITES = ("base", "plus")
STATUS = {"pass": 1, "success": 1, "fail": 0, "failed": 0, "timeout": 0, "timed out": 0, None: None}
Judged = tuple[str, int, str, int | None, list[Any]]  # task, sample, suite, passed, test by test


def read(files: Sequence[Document]) -> Imported:
    rows = [
        (task, file.name, 0, sample, suite, passed, file.file, number)
        for file in files
        for number, (task, sample, suite, passed, _) in enumerate(_judged(file), 1)
        if passed is not None
    ]
    notes = ["level base and level plus are the base and the extended tests of the same samples"]
    return Imported(frame(rows, "task", "run", "attempt", "sample", "level", "hidden"), notes)


def read_first_failures(files: Sequence[Document]) -> Imported:
    """Level ``plus:7`` is the first 7 of the extended tests: passed, and the next one not, or all there are."""
    rows = []
    for file in files:
        for number, (task, sample, suite, passed, tests) in enumerate(_judged(file), 1):
            if not passed and not tests:
                raise InputError(f"{file.file}: task {task!r} has no outcome test by test, only whether {suite} passed")
            outcomes = [bool(test) for test in tests]
            good = outcomes.index(False) if False in outcomes else len(outcomes)
            if good:
                rows.append((task, file.name, 0, sample, f"{suite}:{good}", 1, file.file, number))
            if not passed:
                rows.append((task, file.name, 0, sample, f"{suite}:{good + 1}", 0, file.file, number))
    notes = ["level base:7 is the first 7 base tests, plus:7 the first 7 extended ones, up to the first failure"]
    return Imported(frame(rows, "task", "run", "attempt", "sample", "level", "hidden"), notes)


def _judged(file: Document) -> Iterator[Judged]:
    tasks = file.first.get("eval")
    if not isinstance(tasks, dict) or not tasks:
        raise InputError(f"{file.file}: eval is {shown(tasks)}, not an object with one entry a task")
    for task, entry in tasks.items():
        if isinstance(entry, list):
            samples = [{suite: (item[f"{suite}_status"], []) for suite in SUITES if f"{suite}_status" in item}
                       for item in entry if isinstance(item, dict)]  # fmt: skip
            complete = len(samples) == len(entry) and all(samples)
        else:
            columns = {suite: entry[suite] for suite in SUITES if isinstance(entry, dict) and entry.get(suite)}
            complete = bool(columns) and all(_pairs(column) for column in columns.values())
            size = {len(column) for column in columns.values()} if complete else set()
            complete = len(size) == 1
            samples = [{suite: column[at] for suite, column in columns.items()} for at in range(max(size, default=0))]
        if not complete:
            raise InputError(f"{file.file}: task {task!r} has neither base_status nor base: found {shown(entry)}")
        for number, sample in enumerate(samples):
            for suite, (status, tests) in sample.items():
                if status not in STATUS:
                    raise InputError(f"{file.file}: {suite} status {shown(status)} of task {task!r} is not pass or fail")
                yield task, number, suite, STATUS[status], list(tests or [])


def _pairs(column: Any) -> bool:
    return isinstance(column, list) and all(
        isinstance(item, list) and len(item) == 2 and isinstance(item[0], str | None) for item in column
    )


def _recognises(file: Document) -> bool:
    return "eval" in file.first


FORMAT = Format("eval, with base_status and plus_status of each task", _recognises, read)
FIRST_FAILURE = Format("the older eval, with outcomes test by test (by name only)", lambda _: False, read_first_failures)
