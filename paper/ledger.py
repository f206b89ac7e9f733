"""The ledger of verdicts: a claim is checked again only when something that it rests on has changed."""

import inspect
import json
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path

import stamps
from errors import PaperError
from generated import is_articles

from deltamu.claims import Ledger, Row, derivations
from deltamu.claims.derivations import ANY_CONSTANTS, DATA, OUR_CONSTANTS
from deltamu.claims.running import run_claim
from deltamu.claims.typesetting import mathematics
from deltamu.model.models import MODELS

VERDICTS = ("proved", "argued", "refuted", "supported")


@cache
def claims():
    """Every claim with every model that it is checked in, by (name, model)."""
    return {(claim.name, model.name): claim for page in derivations() for claim in page.claims
            for model in claim.models()}  # fmt: skip


def made(key):
    """Check one claim: its row and its steps, as they are stored."""
    steps = []
    row = run_claim(claims()[key], MODELS[key[1]], steps.append)
    told = [
        {"kind": step.kind, "text": step.text, "shown": [mathematics(x) for x in step.shown if not isinstance(x, str)]}
        for step in steps
    ]
    return {"row": asdict(row) | {"seconds": 0}, "steps": told}  # times differ from build to build


def stored(file):
    """What a former build left of each claim, by key."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return {(entry["row"]["name"], entry["row"]["model"]): entry for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def claim_stamps(constraints):
    """For each claim the stamp of what it rests on: what it declares, its page, and what checks it."""
    machinery = [path for name in ("deltamu.claims.running", "deltamu.model.models") for path in stamps.sources(name)]
    return {
        (name, model): stamps.stamp(Path(inspect.getfile(claim.function)), names_of(claim), constraints,
                                    models=(MODELS[model],), machinery=machinery)
        for (name, model), claim in claims().items()
    }  # fmt: skip


def names_of(claim):
    """What a claim declares: its formulas; and all parameters, unless it holds for any constants."""
    for_any = claim.about and claim.constants == "any"
    return claim.about if for_any else (*claim.about, *stamps.PARAMETERS)


def rows(entries):
    """The ledger of the entries, in the order of the derivations."""
    return Ledger(tuple(Row(**(entries[key]["row"] | {"depends_on": tuple(entries[key]["row"]["depends_on"])}))
                        for key in claims()))  # fmt: skip


def numbers(ledger):
    """How many claims there are, how many have which verdict, and the numbers that claims found, by name."""
    counts = ledger.verdicts
    text = {"claims": str(counts.total()), **{f"claims_{verdict}": str(counts[verdict]) for verdict in VERDICTS}}
    text["derivations"] = str(len(derivations()))
    once = {row.name: row for row in reversed(ledger.rows) if row.verdict != "definition"}.values()
    text["article_refuted"] = str(sum(row.verdict == "refuted" for row in filter(is_articles, once)))
    text |= {f"claims_{name}": str(count) for name, count in reach(once).items()}
    text |= {f"article_{name}": str(count) for name, count in reach(filter(is_articles, once)).items()}
    for row in ledger:
        for name, value in row.numbers.items():
            shown = rounded(value)
            if text.setdefault(name, shown) != shown:
                raise PaperError(f"claim {row.name} finds {name} = {shown}, and another one {text[name]}")
    return text


def reach(rows):
    """How many verdicts hold for any constants, for each of them from half to twice its value, for the article's; and
    how many are about data."""
    begins = {ANY_CONSTANTS: "any", OUR_CONSTANTS: "own", DATA: "data"}
    kinds = Counter(
        next((kind for text, kind in begins.items() if row.constants.startswith(text)), "box") for row in rows
    )
    return {f"{kind}_constants": kinds[kind] for kind in ("any", "box", "own", "data")}


def rounded(number):
    """A number to three digits; a whole one as it is."""
    return str(number) if isinstance(number, int) else f"{number:.3g}"
