"""Figures, numbers and claims on disk: each is made again only when something that it rests on has changed.

The paper is written from them, and so is the site.
"""

import json
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import drawing
import ledger
import stamps
from errors import PaperError

from deltamu.files import write_whole

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
CONSTRAINTS = HERE.parent / "constraints.txt"
BATCH = 8  # claims are many and short: that many go to a process at a time


def remade(out, *, force=False):
    """Bring the figures, numbers and claims in the folder `out` up to date.

    Returns the entry of each script (its numbers, and what the prose says of it with whether it is so) and the entry of
    each claim with each model (its row of the ledger and its steps).
    """
    scripts = [script for kind in ("figures", "numbers") for script in sorted(HERE.glob(f"{kind}/*.py"))]
    made, todo = {}, {}
    claims, old = ledger.claim_stamps(CONSTRAINTS), {} if force else ledger.stored(out / "ledger.json")
    entries = {key: old[key] for key, stamp in claims.items() if key in old and old[key].get("inputs") == stamp}
    stale = [key for key in claims if key not in entries]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for script in scripts:
            stamp = script_stamp(script)
            known = None if force else stamps.unchanged(place(script, out, ".json"), stamp, outputs(script, out))
            if known:
                made[script] = known
                report(title(script), "unchanged")
            else:
                todo[pool.submit(drawing.made, script)] = script, stamp
        for start in range(0, len(stale), BATCH):
            todo[pool.submit(checked, stale[start : start + BATCH])] = None, None
        try:
            for done, future in enumerate(as_completed(todo), 1):
                script, stamp = todo[future]
                if script is None:
                    entries |= {key: entry | {"inputs": claims[key]} for key, entry in future.result()}
                    report(f"claims {done}/{len(todo)}", "checked")
                else:
                    made[script] = keep(script, stamp, out, *future.result())
                    report(title(script), f"{done}/{len(todo)} drawn")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:  # what was checked stays checked
            write(out / "ledger.json", as_json([entries[key] for key in claims if key in entries]))
    report("ledger", f"{len(stale)} of {len(entries)} claims checked" if stale else f"{len(entries)} claims unchanged")
    for key in stale:
        report("claim", f"{' '.join(key)} checked")
    return {script: made[script] for script in scripts}, entries


def checked(keys):
    """Claims one after the other, in a process of their own."""
    return [(key, ledger.made(key)) for key in keys]


def script_stamp(script):
    try:
        return stamps.stamp(script, drawing.uses(script), CONSTRAINTS)
    except (LookupError, ValueError) as error:
        raise PaperError(f"{drawing.where(script)}: {' '.join(str(error.args[0]).split())}") from error


def title(script):
    return f"{script.parent.name.removesuffix('s')} {script.stem}"


def place(script, out, suffix):
    """Where a file of a script lies."""
    return out / script.parent.name / f"{script.stem}{suffix}"


def outputs(script, out):
    """The files of a script."""
    kinds = (*drawing.PICTURES, ".csv") if drawing.is_figure(script) else (".csv",)
    return [place(script, out, suffix) for suffix in kinds]


def keep(script, stamp, out, files, numbers, shows):
    """Write what a script made, its stamp last, and return that."""
    for suffix, data in files.items():
        write(place(script, out, suffix), data)
    written = {path.name: stamps.digest(path.read_bytes()) for path in outputs(script, out)}
    entry = {"inputs": stamp, "outputs": written, "numbers": numbers, "shows": shows}
    write(place(script, out, ".json"), as_json(entry))
    return entry


def write(path, data):
    """Write a file whole or not at all; leave one that is the same alone, since what is newer is read again."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def as_json(value):
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def report(step, outcome):
    print(f"{step:<20} {outcome}", flush=True)
