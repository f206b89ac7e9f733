"""The page's mathematics: the generated LaTeX as MathML, which a browser shows without a program of its own."""

import re
from importlib import import_module

from sympy.printing.pretty.pretty_symbology import pretty_symbol

from deltamu.errors import InputError
from deltamu.model.formula import Formula
from deltamu.model.policies import Policy

_UPRIGHT = re.compile(r'(?:<mi mathvariant="normal">[A-Za-z]</mi>){2,}')


_COMMAND = re.compile(r"\\(?:mathrm|text)\b|[\\{}^]")


def plain(latex: str) -> str:
    r"""A symbol's LaTeX as text, for the labels of plots.

    Examples
    --------
    >>> [plain(latex) for latex in (r"\delta_{\max}", "R^{*}", r"\bar{P}", r"w_{\mathrm{g}}")]
    ['δₘₐₓ', 'R*', 'P̄', 'w_g']
    """
    barred = re.sub(r"\\bar\{(\w)\}", "\\1\N{COMBINING MACRON}", latex)
    return pretty_symbol(_COMMAND.sub("", barred))


def mathml(latex: str, *, display: bool = False) -> str:
    r"""A formula's LaTeX as a MathML element.

    Raises
    ------
    InputError
        The library that converts it is not installed.

    Examples
    --------
    >>> mathml(r"K_r")  # doctest: +SKIP
    '<math><msub><mi>K</mi><mi>r</mi></msub></math>'
    """
    try:
        convert = import_module("latex2mathml.converter").convert
    except ImportError:
        raise InputError("the explorer needs latex2mathml: pip install 'deltamu[explorer]'") from None
    element = convert(latex, display="block" if display else "inline")
    element = element.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "").replace("\\:", "")
    return _UPRIGHT.sub(lambda found: f"<mi>{re.sub('<[^>]*>', '', found[0])}</mi>", element)


def policy_equations(policy: Policy) -> list[str]:
    """What a policy sets, one MathML element an equation."""
    inside = policy.latex().removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    return [mathml(line.replace(" &= ", " = ", 1), display=True) for line in inside.split(" \\\\\n")]


def formula_mathml(formula: Formula) -> str:
    """``left = right`` as a MathML element of its own line."""
    return mathml(formula.latex(), display=True)
