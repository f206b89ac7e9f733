"""Every known form of a log, in small made-up files: what is read, what is inferred and said, what is refused."""

import gzip
import io
import json
from types import SimpleNamespace

import pandas as pd
import pytest

from deltamu.calibration.importers import FORMATS
from deltamu.calibration.logs import read_log, rows_of, told
from deltamu.errors import InputError


def lines(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def counts(log, run=None):
    """The cells that occur, of one run or of the only one."""
    series = log["count"].sel(run=log.run.item() if run is None else run).to_series()
    return series[series > 0].to_dict()


def notes(log):
    return json.loads(log.attrs["notes"])


def refused(path, **options):
    with pytest.raises(InputError) as refusal:
        read_log(path, **options)
    message = str(refusal.value)
    assert "\n" not in message
    return message


# --- LDB and Reflexion -----------------------------------------------------------------------------------------------


def ldb(task, attempt, visible, hidden):
    programs = ["def f(): ..."] * (attempt + 1)
    return {"task_id": task, "prompt": "…", "implementations": programs, "debug_iter": attempt, "is_passing": visible,
            "is_solved": hidden}  # fmt: skip


LDB = (ldb("HumanEval/0", 0, True, True), ldb("HumanEval/1", 0, True, False), ldb("HumanEval/2", 2, True, True),
       ldb("HumanEval/3", 3, False, False), ldb("HumanEval/4", 3, False, True))  # fmt: skip


def test_ldb(tmp_path):
    log = read_log(lines(tmp_path / "gpt.jsonl", *LDB))
    assert log.attrs["source_format"] == "ldb"
    assert counts(log, "gpt") == {
        "passed at 0, hidden pass": 1,
        "passed at 0, hidden fail": 1,
        "passed at 2, hidden pass": 1,
        "exhausted, hidden pass": 1,
        "exhausted, hidden fail": 1,
    }
    assert log["last"].item() == 3 and log.tasks.item() == 5
    assert rows_of(log).task.tolist() == [f"HumanEval/{n}" for n in range(5)]


def test_a_folder_has_a_run_in_every_file_named_after_it(tmp_path):
    lines(tmp_path / "runs" / "a.jsonl", *LDB)
    lines(tmp_path / "runs" / "seed" / "results.jsonl", *LDB[:2])
    (tmp_path / "runs" / "config.json").write_text("{}")
    log = read_log(tmp_path / "runs")
    assert log.run.values.tolist() == ["a", "seed/results"]
    assert log.tasks.values.tolist() == [5, 2]
    assert any("1 of the files" in note and "not read" in note for note in notes(log))
    assert "2 tasks in several runs" in told(log)


def test_implementations_that_contradict_the_number_of_repairs_are_refused(tmp_path):
    bad = ldb("x", 2, True, True) | {"implementations": ["one", "two"]}
    message = refused(lines(tmp_path / "a.jsonl", LDB[0], bad))
    assert "a.jsonl: 2 implementations at row 2 contradict debug_iter = 2" in message


def reflexion(name, repairs, hidden):
    return {"name": name, "entry_point": "f", "is_solved": hidden, "reflections": ["wrong"] * repairs, "solution": ""}


def test_reflexion_says_that_early_stops_passed_and_the_last_is_not_known(tmp_path):
    records = (reflexion("a", 0, True), reflexion("b", 1, False), reflexion("c", 4, True), reflexion("d", 4, False))
    log = read_log(lines(tmp_path / "gpt4.jsonl", *records))
    assert log.attrs["source_format"] == "reflexion" and log["last"].item() == 4
    assert counts(log) == {
        "passed at 0, hidden pass": 1,
        "passed at 1, hidden fail": 1,
        "unknown at 4, hidden pass": 1,
        "unknown at 4, hidden fail": 1,
    }
    assert any("2 tasks stopped before the last repair (4)" in note and "2 tasks at it" in note for note in notes(log))


@pytest.mark.parametrize(
    ("record", "told_by"),
    [
        ({"task_id": "x", "debug_iter": -1, "is_solved": True}, "debug_iter = -1 at row 2"),
        ({"task_id": "x", "debug_iter": True, "is_solved": True}, "debug_iter = True at row 2"),
        ({"task_id": "x", "debug_iter": 0}, "no is_solved at row 2: its keys are task_id, debug_iter"),
        ({"debug_iter": 0, "is_solved": True}, "task (task_id or name) = empty at row 2"),
        ({"task_id": "x", "debug_iter": 0, "is_passing": 2, "is_solved": True},
         "visible (is_passing) = 2 at row 2 is not 0, 1, false, true, fail, pass or empty"),
        ({"task_id": "x", "debug_iter": 0, "is_solved": "yes"}, "hidden (is_solved) = yes at row 2"),
        ({"task_id": "HumanEval/0", "debug_iter": 1, "is_passing": True, "is_solved": True}, "attempts [0, 1]"),
    ],
)  # fmt: skip
def test_a_bad_record_is_named_by_its_own_key(record, told_by, tmp_path):
    path = lines(tmp_path / "a.jsonl", LDB[0], record)
    if told_by.startswith("attempts"):  # the same task twice, at attempts 0 and 1, whose first one passed
        told_by = "task 'HumanEval/0' goes on after its visible pass at attempt 0"
    assert told_by in refused(path)


# --- HumanEval and EvalPlus ------------------------------------------------------------------------------------------


def test_humaneval_lines_are_samples(tmp_path):
    outcomes = {"HumanEval/0": (True, False, True), "HumanEval/1": (False, False, False)}
    records = [
        {"task_id": task, "completion": "", "result": "passed", "passed": passed}
        for task, all_of_it in outcomes.items()
        for passed in all_of_it
    ]
    log = read_log(lines(tmp_path / "m_results.jsonl", *records))
    assert log.attrs["source_format"] == "humaneval"
    assert counts(log) == {"unknown at 0, hidden pass": 2, "unknown at 0, hidden fail": 4}
    rows = rows_of(log)
    assert rows.groupby("task").hidden.sum().to_dict() == {"HumanEval/0": 2, "HumanEval/1": 0}
    assert rows["sample"].tolist() == [0, 1, 2, 0, 1, 2]
    assert log.tasks.item() == 2 and "6 histories" in told(log)
    assert "not measured: visible results; a repair of any program; reviewers' verdicts" in told(log)


def evalplus(*samples):
    return {"date": "2024-01-01", "hash": "0", "eval": {f"HumanEval/{n}": [
        {"task_id": f"HumanEval/{n}", "base_status": base, "plus_status": plus, "base_fail_tests": []}
        for base, plus in several] for n, several in enumerate(samples)}}  # fmt: skip


def test_evalplus_has_two_levels(tmp_path):
    path = tmp_path / "m_eval_results.json"
    samples = [[("pass", "pass")], [("pass", "fail")], [("fail", "fail"), ("pass", "pass")]]
    path.write_text(json.dumps(evalplus(*samples), indent=1))
    log = read_log(path)
    assert log.attrs["source_format"] == "evalplus"
    assert counts(log) == {"unknown at 0, hidden pass": 2, "unknown at 0, hidden fail": 2}
    assert rows_of(log).groupby("level").hidden.sum().to_dict() == {"base": 3, "plus": 2}
    assert "levels, hidden results that passed: base 3 of 4, plus 2 of 4" in told(log)
    assert any("every level" in note for note in notes(log))


OLD = {"eval": {
    "HumanEval/0": {"nfiles": 1, "base": [["success", [1, 1, 1]]], "plus": [["failed", [1, 1, 0]]]},
    "HumanEval/1": {"nfiles": 1, "base": [["failed", [0]]], "plus": [["timeout", []]]},
}}  # fmt: skip


def test_the_older_evalplus_form_has_first_failures_too(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD))
    assert rows_of(read_log(path)).groupby("level").hidden.sum().to_dict() == {"base": 1, "plus": 0}
    OLD["eval"]["HumanEval/1"]["plus"][0][1].append(0)
    path.write_text(json.dumps(OLD))
    rows = rows_of(read_log(path, format="evalplus-first-failure"))
    assert [(row.task[-1], row.level, row.hidden) for row in rows.itertuples()] == [
        ("0", "base:3", 1), ("0", "plus:2", 1), ("0", "plus:3", 0), ("1", "base:1", 0), ("1", "plus:1", 0),
    ]  # fmt: skip


def test_evalplus_without_outcomes_test_by_test_has_no_first_failures(tmp_path):
    path = tmp_path / "new.json"
    path.write_text(json.dumps(evalplus([("pass", "fail")])))
    assert "only whether plus passed" in refused(path, format="evalplus-first-failure")


@pytest.mark.parametrize("content", [{}, {"HumanEval/0": 3}, {"HumanEval/0": [3]}, {"HumanEval/0": [{}]},
                                     {"HumanEval/0": {"base": [["oops", []]]}}, {"HumanEval/0": {"base": [[1]]}},
                                     {"HumanEval/0": {"base": [["success", []]], "plus": [["failed", []]] * 2}},
                                     {"HumanEval/0": []},
                                     {"HumanEval/0": [{"base_status": "pass", "plus_status": 3}]}])  # fmt: skip
def test_evalplus_of_another_shape_is_refused(content, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"eval": content}))
    assert "m.json" in refused(path)


# --- Aider -----------------------------------------------------------------------------------------------------------


def test_aider_folders_hold_tries(tmp_path):
    folder = tmp_path / "2024-12-21-18-41-18--polyglot-gpt" / "python" / "exercises" / "practice"
    for name, outcomes in {"forth": [True], "poker": [False, True], "zebra": [False, False], "lost": []}.items():
        (folder / name).mkdir(parents=True)
        record = {"testcase": name, "model": "m", "edit_format": "diff", "tests_outcomes": outcomes}
        (folder / name / ".aider.results.json").write_text(json.dumps(record))
        (folder / name / "notes.json").write_text("{}")
    for path in (tmp_path, folder.parents[2]):
        log = read_log(path)
        assert log.attrs["source_format"] == "aider"
        assert counts(log, "2024-12-21-18-41-18--polyglot-gpt") == {
            "passed at 0, hidden unknown": 1,
            "passed at 1, hidden unknown": 1,
            "exhausted, hidden unknown": 1,
            "unknown at 0, hidden unknown": 1,
        }
        assert rows_of(log).task.unique().tolist() == ["python/forth", "python/lost", "python/poker", "python/zebra"]
        assert any("1 exercise without any outcome" in note for note in notes(log))


LEADERBOARD = """
- dirname: 2024-07-04-15-06-43--sonnet
  test_cases: 225
  model: sonnet
  pass_rate_1: 22.2
  pass_rate_2: 51.6
  date: 2024-07-04
- dirname: odd
  test_cases: 133
  pass_rate_1: 22.2
  pass_rate_2: 51.6
- model: one-try
  test_cases: 10
  pass_rate_1: 30.0
"""


def test_a_leaderboard_becomes_counts_where_its_rates_are_whole_counts(tmp_path):
    pytest.importorskip("yaml", reason="PyYAML is not installed")
    path = tmp_path / "polyglot_leaderboard.yml"
    path.write_text(LEADERBOARD)
    log = read_log(path)
    assert log.attrs["source_format"] == "aider-leaderboard"
    assert counts(log, "2024-07-04-15-06-43--sonnet") == {
        "passed at 0, hidden unknown": 50,
        "passed at 1, hidden unknown": 66,
        "exhausted, hidden unknown": 109,
    }
    assert counts(log, "one-try") == {"passed at 0, hidden unknown": 3, "exhausted, hidden unknown": 7}
    assert log.run.size == 2 and any("['odd']" in note for note in notes(log))


@pytest.mark.parametrize("text", ["a: [", "a: 1", "- 3", "- dirname: a\n", "- {test_cases: 3, pass_rate_1: x}"])
def test_a_leaderboard_of_another_shape_is_refused(text, tmp_path):
    pytest.importorskip("yaml", reason="PyYAML is not installed")
    path = tmp_path / "board.yml"
    path.write_text(text)
    assert "board.yml" in refused(path)


def test_a_leaderboard_without_the_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    path = tmp_path / "board.yml"
    path.write_text(LEADERBOARD)
    assert "install PyYAML" in refused(path)


# --- SWE-bench, verdicts ---------------------------------------------------------------------------------------------


def issue(name, resolved, *clean):
    results = [
        {"model_patch": "diff", "edit_outcome": True, "lint_outcome": True, "test_outcome": good, "try": 1}
        for good in clean
    ]
    return {"instance_id": name, "model_name_or_path": "multi", "all_results": results, "resolved": resolved}


def test_swebench_attempts(tmp_path):
    issues = (issue("a", True, True), issue("b", False, False, None, True), issue("c", False, *[False] * 6),
              issue("d", True, *[False] * 2))  # fmt: skip
    expected = {
        "passed at 0, hidden pass": 1,
        "passed at 2, hidden fail": 1,
        "exhausted, hidden fail": 1,
        "censored after 1, hidden pass": 1,
    }
    whole = tmp_path / "results.json"
    whole.write_text(json.dumps(issues))
    by_name = tmp_path / "by_name.json"
    by_name.write_text(json.dumps({record["instance_id"]: record for record in issues}))
    for record in issues:
        path = tmp_path / "folder" / f"{record['instance_id']}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record, indent=1))
    for path in (whole, by_name, tmp_path / "folder"):
        log = read_log(path)
        assert log.attrs["source_format"] == "swebench"
        assert counts(log, "multi") == expected
    assert any("1 history stopped at attempt 1 of 5" in note and "censored" in note for note in notes(log))


def test_swebench_attempts_without_their_checks_are_refused(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"instance_id": "a", "all_results": [{"edit_outcome": True}]}]))
    assert "attempt 0 of 'a' at row 1 needs edit_outcome, lint_outcome, test_outcome" in refused(path)


def pair(name, label, *decisions):
    judgments = [{"judgment": {}, "decision": decision} for decision in decisions]
    return {"pair_id": name, "source": "livecodebench", "label": label, "judgments": judgments}


def test_verdicts_of_two_games(tmp_path):
    lines(tmp_path / "j" / "gpt.jsonl", pair("p", "A>B", "A>B", "B>A"), pair("q", "B>A", "A>B", "B>A"))
    lines(tmp_path / "j" / "llama.jsonl", pair("p", "A>B", "A>B", "A>B"), pair("q", "B>A", "A=B", "A>B"))
    log = read_log(tmp_path / "j")
    assert log.attrs["source_format"] == "verdicts"
    table = rows_of(log).pivot(index="reviewer", columns="task", values="verdict").fillna(-1)
    assert table.to_dict("index") == {"gpt": {"p": 1, "q": 1}, "llama": {"p": -1, "q": 0}}
    assert log.tasks.item() == 2 and log.run.item() == "pairs"
    assert any("no verdict from 1 judgment:" in note for note in notes(log))
    assert "2 reviewers, 3 verdicts; as the hidden result: 2 of 3" in told(log)


@pytest.mark.parametrize(
    ("record", "told_by"),
    [
        (pair("p", "A=B", "A>B"), "label = 'A=B' at row 1"),
        (pair("p", "A>B", "C"), "decision = 'C' at row 1"),
        (pair("p", "A>B"), "0 judgments at row 1"),
        ({"label": "A>B", "judgments": ["A>B"]}, "no pair_id at row 1"),
    ],
)
def test_verdicts_that_are_none_are_refused(record, told_by, tmp_path):
    assert told_by in refused(lines(tmp_path / "judge.jsonl", record))


# --- whatever the form -----------------------------------------------------------------------------------------------

CSV = "task,attempt,visible,hidden\nä,0,0,\nä,1,1,1\n"
TELLING = {"passed at 1, hidden pass": 1}


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode("utf-8-sig"),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace("\n", "\n\n,,,\n").encode(),
        CSV.replace(",", ";").encode(),
        CSV.replace(",", "\t").encode(),
        gzip.compress(CSV.encode(), mtime=0),
        b'{"task": "\xc3\xa4", "attempt": 0, "visible": false, "hidden": null}\r\n\n'
        b'{"attempt": 1.0, "visible": true, "hidden": 1, "task": "\xc3\xa4"}',
        b'[{"task": "\\u00e4", "attempt": 0, "visible": 0, "hidden": NaN}, '
        b'{"task": "\\u00e4", "attempt": "1", "visible": "True", "hidden": 1.0}]',
        "Task, Attempt ,VISIBLE,hidden,cost\nä,0,false,none,3\nä,1,TRUE,1.0,\n".encode(),
    ],
)
def test_byte_order_marks_line_ends_blank_lines_spellings_and_gzip_change_nothing(data, tmp_path):
    path = tmp_path / "log.data"
    path.write_bytes(data)
    log = read_log(path)
    assert counts(log) == TELLING and rows_of(log).task.unique().tolist() == ["ä"]


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(CSV.encode())))
    log = read_log("-")
    assert counts(log, "standard input") == TELLING


@pytest.mark.parametrize(
    ("data", "told_by"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (gzip.compress(CSV.encode(), mtime=0)[:-9], "damaged or cut off"),
        (b"task,attempt,visible\n", "no rows"),
        (b"task,attempt,visible\na,0", "row 2 has 2 fields, not 3: is it cut off?"),
        (b'task,attempt,visible\na,0,"1', "row 2 is no CSV"),
        (b'{"task": "a", "attempt": 0, "visible": 1}\n{"task": "b", "att', "row 2 is no JSON, or is cut off"),
        (b'{"task": "a", "attempt": 0, "visible": 1}\n[1]\n', "row 2 is [1], not a JSON object"),
        (b'{"model": "x", "score": 3}\n', "no known log: it starts with ['model', 'score']"),
        (b"model,score\nx,3\n", "no known log: it starts with ['model,score']"),
        (b"[3]", "row 1 is 3, not a JSON object"),
        (b"[]", "no known log"),
        (b"hello", "no known log: it starts with ['hello']"),
    ],
)
def test_what_is_no_log_is_refused_in_one_line(data, told_by, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    message = refused(path)
    assert told_by in message and ("log.csv" in message or "no rows" in message)


def test_paths_that_hold_nothing_are_refused(tmp_path):
    assert "No such file" in refused(tmp_path / "none.csv")
    (tmp_path / "notes.txt").write_text("…")
    assert "holds no log" in refused(tmp_path)
    assert "path = 3 is of type int: allowed is a text or a path" in refused(3)


def test_a_folder_of_two_forms_is_refused(tmp_path):
    lines(tmp_path / "a.jsonl", *LDB)
    lines(tmp_path / "b.jsonl", {"task_id": "x", "passed": True})
    assert "a.jsonl is a ldb log, but" in refused(tmp_path)


def test_a_format_is_named_or_refused(tmp_path):
    path = lines(tmp_path / "a.jsonl", *LDB)
    assert read_log(path, format="ldb").tasks.item() == 5
    assert "did you mean humaneval?" in refused(path, format="humanevals")
    assert "no passed at row 1" in refused(path, format="humaneval")


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_that_is_named_breaks_on_a_file_of_another(name, tmp_path):
    for number, text in enumerate((CSV, json.dumps(LDB[0]), "[1]", '{"eval": 3}', "[[1]]", "- a", "{", "x")):
        path = tmp_path / f"{number}.txt"
        path.write_text(text, encoding="utf-8")
        try:
            log = read_log(path, format=name)
        except InputError:
            continue
        assert log.attrs["source_format"] == name


# --- an agent's own keys ---------------------------------------------------------------------------------------------
OWN = [
    {"id": "a", "step": 0, "result": {"passed": False}, "attempt": "first"},
    {"id": "a", "step": 1, "result": {"passed": True, "review": 1}},
    {"id": "b", "step": 0, "result": {"passed": True, "review": 0}},
]
KEYS = {"task": "id", "attempt": "step", "visible": "result.passed", "hidden": "result.review"}


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "agent.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in OWN))
    return path


def test_columns_of_an_agents_own_log_are_named(own, tmp_path):
    rows = rows_of(read_log(own, columns=KEYS))
    plain = tmp_path / "plain" / "agent.csv"
    plain.parent.mkdir()
    plain.write_text("task,attempt,visible,hidden\na,0,0,\na,1,1,1\nb,0,1,0\n")
    pd.testing.assert_frame_equal(rows, rows_of(read_log(plain)))
    counted = rows_of(read_log(own, columns={**KEYS, "attempt": "#"}))
    pd.testing.assert_frame_equal(counted, rows)
    table = tmp_path / "agent.csv"
    table.write_text("id,step,ok\na,0,0\na,1,1\nb,0,1\n")
    assert rows_of(read_log(table, columns={"task": "id", "attempt": "step", "visible": "ok"})).visible.tolist() == [
        0, 1, 1]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({**KEYS, "visible": "result.ok"}, "visible is to be 'result.ok', which it does not have; found"),
        ({**KEYS, "taks": "id"}, "unknown column 'taks': did you mean task"),
        ({"attempt": "#", "visible": "result.passed"}, "no column task"),
        ({**KEYS, "task": "result"}, "is not"),
    ],
)
def test_columns_that_are_not_there_are_refused(own, columns, says):
    with pytest.raises(InputError, match=says) as refusal:
        read_log(own, columns=columns)
    assert "\n" not in str(refusal.value)


def test_columns_are_of_a_tidy_log_and_are_offered_where_none_is_known(own):
    with pytest.raises(InputError, match="columns are of a tidy log"):
        read_log(own, format="ldb", columns=KEYS)
    own.write_text('{"id": "a", "step": 0}\n')
    with pytest.raises(InputError, match="name its columns, as in columns = task=KEY"):
        read_log(own)
