"""An ensemble as independent tasks, (points, block of runs), and their results as a Dataset."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from deltamu import __version__
from deltamu.codegen.engines import ENGINES
from deltamu.model import symbols as sym
from deltamu.model.policies import Policy
from deltamu.simulation.ensemble import compiled_blocks as compiled
from deltamu.simulation.ensemble import summaries
from deltamu.simulation.ensemble.blocks import RECORDED, TO_TARGET, Plan, Rows, moves_of
from deltamu.simulation.ensemble.streams import BLOCK
from deltamu.simulation.ensemble.tasks import Checkpoint
from deltamu.simulation.sweeps import Sweep, annotations, attributes

UNCOMMON = np.float64(0.999)  # share of a population's tasks that are lighter than what its histogram counts in
Task = tuple[Mapping[str, Any], int, int, int]
ELEMENTS = 2**17  # points x runs worked on at a time: bounds the memory of a task
DEFECTS = {
    "visible_defects": ("number of defects that the oracle sees, after the move", "defects"),
    "hidden_defects": ("number of defects that the oracle does not see, after the move", "defects"),
    "passes": ("whether the oracle passes after the move: it sees no defect", "1"),
    "false_passes": ("whether it passes although a defect is left", "1"),
}
RATES = {
    sym.accepted.name: ("acceptance_rate", "share of the runs whose move was accepted"),
    "passes": ("pass_rate", "share of the runs that the oracle passes after the move"),
    "false_passes": ("false_pass_rate", "share of the runs that it passes although a defect is left"),
}


class Job:
    """The tasks of an ensemble, (points, block of runs), and how their results are put together."""

    def __init__(self, plan: Plan, sweep: Sweep, runs: int, quantiles: tuple[float, ...] | None):
        self.plan, self.sweep, self.runs, self.quantiles = plan, sweep, runs, quantiles
        width = max(1, ELEMENTS // min(runs, BLOCK))
        self.chunks = [slice(a, min(a + width, sweep.size)) for a in range(0, sweep.size, width)]
        self.blocks = range(-(-runs // BLOCK))
        self.work = partial(_every_run if quantiles is None else partial(_summary, histogram=bool(quantiles)), plan)

    def places(self) -> Iterator[tuple[slice, slice]]:
        """The points and the runs of each task, in order."""
        for chunk in self.chunks:
            for block in self.blocks:
                yield chunk, slice(block * BLOCK, min((block + 1) * BLOCK, self.runs))

    def tasks(self) -> Iterator[Task]:
        """The controls of some points, how many these are, a block of runs, and how many these are."""
        for points, runs in self.places():
            controls = self.sweep.block(points.start, points.stop)
            yield controls, points.stop - points.start, runs.start // BLOCK, runs.stop - runs.start

    def checkpoint(self, folder: str | Path | None) -> Checkpoint:
        digest = hashlib.sha256()
        for part in (__version__, self.plan.policy, self.plan.model, self.plan, self.runs, bool(self.quantiles)):
            digest.update(str(part).encode())
        for chunk in self.chunks:
            for name, value in sorted(self.sweep.block(chunk.start, chunk.stop).items()):
                digest.update(name.encode() + np.asarray(value).tobytes())
        summary = "runs" if self.quantiles is None else "summary"
        return Checkpoint(folder, f"{summary}-{digest.hexdigest()[:16]}")

    def every_run(self, results: Iterator[Rows]) -> xr.Dataset:
        variables = {symbol.name if symbol == sym.mu else f"{symbol}_t": symbol for symbol in _state(self.plan.policy)}
        variables |= {symbol.name: symbol for symbol in (*RECORDED, sym.mu_next)}
        names = {name: symbol.name for name, symbol in variables.items()}
        names |= {name: name for name in DEFECTS if self.plan.defects}
        arrays = {name: np.empty((self.plan.moves, self.sweep.size, self.runs)) for name in names}
        to_target = np.empty((self.sweep.size, self.runs))
        for (points, runs), rows in zip(self.places(), results, strict=True):
            for name, key in names.items():
                arrays[name][:, points, runs] = rows[key]
            to_target[points, runs] = rows["moves_to_target"]
        dims = (*self.sweep.dims, "run")
        shape = (*self.sweep.shape, self.runs)
        facts = {name: attributes(symbol) for name, symbol in variables.items()}
        facts |= {name: annotations(meaning, unit) for name, (meaning, unit) in DEFECTS.items()}
        data: dict[str, Any] = {
            name: ((*dims, "move"), np.moveaxis(values.reshape(-1, *shape), 0, -1), facts[name])
            for name, values in arrays.items()
        }
        facts_of_target = {"long_name": "smallest number of moves after which the target is reached", "units": "moves"}
        data["moves_to_target"] = (dims, to_target.reshape(shape), facts_of_target)
        return xr.Dataset(
            data, coords={**self.sweep.coords, "run": np.arange(self.runs), "move": np.arange(self.plan.moves)}
        )

    def summary(self, results: Iterator[Rows]) -> xr.Dataset:
        parts = []
        for chunk in self.chunks:
            total: Rows | None = None
            for _ in self.blocks:
                total = summaries.merged(total, next(results))
            assert total is not None
            parts.append(
                (total, _scale(self.plan, self.sweep.block(chunk.start, chunk.stop), chunk.stop - chunk.start))
            )
        dims = (*self.sweep.dims, "move")

        def joined(arrays: list[np.ndarray]) -> np.ndarray:
            """Parts of shape (..., moves, points) as one array (..., sweep, moves)."""
            whole = np.moveaxis(np.concatenate(arrays, axis=-1), -2, -1)
            return whole.reshape(*whole.shape[:-2], *self.sweep.shape, whole.shape[-1])

        data: dict[str, Any] = {}
        for symbol in (sym.mu_next, sym.delta, sym.acceptance):
            for index, moment in enumerate(("mean", "variance")):
                values = joined([summaries.moments(total, symbol.name)[index] for total, _ in parts])
                facts = annotations(f"{moment} over the runs of the {symbol.meaning}", symbol.unit)
                data[f"{symbol}_{moment}"] = (dims, values, facts)
        for name, (rate, meaning) in RATES.items():
            if f"{name}_mean" in parts[0][0]:
                values = joined([summaries.moments(total, name)[0] for total, _ in parts])
                data[rate] = (dims, values, {"long_name": meaning})
        if self.quantiles:
            probabilities = np.array(self.quantiles)
            values = joined([summaries.quantiles_of(total, probabilities, scale) for total, scale in parts])
            facts = {"long_name": "quantile over the runs of the defect mass after the move", "units": "defects",
                     "resolution": f"{10 ** (0.5 / summaries.BINS_PER_DECADE) - 1:.1%}"}  # fmt: skip
            data["mu_next_quantile"] = (("quantile", *dims), values, facts)
        left = joined([total["runs"] - total["reached"] for total, _ in parts])
        made = (*self.sweep.dims, "moves_made")
        low, high = summaries.wilson(left, self.runs)
        for name, values in (("survival", left / self.runs), ("survival_low", low), ("survival_high", high)):
            data[name] = (made, values, {"long_name": "share of the runs that have not reached the target"})
        coords = {**self.sweep.coords, "move": np.arange(self.plan.moves)}
        coords["moves_made"] = np.arange(self.plan.moves + 1)
        return xr.Dataset(data, coords=coords | ({"quantile": list(self.quantiles)} if self.quantiles else {}))


def _state(policy: Policy) -> tuple[sym.Quantity, ...]:
    return (sym.mu, *policy.state)


def _scale(plan: Plan, controls: dict[str, Any], points: int) -> np.ndarray:
    """The mass in whose decades the histogram of a point counts."""
    mass = controls[sym.mu0.name] if plan.population is None else plan.population.masses_at(UNCOMMON)
    return np.array(np.broadcast_to(mass, points), dtype=float)


def _every_run(plan: Plan, task: tuple[dict[str, Any], int, int, int]) -> Rows:
    """All rows of a block of runs, stacked along the moves."""
    if ENGINES[plan.engine].samples:
        return compiled.every_run(plan, task)
    controls, points, block, runs = task
    stacked: Rows = {}
    for t, row in enumerate(moves_of(plan, controls, points, block, runs)):
        to_target = row.pop(TO_TARGET)
        for name, values in row.items():
            stacked.setdefault(name, np.empty((plan.moves, points, runs)))[t] = values
    return stacked | {TO_TARGET: to_target}


def _summary(plan: Plan, task: tuple[dict[str, Any], int, int, int], *, histogram: bool) -> Rows:
    """The summary of a block of runs."""
    if ENGINES[plan.engine].samples:
        return compiled.summary(plan, task, histogram=histogram)
    controls, points, block, runs = task
    mu0 = _scale(plan, controls, points)
    rows = moves_of(plan, controls, points, block, runs)
    more = ("passes", "false_passes") if plan.defects else ()
    return summaries.summary_of(rows, plan.moves, mu0, histogram=histogram, more=more)
