"""Rows gathered into the counts that a law reads; everything that was left out is said."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deltamu.calibration.laws.repair import labels
from deltamu.calibration.laws.reviewers import pattern_counts, reviewers
from deltamu.calibration.rows import NOT_STOPPED, UNKNOWN
from deltamu.calibration.tables import Table, plain_table
from deltamu.errors import InputError, shown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gathered:
    """Counts, the size of the law that they need (attempts, samples, suites, reviewers), and what has to be said."""

    table: Table
    size: int
    notes: tuple[str, ...] = ()


def _runs(rows: pd.DataFrame) -> list[str]:
    return sorted(set(rows["run"]))


# --- the first visible pass ------------------------------------------------------------------------------------------
def first_passes_of(rows: pd.DataFrame, *, stop: str = "visible") -> Gathered:
    """Tasks by the attempt of their first visible pass and their hidden result there.

    A task that ends without a pass has stopped at its last attempt; where that is earlier than the last attempt of its
    run, or it ended by an error, it is censored there.

    Parameters
    ----------
    rows : DataFrame
        See `tidy_rows`.
    stop : "visible" or "none"
        Whether the log stops at the first visible pass; if not, what comes after it is left out.

    Raises
    ------
    InputError
        A task goes on after its visible pass, has several samples, levels or rows at one attempt.
    """
    if stop not in ("visible", "none"):
        raise InputError(f"stop = {shown(stop)} is neither 'visible' nor 'none'")
    ends: list[tuple] = []
    for (run, task), one in rows.groupby(["run", "task"], sort=True):
        _check_single(one, run, task)
        ordered = one.sort_values("attempt", kind="stable")
        if ordered["count"].nunique() > 1 or ordered["attempt"].duplicated().any():
            ends += _aggregated(ordered, run)
            continue
        passed = ordered[ordered["visible"] == 1]
        if len(passed) and len(ordered[ordered["attempt"] > passed["attempt"].iloc[0]]) and stop == "visible":
            at = passed["attempt"].iloc[0]
            raise InputError(f"task {task!r} goes on after its visible pass at attempt {at}: {NOT_STOPPED}")
        final = passed.iloc[0] if len(passed) else ordered.iloc[-1]
        ends.append((run, int(final["attempt"]), int(final["visible"]), int(final["hidden"]), final["end"],
                     float(final["count"])))  # fmt: skip
    columns = ["run", "attempt", "visible", "hidden", "end", "count"]
    table, last, more = _table_of_ends(pd.DataFrame(ends, columns=columns))
    return Gathered(table, last, tuple(more))


def _check_single(one: pd.DataFrame, run: Hashable, task: Hashable) -> None:
    where = f"task {task!r}" + (f" of run {run!r}" if run else "")
    if one["sample"].nunique() > 1:
        raise InputError(f"{where} has {one['sample'].nunique()} samples: a law of repairs reads one sequence a task; "
                         f'use law="samples"')  # fmt: skip
    if one["level"].nunique() > 1:
        raise InputError(f"{where} is judged at levels {', '.join(sorted(set(one['level'])))}: keep one, or use "
                         f'law="levels"')  # fmt: skip


def _aggregated(ordered: pd.DataFrame, run: Hashable) -> list[tuple]:
    """Rows that are counts of cells already: each is the end of its tasks."""
    return [(run, int(row.attempt), int(row.visible), int(row.hidden), row.end, float(count))
            for row, count in zip(ordered.itertuples(), ordered["count"], strict=True)]  # fmt: skip


def _table_of_ends(ends: pd.DataFrame) -> tuple[Table, int, list[str]]:
    """The table of the ends of all tasks, and what has to be said of it."""
    runs = sorted(set(ends["run"]))
    last = int(ends["attempt"].max())
    last_of = {run: int(ends.loc[(ends["run"] == run), "attempt"].max()) for run in runs}
    atoms = {label: place for place, label in enumerate(labels(last))}
    cells: dict[str, NDArray[np.float64]] = {}
    counts: dict[tuple[str, str], float] = {}
    whole: set[tuple[str, str]] = set()
    unknown = {run: _unknown_at_last(ends, run, last_of[run]) for run in runs}

    def cell(name: str, *members: str) -> str:
        if name not in cells:
            cells[name] = np.zeros(len(atoms))
            cells[name][[atoms[member] for member in members]] = 1.0
        return name

    for run in runs:
        final, own = last_of[run], ends[ends["run"] == run]
        passes = _results(own[own["visible"] == 1])
        for t in range(final + 1 - unknown[run]):
            for name, hidden in passes.items():
                whole.add((run, cell(f"pass {t} {name}", *(f"pass {t} {one}" for one in hidden))))
        kinds = ("pass", "stop") if unknown[run] else ("stop",)
        for name, hidden in _results(own[own["visible"] != 1]).items():
            members = [f"{kind} {final} {one}" for kind in kinds for one in hidden]
            whole.add((run, cell(f"{'end' if unknown[run] else 'stop'} {final} {name}", *members)))
    for end in ends.itertuples():
        what = {1: "pass", 0: "stop", UNKNOWN: "end"}[end.visible]
        if unknown[end.run] and end.attempt == last_of[end.run]:
            what = "end"
        kinds = ("pass", "stop") if what == "end" else (what,)
        known = {1: ("right",), 0: ("wrong",), UNKNOWN: ("right", "wrong")}[-1 if end.end == "error" and what != "pass"
                                                                           else end.hidden]  # fmt: skip
        name = f"{what} {end.attempt} {known[0] if len(known) == 1 else 'unjudged'}"
        name = cell(name, *(f"{kind} {end.attempt} {hidden}" for kind in kinds for hidden in known))
        counts[end.run, name] = counts.get((end.run, name), 0.0) + end.count
    names = tuple(cells)
    table = Table(
        tuple(runs),
        names,
        np.array([[counts.get((run, name), 0.0) for name in names] for run in runs]),
        np.broadcast_to(np.stack([cells[name] for name in names]), (len(runs), len(names), len(atoms))),
        np.array([[(run, name) in whole for name in names] for run in runs]),
    )
    return table, last, _said(table, last_of)


def _results(ends: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The hidden results by which ends are told apart: none where there are some and not one was judged."""
    if len(ends) and (ends["hidden"] == UNKNOWN).all():
        return {"unjudged": ("right", "wrong")}
    return {"right": ("right",), "wrong": ("wrong",)}


def _unknown_at_last(ends: pd.DataFrame, run: str, last: int) -> bool:
    """Whether a run's log does not say if the tests passed at its last attempt."""
    at = ends[(ends["run"] == run) & (ends["attempt"] == last)]
    return bool((at["visible"] == UNKNOWN).any())


def _said(table: Table, last_of: dict[str, int]) -> list[str]:
    notes = []
    for i, run in enumerate(table.runs):
        where = f"run {run}: " if run else ""
        outside = (~table.whole[i]) & (table.counts[i] > 0)
        if outside.any():
            parts = ", ".join(f"{count:g} at {cell}" for cell, count in
                              zip(np.array(table.cells)[outside], table.counts[i][outside], strict=True))  # fmt: skip
            notes.append(f"{where}censored or not judged: {parts}")
        if any(cell.startswith("end ") for cell in np.array(table.cells)[table.whole[i]]):
            notes.append(f"{where}the log does not say whether the tests passed at attempt {last_of[run]}")
    return notes


# --- other shapes ----------------------------------------------------------------------------------------------------
def samples_of(rows: pd.DataFrame) -> Gathered:
    """Tasks by how many of their samples are right at the first attempt.

    Raises
    ------
    InputError
        Tasks have different numbers of judged samples, or none is judged.
    """
    first = rows[(rows["attempt"] == 0) & (rows["hidden"] != UNKNOWN)]
    if first.empty:
        raise InputError("hidden is never given at attempt 0: law samples needs it")
    first = first.assign(right=first["hidden"] * first["count"])
    summed = first.groupby(["run", "task"], sort=True)[["right", "count"]].sum()
    sizes = summed["count"].value_counts()
    n = int(sizes.index[0])
    if len(sizes) > 1:
        (run, task), size = next((at, row["count"]) for at, row in summed.iterrows() if row["count"] != n)
        raise InputError(f"task {task!r} of run {run!r} has {size:g} judged samples, others {n}: keep as many of each")
    runs = _runs(first)
    counts = [np.bincount(summed.loc[run]["right"].astype(int), minlength=n + 1) for run in runs]
    return Gathered(plain_table(np.array(counts), [f"{c} of {n} right" for c in range(n + 1)], runs), n)


def levels_of(rows: pd.DataFrame) -> Gathered:
    """Programs by the finest of the nested suites that they pass; coarser suites are those that more programs pass.

    Raises
    ------
    InputError
        There is but one level, or a program passes a suite and fails a coarser one.
    """
    judged = rows[(rows["hidden"] != UNKNOWN) & (rows["attempt"] == 0)]
    names = sorted(set(judged["level"]))
    if len(names) < 2:
        raise InputError(f"level is {', '.join(map(repr, names)) or 'never given'}: law levels needs two suites")
    judged = judged.assign(right=judged["hidden"] * judged["count"])
    order = judged.groupby("level")["right"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    wide = judged.pivot_table(index=["run", "task", "sample"], columns="level", values="hidden", aggfunc="max")[order]
    weights = judged.groupby(["run", "task", "sample"])["count"].max()
    passed = wide.to_numpy()
    wrong = (np.diff(passed, axis=1) > 0).any(axis=1)
    if wrong.any():
        run, task, _ = wide.index[int(np.argmax(wrong))]
        raise InputError(f"task {task!r} of run {run!r} passes a suite and fails a coarser one ({' < '.join(order)})")
    depth = np.nansum(passed, axis=1).astype(int)
    runs = _runs(judged)
    counts = np.zeros((len(runs), len(order) + 1))
    at = [runs.index(run) for run in wide.index.get_level_values("run")]
    np.add.at(counts, (at, depth), weights.loc[wide.index].to_numpy())
    cells = [f"passes {j} of {len(order)} suites" for j in range(len(order) + 1)]
    return Gathered(plain_table(counts, cells, runs), len(order), (f"suites from coarse to fine: {', '.join(order)}",))


def reviewers_of(rows: pd.DataFrame) -> Gathered:
    """Cases by which reviewers judged rightly, the hidden result being the truth.

    Raises
    ------
    InputError
        No reviewer is named, or one did not judge a case.
    """
    judged = rows[(rows["reviewer"] != "") & (rows["verdict"] != UNKNOWN) & (rows["hidden"] != UNKNOWN)]
    names = sorted(set(judged["reviewer"]))
    if len(names) < 2:
        raise InputError(f"{len(names)} reviewers with verdicts and hidden results: law judges needs two or more")
    judged = judged.assign(right=(judged["verdict"] == judged["hidden"]).astype(int))
    wide = judged.pivot_table(index=["run", "task", "attempt", "sample"], columns="reviewer", values="right",
                              aggfunc="max")[names]  # fmt: skip
    if wide.isna().to_numpy().any():
        row, column = np.argwhere(wide.isna().to_numpy())[0]
        raise InputError(f"reviewer {names[column]!r} did not judge task {wide.index[row][1]!r}")
    runs = _runs(judged)
    of_run = wide.index.get_level_values("run")
    counts = np.stack([pattern_counts(wide[of_run == run].to_numpy()) for run in runs])
    return Gathered(plain_table(counts, reviewers(len(names)).labels, runs), len(names),
                    (f"reviewers in order: {', '.join(names)}",))  # fmt: skip


def two_tries_of(rows: pd.DataFrame) -> Gathered:
    """Exercises by the try at which they were solved: attempt 0, attempt 1, or neither."""
    ends = rows[rows["attempt"] <= 1].assign(solved=lambda frame: np.where(
        frame["hidden"] != UNKNOWN, frame["hidden"], frame["visible"]))  # fmt: skip
    runs = _runs(rows)
    counts = np.zeros((len(runs), 3))
    for (run, _), one in ends.groupby(["run", "task"], sort=True):
        solved = one[one["solved"] == 1]
        counts[runs.index(run), int(solved["attempt"].min()) if len(solved) else 2] += float(one["count"].iloc[0])
    return Gathered(plain_table(counts, ("solved at the first try", "solved at the second", "not solved"), runs), 2)


def failures_of(rows: pd.DataFrame) -> Gathered:
    """Failures by interval: the attempt is the index of the interval, the count its failures."""
    runs, number = _runs(rows), int(rows["attempt"].max()) + 1
    counts = np.zeros((len(runs), number))
    np.add.at(counts, ([runs.index(run) for run in rows["run"]], rows["attempt"].to_numpy()), rows["count"].to_numpy())
    return Gathered(plain_table(counts, [f"interval {i + 1}" for i in range(number)], runs), number)


GATHERERS: dict[str, Callable[..., Gathered]] = {
    "first passes": first_passes_of, "samples": samples_of, "levels": levels_of, "reviewers": reviewers_of,
    "two tries": two_tries_of, "failures": failures_of,
}  # fmt: skip
