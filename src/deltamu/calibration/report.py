"""A fit in words: what was found, what is not known, and how well the law does."""

import numpy as np
import xarray as xr

from deltamu.calibration.estimates import UNSEEN
from deltamu.calibration.problem import RESOLUTION, Problem

SLOPPY = 0.5  # standard deviation of a direction, on the scales of the parameters, above which it is said
FEW = 20  # events on which a parameter rests, below which it is said
REJECTED = 0.05
SLOPPY_SAID = "sloppy: "
PRODUCTS = ("m", "theta")  # of which r times their value is seen where no hidden result is
AT_ONCE = "repairs after the first do nothing; lambda and d are known only through one number"
NOT_LESS = "no sign that the rate of repair falls, and this law does not let it rise"
HARDLY = "hardly known"
UNKNOWN_RATIO = 100.0  # of the ends of an interval, from which on the value is hardly known
NEAR = 1e-4  # from an end of the domain, within which an interval reaches it
LARGE = 1e4  # of a parameter without an upper end, above which its value says nothing


def notes_on(fit: xr.Dataset, run: str) -> list[str]:
    """What was said of a fit that concerns one of its runs: all but what names other runs alone."""
    own = (f"run {run}: ", f"run {run!r}: ")
    lines = [line for line in str(fit.attrs.get("notes", "")).split("\n") if line]
    lines = [line for line in lines if line.startswith(own) or not line.startswith("run ")]
    lines = [line for line in lines if not line.startswith(SLOPPY_SAID) or _concerns(line, fit, run)]
    return [line.removeprefix(own[0]).removeprefix(own[1]) for line in lines]


def _concerns(line: str, fit: xr.Dataset, run: str) -> bool:
    """Whether a sloppy direction moves a parameter of the run, one that runs share among them."""
    free = [str(name) for name in fit["free"].values if f" {name} up" in line or f" {name} down" in line]
    return any(" of " not in name or name.endswith(f" of {run}") for name in free)


def findings(ds: xr.Dataset, problem: Problem) -> list[str]:
    """What has to be said of a fit, one line each."""
    return [*problem.notes, *_few_tasks(ds), *_homogeneous(ds), *_edges(ds), *_few(ds), *_sloppy(ds), *_rejected(ds)]


def _at(ds: xr.Dataset, run: str, name: str, variable: str = "estimate") -> float:
    return float(ds[variable].sel(run=run, parameter=name))


def _value(value: float, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if value < LARGE else "large"


def _prefix(ds: xr.Dataset, run: str) -> str:
    return f"run {run}: " if ds.sizes["run"] > 1 else ""


def _names(ds: xr.Dataset) -> list[str]:
    return [str(name) for name in ds["parameter"].values]


def _homogeneous(ds: xr.Dataset) -> list[str]:
    """Runs that show no sign that the mass differs from task to task."""
    if "k" not in _names(ds):
        return []
    said = []
    for run in map(str, ds["run"].values):
        if str(ds["source"].sel(run=run, parameter="k").item()) == "measured" and np.isinf(_at(ds, run, "k", "upper")):
            if _at(ds, run, "k") < 1:
                said.append(f"{_prefix(ds, run)}whether tasks differ in mass is not known: one mass fits as well")
                continue
            ends = f"[{_at(ds, run, 'k', 'lower'):.2g}, inf)"
            said.append(
                f"{_prefix(ds, run)}k = {_value(_at(ds, run, 'k'), 3)} with interval {ends}: no sign of heterogeneity; "
                f"the homogeneous law fits as well"
            )
    return said


def _edges(ds: xr.Dataset) -> list[str]:
    said = []
    for run in map(str, ds["run"].values):
        for name in _names(ds):
            value = _at(ds, run, name)
            if not bool(ds["edge"].sel(run=run, parameter=name)) or (name == "c" and value < 1):  # said of k
                continue
            why = "the search ended at its bound"
            if name == "d":
                why = AT_ONCE if value < 0.5 else NOT_LESS
            said.append(f"{_prefix(ds, run)}{name} = {value:.3f}: {why}")
    return said


def _few_tasks(ds: xr.Dataset) -> list[str]:
    """Runs of so few tasks that an interval says more than an estimate."""
    numbers = {run: float(ds["observed"].sel(run=run).sum()) for run in map(str, ds["run"].values)}
    return [f"{_prefix(ds, run)}only {number:g} tasks: estimates are examples, read their intervals"
            for run, number in numbers.items() if number < FEW]  # fmt: skip


def _few(ds: xr.Dataset) -> list[str]:
    """Runs of which few tasks were repaired."""
    if "lambda" not in _names(ds) or str(ds.attrs["law"]) not in ("repair", "repair_all"):
        return []
    later = np.array([str(cell).startswith("pass") and str(cell).split()[1] != "0" for cell in ds["cell"].values])
    said = []
    for i, run in enumerate(map(str, ds["run"].values)):
        repaired = int(ds["observed"].values[i, later].sum())
        if 0 < repaired < FEW:
            said.append(f"{_prefix(ds, run)}only {repaired} tasks repaired: lambda from {repaired} events")
    return said


def _sloppy(ds: xr.Dataset) -> list[str]:
    """Directions in which the data leave the parameters open."""
    said = []
    for value, direction in zip(ds["information_eigenvalue"].values, ds["direction"].values, strict=True):
        sd = 1 / np.sqrt(max(float(value), 1e-12))
        if sd < SLOPPY:
            continue
        largest = np.argsort(-np.abs(direction), kind="stable")[:3]
        sign = np.sign(direction[largest[0]])
        parts = [f"{ds['free'].values[i]} {'up' if sign * direction[i] > 0 else 'down'}" for i in largest
                 if abs(direction[i]) > 0.2 * abs(direction[largest[0]])]  # fmt: skip
        parts = parts if len(parts) > 1 else [str(ds["free"].values[largest[0]])]
        known = "hardly known at all" if sd > 5 else f"known within a factor of {np.exp(sd):.1f}"
        said.append(f"{SLOPPY_SAID}{' with '.join(parts)} {'together are' if len(parts) > 1 else 'alone is'} {known}")
    return said


def _rejected(ds: xr.Dataset) -> list[str]:
    if "p_value" not in ds or float(ds["p_value"]) >= REJECTED:
        return []
    at = np.unravel_index(int(np.argmax(np.abs(ds["residual"].values))), ds["residual"].shape)
    cell, run = str(ds["cell"].values[at[1]]), str(ds["run"].values[at[0]])
    return [f'law "{ds.attrs["law"]}" is rejected (bootstrap p = {float(ds["p_value"]):.3f}, deviance '
            f'{float(ds["deviance"]):.1f} on {int(ds["degrees_of_freedom"])}): largest residual {_prefix(ds, run)}at '
            f'{cell}, {float(ds["residual"].values[at]):+.1f}']  # fmt: skip


def _open_end(low: float, high: float, share: bool) -> str:
    """What an interval leaves open that reaches to an end of the parameter's domain."""
    if high > UNKNOWN_RATIO * low and high > 1:
        return HARDLY
    ends = [end for end, reached in (("0", low < NEAR), ("1", share and high > 1 - NEAR)) if reached]
    return f", may be {' or '.join(ends)}" if ends else ""


def hardly_known(fit: xr.Dataset, run: str) -> list[str]:
    """The fitted parameters of a run whose interval spans all that they could be, or nearly."""
    free = {str(name).removesuffix(f" of {run}") for name in fit["free"].values}
    ends = {name: (_at(fit, run, name, "lower"), _at(fit, run, name, "upper")) for name in _names(fit) if name in free}
    return [name for name, (low, high) in ends.items() if _open_end(low, high, share=False) == HARDLY]


def _is_unseen(ds: xr.Dataset, name: str) -> bool:
    return name in _names(ds) and bool((ds["source"].sel(parameter=name) == UNSEEN).all())


def written(ds: xr.Dataset) -> str:
    """The report: parameters in words, estimates with intervals, goodness of fit, and what has to be said."""
    lines = [f"law {ds.attrs['law']}: {ds.attrs['title']}"]
    lines += [f"  {name:<8} {meaning}" for name, meaning in zip(_names(ds), ds["meaning"].values, strict=True)]
    if products := [name for name in PRODUCTS if name in _names(ds) and _is_unseen(ds, RESOLUTION)]:
        lines.append(f"  where r is not known, {' and '.join(products)} stand for r times their value")
    level = float(ds.attrs["level"])
    for run in map(str, ds["run"].values):
        number = float(ds["observed"].sel(run=run).sum())
        lines.append(f"{'run ' + run + ', ' if run else ''}{number:g} tasks")
        for name in _names(ds):
            source = str(ds["source"].sel(run=run, parameter=name).item())
            if source == UNSEEN:
                lines.append(f"  {name:<8} not identifiable from this log")
                continue
            value = _value(_at(ds, run, name))
            if source == "measured" and level:
                low, high = _at(ds, run, name, "lower"), _at(ds, run, name, "upper")
                value += f"  [{low:.4g}, {high:.4g}]"
                end = _open_end(low, high, share=str(ds["scale"].sel(parameter=name).item()) == "logit")
                source = end if end == HARDLY else source + end
            lines.append(f"  {name:<8} {value}  {source}")
    p = f", bootstrap p = {float(ds['p_value']):.3f}" if "p_value" in ds else ""
    lines.append(f"log-likelihood {float(ds['log_likelihood']):.2f}, AIC {float(ds['aic']):.2f}, deviance "
                 f"{float(ds['deviance']):.2f} on {int(ds['degrees_of_freedom'])}{p}")  # fmt: skip
    return "\n".join([*lines, *(line for line in ds.attrs["notes"].split("\n") if line)])
