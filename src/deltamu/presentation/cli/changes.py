"""What to change, as `deltamu fit` and `deltamu design --from` print it: a table of changes and the answer in words."""

from collections.abc import Sequence
from typing import Any

DRAWS = 400  # that say how sure an answer is


def add_worth(parser: Any) -> None:
    """The option that says what a repair has to bring."""
    from deltamu.design.levers import WORTH

    parser.add_argument("--worth", type=float, metavar="P",
                        help="right programs that a repair of an open task has to bring to be worth its price "
                        f"[{WORTH:g}: one in {1 / WORTH:.0f}]")  # fmt: skip


def found_changes(fit: Any, run: str, draws: int, seed: int, worth: float | None) -> Any:
    """`deltamu.design.levers` with what was asked for."""
    from deltamu.design.levers import WORTH, levers

    return levers(fit, run=run, draws=max(draws, 1), seed=seed, worth=WORTH if worth is None else worth)


def changes_told(found: Any, of_run: str = "", doubt: str = "") -> list[Any]:
    """The changes from the best on, with the share of draws in which each is the best, and the answer in words.

    ``doubt``: what stands after the name of the law, if it is in doubt.
    """
    from rich.table import Table
    from rich.text import Text

    from deltamu.design.levers_in_words import RIGHT

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    judged = found.attrs["counts"] == RIGHT
    columns = ["change", f"{found.attrs['counts']} per 100", "90 % of draws", "best in", "best of the loop in"]
    for name in columns[:3] + ["wrong ones"] * judged + columns[3:]:
        table.add_column(name)
    for name in found.sortby("gain", ascending=False)["lever"].values:
        one = found.sel(lever=name)
        ends = f"{100 * float(one['gain_lower']):+.1f} to {100 * float(one['gain_upper']):+.1f}"
        wrong = [f"{100 * float(one['wrong_gain']):+.1f}"] if judged else []
        shares = [f"{float(one[name]):.0%}" for name in ("agreement", "loop_agreement")]
        table.add_row(one["does"].item(), f"{100 * float(one['gain']):+.1f}", ends, *wrong, *shares)
    title = (f"what to change{of_run}, by law {found.attrs['law']}{doubt}; each halves a shortfall or doubles an "
             "effort, what it costs is yours to say (of the loop: with the first program as it is):")  # fmt: skip
    unknown = found.attrs["unknown"]
    parts = [Text(title), table, Text(found.attrs["answer"])]
    return [*parts, Text(f"no change of these is offered, the log shows none of them: {unknown}")] if unknown else parts


def laws_told(found: Sequence[Any], fits: Sequence[Any]) -> list[Any]:
    """What several laws say of one run, a row each, and in what they agree."""
    from rich.table import Table
    from rich.text import Text

    from deltamu.design.levers_in_words import agreed, best_change, repairs_allowed

    tested = "p_value" in fits[0]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    for name in ("law", *["misfit, p"] * tested, "best of all", "best of the loop", "repairs worth making"):
        table.add_column(name)
    for one, fit in zip(found, fits, strict=True):
        p = [f"{float(fit['p_value']):.3f}"] if tested else []
        table.add_row(one.attrs["law"], *p, best_change(one, "agreement"), best_change(one, "loop_agreement"),
                      repairs_allowed(one))  # fmt: skip
    title = (
        "by the law of the fit, and each that AIC does not tell from the best (what it brings, in what share of draws):"
    )
    return [Text(title), table, Text(agreed(found))]
