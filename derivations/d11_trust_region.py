"""D11  The trust region: fed with the published acceptance it is a schedule, not a feedback.

Statement
    For A_hi < 1/2, alpha > 1 and a start within its bounds the published trust region expands in every move until it is
    at delta_max, after ceil(ln(delta_max/delta0)/ln alpha) moves, and never contracts.

Assumptions
    The policy as it stands; the published acceptance, which is at least 1/2 (D08).
"""

from itertools import product

import numpy as np
import xarray as xr
from sympy import Dummy, Interval, Rational, Symbol, exp, log

from deltamu import symbols as sym
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_identity,
    assert_nonnegative,
    close,
    generic,
    proved,
    refute,
    refuted,
)
from deltamu.model.policies import TRUST_REGION, one_move

HALF = Rational(1, 2)
s, t = Dummy("s", positive=True), Dummy("t", positive=True)
growth = Dummy("growth", positive=True)


def proposal():
    return TRUST_REGION.formulas[0].expr


def clipped(radius):
    return dict(TRUST_REGION.update)[sym.delta].doit().subs(sym.delta_proposed, radius)


def proposed(at):
    """The policy's next radius at each point, clipped, as the formulas stand."""
    joined = one_move(TRUST_REGION, at.model)
    return Values(joined.model, at.inputs)[joined.after[1].name]


def expands_up_to_the_bound(at):
    return close(proposed(at), np.minimum(at.alpha * at.delta, at.delta_max))


def follows_the_schedule(at):
    """Runs of 12 moves, as `simulate` makes them."""
    from deltamu.simulation.simulate import simulate

    controls = {name: xr.DataArray(value, dims="case") for name, value in at.inputs.items()
                if name not in ("mu", "delta")}  # fmt: skip
    ds = simulate(policy=TRUST_REGION, model=at.model, moves=12, keep=["delta_t"], **controls)
    radii = ds.delta_t.transpose("move", "case").to_numpy()
    expected = np.minimum(at.delta0 * at.alpha ** np.arange(12)[:, None], at.delta_max)
    return close(radii, expected)


STARTS, FACTORS = (0.05, 0.2, 0.7), (1.1, 1.3, 1.4, 2)  # of the runs that are followed until delta_max


def arrives_when_it_is_said_to(at):
    """Runs of 40 moves, as `simulate` makes them."""
    from deltamu.simulation.simulate import simulate

    runs = {"delta0": list(STARTS), "alpha": list(FACTORS)}
    radii = simulate(policy=TRUST_REGION, model=at.model, moves=40, keep=["delta_t"], **runs).delta_t
    there = radii >= sym.delta_max.default
    said = np.ceil(np.log(sym.delta_max.default / radii.delta0) / np.log(radii.alpha))
    return bool((there.any("move") & (there.argmax("move") == said)).all())


@argued(
    "The published trust region never contracts a radius within its bounds: it expands in every move, up to delta_max.",
    about="acceptance",
    of="published",
    where="alpha > 1, A_hi < 1/2, delta_min <= delta, delta <= delta_max",
    holds=expands_up_to_the_bound,
)
def claim_never_contracts(model):
    u = Symbol("u", positive=True)
    gain, tot = Dummy("g", positive=True), generic(sym.sigma_tot)
    A = model[sym.acceptance].expr.subs(sym.gain, gain).subs(sym.sigma_tot, tot).subs(exp(-gain / tot), u)
    assert_nonnegative(A - HALF, "A >= 1/2, as u = exp(-gain/sigma_tot) <= 1", {u: Interval.Lopen(0, 1)})
    assert_identity(model[sym.acceptance].expr.subs(sym.gain, 0), HALF, "also without a gain")
    argue("Put A_hi = 1/2 - s and A = 1/2 + t, and let t be 0 too.")
    for accepted in (HALF + t, HALF):
        grown = proposal().subs({sym.acceptance: accepted, sym.A_hi: HALF - s})
        assert_identity(grown, sym.alpha * sym.delta, "the proposal is alpha delta")
    argue(
        "A radius within the bounds is at least delta_min, and so is alpha times it: the clip cuts it off above only."
    )


@argued(
    "It follows delta_t = min(delta0 alpha^t, delta_max).",
    about="acceptance",
    of="published",
    where="A_hi < 1/2, delta_min <= delta0, delta0 <= delta_max",
    holds=follows_the_schedule,
)
def claim_schedule(model):
    argue("The acceptance is at least 1/2 > A_hi, so that alpha delta is proposed (never_contracts).")
    u, gain, tot = Symbol("u", positive=True), Dummy("g", positive=True), generic(sym.sigma_tot)
    A = model[sym.acceptance].expr.subs(sym.gain, gain).subs(sym.sigma_tot, tot).subs(exp(-gain / tot), u)
    assert_nonnegative(A - HALF, "A >= 1/2", {u: Interval.Lopen(0, 1)})
    argue("Induction: if delta_t is at the bound, so is delta_{t+1}; if alpha delta_t is below it, it is taken.")
    top, low = sym.delta_max, sym.delta_min
    at_bound = clipped(top * (1 + growth)).subs(top, low + s)
    assert_identity(at_bound, low + s, "a proposal above delta_max gives delta_max")
    inside = clipped(low + s).subs(top, low + s + t)
    assert_identity(inside, low + s, "a proposal between the bounds is taken as it is")
    argue(
        "So the bound is reached in the first t with delta0 alpha^t >= delta_max: t >= ln(delta_max/delta0)/ln alpha."
    )


@proved(
    "Simulated, the radius reaches delta_max after ceil(ln(delta_max/delta0)/ln alpha) moves.",
    about="acceptance gain",
    of="published",
    where="",
    remark="alpha = 1.1, 1.3, 1.4, 2 by delta0 = 0.05, 0.2, 0.7, defaults otherwise",
    constants="the article's",
    holds=arrives_when_it_is_said_to,
    rigorous=True,
)
def claim_hitting_time(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed, run

    for alpha, start in product(FACTORS, STARTS):
        radii = run(model, TRUST_REGION, 40, {sym.alpha: alpha, sym.delta0: start}).delta
        moves = next(t for t, radius in enumerate(radii) if radius >= sym.delta_max.default)
        steps = enclosed(log(sym.delta_max / sym.delta0) / log(sym.alpha), {sym.delta0: start, sym.alpha: alpha})
        assert_enclosed(moves - 1 < steps, f"after {moves - 1} moves from {start} by {alpha} it is below delta_max")
        assert_enclosed(steps <= moves, f"and after {moves} at it: ln(1/{start})/ln {alpha}")


@refuted(
    "In the article's model the trust region adapts: its radius depends on how the moves go.",
    about="acceptance gain expected_improvement",
    of="published",
    remark="defaults",
    constants="any",
)
def claim_adapts(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        ds = simulate(policy=TRUST_REGION, model=model, keep=["delta_t"], **settings)
        return {"moves_in_which_radii_differ": int((ds.delta_t != ds.delta_t.isel(rho=0, a2=1)).sum())}

    refute(
        "the radius differs between a hopeless and a perfect model", measure,
        lambda moves_in_which_radii_differ: moves_in_which_radii_differ > 0, moves=30, rho=[0.0, 1.0], a2=[0.0, 0.5],
    )  # fmt: skip


@refuted(
    "The published trust region never contracts, whatever radius it starts from.",
    about="acceptance gain",
    of="published",
)
def claim_contracts_to_its_bound(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        radii = simulate(policy=TRUST_REGION, model=model, keep=["delta_t"], **settings).delta_t
        return {"first": float(radii[0]), "second": float(radii[1])}

    refute("the radius does not fall", measure, lambda first, second: second >= first, delta0=1.5, moves=3)


@refuted(
    "It follows min(delta0 alpha^t, delta_max) from below delta_min too.",
    about="acceptance gain",
    of="published",
)
def claim_schedule_from_below(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        radii = simulate(policy=TRUST_REGION, model=model, keep=["delta_t"], **settings).delta_t
        return {"second": float(radii[1]), "scheduled": 0.05 * 1.3}

    refute(
        "the second radius is alpha delta0", measure, lambda second, scheduled: abs(second - scheduled) < 1e-9,
        delta0=0.05, delta_min=0.2, moves=3,
    )  # fmt: skip


@refuted(
    "Fed with the completed move's acceptance the trust region never contracts either.",
    about="acceptance acceptance_margin expected_improvement",
    of="gated",
    remark="c = 1, defaults",
)
def claim_gated_contracts(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        ds = simulate(policy=TRUST_REGION, model=model, keep=["delta_t", "acceptance"], **settings)
        contractions = int((ds.delta_t.diff("move") < 0).sum())
        return {"contractions": contractions, "least_acceptance": float(ds.acceptance.min())}

    refute("the radius never falls", measure, lambda contractions, least_acceptance: contractions == 0,
           moves=150, overreach=1.0)  # fmt: skip
