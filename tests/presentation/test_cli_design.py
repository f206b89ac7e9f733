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
from deltamu.calibration.public import public_log
from deltamu.presentation.cli import main
from deltamu.presentation.cli.design import QUESTIONS
from deltamu.presentation.cli.design_fit import ONLY
from deltamu.presentation.export import save_json

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
    asked = {name for name, _ in QUESTIONS.values()} - {"identifiability"}
    public = {name for name, thing in vars(design).items() if isfunction(thing)}
    assert asked == public - {"trade_offs", "over_draws"}  # the second is what --from asks


@pytest.mark.parametrize("what", [name for name in QUESTIONS if name not in ("budget", "gaps", *ONLY)])
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
        (["--what", "changes"], "changes needs --from: a fit"),
        (["--draws", "3"], "--draws says nothing without --from"),
        (["--what", "gaps", "--share", "0.5", "--from", "fit.nc"], "--from says nothing to gaps"),
        (["--from", "nowhere.nc"], "cannot read nowhere.nc"),
    ],
)
def test_what_is_refused_is_one_line(deltamu, arguments, message):
    error = deltamu(*arguments, code=2).err
    assert message in error
    assert error.count("\n") == 1


# --- from a fit ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def fit():
    rows = public_log("ldb")
    return dm.fit(rows[rows.run.str.startswith("mbpp/")], intervals=0)


@pytest.fixture(params=["nc", "json"])
def path(fit, request, tmp_path):
    path = tmp_path / f"fit.{request.param}"
    (fit.to_netcdf if request.param == "nc" else lambda to: save_json(fit, to))(path)
    return path


RUN = "mbpp/gpt-3.5-turbo-0613"


def test_changes_and_experiments_are_those_of_the_functions(deltamu, fit, path):
    one = fit.sel(run=[RUN])
    want = design.levers(fit, run=RUN, draws=30, seed=2)
    asked = ("--from", path, "--run", RUN, "--draws", 30, "--seed", 2)
    data = json.loads(deltamu("--what", "changes", *asked, "--json", "-").out)
    assert data["data_vars"]["gain"]["data"] == want.gain.values.tolist()
    told = deltamu("--what", "changes", *asked).out
    assert "Of all changes: halve the defect mass" in " ".join(told.split())
    pricey = deltamu("--what", "changes", *asked, "--worth", 0.2).out
    assert "one in 5 repairs" in " ".join(pricey.split())
    assert "--worth says nothing to experiment" in deltamu("--what", "experiment", *asked[:4], "--worth", 1, code=2).err
    data = json.loads(deltamu("--what", "experiment", *asked[:4], "--json", "-").out)
    assert "standard errors per 1000 programs" in deltamu("--what", "experiment", *asked[:4]).out
    assert data["coords"]["design"]["data"] == dm.identifiability(at=one).design.values.tolist()


def test_a_recommendation_from_a_fit_says_what_agrees_and_what_is_left_alone(deltamu, fit, path):
    asked = ("--from", path, "--run", RUN, "--target", 0.85, "--moves", 20, "--draws", 5)
    told = " ".join(deltamu(*asked).out.split())
    for part in ("of 5 draws agree in all of them", "left alone: recommend cannot choose N: gamma, sigma_r, tau",
                 "measured: r, mu0, decay, a1"):  # fmt: skip
        assert part in told
    data = json.loads(deltamu(*asked, "--json", "-").out)
    want = dm.recommend(population=fit.sel(run=[RUN]), target=0.85, moves=20, draws=5, seed=1)
    assert data["data_vars"]["objective"]["data"] == want.objective.item()
    error = deltamu(*asked, "--free", "N", code=2).err
    assert "recommend cannot choose N" in error and error.count("\n") == 1
    assert "the fit has 3 runs: --run one of" in deltamu("--from", path, code=2).err


def test_other_questions_are_asked_of_each_draw(deltamu, fit, path):
    asked = ("--what", "radius", "--from", path, "--run", RUN, "--draws", 4, "--overreach", 2)
    data = json.loads(deltamu(*asked, "--json", "-").out)
    want = design.over_draws(design.best_radius, fit.sel(run=[RUN]), draws=4, seed=1, overreach=2.0,
                             mu=lambda settings: settings["mu0"])  # fmt: skip
    assert data["data_vars"]["best_radius"]["data"] == want.best_radius.values.tolist()
    assert "best_radius_agreement" in deltamu(*asked).out
    assert "cannot choose N" in deltamu("--what", "reviewers", *asked[2:6], code=2).err
