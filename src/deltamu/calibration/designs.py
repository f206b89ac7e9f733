"""What an experiment could tell: rank, null directions and standard errors per thousand programs of a design."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.laws.law import Law
from deltamu.calibration.laws.panel import panel, visible_members
from deltamu.calibration.laws.repair import repair
from deltamu.calibration.laws.retry import retry
from deltamu.calibration.likelihood import likelihood
from deltamu.calibration.measured import place_of_run
from deltamu.calibration.problem import check_fit
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, unknown
from deltamu.model.arguments import checked
from deltamu.model.settings import scalar

Array = NDArray[np.float64]
DESIGNS = (
    "0 repairs", "2 samples", "5 samples", "5 samples, visible only", "1 repair", "3 repairs", "9 repairs",
    "9 repairs, visible only", "9 repairs + 5 samples",
)  # fmt: skip
NULL = 1e-9  # eigenvalue of the information, relative to the largest one, that counts as 0
PROGRAMS = 1000.0
_PART = re.compile(r"(\d+) (repairs?|retries|samples?)(, visible only)?")


class Design(NamedTuple):
    """One part of an experiment: a law and what of its outcomes is told apart."""

    law: Law
    members: Array
    programs: float


@checked
def identifiability(
    law: str = "repair",
    *,
    at: xr.Dataset | Mapping[str, float],
    design: str | Iterable[str] | None = None,
    run: str | None = None,
) -> xr.Dataset:
    """What designs of an experiment would tell of the parameters, from the expected information of one task.

    Parameters
    ----------
    law : "repair" or "retry"
        What happens to a task that is given more attempts.
    at : Dataset or mapping of str to float
        A fit, or values of the parameters, at which the information is taken.
    design : str or iterable of str, optional
        Each ``"3 repairs"``, ``"2 samples"``, ``"9 repairs, visible only"``, or several joined by ``" + "``, among
        which the tasks are divided evenly; a list of nine by default.
    run : str, optional
        The run of a fit of several.

    Returns
    -------
    xarray.Dataset
        Over (design, parameter): ``standard_error`` on the scale of the parameter per 1000 programs run (``inf`` where
        it is not identifiable); over design: ``rank``, ``programs_per_task``, ``null_direction`` in words.

    Raises
    ------
    InputError
        A design or law is unknown, or the values do not determine the parameters.

    Examples
    --------
    >>> at = {"k": 0.752, "theta": 0.631, "r": 0.613, "lambda": 0.319, "d": 0.535}
    >>> ds = identifiability(at=at, design=["0 repairs", "3 repairs"])
    >>> ds["rank"].values.tolist(), ds.standard_error.sel(design="3 repairs", parameter="k").round(2).item()
    ([2, 5], 0.48)
    """
    names = ("k", "theta", "r", "lambda", "d") if law == "repair" else ("k", "theta", "r", "alive")
    if law not in ("repair", "retry"):
        raise unknown("law of a design", law, ("repair", "retry"))
    values = _values(at, names, run)
    designs = [design] if isinstance(design, str) else list(map(str, DESIGNS if design is None else design))
    if not designs:
        raise InputError("design is empty: name at least one")
    errors, ranks, programs, nulls = [], [], [], []
    for text in designs:
        parts = [_part(part, law, names, values) for part in text.split(" + ")]
        information = sum(_information(part, names, values) for part in parts) / len(parts)
        each = sum(part.programs for part in parts) / len(parts)
        sd, rank, null = _known(np.asarray(information) * PROGRAMS / each, names)
        errors.append(sd)
        ranks.append(rank)
        programs.append(each)
        nulls.append(null)
    data: dict[str, Any] = {
        "standard_error": (("design", "parameter"), np.array(errors), {"long_name": "standard error per 1000 programs",
                                                                      "units": "log or logit"}),
        "rank": ("design", ranks, {"long_name": "directions of the parameters that are seen"}),
        "programs_per_task": ("design", programs, {"long_name": "programs run for a task", "units": "programs"}),
        "null_direction": ("design", nulls, {"long_name": "what is not seen"}),
        "value": ("parameter", [values[name] for name in names], {"long_name": "where the information is taken"}),
    }  # fmt: skip
    coords = {"design": designs, "parameter": list(names)}
    return xr.Dataset(data, coords=coords, attrs={"law": law, "deltamu_version": __version__})


def _values(at: xr.Dataset | Mapping[str, float], names: tuple[str, ...], run: str | None) -> dict[str, float]:
    if isinstance(at, xr.Dataset):
        if "estimate" not in at:
            raise InputError("at is neither a fit nor a mapping of values")
        check_fit(at)
        one = at["estimate"].isel(run=place_of_run(at, run) if run is not None else 0)
        known = {name: float(one.sel(parameter=name)) for name in names if name in at["parameter"].values}
    else:
        known = {str(name): scalar(str(name), value) for name, value in at.items()}
    if missing := [name for name in names if name not in known]:
        raise InputError(f"at gives no value of {', '.join(missing)}")
    return {name: known[name] for name in names}


def _part(text: str, law: str, names: tuple[str, ...], values: dict[str, float]) -> Design:
    found = _PART.fullmatch(text)
    if found is None:
        raise InputError(f"design {text!r} is not of the form '3 repairs', '2 samples' or '9 repairs, visible only'")
    number, visible = int(found[1]), found[3] is not None
    if found[2].startswith("sample"):
        one = panel(number)
        return Design(one, visible_members(number) if visible else np.eye(len(one.outcomes)), float(number))
    one = (repair if law == "repair" else retry)(number)
    members = _stopped(number, visible)
    return Design(one, members, _programs(one, members, number, names, values))


def _stopped(last: int, visible: bool) -> Array:
    """What is told apart of tasks that stop at their first visible pass, or after `last` repairs."""
    rows = []
    for t in range(last + 1):
        for what in (0, 1) if t == last else (0,):
            pair = np.zeros((2, (last + 1) * 4))
            pair[0, 4 * t + 2 * what] = pair[1, 4 * t + 2 * what + 1] = 1
            rows += [pair.sum(axis=0)] if visible else list(pair)
    return np.array(rows)


def _cells(design: Design, values: Mapping[str, float]) -> tuple[Array, Array, list[str]]:
    """Probabilities of a design's cells, slopes by its parameters on their scales, and the parameters' names."""
    law = design.law
    known = {name: value for name, value in values.items() if name in law.all_names}
    cells = tuple(str(i) for i in range(len(design.members)))
    table = Table(("",), cells, np.ones((1, len(cells))), design.members[None], np.ones((1, len(cells)), dtype=bool))
    like = likelihood(law, table, shared=tuple(known))
    z = np.array([float(like.chart[name].forward(known[name])) for _, name in like.free])
    p, slopes = like.cells(z)
    own = [like.chart.names.index(name) for _, name in like.free]
    return p[0], slopes[0][:, own], [name for _, name in like.free]


def _programs(law: Law, members: Array, last: int, names: tuple[str, ...], values: dict[str, float]) -> float:
    """Programs that are run for a task: one, and one more for each time that none has passed yet."""
    p, _, _ = _cells(Design(law, members, 0.0), values)
    alone = len(members) == last + 2  # visible only: one cell an attempt
    passed = np.array([p[t] if alone else p[2 * t] + p[2 * t + 1] for t in range(last)])
    return float(1 + (1 - np.cumsum(passed)).sum())


def _information(design: Design, names: tuple[str, ...], values: dict[str, float]) -> Array:
    """Expected information of one task about all parameters."""
    p, slopes, own = _cells(design, values)
    inside = p > 1e-300
    found = np.zeros((len(names), len(names)))
    at = [names.index(name) for name in own]
    found[np.ix_(at, at)] = np.einsum("g,gp,gq->pq", 1 / p[inside], slopes[inside], slopes[inside])
    return found


def _known(information: Array, names: tuple[str, ...]) -> tuple[Array, int, str]:
    """Standard errors (infinite where a null direction has a part in a parameter), rank, null directions in words."""
    eigenvalues, vectors = np.linalg.eigh(information)
    null = eigenvalues < NULL * eigenvalues[-1]
    with np.errstate(divide="ignore"):
        variance = ((vectors[:, ~null] ** 2) / eigenvalues[~null]).sum(axis=1)
    touched = (vectors[:, null] ** 2).sum(axis=1) > 1e-6
    sd = np.where(touched, np.inf, np.sqrt(variance))
    scaled = [vector / np.abs(vector).max() for vector in vectors[:, null].T]
    said = [" ".join(f"{part:+.2f} {name}" for part, name in zip(vector, names, strict=True) if abs(part) > 1e-3)
            for vector in scaled]  # fmt: skip
    return sd, int((~null).sum()), "; ".join(said)
