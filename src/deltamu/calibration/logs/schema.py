"""What each column of the tidy table may hold, and raw rows turned into it or refused with their place."""

from collections.abc import Callable
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from deltamu.calibration.importers.formats import COLUMNS, Imported
from deltamu.errors import InputError

ENDS = ("passed", "exhausted", "error")
BINARY = dict.fromkeys(("0", "0.0", "false", "fail", "failed"), 0.0) | dict.fromkeys(
    ("1", "1.0", "true", "pass", "passed"), 1.0
)
MISSING = ("", "nan", "none", "null", "na", "<na>")
LARGEST = 2**31 - 1


def tidy(imported: Imported) -> pd.DataFrame:
    """Raw rows with every column of the schema, checked, and with ``file``, ``line`` and whether they were counted.

    Raises
    ------
    InputError
        A value is not what its column holds, or columns contradict each other.
    """
    raw, spelled = imported.rows, imported.spelled
    if raw.empty:
        raise InputError("the log has no rows")
    place = raw[["file", "line"]].reset_index(drop=True)
    rows = pd.DataFrame(index=place.index)
    refuse = _refusal(place, spelled)

    for name in ("task", "run", "level", "reviewer", "end"):
        rows[name] = _parse(raw, name, _text, refuse, "a text", "")
    for name in ("visible", "hidden", "verdict"):
        rows[name] = _parse(raw, name, _binary, refuse, "0, 1, false, true, fail, pass or empty", nan)
    for name in ("attempt", "sample", "parent", "count"):
        rows[name] = _parse(raw, name, _whole, refuse, "a whole number >= 0", nan)
    rows = rows[list(COLUMNS)].assign(file=place.file, line=place.line, counted=rows["count"].notna())

    if (rows.run == "").all():
        rows["run"] = place.file
    refuse("run", rows.run, rows.run == "", "a name: in this log every row names its run")
    refuse("attempt", rows.attempt, rows.attempt.isna(), "a whole number >= 0: every row needs one")
    refuse("task", rows.task, (rows.task == "") & ~rows.counted, "a name: only rows with a count may leave it out")
    refuse("end", rows.end, ~rows.end.isin(("", *ENDS)), f"one of {', '.join(ENDS)} or empty")
    refuse("parent", rows.parent, rows.parent >= rows.attempt, "an attempt before its own")
    refuse("verdict", rows.verdict, rows.verdict.notna() & (rows.reviewer == ""), "allowed without a reviewer")
    if rows[["visible", "hidden"]].isna().all(axis=None):
        raise InputError(f"{place.file.iloc[0]}: visible and hidden are empty in all rows: nothing was measured")

    rows["sample"], rows["count"] = rows["sample"].fillna(0), rows["count"].fillna(1)
    rows = rows[rows["count"] > 0]
    if rows.empty:
        raise InputError(f"{place.file.iloc[0]}: every count is 0: nothing was measured")
    return rows.astype({"attempt": int, "sample": int, "count": int}).reset_index(drop=True)


def _parse(raw: pd.DataFrame, name: str, parse: Callable[[Any], Any], refuse: Any, allowed: str, default: Any) -> Any:
    """A column parsed value by value, each distinct one once; `default` where the log lacks it."""
    if name not in raw:
        return default
    values = raw[name].reset_index(drop=True)
    try:
        codes, distinct = pd.factorize(values.to_numpy(dtype=object), use_na_sentinel=False)
    except TypeError:  # a list or an object, which no column holds
        refuse(name, values, values.map(lambda value: isinstance(value, list | dict)), allowed)
        raise
    parsed = [parse(_plain(value)) for value in distinct]
    refuse(name, values, pd.Series(np.array([item is None for item in parsed])[codes]), allowed)
    return pd.Series(np.array(parsed, dtype=object)[codes], dtype=object if parse is _text else float)


def _plain(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()


def _text(text: str) -> str:
    return text


def _binary(text: str) -> float | None:
    return nan if text.lower() in MISSING else BINARY.get(text.lower())


def _whole(text: str) -> float | None:
    if text.lower() in MISSING:
        return nan
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number.is_integer() and 0 <= number <= LARGEST else None


def _refusal(place: pd.DataFrame, spelled: dict[str, str]) -> Callable[[str, pd.Series, pd.Series, str], None]:
    """What refuses the first bad row of a column, by file, row, value and what is allowed."""

    def refuse(name: str, values: pd.Series, bad: pd.Series, allowed: str) -> None:
        if not bad.any():
            return
        at = int(np.argmax(bad.to_numpy()))
        known_as = f" ({spelled[name]})" if name in spelled else ""
        raise InputError(
            f"{place.file[at]}: {name}{known_as} = {_short(values[at])} at row {place.line[at]} is not {allowed}"
        )

    return refuse


def _short(value: Any) -> str:
    if isinstance(value, float):
        value = "empty" if value != value else f"{value:g}"
    text = " ".join(str(value).split()) or "empty"
    return text if len(text) <= 60 else f"{text[:40]}...{text[-10:]}"
