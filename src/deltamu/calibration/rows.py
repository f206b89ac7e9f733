"""Tidy rows of a log, checked: one row an attempt, or the counts of a cell."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from deltamu.errors import InputError

Array = NDArray[np.float64]
COLUMNS = ("task", "run", "attempt", "sample", "visible", "hidden", "level", "parent", "reviewer", "verdict", "end",
           "count")  # fmt: skip
TEXTS = ("task", "run", "level", "reviewer", "end")
UNKNOWN = -1  # a verdict that is not given
NOT_STOPPED = 'the log is not stopped at the first pass: read it with stop = "none" (--stop none)'


def tidy_rows(log: Any) -> pd.DataFrame:
    """The tidy rows of a log, every column there, verdicts 1, 0 or -1 (not known).

    Parameters
    ----------
    log : xarray.Dataset or pandas.DataFrame
        A Dataset holds the columns over dimension ``row``, under their names or with ``row_`` before them.

    Raises
    ------
    InputError
        A column that is needed is missing, or a value is none of those allowed.

    Examples
    --------
    >>> rows = tidy_rows(pd.DataFrame({"task": ["a"], "attempt": [0], "visible": [1], "hidden": [""]}))
    >>> rows.hidden.tolist(), rows["count"].tolist(), rows.run.tolist()
    ([-1], [1.0], [''])
    """
    if isinstance(log, xr.Dataset):
        columns = {
            name: variable for name in COLUMNS for variable in (name, f"row_{name}") if _is_column(log, variable)
        }
        frame = pd.DataFrame({name: log[variable].to_numpy() for name, variable in columns.items()})
    elif isinstance(log, pd.DataFrame):
        frame = log.copy()
    else:
        raise InputError(f"a log is a Dataset or a DataFrame of tidy rows, not {type(log).__name__}")
    for name in ("task", "attempt"):
        if name not in frame:
            raise InputError(f"the log has no column {name}: there are {', '.join(map(str, frame.columns)) or 'none'}")
    if frame.empty:
        raise InputError("the log is empty: there is nothing to fit")
    rows = pd.DataFrame(index=range(len(frame)))
    for name in TEXTS:
        rows[name] = _texts(frame[name]) if name in frame else ""
    for name in ("visible", "hidden", "verdict"):
        rows[name] = _verdicts(frame[name], name) if name in frame else UNKNOWN
    for name in ("attempt", "sample"):
        rows[name] = _whole(frame[name], name) if name in frame else 0
    rows["count"] = _counts(frame["count"]) if "count" in frame else 1.0
    unnamed = rows["task"] == ""  # counts of tasks that are not told apart: each row is a history of its own
    rows.loc[unnamed, "task"] = [f"row {i}" for i in rows.index[unnamed]]
    return rows


def _is_column(log: xr.Dataset, name: str) -> bool:
    return name in log and log[name].dims == ("row",)


def _texts(column: pd.Series) -> list[str]:
    return ["" if _missing(value) else str(value) for value in column]


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value)) or value is pd.NA


def _verdicts(column: pd.Series, name: str) -> list[int]:
    found = []
    for row, value in enumerate(column):
        if _missing(value) or value == UNKNOWN:
            found.append(UNKNOWN)
        elif value in (0, 1, "0", "1"):  # True and 1.0 among them
            found.append(int(value))
        else:
            raise InputError(f"{name} = {value} at row {row} is not 0, 1 or empty")
    return found


def _whole(column: pd.Series, name: str) -> list[int]:
    found = []
    for row, value in enumerate(column):
        if _missing(value):
            if name == "attempt":
                raise InputError(f"{name} at row {row} is empty: allowed are 0, 1, 2, ...")
            found.append(0)
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1.0
        if number < 0 or number != int(number):
            raise InputError(f"{name} = {value} at row {row} is not a whole number >= 0")
        found.append(int(number))
    return found


def _counts(column: pd.Series) -> list[float]:
    found = []
    for row, value in enumerate(column):
        number = 1.0 if _missing(value) else pd.to_numeric(value, errors="coerce")
        if not number >= 0 or number != int(number):
            raise InputError(f"count = {value} at row {row} is not a whole number >= 0")
        found.append(float(number))
    return found
