"""The figures of the paper as pages: each with its picture, what it shows, its data and its script."""

import remaking
from derivation_text import escaped
from drawing import is_figure
from folders import fill

from deltamu.presentation.figures.scripts import PaperFigure


def make(folder, parts, made, results):
    """Fill the folder with a page, a picture and a table for each figure, and write the contents.

    What was `made` of each script, and the folder of the results in which its files lie.
    """
    shown = {PaperFigure(script): entry["shows"] for script, entry in made.items() if is_figure(script)}
    files = {f"{figure.name}.md": page(figure, shows).encode() for figure, shows in shown.items()}
    for figure in shown:
        for kind in (".svg", ".csv"):
            files[f"{figure.name}{kind}"] = remaking.place(figure.path, results, kind).read_bytes()
    fill(folder, files)
    remaking.write(parts / "gallery.md", contents(shown).encode())


def page(figure, shows):
    title, _, message = figure.title.rstrip(".").partition(": ")
    name, said = figure.name, [f"- {escaped(sentence)}" for sentence, holds in shows if holds]
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


def contents(figures):
    """A card for each figure."""
    cards = ["::::{grid} 1 2 3 3\n:gutter: 3\n"]
    for figure in figures:
        title = escaped(figure.title.partition(":")[0].rstrip("."))
        link = f":link: ../generated/gallery/{figure.name}\n:link-type: doc"
        picture = f"/generated/gallery/{figure.name}.svg"
        cards.append(f":::{{grid-item-card}} {title}\n:img-top: {picture}\n{link}\n:::\n")
    return "\n".join([*cards, "::::\n"])
