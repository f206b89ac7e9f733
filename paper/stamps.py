"""Content stamps: what a figure depends on, as one hash, so that it is redrawn only when that changes."""

import ast
import hashlib
import json
from importlib import metadata
from pathlib import Path

import sympy

import deltamu
from deltamu.formulas import MODELS

PACKAGE = Path(deltamu.__file__).parent
PAPER = Path(__file__).resolve().parent


def inputs(script, uses, constraints):
    """Hash of all that a figure depends on: the formulas in `uses` and those that they need, the script, the modules
    that it reaches, and the pinned versions."""
    parts = [text for model in MODELS.values() for text in formula_texts(model, uses)]
    parts += [f"{path.name} {digest(path.read_bytes())}" for path in (script, *reach(script))]
    parts += [constraints.read_text() if constraints.exists() else "", metadata.version("matplotlib")]
    return digest("\n".join(parts).encode())


def digest(data):
    return hashlib.sha256(data).hexdigest()


def formula_texts(model, uses):
    """The named formulas of a model, and all that they need, one text each."""
    program = model.program([model[name].symbol for name in uses])
    return [f"{model.name}: {formula.name} = {sympy.srepr(formula.expr)}" for formula in program]


def reach(script):
    """The files of the package and of the paper that a script imports, directly or through one another.

    Only imports are followed, so a script has to import from the module that defines a name
    (``from deltamu.simulation import simulate``), not from the package."""
    found, todo = set(), [script]
    while todo:
        new = {path for name in imported(todo.pop()) for path in sources(name)} - found
        found |= new
        todo += [path for path in new if path.suffix == ".py"]
    return sorted(found)


def imported(file):
    """Dotted names inside the package that a file imports; a name imported from a module counts in case it is one."""
    inside = file.relative_to(PACKAGE.parent).parts[:-1] if file.is_relative_to(PACKAGE.parent) else ()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(name):
    """Files of a dotted name: a module's source, or all of a package inside the package; none if it is neither."""
    root, *inside = name.split(".")
    if root != PACKAGE.name or not inside:
        return [path for path in [PAPER / f"{root}.py"] if path.exists()]
    module, folder = PACKAGE / f"{inside[0]}.py", PACKAGE / inside[0]
    inner = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [module] if module.exists() else inner


def unchanged(stamp_file, stamp, outputs):
    """The stored stamp, if its inputs are the given ones and each output is as it was written; otherwise None."""
    try:
        stored = json.loads(stamp_file.read_text())
        same = stored["inputs"] == stamp and stored["outputs"] == {
            path.name: digest(path.read_bytes()) for path in outputs
        }
        return stored if same else None
    except (OSError, ValueError, KeyError):
        return None
