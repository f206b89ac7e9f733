"""Nothing wrong in silence: hostile calls, command lines, streams and signals end in a result or in one line.

20,000 tries in the long tests, two hundred in the quick ones; a fault prints the text of a call that shows it.
"""

import contextlib
import inspect
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback
import webbrowser
from pathlib import Path

import hostile
import numpy as np
import pytest
import xarray as xr
from conftest import LONG
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu.presentation.cli import main

TRIES = 20_000 if LONG else 200
CALLS, LINES, PROCESSES = (round(share * TRIES) for share in (0.69, 0.3, 0.01))
PASSED_ON = ("args", "kwargs")  # of a wrapper, which has no arguments of its own
LONGEST = 1000  # characters of a message


def tried(number):
    return settings(max_examples=number, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files of every kind, which the tests of this module work in."""
    before, place = os.getcwd(), tmp_path_factory.mktemp("files")
    hostile.fill(place)
    os.chdir(place)
    yield place
    os.chdir(before)
    sys.modules.pop("mine", None)  # other tests have a module of this name


# --- calls -----------------------------------------------------------------------------------------------------------
def says_nan(text):
    """Whether a function says of itself that something may be nan."""
    return re.search(r"\bnan\b", inspect.getdoc(hostile.value(text.partition("(")[0])) or "", re.IGNORECASE)


def has_nan(result):
    variables = result.data_vars.values() if isinstance(result, xr.Dataset) else [result]
    return any(bool(np.isnan(one.values).any()) for one in variables if one.dtype.kind == "f")


def of_the_call(error):
    """Whether Python itself refused the arguments, before anything was done with them."""
    passed = [
        frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__) if "/deltamu/" in frame.f_code.co_filename
    ]
    return isinstance(error, TypeError) and all(code.co_varnames[:2] == PASSED_ON for code in passed)


@tried(CALLS)
@given(hostile.calls())
def test_a_call_returns_or_is_refused_in_one_line(folder, text):
    result = None
    try:
        result = hostile.value(text)
    except dm.InputError as refused:
        message = str(refused)
        if not message or len(message.splitlines()) > 1 or len(message) > LONGEST:
            pytest.fail(f"{text}: {message}")
    except Exception as error:
        if not of_the_call(error):
            pytest.fail(f"{text}: {error!r}")
    if isinstance(result, xr.Dataset | xr.DataArray) and has_nan(result):
        assert says_nan(text), f"{text} has nan, which is not said"


# --- command lines ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def no_browser():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webbrowser, "open", lambda *_: True)
        yield


@contextlib.contextmanager
def standard_input(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(text))
        yield


def clear(folder):
    """What a command has left is whole; afterwards the folder is as it was before."""
    new = [path for path in folder.iterdir() if path.name in NEW or path.name.startswith(".deltamu")]
    left = [path.name for path in new if path.name.startswith(".deltamu") or not path.stat().st_size]
    for path in new:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return left


NEW = {"a.csv", "a.nc", "b.json", "nowhere", "explorer.html"}


@tried(LINES)
@given(hostile.lines(), st.sampled_from(["", "{}", "x", dm.Settings("vibe").to_json()]))
def test_a_command_says_what_was_asked_or_one_line(folder, no_browser, words, piped):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), standard_input(piped):
        try:
            code = main(words)
        except SystemExit as leave:
            code = leave.code or 0
    said = err.getvalue()
    assert code in ((0, 1, 2) if words[0] == "verify" else (0, 2)), (words, code)
    assert all(line.startswith("deltamu") for line in said.splitlines()), (words, said)
    assert code != 2 or (said.count("\n") == 1 and len(said) < LONGEST), (words, said)
    assert not clear(folder), words


# --- streams and signals ---------------------------------------------------------------------------------------------
ENDED = {0: (0, 2), signal.SIGINT: (0, 2, 130), signal.SIGTERM: (0, 2, 143, -signal.SIGTERM)}
WORK = [
    ["simulate", "--moves", "2000", "--keep", "final", "--H", "0:1:9", "--csv", "a.csv", "--json", "b.json"],
    ["ensemble", "--runs", "500", "--seed", "1", "--moves", "20", "--netcdf", "a.nc"],
    ["evaluate", "gain", "--mu", "0:30:200", "--delta", "0.01:1:9", "--csv", "a.csv"],
    ["formulas"], ["settings", "--out", "b.json"], ["--help"],
]  # fmt: skip


@pytest.fixture(scope="module")
def forked(folder):
    """A command line, run in a process of its own."""
    if not hasattr(os, "fork"):
        pytest.skip("processes are not forked here")
    script, single = Path(__file__).with_name("forked_commands.py"), {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, script], cwd=folder, env=os.environ | single, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:  # fmt: skip

        def call(attempt):
            server.stdin.write(json.dumps(attempt) + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        yield call


@st.composite
def attempts(draw):
    number = draw(st.sampled_from([0, 0, signal.SIGINT, signal.SIGTERM]))
    return {
        "words": draw(st.sampled_from(WORK) if number else st.sampled_from(WORK[3:]) | hostile.lines()),
        "stdin": draw(st.sampled_from(["closed", "/dev/null", "bytes", "s.json"])),
        "stdout": draw(st.sampled_from(["closed", "full", "left", "file", "file"])),
        "stderr": draw(st.sampled_from(["closed", "full", "left", "file", "file"])),
        "encoding": draw(st.sampled_from(["utf-8", "ascii", "cp1252", "latin-1"])),
        "signal": int(number),
        "delay": draw(st.floats(0, 0.05)),
    }


def whole(path):
    """Whether a file is all that a command writes to it."""
    if path.suffix == ".json":
        return bool(json.loads(path.read_text()))
    if path.suffix == ".nc":
        with xr.open_dataset(path) as found:
            return bool(found.attrs)
    return path.read_text().endswith("\n")


@tried(PROCESSES)
@given(attempts())
def test_streams_and_signals_of_every_kind(folder, forked, attempt):
    words = [word.encode("utf-8", "replace").decode("utf-8", "replace") for word in attempt["words"]]
    done = forked(attempt | {"words": words})
    said = done["err"]
    assert done["code"] in ENDED[attempt["signal"]] or (words[0] == "verify" and done["code"] == 1), (attempt, done)
    assert all(line.startswith("deltamu") for line in said.splitlines()), (attempt, done)
    assert done["code"] != 2 or said.count("\n") == (attempt["stderr"] == "file"), (attempt, done)
    assert all(whole(folder / name) for name in NEW if (folder / name).is_file()), attempt
    assert not clear(folder), (attempt, done)
