"""The paper and the site as they are, built from what a clean checkout has: both long."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zlib

import pytest
from copies_of_the_paper import ROOT, copied, make

import deltamu as dm

pytest.importorskip("typst", reason="the paper needs the extra `paper`")
pytest.importorskip("pypandoc", reason="the paper needs the extra `paper`")
pytest.importorskip("plotly", reason="the paper's explorer needs the extra `explorer`")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """What the paper's build leaves of a clean checkout, and the processor time that it took in seconds."""
    folder = copied(tmp_path_factory.mktemp("real"))
    shutil.copytree(ROOT / "derivations", folder / "derivations", ignore=shutil.ignore_patterns("__pycache__"))
    before = os.times()
    run = make(folder)
    after = os.times()
    assert run.returncode == 0, run.stderr
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return folder / "paper" / "build", used


def test_it_is_built_within_five_minutes_of_two_cores(real, monkeypatch):
    """300 s on two cores are 600 s of processor time."""
    build, used = real
    assert used < 500
    monkeypatch.syspath_prepend(str(ROOT / "paper"))
    import manuscript

    figures = {path.stem for path in (ROOT / "paper" / "figures").glob("*.py")}
    text = manuscript.whole(manuscript.parts(ROOT / "paper" / "main.tex"))
    for name in figures:
        assert (build / "figures" / f"{name}.pdf").exists()
        assert f"figures/{name}.pdf" in text
    labels = {label for label in text.split(r"\label{")[1:] if label.startswith("fig:")}
    for label in labels:
        assert rf"\ref{{{label.partition('}')[0]}}}" in text, label


def test_tex_compiles_the_sources_for_submission(real, tmp_path):
    if shutil.which("latexmk") is None:
        pytest.skip("latexmk is missing: install Debian's packages latexmk, texlive-latex-recommended and lmodern")
    build, _ = real
    with tarfile.open(build / "arxiv.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    run = subprocess.run(
        ["latexmk", "-pdf", "-bibtex-", "-interaction=nonstopmode", "-halt-on-error", "main"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    log = (tmp_path / "main.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[log.find("\n!") :][:1000]
    assert "undefined" not in log and "multiply defined" not in log
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert max(wide, default=0.0) < 30.0, wide  # a point is .35 mm: no line leaves the paper's margin of 25 mm


@pytest.fixture(scope="module")
def site(real, tmp_path_factory):
    """The site that goes with that paper: warnings and dead links are errors, and nothing is computed again."""
    pytest.importorskip("sphinx")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, ROOT / "docs" / "make.py", "--results", real[0], "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "claims unchanged" in done.stdout and "drawn" not in done.stdout
    return out / "html"


def test_every_public_name_has_a_page_every_figure_and_every_derivation(site):
    inventory = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    places = dict(re.findall(r"^(\S+) py:\w+ \S+ (\S+)", zlib.decompress(inventory).decode(), re.MULTILINE))
    for name in dm.__all__:
        page, _, anchor = places[f"deltamu.{name}"].partition("#")
        assert f'id="{anchor.replace("$", f"deltamu.{name}")}"' in (site / page).read_text(encoding="utf-8")
    figures = {path.stem for path in (ROOT / "paper" / "figures").glob("*.py")}
    assert figures == {path.stem for path in (site / "generated" / "gallery").glob("*.html")}
    derivations = {path.stem for path in (ROOT / "derivations").glob("d*.py")}
    assert derivations == {path.stem for path in (site / "generated" / "derivations").glob("*.html")}


def test_search_and_explorer_work_without_a_network(site):
    playwright = pytest.importorskip("playwright.sync_api")
    if not (chromium := shutil.which("chromium") or shutil.which("chromium-browser")):
        pytest.skip("Chromium is missing: install Debian's package chromium")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(offline=True).new_page()
        page.goto(f"{(site / 'search.html').as_uri()}?q=design+effect")
        page.wait_for_selector("#search-results li a >> text=D03")
        page.goto((site / "explorer.html").as_uri())
        page.frame_locator("iframe.explorer").locator("text=out of reach").first.wait_for()
        browser.close()
