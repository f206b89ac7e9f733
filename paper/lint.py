"""Read the parsed manuscript and find what was typed by hand: digits, formulas, and macros that nothing uses.

The manuscript is parsed with placeholders for all macros (``⟨numFinalPass⟩``), so each digit left is a typed one.
"""

import re

from manuscript import place

PLACEHOLDER = re.compile(r"⟨([A-Za-z]+)⟩")
# What may be typed: names and quotations that have a digit.
ALLOWED = {
    "3–5": "the factor that the article claims",
    r"D\d\d": "the name of a derivation",
}
TYPED = re.compile(r"\d")
WORDS = re.compile(
    r"\b(three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    r"hundred|dozen|quarter|thirds?|tenths?|hundredths?)\b", re.IGNORECASE,
)  # fmt: skip
LAYOUT = re.compile(r"\\(begin|end)\{[a-z*]+\}|\\label\{[^}]*\}|\\(to|le|ge|approx|in|ldots|quad|qquad|,)(?![A-Za-z])")


def problems(document, numbers, parts):
    """Yield one line for each typed digit, typed formula, undefined macro and unused number.

    Parameters: the manuscript in pandoc's JSON form, the macros of the generated numbers, and the files of the
    manuscript, in which the line of a finding is looked up.
    """
    used = set()
    for kind, text in texts(document):
        used |= {f"\\{name}" for name in PLACEHOLDER.findall(text)}
        rest = PLACEHOLDER.sub("", text)
        if kind == "Math":
            rest = LAYOUT.sub("", rest)
            for name in re.findall(r"\\(?:num|eq|sym)[A-Z][A-Za-z]*", rest):
                yield f"{place(name, parts)}: unknown macro {name}"
                rest = rest.replace(name, "")
        if kind == "Str":
            rest = re.sub("|".join(ALLOWED), "", rest)
            if WORDS.search(rest):
                yield f"{place(rest, parts)}: hand-typed number {rest!r}: cite a generated one"
        if kind != "Math" and TYPED.search(rest):
            yield f"{place(rest, parts)}: hand-typed digit in {rest!r}: cite a generated number"
        elif kind == "Math" and re.search(r"[\\A-Za-z0-9]", rest):
            yield f"{place(rest.strip(), parts)}: hand-typed formula {rest.strip()!r}: use a generated macro"
    yield from (f"generated number {name} is never used" for name in numbers if name not in used)


def texts(node):
    """Yield (kind, text) of all that a reader sees, in order; numbers of references are not typed."""
    if isinstance(node, list):
        for child in node:
            yield from texts(child)
    elif isinstance(node, dict):
        match node.get("t"):
            case "Str":
                yield "Str", node["c"]
            case "Math" | "Code" | "CodeBlock":
                yield node["t"], node["c"][1]
            case "Cite" | "RawInline" | "RawBlock":
                return
            case "Link" if any(key == "reference-type" for key, _ in node["c"][0][2]):
                return
            case "Link" | "Image" | "Span":
                yield from texts(node["c"][1])
            case "Div" if "theorem" in node["c"][0][1]:  # which pandoc numbers
                yield from texts(unnumbered(node["c"][1]))
            case "Div" | "Header" | "Figure" | "Table":
                yield from texts([child for child in node["c"] if isinstance(child, (dict, list))])
            case _:
                yield from texts(list(node.values()))


def unnumbered(blocks):
    """A theorem without its name and number, which stand first."""
    first, *rest = blocks
    return [{**first, "c": first["c"][1:]}, *rest]
