"""The tidy schema, histories and their cells: what changes nothing, what is inferred and said, what is refused."""

import json
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu.calibration.logs import ends_of, log_from_counts, read_log, rows_of, told
from deltamu.errors import InputError
from deltamu.presentation.export import csv_text, json_text, save_netcdf


def counts(log, run=None):
    series = log["count"].sel(run=log.run.item() if run is None else run).to_series()
    return series[series > 0].to_dict()


def notes(log):
    return json.loads(log.attrs["notes"])


def written(text, folder, name="log.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(call, *arguments, **options):
    with pytest.raises(InputError) as refusal:
        call(*arguments, **options)
    message = str(refusal.value)
    assert "\n" not in message
    return message


# --- histories at random, and the same log in other words ------------------------------------------------------------

FEWER = settings(max_examples=settings().max_examples // 3)  # a log takes some 30 ms to make
RESULT = st.sampled_from([0, 1, None])
LAST = 4


@st.composite
def runs_at_random(draw):
    """Rows of a log stopped at the first visible pass, with a budget of LAST + 1 attempts."""
    rows = []
    for run in draw(st.lists(st.sampled_from(["α", "b", "c"]), min_size=1, max_size=3, unique=True)):
        for task in range(draw(st.integers(1, 6))):
            passes = draw(st.integers(0, LAST + 1))  # LAST + 1: never
            early = draw(st.booleans()) if passes > LAST else False
            last = draw(st.integers(0, LAST)) if early else min(passes, LAST)
            hidden = draw(RESULT)
            for attempt in range(last + 1):
                final = attempt == last
                rows.append({
                    "task": f"t{task}", "run": run, "attempt": attempt, "visible": int(final and passes <= LAST),
                    "hidden": hidden if final else None, "end": "error" if final and early else "",
                })  # fmt: skip
    return rows


def aggregated(rows):
    table = pd.DataFrame(rows)
    final = table[table.attempt == table.groupby(["run", "task"]).attempt.transform("max")]
    columns = ["run", "attempt", "visible", "hidden", "end"]
    return final.groupby(columns, dropna=False).size().rename("count").reset_index()


def same_cells(log, other):
    xr.testing.assert_equal(log[["count", "last", "tasks"]], other[["count", "last", "tasks"]])


@FEWER
@given(rows=runs_at_random(), data=st.data())
def test_the_order_of_rows_changes_nothing(rows, data):
    log = log_from_counts(pd.DataFrame(rows))
    other = log_from_counts(pd.DataFrame(data.draw(st.permutations(rows))))
    xr.testing.assert_identical(log, other)
    assert told(log) == told(other)


@FEWER
@given(rows=runs_at_random())
def test_counts_of_the_last_rows_say_the_same_as_every_attempt(rows):
    same_cells(log_from_counts(pd.DataFrame(rows)), log_from_counts(aggregated(rows)))


@FEWER
@given(rows=runs_at_random())
def test_last_rows_alone_say_the_same(rows):
    table = pd.DataFrame(rows)
    final = table[table.attempt == table.groupby(["run", "task"]).attempt.transform("max")]
    same_cells(log_from_counts(table), log_from_counts(final))


@FEWER
@given(rows=runs_at_random(), data=st.data())
def test_counts_may_be_split_and_zero_counts_left_in(rows, data):
    table = aggregated(rows)
    parts = [data.draw(st.integers(0, count)) for count in table["count"]]
    split = pd.concat([table.assign(count=parts), table.assign(count=table["count"] - parts)])
    same_cells(log_from_counts(table), log_from_counts(split))


@FEWER
@given(rows=runs_at_random())
def test_labels_of_runs_are_only_labels(rows):
    new = {"α": "z/1", "b": "a run", "c": "{}"}
    log = log_from_counts(pd.DataFrame(rows))
    other = log_from_counts(pd.DataFrame(rows).replace({"run": new}))
    for run in log.run.values:
        xr.testing.assert_equal(log[["count", "last", "tasks"]].sel(run=run, drop=True),
                                other[["count", "last", "tasks"]].sel(run=new[run], drop=True))  # fmt: skip


@FEWER
@given(rows=runs_at_random())
def test_cells_are_what_an_attempt_by_attempt_reading_counts(rows):
    """An oracle in plain loops."""
    expected = {}
    for run, task in {(row["run"], row["task"]) for row in rows}:
        mine = sorted((row for row in rows if (row["run"], row["task"]) == (run, task)), key=lambda row: row["attempt"])
        budget = max(row["attempt"] for row in rows if row["run"] == run)
        final = mine[-1]
        if final["visible"]:
            outcome = f"passed at {final['attempt']}"
        elif final["attempt"] < budget or final["end"] == "error":
            outcome = f"censored after {final['attempt']}"
        else:
            outcome = "exhausted"
        cell = f"{outcome}, hidden {({0: 'fail', 1: 'pass'}).get(final['hidden'], 'unknown')}"
        expected[run, cell] = expected.get((run, cell), 0) + 1
    table = log_from_counts(pd.DataFrame(rows))["count"].to_series()
    assert table[table > 0].to_dict() == expected


@FEWER
@given(rows=runs_at_random())
def test_files_say_the_same_as_tables(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    table = pd.DataFrame(rows)
    log = log_from_counts(table)
    table.to_csv(folder / "a.csv", index=False)
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for name in ("a.csv", "a.jsonl"):
        xr.testing.assert_equal(log, read_log(folder / name))


@FEWER
@given(rows=runs_at_random())
def test_ends_are_counts_of_the_same_log(rows):
    log = log_from_counts(pd.DataFrame(rows))
    ends = ends_of(log)
    assert ends["count"].sum() == log.tasks.sum()
    _, cell = np.nonzero(log["count"].to_numpy())
    same_cells(log, log_from_counts(ends.assign(end=np.where(log.outcome[cell] == "censored", "error", ""))))


@FEWER
@given(rows=runs_at_random())
def test_rows_as_understood_are_understood_the_same_again(rows):
    log = log_from_counts(pd.DataFrame(rows))
    same_cells(log, log_from_counts(rows_of(log)))


def test_the_rows_come_back_and_say_the_same_again():
    log = read_log("example")
    xr.testing.assert_equal(log, log_from_counts(rows_of(log)))
    columns = "task run attempt sample visible hidden level parent reviewer verdict end count"
    assert list(rows_of(log)) == columns.split()


def test_a_log_is_written_in_every_form(tmp_path):
    log = read_log("example")
    save_netcdf(log, tmp_path / "log.nc")
    with xr.open_dataset(tmp_path / "log.nc") as again:
        assert again["count"].sum() == 1500 and again.attrs["stop"] == "visible"
    assert "exhausted" in csv_text(log[["count"]]) and json.loads(json_text(log))["attrs"]["source_format"] == "tidy"


# --- the example log -------------------------------------------------------------------------------------------------


def test_the_example_log_is_three_runs_of_mbpp():
    log = read_log("example")
    assert log.sizes["cell"] == 22 and log["last"].values.tolist() == [9, 9, 9]
    gpt = log.sel(run="mbpp/gpt-3.5-turbo-0613")
    passed = gpt["count"].where(gpt.outcome == "passed", drop=True).astype(int)
    assert passed.where(passed.hidden == "pass", drop=True).values.tolist() == [346, 21, 6, 2, 4, 0, 0, 0, 1, 0]
    assert passed.where(passed.hidden == "fail", drop=True).values.tolist() == [45, 6, 1, 2, 2, 0, 1, 0, 0, 0]
    assert counts(gpt.expand_dims("run"))["exhausted, hidden fail"] == 63
    assert "500 tasks, attempts 0 to 9; visible tests passed at attempt 0 by 391, later by 46, never by 63; " \
           "hidden tests passed by 380 of 437 visible passes, 0 of 63 others" in told(log)  # fmt: skip


def test_the_example_gives_way_to_a_file_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written("task,attempt,visible\na,0,1\n", tmp_path, "example")
    assert read_log("example").tasks.item() == 1


# --- what is inferred is said ----------------------------------------------------------------------------------------

HEADER = "task,run,attempt,visible,hidden,end\n"


@pytest.mark.parametrize(
    ("rows", "expected", "note"),
    [
        ("a,m,0,0,,\na,m,1,0,0,\nb,m,0,0,,\n", {"exhausted, hidden fail": 1, "censored after 0, hidden unknown": 1},
         "run 'm': 1 history stopped at attempt 0 of 1 without a visible pass: censored there (no end is given"),
        ("a,m,0,0,,error\n", {"censored after 0, hidden unknown": 1}, "censored there (error)"),
        ("a,m,0,0,,\na,m,1,1,1,\nb,m,0,0,0,exhausted\n",
         {"passed at 1, hidden pass": 1, "censored after 0, hidden fail": 1}, "censored there (exhausted)"),
        ("a,m,0,,,\na,m,1,1,1,\n", {"passed at 1, hidden pass": 1}, "1 attempt without a visible result"),
        ("a,m,0,0,,\na,m,1,,1,\n", {"unknown at 1, hidden pass": 1}, "not known whether the visible tests passed in 1"),
        ("a,m,0,0,,\na,m,1,,1,passed\n", {"passed at 1, hidden pass": 1}, "1 history without a visible result"),
        ("a,m,3,1,1,\nb,m,5,0,0,\n", {"passed at 3, hidden pass": 1, "exhausted, hidden fail": 1},
         "2 histories told by their last row alone"),
        ("a,m,0,0,,error\na,m,1,0,,error\nb,m,0,0,,\nb,m,1,0,,\n",
         {"exhausted, hidden unknown": 1, "censored after 1, hidden unknown": 1}, "at attempt 1 of 1"),
    ],
)  # fmt: skip
def test_what_is_inferred_is_said(rows, expected, note, tmp_path):
    log = read_log(written(HEADER + rows, tmp_path))
    assert counts(log) == expected
    assert any(note in line for line in notes(log)), notes(log)
    assert note in told(log)


def test_ends_are_inferred_for_every_row():
    log = log_from_counts({"task": list("aabbc"), "attempt": [0, 1, 0, 1, 0], "visible": [0, 1, 0, 0, 0]})
    assert rows_of(log).end.tolist() == ["passed", "passed", "exhausted", "exhausted", "error"]


def test_a_log_without_anything_inferred_has_no_notes():
    log = log_from_counts({"task": list("aabb"), "attempt": [0, 1, 0, 1], "visible": [0, 1, 0, 0], "hidden": [1] * 4})
    assert notes(log) == []
    assert "note" not in told(log)


def test_stop_none_goes_on_after_the_first_pass(tmp_path):
    path = written(HEADER + "x,m,0,0,0,\nx,m,1,1,0,\nx,m,2,0,1,\ny,m,0,0,0,\ny,m,1,0,0,\ny,m,2,0,1,\n", tmp_path)
    assert refused(read_log, path).endswith(
        "task 'x' goes on after its visible pass at attempt 1: the log is not stopped at the first pass: "
        'read it with stop = "none" (--stop none)'
    )
    log = read_log(path, stop="none")
    assert dm.fit(log, "first_then", intervals=0).equals(dm.fit(log, "first_then", intervals=0, stop="none"))
    assert counts(log) == {"passed at 1, hidden fail": 1, "exhausted, hidden pass": 1}
    assert log["last"].item() == 2 and "not stopped at a visible pass" in told(log)
    assert any("1 attempt after a first visible pass" in note for note in notes(log))
    assert "did you mean visible?" in refused(read_log, path, stop="visibel")


def test_stop_none_does_not_guess_what_is_not_known(tmp_path):
    path = written(HEADER + "x,m,0,,0,\nx,m,1,1,0,\n", tmp_path)
    assert "visible is empty at row 2, before the last attempt of task 'x'" in refused(read_log, path, stop="none")


def test_samples_of_a_task_are_histories_of_it():
    rows = {"task": ["a"] * 4 + ["b"] * 2, "sample": [0, 0, 1, 1, 0, 1], "attempt": [0, 1, 0, 1, 0, 0],
            "visible": [0, 1, 0, 0, 1, 1], "hidden": [None, 1, None, 0, 1, 0]}  # fmt: skip
    log = log_from_counts(rows)
    assert counts(log) == {"passed at 0, hidden pass": 1, "passed at 0, hidden fail": 1, "passed at 1, hidden pass": 1,
                           "exhausted, hidden fail": 1}  # fmt: skip
    assert log.tasks.item() == 2 and "2 tasks, attempts 0 to 1, 4 histories" in told(log)


def test_counts_of_a_named_task_are_its_samples_and_of_no_task_are_tasks():
    named = log_from_counts({"task": ["a", "a", "b"], "attempt": [0] * 3, "hidden": [1, 0, 1], "count": [99, 1, 100]})
    assert named.tasks.item() == 2 and int(named["count"].sum()) == 200
    assert any("200 programs counted for named tasks" in note for note in notes(named))
    equal = log_from_counts({"task": ["a", "a"], "attempt": [0, 0], "hidden": [1, 0], "count": [1, 1]})
    assert equal.tasks.item() == 1 and int(equal["count"].sum()) == 2
    unnamed = log_from_counts({"attempt": [0] * 2, "hidden": [1, 0], "count": [99, 1]})
    assert unnamed.tasks.item() == 100 and notes(unnamed) == []


def test_a_count_of_one_on_every_row_of_a_history_is_no_sample():
    rows = {"task": ["a", "a"], "attempt": [0, 1], "visible": [0, 1]}
    same_cells(log_from_counts(rows), log_from_counts(rows | {"count": [1, 1]}))


def test_levels_pass_together_and_reviewers_judge_one_program():
    rows = {"task": ["a", "a", "b", "b"], "attempt": [0] * 4, "visible": [1] * 4, "hidden": [1, 0, 1, 1],
            "level": ["base", "plus"] * 2}  # fmt: skip
    assert counts(log_from_counts(rows)) == {"passed at 0, hidden pass": 1, "passed at 0, hidden fail": 1}
    judged = rows | {"level": [""] * 4, "reviewer": ["x", "y"] * 2, "verdict": [1, 0, 1, ""], "hidden": [1, 1, 0, 0]}
    assert counts(log_from_counts(judged)) == {"passed at 0, hidden pass": 1, "passed at 0, hidden fail": 1}
    assert "2 reviewers, 3 verdicts; as the hidden result: 1 of 3" in told(log_from_counts(judged))
    message = refused(log_from_counts, judged | {"hidden": [1, 0, 0, 0]})
    assert "hidden of task 'a', attempt 0 is both 0 and 1, at rows 1 and 2" in message


def test_counts_by_level_stay_rows():
    log = log_from_counts({"attempt": [0] * 4, "hidden": [1, 0, 1, 0], "level": ["base"] * 2 + ["plus"] * 2,
                           "count": [134, 30, 127, 37]})  # fmt: skip
    assert int(log["count"].sum()) == 0
    assert any("4 rows with counts by level or reviewer kept as rows only" in note for note in notes(log))
    assert "base 134 of 164, plus 127 of 164" in told(log)


def test_columns_that_are_not_read_are_named(tmp_path):
    log = read_log(written("task,attempt,visible,tokens,cost\na,0,1,17,0.1\n", tmp_path))
    assert any("not read: tokens, cost" in note for note in notes(log))


def test_a_run_without_a_name_is_called_after_its_file(tmp_path):
    assert read_log(written("task,attempt,visible\na,0,1\n", tmp_path)).run.item() == "log"
    assert "log.csv" in read_log(written("task,run,attempt,visible\na,,0,1\n", tmp_path)).run.item()


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told_by"),
    [
        (
            "task,attempt,visible\na,0,1\nb,0,2\n",
            "log.csv: visible = 2 at row 3 is not 0, 1, false",
        ),
        (
            "task,attempt,visible,hidden\na,0,1,maybe\n",
            "hidden = maybe at row 2 is not 0, 1, false",
        ),
        ("task,attempt,visible\na,,1\n", "attempt = empty at row 2 is not a whole number >= 0"),
        ("task,attempt,visible\na,-1,1\n", "attempt = -1 at row 2 is not a whole number >= 0"),
        ("task,attempt,visible\na,0.5,1\n", "attempt = 0.5 at row 2 is not a whole number >= 0"),
        ("task,attempt,visible\na,inf,1\n", "attempt = inf at row 2 is not a whole number >= 0"),
        ("task,attempt,visible\na,1e99,1\n", "attempt = 1e99 at row 2 is not a whole number >= 0"),
        ("task,attempt,visible,sample\na,0,1,x\n", "sample = x at row 2 is not a whole number"),
        ("task,attempt,visible,count\na,0,1,-3\n", "count = -3 at row 2 is not a whole number"),
        ("task,attempt,visible,count\na,0,1,0\n", "every count is 0"),
        (
            "task,attempt,visible,count\na,0,1,3\na,0,0,\n",
            "count = empty at row 3 is not a number: other rows of task 'a'",
        ),
        ("task,attempt,visible\n,0,1\n", "task = empty at row 2 is not a name"),
        ("task,run,attempt,visible\na,m,0,1\nb,,0,1\n", "run = empty at row 3 is not a name"),
        ("task,attempt,visible,end\na,0,1,done\n", "end = done at row 2 is not one of passed, exhausted, error or"),
        ("task,attempt,visible,parent\na,0,0,\na,1,1,1\n", "parent = 1 at row 3 is not an attempt before its own"),
        ("task,attempt,visible,verdict\na,0,0,1\n", "verdict = 1 at row 2 is not allowed without a reviewer"),
        ("task,attempt,visible,hidden\na,0,,\n", "visible and hidden are empty in all rows: nothing was measured"),
        ("task,attempt,visible\na,0,1\nb,0,1\na,0,1\n", "task 'a' has attempt 0 twice, at rows 2 and 4"),
        ("task,attempt,visible\na,0,0\na,2,1\n", "task 'a' of run 'log' has attempts [0, 2] (row 2), but not 1"),
        ("task,attempt,visible\na,0,0\na,1,1\nb,2,1\n", "task 'b' of run 'log' has attempts [2] (row 4), but not 0"),
        ("task,attempt,visible\nx,0,0\nx,1,1\nx,2,1\n", "task 'x' goes on after its visible pass at attempt 1"),
        ("task,attempt,visible,end\na,0,0,passed\n", "end = passed at row 2 contradicts visible = 0 of task 'a'"),
        ("task,attempt,visible,end\na,0,1,error\n", "end = error at row 2 contradicts visible = 1 of task 'a'"),
        ("attempt,visible,end,count\n0,1,exhausted,3\n", "end = exhausted at row 2 contradicts visible = 1"),
        ("task,attempt,visible,end\na,0,0,error\na,1,0,exhausted\n", "task 'a' ends in several ways: error, exhausted"),
        ("task,attempt,visible,reviewer\na,0,0,x\na,0,1,y\n", "visible of task 'a', attempt 0 is both 0 and 1"),
        ("task,attempt,visble\na,0,1\n", "a tidy log has task, attempt, and visible or hidden; found"),
        ("task,attempt,visble,hidden\na,0,1,1\n", "unknown column 'visble': did you mean visible?"),
        ("task,visible\na,1\n", "no column attempt (0 = first program): name it, or let attempt=#"),
        ("attempt,visible\n0,1\n", "a tidy log has task, attempt, and visible or hidden; found"),
        ("task,attempt,visible,Visible\na,0,1,1\n", "has two columns 'visible'"),
    ],
)
def test_a_bad_log_is_refused_by_file_row_and_column(text, told_by, tmp_path):
    message = refused(read_log, written(text, tmp_path))
    assert told_by in message and "log.csv" in message and len(message) < 300


def test_lists_and_long_values_are_refused_shortly(tmp_path):
    record = {"task": "a", "attempt": 0, "visible": ["x" * 500]}
    message = refused(read_log, written(json.dumps(record), tmp_path, "log.jsonl"))
    assert "visible = ['xxx" in message and "at row 1 is not 0, 1, false" in message and len(message) < 220


@pytest.mark.parametrize(
    ("table", "told_by"),
    [
        ({}, "a tidy log has task, attempt, and visible or hidden"),
        (3, "3 is not a table"),
        ({"attempt": 0}, "is not a table"),
        ({"attempt": [0, 1], "visible": [1], "count": [1, 1]}, "is not a table: its columns differ in length"),
        ({"attempt": [], "visible": [], "count": []}, "no rows"),
    ],
)
def test_what_is_no_table_is_refused(table, told_by):
    assert told_by in refused(log_from_counts, table)


def test_another_dataset_is_no_log():
    for call in (rows_of, ends_of):
        assert "no log" in refused(call, dm.evaluate("gain", mu=3, delta=0.2))


def test_a_hundred_thousand_rows_are_read_quickly(tmp_path):
    random = np.random.default_rng(1)
    last = random.geometric(0.4, 40_000).clip(max=6) - 1
    task = np.repeat(np.arange(last.size), last + 1)
    attempt = np.concatenate([np.arange(stop + 1) for stop in last])
    final = attempt == last[task]
    table = pd.DataFrame({"task": task, "attempt": attempt, "visible": final.astype(int), "hidden": final.astype(int)})
    path = tmp_path / "log.csv"
    table.to_csv(path, index=False)
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        log = read_log(path)
        best = min(best, time.process_time() - start)
    assert len(table) > 90_000 and log.tasks.item() == last.size
    assert best < 3  # 0.6 to 0.9 s of processor time; a loop over tasks takes 10 s and more
