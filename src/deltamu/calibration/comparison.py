"""Laws against each other and against baselines: by Akaike's criterion, and by how well they predict held-out tasks."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu import __version__
from deltamu.calibration.bootstrap import deviance
from deltamu.calibration.likelihood import Likelihood
from deltamu.calibration.optimum import fit_table
from deltamu.calibration.problem import check_fit, posed
from deltamu.calibration.tables import Table
from deltamu.errors import InputError, shown
from deltamu.model.arguments import checked
from deltamu.simulation.ensemble.streams import key_of

Array = NDArray[np.float64]
TIE = 2.0  # of AIC, up to which two laws are not told apart
FLOOR = 1e-6  # a held-out task is never given a smaller probability than this
FIRST_PASS_LAWS = ("repair", "repair_all", "retry", "first_then", "first_then_cure", "beta_geometric", "power_law")


@checked
def compare_fits(
    log: Any,
    laws: Iterable[str] = FIRST_PASS_LAWS,
    *,
    folds: int = 2,
    splits: int = 20,
    seed: int = 1,
    share: Iterable[str] = (),
    stop: str | None = None,
) -> xr.Dataset:
    """Fit several laws to a log and compare them.

    Parameters
    ----------
    log : as for `deltamu.fit`
    laws : iterable of str
        Names of laws that read the same counts; baselines among them.
    folds, splits : int
        Tasks are divided at random into `folds` parts, `splits` times over; each part is predicted from the others.
    seed : int
    share : iterable of str
        Parameters that all runs have in common; none by default, so that every law has each run to itself.
    stop : as for `deltamu.fit`

    Returns
    -------
    xarray.Dataset
        Over ``law``: ``log_likelihood``, ``parameters``, ``aic``, ``aic_difference`` from the best, ``deviance``,
        ``held_out`` log score per 1000 tasks, in which no task is given less than 1e-6, and its standard deviation over
        splits, ``held_out_spread``; ``says``, what the law says in a few words.  ``attrs["answer"]``: which laws are
        best and which are not told apart.

    Raises
    ------
    InputError
        Laws read different counts, or an option makes no sense.

    Examples
    --------
    >>> from deltamu.calibration import read_log
    >>> compare_fits(read_log("example"), ["first_then", "power_law"], splits=2).parameters.values.tolist()
    [12, 12]
    """
    laws = list(laws)
    if not laws:
        raise InputError("laws is empty: name at least one")
    for name, value in (("folds", folds), ("splits", splits)):
        if isinstance(value, bool) or not isinstance(value, int) or value < (2 if name == "folds" else 0):
            raise InputError(f"{name} = {shown(value)} is not a whole number >= {2 if name == 'folds' else 0}")
    names = ("log_likelihood", "parameters", "aic", "deviance", "held_out", "held_out_spread")
    found: dict[str, list[float]] = {name: [] for name in names}
    says: list[str] = []
    cells: tuple[str, ...] | None = None
    for law in laws:
        problem = posed(log, law, share=share, stop=stop)
        table = problem.table
        says.append(problem.law.title)
        if cells is not None and table.cells != cells:
            raise InputError(f"law {law!r} reads other counts than {laws[0]!r}: compare laws of one kind")
        cells = table.cells
        parts = [table] if share else [table.select(run) for run in range(len(table.runs))]
        likes = [posed(part, law, share=share).like for part in parts]
        best = [fit_table(like) for like in likes]
        reached = float(np.sum([one.value[0] for one in best]))
        number = sum(len(like.free) for like in likes)
        loose = sum(deviance(like, one.z, like.table.counts)[0] for like, one in zip(likes, best, strict=True))
        scores = np.zeros(1)
        if splits:
            total = sum(held_out(like, one.z, folds, splits, seed) for like, one in zip(likes, best, strict=True))
            scores = 1000 * np.asarray(total) / table.counts.sum()
        figures = (reached, float(number), 2 * number - 2 * reached, loose, scores.mean(), scores.std())
        for name, figure in zip(names, figures, strict=True):
            found[name].append(float(figure))
    data: dict[str, Any] = {
        "log_likelihood": ("law", found["log_likelihood"]),
        "parameters": ("law", np.array(found["parameters"], dtype=int), {"long_name": "free parameters"}),
        "aic": ("law", found["aic"], {"long_name": "Akaike's information criterion"}),
        "aic_difference": ("law", np.array(found["aic"]) - min(found["aic"]), {"long_name": "AIC above the best"}),
        "deviance": ("law", np.maximum(found["deviance"], 0.0)),
        "held_out": ("law", found["held_out"], {"long_name": "held-out log score", "units": "per 1000 tasks"}),
        "says": ("law", says, {"long_name": "what it says"}),
        "held_out_spread": ("law", found["held_out_spread"], {"long_name": "its standard deviation over splits"}),
    }
    attrs = {"folds": folds, "splits": splits, "seed": seed, "deltamu_version": __version__}
    ds = xr.Dataset(data, coords={"law": laws}, attrs=attrs)
    return ds.assign_attrs(answer=" ".join(_in_words(ds)))


def _in_words(ds: xr.Dataset) -> list[str]:
    """Which laws are best, by each of the two criteria, and which it does not tell apart."""
    if ds.sizes["law"] == 1:
        return []
    tied = not_told_apart(ds)
    if len(tied) > 1:
        said = [f"AIC does not tell {_listed(tied)} apart (within {TIE:g} of the best): an answer has to hold by each."]
    else:
        second = str(ds.sortby("aic_difference")["law"].values[1])
        said = [f"AIC is best for {tied[0]}; next is {second}, {behind(ds, second)}."]
    if not ds.attrs["splits"]:
        return said
    best = ds.isel(law=int(np.argmax(ds["held_out"].values)))
    near = ds["held_out"] >= best["held_out"] - np.maximum(best["held_out_spread"], ds["held_out_spread"])
    others = [str(name) for name in ds["law"].values[near.values] if name != best.law.item()]
    within = f"; {_listed(others)} no worse than by the spread over splits" if others else ""
    said.append(f"Held-out tasks are predicted best by {best.law.item()}{within}.")
    if not set(tied) & {best.law.item(), *others}:
        said.append("The two disagree: what holds by one of these laws alone is not known.")
    return said


def not_told_apart(compared: xr.Dataset) -> list[str]:
    """The laws that AIC finds as good as the best of a comparison, the best first."""
    ordered = compared.sortby("aic_difference")
    return [str(name) for name in ordered["law"].values[ordered["aic_difference"].values <= TIE + 1e-3]]


def behind(compared: xr.Dataset, law: str) -> str:
    """How far a law is from the best by AIC, and how much of that is the charge for its parameters."""
    one, best = compared.sel(law=law), compared.isel(law=int(np.argmin(compared["aic"].values)))
    charge = 2 * (int(one["parameters"]) - int(best["parameters"]))
    of_it = f", {charge} of it the charge for more parameters" if charge > 0 else ""
    return f"{float(one['aic_difference']):.1f} worse by AIC than {best.law.item()}{of_it}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def akaike_weights(fits: Sequence[xr.Dataset]) -> Array:
    """How far each of several fits to the same counts is to be believed, exp(-AIC/2) over the sum of all.

    Raises
    ------
    InputError
        There is none, one is no fit, or they are of different counts.
    """
    if not fits:
        raise InputError("a sequence of fits needs at least one")
    for fit in fits:
        if not isinstance(fit, xr.Dataset):
            raise InputError(f"a sequence of fits holds a {type(fit).__name__}")
        check_fit(fit)
        if not fit["observed"].equals(fits[0]["observed"]):
            raise InputError("the fits are of different counts: compare fits to one log")
    above = np.array([float(fit["aic"] - fits[0]["aic"]) for fit in fits])
    weights = np.exp(-(above - above.min()) / 2)
    return weights / weights.sum()


def held_out(like: Likelihood, start: Array, folds: int, splits: int, seed: int) -> Array:
    """Log score of held-out tasks, one a split; all parts of a split are predicted from its others."""
    parts = np.concatenate([divided(like.table, folds, seed, split) for split in range(splits)])
    whole = like.table.counts[None]
    training = whole - parts
    best = fit_table(like, training, np.concatenate([start.reshape(1, -1), like.starts()[::4]]))
    p, _ = like.cells(best.z)
    return (parts * np.log(np.maximum(p, FLOOR))).sum(axis=(1, 2)).reshape(splits, folds).sum(axis=1)


def divided(table: Table, folds: int, seed: int, split: int) -> Array:
    """Counts of each part of one random division of the tasks, shape (folds, runs, cells)."""
    key = np.array(key_of(seed), dtype=np.uint64)
    stream = np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 1, split], dtype=np.uint64)))
    left = table.counts.astype(np.int64)
    parts = np.zeros((folds, *left.shape))
    for fold in range(folds):
        for run, counts in enumerate(left):
            size = round(counts.sum() / (folds - fold))
            taken = stream.multivariate_hypergeometric(counts, size) if counts.sum() else counts
            parts[fold, run] = taken
            left[run] = counts - taken
    return parts
