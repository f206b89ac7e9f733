r"""The manuscript: main.tex, and the files of text beside it that it takes in by \input."""

import re

TAKEN_IN = re.compile(r"\\input\{([^}]+)\}")


def parts(main):
    """The text of the manuscript's files by name, main.tex first; what is generated is none of them."""
    found = {main.name: main.read_text(encoding="utf-8")}
    for name in TAKEN_IN.findall(found[main.name]):
        path = (main.parent / name).with_suffix(".tex")
        if path.exists():
            found[path.relative_to(main.parent).as_posix()] = path.read_text(encoding="utf-8")
    return found


def whole(found):
    """All of its text."""
    return "\n".join(found.values())


def place(text, found):
    """`FILE:LINE` of the first line that has the text."""
    for name, source in found.items():
        for number, line in enumerate(source.splitlines(), 1):
            if text and text in line:
                return f"{name}:{number}"
    return f"{next(iter(found))}:?"
