"""Print versions, engines and paths."""

import argparse
import sys

from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    """No options."""


def run(options: argparse.Namespace) -> None:
    import re
    from importlib.metadata import PackageNotFoundError, metadata, version

    import deltamu
    from deltamu.codegen.engines import ENGINES, find_engine

    print(f"deltamu {deltamu.__version__}")
    print(f"python  {sys.version.split()[0]}  {sys.executable}")
    for name in ENGINES:
        print(f"engine  {name}{_lacking(find_engine, name)}")
    print()
    for what, place, moved in _places():
        print(f"{what:12} {place}{'  ' + moved if moved else ''}")
    print()
    for requirement in metadata("deltamu").get_all("Requires-Dist") or []:
        name = re.split(r"[^\w.-]", requirement)[0]
        extra = requirement.partition("extra == ")[2].strip("'\" ")
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed"
        print(f"{'extra ' + extra if extra else 'needs':14} {name} {found}")


def _places():
    """Every folder that deltamu reads or writes on its own account, and what moves it."""
    import tempfile
    from pathlib import Path

    import deltamu
    from deltamu.claims.scripts import script_folder
    from deltamu.codegen.engines import code_folder

    yield "package", Path(deltamu.__file__).parent, ""
    for name, checkout, pattern in (("derivations", "derivations", "d*.py"), ("figures", "paper/figures", "*.py")):
        yield name, script_folder(name, checkout, pattern), ""
    kept = code_folder()
    yield "cache", kept or "none: what is compiled is not kept", "(DELTAMU_CACHE moves it; an empty one keeps nothing)"
    yield "temporary", tempfile.gettempdir(), "(TMPDIR moves it)"


def _lacking(find, name: str) -> str:
    from deltamu.errors import InputError

    try:
        find(name)
    except InputError as error:
        return f"  not installed ({str(error).partition(': ')[2]})"
    return ""
