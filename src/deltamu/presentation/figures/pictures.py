"""A figure as a picture, the same bytes for the same data."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltamu.errors import InputError
from deltamu.files import check_writable, write_whole
from deltamu.presentation.export import save_netcdf, table
from deltamu.presentation.figures.scripts import PaperFigure
from deltamu.presentation.plotting import STYLE

if TYPE_CHECKING:
    import xarray as xr

PICTURES: dict[str, dict[str, Any]] = {
    ".pdf": {"metadata": {"CreationDate": None}},
    ".svg": {"metadata": {"Date": None}},
    ".png": {"dpi": 200},
}
KINDS = (*PICTURES, ".csv", ".nc")
"""Endings of files that a figure can be saved to: pictures, then data."""


def picture(figure: PaperFigure, data: "xr.Dataset", kind: str = ".pdf") -> bytes:
    """A figure's data, drawn in the paper's style.

    Parameters
    ----------
    figure : PaperFigure
    data : xarray.Dataset
    kind : {".pdf", ".svg", ".png"}

    Returns
    -------
    bytes
        They hold no date.
    """
    import matplotlib

    style: Any = STYLE | {"svg.hashsalt": figure.name}
    with matplotlib.rc_context(style):
        buffer = io.BytesIO()
        figure.draw(data).savefig(buffer, format=kind[1:], **PICTURES[kind])
    return buffer.getvalue()


def check_kind(path: str | Path) -> None:
    """Raise now, before long work, if a figure could not be saved to `path` later.

    Raises
    ------
    InputError
        The name has another ending than those of `KINDS`, or the file cannot be written.
    """
    if Path(path).suffix.lower() not in KINDS:
        raise InputError(f"cannot write a figure to {path}: its name has to end in {', '.join(KINDS)}")
    check_writable(path)


def save(figure: PaperFigure, data: "xr.Dataset", path: str | Path) -> None:
    """Write a figure, or its data; the ending of the path says which.

    Raises
    ------
    InputError
        See `check_kind`.
    """
    check_kind(path)
    kind = Path(path).suffix.lower()
    if kind == ".nc":
        save_netcdf(data, path)
    else:
        write_whole(path, table(data) if kind == ".csv" else picture(figure, data, kind))
