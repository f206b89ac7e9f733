"""The folder of the paper's figures, one script each."""

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deltamu.claims.scripts import load_script, script_folder
from deltamu.errors import InputError, unknown

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["PaperFigure", "figures", "find_figure"]


@dataclass(frozen=True)
class PaperFigure:
    """One figure of the paper.

    Attributes
    ----------
    path : Path
        Its script, which is loaded when something is asked of it.
    """

    path: Path

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.stem

    @property
    def title(self) -> str:
        """What it shows, in one line."""
        return (ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8"))) or "").partition("\n")[0]

    def data(self, **controls: float) -> "xr.Dataset":
        """Compute what it shows.

        Parameters
        ----------
        **controls : float
            Other values of controls and constants than the paper's.

        Raises
        ------
        InputError
            The figure sets such a control itself, or has none, or a value is refused.
        """
        compute = load_script(self.path).data
        if controls and not inspect.signature(compute).parameters:
            raise InputError(f"figure {self.name} takes no other values: it shows no single setting")
        try:
            return compute(**controls)
        except TypeError as error:
            if twice := re.search(r"multiple values for keyword argument '(\w+)'", str(error)):
                raise InputError(f"figure {self.name} sets {twice[1]} itself") from None
            raise

    def draw(self, data: "xr.Dataset") -> "Figure":
        """Draw its data in the style that is in force."""
        return load_script(self.path).draw(data)

    def numbers(self, data: "xr.Dataset") -> dict[str, str]:
        """What the prose cites of its data, as printed."""
        return load_script(self.path).numbers(data)

    def shows(self, data: "xr.Dataset") -> dict[str, bool]:
        """What the prose says of its data in words, and whether it is so; a script that has no `shows` has nothing."""
        shows = getattr(load_script(self.path), "shows", None)
        return {sentence: bool(holds) for sentence, holds in shows(data).items()} if shows else {}


def folder() -> Path:
    """Where the scripts are: beside the package's modules when installed, in the paper of a checkout."""
    return script_folder("figures", "paper/figures", "*.py")


def figures() -> tuple[PaperFigure, ...]:
    """All figures, by name.

    Examples
    --------
    >>> from deltamu.presentation.figures import figures
    >>> next(figure.title for figure in figures() if figure.name == "radius")
    'Edit radius and acceptance of the presets, by the published and by the gated model.'
    """
    return tuple(PaperFigure(path) for path in sorted(folder().glob("*.py")))


def find_figure(name: str) -> PaperFigure:
    """A figure by its name.

    Raises
    ------
    InputError
        There is none of this name.
    """
    known = {figure.name: figure for figure in figures()}
    if name not in known:
        raise unknown("figure", name, known)
    return known[name]
