"""The command `fit`: what is printed and written, and one line for what is refused."""

import csv
import io
import json

import numpy as np
import pytest
import xarray as xr

pytest.importorskip("deltamu.calibration.fitting", reason="laws are not fitted here yet")

from deltamu import calibration
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.logs import log_from_counts, read_log
from deltamu.errors import InputError
from deltamu.model.settings import Settings
from deltamu.presentation.cli import fit as command
from deltamu.presentation.cli.parser import Parser

RUN = "mbpp/gpt-3.5-turbo-0613"
ONE = {"attempt": [0, 0, 1, 1, 2, 2, 3, 3], "visible": [1] * 6 + [0] * 2, "hidden": [1, 0] * 4,
       "count": [346, 45, 21, 6, 6, 1, 0, 75]}  # fmt: skip


@pytest.fixture
def deltamu(capsys):
    def call(*arguments):
        parser = Parser(prog="deltamu fit", fill=command.fill)
        command.run(parser.parse_args([str(argument) for argument in arguments]))
        return capsys.readouterr()

    return call


@pytest.fixture
def one_run(tmp_path):
    """A log of one run as a file, which is quick to fit."""
    path = tmp_path / "agent.csv"
    rows = zip(*ONE.values(), strict=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in [ONE, *rows]))
    return path


def refused(deltamu, *arguments):
    with pytest.raises(InputError) as refusal:
        deltamu(*arguments)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_what_a_person_needs_to_decide_is_printed(deltamu, one_run):
    told = deltamu(one_run).out
    flat = " ".join(told.split())
    for part in (
        "agent.csv (tidy): 1 run, 500 tasks, stopped at the first visible pass",
        "visible tests passed at attempt 0 by 391, later by 34, never by 75",
        "not measured: a second sample of a task; reviewers' verdicts",
        "law repair",
        "r_hat",
        "at each attempt, as seen and by the law (*",
        "first_then_cure",
        "m equivalent mass: -ln P(the first program is right)",
        "a log like this one (3 repairs)",
        "AIC does not tell",
        "each that AIC does not tell from the best",
        "Repairs worth making by each law: ",
        "next experiment: ",
        "what to change, by law repair; each halves a shortfall",
        "halve the defect mass of the first program",
        "the log shows none of them: false alarms, spec gap",
    ):
        assert part in flat
    assert "best in" in told[told.index("Of all changes") :]  # the report ends in the answer and how sure it is
    assert "what to change" not in deltamu(one_run, "--draws", 0).out


def test_pictures_of_a_fit_are_files_with_the_same_bytes(deltamu, one_run, tmp_path):
    for kind, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")):
        path = tmp_path / f"fit{kind}"
        assert f"wrote {path}" in deltamu(one_run, "--out", path, "--draws", 20, "--csv", tmp_path / "a.csv").err
        first = path.read_bytes()
        assert first.startswith(start)
        deltamu(one_run, "--out", path, "--draws", 20, "--csv", tmp_path / "a.csv")
        assert path.read_bytes() == first


def test_estimates_as_csv_json_and_netcdf_are_those_of_the_function(deltamu, one_run, tmp_path):
    expected = calibration.fit(log_from_counts(ONE, run="agent")).estimate
    rows = {row["parameter"]: row for row in csv.DictReader(io.StringIO(deltamu(one_run, "--csv", "-").out))}
    assert float(rows["lambda"]["estimate"]) == pytest.approx(expected.sel(parameter="lambda").item(), rel=1e-12)
    content = json.loads(deltamu(one_run, "--json", "-").out)
    np.testing.assert_allclose(content["data_vars"]["estimate"]["data"], expected.values)
    deltamu(one_run, "--netcdf", tmp_path / "fit.nc")
    with xr.open_dataset(tmp_path / "fit.nc") as dataset:
        np.testing.assert_allclose(dataset.estimate, expected)


def test_options_of_the_law_reach_it(deltamu, one_run):
    rows = deltamu(one_run, "--csv", "-", "--fix", "d=1", "--spread", "none").out
    found = {row["parameter"]: row for row in csv.DictReader(io.StringIO(rows))}
    assert float(found["d"]["estimate"]) == 1 and found["d"]["source"] == "fixed"
    assert "bootstrap p" not in deltamu(one_run, "--bootstrap", 0, "--draws", 0).out
    report = deltamu(one_run, "--bootstrap", 20, "--seed", 3).out
    p = calibration.fit(log_from_counts(ONE, run="agent"), bootstrap=20, seed=3).p_value.item()
    assert f"bootstrap p = {p:.3f}" in report


def test_settings_as_measured_are_written(deltamu, tmp_path):
    path = tmp_path / "settings.json"
    done = deltamu("example", "--settings", path, "--run", RUN, "--csv", tmp_path / "fit.csv")
    fitted = calibration.fit(read_log("example"))
    assert Settings.from_json(path.read_text()) == calibration.calibrated(fitted, run=RUN)
    assert "measured are " in done.err and "mu0" in done.err and "what to change" in done.out
    assert Settings.from_json(deltamu("example", "--settings", "-", "--run", RUN).out)["a1"] > 0


def test_a_log_without_hidden_results_is_fitted_and_told_what_to_judge(deltamu, tmp_path):
    path = tmp_path / "agent.csv"
    path.write_text("attempt,visible,count\n0,1,60\n1,1,10\n2,1,3\n2,0,20\n")
    told = deltamu(path).out
    assert "not measured: hidden results" in told and "next experiment: judge hidden results" in told


def test_laws_are_compared(deltamu, one_run):
    told = deltamu(one_run, "--compare").out
    assert "held_out" in told and "beta_geometric" in told
    rows = list(csv.DictReader(io.StringIO(deltamu(one_run, "--compare", "--csv", "-").out)))
    assert rows[0]["law"] == "repair" and min(float(row["aic_difference"]) for row in rows) == 0


def test_what_makes_no_sense_is_refused_in_one_line(deltamu, one_run, tmp_path):
    assert "unknown law 'repiar': did you mean repair" in refused(deltamu, one_run, "--law", "repiar")
    assert "cannot read" in refused(deltamu, tmp_path / "none.csv")
    assert "--gap says nothing to --compare" in refused(deltamu, one_run, "--compare", "--gap")
    assert "--run says whose settings" in refused(deltamu, one_run, "--run", "agent")
    assert "--csv and --settings both go to standard output" in refused(
        deltamu, one_run, "--csv", "-", "--settings", "-"
    )
    assert "--columns 'task' is not NAME=KEY" in refused(deltamu, one_run, "--columns", "task")
    assert "its name has to end in .pdf, .svg, .png" in refused(deltamu, one_run, "--out", tmp_path / "fit.csv")
    assert "--out says nothing to --compare" in refused(deltamu, one_run, "--compare", "--out", tmp_path / "fit.pdf")
    assert "law samples has no pictures" in refused(deltamu, one_run, "--law", "samples", "--out", tmp_path / "fit.pdf")
    assert "--fix 'd' is not NAME=VALUE" in refused(deltamu, one_run, "--fix", "d")
    assert "the fit has 3 runs: name one of" in refused(deltamu, "example", "--settings", tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


@pytest.fixture
def agents_folder(tmp_path):
    """Logs in an agent's own form, a file a run: it goes on after a visible pass, its results stand in an object."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, passes in {"a": 2, "b": 3}.items():
        results = [(task, {"passed": task % 4 < passes and attempt >= task % 2, "graded": task % 5 > 0})
                   for task in range(40) for attempt in range(3)]  # fmt: skip
        lines = [{"task_id": f"t{task}", "result": result} for task, result in results]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


KEYS = "task=task_id,visible=result.passed,hidden=result.graded,attempt=#"


def test_an_agents_own_log_comes_through_to_an_answer(deltamu, agents_folder):
    assert "(--stop none)" in refused(deltamu, agents_folder, "--columns", KEYS)
    told = " ".join(deltamu(agents_folder, "--columns", KEYS, "--stop", "none", "--draws", 20).out.split())
    assert "2 runs, 80 tasks" in told and "of the log's 2 repairs" in told and "in 90 % of draws" in told
    assert "were not read" not in told


def test_nothing_is_said_of_wrong_programs_where_none_was_judged(deltamu, agents_folder):
    told = deltamu(
        agents_folder / "a.jsonl", "--columns", KEYS.replace(",hidden=result.graded", ""), "--stop", "none"
    ).out
    assert "programs that pass per 100" in told and "wrong ones" not in told
    assert "where r is not known, m and theta stand for r times their value" in told


def test_a_folder_may_spell_its_columns_in_several_ways(deltamu, agents_folder):
    other = agents_folder / "b.jsonl"
    other.write_text(other.read_text().replace('"task_id"', '"problem"').replace('"passed"', '"ok"'))
    keys = KEYS.replace("task_id", "task_id|problem").replace("result.passed", "result.passed|result.ok")
    told = deltamu(agents_folder, "--columns", keys, "--stop", "none", "--draws", 0).out
    assert "2 runs, 80 tasks" in told and "were not read" not in told
    assert "task is to be 'id|name', which it does not have" in refused(
        deltamu, agents_folder, "--columns", KEYS.replace("task_id", "id|name"), "--stop", "none")  # fmt: skip


def test_a_file_without_hidden_results_among_others_is_not_judged(deltamu, agents_folder):
    other = agents_folder / "b.jsonl"
    other.write_text(other.read_text().replace(', "graded": true', "").replace(', "graded": false', ""))
    told = deltamu(agents_folder, "--columns", KEYS, "--stop", "none", "--draws", 0, "--bootstrap", 0).out
    assert "no result.graded in" in told and "its hidden results are taken as not judged" in told
    empty = agents_folder / "a.jsonl"
    empty.write_text(other.read_text().replace('"passed"', '"graded": null, "passed"'))
    assert "hidden is to be 'result.graded', which it does not have" in refused(
        deltamu, agents_folder / "b.jsonl", "--columns", KEYS)  # fmt: skip


def test_runs_that_do_not_share_their_tests_are_told_so(deltamu, tmp_path):
    for name, r in {"a": 0.9, "b": 0.2}.items():
        values = {"m": 0.8, "c": 1.0, "r": r, "lambda": 0.5, "d": 0.7, "eps": 0.0, "gap": 0.0}
        p, _ = compiled_law(repair(3))({one: np.array([value]) for one, value in values.items()})
        ends = zip(repair(3).labels, np.round(1000 * p.reshape(-1)).astype(int), strict=True)
        rows = [(end.split()[1], +end.startswith("pass"), +end.endswith("right"), count) for end, count in ends
                if end.startswith("pass") or end.split()[1] == "3"]  # fmt: skip
        text = "attempt,visible,hidden,count\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
        (tmp_path / f"{name}.csv").write_text(text)
    told = deltamu(tmp_path, "--draws", 0, "--bootstrap", 0).out
    assert "That the runs share r is" in told and "try --share none" in told
    assert "That the runs share" not in deltamu(tmp_path, "--share", "none", "--draws", 0, "--bootstrap", 0).out


def test_repairs_that_get_better_are_seen_beside_the_law(deltamu, tmp_path):
    path, left, lines = tmp_path / "log.csv", 1000, ["attempt,visible,hidden,count"]
    shares = (43, 18, 10, 33, 32, 42)
    for attempt, share in enumerate(shares):  # of 100 open tasks
        passed = round(left * share / 100)
        lines.append(f"{attempt},1,1,{passed}")
        left -= passed
    path.write_text("\n".join([*lines, f"5,0,0,{left}"]))
    told = deltamu(path, "--draws", 0).out
    seen = next(line for line in told.splitlines() if "open tasks that pass" in line)
    assert [one.rstrip("*") for one in seen.split()[-6:]] == [str(share) for share in shares] and "*" in seen
    assert 'law "repair" is rejected' in told
    path.write_text("attempt,visible,hidden,count\n0,1,1,200\n1,1,1,320\n2,1,1,288\n2,0,0,192\n")
    assert "no sign that the rate of repair falls" in deltamu(path, "--draws", 0, "--bootstrap", 0).out


def test_what_the_log_hardly_knows_makes_draws_too_sure(deltamu, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("attempt,visible,hidden,count\n0,1,1,9\n0,1,0,1\n1,1,1,1\n1,0,0,2\n")
    assert "Draws are too sure here: the log hardly knows" in deltamu(path, "--draws", 20).out


def test_a_law_that_others_beat_is_said_to_be(deltamu, tmp_path):
    path = tmp_path / "log.csv"  # every repair passes with probability 1/2, whatever the task
    rows = [(t, 1, h, n) for t in range(6) for h, n in ((1, 320 >> t), (0, 160 >> t))] + [(5, 0, 0, 15)]
    path.write_text("attempt,visible,hidden,count\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    told = " ".join(deltamu(path, "--law", "power_law", "--draws", 20).out.split())
    assert (
        "Law power_law is " in told and "worse by AIC than first_then" in told and "See what first_then says." in told
    )
    assert "by law power_law, which is rejected; each" in told and "Rejected at 5 %: law power_law." in told
    assert "first_then" in told[told.index("each that AIC does not tell") :]


def test_attempts_from_one_on_are_told_how_to_be_counted(deltamu, tmp_path):
    path = tmp_path / "log.csv"
    rows = [f"t{i},{j},{j - 1},{j - 1}\n" for i in range(9) for j in (1, 2)]
    path.write_text("".join(["task,attempt,visible,hidden\n", *rows]))
    assert "attempts of run 'log' start at 1 (row 2), not at 0" in refused(deltamu, path)
    keys = "task=task,attempt=#,visible=visible,hidden=hidden"
    assert "9 tasks" in deltamu(path, "--columns", keys, "--draws", 0).out


def test_few_tasks_and_what_is_hardly_known_are_said(deltamu, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("task,attempt,visible,hidden\n" + "".join(f"t{i},{i % 3},{+(i != 2)},{i % 2}\n" for i in range(6)))
    told = deltamu(path, "--draws", 20).out
    assert "only 6 tasks: estimates are examples" in told and "e+" not in told
