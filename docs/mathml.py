"""A Sphinx extension: mathematics as MathML, which browsers show without a program or a font from elsewhere."""

import re

from docutils import nodes

from deltamu.presentation.explorer.mathematics import mathml

ALIGNED = re.compile(r"\\begin\{aligned\}\n(.*)\n\\end\{aligned\}", re.DOTALL)


def inline(translator, node):
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def display(translator, node):
    elements = "\n".join(mathml(line, display=True) for line in equations(node.astext()))
    translator.body.append(f'<div class="math-display">{elements}</div>\n')
    raise nodes.SkipNode


def equations(latex):
    """The equations of an aligned block, one by one; any other expression as it is."""
    block = ALIGNED.search(latex)
    return [line.replace(" &= ", " = ", 1) for line in block[1].split(" \\\\\n")] if block else [latex]


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
