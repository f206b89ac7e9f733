"""Sphinx settings: `make docs` generates pages first (see make.py), then builds with warnings as errors."""

import inspect
import os
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("IPYTHONDIR", str(HERE / "build" / "ipython"))  # a notebook leaves nothing in the home folder

import deltamu  # noqa: E402

for name in deltamu.__all__:  # modules are loaded under their own names: let autodoc find them under the public ones
    if inspect.ismodule(thing := getattr(deltamu, name)):
        sys.modules.setdefault(f"deltamu.{name}", thing)

project = "deltamu"
author = "The deltamu authors"
copyright = f"2026, {author}"
version = release = deltamu.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "mathml",
]
exclude_patterns = ["build", "generated/extra", "generated/parts", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
default_role = "py:obj"

# Reference
add_module_names = False
autodoc_inherit_docstrings = False  # of a class, only what is its own
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autosummary_generate = True
toc_object_entries = False  # a page is named once in the contents
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Notebooks: each tutorial runs when the site is built
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "build" / "notebooks")
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_ipywidgets_js = {}
nb_render_markdown_format = "myst"
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "attrs_inline"]
myst_heading_anchors = 3
myst_update_mathjax = False

# Pages that need no network: mathematics is MathML, fonts and search come with the site
html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_title = f"deltamu {version}"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_extra_path = ["generated/extra"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "explorer": [], "paper": []}
html_theme_options = {
    "logo": {"text": "deltamu"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

# SymPy's docstrings, and some of ours, have a section that numpydoc does not know
warnings.filterwarnings("ignore", message="Unknown section Explanation")


def explained(app, what, name, obj, options, lines):
    """Make the section Explanation one that numpydoc knows."""
    for place, line in enumerate(lines[:-1]):
        if line.strip() == "Explanation" and set(lines[place + 1].strip()) == {"-"}:
            lines[place : place + 2] = ["Notes", "-----"]


def setup(app):
    app.connect("autodoc-process-docstring", explained, priority=400)  # before numpydoc
