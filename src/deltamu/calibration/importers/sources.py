"""Where logs lie: a file, plain or gzipped, a folder, standard input; and their text as records with line numbers."""

import gzip
import json
import os
import sys
import zlib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from deltamu.errors import InputError, shown
from deltamu.files import read_bytes

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".yml", ".yaml")
AIDER = ".aider.results.json"
EXAMPLE = "example"
Record = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Document:
    """One file: what a run is called after (`name`), what messages call it (`file`), its text."""

    name: str
    file: str
    text: str

    @property
    def suffix(self) -> str:
        return _suffix(self.file)

    @cached_property
    def content(self) -> Any:
        """The one JSON value that the text is, or None where it is none."""
        if not self.text.lstrip().startswith(("{", "[")):
            return None
        try:
            return json.loads(self.text)
        except RecursionError:
            raise InputError(f"{self.file} is nested too deeply") from None
        except ValueError:
            return None

    @cached_property
    def records(self) -> list[Record]:
        """The objects of JSON lines, or of one JSON list, each with its number; none if the text is neither."""
        if not self.text.lstrip().startswith(("{", "[")):
            return []
        if isinstance(self.content, list):
            return [(number, _object(item, self.file, number)) for number, item in enumerate(self.content, 1)]
        lines = [(number, line) for number, line in enumerate(self.text.split("\n"), 1) if line.strip()]
        if len(lines) > 1 and isinstance(self.content, dict):  # one object, printed over several lines
            return [(1, self.content)]
        return [(number, _object(_parsed(line, self.file, number), self.file, number)) for number, line in lines]

    @property
    def first(self) -> dict[str, Any]:
        """The first record, whose keys tell the format; empty where there is none."""
        if isinstance(self.content, dict):
            return self.content
        return self.records[0][1] if self.records else {}


def documents(path: str | Path) -> tuple[list[Document], list[str]]:
    """The files of a log, and notes of what was left out.

    Raises
    ------
    InputError
        Nothing is there, it cannot be read, is empty, or is not UTF-8 text.
    """
    if not isinstance(path, str | Path):
        raise InputError(f"the path of a log is a text, not {shown(path)}")
    if str(path) == "-":
        return [_document("standard input", "standard input", sys.stdin.buffer.read())], []
    if str(path) == EXAMPLE and not Path(EXAMPLE).exists():
        data = resources.files("deltamu.calibration") / "data" / "example_log.csv"
        return [_document(EXAMPLE, "example_log.csv", data.read_bytes())], []
    if os.path.isdir(path):
        return _folder(Path(path))
    return [_document(_stem(Path(path).name), str(path), read_bytes(path))], []


def _folder(folder: Path) -> tuple[list[Document], list[str]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and _suffix(path.name))
    of_aider = [path for path in found if path.name == AIDER]
    visible = [path for path in found if not path.name.startswith(".")]
    kept = of_aider or next(
        (same for suffix in SUFFIXES if (same := [path for path in visible if _suffix(path.name) == suffix])), []
    )
    if not kept:
        raise InputError(f"folder {folder} holds no log: no file in it ends in {', '.join(SUFFIXES)}")
    left = len(visible) - len(set(visible) & set(kept))
    kind = AIDER if of_aider else _suffix(kept[0].name)
    notes = [f"{left} of the files in folder {folder} are not {kind}: not read"] if left else []
    files = []
    for path in kept:
        inner = path.relative_to(folder)
        files.append(_document((inner.parent / _stem(inner.name)).as_posix(), str(path), read_bytes(path)))
    return files, notes


def _document(name: str, file: str, data: bytes) -> Document:
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            raise InputError(f"cannot read {file}: the gzip file is damaged or cut off") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"cannot read {file}: it is not UTF-8 text") from None
    if not text.strip():
        raise InputError(f"{file} is empty")
    return Document(name, file, text.replace("\r\n", "\n").replace("\r", "\n"))


def _suffix(name: str) -> str:
    name = name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def _stem(name: str) -> str:
    plain = name[: -len(".gz")] if name.lower().endswith(".gz") else name
    return plain[: len(plain) - len(_suffix(name))]


def _parsed(line: str, file: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise InputError(f"{file}: row {number} is no JSON, or is cut off: {shown(line)} ({error})") from None
    except RecursionError:
        raise InputError(f"{file}: row {number} is nested too deeply") from None


def _object(item: Any, file: str, number: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InputError(f"{file}: row {number} is {shown(item)}, not a JSON object")
    return item
