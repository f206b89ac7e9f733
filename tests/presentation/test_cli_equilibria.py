"""The command `fixed-points`: the same answers as the functions, and one line for what is refused."""

import csv
import io
import json

import pytest

import deltamu as dm
from deltamu.presentation.cli import main


@pytest.fixture
def deltamu(capsys):
    def call(*arguments, code=0):
        assert main(["fixed-points", *map(str, arguments)]) == code
        return capsys.readouterr()

    return call


@pytest.mark.parametrize("what", ["points", "floor", "reachable", "trust-region", "long-run", "advantage"])
def test_every_question_is_answered_in_a_table(deltamu, what):
    text = deltamu("--what", what, "--overreach", "0,1", "--model", "published,gated").out
    assert len(text.splitlines()) == 5


def test_values_are_those_of_the_functions(deltamu):
    rows = list(csv.DictReader(io.StringIO(deltamu("--delta", "0.1,0.5", "--csv", "-").out)))
    want = dm.fixed_points(delta=[0.1, 0.5]).mu.values[:, 0]
    assert [float(row["mu"]) for row in rows] == want.tolist()
    data = json.loads(deltamu("--what", "floor", "--delta", 0.5, "--model", "gated", "--json", "-").out)
    assert data["data_vars"]["defect_floor"]["data"] == float(dm.defect_floor(delta=0.5, model="gated"))
    table = deltamu("--what", "reachable", "--preset", "principal-tr", "--moves", 10).out
    assert "moves run out" in table


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--moves", 3], "--moves says nothing to points: it belongs to reachable, long-run, advantage"),
        (["--what", "trust-region", "--delta", 1], "--delta says nothing to trust-region"),
        (["--policy", "vibe"], "--policy says nothing to points"),
        (["--delta", -1], "delta = -1 is outside (0, inf)"),
        (["--what", "advantage", "--moves", 0], "moves = 0 is not a whole number >= 1"),
    ],
)
def test_what_is_refused_is_one_line(deltamu, arguments, message):
    error = deltamu(*arguments, code=2).err
    assert message in error
    assert error.count("\n") == 1
