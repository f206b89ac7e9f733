"""Claims, and the folder of derivations that hold them."""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from deltamu.claims.conditions import Conditions, conditions
from deltamu.claims.scripts import load_script, script_folder
from deltamu.claims.values import Values
from deltamu.errors import InputError, unknown
from deltamu.model.formula import Model
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED

VERDICTS = ("proved", "argued", "refuted", "supported", "definition")
UNIVERSAL = ("proved", "argued", "definition")  # of statements about all points of a domain
PREFIX = "claim_"
ANY_CONSTANTS = "any"
OUR_CONSTANTS = "the article's"
DATA = "none: it is about logs"
# Left sides that only the completed move has: a model with any of them is taken for one of its kind.
GATED_ONLY = frozenset(formula.name for formula in GATED) - frozenset(formula.name for formula in PUBLISHED)

Numbers = Mapping[str, Any]
Predicate = Callable[[Values], Any]


@dataclass(frozen=True)
class Claim:
    """A statement about a model and the function that shows it.

    Attributes
    ----------
    function : callable
        Takes the model; raises `ClaimFailed` if the statement cannot be shown, and returns the numbers that it found,
        by name, or None.
    statement : str
        One sentence.
    verdict : str
        ``"proved"``, ``"argued"``, ``"refuted"``, ``"supported"`` or ``"definition"``: see `deltamu.claims`.
    about : tuple of str
        Left sides of the formulas on which the statement rests.
    conditions : Conditions
        Where it holds.
    of : str
        ``"published"``, ``"gated"`` or ``"both"``: the models that it is about.
    constants : str
        For which values of the article's invented constants it holds; of a universal statement it is computed.
    holds : callable or None
        The statement as a predicate on `Values`: True or False at each point of the conditions' domain.
    rigorous : bool
        Whether it is decided in ball arithmetic, which takes a while: by ``verify(rigorous=True)`` only.
    derivation : str
        The name of the derivation that it is part of.
    """

    function: Callable[[Model], Numbers | None]
    statement: str
    verdict: str
    about: tuple[str, ...]
    conditions: Conditions
    of: str
    constants: str
    holds: Predicate | None
    rigorous: bool
    derivation: str

    @property
    def name(self) -> str:
        """``derivation.claim``."""
        return f"{self.derivation}.{self.function.__name__.removeprefix(PREFIX)}"

    def applies_to(self, model: Model) -> str:
        """Why the claim says nothing about a model; empty if it does."""
        missing = [name for name in self.about if name not in model]
        if missing:
            return f"model {model.name} has no formula for {', '.join(missing)}"
        if not self.about and model not in (PUBLISHED, GATED):
            return f"it rests on no formula of a model, and says nothing about {model.name}"
        if self.of != "both" and self.of != kind(model):
            return f"it is about the {self.of} model, and {model.name} is of the other kind"
        return ""

    def models(self) -> tuple[Model, ...]:
        """The models of the package that the claim has to be checked in, so that it is checked in all it is about."""
        if self.of != "both":
            return (PUBLISHED,) if self.of == "published" else (GATED,)
        named = [*self.about, *(name for name in self.conditions.names if name in PUBLISHED and name in GATED)]
        programs = [model.program([model[name].symbol for name in named]) for model in (PUBLISHED, GATED)]
        return (PUBLISHED,) if programs[0] == programs[1] else (PUBLISHED, GATED)


def kind(model: Model) -> str:
    """``"gated"`` for a model with the oracle's gate in its move, else ``"published"``."""
    return "gated" if any(name in model for name in GATED_ONLY) else "published"


def _claim(verdict: str) -> Callable[..., Any]:
    def describe(
        statement: str, *, about: str = "", where: str = "", remark: str = "", of: str = "both", constants: str = "",
        holds: Predicate | None = None, rigorous: bool = False,
    ) -> Callable[[Callable[[Model], Numbers | None]], Callable[[Model], Numbers | None]]:  # fmt: skip
        if of not in ("published", "gated", "both"):
            raise InputError(f"a claim is of 'published', 'gated' or 'both', not {of!r}")
        supposed = conditions(where, remark)
        if verdict in UNIVERSAL:
            pinned = ", ".join(supposed.pinned_constants)
            constants = constants or (f"{pinned} as stated" if pinned else ANY_CONSTANTS)

        def attach(function: Callable[[Model], Numbers | None]) -> Callable[[Model], Numbers | None]:
            facts = Claim(
                function, statement, verdict, tuple(about.split()), supposed, of, constants or OUR_CONSTANTS, holds,
                rigorous, Path(function.__code__.co_filename).stem,
            )  # fmt: skip
            function.__dict__["claim"] = facts
            return function

        return attach

    describe.__doc__ = f"""Make a function of the model a claim whose verdict is *{verdict}*.

    Parameters
    ----------
    statement : str
        One sentence.
    about : str
        Left sides of the formulas on which it rests, separated by blanks.
    where : str
        The comparisons that it supposes: ``"whole N >= 1, 0 < gamma < 1"``; the mathematical domain if left out.
    remark : str
        What of its conditions only words can say.
    of : str
        ``"published"``, ``"gated"`` or ``"both"``.
    constants : str
        For which values of the invented constants it holds, where that does not follow from `where`.
    holds : callable, optional
        The statement as a predicate on `Values`, tried at many points in every run.
    rigorous : bool
        Whether only ``verify(rigorous=True)`` runs it.
    """
    return describe


proved = _claim("proved")
argued = _claim("argued")
refuted = _claim("refuted")
supported = _claim("supported")
definition = _claim("definition")


@dataclass(frozen=True)
class Derivation:
    """An executable page.

    Attributes
    ----------
    name : str
        The name of its file.
    module : module
    """

    name: str
    module: ModuleType

    @property
    def page(self) -> str:
        """Its docstring: the statement and the assumptions; read from the file, since ``python -OO`` leaves it out."""
        return ast.get_docstring(ast.parse(Path(str(self.module.__file__)).read_text(encoding="utf-8"))) or ""

    @property
    def title(self) -> str:
        """The first line of its page, without its number."""
        return self.page.splitlines()[0].partition("  ")[2]

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Its claims in the order in which they are read."""
        found = [thing.claim for name, thing in vars(self.module).items()
                 if name.startswith(PREFIX) and hasattr(thing, "claim")]  # fmt: skip
        return tuple(sorted(found, key=lambda claim: claim.function.__code__.co_firstlineno))


def folder() -> Path:
    """Where the derivations are: beside the package's modules when installed, at the top of a checkout."""
    return script_folder("derivations", "derivations", "d*.py")


def derivations() -> tuple[Derivation, ...]:
    """All derivations, in order.

    Examples
    --------
    >>> derivations()[0].name
    'd01_targeting'
    """
    return tuple(Derivation(path.stem, load_script(path)) for path in sorted(folder().glob("d*.py")))


def find_claims(names: str | Iterable[str] | None = None) -> tuple[Claim, ...]:
    """Claims by name: of a derivation (``d03_design_effect`` or ``d03``), or one (``d03_design_effect.limit``).

    Raises
    ------
    InputError
        Nothing has this name.

    Examples
    --------
    >>> [claim.verdict for claim in find_claims("d01")][:1]
    ['proved']
    """
    pages = derivations()
    if names is None:
        return tuple(claim for page in pages for claim in page.claims)
    found: dict[str, Claim] = {}
    for name in [names] if isinstance(names, str) else names:
        matching = [claim for page in pages for claim in page.claims
                    if name in (page.name, page.name.partition("_")[0], claim.name)]  # fmt: skip
        if not matching:
            inside = [claim.name for page in pages for claim in page.claims if name.partition(".")[0] == page.name]
            raise unknown("derivation or claim", name, inside or [page.name for page in pages])
        found |= {claim.name: claim for claim in matching}
    return tuple(found.values())


def find_derivation(name: str) -> Derivation:
    """A derivation by its name, or by its number (``d03``)."""
    pages = derivations()
    for page in pages:
        if name in (page.name, page.name.partition("_")[0]):
            return page
    raise unknown("derivation", name, [page.name for page in pages])
