"""Do results survive the constants that nobody has measured?  Sobol indices over a box of parameters."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.errors import InputError
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.settings import Settings
from deltamu.sensitivity.boxes import Bounds, box_of, check_size, described, results_at
from deltamu.sensitivity.outcomes import FINITE, check_outcome


@checked
def global_sensitivity(
    outcome: str | Sequence[str],
    settings: Settings | str | None = None,
    /,
    *,
    seed: int,
    bounds: Bounds = "constants",
    n: int = 1024,
    policy: Policy | str | None = None,
    model: Model | str | None = None,
    moves: int = 150,
    **controls: float,
) -> xr.Dataset:
    """First-order and total Sobol indices of outcomes over a box of parameters.

    Parameters
    ----------
    outcome : str or sequence of str
        Finite outcomes of a run (see `deltamu.sensitivity.OUTCOMES`).
    settings, policy, model, moves, **controls
        See `deltamu.simulate`; what is not varied has these values.
    seed : int
        Of the sample.
    bounds : "sliders", "constants", or a mapping of parameter to (lowest, highest)
        The box (see `boxes.BOXES`).
    n : int
        Size of the base sample, a power of 2; the runs number n (2 + number of parameters).

    Returns
    -------
    xarray.Dataset
        Over ``outcome`` and ``wrt``: ``first_order``, the share of an outcome's variance that a parameter explains by
        itself, and ``total``, the share that would remain if all others were known, interactions included; each with
        the half-width of its 95 % confidence interval. Both are nan where the outcome does not vary. Over ``outcome``:
        its ``mean``, ``least`` and ``greatest`` value in the sample.

    Raises
    ------
    InputError
        A name is unknown, `n` is no power of 2, or the extra ``global`` is not installed.

    Notes
    -----
    Sobol's sequence, Saltelli's scheme, by SALib. Cross-constraints hold in every point: the larger one of a pair is
    drawn from what the smaller one leaves. What is counted (K, N, K_r, T_plan) is drawn as whole numbers.

    Examples
    --------
    >>> from deltamu.sensitivity import global_sensitivity
    >>> ds = global_sensitivity("final_mu", "principal-tr", seed=1, n=64, moves=40)  # doctest: +SKIP
    >>> ds.total.sel(outcome="final_mu").to_series().idxmax()  # doctest: +SKIP
    'a2'
    """
    try:
        from SALib.analyze import sobol as analysis
        from SALib.sample import sobol as design
    except ImportError:
        raise InputError('Sobol indices need SALib: pip install "deltamu[global]"') from None
    names = _outcomes(outcome)
    start, box = box_of(settings, policy, model, bounds, controls)
    check_size(n, seed)
    problem = {"num_vars": len(box), "names": [s.name for s in box], "bounds": [[0.0, 1.0]] * len(box)}
    shares = design.sample(problem, n, calc_second_order=False, seed=seed)
    results = results_at(start, box, shares, moves)
    indices = {key: np.full((len(names), len(box)), np.nan) for key in ("S1", "ST", "S1_conf", "ST_conf")}
    for row, name in enumerate(names):
        if np.ptp(results[name]) > 1e-12 * np.abs(results[name]).max():
            with warnings.catch_warnings():  # that an outcome is the same in part of the sample is no news
                warnings.simplefilter("ignore")
                found = analysis.analyze(problem, results[name], calc_second_order=False, seed=seed + 1)
            for key, values in indices.items():
                values[row] = found[key]
    over = ("outcome", "wrt")
    labels = {"S1": ("first_order", "share of variance explained by a parameter alone"),
              "ST": ("total", "share of variance that involves a parameter"),
              "S1_conf": ("first_order_halfwidth", "half-width of the 95 % confidence interval"),
              "ST_conf": ("total_halfwidth", "half-width of the 95 % confidence interval")}  # fmt: skip
    data: dict[str, Any] = {
        label: (over, indices[key], {"long_name": meaning}) for key, (label, meaning) in labels.items()
    }
    for label, function in (("mean", np.mean), ("least", np.min), ("greatest", np.max)):
        data[label] = (
            "outcome",
            [float(function(results[name])) for name in names],
            {"long_name": f"{label} in the sample"},
        )
    return described(data, {"outcome": names}, start, box, n, seed, moves)


def _outcomes(outcome: str | Sequence[str]) -> list[str]:
    names = [outcome] if isinstance(outcome, str) else list(outcome)
    for name in names:
        check_outcome(name, FINITE, "is infinite for some runs")
    return names
