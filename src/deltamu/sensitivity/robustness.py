"""Which verdicts hold over a whole box of parameters, and which hang on numbers that nobody has measured."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu import __version__
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.model.policies import Policy, find_policy
from deltamu.model.published import PUBLISHED
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity.boxes import BOXES, Bounds, box_of, results_at, sample
from deltamu.sensitivity.outcomes import FINITE, OUTCOMES


@checked
def verdicts(
    settings: Settings | str | None = None,
    /,
    *,
    seed: int,
    bounds: Sequence[Bounds] = BOXES,
    n: int = 1024,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    moves: int = 150,
    **controls: float,
) -> xr.Dataset:
    """What holds over whole boxes of parameters: the range of every result, and which verdicts change.

    Parameters
    ----------
    settings, seed, n, moves, **controls
        See `deltamu.global_sensitivity`.
    bounds : sequence of boxes
    policy, model : one, or a sequence of these, which becomes a dimension

    Returns
    -------
    xarray.Dataset
        Over ``policy``, ``model``, ``box`` and ``result``: ``nominal``, the value at the settings; ``mean``, ``least``,
        ``greatest`` and the quantiles ``low`` (5 %) and ``high`` (95 %) over the box; for results that say "whether",
        ``mean`` is the share of the box, and ``survives`` says whether the whole sample agrees with the settings.

    Examples
    --------
    >>> from deltamu.sensitivity import verdicts
    >>> ds = verdicts("principal-tr", seed=1, n=64, bounds=["constants"])
    >>> row = ds.sel(box="constants").squeeze(drop=True)
    >>> row["survives"].sel(result="contracted").item(), row["mean"].sel(result="contracted").item()
    (True, 0.0)
    """
    start = find_settings(settings)
    policies = _listed(policy, start.policy)
    models = _listed(model, start.model or PUBLISHED)
    bounds = list(bounds)
    labels = [box if isinstance(box, str) else f"box {index}" for index, box in enumerate(bounds)]
    columns = ("nominal", "mean", "least", "low", "high", "greatest", "survives")
    table = np.empty((len(columns), len(policies), len(models), len(bounds), len(FINITE)))
    for p, one_policy in enumerate(policies):
        for m, one_model in enumerate(models):
            fixed, _ = box_of(start, one_policy, one_model, {sym.mu0: (0.0, 1.0)}, controls)
            nominal = results_at(fixed, {}, np.zeros((1, 0)), moves)
            for b, box in enumerate(bounds):
                found = sample(
                    start, seed=seed, bounds=box, n=n, policy=one_policy, model=one_model, moves=moves, **controls
                )
                for k, name in enumerate(FINITE):
                    values, at = found[name].to_numpy(), float(nominal[name][0])
                    low, high = np.quantile(values, (0.05, 0.95))
                    same = float((values == at).all()) if _says_whether(name) else np.nan
                    table[:, p, m, b, k] = at, values.mean(), values.min(), low, high, values.max(), same
    over = ("policy", "model", "box", "result")
    data: dict[str, Any] = {name: (over, table[i]) for i, name in enumerate(columns[:-1])}
    whether = np.array([_says_whether(name) for name in FINITE])
    data["survives"] = (over, (table[-1] == 1.0) | ~whether)
    coords = {
        "policy": [p.name for p in policies],
        "model": [m.name for m in models],
        "box": labels,
        "result": list(FINITE),
    }
    ds = xr.Dataset(data, coords=coords)
    ds.survives.attrs = {"long_name": "whether the whole sample agrees with the settings, for results that are 0 or 1"}
    return ds.assign_attrs(seed=seed, n=n, moves=moves, deltamu_version=__version__)


def _listed(chosen: Any, default: Any) -> list[Any]:
    find = find_policy if isinstance(default, Policy) else find_model
    chosen = default if chosen is None else chosen
    return [find(one) for one in chosen] if isinstance(chosen, list | tuple) else [find(chosen)]


def _says_whether(name: str) -> bool:
    return OUTCOMES[name].meaning.startswith("whether")
