"""D13  The fluid limit: without selection the defect mass follows Michaelis and Menten, in closed form.

Statement
    mu(t) = mu* + (b + mu*) W(y0 exp(y0 - v t)), with y0 = (mu0 - mu*)/(b + mu*), v = delta (P - B)/(b + mu*).

Assumptions
    z = 0, fixed radius, P > B; moves so small that d mu/dt = -E.
"""

import numpy as np
from scipy.special import lambertw, wrightomega
from sympy import Dummy, LambertW, Rational, Symbol, exp, log, oo

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_identity,
    assert_limit,
    assert_positive,
    by_name,
    close,
    generic,
    proved,
    step,
)
from deltamu.model.policies import VIBE

b, delta = sym.b, sym.delta
P, B = Dummy("P", positive=True), Dummy("B", positive=True)
w, y0 = Dummy("W", positive=True), Dummy("y0", positive=True)
time = Symbol("t", nonnegative=True)


def rate(model):
    """E without selection, in P and B."""
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, 0)
    mu_D = model[sym.mu_Delta].expr
    harm = -mu_D.subs(sym.mu, 0) / delta
    return E.subs(sym.mu_Delta, mu_D + harm * delta - B * delta).subs(sym.rho_eff, P / sym.a1)


def net(at):
    """P - B at each point."""
    return at.a1 * at.rho_eff - at.a2 * (1 - at.kappa2 * at.H) * (1 + at.overreach * at.delta)


def floor(at):
    return at.b * (at.a1 * at.rho_eff / net(at) - 1)


def path_obeys_its_equation(at):
    """Central differences of the formula against -E, somewhere on the path, where the floor is not extreme."""
    low, speed = floor(at), at.delta * net(at) / (at.b + floor(at))
    start = 1e-3 + at.target * 5  # y0, any positive number

    def mass(y):
        return low + (at.b + low) * wrightomega(np.log(start) + y)

    y, step_ = start - at.decay, 1e-4
    slope = (mass(y + step_) - mass(y - step_)) / (2 * step_) * -speed
    E = at.moved(mu=mass(y)).expected_improvement
    extreme = net(at) < 1e-5 * at.a1
    return extreme | (np.abs(slope + E) <= 1e-5 * at.delta * at.a1)


# Small steps, which are followed for so many moves, and how near the path they stay, as a share of mu0.
RUN = {sym.N: 0, sym.K: 1, sym.K_r: 0, sym.decay: 1, sym.delta0: 0.02, sym.mu0: 12}
MOVES, NEAR = 2000, Rational(1, 1000)


def moves_stay_near_the_path(at):
    """The run as `simulate` makes it."""
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=VIBE, model=at.model, moves=MOVES, keep=["mu_next"], **by_name(RUN))
    own = at.at_the_defaults(RUN | {delta: RUN[sym.delta0]})
    low, start = floor(own), RUN[sym.mu0]
    y0_, speed = (start - low) / (own.b + low), own.delta * net(own) / (own.b + low)
    fluid = low + (own.b + low) * wrightomega(np.log(y0_) + y0_ - speed * np.arange(1, MOVES + 1))
    return bool((np.abs(ds.mu_next.to_numpy() - fluid) < float(NEAR) * start).all())


@argued(
    "The Lambert-W formula solves d mu/dt = -E.",
    about="expected_improvement mu_Delta",
    where="N = 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1, a1*rho_eff > a2*(1 - kappa2*H)*(1 + overreach*delta)",
    remark="mu0 > mu*",
    holds=path_obeys_its_equation,
)
def claim_solution(model):
    excess = Dummy("excess", positive=True)
    floor = (b * B / (P - B)).subs(P, B + excess)
    speed = delta * excess / (b + floor)
    argue("W solves W e^W = X and so W' = W/(1 + W) X'/X; here X'/X = -v.")
    X = Symbol("X", positive=True)
    assert_identity(LambertW(X).diff(X), LambertW(X) / (X * (1 + LambertW(X))), "the derivative of W")
    mu = floor + (b + floor) * w
    slope = (b + floor) * w / (1 + w) * (-speed)
    E = rate(model).subs(P, B + excess).subs(sym.mu, mu)
    assert_identity(slope, -E, "d mu/dt = -E, with W for the Lambert function")
    assert_positive((w * exp(w)).diff(w), "w e^w rises, so W is its one inverse, and W(y0 e^y0) = y0 at t = 0")
    start = (floor + (b + floor) * y0).subs(y0, (sym.mu0 - floor) / (b + floor))
    assert_identity(start, sym.mu0, "and mu(0) = mu0")


@proved(
    "Its speed rises linearly at the floor, and tends to delta (P - B) far above it.",
    about="expected_improvement mu_Delta",
    where="N = 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1, a1*rho_eff > a2*(1 - kappa2*H)*(1 + overreach*delta)",
    holds=lambda at: (
        close(at.moved(mu=1e14 * at.b).expected_improvement, at.delta * net(at), at.delta * at.a1)
        & close(at.moved(mu=floor(at)).expected_improvement, 0, at.delta * at.a1 * 1e3)
    ),
)
def claim_phases(model):
    excess = Dummy("excess", positive=True)
    mu = generic(sym.mu)
    E = generic(rate(model).subs(P, B + excess))
    assert_limit(E, mu, oo, delta * excess, "far from the floor a move removes delta (P - B)")
    floor = b * B / excess
    assert_identity(E.subs(mu, floor), 0, "at the floor nothing")
    assert_positive(E.diff(mu).subs(mu, floor), "and near it a share of what is left: exponential approach")
    assert_positive(-E.diff(mu, 2), "diminishing returns: E is concave in mu")


@proved(
    "Wright's omega of ln X is the Lambert function of X.",
    of="published",
    holds=lambda at: close(wrightomega(np.log(at.a1 + 1)), lambertw(at.a1 + 1).real),
)
def claim_wright(model):
    omega = w
    step("omega(x) solves omega + ln omega = x; put x = ln X.")
    assert_identity(exp(omega + log(omega)), omega * exp(omega), "so omega(ln X) = W(X)")


@proved(
    "For small radii the moves follow the fluid limit: within a thousandth of mu0 at a radius of 0.02.",
    about="expected_improvement mu_Delta gain mu_next",
    of="published",
    where="",
    remark="N = 0, K = 1, delta0 = 0.02, mu0 = 12, 2000 moves",
    constants="the article's",
    holds=moves_stay_near_the_path,
    rigorous=True,
)
def claim_moves_follow_it(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed, exact, run

    found = run(model, VIBE, MOVES, RUN)
    harm = -enclosed(sym.mu_Delta, {sym.mu: 0, sym.delta: RUN[sym.delta0]}, model, bits=128) / exact(RUN[sym.delta0])
    most = enclosed(sym.a1 * sym.rho_eff, None, model, bits=128)
    half, start = exact(sym.b.default), exact(RUN[sym.mu0])
    step("B and P at the defaults:", harm.str(8, radius=False), most.str(8, radius=False))
    level = half * harm / (most - harm)
    y = (start - level) / (half + level)
    pace = exact(RUN[sym.delta0]) * (most - harm) / (half + level)
    for move in range(1, MOVES + 1):
        fluid = level + (half + level) * (y * (y - pace * move).exp()).lambertw()
        if not abs(found.mu[move] - fluid) < start * exact(NEAR):
            assert_enclosed(False, f"move {move} lies within mu0/1000 of the fluid limit")
    assert_enclosed(True, f"each of {MOVES} moves lies within mu0/1000 of the fluid limit")
