"""A session that finds what an earlier one kept starts without SymPy, and says the same, byte by byte."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen import caching
from deltamu.codegen.buffers import identity
from deltamu.codegen.outlines import Outline, outline
from deltamu.codegen.outlines.deriving import outlined
from deltamu.model.catalogue import catalogue, controls_of, known_model, known_policy
from deltamu.presentation.cli import main

SOURCE = Path(dm.__file__).parent
OWN = [(policy, model) for policy in dm.POLICIES for model in dm.MODELS]
HEAVY = ("sympy", "mpmath", "matplotlib", "numba", "distributed", "deltamu.model.symbols", "deltamu.model.models")
COMMANDS = (
    "import sys; from deltamu.presentation.cli import main; codes = [main(line.split()) for line in sys.argv[1:]]; "
)
LOADED = "sys.stdout.flush(); print(*sys.modules, file=sys.stderr); sys.exit(max(codes))"


def session(folder, *commands, package=SOURCE.parent):
    """Commands in a fresh process: exit code, standard output, messages, and the modules that were loaded."""
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS + LOADED, *commands],
        check=False,
        capture_output=True,
        env=os.environ | {"DELTAMU_CACHE": str(folder), "PYTHONPATH": str(package)},
    )
    messages, _, modules = done.stderr.decode().rstrip("\n").rpartition("\n")
    return done.returncode, done.stdout, messages, modules.split()


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A folder in which earlier sessions have kept what they made."""
    folder = tmp_path_factory.mktemp("warm") / "kept"
    assert session(folder, "simulate --moves 2")[0] == 0
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "simulate --keep mu,sigma_tot,pass_probability --N 0,3 --target 0.8,0.9 --moves 7",
        pytest.param("simulate", marks=pytest.mark.long),
        pytest.param(
            "simulate --csv - --preset planner-spec --scenario greenfield --model gated --moves 40",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "simulate --json - --policy vibe,planner --model published,gated --r 0.5:0.9:3 --H 0.2,0.4 --moves 5",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_warm_session_says_the_same_and_loads_no_sympy(tmp_path, command):
    first = session(tmp_path, command)
    again = session(tmp_path, command)
    assert first[0] == 0, first[2]
    assert "sympy" in first[3]
    assert again[:3] == first[:3]
    assert [name for name in HEAVY if name in again[3]] == []


def test_settings_and_help_need_no_sympy_either(tmp_path, warm, capfdbinary):
    file = tmp_path / "settings.json"
    file.write_text(dm.PRESETS["principal-tr"].to_json())
    code, said, _, modules = session(warm, f"simulate --settings {file} --csv - --moves 2")
    assert main(["simulate", "--preset", "principal-tr", "--csv", "-", "--moves", "2"]) == code == 0
    assert capfdbinary.readouterr().out == said
    assert [name for name in HEAVY if name in modules] == []
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "deltamu", "simulate", "--help"],
        check=True,
        capture_output=True,
        env=os.environ | {"DELTAMU_CACHE": str(warm), "PYTHONPATH": str(SOURCE.parent)},
    )
    assert capfdbinary.readouterr().out == done.stdout
    assert b"deltamu.model.catalogue" in done.stderr
    assert b"sympy" not in done.stderr


def test_what_is_refused_is_refused_alike(tmp_path):
    """One line that names the offender, in a session that loads SymPy and in one that does so for the names only."""
    refused = {
        "--H 2": "H = 2 is outside [0, 1]",
        "--A_lo 0.5": "A_lo = 0.5 is above A_hi = 0.4",
        "--T_plan 2.5": "T_plan = 2.5 is outside {0, 1, 2, ...}",
        "--set patience=1": "unknown control 'patience': allowed are H, rho,",
        "--keep cost,accept": "unknown variable to keep 'accept': did you mean acceptance?",
        "--policy vibes": "unknown policy 'vibes': did you mean vibe?",
        "--model gate": "unknown model 'gate': did you mean gated?",
    }
    first, again = (session(tmp_path, *(f"simulate {options}" for options in refused)) for _ in range(2))
    assert first[:3] == again[:3]
    assert (first[0], first[1]) == (2, b"")
    for said, message in zip(first[2].splitlines(), refused.values(), strict=True):
        assert said.startswith(f"deltamu: {message}")


@pytest.fixture
def copied(tmp_path):
    """A copy of the package, to be edited."""
    shutil.copytree(SOURCE, tmp_path / "copy" / "deltamu", ignore=shutil.ignore_patterns("__pycache__"))

    def edit(module, old, new):
        path = tmp_path / "copy" / "deltamu" / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    edit.package = tmp_path / "copy"
    return edit


def results(folder, package):
    """Variables of a simulation in a cold session, and in a warm one."""
    first, again = (session(folder, "simulate --json - --moves 2 --alpha 3", package=package) for _ in range(2))
    assert first[0] == 0, first[2]
    assert ("sympy" in first[3], "sympy" in again[3]) == (True, False)
    assert first[:3] == again[:3]
    return {name: value["data"] for name, value in json.loads(first[1])["data_vars"].items()}


def test_changed_facts_never_meet_what_was_kept_before(tmp_path, copied):
    assert results(tmp_path / "kept", copied.package)["mu"][0] == 12
    copied("symbols.py", '"mu0", r"\\mu_0", default=12.0', '"mu0", r"\\mu_0", default=13.0')
    assert results(tmp_path / "kept", copied.package)["mu"][0] == 13
    copied("symbols.py", "(1.1, 2, 0.1), domain=Interval(1, oo)", "(1.1, 2, 0.1), domain=Interval(1, 2)")
    refused = session(tmp_path / "kept", "simulate --alpha 3", package=copied.package)
    assert (refused[0], refused[2]) == (2, "deltamu: alpha = 3 is outside [1, 2]")


@pytest.mark.long
def test_changed_policies_never_meet_what_was_kept_before(tmp_path, copied):
    assert results(tmp_path / "kept", copied.package)["delta_t"] == pytest.approx([0.2, 0.6])
    copied("policies.py", "(sym.alpha * sym.delta, sym.acceptance >", "(sym.delta, sym.acceptance >")
    assert results(tmp_path / "kept", copied.package)["delta_t"] == [0.2, 0.2]


def test_a_session_older_than_the_source_keeps_to_itself(tmp_path, copied):
    """Its modules are those from before the edit: what it makes of them must not pass for what the new ones make."""
    edited = copied.package / "deltamu" / "symbols.py"
    code = (
        "import deltamu, os, time; from deltamu import symbols;"
        f"os.utime({str(edited)!r}, (time.time() + 1,) * 2);"
        "deltamu.simulate(moves=1)"
    )
    environment = {"DELTAMU_CACHE": str(tmp_path / "kept"), "PYTHONPATH": str(copied.package)}
    subprocess.run([sys.executable, "-c", code], env=os.environ | environment, check=True)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("library", ["sympy", "mpmath", "numpy"])
def test_another_version_of_a_library_has_its_own(monkeypatch, library):
    known = caching.generator()
    caching.generator.cache_clear()
    monkeypatch.setattr(caching, "version", lambda name: "0" if name == library else importlib.metadata.version(name))
    other = caching.generator()
    monkeypatch.undo()
    caching.generator.cache_clear()
    assert other != known == caching.generator()


def test_users_own_never_meet_what_was_kept_before(tmp_path, warm, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # two edits within the resolution of a file's time
    mine = tmp_path / "mine.py"
    for factor in (0.5, 0.25):
        mine.write_text(
            "from deltamu import Policy, symbols as sym\n"
            f"policy = Policy('trust-region', {{sym.delta: sym.delta0}}, {{sym.delta: sym.delta * {factor}}})\n"
        )
        monkeypatch.chdir(tmp_path)
        code, said, message, _ = session(warm, "simulate --policy mine:policy --moves 2 --json -")
        assert code == 0, message
        assert json.loads(said)["data_vars"]["delta_t"]["data"] == [0.2, 0.2 * factor]


@pytest.mark.parametrize(("policy", "model"), OWN)
def test_an_outline_is_what_the_move_says(policy, model):
    move = dm.one_move(dm.POLICIES[policy], dm.MODELS[model])
    facts = outlined(move)
    assert json.loads(json.dumps(facts)) == facts
    found = outline(policy, model)
    assert found.identity == identity(move)
    assert found.move == move
    assert found.state == tuple(map(str, move.state))
    for name, variable in found.variables.items():
        (symbol,) = found.symbols([variable.symbol])
        assert variable.attributes == {"long_name": symbol.meaning, "units": symbol.unit}
        assert name in (symbol.name, f"{symbol.name}_t")
    values = {s.name: s.default for s in sym.PARAMETERS} | {"mu": 2.0, "delta": 0.3}
    whole = dm.evaluate(list(found.reported), policy and None, model=model, mu=2.0, delta=0.3)
    for name, value in found.report(values).items():
        assert value == float(whole[name])
    assert found.passing(values)["pass_probability"] == found.report(values)["pass_probability"]


def test_objects_and_names_go_the_same_way():
    for policy, model in OWN:
        assert known_policy(dm.POLICIES[policy]) == policy
        assert known_model(dm.MODELS[model]) == model
    by_name = dm.simulate("principal-tr", policy="planner", model="gated", moves=9)
    assert dm.simulate("principal-tr", policy=dm.PLANNER, model=dm.GATED, moves=9).identical(by_name)
    twin = dm.Policy("vibe", dict(dm.VIBE.initial), dict(dm.VIBE.update), title=dm.VIBE.title)
    assert known_policy(twin) == "vibe"
    other = dm.Policy("vibe", dict(dm.VIBE.initial), {})
    assert known_policy(other) is other
    still = Outline(other, "published")
    assert still.identity != outline("vibe", "published").identity
    assert dm.simulate(policy=other, moves=3).delta_t.values.tolist() == [0.2] * 3


def test_facts_of_a_users_own_symbols_are_those_of_the_last_ones():
    def run(meaning):
        level = dm.quantity("level", "l", domain=sym.UNIT, meaning=meaning)
        policy = dm.Policy("level", {sym.delta: sym.delta0, level: 1}, {level: level / 2})
        return dm.simulate(policy=policy, moves=2)

    first, second = run("what is left"), run("what remains")
    assert [ds.level_t.attrs["long_name"] for ds in (first, second)] == ["what is left", "what remains"]
    assert second.level_t.values.tolist() == [1, 0.5]


def test_the_catalogue_is_what_the_symbols_say():
    known = catalogue()
    assert known.policies == tuple(dm.POLICIES)
    assert known.models == tuple(dm.MODELS)
    assert [control.name for control in known.controls] == [symbol.name for symbol in sym.PARAMETERS]
    for control, symbol in zip(known.controls, sym.PARAMETERS, strict=True):
        assert control == symbol.plain
        assert type(control.default) is type(symbol.default)
        assert (control.meaning, control.unit, control.default) == (symbol.meaning, symbol.unit, symbol.default)
    for policy, model in OWN:
        assert list(controls_of(policy, model)) == list(dm.Settings(policy, model=model).vocabulary())


def test_help_and_version_load_nothing_heavy():
    code = (
        "import sys; from deltamu.presentation.cli import main\ntry: main([sys.argv[1]])\nfinally: print(*sys.modules)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        loaded = set(done.stdout.split())
        assert "argparse" in loaded
        assert loaded.isdisjoint({"numpy", "xarray", "scipy", "sympy", "rich"})


def test_a_damaged_folder_is_made_anew(tmp_path, warm):
    shutil.copytree(warm, tmp_path / "kept")
    for path in (tmp_path / "kept").glob("*.json"):
        path.write_text(path.read_text()[:-100])
    damaged, again = (session(tmp_path / "kept", "simulate --csv - --moves 2") for _ in range(2))
    assert damaged[:3] == again[:3] == session(warm, "simulate --csv - --moves 2")[:3]
    assert ("sympy" in damaged[3], "sympy" in again[3]) == (True, False)
