"""A Sphinx extension: mathematics as MathML, which browsers show without a program or a font from elsewhere."""

from docutils import nodes

from deltamu.presentation.explorer.mathematics import mathml


def inline(translator, node):
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def display(translator, node):
    element = mathml(node.astext(), display=True)
    translator.body.append(f'<div class="math-display">{element}</div>\n')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
