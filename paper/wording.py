r"""Sentences of the derivations as text with mathematics: what belongs together stands in one formula.

`prose` of the package turns each name into a formula of its own.  Here neighbours are joined, so that
"a2 (1 - kappa2*H)" is a single one.
"""

import re
from itertools import pairwise

from deltamu.claims.typesetting import counted, prose

FORMULA = r"\\ensuremath\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\}"
NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w])"
OPERATOR = r"[-+=/*()\[\],]|\\_|\\textasciicircum\{\}"
FUNCTION = r"\b(?:ln|exp|log|sqrt|asin|atan|cos|Var|max|min|erfc)\b(?=[] (\\])"
LETTER = r"(?<![A-Za-z\\])A(?![A-Za-z])"  # the acceptance, or an article
TOKEN = re.compile(rf"(?P<math>{FORMULA})|(?P<number>{NUMBER})|(?P<function>{FUNCTION})|(?P<letter>{LETTER})"
                   rf"|(?P<sign>{OPERATOR})|(?P<space> +)")  # fmt: skip
SLOPE = re.compile(r"\bd([A-Za-z])/d([A-Za-z])\b")
INDEX = re.compile(r"_\{([^{}]*)\}")
PRODUCT = re.compile(r"(?<=[\w)])\*(?=[\w(])")
OVERREACH = re.compile(r"\boverreach(?= ?(?:delta\b|[=<>]))")
DIFFERENTIAL = re.compile(r"\bd(?=[A-Z]_)")
MEAN = re.compile(r"\\ensuremath\{E\}(?=\[| exp\(| \\ensuremath\{e\^)")  # an expectation, not the improvement
NAMED = re.compile(r"(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])")  # a name of a claim or of a result: its words
DUMMY = re.compile(r"(?<![\w)}*|])_(?=[a-z]\b)")  # SymPy marks a placeholder by it
FIXED = re.compile(r"fix = \{'(\w+)': (\d+?)(?:\.0)?\}")
FALSE_PASS = re.compile(r"\bP_false\b(?!\|)")
POWER = re.compile(r"(?<![\\\w])([a-z]{3,})\\textasciicircum\{\}(\d)")
CODE = re.compile(r"``((?:(?!'')[^`])+)``")  # not two quotations
ROOT = r"\operatorname{sqrt}"
OPENING, CLOSING = "([", ")]"


def sentence(text):
    """Plain text of a derivation as LaTeX."""
    text = DUMMY.sub("", counted(INDEX.sub(r"_(\1)", text)))
    text = FIXED.sub(r"with \1 = \2", text.replace("= inf", "= oo").replace("beta_geometric", "beta-geometric"))
    text = FALSE_PASS.sub("P_false|pass", text)
    text = OVERREACH.sub("c", PRODUCT.sub(" ", text))
    text = DIFFERENTIAL.sub("d ", text).replace("= False", "= no").replace("= True", "= yes")
    latex = POWER.sub(r"\\ensuremath{\\mathrm{\1}^{\2}}", prose(text))
    return rooted(joined(CODE.sub(r"\\texttt{\1}", latex)))


def rooted(latex):
    """Roots as roots, over the bracket or the number that follows their name."""
    before, root, rest = latex.partition(ROOT)
    if not root:
        return latex
    rest = rest.lstrip()
    bracket = rest.startswith("(")
    end = closing(rest) if bracket else len(re.match(r"\d*", rest)[0])
    if not end:
        return f"{before}{ROOT} {rooted(rest)}"
    inner, after = (rest[1:end], rest[end + 1 :]) if bracket else (rest[:end], rest[end:])
    return rf"{before}\sqrt{{{rooted(inner)}}}{rooted(after)}"


def closing(text):
    """The place of the bracket that closes the first one; 0 where none does."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return place
    return 0


def capitalised(text):
    """A sentence that begins with a capital, unless it begins with a symbol."""
    first = re.match(r"[a-z]+(?![\w^_/])", text)
    return text[:1].upper() + text[1:] if first and prose(first[0]) == first[0] else text


def joined(latex):
    """LaTeX of `prose` with neighbouring formulas, numbers and signs as one formula."""
    latex = MEAN.sub(r"\\ensuremath{\\mathbb{E}}", latex)
    latex = SLOPE.sub(r"\\ensuremath{\\mathrm{d}\1/\\mathrm{d}\2}", NAMED.sub(" ", latex))
    out, run, at = [], [], 0
    for token in TOKEN.finditer(latex):
        if token.start() != at:  # a word stands between
            out += [*closed(run), latex[at : token.start()]]
            run = []
        run.append((token.lastgroup, token[0]))
        at = token.end()
    return "".join([*out, *closed(run), latex[at:]])


def closed(run):
    """A run of tokens as text: brackets of the sentence, and formulas between them."""
    parts = []
    for start, stop in pairwise([-1, *unmatched(run), len(run)]):
        parts += split(run[start + 1 : stop]) + ([run[stop][1]] if stop < len(run) else [])
    return parts


def unmatched(run):
    """Places of the brackets that have no partner in a run: they belong to the sentence."""
    opened, alone = [], []
    for place, (kind, text) in enumerate(run):
        if kind == "sign" and text in OPENING:
            opened.append(place)
        elif kind == "sign" and text in CLOSING:
            if opened:
                opened.pop()
            else:
                alone.append(place)
    return sorted(alone + opened)


def split(run):
    """A run at its commas, which separate formulas unless they stand in brackets."""
    parts, depth, current = [], 0, []
    for kind, text in run:
        depth += (text in OPENING) - (text in CLOSING) if kind == "sign" else 0
        if kind == "sign" and text == "," and depth == 0:
            parts += [formula(current), ","]
            current = []
        else:
            current.append((kind, text))
    return [*parts, formula(current)]


def formula(run):
    """Tokens as one formula; blanks around it stay outside."""
    low, high = 0, len(run)
    while low < high and not begins(run[low]):
        low += 1
    while high > low and not ends(run[high - 1]):
        high -= 1
    inner = run[low:high]
    before, after = ("".join(text for _, text in part) for part in (run[:low], run[high:]))
    if not any(kind == "math" or "e" in text for kind, text in inner if kind in ("math", "number")):
        return before + "".join(text for _, text in inner) + after
    return f"{before}${''.join(map(within, inner)).strip()}${after}"


def within(token):
    """A token inside a formula."""
    kind, text = token
    if kind == "math":
        return text[len(r"\ensuremath{") : -1] + " "
    if kind == "number" and "e" in text:
        digits, power = text.split("e")
        return rf"{digits}\cdot 10^{{{int(power)}}}" if digits != "1" else rf"10^{{{int(power)}}}"
    if kind == "function":
        return rf"\operatorname{{{text}}}" if text in ("asin", "atan", "erfc", "Var", "sqrt") else rf"\{text} "
    if kind == "space":
        return r" "
    return "^" if text == r"\textasciicircum{}" else text


def begins(token):
    return token[0] in ("math", "number", "function") or token[1] in ("(", "[", "-")


def ends(token):
    return token[0] in ("math", "number") or token[1] in (")", "]")
