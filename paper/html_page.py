"""The paper as one self-contained HTML file, its mathematics as MathML and its figures as SVG, and the explorer."""

import json
import tempfile
from pathlib import Path

import typeset
from errors import PaperError

from deltamu.errors import InputError

HERE = Path(__file__).resolve().parent
EXPLORER = '<p class="explorer"><a href="explorer.html">The model as an interactive page</a></p>\n'


def page(document, folder):
    """The parsed manuscript as HTML."""
    with tempfile.TemporaryDirectory() as scratch:
        before = Path(scratch, "before.html")
        before.write_text(EXPLORER, encoding="utf-8")
        options = (
            "--standalone", "--embed-resources", "--mathml", "--toc", "--toc-depth=1", "--metadata", "lang=en",
            "--lua-filter", HERE / "paragraphs.lua", "--lua-filter", HERE / "page.lua",
            "--citeproc", "--bibliography", folder / "references.bib", "--css", HERE / "page.css",
            "--include-before-body", before, "--resource-path", folder,
        )  # fmt: skip
        return typeset.pandoc("-f", "json", "-t", "html5", *options, folder=folder, text=json.dumps(document))


def explorer():
    """The explorer's page."""
    try:
        from deltamu.presentation.explorer import explorer_page

        return explorer_page()
    except (ImportError, InputError) as error:
        raise PaperError(f"the explorer cannot be written: {error}") from error
