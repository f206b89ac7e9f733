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
    Values,
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    close,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
)
from deltamu.model.formula import Model
from deltamu.model.policies import TRUST_REGION
from deltamu.model.special import normal_cdf, normal_max_mean, normal_max_variance

up, down = Dummy("ln alpha", positive=True), Dummy("-ln beta", positive=True)
s, t = Dummy("s", positive=True), Dummy("t", nonnegative=True)
LARGEST = 12


def proposed(delta, acceptance, at, low=None, high=None):
    """The radius that the policy proposes, as its formula stands."""
    given = {"delta": delta, "acceptance": acceptance, "A_lo": at.A_lo if low is None else low}
    given |= {"A_hi": at.A_hi if high is None else high, "alpha": at.alpha, "beta": at.beta}
    return Values(Model("rule", TRUST_REGION.formulas), given).delta_proposed


def rule_is_as_said(at):
    width = at.A_hi - at.A_lo
    held = [proposed(at.delta, at.A_lo + share * width, at) for share in (0, 0.3)]
    held.append(proposed(at.delta, at.A_hi, at))
    above, below = (proposed(at.delta, edge, at) for edge in (at.A_hi + 1e-9, at.A_lo - 1e-9))
    return (
        np.all([radius == at.delta for radius in held], axis=0)
        & close(above, at.alpha * at.delta)
        & close(below, at.beta * at.delta)
    )


def rest_of_walk(log_radius, width, at, moves):
    """The last two radii of a walk with an acceptance 1/(1 + delta), whose band is [0, width] in ln delta."""
    last = log_radius
    for _ in range(moves):
        last = log_radius
        delta = np.exp(log_radius)
        A = np.where(log_radius < 0, 0.9, np.where(log_radius > width, 0.1, 0.5))
        log_radius = np.log(proposed(delta, A, at, 0.3, 0.7))
    return last, log_radius


def wide_bands_hold(at):
    """From within 8 of the shorter steps, in 400 moves, with factors that are not close to 1 or extreme."""
    at = at.moved(alpha=np.clip(at.alpha, 1.05, 4), beta=np.clip(at.beta, 0.2, 0.95))
    up_, down_ = np.log(at.alpha), -np.log(at.beta)
    width = np.minimum(up_, down_) * (1 + 1e-9)
    start = (2 * at.target - 1) * 8 * np.minimum(up_, down_)
    last, radius = rest_of_walk(start, width, at, 400)
    return last == radius


def narrow_bands_hold_iff_a_lattice_point_is_in_them(at):
    """Factors e^(p g) and e^(-q g): a band a little wider than g holds, one a little narrower misses a start."""
    p, q = np.ceil(at.r * (LARGEST - 1) + 0.5), np.ceil(at.gamma * (LARGEST - 1) + 0.5)
    g = 0.05 / np.gcd(p.astype(int), q.astype(int))
    common = np.gcd(p.astype(int), q.astype(int))
    p, q = p / common, q / common
    factors = at.moved(alpha=np.exp(p * 0.05), beta=np.exp(-q * 0.05))
    start = (2 * at.target - 1) * 20 * 0.05
    last, radius = rest_of_walk(start, 0.05 * (1 + 1e-6) + 0 * g, factors, 300)
    held = np.abs(last - radius) < 1e-12
    missing, moved = rest_of_walk(-0.025 + 0 * g, 0.02, factors, 300)
    return held & (missing != moved)


def the_default_factors_come_to_rest(at):
    """In a band of 0.03 and more in ln delta, which a walk that does not repeat itself meets in 400 moves."""
    default = at.moved(alpha=sym.alpha.default, beta=sym.beta.default)
    last, radius = rest_of_walk(6 * at.target - 3, 0.03 + (at.A_hi - at.A_lo) / 3, default, 400)
    return last == radius


def some_radius_between_is_held(at):
    """Bisection for the middle of the band, where the acceptance is above it at one end and below at the other."""
    low, high = at.delta_min, at.delta_max
    applies = (at.moved(delta=low).acceptance > at.A_hi) & (at.moved(delta=high).acceptance < at.A_lo)
    middle_of_band = (at.A_lo + at.A_hi) / 2
    for _ in range(60):
        middle = np.sqrt(low * high)
        above = at.moved(delta=middle).acceptance > middle_of_band
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    found = at.moved(delta=low).acceptance
    return ~applies | (np.abs(found - middle_of_band) < 1e-6) | ((found >= at.A_lo) & (found <= at.A_hi))


def radius_stays_near_the_manifold(at):
    """60 moves of the rule, while ln delta_s falls by random steps of at most -ln beta."""
    generator = np.random.default_rng(14)
    up_, down_ = np.log(at.alpha), -np.log(at.beta)
    height = np.zeros_like(up_)
    radius, good = -down_ * at.target, True
    for _ in range(60):
        lowest = height - down_
        A = np.where(radius > height, 0.1, np.where(radius >= height - np.maximum(up_, down_), 0.5, 0.9))
        radius = np.log(proposed(np.exp(radius), A, at, 0.3, 0.7))
        falls = down_ * generator.random(len(up_)) * (generator.random() < 0.5)
        good = good & (radius >= lowest - falls - 1e-9) & (radius <= height + 1e-9)
        height = height - falls
    return good


def drift_vanishes_at_the_balance(at):
    """Accepted moves propose alpha delta and rejected ones beta delta: the mean step of ln delta at the balance."""
    up_ = np.log(proposed(at.delta, 1.0, at, 0.5, 0.5) / at.delta)
    down_ = np.log(proposed(at.delta, 0.0, at, 0.5, 0.5) / at.delta)
    rate = np.log(at.beta) / (np.log(at.beta) - np.log(at.alpha))
    return close(rate * up_ + (1 - rate) * down_, 0, np.abs(up_) + np.abs(down_) + 1e-6)


@proved(
    "The policy expands above the band, contracts below it and holds inside, ends included.",
    about="",
    of="published",
    where="delta_min <= delta, delta <= delta_max, alpha > 1, beta < 1",
    remark="a radius that the clip does not reach",
    holds=rule_is_as_said,
)
def claim_rule(model):
    proposal = TRUST_REGION.formulas[0].expr
    high, low = sym.A_lo + t, sym.A_lo
    band = {sym.A_hi: high}
    assert_identity(proposal.subs(band).subs(sym.acceptance, high + s), sym.alpha * sym.delta, "above: expand")
    below = {sym.A_hi: sym.acceptance + s + t, sym.A_lo: sym.acceptance + s}
    assert_identity(proposal.subs(below), sym.beta * sym.delta, "below: contract")
    further = Dummy("u", positive=True)
    for above, over in ((0, s), (s, further), (s, 0)):
        inside = {sym.acceptance: low + above, sym.A_hi: low + above + over}
        assert_identity(proposal.subs(inside), sym.delta, "at the lower end, inside, at the upper end: hold")


@argued(
    "A band at least as wide as the shorter step always brings the radius to rest.",
    about="",
    of="published",
    where="alpha > 1, beta < 1",
    remark="w >= min(ln alpha, -ln beta), the width in ln delta of the band of an acceptance that falls in the radius",
    holds=wide_bands_hold,
)
def claim_wide_band(model):
    argue(
        "Let the band be [0, w] in ln delta. A step up from -s, s > 0, lands at up - s; if up <= w it lands at most "
        "at w, so it never jumps over the band."
    )
    assert_positive((up + t) - (up - s), "w = up + t: landing below the upper end")
    argue(
        "After finitely many steps it is inside or above; above it falls by steps until it is inside or below, and "
        "then it climbs without jumping. The case -ln beta <= w is the mirror image."
    )
    assert_positive((down + t + s - down) - 0, "w = down + t: a step down from w + s lands above the lower end")


@argued(
    "For ln alpha/(-ln beta) = p/q a narrower band holds every start iff its width is at least "
    "(ln alpha - ln beta)/(p + q).",
    about="",
    of="published",
    remark=f"p, q <= {LARGEST} in lowest terms; an acceptance that falls in the radius; away from the bounds",
    holds=narrow_bands_hold_iff_a_lattice_point_is_in_them,
)
def claim_narrow_band(model):
    argue(
        "Every radius of a run lies on a lattice of spacing g = ln alpha/p = -ln beta/q = (ln alpha - ln beta)/(p+q)."
    )
    p, q, g = (Dummy(name, positive=True) for name in "pqg")
    assert_identity((p * g + q * g) / (p + q), g, "the spacing")
    argue("A closed band of width w >= g holds a lattice point for every start; one with w < g misses some lattices.")
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


@argued(
    "The default factors 1.3 and 0.7 are incommensurable, so away from the bounds no band of theirs lets a radius "
    "cycle.",
    about="",
    of="published",
    where="A_lo < A_hi",
    remark="alpha = 1.3, beta = 0.7; an acceptance that falls in the radius; away from the bounds",
    holds=the_default_factors_come_to_rest,
)
def claim_default_factors(model):
    for symbol, factor in ((sym.alpha, Rational(13, 10)), (sym.beta, Rational(7, 10))):
        assert_exact(Rational(str(symbol.default)) == factor, f"the default {symbol.name} is {factor}")
    argue("1.3^q = 0.7^-p would give 13^q 7^p = 10^(p+q); the left side is odd, the right side even.")
    assert_exact(13 % 2 == 1 and 7 % 2 == 1 and 10 % 2 == 0, "13 and 7 are odd, 10 is even: no such p, q >= 1")
    argue(
        "A walk that rises by a and falls by c is a rotation by a of a circle of length a + c; an irrational one "
        "comes into every interval (Kronecker)."
    )
    a, c, x = (Dummy(name, positive=True) for name in "acx")
    assert_identity((x + a) - (x - c), a + c, "its two branches differ by the circle's length")


@argued(
    "At fixed mu, A(delta_min) > A_hi and A(delta_max) < A_lo suffice for a radius between at which it holds.",
    about="acceptance acceptance_margin visible_spread variance_reduction score_accuracy sigma_Delta mu_Delta "
    "expected_improvement",
    of="gated",
    where="r > 0, mu > 0, N > 0, sigma_Delta > 0, delta_min < delta_max",
    holds=some_radius_between_is_held,
)
def claim_interior_rest_radius(model):
    A = generic(model[sym.acceptance].expr)
    for formula in reversed(model.program([sym.acceptance])):
        A = A.subs({formula.symbol: generic(formula.expr), generic(formula.symbol): generic(formula.expr)})
    argue("As a function of the radius the acceptance is composed of powers, roots and Phi, all continuous.")
    selection = A.atoms(normal_max_mean, normal_max_variance)
    assert_exact(all(sym.delta not in one.free_symbols for one in selection), "i and v do not depend on the radius")
    functions = {node.func for node in preorder_traversal(A) if node.has(sym.delta) and node.args}
    assert_exact(functions <= {Add, Mul, Pow, normal_cdf}, "nothing else in it depends on the radius")
    argue("So it takes every value between A_hi and A_lo, and there the policy holds:")
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
    rule = TRUST_REGION.formulas[0].expr

    def measure(**settings):
        seen = [1.0]
        given = {symbol: settings[symbol.name] for symbol in (sym.A_lo, sym.A_hi, sym.alpha, sym.beta)}
        for _ in range(20):
            accepted = 1 / (1 + seen[-1] / 1.4)  # an acceptance that falls in the radius
            seen.append(float(rule.subs(given | {sym.acceptance: accepted}).subs(sym.delta, seen[-1])))
        return {"last_radii": seen[-4:]}

    refute("the radius comes to rest", measure, lambda last_radii: last_radii[-1] == last_radii[-2],
           alpha=2, beta=0.5, A_lo=0.49, A_hi=0.51)  # fmt: skip


@refuted(
    "Only commensurable factors can make the radius cycle, at the bounds too.",
    about="",
    of="published",
    remark="defaults, a band of radii 0.951 to 0.956 below delta_max = 1",
    constants="any",
)
def claim_cycle_at_a_bound(model):
    step("A step that is clipped forgets its phase: from delta_max the same radii come again.")
    bounds = {symbol: symbol.default for symbol in (sym.delta_min, sym.delta_max)}
    falling = 1 / (1 + sym.delta)  # an acceptance that falls in the radius
    band = {sym.A_lo: falling.subs(sym.delta, 0.956), sym.A_hi: falling.subs(sym.delta, 0.951)}
    proposal, clipped = TRUST_REGION.formulas[0].expr, dict(TRUST_REGION.update)[sym.delta].doit()

    def measure(alpha, beta, moves):
        seen, factors = [1.0], {sym.alpha: alpha, sym.beta: beta}
        for _ in range(moves):
            next_one = proposal.subs(sym.acceptance, falling).subs(band).subs(factors).subs(sym.delta, seen[-1])
            seen.append(float(clipped.subs(sym.delta_proposed, next_one).subs(bounds)))
        return {"last_radii": seen[-4:]}

    refute("the radius comes to rest", measure, lambda last_radii: last_radii[-1] == last_radii[-2],
           alpha=sym.alpha.default, beta=sym.beta.default, moves=9)  # fmt: skip


@argued(
    "While the mass falls slowly the radius stays between beta delta_s and the delta_s of the move before.",
    about="",
    of="published",
    where="alpha > 1, beta < 1",
    remark="it starts there; the mass never rises; delta_s is the greatest radius with A >= A_lo, and the band reaches "
    "down to delta_s/alpha and A >= A_lo down to beta delta_s; a move lowers delta_s by the factor beta at most",
    holds=radius_stays_near_the_manifold,
)
def claim_slow_manifold(model):
    argue("Let y = ln delta_t, h = ln delta_s(mu_t), before and after it h + fallen and h - falls, both falls <= down.")
    argue("Suppose h - down <= y <= h + fallen; the next radius y' has to lie between h - falls - down and h.")
    falls, slack, height = (Dummy(name, nonnegative=True) for name in ("falls", "slack", "height"))
    argue("Above h, by s <= fallen <= down: contract, y' = h + s - down.")
    assert_nonnegative(-(s - down).subs(s, down - slack), "y' <= h")
    assert_positive((s - down) - (-falls - down), "y' > h - falls - down")
    argue("In the band, and not above h: hold, y' = y.")
    assert_nonnegative((-down) - (-falls - down), "y' >= h - down >= h - falls - down")
    argue("Below the band, which ends at h - up or below: expand, y' = y + up.")
    assert_nonnegative(-((-up - height) + up), "y <= h - up - height, so y' <= h")
    assert_positive((-down + up) - (-falls - down), "y' >= h - down + up > h - falls - down")
    argue("The bounds of the radius hold delta_s as well, so cutting y' off at them leaves it between the two.")


@proved(
    "Fed with single accepts and rejects, without a hold band, the radius balances at the acceptance rate "
    "-ln beta/(ln alpha - ln beta): 0.576 for 1.3 and 0.7.",
    about="",
    of="published",
    where="alpha > 1, beta < 1",
    holds=drift_vanishes_at_the_balance,
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
    def measure(beta):
        return {"rate": float(-np.log(beta) / (np.log(beta**-0.25) - np.log(beta)))}

    refute("it balances at 1/5", measure, lambda rate: abs(rate - 0.2) < 0.01, beta=0.5)


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
