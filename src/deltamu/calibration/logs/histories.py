"""From rows to histories: one a task and sample, with where it first passed its visible tests, or why it did not.

A history is told attempt by attempt, or by its last row alone (then attempts before it failed, since the loop goes on
only after a failure).  Rows that count are last rows: of as many tasks, or of as many samples of the task they name.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from deltamu.calibration.importers.formats import many
from deltamu.errors import InputError, shown

STOPS = ("visible", "none")
UNIT = ["run", "task", "sample"]
PROGRAM = ["unit", "attempt"]
ROW = [*PROGRAM, "level", "reviewer"]
SORTED = [*UNIT, "attempt", "level", "reviewer", "visible", "hidden", "verdict", "parent", "end", "count"]
OUTCOMES = ("passed", "exhausted", "censored", "unknown")
ENDS_OF = {"passed": "passed", "exhausted": "exhausted", "censored": "error", "unknown": ""}
ENDS = (("passed", 0), ("exhausted", 1), ("error", 1))  # an end, and the visible result that contradicts it


class Histories(NamedTuple):
    """One row a history (run, task, outcome, attempt, hidden, count), the rows as understood, and what was inferred."""

    histories: pd.DataFrame
    rows: pd.DataFrame
    notes: list[str]


def histories(rows: pd.DataFrame, stop: str) -> Histories:
    """The histories that tidy rows tell.

    Raises
    ------
    InputError
        An attempt is there twice or missing, rows contradict each other, or the log is not what `stop` says.
    """
    rows = rows.sort_values(SORTED, ignore_index=True)
    rows = rows.assign(unit=rows.groupby(UNIT, sort=False).ngroup())
    cells = _are_cells(rows)
    _check_twice(rows[~cells])
    notes: list[str] = []
    judged_apart = cells & ((rows.level != "") | (rows.reviewer != ""))
    if judged_apart.any():
        notes.append(f"{many(judged_apart.sum(), 'row')} with counts by level or reviewer kept as rows only: how these agree "
                     "within a task is not known from counts")  # fmt: skip
    _check_ends(rows[cells], ENDS)
    told = _told(_programs(rows[~cells], notes), stop, notes)
    counted = rows[cells & ~judged_apart].assign(place=rows.index[cells & ~judged_apart], first=0)
    if (samples := counted[(counted.task != "")]["count"].sum()) > 0:
        notes.append(f"{many(samples, 'program')} counted for named tasks: samples of these tasks, each a history")
    both = pd.concat([told, counted], ignore_index=True)
    both = _ended(both, rows.groupby("run").attempt.max(), notes)
    inferred = both[(both["first"] == 0) & (both.attempt > 0)]
    if len(inferred):
        notes.append(f"{many(inferred['count'].sum(), 'history')} told by their last row alone: earlier attempts are taken to "
                     "have failed the visible tests")  # fmt: skip
    return Histories(both[["run", "task", "sample", "outcome", "attempt", "hidden", "count"]],
                     _understood(rows, both, cells, stop), notes)  # fmt: skip


def _are_cells(rows: pd.DataFrame) -> pd.Series:
    """Whether a row is a count of histories, not an attempt of one: unnamed, counted above 1, or counted twice."""
    several = rows.counted & ((rows["count"] != 1) | rows.duplicated(ROW, keep=False))
    named = several.any() and several.groupby([rows.run, rows.task], sort=False).transform("any")
    return rows.counted & ((rows.task == "") | named)


def _check_twice(rows: pd.DataFrame) -> None:
    twice = rows[rows.duplicated(ROW, keep=False)]
    if len(twice):
        first, second = twice.iloc[0], twice.iloc[1]
        raise InputError(
            f"{first.file}: task {first.task!r} has attempt {first.attempt} twice, at rows {_pair(first, second)}: "
            "tell samples, levels or reviewers apart by their columns"
        )


def _check_ends(rows: pd.DataFrame, contradictions: tuple[tuple[str, int], ...]) -> None:
    bad = np.logical_or.reduce([(rows.end == end) & (rows.visible == visible) for end, visible in contradictions])
    if bad.any():
        row = rows[bad].iloc[0]
        raise InputError(f"{row.file}: end = {row.end} at row {row.line} contradicts visible = {row.visible:g} of "
                         f"task {row.task!r}, attempt {row.attempt}")  # fmt: skip


def _programs(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """One row a program: levels and reviewers of the same program brought together."""
    rows = rows.assign(place=rows.index)
    levels, reviewers = rows.level.nunique() > 1, rows.reviewer.nunique() > 1
    if not (levels or reviewers):
        return rows
    _check_agreement(rows, PROGRAM, "visible")
    _check_agreement(rows, [*PROGRAM, "level"], "hidden")
    if levels:
        notes.append("hidden passes in the cells where it passes at every level that judged it")
    grouped = rows.groupby(PROGRAM, sort=False)
    programs = rows.drop_duplicates(PROGRAM).set_index(PROGRAM)
    for name in ("visible", "hidden"):
        programs[name] = grouped[name].min()
    return programs.reset_index()


def _check_agreement(rows: pd.DataFrame, keys: list[str], name: str) -> None:
    spread = rows.groupby(keys, sort=False)[name].agg(["min", "max"])
    apart = spread["min"] < spread["max"]
    if apart.any():
        where = dict(zip(keys, apart.idxmax(), strict=True))
        these = rows[np.logical_and.reduce([rows[key] == item for key, item in where.items()])].dropna(subset=[name])
        first = these.iloc[0]
        second = these[these[name] != first[name]].iloc[0]
        raise InputError(f"{first.file}: {name} of task {first.task!r}, attempt {first.attempt} is both 0 and 1, "
                         f"at rows {_pair(first, second)}: it is a fact of the program, the same in all its rows")  # fmt: skip


def _told(programs: pd.DataFrame, stop: str, notes: list[str]) -> pd.DataFrame:
    """The deciding row of every history told attempt by attempt: its first visible pass, or its last attempt."""
    if programs.empty:
        return programs.assign(first=0, count=1)
    programs = programs.assign(end=_one_end(programs, programs.unit))
    by_unit = programs.groupby("unit", sort=False)
    last = by_unit.attempt.transform("max")
    size = by_unit.attempt.transform("size")
    _check_gaps(programs, last, size)
    before = programs.attempt < last
    unknown = before & programs.visible.isna()
    if unknown.any():
        if stop == "none":
            row = programs[unknown].iloc[0]
            raise InputError(f"{row.file}: visible is empty at row {row.line}, before the last attempt of task "
                             f'{row.task!r}: with stop="none" it has to be 0 or 1')  # fmt: skip
        notes.append(f"{many(unknown.sum(), 'attempt')} without a visible result taken to have failed, since the loop went on")
        programs.loc[unknown, "visible"] = 0.0
    passed = programs.attempt.where(programs.visible == 1).groupby(programs.unit, sort=False).transform("min")
    late = programs.attempt > passed
    if late.any() and stop == "visible":
        row = programs[late].iloc[0]
        raise InputError(f"{row.file}: task {row.task!r} goes on after its visible pass at attempt "
                         f"{int(passed[late].iloc[0])}: the log is not stopped at the first pass; "
                         'pass stop="none"')  # fmt: skip
    if late.any():
        notes.append(f"{many(late.sum(), 'attempt')} after a first visible pass kept as rows, not in the cells")
    deciding = programs[programs.attempt == passed.fillna(last)]
    _check_ends(deciding, ENDS if stop == "visible" else ENDS[:1])
    whole = (size > 1) | (programs.attempt == 0)
    return deciding.assign(first=whole[deciding.index].astype(int), count=1)


def _one_end(programs: pd.DataFrame, unit: pd.Series) -> pd.Series:
    """The end of each history, on all of its rows; two of them contradict each other."""
    given = programs.end.where(programs.end != "")
    if not given.notna().any():
        return programs.end
    kinds = given.groupby(unit, sort=False).transform("nunique")
    if (kinds > 1).any():
        row = programs[kinds > 1].iloc[0]
        ends = sorted(set(programs.end[unit == unit[row.name]]) - {""})
        raise InputError(f"{row.file}: task {row.task!r} ends in several ways: {', '.join(ends)}")
    return given.groupby(unit, sort=False).transform("first").fillna("")


def _check_gaps(programs: pd.DataFrame, last: pd.Series, size: pd.Series) -> None:
    """A history is whole, from attempt 0 on; one row alone stands for it only where no history of its run has more."""
    long_runs = (size > 1).groupby(programs.run, sort=False).transform("any")
    gap = (size != last + 1) & long_runs
    if gap.any():
        row = programs[gap].iloc[0]
        attempts = programs.attempt[programs.unit == row.unit]
        missing = min(set(range(attempts.max() + 1)) - set(attempts))
        raise InputError(f"{row.file}: task {row.task!r} of run {row.run!r} has attempts {shown(list(attempts))} "
                         f"(row {row.line}), but not {missing}")  # fmt: skip


def _ended(deciding: pd.DataFrame, last_of: pd.Series, notes: list[str]) -> pd.DataFrame:
    """What became of each history, by its deciding row and the last attempt of its run."""
    by_end = deciding.visible.isna() & (deciding.end == "passed")
    if by_end.any():
        notes.append(f"{many(by_end.sum(), 'row')} without a visible result taken for a pass, by their end")
    passed = (deciding.visible == 1) | by_end
    early = (deciding.attempt < deciding.run.map(last_of)) | (deciding.end == "error")
    outcome = np.select(
        [passed, deciding.visible.isna(), early], ["passed", "unknown", "censored"], default="exhausted"
    )
    ended = deciding.assign(outcome=outcome)
    for run, group in ended[ended.outcome == "censored"].groupby("run"):
        lost = group["count"].sum()
        why = ", ".join(sorted(set(group.end.replace("", "no end is given: taken for an error"))))
        notes.append(f"run {run!r}: {many(lost, 'history')} stopped at attempt {_span(group.attempt)} of {last_of[run]} "
                     f"without a visible pass: censored there ({why})")  # fmt: skip
    for run, group in ended[ended.outcome == "unknown"].groupby("run"):
        if (group.attempt > 0).any() or not deciding.visible[deciding.run == run].isna().all():
            notes.append(f"run {run!r}: not known whether the visible tests passed in {many(group['count'].sum(), 'history')} "
                         f"at attempt {_span(group.attempt)}")  # fmt: skip
    return ended


def _understood(rows: pd.DataFrame, ended: pd.DataFrame, cells: pd.Series, stop: str) -> pd.DataFrame:
    """The rows with what was inferred of them: failures before the last attempt, and how their history ended."""
    rows = rows.copy()
    end = ended.outcome.map(ENDS_OF).where(ended.end == "", ended.end)
    counted = cells[ended.place].to_numpy()
    rows.loc[ended.place[counted], "end"] = end[counted].to_numpy()
    of_unit = pd.Series(end[~counted].to_numpy(), index=ended.unit[~counted].to_numpy(), dtype=object)
    rows.loc[~cells, "end"] = rows.unit[~cells].map(of_unit)
    if stop == "visible":
        last = rows.groupby("unit", sort=False).attempt.transform("max")
        rows.loc[~cells & (rows.attempt < last) & rows.visible.isna(), "visible"] = 0.0
    rows.loc[ended.place[((ended.outcome == "passed") & ended.visible.isna()).to_numpy()], "visible"] = 1.0
    return rows


def _pair(first: pd.Series, second: pd.Series) -> str:
    elsewhere = "" if first.file == second.file else f" of {second.file}"
    return f"{first.line} and {second.line}{elsewhere}"


def _span(attempts: pd.Series) -> str:
    low, high = attempts.min(), attempts.max()
    return f"{low}" if low == high else f"{low} to {high}"
