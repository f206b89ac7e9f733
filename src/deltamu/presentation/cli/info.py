"""Print versions, engines and paths."""

import argparse
import sys

from deltamu.presentation.cli.parser import Parser


def fill(parser: Parser) -> None:
    """No options."""


def run(options: argparse.Namespace) -> None:
    import re
    from importlib.metadata import PackageNotFoundError, metadata, version
    from pathlib import Path

    import deltamu

    print(f"deltamu {deltamu.__version__}")
    print(f"python  {sys.version.split()[0]}  {sys.executable}")
    print(f"package {Path(deltamu.__file__).parent}")
    print("engine  numpy")
    for requirement in metadata("deltamu").get_all("Requires-Dist") or []:
        name = re.split(r"[^\w.-]", requirement)[0]
        extra = requirement.partition("extra == ")[2].strip("'\" ")
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed"
        print(f"{'extra ' + extra if extra else 'needs':14} {name} {found}")
