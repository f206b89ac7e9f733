"""Many claims in parallel processes, each with a time limit."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from pebble import ProcessExpired, ProcessPool

from deltamu.claims.derivations import Claim, find_claims
from deltamu.claims.ledger import Ledger, Row
from deltamu.claims.running import row, run_claim
from deltamu.errors import InputError
from deltamu.model import arguments
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.progress import tracked

Task = tuple[Claim, Model]
RIGOROUS_TIMEOUT = 600  # seconds, at least, for a claim that is decided in ball arithmetic
OUT_OF_TIME = "it took longer than the time limit"  # how the row of a claim that was ended begins
THREADS = "OMP_NUM_THREADS"  # what OpenBLAS and MKL read when NumPy is imported
MEASURED = ("supported", "refuted")  # verdicts of claims that compute runs and fits: they take longest
STARTING = threading.Lock()  # held while a process is started, which changes what this one's threads share


@arguments.checked
def verify(
    names: str | Iterable[str] | Model | None = None,
    *,
    model: Model | str | None = None,
    jobs: int | None = None,
    timeout: float = 60,
    rigorous: bool = False,
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
    rigorous : bool
        Whether to decide in ball arithmetic too what takes longer than a symbolic proof (extra ``rigor``); such a
        claim may take ten minutes.
    progress : bool, optional
        Whether to show progress; by default on a terminal.

    Returns
    -------
    Ledger
        A row for each claim and model, in the order of the derivations.

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
    if jobs is not None:
        arguments.check_count("jobs", jobs)
    if not timeout > 0:
        raise InputError(f"timeout = {timeout} is not a number of seconds > 0")
    chosen = None if model is None else find_model(model)
    tasks = [(claim, one) for claim in find_claims(names) for one in ([chosen] if chosen else claim.models())]
    done = {(row.name, row.model): row for task in tasks if (row := _left_out(*task, rigorous))}
    waiting = [(claim, one) for claim, one in tasks if (claim.name, one.name) not in done]
    with tracked("verifying", len(waiting), progress) as advance:
        for result in checked(waiting, jobs or os.cpu_count() or 1, timeout, max(timeout, RIGOROUS_TIMEOUT)):
            done[result.name, result.model] = result
            advance(1)
    return Ledger(tuple(done[claim.name, one.name] for claim, one in tasks))


def _left_out(claim: Claim, model: Model, rigorous: bool) -> Row | None:
    """The row of a claim that is not run; None if it is."""
    if reason := claim.applies_to(model):
        return row(claim, model, "does not apply", reason)
    if claim.rigorous and not rigorous:
        return row(claim, model, "not run", "it is decided in ball arithmetic: verify --rigorous")
    return None


def checked(tasks: Sequence[Task], jobs: int, timeout: float, rigorous_timeout: float | None = None) -> Iterator[Row]:
    """Rows in the order in which they are ready; a process that takes too long is ended and replaced.

    Claims that are decided in ball arithmetic may have a time limit of their own.
    Each process goes on with the derivation that it has begun, whose claims share what they compute.
    """
    pages, begun = _by_derivation(tasks), set[str]()
    pools = [_pool() for _ in range(min(jobs, len(tasks)))]
    at_work: dict[Any, tuple[int, Task, float]] = {}

    def go_on(lane: int, last: str = "") -> None:
        if (task := _next_of(pages, last, begun)) is not None:
            limit = rigorous_timeout if task[0].rigorous and rigorous_timeout else timeout
            future = pools[lane].schedule(_one, args=[task[0].name, task[1]], timeout=limit)
            at_work[future] = lane, task, limit

    with _ended_by_sigterm():
        try:
            for lane in range(len(pools)):
                go_on(lane)
            while at_work:
                for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                    lane, (claim, model), limit = at_work.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):  # a process that dies at once
                        pools[lane].stop()
                        pools[lane].join()
                        pools[lane] = _pool()
                    go_on(lane, claim.derivation)
                    yield _row_of(future, claim, model, limit)
        finally:
            for pool in pools:
                pool.stop()
            for pool in pools:
                pool.join()


def _pool() -> ProcessPool:
    return ProcessPool(1, context=_Context(), initializer=find_claims)


def _by_derivation(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """Tasks by derivation; those first that take longest: in ball arithmetic, or with much to measure."""
    pages: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: not task[0].rigorous):
        pages.setdefault(task[0].derivation, []).append(task)

    def longest(name: str) -> tuple[int, int]:
        claims = [claim for claim, _ in pages[name]]
        return -sum(claim.rigorous for claim in claims), -sum(claim.verdict in MEASURED for claim in claims)

    return {name: pages[name] for name in sorted(pages, key=longest)}


def _next_of(pages: dict[str, list[Task]], last: str, begun: set[str]) -> Task | None:
    """The next task of the last derivation, else of one that is not begun, else of the one with most left to do."""
    left = [name for name, tasks in pages.items() if tasks]
    if not left:
        return None
    fresh = next((name for name in left if name not in begun), max(left, key=lambda name: len(pages[name])))
    name = last if last in left else fresh
    begun.add(name)
    return pages[name].pop(0)


def _row_of(future: Any, claim: Claim, model: Model, limit: float) -> Row:
    """What a process found of a claim, or what became of it."""
    try:
        found: Row = future.result()
        return found
    except TimeoutError:
        return row(claim, model, "fails", f"{OUT_OF_TIME} of {limit:g} s", limit)
    except ProcessExpired as ended:
        return row(claim, model, "fails", f"its process ended with code {ended.exitcode}")
    except BrokenProcessPool:
        return row(claim, model, "fails", "its process ended at once")


def _one(name: str, model: Model) -> Row:
    sys.stdout = sys.stderr  # what a claim prints does not stand in the ledger
    return run_claim(find_claims(name)[0], model)


class _WithoutMain(SpawnProcess):
    """A process that does not run the caller's script again, which therefore needs no guard; one thread for BLAS."""

    @staticmethod
    def _Popen(process: BaseProcess) -> Any:
        with STARTING:
            return _WithoutMain._started(process)

    @staticmethod
    def _started(process: BaseProcess) -> Any:
        main, interrupt = sys.modules["__main__"], {signal.SIGINT}
        sys.modules["__main__"] = ModuleType("__main__")
        threads = os.environ.get(THREADS)
        os.environ.setdefault(THREADS, "1")  # threads that wait for one another's processors take them from the others
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, interrupt) if hasattr(signal, "pthread_sigmask") else None
        try:  # a process inherits what is blocked: an interrupt from the keyboard is for who asked
            return SpawnProcess._Popen(process)
        finally:
            if blocked is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            if threads is None:
                del os.environ[THREADS]
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _WithoutMain


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """While processes are at work, SIGTERM ends this one in an orderly way, and them with it."""
    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
