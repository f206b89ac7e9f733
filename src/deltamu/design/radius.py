"""The best radius of one move: the one that maximises the gain at a given defect mass."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import Expr

from deltamu.equilibria.field import SMOOTH, clipped_below, smooth_gain
from deltamu.equilibria.roots import Array, sign_changes
from deltamu.equilibria.sections import Section
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model
from deltamu.model.models import find_model
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import REAL
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity import derivative
from deltamu.simulation.sweeps import along, labelled, resolved

PLACES = ("interior", "at delta_min", "at delta_max", "no gain")
NODES = 65  # radii, even in their logarithm, between which the slope of the gain is taken to change its sign once
BLOCK = 4096  # points solved at a time
SLOPE = sym.quantity("gain_by_radius", r"\partial g/\partial\delta", meaning="slope of the expected gain in the radius",
                     domain=REAL, unit="defects")  # fmt: skip
STATIONARY = sym.quantity("stationary_radius", r"\delta^*", meaning="radius at which the gain has its peak",
                          domain=REAL)  # fmt: skip
SELECTED = sym.quantity("selected", r"z\lambda", meaning="selection's part of the gain over the spread",
                        domain=REAL)  # fmt: skip


@checked
def best_radius(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The radius between delta_min and delta_max that maximises the gain of one move.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    mu : float, 1-D sequence or xarray.DataArray
        Defect mass before the move.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else `PUBLISHED`. A sequence becomes a dimension ``model``.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings; sequences become dimensions.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``best_radius``; ``best_gain``, the gain of the move there; ``place``:
        ``interior``, ``at delta_min``, ``at delta_max``, or ``no gain`` where no radius removes anything: the radius is
        then the one that comes nearest to it.

    Raises
    ------
    InputError
        A name is unknown, or a value or a dimension is refused.

    Notes
    -----
    What is maximised is the gain without its clip at 0. Where selection adds nothing to it, as in the published model
    without reviewers or with a single candidate, the radius is `stationary_radius`, in closed form. Elsewhere all
    sign changes of its exact slope between 65 radii, even in their logarithm, are refined to rounding and compared
    with both bounds. In the published model with an intensity that is not negative the gain has at most one peak
    inside (derivation d23), so that this is the global one; in the gated model, or for a negative intensity, two peaks
    closer than the spacing of the nodes would count as one.

    Examples
    --------
    Without overreach the largest radius is best in the published model wherever any gains; with it, smaller ones are
    near the floor:

    >>> from deltamu import best_radius
    >>> ds = best_radius(mu=[0.3, 1.0, 12.0], model=["published", "gated"])
    >>> ds.place.sel(model="published").values.tolist()
    ['no gain', 'at delta_max', 'at delta_max']
    >>> best_radius(mu=[0.3, 1.0, 12.0], model="gated", overreach=1).best_radius.round(3).values.tolist()
    [0.297, 1.0, 1.0]
    """
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"mu": mu}, state=(sym.mu,))
        radius, gain = np.empty(sweep.size), np.empty(sweep.size)
        place = np.empty(sweep.size, dtype=np.asarray(PLACES).dtype)
        for low in range(0, sweep.size, BLOCK):
            here = slice(low, min(low + BLOCK, sweep.size))
            values = sweep.block(here.start, here.stop)
            size = here.stop - here.start
            search = BestRadius(one, values, size)
            radius[here], _ = search(np.broadcast_to(values["mu"], size))
            gain[here] = Section(one, (sym.gain,), (sym.delta,), values)(delta=radius[here])["gain"]
            place[here] = np.select(
                [gain[here] <= 0, radius[here] == search.low, radius[here] == search.high],
                [PLACES[3], PLACES[1], PLACES[2]],
                PLACES[0],
            )
        return labelled(sweep, at, {
            "best_radius": (radius, "radius that maximises the gain", sym.delta.unit),
            "best_gain": (gain, "largest expected gain of a move", sym.gain.unit),
            "place": (place, "where that radius lies", ""),
        })  # fmt: skip

    return along(run, start, model=model)


class BestRadius:
    """The radius that maximises the smooth gain, as a function of the defect mass at the points of a sweep.

    Parameters
    ----------
    model : Model
    values : mapping of str to float or array
        All controls, ``delta_min`` and ``delta_max`` among them; arrays have one element a point.
    size : int
        Number of points.

    Attributes
    ----------
    low, high : arrays of shape (size,)
        The bounds of the radius.

    Examples
    --------
    >>> from deltamu import GATED, Settings
    >>> radius, gain = BestRadius(GATED, {**Settings(), "overreach": 1.0}, 1)(np.array([0.3]))
    >>> radius.round(4).tolist(), gain.round(4).tolist()
    ([0.2973], [0.0008])
    """

    def __init__(self, model: Model, values: Mapping[str, Any], size: int):
        self.low, self.high = (
            np.broadcast_to(np.asarray(values[name], dtype=float), size) for name in ("delta_min", "delta_max")
        )
        self._bounds = np.log(self.low), np.log(self.high)
        self._nodes = np.linspace(*self._bounds, NODES)
        self._section = Section(radial(model), (SMOOTH, SLOPE, SELECTED), (sym.mu, sym.delta), values)
        closed = stationary_radius(model)
        self._closed = None if closed is None else Section(_with(model, closed), (STATIONARY,), (sym.mu,), values)

    def gain(self, mu: Array, delta: Array, index: NDArray[np.intp] | None = None) -> Array:
        """The smooth gain at these masses and radii; `index` says to which points they belong."""
        return np.broadcast_to(self._section(index, mu=mu, delta=delta)[SMOOTH.name], np.shape(mu))

    def __call__(self, mu: Array) -> tuple[Array, Array]:
        """The best radius and the smooth gain there; of equally good radii the smallest."""
        radius, best = self.low.copy(), np.array(self.gain(mu, self.low))
        everywhere = np.arange(mu.size)
        searched = np.ones(mu.size, dtype=bool)
        if self._closed is not None:
            selected = np.broadcast_to(self._section(mu=mu, delta=self.high)[SELECTED.name], mu.shape)
            searched = selected != 0
            peak = np.broadcast_to(self._closed(mu=mu)[STATIONARY.name], mu.shape)
            inside = np.isfinite(peak) & (peak > self.low) & (peak < self.high) & ~searched
            self._improve(radius, best, mu, everywhere[inside], peak[inside])
        index = everywhere[searched]
        if index.size:
            for column in self._peaks(mu, index).T:
                there = np.isfinite(column)
                found = np.clip(np.exp(column[there]), self.low[index[there]], self.high[index[there]])
                self._improve(radius, best, mu, index[there], found)
        self._improve(radius, best, mu, everywhere, self.high)
        return radius, best

    def _improve(self, radius: Array, best: Array, mu: Array, index: NDArray[np.intp], candidate: Array) -> None:
        gain = self.gain(mu[index], candidate, index)
        better = gain > best[index]
        radius[index[better]], best[index[better]] = candidate[better], gain[better]

    def _peaks(self, mu: Array, index: NDArray[np.intp]) -> Array:
        """Logarithms of the radii at which the slope of the gain ceases to be positive, padded with nan."""

        def slope(y: Array, i: NDArray[np.intp]) -> Array:
            found = self._section(index[i], mu=mu[index[i]], delta=np.exp(y))
            return np.broadcast_to(found[SLOPE.name], y.shape)

        places, direction = sign_changes(slope, self._nodes[:, index], index.size)
        return np.where(direction < 0, places, np.nan)


@cache
def radial(model: Model) -> Model:
    """The model with the smooth gain, its slope in the radius, and what selection adds to it per unit of spread."""
    extended = _with(model, smooth_gain(model))
    slope = derivative(extended[SMOOTH], "delta", model=model)
    own = (
        Formula(SLOPE, slope.symbol, title="slope of the gain in the radius"),
        Formula(SELECTED, _selection(model), title="selection's part"),
    )
    return slope.extended.replace(*own, name=model.name)


def _with(model: Model, formula: Formula) -> Model:
    return model.replace(formula, name=model.name)


def _selection(model: Model) -> Expr:
    """The factor of the spread in the expected improvement."""
    return model[sym.expected_improvement].expr.coeff(sym.sigma_Delta)


@cache
def stationary_radius(model: Model | str = PUBLISHED) -> Formula | None:
    """The radius at which the gain peaks where selection adds nothing to it, derived from the model's formulas.

    Examples
    --------
    >>> from deltamu import GATED, PUBLISHED
    >>> print(stationary_radius(PUBLISHED))
    stationary_radius = -(-(1 - H*kappa2)*a2 + a1*mu*rho_eff/(mu + b))/(2*(-1 + H*kappa2)*a2*overreach)
    >>> stationary_radius(GATED) is None
    True
    """
    model = find_model(model)
    mean = model[sym.mu_Delta].expr
    whole = model[sym.expected_improvement].expr.subs(sym.sigma_Delta, 0) == sym.mu_Delta
    if not (whole and clipped_below(model)) or mean.subs(sym.delta, 0) != 0 or mean.diff(sym.delta, 3).simplify() != 0:
        return None
    linear, square = mean.diff(sym.delta).subs(sym.delta, 0), (mean.diff(sym.delta, 2) / 2).factor()
    if square == 0:
        return None
    return Formula(STATIONARY, linear / (-2 * square), title="best radius without selection", source="derivation d23")
