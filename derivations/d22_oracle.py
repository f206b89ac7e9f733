"""D22  The value of an oracle: what a pass leaves behind, and the coarsest oracle whose pass can be trusted.

Statement
    When the tests pass (1 - r) mu defects are expected to be left.  A run stops at mu_s = -ln R*/r or below; a bound on
    the false-pass probability, the reliability or the escaped defects holds at every stop iff r is at least a bound in
    closed form.  A coarser oracle stops at more defects, and leaves more behind.

Assumptions
    The number of defects is Poisson with mean mu, the oracle sees each with probability r (D07); a run stops at the
    first state with P_pass >= R*.
"""

import numpy as np
from sympy import Dummy, Sum, exp, factorial, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
)
from deltamu.design.oracle.stop import BOUND, BOUNDS, ESCAPED, at_the_worst, coarsest

mu, r = generic(sym.mu), generic(sym.r)
depth = Dummy("ln 1/R*", positive=True)
odds = Dummy("odds", positive=True)  # r = 1/(1 + odds)
FALSE, CLEAN = sym.false_pass_probability, sym.reliability
CHANCES = "pass_probability false_pass_probability reliability"
WHY = "deterministic runs of the formulas"


def at_stop(model, quantity):
    """A quantity where the pass probability is at the target, with ln 1/R* for the target."""
    return generic(at_the_worst(quantity, model)).subs(log(sym.target), -depth)


def stop(at):
    """The same points where the pass probability is at the target."""
    return at.moved(mu=-np.log(at.target) / at.r)


def stops_are_no_worse(at):
    worst, stops = stop(at), at.pass_probability >= at.target
    better = (
        at_most(at.mu, worst.mu)
        & at_most(worst.reliability, at.reliability)
        & at_most(at.false_pass_probability, worst.false_pass_probability)
    )
    return (~stops | better) & close(worst.pass_probability, at.target)


def coarser_stops_are_worse(at):
    fine, coarse = stop(at), stop(at.moved(r=0.7 * at.r))
    return (
        at_most(fine.mu, coarse.mu)
        & at_most(coarse.reliability, fine.reliability)
        & at_most(fine.false_pass_probability, coarse.false_pass_probability)
        & at_most((1 - fine.r) * fine.mu, (1 - coarse.r) * coarse.mu)
        & at_most(fine.reliability, at.target)
        & close(fine.pass_probability, at.target)
    )


def bounds_hold_iff_the_oracle_is_fine_enough(at):
    """Each bound at the worst stop against the closed form, but where the two are equal to rounding."""
    worst, log_target = stop(at), np.log(at.target)
    good = close(worst.pass_probability, at.target)
    f, Q, h = 0.5 * at.decay, 0.99 * at.decay, at.a1 + 0.01
    cases = (
        (worst.false_pass_probability <= f, log_target / (log_target + np.log1p(-f))),
        (worst.reliability >= Q, log_target / np.log(Q)),
        ((1 - at.r) * worst.mu <= h, log_target / (log_target - h)),
    )
    for met, bound in cases:
        good = good & ((np.abs(at.r - bound) < 1e-6) | (met == (at.r >= bound)))
    return good


@argued(
    "When the tests pass (1 - r) mu defects are expected to be left.",
    about="false_pass_probability",
    holds=lambda at: (
        close(-np.log1p(-at.false_pass_probability), (1 - at.r) * at.mu, scale=1)
        | (at.false_pass_probability > 1 - 1e-7)
    ),
)
def claim_escaped(model):
    k = Dummy("k", integer=True, nonnegative=True)
    hidden = Dummy("(1-r) mu", positive=True)
    argue("The hidden defects are Poisson with mean (1 - r) mu, whether the tests pass or not (D07).")
    law = exp(-hidden) * hidden**k / factorial(k)
    assert_identity(simplify(Sum(k * law, (k, 0, oo)).doit()), hidden, "their mean")
    assert_identity(generic(ESCAPED.expr), (1 - r) * mu, "is what the package computes")
    false = generic(model[FALSE].expr)
    assert_identity(false, 1 - exp(-generic(ESCAPED.expr)), "and the false-pass probability that it is not zero")


@argued(
    "A run stops at mu_s = -ln R*/r or below, and is at its worst there: least reliable, with most false passes and "
    "escaped defects.",
    about=CHANCES,
    where="0 < r < 1, mu > 0",
    holds=stops_are_no_worse,
)
def claim_worst_stop(model):
    argue(
        "A run stops where P_pass >= R*, and P_pass falls with mu: at mu_s or below. What rises with mu is worst there."
    )
    worst = at_stop(model, sym.mu)
    assert_identity(worst, depth / r, "mu_s")
    assert_identity(generic(model[sym.pass_probability].expr).subs(mu, worst), exp(-depth), "P_pass = R* there")
    assert_positive(-generic(model[sym.pass_probability].expr).diff(mu), "P_pass falls with mu: a stop is no higher")
    finer = {r: 1 / (1 + odds)}
    assert_positive(-generic(model[CLEAN].expr).diff(mu), "the reliability falls with mu")
    assert_positive(generic(model[FALSE].expr).diff(mu).subs(finer), "false passes rise with it")
    assert_positive(generic(ESCAPED.expr).diff(mu).subs(finer), "and so do escaped defects")
    for quantity in (CLEAN, FALSE):
        there = generic(model[quantity].expr).subs(mu, worst)
        assert_identity(at_stop(model, quantity), there, f"{quantity} at the worst stop")


@proved(
    "The trap: a coarser oracle passes at more defects, and what it assures is worse in every respect.",
    about=CHANCES,
    where="0 < r < 1",
    remark="R* given",
    holds=coarser_stops_are_worse,
)
def claim_trap(model):
    finer = {r: 1 / (1 + odds)}
    assert_positive(-at_stop(model, sym.mu).diff(r), "mu_s falls with r: a coarser oracle accepts more defects")
    assert_positive(at_stop(model, CLEAN).diff(r), "the reliability at the worst stop, R*^(1/r), rises with r")
    assert_positive(-at_stop(model, FALSE).diff(r), "the false-pass probability, 1 - R*^((1-r)/r), falls")
    escaped = at_stop(model, ESCAPED.symbol)
    assert_positive(-escaped.diff(r), "the escaped defects, (1-r) ln(1/R*)/r, fall")
    assert_identity((escaped.diff(r) * r / escaped).subs(finer), -(1 + odds) / odds, "by 1/(1-r) per cent for one of r")
    flattery = simplify(-depth - log(at_stop(model, CLEAN))).subs(finer)
    assert_positive(flattery, "ln R* less ln reliability, (1/r - 1) ln 1/R*: the pass probability flatters")


@argued(
    "False passes are at most f at every stop iff r >= ln R*/(ln R* + ln(1-f)), the reliability at least Q iff "
    "r >= ln R*/ln Q, escaped defects at most h iff r >= ln R*/(ln R* - h).",
    about=CHANCES,
    where="0 < r < 1",
    remark="0 < f, Q, R* < 1, h > 0",
    holds=bounds_hold_iff_the_oracle_is_fine_enough,
)
def claim_coarsest(model):
    for name, quantity in BOUNDS.items():
        formula = coarsest(name, model)
        step(f"The resolution for {name}:", formula.expr)
        met = generic(at_the_worst(quantity, model)).subs(r, formula.expr)
        share = Dummy("share", positive=True)
        inside = BOUND if name == "max_escaped" else 1 / (1 + share)
        target = {sym.target: exp(-depth)}
        assert_identity(met.subs(target).subs(BOUND, inside), inside, "the bound is met with equality")
    argue("By the signs of the claim before, it holds at every finer oracle and at no coarser one.")


@proved(
    "No oracle assures a reliability above the target: with r = 1 the two are equal.",
    about="pass_probability reliability",
    where="r > 0",
    holds=lambda at: at_most(stop(at).reliability, at.target) & close(stop(at).pass_probability, at.target),
)
def claim_no_oracle_is_enough(model):
    assert_identity(at_stop(model, CLEAN).subs(r, 1), exp(-depth), "at r = 1 the reliability is R*")
    assert_positive(at_stop(model, CLEAN).diff(r), "and less for r < 1")


@refuted(
    "A pass probability of 95 % means that hardly a defect is left.",
    about=CHANCES,
    remark="R* = 0.95, r = 0.1",
    constants="any",
)
def claim_pass_is_clean(model):
    def measure(target, **settings):
        at = {depth: -log(target), r: settings["r"]}
        clean, escaped = (float(at_stop(model, each).subs(at)) for each in (CLEAN, ESCAPED.symbol))
        return {"reliability": clean, "escaped_defects": escaped}

    refute("the reliability is near the target too", measure, lambda reliability, **_: reliability > 0.9,
           target=0.95, r=0.1)  # fmt: skip


# --- measured --------------------------------------------------------------------------------------------------------
@supported(
    "At the defaults the published run passes only with an oracle of r <= 0.10, whose worst stop has a "
    "false pass of 37 % or more.",
    about=CHANCES + " gain mu_next acceptance",
    of="published",
    remark="defaults, r in steps of 0.01, any number of moves",
)
def claim_only_coarse_oracles_pass(model):
    found = passing(model)
    finest = support("finest oracle that passes", found.max(), low=0.10, high=0.10, sample="r = 0.01..1", why=WHY)
    false = float(at_stop(model, FALSE).subs({depth: -log(0.95), r: 0.10}))
    support("false-pass probability at its worst stop", false, low=0.365, high=0.375, sample="closed form",
            why="two digits are stated")  # fmt: skip
    return {"coarse_pass": finest, "coarse_false_pass": round(100 * false)}


@refuted(
    "Reach is monotone in the oracle: if a run passes with one oracle, it passes with every coarser one.",
    about=CHANCES + " gain visible_gain hidden_gain mu_next",
    of="gated",
    remark="defaults, r in steps of 0.01, any number of moves",
)
def claim_reach_is_monotone(model):
    step("A coarse oracle passes because it sees little, a fine one because it keeps harm out; between them none does.")

    def measure():
        found = passing(model)
        coarse, fine = found[found < 0.5], found[found > 0.5]
        return {"passes_up_to": float(coarse.max()), "and_again_from": float(fine.min())}

    found = refute("the oracles that pass are all up to some r", measure,
                   lambda passes_up_to, and_again_from: and_again_from - passes_up_to < 0.015)  # fmt: skip
    return {"gated_passes_up_to": found["passes_up_to"], "gated_passes_from": found["and_again_from"]}


def passing(model):
    """The oracles with which a run at the defaults passes."""
    from deltamu.equilibria import reachable

    r = np.round(np.arange(1, 101) / 100, 2)
    return r[(reachable(model=model, r=r).limit == "within reach").values]
