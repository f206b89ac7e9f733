"""Build the site: pages from the derivations and figures, then Sphinx, then every link is followed.

    python docs/make.py [--force] [--out DIR]

What is generated stays as it is while the sources that it was made from do.
"""

import argparse
import sys
from pathlib import Path

import derivation_pages
import gallery_pages
import links
import loose_parts
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "generated"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="make everything anew")
    parser.add_argument("--out", type=Path, default=HERE / "build", metavar="DIR", help="folder for everything built")
    options = parser.parse_args(arguments)
    derivation_pages.make(GENERATED / "derivations", GENERATED / "parts", force=options.force)
    gallery_pages.make(GENERATED / "gallery", GENERATED / "parts", force=options.force)
    loose_parts.make(GENERATED)
    site = options.out / "html"
    anew = ["--fresh-env", "--write-all"] if options.force else []
    flags = ["--fail-on-warning", "--keep-going", "--quiet", "--doctree-dir", str(options.out / "doctrees"), *anew]
    if code := sphinx([*flags, "--builder", "html", str(HERE), str(site)]):
        sys.exit(code)
    if problems := links.problems(site):
        sys.exit("\n".join(problems))
    print(f"site {site / 'index.html'}")


if __name__ == "__main__":
    main()
