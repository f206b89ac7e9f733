"""D24  The optimal feedback: what any radii can reach, and where taking the best radius of each move is optimal.

Statement
    The defect masses that some radii attain after n moves are an interval.  Where the gain rises less than the mass,
    its lower end is where the best radius of each move leads: greed needs the fewest moves, whole or linear in the
    mass.  Where it does not, greed can come to rest above a target that more patient radii pass.

Assumptions
    Every radius between delta_min and delta_max may be chosen at every move; the other controls depend on the number of
    the move alone.  The move is the expected one, mu' = max(mu - gain, 0), but for the last claim.
"""

from functools import partial

import numpy as np
from sympy import Add, Dummy, Mul, Pow, Symbol, preorder_traversal, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    generic,
    refute,
    refuted,
    support,
    supported,
)
from deltamu.model.special import expected_positive_part, normal_cdf, normal_pdf

g, excess = Symbol("g", positive=True), Dummy("w", nonnegative=True)
m = Dummy("m", positive=True)
delta, b = sym.delta, sym.b
N_eff, s, noise = generic(sym.N_eff), Dummy("s", positive=True), Dummy("sigma_r", positive=True)
PATH = "gain mu_next expected_improvement mu_Delta sigma_Delta score_accuracy"
CORNER = {sym.N: 8, sym.gamma: 0, sym.K: 12, sym.K_r: 1, sym.H: 0}  # where the slope's bound is largest
STEEP = {"delta_max": 4.0, "H": 0.0, "gamma": 0.0, "N": 8, "K": 12}


def moves_are_continuous(at):
    """What a move leaves changes by little where mass and radius do."""
    near = at.moved(mu=at.mu * (1 + 1e-9), delta=at.delta * (1 + 1e-9))
    slope = at.a1 + at.a2 * (1 + at.overreach * at.delta) + np.abs(at.selection_intensity) * at.s0
    steep = slope * at.delta * (2 + np.sqrt(at.N_eff) * at.sigma_Delta / at.sigma_r) + at.mu
    return np.abs(near.mu_next - at.mu_next) <= 1e-7 * steep


def slope_is_below_the_bound(at):
    spread = at.s0 * (1 - at.kappa1 * at.H) * at.delta
    bound = (at.a1 * at.rho_eff * at.delta + at.selection_intensity * np.sqrt(at.N_eff) * spread**2 / at.sigma_r) / at.b
    further = at.mu * 1.01 + 1e-3 * at.b
    rise_ = at.moved(mu=further).expected_improvement - at.expected_improvement
    scale = at.delta * (at.a1 + at.a2 * (1 + at.overreach * at.delta) + at.selection_intensity * at.s0)
    return at_most(rise_, bound * (further - at.mu), scale)


def no_radii_beat_greed(at):
    """Five moves with random radii against the best of 25 at each move, where the gain is seen not to be steep."""
    generator = np.random.default_rng(24)
    radii = np.geomspace(0.05, 1, 25)[:, None] * np.ones_like(at.mu)
    masses = at.mu * np.geomspace(1e-3, 3, 60)[:, None, None]
    after = at.moved(mu=masses, delta=radii).mu_next
    flat = (np.diff(after, axis=0) >= -1e-12 * at.mu).all(axis=(0, 1))
    greedy, other = at.mu, at.mu
    best = True
    for _ in range(5):
        chosen = radii[generator.integers(0, 25, len(at.mu)), np.arange(len(at.mu))]
        copied = at.moved(mu=greedy, delta=chosen).mu_next
        greedy = at.moved(mu=greedy, delta=radii).mu_next.min(axis=0)
        other = at.moved(mu=other, delta=chosen).mu_next
        flat = flat & at_most(copied, other, at.mu)
        best = best & at_most(greedy, other, at.mu)
    return ~flat | best


def no_move_leads_below_where_nothing_is_gained(at):
    """From 40 masses up to 30 times one at which the radius gains nothing, where the gain is seen not to be steep."""
    masses = at.mu * np.geomspace(1, 30, 40)[:, None]
    above = at.moved(mu=masses)
    flat = (np.diff(above.gain, axis=0) <= np.diff(masses, axis=0)).all(axis=0)
    return ~(flat & (at.gain <= 0)) | at_most(at.mu, above.mu_next.min(axis=0), at.mu)


def share_of_the_last_move_is_least_for_greed(at):
    """The share (mu - T)/gain of the last move, at one mass and one a little larger, where the gain is not steep."""
    level = at.mu - at.gain * at.target
    passes = (at.gain > 0) & (at.gain < at.mu) & (level > 0)
    higher = at.moved(mu=at.mu * (1 + 1e-3))
    slope = (higher.gain - at.gain) / (1e-3 * at.mu)
    below, above = (at.mu - level) / at.gain, (higher.mu - level) / higher.gain
    left = close(at.mu_next, at.mu - at.gain, at.mu) & close(higher.mu_next, higher.mu - higher.gain, at.mu)
    return ~(passes & (slope <= 1) & (above <= 1)) | (at_most(below, above) & left)


@argued(
    "The masses that some radii attain after n moves are an interval.",
    about="gain mu_next expected_improvement score_accuracy sigma_Delta mu_Delta",
    of="published",
    where="N > 0, sigma_r > 0, mu > 0",
    remark="N_eff sigma_Delta^2 + sigma_r^2 > 0",
    holds=moves_are_continuous,
)
def claim_interval(model):
    argue("A continuous image of a connected set is connected, and so is a product of intervals.")
    argue("From one mass, n moves with radii in an interval attain the image of a box, if a move is continuous.")
    gain, after = model[sym.gain].expr, model[sym.mu_next].expr
    assert_limit(gain.subs(sym.expected_improvement, g), g, 0, 0, "the clip of the gain closes without a jump")
    assert_identity(gain.subs(sym.expected_improvement, -g), 0, "to the gain of a harmful move")
    assert_limit(after.subs(sym.mu, sym.gain + g).subs(sym.gain, 1), g, 0, 0, "and so does the clip of the mass")
    assert_identity(after.subs(sym.gain, sym.mu + g), 0, "to nothing left")
    pieces = {part for name in (sym.gain, sym.mu_next) for case in model[name].expr.args for part in case.args[:1]}
    assert_exact(all(part.is_polynomial() for part in pieces), "the pieces of the gain and of mu' are polynomials")
    for name in (sym.expected_improvement, sym.mu_Delta, sym.sigma_Delta, sym.score_accuracy):
        right = generic(model[name].expr)
        functions = {node.func for node in preorder_traversal(right) if node.args}
        assert_exact(functions <= {Add, Mul, Pow}, f"{name} is made of sums, products and powers alone")
    argue("E is continuous in mu and delta: sigma_Delta is, and the root in the score accuracy does not vanish.")
    argue("So R(n+1), the image of R(n) times the radii, is an interval if R(n) is one, and R(0) is a point.")


@argued(
    "The slope of E in the mass is at most (P delta + z sqrt(N_eff) s^2/sigma_r)/b, s^2 = sigma_Delta^2/m.",
    about="mu_Delta sigma_Delta expected_improvement score_accuracy",
    where="selection_intensity >= 0, sigma_r > 0",
    holds=slope_is_below_the_bound,
)
def claim_slope_is_bounded(model):
    bounded_slope(model)


def bounded_slope(model):
    """Show what the slope of E in the mass is at most."""
    mu = generic(sym.mu)
    argue("By the chain rule the slope is that in m times that of m.")
    share = mu / (mu + b)
    slope = share.diff(mu)
    assert_positive(slope, "m = mu/(mu + b) rises")
    assert_nonnegative((1 / b - slope).factor(), "by 1/b at most")
    mean = generic(model[sym.mu_Delta].expr)
    benefit = (mean - mean.subs(mu, 0)) / share
    assert_identity(benefit.diff(mu), 0, "mu_Delta is linear in m")
    assert_nonnegative(benefit.simplify(), "and does not fall with it")
    spread = generic(model[sym.sigma_Delta].expr)
    assert_identity((spread**2 / share).diff(mu), 0, "sigma_Delta^2 is proportional to m")
    E = model[sym.expected_improvement].expr
    part = generic((E - sym.mu_Delta).expand() / sym.selection_intensity)
    accuracy = generic(model[sym.score_accuracy].expr).subs(generic(sym.sigma_r), noise)
    part = part.subs(generic(sym.score_accuracy), accuracy).subs(generic(sym.sigma_Delta), s * sqrt(m))
    u = noise + Dummy("v", positive=True)  # the root in the accuracy, at least sigma_r
    rise = part.diff(m).simplify().subs(m, (u**2 - noise**2) / (N_eff * s**2)).simplify()
    assert_nonnegative((sqrt(N_eff) * s**2 / noise - rise).simplify(), "selection's part rises most at m = 0")
    assert_positive(rise, "and never falls")


@argued(
    "Where the gain rises less than the mass at every radius, the best radius of each move needs the fewest moves.",
    about="gain mu_next",
    remark=(
        "d gain/d mu <= 1 at every radius (published: see the bound on the slope); targets that depend on the "
        "move alone"
    ),
    holds=no_radii_beat_greed,
)
def claim_greed_is_optimal(model):
    after = model[sym.mu_next].expr
    argue("Let F(mu, delta) = mu' and G(mu) the least F over the radii, which the best radius of the move attains.")
    h, low, left = (Dummy(name, positive=True) for name in ("h", "gain", "left"))
    argue("Take a mass, low + left, with gain low, and one larger by h, whose gain is larger by h - w, w >= 0.")
    lower = after.subs(sym.mu, low + left).subs(sym.gain, low)
    higher = after.subs(sym.mu, low + left + h).subs(sym.gain, low + h - excess)
    assert_identity(lower, left, "the first leaves its mass less its gain")
    assert_nonnegative(higher - lower, "the larger mass leaves no less")
    assert_identity(after.subs(sym.gain, sym.mu + g), 0, "nor where the first leaves nothing")
    argue("So F rises with mu at every radius, and G does.")
    argue("Induction: let greed's mass be no larger than mu(n) of any rule. Then mu(n+1) >= G(mu(n)) >= G(greed's).")
    argue("So greed has the least mass after every move, and is the first at any target that moves set.")


@argued(
    "There no radii lead below the least of their floors, from a mass that is not below it.",
    about="gain mu_next",
    of="published",
    remark="d gain/d mu <= 1 at every radius used, however it is chosen",
    holds=no_move_leads_below_where_nothing_is_gained,
)
def claim_no_radii_lead_below_the_floor(model):
    gain, after = model[sym.gain].expr, model[sym.mu_next].expr
    argue("The least floor is at or below that of each radius used, so that E is not positive there (D12).")
    assert_identity(gain.subs(sym.expected_improvement, -g), 0, "the gain is nothing there")
    assert_identity(gain.subs(sym.expected_improvement, 0), 0, "at the floor too")
    floor, low = Dummy("floor", positive=True), Dummy("gain", nonnegative=True)
    argue("A mass larger by h gains h - w at most, w >= 0: call its gain low, and h = low + w.")
    left = after.subs(sym.mu, floor + low + excess).subs(sym.gain, low)
    assert_nonnegative(left - floor, "it leaves the floor at least")
    argue("So a mass at or above the least floor leaves one at or above it; induction over the moves.")


@argued(
    "There greed also needs the fewest moves linear in the mass.",
    about="gain mu_next",
    remark="d gain/d mu <= 1; the last move starts above the target and passes it",
    holds=share_of_the_last_move_is_least_for_greed,
)
def claim_greed_is_optimal_between_moves(model):
    after = model[sym.mu_next].expr
    d, T = Dummy("d", positive=True), Dummy("T", positive=True)
    argue("The last move takes the share (mu - T)/gain with d = mu - T > 0 and gain = d + w, w >= 0, for it passes T.")
    gain = d + excess
    left = after.subs(sym.mu, T + gain).subs(sym.gain, gain)
    assert_identity(left, T, "a gain leaves mu less the gain")
    slope = 1 - Dummy("v", nonnegative=True)
    assert_nonnegative(
        ((gain - d * slope) / gain**2).together(), "d/gain does not fall with mu: (gain - d gain')/gain^2 >= 0"
    )
    assert_nonnegative((d / gain - d / (gain + g)).together(), "and falls with a larger gain: the best radius is best")
    clipped = d / (T + d)
    assert_positive(clipped.diff(d).together(), "where nothing is left the share is (mu - T)/mu, which rises too")


# Two masses between which the gain's slope comes close to the largest that is known, and what it exceeds there.
STEEPEST = {"published": ((0.25, 0.26), 0.49), "gated": ((0.39, 0.4), 0.39)}
STEEPEST_AT = CORNER | {sym.rho: 1, sym.r: 0.9, sym.delta: 1}


def slope_is_between(kind_, most, at):
    """Two masses 1 per cent apart, on the sliders' ranges with radii up to 1 and any overreach; and at one corner."""
    (less, more), least = STEEPEST[kind_]
    one, other = (at.at_the_defaults(STEEPEST_AT | {sym.mu: mass}).gain for mass in (less, more))
    known = {"delta": np.minimum(at.delta, 1.0), "overreach": at.overreach}
    mu = np.clip(at.mu, 1e-3, 1e3)
    lower, upper = (at.on_the_sliders(mu=mu * factor, **known).gain for factor in (1.0, 1.01))
    return (upper - lower < most * 0.01 * mu + 1e-12) & (other - one > least * (more - less))


@argued(
    "For radii up to 1 the slope of the published gain in the mass stays below 0.8 on the sliders' ranges, and exceeds "
    "0.49 at some mass.",
    about="gain expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity",
    of="published",
    remark="sliders' ranges, delta <= 1, c >= 0",
    constants="the article's",
    holds=partial(slope_is_between, "published", 0.8),
    rigorous=True,
)
def claim_published_sliders_are_not_steep(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed

    bounded_slope(model)
    gain = model[sym.gain].expr
    assert_identity(gain.subs(sym.expected_improvement, s), s, "the gain is E where E > 0")
    assert_identity(gain.subs(sym.expected_improvement, -s), 0, "and 0 where E < 0")
    argue("The slope of the gain is that of E or 0: at most (P delta + z sqrt(N_eff) s^2/sigma_r)/b where z >= 0.")
    argue("Where z < 0 selection's part falls with the mass, and the slope is at most P delta/b (slope_is_bounded).")
    argue("Each factor is largest at delta = rho = 1, N = 8, gamma = 0, K = 12, K_r = 1, H = 0, where P = a1 at most.")
    bound = steepest_corner(model)
    assert_enclosed(bound < 0.8, f"the bound at that corner is {digits(bound)}, below 0.8")
    assert_steep_somewhere(model, "published")
    return {
        "steepest_on_sliders": float(bound.mid()),
        "steepest_at_radius_two": float(steepest_corner(model, radius=2).mid()),
        "steepest_with_doubled_spread": float(steepest_corner(model, spread=2 * enclosed(sym.s0)).mid()),
    }


def assert_steep_somewhere(model, kind_):
    """By the mean value theorem."""
    from deltamu.claims.rigorous import assert_enclosed, enclosed, exact

    (less, more), least = STEEPEST[kind_]
    one, other = (enclosed(sym.gain, STEEPEST_AT | {sym.mu: mass}, model) for mass in (less, more))
    argue(
        f"From a mass of {less} to one of {more} the gain rises by its slope somewhere between, times the difference."
    )
    assert_enclosed(other - one > exact(least) * (exact(more) - exact(less)), f"which exceeds {least}")


def steepest_corner(model, *, radius=1, spread=None):
    """A ball around (P delta + z sqrt(N_eff) s^2/sigma_r)/b where it is largest on the sliders' ranges."""
    from deltamu.claims.rigorous import enclosed

    z, reviewers = (enclosed(symbol, CORNER, model) for symbol in (sym.selection_intensity, sym.N_eff))
    a1, s0, noise, half = (enclosed(symbol) for symbol in (sym.a1, sym.s0, sym.sigma_r, sym.b))
    return (a1 * radius + z * reviewers.sqrt() * ((s0 if spread is None else spread) * radius) ** 2 / noise) / half


@argued(
    "For radii up to 1 the slope of the completed move's gain in the mass stays below 1 on the sliders' ranges, and "
    "exceeds 0.39 at some mass.",
    about="gain visible_gain hidden_gain visible_spread variance_reduction acceptance acceptance_margin "
    "expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity",
    of="gated",
    where="",
    remark="sliders' ranges, delta <= 1, mu > 0, c >= 0",
    constants="the article's",
    holds=partial(slope_is_between, "gated", 1),
    rigorous=True,
)
def claim_sliders_are_not_steep(model):
    from deltamu.claims.rigorous import assert_enclosed, digits, enclosed, exact, prove_below
    from deltamu.claims.rigorous.balls import cdf, pdf

    r, sigma, q, T = map(generic, (sym.r, sym.sigma_Delta, sym.variance_reduction, sym.visible_spread))
    E, x, v, accuracy = sym.expected_improvement, sym.acceptance_margin, *map(
        generic, (sym.selection_variance, sym.score_accuracy))  # fmt: skip
    argue("Let C = sqrt(r) sigma (1 - q)/T; below, ' is the slope in the mass.")
    parts = (sym.visible_gain, sym.hidden_gain, sym.acceptance)
    gain = generic(model[sym.gain].expr.subs([(part, model[part].expr) for part in parts]))
    gain = gain.replace(expected_positive_part, lambda at: expected_positive_part(at).rewrite(normal_cdf))
    of_spread = {q: (1 - T**2) / r}
    assert_identity(generic(model[sym.visible_spread].expr) ** 2, 1 - r * q, "T^2 = 1 - r q")
    C = sqrt(r) * sigma * (1 - q) / T
    by_margin = {E: x * sigma * T / sqrt(r)}
    assert_identity(generic(model[x].expr).subs(by_margin), x, "E = x sigma T/sqrt(r)")
    closed = E * normal_cdf(x) + C * normal_pdf(x)
    assert_identity((gain - closed).subs(of_spread).subs(by_margin), 0, "gain = E Phi(x) + C phi(x)")
    slope_in_x = (E * normal_pdf(x) - x * C * normal_pdf(x)).subs(of_spread).subs(by_margin)
    third = x * sigma * (1 - r) / (sqrt(r) * T) * normal_pdf(x)
    assert_identity(slope_in_x, third, "so gain' = E' Phi + C' phi + x x' (1 - r) sigma/(sqrt(r) T) phi")

    argue("(1 - q)/T falls with q, which rises with the mass, and (1 - q)/T <= T <= 1: C' <= sqrt(r) sigma'.")
    falls = sqrt(1 - r * q) ** 3 * ((1 - q) / sqrt(1 - r * q)).diff(q)
    assert_identity(falls, -(1 - r) - r * (1 - q) / 2, "the slope of (1 - q)/T times T^3, which is not positive")
    argue("x' = sqrt(r) (E'/(sigma T) - E (sigma T)'/(sigma T)^2), and (sigma T)' >= 0, so the last term is at most")
    argue("x E' phi (1 - r)/T^2, and (1 - r)/T^2 <= 1 as T^2 >= 1 - r.")
    reduction = generic(model[sym.variance_reduction].expr)
    assert_identity(reduction, accuracy**2 * (1 - v), "q = lambda^2 (1 - v), lambda^2 = w/(1 + w), w proportional to m")
    lost, w = Dummy("lost", positive=True), Dummy("w", positive=True)
    whole = w * (1 - lost / (1 + lost) * w / (1 + w))  # lost/(1 + lost) stands for r (1 - v) < 1
    assert_positive(whole.diff(w).together().cancel(), "sigma^2 T^2 rises with w")

    bounded_slope(model)
    argue("So E' <= S (1 - m)^2 with the bound S of the claim before, and sigma' = s (1 - m)^2/(2 b sqrt(m)).")
    a2, kappa2, spread, noise_, half = (enclosed(symbol) for symbol in (sym.a2, sym.kappa2, sym.s0, sym.sigma_r, sym.b))
    S, harm, reviewers = steepest_corner(model), a2 * (1 - kappa2), enclosed(sym.N_eff, CORNER, model)
    argue("E <= delta (b S m - harm) with harm = a2 (1 - kappa2) at least: where x > 0, m is at least harm/(b S).")
    least = harm / (half * S)
    push = spread / (2 * half * least.sqrt())
    box = {"x": (0.0, 3.0)}
    prove_below(lambda at: S * (cdf(at["x"]) + at["x"] * pdf(at["x"])) + push * pdf(at["x"]), 1.0, box,
                "S (Phi + x phi) + s/(2 b sqrt(m)) phi < 1 for 0 <= x <= 3")  # fmt: skip
    three = exact(3)
    assert_enclosed(S * (1 + three * pdf(three)) + push * pdf(three) < 1, "and beyond, where phi and x phi fall")
    argue("Where x < 0, Phi < 1/2 and the last term is not positive if E' >= 0. Above m = harm/(2 b S):")
    near = spread / (2 * half * (least / 2).sqrt()) * pdf(exact(0))
    argue("and below it x <= -sqrt(r/m) harm/(2 s0), where y phi(y) <= phi(1) bounds phi/sqrt(m).")
    below = spread / (2 * half) * (2 * spread / harm) * pdf(exact(1))
    least_z = enclosed(sym.selection_intensity, {sym.K: 2, sym.N: 0, sym.K_r: 0, sym.H: 1}, model)
    argue("E' < 0 asks for z < 0; then |E'| <= |z| sqrt(N_eff) s^2/(sigma_r b), and |x| phi <= phi(1) again.")
    negative = abs(least_z) * reviewers.sqrt() * spread**2 / (noise_ * half) * pdf(exact(1))
    bound = S / 2 + near + below + negative
    assert_enclosed(bound < 1, f"all of these together are at most {digits(bound)}, below 1")
    assert_steep_somewhere(model, "gated")


@refuted(
    "The best radius of each move always needs the fewest moves.",
    about=PATH,
    of="published",
    remark="delta_max = 4, H = gamma = 0, N = 8, K = 12, mu0 = 12",
)
def claim_greed_can_strand(model):
    from deltamu.design.feedback.optimal import optimal_policy
    from deltamu.design.radius import best_radius
    from deltamu.simulation.evaluate import evaluate

    def measure(mu0, level, moves, **settings):
        greedy = patient = mu0
        for _ in range(moves):
            greedy = max(greedy - float(best_radius(model=model, mu=greedy, **settings).best_gain), 0.0)
        best = optimal_policy(model=model, mu0=mu0, level=level, moves=moves, **settings)
        for radius in best.delta_t.to_numpy()[: int(best.moves_to_target)]:
            patient -= float(evaluate("gain", model=model, mu=patient, delta=float(radius), **settings).gain)
        return {"left_by_greed": greedy, "left_by_others": patient, "after_moves": int(best.moves_to_target)}

    level = 0.05
    refute("greed arrives where other radii do", measure,
           lambda left_by_greed, left_by_others, **_: left_by_greed <= level or left_by_others > level * (1 + 1e-9),
           mu0=12.0, level=level, moves=60, **STEEP)  # fmt: skip
    return {"steep_largest_radius": int(STEEP["delta_max"])}


@supported(
    "No radii, however chosen, need fewer moves than the optimum.",
    about=PATH,
    remark="defaults, c = 0 and 1, radii drawn at random",
)
def claim_no_radii_are_faster(model):
    from deltamu.design.feedback.optimal import optimal_policy
    from deltamu.equilibria.sections import Section
    from deltamu.model.settings import Settings

    generator, size, moves = np.random.default_rng(26), 2000, 40
    worst = 0.0
    for c in (0.0, 1.0):
        least = optimal_policy(model=model, moves=moves, overreach=c).least_mass.to_numpy()
        values = dict(Settings(overreach=c))
        after = Section(model, (sym.mu_next,), (sym.mu, sym.delta), values)
        mu = np.full(size, values["mu0"], dtype=float)
        low = generator.uniform(np.log(0.01), 0.0, size)  # each rule has its own smallest radius
        for n in range(moves):
            mu = after(mu=mu, delta=np.exp(generator.uniform(low, 0.0)))[sym.mu_next.name]
            worst = max(worst, float((least[n] - mu).max()))
    support(
        "how far any is below the least attainable mass", worst, high=1e-12,
        sample=f"{2 * size} rules by {moves} moves", why="1e-12 is rounding",
    )  # fmt: skip


@refuted(
    "What the expected move cannot reach with any radii, the stochastic move does not reach either.",
    about="gain acceptance expected_improvement",
    of="gated",
    remark="defaults, 150 moves",
)
def claim_chance_goes_further(model):
    from deltamu.design.feedback.optimal import optimal_policy

    def measure(moves):
        expected = optimal_policy(model=model, moves=moves)
        chance = float(optimal_policy(model=model, moves=moves, stochastic=True).reach_probability)
        return {"expected_move": expected.status.item(), "probability_of_reaching_it": chance}

    found = refute(
        "the stochastic move stays above the target too", measure,
        lambda expected_move, probability_of_reaching_it: expected_move != "out of reach"
        or probability_of_reaching_it <= 0.1,
        moves=150,
    )  # fmt: skip
    return {"chance_reaches": found["probability_of_reaching_it"]}
