"""A recommendation for tasks that were measured: the answer for the estimate, and whether draws of the fit agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.calibration.measured import SET
from deltamu.design.recommendation.choices import CHOICES, Space, space
from deltamu.design.recommendation.fitted import GIVEN, SPREAD, Known
from deltamu.design.recommendation.questions import OBJECTIVES, STAGES, Judged, Question
from deltamu.design.recommendation.search import Search
from deltamu.design.recommendation.tasks import stops_of_tasks
from deltamu.model import symbols as sym
from deltamu.model.settings import Settings
from deltamu.simulation.population import NARROW, gamma_nodes
from deltamu.simulation.sweeps import annotations, described

PLACES, NODES = 60, 48  # settings of the grid on which draws are compared, and masses of each population
LEAST = 1e-12  # dispersion and mass of a draw are at least this

Array = NDArray[np.float64]


def answer_for_tasks(searches: Sequence[Search], question: Question, known: Known, names: Sequence[str]) -> xr.Dataset:
    """The best of what was found for the estimate, with what `recommend` says of it and of the draws."""
    bests = Judged.joined([_without_points(one.best()) for one in searches])
    one = searches[int(bests.order()[0])]
    best = one.best()
    met = int(best.stage[0]) == len(STAGES)
    settings = one.space.at(best.points[0])
    unit = OBJECTIVES[question.minimize]
    stops = best.stops
    scalars = {
        "objective": (float(best.quantity[0]) if met else np.inf, *unit),
        "moves_needed": (float(stops.moves[0]), "moves to the target", "moves"),
        "calls": (float(best.total[0]), "cost until the stop", "model calls"),
        "false_pass": (float(stops.false_pass[0]), "probability of a hidden defect at the stop", "1"),
        "pass_probability": (float(stops.pass_probability[0]), "largest pass probability of a task", "1"),
        "true_reliability": (float(stops.reliability[0]), "true reliability at the stop", "1"),
        "mass": (float(stops.mu[0]), "mean defect mass at the stop", "defects"),
    }
    data: dict[str, Any] = {name: ((), v, annotations(text, u)) for name, (v, text, u) in scalars.items()}
    choices = [name for name in CHOICES if any(name == s.name for other in searches for s in other.space.free)]
    ends = [_ends(one.space, name, settings) for name in choices]
    data |= {
        "status": ((), "found" if met else "out of reach", {"long_name": "whether the limits can be met"}),
        "reason": ((), _reason(question, best, one.space), {"long_name": "what binds the optimum"}),
        "chosen": ("choice", np.array([settings[name] for name in choices], dtype=float)),
        "lowest": ("choice", np.array([low for low, _ in ends], dtype=float)),
        "highest": ("choice", np.array([high for _, high in ends], dtype=float)),
        "refused": ("left_alone", np.array(list(known.left_alone.values()), dtype=str)),
        "source": ("constant", np.array(list(known.source.values()), dtype=str)),
    }
    coords = {"choice": choices, "left_alone": list(known.left_alone), "constant": list(known.source)}
    if known.weights:
        data["fit_weight"] = ("fit", np.array(known.weights), {"long_name": "Akaike weight of the fit"})
    assumed = {}
    if known.drawn is not None:
        data |= _over_draws(searches, question, _controls(known), known.drawn, names, choices)
        data["draw_fit"] = ("draw", known.drawn["fit"].values, {"long_name": "place of the fit that it is drawn from"})
        assumed = {"assumes": SPREAD if known.weights else GIVEN}
    found = described(xr.Dataset(data, coords=coords), settings)
    return found.assign_attrs(minimize=question.minimize, population=known.tasks.told(), **assumed)


def _without_points(judged: Judged) -> Judged:
    return Judged(judged.points[:, :0], judged.stops, judged.total, judged.stage, judged.quantity)


def _ends(places: Space, name: str, settings: Settings) -> tuple[float, float]:
    symbol = CHOICES[name]
    if symbol in places.smooth:
        at = places.smooth.index(symbol)
        return float(places.low[at]), float(places.high[at])
    if symbol in places.whole:
        ends = places.teams[:, places.whole.index(symbol)]
        return float(ends.min()), float(ends.max())
    return float(settings[name]), float(settings[name])


def _reason(question: Question, best: Judged, places: Space) -> str:
    """What keeps the optimum back, or how near the nearest settings come."""
    stage, stops = int(best.stage[0]), best.stops
    if stage == 0:
        target = places.settings[sym.target.name]
        return (f"out of reach: of all tasks {stops.pass_probability[0]:.4g} pass at most, in {question.moves} moves, "
                f"not {target:g}")  # fmt: skip
    if stage < len(STAGES):
        return (f"out of reach: {question.limited(stage)} comes to {best.quantity[0]:.4g} at best, allowed is "
                f"{question.limit(stage):g}")  # fmt: skip
    settings = places.at(best.points[0])
    parts = []
    for symbol in places.free:
        low, high = _ends(places, symbol.name, settings)
        value = float(settings[symbol.name])
        if low < high and value in (low, high):
            parts.append(f"{symbol} at its {'lowest' if value == low else 'highest'}, {value:g}")
    return "bound by " + (", ".join(parts) or "nothing but the target")


def _over_draws(
    searches: Sequence[Search],
    question: Question,
    controls: dict[str, Array],
    drawn: xr.Dataset,
    names: Sequence[str],
    choices: Sequence[str],
) -> dict[str, Any]:
    """Answers of the draws on a common grid of settings, beside the answer for the estimate on the same grid."""
    spaces = [space(one.space.settings, one.space.model, names, PLACES) for one in searches]
    grids = [one.grid() for one in spaces]
    central = Judged.joined([_without_points(question.judged(*pair)) for pair in zip(spaces, grids, strict=True)])
    judged = [_judged_draws(one, grid, question, controls, drawn) for one, grid in zip(spaces, grids, strict=True)]
    stage = np.concatenate([part.stage.reshape(drawn.sizes["draw"], -1) for part in judged], axis=1)
    quantity = np.concatenate([part.quantity.reshape(drawn.sizes["draw"], -1) for part in judged], axis=1)
    total = np.concatenate([part.total.reshape(drawn.sizes["draw"], -1) for part in judged], axis=1)
    here = int(central.order()[0])
    own = np.array([np.lexsort((total[i], quantity[i], -stage[i]))[0] for i in range(len(stage))])
    each = np.arange(len(stage))
    best, at_ours = quantity[each, own], quantity[:, here]
    met = stage[each, own] == len(STAGES)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(stage[:, here] == stage[each, own], (at_ours - best) / np.abs(best), np.inf)
    loss = np.where(at_ours == best, 0.0, loss)
    places = np.concatenate([_places(one, grid, choices) for one, grid in zip(spaces, grids, strict=True)])
    policy = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    alike = (places[own] == places[here]) & (policy[own] == policy[here])[:, None]
    return {
        "draw_status": ("draw", np.where(met, "found", "out of reach")),
        "draw_objective": ("draw", np.where(met, best, np.inf), annotations(*OBJECTIVES[question.minimize])),
        "draw_chosen": (("draw", "choice"), places[own], {"long_name": "best value of the control in a draw"}),
        "draw_agrees": ("draw", alike.all(axis=1), {"long_name": "whether a draw's best settings are the estimate's"}),
        "draw_loss": ("draw", loss, {"long_name": "by what share the estimate's settings are worse than a draw's own"}),
        "agreement": ("choice", alike.mean(axis=0), {"long_name": "share of draws that agree in the control"}),
        "agreement_in_all": ((), float(alike.all(axis=1).mean()), {"long_name": "share of draws that agree in all"}),
        "estimate_chosen": ("choice", places[here], {"long_name": "best value for the estimate on the draws' grid"}),
    }  # fmt: skip


def _places(one: Space, grid: Array, choices: Sequence[str]) -> Array:
    """Values of all choices at each point of a grid."""
    names = [symbol.name for symbol in one.free]
    columns = [grid[:, names.index(name)] if name in names else np.full(len(grid), float(one.settings[name]))
               for name in choices]  # fmt: skip
    return np.stack(columns, axis=-1) if columns else np.empty((len(grid), 0))


def _judged_draws(one: Space, grid: Array, question: Question, controls: dict[str, Array], drawn: xr.Dataset) -> Judged:
    """Every point of a grid in every draw, draws first."""
    number, size = drawn.sizes["draw"], len(grid)
    points = np.tile(grid, (number, 1))
    values = one.values(points)
    chosen = {symbol.name for symbol in one.free}
    for name, value in controls.items():
        if name not in chosen:
            values[name] = np.repeat(value, size)
    shape = 1 / np.maximum(drawn["c"].to_numpy() if "c" in drawn else np.zeros(number), NARROW)
    scale = np.expm1(np.maximum(drawn["m"].to_numpy(), LEAST) / shape)
    masses, weights = (np.repeat(part.T, size, axis=0) for part in gamma_nodes(shape, scale, NODES))
    found = stops_of_tasks(one.settings.policy, one.model, values, masses, weights, question.moves)
    return question.judge(points, values, found)


def _controls(known: Known) -> dict[str, Array]:
    """The controls that draws set, with the resolution that goes with tasks that differ; what was given stays."""
    drawn = known.drawn
    assert drawn is not None
    found = {str(name).removesuffix(SET): drawn[name].to_numpy() for name in drawn if str(name).endswith(SET)}
    if "r" in drawn and np.isfinite(drawn["r"]).all():
        found["r"] = drawn["r"].to_numpy()
    return {name: value for name, value in found.items() if name not in known.held}
