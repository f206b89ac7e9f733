"""A recommendation as a labelled result: optimum, derivatives, limits, front."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.recommendation.choices import CHOICES, Space, combinations
from deltamu.design.recommendation.fronts import axes, front
from deltamu.design.recommendation.optimality import Optimality, optimality
from deltamu.design.recommendation.questions import OBJECTIVES, STAGES, Judged, Question
from deltamu.design.recommendation.reasons import binding, out_of_reach
from deltamu.design.recommendation.search import Search
from deltamu.errors import InputError
from deltamu.model.arguments import checked
from deltamu.model.quantities import Quantity
from deltamu.model.settings import Settings
from deltamu.simulation.sweeps import annotations, described

NEAR = 8  # free controls at most whose neighbours on the sliders are all tried
UNMET = {"target": "pass_probability", "max_false_pass": "false_pass", "budget": "cost"}
FRONT = {
    "moves": ("moves to the target", "moves"),
    "cost": ("cost until the stop", "model calls"),
    "pass_probability": ("largest pass probability", "1"),
    "false_pass": ("probability of a hidden defect at the stop", "1"),
}


def answer(searches: Sequence[Search], question: Question) -> xr.Dataset:
    """The best of what was found in several spaces, with what `recommend` says of it."""
    bests = Judged.joined([_without_points(one.best()) for one in searches])
    one = searches[int(bests.order()[0])]
    best = one.best()
    stage = int(best.stage[0])
    found = optimality(one.space, question, best)
    met = stage == len(STAGES)
    settings = one.space.at(best.points[0])
    holding = _holding(searches, question, best, found)
    reason = binding(one.space, question, best, found, holding) if met else out_of_reach(one.space, question, best)
    unit = OBJECTIVES[question.minimize]
    asked = one.space.settings["target"], question.max_false_pass, question.budget
    attained = tuple(float(x[0]) for x in (best.stops.pass_probability, best.stops.false_pass, best.total))
    shortfall = 0.0 if met else abs(asked[stage] - attained[stage])
    same = one.grid[one.grid.order()[:1]]
    slider, rounded = _on_sliders(one, question, best)
    scalars: dict[str, tuple[float, str, str]] = {
        "objective": (float(best.quantity[0]) if met else np.inf, *unit),
        "shortfall": (shortfall, "distance from the first limit that is not met", "1" if stage < 2 else "model calls"),
        "moves_needed": (float(best.stops.moves[0]), *FRONT["moves"]),
        "calls": (float(best.total[0]), *FRONT["cost"]),
        "false_pass": (float(best.stops.false_pass[0]), *FRONT["false_pass"]),
        "pass_probability": (float(best.stops.pass_probability[0]), *FRONT["pass_probability"]),
        "true_reliability": (float(best.stops.reliability[0]), "true reliability at the stop", "1"),
        "mass": (float(best.stops.mu[0]), "expected defect mass at the stop", "defects"),
        "residual": (found.residual, "residual of the first-order conditions", "1"),
        "switch_margin": (found.margin, "distance to the nearest switch, relative to what is compared", "1"),
        "on_grid": (float(same.quantity[0]) if met and same.stage[0] == stage else np.inf, *unit),
        "on_sliders": (float(slider.quantity[0]) if slider.stage[0] == len(STAGES) else np.inf, *unit),
    }
    data: dict[str, Any] = {name: ((), v, annotations(text, u)) for name, (v, text, u) in scalars.items()}
    data["status"] = ((), "found" if met else "out of reach", {"long_name": "whether the limits can be met"})
    data["reason"] = ((), reason, {"long_name": "what binds the optimum, or keeps the request out of reach"})
    free = {symbol.name: symbol for other in searches for symbol in other.space.free}
    choices = {name: free[name] for name in (*CHOICES, *free) if name in free}
    data |= _by_choice(one.space, settings, rounded, found, choices)
    data |= _by_limit(asked, attained, found, holding)
    data |= _by_parameter(settings, found)
    data |= _front(searches, question, best, list(choices))
    coords = {"choice": list(choices), "limit": list(STAGES), "wrt": list(found.wrt)}
    result = described(xr.Dataset(data, coords=coords), settings)
    of = question.minimize if met else UNMET[STAGES[stage]]
    points = sum(len(other.found) for other in searches)
    front_axes = " ".join(f"front_{name}" for name in axes(question, stage))
    return result.assign_attrs(minimize=question.minimize, derivatives_of=of, points=points, front_axes=front_axes)


@checked
def trade_offs(recommendation: xr.Dataset) -> xr.Dataset:
    """The front of a recommendation by itself, one row a point.

    Parameters
    ----------
    recommendation : xarray.Dataset
        From `deltamu.recommend`.

    Returns
    -------
    xarray.Dataset
        Along ``front``: the outcomes, and as coordinates the policy and the controls that were free, so that
        `Settings.from_dataset` makes settings of any one point.

    Examples
    --------
    >>> from deltamu.design import recommend, trade_offs
    >>> front = trade_offs(recommend(target=0.7, free=["K", "N"], delta0=1))
    >>> Settings.from_dataset(front.isel(front=0))["N"], front.front_cost.values[0] > front.front_cost.values[-1]
    (8.0, np.True_)
    """
    if "front_chosen" not in recommendation:
        raise InputError("this Dataset is not what deltamu.recommend returned")
    names = ("moves", "cost", "pass_probability", "false_pass", "meets")
    rows = recommendation[[f"front_{name}" for name in names]].drop_vars(["choice", "limit", "wrt"], errors="ignore")
    columns: dict[str, Any] = {"policy": ("front", recommendation["front_policy"].values)}
    for name in recommendation["choice"].values:
        columns[str(name)] = "front", recommendation["front_chosen"].sel(choice=name).values
    return rows.assign_coords(columns)


def _without_points(judged: Judged) -> Judged:
    """Judged points of spaces of different sizes, comparable."""
    return Judged(judged.points[:, :0], judged.stops, judged.total, judged.stage, judged.quantity)


def _holding(searches: Sequence[Search], question: Question, best: Judged, found: Optimality) -> list[str]:
    """Limits that keep the optimum back: with a multiplier, or because something better that was seen breaks them."""
    holding = [name for name, rate in found.limits.items() if rate]
    if best.stage[0] == len(STAGES):
        for n, name in enumerate(STAGES):
            for one in searches if n and name not in holding else ():
                beaten = question.objective(one.found.stops, one.found.total) < (1 - 1e-9) * best.quantity[0]
                if (beaten & (one.found.stage == n)).any() and name not in holding:
                    holding.append(name)
    return holding


def _on_sliders(one: Search, question: Question, best: Judged) -> tuple[Judged, Settings]:
    """The best of the slider steps around a point."""
    sides = []
    for symbol, value, low, high in zip(
        one.space.smooth, best.points[0, len(one.space.whole) :], one.space.low, one.space.high, strict=True
    ):
        start, _, step = symbol.slider
        steps = (value - start) / step
        beside = {round(start + step * n, 12) for n in (np.floor(steps + 1e-9), np.ceil(steps - 1e-9))}
        places = {float(np.clip(place, low, high)) for place in beside}
        sides.append(sorted(places, key=partial(_gap, value)))
    if len(sides) > NEAR:
        sides = [pair[:1] for pair in sides]
    beside_it = combinations(sides)
    points = np.hstack([np.repeat(best.points[:, : len(one.space.whole)], len(beside_it), axis=0), beside_it])
    points = points[one.space.allowed(points)]
    judged = question.judged(one.space, points if len(points) else best.points)
    first = judged[judged.order()[:1]]
    return first, one.space.at(first.points[0])


def _gap(value: float, place: float) -> float:
    return abs(place - value)


def _by_choice(
    places: Space, settings: Settings, rounded: Settings, found: Optimality, choices: Mapping[str, Quantity]
) -> dict[str, Any]:
    rows = []
    for name, symbol in choices.items():
        if symbol in places.smooth:
            i = places.smooth.index(symbol)
            row = places.low[i], places.high[i], found.places[name], found.bounds[name]
        elif symbol in places.whole:
            ends = places.teams[:, places.whole.index(symbol)]
            at = settings[name]
            row = ends.min(), ends.max(), "low" if at == ends.min() else "high" if at == ends.max() else "inside", 0.0
        else:
            row = settings[name], settings[name], "not read", 0.0
        rows.append((settings[name], rounded[name], *row))
    columns = {
        "chosen": "recommended value", "on_slider": "best steps of the sliders around it", "lowest": "lowest possible",
        "highest": "highest possible", "place": "where the recommended value lies",
        "by_end": "derivative of the optimum by the end at which the control lies",
    }  # fmt: skip
    kinds = {"place": str}
    return {
        name: ("choice", np.array([row[i] for row in rows], dtype=kinds.get(name, float)), {"long_name": text})
        for i, (name, text) in enumerate(columns.items())
    }


def _by_limit(
    asked: Sequence[float], attained: Sequence[float], found: Optimality, holding: Sequence[str]
) -> dict[str, Any]:
    columns = {
        "allowed": (np.array(asked), "limit, inf where there is none"),
        "attained": (np.array(attained), "what the recommended settings come to"),
        "is_binding": (np.array([name in holding for name in STAGES]), "whether it keeps the optimum back"),
        "by_limit": (np.array([found.limits[name] for name in STAGES]), "derivative of the optimum by the limit"),
    }
    return {name: ("limit", values, {"long_name": text}) for name, (values, text) in columns.items()}


def _by_parameter(settings: Settings, found: Optimality) -> dict[str, Any]:
    rates = np.array(list(found.wrt.values()))
    sizes = np.array([settings[name] for name in found.wrt])
    elasticity = rates * sizes / found.value if found.value else np.zeros(rates.size)
    facts = {"long_name": "derivative of the optimum by a parameter that is not free"}
    return {
        "by_parameter": ("wrt", rates, facts),
        "elasticity": ("wrt", elasticity, {"long_name": "elasticity of the optimum in it"}),
    }


def _front(searches: Sequence[Search], question: Question, best: Judged, choices: Sequence[str]) -> dict[str, Any]:
    every = Judged.joined([_without_points(one.found) for one in searches])
    owner = np.repeat(np.arange(len(searches)), [len(one.found) for one in searches])
    first = np.concatenate([np.arange(len(one.found)) for one in searches])
    index = front(every, question, best)
    some = every[index]
    places = zip(owner[index], first[index], strict=True)
    settings = [searches[i].space.at(searches[i].found.points[n]) for i, n in places]
    columns = {"moves": some.stops.moves, "cost": some.total, "pass_probability": some.stops.pass_probability,
               "false_pass": some.stops.false_pass}  # fmt: skip
    data: dict[str, Any] = {
        f"front_{name}": ("front", values, annotations(*FRONT[name])) for name, values in columns.items()
    }
    names = np.array([one.policy.name for one in settings], dtype=str)
    chosen = np.array([[one[name] for name in choices] for one in settings], dtype=float).reshape(-1, len(choices))
    data["front_policy"] = ("front", names, {"long_name": "policy"})
    data["front_chosen"] = (("front", "choice"), chosen, {"long_name": "value of the control"})
    data["front_meets"] = ("front", some.stage == len(STAGES), {"long_name": "whether all limits are met"})
    return data
