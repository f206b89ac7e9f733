"""`fit`: a law fitted to a log, with everything that is needed to judge it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.bootstrap import deviance, replicated
from deltamu.calibration.estimates import Estimates, estimated
from deltamu.calibration.laws.law import Law
from deltamu.calibration.optimum import Optimum, fit_table
from deltamu.calibration.problem import Problem, posed
from deltamu.calibration.report import findings, written
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.quantities import is_number

Array = NDArray[np.float64]


@checked
def fit(
    log: Any,
    law: str | Law = "repair",
    *,
    spread: str | None = None,
    false_alarm: str | bool = "auto",
    gap: bool = False,
    share: Iterable[str] | None = None,
    fix: Mapping[str, float] | None = None,
    priors: Mapping[str, tuple[float, float]] | None = None,
    intervals: float = 0.9,
    bootstrap: int = 0,
    seed: int | None = None,
    stop: str | None = None,
) -> xr.Dataset:
    """Fit a law to a log of runs by maximum likelihood.

    Parameters
    ----------
    log : xarray.Dataset, pandas.DataFrame or Table
        Tidy rows, one an attempt (columns ``task``, ``run``, ``attempt``, ``sample``, ``visible``, ``hidden``,
        ``level``, ``reviewer``, ``verdict``, ``end``, ``count``), a Dataset of them over ``row``, or counts of cells.
    law : str or Law
        The name of one of `deltamu.calibration.LAWS`, or a law of your own for a Table.
    spread : "gamma" or "none", optional
        Whether the mass differs from task to task; what the law is meant for by default.
    false_alarm : bool or "auto"
        Whether to fit the share of tasks whose tests never accept; by default where right programs were refused.
    gap : bool
        Whether to fit the share of tasks whose hidden tests ask what nobody specified.
    share : iterable of str, optional
        Parameters that all runs have in common; by default the resolution, a property of the tests.
    fix : mapping of str to float, optional
        Parameters that are held at a value.
    priors : mapping of str to (mean, standard deviation), optional
        Normal priors on the scale (log or logit) of a parameter: the estimate is then the maximum a posteriori.
    intervals : float
        Level of the profile-likelihood intervals; 0 leaves them out.
    bootstrap : int
        Replicates of the parametric bootstrap of the deviance; 0 leaves it out.
    seed : int, optional
        Needed for the bootstrap; replicate i has the same numbers whatever their number is.
    stop : "visible" or "none", optional
        Whether each task stops at its first visible pass; ``"none"`` leaves out what comes after it.  By default as the
        log was read, else ``"visible"``.

    Returns
    -------
    xarray.Dataset
        ``estimate``, ``standard_error``, ``lower``, ``upper``, ``edge`` and ``source`` (measured, fixed, or none where
        the log says nothing) over (run, parameter); ``covariance`` on the scales of the parameters and
        ``covariance_natural`` over ``(run, parameter, parameter_)``, ``covariance_free`` of all free parameters over
        ``(free, free_)``; ``information_eigenvalue`` (mode) and ``direction`` (mode, free) of the expected information
        on these scales; ``observed``, ``expected`` and Pearson ``residual`` over (run, cell); ``log_likelihood``,
        ``aic``, ``deviance``, ``degrees_of_freedom``, and with a bootstrap ``p_value``.  ``attrs["report"]`` says it in
        words.

    Raises
    ------
    InputError
        The log cannot be read as the law needs it, the data leave parameters confounded, or an option makes no sense.

    Notes
    -----
    Standard errors are those of the observed information. An interval whose profile stays below its level up to the
    end of the search reaches to the end of the parameter's domain.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"task": list("abcdef"), "attempt": [0, 0, 0, 1, 1, 1], "visible": [1, 1, 1, 1, 0, 0],
    ...                      "hidden": [1, 0, 1, 1, 0, 0], "count": [60, 10, 5, 8, 17, 3]})
    >>> ds = fit(rows, "first_then")
    >>> ds.estimate.sel(parameter=["p", "h"]).round(3).values.tolist()
    [[0.728, 0.286]]
    """
    if not (is_number(intervals) and 0 <= intervals < 1):
        raise InputError(f"intervals = {shown(intervals)} is outside [0, 1)")
    if not (is_number(bootstrap) and 0 <= bootstrap < np.inf and bootstrap == int(bootstrap)):
        raise InputError(f"bootstrap = {shown(bootstrap)} is not a whole number >= 0")
    if bootstrap and seed is None:
        raise InputError("bootstrap needs a seed: the same one gives the same bits")
    problem = posed(log, law, spread=spread, false_alarm=false_alarm, gap=gap, share=share, fix=fix, priors=priors,
                    stop=stop)  # fmt: skip
    best = fit_table(problem.like)
    found = estimated(problem.like, best, intervals, problem.unseen, problem.unseen_of)
    name = law if isinstance(law, str) else law.name
    ds = _labelled(problem, best, found, name)
    if bootstrap:
        ds = _with_bootstrap(ds, problem, best, int(bootstrap), int(seed or 0))
    ds.attrs |= {"problem": problem.options(), "level": intervals, "deltamu_version": __version__}
    ds.attrs["notes"] = "\n".join(findings(ds, problem))
    ds.attrs["report"] = written(ds)
    return ds


def _labelled(problem: Problem, best: Optimum, found: Estimates, name: str) -> xr.Dataset:
    """Everything but the bootstrap, labelled."""
    like, law, table = problem.like, problem.law, problem.table
    p, _ = like.cells(best.z)
    p = p[0]
    poisson = law.kind == "poisson"
    sizes = 1.0 if poisson else table.sizes[:, None]
    expected = np.where(table.whole, sizes * p, table.counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(expected * (1.0 if poisson else np.maximum(1 - p, 0.0)))
        residual = np.where((spread > 0) & table.whole, (table.counts - expected) / spread, 0.0)
    plain = best.value[0] if not like.prior else like_without_prior(problem, best)
    loose = deviance(like, best.z, table.counts)
    number = len(like.free) - len(problem.unseen_of)
    cells = table.whole.sum() - (0 if poisson else len(table.runs))
    values, vectors = np.linalg.eigh(best.information[0])
    of = ("run", "parameter")
    square = ("run", "parameter", "parameter_")
    data: dict[str, Any] = {
        "estimate": (of, found.value, {"long_name": "estimate", "units": "of the parameter"}),
        "standard_error": (of, found.error, {"long_name": "standard error", "units": "of the parameter"}),
        "lower": (of, found.lower, {"long_name": "lower end of the interval", "units": "of the parameter"}),
        "upper": (of, found.upper, {"long_name": "upper end of the interval", "units": "of the parameter"}),
        "edge": (of, found.edge, {"long_name": "whether the search ended at its bound"}),
        "source": (of, found.source, {"long_name": "measured, fixed, or none where the log says nothing"}),
        "covariance": (square, found.covariance, {"long_name": "covariance on the scales of the parameters"}),
        "covariance_natural": (square, found.natural, {"long_name": "covariance of the parameters"}),
        "covariance_free": (("free", "free_"), found.joint, {"long_name": "covariance of all free parameters, scaled"}),
        "information_eigenvalue": ("mode", values, {"long_name": "eigenvalue of the expected information"}),
        "direction": (("mode", "free"), vectors.T, {"long_name": "direction of the eigenvalue, scaled parameters"}),
        "observed": (("run", "cell"), table.counts, {"long_name": "observed count", "units": "tasks"}),
        "expected": (("run", "cell"), expected, {"long_name": "expected count", "units": "tasks"}),
        "residual": (("run", "cell"), residual, {"long_name": "Pearson residual"}),
        "whole": (("run", "cell"), table.whole, {"long_name": "whether the cell is part of the partition"}),
        "member": (("run", "cell", "outcome"), np.array(table.members), {"long_name": "outcomes that a cell gathers"}),
        "log_likelihood": ((), float(plain)),
        "aic": ((), float(2 * number - 2 * plain), {"long_name": "Akaike's information criterion"}),
        "deviance": ((), float(loose[0]), {"long_name": "deviance against free cells"}),
        "degrees_of_freedom": ((), int(cells - number)),
    }
    labels = [where(table.runs, run, one) for run, one in like.free]
    meanings = [law[one].symbol.meaning for one in law.all_names]
    coords = {
        "run": list(table.runs), "parameter": list(law.all_names), "parameter_": list(law.all_names),
        "cell": list(table.cells), "outcome": _outcomes(problem), "free": labels, "free_": labels,
        "mode": np.arange(len(values)),
        "meaning": ("parameter", meanings), "unit": ("parameter", [law[one].symbol.unit for one in law.all_names]),
        "scale": ("parameter", [law[one].link for one in law.all_names]),
    }  # fmt: skip
    return xr.Dataset(data, coords=coords, attrs={"law": name, "title": law.title, "assumes": law.note})


def like_without_prior(problem: Problem, best: Optimum) -> float:
    """The log-likelihood alone."""
    return float(replace(problem.like, prior=())(best.z).value[0])


def where(runs: tuple[str, ...], run: int, name: str) -> str:
    """The label of a free parameter: its name, and its run where runs differ in it."""
    return name if run < 0 else f"{name} of {runs[run]}"


def _outcomes(problem: Problem) -> list[str]:
    labels = problem.law.labels
    number = problem.table.members.shape[-1]
    return list(labels) if len(labels) == number else [str(i) for i in range(number)]


def _with_bootstrap(ds: xr.Dataset, problem: Problem, best: Optimum, number: int, seed: int) -> xr.Dataset:
    """The p-value of the deviance, and the replicates."""
    _, points, found = replicated(problem.like, best.z, number, seed)
    at_least = float((found >= float(ds["deviance"]) - 1e-9).sum())
    ds = ds.assign(
        p_value=((), (1 + at_least) / (1 + number), {"long_name": "bootstrap p-value of the deviance"}),
        replicate_deviance=("replicate", found, {"long_name": "deviance of a replicate"}),
        replicate_free=(("replicate", "free"), points, {"long_name": "free parameters of a replicate, scaled"}),
    )
    return ds.assign_attrs(seed=seed, bootstrap=number)
