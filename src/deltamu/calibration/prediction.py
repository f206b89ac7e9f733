"""What a new run's hidden results will be, from its visible ones and what other runs said of the benchmark."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.likelihood import Likelihood, likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import again, posed
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, unknown
from deltamu.model.arguments import checked

Array = NDArray[np.float64]
CARRIED = ("c", "r")  # what a run says of the benchmark: dispersion of its tasks and resolution of its tests


@checked
def predict(fit: xr.Dataset, log_visible: Any, quantity: str = "hidden", *, stop: str | None = None) -> xr.Dataset:
    """Predict the hidden results of a new run.

    The dispersion of the mass and the resolution are the benchmark's and come from the fit; the mass of the new run
    and its repairs are fitted to its visible results alone.

    Parameters
    ----------
    fit : Dataset
        A fit of law repair or retry to other runs of the benchmark, with c (or k) and r shared.
    log_visible : as for `deltamu.fit`
        The new run; its hidden results are not looked at.
    quantity : "hidden"
        What is predicted.
    stop : as for `deltamu.fit`

    Returns
    -------
    xarray.Dataset
        Over ``attempt``: ``right_given_pass``, the probability that a program that passes the visible tests there is
        right; ``passes``, how many do; ``expected_right`` of them.  Over ``parameter``: fitted or carried over.

    Raises
    ------
    InputError
        The fit is of another law, or its runs differ in dispersion or resolution.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log, rows_of
    >>> rows = rows_of(read_log("example"))
    >>> new = rows.run == "mbpp/gpt-3.5-turbo-0613"
    >>> ahead = predict(fit(rows[~new], share=("c", "r")), rows[new])
    >>> float(ahead.expected_right.sum().round()), float(ahead.passes.sum())
    (381.0, 437.0)
    """
    if quantity != "hidden":
        raise unknown("quantity", quantity, ("hidden",))
    before = again(fit)
    if before.law.name not in ("repair", "retry"):
        raise InputError(f"law {fit.attrs['law']!r} does not predict hidden results: fit repair or retry")
    carried = {}
    for name in CARRIED:
        values = fit["estimate"].sel(parameter=name).values
        if not np.allclose(values, values[0], rtol=1e-9):
            raise InputError(f"the runs of the fit differ in {name}: share it, as in share=('c', 'r')")
        carried[name] = float(values[0])
    like = visible_only(posed(log_visible, str(fit.attrs["law"]), spread=before.spread, stop=stop).like, carried)
    best = fit_table(like)
    share, passes = right_given_pass(like, best.z)
    names = list(like.chart.names)
    known = {name: float(value[0, 0]) for name, value in like.values(best.z).items()}
    data: dict[str, Any] = {
        "right_given_pass": ("attempt", share, {"long_name": "P(right | visible pass)"}),
        "passes": ("attempt", passes, {"long_name": "visible passes", "units": "tasks"}),
        "expected_right": ("attempt", share * passes, {"long_name": "right programs expected", "units": "tasks"}),
        "estimate": ("parameter", [known[name] for name in names]),
        "source": ("parameter", ["carried over" if name in carried else "fixed" if name in like.held else "measured"
                                 for name in names]),
    }  # fmt: skip
    return xr.Dataset(data, coords={"attempt": np.arange(len(share)), "parameter": names},
                      attrs={"law": fit.attrs["law"], "deltamu_version": __version__})  # fmt: skip


def visible_only(like: Likelihood, carried: dict[str, float]) -> Likelihood:
    """The likelihood of the visible results of a table alone, with some parameters carried over."""
    table = like.table
    if len(table.runs) != 1:
        raise InputError(f"the log has {len(table.runs)} runs: predict one at a time")
    names = [cell.rpartition(" ")[0] for cell in table.cells]
    kept = sorted(set(names), key=names.index)
    members = np.zeros((1, len(kept), table.members.shape[-1]))
    counts, whole = np.zeros((1, len(kept))), np.zeros((1, len(kept)), dtype=bool)
    for place, name in enumerate(names):
        row = kept.index(name)
        members[0, row] = np.maximum(members[0, row], table.members[0, place])
        counts[0, row] += table.counts[0, place]
        whole[0, row] |= table.whole[0, place]
    seen = Table(table.runs, tuple(kept), counts, members, whole)
    fixed = {name: value for name, value in carried.items() if name in like.law.names}
    return likelihood(like.law, seen, fix=fixed)


def right_given_pass(like: Likelihood, z: Array) -> tuple[Array, Array]:
    """P(right | visible pass) by attempt, and how many passed there."""
    values, _ = like.natural(z)
    p, _ = compiled_law(like.law)(values)
    p = p.reshape(-1)
    right, wrong = p[0::4], p[1::4]
    passed = np.array([like.table.counts[0, like.table.cells.index(name)] if name in like.table.cells else 0.0
                       for name in (f"pass {t}" for t in range(len(right)))])  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(right + wrong > 0, right / (right + wrong), 0.0)
    return share, passed
