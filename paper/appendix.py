"""The derivations as an appendix: what each page states and assumes, and the steps by which its claims were checked."""

import inspect
import re
import textwrap
from itertools import groupby

from deltamu.claims import derivations
from deltamu.claims.typesetting import prose

LONGEST = 78  # glyphs of a displayed expression that fits the line
INLINE = 40  # glyphs of one that can stand in the text
TALL = re.compile(r"\\begin|\^\{[^}]*\\frac")
COMMAND = re.compile(r"\\(?:left|right|mathrm|operatorname|displaystyle|tfrac|dfrac|frac|sqrt|text)\b|\\[,;! ]")


def pages(entries):
    """The appendix as a macro."""
    return {r"\derivationpages": "\n".join(text for page in derivations() for text in told(page, entries))}


def told(page, entries):
    """One derivation as LaTeX paragraphs."""
    number = page.name.partition("_")[0].upper()
    yield rf"\subsection{{{number}: {prose(page.title.rstrip('.'))}}}"
    for heading, body in parts(page.page):
        yield rf"\emph{{{prose(heading)}.}} {prose(body)}" + "\n"
    for claim in page.claims:
        models = [model.name for model in claim.models()]
        entry = entries[claim.name, models[0]]
        row = entry["row"]
        verdict = row["verdict"] if row["outcome"] == "holds" else row["outcome"].upper()
        about = f"{row['condition']}; constants: {row['constants']}; model {' and '.join(models)}"
        yield rf"\textbf{{{prose(row['statement'])}}} ({prose(about)}: \emph{{{prose(verdict)}}})" + "\n"
        yield from steps(entry["steps"])


def parts(text):
    """The sections of a page, heading and text, without its title."""
    heading, body = "", []
    for line in text.splitlines()[1:]:
        if line and not line.startswith(" "):
            if heading:
                yield heading, joined(body)
            heading, body = line.strip(), []
        else:
            body.append(line)
    if heading:
        yield heading, joined(body)


def joined(lines):
    return " ".join(inspect.cleandoc("\n".join(lines)).split())


def steps(made):
    """The steps of a claim as running text; those with the same words once."""
    said, told = [], set()
    for text, group in groupby(made, key=lambda step: step["text"]):
        group = list(group)
        if (step := (text, *group[0]["shown"])) in told:  # the same lemma for another case
            continue
        told.add(step)
        many = f" ({len(group)} cases)" if len(group) > 1 else ""
        shown = [item for item in group[0]["shown"] if glyphs(item) <= LONGEST]
        left = len(group[0]["shown"]) - len(shown)
        words = prose(shortened(text).rstrip(".:")) + many + (" [long]" if left else "")
        if len(shown) == 1 and glyphs(shown[0]) <= INLINE and not TALL.search(shown[0]):
            said.append(f"{words}: ${shown[0]}$")
        elif not shown:
            said.append(words)
        else:
            yield "; ".join([*said, words]) + ":"
            yield from (rf"\[ {item} \]" for item in shown)
            said = []
    if said:
        yield "; ".join(said) + "."
    yield ""


def shortened(text):
    return textwrap.shorten(text, 600, placeholder=" ...")


def glyphs(tex):
    """About how many glyphs wide an expression is; a fraction counts with both of its parts."""
    return len(re.sub(r"\\[A-Za-z]+", "x", re.sub(r"[{}^_\s]", "", COMMAND.sub("", tex))))
