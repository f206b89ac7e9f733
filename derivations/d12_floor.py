"""D12  The floor of the published model: the defect mass below which no move is expected to help.

Statement
    For fixed controls E has at most one root mu*; it solves a cubic in u = sqrt(N_eff sigma_Delta^2 + sigma_r^2), is
    infinite iff even the richest codebase does not repay an edit, and is where a run comes to rest.

Assumptions
    Controls are fixed; P = a1 rho_eff, B = a2 (1 - kappa2 H)(1 + c delta), s = s0 (1 - kappa1 H) delta are positive;
    m = mu/(mu + b) or t = mu/b stands for the defect mass, z is the selection intensity.
"""

from itertools import pairwise

import numpy as np
import xarray as xr
from sympy import Dummy, Integer, Rational, Sum, Symbol, cancel, log, oo, sign, simplify, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    Values,
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_positive,
    assert_sign_changes,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
    slider_ranges,
    step,
    varied_constants,
)
from deltamu.model.policies import VIBE
from deltamu.model.published import PUBLISHED

P, B, s, N, sigma_r = (Dummy(name, positive=True) for name in ("P", "B", "s", "N_eff", "sigma_r"))
delta, b = sym.delta, sym.b
z, u = Symbol("z", real=True), Symbol("u", positive=True)
t = Dummy("t", positive=True)  # mu = b t, so that m = t/(1 + t)
IMPROVEMENT = "expected_improvement mu_Delta sigma_Delta score_accuracy"
DEFAULT_FLOORS = ((0.01, 0.7115, 0.7125), (2, 0.3755, 0.3765))  # a radius, and between which masses its floor lies
# The pass probability at each preset's floor, and what the planner's plan ends at.
CAPS = (
    (Rational(43, 100), {}), (Rational(69, 100), {}), (Rational(66, 100), {sym.H: 0.75, sym.r: 0.76}),
)  # fmt: skip
CAP_WIDTH, CAP_BELOW = Rational(6, 1000), Rational(1, 5)  # "about", and how far below the target at least
REST_POINT, REST_RADIUS, HIGHEST_MASS, LOWER_BY = (0.1195, 0.1205), 0.2, 1e6, 0.5


def cubic(at=u, intensity=z):
    return (
        P * delta * at**3
        + intensity * sqrt(N) * s**2 * at**2
        - (P * delta * sigma_r**2 + B * delta * N * s**2) * at
        - intensity * sqrt(N) * s**2 * sigma_r**2
    )


def reduced_improvement(model):
    """E at mu = b t, in P, B and s, which are read off the formulas' limits."""
    mu_D, spread = generic(model[sym.mu_Delta].expr), generic(model[sym.sigma_Delta].expr)
    mu = generic(sym.mu)
    harm = -mu_D.subs(mu, 0)
    gain_limit, spread_limit = (mu_D + harm).limit(mu, oo), spread.limit(mu, oo)
    t_of = {mu: b * t}
    share = simplify((mu_D + harm).subs(t_of) / gain_limit)
    spread_share = simplify(spread.subs(t_of) / spread_limit)
    mean = P * delta * share - B * delta
    step("With mu = b t the improvement of one candidate is", mean)
    sigma = s * spread_share
    accuracy = generic(model[sym.score_accuracy].expr)
    accuracy = accuracy.subs({generic(sym.sigma_Delta): sigma, generic(sym.N_eff): N, generic(sym.sigma_r): sigma_r})
    E = model[sym.expected_improvement].expr
    return E.subs(
        {sym.mu_Delta: mean, sym.sigma_Delta: sigma, sym.score_accuracy: accuracy, sym.selection_intensity: z}
    )


def in_short(at):
    """P, B, s = sigma_Delta at m = 1, m and u at each point."""
    m = at.mu / (at.mu + at.b)
    s_ = at.s0 * (1 - at.kappa1 * at.H) * at.delta
    harm = at.a2 * (1 - at.kappa2 * at.H) * (1 + at.overreach * at.delta)
    return at.a1 * at.rho_eff, harm, s_, m, np.sqrt(at.N_eff * s_**2 * m + at.sigma_r**2)


def cubic_has_the_sign_of_E(at):
    P_, B_, s_, _, u_ = in_short(at)
    root_N = np.sqrt(at.N_eff)
    terms = [
        P_ * at.delta * u_**3,
        at.selection_intensity * root_N * s_**2 * u_**2,
        -(P_ * at.delta * at.sigma_r**2 + B_ * at.delta * at.N_eff * s_**2) * u_,
        -at.selection_intensity * root_N * s_**2 * at.sigma_r**2,
    ]
    return close(at.expected_improvement * u_ * at.N_eff * s_**2, sum(terms), sum(map(abs, terms)))


def E_changes_its_sign_once(at):
    """Along 40 masses: never down, and up once at most; values that rounding could have made count for nothing."""
    masses = at.b * np.geomspace(1e-8, 1e8, 40)[:, None]
    E = at.moved(mu=masses).expected_improvement
    scale = at.delta * (at.a1 + at.a2 * (1 + at.overreach * at.delta) + np.abs(at.selection_intensity) * at.s0)
    rising = np.where(1e-12 * scale < E, 1, np.where(-1e-12 * scale > E, -1, 0))
    highest_before = np.maximum.accumulate(rising)
    return ~((highest_before == 1) & (rising == -1))


def on_the_sliders(at, **more):
    """Points of the sliders' ranges without overreach, of radii up to 2."""
    return at.on_the_sliders(overreach=0.0, delta=np.minimum(at.delta, 2.0), **more)


def floor_is_not_steep(at):
    """The slope at the root of E, found by halving, over the sliders' ranges; where there is none, nothing is said."""
    low, high = np.full(len(at.inputs["mu"]), 1e-6), np.full(len(at.inputs["mu"]), 1e6)
    for _ in range(80):
        middle = np.sqrt(low * high)
        helps = on_the_sliders(at, mu=middle).expected_improvement > 0
        low, high = np.where(helps, low, middle), np.where(helps, middle, high)
    below, above = (on_the_sliders(at, mu=high * factor).expected_improvement for factor in (1 - 1e-5, 1 + 1e-5))
    slope = (above - below) / (2e-5 * high)
    return (high > 1e5) | (high < 1e-4) | ((slope > 0) & (slope < 1.25))


def lands_near_the_floor(at):
    """What a move leaves, raised by 5 per cent of the floor, is not below the floor."""
    from_above = on_the_sliders(at, mu=np.minimum(at.mu, 1e3))
    raised = from_above.mu_next / 0.95
    E = on_the_sliders(at, mu=np.minimum(raised, from_above.mu)).expected_improvement
    return (from_above.expected_improvement <= 0) | (E > -1e-12)


def gains_for_all_larger_masses(at):
    """A gain at one mass is one at every larger mass, up to 1000 effective candidates."""
    few = at.moved(K=np.minimum(at.K, 400.0), N=np.minimum(at.N, 100.0), K_r=np.minimum(at.K_r, 5.0))
    larger = [few.moved(mu=factor * few.mu).gain for factor in (1.01, 1.3, 3.0, 100.0)]
    size = few.sigma_Delta + np.abs(few.mu_Delta)
    return (few.gain < 1e-9 * size) | np.all([gain > -1e-9 * size for gain in larger], axis=0)


def cubic_has_one_admissible_root(at):
    return cubic_has_the_sign_of_E(at) & E_changes_its_sign_once(at)


def rises_through_zero_between(at, low, high):
    """Whether E is negative at masses up to the first, and positive from the second on."""
    masses = np.geomspace(1e-6, 1, 40)[:, None]
    below, above = (at.moved(mu=mass).expected_improvement for mass in (low * masses, high / masses))
    return (below < 0).all(axis=0) & (above > 0).all(axis=0)


def default_floors_are_as_said(at):
    return np.all([rises_through_zero_between(at.at_the_defaults({delta: radius}), low, high)
                   for radius, low, high in DEFAULT_FLOORS], axis=0)  # fmt: skip


def presets_at_their_best():
    """Of each preset: its name, its controls at the largest radius that it uses, its target and the cap that is said.

    The planner is taken after its plan.
    """
    from deltamu.model.settings import PRESETS

    for (name, settings), (cap, better) in zip(PRESETS.items(), CAPS, strict=True):
        largest = sym.delta_max.default if settings.policy.name == "trust-region" else settings["delta0"]
        at = {s: settings[s.name] for s in (sym.H, sym.rho, sym.r, sym.gamma, sym.K, sym.N, sym.K_r)} | better
        yield name, at | {delta: largest}, Rational(str(settings["target"])), cap


def presets_are_capped_as_said(at):
    found = True
    for _, controls, target, cap in presets_at_their_best():
        low, high = (-np.log(float(cap + side * CAP_WIDTH)) / controls[sym.r] for side in (1, -1))
        own = at.at_the_defaults(controls)
        best, least = (own.moved(mu=mass).pass_probability for mass in (low, high))
        found = found & rises_through_zero_between(own, low, high)
        found = found & close(best, float(cap + CAP_WIDTH)) & close(least, float(cap - CAP_WIDTH))
        found = found & (best + float(CAP_BELOW) < float(target))
    return found


def gated_rest_point_is_as_said(at):
    """The gain changes its sign between the two masses, and nowhere among 400 larger ones."""
    low, high = REST_POINT
    own = at.at_the_defaults({delta: REST_RADIUS})
    above, below = (own.moved(mu=mass).gain for mass in (np.geomspace(high, HIGHEST_MASS, 400)[:, None], low))
    published = Values(PUBLISHED, own.inputs | {"mu": high + LOWER_BY}).expected_improvement
    return (above > 0).all(axis=0) & (below < 0) & (published < 0)


def floor_is_infinite_as_said(at):
    P_, B_, s_, _, _ = in_short(at)
    limit = np.sqrt(at.N_eff) * s_ / np.sqrt(at.N_eff * s_**2 + at.sigma_r**2)
    terms = [P_ * at.delta, -B_ * at.delta, at.selection_intensity * s_ * limit]
    at_end, size = sum(terms), sum(map(abs, terms))
    E = at.moved(mu=1e14 * at.b).expected_improvement
    return (np.abs(at_end) < 1e-6 * size) | ((at_end > 0) == (E > 0))


def floor_without_selection_is_as_said(at):
    P_, B_, *_ = in_short(at)
    finite = P_ > B_ * (1 + 1e-6)
    floor = np.where(finite, at.b * B_ / np.where(finite, P_ - B_, 1), 1e12)
    E = at.moved(mu=floor).expected_improvement
    return np.where(finite, close(E, 0, at.delta * (P_ + B_) * 1e3), 1e-5 * at.delta * (P_ + B_) > E)


def removes_at_most_what_the_radius_travels(at):
    """Runs of the vibe policy as `simulate` makes them, for 60 moves."""
    from deltamu.simulation.simulate import simulate

    controls = {name: xr.DataArray(value, dims="case") for name, value in at.inputs.items()
                if name not in ("mu", "delta")}  # fmt: skip
    ds = simulate(
        policy=VIBE, model=at.model, moves=60, keep=["delta_t", "mu_next"], **controls)  # fmt: skip
    travelled = at.delta0 / (1 - at.decay)
    most = (at.a1 * at.rho_eff + np.abs(at.selection_intensity) * at.s0) * travelled
    last = ds.mu_next.isel(move=-1).to_numpy()
    return at_most(ds.delta_t.sum("move").to_numpy(), travelled) & at_most(at.mu0 - most, last, at.mu0 + most)


@proved(
    "E vanishes where a cubic in u does.",
    about=IMPROVEMENT,
    where="N > 0, sigma_r > 0, rho_eff > 0, a1 > 0, a2 > 0, kappa2*H < 1, sigma_Delta > 0, mu > 0",
    remark="any z",
    holds=cubic_has_the_sign_of_E,
)
def claim_cubic(model):
    E = reduced_improvement(model)
    m = t / (1 + t)
    root = sqrt(N * s**2 * m + sigma_r**2)
    step("Multiply E by u N_eff s^2, which is positive, and write m = (u^2 - sigma_r^2)/(N_eff s^2).")
    difference = simplify(E * root * N * s**2 - cubic(root))
    assert_identity(difference, 0, "the product is the cubic")
    assert_positive((root**2).diff(t), "u rises with mu, so roots in u and in mu correspond")


@argued(
    "For z >= 0 the cubic has one positive root, and it is admissible (u > sigma_r).",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy",
    of="both",
    where="selection_intensity >= 0, N > 0, sigma_r > 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1, sigma_Delta > 0",
    holds=cubic_has_one_admissible_root,
)
def claim_one_root(model):
    _reads_the_cubic(model)
    argue("Descartes: a polynomial has no more positive roots than its coefficients change sign.")
    _prove_sign_changes(Dummy("z", nonnegative=True), 1, "one change of sign, so one positive root (Descartes)")
    at_zero = cubic(sigma_r)
    assert_positive(-at_zero, "the cubic is negative at u = sigma_r, where mu = 0, so the root lies above")


@argued(
    "For z < 0 the cubic has two positive roots, of which the larger is admissible.",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy",
    of="published",
    where="selection_intensity < 0, N > 0, sigma_r > 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1, sigma_Delta > 0",
    holds=cubic_has_one_admissible_root,
)
def claim_two_roots(model):
    _reads_the_cubic(model)
    argue("Descartes: a polynomial has no more positive roots than its coefficients change sign.")
    negative = -Dummy("z", positive=True)
    _prove_sign_changes(negative, 2, "two changes of sign: two positive roots or none")
    assert_positive(cubic(Integer(0), negative), "positive at u = 0")
    assert_positive(-cubic(sigma_r, negative), "negative at u = sigma_r")
    assert_limit(cubic(u, negative) / u**3, u, oo, P * delta, "and positive at the end, like P delta u^3")
    argue("So one root lies on either side of sigma_r, by continuity, and there are no more than two.")


def _reads_the_cubic(model):
    """The cubic is E's: shown once more, so that a changed model is noticed here too."""
    root = sqrt(N * s**2 * t / (1 + t) + sigma_r**2)
    assert_identity(
        simplify(reduced_improvement(model) * root * N * s**2 - cubic(root)), 0, "the cubic is E u N_eff s^2"
    )


def _prove_sign_changes(intensity, count, text):
    from sympy import Poly

    coefficients = Poly(cubic(u, intensity), u).all_coeffs()
    if intensity.is_nonnegative and not intensity.is_positive:
        for value in (Dummy("z", positive=True), Integer(0)):
            assert_sign_changes([c.subs(intensity, value) for c in coefficients], count, text)
    else:
        assert_sign_changes(coefficients, count, text)


@argued(
    "The floor is infinite iff P delta - B delta + z s lambda_oo <= 0: edits never pay, however much is wrong.",
    about=IMPROVEMENT,
    where="N > 0, sigma_r > 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1, sigma_Delta > 0, selection_intensity >= 0",
    holds=floor_is_infinite_as_said,
)
def claim_infinite_floor(model):
    argue("The root is below u_oo (m < 1) iff the cubic is positive there; that is the sign of E as mu -> oo.")
    E = reduced_improvement(model)
    at_infinity = sqrt(N * s**2 + sigma_r**2)
    accuracy = sqrt(N) * s / at_infinity
    assert_identity(
        cubic(at_infinity) / (at_infinity * N * s**2),
        P * delta - B * delta + z * s * accuracy,
        "the cubic at u_oo over u_oo N_eff s^2",
    )
    w = Dummy("w", positive=True)
    ratios = E.subs(t, 1 / w).replace(lambda node: node.is_Pow, lambda node: cancel(node.base) ** node.exp)
    at_end = ratios.subs(w, 0)
    assert_identity(at_end, P * delta - B * delta + z * s * accuracy, "E at mu = b/w, w -> 0")


@proved(
    "Without selection the floor is b B/(P - B), if P > B, and infinite otherwise.",
    about=IMPROVEMENT,
    where="N = 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1",
    remark="z lambda = 0",
    holds=floor_without_selection_is_as_said,
)
def claim_floor_without_selection(model):
    E = reduced_improvement(model).subs(z, 0)
    excess = Dummy("excess", positive=True)
    floor = B / excess  # mu*/b with P = B + excess
    assert_identity(E.subs({P: B + excess}).subs(t, floor), 0, "E = 0 at mu = b B/(P - B)")
    assert_positive(E.diff(t), "E rises with mu: there is no other root")
    short = Dummy("short", nonnegative=True)
    assert_positive(-E.subs(B, P + short), "for P <= B it is negative everywhere")


@argued(
    "A radius that decays travels delta0/(1 - d) in total, and the run removes at most (a1 rho_eff + |z| s0) "
    "times that: it can stop above its floor.",
    about="gain expected_improvement mu_next",
    of="published",
    where="decay < 1",
    holds=removes_at_most_what_the_radius_travels,
)
def claim_decaying_radius(model):
    d, n, k = Symbol("d", positive=True), Dummy("n", positive=True, integer=True), Dummy("k", integer=True)
    assert_identity(dict(VIBE.update)[sym.delta].doit(), sym.decay * sym.delta, "each move multiplies it by d")
    partial = Sum(d**k, (k, 0, n - 1)).doit().args[1][0]
    share = Dummy("share", positive=True)
    assert_identity(partial, (1 - d**n) / (1 - d), "the sum over n moves")
    assert_identity((1 / (1 - d)).subs(d, share / (1 + share)), 1 + share, "and its limit, as d^n -> 0")
    argue("A move gains at most (a1 rho_eff + |z| s0) delta (D18, speed_limit): sum over the moves.")
    gain = model[sym.gain].expr.subs(sym.expected_improvement, share)
    assert_identity(gain, share, "a gain is E where E is positive")


# --- measured --------------------------------------------------------------------------------------------------------
def floors(model, quantity="expected_improvement", **controls):
    """The largest root in mu by bisection in m = mu/(mu + b); inf where there is none below m = 1 - 1e-9."""
    from deltamu.simulation.evaluate import evaluate

    shape = xr.broadcast(*controls.values())[0] if controls else xr.DataArray(0.0)
    half = controls.get("b", 4.0)
    low, high = xr.zeros_like(shape, dtype=float), xr.ones_like(shape, dtype=float) - 1e-9

    def at(m):
        return evaluate(quantity, model=model, mu=half * m / (1 - m), **controls)[quantity]

    finite = at(high) > 0
    for _ in range(50):
        middle = (low + high) / 2
        positive = at(middle) > 0
        low, high = xr.where(positive, low, middle), xr.where(positive, middle, high)
    return xr.where(finite, half * high / (1 - high), np.inf)


def points(count, seed=1):
    """The corners and centres of the sliders' ranges, and random settings between them."""
    generator = np.random.default_rng(seed)
    ranges = slider_ranges(sym.H, sym.rho, sym.gamma, sym.K, sym.N, sym.K_r) | {"delta": (0.01, 2)}
    corners = np.meshgrid(*([low, (low + high) / 2, high] for low, high in ranges.values()))
    random = [generator.uniform(low, high, count) for low, high in ranges.values()]
    columns = (np.concatenate([corner.ravel(), draw]) for corner, draw in zip(corners, random, strict=True))
    return {name: xr.DataArray(column, dims="point") for name, column in zip(ranges, columns, strict=True)}


def slopes_at_floors(model, **controls):
    """E'(mu*) by central differences; missing where there is no floor."""
    from deltamu.simulation.evaluate import evaluate

    floor = floors(model, **controls)
    floor = floor.where(floor < 1e6)
    step_of = 1e-6
    up, down = (
        evaluate("expected_improvement", model=model, mu=floor.fillna(1) * factor, **controls).expected_improvement
        for factor in (1 + step_of, 1 - step_of)
    )
    return (up - down) / (2 * step_of * floor)


def slope_at_the_root(at):
    """A ball around E'(mu*) for balls of H, z, N_eff, delta and m = mu*/(mu* + b); None where P would exceed a1.

    Every factor is enclosed by its values at the ends that its monotony names.
    """
    from deltamu.claims.rigorous import exact, interval

    a1, a2, k1, k2, s0, noise, half = (
        exact(x.default) for x in (sym.a1, sym.a2, sym.kappa1, sym.kappa2, sym.s0, sym.sigma_r, sym.b)
    )
    noise, m = noise**2, at["m"]
    harm, spread = a2 * (1 - k2 * at["H"]), s0 * (1 - k1 * at["H"])
    signal = at["N"] * (spread * at["delta"]) ** 2
    low, high = signal.lower().max(exact(0)), signal.upper()
    less, more = m.lower(), m.upper()
    A = interval(
        spread.lower() * (low / (low * more + noise)).sqrt(), spread.upper() * (high / (high * less + noise)).sqrt()
    )
    accuracy_squared = interval(low * less / (low * less + noise), high * more / (high * more + noise))
    if harm / m - at["z"] * A > a1:
        return None
    shared = (1 - m) ** 2 * at["delta"] / half
    by_root = shared * (harm / m - at["z"] * A * accuracy_squared / 2)
    by_benefit = shared * (a1 + at["z"] * A * (1 - accuracy_squared / 2))
    return by_root if by_root.upper() < by_benefit.upper() else by_benefit


@proved(
    "The floor is stable under the move without its clip, mu - E: 0 < E'(mu*) < 1.25, and 2 would do.",
    about=IMPROVEMENT + " selection_intensity",
    of="published",
    where="",
    remark="sliders' ranges, delta <= 2, c = 0",
    constants="the article's; not if s0 is doubled or b halved (see unstable_floors)",
    holds=floor_is_not_steep,
    rigorous=True,
)
def claim_stable(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed, exact, prove_below

    most = enclosed(sym.selection_intensity, {sym.K: 12, sym.N: 8, sym.K_r: 1, sym.H: 0}, model)
    least = enclosed(sym.selection_intensity, {sym.K: 2, sym.N: 0, sym.K_r: 0, sym.H: 1}, model)
    assert_enclosed(most < 1.645, "z is at most 1.645, at K' = 20")
    assert_enclosed(least > -0.32, "and, K' being whole, at least -0.32, at K' = 2")
    E, m = reduced_improvement(model), t / (1 + t)
    accuracy_squared = N * s**2 * m / (N * s**2 * m + sigma_r**2)
    A = sqrt(N) * s**2 / (delta * sqrt(N * s**2 * m + sigma_r**2))
    at_root = B / m - z * A
    assert_identity(E.subs(P, at_root), 0, "E = 0 where P = B/m - z A, A = sqrt(N_eff) s^2/(delta u)")
    slope = simplify(E.diff(t) / b)
    shared = (1 - m) ** 2 * delta / b
    general = shared * (P + z * A * (1 - accuracy_squared / 2))
    assert_identity(
        slope - general, 0, "E' = (1 - m)^2 delta/b (P + z A (1 - lambda^2/2)), which is positive for z >= 0"
    )
    negative = -Dummy("z", positive=True)
    root_slope = shared * (B / m - z * A * accuracy_squared / 2)
    assert_identity(
        general.subs(P, at_root) - root_slope, 0, "at the root it is (1 - m)^2 delta/b (B/m - z A lambda^2/2)"
    )
    assert_positive(root_slope.subs(z, negative), "which is positive for z < 0")
    half_saturated = general.subs({P: 0, z: Dummy("z", positive=True)})
    assert_positive(half_saturated, "and for z > 0 already without the benefit P")
    box = {"H": (0.0, 1.0), "z": (-0.32, 1.645), "N": (0.0, 8.0), "delta": (0.0, 2.0), "m": (0.001, 1.0)}
    bound = 1.25
    prove_below(slope_at_the_root, bound, box, f"E'(mu*) < {bound}, as P <= a1")
    a1, a2, k2, s0, noise = (exact(x.default) for x in (sym.a1, sym.a2, sym.kappa2, sym.s0, sym.sigma_r))
    largest_A = s0 * (8 * (2 * s0) ** 2).sqrt() / noise
    assert_enclosed(a2 * (1 - k2) / exact(0.001) - exact(1.645) * largest_A > a1, "below m = 0.001 P would exceed a1")
    return {"article_largest_slope": bound}


@refuted(
    "Without its clip the move is stable at the floor for other constants too, each from half to twice its value.",
    about=IMPROVEMENT + " selection_intensity",
    of="published",
    remark="corners of the sliders' ranges, delta up to 2, c = 0",
    constants="each from half to twice its value",
)
def claim_unstable_floors(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        at = {name: xr.DataArray(float(value)) for name, value in settings.items()}
        left = evaluate("mu_next", model=model, mu=2 * floors(model, **at), **at).mu_next
        return {"slope": float(slopes_at_floors(model, **at)), "left_of_twice_the_floor": float(left)}

    corner = {"H": 0.0, "rho": 1.0, "gamma": 0.0, "K": 12, "N": 8, "K_r": 1, "delta": 2.0}
    doubled, halved = (
        refute(
            "E'(mu*) < 2 or something is left of twice the floor",
            measure,
            lambda slope, left_of_twice_the_floor: slope < 2 or left_of_twice_the_floor > 0,
            **corner,
            **changed,
        )["slope"]
        for changed in ({"s0": 2 * sym.s0.default}, {"b": sym.b.default / 2})
    )
    return {"doubled_spread_largest_slope": doubled, "halved_b_largest_slope": halved}


def landing_below(at, share, most_z):
    """A ball that is negative where no move lands lower than (1 - share) mu*, for balls of H, m and u.

    The move starts at m + u (1 - m); None where no z up to `most_z` makes up for P <= a1.
    """
    from deltamu.claims.rigorous import exact

    a1, a2, k1, k2, s0, noise, half, share, most_z = (
        exact(getattr(x, "default", x))
        for x in (sym.a1, sym.a2, sym.kappa1, sym.kappa2, sym.s0, sym.sigma_r, sym.b, share, most_z)
    )
    m, noise = at["m"], noise**2
    harm, spread = a2 * (1 - k2 * at["H"]), s0 * (1 - k1 * at["H"])
    most = 8 * (2 * spread.upper()) ** 2
    least_A = (harm / m - a1).lower().max(exact(0)) / most_z
    if least_A > spread.upper() * (most / (most * m.lower() + noise)).sqrt():
        return None
    signal = least_A**2 * noise / (spread.upper() ** 2 - least_A**2 * m.lower()) if least_A > 0 else exact(0)
    start = m + at["u"] * (1 - m)
    here, there = (signal * m.upper() + noise).sqrt(), (signal * start.lower() + noise).sqrt()
    lost = start.lower() * signal / (there * (here + there))
    inner = harm / m - (harm / m - a1).lower().max(exact(0)) * lost
    inner = inner.upper().min(harm.upper() / m.lower() * (1 - lost) + a1 * lost)
    return at["u"] * ((1 - m) ** 2 * 2 / half * inner * (1 - at["u"]) - 1) - share * m * (1 - at["u"])


@argued(
    "A move can land below the floor, but by at most 5 per cent of it.",
    about=IMPROVEMENT + " selection_intensity mu_next",
    of="published",
    where="",
    remark="sliders' ranges, delta <= 2, c = 0",
    constants="the article's",
    holds=lands_near_the_floor,
    rigorous=True,
)
def claim_overshoot(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed, exact, interval, prove_below

    corner = {sym.H: 0, sym.rho: 1, sym.gamma: 0, sym.K: 12, sym.N: 8, sym.K_r: 1, sym.delta: 2}
    assert_enclosed(enclosed(sym.expected_improvement, corner | {sym.mu: "0.175"}, model) < 0, "0.175 is below a floor")
    assert_enclosed(enclosed(sym.mu_next, corner | {sym.mu: "0.26"}, model) < exact("0.175"), "a move lands below it")

    E, floor = reduced_improvement(model), Dummy("t*", positive=True)
    m, start = floor / (1 + floor), t / (1 + t)
    here, there = (sqrt(N * s**2 * at + sigma_r**2) for at in (m, start))
    A, A_there = (sqrt(N) * s**2 / (delta * root) for root in (here, there))
    argue("Let mu* and the start be at m and m1 = mu/(mu + b), and P = B/m - z A(m), A(m) = sqrt(N_eff) s^2/(delta u).")
    landing = b * floor - (b * t - E.subs(P, B / m - z * A))
    lost = z * start * (A - A_there) / (start - m)
    below = (start - m) / m * (delta * (1 - m) / b * (B / m - lost) - 1 / (1 - start))
    assert_identity(landing / (b * floor), below, "(mu* - mu')/mu* where E > 0 is this difference")
    signal, spread = N * s**2, s / delta
    share = start * signal / (there * (here + there))
    assert_identity(lost, z * A * share, "lost is z A(m) phi, phi = m1 g/(u1 (u + u1)), g = N_eff s^2")

    argue("For z < 0 the bracket is delta (1 - m)/b P' - 1/(1 - m1) with P' <= P <= a1, as phi <= 1: not positive.")
    assert_identity(start * signal / share - start * signal, sigma_r**2 + here * there, "phi < 1")
    a1, half = (enclosed(symbol) for symbol in (sym.a1, sym.b))
    assert_enclosed(2 * a1 / half < 1, "delta a1/b < 1 up to delta = 2")
    argue("For z >= 0 P <= a1 asks for z A >= e = B/m - a1: the bracket holds B/m - max(e, 0) phi at most.")
    g = Dummy("g", positive=True)
    inverse = 1 + (sigma_r**2 / g + sqrt((m + sigma_r**2 / g) * (start + sigma_r**2 / g))) / start
    assert_identity((1 / share).subs(N, g / s**2), inverse, "1/phi, which falls as g rises: phi rises with g")
    assert_identity(A**2, spread**2 * signal / (signal * m + sigma_r**2), "A^2 = (s/delta)^2 g/(g m + sigma_r^2)")
    least = Dummy("A0", positive=True)
    solved = least**2 * sigma_r**2 / (spread**2 - least**2 * m)
    assert_identity(spread**2 * solved / (solved * m + sigma_r**2), least**2, "so A >= A0 needs g of this size")
    assert_positive((g / (g * m + sigma_r**2)).diff(g).simplify(), "as A rises with g")
    most = enclosed(sym.selection_intensity, {sym.K: 12, sym.N: 8, sym.K_r: 1, sym.H: 0}, model)
    assert_enclosed(most < exact("1.645"), "z is at most 1.645, at K' = 20: A >= e/1.645")
    argue("delta multiplies what is positive and widens the range of g <= 8 s^2: it is largest at delta = 2.")
    bound = 0.05
    box = {"H": (0.0, 1.0), "m": (0.001, 1.0), "u": (0.0, 1.0)}
    prove_below(lambda at: landing_below(at, bound, "1.645"), 0.0, box, f"(mu* - mu')/mu* < {bound}, times (1 - u) m")
    tiny = landing_below({"H": interval(0.0, 1.0), "m": exact("0.001"), "u": exact(0)}, bound, "1.645")
    assert_exact(tiny is None, "below m = 0.001 P would exceed a1, the more so the smaller m")
    return {"deepest_landing": bound}


@argued(
    "At the defaults the floor is 0.712 at delta = 0.01 and 0.376 at delta = 2.",
    about=IMPROVEMENT,
    of="published",
    where="",
    remark="defaults",
    constants="the article's",
    holds=default_floors_are_as_said,
    rigorous=True,
)
def claim_default_floors(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed

    argue("E has one root, through which it rises (one_root): the floor lies where its sign changes.")
    for radius, low, high in DEFAULT_FLOORS:
        below, above = (enclosed(sym.expected_improvement, {sym.delta: radius, sym.mu: mass}, model)
                        for mass in (low, high))  # fmt: skip
        assert_enclosed(below < 0, f"delta = {radius}: E < 0 at {low}")
        assert_enclosed(above > 0, f"and E > 0 at {high}")


@refuted(
    "The article's presets reach their own targets.",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity gain mu_next pass_probability",
    of="published",
    remark="1000 moves",
    constants="each at half and at twice its value, one at a time",
)
def claim_presets_reach_their_targets(model):
    from deltamu.model.settings import PRESETS
    from deltamu.simulation.simulate import simulate

    def measure(preset, moves):
        ds = simulate(preset, model=model, moves=moves, keep="final", **varied_constants())
        return {
            "ever_reached": bool(np.isfinite(ds.moves_to_target).any()),
            "P_pass": float(ds.pass_probability[0]),
            "best_P_pass": float(ds.pass_probability.max()),
        }

    best = {}
    for name, settings in PRESETS.items():
        found = refute(
            f"{name} reaches its target of {settings['target']}, with the article's constants or one of them halved or "
            "doubled", measure, lambda ever_reached, **_: ever_reached, preset=name, moves=1000,
        )  # fmt: skip
        best[f"{settings.policy.name.partition('-')[0]}_best_box_pass"] = found["best_P_pass"]
    return best


@argued(
    "At the floors of the presets the pass probability is about 0.43, 0.69 and 0.66, below their targets.",
    about=IMPROVEMENT + " selection_intensity pass_probability",
    of="published",
    where="",
    remark="at the largest radius that each preset uses, the planner after its plan",
    constants="the article's",
    holds=presets_are_capped_as_said,
    rigorous=True,
)
def claim_caps(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed

    p = Symbol("p", positive=True)
    passing = generic(model[sym.pass_probability].expr).subs(generic(sym.mu), -log(p) / generic(sym.r))
    assert_identity(passing, p, "the pass probability is p at the mass -ln p/r")

    argue("E has one root, through which it rises (one_root), so a mass where E < 0 lies below the floor.")
    argue("The cap exp(-r mu*) is then below exp(-r mu), and above it where E > 0.")
    for name, at, target, cap in presets_at_their_best():
        for side, where in ((1, "below"), (-1, "above")):
            bound = cap + side * CAP_WIDTH
            mass = enclosed(-log(bound) / sym.r, at)
            improvement = enclosed(sym.expected_improvement, at | {sym.mu: mass}, model)
            assert_enclosed(side * improvement < 0, f"{name}: the cap lies {where} {float(bound):g}")
        assert_exact(cap + CAP_WIDTH + CAP_BELOW < target, f"{name}: which is more than 0.2 below the target")


@argued(
    "The completed move's greatest rest point at the defaults lies at 0.120, lower than the published floor by more "
    "than 0.5.",
    about="gain visible_gain hidden_gain acceptance_margin",
    of="gated",
    where="",
    remark="defaults, delta = 0.2, masses up to 10^6",
    constants="the article's",
    holds=gated_rest_point_is_as_said,
    rigorous=True,
)
def claim_gated_rest_point(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed, exact, prove_below, quantity_on_balls, root_between

    (low, high), at = REST_POINT, {delta: REST_RADIUS}
    gain = quantity_on_balls(model, sym.gain, at)
    half = sym.b.default

    def below(box):
        return -gain({sym.mu: half * box["m"] / (1 - box["m"])})

    lowest, highest = high / (half + high), HIGHEST_MASS / (half + HIGHEST_MASS)
    prove_below(below, 0.0, {"m": (lowest, highest)}, f"the gain is positive from {high} to {HIGHEST_MASS:g}")
    assert_enclosed(enclosed(sym.gain, at | {sym.mu: low}, model) < 0, f"and negative at {low}")
    argue("The published E has one root, through which it rises (one_root).")
    E = quantity_on_balls(model, sym.expected_improvement, at)
    root = root_between(lambda mass: E({sym.mu: mass}), "0.5", "0.7", "with the exact intensity the root of E")
    far = exact(high) + exact(LOWER_BY)
    published = enclosed(sym.expected_improvement, at | {sym.mu: far}, PUBLISHED)
    assert_enclosed(published < 0, f"the published floor lies above {high} + {LOWER_BY}")
    return {"floor_with_exact_intensity": float(root.mid())}


@refuted(
    "The gain of the completed move has at most one root in mu, as E has.",
    about="gain",
    of="gated",
    remark="K = 10^6, N = 39055, r = 0.999965, delta = 0.419: far outside the sliders",
    constants="a2 = 0.391",
)
def claim_one_gated_root(model):
    step("Signs of the gain to 20 digits, at four masses that rise: each change of sign is a root.")
    defaults = {symbol: symbol.default for symbol in model.free_symbols if symbol.default is not None}

    def measure(mu, **settings):
        values = defaults | {sym_of(name): value for name, value in settings.items()}
        return {"signs": [int(sign(model.evalf(sym.gain, values | {sym.mu: mass}, 20))) for mass in mu]}

    def sym_of(name):
        return next(symbol for symbol in (*sym.PARAMETERS, sym.delta) if symbol.name == name)

    refute(
        "the sign changes once", measure, lambda signs: sum(a != b for a, b in pairwise(signs)) <= 1,
        mu=("0.0003", "0.001", "0.003", "0.006"), K=10**6, N=39055, r="0.999965", a2="0.391", delta="0.419", H=0, rho=0,
        gamma=0, K_r=0,
    )  # fmt: skip


@argued(
    "With up to 1000 effective candidates the gain of the completed move has at most one root in mu.",
    about="gain visible_gain hidden_gain acceptance_margin visible_spread variance_reduction score_accuracy",
    of="gated",
    where="mu > 0, sigma_Delta > 0, sigma_r > 0, N > 0, r > 0",
    remark="K_eff <= 1000",
    holds=gains_for_all_larger_masses,
    rigorous=True,
)
def claim_one_gated_root_of_few_candidates(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, prove_below
    from deltamu.claims.rigorous.balls import mean_of_the_maximum, root, variance_of_the_maximum

    r, v, w = generic(sym.r), generic(sym.selection_variance), Dummy("w", positive=True)
    sigma, spread = generic(sym.sigma_Delta), generic(sym.visible_spread)
    argue("A root has x < 0, and T^2 H(x) = 1 - r there with H = h/phi, which rises in x (D09): show that T^2 H rises.")
    argue("Write w = N_eff sigma^2/sigma_r^2, which is proportional to mu/(mu + b); below, ' is d/dln w.")
    accuracy = generic(model[sym.score_accuracy].expr)
    accuracy = accuracy.subs(generic(sym.N_eff), w * generic(sym.sigma_r) ** 2 / sigma**2)
    assert_identity(accuracy**2, w / (1 + w), "lambda^2 = w/(1 + w)")
    reduction = generic(model[sym.variance_reduction].expr).subs(generic(sym.score_accuracy), accuracy)
    T2 = generic(model[sym.visible_spread].expr).subs(generic(sym.variance_reduction), reduction) ** 2
    assert_identity(T2, squared_spread(r, v, w), "T^2")
    assert_identity(-w * T2.diff(w) / T2, fall_of_spread(r, v, w), "f = -(ln T^2)'")
    selected = accuracy * sqrt(w)
    assert_identity(w * selected.diff(w) / selected, 1 - accuracy**2 / 2, "(ln lambda sigma)' = 1 - lambda^2/2")
    t_of_E = -generic(model[sym.acceptance_margin].expr).subs(sym.expected_improvement, -P)
    assert_identity(t_of_E, sqrt(r) * P / (sigma * spread), "t = -x = sqrt(r) |E|/(sigma T), and (ln sigma)' = 1/2")
    argue("|E| falls at least by what selection adds, i lambda sigma (1 - lambda^2/2), and |E| = t sigma T/sqrt(r).")
    argue("With e = t H'(x)/(2H): (ln T^2 H)' >= e (2 i lambda (1 - lambda^2/2) sqrt(r)/(t T) + 1 - f) - f.")

    argue("Let q = 1 - v, m = lambda^2 and M = Phi(-t)/phi(t): H = 1 - t M and e = t (M/H - t)/2.")
    q, m, M, s_ = (Dummy(name, positive=True) for name in ("q", "m", "M", "s"))
    H = 1 - t * M
    at_root = {r: t * M / (1 - H * q * m), v: 1 - q, w: m / (1 - m)}
    T2, fall = (form(r, v, w).subs(at_root) for form in (squared_spread, fall_of_spread))
    assert_identity(T2 * H, 1 - at_root[r], "T^2 H = 1 - r where r = t M/(1 - H q m)")
    assert_identity(fall, t * M * q * m * (1 - m) / (1 - q * m), "f = t M q m (1 - m)/(1 - q m)")
    assert_identity(at_root[r] / T2, t * M / (1 - q * m), "r/T^2 = t M/(1 - q m)")
    least = (1 - s_) / (1 + s_) - (q * m * (1 - m) / (1 - q * m)).subs(q, 1 - s_**2)
    square = (1 - s_) / (1 + s_) * (1 - (1 + s_) * m) ** 2 / (1 - (1 - s_**2) * m)
    assert_identity(least, square, "f <= c t M with c = (1 - sqrt(v))/(1 + sqrt(v)), for any m: the rest is a square")

    argue("v falls with the candidates (D06), and c rises. For t >= 4 and up to 1000 candidates f < e (1 - f):")
    variance, fewer, mean = (
        moment(exact(k))
        for moment, k in ((variance_of_the_maximum, 1000), (variance_of_the_maximum, 500), (mean_of_the_maximum, 500))
    )
    most = (1 - variance.sqrt()) / (1 + variance.sqrt())
    assert_enclosed(most < exact("0.48"), "c < 0.48")
    low, high = (t**3 + 5 * t) / (t**4 + 6 * t**2 + 3), (t**2 + 2) / (t**3 + 3 * t)
    assert_positive((1 + low.diff(t) - t * low).together().cancel(), "M > low: Phi(-t) - phi low falls to 0")
    assert_positive(-(1 + high.diff(t) - t * high).together().cancel(), "M < high: Phi(-t) - phi high rises to 0")
    assert_identity(t * (low / (1 - t * low) - t) / 2, t**2 / (t**2 + 3), "so e >= t^2/(t^2 + 3), as e rises with M")
    far = (t**2 * (t**2 + 3) - Rational(12, 25) * (t**2 + 2) * (2 * t**2 + 3)).subs(t, 4 + u).expand()
    assert_positive(far, "c (t^2 + 2)/(t^2 + 3) (1 + e) < e")

    argue("For t < 4 and up to 500 candidates too.")
    few = (1 - fewer.sqrt()) / (1 + fewer.sqrt())

    def by_spread(at):
        M, rise = mills_and_rise(at["t"])
        return few * M + rise * (few * at["t"] * M - 1)

    prove_below(by_spread, 0.0, {"t": (0.0, 4.0)}, "c M (1 + e) < e/t")
    argue("From 500 to 1000 selection counts: i >= i(500), and r/T^2 is at least what it is at v(500).")

    def by_selection(at):
        (M, rise), at_m = mills_and_rise(at["t"]), at["m"]
        added = 2 * mean * (1 - at_m / 2) * root(at_m * M / (at["t"].upper() * (1 - (1 - fewer) * at_m)))
        lost = (1 - variance) * at_m * (1 - at_m) / (1 - (1 - variance) * at_m)
        return M * lost * (1 + at["t"] * rise) - rise * (1 + added)

    box = {"t": (0.0, 4.0), "m": (0.0, 1.0)}
    prove_below(by_selection, 0.0, box, "f (1 + e)/t < (1 + 2 i lambda (1 - lambda^2/2) sqrt(r)/(t T)) e/t")


def mills_and_rise(t):
    """Balls around M = Phi(-t)/phi(t), which falls, and e/t = (M/(1 - t M) - t)/2, for a ball of t in [0, 4]."""
    from deltamu.claims.rigorous import interval
    from deltamu.claims.rigorous.balls import cdf, pdf

    low, high = t.lower(), t.upper()
    at_low, at_high = cdf(-low) / pdf(low), cdf(-high) / pdf(high)
    H = interval(1 - high * at_high, 1 - low * at_low)
    M = interval(at_high, at_low)
    return M, (M / H - t) / 2


def squared_spread(r, v, w):
    """T^2 of the selected visible part, in w = N_eff sigma^2/sigma_r^2."""
    return 1 - r * (1 - v) * w / (1 + w)


def fall_of_spread(r, v, w):
    """-d ln T^2/d ln w."""
    return r * (1 - v) * w / ((1 + w) ** 2 * squared_spread(r, v, w))
