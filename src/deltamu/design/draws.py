"""A verb of `design` over draws of a fit: an answer per draw, and the share of draws that agree."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import xarray as xr

from deltamu.calibration.measured import draws as drawn_from
from deltamu.calibration.measured import settings_of, sources
from deltamu.design.recommendation.fitted import base_of
from deltamu.design.recommendation.steering import check_steered
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import is_number
from deltamu.simulation.population import MEASURED

CHOOSES = {
    "best_reviewers": ("N",), "reviewer_value": ("N",), "saturation_size": ("N",), "correlation_threshold": ("N",),
    "best_split": ("K", "N"), "next_call": ("K", "N"), "team_front": ("K", "N"), "best_radius": ("delta0",),
    "optimal_policy": ("delta0",), "optimality_gap": ("delta0",),
}  # fmt: skip
"""The controls that a verb is about, by its name: of `recommend` they are its own `free`."""


@checked
def over_draws(
    verb: Callable[..., Any],
    fit: xr.Dataset,
    /,
    *,
    draws: int,
    seed: int,
    carrier: str = "a1",
    settings: Any = None,
    measured: str | Iterable[str] = (),
    digits: int = 2,
    **options: Any,
) -> xr.Dataset:
    """Ask a verb of `design` once for each draw of a fit.

    Parameters
    ----------
    verb : callable
        `best_radius`, `optimal_policy`, `best_reviewers` and the like, which take settings first.
    fit : xarray.Dataset
        A fit of law repair to the log of one run.
    draws, seed : int
        See `deltamu.draws`.
    carrier, settings
        See `deltamu.calibrated`.
    measured : names
        Constants in the settings that were measured besides, such as `gamma` from reviewers' verdicts.
    digits : int
        Significant digits in which two answers have to agree.
    **options
        Of the verb. What is a function is given the settings of each draw: ``mu=lambda settings: settings["mu0"]``.

    Returns
    -------
    xarray.Dataset
        What the verb returns, over ``draw``; and for each answer ``x`` of one value a draw, ``x_common``, the commonest
        one, and ``x_agreement``, the share of draws that give it.

    Raises
    ------
    InputError
        Only invented constants steer what the verb is about, or an option makes no sense.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> from deltamu.design import best_radius
    >>> example = fit(read_log("example"), intervals=0).sel(run=["mbpp/starcoder"])
    >>> ds = over_draws(best_radius, example, draws=5, seed=1, mu=0.4, overreach=2.0)
    >>> ds.best_radius.dims, 0.2 <= float(ds.best_radius_agreement) <= 1
    (('draw',), True)
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise InputError(f"digits = {shown(digits)} is not a whole number >= 1")
    model = options.get("model")
    given = {name: value for name, value in options.items() if is_number(value)}
    base = base_of(fit, settings, None if isinstance(model, list | tuple) else model, given)
    drawn = drawn_from(fit, draws, seed, carrier=carrier, settings=base)
    every = settings_of(drawn)
    known = {name for name, source in sources(fit, carrier=carrier).items() if source == MEASURED}
    known |= {measured} if isinstance(measured, str) else set(measured)
    check_steered(CHOOSES.get(verb.__name__, ()), base.policy, base.model or PUBLISHED, known)
    answers = []
    for one in every:
        asked = {name: option(one) if callable(option) else option for name, option in options.items()}
        answer = verb(one, **asked)
        answers.append(answer if isinstance(answer, xr.Dataset) else answer.to_dataset(name="answer"))
    found = xr.concat(answers, "draw", join="outer", combine_attrs="override").assign_coords(draw=drawn["draw"])
    return found.assign(_agreement(found, digits))


def _agreement(found: xr.Dataset, digits: int) -> dict[str, Any]:
    """The commonest answer, and the share of draws that give it, of all that is one value a draw."""
    data: dict[str, Any] = {}
    for name, values in found.data_vars.items():
        if values.dims == ("draw",):
            answers = [f"{value:.{digits - 1}e}" if values.dtype.kind == "f" else str(value) for value in values.values]
            _, first, counts = np.unique(answers, return_index=True, return_counts=True)
            at = int(np.argmax(counts))
            data[f"{name}_common"] = ((), values.values[first[at]], {"long_name": f"commonest {name} over the draws"})
            data[f"{name}_agreement"] = ((), counts[at] / len(answers), {"long_name": "share of draws that agree"})
    return data
