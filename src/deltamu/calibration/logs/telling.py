"""The log told back as it was understood: runs, tasks, attempts, what is not known and why, what was not measured."""

import json

import numpy as np
import pandas as pd
import xarray as xr

from deltamu.calibration.importers.formats import COLUMNS, many
from deltamu.errors import InputError
from deltamu.model.arguments import checked

MOST_RUNS = 20


def check_log(log: xr.Dataset) -> None:
    """Raise unless a Dataset is a log."""
    if f"row_{COLUMNS[0]}" not in log:
        raise InputError("this is no log: read_log and log_from_counts make one")


@checked
def told(log: xr.Dataset) -> str:
    """The log told back in a few lines of plain English.

    Parameters
    ----------
    log : xarray.Dataset
        From `read_log` or `log_from_counts`.

    Returns
    -------
    str
        A line on the whole, one a run, one a note, and one on what was not measured.

    Examples
    --------
    >>> from deltamu.calibration.logs import log_from_counts
    >>> print(told(log_from_counts({"attempt": [0, 1, 1], "visible": [1, 1, 0], "count": [80, 6, 4]})))
    counts (counts): 1 run, 90 tasks, stopped at the first visible pass
    run 'counts': 90 tasks, attempts 0 to 1; visible tests passed at attempt 0 by 80, later by 6, never by 4
    note: 10 histories told by their last row alone: earlier attempts are taken to have failed the visible tests
    not measured: hidden results; a second sample of a task; reviewers' verdicts
    """
    check_log(log)
    runs, tasks = log.sizes["run"], int(log.tasks.sum())
    shared = _shared(log)
    stop = (
        ", stopped at the first visible pass" if log.attrs["stop"] == "visible" else ", not stopped at a visible pass"
    )
    stop = stop if log["last"].max() > 0 else ""
    source = f"{log.attrs['source']} ({log.attrs['source_format']})"
    lines = [f"{source}: {many(runs, 'run')}, {many(tasks, 'task')}{stop}"]
    lines += [_run(log.isel(run=at)) for at in range(min(runs, MOST_RUNS))]
    if runs > MOST_RUNS:
        lines.append(f"... and {runs - MOST_RUNS} more runs")
    lines += _levels(log) + _reviewers(log)
    if shared:
        lines.append(f"{many(shared, 'task')} in several runs: results on the same tasks are not independent, and the "
                     "intervals do not allow for it")  # fmt: skip
    lines += [f"note: {note}" for note in json.loads(log.attrs["notes"])]
    missing = _not_measured(log)
    return "\n".join([*lines, f"not measured: {'; '.join(missing)}"] if missing else lines)


def _run(log: xr.Dataset) -> str:
    def counted(mask: xr.DataArray) -> int:
        return int(log["count"].where(mask, 0).sum())

    passed, last, histories = log.outcome == "passed", int(log.last), int(log["count"].sum())
    parts = [f"run {log.run.item()!r}: {many(int(log.tasks), 'task')}"]
    parts[0] += f", attempts 0 to {last}" if last else ", one attempt"
    if histories != int(log.tasks) and histories:
        parts[0] += f", {many(histories, 'history')}"
    seen = counted(log.outcome != "unknown")
    if seen:
        first, later = counted(passed & (log.attempt == 0)), counted(passed & (log.attempt > 0))
        never = counted(log.outcome == "exhausted")
        text = f"visible tests passed at attempt 0 by {first}"
        parts.append(text + (f", later by {later}, never by {never}" if last else f", not by {never}"))
    if number := counted(log.outcome == "censored"):
        parts.append(f"{number} censored")
    if seen and (number := counted(log.outcome == "unknown")):
        parts.append(f"not known of {number}")
    judged = log.hidden != "unknown"
    groups = {"visible passes": passed, "others" if seen else "programs": ~passed}
    sizes = {name: counted(mask & judged) for name, mask in groups.items()}
    texts = [
        f"{counted(groups[name] & (log.hidden == 'pass'))} of {size} {name}" for name, size in sizes.items() if size
    ]
    if texts:
        parts.append(f"hidden tests passed by {', '.join(texts)}")
    return "; ".join(parts)


def _levels(log: xr.Dataset) -> list[str]:
    levels = log.row_level
    passes = {
        str(level): log.row_hidden[(levels == level).to_numpy()].to_numpy()
        for level in np.unique(levels.to_numpy().astype(str)) if level
    }  # fmt: skip
    weight = {level: log.row_count[(levels == level).to_numpy()].to_numpy() for level in passes}
    texts = [f"{level} {int(weight[level][good == 1].sum())} of {int(weight[level][good >= 0].sum())}"
             for level, good in list(passes.items())[:MOST_RUNS]]  # fmt: skip
    more = f" ... and {len(passes) - MOST_RUNS} more" if len(passes) > MOST_RUNS else ""
    return [f"levels, hidden results that passed: {', '.join(texts)}{more}"] if texts else []


def _reviewers(log: xr.Dataset) -> list[str]:
    given = log.row_verdict.notnull().to_numpy()
    if not given.any():
        return []
    judged = given & log.row_hidden.notnull().to_numpy()
    count, right = log.row_count.to_numpy(), (log.row_verdict == log.row_hidden).to_numpy()
    names = np.unique(log.row_reviewer.to_numpy()[given].astype(str))
    return [f"{many(len(names), 'reviewer')}, {many(int(count[given].sum()), 'verdict')}; as the hidden result: "
            f"{int(count[judged & right].sum())} of {int(count[judged].sum())}"]  # fmt: skip


def _not_measured(log: xr.Dataset) -> list[str]:
    several = log.row_sample.max() > 0 or bool((log.row_task != "").any() and (log.row_count > 1).any())
    missing = {
        "visible results": bool(log.row_visible.isnull().all()),
        "hidden results": bool(log.row_hidden.isnull().all()),
        "a repair of any program": int(log.row_attempt.max()) == 0,
        "a second sample of a task": not several,
        "reviewers' verdicts": bool(np.all(log.row_reviewer == "")),
    }
    return [name for name, is_missing in missing.items() if is_missing]


def _shared(log: xr.Dataset) -> int:
    """How many named tasks more than one run has."""
    pairs = pd.DataFrame({"task": log.row_task.to_numpy(), "run": log.row_run.to_numpy()}).drop_duplicates()
    return int((pairs.task[pairs.task != ""].value_counts() > 1).sum())
