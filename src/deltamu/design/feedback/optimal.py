"""The optimal feedback policy: the radii that reach the target in the fewest moves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.feedback.attainable import attained
from deltamu.design.feedback.dynamic_programming import Value, optimal_value
from deltamu.design.feedback.greedy import Attained
from deltamu.design.feedback.stages import Stage, goals_of, stages
from deltamu.equilibria.roots import Array
from deltamu.equilibria.sections import Section
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings, find_settings
from deltamu.progress import tracked
from deltamu.simulation.run import check_level
from deltamu.simulation.sweeps import Sweep, along, annotations, attributes, described, resolved

STATUSES = ("reached", "out of reach", "moves run out")
BLOCK = 2048  # points followed at a time
NODES, RADII = 81, 17  # masses and radii of the dynamic programme
FACTS = {
    "moves_to_target": ("fewest moves to the target", "moves"),
    "moves_to_target_interpolated": ("fewest moves to the target, linear in mu between states", "moves"),
    "cost_to_target": ("cost of these moves", "model calls"),
    "status": ("whether any radii reach the target", ""),
    "greedy": ("whether the best radius of each move is optimal", ""),
    "least_mass": ("least defect mass that any radii attain", "defects"),
}
RANDOM_FACTS = {
    "expected_moves": ("expected moves to the target, capped at the horizon", "moves"),
    "reach_probability": ("probability of reaching the target in time", "1"),
    "error": ("change of the expected moves from half as many nodes", "moves"),
    "mass": ("defect mass before the move", "defects"),
    "expected_moves_from": ("expected moves to the target from this mass, capped at the horizon", "moves"),
    "radius": ("optimal edit radius", "1"),
}


@checked
def optimal_policy(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    level: float | None = None,
    moves: int = 150,
    stochastic: bool = False,
    nodes: int = NODES,
    radii: int = RADII,
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The radii between delta_min and delta_max that reach the target in the fewest moves.

    No rule that chooses radii between these bounds, with or without feedback, needs fewer. All other controls are as
    the policy at hand sets them, the planner's rising H and r included; its own radius plays no part.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.simulate`.
    level : float, optional
        Defect mass to reach, instead of the target of the pass probability.
    moves : int
        Most moves that a run may take.
    stochastic : bool
        Minimise the expected moves of the stochastic move instead of the moves of the expected one; the model has to
        have one, as the gated.
    nodes, radii : int
        Of the stochastic programme: number of masses and of radii, even in their logarithm.
    progress : bool, optional
        Whether to show progress; by default long work does on a terminal.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``moves_to_target``, ``moves_to_target_interpolated`` and ``cost_to_target``,
        ``inf`` where `moves` are not enough; ``status``: ``reached``, ``out of reach`` where no number of moves is
        enough, ``moves run out`` where that is not settled; ``greedy``: whether taking the best radius of each move
        (`best_radius`) is optimal. And over ``move``: an optimal run, with ``mu`` before the move, ``delta_t``,
        ``H_t``, ``r_t`` in it, and ``mu_next``; and ``least_mass``, the least mass that any radii attain after it.

        With `stochastic`: ``expected_moves`` of an optimal rule, where a run that does not arrive counts with all
        `moves`; ``reach_probability`` under it; ``error``, the change of the expected moves from half as many nodes
        and radii, which bounds the error where it falls with the square of the spacing; and over ``node``: ``mass``
        (the first stands for masses just above the goal), ``expected_moves_from``, and with ``move`` the ``radius``,
        the optimal feedback (the smallest one where several do equally well).

    Raises
    ------
    InputError
        A name is unknown, a value is refused, the policy sets other controls by the state of the run, or there is no
        stochastic move.

    Notes
    -----
    The masses that some radii attain after n moves are an interval, since the map of a move is continuous; its lower
    end is followed exactly, without a grid, and an optimal run is traced back from it. Where the gain's slope in the
    mass is below 1, greed is optimal (derivation d24): the look that decides this takes 49 masses and 17 radii, and
    wants 0.9. Elsewhere the ends of the interval are the extremes of the map over a box, found on 41 x 41 nodes and
    closed in on.

    The cost of a move does not depend on the radius: what has the fewest moves costs least.

    Examples
    --------
    >>> from deltamu import optimal_policy, simulate
    >>> ds = optimal_policy(target=0.6, model=["published", "gated"])
    >>> ds.moves_to_target.values.tolist(), simulate(target=0.6, model="gated").moves_to_target.item()
    ([30.0, 26.0], 30.0)
    >>> optimal_policy("principal-tr").status.item()
    'out of reach'
    """
    check_count("moves", moves)
    check_count("nodes", nodes)
    check_count("radii", radii)
    check_level(level)
    if nodes < 5 or radii < 3:
        raise InputError(f"nodes = {nodes}, radii = {radii}: the programme needs at least 5 and 3")
    start = find_settings(settings)

    def run(p: Policy, m: Model) -> xr.Dataset:
        at, sweep = resolved(start, p, m, controls)
        if stochastic:
            return described(_random(at, sweep, level, int(moves), int(nodes), int(radii), progress), at)
        return described(_expected(at, sweep, level, int(moves), progress), at)

    return along(run, start, policy, model)


# --- the expected move ------------------------------------------------------------------------------------------------


def _expected(settings: Settings, sweep: Sweep, level: float | None, moves: int, progress: bool | None) -> xr.Dataset:
    parts = []
    with tracked("optimising", sweep.size * moves, progress) as advance:
        for low in range(0, sweep.size, BLOCK):
            high = min(low + BLOCK, sweep.size)
            parts.append(follow(settings, sweep.block(low, high), high - low, moves, level))
            advance((high - low) * moves)
    data: dict[str, Any] = {}
    for name, first in parts[0].items():
        array = np.concatenate([part[name] for part in parts], axis=-1)
        if first.ndim == 2:
            dims, shape = (*sweep.dims, "move"), (*sweep.shape, moves)
            array = array.T.reshape(shape)
        else:
            dims, array = sweep.dims, array.reshape(sweep.shape)
        data[name] = (dims, array, _facts(name, FACTS))
    dataset = xr.Dataset(data, coords={**sweep.coords, "move": ("move", np.arange(moves))})
    dataset["move"].attrs = {"long_name": "index of the move"}
    return dataset


def _facts(name: str, known: dict[str, tuple[str, str]]) -> dict[str, str]:
    if name not in known:
        return attributes(_OF_A_MOVE[name])
    return annotations(*known[name])


_OF_A_MOVE = {"mu": sym.mu, "delta_t": sym.delta, "H_t": sym.H, "r_t": sym.r, "mu_next": sym.mu_next}


def follow(settings: Settings, values: dict[str, Any], size: int, moves: int, level: float | None) -> dict[str, Array]:
    """The variables of an optimal run at some points: of shape (size,), and (moves, size) for those of a move."""
    model = settings.model or PUBLISHED
    schedule = stages(settings.policy, model, values, size, moves)
    start = np.array(np.broadcast_to(np.asarray(values["mu0"], dtype=float), size))
    found = attained(schedule, start, None if level is None else np.full(size, float(level)))
    status = np.select([np.isfinite(found.moves), found.never], STATUSES[:2], STATUSES[2])
    return {
        "moves_to_target": found.moves,
        "moves_to_target_interpolated": found.interpolated,
        "cost_to_target": _cost(schedule, found),
        "status": status,
        "greedy": found.greedy,
        "mu": found.mu[:-1],
        "delta_t": found.delta,
        "H_t": _held(schedule, "H", size),
        "r_t": _held(schedule, "r", size),
        "mu_next": found.mu[1:],
        "least_mass": found.least[1:],
    }


def _held(schedule: list[Stage], name: str, size: int) -> Array:
    return np.stack([np.broadcast_to(np.asarray(stage.values[name], dtype=float), size) for stage in schedule])


def _cost(schedule: list[Stage], found: Attained) -> Array:
    size = found.moves.size
    prices: dict[int, Array] = {}
    total = np.zeros(size)
    for t, stage in enumerate(schedule):
        if id(stage) not in prices:
            price = Section(stage.model, (sym.cost,), (), stage.values)()[sym.cost.name]
            prices[id(stage)] = np.broadcast_to(np.asarray(price, dtype=float), size)
        total += np.where(t < found.moves, prices[id(stage)], 0.0)
    return np.where(np.isfinite(found.moves), total, np.inf)


# --- the stochastic move ----------------------------------------------------------------------------------------------


def _random(
    settings: Settings, sweep: Sweep, level: float | None, moves: int, nodes: int, radii: int, progress: bool | None
) -> xr.Dataset:
    rows = []
    with tracked("optimising", sweep.size * moves, progress) as advance:
        for point in range(sweep.size):
            values = sweep.block(point, point + 1)
            fine = _value(settings, values, moves, level, nodes, radii)
            coarse = _value(settings, values, moves, level, (nodes + 1) // 2, (radii + 1) // 2)
            there = fine.start, coarse.start
            rows.append(
                {
                    "expected_moves": fine.expected_moves[there[0]],
                    "reach_probability": fine.reach_probability[there[0]],
                    "error": abs(fine.expected_moves[there[0]] - coarse.expected_moves[there[1]]),
                    "mass": fine.mass,
                    "expected_moves_from": fine.expected_moves,
                    "radius": fine.radius,
                }
            )
            advance(moves)
    extra = {0: (), 1: ("node",), 2: ("move", "node")}
    data: dict[str, Any] = {}
    for name, first in rows[0].items():
        array = np.stack([row[name] for row in rows])
        own = np.shape(first)
        data[name] = ((*sweep.dims, *extra[len(own)]), array.reshape((*sweep.shape, *own)), _facts(name, RANDOM_FACTS))
    dataset = xr.Dataset(data, coords={**sweep.coords, "move": ("move", np.arange(moves))})
    dataset["move"].attrs = {"long_name": "index of the move"}
    return dataset


def _value(
    settings: Settings, values: dict[str, Any], moves: int, level: float | None, nodes: int, radii: int
) -> Value:
    """The value of one point; where the start has arrived, it is 0 at all masses up to it."""
    model = settings.model or PUBLISHED
    schedule = stages(settings.policy, model, values, 1, moves)
    start = np.array(np.broadcast_to(np.asarray(values["mu0"], dtype=float), 1))
    goals = goals_of(schedule, start, None if level is None else np.full(1, float(level)))[:, 0]
    if start[0] <= goals[0]:
        mass = start[0] * np.linspace(0, 1, nodes)
        nothing = np.zeros(nodes)
        smallest = np.full((moves, nodes), schedule[0].search.low[0])
        return Value(mass, nothing, np.ones(nodes), smallest, nodes - 1)
    return optimal_value(schedule, float(start[0]), goals[1:], nodes, radii)
