"""What to change in words: the best change of all, the best of the loop, and how many repairs to allow."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

MASS, REPAIRS = "mass", "repairs"  # a lever that few laws know, and the one that all do: it moves no parameter
OF_PROGRAM = (MASS, "spec gap")  # levers of the first program and its task; all others are of the loop after it
RIGHT, PASSING = "right programs", "programs that pass"  # what a change brings more of
LIKELY, SURE = 2 / 3, 0.9  # shares of draws below which another lever may be as good, and is named


def answer(found: xr.Dataset) -> str:
    """The answer and how sure it is, in a few sentences; a law of one lever says only how many repairs."""
    said = []
    if found.sizes["lever"] > 1:
        all_changes = "all changes" if MASS in found["lever"] else f"the changes that law {found.attrs['law']} knows"
        said.append(f"Of {all_changes}: {_best(found, 'agreement')}.")
        of_loop = float(found["loop_agreement"].max()) > 0
        if of_loop and str(_first(found, "agreement")["lever"].item()) in OF_PROGRAM:
            said.append(f"Of those that leave the first program as it is: {_best(found, 'loop_agreement')}.")
    if "stop" in found:
        said.append(_repairs(found))
    return " ".join(said)


def repairs_allowed(found: xr.Dataset) -> str:
    """How many repairs are worth it at the estimate, and in 90 % of draws: ``4 (3 to 5)``."""
    if "stop" not in found:
        return ""
    return f"{_within(found, int(found['stop']))} ({_range(found)})"


def best_change(found: xr.Dataset, by: str) -> str:
    """The lever that is best in most draws, what it brings, and in what share; nothing where a law knows none but the
    repairs, and no share where there is nothing to choose from.
    """
    name = _changes_best(found, by)
    if not name:
        return ""
    one, changes = found.sel(lever=name), _known_changes(found)
    if by == "loop_agreement":
        changes = [lever for lever in changes if lever not in OF_PROGRAM]
    sure = "all it knows" if changes == [name] else f"{float(one[by]):.0%}"
    return f"{name} {100 * float(one['gain']):+.1f}, {sure}"


def agreed(found: Sequence[xr.Dataset]) -> str:
    """In what several laws agree of one run: the best change of all and of the loop, and the repairs worth making."""
    said = [_together("Best of all", "agreement", found), _together("Best of the loop", "loop_agreement", found)]
    if silent := [str(one.attrs["law"]) for one in found if not _known_changes(one)]:
        said.append(f"No change but more repairs is known to {', '.join(silent)}.")
    stops = [int(one["stop"]) for one in found if "stop" in one]
    if stops:
        last = int(found[0].attrs["allowed"])
        low, high = min(stops), max(stops)
        most = f"up to {high}" if high <= last else "beyond the log"
        rest = "" if low == high else f"; about more, {most}, they differ"
        said.append(f"Repairs worth making by each law: {_within(found[0], low)}{rest if low <= last else ''}.")
    return " ".join(part for part in said if part)


def _together(what: str, by: str, found: Sequence[xr.Dataset]) -> str:
    """One change that is best by all laws, or each with the laws by which it is."""
    laws: dict[str, list[str]] = {}
    for one in found:
        if name := _changes_best(one, by):
            laws.setdefault(str(one.sel(lever=name)["does"].item()), []).append(str(one.attrs["law"]))
    if not laws:
        return ""
    if len(laws) == 1:
        does, names = next(iter(laws.items()))
        whose = f"law {names[0]} alone" if len(names) == 1 < len(found) else "each law that knows changes"
        return f"{what} by {whose}: {does}."
    parts = [f"{does} ({', '.join(names)})" for does, names in laws.items()]
    return f"{what} they differ, and the log does not say which is right: {'; '.join(parts)}."


def _known_changes(found: xr.Dataset) -> list[str]:
    """All levers but more repairs, which every law has."""
    return [str(name) for name in found["lever"].values if name != REPAIRS]


def _changes_best(found: xr.Dataset, by: str) -> str:
    """The lever that is best in most draws; none where a law knows none but repairs."""
    if not _known_changes(found) or float(found[by].max()) == 0:
        return ""
    return str(_first(found, by)["lever"].item())


def _repairs(found: xr.Dataset) -> str:
    """How many repairs to allow, in what range that lies in 90 % of draws, and at what worth."""
    stop, last = int(found["stop"]), int(found.attrs["allowed"])
    which = (f"All {last} repairs of the log are worth making" if stop >= last else "Allow no repair" if not stop else
             f"Allow {stop} of the log's {last} repairs")  # fmt: skip
    one = "a right program" if found.attrs["counts"] == RIGHT else "a pass"
    worth = f"one in {1 / found.attrs['worth']:.0f} repairs of open tasks has to bring {one}"
    beyond = "; what more would bring is the law's word alone" if int(found["draw_stop"].max()) > last else ""
    return f"{which} ({_range(found)} in 90 % of draws{beyond}), where {worth}."


def _range(found: xr.Dataset) -> str:
    low, high = np.quantile(found["draw_stop"].values, (0.05, 0.95), method="nearest").astype(int).tolist()
    same = low == high or low >= int(found.attrs["allowed"])
    return _within(found, high) if same else f"{low} to {_within(found, high)}"


def _within(found: xr.Dataset, repairs: int) -> str:
    """A number of repairs; beyond the log only that there are more."""
    last = int(found.attrs["allowed"])
    return f"{last} and more" if repairs > last else f"{repairs}"


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
