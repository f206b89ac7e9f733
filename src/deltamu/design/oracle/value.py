"""What an oracle's resolution is worth when the tests pass."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.oracle.stop import ASSURED, AT_STOP, ESCAPED, at_the_target, computed
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import along, column, labelled, resolved

TENTHS = tuple((np.arange(1, 11) / 10).tolist())


@checked
def oracle_value(
    settings: Settings | str | None = None,
    /,
    *,
    r: Any = TENTHS,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
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
    there = computed(model.replace(ESCAPED, name=model.name), (*AT_STOP, sym.pass_probability, sym.cost), values)
    assured = computed(model.replace(*at_the_target(model).values(), name=model.name), AT_STOP, values)
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
