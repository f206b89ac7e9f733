"""Generated code is kept between sessions, by content; what cannot be trusted is made anew."""

import json
import os
import subprocess
import sys

import pytest

import deltamu as dm
from deltamu.codegen import caching, engines
from deltamu.codegen.buffers import compile_run

MOVE = dm.one_move(dm.VIBE, dm.PUBLISHED)
KEY = caching.content_key(["x"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DELTAMU_CACHE", str(tmp_path / "kept"))
    forget()
    yield tmp_path / "kept"
    forget()


def forget():
    """Leave only what is on disk."""
    compile_run.cache_clear()
    engines.outlined_run.cache_clear()


def made_anew(content):
    """What is remembered, and whether it had to be made."""
    made = []
    found = caching.remembered(KEY, lambda: made.append(1) or content)
    return found, bool(made)


def test_a_content_is_made_once(folder):
    assert made_anew({"a": 1}) == ({"a": 1}, True)
    assert made_anew({"a": 2}) == ({"a": 1}, False)
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.json"]
    assert folder.stat().st_mode & 0o077 == 0


def test_it_can_be_switched_off(folder, monkeypatch):
    monkeypatch.setenv("DELTAMU_CACHE", "")
    assert made_anew({"a": 1}) == ({"a": 1}, True)
    assert made_anew({"a": 1}) == ({"a": 1}, True)
    assert not folder.exists()


def broken(text):
    whole = json.loads(text)
    return {
        "empty": "",
        "half": text[: len(text) // 2],
        "no object": "[1]",
        "another content": json.dumps(whole | {"content": {"a": "evil"}}),
        "another key": json.dumps(whole | {"key": "0" * 64}),
        "no checksum": json.dumps({key: value for key, value in whole.items() if key != "checksum"}),
    }


@pytest.mark.parametrize("damage", ["empty", "half", "no object", "another content", "another key", "no checksum"])
def test_a_damaged_file_is_replaced(folder, damage):
    made_anew({"a": 1})
    path = folder / f"{KEY}.json"
    path.write_text(broken(path.read_text())[damage])
    assert made_anew({"a": 2}) == ({"a": 2}, True)
    assert made_anew({"a": 3}) == ({"a": 2}, False)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners")
def test_a_file_that_others_may_have_written_is_not_run(folder):
    made_anew({"a": 1})
    path = folder / f"{KEY}.json"
    path.chmod(0o666)
    assert made_anew({"a": 2}) == ({"a": 2}, True)
    folder.chmod(0o777)
    assert made_anew({"a": 3}) == ({"a": 3}, True)


def test_a_folder_that_cannot_be_written_to_costs_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DELTAMU_CACHE", str(tmp_path / "file" / "below"))
    assert made_anew({"a": 1}) == ({"a": 1}, True)


def test_platform_folders(monkeypatch, tmp_path):
    monkeypatch.delenv("DELTAMU_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert caching.cache_folder() == tmp_path / "xdg" / "deltamu"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert caching.cache_folder() == tmp_path / ".cache" / "deltamu"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert caching.cache_folder() == tmp_path / "Library" / "Caches" / "deltamu"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert caching.cache_folder() == tmp_path / "local" / "deltamu" / "Cache"


def test_a_run_is_compiled_once_and_anew_for_another_formula(folder):
    first = compile_run(MOVE, ())
    compile_run.cache_clear()
    assert compile_run(MOVE, ()).source == first.source
    assert len(list(folder.iterdir())) == 1
    other = dm.PUBLISHED.replace(dm.Formula(dm.symbols.cost, dm.symbols.K))
    compile_run(dm.one_move(dm.VIBE, other), ())
    assert len(list(folder.iterdir())) == 2


def test_what_is_kept_gives_the_same_bits(folder):
    first = dm.simulate("principal-tr", moves=30)
    forget()
    assert dm.simulate("principal-tr", moves=30).identical(first)


def test_processes_at_the_same_time_do_not_disturb_each_other(folder):
    code = "import deltamu as dm; print(float(dm.simulate('principal-tr', model='gated', moves=20).mu_next[-1]).hex())"
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    values = {process.communicate()[0].strip() for process in running}
    assert all(process.returncode == 0 for process in running)
    assert values == {float(dm.simulate("principal-tr", model="gated", moves=20).mu_next[-1]).hex()}
    assert {path.suffix for path in folder.iterdir()} == {".json"}
