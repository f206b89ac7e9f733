"""Counts from public logs, which ship with the package: facts with their sources in ``data/README.md``."""

from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deltamu.calibration.laws.detectability import detectability
from deltamu.calibration.laws.failures import failures
from deltamu.calibration.laws.law import Law
from deltamu.calibration.tables import Table, plain_table
from deltamu.errors import unknown

Array = NDArray[np.float64]
LOGS = ("ldb", "reflexion", "aider_swebench")
REPAIR_RUNS = ("reflexion_humaneval_py_pass_at_1", "reflexion_mbpp_py", "reflexion_mbpp_py3", "reflexion_mbpp_rs",
               "reflexion_plays_with_the_ferris_crab")  # fmt: skip
TASKS = {"humaneval": 164, "mbpp": 378}


def read(name: str) -> pd.DataFrame:
    """One table of the data folder."""
    with (files("deltamu.calibration") / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values={"ends": []})


def public_log(name: str) -> pd.DataFrame:
    """A public repair log as tidy rows, counts of cells.

    Parameters
    ----------
    name : str
        ``"ldb"`` (12 runs), ``"reflexion"`` (9 runs) or ``"aider_swebench"``.

    Raises
    ------
    InputError
        The name is unknown.

    Examples
    --------
    >>> log = public_log("ldb")
    >>> log["run"].nunique(), int(log["count"].sum())
    (12, 2976)
    """
    if name == "ldb":
        table = read("ldb_runs").rename(columns={"debug_iter": "attempt"})
    elif name == "reflexion":
        table = read("reflexion_runs").rename(columns={"repairs": "attempt"})
        table["visible_pass"] = table["visible_pass"].astype(str).replace("unknown", "")
    elif name == "aider_swebench":
        table = read("aider_swebench_lite").rename(columns={"plausible": "visible_pass"}).assign(run=name)
        table["attempt"] = table["attempts"] - 1
    else:
        raise unknown("public log", name, LOGS)
    return pd.DataFrame({
        "task": [f"cell {i}" for i in range(len(table))], "run": table["run"], "attempt": table["attempt"],
        "visible": table["visible_pass"].astype(str), "hidden": table["hidden_pass"].astype(str),
        "count": table["count"],
    })  # fmt: skip


def repair_logs() -> dict[str, pd.DataFrame]:
    """The 18 repair logs of one run each: 12 of LDB, the 5 larger ones of Reflexion, Aider's of SWE-bench Lite."""
    found = {}
    for name in LOGS:
        for run, rows in public_log(name).groupby("run"):
            if name != "reflexion" or run in REPAIR_RUNS:
                found[str(run)] = rows.reset_index(drop=True)
    return found


def leaderboard(benchmark: str) -> Table:
    """EvalPlus' models by the suites they pass: neither, the base tests only, the extended ones too.

    Parameters
    ----------
    benchmark : "humaneval" or "mbpp"
    """
    if benchmark not in TASKS:
        raise unknown("benchmark", benchmark, TASKS)
    table, tasks = read("evalplus_leaderboard"), TASKS[benchmark]
    rates = table[["model", benchmark, f"{benchmark}_plus"]].replace("", np.nan).dropna()
    base, plus = (np.rint(rates[column].astype(float) * tasks / 100) for column in (benchmark, f"{benchmark}_plus"))
    counts = np.stack([tasks - base, base - plus, plus], axis=1)
    return plain_table(counts, [f"passes {j} of 2 suites" for j in range(3)], tuple(rates["model"]))


def two_tries_board(board: str) -> Table:
    """Aider's models by the try at which exercises were solved; `board` is ``"polyglot"`` or ``"edit"``."""
    table = read("aider_two_tries")
    if board not in set(table["board"]):
        raise unknown("board", board, sorted(set(table["board"])))
    one = table[table["board"] == board]
    first, second = one["solved_try_1"], one["solved_by_try_2"]
    counts = np.stack([first, second - first, one["exercises"] - second], axis=1)
    runs = tuple(f"{model} ({i})" for i, model in enumerate(one["model"]))
    return plain_table(counts, ("solved at the first try", "solved at the second", "not solved"), runs)


def evalperf() -> dict[str, tuple[int, Array]]:
    """Samples a task, and right samples of each task, by model."""
    table = read("evalperf_correct_samples")
    return {model: (int(n), np.array(right.split(), dtype=int))
            for model, n, right in zip(table["model"], table["samples"], table["right"], strict=True)}  # fmt: skip


def first_failures() -> tuple[Law, Table]:
    """Tests passed before the first failure, by run: the law of detectability and its counts."""
    table = read("evalplus_first_failure")
    seen = {(run, int(failed)): np.array(passed.split(), dtype=int)
            for run, failed, passed in zip(table["run"], table["failed"], table["passed"], strict=True)}  # fmt: skip
    outcomes = sorted({(int(n), failed) for (_, failed), numbers in seen.items() for n in numbers})
    places = {outcome: i for i, outcome in enumerate(outcomes)}
    runs = sorted({run for run, _ in seen})
    counts = np.zeros((len(runs), len(outcomes)))
    for (run, failed), numbers in seen.items():
        np.add.at(counts[runs.index(run)], [places[int(n), failed] for n in numbers], 1)
    law = detectability(np.array([n for n, _ in outcomes]), np.array([failed for _, failed in outcomes]))
    return law, plain_table(counts, law.labels, runs)


def failure_set(name: str, saturating: bool = False) -> tuple[Law, Table]:
    """One of the classical sets of failures: its law and its counts."""
    table = read("sfrat_failures").set_index("set")
    if name not in table.index:
        raise unknown("failure set", name, table.index)
    row = table.loc[name]
    values = np.array(str(row["values"]).split(), dtype=float)
    if row["kind"] == "failure_time":
        law, counts = failures(times=values, saturating=saturating)
        return law, plain_table([counts], law.labels, (name,))
    ends = np.array(str(row["ends"]).split(), dtype=float) if str(row["ends"]) else np.arange(1.0, len(values) + 1)
    law, _ = failures(ends=ends, saturating=saturating)
    return law, plain_table([values], law.labels, (name,))


def failure_sets() -> tuple[str, ...]:
    """Names of the classical sets."""
    return tuple(read("sfrat_failures")["set"])
