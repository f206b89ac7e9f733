"""A process that has loaded deltamu, and runs each command line that it is sent in a child of its own.

A line on standard input is a try, as JSON: ``words``, what the streams ``stdin``, ``stdout`` and ``stderr`` are, an
``encoding``, and a ``signal`` that is sent after ``delay`` seconds. So is the answer: ``code``, ``out``, ``err``.
"""

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import time

from deltamu import __main__ as command
from deltamu.presentation import cli

PATIENCE = 60  # seconds after which a child hangs
FILES = ("out", "err")
WARM = (
    *(f"{command} --help" for command in cli.COMMANDS),
    "simulate --moves 3 --H 0.2,0.3 --csv a --json b --netcdf c", "simulate --moves 3",
    "evaluate gain --mu 3 --delta .2", "derive nothing", "verify nothing", "fixed-points", "show run", "figure",
    "ensemble --runs 9 --seed 1 --moves 2 --csv a", "formulas", "settings", "sensitivity gain --mu 3 --delta .2",
    "design --what reviewers --mu 3 --delta .2",
)  # fmt: skip
SIGNALS = {signal.SIGINT, signal.SIGTERM}


def descriptor(kind, number):
    """What a child has in the place of a standard stream; None where it is closed."""
    if kind == "closed":
        return None
    if kind == "left":  # a pipe that nobody reads
        reading, writing = os.pipe()
        os.close(reading)
        return writing
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY)
    if number == 0:
        return os.open(kind, os.O_RDONLY)
    return os.open(FILES[number - 1], os.O_RDWR | os.O_CREAT | os.O_TRUNC)


def child(attempt):
    """Run a command line as a process of its own would, whose streams are as Python makes them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        opened = descriptor(attempt[name], number)
        if opened is None:
            os.close(number)
            setattr(sys, name, None)
        else:
            os.dup2(opened, number)
            os.close(opened)
            mode, errors = ("r", "strict") if number == 0 else ("w", "strict" if number == 1 else "backslashreplace")
            setattr(sys, name, os.fdopen(number, mode, encoding=attempt["encoding"], errors=errors, closefd=False))
    sys.argv[1:] = attempt["words"]
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        code = command.main()
    except KeyboardInterrupt:  # before there was anything to interrupt
        code = 130
    except SystemExit as leave:
        code = leave.code or 0
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        code = 120  # as of Python
    os._exit(code if isinstance(code, int) else 1)


def tried(attempt):
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if not pid:
        try:
            child(attempt)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(99)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    if attempt["signal"]:
        time.sleep(attempt["delay"])
        os.kill(pid, attempt["signal"])
    waited, status = 0.0, (0, 0)
    while not status[0] and waited < PATIENCE:
        status = os.waitpid(pid, os.WNOHANG)
        time.sleep(0.001)
        waited += 0.001
    if not status[0]:
        os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)
    answer = {"code": os.waitstatus_to_exitcode(status[1])}
    for name in FILES:
        answer[name] = ""
        if os.path.exists(name):
            with open(name, "rb") as found:
                answer[name] = found.read().decode("latin-1")
            os.unlink(name)
    return answer


def warm():
    """Load what the commands load, so that no child has to."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        for words in WARM:
            with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                cli.main(words.split())
        os.chdir(here)


def main():
    warm()
    for line in sys.stdin:
        print(json.dumps(tried(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
