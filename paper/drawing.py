"""One script of a figure or of numbers: what it computes, draws and reports, and which defaults it reads."""

import ast

import reads
from errors import PaperError

from deltamu.errors import InputError
from deltamu.presentation.figures.pictures import picture, table
from deltamu.presentation.figures.scripts import PaperFigure

PICTURES = (".pdf", ".svg")


def uses(script):
    """The formulas that a script names in `USES`, without running it: what it reads is recorded where it runs."""
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "USES":
            return ast.literal_eval(node.value)
    raise LookupError("USES is missing: the formulas that it shows")


def made(script):
    """What a script makes: its files by suffix, its numbers, what the prose says of it that is not so, and the names of
    the defaults that it read."""
    try:
        figure = PaperFigure(script)
        with reads.recorded() as names:
            data = figure.data()
            numbers = figure.numbers(data)
            untrue = [sentence for sentence, holds in figure.shows(data).items() if not holds]
            files = {".csv": table(data).encode()}
            files |= {kind: picture(figure, data, kind) for kind in PICTURES if is_figure(script)}
    except (InputError, LookupError) as error:
        raise PaperError(f"{where(script)}: {' '.join(str(error.args[0]).split())}") from error
    return files, numbers, untrue, sorted(names)


def is_figure(script):
    return script.parent.name == "figures"


def where(script):
    """How messages call a script."""
    return f"{script.parent.name}/{script.name}"
