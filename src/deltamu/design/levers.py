"""What to change, from a fit alone: how many more right programs each change brings, and how sure that is.

Every lever halves one shortfall that the log measured (the mass of the first program, what the tests do not see, false
alarms, the spec gap, the slowing of repairs, tasks beyond help) or doubles an effort (repairs allowed, their rate).
Nothing but measured parameters moves: no constant of the model is needed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.laws.law import Law
from deltamu.calibration.laws.registry import LAWS
from deltamu.calibration.laws.retry import MOST
from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.measured import place_of_run, points_of
from deltamu.calibration.problem import again, point_of
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.errors import InputError, shown
from deltamu.model.arguments import check_count, checked
from deltamu.model.quantities import is_number
from deltamu.simulation.population import MEASURED

Array = NDArray[np.float64]
WORTH = 0.02  # right programs that a repair has to bring
OF_PROGRAM = ("mass", "spec gap")  # levers of the first program and its task; all others are of the loop after it
RIGHT, PASSING = "right programs", "programs that pass"  # what a change brings more of
UNSEEN = "none"  # source of what a log says nothing of
LIKELY, SURE = 2 / 3, 0.9  # shares of draws below which another lever may be as good, and is named


@dataclass(frozen=True)
class Lever:
    """A change of one parameter, or of the number of repairs."""

    parameter: str
    does: str
    change: Callable[[Array], Array]


def halved(value: Array) -> Array:
    """Half of it."""
    return value / 2


def nearer_one(value: Array) -> Array:
    """Half as far from 1."""
    return (1 + value) / 2


LEVERS = {
    "mass": Lever("m", "halve the defect mass of the first program", halved),
    "tests": Lever("r", "halve the share of defects that the tests do not see", nearer_one),
    "false alarms": Lever("eps", "halve the share of tasks whose tests never accept", halved),
    "spec gap": Lever("gap", "halve the share of tasks whose specification leaves something out", halved),
    "repair rate": Lever("lambda", "double the rate of the first repair", lambda value: 2 * value),
    "repair slowing": Lever("d", "halve the loss of a repair's rate from one to the next", nearer_one),
    "hopeless tasks": Lever("alive", "halve the share of failing tasks that no attempt can solve", nearer_one),
    "repairs": Lever("", "allow twice the repairs", lambda value: value),
}


@checked
def levers(
    fit: xr.Dataset,
    *,
    run: str | None = None,
    draws: int = 400,
    seed: int = 1,
    worth: float = WORTH,
) -> xr.Dataset:
    """Rank changes by the right programs that they bring, over draws of a fit.

    Parameters
    ----------
    fit : xarray.Dataset
        A fit of law repair, repair_all or retry.
    run : str, optional
        The run, of a fit of several.
    draws, seed : int
        See `deltamu.draws`.
    worth : float
        Right programs that a repair has to bring to be worth its cost.

    Returns
    -------
    xarray.Dataset
        Over ``lever``: ``gain``, right accepted programs that it brings for the estimate, as a share of tasks, with
        ``gain_lower`` and ``gain_upper``, the middle 90 % of draws; ``wrong_gain``, wrong accepted programs likewise;
        ``agreement``, the share of draws in which it brings most, and ``loop_agreement``, in which it does so of what
        leaves the first program as it is; ``does``, in words.  Over ``repairs``: ``right``,
        ``wrong`` and ``open`` shares of tasks after so many; over ``repair`` = 1, 2, ...: ``brings``, right programs
        that it brings to an open task.  ``stop``, the repairs that are worth their cost, and ``stop_agreement``.  Over
        ``draw``: ``draw_gain`` (lever, draw), ``draw_stop``.  ``attrs["answer"]`` says it in a few sentences,
        ``attrs["unknown"]`` names what was not measured.  Where no hidden result was judged, all that passes counts as
        right (``attrs["counts"]``).

    Raises
    ------
    InputError
        The fit is of another law, or nothing that a lever moves was measured.

    Notes
    -----
    The law of the fit is taken as given. Where `deltamu.compare_fits` finds repair and retry close to each other, ask
    the fits of both.

    Examples
    --------
    >>> from deltamu.calibration import fit, read_log
    >>> example = fit(read_log("example"), intervals=0)
    >>> ds = levers(example, run="mbpp/starcoder")
    >>> str(ds.agreement.idxmax().item()), bool((ds.gain_lower <= ds.gain_upper).all())
    ('mass', True)
    """
    if not (is_number(worth) and worth > 0):
        raise InputError(f"worth = {shown(worth)} is not above 0")
    check_count("draws", draws)
    problem = again(fit)
    if problem.law.name not in ("repair", "retry"):
        raise InputError(f"law {fit.attrs['law']!r} says nothing of repairs: fit repair or retry")
    place = place_of_run(fit, run)
    one = fit.isel(run=place)
    names = problem.law.names
    source = {name: str(one["source"].sel(parameter=name).item()) for name in names}
    drawn = _values(fit, problem.like, place, draws, seed)
    last = problem.size
    longest = _longer(problem.law, last)
    cells_of = _cells_of(LAWS[str(fit.attrs["law"])].make(longest, problem.spread))
    usable = [name for name, lever in LEVERS.items() if _usable(name, lever, source, last)]
    if not usable:
        raise InputError("nothing that a change could move was measured")
    longer = cells_of(drawn)
    changed = np.stack([_accepted(LEVERS[name], cells_of, drawn, longest if name == "repairs" else last)
                        for name in usable])  # fmt: skip
    found = _labelled(usable, changed - _totals(longer, last), longer, last, worth)
    missing = [name for name, lever in LEVERS.items() if name not in usable and lever.parameter in (*names, "")]
    counts = PASSING if source["r"] == UNSEEN else RIGHT
    attrs = {"law": fit.attrs["law"], "worth": worth, "allowed": last, "unknown": ", ".join(missing), "counts": counts}
    found = found.assign_attrs(attrs, deltamu_version=__version__)
    return found.assign_attrs(answer=_answer(found, last))


def _cells_of(law: Law) -> Callable[[Mapping[str, Array]], Array]:
    """Probabilities by attempt without slopes, shape (points, attempts, 4): what more attempts follow changes none."""
    compiled = compile_program(program("cells", law.model, law.outcomes))

    def cells(values: Mapping[str, Array]) -> Array:
        found = compiled({p.symbol.name: values[p.name] for p in law.parameters})
        size = len(next(iter(values.values())))
        return np.stack([np.broadcast_to(found[s.name], size) for s in law.outcomes], axis=-1).reshape(size, -1, 4)

    return cells


def _values(fit: xr.Dataset, like: Likelihood, run: int, number: int, seed: int) -> dict[str, Array]:
    """The estimate, and then the draws, of each parameter of the law."""
    points = np.concatenate([point_of(fit, like), points_of(fit, like, number, seed)])
    own, _ = like.natural(points)
    return {name: own[name][:, run] for name in like.law.names}


def _usable(name: str, lever: Lever, source: Mapping[str, str], last: int) -> bool:
    """Whether a log says what a lever does."""
    if name == "repairs":
        return last > 0
    needs = 2 if lever.parameter == "d" else 1 if lever.parameter in ("lambda", "alive") else 0
    return source.get(lever.parameter) == MEASURED and last >= needs


def _longer(law: Law, last: int) -> int:
    """Twice the repairs, as far as the law goes."""
    return min(2 * last, MOST) if law.name == "retry" else 2 * last


def _totals(cells: Array, last: int) -> Array:
    """Shares of tasks with a right, and a wrong program that was accepted up to an attempt, shape (points, 2)."""
    return cells[:, : last + 1, :2].sum(axis=1)


def _accepted(
    lever: Lever, cells_of: Callable[[Mapping[str, Array]], Array], drawn: dict[str, Array], last: int
) -> Array:
    """The same after a change."""
    changed = {lever.parameter: lever.change(drawn[lever.parameter])} if lever.parameter else {}
    return _totals(cells_of({**drawn, **changed}), last)


def _labelled(usable: list[str], gains: Array, longer: Array, last: int, worth: float) -> xr.Dataset:
    each = gains[:, 1:, 0]
    best = each.argmax(axis=0)
    of_loop = np.array([name not in OF_PROGRAM for name in usable])
    in_loop = np.where(of_loop[:, None], each, -np.inf).argmax(axis=0) if of_loop.any() else np.full(best.shape, -1)
    low, high = np.quantile(each, (0.05, 0.95), axis=1)
    right, wrong = longer[:, :, 0].cumsum(axis=1), longer[:, :, 1].cumsum(axis=1)
    left = 1 - right - wrong
    with np.errstate(divide="ignore", invalid="ignore"):
        brings = np.where(left[:, :-1] > 1e-12, longer[:, 1:, 0] / left[:, :-1], 0.0)
    stops = np.where((brings < worth).any(axis=1), (brings < worth).argmax(axis=1), brings.shape[1])
    share = {"units": "share of tasks"}
    data: dict[str, Any] = {
        "gain": ("lever", gains[:, 0, 0], {"long_name": "right accepted programs more", **share}),
        "gain_lower": ("lever", low, {"long_name": "5 % of draws are below", **share}),
        "gain_upper": ("lever", high, {"long_name": "5 % of draws are above", **share}),
        "wrong_gain": ("lever", gains[:, 0, 1], {"long_name": "wrong accepted programs more", **share}),
        "agreement": ("lever", np.array([(best == i).mean() for i in range(len(usable))]),
                      {"long_name": "share of draws in which it brings most"}),
        "loop_agreement": ("lever", np.array([(in_loop == i).mean() for i in range(len(usable))]),
                           {"long_name": "share of draws in which it brings most of what leaves the first program"}),
        "does": ("lever", [LEVERS[name].does for name in usable]),
        "draw_gain": (("lever", "draw"), each, {"long_name": "right accepted programs more, of a draw", **share}),
        "right": ("repairs", right[0], {"long_name": "tasks with a right accepted program", **share}),
        "wrong": ("repairs", wrong[0], {"long_name": "tasks with a wrong accepted program", **share}),
        "open": ("repairs", left[0], {"long_name": "tasks without an accepted program", **share}),
    }  # fmt: skip
    if last:
        data |= {
            "brings": ("repair", brings[0], {"long_name": "right programs that this repair of an open task brings"}),
            "stop": ((), int(stops[0]), {"long_name": "repairs that bring what they are worth"}),
            "draw_stop": ("draw", stops[1:], {"long_name": "repairs that bring what they are worth, of a draw"}),
            "stop_agreement": ((), float((stops[1:] == stops[0]).mean()), {"long_name": "share of draws that agree"}),
        }  # fmt: skip
    coords = {"lever": usable, "repairs": np.arange(longer.shape[1]), "repair": np.arange(1, longer.shape[1])}
    return xr.Dataset(data, coords=coords)


def _answer(found: xr.Dataset, last: int) -> str:
    """The answer and how sure it is, in a few sentences."""
    text = f"of all changes: {_best(found, 'agreement')}"
    if float(found["loop_agreement"].max()) > 0 and str(_first(found, "agreement")["lever"].item()) in OF_PROGRAM:
        text += f". Of those that leave the first program as it is: {_best(found, 'loop_agreement')}"
    if last:
        stop, sure = int(found["stop"]), float(found["stop_agreement"])
        many = f"{stop} or more" if stop == found.sizes["repairs"] - 1 else f"{stop}"
        one = "a right program" if found.attrs["counts"] == RIGHT else "a pass"
        text += (f". Repairs worth making, where one in {1 / found.attrs['worth']:.0f} has to bring {one}: {many}, in "
                 f"{sure:.0%} of draws; the log has {last}")  # fmt: skip
    return text


def _first(found: xr.Dataset, by: str, place: int = 0) -> xr.Dataset:
    return found.isel(lever=int(np.argsort(-found[by].values, kind="stable")[place]))


def _best(found: xr.Dataset, by: str) -> str:
    """The best lever, what it brings, and in what share of draws it is the best."""
    first = _first(found, by)
    low, high = (100 * float(first[name]) for name in ("gain_lower", "gain_upper"))
    share = float(first[by])
    brings = f"{low:+.1f} to {high:+.1f} {found.attrs['counts']} per 100 tasks"
    text = f"{first['does'].item()}, {brings}, best in {share:.0%} of draws"
    if share >= SURE or found.sizes["lever"] == 1:
        return text
    second = _first(found, by, 1)
    text += f"; {second['does'].item()} in {float(second[by]):.0%}"
    return text if share >= LIKELY else f"{text}: the log hardly tells them apart"
