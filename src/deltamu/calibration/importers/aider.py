"""Aider's benchmarks: folders of ``.aider.results.json``, and the leaderboards that count them.

A second try sees the errors of the tests, so the tests are visible ones, and nothing hidden is judged.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from deltamu.calibration.importers.formats import Format, Imported, frame, listed, many
from deltamu.calibration.importers.sources import AIDER, Document
from deltamu.errors import InputError, shown

SPELLED = {"visible": "tests_outcomes"}
VISIBLE = "the tests are shown to the agent after a failure: they are visible, and hidden results are not judged"
ROUNDING = 0.05 + 1e-9  # per cent, of rates printed with one digit


def read(files: Sequence[Document]) -> Imported:
    rows, lost = [], 0
    for file in files:
        run, task = _run_and_task(file)
        outcomes = [] if "exception" in file.first else listed(file.first, "tests_outcomes", file, 1)
        rows += [(task, run, attempt, outcome, "", file.file, 1) for attempt, outcome in enumerate(outcomes)]
        if not outcomes:
            lost += 1
            rows.append((task, run, 0, None, "error", file.file, 1))
    notes = [VISIBLE]
    if lost:
        notes.append(f"{many(lost, 'exercise')} without any outcome of a test: not known (end = error)")
    return Imported(frame(rows, "task", "run", "attempt", "visible", "end"), notes, SPELLED)


def _run_and_task(file: Document) -> tuple[str, str]:
    """Aider calls the folder of a run ``date--name``; below it lie language and exercise."""
    parts = PurePosixPath(file.name).parts[:-1]
    inside = [part for part in parts if part not in ("exercises", "practice")]
    if inside and "--" in inside[0]:
        return inside[0], "/".join(inside[1:]) or str(file.first.get("testcase"))
    whole = Path(file.file).parts
    folder = whole[: len(whole) - len(parts) - 1]
    return (folder[-1] if folder else "aider"), "/".join(inside) or str(file.first.get("testcase"))


def read_leaderboard(files: Sequence[Document]) -> Imported:
    rows, notes = [], [VISIBLE]
    for file in files:
        left = []
        for number, entry in enumerate(_entries(file), 1):
            run, counts = str(entry.get("dirname") or entry.get("model") or number), _solved(entry)
            if counts is None:
                left.append(run)
                continue
            tasks, solved = counts
            before = 0
            for attempt, total in enumerate(solved):
                rows.append((run, attempt, 1, total - before, file.file, number))
                before = total
            rows.append((run, len(solved) - 1, 0, tasks - before, file.file, number))
        if left:
            entries = many(len(left), "entry")
            notes.append(f"{entries} of {file.file} left out, with rates that are no whole counts: {shown(left)}")
    if not rows:
        raise InputError(f"{files[0].file}: no entry has test_cases and a pass_rate_1 that is a whole count of them")
    return Imported(frame(rows, "run", "attempt", "visible", "count"), notes)


def _entries(file: Document) -> list[dict[str, Any]]:
    try:
        import yaml
    except ImportError:
        raise InputError(f"{file.file} is YAML: install PyYAML to read it (pip install 'deltamu[logs]')") from None
    try:
        entries = yaml.load(file.text, Loader=yaml.BaseLoader)  # every value stays the text that it is
    except yaml.YAMLError as error:
        raise InputError(f"{file.file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{file.file} is not a list of entries with pass_rate_1 and test_cases")
    return entries


def _solved(entry: dict[str, Any]) -> tuple[int, list[int]] | None:
    """Exercises, and how many of them were solved by each try; None where a rate is no whole count."""
    try:
        tasks = int(entry["test_cases"])
        rates = [float(entry[key]) for key in ("pass_rate_1", "pass_rate_2") if key in entry]
    except (KeyError, TypeError, ValueError):
        return None
    if tasks < 1 or not rates or not all(0 <= rate <= 100 for rate in rates):
        return None
    solved = [round(rate / 100 * tasks) for rate in rates]
    whole = all(abs(rate - 100 * count / tasks) <= ROUNDING for rate, count in zip(rates, solved, strict=True))
    return (tasks, solved) if whole and solved == sorted(solved) and solved[-1] <= tasks else None


FORMAT = Format(
    "tests_outcomes (a folder of .aider.results.json)",
    lambda file: file.file.endswith(AIDER) or "tests_outcomes" in file.first,
    read,
)
LEADERBOARD = Format(
    "a YAML list with dirname, test_cases, pass_rate_1 and pass_rate_2",
    lambda file: file.suffix in (".yml", ".yaml") or file.text.lstrip().startswith("- dirname:"),
    read_leaderboard,
)
