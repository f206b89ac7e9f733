"""The likelihood of counts under a law: its value, score and information, for many sets of counts at once.

The information is J^T D(1/p) J, from first derivatives of the cells alone: expected for the partition that the tasks of
a run fall into, the sum over what was seen for what does not belong to a partition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from deltamu.calibration.compiled import WithSlopes, compiled_law, with_slopes
from deltamu.calibration.laws.law import Law, in_coordinates, transition
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, unknown

Array = NDArray[np.float64]
LEAST = 1e-300  # a probability of 0 that was seen counts as this


class Evaluation(NamedTuple):
    """What the likelihood is at a point: log-likelihood (...), score (..., free), information (..., free, free)."""

    value: Array
    score: Array
    information: Array


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The likelihood of a table, as a function of the free parameters on their scales.

    Parameters
    ----------
    law : Law
    table : Table
    shared : iterable of str
        Parameters that all runs have in common.
    fixed : mapping of str to float
        Parameters that are held.
    coordinates : iterable of str
        Derived parameters that are to be coordinates themselves.
    prior : mapping of str to (mean, standard deviation)
        Normal priors on the scale of a parameter.
    """

    law: Law
    table: Table
    shared: tuple[str, ...] = ()
    fixed: tuple[tuple[str, float], ...] = ()
    coordinates: tuple[str, ...] = ()
    prior: tuple[tuple[str, tuple[float, float]], ...] = ()

    @cached_property
    def chart(self) -> Law:
        """The law in the coordinates that are moved."""
        return in_coordinates(self.law, self.coordinates)

    @cached_property
    def held(self) -> dict[str, float]:
        """Values of the parameters that are not moved."""
        return dict(self.fixed)

    @cached_property
    def free(self) -> tuple[tuple[int, str], ...]:
        """The free parameters in order, as (run, name); run -1 is all of them."""
        found: list[tuple[int, str]] = []
        for p in self.chart.parameters:
            if p.name not in self.held:
                alone = p.name in self.shared or len(self.table.runs) == 1
                found += [(-1, p.name)] if alone else [(i, p.name) for i in range(len(self.table.runs))]
        return tuple(found)

    @cached_property
    def index(self) -> NDArray[np.intp]:
        """Place among the free parameters of each run's parameter; -1 where it is held. Shape (runs, parameters)."""
        places = {key: place for place, key in enumerate(self.free)}
        return np.array([[places.get((-1, name), places.get((run, name), -1)) for name in self.chart.names]
                         for run in range(len(self.table.runs))])  # fmt: skip

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """Ends of the search."""
        ends = [(self.chart[name].low, self.chart[name].high) for _, name in self.free]
        low, high = np.array(ends, dtype=float).reshape(-1, 2).T
        return low, high

    @cached_property
    def _exposure(self) -> Array | float:
        """What of each outcome counts as an expected number: all of them, the last one, or none."""
        if self.law.kind == "poisson":
            return 1.0
        return (np.arange(self.table.counts.shape[-1]) == self.table.counts.shape[-1] - 1) * float(
            self.law.kind == "point"
        )

    @cached_property
    def _transition(self) -> WithSlopes | None:
        lines = transition(self.law, self.chart)
        if not lines:
            return None
        symbols = [p.symbol for p in self.law.parameters]
        return with_slopes("transition", lines, symbols, [p.symbol for p in self.chart.parameters])

    def values(self, z: Array) -> dict[str, Array]:
        """Parameters of the chart at points z of shape (..., free); each of shape (..., runs)."""
        shape = (*z.shape[:-1], len(self.table.runs))
        return {p.name: np.full(shape, self.held[p.name]) if p.name in self.held else p.inverse(z[..., at])
                for p, at in zip(self.chart.parameters, self.index.T, strict=True)}  # fmt: skip

    def _rates(self, values: Mapping[str, Array]) -> Array:
        """Slopes of the chart's parameters on their scales, shape (..., runs, chart)."""
        return np.stack([p.slope(values[p.name]) for p in self.chart.parameters], axis=-1)

    def natural(self, z: Array) -> tuple[dict[str, Array], Array]:
        """Fitted parameters of the law, and their slopes by the chart's on its scales: (..., runs, own, chart)."""
        values = self.values(z)
        slope = self._rates(values)
        chain = self._transition
        if chain is None:
            return values, slope[..., None, :] * np.eye(len(self.chart.names))
        outputs, slopes = chain({p.symbol.name: values[p.name] for p in self.chart.parameters})
        shape = np.shape(values[self.chart.names[0]])
        own = {p.name: np.broadcast_to(out, shape) for p, out in zip(self.law.parameters, outputs, strict=True)}
        by = np.zeros((*shape, len(self.law.parameters), len(self.chart.parameters)), dtype=slope.dtype)
        for (i, j), rate in slopes.items():
            by[..., i, j] = rate
        return own, by * slope[..., None, :]

    def cells(self, z: Array) -> tuple[Array, Array]:
        """Probabilities of the table's cells (..., runs, cells) and slopes by the chart (..., runs, cells, chart)."""
        with np.errstate(invalid="ignore", over="ignore"):  # far from any optimum slopes may overflow
            if self._transition is None:
                values = self.values(z)
                p, slopes = compiled_law(self.law)(values)
                slopes = slopes * self._rates(values)[..., None, :]
            else:
                values, chain = self.natural(z)
                p, slopes = compiled_law(self.law)(values)
                slopes = slopes @ chain
            if self.table.identity:
                return p, slopes
            return (self.table.members @ p[..., None])[..., 0], self.table.members @ slopes

    def __call__(self, z: Array, counts: Array | None = None) -> Evaluation:
        """The likelihood at points z, shape (..., free), of `counts`, shape (..., runs, cells)."""
        counts = self.table.counts if counts is None else counts
        p, slopes = self.cells(z)
        seen = np.where(p.real > LEAST, p, LEAST)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = self._value(counts, seen, p)
            ratio = counts / seen
            local = ((ratio - self._exposure)[..., None, :] @ slopes)[..., 0, :]
            curved = np.swapaxes(slopes, -1, -2) @ (self._weight(counts, p)[..., None] * slopes)
        score, information = self._spread(local, curved)
        if self.prior:
            value, score, information = self._with_prior(z, value, score, information)
        return Evaluation(value, score, information)

    def _value(self, counts: Array, seen: Array, p: Array) -> Array:
        kernel = np.where(counts > 0, counts * np.log(seen), 0.0)
        if self.law.kind == "poisson":
            kernel = kernel - gammaln(counts + 1)
        return (kernel - self._exposure * p).sum(axis=(-2, -1))

    def _weight(self, counts: Array, p: Array) -> Array:
        """What each cell's slopes count for in the information."""
        inverse = np.where(p.real > LEAST, 1 / np.where(p.real > LEAST, p, 1.0), 0.0)
        if self.law.kind == "poisson":
            return inverse
        if self.law.kind in ("sample", "point"):
            return counts * inverse**2
        whole = self.table.whole
        sizes = np.where(whole, counts, 0.0).sum(axis=-1, keepdims=True)
        return np.where(whole, sizes * inverse, counts * inverse**2)

    def _spread(self, local: Array, curved: Array) -> tuple[Array, Array]:
        """From each run's parameters to the free ones."""
        size, index = len(self.free), self.index
        if len(index) == 1:  # free parameters are in the order of the run's own
            kept = np.flatnonzero(index[0] >= 0)
            return local[..., 0, kept], curved[..., 0, kept[:, None], kept]
        score = np.zeros((*local.shape[:-2], size + 1), dtype=local.dtype)
        information = np.zeros((*score.shape, size + 1), dtype=local.dtype)
        alike = (index == index[:1]).all(axis=0)  # parameters that all runs have in common, or none is moved
        for j, place in enumerate(index.T):
            if alike[j]:
                score[..., place[0]] += local[..., j].sum(axis=-1)
            else:
                score[..., place] += local[..., j]
            for i, other in enumerate(index.T):
                if alike[j] and alike[i]:
                    information[..., place[0], other[0]] += curved[..., j, i].sum(axis=-1)
                else:
                    information[..., place, other] += curved[..., j, i]
        return score[..., :size], information[..., :size, :size]

    def _with_prior(self, z: Array, value: Array, score: Array, information: Array) -> tuple[Array, Array, Array]:
        known = dict(self.prior)
        for place, (_, name) in enumerate(self.free):
            if name in known:
                mean, sd = known[name]
                away = (z[..., place] - mean) / sd
                value = value - away**2 / 2 - np.log(sd * np.sqrt(2 * np.pi))
                score[..., place] -= away / sd
                information[..., place, place] += 1 / sd**2
        return value, score, information

    def observed_information(self, z: Array, counts: Array | None = None) -> Array:
        """Minus the second derivatives at one point: complex steps through the exact score, else its differences.

        What each run has to itself is moved in all runs at once: the score of a run sees its own only.
        """
        run_of = np.array([run for run, _ in self.free])
        names = list(dict.fromkeys(name for _, name in self.free))
        along = np.array([[float(name == own) for _, own in self.free] for name in names])
        slopes = self._score_slopes(z, along, counts)
        whole = np.zeros((len(self.free), len(self.free)))
        for place, (run, name) in enumerate(self.free):
            rows = slice(None) if run < 0 else run_of == run
            whole[rows, place] = -slopes[names.index(name), rows]
        common = run_of < 0
        whole[np.ix_(common, ~common)] = whole[np.ix_(~common, common)].T
        return (whole + whole.T) / 2

    def _score_slopes(self, z: Array, along: Array, counts: Array | None) -> Array:
        """Slopes of the score along some directions, shape (directions, free)."""
        if self.law.evaluate is None:
            return self(z + 1e-30j * along, counts).score.imag / 1e-30
        return (self(z + 1e-5 * along, counts).score - self(z - 1e-5 * along, counts).score) / 2e-5

    def starts(self) -> Array:
        """Starting points, shape (starts, free)."""
        made = self.law.starts(self.table.by_outcome())
        by_run = [self.law.starts(self.table.select(i).by_outcome()) for i in range(len(self.table.runs))]
        points = []
        for number, common in enumerate(made):
            own = [self._in_chart(one[number]) for one in by_run]
            together = self._in_chart(common)
            z = [float(self.chart[name].forward((own[run] if run >= 0 else together)[name])) for run, name in self.free]
            points.append(z)
        low, high = self.bounds
        return np.clip(np.array(points, dtype=float).reshape(len(points), len(self.free)), low + 1, high - 1)

    def _in_chart(self, values: Mapping[str, float]) -> dict[str, float]:
        """Starting values in the chart's coordinates; what is held is at its value."""
        known = {**values, **{name: value for name, value in self.held.items() if name in self.law.names}}
        at = {p.symbol: known[p.name] for p in self.law.parameters}
        for one in self.law.derived:
            if one.name in self.chart.names:
                known[one.name] = float(one.expr.subs(at))
        return known | self.held


def likelihood(
    law: Law,
    table: Table,
    *,
    shared: Iterable[str] = (),
    fix: Mapping[str, float] | None = None,
    free: Iterable[str] = (),
    prior: Mapping[str, tuple[float, float]] | None = None,
) -> Likelihood:
    """The likelihood of a table, what is not fitted held at its default.

    Parameters
    ----------
    law, table
    shared : iterable of str
    fix : mapping of str to float
    free : iterable of str
        Parameters with a default that are fitted all the same.
    prior : mapping of str to (mean, sd)

    Raises
    ------
    InputError
        A parameter is unknown or a value lies outside its domain.
    """
    fix, shared, free, prior = dict(fix or {}), tuple(shared), tuple(free), dict(prior or {})
    for name in (*fix, *shared, *free, *prior):
        if name not in law.all_names:
            raise unknown(f"parameter of law {law.name}", name, law.all_names)
    for name, value in fix.items():
        law[name].symbol.check(value, name=name)
    if both := sorted(set(fix) & set(free)):
        raise InputError(f"{', '.join(both)} is both fixed and free")
    coordinates = tuple(name for name in (*fix, *shared, *prior) if name not in law.names)
    chart = in_coordinates(law, coordinates)
    held = {p.name: p.default for p in chart.parameters if p.default is not None and p.name not in free}
    held |= fix
    return Likelihood(law, table, shared, tuple(held.items()), coordinates, tuple(prior.items()))
