"""How far a policy can come: the best pass probability and reliability, and what keeps a target out of reach."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.codegen.protocol import at_points
from deltamu.equilibria.field import SMOOTH, smooth_gain
from deltamu.equilibria.floors import floors_at
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Move, Policy, one_move
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.run import Run, whole_moves
from deltamu.simulation.sweeps import Sweep, along, labelled, resolved

LIMITS = ("within reach", "below the floor", "radius runs out", "moves run out", "mass never falls")
FOR_EVER = 20_000  # moves after which a run counts as endless
SETTLING = 1e-12  # of 1 + mu: less than this a run still has before it when it counts as settled
NEAR = 1e-9  # share by which a floor has to be lower than another to count as such
RICHEST = 1e300  # defect mass that stands for infinity
FAR = 1e9  # a move that no plan reaches
BETWEEN = 17  # masses at which what lies before a run is looked at
FIRST_LOOK = 50  # moves before the first look at which runs have settled; later ones are a quarter further on each

FACTS = {
    "pass_probability": ("largest pass probability that is reached", "1"),
    "reliability": ("largest true reliability that is reached", "1"),
    "mu_reached": ("least defect mass that is reached", "defects"),
    "floor": ("least defect floor of the radii in use", "defects"),
    "radius_least": ("smallest radius in use", "1"),
    "radius_greatest": ("largest radius in use", "1"),
}


@checked
def reachable(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The largest pass probability and true reliability that a policy reaches, and what stops it.

    Swept over two controls, ``limit == "within reach"`` is the region of the reachable targets.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.simulate`.
    moves : int, optional
        What is reached in so many moves; without it, in any number.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``pass_probability``, ``reliability`` and ``mu_reached`` (the best of the
        whole run, its start included; without `moves` the limit where it is never attained); ``floor``, the least
        floor of the controls at each move; ``radius_least`` and ``radius_greatest``; ``settled``, whether the run came
        to its end; and ``limit``: ``within reach`` if the best pass probability is at the target, else what keeps it
        away: ``below the floor``, ``radius runs out`` (a decaying radius travels only so far), ``moves run out``,
        or ``mass never falls`` from its start.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import reachable
    >>> for preset in ("noob-vibe", "principal-tr", "planner-spec"):
    ...     ds = reachable(preset)
    ...     print(f"{ds.pass_probability.item():.2f} {ds.limit.item()}")
    0.03 radius runs out
    0.69 below the floor
    0.06 radius runs out
    >>> reachable(target=0.65, H=[0.2, 0.9], rho=[0.3, 0.9]).limit.values.tolist()
    [['below the floor', 'within reach'], ['within reach', 'within reach']]
    """
    count = None if moves is None else whole_moves(moves)
    start = find_settings(settings)
    return along(
        lambda p, m: _reachable(*resolved(start, p, m, controls), m, count),
        start, policy, model,
    )  # fmt: skip


def _reachable(settings: Settings, sweep: Sweep, model: Model, moves: int | None) -> xr.Dataset:
    size = sweep.size
    move = one_move(settings.policy, model)
    run = Run(move, sweep.block(0, size), size)
    outlook = _Outlook(move, model)
    report = run.report()
    best = {name: np.array(np.broadcast_to(report[name], size)) for name in ("pass_probability", "reliability")}
    best["mu_reached"] = run.state[sym.mu.name].copy()
    first = best["mu_reached"].copy()
    radius = run.state[sym.delta.name]
    best |= {"floor": np.full(size, np.inf), "radius_least": radius.copy(), "radius_greatest": radius.copy()}
    settled = np.zeros(size, dtype=bool)
    fading = np.zeros(size, dtype=bool)
    runs = np.arange(size)
    looks = {0, *_looks(moves or FOR_EVER)}
    lower_floors = _lower_floors(model)
    for t in range(moves or FOR_EVER):
        lower_floors(best["floor"], runs, run.values)
        run.advance()
        before, mu = run.before, run.state[sym.mu.name]
        _raise(best, runs, run.report(before | {sym.mu.name: mu}))
        _lower(best["mu_reached"], runs, mu)
        _lower(best["radius_least"], runs, before[sym.delta.name])
        best["radius_greatest"][runs] = np.maximum(best["radius_greatest"][runs], before[sym.delta.name])
        fading[runs] = run.state[sym.delta.name] < before[sym.delta.name]
        if moves is None and t in looks:
            done, limit = outlook.ended(run)
            if done.any():
                ended = runs[done]
                lowest = np.minimum(mu, limit)
                _raise(best, runs, run.report(before | {sym.mu.name: lowest}), done)
                _lower(best["mu_reached"], ended, lowest[done])
                settled[ended] = True
                run.keep(np.flatnonzero(~done))
                runs = runs[~done]
            if not runs.size:
                break
    target = np.broadcast_to(sweep.block(0, size)[sym.target.name], size)
    limit_is = np.select(
        [best["pass_probability"] >= target, best["mu_reached"] >= first, (moves is not None), fading],
        [LIMITS[0], LIMITS[4], LIMITS[3], LIMITS[2]],
        LIMITS[1],
    )
    return labelled(sweep, settings, {
        **{name: (values, *FACTS[name]) for name, values in best.items()},
        "settled": (settled, "whether the run came to its end", ""),
        "limit": (limit_is, "what keeps the target out of reach", ""),
    })  # fmt: skip


def _lower_floors(model: Model) -> Callable[[Any, Any, dict[str, Any]], None]:
    """Lowers the least floors so far to those of the controls as they stand, sought only where they are lower.

    They are where a move still gains just below the least floor.
    """
    extended = model.replace(smooth_gain(model), name=model.name)
    gain = compile_program(program("smooth_gain", extended, [SMOOTH]))

    def lower(floors: Any, runs: Any, values: dict[str, Any]) -> None:
        just_below = np.minimum(floors[runs] * (1 - NEAR), RICHEST)
        gaining = gain(values | {sym.mu.name: just_below})[SMOOTH.name] > 0
        index = np.flatnonzero(np.broadcast_to(gaining, runs.shape))
        if index.size:
            few = at_points(values, index)
            _lower(floors, runs[index], floors_at(model, few, index.size))

    return lower


def _looks(moves: int) -> list[int]:
    """Moves after which to see which runs have settled, the last one among them."""
    looks = [FIRST_LOOK]
    while looks[-1] < moves:
        looks.append(looks[-1] + max(FIRST_LOOK, looks[-1] // 4))
    return [*(look - 1 for look in looks[:-1]), moves - 1]


def _lower(best: Any, runs: Any, values: Any) -> None:
    best[runs] = np.minimum(best[runs], values)


def _raise(best: dict[str, Any], runs: Any, report: dict[str, Any], where: Any = True) -> None:
    for name in ("pass_probability", "reliability"):
        found = np.broadcast_to(report[name], runs.shape)
        best[name][runs] = np.where(where, np.maximum(best[name][runs], found), best[name][runs])


class _Outlook:
    """What a policy will do for ever, as far as one can know."""

    def __init__(self, move: Move, model: Model):
        self._model = model
        self._names = list(zip(move.state, move.after, strict=True))[1:]
        self._step = compile_program(program("step", move.model, move.after))
        # whether neither the mass nor what follows from it steers the controls
        self._blind = not move.model.depending({sym.mu}) & {after for _, after in self._names}

    def ended(self, run: Run) -> tuple[Any, Any]:
        """Which runs have nothing more before them than an approach to a limit, and that limit."""
        before, mu, radius = run.before, run.state[sym.mu.name], run.state[sym.delta.name]
        resting = np.ones(mu.size, dtype=bool)
        for name, value in run.state.items():
            if name != sym.mu.name:
                resting &= value == before[name]
        left = before[sym.mu.name] - mu
        with np.errstate(all="ignore"):
            shrink = radius / before[sym.delta.name]
            step = np.where(
                left == 0, radius, np.abs(left)
            )  # a move that removes nothing says nothing of smaller radii
            fades = (shrink < 1) & self._blind
            travel = np.where(fades, step * shrink / (1 - shrink), np.where(resting & (left == 0), 0.0, np.inf))
        quiet = travel <= SETTLING * (1 + mu)
        floor = np.where(resting, floors_at(self._model, run.values, mu.size), mu)
        approaching = resting & (left != 0) & np.isfinite(floor) & self._stays(run, mu, floor)
        falling = approaching & (left > 0) & (mu > floor)  # slower and slower, towards the floor
        rising = approaching & (left < 0)  # from below, never better than now
        endless = resting & (left < 0) & np.isinf(floor) & self._blind
        return self._steady(run) & (quiet | falling | rising | endless), np.where(falling, floor, mu)

    def _steady(self, run: Run) -> Any:
        """Where the next move does to the controls what it will do when no plan has moves left."""
        now, later = (self._step(run.values | {sym.t.name: float(t)}) for t in (run.moves, FAR))
        same = np.ones(run.state[sym.mu.name].size, dtype=bool)
        for _, after in self._names:
            same &= now[after.name] == later[after.name]
        return same

    def _stays(self, run: Run, mu: Any, floor: Any) -> Any:
        """Where no control changes at masses between here and the floor, and no move leaps over it."""
        stays = np.ones(mu.size, dtype=bool)
        side = np.sign(mu - floor)
        target = np.where(np.isfinite(floor), floor, mu)
        for place in np.linspace(0, 1, BETWEEN) ** 3:  # most of them near the floor, where the run will be for long
            mass = target + (mu - target) * place
            made = self._step(run.values | {sym.mu.name: mass, sym.t.name: FAR})
            stays &= side * (made[sym.mu_next.name] - target) >= -NEAR * target
            for now, after in self._names:
                stays &= made[after.name] == run.state[now.name]
        return stays
