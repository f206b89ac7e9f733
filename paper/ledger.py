"""The ledger of verdicts: the claims are checked again only when something that they rest on has changed."""

import json
from collections import Counter
from pathlib import Path

import stamps
from errors import PaperError

from deltamu.claims import Ledger, Row, derivations, verify

VERDICTS = ("proved", "refuted", "supported")


def checked(stamp_file, constraints, *, force=False):
    """The ledger, from its file if that is up to date, and whether it was checked anew."""
    inputs = stamp(constraints)
    if not force:
        try:
            stored = json.loads(stamp_file.read_text(encoding="utf-8"))
            if stored["inputs"] == inputs:
                return Ledger(tuple(Row(**row) for row in stored["rows"])), inputs, False
        except (OSError, ValueError, KeyError, TypeError):
            pass
    ledger = verify()
    if not ledger.ok:
        raise PaperError("\n".join(f"claim {row.name} fails: {row.detail}" for row in ledger.failures))
    return ledger, inputs, True


def stamp(constraints):
    """Hash of what the claims rest on: the derivations, the package, the pinned versions."""
    folder = Path(next(iter(derivations())).module.__file__).parent
    files = [
        *sorted(folder.glob("*.py")),
        *sorted(stamps.PACKAGE.rglob("*.py")),
        *sorted(stamps.PACKAGE.rglob("*.json")),
    ]
    parts = [f"{path.name} {stamps.digest(path.read_bytes())}" for path in files]
    return stamps.digest("\n".join([*parts, constraints.read_text() if constraints.exists() else ""]).encode())


def numbers(ledger):
    """How many claims there are, and how many have which verdict."""
    counts = Counter(row.verdict for row in ledger)
    return {"claims": str(len(ledger)), **{f"claims_{verdict}": str(counts[verdict]) for verdict in VERDICTS}}
