"""Verdicts of judges about pairs, as JudgeBench writes them: ``label`` is the truth, ``judgments`` one or two games.

The second game shows the pair in reverse order, so its decision is turned round; where the two disagree the judge has
no verdict.  hidden and verdict are 1 where the first answer of the pair is the better one.
"""

from collections.abc import Sequence
from typing import Any

from deltamu.calibration.importers.formats import Format, Imported, frame, listed, many, records, value
from deltamu.calibration.importers.sources import Document
from deltamu.errors import InputError, shown

SIGN = {"A>B": 1, "B>A": -1, "A=B": 0, None: 0}
TRUTH = {"A>B": 1, "B>A": 0}
SPELLED = {"task": "pair_id", "hidden": "label", "verdict": "judgments"}


def read(files: Sequence[Document]) -> Imported:
    rows, open_ = [], 0
    for file in files:
        for line, record in records(file):
            label = value(record, "label", file, line)
            if label not in TRUTH:
                raise InputError(f"{file.file}: label = {shown(label)} at row {line} is not A>B or B>A")
            verdict = _verdict(listed(record, "judgments", file, line), file, line)
            open_ += verdict is None
            reviewer = next((record[key] for key in ("reviewer", "judge") if key in record), file.name)
            rows.append((value(record, "pair_id", file, line), record.get("response_model", "pairs"), 0, TRUTH[label],
                         reviewer, verdict, file.file, line))  # fmt: skip
    notes = ["verdict and hidden are 1 where the first answer of a pair is the better one; a file without a judge's "
             "name is a judge"]  # fmt: skip
    if open_:
        notes.append(f"no verdict from {many(open_, 'judgment')}: a tie, or another one when the pair is turned round")
    return Imported(frame(rows, "task", "run", "attempt", "hidden", "reviewer", "verdict"), notes, SPELLED)


def _verdict(judgments: list[Any], file: Document, line: int) -> int | None:
    if not 1 <= len(judgments) <= 2:
        raise InputError(f"{file.file}: {len(judgments)} judgments at row {line}, not one or two")
    score = 0
    for game, judgment in enumerate(judgments):
        decision = judgment.get("decision") if isinstance(judgment, dict) else judgment
        if not isinstance(decision, str | None) or decision not in SIGN:
            raise InputError(f"{file.file}: decision = {shown(decision)} at row {line} is not A>B, B>A, A=B or empty")
        score += SIGN[decision] * (-1) ** game
    return None if score == 0 else int(score > 0)


FORMAT = Format("pair_id, label, judgments", lambda file: {"label", "judgments"} <= set(file.first), read)
