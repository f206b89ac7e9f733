"""Trees with the paper's sources and the package, and its build in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import deltamu

ROOT = Path(__file__).parents[1]


def copied(folder):
    """A tree with the package and the sources of the paper, without anything built."""
    skip = shutil.ignore_patterns("build", "__pycache__", "preview")
    shutil.copytree(ROOT / "paper", folder / "paper", ignore=skip)
    shutil.copytree(Path(deltamu.__file__).parent, folder / "src" / "deltamu", ignore=skip)
    if (ROOT / "constraints.txt").exists():
        shutil.copy(ROOT / "constraints.txt", folder)
    return folder


def make(folder, *options):
    """Build the paper in a copied tree, with the package of that tree."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(folder / "paper" / "make.py"), *map(str, options)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
