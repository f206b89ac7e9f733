"""The site: its sources are complete and parse; the long test builds it, with warnings and dead links as errors."""

import ast
import doctest
import inspect
import json
import re
import shlex
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from benchmarks import table

import deltamu as dm
from deltamu.claims import derivations
from deltamu.presentation.cli import COMMANDS
from deltamu.presentation.cli.parser import Parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = sorted(path for path in DOCS.rglob("*.md") if not {"build", "generated"} & set(path.relative_to(DOCS).parts))
REFERENCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").glob("*.rst")))
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
TUTORIALS = sorted(path for path in (DOCS / "tutorials").glob("*.md") if path.stem != "index")
MODULES = {name for name in dm.__all__ if isinstance(getattr(dm, name), ModuleType)}


@pytest.fixture
def tools(monkeypatch):
    """The modules of the site's build, by name."""
    for folder in (ROOT / "paper", DOCS):
        monkeypatch.syspath_prepend(str(folder))
    return import_module


def of_page(path):
    return path.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("name", sorted(set(dm.__all__) - MODULES))
def test_every_public_name_is_in_the_reference(name):
    assert re.search(rf"^   {name}$|^\.\. py:data:: {name}$", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(name for name in set(dm.__all__) - MODULES if callable(getattr(dm, name))))
def test_every_public_name_says_what_it_takes_and_returns_with_an_example(name):
    thing = getattr(dm, name)
    text = inspect.getdoc(thing)
    sections = {line for line, below in pairwise(text.splitlines()) if below and set(below) == {"-"}}
    assert "Examples" in sections
    assert inspect.isclass(thing) or {"Parameters", "Returns"} <= sections


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_public_module_is_in_the_reference(name):
    assert re.search(rf"^\.\. (?:automodule|py:module):: deltamu\.{name}$", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize("path", TUTORIALS, ids=of_page)
def test_tutorials_parse_and_import_nothing_that_is_not_installed_with_them(path):
    cells = [cell for cell in CELL.findall(path.read_text(encoding="utf-8")) if not cell.startswith(":tags: [remove-")]
    assert cells
    known = {"deltamu", "matplotlib", "numpy", "pandas", "sympy", "xarray", *sys.stdlib_module_names}
    for cell in cells:
        for node in ast.walk(ast.parse(re.sub(r"^:tags: .*", "", cell))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert {name.partition(".")[0] for name in names} <= known


@pytest.mark.parametrize("path", SOURCES, ids=of_page)
def test_commands_that_are_shown_are_understood(path):
    """Each `$ deltamu ...` names a command, and options that this command has."""
    for session in CONSOLE.findall(path.read_text(encoding="utf-8")):
        for line in re.findall(r"^\$ (deltamu .*)$", session, re.MULTILINE):
            _, command, *arguments = shlex.split(line)
            assert command in COMMANDS
            parser = Parser(prog="deltamu")
            import_module(f"deltamu.presentation.cli.{command.replace('-', '_')}").fill(parser)
            options = {option for action in parser._actions for option in action.option_strings}
            assert {argument.partition("=")[0] for argument in arguments if argument.startswith("--")} <= options


def test_the_speed_page_shows_what_was_measured():
    page = table.PAGE.read_text(encoding="utf-8")
    results = json.loads(table.RESULTS.read_text(encoding="utf-8"))
    assert table.with_tables(page, results) == page


def test_citation_and_changelog_are_of_this_version():
    assert f"\nversion: {dm.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == dm.__version__


@pytest.mark.parametrize("name", ["derivation_text", "links"])
def test_examples_of_the_tools_run(name, tools):
    assert doctest.testmod(tools(name)).failed == 0
    assert doctest.testmod(tools(name)).attempted > 0


def test_titles_of_derivations_are_words(tools):
    """The index of the search shows a formula as its LaTeX."""
    prose = tools("derivation_text").prose
    assert not [page.title for page in derivations() if "\\" in prose(page.title)]


def test_the_table_of_derivations_adds_up_to_its_summary(tools):
    """The claims as they are listed, none of them run."""
    pages = tools("derivation_pages")
    rows = {page.name: [{"verdict": claim.verdict} for claim in page.claims] for page in derivations()}
    summary, table = pages.contents(rows).split("\n\n", 1)
    in_table = [int(number) for number in re.findall(r"(?<=[ |])(\d+) (?=proved|argued|refuted|supported)", table)]
    assert sum(in_table) == int(summary.split()[0])
    for verdict in ("proved", "argued", "refuted", "supported"):
        counted = sum(map(int, re.findall(rf"(\d+) {verdict}", table)))
        assert f" {counted} {verdict}" in summary


def test_a_dead_link_is_found_and_so_is_what_is_loaded_from_elsewhere(tools, tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">b</a><img src="a.png"><script src="https://x.org/x.js">')
    (tmp_path / "b.html").write_text('<p id="there"><a href="a.html">a</a> <a href="https://x.org">x</a>')
    assert tools("links").problems(tmp_path) == [
        "a.html: b.html#here leads nowhere",
        "a.html: a.png leads nowhere",
        "a.html: https://x.org/x.js is loaded from elsewhere",
    ]
