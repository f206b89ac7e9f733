"""Independent tasks in a fixed order: in this process, on an executor, across a dying worker, and from a checkpoint."""

import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from deltamu import __version__
from deltamu.errors import InputError, shown
from deltamu.files import write_whole
from deltamu.simulation.ensemble.blocks import Rows

AHEAD = 8  # tasks that are under way at a time: bounds the memory of results that wait for their turn
CHECKSUM = "checksum"
T = TypeVar("T")


class Checkpoint:
    """A folder that keeps the result of each finished task.

    Parameters
    ----------
    folder : str or Path or None
        None keeps nothing. It is made if need be.
    digest : str
        Names the ensemble: results of another one in the same folder are left alone.

    Raises
    ------
    InputError
        The folder cannot be made.
    """

    def __init__(self, folder: str | Path | None, digest: str):
        if folder is not None and (not isinstance(folder, str | Path) or not str(folder)):
            raise InputError(f"checkpoint = {shown(folder)} names no folder")
        self.folder = None if folder is None else Path(folder)
        self.digest = digest
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(f"checkpoint = {self.folder} cannot be made: {error.strerror}") from None
            self._claim(self.folder / "version")

    def _claim(self, path: Path) -> None:
        """Refuse a folder of another version of deltamu, whose numbers may differ in their last digits."""
        if not path.exists() and not any(path.parent.glob("*.npz")):
            write_whole(path, f"{__version__}\n")
        version = path.read_text(encoding="utf-8").strip() if path.exists() else "0.1"
        if version != __version__:
            other = f"checkpoint = {path.parent} is of deltamu {version}, not {__version__}"
            raise InputError(f"{other}: give another folder")

    def load(self, index: int) -> Rows | None:
        """The result of a task, or None if it is not there or was altered."""
        if self.folder is None:
            return None
        try:
            with np.load(self._path(index), allow_pickle=False) as stored:
                rows = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None
        return rows if rows.pop(CHECKSUM, None) == _checksum(rows) else None

    def save(self, index: int, result: Rows) -> None:
        """Keep the result of a task."""
        if self.folder is not None:
            kept = {**result, CHECKSUM: np.array(_checksum(result))}
            write_whole(self._path(index), lambda path: np.savez(path, allow_pickle=False, **kept))

    def _path(self, index: int) -> Path:
        assert self.folder is not None
        return self.folder / f"{self.digest}-{index:08d}.npz"


def _checksum(rows: Rows) -> str:
    found = sha256()
    for name, values in sorted(rows.items()):
        found.update(f"{name} {values.dtype} {values.shape}".encode() + np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def in_order(
    work: Callable[[Any], Rows], tasks: Iterable[Any], executor: Executor | None, checkpoint: Checkpoint
) -> Iterator[Rows]:
    """Results of `work` for each task, in the order of the tasks."""
    if executor is None:
        for index, task in enumerate(tasks):
            result = checkpoint.load(index)
            if result is None:
                result = work(task)
                checkpoint.save(index, result)
            yield result
        return
    waiting: deque[tuple[int, Any, Rows | Future[Rows]]] = deque()
    unsent = iter(enumerate(tasks))
    try:
        while True:
            while len(waiting) < AHEAD and (item := next(unsent, None)) is not None:
                index, task = item
                done = checkpoint.load(index)
                waiting.append((index, task, _sent(executor, work, task) if done is None else done))
            if not waiting:
                return
            index, task, pending = waiting.popleft()
            if isinstance(pending, dict):
                yield pending
                continue
            finished = _finished(pending, work, task)
            checkpoint.save(index, finished)
            yield finished
    finally:
        for _, _, abandoned in waiting:
            if not isinstance(abandoned, dict):
                abandoned.cancel()


def _sent(executor: Executor, work: Callable[[Any], Rows], task: Any) -> Any:
    try:
        return executor.submit(work, task)
    except RuntimeError:  # the pool broke or was shut down: what is left is done here
        return work(task)


def _finished(future: Any, work: Callable[[Any], Rows], task: Any) -> Rows:
    try:
        return future.result()
    except (KeyboardInterrupt, InputError):
        raise
    except (CancelledError, Exception) as error:
        if _worker_died(error):
            return work(task)
        raise


def _worker_died(error: BaseException) -> bool:
    """Whether a task failed since its worker did: a broken pool, or a cluster that gave up on a lost worker."""
    return isinstance(error, CancelledError) or type(error).__name__ in ("BrokenProcessPool", "KilledWorker")
