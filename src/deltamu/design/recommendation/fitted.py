"""What a recommendation for measured tasks knows: their population, the settings as measured, and draws of fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.calibration.comparison import akaike_weights
from deltamu.calibration.measured import calibrated, draws, sources
from deltamu.design.recommendation.steering import check_steered, invented, refusal
from deltamu.errors import InputError, unknown
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.model.policies import VIBE, Policy
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.population import MEASURED, Population, population_of

SOURCES = (MEASURED, "fixed", "invented")
GIVEN = "the law of the fit is taken as given: draws vary its parameters only"
SPREAD = "draws are spread over the fits by their Akaike weights; no other law is among them"


@dataclass
class Known:
    """What was measured, and what was not.

    Attributes
    ----------
    settings : Settings
        As measured where a fit says so.
    tasks : Population
    source : dict of str to str
        Of every control and constant: measured, fixed or invented.
    drawn : xarray.Dataset or None
        Draws of the fit, or of several, see `deltamu.draws`.
    weights : tuple of float
        Akaike weights of several fits, in the order in which they were given.
    left_alone : dict of str to str
        Controls that are not chosen, and why.
    held : tuple of str
        Controls that the caller has given, whatever was measured.
    """

    settings: Settings
    tasks: Population
    source: dict[str, str]
    drawn: xr.Dataset | None = None
    weights: tuple[float, ...] = ()
    left_alone: dict[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[str, ...]:
        """What was measured."""
        return tuple(name for name, source in self.source.items() if source == MEASURED)

    def choosable(self, names: Sequence[str], asked: bool, policies: Sequence[Policy], model: Model) -> tuple[str, ...]:
        """The controls that may be recommended; what was asked for by name and may not is refused.

        Raises
        ------
        InputError
            Only invented constants steer a control that was asked for, or none is left.
        """
        if asked:
            for policy in policies:
                check_steered(names, policy, model, self.measured)
            return tuple(names)
        told: dict[str, str] = {}
        for policy in policies:
            told |= {name: refusal(name, why) for name, why in invented(names, policy, model, self.measured).items()}
        told |= {name: f"{name} was measured" for name in names if name in self.measured}
        self.left_alone = told
        left = tuple(name for name in names if name not in told)
        if not left:
            raise InputError(next(iter(told.values())))
        return left


def leading(population: Any) -> Any:
    """What was given; of several fits that of the least AIC.

    Raises
    ------
    InputError
        There is no fit, or they are of different counts.
    """
    if not isinstance(population, list | tuple):
        return population
    return population[max(range(len(population)), key=akaike_weights(population).__getitem__)]


def base_of(
    population: Any, settings: Settings | str | None, model: Model | str | None, controls: Mapping[str, Any]
) -> Settings:
    """What is not measured; for a fit under the vibe policy by default, as in `calibrated`."""
    by_default = settings is None and isinstance(population, xr.Dataset)
    base = Settings(VIBE) if by_default else find_settings(settings)
    base = base if model is None else base.replace(model=find_model(model))
    known = base.vocabulary()
    return base.replace(**{name: value for name, value in controls.items() if name in known})


def known_of(
    population: Any,
    settings: Settings,
    carrier: str,
    measured: str | Iterable[str],
    number: int,
    seed: int | None,
) -> Known:
    """What a population and its draws say.

    Raises
    ------
    InputError
        Draws or measured constants are asked for without what they need.
    """
    more = (measured,) if isinstance(measured, str) else tuple(measured)
    possible = [symbol.name for symbol in sym.PARAMETERS]
    for name in more:
        if name not in possible:
            raise unknown("measured constant", name, possible)
    if population is None:
        raise InputError(f"{'draws' if number else 'measured'} says nothing without a population: give the fit")
    one = leading(population)
    tasks = population_of(one)
    fits = population if isinstance(population, list | tuple) else [population]
    weights = akaike_weights(fits) if len(fits) > 1 else np.ones(1)
    fitted = isinstance(one, xr.Dataset)
    if fitted:
        source = sources(one, carrier=carrier)
        for fit in fits:
            calibrated(fit, carrier=carrier, settings=settings)  # refuses what says nothing of repairs
        settings = calibrated(one, carrier=carrier, settings=settings)
    else:
        source = {name: MEASURED if name in ("mu0", *tasks.measured) else SOURCES[-1] for name in possible}
    source |= dict.fromkeys(more, MEASURED)
    drawn = None
    if number:
        if not fitted:
            raise InputError("draws are of a fit: population is none")
        if seed is None:
            raise InputError("draws need a seed: the same one gives the same bits")
        drawn = _spread(fits, weights, number, seed, carrier, settings)
    return Known(settings, tasks, source, drawn, tuple(weights.tolist()) if len(fits) > 1 else ())


def _spread(
    fits: Sequence[xr.Dataset], weights: NDArray[np.float64], number: int, seed: int, carrier: str, settings: Settings
) -> xr.Dataset:
    """Draws of several fits, as many of each as its weight asks for; ``fit`` says whose each is."""
    ends = np.round(number * np.cumsum(weights)).astype(int)
    parts = []
    for place, (fit, count) in enumerate(zip(fits, np.diff(ends, prepend=0).tolist(), strict=True)):
        if count:
            one = draws(fit, count, seed, carrier=carrier, settings=settings)
            one = one if "c" in one else one.assign(c=("draw", np.zeros(count)))
            parts.append(one.assign(fit=("draw", np.full(count, place))))
    common = [name for name in parts[0] if all(name in part for part in parts)]
    joined = xr.concat([part[common] for part in parts], "draw", combine_attrs="override")
    return joined.assign_coords(draw=np.arange(number))
