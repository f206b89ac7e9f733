"""Draw a figure of the paper, or list them all."""

import argparse

from deltamu.presentation.cli import streams
from deltamu.presentation.cli.options import assigned
from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", help="which figure; without it, all are listed")
    parser.add_argument("--out", metavar="FILE", action="append", default=[],
                        help="where to: a picture (.pdf, .svg, .png) or its data (.csv, .nc); several may be given "
                             "[NAME.pdf]")  # fmt: skip
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[],
                        help="another value of a control or constant than the paper's; may be repeated")  # fmt: skip
    parser.add_argument("--show", action="store_true", help="show it in the browser")


def run(options: argparse.Namespace) -> None:
    from deltamu.errors import InputError
    from deltamu.presentation.figures import figures, find_figure

    if options.name is None:
        if options.out or options.show or options.set:
            raise InputError("--out, --set and --show need the name of a figure")
        width = max(len(figure.name) for figure in figures())
        for figure in figures():
            print(f"{figure.name:<{width}}  {figure.title}")
        return
    controls = assigned(options.set)
    for name, value in controls.items():
        if isinstance(value, list):
            raise InputError(f"--set {name} takes one number here: a figure has dimensions of its own")
    _draw(find_figure(options.name), options.out, options.show, controls)


def _draw(figure, paths: list[str], show: bool, controls) -> None:
    import tempfile
    import webbrowser
    from pathlib import Path

    from deltamu.errors import InputError
    from deltamu.presentation.figures.pictures import PICTURES, check_kind, save

    paths = paths or ([] if show else [f"{figure.name}.pdf"])
    for path in paths:
        check_kind(path)
    data = figure.data(**controls)
    for path in paths:
        save(figure, data, path)
        streams.say(f"wrote {path}")
    if show:
        pictures = [Path(path) for path in paths if Path(path).suffix.lower() in PICTURES]
        if not pictures:
            pictures = [Path(tempfile.mkdtemp(prefix="deltamu-")) / f"{figure.name}.svg"]  # stays for the browser
            save(figure, data, pictures[0])
        if not webbrowser.open(pictures[0].absolute().as_uri()):
            raise InputError(f"no browser to show {pictures[0]} in: use --out")
