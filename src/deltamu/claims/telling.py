"""One derivation told step by step, as it is checked."""

from collections.abc import Callable

from deltamu.claims.derivations import find_claims, find_derivation
from deltamu.claims.ledger import Ledger, Row
from deltamu.claims.running import run_claim
from deltamu.claims.steps import Step
from deltamu.claims.typesetting import prose
from deltamu.model.arguments import checked
from deltamu.model.formula import Model
from deltamu.model.models import find_model

MARKS = {"said": " ", "argued": ">", "proved": "=", "refuted": "#", "supported": "~"}


@checked
def derive(
    name: str, *, model: Model | str | None = None, latex: bool = False, write: Callable[[str], None] = print
) -> Ledger:
    """Check one derivation, or one of its claims, and tell each step as it is made.

    Parameters
    ----------
    name : str
        The derivation: ``"d03_design_effect"``, or ``"d03"``; or one claim, as the ledger names it:
        ``"d03_design_effect.limits"``.
    model : Model or str, optional
        By default each claim is checked in the first model of the package that it is about.
    latex : bool
        Whether to write LaTeX paragraphs instead of text.
    write : callable
        Is given one piece of text after the other.

    Returns
    -------
    Ledger
        What came of the claims.

    Raises
    ------
    InputError
        No derivation or claim has this name.

    Examples
    --------
    >>> ledger = derive("d01", write=lambda text: None)
    >>> ledger.ok
    True
    """
    page = find_derivation(name.partition(".")[0])
    claims = find_claims(name) if "." in name else page.claims
    tell = _latex if latex else _text
    about = page.page.partition("\n")[2]
    write(rf"\section*{{{prose(page.title)}}}" + "\n" + prose(about) if latex else page.page)
    rows: list[Row] = []
    for claim in claims:
        one = claim.models()[0] if model is None else find_model(model)
        heading = f"{claim.statement} ({claim.conditions}; constants: {claim.constants}; model {one.name})"
        write(rf"\paragraph{{{prose(heading)}}}" if latex else f"\n{claim.name}\n  {heading}")
        result = run_claim(claim, one, lambda made: write(tell(made)))
        rows.append(result)
        ending = result.shown if result.outcome == "holds" else f"{result.shown}: {result.detail}"
        write(rf"\emph{{{prose(ending)}}}" if latex else f"  [{ending}]")
    return Ledger(tuple(rows))


def _text(made: Step) -> str:
    return "\n".join(f"  {MARKS[made.kind] if not index else ' '} {line}"
                     for index, line in enumerate(str(made).splitlines()))  # fmt: skip


def _latex(made: Step) -> str:
    return made.latex()
