"""Progress of long work on the terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0  # seconds of work before a bar appears
PERIOD = 0.1  # seconds between two looks at the clock's effect on it


@contextmanager
def tracked(description: str, total: int, show: bool | None = None) -> Iterator[Callable[[int], None]]:
    """Track work: yields a function that is told how many more moves are done.

    Parameters
    ----------
    description : str
    total : int
        Number of moves to make, over all points and runs.
    show : bool, optional
        None shows a bar on standard error where that is a terminal, and only once the work has lasted a second.
    """
    if show is False or (show is None and not _is_watched()):
        yield lambda done: None
        return
    bar = None
    done_before = 0
    began = time.monotonic()
    next_look = began + (0.0 if show else PATIENCE)

    def advance(done: int) -> None:
        nonlocal bar, done_before, next_look
        done_before += done
        if (now := time.monotonic()) < next_look:
            return
        next_look = now + PERIOD
        if bar is None:
            bar = _bar()
            bar.start()
            bar.add_task(description, total=total, rate="")
        rate = f"{done_before / max(now - began, 1e-9) / 1e6:,.2f} M moves/s"
        bar.update(bar.task_ids[0], completed=done_before, rate=rate)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()


def _is_watched() -> bool:
    """Whether standard error is there and a terminal."""
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _bar():
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} % {task.fields[rate]}"),
    )
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
