"""What an importer is: how it knows its logs, and the raw rows that it makes of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from deltamu.calibration.importers.sources import Document, Record
from deltamu.errors import InputError, shown

MEANING = {  # of the columns of the tidy table, in their order
    "task": "unit of heterogeneity; empty in a row that counts many tasks",
    "run": "model or method",
    "attempt": "0 = first program",
    "sample": "index among independent samples of a task",
    "visible": "own or given tests: 1 passed, 0 failed, nan not known",
    "hidden": "held-out tests: 1 passed, 0 failed, nan not judged",
    "level": "which suite judged",
    "parent": "attempt that was repaired; nan = fresh",
    "reviewer": "who gave the verdict",
    "verdict": "of the reviewer: 1 good, 0 bad, nan none",
    "end": "why the task stopped: passed, exhausted, error; empty = not known",
    "count": "how many tasks (or samples of the named task) the row stands for",
}
COLUMNS = tuple(MEANING)


@dataclass(frozen=True)
class Imported:
    """Raw rows in tidy columns, unchecked, with ``file`` and ``line`` of each, and what was inferred."""

    rows: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    spelled: dict[str, str] = field(default_factory=dict)  # a column's name in the user's own log


@dataclass(frozen=True)
class Format:
    """A known form of a log."""

    keys: str  # what it is recognised by, in words
    recognises: Callable[[Document], bool]
    read: Callable[[Sequence[Document]], Imported]


def frame(rows: Iterable[Sequence[Any]], *columns: str) -> pd.DataFrame:
    """Raw rows whose values stay as they are, whatever their types."""
    return pd.DataFrame(list(rows), columns=[*columns, "file", "line"], dtype=object)


def many(number: int, thing: str) -> str:
    """A number of things: ``1 history``, ``2 histories``."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("ry") else f"{number} {thing}s"


def records(document: Document) -> list[Record]:
    """The records that a log of JSON objects must have."""
    if not document.records:
        raise InputError(f"{document.file} holds no JSON objects: it starts with {shown(document.text[:40])}")
    return document.records


def value(record: dict[str, Any], key: str, document: Document, line: int) -> Any:
    """What a record has under a key that it must have."""
    if key not in record:
        found = ", ".join(map(str, record)) or "none"
        raise InputError(f"{document.file}: no {key} at row {line}: its keys are {found}")
    return record[key]


def listed(record: dict[str, Any], key: str, document: Document, line: int) -> list[Any]:
    """The list that a record must have under a key."""
    items = value(record, key, document, line)
    if not isinstance(items, list):
        raise InputError(f"{document.file}: {key} at row {line} is {type(items).__name__}, not a list")
    return items
