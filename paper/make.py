"""Build the paper: figures, numbers, formulas, verdicts and tables from the package, then PDF, HTML and LaTeX sources.

    python paper/make.py [--force] [--draft] [--out DIR]

What is up to date stays as it is.  Files are written whole or not at all.
"""

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
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
import stamps
import theorems
import typeset
from errors import PaperError

from deltamu.files import write_whole

HERE = Path(__file__).resolve().parent
MAIN = HERE / "main.tex"
CONSTRAINTS = HERE.parent / "constraints.txt"
BATCH = 8  # claims are many and short: that many go to a process at a time


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="make everything anew")
    parser.add_argument("--draft", action="store_true", help="typeset the paper although claims fail, and say so in it")
    parser.add_argument("--out", type=Path, default=HERE / "build", metavar="DIR", help="folder for everything built")
    options = parser.parse_args(arguments)
    try:
        build(options.out.resolve(), force=options.force, draft=options.draft)
    except PaperError as error:
        sys.exit("\n".join(f"paper: {line}" for line in str(error).splitlines()))


def build(out, *, force=False, draft=False):
    """Bring everything in the folder `out` up to date; the paper itself comes last."""
    scripts = [script for kind in ("figures", "numbers") for script in sorted(HERE.glob(f"{kind}/*.py"))]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        results, untrue, entries = remade(pool, scripts, out, force)
    verdicts = ledger.rows(entries)
    results["ledger"] = ledger.numbers(verdicts)
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
    complaints += [f"{script} no longer shows: {sentence}" for script in sorted(untrue) for sentence in untrue[script]]
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


def remade(pool, scripts, out, force):
    """Make the figures, numbers and claims that are not up to date; return the numbers of all scripts, the sentences
    that they contradict, and the entries of all claims."""
    results, untrue, todo = {}, {}, {}
    for script in scripts:
        stamp = script_stamp(script)
        old = None if force else stamps.unchanged(place(script, out, ".json"), stamp, outputs(script, out))
        if old:
            results[script.stem], untrue[drawing.where(script)] = old["numbers"], old["untrue"]
            report(title(script), "unchanged")
        else:
            todo[pool.submit(drawing.made, script)] = script, stamp
    claims, old = ledger.claim_stamps(CONSTRAINTS), {} if force else ledger.stored(out / "ledger.json")
    entries = {key: old[key] for key, stamp in claims.items() if key in old and old[key].get("inputs") == stamp}
    stale = [key for key in claims if key not in entries]
    for start in range(0, len(stale), BATCH):
        todo[pool.submit(checked, stale[start : start + BATCH])] = None, None
    try:
        for done, future in enumerate(as_completed(todo), 1):
            script, stamp = todo[future]
            if script is None:
                entries |= {key: entry | {"inputs": claims[key]} for key, entry in future.result()}
                report(f"claims {done}/{len(todo)}", "checked")
            else:
                entry = keep(script, stamp, out, *future.result())
                results[script.stem], untrue[drawing.where(script)] = entry["numbers"], entry["untrue"]
                report(title(script), f"{done}/{len(todo)} drawn")
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    finally:  # what was checked stays checked
        write(out / "ledger.json", as_json([entries[key] for key in claims if key in entries]))
    report("ledger", f"{len(stale)} of {len(entries)} claims checked" if stale else f"{len(entries)} claims unchanged")
    for key in stale:
        report("claim", f"{' '.join(key)} checked")
    return results, untrue, entries


def checked(keys):
    """Claims one after the other, in a process of their own."""
    return [(key, ledger.made(key)) for key in keys]


def script_stamp(script):
    try:
        return stamps.stamp(script, drawing.uses(script), CONSTRAINTS)
    except (LookupError, ValueError) as error:
        raise PaperError(f"{drawing.where(script)}: {' '.join(str(error.args[0]).split())}") from error


def title(script):
    return f"{script.parent.name.removesuffix('s')} {script.stem}"


def place(script, out, suffix):
    return out / script.parent.name / f"{script.stem}{suffix}"


def outputs(script, out):
    """The files of a script."""
    kinds = (*drawing.PICTURES, ".csv") if drawing.is_figure(script) else (".csv",)
    return [place(script, out, suffix) for suffix in kinds]


def keep(script, stamp, out, files, numbers, untrue):
    """Write what a script made, its stamp last, and return that."""
    for suffix, data in files.items():
        write(place(script, out, suffix), data)
    written = {path.name: stamps.digest(path.read_bytes()) for path in outputs(script, out)}
    entry = {"inputs": stamp, "outputs": written, "numbers": numbers, "untrue": untrue}
    write(place(script, out, ".json"), as_json(entry))
    return entry


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
