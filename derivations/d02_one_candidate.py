"""D02  One candidate's improvement: what the article postulates, pinned down by its properties.

Statement
    mu_Delta is a benefit less a harm.  The benefit saturates in the defect mass as Michaelis and Menten's rate does
    (half of its limit at mu = b), the harm does not depend on it.  sigma_Delta's square saturates in the same way.
    No other functions have the properties below, so nothing has to be believed but the properties.

Assumptions (the article's, none derived)
    Both are proportional to the edit radius; the benefit is proportional to a1 and the targeting, the harm to a2; the
    human prior removes at most the share kappa2 of the harm and kappa1 of the spread, in proportion to H.  Overreach
    c adds harm of second order in the radius.
"""

from sympy import Dummy, Integer, oo

from deltamu import symbols as sym
from deltamu.claims import (
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    step,
)

s = Dummy("s", positive=True)
mu = generic(sym.mu)


def harm_of(model):
    """What an edit costs where there is nothing left to gain."""
    return -model[sym.mu_Delta].expr.subs(sym.mu, 0)


def benefit_of(model):
    return model[sym.mu_Delta].expr + harm_of(model)


def harm_at(at):
    return -at.moved(mu=0.0).mu_Delta


def benefit_at(at):
    return at.mu_Delta + harm_at(at)


def benefit_is_as_said(at):
    scale = harm_at(at) + at.a1 * at.delta
    whole = benefit_at(at.moved(mu=1e20 * at.b))
    return (
        close(benefit_at(at.moved(a1=2 * at.a1)), 2 * benefit_at(at), scale)
        & close(benefit_at(at.moved(delta=2 * at.delta, overreach=0.0)), 2 * benefit_at(at), 4 * scale)
        & close(benefit_at(at.moved(rho=1.0)) * at.rho_eff, benefit_at(at), scale)
        & close(2 * benefit_at(at.moved(mu=at.b)), whole, scale)
    )


def harm_is_as_said(at):
    plain, scale = at.moved(overreach=0.0), at.a2 * at.delta
    return (
        close(harm_at(at.moved(a2=2 * at.a2)), 2 * harm_at(at))
        & close(harm_at(plain.moved(delta=2 * at.delta)), 2 * harm_at(plain))
        & close(harm_at(plain.moved(H=1.0)), (1 - at.kappa2) * harm_at(plain.moved(H=0.0)), scale)
    )


def spread_is_as_said(at):
    full = at.moved(mu=1e20 * at.b).sigma_Delta
    return (
        close(at.moved(s0=2 * at.s0, delta=3 * at.delta).sigma_Delta, 6 * at.sigma_Delta)
        & close(2 * at.moved(mu=at.b).sigma_Delta ** 2, full**2)
        & close(at.moved(H=1.0).sigma_Delta, (1 - at.kappa1) * at.moved(H=0.0).sigma_Delta, at.s0 * at.delta)
        & (at.moved(mu=0.0).sigma_Delta == 0)
    )


def assert_proportional(quantity, symbol):
    assert_identity(
        quantity.subs(symbol, s * symbol), s * quantity, f"it is proportional to {symbol}: scaled by s, it scales by s"
    )


def assert_half_saturates(quantity, limit):
    """1/quantity is a straight line in 1/mu, its limit for large mu is `limit`, and it has half of it at mu = b."""
    inverse = (1 / quantity).subs(mu, 1 / s).diff(s, 2)
    assert_identity(inverse, 0, "its inverse is a straight line in 1/mu (Lineweaver and Burk)")
    assert_limit(quantity, mu, oo, limit, "it has a limit for large defect masses")
    assert_identity(quantity.subs(mu, sym.b), limit / 2, "and half of the limit at mu = b")


@proved(
    "The benefit is proportional to a1, targeting and radius, and saturates at half strength at mu = b.",
    about="mu_Delta",
    holds=benefit_is_as_said,
)
def claim_benefit(model):
    benefit = benefit_of(model)
    step("The benefit is mu_Delta less its value at mu = 0.", benefit)
    for symbol in (sym.a1, sym.rho_eff, sym.delta):
        assert_proportional(benefit, symbol)
    unit = generic(benefit.subs({sym.a1: 1, sym.rho_eff: 1, sym.delta: 1}))
    step("With a1 = rho_eff = delta = 1:", unit)
    assert_half_saturates(unit, Integer(1))


@proved(
    "The harm is proportional to a2 and, without overreach, to the radius; full priors remove the share kappa2.",
    about="mu_Delta",
    holds=harm_is_as_said,
)
def claim_harm(model):
    harm = harm_of(model)
    assert_proportional(harm, sym.a2)
    assert_proportional(harm.subs(sym.overreach, 0), sym.delta)
    assert_identity(harm.diff(sym.a1), 0, "it does not depend on a1")
    assert_identity(harm.diff(sym.rho_eff), 0, "nor on the targeting")
    unit = harm.subs({sym.a2: 1, sym.delta: 1, sym.overreach: 0})
    assert_identity(unit.diff(sym.H, 2), 0, "it is linear in H")
    assert_identity(unit.subs(sym.H, 0), 1, "without a prior it is a2 delta")
    assert_identity(unit.subs(sym.H, 1), 1 - sym.kappa2, "a full prior removes the share kappa2")


@proved(
    "Overreach c adds harm of second order in the radius: at c delta = 1 the harm has doubled.",
    about="mu_Delta",
    holds=lambda at: close(harm_at(at.moved(overreach=1 / at.delta)), 2 * harm_at(at.moved(overreach=0.0))),
)
def claim_overreach(model):
    harm = harm_of(model)
    plain = harm.subs(sym.overreach, 0)
    assert_identity(harm.diff(sym.overreach, 2), 0, "the harm is linear in c")
    assert_identity(harm.subs(sym.overreach, 1 / sym.delta), 2 * plain, "at c = 1/delta it has doubled")
    assert_identity(benefit_of(model).diff(sym.overreach), 0, "the benefit does not depend on c")


@proved(
    "An edit of an almost clean codebase does harm; mu_Delta rises with mu and falls with c.",
    about="mu_Delta",
    where="a1 > 0, a2 > 0, rho_eff > 0, H < 1",
    holds=lambda at: (
        (harm_at(at) > 0)
        & at_most(at.mu_Delta, at.moved(mu=2 * at.mu + 0.1).mu_Delta)
        & at_most(at.moved(overreach=2 * at.overreach + 0.1).mu_Delta, at.mu_Delta)
    ),
)
def claim_signs(model):
    from sympy import Interval

    improvement = model[sym.mu_Delta].expr
    inside = {sym.H: Interval.Ropen(0, 1)}
    assert_positive(-generic(improvement.subs(sym.mu, 0)), "at mu = 0 an edit does harm", inside)
    assert_positive(generic(improvement).diff(mu), "mu_Delta rises with mu", inside)
    assert_positive(-generic(improvement.diff(sym.overreach)), "and falls with c", inside)


@proved(
    "sigma_Delta is proportional to s0 and the radius, its square is half saturated at mu = b; a full prior "
    "removes the share kappa1.",
    about="sigma_Delta",
    holds=spread_is_as_said,
)
def claim_spread(model):
    spread = model[sym.sigma_Delta].expr
    for symbol in (sym.s0, sym.delta):
        assert_proportional(spread, symbol)
    assert_identity(spread.diff(sym.H, 2), 0, "it is linear in H")
    bare = generic(spread.subs({sym.s0: 1, sym.delta: 1}))
    assert_identity(
        bare.subs(generic(sym.H), 1),
        (1 - generic(sym.kappa1)) * bare.subs(generic(sym.H), 0),
        "a full prior removes the share kappa1",
    )
    step("Without a prior, with s0 = delta = 1, the variance saturates.", bare.subs(generic(sym.H), 0) ** 2)
    assert_half_saturates(bare.subs(generic(sym.H), 0) ** 2, Integer(1))
    assert_nonnegative(spread, "a standard deviation is not negative")
    assert_identity(spread.subs(sym.mu, 0), 0, "nothing to find, nothing to vary: it is 0 at mu = 0")


@proved(
    "Without overreach mu_Delta and sigma_Delta are homogeneous of degree 1 in the radius.",
    about="mu_Delta sigma_Delta",
    where="overreach = 0",
    holds=lambda at: (
        close(at.moved(delta=2 * at.delta).mu_Delta, 2 * at.mu_Delta, scale=at.delta * (at.a1 + at.a2))
        & close(at.moved(delta=2 * at.delta).sigma_Delta, 2 * at.sigma_Delta)
    ),
)
def claim_homogeneous(model):
    assert_proportional(model[sym.mu_Delta].expr.subs(sym.overreach, 0), sym.delta)
    assert_proportional(model[sym.sigma_Delta].expr, sym.delta)
