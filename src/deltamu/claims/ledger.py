"""The ledger: what came of every claim."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from deltamu.claims.typesetting import prose

__all__ = ["Ledger", "Row"]


@dataclass(frozen=True)
class Row:
    """What came of one claim in one model.

    Attributes
    ----------
    name : str
        ``derivation.claim``.
    statement : str
    verdict : str
        ``"proved"``, ``"refuted"`` or ``"supported"``.
    outcome : str
        ``"holds"``: the verdict stands; ``"fails"``: it could not be shown; or ``"does not apply"``.
    condition : str
        The domain on which it holds.
    constants : str
        For which values of the invented constants it holds.
    depends_on : tuple of str
        Left sides of the formulas on which it rests.
    model : str
    seconds : float
        How long it took.
    detail : str
        The counterexample, the numbers, or why it failed.
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

    @property
    def shown(self) -> str:
        """The verdict where it stands, else what happened."""
        return self.verdict if self.outcome == "holds" else self.outcome.upper()

    def __str__(self) -> str:
        formulas = f" [{', '.join(self.depends_on)}]" if self.depends_on else ""
        detail = f"\n  {self.detail}" if self.detail else ""
        return f"{self.shown:10} {self.name}: {self.statement}{formulas}{detail}"


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
    def summary(self) -> str:
        """Counts by verdict, and the time that all took."""
        counts = Counter(row.shown.lower() for row in self.rows)
        numbers = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        return f"{len(self)} claims: {numbers}; {sum(row.seconds for row in self.rows):.0f} s of computing"

    def to_json(self) -> str:
        """The ledger as JSON: an object with ``ok`` and a list of ``rows``."""
        return json.dumps({"ok": self.ok, "rows": [asdict(row) for row in self.rows]}, indent=1, ensure_ascii=False)

    def to_latex(self) -> str:
        """The ledger as a LaTeX table: statement, verdict, condition, constants."""
        head = (r"\begin{tabular}{llll}", r"Statement & Verdict & Condition & Constants \\", r"\hline")
        return "\n".join([*head, *(rf"{cells} \\" for cells in self.latex_rows()), r"\end{tabular}"])

    def latex_rows(self) -> Iterator[str]:
        """The rows of that table, without their ends."""
        for row in self.rows:
            cells = (row.statement, row.shown, row.condition, row.constants)
            yield " & ".join(prose(cell) for cell in cells)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.rows), self.summary])

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for title in ("claim", "statement", "verdict", "condition", "model"):
            table.add_column(title, overflow="fold")
        table.add_column("s", justify="right")
        colours = {"proved": "green", "refuted": "yellow", "supported": "cyan", "FAILS": "bold red"}
        for row in self.rows:
            notes = [row.detail] if row.detail else []
            if row.outcome == "fails":
                notes.append(f"it rests on the formulas {', '.join(row.depends_on)}")
            statement = Text(row.statement).append("".join(f"\n{note}" for note in notes), style="dim")
            verdict = Text(row.shown, style=colours.get(row.shown, "dim"))
            table.add_row(row.name, statement, verdict, row.condition, row.model, f"{row.seconds:.1f}")
        return Group(table, "", self.summary)
