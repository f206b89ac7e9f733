"""The command line as its user meets it: what comes out, where it goes, and one line for whatever is refused."""

import contextlib
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from py_mini_racer import MiniRacer

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import NAMESPACE
from deltamu.codegen.engines import ENGINES
from deltamu.presentation.cli import COMMANDS, main
from deltamu.sensitivity import OUTCOMES

HEAVY = ("numpy", "sympy", "scipy", "xarray", "matplotlib", "pandas", "rich")
OWN = """
from sympy import Interval
from deltamu import Formula, PUBLISHED, Policy, control, symbols as sym

pace = control("pace", "p", default=0.9, domain=Interval(0, 1), meaning="share of the radius that is left")
STEADY = Policy("steady", {sym.delta: sym.delta0}, {sym.delta: pace * sym.delta})
CHEAP = PUBLISHED.replace(Formula(sym.cost, sym.K), name="cheap")
number = 3
text = "vibe"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in; modules that are imported from it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def deltamu(folder, capsys):
    """The command line, called in an empty folder: returns what it wrote to standard output and standard error."""

    def call(*arguments, code=0):
        try:
            returned = main(arguments)
        except SystemExit as leave:
            returned = leave.code or 0
        out, err = capsys.readouterr()
        assert returned == code, err
        return out, err

    return call


def process(folder, *arguments, **options):
    """The command line in a process of its own, whose folder is not on Python's path (as with the installed script)."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment} | options
    command = [sys.executable, "-P", "-m", "deltamu", *arguments]
    return subprocess.run(command, cwd=folder, text=True, timeout=100, check=False, **options)


def contents(folder):
    """Every file below a folder, except what Python compiles."""
    paths = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in paths}


def strict(text):
    """JSON that knows no NaN and no Infinity."""
    return json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def columns(text):
    """The columns of a CSV text by name, numbers with every digit that they have."""

    def value(cell):
        try:
            return float(cell)
        except ValueError:
            return cell

    header, *rows = csv.reader(io.StringIO(text))
    return {name: [value(cell) for cell in cells] for name, cells in zip(header, zip(*rows, strict=True), strict=True)}


def assert_same_csv(text, dataset):
    frame = dataset.to_dataframe() if dataset.sizes else dataset.expand_dims("point").to_dataframe()
    expected = frame.reset_index().drop(columns="point", errors="ignore")
    assert columns(text) == {name: expected[name].tolist() for name in expected}
    assert list(columns(text)) == list(expected)


def assert_same_json(text, dataset):
    data = strict(text)
    assert data["dims"] == dict(dataset.sizes)
    assert set(data["data_vars"]) == set(dataset.data_vars)
    assert set(data["coords"]) == set(dataset.coords)
    for name, got in (data["data_vars"] | data["coords"]).items():
        assert tuple(got["dims"]) == dataset[name].dims
        assert got["attrs"] == dataset[name].attrs
        if dataset[name].dtype.kind in "iuf":  # infinity is a text, which float reads
            np.testing.assert_array_equal(np.array(got["data"], dtype=float), dataset[name])
        else:
            assert got["data"] == dataset[name].to_numpy().tolist()
    assert data["attrs"] == {**dataset.attrs, "settings": json.loads(dataset.attrs["settings"])}


# --- help, version, start --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_helps(deltamu, command):
    out, err = deltamu(command, "--help")
    assert out.startswith(f"usage: deltamu {command}")
    assert err == ""
    assert len(re.findall(rf"^    {command}\s", deltamu("--help")[0], flags=re.MULTILINE)) == 1


def test_simulate_offers_every_control_with_its_default_and_domain(deltamu):
    out = " ".join(deltamu("simulate", "--help")[0].split())
    for symbol in sym.PARAMETERS:
        assert f"--{symbol.name} X" in out
        assert f"[{symbol.default:g}; {symbol.allowed}]" in out


def test_the_version_is_the_packages(deltamu):
    assert deltamu("--version") == (f"deltamu {dm.__version__}\n", "")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy_and_take_no_time(argument, tmp_path):
    resource = pytest.importorskip("resource")

    def seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    times = []
    for _ in range(5):
        before = seconds()
        done = process(tmp_path, argument)
        times.append(seconds() - before)
    assert done.returncode == 0
    assert min(times) < 0.15
    code = f"import atexit, sys; atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules]));"
    code += f"from deltamu.presentation.cli import main; main([{argument!r}])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.splitlines()[-1] == "[]"


def test_the_command_line_is_a_module():
    done = subprocess.run([sys.executable, "-m", "deltamu", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"deltamu {dm.__version__}\n"


# --- simulate: scenarios and sweeps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", dm.PRESETS)
@pytest.mark.parametrize("scenario", [None, *dm.SCENARIOS])
def test_later_ones_win_preset_then_scenario_then_controls(deltamu, preset, scenario):
    chosen = [] if scenario is None else ["--scenario", scenario]
    out, _ = deltamu("simulate", "--preset", preset, *chosen, "--N", "2", "--moves", "4", "--json", "-")
    settings = dm.PRESETS[preset].replace(**dm.SCENARIOS.get(scenario, {})).replace(N=2)
    assert_same_json(out, dm.simulate(settings, moves=4))


@pytest.mark.parametrize("article", [True, False])
@pytest.mark.parametrize("preset", dm.PRESETS)
def test_settings_are_read_from_a_file_in_either_form(deltamu, folder, preset, article):
    settings = dm.PRESETS[preset].replace(mu0=9.5)
    (folder / "settings.json").write_text(settings.to_json(article=article))
    out, _ = deltamu("simulate", "--settings", "settings.json", "--moves", "4", "--csv", "-")
    assert_same_csv(out, dm.simulate(settings, moves=4))


def test_settings_travel_through_a_pipe(tmp_path):
    written = process(tmp_path, "settings", "--policy", "planner", "--H", "0.97", "--article")
    assert (written.returncode, written.stderr) == (0, "")
    read = process(tmp_path, "simulate", "--settings", "-", "--moves", "30", "--json", "-", input=written.stdout)
    assert (read.returncode, read.stderr) == (0, "")
    assert_same_json(read.stdout, dm.simulate(policy="planner", H=0.97, moves=30))
    assert contents(tmp_path) == {}


def test_lists_and_ranges_are_swept(deltamu):
    out, _ = deltamu("simulate", "--N", "0,2,5", "--H", "0:0.9:4", "--gamma", "0.3", "--moves", "3", "--csv", "-")
    expected = dm.simulate(H=np.linspace(0, 0.9, 4), N=[0, 2, 5], gamma=0.3, moves=3)
    assert dict(expected.sizes) == {"H": 4, "N": 3, "move": 3}
    assert_same_csv(out, expected)


def test_policies_and_models_are_swept(deltamu):
    named = {"policy": ["vibe", "planner", "trust-region"], "model": ["published", "gated"]}
    options = [text for option, names in named.items() for text in (f"--{option}", ",".join(names))]
    expected = dm.simulate(**named, moves=3, K=[1, 6])
    assert_same_csv(deltamu("simulate", *options, "--K", "1,6", "--moves", "3", "--csv", "-")[0], expected)
    assert_same_json(deltamu("simulate", *options, "--K", "1,6", "--moves", "3", "--json", "-")[0], expected)


def test_a_list_of_one_is_a_dimension_of_one(deltamu):
    out, _ = deltamu("simulate", "--H", "0.5:0.5:1", "--moves", "2", "--json", "-")
    assert strict(out)["dims"] == {"H": 1, "move": 2}


def test_keep_chooses_what_a_simulation_returns(deltamu):
    for option, keep in (("final", "final"), ("mu,delta_t,K_eff", ["mu", "delta_t", "K_eff"]), ("all", "all")):
        out, _ = deltamu("simulate", "--keep", option, "--moves", "4", "--N", "0,1", "--csv", "-")
        assert_same_csv(out, dm.simulate(keep=keep, moves=4, N=[0, 1]))


def test_one_run_is_shown_with_its_curves_and_a_sweep_as_a_table(deltamu):
    one, err = deltamu("simulate", "--preset", "principal-tr")
    final = dm.simulate("principal-tr", keep="final")
    assert err == ""
    for fact in ("trust-region", "published", final.status.item(), f"{final.mu_next.item():.6g}", "▁"):
        assert fact in one
    many, _ = deltamu("simulate", "--policy", "vibe,planner", "--N", "0:4:5", "--moves", "3")
    header, *rows = many.splitlines()
    assert header.split()[:4] == ["policy", "N", "status", "moves_to_target"]
    assert len(rows) == 10


# --- a user's own policy and model -----------------------------------------------------------------------------------


def test_a_policy_and_a_model_are_loaded_from_a_file_here(tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    arguments = ("--policy", "mine:STEADY,vibe", "--model", "mine:CHEAP", "--keep", "delta_t,cost", "--moves", "3")
    done = process(tmp_path, "simulate", *arguments, "--csv", "-")
    assert (done.returncode, done.stderr) == (0, "")
    found = columns(done.stdout)
    assert found["policy"] == ["steady"] * 3 + ["vibe"] * 3
    assert found["cost"] == [5.0] * 6
    assert found["delta_t"][:3] == [0.2, 0.9 * 0.2, 0.9 * (0.9 * 0.2)]


def test_a_policys_own_control_is_set_by_name(deltamu, folder):
    (folder / "mine.py").write_text(OWN)
    own = ("--policy", "mine:STEADY")
    out, _ = deltamu("simulate", *own, "--set", "pace=0.5,0.8", "--keep", "delta_t", "--moves", "2", "--json", "-")
    data = strict(out)
    assert data["coords"]["pace"]["data"] == [0.5, 0.8]
    assert data["coords"]["pace"]["attrs"]["long_name"] == "share of the radius that is left"
    assert data["data_vars"]["delta_t"]["data"] == [[0.2, 0.1], [0.2, 0.2 * 0.8]]
    _, err = deltamu("simulate", *own, "--set", "pace=1.5", code=2)
    assert err == "deltamu: pace = 1.5 is outside [0, 1]\n"


def test_settings_for_a_users_own_policy_are_read_back(deltamu, folder):
    (folder / "mine.py").write_text(OWN)
    own = ("--policy", "mine:STEADY")
    deltamu("settings", *own, "--set", "pace=0.5", "--out", "mine.json")
    out, _ = deltamu("simulate", "--settings", "mine.json", *own, "--keep", "delta_t", "--moves", "2", "--json", "-")
    assert strict(out)["data_vars"]["delta_t"]["data"] == [0.2, 0.1]


def test_an_engine_is_chosen_by_name(deltamu):
    found = {}
    for name in filter(find_spec, ENGINES):
        found[name] = strict(deltamu("simulate", "--moves", "3", "--engine", name, "--json", "-")[0])["data_vars"]
        np.testing.assert_allclose(found[name]["mu"]["data"], found["numpy"]["mu"]["data"], rtol=1e-12)
    assert "numpy" in found
    _, err = deltamu("ensemble", "--model", "gated", "--runs", "2", "--seed", "1", "--engine", "fortran", code=2)
    assert err == f"deltamu: unknown engine 'fortran': allowed are {', '.join([*ENGINES, 'auto'])}\n"


# --- evaluate --------------------------------------------------------------------------------------------------------


def test_formulas_are_evaluated_at_points_and_in_sweeps(deltamu):
    out, err = deltamu("evaluate", "gain", "N_eff", "--mu", "1:9:3", "--delta", "0.2", "--N", "0,4", "--json", "-")
    assert err == ""
    assert_same_json(out, dm.evaluate(["gain", "N_eff"], N=[0, 4], mu=np.linspace(1, 9, 3), delta=0.2))
    shown, _ = deltamu("evaluate", "N_eff", "--N", "4", "--gamma", "0.25")
    assert shown.split() == ["N_eff", "2.28571"]


def test_models_are_compared_at_the_same_points(deltamu):
    arguments = ("--preset", "noob-vibe", "--mu", "5", "--delta", "0.1:0.5:3", "--csv", "-")
    out, _ = deltamu("evaluate", "acceptance", "--model", "published,gated", *arguments)
    models, deltas = ["published", "gated"], np.linspace(0.1, 0.5, 3)
    expected = dm.evaluate("acceptance", "noob-vibe", model=models, mu=5, delta=deltas)
    assert_same_csv(out, expected)


# --- formulas and show -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_formulas_are_printed_as_text_and_latex(deltamu, model):
    text, _ = deltamu("formulas", "--model", model.name)
    assert [line for line in text.splitlines() if line and line[0] != "#"] == list(map(str, model))
    assert all(formula.title in text and formula.source in text for formula in model)
    latex, _ = deltamu("formulas", "--model", model.name, "--format", "latex")
    assert latex.splitlines() == [formula.latex() for formula in model]
    assert deltamu("formulas", "K_eff", "--model", model.name, "--format", "latex")[0] == model["K_eff"].latex() + "\n"


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_formulas_as_javascript_compute_what_evaluate_computes(deltamu, model):
    out, _ = deltamu("formulas", "--model", model.name, "--format", "javascript")
    browser = MiniRacer()
    browser.eval(out)
    state = {"mu": 5.0, "delta": 0.2}
    got = json.loads(browser.eval(f"JSON.stringify({model.name}({json.dumps({**dm.Settings(), **state})}))"))
    expected = dm.evaluate([formula.symbol for formula in model], model=model, **state)
    assert set(got) == set(expected)
    assert got == pytest.approx({name: value.item() for name, value in expected.items()}, rel=1e-12)


def test_the_program_of_a_move_is_shown_as_text_and_latex(deltamu):
    names = re.compile(r"^(\w+)\(", re.MULTILINE)
    assert names.findall(deltamu("show", "step", "--format", "text")[0]) == ["before", "step"]
    assert names.findall(deltamu("show", "run", "--format", "text")[0]) == ["start", "before", "step", "report"]
    latex, _ = deltamu("show", "step", "--policy", "vibe", "--model", "gated", "--format", "latex")
    assert latex.count(r"\begin{aligned}") == 2
    assert r"d \delta" in latex


@pytest.mark.parametrize("policy", dm.POLICIES)
def test_the_shown_programs_compute_what_simulate_computes(deltamu, policy):
    moves = 25
    expected = dm.simulate(policy=policy, moves=moves).mu_next
    settings = {name: float(value) for name, value in dm.Settings(policy).items()}
    source, _ = deltamu("show", "run", "--policy", policy)
    script, _ = deltamu("show", "run", "--policy", policy, "--format", "javascript")
    step = deltamu("show", "step", "--policy", policy)[0]
    assert step in source
    browser = MiniRacer()
    browser.eval(script)
    browser.eval("""
        function run(settings, moves) {
          const first = start(settings), now = { ...settings, ...before(settings) }, mus = [];
          for (const name in first) now[name.replace(/_start$/, "")] = first[name];
          for (now.t = 0; now.t < moves; now.t++) {
            const after = step(now);
            for (const name in after) if (name.endsWith("_next")) now[name.slice(0, -5)] = after[name];
            mus.push(after.mu_next);
          }
          return JSON.stringify(mus);
        }""")
    np.testing.assert_allclose(json.loads(browser.eval(f"run({json.dumps(settings)}, {moves})")), expected, rtol=1e-12)
    functions = dict(NAMESPACE)
    exec(source, functions)
    start = functions["start"]
    values = settings | {"t": 0}
    inputs = start.__code__.co_varnames[: start.__code__.co_argcount]
    assert start(*(values[name] for name in inputs))[0] == settings["mu0"]


# --- settings and info -----------------------------------------------------------------------------------------------


def test_settings_are_converted_both_ways(deltamu, folder):
    ours, err = deltamu("settings", "--preset", "planner-spec", "--scenario", "greenfield", "--K", "3")
    settings = dm.PRESETS["planner-spec"].replace(**dm.SCENARIOS["greenfield"]).replace(K=3)
    assert dm.Settings.from_json(ours) == settings
    assert err == ""
    (folder / "ours.json").write_text(ours)
    assert deltamu("settings", "--settings", "ours.json", "--article", "--out", "article.json") == (
        "", "deltamu: wrote article.json\n")  # fmt: skip
    article = (folder / "article.json").read_text()
    assert article == settings.to_json(article=True) + "\n"
    assert strict(article)["target_reliability"] == 0.9
    assert dm.Settings.from_json(deltamu("settings", "--settings", "article.json")[0]) == settings


def test_what_the_articles_form_would_lose_is_said_and_lost_only_on_demand(deltamu, folder):
    lossy = ("settings", "--model", "gated", "--overreach", "1")
    out, err = deltamu(*lossy)
    assert dm.Settings.from_json(out) == dm.Settings(model="gated", overreach=1)
    assert err == "deltamu: the article's form would lose model = gated, overreach = 1\n"
    out, err = deltamu(*lossy, "--article", "--out", "new.json", code=2)
    assert (out, contents(folder)) == ("", {})
    assert err.count("\n") == 1
    assert "would lose model = gated, overreach = 1" in err
    out, err = deltamu(*lossy, "--article", "--lossy")
    assert dm.Settings.from_json(out) == dm.Settings()
    assert err == "deltamu: the article's form loses model = gated, overreach = 1\n"


def test_info_names_versions_and_paths(deltamu):
    out, err = deltamu("info")
    assert err == ""
    assert out.startswith(f"deltamu {dm.__version__}\n")
    assert sys.executable in out
    for engine in ENGINES:
        assert re.search(rf"^engine  {engine}", out, re.MULTILINE)
    package = os.path.dirname(dm.__file__)
    kept = os.environ["DELTAMU_CACHE"]  # of the tests
    for name, place in (("package", package), ("cache", kept), ("temporary", tempfile.gettempdir())):
        assert re.search(rf"^{name} +{re.escape(place)}( |$)", out, re.MULTILINE)
    for name in ("derivations", "figures"):
        (place,) = re.findall(rf"^{name} +(.*)$", out, re.MULTILINE)
        assert any(path.endswith(".py") for path in os.listdir(place))
    for library in (np, xr):
        assert re.search(rf"^needs +{library.__name__} {re.escape(library.__version__)}$", out, re.MULTILINE)


def test_info_says_how_its_paths_are_moved(deltamu, monkeypatch, tmp_path):
    monkeypatch.setenv("DELTAMU_CACHE", str(tmp_path / "elsewhere"))
    assert re.search(
        rf"^cache +{re.escape(str(tmp_path))}/elsewhere +\(DELTAMU_CACHE moves it", deltamu("info")[0], re.MULTILINE
    )
    monkeypatch.setenv("DELTAMU_CACHE", "")
    assert re.search(r"^cache +none: what is compiled is not kept", deltamu("info")[0], re.MULTILINE)


def test_sensitivity_names_the_outcomes_that_there_are(deltamu):
    told = " ".join(deltamu("sensitivity", "--help")[0].split())
    for name in OUTCOMES:
        assert name in told or name == "moves_to_target"


@pytest.mark.long
def test_what_derive_prints_does_not_depend_on_optimisation(tmp_path):
    plain, stripped = (
        subprocess.run([sys.executable, *flags, "-P", "-m", "deltamu", "derive", "d03"], capture_output=True, text=True,
                       cwd=tmp_path, timeout=100, check=True)
        for flags in ([], ["-OO"])
    )  # fmt: skip
    assert plain.stdout == stripped.stdout
    assert plain.stdout.startswith("D03  ") and "Statement" in plain.stdout


# --- outputs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "call"),
    [
        (["--moves", "40"], {"moves": 40}),
        (["--moves", "40", "--keep", "final"], {"moves": 40, "keep": "final"}),
        (["--N", "0,3", "--policy", "vibe,planner"], {"N": [0, 3], "policy": ["vibe", "planner"]}),
    ],
    ids=["run", "end", "sweep"],
)
def test_every_output_holds_what_simulate_returns_to_the_last_bit(deltamu, folder, options, call):
    out, err = deltamu("simulate", *options, "--csv", "a.csv", "--json", "a.json", "--netcdf", "a.nc")
    assert out == ""
    assert err.splitlines() == [f"deltamu: wrote a.{kind}" for kind in ("csv", "json", "nc")]
    assert set(contents(folder)) == {"a.csv", "a.json", "a.nc"}
    expected = dm.simulate(**call)
    assert_same_csv((folder / "a.csv").read_text(), expected)
    assert_same_json((folder / "a.json").read_text(), expected)
    with xr.open_dataset(folder / "a.nc") as found:
        xr.testing.assert_equal(found.load(), expected)
        assert found.attrs == expected.attrs
    assert deltamu("simulate", *options, "--csv", "-") == ((folder / "a.csv").read_text(), "")
    assert deltamu("simulate", *options, "--json", "-") == ((folder / "a.json").read_text(), "")
    xr.testing.assert_identical(dm.load_json("a.json"), expected)


def test_an_output_takes_the_place_of_an_older_one(deltamu, folder):
    (folder / "a.csv").write_text("old")
    deltamu("evaluate", "K_eff", "--csv", "a.csv")
    assert_same_csv((folder / "a.csv").read_text(), dm.evaluate("K_eff"))


# --- what is refused -------------------------------------------------------------------------------------------------

REFUSED_VALUES = {
    "--H 1.2": "H = 1.2 is outside [0, 1]",
    "--mu0 -1": "mu0 = -1 is outside [0, inf)",
    "--H nan": "H = nan is outside [0, 1]",
    "--mu0 inf": "mu0 = inf is outside [0, inf)",
    "--mu0 1e400": "mu0 = inf is outside [0, inf)",
    "--mu0=-inf": "mu0 = -inf is outside [0, inf)",
    "--T_plan 2.5": "T_plan = 2.5 is outside",
    "--K 0.5,1,2": "K = 0.5 is outside [1, inf)",
    "--H 0:2:5": "H = 1.5 is outside [0, 1]",
    "--H 0:nan:3": "H = nan is outside [0, 1]",
    "--H 0:inf:3": "H = nan is outside [0, 1]",
    "--moves 1.5": "--moves: '1.5' is not a whole number",
    "--moves 1000000000000000000000000": "moves = 1000000000000000000000000 is above 9007199254740992",
    "--H abc": "--H: 'abc' is not a number",
    "--H=": "--H: '' is not a number",
    "--H 0,,1": "--H: '0,,1' is not a number",
    "--H 0:1": "--H: '0:1' is not a number",
    "--H 0:1:x": "--H: '0:1:x' is not a number",
    "--H 0:1:2.5": "--H: '0:1:2.5' is not a number",
    "--H 0:1:2:3": "--H: '0:1:2:3' is not a number",
    "--H 0:1:-3": "--H: '0:1:-3' is not a number",
    "--H 0:1:0": "H is empty",
    "--H": "--H: expected one argument",
    "--A_lo 0.5": "A_lo = 0.5 is above A_hi = 0.4",
    "--A_hi 0.1:0.9:3": "A_lo = 0.2 is above A_hi = 0.1",
    "--set pace": "--set 'pace' is not NAME=VALUE",
    "--set pace=1": "unknown control 'pace'",
    "--set pace=x": "--set pace: 'x' is not a number",
    "--set H=7": "H = 7 is outside [0, 1]",
    "--nope": "--nope",
    "--hel": "--hel",
    "surplus": "surplus",
    "--preset nope": "unknown preset 'nope'",
    "--preset principal-TR": "unknown preset 'principal-TR': did you mean principal-tr",
    "--preset=": "unknown preset ''",
    "--scenario nope": "unknown scenario 'nope'",
    "--scenario=": "unknown scenario ''",
    "--policy nope": "unknown policy 'nope'",
    "--policy vibe,nope": "unknown policy 'nope'",
    "--policy vibe,vibe": "'vibe', 'vibe'",
    "--policy vibe,": "unknown policy ''",
    "--model nope": "unknown model 'nope'",
    "--model published,published": "'published', 'published'",
    "--policy nowhere:STEADY": "cannot load policy nowhere:STEADY: No module named 'nowhere'",
    "--policy mine:NOTHING": "cannot load policy mine:NOTHING: module 'mine' has no attribute 'NOTHING'",
    "--policy mine:number": "mine:number is a",
    "--policy mine:text": "mine:text is a",
    "--policy mine:CHEAP": "mine:CHEAP is a Model, not a policy",
    "--model mine:STEADY": "mine:STEADY is a Policy, not a model",
    "--policy broken:STEADY": "cannot load policy broken:STEADY",
    "--policy raising:STEADY": "cannot load policy raising:STEADY",
    "--policy :STEADY": "cannot load policy :STEADY",
    "--policy ..:STEADY": "cannot load policy ..:STEADY",
    "--settings missing.json": "cannot read missing.json: No such file",
    "--settings sub": "cannot read sub: Is a directory",
    "--settings binary.json": "cannot read binary.json: it is not UTF-8 text",
    "--settings half.json": "half.json is not JSON",
    "--settings list.json": "list.json is JSON but no object",
    "--settings key.json": "unknown key in key.json 'Hh'",
    "--settings high.json": "H = 7 is outside [0, 1]",
    "--settings=": "cannot read",
    "--settings high.json --preset noob-vibe": "--preset: not allowed with argument --settings",
}  # fmt: skip
REFUSED_OUTPUTS = {
    "--csv sub": "cannot write sub: it is a folder",
    "--json sub/": "cannot write sub/: it is a folder",
    "--netcdf sub": "cannot write sub: it is a folder",
    "--csv nowhere/a.csv": "cannot write nowhere/a.csv: folder",
    "--csv old.csv --json nowhere/a.json": "cannot write nowhere/a.json: folder",
    "--csv - --netcdf -": "two outputs go to -",
    "--csv old.csv/a.csv": "cannot write old.csv/a.csv",
    "--csv new.txt --json new.txt": "new.txt",
    "--csv - --json -": "-",
}  # fmt: skip
REFUSED = {
    **{f"simulate {options} --csv old.csv --json new.json": reason for options, reason in REFUSED_VALUES.items()},
    **{f"simulate --moves 2 {options}": reason for options, reason in REFUSED_OUTPUTS.items()},
    **{f"evaluate K_eff {options}": reason for options, reason in REFUSED_OUTPUTS.items()},
    "": "COMMAND",
    "nope": "'nope'",
    "simulate --mu 3": "--mu",
    "simulate --moves 0": "moves = 0",
    "simulate --moves -1": "moves = -1",
    "simulate --moves 1.5": "'1.5'",
    "simulate --moves 99999999999999": "moves",
    "simulate --keep nope": "unknown variable to keep 'nope'",
    "simulate --keep mu,": "unknown variable to keep ''",
    "evaluate": "quantity",
    "evaluate nope": "unknown quantity 'nope'",
    "evaluate gane": "unknown quantity 'gane': did you mean gain",
    "evaluate gain --csv new.csv": "gain depends on mu, which has no value",
    "evaluate gain --mu 5": "gain depends on delta, which has no value",
    "evaluate gain --mu -5 --delta 1": "mu = -5 is outside [0, inf)",
    "evaluate gain --mu 5 --delta 0": "delta = 0 is outside (0, inf)",
    "formulas nope": "unknown formula of model published 'nope'",
    "formulas --model published,gated": "--model takes one name here, got published,gated",
    "formulas --format html": "'html'",
    "show": "what",
    "show all": "'all'",
    "show step --policy vibe,planner": "--policy takes one name here, got vibe,planner",
    "show step --model mine:STEADY": "mine:STEADY is a Policy, not a model",
    "settings --H 2": "H = 2 is outside [0, 1]",
    "settings --H 0.1,0.2": "H = [0.1, 0.2] is not a number",
    "settings --policy mine:STEADY --article": "the article's form knows vibe, planner and trust-region, not steady",
    "settings --out sub": "cannot write sub: it is a folder",
    "settings --out nowhere/a.json": "cannot write nowhere/a.json: folder",
    "info surplus": "surplus",
}


@pytest.fixture
def full_folder(folder):
    """A folder with an output of an earlier run and with inputs of every bad kind."""
    (folder / "old.csv").write_text("an earlier result")
    (folder / "sub").mkdir()
    (folder / "mine.py").write_text(OWN)
    (folder / "broken.py").write_text("STEADY = = 1")
    (folder / "raising.py").write_text("1 / 0")
    (folder / "binary.json").write_bytes(bytes(range(128, 256)))
    (folder / "half.json").write_text('{"H": 0.5')
    (folder / "list.json").write_text("[1]")
    (folder / "key.json").write_text('{"Hh": 1}')
    (folder / "high.json").write_text('{"H": 7}')
    return folder


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_is_named_in_one_line_and_nothing_is_written(full_folder, deltamu, line):
    before = contents(full_folder)
    out, err = deltamu(*line.split(), code=2)
    assert out == ""
    assert err.startswith("deltamu")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert REFUSED[line] in err
    assert contents(full_folder) == before


def test_a_process_that_is_refused_prints_the_line_and_no_traceback(full_folder):
    before = contents(full_folder)
    for line in ("simulate --nope", "evaluate gain", "simulate --settings - --csv old.csv"):
        done = process(full_folder, *line.split(), input="{")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("deltamu")
    assert contents(full_folder) == before


def test_standard_input_that_is_no_settings_is_called_by_its_name(deltamu, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"H": '))
    assert deltamu("simulate", "--settings", "-", code=2)[1].startswith("deltamu: standard input is not JSON")


def test_a_folder_that_may_not_be_written_to_is_refused_before_the_work(deltamu, folder, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: os.fspath(path) != os.fspath(folder))
    monkeypatch.setattr(
        "deltamu.simulation.simulate.simulate", lambda *_, **__: pytest.fail("worked before it checked")
    )
    _, err = deltamu("simulate", "--csv", "a.csv", code=2)
    assert err == f"deltamu: cannot write a.csv: folder {folder} may not be written to\n"


@pytest.mark.parametrize("kind", ["csv", "json", "netcdf"])
def test_a_disk_that_fills_up_leaves_the_older_file(tmp_path, kind):
    resource = pytest.importorskip("resource")
    (tmp_path / "a").write_text("an earlier result")
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))}
    done = process(tmp_path, "simulate", f"--{kind}", "a", **limit)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("deltamu: cannot write a: ")
    assert contents(tmp_path) == {"a": b"an earlier result"}


# --- pipes and interrupts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["--help", "show --help", "info", "simulate", "formulas", "simulate --N 0:8:50 --csv -"]
)
def test_a_reader_that_leaves_early_causes_no_complaint(tmp_path, line):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert process(tmp_path, *line.split(), stdout=writing).stderr == ""
    finally:
        os.close(writing)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_an_output_that_cannot_be_printed_is_one_line(tmp_path):
    with open("/dev/full", "w") as full:
        done = process(tmp_path, "formulas", stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on a terminal")
def test_an_interrupt_ends_a_long_sweep_in_one_line_and_leaves_no_file(tmp_path):
    (tmp_path / "mine.py").write_text(f"{OWN}\nprint('loaded', flush=True)")
    before = contents(tmp_path)
    arguments = "simulate --policy mine:STEADY --moves 100000 --keep final --H 0:1:2000 --K 1:9:1000 --csv a.csv"
    command = [sys.executable, "-P", "-m", "deltamu", *arguments.split()]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}  # a job in the background
    with subprocess.Popen(command, cwd=tmp_path, **pipes, **heard) as running:  # would inherit that it is ignored
        try:
            assert running.stdout.readline() == "loaded\n"
            time.sleep(0.5)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, out, err) == (130, "", "deltamu: interrupted\n")
    assert contents(tmp_path) == before


def processor_time(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def workers_at_work(pid, number):
    """The children of a process, once so many have worked for a second each; after 8 s where that cannot be read."""
    end = time.monotonic() + 8
    children, busy = [], 0
    while busy < number and time.monotonic() < end:
        time.sleep(0.1)
        with contextlib.suppress(OSError):  # no such file system, or a child has just gone
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            busy = sum(processor_time(child) > 1 for child in children)
    return children


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on a terminal")
@pytest.mark.parametrize(
    "arguments",
    ["verify --jobs 2", "ensemble --runs 4000000 --seed 1 --jobs 2 --csv a.csv"],
    ids=["verify", "ensemble"],
)
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "deltamu: interrupted\n"), pytest.param(signal.SIGTERM, 143, "", marks=pytest.mark.long)],
    ids=["interrupt", "end"],
)
def test_several_processes_are_ended_together_and_it_is_told_once(tmp_path, arguments, number, code, told):
    command = [sys.executable, "-P", "-m", "deltamu", *arguments.split()]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **pipes, **heard) as running:
        try:
            workers = workers_at_work(running.pid, 2)
            if number == signal.SIGINT:
                os.killpg(running.pid, number)  # to all of them, as a terminal does
            else:
                running.send_signal(number)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, out, err) == (code, "", told)
    assert not contents(tmp_path)
    time.sleep(0.5)
    left = [Path(f"/proc/{pid}/cmdline") for pid in workers]
    assert not [line for line in left if line.exists() and line.read_text()]  # one that has ended has no command


def test_help_and_version_load_nothing_heavy():
    code = (
        "import sys; from deltamu.presentation.cli import main\ntry: main([sys.argv[1]])\nfinally: print(*sys.modules)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        loaded = set(done.stdout.split())
        assert "argparse" in loaded
        assert loaded.isdisjoint({"numpy", "xarray", "scipy", "sympy", "rich"})
