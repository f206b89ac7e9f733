"""The figures of the paper as pages: each with its picture, what it shows, its data and its script."""

import os
from concurrent.futures import ProcessPoolExecutor

import stamped
from derivation_text import escaped

from deltamu.presentation.export import table
from deltamu.presentation.figures import figures, find_figure
from deltamu.presentation.figures.pictures import picture

SOURCES = ("paper/figures/*.py", "src/deltamu/**/*.py", "docs/gallery_pages.py")


def make(folder, parts, *, force=False):
    """Fill the folder with a page, a picture and a table for each figure, and write the contents."""
    stamp = stamped.digest(*SOURCES)
    if not force and stamped.is_fresh(folder, stamp):
        return
    names = [figure.name for figure in figures()]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        files = {name: content for made in pool.map(drawn, names) for name, content in made.items()}
    stamped.write(parts / "gallery.md", contents())
    stamped.fill(folder, files, stamp)


def drawn(name):
    """The files of one figure."""
    figure = find_figure(name)
    data = figure.data()
    return {f"{name}.svg": picture(figure, data, ".svg"), f"{name}.csv": table(data),
            f"{name}.md": page(figure, figure.shows(data))}  # fmt: skip


def page(figure, sentences):
    title, _, message = figure.title.rstrip(".").partition(": ")
    name, said = figure.name, [f"- {escaped(sentence)}" for sentence, holds in sentences.items() if holds]
    message = escaped(message[:1].upper() + message[1:])
    lines = [f"# {escaped(title)}\n", f"{message}.\n" if message else "",
             f"```{{image}} {name}.svg\n:alt: {figure.title}\n:width: 100%\n```\n"]  # fmt: skip
    if said:
        lines += ["What the paper says of it, checked against the data whenever it is built:\n", *said, ""]
    lines += [
        f"Its data: {{download}}`{name}.csv`. To draw it again, or to see its data elsewhere:\n",
        f"```console\n$ deltamu figure {name} --out {name}.pdf\n$ deltamu figure {name} --out {name}.csv\n```\n",
        f"`paper/figures/{name}.py`:\n",
        f"```{{literalinclude}} ../../../paper/figures/{name}.py\n:language: python\n```\n",
    ]
    return "\n".join(lines)


def contents():
    """A card for each figure."""
    cards = ["::::{grid} 1 2 3 3\n:gutter: 3\n"]
    for figure in figures():
        title = escaped(figure.title.partition(":")[0].rstrip("."))
        link = f":link: ../generated/gallery/{figure.name}\n:link-type: doc"
        picture = f"/generated/gallery/{figure.name}.svg"
        cards.append(f":::{{grid-item-card}} {title}\n:img-top: {picture}\n{link}\n:::\n")
    return "\n".join([*cards, "::::\n"])
