"""D14  The acceptance band: when a fed-back radius comes to rest, when it cycles, and what 0/1 feedback balances.

Statement
    At fixed mu, with an acceptance that falls in the radius, the band is an interval of width w in ln delta.  If
    w >= min(ln alpha, -ln beta) the radius comes to rest.  A narrower band, away from the bounds, can cycle for ever
    only if ln alpha/(-ln beta) = p/q is rational and w < (ln alpha - ln beta)/(p + q).  With the feedback of each
    single accept or reject and no band the acceptance rate balances at -ln beta/(ln alpha - ln beta).  While mu falls
    slowly the radius stays near the greatest one whose acceptance is in the band.

Assumptions
    The policy as it stands, away from its bounds; alpha > 1 > beta.
"""

from math import gcd

import numpy as np
from sympy import Add, Dummy, Mul, Pow, Rational, log, preorder_traversal, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    assert_exact,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
)
from deltamu.model.policies import TRUST_REGION
from deltamu.model.special import normal_cdf, normal_max_mean, normal_max_variance

up, down = Dummy("ln alpha", positive=True), Dummy("-ln beta", positive=True)
s, t = Dummy("s", positive=True), Dummy("t", nonnegative=True)
LARGEST = 12


@proved(
    "The policy expands above the band, contracts below it and holds inside, ends included.",
    about="",
    of="published",
)
def claim_rule(model):
    proposal = TRUST_REGION.formulas[0].expr
    high, low = sym.A_lo + t, sym.A_lo
    band = {sym.A_hi: high}
    assert_identity(proposal.subs(band).subs(sym.acceptance, high + s), sym.alpha * sym.delta, "above: expand")
    below = {sym.A_hi: sym.acceptance + s + t, sym.A_lo: sym.acceptance + s}
    assert_identity(proposal.subs(below), sym.beta * sym.delta, "below: contract")
    for share in (0, Rational(1, 3), 1):
        inside = {sym.acceptance: low + share * s, sym.A_hi: low + s}
        assert_identity(proposal.subs(inside), sym.delta, "inside: hold")


@proved(
    "A band at least as wide as the shorter step always brings the radius to rest.",
    about="",
    of="published",
    remark="w >= min(ln alpha, -ln beta)",
)
def claim_wide_band(model):
    step(
        "Let the band be [0, w] in ln delta. A step up from -s, s > 0, lands at up - s; if up <= w it lands at most "
        "at w, so it never jumps over the band."
    )
    assert_positive((up + t) - (up - s), "w = up + t: landing below the upper end")
    step(
        "After finitely many steps it is inside or above; above it falls by steps until it is inside or below, and "
        "then it climbs without jumping. The case -ln beta <= w is the mirror image."
    )
    assert_positive((down + t + s - down) - 0, "w = down + t: a step down from w + s lands above the lower end")


@proved(
    "For ln alpha/(-ln beta) = p/q a narrower band holds every start iff its width is at least "
    "(ln alpha - ln beta)/(p + q).",
    about="",
    of="published",
    remark=f"p, q <= {LARGEST} in lowest terms",
)
def claim_narrow_band(model):
    step("Every radius of a run lies on a lattice of spacing g = ln alpha/p = -ln beta/q = (ln alpha - ln beta)/(p+q).")
    p, q, g = (Dummy(name, positive=True) for name in "pqg")
    assert_identity((p * g + q * g) / (p + q), g, "the spacing")
    step("A closed band of width w >= g holds a lattice point for every start; one with w < g misses some lattices.")
    for rise in range(1, LARGEST + 1):
        for fall in range(1, LARGEST + 1):
            if gcd(rise, fall) == 1:
                stuck = _lattice_run(rise, fall, held={0})
                missed = _lattice_run(rise, fall, held=set())
                if stuck or not missed:
                    assert_exact(False, f"p = {rise}, q = {fall}")
    assert_exact(True, "by exhaustion: with a lattice point in the band every start is held, with none, none is")


def _lattice_run(rise, fall, held):
    """Whether some start is never held: positions < 0 step up, > 0 (or >= 0 if none is held) step down."""
    for start in range(-fall - rise, rise + fall + 1):
        at, seen = start, set()
        while at not in held and at not in seen:
            seen.add(at)
            at = at + rise if at < 0 else at - fall
        if at not in held:
            return True
    return False


@proved(
    "The default factors 1.3 and 0.7 are incommensurable, so away from the bounds no band of theirs lets a radius "
    "cycle.",
    about="",
    of="published",
    remark="alpha = 1.3, beta = 0.7",
)
def claim_default_factors(model):
    step("1.3^q = 0.7^-p would give 13^q 7^p = 10^(p+q); the left side is odd, the right side even.")
    for q, p in ((1, 1), (2, 3)):
        assert_exact((13**q * 7**p) % 2 == 1, "a product of odd numbers is odd")
    assert_exact(13 % 2 == 1 and 7 % 2 == 1 and 10 % 2 == 0, "13 and 7 are odd, 10 is even: no such p, q >= 1")
    step(
        "A walk that rises by a and falls by c is a rotation by a of a circle of length a + c; an irrational one "
        "comes into every interval (Kronecker)."
    )
    a, c, x = (Dummy(name, positive=True) for name in "acx")
    assert_identity((x + a) - (x - c), a + c, "its two branches differ by the circle's length")


@proved(
    "At fixed mu, A(delta_min) > A_hi and A(delta_max) < A_lo suffice for a radius between at which it holds.",
    about="acceptance acceptance_margin visible_spread variance_reduction score_accuracy sigma_Delta mu_Delta "
    "expected_improvement",
    of="gated",
    remark="r, mu, N > 0",
)
def claim_interior_rest_radius(model):
    A = generic(model[sym.acceptance].expr)
    for formula in reversed(model.program([sym.acceptance])):
        A = A.subs({formula.symbol: generic(formula.expr), generic(formula.symbol): generic(formula.expr)})
    step("As a function of the radius the acceptance is composed of powers, roots and Phi, all continuous.")
    selection = A.atoms(normal_max_mean, normal_max_variance)
    assert_exact(all(sym.delta not in one.free_symbols for one in selection), "i and v do not depend on the radius")
    functions = {node.func for node in preorder_traversal(A) if node.has(sym.delta) and node.args}
    assert_exact(functions <= {Add, Mul, Pow, normal_cdf}, "nothing else in it depends on the radius")
    step("So it takes every value between A_hi and A_lo, and there the policy holds:")
    inside = {sym.acceptance: sym.A_lo + s / 2, sym.A_hi: sym.A_lo + s}
    assert_identity(TRUST_REGION.formulas[0].expr.subs(inside), sym.delta, "inside the band")


@refuted(
    "A trust region always comes to rest at fixed mu.",
    about="",
    of="published",
    remark="alpha = 2, beta = 1/2, a narrow band",
    constants="any",
)
def claim_cycle(model):
    seen = [1.0]
    rule = TRUST_REGION.formulas[0].expr
    for _ in range(20):
        accepted = 1 / (1 + seen[-1] / 1.4)  # an acceptance that falls in the radius
        at = {sym.acceptance: accepted, sym.A_lo: 0.49, sym.A_hi: 0.51, sym.alpha: 2, sym.beta: 0.5}
        seen.append(float(rule.subs(at).subs(sym.delta, seen[-1])))
    refute("the radius comes to rest", seen[-1] == seen[-2], alpha=2, beta=0.5, last_radii=seen[-4:])


@refuted(
    "Only commensurable factors can make the radius cycle, at the bounds too.",
    about="",
    of="published",
    remark="defaults, a band of radii 0.951 to 0.956 below delta_max = 1",
    constants="any",
)
def claim_cycle_at_a_bound(model):
    step("A step that is clipped forgets its phase: from delta_max the same radii come again.")
    defaults = {symbol: symbol.default for symbol in (sym.alpha, sym.beta, sym.delta_min, sym.delta_max)}
    falling = 1 / (1 + sym.delta)  # an acceptance that falls in the radius
    band = {sym.A_lo: falling.subs(sym.delta, 0.956), sym.A_hi: falling.subs(sym.delta, 0.951)}
    proposal, clipped = TRUST_REGION.formulas[0].expr, dict(TRUST_REGION.update)[sym.delta].doit()
    seen = [1.0]
    for _ in range(9):
        proposed = proposal.subs(sym.acceptance, falling).subs(band).subs(defaults).subs(sym.delta, seen[-1])
        seen.append(float(clipped.subs(sym.delta_proposed, proposed).subs(defaults)))
    refute("the radius comes to rest", seen[-1] == seen[-2], alpha=1.3, beta=0.7, last_radii=seen[-4:])


@proved(
    "While the mass falls slowly the radius stays between beta times the radius where A = A_lo and that radius.",
    about="",
    of="published",
    remark="the mass never rises; delta_s is the greatest radius with A >= A_lo, and the band reaches down to "
    "delta_s/alpha and A >= A_lo down to beta delta_s; a move lowers delta_s by the factor beta at most",
)
def claim_slow_manifold(model):
    step("Let y = ln delta_t, h = ln delta_s(mu_t), before and after it h + fallen and h - falls, both falls <= down.")
    step("Suppose h - down <= y <= h + fallen; the next radius y' has to lie between h - falls - down and h.")
    falls, slack, height = (Dummy(name, nonnegative=True) for name in ("falls", "slack", "height"))
    step("Above h, by s <= fallen <= down: contract, y' = h + s - down.")
    assert_nonnegative(-(s - down).subs(s, down - slack), "y' <= h")
    assert_positive((s - down) - (-falls - down), "y' > h - falls - down")
    step("In the band, and not above h: hold, y' = y.")
    assert_nonnegative((-down) - (-falls - down), "y' >= h - down >= h - falls - down")
    step("Below the band, which ends at h - up or below: expand, y' = y + up.")
    assert_nonnegative(-((-up - height) + up), "y <= h - up - height, so y' <= h")
    assert_positive((-down + up) - (-falls - down), "y' >= h - down + up > h - falls - down")
    step("The bounds of the radius hold delta_s as well, so cutting y' off at them leaves it between the two.")


@proved(
    "Fed with single accepts and rejects, without a hold band, the radius balances at the acceptance rate "
    "-ln beta/(ln alpha - ln beta): 0.576 for 1.3 and 0.7.",
    about="",
    of="published",
)
def claim_balance(model):
    rate = Dummy("p", positive=True)
    drift = rate * up - (1 - rate) * down
    balanced = down / (up + down)
    assert_identity(drift.subs(rate, balanced), 0, "the mean step of ln delta is 0 there")
    assert_positive(drift.diff(rate), "above it the radius grows, below it shrinks")
    at_defaults = balanced.subs({up: log(Rational(13, 10)), down: -log(Rational(7, 10))})
    assert_exact(abs(at_defaults.evalf(20) - Rational(576, 1000)) < Rational(1, 2000), "0.576 at the defaults")
    fifth = simplify(balanced.subs(down, up / 4))
    assert_identity(fifth, Rational(1, 5), "the 1/5 rule: beta = alpha^(-1/4)")
    assert_identity(simplify(balanced.subs(up, down / 4)), Rational(4, 5), "alpha = beta^(-1/4) balances at 4/5")


@refuted(
    "alpha = beta^(-1/4) is the 1/5 rule.",
    about="",
    of="published",
    constants="any",
)
def claim_fifth_rule(model):
    alpha, beta = 0.5**-0.25, 0.5
    rate = -np.log(beta) / (np.log(alpha) - np.log(beta))
    refute("it balances at 1/5", abs(rate - 0.2) < 0.01, alpha=float(alpha), beta=beta, rate=float(rate))


@supported(
    "With a hold band the radius balances where P(expand) ln alpha = P(contract) (-ln beta).",
    about="",
    of="published",
    remark="an acceptance of 0 or 1 averaged over 5 moves",
    constants="any",
)
def claim_balance_with_band(model):
    generator = np.random.default_rng(3)
    log_radius, moved = np.zeros(400), np.zeros(2)
    alpha, beta, low, high = 1.3, 0.7, 0.3, 0.7
    for move in range(3000):
        accepted = generator.binomial(5, 1 / (1 + np.exp(log_radius)), 400) / 5
        expand, contract = accepted > high, accepted < low
        log_radius += expand * np.log(alpha) + contract * np.log(beta)
        if move >= 200:
            moved += expand.sum() * np.log(alpha), -contract.sum() * np.log(beta)
    support(
        "relative imbalance of ups and downs",
        abs(moved[0] / moved[1] - 1),
        high=1e-2,
        sample="400 runs of 2800 moves",
        why="ln delta is bounded, so the means differ by its range over the time",
    )
