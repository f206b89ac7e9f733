"""The oracle: what its resolution is worth when the tests pass, and the coarsest one that is good enough."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from sympy import Expr, cancel, exp, log, simplify, solve

from deltamu import symbols as sym
from deltamu.compiling import compile_program
from deltamu.equilibria.reach import LIMITS as REACH
from deltamu.equilibria.reach import reachable
from deltamu.equilibria.roots import Array
from deltamu.errors import InputError
from deltamu.formulas import Formula, Model
from deltamu.policies import Policy
from deltamu.programs import program
from deltamu.settings import Settings, find_settings
from deltamu.simulation import simulate
from deltamu.sweeps import Sweep, along, column, labelled, resolved
from deltamu.symbols import NONNEGATIVE, UNIT

__all__ = ["BOUNDS", "ESCAPED", "LIMITS", "at_the_target", "cheapest_resolution", "coarsest", "oracle_value"]

Policies = Policy | str | Sequence[Policy | str] | None
Models = Model | str | Sequence[Model | str] | None

ESCAPED = Formula(
    sym.quantity("escaped", r"\mu_{\mathrm{h}}", domain=NONNEGATIVE, unit="defects",
                 meaning="expected defects that escape: left in the code when the tests pass"),
    (1 - sym.r) * sym.mu, title="hidden defects, which a pass says nothing about", source="Poisson thinning",
)  # fmt: skip
BOUND = sym.quantity("bound", r"\eta", domain=NONNEGATIVE, meaning="what a quantity at the stop may not pass")
STOP = sym.quantity("mu_stop", r"\mu_{\mathrm{s}}", domain=NONNEGATIVE, unit="defects",
                    meaning="defect mass at which the tests pass with the target's probability")  # fmt: skip
RESOLUTION = sym.quantity(
    "resolution", r"r^*", domain=UNIT, meaning="coarsest oracle that is good enough at every stop"
)
BOUNDS = {
    "max_false_pass": sym.false_pass_probability,
    "min_reliability": sym.reliability,
    "max_escaped": ESCAPED.symbol,
}
LIMITS = (*REACH, "no oracle is fine enough", "the plan's cap on the oracle")
ASSURED = "assured at the stop, wherever it is"
AT_STOP = (sym.false_pass_probability, sym.reliability, ESCAPED.symbol)
LOOK = 150  # moves in which a policy shows how it moves the oracle
GRID = np.round(np.arange(101) / 100, 2)
TENTHS = tuple(GRID[10::10].tolist())


# --- closed forms ----------------------------------------------------------------------------------------------------
@cache
def at_the_target(model: Model) -> dict[str, Formula]:
    """A run stops at this defect mass or below; what then holds of it at the worst.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> for formula in at_the_target(PUBLISHED).values():
    ...     print(formula)
    mu_stop = -log(target)/r
    false_pass_probability = 1 - exp((1 - r)*log(target)/r)
    reliability = exp(log(target)/r)
    escaped = -(1 - r)*log(target)/r
    """
    passing = model[sym.pass_probability].expr
    mass = solve(log(sym.target) - simplify(log(passing), force=True), sym.mu)[0]
    formulas = {STOP.name: Formula(STOP, mass, title=STOP.meaning, source="pass probability = target")}
    for formula in (model[sym.false_pass_probability], model[sym.reliability], ESCAPED):
        worst = formula.expr.subs(sym.mu, mass)
        formulas[formula.name] = Formula(formula.symbol, worst, title=f"{formula.title}, {ASSURED}", source="the stop")
    return formulas


@cache
def coarsest(bound: str, model: Model) -> Formula:
    """The resolution from which on a bound holds at every stop: each bound is met with equality there.

    Parameters
    ----------
    bound : {"max_false_pass", "min_reliability", "max_escaped"}

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> for bound in BOUNDS:
    ...     print(coarsest(bound, PUBLISHED))
    resolution = log(target)/(log(1 - bound) + log(target))
    resolution = log(target)/log(bound)
    resolution = -log(target)/(-log(target) + bound)
    """
    worst = at_the_target(model)[BOUNDS[bound].name].expr
    rate = worst  # linear in 1/r once logarithms are taken
    limit: Expr = BOUND
    if bound == "max_false_pass":
        worst, limit = 1 - worst, 1 - BOUND
    if worst.func is exp:
        rate, limit = worst.args[0], log(limit)
    return Formula(RESOLUTION, cancel(solve(rate - limit, sym.r)[0]), title=RESOLUTION.meaning, source="the stop")


# --- the value of resolution -----------------------------------------------------------------------------------------
def oracle_value(
    settings: Settings | str | None = None,
    /,
    *,
    r: Any = TENTHS,
    policy: Policies = None,
    model: Models = None,
    moves: int = 150,
    **controls: Any,
) -> xr.Dataset:
    """What a run has at the moment its tests pass, for oracles of every resolution.

    Parameters
    ----------
    settings, policy, model, moves, **controls
        As for `deltamu.simulate`.
    r : float, 1-D sequence or xarray.DataArray
        The resolution; by default 0.1, 0.2, ..., 1.

    Returns
    -------
    xarray.Dataset
        ``moves``, after which the pass probability is at the target (``inf`` if it is not within so many), and
        ``calls``, what they cost; of the state there, or after the last move where the target is not reached:
        ``mass``, ``pass_probability``, ``reliability`` (the true one), ``false_pass_probability`` and ``escaped``, the
        expected number of defects that are left, given that the tests pass; the same three as ``assured_reliability``,
        ``assured_false_pass_probability`` and ``assured_escaped`` where the pass probability just is at the target,
        which is the worst at which the oracle that the run ends with stops; and ``status``.

    Raises
    ------
    InputError
        A name is unknown, or a value is refused.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.oracle_value(r=[0.05, 0.1, 0.8], policy="vibe", decay=1, delta0=0.5, moves=300)
    >>> ds.moves.values.tolist(), ds.reliability.round(3).values.tolist()
    ([59.0, inf, inf], [0.368, 0.57, 0.57])
    """
    start = find_settings(settings)
    return along(lambda p, m: _run_out(start, p, m, moves, {"r": r} | controls), start, policy, model)


def _run_out(start: Settings, policy: Policy, model: Model, moves: int, controls: dict[str, Any]) -> xr.Dataset:
    settings, sweep = resolved(start, policy, model, controls)
    run = simulate(start, policy=policy, model=model, moves=moves, keep=["mu", "mu_next", "r_t"], **controls)
    path = {name: run[name].values.reshape(sweep.size, moves) for name in ("mu", "mu_next", "r_t")}
    count = run["moves_to_target"].values.reshape(-1)
    last = np.where(np.isfinite(count), count, moves).astype(int)
    points, at = np.arange(sweep.size), np.maximum(last - 1, 0)
    mass = np.where(last == 0, path["mu"][:, 0], path["mu_next"][points, at])
    values = sweep.block(0, sweep.size) | {"mu": mass, "r": path["r_t"][points, at]}
    there = _computed(model.replace(ESCAPED, name=model.name), (*AT_STOP, sym.pass_probability, sym.cost), values)
    assured = _computed(model.replace(*at_the_target(model).values(), name=model.name), AT_STOP, values)
    with np.errstate(invalid="ignore"):
        calls = np.where(count == 0, 0.0, count * there["cost"])
    result = labelled(sweep, settings, {
        "moves": (count, "moves until the tests pass", "moves"),
        "calls": (calls, "cost of these moves", sym.cost.unit),
        "mass": (mass, "defect mass when the tests pass", sym.mu.unit),
        "pass_probability": column(there["pass_probability"], sym.pass_probability),
        **{s.name: column(there[s.name], s) for s in AT_STOP},
        **{f"assured_{s.name}": (assured[s.name], f"{s.meaning}: {ASSURED}", s.unit) for s in AT_STOP},
    })  # fmt: skip
    return result.assign(status=run["status"])


def _computed(model: Model, outputs: Sequence[sym.Quantity], values: dict[str, Any]) -> dict[str, Array]:
    found = compile_program(program("stop", model, outputs))(values)
    shape = np.shape(values[sym.mu.name])
    return {name: np.broadcast_to(value, shape).astype(float) for name, value in found.items()}


# --- the coarsest oracle that is good enough -------------------------------------------------------------------------
def cheapest_resolution(
    settings: Settings | str | None = None,
    /,
    *,
    max_false_pass: float | None = None,
    min_reliability: float | None = None,
    max_escaped: float | None = None,
    policy: Policies = None,
    model: Models = None,
    moves: int | None = None,
    **controls: Any,
) -> xr.Dataset:
    """The coarsest oracle whose pass can be trusted: every bound holds wherever a run stops.

    Parameters
    ----------
    settings, policy, model, **controls
        As for `deltamu.reachable`, without ``r``.
    max_false_pass, min_reliability, max_escaped : float, optional
        Bounds on the false-pass probability, the true reliability and the expected number of defects that are left when
        the tests pass; at least one of them.
    moves : int, optional
        In so many moves; by default in any number.

    Returns
    -------
    xarray.Dataset
        ``resolution``, the least r with which the bounds hold at every stop (in closed form: ln R*/(ln R* + ln(1-f)),
        ln R*/ln Q and ln R*/(ln R* - h)), ``inf`` if there is none; with it ``reliability``,
        ``false_pass_probability`` and ``escaped`` at the worst stop; ``limit``, what keeps a run with this oracle from
        its target, or ``within reach``; and what is nearest: ``nearest_resolution``, the coarsest oracle on the slider
        at least as fine with which the run stops, else the finest that is coarser; ``meets``, whether the bounds hold
        with it; and the same three at its worst stop as ``nearest_reliability`` and so on.

    Raises
    ------
    InputError
        No bound is given, a name is unknown, or a value is refused.

    Notes
    -----
    The stop is the first state whose pass probability is at the target: a move may land below the mass at which it just
    is, and then the run is better than what is assured. An oracle that the planner refines is at least as fine at the
    stop as at the start.

    Examples
    --------
    >>> from deltamu import design
    >>> ds = design.cheapest_resolution(max_false_pass=0.1, target=[0.5, 0.8])
    >>> ds.resolution.round(3).values.tolist(), ds.limit.values.tolist()
    ([0.868, 0.679], ['within reach', 'below the floor'])
    >>> ds.nearest_resolution.round(3).values.tolist(), ds.meets.values.tolist()
    ([0.868, 0.47], [True, False])
    >>> ds = design.cheapest_resolution(max_false_pass=0.1, model="gated")
    >>> ds.resolution.round(3).item(), ds.limit.item(), ds.nearest_resolution.item(), ds.meets.item()
    (0.327, 'below the floor', 0.92, True)
    """
    bounds = {"max_false_pass": max_false_pass, "min_reliability": min_reliability, "max_escaped": max_escaped}
    given = {name: _checked(name, value) for name, value in bounds.items() if value is not None}
    if not given:
        raise InputError(f"no bound is given: allowed are {', '.join(BOUNDS)}")
    if sym.r.name in controls:
        raise InputError("r is what is found here: it cannot be given")
    start = find_settings(settings)
    return along(lambda p, m: _cheapest(start, p, m, given, moves, controls), start, policy, model)


def _checked(name: str, value: float) -> float:
    most = np.inf if name == "max_escaped" else 1.0
    if not 0 <= value < most or (name == "min_reliability" and value == 0):
        allowed = {"max_escaped": "a number >= 0", "min_reliability": "between 0 and 1"}.get(name, "in [0, 1)")
        raise InputError(f"{name} = {value!r} is not {allowed}")
    return float(value)


def _cheapest(
    start: Settings, policy: Policy, model: Model, bounds: dict[str, float], moves: int | None, controls: dict[str, Any]
) -> xr.Dataset:
    settings, sweep = resolved(start, policy, model, controls)
    values = sweep.block(0, sweep.size) | {"mu": np.zeros(sweep.size)}
    needed = np.zeros(sweep.size)
    for name, bound in bounds.items():
        formula = coarsest(name, model)
        extended = model.replace(formula, name=model.name)
        needed = np.maximum(needed, _computed(extended, [formula.symbol], values | {BOUND.name: bound})["resolution"])
    enough = needed <= 1
    shown = np.minimum(needed, 1.0)
    passes, held, why = _tried(start, policy, model, moves, sweep, controls, shown[None])
    limit = np.where(enough, np.where(passes & (held < shown), LIMITS[-1], why), LIMITS[-2])[0]
    nearest, kept, meets = shown.copy(), held[0], np.ones(sweep.size, dtype=bool)
    if (far := limit != REACH[0]).any():
        grid = np.repeat(np.append(GRID, 0.0)[:, None], sweep.size, axis=1)
        grid[-1] = shown
        passes, held, _ = _tried(start, policy, model, moves, sweep, controls, grid)
        good = passes & (held >= needed)
        fine, coarse = np.where(good, grid, np.inf), np.where(passes & ~good, held, -1.0)
        meets = ~far | good.any(0)
        chosen = np.where(good.any(0), fine.argmin(0), coarse.argmax(0))
        points = np.arange(sweep.size)
        nearest, kept = (np.where(far, table[chosen, points], at) for table, at in ((grid, nearest), (held, kept)))
    worst = model.replace(*at_the_target(model).values(), name=model.name)
    at, near = (_computed(worst, AT_STOP, values | {"r": resolution}) for resolution in (shown, kept))
    return labelled(sweep, settings, {
        "resolution": (np.where(enough, needed, np.inf), RESOLUTION.meaning, RESOLUTION.unit),
        **{s.name: (at[s.name], f"{s.meaning}: {ASSURED}", s.unit) for s in AT_STOP},
        "limit": (limit, "what keeps a run with this oracle from its target", ""),
        "nearest_resolution": (nearest, "oracle with which the run stops, nearest to it", RESOLUTION.unit),
        "meets": (meets, "whether the bounds hold with the nearest oracle", ""),
        **{f"nearest_{s.name}": (near[s.name], f"{s.meaning}, with the nearest oracle: {ASSURED}", s.unit)
           for s in AT_STOP},
    })  # fmt: skip


def _points(sweep: Sweep, controls: dict[str, Any], resolution: Array) -> dict[str, Any]:
    """The controls of a call at every point of a sweep, for several resolutions each."""
    arrays = {name: xr.DataArray(values, dims="point") for name, values in sweep.points.items()}
    return controls | arrays | {"r": xr.DataArray(resolution, dims=("oracle", "point")[-resolution.ndim :])}


def _tried(
    start: Settings, policy: Policy, model: Model, moves: int | None, sweep: Sweep, controls: dict[str, Any],
    resolution: Array,
) -> tuple[Any, Array, Any]:  # fmt: skip
    """Whether runs with these oracles stop, the coarsest oracle that their policy ever holds, and what stops them."""
    at = _points(sweep, controls, resolution)
    why = reachable(start, policy=policy, model=model, moves=moves, **at)["limit"].transpose("oracle", "point").values
    held = resolution
    if sym.r in policy.state:
        run = simulate(start, policy=policy, model=model, moves=moves or LOOK, keep=["r_t"], **at)
        held = run["r_t"].min("move").transpose("oracle", "point").values
    return why == REACH[0], held, why
