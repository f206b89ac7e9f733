"""One script of a figure or of numbers: what it declares, computes, draws and reports."""

from errors import PaperError

from deltamu.claims.scripts import load_script
from deltamu.errors import InputError
from deltamu.presentation.export import table
from deltamu.presentation.figures.pictures import picture
from deltamu.presentation.figures.scripts import PaperFigure

PICTURES = (".pdf", ".svg")


def uses(script):
    """The formulas that a script declares in `USES`: what it shows rests on them and on all that they need."""
    try:
        return load_script(script).USES
    except AttributeError:
        raise LookupError("USES is missing: the formulas that it shows") from None


def made(script):
    """What a script makes: its files by suffix, its numbers, and what the prose says of it with whether that is so."""
    try:
        figure = PaperFigure(script)
        data = figure.data()
        numbers = figure.numbers(data)
        shows = [(sentence, bool(holds)) for sentence, holds in figure.shows(data).items()]
        files = {".csv": table(data).encode()}
        files |= {kind: picture(figure, data, kind) for kind in PICTURES if is_figure(script)}
    except (InputError, LookupError) as error:
        raise PaperError(f"{where(script)}: {' '.join(str(error.args[0]).split())}") from error
    return files, numbers, shows


def is_figure(script):
    return script.parent.name == "figures"


def where(script):
    """How messages call a script."""
    return f"{script.parent.name}/{script.name}"
