"""The paper builds from the package, reproducibly, remakes exactly what a change reaches, and notices typed results."""

import json
import shutil
import subprocess
import sys
import tarfile
from importlib import import_module
from pathlib import Path

import pytest
from copies_of_the_paper import ROOT, copied, make

import deltamu
from deltamu import symbols as sym
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.model.formula import Formula
from deltamu.model.gated import GATED
from deltamu.model.policies import POLICIES
from deltamu.model.published import PUBLISHED

typst = pytest.importorskip("typst", reason="the paper needs the extra `paper`")
pypandoc = pytest.importorskip("pypandoc", reason="the paper needs the extra `paper`")
pytest.importorskip("plotly", reason="the paper's explorer needs the extra `explorer`")

long = pytest.mark.long

# A small paper: what each of its scripts computes, and which formula it declares.
EVALUATE, SIMULATE = "simulation.evaluate import evaluate", "simulation.simulate import simulate"
SCRIPTS = {
    "figures/team": ('evaluate("K_eff", N=[0, 1, 2])[["K_eff"]]', "K_eff", EVALUATE),
    "figures/trust": ('simulate(model="gated", overreach=2.0, mu0=2.0, moves=90)[["mu_next"]]', "mu_next", SIMULATE),
    "figures/preset": ('simulate("principal-tr", moves=8)[["mu_next"]]', "mu_next", SIMULATE),
    "figures/plan": ('simulate(policy="planner", moves=30)[["mu_next"]]', "mu_next", SIMULATE),
    "numbers/reviews": ('evaluate("N_eff", N=[1, 2])[["N_eff"]]', "N_eff", EVALUATE),
}  # fmt: skip
SOURCE = '''"""A script."""

from matplotlib.figure import Figure

from deltamu.{imported}

USES = ("{formula}",)


def data():
    return {call}


def numbers(ds):
    return {{"{name}_last": f"{{float(ds['{formula}'].values.flat[-1]):.9f}}"}}
'''
DRAW = """

def draw(ds):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot(ds["{formula}"].values)
    return figure
"""
SAYS = """def shows(ds):
    return {"teams are alike": (ds["K_eff"] == 1).all(), "and many": ds.sizes["N"] > 2}


"""
DERIVATIONS = ("d01_targeting.py", "d03_design_effect.py", "d11_trust_region.py", "d15_aliasing.py")
STATIC = {"figures/team": "K_eff", "numbers/reviews": "N_eff"}  # those that declare no state of a run
CHANGES = {"tau": (0.40, 0.55), "gamma": (0.20, 0.30), "A_hi": (0.40, 0.55), "T_plan": (20, 12)}
MANUSCRIPT = r"""
\documentclass{article}
\usepackage{amsmath,booktabs,graphicx,longtable,hyperref}
\input{generated/formulas}
\input{generated/numbers}
\input{generated/symbols}
\input{generated/ledger}
\input{generated/derivations}
\title{A small paper}
\author{Nobody}
\date{}
\begin{document}
\maketitle
\section{Results}\label{sec:results}
It ends at $\symMu$, as \cite{kish1965} says in Section~\ref{sec:results}, Figure~\ref{fig:team} and
equation~\eqref{eq:reviewers}: NUMBERS.
\begin{equation}\label{eq:reviewers}
\eqNEff
\end{equation}
\begin{figure}
\includegraphics[width=0.5\linewidth]{figures/team.pdf}
\caption{Candidates.}\label{fig:team}
\end{figure}
\bibliographystyle{plain}
\bibliography{references}
\appendix
\section{Symbols}\label{app:symbols}
\begin{longtable}{llp{0.42\linewidth}rll}
\caption{Symbols.}\label{tab:symbols}\\
\toprule
Symbol & Name & Meaning & Default & Slider & Domain \\
\midrule
\endhead
\symbolrows \\
\bottomrule
\end{longtable}
\section{Ledger}
\begin{longtable}{lp{0.42\linewidth}lp{0.2\linewidth}p{0.2\linewidth}}
\caption{Claims.}\\
\toprule
& Statement & Verdict & Condition & Constants \\
\midrule
\endhead
\ledgerrows \\
\bottomrule
\end{longtable}
\begin{longtable}{lp{0.4\linewidth}lp{0.2\linewidth}p{0.2\linewidth}}
\caption{The article's.}\\
\toprule
& Statement & Verdict & Condition & Constants \\
\midrule
\endhead
\articlerows \\
\bottomrule
\end{longtable}
\section{Derivations}
\derivationpages
\end{document}
"""


def remade(run):
    """The figures, numbers and claims that a build made anew, from what it reported."""
    words = [line.split() for line in run.stdout.splitlines()]
    scripts = {f"{kind}s/{name}" for kind, name, *rest in words if rest and rest[-1] == "drawn"}
    return scripts, {f"{line[1]} {line[2]}" for line in words if line[0] == "claim" and line[-1] == "checked"}


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The small paper, with everything built."""
    folder = copied(tmp_path_factory.mktemp("paper"))
    (folder / "derivations").mkdir()
    for name in DERIVATIONS:
        shutil.copy(ROOT / "derivations" / name, folder / "derivations")
    for kind in ("figures", "numbers"):
        shutil.rmtree(folder / "paper" / kind)
        (folder / "paper" / kind).mkdir()
    for name, (call, formula, imported) in SCRIPTS.items():
        text = SOURCE + (DRAW if name.startswith("figures") else "")
        text = text.format(imported=imported, formula=formula, call=call, name=Path(name).name)
        (folder / "paper" / f"{name}.py").write_text(text, encoding="utf-8")
    names = [f"{Path(name).name}Last" for name in SCRIPTS] + [
        "claims", "claimsProved", "claimsArgued", "claimsRefuted", "claimsSupported", "derivations",
        "claimsAnyConstants", "claimsBoxConstants", "claimsOwnConstants", "articleAnyConstants", "articleBoxConstants",
        "articleOwnConstants", "articleDataConstants", "claimsDataConstants", "articleRefuted",
    ]  # fmt: skip
    cited = ", ".join(rf"\num{name[:1].upper()}{name[1:]}" for name in names)
    (folder / "paper" / "main.tex").write_text(MANUSCRIPT.replace("NUMBERS", cited), encoding="utf-8")
    run = make(folder)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def draft(built, tmp_path):
    """A copy of the built paper to change."""
    return shutil.copytree(built, tmp_path / "draft")


@pytest.fixture
def modules(monkeypatch):
    """The modules of the build, by name."""
    monkeypatch.syspath_prepend(str(ROOT / "paper"))
    before = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - before:  # other tests have modules of such names
        if str(ROOT / "paper") in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_default(folder, name):
    old, new = CHANGES[name]
    source = folder / "src" / "deltamu" / "model" / "symbols.py"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = [index for index, line in enumerate(lines) if line.startswith(f"{name} = ")]
    assert float(getattr(sym, name).default) == old
    place = next(index for index in range(at, at + 3) if "default=" in lines[index])
    before, _, rest = lines[place].partition("default=")
    lines[place] = f"{before}default={new}{rest[rest.index(',') :]}"
    source.write_text("".join(lines), encoding="utf-8")


# --- what is built ----------------------------------------------------------------------------------------------------


def test_the_paper_has_pages_figures_data_a_web_page_and_sources(built):
    build = built / "paper" / "build"
    assert (build / "paper.pdf").read_bytes().startswith(b"%PDF")
    for name in SCRIPTS:
        assert (build / f"{name}.csv").read_text(encoding="utf-8").count("\n") > 2
        assert (build / f"{name}.pdf").exists() == (build / f"{name}.svg").exists() == name.startswith("figures")
    assert set(json.loads((build / "results.json").read_text(encoding="utf-8"))) == {
        *(Path(name).name for name in SCRIPTS), "ledger"}  # fmt: skip
    page = (build / "paper.html").read_text(encoding="utf-8")
    assert "<math" in page and ("<svg" in page or "data:image/svg" in page)
    assert 'href="explorer.html"' in page and 'src="http' not in page and 'rel="stylesheet"' not in page
    assert "Figure 1." in page and ">(1)</span>" in page.replace("\n", "") and ">A</span>" in page
    assert (build / "explorer.html").exists()


def test_the_fonts_are_embedded(built):
    pdf = (built / "paper" / "build" / "paper.pdf").read_bytes()
    assert pdf.count(b"/FontDescriptor") > 0
    assert b"/FontFile" in pdf


def test_formulas_and_symbols_are_printed_from_the_model(built):
    generated = built / "paper" / "build" / "generated"
    formulas = (generated / "formulas.tex").read_text(encoding="utf-8")
    symbols = (generated / "symbols.tex").read_text(encoding="utf-8")
    for formula in (*PUBLISHED, *GATED):
        assert f"{{{formula.latex()}}}" in formulas
        assert f"${formula.symbol.latex}$ & " in symbols
    for policy in POLICIES.values():
        assert f"{{{policy.latex()}}}" in formulas


@pytest.mark.parametrize("model", [PUBLISHED, GATED], ids=lambda model: model.name)
def test_the_equation_in_the_paper_and_the_code_that_runs_are_the_same_object(model, modules):
    """The lines of the compiled program are the formulas whose LaTeX is the macro: the same objects, not equal ones."""
    generated = modules("generated")
    macros = generated.formulas()
    compiled = compile_program(program("all", model, [formula.symbol for formula in model]))
    assert {id(line) for line in compiled.program.formulas} == {id(formula) for formula in model}
    published = {formula.name: formula.printed for formula in PUBLISHED}
    for line in compiled.program.formulas:
        prefix = "eq" if published.get(line.name) == line.printed else "eqGated"
        assert macros[generated.macro(prefix, line.name)] == line.latex()
        assert f"{line.name} = " in compiled.source


def test_the_sources_for_submission_are_whole(built, tmp_path):
    archive = built / "paper" / "build" / "arxiv.tar.gz"
    with tarfile.open(archive) as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar} == {(0, 0, "")}
        tar.extractall(tmp_path, filter="data")
    source = (tmp_path / "main.tex").read_text(encoding="utf-8")
    assert source.lstrip().startswith(r"\documentclass")
    assert r"\bibitem{kish1965}" in (tmp_path / "main.bbl").read_text(encoding="utf-8")
    for path in tmp_path.rglob("*.*"):
        if path.suffix in (".tex", ".bbl"):
            path.read_text(encoding="utf-8").encode("ascii")
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "--fail-if-warnings", "-f", "latex", "-t", "html5", "--mathml", "main.tex"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "figures/team.pdf" in run.stdout


# --- what is made again -----------------------------------------------------------------------------------------------


def test_nothing_is_made_again_when_nothing_has_changed(draft):
    before = {path: path.stat().st_mtime_ns for path in (draft / "paper" / "build").rglob("*") if path.is_file()}
    run = make(draft)
    assert run.returncode == 0, run.stderr
    assert remade(run) == (set(), set())
    assert before == {path: path.stat().st_mtime_ns for path in before}


@long
def test_two_builds_are_the_same_to_the_byte(built, tmp_path):
    run = make(built, "--force", "--out", tmp_path / "again")
    assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "again") == contents(built / "paper" / "build")


@long
@pytest.mark.parametrize("changed", ["figures/team.py", "build/figures/team.csv"])
def test_a_figure_is_redrawn_when_its_script_or_output_has_changed(draft, changed):
    before = contents(draft / "paper" / "build")
    with (draft / "paper" / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    run = make(draft)
    assert remade(run) == ({"figures/team"}, set()), run.stderr
    after = contents(draft / "paper" / "build")
    assert {str(path) for path in after if after[path] != before[path]} <= {"figures/team.json"}


def predicted(name):
    """The scripts of the small paper that declare a formula with this parameter, or the state of a run."""
    formulas = {script: PUBLISHED.program([PUBLISHED[declared].symbol]) for script, declared in STATIC.items()}
    free = {script: {str(s) for f in program for s in f.printed.free_symbols} for script, program in formulas.items()}
    return {script for script in SCRIPTS if script not in free or name in free[script]}


@long
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_default_remakes_what_declares_it_and_all_that_really_changes(draft, tmp_path, name):
    before = contents(draft / "paper" / "build")
    change_default(draft, name)
    run = make(draft, "--draft")
    assert run.returncode == 0, run.stderr
    scripts, claims = remade(run)
    assert scripts == predicted(name)
    after = contents(draft / "paper" / "build")
    data = {str(path.with_suffix("")) for path in after if path.suffix == ".csv" and after[path] != before[path]}
    assert data <= scripts
    assert claims
    assert not any(claim.startswith("d01") for claim in claims)  # proved of H and rho, for any constants
    # and what a build from nothing makes is what the incremental one has
    run = make(draft, "--draft", "--force", "--out", tmp_path / "anew")
    assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "anew") == after


def test_what_is_declared_is_the_formulas_and_the_defaults_in_them(modules):
    declared = modules("stamps").declared
    doubled = PUBLISHED.replace(Formula(sym.N_eff, 2 * PUBLISHED["N_eff"].printed), name="published")
    assert declared(doubled, ["N_eff"]) != declared(PUBLISHED, ["N_eff"])
    assert declared(doubled, ["K_eff"]) == declared(PUBLISHED, ["K_eff"])
    assert {text.partition(" = ")[0] for text in declared(PUBLISHED, ["N_eff"])} == {"published: N_eff", "N", "gamma"}
    assert declared(PUBLISHED, ["alpha"]) == ["alpha = 1.3"]
    whole = declared(PUBLISHED, ["acceptance"])  # which depends on the state of a run
    assert {f"{symbol} = {symbol.default!r}" for symbol in sym.PARAMETERS} <= set(whole)
    assert sum(text.startswith("published: ") for text in whole) == len(PUBLISHED)
    with pytest.raises(deltamu.InputError, match="unknown formula of model published 'gane'"):
        declared(PUBLISHED, ["gane"])


def test_a_script_reaches_the_packages_that_it_imports_and_no_others(modules):
    stamps = modules("stamps")
    found = {str(path.relative_to(stamps.PACKAGE)) for path in stamps.reach(ROOT / "paper" / "figures" / "radius.py")}
    assert {"presentation/figures/presets.py", "presentation/plotting/runs.py", "simulation/simulate.py"} <= found
    assert {"model/formula.py", "codegen/program.py", "files.py"} <= found
    assert any(name.startswith("model/special/") and name.endswith(".json") for name in found)  # tables, too
    assert not any(name.startswith(("presentation/cli", "presentation/explorer", "design")) for name in found)
    (measured,) = [path for path in stamps.reach(ROOT / "paper" / "numbers" / "speed.py") if path.suffix == ".json"
                   and path.parent == stamps.PAPER]  # fmt: skip
    assert measured.name == "measured.json"


def test_the_text_of_the_symbols_counts_without_their_defaults(modules, tmp_path):
    stamps = modules("stamps")
    text = stamps.SYMBOLS.read_text(encoding="utf-8")
    stamps.SYMBOLS = tmp_path / "symbols.py"
    digests = []
    for change in ("", "default=0.60|default=0.61", "human prior quality|human prior"):
        old, _, new = change.partition("|")
        assert old in text
        stamps.SYMBOLS.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        stamps.content.cache_clear()
        digests.append(stamps.content(stamps.SYMBOLS))
    assert digests[0] == digests[1] != digests[2]


# --- the text ---------------------------------------------------------------------------------------------------------


def test_the_manuscript_is_main_and_what_it_takes_in_and_lines_are_found_there(modules, tmp_path):
    manuscript = modules("manuscript")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "one.tex").write_text("first\nthe place\n", encoding="utf-8")
    (tmp_path / "main.tex").write_text("\\input{generated/numbers}\n\\input{text/one}\n", encoding="utf-8")
    parts = manuscript.parts(tmp_path / "main.tex")
    assert list(parts) == ["main.tex", "text/one.tex"]
    assert manuscript.place("the place", parts) == "text/one.tex:2"
    assert manuscript.place("nowhere", parts) == "main.tex:?"


def test_every_file_of_text_is_taken_in(modules):
    parts = modules("manuscript").parts(ROOT / "paper" / "main.tex")
    files = {f"{kind}/{path.name}" for kind in ("text", "supplement") for path in (ROOT / "paper" / kind).glob("*.tex")}
    assert set(parts) == {"main.tex"} | files


def test_the_equations_of_the_main_text_follow_from_the_formulas(modules, monkeypatch):
    theorems = modules("theorems")
    macros = theorems.macros()
    assert macros[r"\eqMainImprovement"].startswith("E = ") and macros[r"\shortBenefit"] == "G"
    monkeypatch.setattr(theorems, "IMPROVEMENT", theorems.IMPROVEMENT + sym.delta)
    with pytest.raises(modules("errors").PaperError, match="wrong about the expected improvement in short"):
        theorems.macros()


def test_the_number_of_a_theorem_is_not_typed_but_digits_in_it_are(modules, tmp_path):
    text = r"\newtheorem{theorem}{Theorem}\begin{document}\begin{theorem}Over WHAT moves.\end{theorem}\end{document}"
    for what, count in (("many", 0), ("150", 1)):
        (tmp_path / "main.tex").write_text(text.replace("WHAT", what), encoding="utf-8")
        document = modules("typeset").parse(tmp_path / "main.tex", tmp_path)
        assert len(list(modules("lint").problems(document, {}, {"main.tex": text}))) == count


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("B = a2 (1 - kappa2*H) is positive", r"$B  = a_2  (1 -  \kappa_2  H )$ is positive"),
        ("the slope of E (see D18, speed_limit)", r"the slope of $E$ (see D18, speed limit)"),
        ("1.5e-14 <= 1e-08 (3000 settings)", r"$1.5\cdot 10^{-14} \leq  10^{-8}$ (3000 settings)"),
        ("half of lambda^2/2", r"half of $\lambda^{2} /2$"),
        ("E[max] and E", r"$\mathbb{E} [\max ]$ and $E$"),
        ("a move of 5 per cent", "a move of 5 per cent"),
        ("q = sqrt (N/(N + nu)), sqrt(2)", r"$q  = \sqrt{N /(N  + \nu )}$, $\sqrt{2}$"),
        ("the share d/gain^2", r"the share $d /\mathrm{gain}^{2}$"),
        ("E = _s, where _x is multiplied", r"$E  = s$, where $x$ is multiplied"),
        ("better: 10.5 <= 11 <= 11.5 (27 sets)", "better: 11 (27 sets)"),
        ("AIC: 19.5 <= 20.25 <= 20.5 (34 models)", r"AIC: $19.5 \leq  20.25 \leq  20.5$ (34 models)"),
        ("of 18 logs, fix = {'d': 1.0}", "of 18 logs, with $d  = 1$"),
        ("see ``deltamu.design.levers``", r"see \texttt{deltamu.design.levers}"),
    ],
)
def test_what_belongs_to_one_formula_stands_in_one(modules, text, latex):
    assert modules("wording").sentence(text) == latex


def test_sentences_begin_with_a_capital_unless_they_begin_with_a_symbol(modules):
    capitalised = modules("wording").capitalised
    assert [capitalised(text) for text in ("its slope", "phi^2 rises", "phi rises", "x rises")] == [
        "Its slope", "phi^2 rises", "phi rises", "x rises"]  # fmt: skip


def test_long_expressions_are_broken_into_lines_that_fit_and_nothing_is_lost(modules):
    breaking = modules("breaking")
    terms = [f"a_{{{n}}} \\left(x + {n}\\right)" for n in range(20)]
    long = " + ".join(terms[:10]) + " = " + " + ".join(terms[10:])
    lines = breaking.broken(long)
    assert lines.startswith(r"\begin{aligned}") and all(term in lines for term in terms)
    assert all(breaking.glyphs(line) <= breaking.LONGEST for line in lines[15:-13].split(r" \\ "))
    assert "".join(breaking.pieces(long, (" = ", " + "))) == long
    assert breaking.broken("a + b") == "a + b"
    assert breaking.broken(" + ".join(terms * 10)) is None


def test_steps_are_told_once_inferences_in_italics_and_many_cases_by_the_first_and_the_last(modules):
    steps = modules("appendix").steps
    made = [{"kind": "argued", "text": "So it is.", "shown": []}]
    made += [{"kind": "proved", "text": f"it is at k = {n}", "shown": []} for n in range(2, 8)]
    seen = set()
    told = "".join(steps(made, seen))
    assert told.startswith(r"\emph{So it is}. It is at $k  = 2$. It is at $k  = 7$. So in all 6 cases.")
    assert "".join(steps(made, seen)) == "The steps above that belong here are not repeated."


def test_neighbours_that_say_things_of_one_case_are_one_step(modules):
    texts = ["H = 0.6", "K = 5", "vibe: H = 0.2", "vibe: K = 1", "planner: K = 5"]
    made = [{"kind": "proved", "text": text, "shown": []} for text in texts]
    told = [step["text"] for step in modules("appendix").gathered(made)]
    assert told == ["H = 0.6; K = 5", "vibe: H = 0.2; K = 1", "planner: K = 5"]


def test_names_of_several_letters_do_not_run_into_the_next_factor(modules):
    apart = modules("appendix").apart
    assert apart(r"\mathrm{more} \mathrm{odds} x \right)") == r"\mathrm{more}\, \mathrm{odds}\, x \right)"
    assert apart(r"\mathrm{more} \right) + \mathrm{d} x") == r"\mathrm{more} \right) + \mathrm{d} x"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("over 150 moves", "hand-typed digit in '150'"),
        ("in 12.5 per cent", "hand-typed digit in '12.5'"),
        ("in three of them", "hand-typed number 'three'"),
        (r"$\mu_0$", r"hand-typed formula '\\mu_0'"),
        (r"\texttt{0.43}", "hand-typed digit in '0.43'"),
    ],
)
def test_a_result_typed_by_hand_is_found(modules, typed, complaint, tmp_path):
    text = rf"\begin{{document}}Fine, as for D12 and 3--5. Here {typed}.\end{{document}}"
    (tmp_path / "main.tex").write_text(text, encoding="utf-8")
    document = modules("typeset").parse(tmp_path / "main.tex", tmp_path)
    problems = list(modules("lint").problems(document, {r"\numUnused": ""}, {"main.tex": text}))
    assert len(problems) == 2
    assert problems[0].startswith(f"main.tex:1: {complaint}")
    assert problems[1] == r"generated number \numUnused is never used"


@long
@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("main.tex", r"\numTeamLast", r"\numNothing", r"main.tex:LINE: unknown macro \numNothing"),
        ("main.tex", r"~\ref{sec:results}", r"~\ref{sec:nowhere}", "Typst: label `<sec:nowhere>` does not exist"),
        ("figures/trust.py", 'USES = ("mu_next"', 'USES = ("mu_net"', "figures/trust.py: unknown formula of model"),
        ("figures/trust.py", "trust_last", "team_last", r"two different things would be called \numTeamLast"),
        ("figures/trust.py", "moves=90", "moves=0", "figures/trust.py: moves = 0"),
        ("figures/team.py", "def numbers", SAYS + "def numbers", "figures/team.py no longer shows: teams are alike"),
        ("../derivations/d03_design_effect.py", '"identical: N_eff = 1"', '"identical: N_eff = 1", 2', "claim d03_"),
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
    assert run.stderr.startswith("paper: " + complaint.replace("LINE", str(line))), run.stderr
    assert len([text for text in run.stderr.splitlines() if "never used" not in text]) == 1
    assert pdf.read_bytes() == before


def test_the_articles_sentences_are_claims(modules):
    names = {claim.name for page in deltamu.claims.derivations() for claim in page.claims}
    assert set(modules("generated").ARTICLE) <= names
