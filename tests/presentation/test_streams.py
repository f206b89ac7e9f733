"""The command line among streams and files of every kind: what it says is said once, in one line, and never lost."""

import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from deltamu.presentation.cli.tables import BARS, PLAIN_BARS
from deltamu.progress import tracked

posix = pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell of POSIX")
SETTINGS = dm.PRESETS["noob-vibe"]


@pytest.fixture
def shell(tmp_path):
    """A command line with redirections, in an empty folder: ``deltamu`` is the command."""

    def call(line, **environment):
        values = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONUNBUFFERED", "PYTHONIOENCODING")
        }
        command = f'deltamu() {{ "{sys.executable}" -P -m deltamu "$@"; }}; {line}'
        return subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=100, check=False,
                              env=values | environment)  # fmt: skip

    return call


def said(done):
    """The one line of a process that was refused."""
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1), done
    return done.stderr.decode()


# --- streams that are closed, full, or left --------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("line", "unbuffered"), [("--help", ""), ("--help", "1"), ("settings --help", ""), ("info", "1"), ("figure", "")]
)
@pytest.mark.parametrize(
    ("place", "reason"), [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_standard_output_that_takes_nothing_is_an_error_of_one_line(shell, line, place, reason, unbuffered):
    told = said(shell(f"deltamu {line} {place}", PYTHONUNBUFFERED=unbuffered))
    assert told == f"deltamu: cannot write standard output: {reason}\n"


@posix
def test_what_needs_no_standard_output_does_without(shell, tmp_path):
    done = shell("deltamu settings --preset noob-vibe --out a.json >&-")
    assert (done.returncode, done.stderr) == (0, b"deltamu: wrote a.json\n")
    assert dm.Settings.from_json((tmp_path / "a.json").read_text()) == SETTINGS


@posix
@pytest.mark.parametrize("place", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_nobody_who_reads_messages_is_no_failure(shell, tmp_path, place):
    done = shell(f"deltamu settings --preset noob-vibe --out a.json {place}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert dm.Settings.from_json((tmp_path / "a.json").read_text()) == SETTINGS
    done = shell(f"deltamu --nope {place}")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@posix
def test_messages_never_stand_in_the_place_of_results(shell, tmp_path):
    """With standard error closed, the next file that is opened would get its number."""
    done = shell("deltamu simulate --moves 2 --csv a.csv --json - 2>&-")
    (tmp_path / "b.json").write_bytes(done.stdout)
    assert dm.load_json(tmp_path / "b.json").identical(dm.simulate(moves=2))
    assert (tmp_path / "a.csv").read_text().startswith("move,mu,")


@posix
@pytest.mark.parametrize(("place", "reason"), [("<&-", "Bad file descriptor"), ("< bytes", "it is not utf-8 text")])
def test_standard_input_that_gives_nothing_is_refused(shell, tmp_path, place, reason):
    (tmp_path / "bytes").write_bytes(bytes(range(128, 256)))
    told = said(shell(f"deltamu settings --settings - {place}", PYTHONIOENCODING="utf-8"))
    assert told == f"deltamu: cannot read standard input: {reason}\n"


@posix
def test_a_reader_that_leaves_early_is_no_failure(shell):
    done = shell("set -o pipefail; deltamu formulas | head -1")
    assert (done.returncode, done.stdout.count(b"\n"), done.stderr) == (0, 1, b"")


def test_progress_does_without_a_standard_error(monkeypatch):
    with open(os.devnull, encoding="utf-8") as closed:
        pass
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        with tracked("working", 2) as advance:
            advance(2)


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_an_encoding_lacks_is_drawn_with_what_it_has(shell, encoding):
    bars = BARS if encoding == "utf-8" else PLAIN_BARS
    done = shell("deltamu simulate --moves 9", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    curves = done.stdout.decode(encoding).split("\n\n")[1]
    assert set(bars) & set(curves) and "\\u" not in curves
    done = shell("deltamu sensitivity N_eff", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("█" if encoding == "utf-8" else "#") * 24 in done.stdout.decode(encoding)


GREEK = """
from sympy import Interval
from deltamu import Formula, PUBLISHED, symbols as sym
MODEL = PUBLISHED.replace(Formula(sym.N_eff, sym.N, title="Zahl der Prüfer, naïv: ≤ N", source="ß"), name="naïv")
"""


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_texts_for_people_are_escaped_and_texts_for_programs_are_utf8(shell, tmp_path, encoding):
    (tmp_path / "mine.py").write_text(GREEK, encoding="utf-8")
    done = shell("deltamu formulas N_eff --model mine:MODEL", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\\u2264 N" in done.stdout.decode(encoding)
    for kind in ("csv", "json"):
        done = shell(f"deltamu evaluate N_eff --model mine:MODEL,published --{kind} -", PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert ("naïv" if kind == "csv" else "na\\u00efv") in done.stdout.decode("utf-8")


# --- kinds of files --------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("place", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "-"])
def test_what_goes_to_standard_output_goes_after_what_is_there(shell, tmp_path, place):
    if place.startswith("/proc") and not os.path.exists(place):
        pytest.skip("there is no /proc")
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "out.txt").write_text("before\n")
    done = shell(f"deltamu simulate --preset noob-vibe --moves 3 --csv {place} >> out.txt; echo after >> out.txt")
    assert done.stdout == b""
    lines = (tmp_path / "out.txt").read_text().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("before", "after", 6)
    assert os.readlink(tmp_path / "link") == "/dev/stdout"


@posix
def test_devices_stay_what_they_are(shell):
    before = os.stat("/dev/null"), os.lstat("/dev/stdout")
    done = shell("deltamu settings --out /dev/null; deltamu settings --out /dev/stdout | cat")
    assert done.stderr == b"deltamu: wrote /dev/null\ndeltamu: wrote /dev/stdout\n"
    assert dm.Settings.from_json(done.stdout.decode()) == dm.Settings()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode) and os.stat("/dev/null").st_ino == before[0].st_ino
    assert os.lstat("/dev/stdout").st_ino == before[1].st_ino
    told = said(shell("deltamu settings --out /dev/full"))
    assert told == "deltamu: cannot write /dev/full: No space left on device\n"


@posix
def test_a_pipe_with_a_name_is_written_to(shell, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = shell("cat pipe & deltamu simulate --preset noob-vibe --moves 3 --netcdf pipe; wait")
    assert done.stderr == b"deltamu: wrote pipe\n"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    (tmp_path / "a.nc").write_bytes(done.stdout)
    with xr.open_dataset(tmp_path / "a.nc") as found:
        np.testing.assert_array_equal(found.mu, dm.simulate("noob-vibe", moves=3).mu)


@posix
@pytest.mark.parametrize("kind", ["csv", "netcdf"])
def test_a_link_a_mode_and_a_read_only_file_are_respected(shell, tmp_path, kind):
    (tmp_path / "target").write_text("older")
    (tmp_path / "target").chmod(0o600)
    (tmp_path / "link").symlink_to("target")
    assert shell(f"deltamu evaluate N_eff --{kind} link").stderr == b"deltamu: wrote link\n"
    assert os.readlink(tmp_path / "link") == "target"
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == 0o600
    written = (tmp_path / "target").read_bytes()
    assert written != b"older"
    (tmp_path / "target").chmod(0o444)
    assert said(shell(f"deltamu evaluate K_eff --{kind} link")) == "deltamu: cannot write link: it is read-only\n"
    assert (tmp_path / "target").read_bytes() == written


@posix
@pytest.mark.parametrize(
    "line",
    ["evaluate N_eff --csv", "settings --out", "explorer --out", "settings --settings"],
)
def test_a_name_that_is_too_long_is_told_of_itself(shell, tmp_path, line):
    name = "a" * 300
    verb = "read" if line.endswith("--settings") else "write"
    assert said(shell(f"deltamu {line} {name}")) == f"deltamu: cannot {verb} {name}: File name too long\n"
    assert not list(tmp_path.iterdir())


# --- signals ---------------------------------------------------------------------------------------------------------


def started(tmp_path, *arguments):
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    command = [sys.executable, "-P", "-m", "deltamu", *arguments]
    return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **heard)


@posix
@pytest.mark.parametrize("wait", [0.15, 0.3, 0.6])
def test_an_interrupt_while_modules_are_loaded_ends_in_one_line(tmp_path, wait):
    (tmp_path / "mine.py").write_text("import time\nwhile True: time.sleep(0.01)")
    with started(tmp_path, "simulate", "--policy", "mine:POLICY") as running:
        try:
            time.sleep(wait)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, out, err) == (130, "", "deltamu: interrupted\n")


@posix
@pytest.mark.parametrize(("way_out", "code"), [("return 130", 130), ("raise KeyboardInterrupt", 130),
                                               ("raise SystemExit(143)", 143)])  # fmt: skip
def test_what_was_not_yet_written_at_an_interrupt_changes_no_code(tmp_path, way_out, code):
    """Python itself would end with 120 where the reader of what it still holds has left."""
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "interrupted.py").write_text(
        f"import sys\nfrom deltamu import __main__ as command\nfrom deltamu.presentation import cli\n\n\n"
        f"def main():\n    print('held')\n    {way_out}\n\n\ncli.main = main\nsys.exit(command.main())\n"
    )
    done = subprocess.run([sys.executable, "interrupted.py"], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE,
                          check=False)  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr.count(b"\n")) == (code, int(way_out == "raise KeyboardInterrupt"))


@posix
def test_a_process_that_is_told_to_end_clears_up_and_says_nothing(tmp_path):
    (tmp_path / "mine.py").write_text("print('loaded', flush=True)\nfrom deltamu import VIBE as POLICY")
    before = {path.name for path in tmp_path.iterdir()}
    sweep = "--moves 100000 --keep final --H 0:1:2000 --K 1:9:1000 --csv a.csv"
    with started(tmp_path, "simulate", "--policy", "mine:POLICY", *sweep.split()) as running:
        try:
            assert running.stdout.readline() == "loaded\n"
            time.sleep(0.5)
            running.terminate()
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, out, err) == (143, "", "")
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == before
