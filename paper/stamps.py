"""Content stamps: what a figure or a claim depends on, so that it is made again only when that changes.

A stamp has two parts.  The first is a hash of texts: the script, the modules that it reaches, the formulas that it
declares, the pinned versions; defaults are left out of it.  The second is the value of each default that was read
when the figure was drawn (see `reads`).  So another default can change without it.
"""

import ast
import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path

import sympy
from deltamu.loading import rooms

import deltamu
from deltamu import symbols as sym
from deltamu.model.models import MODELS

PACKAGE = Path(deltamu.__file__).parent
PAPER = Path(__file__).resolve().parent
SYMBOLS = PACKAGE / "symbols.py"


def inputs(script, uses, constraints):
    """Hash of the texts that a figure depends on: the formulas in `uses` and those that they need, the script, the
    modules that it reaches, and the pinned versions."""
    parts = [text for model in MODELS.values() for text in formula_texts(model, uses)]
    parts += [f"{path.name} {content(path)}" for path in (script, *reach(script))]
    parts += [constraints.read_text() if constraints.exists() else "", metadata.version("matplotlib")]
    return digest("\n".join(parts).encode())


def digest(data):
    return hashlib.sha256(data).hexdigest()


@cache
def content(path):
    """Hash of a file; of the symbols without their defaults, which are compared one by one."""
    if path != SYMBOLS:
        return digest(path.read_bytes())
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "default"]
    return digest(ast.dump(tree).encode())


def defaults(names):
    """The defaults of these parameters as they are now; the name of one that is gone has none."""
    known = {symbol.name: symbol.facts.default for symbol in sym.PARAMETERS}
    return {name: known.get(name) for name in sorted(names)}


def formula_texts(model, uses):
    """The named formulas of a model, and all that they need, one text each."""
    program = model.program([model[name].symbol for name in uses])
    return [f"{model.name}: {formula.name} = {sympy.srepr(formula.expr)}" for formula in program]


def reach(script):
    """The files of the package and of the paper that a script imports, directly or through one another.

    Only imports are followed; a public name that is imported from the package counts as its module."""
    found, todo = set(), [script]
    while todo:
        new = {path for name in imported(todo.pop()) for path in sources(name)} - found
        found |= new
        todo += [path for path in new if path.suffix == ".py"]
    return sorted(found)


@cache
def imported(file):
    """Dotted names inside the package that a file imports; a name imported from a module counts in case it is one."""
    inside = file.relative_to(PACKAGE.parent).parts[:-1] if file.is_relative_to(PACKAGE.parent) else ()
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
            if module == PACKAGE.name:
                names += [origins()[alias.name] for alias in node.names if alias.name in origins()]
    return names


@cache
def origins():
    """The modules that the public names of the package come from."""
    return rooms(PACKAGE / "__init__.pyi")


@cache
def sources(name):
    """Files of a dotted name: a module's source, or all of a package inside the package; none if it is neither.

    A module of the paper comes with the data of its name beside it."""
    root, *inside = name.split(".")
    if root != PACKAGE.name or not inside:
        return [path for path in (PAPER / f"{root}.py", PAPER / f"{root}.json") if path.exists()]
    module, folder = PACKAGE / f"{inside[0]}.py", PACKAGE / inside[0]
    inner = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [module] if module.exists() else inner


def unchanged(stamp_file, stamp, outputs):
    """The stored stamp, if its inputs and the defaults that it read are as they were and each output is as it was
    written; otherwise None."""
    try:
        stored = json.loads(stamp_file.read_text(encoding="utf-8"))
        same = up_to_date(stored, stamp) and stored["outputs"] == {
            path.name: digest(path.read_bytes()) for path in outputs
        }
        return stored if same and {"numbers", "untrue"} <= stored.keys() else None
    except (OSError, ValueError, KeyError):
        return None


def up_to_date(stored, stamp):
    """Whether the texts and the defaults behind something stored are as they were."""
    return stored["inputs"] == stamp and stored["defaults"] == defaults(stored["defaults"])
