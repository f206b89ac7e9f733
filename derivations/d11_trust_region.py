"""D11  The trust region: fed with the published acceptance it is a schedule, not a feedback.

Statement
    For A_hi < 1/2 the published trust region expands in every move until it is at delta_max, after
    ceil(ln(delta_max/delta0)/ln alpha) moves, and never contracts.

Assumptions
    The policy as it stands; the published acceptance, which is at least 1/2 (D08).
"""

from math import ceil, log

from sympy import Dummy, Interval, Rational, Symbol, exp

from deltamu import symbols as sym
from deltamu.claims import (
    assert_identity,
    assert_nonnegative,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
)
from deltamu.model.policies import TRUST_REGION

HALF = Rational(1, 2)
s, t = Dummy("s", positive=True), Dummy("t", positive=True)
growth = Dummy("growth", positive=True)


def proposal():
    return TRUST_REGION.formulas[0].expr


def clipped(radius):
    return dict(TRUST_REGION.update)[sym.delta].doit().subs(sym.delta_proposed, radius)


@proved(
    "The published trust region never contracts and expands in every move.",
    about="acceptance",
    of="published",
    remark="A_hi < 1/2",
)
def claim_never_contracts(model):
    u = Symbol("u", positive=True)
    gain, tot = Dummy("g", positive=True), generic(sym.sigma_tot)
    A = model[sym.acceptance].expr.subs(sym.gain, gain).subs(sym.sigma_tot, tot).subs(exp(-gain / tot), u)
    assert_nonnegative(A - HALF, "A >= 1/2, as u = exp(-gain/sigma_tot) <= 1", {u: Interval.Lopen(0, 1)})
    assert_identity(model[sym.acceptance].expr.subs(sym.gain, 0), HALF, "also without a gain")
    step("Put A_hi = 1/2 - s and A = 1/2 + t, and let t be 0 too.")
    for accepted in (HALF + t, HALF):
        grown = proposal().subs({sym.acceptance: accepted, sym.A_hi: HALF - s})
        assert_identity(grown, sym.alpha * sym.delta, "the proposal is alpha delta")


@proved(
    "It follows delta_t = min(delta0 alpha^t, delta_max).",
    about="",
    of="published",
    remark="A_hi < 1/2, delta0 <= delta_max, alpha > 1",
)
def claim_schedule(model):
    step("Induction: if delta_t is at the bound, so is delta_{t+1}; if alpha delta_t is below it, it is taken.")
    top, low = sym.delta_max, sym.delta_min
    at_bound = clipped(top * (1 + growth)).subs(top, low + s)
    assert_identity(at_bound, low + s, "a proposal above delta_max gives delta_max")
    inside = clipped(low + s).subs(top, low + s + t)
    assert_identity(inside, low + s, "a proposal between the bounds is taken as it is")
    step("So the bound is reached in the first t with delta0 alpha^t >= delta_max: t >= ln(delta_max/delta0)/ln alpha.")


@supported(
    "Simulated, the radius reaches delta_max after ceil(ln(delta_max/delta0)/ln alpha) moves.",
    about="acceptance gain expected_improvement",
    of="published",
    remark="12 settings",
    constants="any",
)
def claim_hitting_time(model):
    from deltamu.simulation.simulate import simulate

    alphas, starts = [1.1, 1.3, 1.4, 2.0], [0.05, 0.2, 0.7]
    ds = simulate(policy=TRUST_REGION, model=model, moves=40, alpha=alphas, delta0=starts, keep=["delta_t"])
    reached = (ds.delta_t >= 1).argmax("move")
    wrong = sum(
        int(reached.sel(alpha=alpha, delta0=start)) != ceil(log(1 / start) / log(alpha))
        for alpha in alphas
        for start in starts
    )
    support("settings that differ", wrong, high=0, sample="4 values of alpha by 3 of delta0", why="whole numbers agree")


@refuted(
    "In the article's model the trust region adapts: its radius depends on how the moves go.",
    about="acceptance gain expected_improvement",
    of="published",
    remark="defaults",
    constants="any",
)
def claim_adapts(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=TRUST_REGION, model=model, moves=30, rho=[0.0, 1.0], a2=[0.0, 0.5], keep=["delta_t"])
    first = ds.delta_t.isel(rho=0, a2=1)
    refute(
        "the radius differs between a hopeless and a perfect model",
        bool((ds.delta_t != first).any()),
        settings=4,
        moves=30,
    )


@refuted(
    "Fed with the completed move's acceptance the trust region never contracts either.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="c = 1, defaults",
)
def claim_gated_contracts(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=TRUST_REGION, model=model, moves=150, overreach=1.0, keep=["delta_t", "acceptance"])
    falls = int((ds.delta_t.diff("move") < 0).sum())
    refute("the radius never falls", falls == 0, contractions=falls, least_acceptance=float(ds.acceptance.min()))
