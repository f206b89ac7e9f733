"""The derivations as pages: what each states, and for each claim its verdict, its conditions and its steps."""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from textwrap import indent

import stamped
from derivation_text import displayed, escaped, prose

from deltamu.claims import derivations, run_claim
from deltamu.claims.typesetting import counted, mathematics

SOURCES = ("derivations/*.py", "src/deltamu/**/*.py", "src/deltamu/**/*.csv", "docs/derivation_*.py")
LONG = 900  # characters of LaTeX from which on an expression is folded away
MARKS = {"said": "", "argued": "in words: ", "proved": "", "refuted": "", "supported": "measured: "}


def make(folder, parts, *, force=False):
    """Fill the folder with a page for each derivation, and write the table of all."""
    stamp = stamped.digest(*SOURCES)
    if not force and stamped.is_fresh(folder, stamp):
        return
    names = [page.name for page in derivations()]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        made = dict(zip(names, pool.map(checked, names), strict=True))
    files = {f"{name}.md": text for name, (text, _) in made.items()}
    stamped.write(parts / "derivations.md", contents({name: rows for name, (_, rows) in made.items()}))
    stamped.fill(folder, files, stamp)


def checked(name):
    """The page of a derivation, each of its claims checked while it is written, and the rows of the ledger."""
    page = next(page for page in derivations() if page.name == name)
    rows, told = [], []
    for claim in page.claims:
        (model, *others), steps = claim.models(), []
        found = [run_claim(claim, model, steps.append), *(run_claim(claim, other) for other in others)]
        for row in found:
            if row.outcome == "fails":
                raise RuntimeError(f"claim {row.name} fails in model {row.model}: {row.detail}")
        rows.append(found[0])
        told.append(section(claim, found[0], steps))
    return "\n".join([*heading(page), *told, *source(page)]), rows


def heading(page):
    number = page.name.partition("_")[0].upper()
    yield f"# {number} {prose(page.title.rstrip('.'))}\n"
    for title, body in sections(page.page):
        yield f":::{{admonition}} {title}\n:class: {'tip' if title == 'Statement' else 'note'}\n\n{prose(body)}\n:::\n"
    yield f"`deltamu derive {page.name.partition('_')[0]}` checks this page again on your machine and prints it.\n"


def sections(text):
    """The parts of a derivation's docstring below its title: heading and text."""
    title, body = "", []
    for line in [*text.splitlines()[1:], "end"]:
        if line and not line.startswith(" "):
            if title:
                yield title, "\n".join(" ".join(part.split()) + "\n" for part in "\n".join(body).split("\n\n"))
            title, body = line.strip(), []
        else:
            body.append(line)


def section(claim, row, steps):
    """One claim: its sentence, its verdict, where it holds, and the argument."""
    models = " and ".join(model.name for model in claim.models())
    facts = [f"{{bdg-{COLOURS[row.verdict]}}}`{row.verdict}`", prose(row.condition)]
    facts += [f"constants: {prose(row.constants)}", f"model: {models}"]
    name = claim.name.replace(".", "-").replace("_", "-")
    lines = [f":::{{rubric}} {prose(row.statement)}\n:name: {name}\n:class: claim\n:::\n", " · ".join(facts) + "\n"]
    lines += [told(*group) for group in grouped(steps)]
    return "\n".join(lines)


COLOURS = {"proved": "success", "argued": "info", "refuted": "danger", "supported": "warning",
           "definition": "secondary"}  # fmt: skip


def grouped(steps):
    """Steps, those of the same words once, with how many different ones they are."""
    alike = {}
    for made in steps:
        alike.setdefault((made.kind, made.text), {})[tuple(map(str, made.shown))] = made
    for same in alike.values():
        yield next(iter(same.values())), len(same)


def told(made, times):
    """One step as an item of a list, its expressions displayed below its words."""
    many = f" *({times} cases, the first is shown)*" if times > 1 and made.shown else ""
    words = prose((counted(made.text) if made.kind == "supported" else made.text).rstrip(":."))
    item = [f"- {MARKS[made.kind]}{words}{many}\n"]
    for thing in made.shown:
        if not isinstance(thing, str):  # what is only text is for the terminal
            item.append(indent(expression(mathematics(thing)), "  "))
    return "\n".join(item)


def expression(latex):
    """An expression of its own line, folded away if it is long."""
    if len(latex) <= LONG:
        return displayed(latex)
    return f":::{{dropdown}} a long expression\n{displayed(latex)}:::\n"


def source(page):
    path = Path(page.module.__file__).resolve()
    yield "\n## The script\n"
    yield f":::{{dropdown}} `derivations/{path.name}`"
    yield f"```{{literalinclude}} ../../../derivations/{path.name}\n:language: python\n```\n:::\n"


def contents(rows):
    """The table of all derivations with their verdicts, and a list of pages for the sidebar."""
    every = [row for found in rows.values() for row in found]
    lines = [summary(every)]
    lines += ["| | | claims |", "| --- | --- | --- |"]
    for page in derivations():
        verdicts = Counter(row.verdict for row in rows[page.name])
        cells = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
        number = page.name.partition("_")[0].upper()
        title = prose(page.title.rstrip(".")).replace("|", r"\|")
        lines.append(f"| [{number}](../generated/derivations/{page.name}.md) | {title} | {escaped(cells)} |")
    return "\n".join(lines) + "\n"


def summary(rows):
    """How many claims have which verdict."""
    counts = Counter(row.verdict for row in rows)
    definitions = counts.pop("definition", 0)
    listed = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return f"{counts.total()} claims: {listed}; and {definitions} definitions, which do not count.\n"
