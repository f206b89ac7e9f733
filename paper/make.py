"""Build the paper: figures, numbers, formulas and the table of symbols from the package, then the PDF.

    python paper/make.py [--force] [--out DIR]

A figure is redrawn only when something that it depends on has changed.  Files are written whole or not at all.
"""

import argparse
import importlib.util
import io
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import generated
import ledger
import lint
import matplotlib
import pandas
import stamps
import typeset
from errors import PaperError

from deltamu.errors import InputError
from deltamu.files import write_whole
from deltamu.plotting import STYLE

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE.parent / "constraints.txt"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="redraw all figures")
    parser.add_argument("--out", type=Path, default=HERE / "build", metavar="DIR", help="folder for everything built")
    options = parser.parse_args(arguments)
    try:
        build(options.out.resolve(), force=options.force)
    except PaperError as error:
        sys.exit("\n".join(f"paper: {line}" for line in str(error).splitlines()))


def build(out, *, force=False):
    """Bring everything in the folder `out` up to date; the PDF comes last."""
    verdicts = claims(out / "ledger.json", force)
    results = {script.stem: figure(script, out / "figures", force) for script in sorted(HERE.glob("figures/*.py"))}
    results["ledger"] = ledger.numbers(verdicts)
    write(out / "results.json", as_json(results))
    macros = {
        "formulas": generated.formulas(),
        "numbers": generated.numbers(results),
        "symbols": generated.symbol_rows(),
        "ledger": generated.ledger_rows(verdicts),
    }
    write_macros(out, macros)
    report("results", f"{len(macros['numbers'])} numbers, {len(macros['formulas'])} formulas and symbols")

    check(macros)
    report("lint", "all numbers and formulas in the prose are generated, all numbers are used")

    write(out / "references.bib", (HERE / "references.bib").read_bytes())
    document = typeset.parse(HERE / "main.tex", out)
    write(out / "paper.typ", typeset.convert(document, out).encode())
    write(out / "paper.pdf", typeset.compile_pdf(out / "paper.typ"))
    report("paper", out / "paper.pdf")


def claims(stamp_file, force):
    """Check all claims, if their ledger is not up to date, and return it."""
    verdicts, inputs, anew = ledger.checked(stamp_file, CONSTRAINTS, force=force)
    if anew:
        rows = [asdict(row) | {"seconds": 0} for row in verdicts]  # times differ from build to build
        write(stamp_file, as_json({"inputs": inputs, "rows": rows}))
    report("ledger", f"{len(verdicts)} claims {'checked' if anew else 'unchanged'}")
    return verdicts


def figure(script, folder, force):
    """Draw one figure, if it is not up to date, and return its numbers."""
    module = load(script)
    pdf, csv, stamp_file = (folder / f"{script.stem}{suffix}" for suffix in (".pdf", ".csv", ".json"))
    try:
        inputs = stamps.inputs(script, module.USES, CONSTRAINTS)
        stored = None if force else stamps.unchanged(stamp_file, inputs, (pdf, csv))
        if stored:
            report(f"figure {script.stem}", "unchanged")
            return stored["numbers"]
        data = module.data()
        numbers = module.numbers(data)
    except (InputError, LookupError) as error:
        raise PaperError(f"figures/{script.name}: {' '.join(str(error.args[0]).split())}") from error
    write(pdf, picture(module.draw, data))
    write(csv, table(data).encode())
    outputs = {path.name: stamps.digest(path.read_bytes()) for path in (pdf, csv)}
    write(stamp_file, as_json({"inputs": inputs, "outputs": outputs, "numbers": numbers}))
    report(f"figure {script.stem}", "drawn")
    return numbers


def picture(draw, data):
    """A figure as the bytes of a PDF, which hold no date."""
    with matplotlib.rc_context(STYLE):
        buffer = io.BytesIO()
        draw(data).savefig(buffer, format="pdf", metadata={"CreationDate": None})
    return buffer.getvalue()


def load(script):
    spec = importlib.util.spec_from_file_location(f"figures.{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(data):
    """A dataset as CSV; variables over the same dimensions share rows."""
    shapes = dict.fromkeys(array.dims for array in data.data_vars.values() if array.dims)
    blocks = [
        data[[name for name in data.data_vars if data[name].dims == dims]].to_dataframe().reset_index()
        for dims in shapes
    ]
    return pandas.concat(blocks).to_csv(index=False, lineterminator="\n")


def check(macros):
    """Parse the manuscript with a placeholder for each macro, and fail on what was typed by hand."""
    with tempfile.TemporaryDirectory() as scratch:
        write_macros(Path(scratch), {name: generated.placeholders(group) for name, group in macros.items()})
        document = typeset.parse(HERE / "main.tex", scratch)
    if problems := list(lint.problems(document, macros["numbers"], (HERE / "main.tex").read_text())):
        raise PaperError("\n".join(problems))


def write_macros(folder, macros):
    for name, group in macros.items():
        write(folder / "generated" / f"{name}.tex", generated.commands(group).encode())


def write(path, data):
    """Write a file whole or not at all; leave one that is the same alone."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def as_json(value):
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def report(step, outcome):
    print(f"{step:<20} {outcome}", flush=True)


if __name__ == "__main__":
    main()
