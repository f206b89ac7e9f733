"""What to change in words: the best change of all, the best of the loop, and how many repairs to allow."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

MASS = "mass"
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
    low, high = _ends(found)
    ends = _number(found, low) if low == high else f"{low} to {_number(found, high)}"
    return f"{_number(found, int(found['stop']))} ({ends})"


def best_change(found: xr.Dataset, by: str) -> str:
    """The lever that is best in most draws, and their share; nothing where a law knows no other than the repairs."""
    first = _first(found, by)
    known = MASS in found["lever"] or by != "agreement"
    return f"{first['lever'].item()} {float(first[by]):.0%}" if known and found.sizes["lever"] > 1 else ""


def agreed(found: Sequence[xr.Dataset]) -> str:
    """In what several laws agree of one run: the best change, and the repairs that are worth it by all of them."""
    firsts = list(dict.fromkeys(str(_first(one, "agreement")["does"].item()) for one in found if MASS in one["lever"]))
    said = f"Best of all by each law that knows a mass: {firsts[0]}." if len(firsts) == 1 else (
        f"They differ in what is best: {', or '.join(firsts)}.") if firsts else ""  # fmt: skip
    stops = [int(one["stop"]) for one in found if "stop" in one]
    if stops:
        low, high, last = min(stops), max(stops), int(found[0].attrs["allowed"])
        rest = "" if low == high else f"; about more, up to {high}, they differ"
        which = f"all {last} of the log, and more" if low > last else f"{low}{rest}"
        said = f"{said} Repairs worth making by each of them: {which}."
    return said.strip()


def _repairs(found: xr.Dataset) -> str:
    """How many repairs to allow, in what range that lies in 90 % of draws, and at what worth."""
    stop, last = int(found["stop"]), int(found.attrs["allowed"])
    low, high = _ends(found)
    ends = f"{_number(found, low) if low == high else f'{low} to {_number(found, high)}'} in 90 % of draws"
    which = (f"All {last} repairs of the log are worth making" if stop > last else "Allow no repair" if not stop else
             f"Allow {stop} of the log's {last} repairs")  # fmt: skip
    one = "a right program" if found.attrs["counts"] == RIGHT else "a pass"
    worth = f"one in {1 / found.attrs['worth']:.0f} repairs of open tasks has to bring {one}"
    beyond = f"; beyond {last} they are the law's word alone" if high > last else ""
    return f"{which} ({ends}{beyond}), where {worth}."


def _ends(found: xr.Dataset) -> tuple[int, int]:
    low, high = np.quantile(found["draw_stop"].values, (0.05, 0.95), method="nearest").astype(int).tolist()
    return low, high


def _number(found: xr.Dataset, repairs: int) -> str:
    """A number of repairs; the largest that was looked at stands for itself and all above."""
    return f"{repairs} or more" if repairs == found.sizes["repairs"] - 1 else f"{repairs}"


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
