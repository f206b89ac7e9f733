"""Nothing wrong in silence: hostile calls, command lines, streams and signals end in a result or in one line.

20,000 tries in the long tests, some hundred in the quick ones; a fault prints the text of a call that shows it.
"""

import contextlib
import inspect
import io
import os
import shutil
import sys
import traceback
import webbrowser

import hostile
import numpy as np
import pytest
import xarray as xr
from conftest import LONG
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu.presentation.cli import main

TRIES = 20_000 if LONG else 600
CALLS, LINES, PROCESSES = (round(share * TRIES) for share in (0.6, 0.38, 0.02))
PASSED_ON = ("args", "kwargs")  # of a wrapper, which has no arguments of its own
LONGEST = 1000  # characters of a message


def tried(number):
    return settings(max_examples=number, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files of every kind, which the tests of this module work in."""
    before, place = os.getcwd(), tmp_path_factory.mktemp("files")
    hostile.fill(place)
    os.chdir(place)
    yield place
    os.chdir(before)


# --- calls -----------------------------------------------------------------------------------------------------------
def says_nan(text):
    """Whether a function says of itself that something may be nan."""
    return "nan" in (inspect.getdoc(hostile.value(text.partition("(")[0])) or "").lower()


def has_nan(result):
    variables = result.data_vars.values() if isinstance(result, xr.Dataset) else [result]
    return any(bool(np.isnan(one.values).any()) for one in variables if one.dtype.kind == "f")


def of_the_call(error):
    """Whether Python itself refused the arguments, before anything was done with them."""
    passed = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__) if "/deltamu/" in frame.f_code.co_filename]
    return isinstance(error, TypeError) and all(code.co_varnames[:2] == PASSED_ON for code in passed)


@tried(CALLS)
@given(hostile.calls())
def test_a_call_returns_or_is_refused_in_one_line(folder, text):
    try:
        result = hostile.value(text)
    except Exception as error:
        message = str(error)
        assert isinstance(error, dm.InputError) or of_the_call(error), f"{text}: {error!r}"
        assert message and len(message.splitlines()) == 1 and len(message) < LONGEST, f"{text}: {message}"
    else:
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
