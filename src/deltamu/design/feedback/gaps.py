"""Optimality gaps: how far a policy, and the best radius that never changes, are from what any radii could do."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.feedback.attainable import attained, attained_share
from deltamu.design.feedback.stages import Stage, goals_of, held, stages
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.policies import POLICIES, Policy, one_move
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import is_number
from deltamu.model.settings import PRESETS, SCENARIOS, Settings, find_settings
from deltamu.progress import tracked
from deltamu.simulation.run import Run, check_level
from deltamu.simulation.sweeps import along, labelled, resolved

STATUSES = ("policy arrives", "a fixed radius arrives", "only feedback arrives", "out of reach", "moves run out")
BLOCK = 512  # points at a time
FIRST, ZOOMS = 33, 4  # fixed radii on a grid even in their logarithm, and times that it closes in on the best
FACTS = {
    "level": ("defect mass to reach by the last move", "defects"),
    "moves_policy": ("moves of the policy", "moves"),
    "moves_fixed": ("moves of the best fixed radius", "moves"),
    "moves_optimal": ("moves of the optimal feedback", "moves"),
    "whole_moves_policy": ("whole moves of the policy", "moves"),
    "whole_moves_fixed": ("whole moves of the best fixed radius", "moves"),
    "whole_moves_optimal": ("whole moves of the optimal feedback", "moves"),
    "gap": ("moves of the policy over those of the optimal feedback", "1"),
    "gap_fixed": ("moves of the best fixed radius over those of the optimal feedback", "1"),
    "best_fixed_radius": ("best fixed radius", "1"),
    "mass_policy": ("defect mass that the policy leaves", "defects"),
    "mass_fixed": ("defect mass that the best fixed radius leaves", "defects"),
    "mass_optimal": ("least defect mass that any radii attain", "defects"),
    "inside": ("whether the policy's radii stay between the bounds", ""),
    "greedy": ("whether the best radius of each move is optimal", ""),
    "status": ("who arrives", ""),
}


@checked
def optimality_gap(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    level: float | None = None,
    share: float | None = None,
    moves: int = 150,
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """A policy against the optimal feedback and against the best radius that never changes, in moves to the target.

    All three have the other controls as the policy sets them, and radii between delta_min and delta_max.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.simulate`.
    level : float, optional
        Defect mass to reach, instead of the target of the pass probability.
    share : float, optional
        Or the share of what the optimal feedback removes in `moves` moves: it then always arrives.
    moves : int
        Most moves that any may take.
    progress : bool, optional
        Whether to show progress; by default long work does on a terminal.

    Returns
    -------
    xarray.Dataset
        Over the dimensions of the sweep: ``moves_policy``, ``moves_fixed``, ``moves_optimal``, linear in mu between
        states, and the same whole, ``whole_moves_policy`` and so on; ``inf`` where `moves` are not enough. ``gap`` =
        moves_policy / moves_optimal and ``gap_fixed``: ``inf`` where the optimal feedback alone arrives, 1 where
        neither does or neither has to move. ``mass_policy``, ``mass_fixed``, ``mass_optimal`` after the last move,
        which compare them where the target is out of reach; ``best_fixed_radius``; ``level`` at the last move;
        ``greedy`` as in `optimal_policy`; and ``status``: ``policy arrives``, ``a fixed radius arrives`` (the policy
        does not), ``only feedback arrives``, ``out of reach`` whatever the radii, or ``moves run out``.

        ``inside`` says whether the policy's radii stay between the bounds, as its first radius need not: only then
        is the optimal feedback a bound for it.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, or both `level` and `share` are given.

    Notes
    -----
    The best fixed radius is sought on 33 radii, even in their logarithm, and on four more grids of 33 around the best
    one; if none arrives it is the one that leaves the least mass.

    Examples
    --------
    With overreach no fixed radius suits both ends of a run, and the trust region's band does not find the best one:

    >>> from deltamu import SCENARIOS, Settings, optimality_gap
    >>> ds = optimality_gap(Settings(**SCENARIOS["greenfield"]), share=0.95, overreach=1, model=["published", "gated"])
    >>> ds.gap.round(2).values.tolist(), ds.gap_fixed.round(2).values.tolist()
    ([inf, 1.11], [1.26, 1.02])
    """
    check_count("moves", moves)
    if level is not None and share is not None:
        raise InputError("optimality_gap takes a level or a share, not both")
    check_level(level)
    if share is not None and not (is_number(share) and 0 < share < 1):
        raise InputError(f"share = {shown(share)} is outside (0, 1)")
    start = find_settings(settings)

    def run(p: Policy, m: Model) -> xr.Dataset:
        at, sweep = resolved(start, p, m, controls)
        parts = []
        with tracked("comparing", sweep.size * moves, progress) as advance:
            for low in range(0, sweep.size, BLOCK):
                high = min(low + BLOCK, sweep.size)
                parts.append(_compared(at, sweep.block(low, high), high - low, int(moves), level, share))
                advance((high - low) * moves)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in FACTS}
        return labelled(sweep, at, {name: (array, *FACTS[name]) for name, array in joined.items()})

    return along(run, start, policy, model)


def _compared(
    settings: Settings, values: dict[str, Any], size: int, moves: int, level: float | None, share: float | None
) -> dict[str, Array]:
    model = settings.model or PUBLISHED
    schedule = stages(settings.policy, model, values, size, moves)
    start = np.array(np.broadcast_to(np.asarray(values["mu0"], dtype=float), size))
    aim = None if level is None else np.full(size, float(level))
    if share is None:
        best = attained(schedule, start, aim)
    else:
        best, aim = attained_share(schedule, start, share)
    goals = goals_of(schedule, start, aim)
    own = _run(settings.policy, model, values, size, goals)
    radius, fixed = _best_fixed(settings.policy, model, values, schedule[0], goals)
    ends = schedule[0].search
    arrives = [np.isfinite(whole) for whole in (own["whole"], fixed["whole"], best.moves)]
    status = np.select([*arrives, best.never], STATUSES[:4], STATUSES[4])
    return {
        "level": goals[-1],
        "moves_policy": own["linear"], "moves_fixed": fixed["linear"], "moves_optimal": best.interpolated,
        "whole_moves_policy": own["whole"], "whole_moves_fixed": fixed["whole"], "whole_moves_optimal": best.moves,
        "gap": _ratio(own["linear"], best.interpolated), "gap_fixed": _ratio(fixed["linear"], best.interpolated),
        "best_fixed_radius": radius,
        "mass_policy": own["mu"], "mass_fixed": fixed["mu"], "mass_optimal": best.least[-1],
        "inside": (own["smallest"] >= ends.low) & (own["largest"] <= ends.high),
        "greedy": best.greedy, "status": status,
    }  # fmt: skip


def _ratio(theirs: Array, best: Array) -> Array:
    still = (theirs == best) & ((best == 0) | np.isinf(best))
    return np.where(still, 1.0, theirs / np.where(still | np.isinf(best) | (best == 0), 1.0, best))


def _run(policy: Policy, model: Model, values: Mapping[str, Any], size: int, goals: Array) -> dict[str, Array]:
    """Moves of runs to their goals, the mass that they leave, and their smallest and largest radius."""
    run = Run(one_move(policy, model), values, size)
    mu = np.array(run.state[sym.mu.name])
    whole = np.where(mu <= goals[0], 0.0, np.inf)
    linear = whole.copy()
    radius = run.state[sym.delta.name]
    smallest, largest = radius.copy(), radius.copy()
    for t in range(1, len(goals)):
        radius = run.state[sym.delta.name]
        smallest, largest = np.minimum(smallest, radius), np.maximum(largest, radius)
        run.advance()
        after = run.state[sym.mu.name]
        met = np.isinf(whole) & (after <= goals[t])
        drop = np.where(met, mu - after, 1.0)
        linear = np.where(met, t - 1 + (mu - goals[t]) / drop, linear)
        whole = np.where(met, float(t), whole)
        mu = after
    return {"whole": whole, "linear": linear, "mu": mu, "smallest": smallest, "largest": largest}


def _best_fixed(
    policy: Policy, model: Model, values: Mapping[str, Any], stage: Stage, goals: Array
) -> tuple[Array, dict[str, Array]]:
    still = held(policy)
    size = stage.size
    low, high = np.log(stage.search.low), np.log(stage.search.high)
    left, right = low, high
    best: dict[str, Array] = {}
    chosen = low
    score = np.full(size, np.inf)
    columns = np.arange(size)
    for _ in range(1 + ZOOMS):
        radii = np.linspace(left, right, FIRST)
        radii[0], radii[-1] = left, right
        spread = {name: np.tile(value, FIRST) if np.ndim(value) else value for name, value in values.items()}
        spread["delta0"] = np.clip(np.exp(radii), stage.search.low, stage.search.high).reshape(-1)
        run = _run(still, model, spread, FIRST * size, np.tile(goals, (1, FIRST)))
        run = {name: array.reshape(FIRST, size) for name, array in run.items()}
        past = len(goals) + run["mu"] / (1 + run["mu"])  # who does not arrive comes after all who do
        scores = np.where(np.isfinite(run["linear"]), run["linear"], past)
        first = scores.argmin(axis=0)
        better = scores[first, columns] < score
        score = np.where(better, scores[first, columns], score)
        chosen = np.where(better, radii[first, columns], chosen)
        best = {name: np.where(better, array[first, columns], best.get(name, 0.0)) for name, array in run.items()}
        step = (right - left) / (FIRST - 1)
        left, right = np.maximum(chosen - step, low), np.minimum(chosen + step, high)
    return np.clip(np.exp(chosen), stage.search.low, stage.search.high), best


# --- a table of cases -------------------------------------------------------------------------------------------------


def standard_cases() -> dict[str, Settings]:
    """Every preset, and every policy at the defaults and in every scenario, by name.

    Examples
    --------
    >>> from deltamu.design.feedback.gaps import standard_cases
    >>> len(standard_cases()), list(standard_cases())[3:5]
    (18, ['vibe', 'vibe, legacy-refactor'])
    """
    found: dict[str, Settings] = dict(PRESETS)
    for name in POLICIES:
        found[name] = Settings(name)
        for scenario, values in SCENARIOS.items():
            found[f"{name}, {scenario}"] = Settings(name, model=None, **values)
    return found


@checked
def optimality_gaps(
    cases: Mapping[str, Settings] | None = None,
    /,
    *,
    model: Model | str | Sequence[Model | str] | None = None,
    progress: bool | None = None,
    **options: Any,
) -> xr.Dataset:
    """`optimality_gap` for many settings, each with its own policy.

    Parameters
    ----------
    cases : mapping of str to Settings, optional
        By default `standard_cases`.
    model
        As for `optimality_gap`.
    progress : bool, optional
        Whether to show progress; by default long work does on a terminal.
    **options
        `level`, `share`, `moves` and controls, as for `optimality_gap`; the controls are numbers.

    Returns
    -------
    xarray.Dataset
        What `optimality_gap` returns, with a dimension ``case``.

    Raises
    ------
    InputError
        There are no cases, or a value is refused.

    Examples
    --------
    >>> from deltamu import PRESETS
    >>> from deltamu.design import optimality_gaps
    >>> ds = optimality_gaps(PRESETS, share=0.9)
    >>> dict(zip(ds.case.values.tolist(), ds.gap.round(2).values.tolist()))
    {'noob-vibe': inf, 'principal-tr': 1.11, 'planner-spec': inf}
    """
    chosen = standard_cases() if cases is None else dict(cases)
    if not chosen:
        raise InputError("no cases to compare: give at least one")
    parts = []
    with tracked("comparing", len(chosen), progress) as advance:
        for settings in chosen.values():
            parts.append(optimality_gap(settings, model=model, progress=False, **options))
            advance(1)
    names = xr.DataArray(list(chosen), dims="case", name="case", attrs={"long_name": "case"})
    joined = xr.concat(parts, dim=names, join="exact", combine_attrs="override")
    joined.attrs = {name: value for name, value in parts[0].attrs.items() if name not in ("settings", "policy")}
    return joined
