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
from deltamu.calibration.laws.registry import FIRST_PASSES, LAWS
from deltamu.calibration.laws.retry import MOST
from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.measured import place_of_run, points_of
from deltamu.calibration.problem import again, point_of
from deltamu.calibration.report import notes_on
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.design.levers_in_words import MASS, OF_PROGRAM, PASSING, REPAIRS, RIGHT, answer
from deltamu.errors import InputError, shown
from deltamu.model.arguments import check_count, checked
from deltamu.model.quantities import is_number
from deltamu.simulation.population import MEASURED

Array = NDArray[np.float64]
WORTH = 0.02  # right programs that a repair has to bring
TESTS = "tests"  # the lever of what passes wrongly


@dataclass(frozen=True)
class Lever:
    """A change of one parameter, whatever a law calls it, or of the number of repairs.

    ``needs``: the repairs that a log must have to say what the change does.
    """

    parameters: tuple[str, ...]
    does: str
    change: Callable[[Array], Array]
    needs: int = 0


def halved(value: Array) -> Array:
    """Half of it."""
    return value / 2


def nearer_one(value: Array) -> Array:
    """Half as far from 1."""
    return (1 + value) / 2


LEVERS = {
    MASS: Lever(("m",), "halve the defect mass of the first program", halved),
    TESTS: Lever(("r",), "halve the share of defects that the tests do not see", nearer_one),
    "false alarms": Lever(("eps",), "halve the share of tasks whose tests never accept", halved),
    "spec gap": Lever(("gap",), "halve the share of tasks whose specification leaves something out", halved),
    "repair rate": Lever(("lambda",), "double the rate of every repair", lambda value: 2 * value, needs=1),
    "repair slowing": Lever(("d",), "halve the loss of a repair's rate from one to the next", nearer_one, needs=2),
    "hopeless tasks": Lever(
        ("alive", "cure"), "halve the share of failing tasks that no attempt can solve", nearer_one, needs=1
    ),
    REPAIRS: Lever((), "allow twice the repairs", lambda value: value, needs=1),
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
        A fit of a law of first passes. Of a baseline only the repairs are a lever, and the tasks beyond help of
        ``first_then_cure``.
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
        leaves the first program as it is; ``does``, in words. Over ``repairs``: ``right``, ``wrong`` and ``open``
        shares of tasks after so many; over ``repair`` = 1, 2, ...: ``brings``, right programs that it brings to an open
        task. ``stop``, the repairs that are worth their cost, and ``stop_agreement``. Over ``draw``: ``draw_gain``
        (lever, draw), ``draw_stop``. ``attrs["answer"]`` says it in a few sentences, ``attrs["unknown"]`` names what
        was not measured, ``attrs["notes"]`` is what the fit has to say of this run. Where no hidden result of the
        run was judged, all that passes counts (``attrs["counts"]``).

    Raises
    ------
    InputError
        The law is not one of first passes, or nothing that a lever moves was measured.

    Notes
    -----
    The law of the fit is taken as given: shares of draws do not count the doubt that it is the right one. Ask each law
    that `deltamu.compare_fits` does not tell from the best.

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
    law = str(fit.attrs["law"])
    if LAWS[law].reads != FIRST_PASSES:
        known = [name for name, entry in LAWS.items() if entry.reads == FIRST_PASSES]
        raise InputError(f"law {law!r} has no repairs: fit one of {', '.join(known)}")
    place = place_of_run(fit, run)
    one = fit.isel(run=place)
    source = {name: str(one["source"].sel(parameter=name).item()) for name in problem.law.names}
    drawn = _values(fit, problem.like, place, draws, seed)
    last = problem.size
    longest = _longer(problem.law, last)
    judged = _is_judged(one)
    cells_of = _cells_of(LAWS[law].make(longest, problem.spread), judged)
    moved = {name: _moved(lever, problem.law) for name, lever in LEVERS.items()}
    usable = [name for name, lever in LEVERS.items() if last >= lever.needs and (judged or name != TESTS)
              and (name == REPAIRS or source.get(moved[name]) == MEASURED)]  # fmt: skip
    if not usable:
        raise InputError("nothing that a change could move was measured")
    longer = cells_of(drawn)
    changed = np.stack(
        [
            _totals(cells_of(_changed(drawn, moved[name], LEVERS[name])), longest if name == REPAIRS else last)
            for name in usable
        ]
    )
    found = _labelled(usable, changed - _totals(longer, last), longer, last, worth)
    missing = [name for name in LEVERS if name not in usable and (moved[name] or name == REPAIRS)]
    counts = RIGHT if judged else PASSING
    attrs = {"law": law, "worth": worth, "allowed": last, "unknown": ", ".join(missing), "counts": counts}
    found = found.assign_attrs(attrs, deltamu_version=__version__)
    notes = "\n".join(notes_on(fit, str(one["run"].item())))
    return found.assign_attrs(answer=answer(found), notes=notes)


def _moved(lever: Lever, law: Law) -> str:
    """The parameter of a law that a lever moves; none in a law without a mass, whose false alarms only rename cells."""
    names = law.names if lever.parameters != ("eps",) or "m" in law.names else ()
    return next((name for name in lever.parameters if name in names), "")


def _is_judged(one: xr.Dataset) -> bool:
    """Whether any pass of a run was judged by hidden tests."""
    cells = one["cell"].values.astype(str)
    seen = [cell.startswith("pass ") and not cell.endswith("unjudged") for cell in cells]
    return bool(one["observed"].values[seen].sum() > 0)


def _cells_of(law: Law, judged: bool) -> Callable[[Mapping[str, Array]], Array]:
    """Probabilities by attempt without slopes, shape (points, attempts, 4): what more attempts follow changes none.

    Of a run that was not judged every pass is in the first cell.
    """
    compiled = compile_program(program("cells", law.model, law.outcomes))

    def cells(values: Mapping[str, Array]) -> Array:
        found = compiled({p.symbol.name: values[p.name] for p in law.parameters})
        size = len(next(iter(values.values())))
        four = np.stack([np.broadcast_to(found[s.name], size) for s in law.outcomes], axis=-1).reshape(size, -1, 4)
        if not judged:
            four[..., 0] += four[..., 1]
            four[..., 1] = 0.0
        return four

    return cells


def _values(fit: xr.Dataset, like: Likelihood, run: int, number: int, seed: int) -> dict[str, Array]:
    """The estimate, and then the draws, of each parameter of the law."""
    points = np.concatenate([point_of(fit, like), points_of(fit, like, number, seed)])
    own, _ = like.natural(points)
    return {name: own[name][:, run] for name in like.law.names}


def _changed(values: Mapping[str, Array], parameter: str, lever: Lever) -> Mapping[str, Array]:
    """The parameters with one of them changed; the same ones where a lever moves none."""
    return {**values, parameter: lever.change(values[parameter])} if parameter else values


def _longer(law: Law, last: int) -> int:
    """Twice the repairs, as far as the law goes."""
    return min(2 * last, MOST) if law.name == "retry" else 2 * last


def _totals(cells: Array, last: int) -> Array:
    """Shares of tasks with a right, and a wrong program that was accepted up to an attempt, shape (points, 2)."""
    return cells[:, : last + 1, :2].sum(axis=1)


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
