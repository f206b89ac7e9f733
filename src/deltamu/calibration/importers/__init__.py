"""Known forms of logs, one a module: how each is recognised, and the tidy rows that it becomes.

* `sources`: files, folders, standard input; text as records with line numbers;
* `formats`: what an importer is;
* `tidy`: the tidy table itself, CSV or JSONL;
* `repair_loops`: LDB and Reflexion; `humaneval`; `evalplus`; `aider`; `swebench`; `verdicts` (as JudgeBench).
"""

from collections.abc import Mapping, Sequence

from deltamu.calibration.importers import aider, evalplus, humaneval, repair_loops, swebench, tidy, verdicts
from deltamu.calibration.importers.formats import Format, Imported
from deltamu.calibration.importers.sources import Document
from deltamu.errors import InputError, shown, unknown

FORMATS: dict[str, Format] = {
    "tidy": tidy.FORMAT,
    "ldb": repair_loops.LDB,
    "reflexion": repair_loops.REFLEXION,
    "humaneval": humaneval.FORMAT,
    "evalplus": evalplus.FORMAT,
    "evalplus-first-failure": evalplus.FIRST_FAILURE,
    "aider": aider.FORMAT,
    "aider-leaderboard": aider.LEADERBOARD,
    "swebench": swebench.FORMAT,
    "verdicts": verdicts.FORMAT,
}


def import_log(
    files: Sequence[Document], name: str = "auto", columns: Mapping[str, str] | None = None
) -> tuple[str, Imported]:
    """The format of some files, all of one form, and their raw rows; tidy ones where their columns are named.

    Raises
    ------
    InputError
        The format is not known, or the files are of several or of none.
    """
    if columns:
        if name not in ("auto", "tidy"):
            raise InputError(f"columns are of a tidy log: format = {name!r} has names of its own")
        return "tidy", tidy.read(files, columns)
    if name != "auto":
        if name not in FORMATS:
            raise unknown("format", name, ("auto", *FORMATS))
        return name, FORMATS[name].read(files)
    names = [_recognised(file) for file in files]
    for other, file in zip(names, files, strict=True):
        if other != names[0]:
            raise InputError(f"{files[0].file} is a {names[0]} log, but {file.file} is {other}: read them apart")
    return names[0], FORMATS[names[0]].read(files)


def _recognised(file: Document) -> str:
    for name, known in FORMATS.items():
        if known.recognises(file):
            return name
    found = list(file.first) or (file.content if isinstance(file.content, list) else file.text.split("\n", 1)[:1])
    forms = "; ".join(f"{name}: {known.keys}" for name, known in FORMATS.items())
    raise InputError(f"{file.file} is no known log: it starts with {shown(found)}; name its columns, as in "
                     f"columns = task=KEY,attempt=KEY,visible=KEY,hidden=KEY; known without are {forms}")  # fmt: skip
