"""How many moves two settings need to the same end."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.protocol import spread
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.policies import Policy, one_move
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.run import Run, moves_to_level, whole_moves
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import along, described, resolved

STATUSES = ("both", "only settings", "only baseline", "neither")


@checked
def compare(
    settings: Settings | str | None,
    baseline: Settings | str | None,
    /,
    *,
    level: Any = None,
    target: Any = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 5000,
    **controls: Any,
) -> xr.Dataset:
    """How many moves two settings need to the same defect mass, or to the same target.

    Parameters
    ----------
    settings, baseline : Settings, str or None
        What is compared with what: each with its own policy.
    level : float or 1-D sequence
        Defect mass to reach; a sequence becomes the dimension ``level``. Give this or `target`.
    target : float or 1-D sequence
        Pass probability to reach.
    model : Model, str, or a sequence of these, optional
        By default that of `settings`, else `PUBLISHED`; used for both.
    moves : int
        Most moves that either may take.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over both settings.

    Returns
    -------
    xarray.Dataset
        ``moves`` of the settings and ``moves_baseline``, both linear in mu between states and ``inf`` where the level
        is not met; ``ratio`` = moves_baseline / moves, above 1 where the settings are faster (``inf`` where they alone
        arrive, 1 where neither or neither has to move); ``status``: who arrives: ``both``, ``only settings``,
        ``only baseline`` or ``neither``.

    Raises
    ------
    InputError
        Both or neither of `level` and `target` are given, or a value is refused.

    Examples
    --------
    >>> from deltamu import Settings, compare
    >>> ds = compare(Settings(), Settings("vibe", decay=1), level=[2.0, 1.0, 0.5])
    >>> ds.ratio.round(2).values.tolist(), ds.status.values.tolist()
    ([5.61, 6.19, inf], ['both', 'both', 'only settings'])
    """
    if (level is None) == (target is None):
        raise InputError("compare needs either a level of the defect mass or a target for the pass probability")
    whole_moves(moves)
    pair = [find_settings(one) for one in (settings, baseline)]
    chosen = pair[0].model if model is None else model
    if target is not None:
        runs = [simulate(one, model=chosen, moves=moves, keep="final", target=target, **controls) for one in pair]
        counts = [run["moves_to_target_interpolated"].drop_vars("move") for run in runs]
        attrs = runs[0].attrs
    else:
        found = [_moves_to(one, level, chosen, int(moves), controls) for one in pair]
        counts, attrs = [run["moves"] for run in found], found[0].attrs
    ours, theirs = counts
    both = np.isfinite(ours) & np.isfinite(theirs)
    ratio = xr.where(both & (ours > 0), theirs / ours.where(ours > 0, 1.0), 1.0)
    ratio = xr.where(np.isfinite(ours) & (np.isinf(theirs) | (both & (ours == 0) & (theirs > 0))), np.inf, ratio)
    ratio = xr.where(np.isinf(ours) & np.isfinite(theirs), 0.0, ratio)
    status = xr.where(both, STATUSES[0], xr.where(np.isfinite(ours), STATUSES[1],
                      xr.where(np.isfinite(theirs), STATUSES[2], STATUSES[3])))  # fmt: skip
    result = xr.Dataset(
        {
            "moves": ours.assign_attrs(long_name="moves of the settings", units="moves"),
            "moves_baseline": theirs.assign_attrs(long_name="moves of the baseline", units="moves"),
            "ratio": ratio.assign_attrs(long_name="moves of the baseline over those of the settings", units="1"),
            "status": status.assign_attrs(long_name="who arrives"),
        }
    )
    return result.assign_attrs(attrs, baseline=pair[1].to_json())


def _moves_to(settings: Settings, level: Any, model: Any, moves: int, controls: dict[str, Any]) -> xr.Dataset:
    levels = flat_numbers(level)
    if not levels.size or not (levels >= 0).all() or not np.isfinite(levels).all():
        raise InputError(f"level = {shown(level)} is not a defect mass >= 0 or a flat sequence of such")

    def run(policy: Policy, one: Model) -> xr.Dataset:
        at, sweep = resolved(settings, policy, one, controls)
        count = max(levels.size, 1)
        values = spread(sweep.block(0, sweep.size), count)
        start = Run(one_move(policy, one), values, sweep.size * count)
        found, _ = moves_to_level(start, np.tile(levels.reshape(-1), sweep.size), moves)
        dims, shape, coords = sweep.dims, sweep.shape, dict(sweep.coords)
        if levels.ndim:
            dims, shape = (*dims, "level"), (*shape, count)
            coords["level"] = ("level", levels, {"long_name": "defect mass to reach", "units": "defects"})
        return described(xr.Dataset({"moves": (dims, found.reshape(shape))}, coords=coords), at)

    return along(run, settings, model=model)
