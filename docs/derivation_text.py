r"""What the package typesets as LaTeX text, as Markdown.

>>> print(prose("mu_Delta < 5 % by law first_then"))
$\mu_{\Delta} < 5$ % by law `first_then`
"""

import re

from deltamu import symbols as sym
from deltamu.claims import typesetting

CODE = re.compile(r"(?<![\w'])([a-z]{2,}(?:_[a-z]{2,})+)(?![\w'])")  # a name of the package in the words of a claim
RAISED_TWICE = re.compile(r"(\w+\^\{\*\})\^")
COMPARED = re.compile(r"(\\leq|\\geq|<|>)\$ (-?[0-9][0-9.]*[0-9]|[0-9])")
ESCAPED = re.compile(r"([\\`*_{}\[\]<>$|~])")
MATH = r"\ensuremath{"
PLAIN = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", "``": "“", "''": "”"}
PLAIN |= {f"\\{sign}": sign for sign in "&%$#_{}"}
_PLAIN = re.compile("|".join(map(re.escape, PLAIN)))


def prose(text):
    """Plain text of a derivation as Markdown, with the names of the model as its symbols."""
    words = CODE.split(text)  # every other one is a name
    return "".join(f"`{part}`" if odd and is_code(part) else mixed(part) for part, odd in
                   zip(words, [False, True] * len(words), strict=False))  # fmt: skip


def is_code(name):
    """Whether a name with underscores is none of the model's, nor a symbol with an index."""
    return name not in sym.OWN and any(len(part) > 2 for part in name.split("_")[1:])


def mixed(text):
    """Words and symbols; what stands side by side is one formula."""
    left, done = typesetting.prose(text), []
    while MATH in left:
        before, _, left = left.partition(MATH)
        inside, left = balanced(left)
        done += [plain(before), f"${sound(inside)}$"]
    joined = "".join([*done, plain(left)]).replace("$ $", " ").replace(r"$\*$", " ")
    return COMPARED.sub(r"\1 \2$", joined)


def plain(latex):
    """LaTeX text without mathematics as Markdown."""
    return escaped(_PLAIN.sub(lambda found: PLAIN[found[0]], latex))


def escaped(text):
    return ESCAPED.sub(r"\\\1", text)


def balanced(text):
    """What stands before the brace that closes, and what stands after it."""
    depth = 1
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if not depth:
            return text[:place], text[place + 1 :]
    raise ValueError(f"no brace closes {text!r}")


def displayed(latex):
    return f"$$\n{sound(latex)}\n$$\n"


def sound(latex):
    """LaTeX without a superscript on a superscript."""
    return RAISED_TWICE.sub(r"{\1}^", latex)
