"""What a new run's hidden results will be, from its visible ones and what other runs said of the benchmark."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.estimates import covariance
from deltamu.calibration.likelihood import Likelihood, likelihood
from deltamu.calibration.measured import normal_points
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import again, posed
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import check_count, checked
from deltamu.model.quantities import is_number
from deltamu.simulation.population import MEASURED

Array = NDArray[np.float64]
MOST_SPREAD = 5.0  # of a parameter on its scale: nothing is known of it
CARRIED = ("c", "r")  # what a run says of the benchmark: dispersion of its tasks and resolution of its tests


@checked
def predict(
    fit: xr.Dataset,
    log_visible: Any,
    quantity: str = "hidden",
    *,
    stop: str | None = None,
    draws: int = 400,
    seed: int = 1,
    level: float = 0.9,
) -> xr.Dataset:
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
    draws, seed : int
        Draws of the parameters and of the tasks, for the interval.
    level : float
        Share of draws that the interval holds.

    Returns
    -------
    xarray.Dataset
        Over ``attempt``: ``right_given_pass``, the probability that a program that passes the visible tests there is
        right; ``passes``, how many do; ``expected_right`` of them.  ``right``, how many of all passes are expected to
        be right; between ``right_lower`` and ``right_upper`` lies the number that is found, if the law is right and the
        new run shares the benchmark.  Over ``parameter``: fitted or carried over.

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
    >>> float(ahead.right.round()), float(ahead.passes.sum()), bool(ahead.right_lower < 380 < ahead.right_upper)
    (381.0, 437.0, True)
    """
    if not (is_number(level) and 0 < level < 1):
        raise InputError(f"level = {shown(level)} is outside (0, 1)")
    check_count("draws", draws)
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
    (share,), passes = right_given_pass(like, best.z)
    low, high = np.quantile(drawn_right(fit, like, carried, draws, seed), ((1 - level) / 2, (1 + level) / 2))
    names = list(like.chart.names)
    known = {name: float(value[0, 0]) for name, value in like.values(best.z).items()}
    data: dict[str, Any] = {
        "right_given_pass": ("attempt", share, {"long_name": "P(right | visible pass)"}),
        "passes": ("attempt", passes, {"long_name": "visible passes", "units": "tasks"}),
        "expected_right": ("attempt", share * passes, {"long_name": "right programs expected", "units": "tasks"}),
        "right": ((), float((share * passes).sum()), {"long_name": "right programs expected in all", "units": "tasks"}),
        "right_lower": ((), float(low), {"long_name": "right programs, lower end", "units": "tasks"}),
        "right_upper": ((), float(high), {"long_name": "right programs, upper end", "units": "tasks"}),
        "estimate": ("parameter", [known[name] for name in names]),
        "source": ("parameter", ["carried over" if name in carried else "fixed" if name in like.held else "measured"
                                 for name in names]),
    }  # fmt: skip
    return xr.Dataset(data, coords={"attempt": np.arange(len(share)), "parameter": names},
                      attrs={"law": fit.attrs["law"], "level": level, "deltamu_version": __version__})  # fmt: skip


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
    """P(right | visible pass) at each point by attempt, and how many passed there."""
    values, _ = like.natural(z)
    p, _ = compiled_law(like.law)(values)
    p = p.reshape(len(z), -1)
    right, wrong = p[:, 0::4], p[:, 1::4]
    passed = np.array([like.table.counts[0, like.table.cells.index(name)] if name in like.table.cells else 0.0
                       for name in (f"pass {t}" for t in range(right.shape[1]))])  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(right + wrong > 0, right / (right + wrong), 0.0)
    return share, passed


def drawn_right(fit: xr.Dataset, like: Likelihood, carried: dict[str, float], draws: int, seed: int) -> Array:
    """Right programs among all passes, a number a draw: of what is carried over, of what the new run says, of tasks.

    What is carried over has the normal law that the fit gives it, as a prior; c and r are taken as independent.
    """
    prior = {}
    for name in (name for name in carried if name in like.law.names and name not in _known_for_sure(fit)):
        spread = float(np.sqrt(fit["covariance"].isel(run=0).sel(parameter=name, parameter_=name)))
        prior[name] = (float(like.law[name].forward(carried[name])), min(spread, MOST_SPREAD))
    held = {name: value for name, value in carried.items() if name in like.law.names and name not in prior}
    loose = likelihood(like.law, like.table, fix=held, prior=prior)
    best = fit_table(loose)
    points = normal_points(loose, best.z, covariance(loose, best), draws, seed)
    share, passes = right_given_pass(loose, points)
    return np.random.default_rng(seed).binomial(np.rint(passes).astype(int), np.clip(share, 0.0, 1.0)).sum(axis=1)


def _known_for_sure(fit: xr.Dataset) -> list[str]:
    """Parameters that were held in a fit: they have no spread."""
    return [str(name) for name in fit["parameter"].values if fit["source"].isel(run=0).sel(parameter=name) != MEASURED]
