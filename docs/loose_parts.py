"""What stands on the site as it is: explorer, paper where it has been built, help of commands, known logs."""

import io
import os
import shutil
from contextlib import redirect_stdout, suppress

from remaking import write

from deltamu import explorer_page
from deltamu.calibration.importers import FORMATS
from deltamu.presentation.cli import COMMANDS
from deltamu.presentation.cli import main as deltamu

PAPERS = {"paper.pdf": "as PDF", "paper.html": "as one page, with the explorer beside it",
         "arxiv.tar.gz": "as LaTeX sources"}  # fmt: skip
MISSING = "This build of the site found no built paper: run `make paper`, then `make docs` again.\n"


def make(generated, results):
    """Write the explorer, copy the paper if it is among the results, and write the parts that say what there is."""
    shutil.rmtree(generated / "extra", ignore_errors=True)
    extra = generated / "extra" / "standalone"
    extra.mkdir(parents=True)
    write(extra / "explorer.html", (explorer_page() + "\n").encode())
    there = [name for name in PAPERS if (results / name).is_file()]
    for name in there:
        shutil.copyfile(results / name, extra / name)
    links = "\n".join(f'<li><a href="standalone/{name}">{name}</a>, {PAPERS[name]}</li>' for name in there)
    paper = f"```{{raw}} html\n<ul>{links}</ul>\n```\n" if there else MISSING
    for name, text in (("paper", paper), ("commands", commands()), ("formats", formats())):
        write(generated / "parts" / f"{name}.md", text.encode())


def commands():
    """The help of every command, each below a heading of its own."""
    os.environ["COLUMNS"] = "96"
    told = [f"## deltamu {name}\n\n{summary}.\n\n```text\n{help_of(name)}```\n" for name, summary in COMMANDS.items()]
    return "\n".join(told)


def formats():
    """The known forms of logs, and what each is recognised by."""
    rows = [f"| `{name}` | {known.keys} |" for name, known in FORMATS.items()]
    return "\n".join(["| `format` | recognised by |", "| --- | --- |", *rows]) + "\n"


def help_of(command):
    """What `deltamu COMMAND --help` prints."""
    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit):
        deltamu([command, "--help"])
    return printed.getvalue()
