"""Why a request is out of reach, and what binds one that is not, in a sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltamu.design.recommendation.choices import Space
from deltamu.design.recommendation.optimality import Optimality
from deltamu.design.recommendation.questions import STAGES, Judged, Question
from deltamu.equilibria import reachable
from deltamu.equilibria.floors import floors_at
from deltamu.model import symbols as sym

RADII = 41  # between the ends of the radius's slider at which floors are sought
CONTROLS_OF_RADIUS = {sym.delta0, sym.decay, sym.alpha, sym.beta, sym.A_lo, sym.A_hi, sym.delta_min, sym.delta_max}


def binding(space: Space, question: Question, best: Judged, found: Optimality, holding: Sequence[str]) -> str:
    """What keeps the optimum from being better: limits and ends of sliders that it lies on."""
    if best.stops.moves[0] == 0:
        settings = space.at(best.points[0])
        return (
            f"bound by nothing: the start passes already, with r = {settings['r']:.3g} and a true reliability of "
            f"{best.stops.reliability[0]:.3g}"
        )
    parts = [f"{name} = {question.limit(n):g}" for n, name in enumerate(STAGES) if n and name in holding]
    for symbol, value in zip(space.free, best.points[0], strict=True):
        if symbol in space.smooth:
            place = found.places[symbol.name] if found.bounds[symbol.name] else "inside"
        else:
            ends = space.teams[:, space.whole.index(symbol)]
            place = "low" if value == ends.min() else "high" if value == ends.max() else "inside"
        if place != "inside":
            parts.append(f"{symbol} at its {'lowest' if place == 'low' else 'highest'}, {value:g}")
    return "bound by " + ", ".join(parts) if parts else "bound by nothing but the target"


def out_of_reach(space: Space, question: Question, best: Judged) -> str:
    """Why no settings of the space meet the request, and how near the nearest come."""
    stage = int(best.stage[0])
    settings = space.at(best.points[0])
    if stage == 2:
        return (
            f"out of reach because the cheapest way to the target costs {best.total[0]:.6g} model calls, "
            f"the budget is {question.budget:g}"
        )
    if stage == 1:
        more = "" if sym.target in space.free else "; a later stop could: free target"
        return (
            f"out of reach because no settings that stop at a pass probability of {settings['target']:.4g} have a "
            f"false pass below {best.quantity[0]:.4g} (r = {settings['r']:.3g}), allowed is "
            f"{question.max_false_pass:g}{more}"
        )
    target = space.settings["target"]
    passing = float(best.stops.pass_probability[0])
    if not set(space.smooth) - CONTROLS_OF_RADIUS - {sym.target} and set(space.settings.policy.state) == {sym.delta}:
        floor, radius = _least_floor(space)
        ceiling = _passing(space, floor)
        if passing * (1 - 1e-9) <= ceiling < target:  # a move that oversteps its floor may come further
            return (
                f"out of reach because the ceiling of the pass probability is {ceiling:.4g}: the lowest defect floor "
                f"is mu* = {floor:.4g} (at radius {radius:.3g}); the nearest settings come to {passing:.4g}, not to "
                f"{target:g}, in {question.moves} moves"
            )
    reach = reachable(settings)
    ending, limit = float(reach.pass_probability), str(reach.limit.item())
    if ending >= target:
        why = f"{question.moves} moves are too few: the nearest settings are at {passing:.4g} then and get there later"
    else:
        why = (
            f"the nearest settings stop short ({limit}): they come to a pass probability of {passing:.4g} in "
            f"{question.moves} moves and of {ending:.4g} in the end (lowest defect floor on their way: mu* = "
            f"{float(reach.floor):.4g})"
        )
    return f"out of reach because {why}, the target is {target:g}"


def _least_floor(space: Space) -> tuple[float, float]:
    """The lowest defect floor of any team at any radius on the slider, and that radius."""
    ends = [*sym.delta0.slider[:2], *(space.settings[symbol] for symbol in (sym.delta0, sym.delta_max))]
    radii = np.geomspace(min(ends), max(ends), RADII)
    teams = np.repeat(space.teams, RADII, axis=0)
    values: dict[str, Any] = {name: np.float64(value) for name, value in space.settings.items()}
    values |= {symbol.name: teams[:, i] for i, symbol in enumerate(space.whole)}
    values[sym.delta.name] = np.tile(radii, len(space.teams))
    floors = floors_at(space.model, values, len(teams))
    at = int(np.argmin(floors))
    return float(floors[at]), float(values[sym.delta.name][at])


def _passing(space: Space, mu: float) -> float:
    """The pass probability at a defect mass."""
    from deltamu.simulation.evaluate import evaluate

    if not np.isfinite(mu):
        return 0.0
    return float(evaluate("pass_probability", space.settings, mu=mu)["pass_probability"])
