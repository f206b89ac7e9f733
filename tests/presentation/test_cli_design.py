"""The command `design`: the same answers as the functions, and one line for what is refused."""

import csv
import io
import json
import os
import subprocess
import sys
from inspect import isfunction

import pytest

import deltamu as dm
from deltamu import design
from deltamu.presentation.cli import main
from deltamu.presentation.cli.design import QUESTIONS

BUDGET = ("--target", "0.7", "--budget", "400", "--moves", "60")
NEEDED = {"candidates": ("--budget", "12"), "resolution": ("--max-false-pass", "0.1"), "gaps": ("--share", "0.5"),
          "budget": BUDGET}  # fmt: skip


@pytest.fixture
def deltamu(capsys):
    def call(*arguments, code=0):
        assert main(["design", *map(str, arguments)]) == code
        return capsys.readouterr()

    return call


def process(*arguments):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-P", "-m", "deltamu", "design", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)


def test_a_recommendation_is_printed_by_a_process_of_its_own():
    done = process(*BUDGET)
    assert (done.returncode, done.stderr) == (0, "")
    assert "found" in done.stdout and "budget = 400" in done.stdout and "trade-off" in done.stdout
    refused = process("--minimize", "time")
    assert refused.returncode == 2 and refused.stdout == ""
    assert refused.stderr == "deltamu: minimize = 'time' is not one of moves, cost, false_pass\n"


def test_every_public_function_has_its_question():
    asked = {name for name, _ in QUESTIONS.values()}
    public = {name for name, thing in vars(design).items() if isfunction(thing)}
    assert asked == public - {"trade_offs"}


@pytest.mark.parametrize("what", [name for name in QUESTIONS if name not in ("budget", "gaps")])
def test_every_question_is_answered_in_a_table(deltamu, what):
    out, err = deltamu("--what", what, "--target", 0.6, *NEEDED.get(what, ()))
    assert err == "" and len(out.splitlines()) >= 2


def test_the_feedback_of_the_stochastic_move_is_printed_by_mass(deltamu):
    out, _ = deltamu("--what", "feedback", "--stochastic", "--model", "gated", "--target", 0.6, "--moves", 20)
    ds = dm.optimal_policy(target=0.6, model="gated", moves=20, stochastic=True)
    assert out.splitlines()[-1] == "40 of 81 rows; --csv writes them all"
    for name in ("expected_moves", "reach_probability", "error"):
        assert f"{ds[name].item():.6g}" in out.splitlines()[1].split()
    _, err = deltamu("--what", "feedback", "--stochastic", code=2)
    assert err == "deltamu: model published has no stochastic move: its step never consults the oracle; use gated\n"
    assert "--stochastic says nothing to gap" in deltamu("--what", "gap", "--stochastic", code=2).err


@pytest.mark.long
def test_the_gaps_of_all_scenarios_are_printed(deltamu):
    assert "greenfield" in deltamu("--what", "gaps", *NEEDED["gaps"]).out


def test_values_are_those_of_the_functions(deltamu, tmp_path):
    data = json.loads(deltamu(*BUDGET, "--json", "-").out)
    want = dm.recommend(target=0.7, budget=400, moves=60)
    assert data["data_vars"]["objective"]["data"] == want.objective.item()
    assert data["attrs"]["settings"]["K"] == dm.Settings.from_dataset(want)["K"]
    rows = list(csv.DictReader(io.StringIO(deltamu(*BUDGET, "--csv", "-").out)))
    assert [float(row["front_moves"]) for row in rows] == want.front_moves.values.tolist()
    assert [float(row["N"]) for row in rows] == want.front_chosen.sel(choice="N").values.tolist()
    deltamu(*BUDGET, "--netcdf", tmp_path / "a.nc", "--csv", tmp_path / "a.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"a.nc", "a.csv"}
    data = json.loads(deltamu("--what", "candidates", "--mu", 6, "--budget", "4,12", "--json", "-").out)
    want = design.best_split(mu=6, delta=0.2, budget=[4, 12])
    assert data["data_vars"]["candidates"]["data"] == want.candidates.values.tolist()


def test_prices_and_free_controls_are_passed_on(deltamu):
    asked = ("--free", "K,r", "--cost", "r=300", "--max-false-pass", "0.05", "--minimize", "cost")
    data = json.loads(deltamu("--target", 0.6, "--moves", 60, "--delta_max", 2, *asked, "--json", "-").out)
    want = dm.recommend(target=0.6, moves=60, delta_max=2, free=["K", "r"], costs={"r": 300}, max_false_pass=0.05,
                        minimize="cost")  # fmt: skip
    assert data["data_vars"]["objective"]["data"] == want.objective.item()
    assert "out of reach because" in deltamu("--moves", 20).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--what", "reviewers", "--free", "K"], "--free says nothing to reviewers: it belongs to budget"),
        (["--what", "oracle", "--mu", 1], "--mu says nothing to oracle"),
        (["--what", "candidates"], "candidates needs --budget"),
        (["--what", "gaps", "--preset", "noob-vibe"], "a scenario says nothing to gaps"),
        (["--cost", "r"], "--cost 'r' is not NAME=PRICE"),
        (["--cost", "tokens=1"], "unknown cost 'tokens'"),
        (["--free", "mu0"], "mu0 is nothing to choose"),
        (["--target", "0.6,0.7"], "target = [0.6, 0.7] is not a number"),
        (["--budget", "1,2"], "budget = [1, 2] is not a number"),
    ],
)
def test_what_is_refused_is_one_line(deltamu, arguments, message):
    error = deltamu(*arguments, code=2).err
    assert message in error
    assert error.count("\n") == 1
