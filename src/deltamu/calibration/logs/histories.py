"""From rows to histories: one a task and sample, with where it first passed its visible tests, or why it did not.

A history is told attempt by attempt, or by its last row alone (then attempts before it failed, since the loop goes on
only after a failure).  Rows that count are last rows: of as many tasks, or of as many samples of the task they name.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from deltamu.calibration.importers.formats import many
from deltamu.calibration.rows import NOT_STOPPED
from deltamu.errors import InputError, shown

STOPS = ("visible", "none")
UNIT = ["run", "task", "sample"]
PROGRAM = ["unit", "attempt"]
ROW = [*PROGRAM, "level", "reviewer"]
SORTED = [*UNIT, "attempt", "level", "reviewer", "visible", "hidden", "verdict", "parent", "end", "count"]
OUTCOMES = ("passed", "exhausted", "censored", "unknown")
END_OF = {"passed": "passed", "exhausted": "exhausted", "censored": "error", "unknown": ""}
CONTRADICTIONS = (("passed", 0), ("exhausted", 1), ("error", 1))  # an end, and a visible result that cannot be
NO_END = "no end is given: taken for an error"


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
    rows = rows.assign(unit=rows.groupby(UNIT, sort=False).ngroup(), place=rows.index)
    counts = _are_counts(rows)
    apart = counts & ((rows.level != "") | (rows.reviewer != ""))
    _check_twice(rows[~counts])
    _check_ends(rows[counts], CONTRADICTIONS)
    programs, notes = _programs(rows[~counts])
    attempts, inferred = _inferred(programs, stop)
    told, counted = _deciding(attempts, stop), rows[counts & ~apart].assign(alone=True)
    deciding = _together(told.assign(is_count=False), counted.assign(is_count=True))
    deciding = _ended(deciding, rows.groupby("run").attempt.max())
    notes += _notes_on_rows(rows, attempts, apart, inferred) + _notes_on_histories(deciding, rows)
    return Histories(
        deciding[["run", "task", "sample", "outcome", "attempt", "hidden", "count"]],
        _understood(rows, deciding, counts),
        notes,
    )


def _are_counts(rows: pd.DataFrame) -> pd.Series:
    """Whether a row counts histories and is no attempt of one: unnamed, counted above 1, or the same row twice."""
    several = rows.counted & ((rows["count"] != 1) | rows.duplicated(ROW, keep=False))
    if not several.any():
        return rows.counted & (rows.task == "")
    named = several.groupby([rows.run, rows.task], sort=False).transform("any") & (rows.task != "")
    if (named & ~rows.counted).any():
        row = rows[named & ~rows.counted].iloc[0]
        raise InputError(
            f"{row.file}: count = empty at row {row.line} is not a number: other rows of task {row.task!r} have one"
        )
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
        raise InputError(
            f"{row.file}: end = {row.end} at row {row.line} contradicts visible = {row.visible:g} of "
            f"task {row.task!r}, attempt {row.attempt}"
        )


def _programs(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """One row a program: levels and reviewers of the same program brought together."""
    levels, reviewers = rows.level.nunique() > 1, rows.reviewer.nunique() > 1
    if not (levels or reviewers):
        return rows, []
    _check_agreement(rows, PROGRAM, "visible")
    _check_agreement(rows, [*PROGRAM, "level"], "hidden")
    results = rows.groupby(PROGRAM, sort=False)[["visible", "hidden"]].min()
    programs = rows.drop_duplicates(PROGRAM).set_index(PROGRAM).assign(**dict(results.items())).reset_index()
    return programs, ["hidden passes in the cells where it passes at every level that judged it"] if levels else []


def _check_agreement(rows: pd.DataFrame, keys: list[str], name: str) -> None:
    spread = rows.groupby(keys, sort=False)[name].transform("nunique")
    if (spread > 1).any():
        these = rows[(spread > 1) & rows[name].notna()]
        first = these.iloc[0]
        same = np.logical_and.reduce([these[key] == first[key] for key in keys])
        second = these[same & (these[name] != first[name])].iloc[0]
        raise InputError(
            f"{first.file}: {name} of task {first.task!r}, attempt {first.attempt} is both 0 and 1, "
            f"at rows {_pair(first, second)}: it has to be the same in all rows of a program"
        )


def _inferred(programs: pd.DataFrame, stop: str) -> tuple[pd.DataFrame, int]:
    """Every history checked, with its ``last`` attempt, its ``first`` visible pass and its end on all its rows; and how
    many failures are inferred.

    A loop that stops at its first visible pass has failed before its last attempt, whether that was written or not.
    """
    by_unit = programs.groupby("unit", sort=False).attempt
    programs = programs.assign(last=by_unit.transform("max"), end=_one_end(programs))
    _check_gaps(programs, by_unit.transform("size"))
    unknown = (programs.attempt < programs["last"]) & programs.visible.isna()
    if unknown.any() and stop == "none":
        row = programs[unknown].iloc[0]
        raise InputError(
            f"{row.file}: visible is empty at row {row.line}, before the last attempt of task {row.task!r}: "
            'with stop="none" it has to be 0 or 1'
        )
    passed = programs.attempt.where(programs.visible == 1).groupby(programs.unit, sort=False).transform("min")
    return programs.assign(visible=programs.visible.mask(unknown, 0.0), first=passed), int(unknown.sum())


def _one_end(programs: pd.DataFrame) -> pd.Series:
    """The end of each history, on all of its rows; two of them contradict each other."""
    given = programs.end.where(programs.end != "")
    if not given.notna().any():
        return programs.end
    by_unit = given.groupby(programs.unit, sort=False)
    several = by_unit.transform("nunique") > 1
    if several.any():
        row = programs[several].iloc[0]
        ends = sorted(set(programs.end[programs.unit == row.unit]) - {""})
        raise InputError(f"{row.file}: task {row.task!r} ends in several ways: {', '.join(ends)}")
    return by_unit.transform("first").fillna("")


def _check_gaps(programs: pd.DataFrame, size: pd.Series) -> None:
    """A history is whole, from attempt 0 on; one row alone stands for it only where no history of its run has more."""
    whole_told = (size > 1).groupby(programs.run, sort=False).transform("any")
    gap = (size != programs["last"] + 1) & whole_told
    if gap.any():
        row = programs[gap].iloc[0]
        attempts = programs.attempt[programs.unit == row.unit].tolist()
        if not (programs.attempt[programs.run == row.run] == 0).any():
            raise InputError(f"{row.file}: attempts of run {row.run!r} start at {min(attempts)} (row {row.line}), not "
                             "at 0, the first program: attempt=# among columns counts the rows of a task")  # fmt: skip
        missing = min(set(range(max(attempts) + 1)) - set(attempts))
        raise InputError(
            f"{row.file}: task {row.task!r} of run {row.run!r} has attempts {shown(attempts)} (row {row.line}), "
            f"but not {missing}"
        )


def _deciding(attempts: pd.DataFrame, stop: str) -> pd.DataFrame:
    """The row that decides each history: its first visible pass, or else its last attempt."""
    first = attempts["first"]
    late = attempts.attempt > first
    if late.any() and stop == "visible":
        row = attempts[late].iloc[0]
        raise InputError(
            f"{row.file}: task {row.task!r} goes on after its visible pass at attempt {int(first[row.name])}: "
            f"{NOT_STOPPED}"
        )
    deciding = attempts[attempts.attempt == first.fillna(attempts["last"])]
    _check_ends(deciding, CONTRADICTIONS if stop == "visible" else CONTRADICTIONS[:1])
    alone = ~deciding.unit.isin(attempts.unit[attempts.attempt == 0])
    return deciding.assign(alone=alone)


def _ended(deciding: pd.DataFrame, last_of: pd.Series) -> pd.DataFrame:
    """What became of each history, by its deciding row and the last attempt of its run."""
    passed = (deciding.visible == 1) | (deciding.visible.isna() & (deciding.end == "passed"))
    early = (deciding.attempt < deciding.run.map(last_of)) | (deciding.end == "error")
    outcome = np.select(
        [passed, deciding.visible.isna(), early], ["passed", "unknown", "censored"], default="exhausted"
    )
    return deciding.assign(outcome=outcome)


def _notes_on_rows(rows: pd.DataFrame, attempts: pd.DataFrame, apart: pd.Series, inferred: int) -> list[str]:
    numbers = {
        "with counts by level or reviewer kept as rows only: how these agree within a task is not known": (
            apart,
            "row",
        ),
        "after a first visible pass not used by laws of first passes": (
            attempts.attempt > attempts["first"],
            "attempt",
        ),
    }
    notes = [f"{many(int(mask.sum()), thing)} {text}" for text, (mask, thing) in numbers.items() if mask.any()]
    if inferred:
        notes.append(f"{many(inferred, 'attempt')} without a visible result taken for a failure: the loop went on")
    return notes


def _notes_on_histories(deciding: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    def number(mask: pd.Series) -> int:
        return int(deciding["count"][mask].sum())

    samples = deciding.is_count & (deciding.task != "")
    by_end = (deciding.outcome == "passed") & deciding.visible.isna()
    alone = deciding.alone & (deciding.attempt > 0)
    numbers = {
        "counted for named tasks: samples of these tasks, each a history": (samples, "program"),
        "without a visible result taken for a pass, by their end": (by_end, "history"),
        "told by their last row alone: earlier attempts are taken to have failed the visible tests": (alone, "history"),
    }
    notes = [f"{many(number(mask), thing)} {text}" for text, (mask, thing) in numbers.items() if mask.any()]
    last_of = rows.groupby("run").attempt.max()
    for run, group in deciding[deciding.outcome == "censored"].groupby("run"):
        why = ", ".join(sorted(set(group.end.replace("", NO_END))))
        notes.append(
            f"run {run!r}: {many(group['count'].sum(), 'history')} stopped at attempt {_span(group.attempt)} of "
            f"{last_of[run]} without a visible pass: censored there ({why})"
        )
    never_seen = deciding.visible.isna().groupby(deciding.run).transform("all") & (deciding.attempt == 0)
    for run, group in deciding[(deciding.outcome == "unknown") & ~never_seen].groupby("run"):
        notes.append(
            f"run {run!r}: not known whether the visible tests passed in {many(group['count'].sum(), 'history')} "
            f"at attempt {_span(group.attempt)}"
        )
    return notes


def _understood(rows: pd.DataFrame, deciding: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """The rows with what was inferred of them: failures before the last attempt, and how their history ended."""
    rows = rows.copy()
    end = deciding.outcome.map(END_OF).where(deciding.end == "", deciding.end)
    counted = counts[deciding.place].to_numpy()
    rows.loc[deciding.place[counted], "end"] = end[counted].to_numpy()
    end_of = pd.Series(end[~counted].to_numpy(), index=deciding.unit[~counted].to_numpy(), dtype=object)
    rows.loc[~counts, "end"] = rows.unit[~counts].map(end_of)
    before = rows.attempt < rows.groupby("unit", sort=False).attempt.transform("max")
    rows.loc[~counts & before & rows.visible.isna(), "visible"] = 0.0
    rows.loc[deciding.place[((deciding.outcome == "passed") & deciding.visible.isna()).to_numpy()], "visible"] = 1.0
    return rows


def _together(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two tables of the same columns, one below the other; an empty one says nothing about their types."""
    filled = [table for table in (first, second) if len(table)] or [first]
    return pd.concat(filled, ignore_index=True)


def _pair(first: pd.Series, second: pd.Series) -> str:
    elsewhere = "" if first.file == second.file else f" of {second.file}"
    return f"{first.line} and {second.line}{elsewhere}"


def _span(attempts: pd.Series) -> str:
    low, high = attempts.min(), attempts.max()
    return f"{low}" if low == high else f"{low} to {high}"
