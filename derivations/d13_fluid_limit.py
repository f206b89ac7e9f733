"""D13  The fluid limit: without selection the defect mass follows Michaelis and Menten, in closed form.

Statement
    mu(t) = mu* + (b + mu*) W(y0 exp(y0 - v t)), with y0 = (mu0 - mu*)/(b + mu*), v = delta (P - B)/(b + mu*).

Assumptions
    z = 0, fixed radius, P > B; moves so small that d mu/dt = -E.
"""

from sympy import Dummy, LambertW, Symbol, exp, log, oo

from deltamu import symbols as sym
from deltamu.claims import assert_identity, assert_limit, assert_positive, generic, proved, step, support, supported

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


@proved(
    "The Lambert-W formula solves d mu/dt = -E.",
    about="expected_improvement mu_Delta",
    remark="z = 0, P > B > 0, mu0 > mu*",
)
def claim_solution(model):
    excess = Dummy("excess", positive=True)
    floor = (b * B / (P - B)).subs(P, B + excess)
    speed = delta * excess / (b + floor)
    step("W solves W e^W = X and so W' = W/(1 + W) X'/X; here X'/X = -v.")
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
    "It nears the floor exponentially and leaves a high start at the constant speed delta (P - B).",
    about="expected_improvement mu_Delta",
    remark="z = 0, P > B > 0",
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
    "With Wright's omega the formula holds for arguments whose exponential overflows.",
    about="",
    of="published",
)
def claim_wright(model):
    omega = w
    step("omega(x) solves omega + ln omega = x; put x = ln X.")
    assert_identity(exp(omega + log(omega)), omega * exp(omega), "so omega(ln X) = W(X)")


@supported(
    "For small radii the moves follow the fluid limit.",
    about="expected_improvement mu_Delta gain mu_next",
    of="published",
    remark="N = 0, K = 1, delta0 = 0.02",
    constants="any (the formula is exact as delta -> 0)",
)
def claim_moves_follow_it(model):
    import numpy as np
    from scipy.special import wrightomega

    from deltamu.model.policies import VIBE
    from deltamu.simulation.evaluate import evaluate
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=VIBE, model=model, moves=2000, **RUN)
    ends = evaluate("mu_Delta", model=model, mu=[0.0, 1e15], delta=1.0).mu_Delta.to_numpy()
    harm, net, half = -ends[0], ends[1], sym.b.default
    step("B and P - B are the ends of mu_Delta at delta = 1.", harm, net)
    floor = half * harm / net
    y = (RUN["mu0"] - floor) / (half + floor)
    moves = np.arange(1, 2001)
    fluid = floor + (half + floor) * wrightomega(y + np.log(y) - RUN["delta0"] * net * moves / (half + floor))
    support(
        "largest distance over mu0",
        np.abs(ds.mu_next - fluid).max() / 12,
        high=1e-3,
        sample="2000 moves",
        why="Euler's method errs by the order of delta; halving delta halves it",
    )


RUN = {"N": 0, "K": 1, "K_r": 0, "decay": 1.0, "delta0": 0.02, "mu0": 12.0}
