"""D12  The floor of the published model: the defect mass below which no move is expected to help.

Statement
    For fixed controls E has at most one root mu*; it solves a cubic in u = sqrt(N_eff sigma_Delta^2 + sigma_r^2), is
    infinite iff even the richest codebase does not repay an edit, and is where a run comes to rest.

Assumptions
    Controls are fixed; P = a1 rho_eff, B = a2 (1 - kappa2 H)(1 + c delta), s = s0 (1 - kappa1 H) delta are positive;
    m = mu/(mu + b) stands for the defect mass.
"""

from itertools import pairwise

import numpy as np
import xarray as xr
from sympy import Dummy, Integer, Sum, Symbol, cancel, oo, sign, simplify, sqrt

from deltamu import symbols as sym
from deltamu.claims import (
    assert_identity,
    assert_limit,
    assert_positive,
    assert_sign_changes,
    generic,
    proved,
    refute,
    refuted,
    slider_ranges,
    step,
    support,
    supported,
    varied_constants,
)

P, B, s, N, sigma_r = (Dummy(name, positive=True) for name in ("P", "B", "s", "N_eff", "sigma_r"))
delta, b = sym.delta, sym.b
z, u = Symbol("z", real=True), Symbol("u", positive=True)
t = Dummy("t", positive=True)  # mu = b t, so that m = t/(1 + t)
IMPROVEMENT = "expected_improvement mu_Delta sigma_Delta score_accuracy"


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


@proved(
    "E vanishes where a cubic in u does.",
    about=IMPROVEMENT,
    remark="N_eff, sigma_r, P, B, s > 0, any z",
)
def claim_cubic(model):
    E = reduced_improvement(model)
    m = t / (1 + t)
    root = sqrt(N * s**2 * m + sigma_r**2)
    step("Multiply E by u N_eff s^2, which is positive, and write m = (u^2 - sigma_r^2)/(N_eff s^2).")
    difference = simplify(E * root * N * s**2 - cubic(root))
    assert_identity(difference, 0, "the product is the cubic")
    assert_positive((root**2).diff(t), "u rises with mu, so roots in u and in mu correspond")


@proved(
    "For z >= 0 the cubic has one positive root, and it is admissible (u > sigma_r).",
    about="",
    of="published",
    remark="z >= 0",
)
def claim_one_root(model):
    _prove_sign_changes(Dummy("z", nonnegative=True), 1, "one change of sign, so one positive root (Descartes)")
    at_zero = cubic(sigma_r)
    assert_positive(-at_zero, "the cubic is negative at u = sigma_r, where mu = 0, so the root lies above")


@proved(
    "For z < 0 the cubic has two positive roots, of which the larger is admissible.",
    about="",
    of="published",
    remark="z < 0",
)
def claim_two_roots(model):
    negative = -Dummy("z", positive=True)
    _prove_sign_changes(negative, 2, "two changes of sign: two positive roots or none")
    assert_positive(cubic(Integer(0), negative), "positive at u = 0")
    assert_positive(-cubic(sigma_r, negative), "negative at u = sigma_r")
    assert_limit(P * u**3, u, oo, oo, "positive at the end: one root on either side of sigma_r")


def _prove_sign_changes(intensity, count, text):
    from sympy import Poly

    coefficients = Poly(cubic(u, intensity), u).all_coeffs()
    if intensity.is_nonnegative and not intensity.is_positive:
        for value in (Dummy("z", positive=True), Integer(0)):
            assert_sign_changes([c.subs(intensity, value) for c in coefficients], count, text)
    else:
        assert_sign_changes(coefficients, count, text)


@proved(
    "The floor is infinite iff P delta - B delta + z s lambda_oo <= 0: edits never pay, however much is wrong.",
    about=IMPROVEMENT,
    remark="N_eff > 0",
)
def claim_infinite_floor(model):
    step("The root is below u_oo (m < 1) iff the cubic is positive there; that is the sign of E as mu -> oo.")
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
    remark="z = 0",
)
def claim_floor_without_selection(model):
    E = reduced_improvement(model).subs(z, 0)
    excess = Dummy("excess", positive=True)
    floor = B / excess  # mu*/b with P = B + excess
    assert_identity(E.subs({P: B + excess}).subs(t, floor), 0, "E = 0 at mu = b B/(P - B)")
    assert_positive(E.diff(t), "E rises with mu: there is no other root")
    short = Dummy("short", nonnegative=True)
    assert_positive(-E.subs(B, P + short), "for P <= B it is negative everywhere")


@proved(
    "A radius that decays travels delta0/(1 - d) in total, so it can stop a run above its floor.",
    about="",
    of="published",
    remark="0 < d < 1",
)
def claim_decaying_radius(model):
    from deltamu.model.policies import VIBE

    d, n, k = Symbol("d", positive=True), Dummy("n", positive=True, integer=True), Dummy("k", integer=True)
    assert_identity(dict(VIBE.update)[sym.delta].doit(), sym.decay * sym.delta, "each move multiplies it by d")
    partial = Sum(d**k, (k, 0, n - 1)).doit().args[1][0]
    share = Dummy("share", positive=True)
    assert_identity(partial, (1 - d**n) / (1 - d), "the sum over n moves")
    assert_identity((1 / (1 - d)).subs(d, share / (1 + share)), 1 + share, "and its limit, as d^n -> 0")


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


@supported(
    "The floor is stable: 0 < E'(mu*) < 2.",
    about=IMPROVEMENT + " selection_intensity",
    of="published",
    remark="sliders' ranges, c = 0",
    constants="the article's; not if s0 is doubled or b halved (see unstable_floors)",
)
def claim_stable(model):
    slope = slopes_at_floors(model, **points(10000))
    sample = f"{int(slope.count())} settings, corners and random"
    support("largest slope", slope.max(), high=1.5, sample=sample, why="smooth in all controls; well below 2")
    support("least slope", slope.min(), low=0, sample=sample, why="E has one root and rises through it")


@refuted(
    "The floor is stable for other constants too, each from half to twice its value.",
    about=IMPROVEMENT + " selection_intensity",
    of="published",
    remark="corners of the sliders' ranges, delta up to 2, c = 0",
    constants="each from half to twice its value",
)
def claim_unstable_floors(model):
    slope = slopes_at_floors(model, **points(0), **varied_constants()).max("point")
    unstable = {str(name): round(float(value), 2) for name, value in zip(slope.constants.values, slope, strict=True)
                if value >= 2}  # fmt: skip
    refute("E'(mu*) < 2 for all of them", not unstable, largest_slopes=unstable, as_they_are=float(slope[0]))


@supported(
    "A move can land below the floor, but only by a few per cent of it.",
    about=IMPROVEMENT,
    of="published",
    remark="sliders' ranges, c = 0",
)
def claim_overshoot(model):
    from deltamu.simulation.evaluate import evaluate

    controls = points(4000, seed=2)
    floor = floors(model, **controls)
    keep = np.isfinite(floor) & (floor < 1e3) & (floor > 1e-3)
    controls, floor = {name: values[keep] for name, values in controls.items()}, floor[keep]
    start = floor * xr.DataArray(np.geomspace(1.001, 8, 60), dims="start")
    after = evaluate("mu_next", model=model, mu=start, **controls).mu_next
    support(
        "deepest landing below the floor, as a share of it",
        (1 - after / floor).max(),
        low=0.0,
        high=0.12,
        sample=f"{floor.size} settings by 60 starts",
        why="a smooth function near its extreme",
    )


@supported(
    "At the defaults the floor falls from 0.712 at delta = 0.01 to 0.376 at delta = 2.",
    about=IMPROVEMENT,
    of="published",
    remark="defaults",
)
def claim_default_floors(model):
    found = floors(model, delta=xr.DataArray([0.01, 2.0], dims="delta"))
    for value, expected in zip(found, (0.712, 0.376), strict=True):
        support(
            "distance from the stated floor",
            abs(value - expected),
            high=5e-4,
            sample="bisection to 1e-12",
            why="three digits are stated",
        )


@refuted(
    "The article's presets reach their own targets.",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity gain mu_next pass_probability",
    of="published",
    remark="1000 moves",
    constants="each from half to twice its value",
)
def claim_presets_reach_their_targets(model):
    from deltamu.model.settings import PRESETS
    from deltamu.simulation.simulate import simulate

    for name, settings in PRESETS.items():
        ds = simulate(name, model=model, moves=1000, keep="final", **varied_constants())
        refute(
            f"{name} reaches its target, with the article's constants or one of them halved or doubled",
            bool(np.isfinite(ds.moves_to_target).any()),
            P_pass_after_1000_moves=float(ds.pass_probability[0]),
            best_P_pass=float(ds.pass_probability.max()),
            target=settings["target"],
        )


@supported(
    "The floor caps the presets' pass probability at about 0.43, 0.69 and 0.66, below their targets.",
    about=IMPROVEMENT + " selection_intensity pass_probability",
    of="published",
    remark="the largest radius that each preset uses, started above the floor",
)
def claim_caps(model):
    from deltamu.model.settings import PRESETS
    from deltamu.simulation.evaluate import evaluate

    for (name, settings), expected in zip(PRESETS.items(), (0.43, 0.69, 0.66), strict=True):
        largest = 1.0 if settings.policy.name == "trust-region" else settings["delta0"]
        best = {"noob-vibe": {}, "principal-tr": {}, "planner-spec": {"H": 0.75, "r": 0.76}}[name]
        values = {s.name: settings[s.name] for s in (sym.H, sym.rho, sym.r, sym.gamma, sym.K, sym.N, sym.K_r)} | best
        at = {key: xr.DataArray(float(value)) for key, value in (values | {"delta": largest}).items()}
        floor = float(floors(model, **at))
        cap = float(evaluate("pass_probability", model=model, mu=floor, r=values["r"]).pass_probability)
        support(
            f"{name}: cap less the stated one",
            abs(cap - expected),
            high=0.006,
            sample="bisection to 1e-12",
            why="two digits are stated",
        )
        support(f"{name}: target less cap", settings["target"] - cap, low=0.2, sample="the same", why="the same")


@supported(
    "The completed move's rest point at the defaults lies lower than the published floor.",
    about="gain visible_gain hidden_gain acceptance_margin",
    of="gated",
    remark="defaults, delta = 0.2",
)
def claim_gated_rest_point(model):
    at = {"delta": xr.DataArray(0.2)}
    rest = float(floors(model, "gain", **at))
    root = float(floors(model, **at))
    support("rest point", rest, low=0.1195, high=0.1205, sample="bisection to 1e-12", why="three digits are stated")
    support("root of E, with the exact intensity", root, low=rest, sample="the same", why="the same")
    support("published floor less rest point", _published_floor(at) - rest, low=0.5, sample="the same", why="the same")


def _published_floor(at):
    from deltamu.model.published import PUBLISHED

    return float(floors(PUBLISHED, **at))


@refuted(
    "The gain of the completed move has at most one root in mu, as E has.",
    about="gain",
    of="gated",
    remark="K = 10^6, N = 39055, r = 0.999965, delta = 0.419: far outside the sliders",
    constants="a2 = 0.391",
)
def claim_one_gated_root(model):
    step("Signs of the gain to 30 digits, at four masses that rise: each change of sign is a root.")
    controls = {sym.K: 10**6, sym.N: 39055, sym.r: "0.999965", sym.a2: "0.391", sym.delta: "0.419"}
    controls |= dict.fromkeys((sym.H, sym.rho, sym.gamma, sym.K_r), 0)
    values = {symbol: symbol.default for symbol in model.free_symbols if symbol.default is not None} | controls
    masses = ("0.0003", "0.001", "0.003", "0.006")
    signs = [int(sign(model.evalf(sym.gain, values | {sym.mu: mass}))) for mass in masses]
    changes = sum(one != other for one, other in pairwise(signs))
    refute("the sign changes once", changes <= 1, masses=masses, signs=signs)


@supported(
    "With up to 1000 effective candidates the gain of the completed move has at most one root in mu.",
    about="gain visible_gain hidden_gain acceptance_margin visible_spread variance_reduction score_accuracy",
    of="gated",
    remark="the whole mathematical domain, K_eff <= 1000",
)
def claim_one_gated_root_of_few_candidates(model):
    from deltamu.model.special import numpy_kernels as kernels

    r, v, w = generic(sym.r), generic(sym.selection_variance), Dummy("w", positive=True)
    sigma, spread = generic(sym.sigma_Delta), generic(sym.visible_spread)
    step("A root has x < 0, and T^2 H(x) = 1 - r there with H = h/phi, which rises in x (D09): show that T^2 H rises.")
    step("Write w = N_eff sigma^2/sigma_r^2, which is proportional to mu/(mu + b); below, ' is d/dln w.")
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
    step("|E| falls at least by what selection adds, i lambda sigma (1 - lambda^2/2), and |E| = t sigma T/sqrt(r).")
    step("With e = t H'(x)/(2H): (ln T^2 H)' >= e (2 i lambda (1 - lambda^2/2) sqrt(r)/(t T) + 1 - f) - f.")
    candidates = 1 + np.geomspace(1e-3, 999, 40)[:, None, None]
    at_w, t = np.geomspace(1e-6, 1e6, 200)[:, None], np.geomspace(1e-5, 1e4, 200)
    intensity, variance = kernels.normal_max_mean(candidates), kernels.normal_max_variance(candidates)
    mills, H = kernels.tail_ratios(t)
    share = at_w / (1 + at_w)
    at = t * mills / (1 - H * (1 - variance) * share), variance, at_w  # r where T^2 H = 1 - r; 1 - H = t Phi/phi
    selection = 2 * intensity * np.sqrt(share * at[0] / squared_spread(*at)) * (1 - share / 2) / t
    rise, fall = t / 2 * (mills / H - t) * (selection + 1 - fall_of_spread(*at)), fall_of_spread(*at)
    support(
        "least ratio of what raises T^2 H to what lowers it",
        (rise / fall).min(),
        low=1.0,
        sample=f"{rise.size} points: 40 numbers of candidates up to 1000, w from 1e-6 to 1e6, t from 1e-5 to 1e4",
        why="smooth, least at the most candidates for t -> oo, where it is (1 - f)/f; without bound for w -> 0, oo",
    )


def squared_spread(r, v, w):
    """T^2 of the selected visible part, in w = N_eff sigma^2/sigma_r^2."""
    return 1 - r * (1 - v) * w / (1 + w)


def fall_of_spread(r, v, w):
    """-d ln T^2/d ln w."""
    return r * (1 - v) * w / ((1 + w) ** 2 * squared_spread(r, v, w))
