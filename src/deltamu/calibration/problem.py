"""A problem: a law, the counts that it is fitted to, what is free, and what had to be said on the way."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from deltamu.calibration.gathered import GATHERERS, Gathered
from deltamu.calibration.laws.law import Law
from deltamu.calibration.laws.registry import FIRST_PASSES, LAWS
from deltamu.calibration.laws.repair import labels as first_pass_labels
from deltamu.calibration.likelihood import Likelihood, likelihood
from deltamu.calibration.rows import tidy_rows
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, shown, unknown
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import scalar

HIDDEN_NEVER = "hidden is never given: only k and r·theta are visible; r and the unit of mu are not identifiable"
ONE_ATTEMPT = ("one attempt a task: k, theta and r are confounded (rank 2 of 3); fix one, share them over runs, or log "
               "a second sample")  # fmt: skip
NEVER_RIGHT_OR_WRONG = "hidden is never given: nothing is known of which passes are right"
EPS, GAP, RESOLUTION = "eps", "gap", "r"
RIGHT_SHARES = ("q_0", "q_1")  # of the passes, in baselines


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted.

    Attributes
    ----------
    like : Likelihood
    size : int
        What the law was made for: last attempt, samples, suites, reviewers.
    spread : str
    notes : tuple of str
    unseen : tuple of str
        Parameters of which the log says nothing: held, and not reported.
    unseen_of : tuple of (int, str)
        Parameters of which it says nothing in a run: not counted, and not reported.
    """

    like: Likelihood
    size: int
    spread: str
    notes: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unseen_of: tuple[tuple[int, str], ...] = ()

    @property
    def law(self) -> Law:
        """The law."""
        return self.like.law

    @property
    def table(self) -> Table:
        """The counts."""
        return self.like.table

    def options(self) -> str:
        """What `again` needs besides the counts, as JSON."""
        like = self.like
        return json.dumps({
            "size": self.size, "spread": self.spread, "fix": like.held, "share": like.shared,
            "free": [name for _, name in like.free], "coordinates": like.coordinates, "prior": like.prior,
            "notes": self.notes, "unseen": self.unseen, "unseen_of": self.unseen_of,
        })  # fmt: skip


def posed(
    log: Any,
    law: str | Law = "repair",
    *,
    spread: str | None = None,
    false_alarm: str | bool = "auto",
    gap: bool = False,
    share: Iterable[str] | None = None,
    fix: Mapping[str, float] | None = None,
    priors: Mapping[str, tuple[float, float]] | None = None,
    stop: str | None = None,
) -> Problem:
    """Pose the problem of fitting a law to a log (see `deltamu.fit`)."""
    stop = stop or getattr(log, "attrs", {}).get("stop", "visible")
    made, gathered, spread = _made(log, law, spread, stop)
    table, notes = gathered.table, list(gathered.notes)
    fix = {str(name): scalar(str(name), value) for name, value in (fix or {}).items()}
    for name, ends in (priors or {}).items():
        numbers = flat_numbers(ends)
        if numbers.shape != (2,) or not (np.isfinite(numbers).all() and numbers[1] > 0):
            raise InputError(f"prior of {name} = {shown(ends)} is not a mean and a standard deviation above 0")
    free: list[str] = ["gap"] if gap and GAP in made.names else []
    if gap and GAP not in made.names:
        raise InputError(f"gap = {gap}: law {made.name} has no spec gap")
    if EPS in made.names and EPS not in fix:
        turned_on, note = _false_alarm(table, false_alarm)
        free += [EPS] * turned_on
        notes += [note] if note else []
    unseen: tuple[str, ...] = ()
    if _hidden_never(table):
        unseen = tuple(name for name in (RESOLUTION, "r_hat", GAP, EPS, *RIGHT_SHARES) if name in made.all_names)
        all_right = {name: 1.0 for name in (RESOLUTION, *RIGHT_SHARES) if name in made.names}
        fix = all_right | {name: value for name, value in fix.items() if name not in unseen}
        free = []
        notes.append(HIDDEN_NEVER if RESOLUTION in made.names else NEVER_RIGHT_OR_WRONG)
    shared = _shared(made, table, share, fix)
    if _confounded(made, gathered.size, fix, shared, table):
        raise InputError(ONE_ATTEMPT)
    if not gathered.size and made.name in ("repair", "retry"):  # nothing was repaired: nothing is known of repairs
        fix = {**{name: value for name, value in (("lambda", 0.0), ("d", 0.0), ("alive", 1.0)) if name in made.names},
               **fix}  # fmt: skip
    like = likelihood(made, table, shared=shared, fix=fix, free=free, prior=priors)
    unseen_of = tuple((run, name) for run, name in like.free if name in RIGHT_SHARES and run >= 0
                      and _hidden_never(table.select(run)))  # fmt: skip
    return Problem(like, gathered.size, spread, tuple(notes), unseen, unseen_of)


def _made(log: Any, law: str | Law, spread: str | None, stop: str) -> tuple[Law, Gathered, str]:
    """The law made for a log, the counts that it reads, and the spread of the mass."""
    if isinstance(law, Law):
        return law, _own(log, law, stop), ""
    if not isinstance(law, str) or law not in LAWS:
        raise unknown("law", law, LAWS)
    entry = LAWS[law]
    spread = spread or entry.spread
    if isinstance(log, Gathered):
        gathered = log
    elif isinstance(log, Table):
        gathered = Gathered(log, size_of(log, entry.reads))
    else:
        rows = tidy_rows(log)
        options = {"stop": stop} if entry.reads == FIRST_PASSES else {}
        gathered = GATHERERS[entry.reads](rows, **options)
    return entry.make(gathered.size, spread), gathered, spread


def _own(log: Any, law: Law, stop: str) -> Gathered:
    """The counts for a law of one's own: a table of its cells, or tidy rows where it is a law of first passes."""
    if isinstance(log, Table):
        return Gathered(log, 0)
    if law.labels[:1] != first_pass_labels(0)[:1]:
        raise InputError(f"law {law.name} is fitted to a Table of its cells, not to {type(log).__name__}")
    gathered = GATHERERS[FIRST_PASSES](tidy_rows(log), stop=stop)
    if law.labels != first_pass_labels(gathered.size):
        last = len(law.labels) // 4 - 1
        raise InputError(f"law {law.name} is made for attempts 0..{last}, but the log has 0..{gathered.size}")
    return gathered


def size_of(table: Table, reads: str) -> int:
    """The size of the law for a table, from the number of its outcomes."""
    outcomes = table.members.shape[-1]
    return {FIRST_PASSES: outcomes // 4 - 1, "samples": outcomes - 1, "levels": outcomes - 1, "two tries": 2,
            "reviewers": outcomes.bit_length() - 1, "failures": outcomes}[reads]  # fmt: skip


def _named_like(table: Table, *starts: str, end: str = "") -> np.ndarray:
    return np.array([cell.startswith(starts) and cell.endswith(end) for cell in table.cells])


def _false_alarm(table: Table, asked: str | bool) -> tuple[bool, str]:
    """Whether the share of false alarms is fitted, and why."""
    if isinstance(asked, bool):
        return asked, ""
    if asked != "auto":
        raise InputError(f"false_alarm = {shown(asked)} is neither 'auto', True nor False")
    right = table.counts[:, _named_like(table, "stop ", "end ", end=" right")].sum()
    every = table.counts[:, _named_like(table, "stop ", "end ")].sum()
    if not right:
        return False, ""
    return True, (f"hidden pass with visible failure in {right:g} of {every:g} exhausted tasks: false_alarm turned on")


def _hidden_never(table: Table) -> bool:
    kinds = ("pass ", "stop ", "end ")
    judged = _named_like(table, *kinds, end=" right") | _named_like(table, *kinds, end=" wrong")
    return bool(_named_like(table, *kinds).all() and not table.counts[:, judged].any())


def _shared(law: Law, table: Table, share: Iterable[str] | None, fix: Mapping[str, float]) -> tuple[str, ...]:
    if share is not None:
        return tuple(share)
    if len(table.runs) == 1:
        return ()
    usual = law.shared or ("r",)
    return tuple(name for name in usual if name in law.names and name not in fix)


def _confounded(law: Law, size: int, fix: Mapping[str, float], shared: tuple[str, ...], table: Table) -> bool:
    """Whether one attempt a task leaves a direction of the parameters unseen."""
    single = (law.name in ("repair", "retry") and size == 0) or (law.name == "samples" and size == 1)
    if not single or "c" not in law.names:
        return False
    together = len(table.runs) > 1 and {"c", "r", "k"} & set(shared) and law.name != "samples"
    return not (together or {"c", "k", "theta", "r", "r_hat"} & set(fix))


def check_fit(fit: xr.Dataset) -> None:
    """Raise unless a Dataset is what `deltamu.fit` returned, of some of its runs at least."""
    if "problem" not in fit.attrs or "member" not in fit:
        raise InputError("this Dataset is not what deltamu.fit returned")
    if "run" not in fit.dims:
        raise InputError("the fit has lost its dimension run: choose runs by a list, as in fit.sel(run=['NAME'])")


def again(fit: xr.Dataset, law: Law | None = None) -> Problem:
    """The problem behind a fit, from the Dataset alone (a law of your own has to be given).

    Raises
    ------
    InputError
        The Dataset is no fit, or the law is not one of the package's.
    """
    check_fit(fit)
    options = json.loads(fit.attrs["problem"])
    name = fit.attrs["law"]
    if law is None:
        if name not in LAWS:
            raise InputError(f"law {name!r} is not one of deltamu's: give it as law=")
        law = LAWS[name].make(options["size"], options["spread"])
    table = Table(
        tuple(map(str, fit["run"].values)),
        tuple(map(str, fit["cell"].values)),
        fit["observed"].to_numpy(),
        fit["member"].to_numpy(),
        fit["whole"].to_numpy(),
    )
    prior = tuple((key, tuple(value)) for key, value in options["prior"])
    like = Likelihood(law, table, tuple(options["share"]), tuple(options["fix"].items()), tuple(options["coordinates"]),
                      prior)  # fmt: skip
    return Problem(like, options["size"], options["spread"], tuple(options["notes"]), tuple(options["unseen"]),
                   tuple((run, name) for run, name in options["unseen_of"]))  # fmt: skip


def point_of(fit: xr.Dataset, like: Likelihood) -> np.ndarray:
    """The estimate as a point of the likelihood, shape (1, free)."""
    runs = list(map(str, fit["run"].values))
    found = [float(like.chart[name].forward(fit["estimate"].sel(run=runs[max(run, 0)], parameter=name)))
             for run, name in like.free]  # fmt: skip
    low, high = like.bounds
    return np.clip(np.nan_to_num(found), low, high)[None]  # what is not reported stays in the middle
