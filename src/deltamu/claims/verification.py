"""Many claims in parallel processes, each with a time limit."""

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any

from deltamu.claims.derivations import Claim, find_claims
from deltamu.claims.ledger import Ledger, Row
from deltamu.claims.running import row, run_claim
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.progress import tracked

__all__ = ["verify"]

_START = "import sys; sys.path[:] = {path!r}; from deltamu.claims.verification import work; work()"


def verify(
    names: str | Iterable[str] | Model | None = None,
    *,
    model: Model | str | None = None,
    jobs: int | None = None,
    timeout: float = 60,
    progress: bool | None = None,
) -> Ledger:
    """Check claims and return the ledger of verdicts.

    Parameters
    ----------
    names : str, iterable of str or Model, optional
        Derivations (``"d03"``) or claims (``"d03_design_effect.limit"``); all of them by default.  A model stands
        for `model`.
    model : Model or str, optional
        By default each claim is checked in the models of the package that it is about.  For a model of your own the
        ledger says which claims hold, fail or do not apply.
    jobs : int, optional
        Number of processes; as many as there are processors by default.
    timeout : float
        Seconds that one claim may take; a claim that takes longer fails.
    progress : bool, optional
        Whether to show progress; by default on a terminal.

    Raises
    ------
    InputError
        A name is unknown, or a number makes no sense.

    Examples
    --------
    >>> from deltamu import PUBLISHED, Formula, symbols as sym
    >>> harmless = PUBLISHED.replace(Formula(sym.rho_eff, sym.rho * sym.H), name="product")
    >>> [row.name for row in verify("d01", model=harmless).failures][0]
    'd01_targeting.noisy_or'
    """
    if isinstance(names, Model):
        names, model = None, names
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs = {jobs} is not a whole number >= 1")
    if not timeout > 0:
        raise InputError(f"timeout = {timeout} is not a number of seconds > 0")
    chosen = None if model is None else find_model(model)
    tasks = [(claim, one) for claim in find_claims(names) for one in ([chosen] if chosen else claim.models())]
    waiting = [task for task in tasks if not task[0].applies_to(task[1])]
    workers = max(1, min(jobs or os.cpu_count() or 1, len(waiting)))
    done: dict[tuple[str, str], Row] = {}
    with tracked("verifying", len(waiting), progress) as advance, Workers(workers, timeout) as pool:
        for result in pool.run(waiting):
            done[result.name, result.model] = result
            advance(1)
    return Ledger(tuple(done.get((claim.name, one.name)) or run_claim(claim, one) for claim, one in tasks))


class Workers:
    """Processes that check claims; one that takes too long is ended and replaced."""

    def __init__(self, count: int, timeout: float):
        self._threads = ThreadPoolExecutor(count)
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._timeout = timeout
        self._started: list[_Worker] = []
        self._closing = False
        for _ in range(count):
            self._idle.put(self._start())

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *exception: Any) -> None:
        self._closing = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._started:  # the busy ones too, where something was raised
            worker.end()
        self._threads.shutdown()
        for worker in self._started:
            worker.close()

    def _start(self) -> "_Worker":
        self._started.append(_Worker())
        return self._started[-1]

    def run(self, tasks: Iterable[tuple[Claim, Model]]) -> Iterable[Row]:
        """Rows in the order in which they are ready."""
        for future in as_completed([self._threads.submit(self._one, claim, model) for claim, model in tasks]):
            yield future.result()

    def _one(self, claim: Claim, model: Model) -> Row:
        worker = self._idle.get()
        try:
            start = time.perf_counter()
            result = worker.ask(claim.name, model, self._timeout)
            if isinstance(result, Row):
                return result
            worker.end()
            if not self._closing:
                worker = self._start()
            return row(claim, model, "fails", result, time.perf_counter() - start)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process, asked through its standard input and answering on its standard output."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # an interrupt from the keyboard is for who asked, who ends the worker
        )
        self._ready = False

    def ask(self, claim: str, model: Model, timeout: float) -> Row | str:
        """The row of a claim, or why there is none."""
        streams = self._process.stdin, self._process.stdout
        assert streams[0] and streams[1]
        expired = threading.Event()

        def stop() -> None:
            expired.set()
            self._process.kill()

        limit = threading.Timer(timeout, stop)
        try:
            if not self._ready:  # the time that a process takes to start is not the claim's
                pickle.load(streams[1])
                self._ready = True
            limit.start()
            pickle.dump((claim, model), streams[0])
            streams[0].flush()
            return pickle.load(streams[1])
        except (EOFError, OSError, pickle.UnpicklingError):
            code = self._process.wait()
            late = f"it took longer than the time limit of {timeout:g} s"
            return late if expired.is_set() else f"its process ended with code {code}"
        finally:
            limit.cancel()

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close the pipes of a process that was ended."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):  # what was not sent yet has nobody to go to
                    stream.close()


def work() -> None:
    """What a worker does: answer each claim that it is asked for until nobody asks."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a claim prints must not stand among the answers
    claims = {claim.name: claim for claim in find_claims()}
    pickle.dump("ready", answers)
    answers.flush()
    while True:
        try:
            name, model = pickle.load(asked)
        except EOFError:
            return
        pickle.dump(run_claim(claims[name], model), answers)
        answers.flush()
