"""Closures: a run that follows the variance of the stochastic process beside its mean.

The mean of the process is not the run of expected moves, since the gain is no straight line in the mass.  A closure
takes the masses of many runs as lognormal, with the mean and the variance that it follows, and averages a move over
three of them.  It is a policy and a model like any other: the variance is a state, and the averages are formulas.
"""

from collections.abc import Iterable
from functools import cache

from sympy import Expr, Piecewise, Rational, S, Symbol, evaluate, exp, log, sqrt

from deltamu.errors import InputError, named
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model, positive_part
from deltamu.model.policies import Policy
from deltamu.model.quantities import Quantity, quantity
from deltamu.model.special import normal_pdf

NODES = ((-sqrt(3), Rational(1, 6)), (S.Zero, Rational(2, 3)), (sqrt(3), Rational(1, 6)))  # Gauss-Hermite
WIDEST = 100  # variance over the squared mean that still counts: beyond, a lognormal law has no bulk

MU_VARIANCE = quantity("mu_variance", r"v_\mu", meaning="variance of the defect mass over runs", domain=sym.NONNEGATIVE,
                       unit="defects^2")  # fmt: skip
LOG_SPREAD = quantity("log_spread", r"\varsigma", meaning="standard deviation of the logarithm of the defect mass",
                      domain=sym.NONNEGATIVE)  # fmt: skip
ACCEPTED_SQUARE = quantity("accepted_square", r"\overline{\Delta^2}", domain=sym.NONNEGATIVE, unit="defects^2",
                           meaning="mean square of what a move removes")  # fmt: skip
GAIN_VARIANCE = quantity("gain_variance", r"v_G", meaning="variance of what a move removes", domain=sym.NONNEGATIVE,
                         unit="defects^2")  # fmt: skip

with evaluate(False):
    _left = 1 - sym.variance_reduction  # of an improvement's variance after selection
    _slope = sqrt(sym.r) * sym.sigma_Delta * (_left / sym.visible_spread)
    _rest = sym.sigma_Delta**2 * (_left - sym.r * (_left / sym.visible_spread) ** 2)
    NOISE = (
        Formula(
            ACCEPTED_SQUARE,
            Piecewise(
                (
                    (sym.expected_improvement**2 + _rest) * sym.acceptance
                    + 2 * sym.expected_improvement * _slope * normal_pdf(sym.acceptance_margin)
                    + _slope**2 * (sym.acceptance - sym.acceptance_margin * normal_pdf(sym.acceptance_margin)),
                    sym.sigma_Delta > 0,
                ),
                (sym.gain**2, True),
            ),
            title="mean square of what a move removes: Delta where V > 0, else nothing",
            source="completed move: second moment of the joint normal law, cut at V = 0",
        ),
        Formula(
            GAIN_VARIANCE, positive_part(ACCEPTED_SQUARE - sym.gain**2),
            title="variance of what a move removes",
            source="completed move",
        ),
    )  # fmt: skip


@checked
def variance_closure(policy: Policy, model: Model) -> tuple[Policy, Model]:
    """A policy and a model whose runs follow the variance of the process beside its mean.

    Parameters
    ----------
    policy : Policy
    model : Model
        The gated model, or one made from it.

    Returns
    -------
    Policy
        With ``mu_variance`` among what it sets, which starts at 0.
    Model
        Of the same name; in it every quantity of a move is a mean over runs. What is reported after the move, such as
        the pass probability, is still taken at the mean mass.

    Raises
    ------
    InputError
        The model has no stochastic move, as the published one.

    Notes
    -----
    The policy sees the mean acceptance, and all runs have the same radius: what the spread of the radii does is left
    out.  At fixed or decaying radii the mean of the process was met 2.6 to 5.7 times as closely as by the run of
    expected moves (six settings), in a trust region, whose runs come to have different radii, 1.1 to 3.4 times (five).

    Examples
    --------
    >>> from deltamu import GATED, VIBE, ensemble, simulate
    >>> at = {"model": "gated", "delta0": 1.0, "decay": 1.0}
    >>> expected, closed = simulate(policy=VIBE, **at), simulate(policy=VIBE, closure="variance", **at)
    >>> process = ensemble(policy=VIBE, runs=4000, seed=1, reduce="summary", **at)
    >>> [round(float(abs(run.mu_next - process.mu_next_mean).max()), 2) for run in (expected, closed)]
    [0.03, 0.01]
    """
    if sym.acceptance_margin not in model:
        raise InputError(f"model {model.name} has no stochastic move, and so no variance to follow: use gated")
    return _variance_closure(policy, model)


@cache
def _variance_closure(policy: Policy, model: Model) -> tuple[Policy, Model]:
    extended = model.replace(*NOISE, name=model.name)
    needed = extended.program([sym.mu_next, sym.acceptance, GAIN_VARIANCE])
    moving = extended.depending([sym.mu]) & {sym.mu, *(formula.symbol for formula in needed)}
    varying = [formula for formula in needed if formula.symbol in moving]
    twins = [{symbol: _twin(symbol, n) for symbol in moving} for n in range(len(NODES))]
    averaged = {formula.symbol for formula in varying}
    lines = [formula for formula in extended if formula.symbol not in averaged]
    lines.append(_log_spread())
    for (place, _), twin in zip(NODES, twins, strict=True):
        mass = sym.mu * exp(LOG_SPREAD * place - LOG_SPREAD**2 / 2)
        lines.append(Formula(twin[sym.mu], mass, title="defect mass of some runs", source="lognormal law"))
        lines += [Formula(twin[f.symbol], f.printed.xreplace(twin), title=f.title, source=f.source) for f in varying]
    lines += [
        Formula(f.symbol, _mean(twin[f.symbol] for twin in twins), title=f"mean over runs: {f.title}", source="closure")
        for f in varying
    ]
    spread = _mean((twin[sym.mu_next] - sym.mu_next) ** 2 + twin[GAIN_VARIANCE] for twin in twins)
    follows = Policy(
        policy.name,
        {**dict(policy.initial), MU_VARIANCE: S.Zero},
        {**dict(policy.update), MU_VARIANCE: spread},
        policy.formulas,
        policy.title,
    )
    return follows, Model(model.name, tuple(lines))


def _mean(values: Iterable[Expr]) -> Expr:
    return sum((weight * value for (_, weight), value in zip(NODES, values, strict=True)), S.Zero)


def _log_spread() -> Formula:
    ratio = Piecewise((MU_VARIANCE / sym.mu**2, WIDEST * sym.mu**2 > MU_VARIANCE), (WIDEST, True))
    return Formula(LOG_SPREAD, sqrt(log(1 + ratio)), title="spread of a lognormal law", source="its two moments")


def _twin(symbol: Symbol, n: int) -> Quantity:
    """What a quantity is at one of the masses that a move is averaged over."""
    facts = symbol.facts
    return quantity(
        f"{symbol}_at_{n}", f"{facts.latex}^{{({n})}}", meaning=f"{facts.meaning}, in some runs", domain=facts.domain,
        unit=facts.unit,
    )  # fmt: skip


CLOSURES = {"variance": variance_closure}


def closed(closure: str, policy: Policy, model: Model) -> tuple[Policy, Model]:
    """A closure by name, applied."""
    return named("closure", closure, CLOSURES)(policy, model)
