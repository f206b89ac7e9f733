"""Derivations as LaTeX: names become symbols, and what is written like code becomes mathematics."""

import re
from functools import cache
from typing import Any

_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_ESCAPES |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
_ESCAPES |= {sign: rf"\ensuremath{{{sign}}}" for sign in "<>|"}
_TO_LATEX = str.maketrans(_ESCAPES)

DIGITS = 6  # of a number that is not exact
_OPERATORS = {"<=": r"\leq", ">=": r"\geq", "->": r"\to", "..": r"\ldots", " - ": "-", "-": "-", "*": r"\,"}
_GREEK = ("alpha", "beta", "gamma", "delta", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi",
          "theta", "Delta", "Phi")  # fmt: skip
_SHORT = {"oo": r"\infty", "eps": r"\varepsilon", "phi": r"\varphi", "PhiInv": r"\Phi^{-1}"}
_FUNCTIONS = {name: f"\\{name}" for name in ("max", "min", "ln", "exp")}
_ARTICLES = "AIa"  # letters that are words; A is the acceptance where a sign follows
_NAME = r"(?:P_false\|pass|[A-Za-z]+[0-9]?(?:_(?:[A-Za-z0-9]+|\([^()]*\)))?)"
_POWER = r"\^(?:-?[0-9]+|-?[A-Za-z]\w*|\((?:[^()]|\([^()]*\))*\))"
_BOUNDED = re.compile(r": (-?\d[\d.]*) <= (-?\d[\d.]*) <= (-?\d[\d.]*) \(")
_FACTOR = re.compile(r"\*| ?[<>]")
_TOKEN = re.compile(
    rf"""\bsqrt\((?P<root>[^()]*)\)
    |(?<![\w'])(?P<name>{_NAME})(?P<primes>'*(?![\w]))(?P<star>(?:\*(?![\w(]))?)(?P<power>(?:{_POWER})?)(?![A-Za-z0-9_])
    |(?P<alone>{_POWER})
    |(?<=\))(?P<prime>'+)(?!\w)
    |(?P<sign>(?<=[\w)])\*(?=[\w(])|\ -\ |<=|>=|->|(?<=[0-9])\.\.(?=[0-9])|(?<=[\s(])-(?=[\w(]))
    |"(?P<quoted>[^"]*)"
    """,
    re.VERBOSE,
)


def prose(text: str) -> str:
    r"""Plain text as LaTeX text, with the names of the model as its symbols.

    Examples
    --------
    >>> prose("mu_Delta < 5 %, as delta -> 0")
    '\\ensuremath{\\mu_{\\Delta}} \\ensuremath{<} 5 \\%, as \\ensuremath{\\delta} \\ensuremath{\\to} 0'
    >>> prose("A move of an H, say.")
    'A move of an \\ensuremath{H}, say.'
    >>> prose("mu* is a2*b, R*^((1-r)/r)")
    '\\ensuremath{\\mu^{*}} is \\ensuremath{a_2}\\ensuremath{\\,}\\ensuremath{b}, \\ensuremath{{R^{*}}^{(1-r)/r}}'
    >>> prose("lambda^2/2, half a square, but N^(3/2)")
    '\\ensuremath{\\lambda^{2}}/2, half a square, but \\ensuremath{N^{3/2}}'
    """
    done, out = 0, []
    for token in _TOKEN.finditer(text):
        shown = _shown(token, text[token.end() :])
        if shown is None:
            continue
        out += [text[done : token.start()].translate(_TO_LATEX), shown]
        done = token.end()
    return "".join([*out, text[done:].translate(_TO_LATEX)])


def counted(text: str) -> str:
    """The words of a measurement; one between bounds that leave it no choice, as counts are, stands without them.

    Examples
    --------
    >>> counted("logs: 5 <= 5 <= 5 (all)"), counted("below: 13.5 <= 14 <= 14.5 (18 logs)")
    ('logs: 5 (all)', 'below: 14 (18 logs)')
    >>> counted("AIC: 19.5 <= 20.25 <= 20.5 (34 models)")
    'AIC: 19.5 <= 20.25 <= 20.5 (34 models)'
    """
    return _BOUNDED.sub(_without_bounds, text)


def _without_bounds(found: re.Match[str]) -> str:
    low, value, high = map(float, found.groups())
    alone = low == value == high or (value.is_integer() and value - 1 < low <= value <= high < value + 1)
    return f": {found[2]} (" if alone else found[0]


def mathematics(expr: Any) -> str:
    r"""LaTeX of an expression, its symbols printed as `prose` prints their names.

    Examples
    --------
    >>> from sympy import Symbol
    >>> mathematics(Symbol("share") * Symbol("K_eff") > Symbol("lambda_oo"))
    'K_{\\mathrm{eff}} \\mathrm{share} > \\lambda_{\\infty}'
    """
    from sympy import Float, sympify

    from deltamu.model.formula import as_latex
    from deltamu.model.quantities import Quantity

    expr = sympify(expr)
    expr = expr.xreplace({number: number.n(DIGITS) for number in expr.atoms(Float)})
    names = {s: _inside(s.name) for s in expr.free_symbols if not isinstance(s, Quantity)}
    return as_latex(expr, symbol_names=names)


def _shown(token: re.Match[str], after: str) -> str | None:
    """The LaTeX of a token; None if it is but a word."""
    if (quoted := token["quoted"]) is not None:
        return f"``{prose(quoted)}''"
    if sign := token["sign"]:
        signed = rf"\ensuremath{{{_OPERATORS[sign]}}}"
        return f" {signed} " if sign == " - " else signed
    if prime := token["prime"]:
        return rf"\ensuremath{{{prime}}}"
    if power := token["alone"]:
        return rf"\ensuremath{{{_raised(power)}}}"
    if root := token["root"]:
        return rf"\ensuremath{{\sqrt{{{_inside(root)}}}}}"
    name = token["name"]
    symbol = _symbol(name)
    if symbol is None and (_FACTOR.match(after) or token.string[: token.start()].endswith("*")):
        symbol = _names().get(name)  # a word, but where something is reckoned with it
    if symbol is None and name in _FUNCTIONS and token["power"]:
        symbol = _FUNCTIONS[name]
    if symbol is None or (name in _ARTICLES and not _is_quantity(token, after)):
        return None
    base, power = f"{symbol}{token['primes']}", _raised(token["power"])
    if token["star"]:
        base = f"{base}^{{*}}"
    if power and "^" in base:  # TeX has no two superscripts
        base = f"{{{base}}}"
    return rf"\ensuremath{{{base}{power}}}"


def _is_quantity(token: re.Match[str], after: str) -> bool:
    """Whether a letter that is also a word is a quantity: something marks it, or a sign follows."""
    return bool(token["primes"] or token["star"] or token["power"] or re.match(r"\(| ?(?:[<>=]|->)| is [0-9]", after))


def _raised(power: str) -> str:
    inner = power[1:].removeprefix("(").removesuffix(")") if power else ""
    return f"^{{{_inside(inner)}}}" if inner else ""


def _inside(text: str) -> str:
    """What is mathematics throughout."""
    text = text.replace("*", "^{*}")
    return re.sub(_NAME, lambda name: _symbol(name[0]) or _FUNCTIONS.get(name[0], rf"\mathrm{{{name[0]}}}"), text)


def _symbol(name: str) -> str | None:
    """LaTeX of a name of the model, of a Greek letter or of a single letter, with its index; None for other words."""
    if name in _known():
        return _known()[name]
    base, _, index = name.partition("_")
    if index:
        letter = _symbol(base)
        inside = index.strip("()")
        shown = _symbol(inside) if inside.isalnum() and (len(inside) == 1 or inside in _SHORT) else None
        return None if letter is None else f"{letter}_{{{shown or inside}}}"
    return base if len(base) == 1 and base.isalpha() else None


@cache
def _names() -> dict[str, str]:
    """The model's symbols by their names."""
    from deltamu.model import symbols as sym
    from deltamu.model.gated import GATED
    from deltamu.model.published import PUBLISHED

    quantities = [*sym.PARAMETERS, *sym.STATE, *(formula.symbol for model in (PUBLISHED, GATED) for formula in model)]
    return {quantity.name: quantity.latex for quantity in quantities}


@cache
def _known() -> dict[str, str]:
    """The model's symbols whose names are no words, and letters by their names."""
    names = _names()
    letters = {name: f"\\{name}" for name in _GREEK} | {name: tex for name, tex in _SHORT.items() if tex}
    coded = {name: tex for name, tex in names.items() if "_" in name or not name.isalpha() or name in letters}
    return letters | coded | {name: names[name] for name in ("dH", "dr")} | {
        "P_pass": names["pass_probability"], "P_false|pass": names["false_pass_probability"],
    }  # fmt: skip
