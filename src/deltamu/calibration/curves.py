"""Two curves of a log of first passes, as seen and as a fitted law has them, with bands of what it would have shown."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.measured import points_of
from deltamu.calibration.problem import again, point_of
from deltamu.errors import InputError, shown
from deltamu.model.arguments import check_count, checked
from deltamu.model.quantities import is_number

Array = NDArray[np.float64]


@checked
def first_pass_curves(fit: xr.Dataset, *, draws: int = 200, seed: int = 1, level: float = 0.9) -> xr.Dataset:
    """The share of tasks that has passed by each attempt, and the share of each attempt's passes that is right.

    Parameters
    ----------
    fit : xarray.Dataset
        A fit of a law of first passes, a baseline among them.
    draws, seed : int
        For each draw of the parameters a log of the same size is drawn.
    level : float
        Share of these logs that the band holds at each attempt.

    Returns
    -------
    xarray.Dataset
        Over (run, attempt): ``passed_seen``, ``passed`` as the law has it, ``passed_lower``, ``passed_upper``;
        ``right_seen``, ``right``, ``right_lower``, ``right_upper``, of the passes that were judged (nan where there are
        none), and ``judged``, their number.

    Raises
    ------
    InputError
        The fit is of another kind of law, or an option makes no sense.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> ds = first_pass_curves(fit(read_log("example"), "first_then", intervals=0))
    >>> ds.passed_seen[:, 0].values.tolist(), bool((ds.passed_lower <= ds.passed_seen).all())
    ([0.646, 0.782, 0.652], True)
    """
    if not (is_number(level) and 0 < level < 1):
        raise InputError(f"level = {shown(level)} is outside (0, 1)")
    check_count("draws", draws)
    problem = again(fit)
    attempts = _attempts(problem.table.cells)
    like, table = problem.like, problem.table
    at = point_of(fit, like)
    p = like.cells(np.concatenate([at, points_of(fit, like, draws, seed)]))[0]
    runs, last = len(table.runs), int(attempts.max())
    seen = [_curves(table.counts[i][None], table.cells, attempts) for i in range(runs)]
    expected = np.where(table.whole, table.sizes[:, None] * p[0], table.counts)
    law = [_curves(expected[i][None], table.cells, attempts) for i in range(runs)]
    generator = np.random.default_rng(seed)
    bands = []
    for i in range(runs):
        whole = table.whole[i]
        share = np.maximum(p[1:, i, whole], 0.0)
        counts = np.tile(table.counts[i], (draws, 1))
        counts[:, whole] = generator.multinomial(int(table.sizes[i]), share / share.sum(axis=1, keepdims=True))
        bands.append([np.nanquantile(np.where(np.isfinite(curve).any(axis=0), curve, 0.0),
                                     ((1 - level) / 2, (1 + level) / 2), axis=0)
                      for curve in _curves(counts, table.cells, attempts)])  # fmt: skip
    data: dict[str, Any] = {}
    for place, (name, text) in enumerate((("passed", "passed the visible tests by this attempt"),
                                          ("right", "right among the passes of this attempt"))):  # fmt: skip
        facts = {"long_name": text, "units": "share"}
        known = np.isfinite(np.array([one[place][0] for one in seen]))
        data[f"{name}_seen"] = (("run", "attempt"), np.array([one[place][0] for one in seen]), facts)
        data[name] = (("run", "attempt"), np.array([one[place][0] for one in law]), facts)
        for side, end in enumerate(("lower", "upper")):
            band = np.array([one[place][side] for one in bands])
            data[f"{name}_{end}"] = (("run", "attempt"), np.where(known, band, np.nan), facts)
    judged = np.array([_judged(table.counts[i], table.cells, attempts) for i in range(runs)])
    data["judged"] = (("run", "attempt"), judged, {"long_name": "passes that were judged", "units": "tasks"})
    attrs = {"law": fit.attrs["law"], "level": level, "seed": seed, "deltamu_version": __version__}
    return xr.Dataset(data, coords={"run": list(table.runs), "attempt": np.arange(last + 1)}, attrs=attrs)


def _attempts(cells: tuple[str, ...]) -> NDArray[np.intp]:
    """The attempt of each cell."""
    parts = [cell.split() for cell in cells]
    if not all(len(part) == 3 and part[0] in ("pass", "stop", "end") for part in parts):
        raise InputError("only logs of first passes have these curves: fit repair, retry or a baseline of them")
    return np.array([int(part[1]) for part in parts])


def _curves(counts: Array, cells: tuple[str, ...], attempts: NDArray[np.intp]) -> tuple[Array, Array]:
    """Both curves from counts of cells, shape (logs, cells): each of shape (logs, attempts)."""
    passes, judged, right = np.zeros((3, len(counts), int(attempts.max()) + 1))
    for place, cell in enumerate(cells):
        what, _, hidden = cell.split()
        if what == "pass":
            passes[:, attempts[place]] += counts[:, place]
            judged[:, attempts[place]] += counts[:, place] * (hidden != "unjudged")
            right[:, attempts[place]] += counts[:, place] * (hidden == "right")
    share = np.divide(right, judged, out=np.full(judged.shape, np.nan), where=judged > 0)
    return passes.cumsum(axis=1) / counts.sum(axis=1, keepdims=True), share


def _judged(counts: Array, cells: tuple[str, ...], attempts: NDArray[np.intp]) -> Array:
    found = np.zeros(int(attempts.max()) + 1)
    for place, cell in enumerate(cells):
        found[attempts[place]] += counts[place] * (cell.startswith("pass ") and not cell.endswith("unjudged"))
    return found
