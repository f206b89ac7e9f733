"""The README tells the truth: its examples run (the >>> ones as doctests), its commands print what it shows."""

import re
import shlex
from pathlib import Path

import pytest

from deltamu.presentation.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SESSIONS = {f"{page.stem} {i}": session for page in PAGES
            for i, session in enumerate(CONSOLE.findall(page.read_text(encoding="utf-8")))
            if re.search(r"^[^$\n]", session, re.MULTILINE)}  # fmt: skip  # those that show what is printed


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_commands_print_what_is_shown(session, capsys):
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        assert main(shlex.split(command)[1:]) == 0
        printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        wanted = [line.rstrip() for line in shown.splitlines()]
        if wanted[-1] == "...":
            wanted.pop()
            printed = printed[: len(wanted)]
        assert printed == wanted


def test_commands_that_are_mentioned_exist():
    assert set(re.findall(r"`deltamu ([a-z][a-z-]*)", README)) <= set(COMMANDS)
    assert any(name.startswith("README") for name in SESSIONS)


def test_files_that_are_linked_exist():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert all((ROOT / link).is_file() for link in links)


def test_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)", README, flags=re.MULTILINE))
    assert {name for pair in named for name in pair if name} <= targets
