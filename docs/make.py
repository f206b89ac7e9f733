"""Build the site: pages from the derivations and figures, then Sphinx, then every link is followed.

    python docs/make.py [--force] [--results DIR] [--out DIR]

Figures and claims are those of the paper: what its build left stays as it is while all that it rests on does.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "generated"
sys.path.append(str(HERE.parent / "paper"))

import derivation_pages  # noqa: E402
import gallery_pages  # noqa: E402
import links  # noqa: E402
import loose_parts  # noqa: E402
import remaking  # noqa: E402
from errors import PaperError  # noqa: E402
from sphinx.cmd.build import main as sphinx  # noqa: E402


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="make everything anew")
    parser.add_argument("--results", type=Path, default=remaking.BUILD, metavar="DIR", help="the paper's folder")
    parser.add_argument("--out", type=Path, default=HERE / "build", metavar="DIR", help="folder for everything built")
    options = parser.parse_args(arguments)
    try:
        made, entries = remaking.remade(options.results, force=options.force)
        derivation_pages.make(GENERATED / "derivations", GENERATED / "parts", entries)
    except PaperError as error:
        sys.exit("\n".join(f"site: {line}" for line in str(error).splitlines()))
    gallery_pages.make(GENERATED / "gallery", GENERATED / "parts", made, options.results)
    loose_parts.make(GENERATED, options.results)
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
