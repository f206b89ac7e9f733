"""The tidy table itself, as CSV (with comma, semicolon or tab) or as JSON lines: one row an attempt."""

import csv
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from io import StringIO
from typing import Any

import pandas as pd

from deltamu.calibration.importers.formats import COLUMNS, Format, Imported
from deltamu.calibration.importers.sources import Document
from deltamu.errors import InputError, shown, unknown

ORDER = "#"  # for the attempt: its place among the rows of its task
OR = "|"  # between keys of which a file has one


def read(files: Sequence[Document], columns: Mapping[str, str] | None = None) -> Imported:
    """Raw rows of a tidy log; `columns` says under which names or (nested, with dots) keys its columns stand.

    The attempt may be ``"#"``: the rows of a task are then its attempts, in order.  Of ``"id|name"`` a file has one.
    """
    columns = dict(columns or {})
    for name in columns:
        if name not in COLUMNS:
            raise unknown("column", name, COLUMNS)
    nested = [key for keys in columns.values() for key in keys.split(OR) if "." in key]
    inside = {key.partition(".")[0] for key in nested}  # objects that are read in part
    tables, notes = [], []
    raw = [_of_records(file, nested) if file.records else _of_csv(file) for file in files]
    judged = "hidden" in columns and any(_key_of(columns["hidden"], table) for table in raw)
    for file, table in zip(files, raw, strict=True):
        own = columns
        if judged and not _key_of(columns["hidden"], table):
            own = {name: keys for name, keys in columns.items() if name != "hidden"}
            notes.append(f"no {columns['hidden']} in {file.file}: its hidden results are taken as not judged")
        table, left = _known(_renamed(table, own, file), file)
        if left := [name for name in left if name not in inside]:
            notes.append(f"columns of {file.file} that were not read: {', '.join(left)}")
        if "run" not in table:
            table["run"] = file.name
        tables.append(table.assign(file=file.file))
    return Imported(pd.concat(tables, ignore_index=True), notes, columns)


def plain(table: pd.DataFrame, name: str) -> Imported:
    """A table in memory as raw rows, numbered from 1."""
    rows = table.reset_index(drop=True).astype(object)
    rows["line"] = range(1, len(rows) + 1)
    file = Document(name, name, "")
    rows, left = _known(rows, file)
    if "run" not in rows:
        rows["run"] = name
    return Imported(rows.assign(file=name), [f"columns that were not read: {', '.join(left)}"] if left else [])


def _of_csv(file: Document) -> pd.DataFrame:
    header = file.text.split("\n", 1)[0]
    delimiter = next((mark for mark in ",;\t" if mark in header), ",")
    reader = csv.reader(StringIO(file.text), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise InputError(f"{file.file}: row {reader.line_num} is no CSV: {error}") from None
    _, columns = rows.pop(0)
    for line, row in rows:
        if len(row) != len(columns):
            raise InputError(f"{file.file}: row {line} has {len(row)} fields, not {len(columns)}: is it cut off?")
    table = pd.DataFrame([row for _, row in rows], columns=pd.Index(columns, dtype=object), dtype=object)
    return table.assign(line=[line for line, _ in rows])


def _of_records(file: Document, nested: Sequence[str]) -> pd.DataFrame:
    records = [{**record, **{key: value for key in nested if (value := dug(record, key)) is not None}}
               for _, record in file.records]  # fmt: skip
    table = pd.DataFrame(records, dtype=object)
    return table.assign(line=[line for line, _ in file.records])


def dug(record: Any, key: str) -> Any:
    """What stands under a key with dots, object in object; None where there is nothing.

    Examples
    --------
    >>> dug({"result": {"tests": {"passed": True}}}, "result.tests.passed"), dug({"result": 3}, "result.tests")
    (True, None)
    """
    for part in key.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _renamed(table: pd.DataFrame, columns: Mapping[str, str], file: Document) -> pd.DataFrame:
    """The table under our names; a name of ours that stands for something else in it gives way."""
    counted = columns.get("attempt") == ORDER
    named = {name: keys for name, keys in columns.items() if not (counted and name == "attempt")}
    columns = {name: _key_of(keys, table) for name, keys in named.items()}
    for name, key in columns.items():
        if not key:
            found = shown([str(one) for one in table.columns if one != "line"])
            why = f"is to be {named[name]!r}, which it does not have; found {found}"
            if any(one in table for one in named[name].split(OR)):
                why = f"({named[name]}) is empty in all rows"
            raise InputError(f"{file.file}: {name} {why}")
    kept = table.drop(columns=[name for name in columns if name in table and name not in columns.values()])
    kept = kept.rename(columns={key: name for name, key in columns.items()})
    if counted:
        unit = [name for name in ("run", "task", "sample") if name in kept]
        if "task" not in unit:
            raise InputError(f"{file.file}: attempts are counted within a task, but there is no column task")
        kept["attempt"] = kept.groupby(unit, dropna=False).cumcount()
    return kept


def _key_of(keys: str, table: pd.DataFrame) -> str:
    """The first of the keys of a column that a file has, and not empty in all rows."""
    return next((key for key in keys.split(OR) if key in table and not table[key].isna().all()), "")


def _known(table: pd.DataFrame, file: Document) -> tuple[pd.DataFrame, list[str]]:
    """The columns of the schema, and the names of the others; a name that is nearly one of ours is refused."""
    lines = table.pop("line")
    names = [str(name).strip().lower() for name in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{file.file} has two columns {name!r}")
    if not {"task", "count"} & set(names) or not {"visible", "hidden"} & set(names):
        raise InputError(f"{file.file}: a tidy log has task, attempt, and visible or hidden; found {shown(names)}")
    if "attempt" not in names:
        raise InputError(f"{file.file}: no column attempt (0 = first program): name it, or let attempt=# among "
                         f"columns count the rows of a task; found {shown(names)}")  # fmt: skip
    left = [name for name in names if name not in COLUMNS]
    for name in left:
        close = get_close_matches(name, [column for column in COLUMNS if column not in names], n=1, cutoff=0.8)
        if close:
            raise InputError(f"{file.file}: unknown column {name!r}: did you mean {close[0]}?")
    table.columns = pd.Index(names, dtype=object)
    return table[[name for name in names if name in COLUMNS]].assign(line=lines), left


def recognises(file: Document) -> bool:
    header: Any = file.first
    if not header and not file.text.lstrip().startswith(("{", "[")):
        header = file.text.split("\n", 1)[0].replace(";", ",").replace("\t", ",").replace('"', "").split(",")
    names = {str(name).strip().lower() for name in header}
    return "attempt" in names or ("task" in names and bool({"visible", "hidden"} & names))


FORMAT = Format("task, attempt, and visible or hidden (one row an attempt)", recognises, read)
