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
Sample = dict[str, tuple[Any, list[Any]]]  # of each suite: status, and outcomes test by test where there are any
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
        samples = _newer(entry) if isinstance(entry, list) else _older(entry)
        if not samples:
            raise InputError(f"{file.file}: task {task!r} has neither base_status nor base: found {shown(entry)}")
        for number, sample in enumerate(samples):
            for suite, (status, tests) in sample.items():
                if status not in STATUS:
                    raise InputError(f"{file.file}: {suite} of task {task!r} is {shown(status)}, not pass or fail")
                yield task, number, suite, STATUS[status], tests


def _newer(entry: list[Any]) -> list[Sample]:
    """The samples of a task, each an object with a status a suite; none if one is something else."""
    samples: list[Sample] = [
        {suite: (item.get(f"{suite}_status"), []) for suite in SUITES} if isinstance(item, dict) else {}
        for item in entry
    ]
    complete = all(isinstance(sample.get("base", (None,))[0], str) for sample in samples)
    return samples if complete and all(isinstance(sample["plus"][0], str | None) for sample in samples) else []


def _older(entry: Any) -> list[Sample]:
    """The samples of a task with a list of (status, tests) a suite, all of one length; none if it is something else."""
    suites = {suite: entry[suite] for suite in SUITES if isinstance(entry, dict) and entry.get(suite)}
    if "base" not in suites or not all(_pairs(column) for column in suites.values()):
        return []
    if len({len(column) for column in suites.values()}) > 1:
        return []
    columns = [[(status, list(tests or [])) for status, tests in column] for column in suites.values()]
    return [dict(zip(suites, row, strict=True)) for row in zip(*columns, strict=True)]


def _pairs(column: Any) -> bool:
    """Whether each item is a status with a list of outcomes, or with none."""
    return isinstance(column, list) and all(
        isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], list | None)
        for item in column
    )


def _recognises(file: Document) -> bool:
    tasks = file.first.get("eval")
    entry = next(iter(tasks.values()), None) if isinstance(tasks, dict) else None
    return isinstance(entry, list) or (isinstance(entry, dict) and "base" in entry)


FORMAT = Format("eval, with base_status and plus_status of each task", _recognises, read)
FIRST_FAILURE = Format("the older eval, test by test (by name only)", lambda _: False, read_first_failures)
