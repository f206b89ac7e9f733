"""Labelled results as files: CSV, JSON that loads back, netCDF."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltamu.errors import InputError
from deltamu.files import read_text, write_whole
from deltamu.model.arguments import checked

if TYPE_CHECKING:
    import xarray as xr

INFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}  # JSON has no number for them
WIDEST = 2**31 - 1  # whole numbers that netCDF 3 holds


def save_csv(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write one row a point and move, every number with all its digits."""
    write_whole(path, csv_text(dataset))


def csv_text(dataset: "xr.Dataset") -> str:
    """A Dataset as CSV: one row a point and move.

    Examples
    --------
    >>> from deltamu import evaluate
    >>> print(csv_text(evaluate("K_prime", K=[1, 2], N=0)))
    K,K_prime
    1,1.0
    2,2.0
    <BLANKLINE>
    """
    return rows_of(dataset).to_csv(index=False, lineterminator="\n")


def rows_of(dataset: "xr.Dataset") -> Any:
    """A Dataset as a pandas DataFrame: one row a point and move, coordinates first."""
    if dataset.sizes:
        return dataset.to_dataframe().reset_index()
    return dataset.expand_dims("point").to_dataframe().reset_index(drop=True)


def table(dataset: "xr.Dataset") -> str:
    """A Dataset as CSV in blocks: variables over the same dimensions share rows.

    Examples
    --------
    >>> import xarray as xr
    >>> print(table(xr.Dataset({"a": ("x", [1, 2]), "b": ("y", [3.5])})))
    x,a,y,b
    0.0,1.0,,
    1.0,2.0,,
    ,,0.0,3.5
    <BLANKLINE>
    """
    import pandas

    shapes = dict.fromkeys(array.dims for array in dataset.data_vars.values() if array.dims)
    blocks = [
        dataset[[name for name in dataset.data_vars if dataset[name].dims == dims]].to_dataframe().reset_index()
        for dims in shapes
    ]
    return pandas.concat(blocks).to_csv(index=False, lineterminator="\n")


def save_json(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write coordinates, variables and attributes as JSON; `load_json` reads them back."""
    write_whole(path, json_text(dataset) + "\n")


def json_text(dataset: "xr.Dataset") -> str:
    """A Dataset as JSON: infinity is a text, what is no number is null, and each array names its type."""
    content = dataset.to_dict(data="list", encoding=False)
    content["attrs"] = {key: json.loads(v) if key == "settings" else v for key, v in content["attrs"].items()}
    for part in (content["coords"], content["data_vars"]):
        for name, array in part.items():
            array["dtype"] = dataset[name].dtype.kind
    return json.dumps(_plain(content), indent=1, allow_nan=False)


@checked
def load_json(path: str | Path) -> "xr.Dataset":
    """A result that was saved as JSON, by `save_json` or ``--json``, to the last bit.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    InputError
        The file cannot be read, or holds something else.

    Examples
    --------
    >>> from deltamu import simulate
    >>> ds = simulate("noob-vibe", moves=3, keep="final")
    >>> ds.moves_to_target.item()
    inf
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_json(ds, f"{folder}/run.json")
    ...     load_json(f"{folder}/run.json").identical(ds)
    True
    """
    text = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not JSON") from None
    try:
        return _dataset(content)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError(f"{path} is JSON, but no result that deltamu has saved") from None


def _dataset(content: Mapping[str, Any]) -> "xr.Dataset":
    import xarray as xr

    attrs = {key: json.dumps(v, indent=2) if key == "settings" else v for key, v in content["attrs"].items()}
    coords, variables = ({name: _variable(array) for name, array in content[part].items()}
                         for part in ("coords", "data_vars"))  # fmt: skip
    return xr.Dataset(variables, coords=coords, attrs=attrs)


def _variable(array: Mapping[str, Any]) -> tuple[list[str], Any, dict[str, Any]]:
    import numpy as np

    types = {"f": float, "i": np.int64, "u": np.uint64, "b": bool, "U": str}
    return array["dims"], np.array(array["data"], dtype=types.get(array["dtype"])), array["attrs"]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return INFINITE.get(value)
    return value


def save_netcdf(dataset: "xr.Dataset", path: str | Path) -> None:
    """Write netCDF; whole numbers that it does not hold become floating-point ones, in attributes texts."""
    import numpy as np

    whole = [name for name, variable in dataset.variables.items() if variable.dtype.kind in "iu" and variable.size]
    wide = [name for name in whole if np.abs(dataset[name].astype(float)).max() > WIDEST]
    held = dataset.assign({name: dataset[name].astype(float) for name in wide})
    for name, variable in held.variables.items():
        held[name].attrs = _held(variable.attrs)
    write_whole(path, held.assign_attrs(_held(held.attrs)).to_netcdf)


def _held(attrs: Mapping[Any, Any]) -> dict[Any, Any]:
    """Attributes as netCDF holds them."""
    import numpy as np

    wide = {name for name, value in attrs.items() if isinstance(value, int | np.integer) and abs(int(value)) > WIDEST}
    return {name: str(value) if name in wide else value for name, value in attrs.items()}
