"""Which control stands where on the page, and the prose beside it; what a control is comes from its symbol."""

from dataclasses import dataclass

from deltamu.model import symbols as sym
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity


@dataclass(frozen=True)
class Group:
    """Controls under one heading.

    Attributes
    ----------
    title : str
    controls : tuple of Quantity
    folded : bool
        Whether it is closed at first.
    note : str
    """

    title: str
    controls: tuple[Quantity, ...]
    folded: bool = False
    note: str = ""


MAIN = Group("Main controls", (sym.r, sym.delta0, sym.K, sym.N))

GROUPS = (
    Group("Priors and team", (sym.H, sym.rho, sym.gamma, sym.K_r), folded=True),
    Group(
        "The task",
        (sym.mu0, sym.target, sym.decay),
        folded=True,
        note="The target is for the probability that the tests pass, not for the true reliability.",
    ),
    Group(
        "Trust region",
        (sym.alpha, sym.beta, sym.A_lo, sym.A_hi, sym.delta_min, sym.delta_max),
        folded=True,
    ),
    Group("Planner", (sym.T_plan, sym.dH, sym.dr, sym.plan_cap), folded=True),
    Group(
        "Overreach and costs",
        (sym.overreach, sym.w_generate, sym.w_review),
        folded=True,
        note="Overreach is what makes large edits harmful; it is 0 in the published model.",
    ),
    Group(
        "Constants",
        sym.CONSTANTS,
        folded=True,
        note="Invented by the article, not measured: see which conclusions survive changing them.",
    ),
)


@dataclass(frozen=True)
class Figure:
    """A plot: the id of its element (the article's where it has one), its heading and what it shows."""

    name: str
    element: str
    title: str
    caption: str
    wide: bool = False


FIGURES = (
    Figure(
        "convergence", "convergence-plot", "What becomes of the defects", wide=True,
        caption="Expected defect mass, pass probability and true reliability, move by move, in two models. At a floor "
        "of the defects edits stop paying.",
    ),
    Figure("radius", "step-size-plot", "Edit radius", "Size of the edits attempted in each move."),
    Figure("acceptance", "acceptance-plot", "Acceptance", "Acceptance of each move, and the band of the trust region."),
    Figure(
        "falsepass", "false-pass-plot", "False-pass risk",
        "Probability of a hidden defect given a pass, and the true reliability, after each move.",
    ),
    Figure(
        "efficiency", "efficiency-plot", "Efficiency",
        "Defect mass removed per model call; candidates and reviews both count, with their weights.",
    ),
    Figure(
        "frontier", "frontier-plot", "Speed and quality",
        "Moves to the target against the hidden defects left at the stop, for each policy over numbers of candidates "
        "and reviewers.",
    ),
    Figure(
        "heatmap", "heatmap-plot", "False pass by oracle and prior",
        "False-pass probability at the stop over oracle resolution and human prior; a click sets both.",
    ),
    Figure(
        "reviewers", "reviewers-plot", "Return on reviewers", wide=True,
        caption="Moves to the target, and defect mass that a model call removes until then, by number and correlation "
        "of reviewers, for the teams that reach it.",
    ),
    Figure(
        "calibration", "calibration-plot", "Oracle calibration",
        "What the oracle says against the truth: pass probability and reliability as the defect mass falls.",
    ),
    Figure(
        "elasticity", "elasticity-plot", "What matters here",
        "Local elasticities, by exact tangents of the run: per cent change of the outcome for one per cent of a "
        "parameter.",
    ),
    Figure(
        "fan", "fan-plot", "Luck: stochastic runs", wide=True,
        caption="Quantiles of the defect mass over stochastic runs, and the share that has not reached the target. "
        "Chance enters where the oracle decides: the runs are those of a model whose move asks it.",
    ),
)  # fmt: skip

# The article's list of assumptions.
ASSUMPTIONS = (
    ("Aliasing, not noise", "the oracle is deterministic but coarse: it sees a fraction r of the defect modes"),
    ("Diminishing returns", "an improvement works less and less as the defect mass falls"),
    ("Correlated reviewers", "their judgement is correlated, with correlation γ between any two"),
    ("Order statistics", "the best of K follows the law of the largest of K scores"),
    ("State independence", "each move works on the current defect mass alone"),
)

# What to know of a model while using it.
NOTES = {
    PUBLISHED.name: "As published: the move never consults the oracle; r enters only when the run stops.",
    GATED.name: "Completed by deltamu: the tests accept or reject each move, and what choosing the best score gains on "
    "average is computed exactly.",
}

# Words that the page uses and no symbol explains, each with what is meant.
TERMS = {
    "ledger": (
        "ledger of claims",
        "All that deltamu claims of the model, statement by statement, each with a program that checks it: deltamu "
        "verify runs them.",
    ),
    "start": (
        "the article's start",
        "The settings that the article's own page begins with, each control at its default.",
    ),
    "region": (
        "trust region",
        "A policy: the acceptance of a move sets the radius of the next edits. Above a band of the acceptance the "
        "radius grows, below it shrinks, and it stays between a smallest and a largest one.",
    ),
    "floor": (
        "floor",
        "The defects at which edits like those of a move stop paying: below it they would add as much as they remove, "
        "or more. It depends on the radius and the team. The lowest floor of any move is the least over the moves of "
        "the run; the floor where the moves rest is that of the moves to come, when the policy changes nothing any "
        "more.",
    ),
}

# The four steps of a move, as the picture of it shows them.
PANELS = (
    ("candidates", "Candidates"),
    ("reviewers", "Reviewers score"),
    ("oracle", "The tests look: the oracle"),
    ("outcome", "Accept or reject"),
)
