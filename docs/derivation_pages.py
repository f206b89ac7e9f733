"""The derivations as pages: what each states, and for each claim its verdict, its conditions and its steps."""

from collections import Counter
from pathlib import Path
from textwrap import indent

import remaking
from derivation_text import displayed, escaped, prose
from errors import PaperError
from folders import fill

from deltamu.claims import derivations
from deltamu.claims.typesetting import counted

LONG = 900  # characters of LaTeX from which on an expression is folded away
MARKS = {"said": "", "argued": "in words: ", "proved": "", "refuted": "", "supported": "measured: "}


def make(folder, parts, entries):
    """Fill the folder with a page for each derivation, from the entries of its claims, and write the table of all."""
    for entry in entries.values():
        if (row := entry["row"])["outcome"] != "holds":
            raise PaperError(f"claim {row['name']} fails in model {row['model']}: {row['detail']}")
    pages = derivations()
    fill(folder, {f"{page.name}.md": told(page, entries).encode() for page in pages})
    rows = {page.name: [first(claim, entries)["row"] for claim in page.claims] for page in pages}
    remaking.write(parts / "derivations.md", contents(rows).encode())


def first(claim, entries):
    """The entry of a claim in the first of its models."""
    return entries[claim.name, claim.models()[0].name]


def told(page, entries):
    """The page of a derivation."""
    claims = [section(claim, **first(claim, entries)) for claim in page.claims]
    return "\n".join([*heading(page), *claims, *source(page)])


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


def section(claim, row, steps, **_):
    """One claim: its sentence, its verdict, where it holds, and the argument."""
    models = " and ".join(model.name for model in claim.models())
    facts = [f"{{bdg-{COLOURS[row['verdict']]}}}`{row['verdict']}`", prose(row["condition"])]
    facts += [f"constants: {prose(row['constants'])}", f"model: {models}"]
    name = claim.name.replace(".", "-").replace("_", "-")
    lines = [f":::{{rubric}} {prose(row['statement'])}\n:name: {name}\n:class: claim\n:::\n", " · ".join(facts) + "\n"]
    lines += [item(*group) for group in grouped(steps)]
    return "\n".join(lines)


COLOURS = {"proved": "success", "argued": "info", "refuted": "danger", "supported": "warning",
           "definition": "secondary"}  # fmt: skip


def grouped(steps):
    """Steps, those of the same words once, with how many different ones they are."""
    alike = {}
    for step in steps:
        alike.setdefault((step["kind"], step["text"]), {})[tuple(step["shown"])] = step
    for same in alike.values():
        yield next(iter(same.values())), len(same)


def item(step, times):
    """One step as an item of a list, its expressions displayed below its words."""
    many = f" *({times} cases, the first is shown)*" if times > 1 and step["shown"] else ""
    text = counted(step["text"]) if step["kind"] == "supported" else step["text"]
    lines = [f"- {MARKS[step['kind']]}{prose(text.rstrip(':.'))}{many}\n"]
    return "\n".join([*lines, *(indent(expression(latex), "  ") for latex in step["shown"])])


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
        verdicts = Counter(row["verdict"] for row in rows[page.name])
        cells = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
        number = page.name.partition("_")[0].upper()
        title = prose(page.title.rstrip(".")).replace("|", r"\|")
        lines.append(f"| [{number}](../generated/derivations/{page.name}.md) | {title} | {escaped(cells)} |")
    return "\n".join(lines) + "\n"


def summary(rows):
    """How many claims have which verdict."""
    counts = Counter(row["verdict"] for row in rows)
    definitions = counts.pop("definition", 0)
    listed = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return f"{counts.total()} claims: {listed}; and {definitions} definitions, which do not count.\n"
