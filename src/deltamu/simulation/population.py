"""Tasks that differ in their initial defect mass: a gamma law, and nodes and weights for means over it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv, gammaln

from deltamu.errors import InputError, shown
from deltamu.model.quantities import as_numbers, is_number

Array = NDArray[np.float64]
NODES = 128  # the trapezoid rule in ln mu with so many holds 12 digits of E exp(-u mu) while k > .02 and theta < 1e4
MOST_NODES = 10**6
LIGHTEST, HEAVIEST = 1e-40, 1e-17  # probabilities of the masses that the nodes leave out
NOTHING = 1e-12  # masses below this count as none
NARROW = 1e-9  # dispersion below which all tasks have one mass
MEASURED = "measured"
CONTROLS = {"m": "mu0", "r": "r", "d": "decay"}  # by the parameters of a fit that measure them


@dataclass(frozen=True)
class Population:
    """A population of tasks whose initial defect mass is gamma distributed.

    Parameters
    ----------
    mass : float
        Equivalent mass m = -ln P(the first program is right), above 0.
    dispersion : float
        c = 1/k, the squared coefficient of variation of the mass; 0: all tasks have the mass m.
    r : float, optional
        Resolution of the tests as it was measured together with the two.
    measured : tuple of str
        Names of the controls that were measured with the population.

    Raises
    ------
    InputError
        A value is outside its domain.

    Examples
    --------
    >>> tasks = Population(mass=0.7, dispersion=2.0)
    >>> round(tasks.shape, 3), round(tasks.scale, 3)
    (0.5, 3.055)
    >>> masses, weights = tasks.nodes()
    >>> round(float(weights @ np.exp(-masses)), 10) == round(float(np.exp(-0.7)), 10)
    True
    """

    mass: float
    dispersion: float = 0.0
    r: float | None = None
    measured: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (("mass", self.mass), ("dispersion", self.dispersion)):
            if not (is_number(value) and 0 <= value < np.inf):
                raise InputError(f"{name} = {shown(value)} of a population is not a number >= 0")
        if self.r is not None and not (is_number(self.r) and 0 <= self.r <= 1):
            raise InputError(f"r = {shown(self.r)} of a population is outside [0, 1]")

    @property
    def shape(self) -> float:
        """Shape k of the gamma law; inf where all tasks have one mass."""
        return 1 / self.dispersion if self.dispersion > NARROW else np.inf

    @property
    def scale(self) -> float:
        """Scale theta = exp(c m) - 1 of the gamma law."""
        return float(np.expm1(self.dispersion * self.mass))

    def nodes(self, number: int = NODES) -> tuple[Array, Array]:
        """Masses and weights, shape (number + 1,) each or (1,) where all tasks have one mass; the weights sum to 1."""
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_NODES:
            raise InputError(f"number = {shown(number)} is not a whole number from 1 to {MOST_NODES}")
        if not self.mass or self.dispersion <= NARROW:
            return np.array([float(self.mass)]), np.ones(1)
        return gamma_nodes(np.float64(self.shape), np.float64(self.scale), number)

    def masses_at(self, share: Any) -> Any:
        """The mass that a share of the tasks does not exceed, elementwise.

        Examples
        --------
        >>> Population(mass=0.7, dispersion=1.0).masses_at(np.array([0.5, 0.9])).round(4).tolist()
        [0.7027, 2.3343]
        """
        shares = as_numbers(share)
        if shares.dtype.kind not in "iuf" or not ((shares >= 0) & (shares <= 1)).all():
            raise InputError(f"share = {shown(share)} is outside [0, 1]")
        if not self.mass or self.dispersion <= NARROW:
            return np.full(shares.shape, float(self.mass))
        return self.scale * gammaincinv(self.shape, shares)

    def told(self) -> str:
        """The population in a few words, as results carry it.

        Examples
        --------
        >>> Population(mass=0.7, dispersion=2.0).told()
        'gamma distributed mass: m = 0.7, c = 2'
        """
        if not self.mass or self.dispersion <= NARROW:
            return f"one mass: m = {self.mass:g}"
        return f"gamma distributed mass: m = {self.mass:g}, c = {self.dispersion:g}"


def gamma_nodes(shape: Any, scale: Any, number: int = NODES, lightest: float = LIGHTEST) -> tuple[Array, Array]:
    """Masses and weights, shape (number + 1, ...), of the trapezoid rule in ln mu for means under gamma laws.

    The rule converges faster than any power of the step for what is analytic in ln mu. Masses next to nothing share
    the first node, a mass of 0: their weights are a geometric series.

    Parameters
    ----------
    shape, scale : float or array (...)
        Of the gamma laws.
    number : int
        Nodes above 0.
    lightest : float
        Probability of the masses below the first of them: what E exp(-u mu) may leave out.

    Examples
    --------
    >>> masses, weights = gamma_nodes(0.5, 2.0)
    >>> round(float(weights @ masses), 12), round(float(weights @ np.exp(-masses)) * 3**0.5, 12)
    (1.0, 1.0)
    """
    shape, scale = np.broadcast_arrays(np.asarray(shape, dtype=float), np.asarray(scale, dtype=float))
    least = np.maximum(gammaincinv(shape, lightest), NOTHING / np.maximum(scale, NOTHING))
    low, high = np.log(least), np.log(gammainccinv(shape, HEAVIEST))
    step = (high - low) / (number - 1)
    places = low + step * np.arange(number).reshape(-1, *(1,) * shape.ndim)
    weights = step * np.exp(shape * places - np.exp(places) - gammaln(shape))
    rest = weights[:1] * np.exp(-shape * step) / -np.expm1(-shape * step)  # of all nodes below, of a power's density
    weights = np.concatenate([rest, weights])
    return np.concatenate([np.zeros_like(rest), scale * np.exp(places)]), weights / weights.sum(axis=0)


def population_of(given: Any) -> Population:
    """A population as it is given: itself, or a fit of one run (see `deltamu.fit`).

    Raises
    ------
    InputError
        It is neither, or the fit is of several runs, says nothing of a mass, or saw no hidden results.
    """
    if isinstance(given, Population):
        return given
    if not isinstance(given, xr.Dataset) or not {"estimate", "source"} <= set(given.data_vars):
        kind = type(given).__name__
        raise InputError(f"population is a {kind}: allowed is a Population or what deltamu.fit returned")
    fit = given
    if "run" in fit.dims:
        runs = [str(run) for run in fit["run"].values]
        if len(runs) > 1:
            raise InputError(f"population is a fit of {len(runs)} runs: choose one, as in fit.sel(run=[{runs[0]!r}])")
        fit = fit.isel(run=0)
    names = [str(name) for name in fit["parameter"].values]
    known = dict(zip(names, map(float, fit["estimate"].values), strict=True))
    if "m" not in known:
        raise InputError(f"population is a fit of law {fit.attrs.get('law')!r}, which has no mass of a task")
    sources = dict(zip(names, map(str, fit["source"].values), strict=True))
    measured = tuple(control for name, control in CONTROLS.items() if sources.get(name) == MEASURED)
    if not np.isfinite(known.get("r", 1.0)):
        raise InputError("population is a fit without hidden results: only r times the mass is known; judge some, or "
                         "give a Population of your own")  # fmt: skip
    return Population(known["m"], known.get("c", 0.0), known.get("r"), measured)
