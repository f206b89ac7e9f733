"""Content stamps: what a figure or a claim declares and rests on, so that it is made again only when that changes.

A stamp is one hash: of the formulas that are declared and all that they need, of the defaults of their parameters, of
the script itself, of the modules that it reaches, and of the pinned versions.
"""

import ast
import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path

import sympy

import deltamu
from deltamu import symbols as sym
from deltamu.model.models import MODELS

PACKAGE = Path(deltamu.__file__).parent
PAPER = Path(__file__).resolve().parent
SYMBOLS = PACKAGE / "model" / "symbols.py"
PARAMETERS = {symbol.name: symbol for symbol in sym.PARAMETERS}


def stamp(script, names, constraints, *, models=None, machinery=()):
    """Hash of all that a script rests on which declares these names, in each of the models: all that there are."""
    parts = [text for model in models or MODELS.values() for text in declared(model, names)]
    parts += [f"{path.name} {content(path)}" for path in sorted({script, *reach(script), *machinery})]
    parts += [constraints.read_text(encoding="utf-8") if constraints.exists() else "", metadata.version("matplotlib")]
    return digest("\n".join(parts).encode())


def digest(data):
    return hashlib.sha256(data).hexdigest()


def declared(model, names):
    """What is declared by the names of formulas and parameters, as texts: the formulas and all that they need, the
    parameters in them with their defaults.  What depends on the state of a run rests on the whole model."""
    symbols = [PARAMETERS[name] if name in PARAMETERS else model[name].symbol for name in names]
    formulas = model.program(symbols)
    used = set(symbols).union(*(formula.printed.free_symbols for formula in formulas))
    if not used.isdisjoint(sym.STATE):
        formulas, used = model, set(sym.PARAMETERS)
    return [formula_text(model, formula.name) for formula in formulas] + [
        f"{name} = {symbol.default!r}" for name, symbol in PARAMETERS.items() if symbol in used
    ]


@cache
def formula_text(model, name):
    return f"{model.name}: {name} = {sympy.srepr(model[name].expr)}"


@cache
def content(path):
    """Hash of a file; of the symbols without their defaults, which count where they are declared."""
    if path != SYMBOLS:
        return digest(path.read_bytes())
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "default"]
    return digest(ast.dump(tree).encode())


@cache
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
    """Dotted names that a file imports; a name imported from a module counts in case it is one."""
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = origin(node, file)
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
            if module == PACKAGE.name:
                names += [public_names()[alias.name] for alias in node.names if alias.name in public_names()]
    return names


def origin(node, file):
    """The dotted name of the module that a statement imports from."""
    inside = file.relative_to(PACKAGE.parent).parts[:-1] if node.level else ()
    return ".".join((*inside[: len(inside) - node.level + 1], *([node.module] if node.module else [])))


@cache
def public_names():
    """The public names of the package and where each comes from."""
    stub = PACKAGE / "__init__.pyi"
    lines = [node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f"{origin(node, stub)}.{alias.name}" for node in lines for alias in node.names}


@cache
def sources(name):
    """Files of a dotted name: of a module all of the package in which it stands; none where it is neither of the two.

    A module of the paper comes with the data of its name beside it."""
    root, *inside = name.split(".")
    if root != PACKAGE.name:
        return [path for path in (PAPER / f"{root}.py", PAPER / f"{root}.json") if path.exists()]
    place = PACKAGE.joinpath(*inside)
    if place.with_suffix(".py").exists() and place.parent == PACKAGE:
        return [place.with_suffix(".py")]
    folder = place if place.is_dir() else place.parent
    if folder in (PACKAGE, PACKAGE / "presentation"):  # a name of the package, or a room whose own name follows
        return []
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def unchanged(stamp_file, inputs, outputs):
    """The stored stamp, if what it rests on is as it was and each output is as it was written; otherwise None."""
    try:
        stored = json.loads(stamp_file.read_text(encoding="utf-8"))
        written = {path.name: digest(path.read_bytes()) for path in outputs}
        same = stored["inputs"] == inputs and stored["outputs"] == written
        return stored if same and {"numbers", "shows"} <= stored.keys() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
