"""The ledger: what came of every claim."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from deltamu.claims.typesetting import prose


@dataclass(frozen=True)
class Row:
    """What came of one claim in one model.

    Attributes
    ----------
    name : str
        ``derivation.claim``.
    statement : str
    verdict : str
        ``"proved"``, ``"argued"``, ``"refuted"``, ``"supported"`` or ``"definition"``: see `deltamu.claims`.
    outcome : str
        ``"holds"``: the verdict stands; ``"fails"``: it could not be shown; ``"does not apply"``; or
        ``"not run"``: it is decided in ball arithmetic, which was not asked for.
    condition : str
        Where it holds.
    constants : str
        For which values of the invented constants it holds.
    depends_on : tuple of str
        Left sides of the formulas on which it rests.
    model : str
    seconds : float
        How long it took.
    detail : str
        The counterexample, the numbers, or why it failed.
    numbers : dict
        What was found, by name.
    counterexample : dict
        Of a refuted statement: the settings at which anybody can see that it is false.
    """

    name: str
    statement: str
    verdict: str
    outcome: str
    condition: str
    constants: str
    depends_on: tuple[str, ...]
    model: str
    seconds: float
    detail: str
    numbers: dict[str, Any] = field(default_factory=dict)
    counterexample: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The verdict where it stands, else what happened."""
        return self.verdict if self.outcome == "holds" else self.outcome.upper()

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What a table of verdicts says of it: statement, verdict, condition, constants."""
        return self.statement, self.shown, self.condition, self.constants

    def __str__(self) -> str:
        formulas = f" [{', '.join(self.depends_on)}]" if self.depends_on else ""
        detail = f"\n  {self.detail}" if self.detail else ""
        return f"{self.shown:10} {self.name}: {self.statement} ({self.condition}){formulas}{detail}"


@dataclass(frozen=True)
class Ledger:
    """The rows of a verification, in the order of the derivations.

    Examples
    --------
    >>> from deltamu import verify
    >>> ledger = verify("d01", jobs=1)
    >>> ledger.ok, {row.verdict for row in ledger}
    (True, {'proved'})
    """

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ok(self) -> bool:
        """Whether no claim fails."""
        return not self.failures

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows of the claims that fail."""
        return tuple(row for row in self.rows if row.outcome == "fails")

    @property
    def verdicts(self) -> Counter[str]:
        """How many claims have which verdict, each claim once, in however many models it was checked; definitions do
        not count.  A claim that fails in one model fails."""
        outcomes: dict[str, str] = {}
        for row in self.rows:
            if outcomes.get(row.name, "DOES NOT APPLY") == "DOES NOT APPLY" or row.outcome == "fails":
                outcomes[row.name] = row.shown
        return Counter(shown.lower() for shown in outcomes.values() if shown != "definition")

    @property
    def summary(self) -> str:
        """Counts of claims by verdict, and the time that all took."""
        numbers = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items()))
        seconds = sum(row.seconds for row in self.rows)
        return f"{self.verdicts.total()} claims: {numbers}; {seconds:.0f} s of computing"

    def to_json(self) -> str:
        """The ledger as JSON: an object with ``ok`` and a list of ``rows``."""
        return json.dumps({"ok": self.ok, "rows": [asdict(row) for row in self.rows]}, indent=1, ensure_ascii=False)

    def to_pandas(self) -> Any:
        """The ledger as a table (pandas.DataFrame), a row each."""
        import pandas as pd

        return pd.DataFrame([asdict(row) | {"verdict": row.shown} for row in self.rows])

    def _repr_html_(self) -> str:
        shown = ["name", "statement", "verdict", "condition", "constants", "model"]
        return self.to_pandas().reindex(columns=shown).to_html(index=False, border=0) + f"<p>{escape(self.summary)}</p>"

    def to_latex(self) -> str:
        """The ledger as a LaTeX table: statement, verdict, condition, constants."""
        head = (r"\begin{tabular}{llll}", r"Statement & Verdict & Condition & Constants \\", r"\hline")
        rows = (" & ".join(map(prose, row.cells)) + r" \\" for row in self.rows)
        return "\n".join([*head, *rows, r"\end{tabular}"])

    def __str__(self) -> str:
        return "\n".join([*map(str, self.rows), self.summary])

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for title in ("claim", "statement", "verdict", "condition", "constants", "model"):
            table.add_column(title, overflow="fold")
        table.add_column("s", justify="right")
        colours = {"proved": "green", "argued": "green", "refuted": "yellow", "supported": "cyan", "FAILS": "bold red"}
        for row in self.rows:
            notes = [row.detail] if row.detail else []
            if row.outcome == "fails":
                notes.append(f"it rests on the formulas {', '.join(row.depends_on)}")
            statement = Text(row.statement).append("".join(f"\n{note}" for note in notes), style="dim")
            verdict = Text(row.shown, style=colours.get(row.shown, "dim"))
            table.add_row(row.name, statement, verdict, row.condition, row.constants, row.model, f"{row.seconds:.1f}")
        return Group(table, "", self.summary)
