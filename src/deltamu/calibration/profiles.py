"""The profile likelihood of one parameter of a fit, as a curve."""

from dataclasses import replace

import numpy as np
import xarray as xr
from scipy.special import ndtri

from deltamu.calibration.intervals import likelihood_ratio
from deltamu.calibration.laws.law import Law
from deltamu.calibration.optimum import Optimum
from deltamu.calibration.problem import again, point_of
from deltamu.errors import InputError, shown, unknown
from deltamu.model.arguments import check_count, checked
from deltamu.model.quantities import is_number
from deltamu.simulation.sweeps import attributes


@checked
def profile(
    fit: xr.Dataset,
    parameter: str,
    *,
    run: str | None = None,
    points: int = 41,
    width: float = 3.0,
    law: Law | None = None,
) -> xr.Dataset:
    """How much log-likelihood is lost where one parameter is held and all others are fitted anew.

    Parameters
    ----------
    fit : Dataset
        What `deltamu.fit` returned.
    parameter : str
        A fitted parameter, or one that follows from them such as ``"theta"``.
    run : str, optional
        The run whose parameter it is; needed where runs differ in it.
    points : int
        Number of values, spread evenly on the scale of the parameter.
    width : float
        How far to go, in standard errors.
    law : Law, optional
        Needed for a law of your own.

    Returns
    -------
    xarray.Dataset
        ``likelihood_ratio`` over ``value``, twice the loss; ``level_90`` is what cuts off the 90 % interval.

    Raises
    ------
    InputError
        The parameter is unknown or was held, or the run has to be named.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> example = fit(read_log("example"), intervals=0)
    >>> curve = profile(example, "r", points=5)
    >>> curve.sizes["value"], float(curve.likelihood_ratio.min().round(6))
    (5, 0.0)
    """
    check_count("points", points)
    if points < 2 or not (is_number(width) and 0 < width < np.inf):
        raise InputError(f"points = {points} and width = {shown(width)}: at least 2 points over a width > 0")
    like = again(fit, law).like
    if parameter not in like.law.all_names:
        raise unknown(f"parameter of law {like.law.name}", parameter, like.law.all_names)
    if parameter not in like.chart.names:
        like = replace(like, coordinates=(*like.coordinates, parameter))
    places = [i for i, (own, name) in enumerate(like.free) if name == parameter and
              (own < 0 or run is None or like.table.runs[own] == run)]  # fmt: skip
    if not places:
        raise InputError(f"{parameter} was held at a value: it has no profile")
    if len(places) > 1:
        raise InputError(f"runs differ in {parameter}: name one of {', '.join(like.table.runs)}")
    at = point_of(fit, like)
    now = like(at)
    best = Optimum(at, now.value, now.score, now.information, np.zeros(at.shape, dtype=bool))
    sd = min(np.sqrt(max(np.linalg.pinv(now.information[0])[places[0], places[0]], 1e-8)), 4.0)
    low, high = (ends[places[0]] for ends in like.bounds)
    z = np.linspace(max(at[0, places[0]] - width * sd, low), min(at[0, places[0]] + width * sd, high), points)
    p = like.chart[parameter]
    ratio = likelihood_ratio(like, best, places[0], z)
    return xr.Dataset(
        {"likelihood_ratio": ("value", ratio, {"long_name": "twice the loss of log-likelihood"}),
         "level_90": ((), float(ndtri(0.95) ** 2), {"long_name": "level of the 90 % interval"})},
        coords={"value": ("value", p.inverse(z), attributes(p.symbol))},
        attrs={**{key: fit.attrs[key] for key in ("law", "deltamu_version")}, "parameter": parameter, "run": run or ""},
    )  # fmt: skip
