"""Counts as a law reads them: which outcomes each cell of a table gathers, and how often it was seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltamu.calibration.laws.repair import labels
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.quantities import as_numbers

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Counts by run and cell.

    Attributes
    ----------
    runs : tuple of str
    cells : tuple of str
        What each cell is called.
    counts : numpy.ndarray, shape (runs, cells)
    members : numpy.ndarray, shape (runs, cells, outcomes)
        1 where a cell gathers an outcome of the law, else 0.
    whole : numpy.ndarray of bool, shape (runs, cells)
        Whether a cell belongs to the partition that the tasks of a run fall into; what was censored does not.
    """

    runs: tuple[str, ...]
    cells: tuple[str, ...]
    counts: Array
    members: Array
    whole: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not self.counts.size or not self.counts.sum() > 0:
            raise InputError("the log is empty: there is nothing to fit")
        if not np.isfinite(self.counts).all() or (self.counts < 0).any():
            bad = self.counts[~(self.counts >= 0) | ~np.isfinite(self.counts)][0]
            raise InputError(f"count = {bad:g} is not a number >= 0")

    @property
    def sizes(self) -> Array:
        """Tasks that fall into the partition, by run."""
        return np.where(self.whole, self.counts, 0.0).sum(axis=-1)

    @property
    def identity(self) -> bool:
        """Whether each cell is one outcome of its own, in order."""
        shape = self.members.shape[1:]
        return shape[0] == shape[1] and bool((self.members == np.eye(shape[0])).all())

    def by_outcome(self) -> Array:
        """Counts by run and outcome, what a cell gathers spread evenly: good enough to start from."""
        share = self.members / np.maximum(self.members.sum(axis=-1, keepdims=True), 1.0)
        return np.einsum("rg,rgo->ro", self.counts, share)

    def select(self, run: int) -> "Table":
        """The table of one run."""
        at = slice(run, run + 1)
        return Table(self.runs[at], self.cells, self.counts[at], self.members[at], self.whole[at])

    def with_counts(self, counts: Array) -> "Table":
        """The same cells with other counts."""
        return replace(self, counts=counts)


@checked
def _numbers(name: str, value: ArrayLike) -> Array:
    """Counts as an array of floats."""
    numbers = as_numbers(value)
    if numbers.dtype.kind not in "iuf":
        raise InputError(f"{name} = {shown(value)} is not made of numbers")
    return numbers.astype(float)


@checked
def plain_table(counts: ArrayLike, cells: Sequence[str], runs: Sequence[str] = ()) -> Table:
    """A table whose cells are the outcomes themselves.

    Examples
    --------
    >>> table = plain_table([[3, 1]], ["pass", "fail"])
    >>> table.sizes, table.identity
    (array([4.]), True)
    """
    table = np.atleast_2d(_numbers("counts", counts))
    if table.ndim > 2 or table.shape[1] != len(cells):
        raise InputError(f"{table.shape[1]} counts a run, but the law has {len(cells)} cells")
    number, size = table.shape
    if len(tuple(runs)) not in (0, number):
        raise InputError(f"runs = {shown(runs)} are {len(tuple(runs))} names for {number} runs")
    runs = tuple(runs) or tuple(str(i) for i in range(number))
    members = np.broadcast_to(np.eye(size), (number, size, size))
    return Table(tuple(map(str, runs)), tuple(cells), table, members, np.ones(table.shape, dtype=bool))


@checked
def first_passes(
    passes: Sequence[Sequence[float]],
    false: Sequence[Sequence[float]],
    alarms: Sequence[float],
    rest: Sequence[float],
    *,
    runs: Sequence[str] = (),
    last_visible: str = "known",
) -> Table:
    """The table of tasks that stop at their first visible pass, from counts of each run.

    Parameters
    ----------
    passes, false : sequence (runs) of sequence (attempts)
        Visible passes at each attempt whose program was right, and wrong.
    alarms, rest : sequence (runs)
        Tasks without a visible pass whose last program was right, and wrong.
    last_visible : "known" or "unknown"
        Whether a log says if the tests passed at the last attempt; if not, `alarms` and `rest` gather both.

    Examples
    --------
    >>> table = first_passes([[8, 2]], [[1, 0]], [0], [3])
    >>> table.cells[-2:], table.sizes
    (('stop 1 right', 'stop 1 wrong'), array([14.]))
    """
    right, wrong = (np.atleast_2d(_numbers(name, one)) for name, one in (("passes", passes), ("false", false)))
    ends = np.broadcast_arrays(*(_numbers(name, one) for name, one in (("alarms", alarms), ("rest", rest))))
    number, attempts = right.shape
    if wrong.shape != right.shape or not right.size or ends[0].shape not in ((), (1,), (number,)):
        sizes = f"{right.shape}, {wrong.shape}, {np.shape(alarms)}, {np.shape(rest)}"
        raise InputError(
            f"passes, false, alarms, rest have the shapes {sizes}: allowed are (runs, attempts) and (runs,)"
        )
    last = attempts - 1
    counts = np.zeros((number, attempts, 4))
    members = np.zeros((number, attempts, 4, attempts, 4))
    whole = np.zeros((number, attempts, 4), dtype=bool)
    for t in range(attempts):
        for hidden in range(4):
            members[:, t, hidden, t, hidden] = 1
    counts[:, :, 0], counts[:, :, 1] = right, wrong
    whole[:, :, :2] = True
    counts[:, last, 2], counts[:, last, 3] = ends
    whole[:, last, 2:] = True
    if last_visible == "unknown":
        members[:, last, 2, last, 0] = members[:, last, 3, last, 1] = 1
        counts[:, last, 2:] += counts[:, last, :2]
        whole[:, last, :2] = False
    elif last_visible != "known":
        raise InputError(f"last_visible = {shown(last_visible)} is neither 'known' nor 'unknown'")
    runs = tuple(map(str, runs)) or tuple(str(i) for i in range(number))
    if len(runs) != number:
        raise InputError(f"runs = {shown(runs)} are {len(runs)} names for {number} runs")
    names = labels(last)
    if last_visible == "unknown":
        names = (*names[:-2], f"end {last} right", f"end {last} wrong")
    size = attempts * 4
    kept = np.asarray(whole.reshape(number, size).any(axis=0))
    return Table(
        runs,
        tuple(label for label, keep in zip(names, kept, strict=True) if keep),
        counts.reshape(number, size)[:, kept],
        members.reshape(number, size, size)[:, kept],
        whole.reshape(number, size)[:, kept],
    )
