"""The log told back as it was understood: runs, tasks, attempts, what is not known and why, what was not measured."""

import json

import numpy as np
import xarray as xr

MOST_RUNS = 20


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
    note: 10 histories are told by their last row alone: their attempts before it are taken to have failed the visible tests
    not measured: hidden results; a second sample of a task; reviewers' verdicts
    """
    runs, tasks = log.sizes["run"], int(log.tasks.sum())
    stop = "stopped at the first visible pass" if log.attrs["stop"] == "visible" else "not stopped at a visible pass"
    lines = [f"{log.attrs['source']} ({log.attrs['source_format']}): {_many(runs, 'run')}, {_many(tasks, 'task')}, {stop}"]
    lines += [_run(log.isel(run=at)) for at in range(min(runs, MOST_RUNS))]
    if runs > MOST_RUNS:
        lines.append(f"... and {runs - MOST_RUNS} more runs")
    lines += [f"note: {note}" for note in json.loads(log.attrs["notes"])]
    missing = _not_measured(log)
    return "\n".join([*lines, f"not measured: {'; '.join(missing)}"] if missing else lines)


def _run(log: xr.Dataset) -> str:
    def counted(mask: xr.DataArray) -> int:
        return int(log["count"].where(mask, 0).sum())

    passed, last, histories = log.outcome == "passed", int(log.last), int(log["count"].sum())
    parts = [f"run {log.run.item()!r}: {_many(int(log.tasks), 'task')}"]
    parts[0] += f", attempts 0 to {last}" if last else ", one attempt"
    if histories != int(log.tasks) and histories:
        parts[0] += f", {histories} histories"
    if counted((log.outcome != "unknown")):
        first, later = counted(passed & (log.attempt == 0)), counted(passed & (log.attempt > 0))
        never = counted(log.outcome == "exhausted")
        text = f"visible tests passed at attempt 0 by {first}"
        parts.append(text + (f", later by {later}, never by {never}" if last else f", not by {never}"))
    parts += [f"{outcome} {number}" for outcome in ("censored", "unknown") if (number := counted(log.outcome == outcome))]
    judged = log.hidden != "unknown"
    if counted(judged):
        for name, mask in (("of visible passes", passed), ("of the rest", ~passed)):
            if number := counted(mask & judged):
                parts.append(f"hidden tests passed by {counted(mask & (log.hidden == 'pass'))} of {number} judged {name}")
    return "; ".join(parts)


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


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
