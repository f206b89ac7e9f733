"""Files, written whole or not at all."""

import json
import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltamu.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def read_text(path: str | Path) -> str:
    """The text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {path}: it is not UTF-8 text") from None


def check_writable(path: str | Path) -> None:
    """Raise now, before long work, if a file could not be written to `path` later."""
    if not str(path):
        raise InputError("cannot write '': it names no file")
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder")
    if path.exists() and not path.is_file():
        raise InputError(f"cannot write {path}: it is no regular file")
    if not path.absolute().parent.is_dir():
        raise InputError(f"cannot write {path}: folder {path.absolute().parent} does not exist")
    if not os.access(path.absolute().parent, os.W_OK):
        raise InputError(f"cannot write {path}: folder {path.absolute().parent} may not be written to")


def write_whole(path: str | Path, content: str | bytes | Callable[[Path], Any]) -> None:
    """Write a file beside its place and move it there when it is complete."""
    path = Path(path)
    check_writable(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=f".{path.name}.") as folder:
            unfinished = Path(folder) / path.name
            if callable(content):
                content(unfinished)
            else:
                unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
            unfinished.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def save_csv(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write one row a point and move, every number with all its digits."""
    write_whole(path, csv_text(dataset))


def csv_text(dataset: "xr.Dataset") -> str:
    """A Dataset as CSV: one row a point and move."""
    frame = dataset.to_dataframe() if dataset.sizes else dataset.expand_dims("point").to_dataframe()
    return frame.reset_index().drop(columns="point", errors="ignore").to_csv(index=False)


def save_json(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write coordinates, variables and attributes as JSON; what is not finite becomes null."""
    write_whole(path, json_text(dataset))


def json_text(dataset: "xr.Dataset") -> str:
    """A Dataset as JSON (see `save_json`)."""
    content = dataset.to_dict(data="list", encoding=False)
    content["attrs"] = {key: json.loads(v) if key == "settings" else v for key, v in dataset.attrs.items()}
    return json.dumps(_finite(content), indent=1, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def save_netcdf(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write netCDF."""
    whole = [name for name, variable in dataset.variables.items() if variable.dtype.kind in "iu"]
    wide = [name for name in whole if abs(dataset[name]).max() >= 2**31]  # more than netCDF 3 holds
    write_whole(path, dataset.assign({name: dataset[name].astype(float) for name in wide}).to_netcdf)
