"""Scripts that stand outside the package in a checkout, and inside it when it is installed."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from deltamu.errors import InputError


def script_folder(name: str, checkout: str, pattern: str) -> Path:
    """Where scripts are: beside the package's modules when installed, else in a checkout.

    Parameters
    ----------
    name, checkout : str
        The folder in the package, and in a checkout.
    pattern : str
        What the scripts are called.

    Raises
    ------
    InputError
        They are in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package / name, package.parents[1] / checkout):
        if any(place.glob(pattern)):
            return place
    raise InputError(f"no {name} beside {package}: the installation is not complete")


def load_script(path: Path) -> ModuleType:
    """The module of a script, loaded once; it is named after its folder."""
    folder = path.parent.name
    name = f"deltamu_{folder}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"cannot load {folder.removesuffix('s')} {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
