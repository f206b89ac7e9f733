"""The package as a whole: which room may use which, what importing costs, and what a fresh installation can do."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import deltamu as dm

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "deltamu"
STUB = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8")).body
ORIGIN = {alias.name: node.module or "" for node in STUB if isinstance(node, ast.ImportFrom) for alias in node.names}
ROOM_OF = {name: (origin or name).partition(".")[0] for name, origin in ORIGIN.items()}
# A room may import those before it, never one after it.
ROOMS = (
    "errors",
    "progress",
    "files",
    "model",
    "codegen",
    "claims",
    "simulation",
    "sensitivity",
    "equilibria",
    "calibration",
    "design",
    "presentation",
    "__main__",
)
MODULES = sorted(SOURCE.rglob("*.py"))
COMMANDS = (
    "--version",
    "info",
    "simulate --preset principal-tr --scenario greenfield --csv a.csv --json a.json --netcdf a.nc",
    "simulate --policy vibe,planner --model published,gated --N 0:4:3 --moves 5",
    "evaluate gain efficiency --mu 5 --delta 0.1:0.5:3",
    "formulas --model gated",
    "formulas --format latex",
    "formulas --format javascript",
    "show step",
    "show run --format javascript",
    "settings --preset planner-spec --article --out settings.json",
    "simulate --settings settings.json --keep final",
    "ensemble --runs 50 --seed 1 --moves 5",
    "sensitivity gain --mu 12 --delta 0.2",
    "fixed-points --preset principal-tr",
    "design --target 0.7 --budget 400",
    "design --what candidates --budget 12 --mu 6",
    "derive d03",
    "figure",
    "figure selection --out figure.pdf",
    "verify",
)


def name_of(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(path):
    return name_of(path).partition(".")[0]


def imported_rooms(path):
    """The rooms that a module imports anywhere, inside functions too; `deltamu` itself is no room."""
    package = ["deltamu", *path.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, room = name.partition(".")
            room = room.partition(".")[0]
            if top == "deltamu" and room not in ("", "__version__"):
                yield ROOM_OF.get(room, room), node.lineno


# --- architecture ----------------------------------------------------------------------------------------------------


def test_every_module_has_its_room():
    assert {room_of(path) for path in MODULES} - {""} <= set(ROOMS)
    assert len(set(ROOMS)) == len(ROOMS)


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path)], ids=name_of)
def test_imports_point_upwards_only(path):
    for room, line in imported_rooms(path):
        assert room in ROOMS, f"{name_of(path)}, line {line}, imports {room}, which has no room"
        assert ROOMS.index(room) <= ROOMS.index(room_of(path)), f"{name_of(path)}, line {line}, imports a later {room}"


def test_imports_inside_functions_relative_ones_and_public_names_are_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    (tmp_path / "presentation").mkdir()
    module = tmp_path / "presentation" / "module.py"
    module.write_text("""
import deltamu
import deltamu.files
from deltamu import __version__, symbols as sym
def late():
    from deltamu.simulation.simulate import simulate
    from deltamu import VIBE
    from ..plotting import x
    from .. import errors
    from . import parser
    import numpy
""")
    found = [room for room, _ in imported_rooms(module)]
    assert sorted(found) == ["errors", "files", "model", "model", "presentation", "presentation", "simulation"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: name_of(path) or "deltamu")
def test_no_module_is_a_drawer_for_odds_and_ends(path):
    assert not re.search(r"util|helper|common|misc", name_of(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: name_of(path) or "deltamu")
def test_only_code_generation_calls_lambdify(path):
    used = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            used.add(getattr(node, "id", None) or getattr(node, "attr", None) or node.name.rpartition(".")[2])
    assert ("lambdify" in used) == (name_of(path) in {"codegen.compile", "codegen.jax_engine"})


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, deltamu; print([m for m in ('numpy', 'sympy', 'scipy', 'xarray') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", dm.__all__)
def test_every_public_name_is_there(name):
    assert getattr(dm, name) is not None
    assert name in dir(dm)


def test_what_is_loaded_on_first_use_is_what_its_stub_says():
    """Each name of the stub, under its own name, from a module that makes or gathers it."""
    assert ORIGIN.keys() <= set(dm.__all__)
    for name, origin in ORIGIN.items():
        room = import_module(f"deltamu.{origin}" if origin else "deltamu")
        assert getattr(dm, name) is getattr(room, name)
    for node in STUB:
        assert all(
            alias.asname == alias.name for alias in getattr(node, "names", []) if isinstance(node, ast.ImportFrom)
        )


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="nothing"):
        dm.nothing  # noqa: B018


def test_no_committed_file_knows_a_machine():
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    machine = re.compile(rb"(?<![\w.~-])/(?:work|root|home|Users)/")
    paths = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    assert ROOT / "pyproject.toml" in paths
    for path in paths:
        if path.is_file():
            found = machine.search(path.read_bytes())
            assert found is None, f"{path.relative_to(ROOT)} has an absolute path of a machine"


# --- a fresh installation --------------------------------------------------------------------------------------------


def run(*command, cwd, **variables):
    """Run to the end without what this test run has set; fail with the output."""
    mine = ("PYTEST_", "PYTHON", "COV_", "LONG", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables}
    command = list(map(str, command))
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done


def fresh_environment(folder):
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    return folder / ("Scripts" if os.name == "nt" else "bin")


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(requirement):
    """The name of the project that is required."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def oldest(requirement):
    """``name>=1.2`` as ``name==1.2``."""
    name, bound, version = re.fullmatch(r"([\w.\[\]-]+)\s*(>=)\s*([\d.]+)(?:\s*,.*)?", requirement).groups()
    assert bound == ">="
    return f"{name}=={version}"


def test_every_dependency_states_the_oldest_version_that_it_works_with():
    for requirement in project()["dependencies"]:
        assert normal(oldest(requirement)) == normal(requirement)


def test_constraints_are_as_new_as_the_oldest_versions_and_name_every_dependency():
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    pinned = {normal(name): version for name, version in pinned.items()}
    extras = [requirement for extra in project()["optional-dependencies"].values() for requirement in extra]
    for requirement in [*project()["dependencies"], *extras]:
        version = oldest(requirement).partition("==")[2]
        numbers = [[int(part) for part in re.findall(r"\d+", v)] for v in (pinned[normal(requirement)], version)]
        assert numbers[0] >= numbers[1], requirement


@pytest.mark.long
def test_the_wheel_works_in_a_fresh_environment(tmp_path):
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path / "dist")
    run(sys.executable, "-m", "pip", *build, ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name == f"deltamu-{dm.__version__}-py3-none-any.whl"
    binaries = fresh_environment(tmp_path / "fresh")
    python = binaries / "python"
    run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--constraint",
        ROOT / "constraints.txt",
        wheel,
        cwd=tmp_path,
    )
    run(python, "-m", "pip", "check", cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for line in COMMANDS:
        done = run(binaries / "deltamu", *line.split(), cwd=elsewhere)
        assert done.stdout or "--out" in line or "--csv" in line
        assert "Traceback" not in done.stderr and "Warning" not in done.stderr
    assert {path.name for path in elsewhere.iterdir()} == {"a.csv", "a.json", "a.nc", "figure.pdf", "settings.json"}
    code = "import deltamu, pathlib; print(pathlib.Path(deltamu.__file__).parent)"
    installed = Path(run(python, "-c", code, cwd=elsewhere).stdout.strip())
    assert installed.is_relative_to(tmp_path / "fresh")
    shipped = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {"py.typed", "__init__.pyi", "model/special/generated/chebyshev.json"} <= shipped
    assert {path.relative_to(SOURCE).as_posix() for path in MODULES} <= shipped
    assert {f"figures/{path.name}" for path in (ROOT / "paper" / "figures").glob("*.py")} <= shipped


@pytest.mark.long
def test_the_oldest_versions_will_do(tmp_path):
    """The examples of all modules, and tests that meet every library, with each dependency at its lower bound."""
    pins = [oldest(requirement) for requirement in project()["dependencies"]]
    extras = project()["optional-dependencies"]
    tools = {normal(requirement) for requirement in extras["test"]}
    pinned = (ROOT / "constraints.txt").read_text().split()
    pins += [line for line in pinned if normal(line) in tools - {"ruff", "mypy", "playwright", "axe-playwright-python"}]
    python = fresh_environment(tmp_path / "oldest") / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", *pins, cwd=tmp_path)
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", ROOT, cwd=tmp_path)
    # pyparsing, newer than the oldest Matplotlib, warns of that one's calls; with current versions warnings are errors
    quiet = ("-W", "ignore::DeprecationWarning")
    needing_extras = [
        path for path in MODULES if re.search(r"^(import|from) (jax|numba)\b", path.read_text(), re.MULTILINE)
    ]
    left_out = [f"--ignore={path}" for path in needing_extras]
    where = [SOURCE, *(ROOT / "tests" / name for name in ("model", "presentation/test_figures.py"))]
    done = run(
        python,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
        "--quiet",
        *quiet,
        *left_out,
        *where,
        cwd=ROOT,
        LONG="",
    )
    assert re.search(r"\d+ passed", done.stdout)
    info = run(python, "-m", "deltamu", "info", cwd=tmp_path).stdout
    for requirement in project()["dependencies"]:
        name, _, version = oldest(requirement).partition("==")
        assert re.search(rf"^needs +{name} {re.escape(version)}\b", info, re.MULTILINE), info
