"""A folder that is made anew when, and only when, a file that it was made from has changed."""

import hashlib
from pathlib import Path

from deltamu.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
STAMP = "stamp"


def digest(*patterns):
    """One number for the contents of all files that match, below the top of the checkout."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()


def is_fresh(folder, stamp):
    mark = folder / STAMP
    return mark.exists() and mark.read_text(encoding="utf-8") == stamp


def fill(folder, files, stamp):
    """Make a folder hold these files and no others; the stamp is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        write(folder / name, content)
    write(folder / STAMP, stamp)


def write(path, content):
    """Write a file whole, and leave one that is the same alone: Sphinx reads again what is newer."""
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
