"""The correlation between reviewers from which on one more of them does not pay."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.design.teams.reviewers import Models
from deltamu.design.teams.values import STATE, Team, check_whole
from deltamu.equilibria.roots import Array, bracketed
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity import derivative
from deltamu.simulation.sweeps import Sweep, along, labelled, resolved

VERDICTS = ("below the threshold", "never", "even at 1")
E, MEAN, SPREAD = sym.expected_improvement, sym.mu_Delta, sym.sigma_Delta
ACCURACY, INTENSITY = sym.score_accuracy, sym.selection_intensity


@checked
def correlation_threshold(
    settings: Settings | str | None = None,
    /,
    *,
    mu: Any,
    delta: Any,
    price: float | None = None,
    model: Models = None,
    **controls: Any,
) -> xr.Dataset:
    """The correlation from which on one more reviewer is worth less than his cost.

    Parameters
    ----------
    settings, mu, delta, model : optional
        As for `deltamu.design.reviewer_value`.
    price : float, optional
        He pays if he adds more than `price` defects to E. By default he pays if he raises E per unit of cost, with the
        prices ``w_generate`` and ``w_review``, from what is not positive to what is positive, or from positive on.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings, the whole number ``N`` of reviewers that there are among them; not ``gamma``.

    Returns
    -------
    xarray.Dataset
        ``threshold``: the least correlation such that reviewer N + 1 pays at none that is greater; 0 where he never
        pays and 1 where he does with reviewers that are all alike. ``pays``: which of the three.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, N is not whole, or gamma is given.

    Notes
    -----
    He pays where F = p λ(N+1) - q λ(N) + const is positive, with p, q and the constant free of the correlation. As the
    ratio of the two slopes of λ falls with it, F has at most one extreme, a minimum for p, q > 0, and the last change
    of sign is bracketed. For z > 0, K_r = 0 and E > 0 with one reviewer he pays at every correlation below the
    threshold, and at N = 0 the correlation does not matter.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.correlation_threshold(mu=6, delta=0.2, K_r=0, N=[0, 1, 2], w_review=0.01)
    >>> ds.threshold.round(3).values.tolist(), ds.pays.values.tolist()
    ([1.0, 0.432, 0.174], ['even at 1', 'below the threshold', 'below the threshold'])
    """
    if sym.gamma.name in controls:
        raise InputError("gamma is what is found here: it cannot be given")
    if price is not None and not (is_number(price) and 0 < price < np.inf):
        raise InputError(f"price = {shown(price)} is not a positive number of defects")
    start = find_settings(settings)
    state = {"mu": mu, "delta": delta}

    def found(model: Model) -> xr.Dataset:
        one, sweep = resolved(start, None, model, state | controls, state=STATE)
        threshold, kind = _thresholds(model, sweep, price)
        return labelled(sweep, one, {
            "threshold": (threshold, "correlation from which on one more reviewer does not pay", "1"),
            "pays": (np.array(VERDICTS)[kind], "at which correlations one more reviewer pays", ""),
        })  # fmt: skip

    return along(lambda _, m: found(m), start, model=model)


class _Worth:
    """c + p λ(N+1) - q λ(N) as a function of the correlation, at many points."""

    def __init__(self, model: Model, sweep: Sweep, p: Array, q: Array, c: Array):
        self.p, self.q, self.c = p, q, c
        slope = derivative(ACCURACY, sym.gamma, model=model)
        self._accuracy = compile_program(program("accuracy", slope.extended, [ACCURACY, slope.symbol]))
        self._slope = slope.name
        self._values = {name: np.broadcast_to(v, sweep.size) for name, v in sweep.block(0, sweep.size).items()}

    def _two(self, name: str, gamma: Array, i: NDArray[np.intp]) -> list[Array]:
        values = {key: value[i] for key, value in self._values.items()} | {sym.gamma.name: gamma}
        return [np.broadcast_to(self._accuracy(values | {sym.N.name: values[sym.N.name] + more})[name], i.shape)
                for more in (1, 0)]  # fmt: skip

    def at(self, gamma: Array, i: NDArray[np.intp]) -> Array:
        after, here = self._two(ACCURACY.name, gamma, i)
        return self.c[i] + self.p[i] * after - self.q[i] * here

    def slope(self, gamma: Array, i: NDArray[np.intp]) -> Array:
        after, here = self._two(self._slope, gamma, i)
        return np.where(self._values[sym.N.name][i] > 0, self.p[i] * after - self.q[i] * here, 0.0)

    def last_positive(self) -> tuple[Array, NDArray[np.intp]]:
        """The least correlation after which it is positive nowhere, and which of `VERDICTS` that makes."""
        everyone = np.arange(self.c.size)
        zero, one = np.zeros(self.c.size), np.ones(self.c.size)
        start = _crossing(self.slope, zero, one, everyone)  # of a maximum, where there is one
        start = np.where((self.p < 0) & (self.q < 0), start, 0.0)
        at_end, at_start = self.at(one, everyone), self.at(start, everyone)
        kind = np.where(at_end > 0, 2, np.where(at_start > 0, 0, 1))
        root = _crossing(self.at, start, one, everyone[kind == 0])
        threshold = np.where(kind == 2, 1.0, 0.0)
        threshold[kind == 0] = root
        return threshold, kind


def _crossing(curve: Any, low: Array, high: Array, some: NDArray[np.intp]) -> Array:
    """Where a curve that is positive at `low` and not at `high` ceases to be; `low` if it is not such a one."""
    low, high = low[some], high[some]
    f_low, f_high = curve(low, some), curve(high, some)
    do = (f_low > 0) & (f_high <= 0)
    result = low.copy()
    points = some[do]
    result[do] = bracketed(lambda x, i: curve(x, points[i]), low[do], high[do])
    return result


def _thresholds(model: Model, sweep: Sweep, price: float | None) -> tuple[Array, NDArray[np.intp]]:
    N = np.broadcast_to(sweep.block(0, sweep.size)[sym.N.name], sweep.size)
    check_whole("N", N)
    team = Team(model, sweep, MEAN, SPREAD, INTENSITY, sym.cost)
    here, after = team(), team(N=N + 1)
    mean, spread = here[MEAN.name], here[SPREAD.name]
    z, z_after = here[INTENSITY.name], after[INTENSITY.name]
    if price is not None:
        return _Worth(model, sweep, spread * z_after, spread * z, np.full(sweep.size, -price)).last_positive()
    cost, cost_after = here["cost"], after["cost"]
    worth = _Worth(model, sweep, cost * spread * z_after, cost_after * spread * z, mean * (cost - cost_after))
    threshold, kind = worth.last_positive()
    improvement = _Worth(model, sweep, spread * z_after, np.zeros(sweep.size), mean)  # E with one more: is it positive?
    some, improvement_kind = improvement.last_positive()
    falls = z_after >= 0  # with the correlation; else it rises
    positive = improvement.at(threshold, np.arange(sweep.size)) > 0
    earlier = falls & (some < threshold)
    threshold, kind = np.where(earlier, some, threshold), np.where(earlier, improvement_kind, kind)
    never = ~falls & ~positive
    return np.where(never, 0.0, threshold), np.where(never, 1, kind)
