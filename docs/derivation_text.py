r"""What the package typesets as LaTeX text, as Markdown.

>>> print(prose("mu_Delta < 5 % by law first_then"))
$\mu_{\Delta} < 5$ % by law `first_then`
>>> print(prose("rho_eff >= rho in ``deltamu.model``, 2 <= 3.5 <= 4"))
$\rho_{\mathrm{eff}} \geq \rho$ in `deltamu.model`, $2 \leq 3.5 \leq 4$
>>> print(prose("A = Phi(x) and 1 - b^2 at -4"))
$A = \Phi(x$) and $1 - b^{2}$ at $-4$
"""

import re

from deltamu import symbols as sym
from deltamu.claims import typesetting

CODE = re.compile(  # a name of the package in the words of a claim, or what is marked as code
    r"(?<![\w'`])(?P<name>[a-z]{2,}(?:_[a-z]{2,})+)(?![\w'])|``(?P<marked>[^`]+)``"
)
RAISED_TWICE = re.compile(r"(\w+\^\{\*\})\^")
NUMBER = r"-?(?:[0-9][0-9.]*[0-9]|[0-9])(?![0-9]|\.[0-9]|e-?[0-9])"
COMPARED = re.compile(rf"(\\leq|\\geq|<|>)\$ ({NUMBER})")
AFTER_NUMBER = re.compile(r"(?<![\w.$-])(-?[0-9][0-9.]*) \$(?=\\leq|\\geq|[<>+=-])")
EQUAL = re.compile(rf"\$ = ({NUMBER})(?![$/])")
BEFORE_NUMBER = re.compile(rf"-\$({NUMBER})")
BETWEEN = re.compile(r"[ ()/=+|<>-]*")  # two formulas with nothing else between them are one
CHAINED = re.compile(r"(?<=[0-9])\$ \$(?=\\leq|\\geq|<|>)")
LEADING = re.compile(r"(?<![\w$}])\$(?=(?:\\leq|\\geq|<|>) )")  # no space follows a sign that nothing stands before
ESCAPED = re.compile(r"([\\`*_{}\[\]<>$|~])")
MATH = r"\ensuremath{"
PLAIN = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", "``": "“", "''": "”"}
PLAIN |= {f"\\{sign}": sign for sign in "&%$#_{}"}
_PLAIN = re.compile("|".join(map(re.escape, PLAIN)))


def prose(text):
    """Plain text of a derivation as Markdown, with the names of the model as its symbols."""
    parts, done = [], 0
    for found in CODE.finditer(text):
        if found["marked"] or is_code(found["name"]):
            parts += [mixed(text[done : found.start()]), f"`{found['marked'] or found['name']}`"]
            done = found.end()
    return "".join([*parts, mixed(text[done:])])


def is_code(name):
    """Whether a name with underscores is none of the model's, nor a symbol with an index."""
    return name not in sym.OWN and any(len(part) > 2 for part in name.split("_")[1:])


def mixed(text):
    """Words and symbols; what stands side by side is one formula."""
    left, done = typesetting.prose(text), []
    while MATH in left:
        before, _, left = left.partition(MATH)
        inside, left = balanced(left)
        if done and BETWEEN.fullmatch(between := before.replace("*", " ")):
            done[-1] = f"{done[-1][:-1]}{between or ' '}{sound(inside)}$"
        else:
            done += [plain(before), f"${sound(inside)}$"]
    joined = EQUAL.sub(r" = \1$", "".join([*done, plain(left)]))
    joined = BEFORE_NUMBER.sub(r"-\1$", COMPARED.sub(r"\1 \2$", joined))
    return LEADING.sub("${} ", CHAINED.sub(" ", AFTER_NUMBER.sub(r"$\1 ", joined)))


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
