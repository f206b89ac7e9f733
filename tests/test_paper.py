"""The paper builds from the package, reproducibly, and notices what was typed by hand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import deltamu
from deltamu import symbols as sym
from deltamu.formulas import GATED, PUBLISHED, Formula
from deltamu.policies import POLICIES

typst = pytest.importorskip("typst", reason="the paper needs the extra `paper`")
pytest.importorskip("pypandoc", reason="the paper needs the extra `paper`")

pytestmark = pytest.mark.xdist_group("paper")  # what is built once serves all of these tests
ROOT = Path(__file__).parents[1]
FIGURES = ("calibration", "convergence", "radius")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(deltamu.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}


def make(folder, *options):
    command = [sys.executable, str(folder / "paper" / "make.py"), *map(str, options)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=False)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of the paper's sources, with everything built in its folder `build`."""
    folder = tmp_path_factory.mktemp("paper")
    shutil.copytree(ROOT / "paper", folder / "paper", ignore=shutil.ignore_patterns("build", "__pycache__"))
    if (ROOT / "constraints.txt").exists():
        shutil.copy(ROOT / "constraints.txt", folder)
    run = make(folder)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def draft(built, tmp_path):
    """A copy of the built paper to change."""
    return shutil.copytree(built, tmp_path / "draft")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_paper_has_pages_and_figures_and_its_data(built):
    build = built / "paper" / "build"
    assert (build / "paper.pdf").read_bytes().startswith(b"%PDF")
    pages = typst.compile(str(build / "paper.typ"), format="png", ppi=20, ignore_system_fonts=True)
    assert len(pages) > 2
    for name in FIGURES:
        assert (build / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (build / "figures" / f"{name}.csv").read_text(encoding="utf-8").count("\n") > 100
    assert set(json.loads((build / "results.json").read_text(encoding="utf-8"))) == {*FIGURES, "ledger"}


def test_formulas_and_symbols_are_printed_from_the_model(built):
    generated = built / "paper" / "build" / "generated"
    formulas = (generated / "formulas.tex").read_text(encoding="utf-8")
    symbols = (generated / "symbols.tex").read_text(encoding="utf-8")
    for formula in (*PUBLISHED, *GATED):
        assert f"{{{formula.latex()}}}" in formulas
        assert f"${formula.symbol.latex}$ & " in symbols
    for policy in POLICIES.values():
        assert f"{{{policy.latex()}}}" in formulas


def test_two_builds_are_the_same_to_the_byte(built, tmp_path):
    run = make(built, "--force", "--out", tmp_path / "again")
    assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "again") == contents(built / "paper" / "build")


def test_nothing_is_redrawn_when_nothing_has_changed(draft):
    before = {path: path.stat().st_mtime_ns for path in (draft / "paper" / "build").rglob("*") if path.is_file()}
    run = make(draft)
    assert [line.split()[-1] for line in run.stdout.splitlines() if line.startswith("figure")] == ["unchanged"] * 3
    assert before == {path: path.stat().st_mtime_ns for path in before}


@pytest.mark.parametrize("changed", ["figures/radius.py", "build/figures/radius.csv"])
def test_a_figure_is_redrawn_when_its_script_or_output_has_changed(draft, changed):
    before = contents(draft / "paper" / "build")
    with (draft / "paper" / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    run = make(draft)
    assert [line.split()[1] for line in run.stdout.splitlines() if line.endswith("drawn")] == ["radius"], run.stderr
    after = contents(draft / "paper" / "build")
    assert {str(path) for path in after if after[path] != before[path]} <= {"figures/radius.json"}


def test_a_stamp_depends_on_the_formulas_and_on_all_that_a_script_reaches(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "paper"))
    import stamps

    doubled = PUBLISHED.replace(Formula(sym.rho_eff, 2 * PUBLISHED["rho_eff"].printed), name="published")
    unused = PUBLISHED.replace(Formula(sym.cost, 2 * PUBLISHED["cost"].printed), name="published")
    assert stamps.formula_texts(doubled, ["gain"]) != stamps.formula_texts(PUBLISHED, ["gain"])
    assert stamps.formula_texts(unused, ["gain"]) == stamps.formula_texts(PUBLISHED, ["gain"])
    names = {path.name for path in stamps.reach(ROOT / "paper" / "figures" / "radius.py")}
    assert {"presets.py", "runs.py", "simulation.py", "records.py", "kernels.py", "chebyshev.json"} <= names


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("main.tex", r"over \numMoves\ moves", "over 150 moves", "main.tex:LINE: hand-typed digit in '150'"),
        ("main.tex", r"$\symMu$", r"$\mu_0$", r"main.tex:LINE: hand-typed formula '\\mu_0'"),
        ("main.tex", r"\numMoves\ moves", r"\numNothing\ moves", r"main.tex:LINE: unknown macro \numNothing"),
        ("main.tex", r"\ref{sec:gated}", r"\ref{sec:nowhere}", "Typst: label `<sec:nowhere>` does not exist"),
        ("main.tex", r"\numTrustLargestGap", "nothing", r"generated number \numTrustLargestGap is never used"),
        ("figures/radius.py", 'USES = ("mu_next"', 'USES = ("mu_net"', "figures/radius.py: unknown formula of model"),
        ("figures/radius.py", '"trust_largest_radius"', '"moves"', r"two different things would be called \numMoves"),
        ("figures/radius.py", "sel(preset=TRUST_REGION)", 'sel(preset="nobody")', "figures/radius.py: "),
    ],
)
def test_a_mistake_fails_with_one_line_and_leaves_the_paper_alone(draft, file, old, new, complaint):
    pdf = draft / "paper" / "build" / "paper.pdf"
    before = pdf.read_bytes()
    source = draft / "paper" / file
    line = source.read_text(encoding="utf-8").split(old)[0].count("\n") + 1
    edit(source, old, new)
    run = make(draft)
    assert run.returncode != 0
    assert run.stderr.startswith("paper: " + complaint.replace("LINE", str(line)))
    assert run.stderr.count("\n") == 1
    assert pdf.read_bytes() == before
