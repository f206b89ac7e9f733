"""Build the paper: figures, numbers, formulas, verdicts and tables from the package, then PDF, HTML and LaTeX sources.

    python paper/make.py [--force] [--draft] [--out DIR]

What is up to date stays as it is.  Files are written whole or not at all.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import appendix
import arxiv
import drawing
import generated
import html_page
import ledger
import lint
import manuscript
import measured
import theorems
import typeset
from errors import PaperError
from remaking import BUILD, as_json, remade, report, write

HERE = Path(__file__).resolve().parent
MAIN = HERE / "main.tex"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="make everything anew")
    parser.add_argument("--draft", action="store_true", help="typeset the paper although claims fail, and say so in it")
    parser.add_argument("--out", type=Path, default=BUILD, metavar="DIR", help="folder for everything built")
    options = parser.parse_args(arguments)
    try:
        build(options.out.resolve(), force=options.force, draft=options.draft)
    except PaperError as error:
        sys.exit("\n".join(f"paper: {line}" for line in str(error).splitlines()))


def build(out, *, force=False, draft=False):
    """Bring everything in the folder `out` up to date; the paper itself comes last."""
    made, entries = remade(out, force=force)
    verdicts = ledger.rows(entries)
    results = {script.stem: entry["numbers"] for script, entry in made.items()} | {"ledger": ledger.numbers(verdicts)}
    write(out / "results.json", as_json(results))
    macros = {
        "formulas": generated.formulas() | theorems.macros(),
        "numbers": generated.numbers(results),
        "symbols": generated.symbol_rows() | generated.speed_rows(measured.results()),
        "ledger": generated.ledger_rows(verdicts),
        "derivations": appendix.pages(entries),
    }
    write_macros(out, macros)
    report("results", f"{len(macros['numbers'])} numbers, {len(macros['formulas'])} formulas and symbols")
    complaints = [f"claim {row.name} fails: {row.detail}" for row in verdicts.failures]
    complaints += [f"{drawing.where(script)} no longer shows: {sentence}"
                   for script, entry in made.items() for sentence, holds in entry["shows"] if not holds]  # fmt: skip
    if complaints and not draft:
        raise PaperError("\n".join(complaints))

    check(macros)
    report("lint", "all numbers and formulas in the prose are generated, all numbers are used")

    write(out / "references.bib", (HERE / "references.bib").read_bytes())
    write_parts(out)
    document = typeset.parse(MAIN, out)
    write(out / "paper.typ", typeset.convert(document, out).encode())
    write(out / "paper.pdf", typeset.compile_pdf(out / "paper.typ"))
    report("paper", out / "paper.pdf")
    write(out / "explorer.html", html_page.explorer().encode())
    write(out / "paper.html", html_page.page(document, out).encode())
    report("page", out / "paper.html")
    write(out / "arxiv.tar.gz", arxiv.archive(manuscript.parts(MAIN), out))
    report("sources", out / "arxiv.tar.gz")


def check(macros):
    """Parse the manuscript with a placeholder for each macro, and fail on what was typed by hand."""
    with tempfile.TemporaryDirectory() as scratch:
        write_macros(Path(scratch), {name: generated.placeholders(group) for name, group in macros.items()})
        write_parts(Path(scratch))
        document = typeset.parse(MAIN, scratch)
    if problems := list(lint.problems(document, macros["numbers"], manuscript.parts(MAIN))):
        raise PaperError("\n".join(problems))


def write_macros(folder, macros):
    for name, group in macros.items():
        write(folder / "generated" / f"{name}.tex", generated.commands(group).encode())


def write_parts(folder):
    """The files of text where pandoc looks for them."""
    for name, text in manuscript.parts(MAIN).items():
        if name != MAIN.name:
            write(folder / name, text.encode())


if __name__ == "__main__":
    main()
