"""LaTeX to PDF without TeX: pandoc reads and converts the manuscript, Typst sets it."""

import json
import subprocess
import tempfile
from pathlib import Path

import pypandoc
import typst
from errors import PaperError

HERE = Path(__file__).resolve().parent
LAYOUT_ONLY = (
    r"\maketitle", r"\centering", r"\appendix", r"\bibliographystyle", r"\footnotesize", r"\setlength",
    r"\tableofcontents", r"\begin{titlepage}", r"\end{titlepage}",
)  # fmt: skip


def parse(manuscript, folder):
    r"""The manuscript in pandoc's JSON form; `folder` holds what it takes in by \input."""
    return json.loads(pandoc("-f", "latex", "-t", "json", manuscript.resolve(), folder=folder))


def convert(document, folder):
    """The parsed manuscript in Typst's language, laid out by the template."""
    filters = ("--lua-filter", HERE / "paragraphs.lua", "--lua-filter", HERE / "filter.lua")
    options = (*filters, "--template", HERE / "template.typ")
    return pandoc("-f", "json", "-t", "typst", *options, folder=folder, text=json.dumps(document))


def compile_pdf(source):
    """The PDF of a Typst file, as bytes that depend on nothing but that file and what it names."""
    try:
        pdf, warnings = typst.compile_with_warnings(
            str(source), root=str(source.parent), ignore_system_fonts=True, timestamp=0
        )
    except typst.TypstError as error:
        raise PaperError(f"Typst: {error.message} {' '.join(error.hints)}".strip()) from error
    if warnings:
        raise PaperError("\n".join(f"Typst warns: {warning.message}" for warning in warnings))
    return pdf


def pandoc(*arguments, folder, text=""):
    """Output of pandoc run in `folder`; whatever it skips unexpectedly is an error, although pandoc itself goes on."""
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch, "log.json")
        command = [pypandoc.get_pandoc_path(), "--fail-if-warnings", "--verbose", f"--log={log}", *map(str, arguments)]
        run = subprocess.run(command, cwd=folder, input=text, capture_output=True, encoding="utf-8", check=False)
        messages = json.loads(log.read_text(encoding="utf-8")) if log.exists() else []
    problems = [explain(message) for message in messages if unexpected(message)]
    if run.returncode and not problems:
        problems = [f"pandoc: {' '.join(run.stderr.split())}"]
    if problems:
        raise PaperError("\n".join(problems))
    return run.stdout


def unexpected(message):
    if message["type"] == "SkippedContent":
        return not message["contents"].startswith(LAYOUT_ONLY)
    return message["verbosity"] == "WARNING"


def explain(message):
    where = f"{message['source']}:{message['line']}: " if "line" in message else ""
    if message["type"] == "SkippedContent":
        return f"{Path(where).name if where else ''}unknown macro {message['contents']}"
    return where + message["pretty"].splitlines()[0]
