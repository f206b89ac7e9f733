"""Logs of coding agents: read from any known form, checked, counted, and told back.

* `schema`: what each column may hold;
* `histories`: where each task first passed its visible tests, or why it did not;
* `telling`: the log in a few lines of English.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from deltamu import __version__
from deltamu.calibration.importers import import_log
from deltamu.calibration.importers.formats import COLUMNS, MEANING, Imported
from deltamu.calibration.importers.sources import documents
from deltamu.calibration.importers.tidy import plain
from deltamu.calibration.logs.histories import OUTCOMES, STOPS, histories
from deltamu.calibration.logs.schema import tidy
from deltamu.calibration.logs.telling import check_log, told
from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import checked

__all__ = ["ends_of", "log_from_counts", "read_log", "rows_of", "told"]

HIDDEN = {1.0: "pass", 0.0: "fail"}
WITHOUT = -1  # the attempt of an exhausted cell: the last of its run


@checked
def read_log(
    path: str | Path, format: str = "auto", stop: str = "visible", *, columns: Mapping[str, str] | None = None
) -> xr.Dataset:
    """Read the log of a coding agent: what passed, at which attempt, and what is not known.

    Parameters
    ----------
    path : str or Path
        A file, plain or gzipped; a folder, each file of it a run named after it; ``"-"``, standard input;
        ``"example"``, the log that comes with the package.
    format : str
        ``"auto"`` tells it from the first keys: ``"tidy"`` (CSV or JSON lines, one row an attempt), ``"ldb"``,
        ``"reflexion"``, ``"humaneval"``, ``"evalplus"``, ``"evalplus-first-failure"`` (only by name), ``"aider"``,
        ``"aider-leaderboard"``, ``"swebench"``, ``"verdicts"``.
    stop : "visible" or "none"
        Whether the agent stops at its first visible pass, or goes on in any case.
    columns : mapping of str to str, optional
        Under which names the columns of a tidy log stand in these files, as in ``{"task": "task_id", "visible":
        "result.passed"}``; a dot leads into an object, and ``"#"`` for the attempt counts the rows of each task.

    Returns
    -------
    xarray.Dataset
        Over ``run`` and ``cell`` the ``count`` of histories (of a task and sample); over ``run`` the ``last`` attempt
        that anyone made, and the number of ``tasks``. A cell is an ``outcome`` (passed: first visible pass at
        ``attempt``; exhausted: none up to ``last``, attempt −1; censored: stopped at ``attempt`` without one; unknown:
        whether the tests passed at ``attempt``, the last one, is not known) and the ``hidden`` result of the deciding
        program (pass, fail, unknown). Over ``row`` the tidy rows as understood, nan where nothing is known (see
        `rows_of`). Attributes: ``notes`` (a JSON list of everything that was inferred), ``stop``, ``source``,
        ``source_format``, ``version``.

    Raises
    ------
    InputError
        The log cannot be read, is of no known form, empty, cut off, or contradicts itself; the line names the file, row
        and column, the value and what is allowed.

    Examples
    --------
    >>> log = read_log("example")
    >>> dict(log.sizes)["run"], int(log["count"].sum())
    (3, 1500)
    >>> int(log["count"].sel(run="mbpp/gpt-3.5-turbo-0613", cell="passed at 0, hidden pass"))
    346
    """
    if stop not in STOPS:
        raise unknown("stop", stop, STOPS)
    files, notes = documents(path)
    source_format, imported = import_log(files, format, columns)
    return _log(imported, notes, stop, str(path), source_format)


@checked
def log_from_counts(table: pd.DataFrame | Mapping[str, Any], stop: str = "visible", run: str = "counts") -> xr.Dataset:
    """A log from a table in memory: rows of counts, or of attempts.

    Parameters
    ----------
    table : pandas.DataFrame or mapping of columns
        Columns of the tidy schema: ``attempt``, ``visible`` and/or ``hidden``, and ``count`` or ``task``. A row with a
        ``count`` and no task stands for as many tasks whose last attempt it is.
    stop : "visible" or "none"
        As in `read_log`.
    run : str
        The name of the run, where the table has no such column.

    Returns
    -------
    xarray.Dataset
        As from `read_log`, nan in rows where nothing is known.

    Raises
    ------
    InputError
        A column is missing, or a value is refused.

    Examples
    --------
    >>> log = log_from_counts({"attempt": [0, 0, 1, 1], "visible": [1, 1, 1, 0], "hidden": [1, 0, 1, 0],
    ...                        "count": [80, 10, 6, 4]})
    >>> log["count"].to_series().loc["counts"].to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {'passed at 0, hidden pass': 80, 'passed at 0, hidden fail': 10, 'passed at 1, hidden pass': 6,
     'passed at 1, hidden fail': 0, 'exhausted, hidden pass': 0, 'exhausted, hidden fail': 4}
    """
    if stop not in STOPS:
        raise unknown("stop", stop, STOPS)
    if not isinstance(table, pd.DataFrame):
        try:
            given: dict[Any, Any] = dict(table)
            columns = {name: list(getattr(column, "values", column)) for name, column in given.items()}
        except (TypeError, ValueError):
            raise InputError(f"{shown(table)} is not a table: a mapping of columns is one") from None
        if len({len(column) for column in columns.values()}) > 1:
            raise InputError(f"{shown(table)} is not a table: its columns differ in length")
        table = pd.DataFrame(columns, dtype=object)
    return _log(plain(table, str(run)), [], stop, str(run), "counts")


@checked
def rows_of(log: xr.Dataset) -> pd.DataFrame:
    """The tidy rows of a log, as they were understood.

    Parameters
    ----------
    log : xarray.Dataset
        From `read_log` or `log_from_counts`.

    Returns
    -------
    pandas.DataFrame
        One row an attempt, or a count: task, run, attempt, sample, visible, hidden, level, parent, reviewer, verdict,
        end, count, in a fixed order. Results that are not known are nan, texts that are not given are empty.

    Examples
    --------
    >>> rows = rows_of(log_from_counts({"task": ["a", "a"], "attempt": [0, 1], "visible": ["", 1]}))
    >>> rows.visible.tolist(), rows.end.tolist()
    ([0.0, 1.0], ['passed', 'passed'])
    """
    check_log(log)
    return pd.DataFrame({name: log[f"row_{name}"].to_numpy() for name in COLUMNS})


@checked
def ends_of(log: xr.Dataset) -> pd.DataFrame:
    """How many histories ended in which way: the cells of a log that occur, in the form that laws of repair read.

    Parameters
    ----------
    log : xarray.Dataset
        From `read_log` or `log_from_counts`.

    Returns
    -------
    pandas.DataFrame
        run; attempt, of the first visible pass, or the last one without; visible there (1, 0 for exhausted or censored,
        nan for not known); hidden there (1, 0, nan); count.

    Examples
    --------
    >>> ends_of(log_from_counts({"attempt": [0, 1, 1], "visible": [1, 1, 0], "count": [80, 6, 4]})).values.tolist()
    [['counts', 0, 1.0, nan, 80], ['counts', 1, 1.0, nan, 6], ['counts', 1, 0.0, nan, 4]]
    """
    check_log(log)
    run, cell = np.nonzero(log["count"].to_numpy())
    attempt, outcome = log.attempt.to_numpy()[cell], log.outcome.to_numpy()[cell]
    visible = {"passed": 1.0, "exhausted": 0.0, "censored": 0.0, "unknown": np.nan}
    judged = {name: value for value, name in HIDDEN.items()}
    return pd.DataFrame({
        "run": log.run.to_numpy()[run],
        "attempt": np.where(attempt == WITHOUT, log["last"].to_numpy()[run], attempt),
        "visible": [visible[what] for what in outcome],
        "hidden": [judged.get(what, np.nan) for what in log.hidden.to_numpy()[cell]],
        "count": log["count"].to_numpy()[run, cell],
    })  # fmt: skip


def _log(imported: Imported, notes: list[str], stop: str, source: str, source_format: str) -> xr.Dataset:
    told_by = histories(tidy(imported), stop)
    rows, each = told_by.rows, told_by.histories
    runs = sorted(rows.run.unique())
    last = rows.groupby("run").attempt.max().reindex(runs)
    cells = _cells(each, int(last.max()))
    counts = _counts(each, runs, cells)
    named = rows[rows.task != ""].groupby("run").task.nunique().reindex(runs, fill_value=0)
    unnamed = each[each.task == ""].groupby("run")["count"].sum().reindex(runs, fill_value=0)
    labels = [_label(*cell) for cell in cells]
    return xr.Dataset(
        {
            "count": (("run", "cell"), counts, {"long_name": "histories"}),
            "last": ("run", last.to_numpy(), {"long_name": "last attempt that anyone made"}),
            "tasks": ("run", (named + unnamed).to_numpy(), {"long_name": "tasks"}),
            **{f"row_{name}": ("row", rows[name].to_numpy(), {"long_name": MEANING[name]}) for name in COLUMNS},
        },
        coords={
            "run": np.array(runs, dtype=object),
            "cell": np.array(labels, dtype=object),
            "outcome": ("cell", np.array([outcome for outcome, _, _ in cells], dtype=object)),
            "attempt": ("cell", np.array([attempt for _, attempt, _ in cells], dtype=int)),
            "hidden": ("cell", np.array([hidden for _, _, hidden in cells], dtype=object)),
        },
        attrs={
            "notes": json.dumps([*notes, *imported.notes, *told_by.notes], ensure_ascii=False),
            "stop": stop,
            "source": source,
            "source_format": source_format,
            "version": __version__,
        },
    )


def _key(outcome: str, attempt: int, hidden: float) -> tuple[str, int, str]:
    return outcome, WITHOUT if outcome == "exhausted" else attempt, HIDDEN.get(hidden, "unknown")


def _cells(each: pd.DataFrame, last: int) -> list[tuple[str, int, str]]:
    """Every pass up to the last attempt and exhaustion, judged either way, and what else occurs, in a fixed order."""
    occur = each[["outcome", "attempt", "hidden"]].drop_duplicates().itertuples(index=False)
    passes = [("passed", attempt, hidden) for attempt in range(last + 1) for hidden in HIDDEN.values()]
    cells = {*passes, *(("exhausted", WITHOUT, hidden) for hidden in HIDDEN.values()), *(_key(*cell) for cell in occur)}
    judged = [*HIDDEN.values(), "unknown"]
    return sorted(cells, key=lambda cell: (OUTCOMES.index(cell[0]), cell[1], judged.index(cell[2])))


def _counts(each: pd.DataFrame, runs: list[str], cells: list[tuple[str, int, str]]) -> np.ndarray:
    counts = np.zeros((len(runs), len(cells)), dtype=int)
    sums = each.groupby(["run", "outcome", "attempt", "hidden"], dropna=False)["count"].sum()
    for (run, *cell), number in sums.items():
        counts[runs.index(run), cells.index(_key(*cell))] += number
    return counts


def _label(outcome: str, attempt: int, hidden: str) -> str:
    where = {"passed": f" at {attempt}", "exhausted": "", "censored": f" after {attempt}", "unknown": f" at {attempt}"}
    return f"{outcome}{where[outcome]}, hidden {hidden}"
