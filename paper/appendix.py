"""The derivations as an appendix: what each page states and assumes, and the steps by which its claims were checked."""

import inspect
import re
from collections import Counter

import breaking
from wording import capitalised, sentence

from deltamu.claims import derivations

INLINE = 40  # glyphs of an expression that can stand in the text
TALL = re.compile(r"\\begin|\^\{[^}]*\\frac")
NAMES = re.compile(r"(\\mathrm\{[a-z]{2,}\}) (?=[A-Za-z]|\\(?!right|left|cdot|leq?\b|geq?\b)[a-z])")
NUMERAL = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?(?:/\d+)?")
VALUE = re.compile(r"\w+ = [\d.]+")
INFERENCES = ("said", "argued")  # kinds of steps that are words, which no machine checks
MOST_CASES = 3  # of the same step with other numbers, all are printed


def pages(entries):
    """The appendix as a macro."""
    return {r"\derivationpages": "\n".join(text for page in derivations() for text in told(page, entries))}


def told(page, entries):
    """One derivation as LaTeX paragraphs."""
    number = page.name.partition("_")[0].upper()
    yield rf"\subsection{{{number}: {sentence(page.title.rstrip('.'))}}}"
    for heading, body in parts(page.page):
        yield rf"\emph{{{sentence(heading)}.}} {sentence(body)}" + "\n"
    seen = set()
    for claim in page.claims:
        models = [model.name for model in claim.models()]
        entry = entries[claim.name, models[0]]
        row = entry["row"]
        yield rf"\textbf{{{sentence(row['statement'])}}} \emph{{{verdict(row)}}}: {conditions(row, models)}." + "\n"
        yield from steps(entry["steps"], seen)


def verdict(row):
    return row["verdict"].capitalize() if row["outcome"] == "holds" else row["outcome"].upper()


def conditions(row, models):
    """Under which condition, for which constants and in which model a claim was decided."""
    where = [sentence(row["condition"])] if row["condition"] else []
    constants = "any constants" if row["constants"] == "any" else f"constants: {sentence(row['constants'])}"
    return "; ".join([*where, constants, f"{' and '.join(models)} model{'s' * (len(models) > 1)}"])


def parts(text):
    """The sections of a page, heading and text, without its title."""
    heading, body = "", []
    for line in text.splitlines()[1:]:
        if line and not line.startswith(" "):
            if heading:
                yield heading, plain(body)
            heading, body = line.strip(), []
        else:
            body.append(line)
    if heading:
        yield heading, plain(body)


def plain(lines):
    return " ".join(inspect.cleandoc("\n".join(lines)).split())


def steps(made, seen):
    """The steps of a claim as sentences with displayed equations between them; what was `seen` before, not again."""
    once = {key(step): step for step in made}
    new = [step for known, step in once.items() if known not in seen]
    said = ["The steps above that belong here are not repeated."] if len(new) < len(once) else []
    seen |= set(once)
    for step, cases in cut(gathered(new)):
        inline, displays = shown(step["shown"])
        inline = inline.removeprefix(":") if step["text"].rstrip(" .:").endswith("=") else inline
        words = f"{wording(step)}{inline}"
        if displays:
            yield " ".join([*said, words if words.endswith("=") else f"{words}:"])
            yield from (rf"\[ {line} \]" for line in displays)
            said = []
        else:
            said.append(f"{words}.")
        if cases:
            said.append(f"So in all {cases} cases.")
    if said:
        yield " ".join(said)
    yield ""


def gathered(steps):
    """The steps, of which neighbours that say things of one case, "case: thing", or give values, are one."""
    case = None
    out = []
    for step in steps:
        text = step["text"]
        named, colon, thing = ("", "=", text) if VALUE.fullmatch(text) else text.partition(": ")
        this = (step["kind"], named) if colon and not step["shown"] else None
        if this and this == case:
            out[-1] = out[-1] | {"text": f"{out[-1]['text']}; {thing}"}
        else:
            out.append(step)
        case = this
    return out


def key(step):
    return step["text"], *step["shown"]


def form(step):
    """A step without its numbers: cases of one thing have the same."""
    return step["kind"], NUMERAL.sub("#", step["text"])


def cut(steps):
    """The steps, of many cases of one thing the first and the last; after the last with their number."""
    often = Counter(map(form, steps))
    met = Counter()
    for step in steps:
        case, many = form(step), often[form(step)]
        met[case] += 1
        if many <= MOST_CASES or met[case] in (1, many):
            yield step, many if met[case] == many > MOST_CASES else 0


def wording(step):
    """The words of a step, as a sentence without its full stop; in italics where they are an inference."""
    text = sentence(capitalised(step["text"].strip().rstrip(".:")))
    return rf"\emph{{{text}}}" if step["kind"] in INFERENCES else text


def shown(expressions):
    """What of a step's expressions stands in the text, and the lines that are displayed."""
    if len(expressions) == 1 and breaking.glyphs(expressions[0]) <= INLINE and not TALL.search(expressions[0]):
        return f": ${apart(expressions[0])}$", []
    lines = [apart(breaking.broken(expression) or "") for expression in expressions]
    kept = [line for line in lines if line]
    left = len(lines) - len(kept)
    return (" (the expression fills several lines and is left out)" if left else ""), kept


def apart(latex):
    """Names of more than one letter with a blank after them, as they would run into the next factor."""
    return NAMES.sub(r"\1\\, ", latex)
