"""D18  The article's conclusions: trade-offs, optimal teams, multiplicative levers, novices and experts.

Statement
    Each sentence that can be true or false is read as precisely and as charitably as it can be, and decided.

Assumptions
    The published model, unless a claim says otherwise; "fails" means that the defect mass does not fall to half,
    "succeeds" that the target is reached.
"""

import numpy as np
from sympy import Dummy, Integer, Interval, Symbol, log, oo, pi, simplify, sqrt

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
    by_name,
    close,
    generic,
    proved,
    refute,
    refuted,
    step,
    support,
    supported,
    varied_constants,
)
from deltamu.model.policies import TRUST_REGION, VIBE
from deltamu.model.special import expected_positive_part, normal_cdf

z = Symbol("z", nonnegative=True)
mu, r = generic(sym.mu), generic(sym.r)
IMPROVEMENT = "expected_improvement mu_Delta sigma_Delta score_accuracy rho_eff"
ALL = IMPROVEMENT + " selection_intensity K_eff N_eff gain mu_next"
WHY = "deterministic runs of the formulas"


def worst_stop_is_as_said(at):
    stop = at.moved(mu=-np.log(at.target) / at.r)
    return (
        close(stop.pass_probability, at.target)
        & close(stop.reliability, at.target ** (1 / at.r))
        & close(1 - stop.false_pass_probability, at.target ** (1 / at.r - 1), scale=1)
        & ((at.pass_probability < at.target) | at_most(at.mu, stop.mu))
    )


def benefit_is_a_product(at):
    def benefit(point):
        return point.mu_Delta - point.moved(mu=0.0).mu_Delta

    scale = 4 * at.delta * (at.a1 + at.a2)
    return close(benefit(at.moved(delta=2 * at.delta)), 2 * benefit(at), scale) & close(
        benefit(at.moved(rho=1.0)) * at.rho_eff, benefit(at), scale
    )


def fails_for_ever_as_said(at):
    """At masses up to 1e9 b: no gain at any if P <= B (1 + c delta), and one at the largest if P is clearly more."""
    P_, B_ = at.a1 * at.rho_eff, at.a2 * (1 - at.kappa2 * at.H) * (1 + at.overreach * at.delta)
    gains = at.moved(mu=at.b * np.geomspace(1e-6, 1e9, 30)[:, None]).gain
    return np.where(P_ <= B_, gains.max(0) <= 1e-12 * at.delta, (gains[-1] > 0) | (P_ < B_ * (1 + 1e-6)))


def nothing_is_gained_near_zero(at):
    """At a mass so small that selection's part is a thousandth of the harm."""
    harm = at.a2 * (1 - at.kappa2 * at.H) / (at.a1 + np.abs(at.selection_intensity) * at.s0 + 1)
    small = at.moved(mu=at.b * np.minimum(1e-3 * harm, (1e-3 * harm) ** 2))
    return (small.gain == 0) & (small.mu_next == small.mu)


TEAM, TEAMS = {sym.mu: 6, sym.delta: 0.2, sym.K_r: 0}, range(9)
BEST_TEAMS = {0.005: 4, 0.01: 2, 0.03: 1, 1: 0}  # by the price of a review


def best_team_is_as_said(at):
    sizes = np.array(TEAMS, dtype=float)[:, None]
    found = [at.at_the_defaults(TEAM | {sym.w_review: price, sym.N: sizes}) for price in BEST_TEAMS]
    best = [point.efficiency.argmax(axis=0) for point in found]
    return np.all([one == said for one, said in zip(best, BEST_TEAMS.values(), strict=True)], axis=0)


NOVICE = {sym.H: 0.1, sym.rho: 0.2, sym.K: 1, sym.N: 0, sym.K_r: 0}
OVERREACHING, NOVICE_MOVES = NOVICE | {sym.overreach: 1, sym.decay: 1}, 300
LARGE_STEPS, SMALL_STEPS, NOWHERE, GETS_ON = (1.3, 2), 0.1, 11.99, 11.5


def novice_ends_as_said(at):
    from deltamu.simulation.simulate import simulate

    radii = [*LARGE_STEPS, SMALL_STEPS]
    ds = simulate(policy=VIBE, model=at.model, moves=NOVICE_MOVES, keep="final", delta0=radii, **by_name(OVERREACHING))
    *nowhere, on = ds.mu_next.to_numpy()
    return min(nowhere) > NOWHERE and on < GETS_ON


LAST_MOVES, NEAR_THE_END, SHARE, SHARE_WIDTH = 400, range(45, 60), 0.7715, 5e-4
FIXED = {sym.decay: 1, sym.delta0: 1}


def keeps_one_share_near_the_end(at):
    from deltamu.simulation.simulate import simulate

    mu = simulate(policy=VIBE, model=at.model, moves=LAST_MOVES, keep=["mu_next"], **by_name(FIXED)).mu_next.to_numpy()
    moves = np.array(NEAR_THE_END)
    shares = (mu[moves] - mu[-1]) / (mu[moves - 1] - mu[-1])
    return bool((np.abs(shares - SHARE) < SHARE_WIDTH).all())


# --- "Oracle resolution (r) and human priors (H) create predictable speed-quality tradeoffs" -------------------------
@proved(
    "A run stops at mu = -ln R*/r or below, of which (1 - r) is hidden.",
    about="pass_probability false_pass_probability reliability",
    where="r > 0, mu > 0",
    remark="the target is reached",
    holds=worst_stop_is_as_said,
)
def claim_oracle_trade_off(model):
    at_stop = -log(sym.target) / r
    passing, clean = (generic(model[name].expr).subs(mu, at_stop) for name in (sym.pass_probability, sym.reliability))
    assert_identity(passing, sym.target, "P_pass = R* at the stop")
    falling = -generic(model[sym.pass_probability].expr).diff(mu)
    assert_positive(falling, "P_pass falls with mu: a run stops there or below")
    odds = Dummy("odds", positive=True)
    assert_identity(log(clean.subs(sym.target, 1 / (1 + odds))), -log(1 + odds) / r, "the true reliability is R*^(1/r)")
    false = generic(model[sym.false_pass_probability].expr).subs(mu, at_stop)
    assert_identity(1 - false, clean / passing, "and the false-pass probability what is missing")
    depth = Dummy("ln 1/R*", positive=True)
    assert_positive(-(depth / r).diff(r), "a finer oracle stops at fewer defects")


@refuted(
    'The slider "Target reliability" sets the reliability: a run that stops has it.',
    about="pass_probability reliability",
    remark="r < 1",
    constants="any",
)
def claim_target_reliability(model):
    def measure(**settings):
        at_stop = -np.log(settings["target"]) / settings["r"]
        passing, clean = (
            float(generic(model[name].expr).subs({mu: at_stop, r: settings["r"]}))
            for name in (sym.pass_probability, sym.reliability)
        )
        return {"pass_probability": passing, "reliability": clean}

    found = refute("the reliability is where the pass probability is", measure,
                   lambda pass_probability, reliability: reliability >= pass_probability - 1e-9,
                   r=0.8, target=0.95)  # fmt: skip
    return {"reliability_at_target": found["reliability"]}


@refuted(
    "At the default radius the human prior trades speed for quality: what it adds to the one it takes from the other.",
    about=ALL,
    of="published",
    remark="defaults, delta = 0.2, H = 0, 0.5 and 1, mu = 1, 6 and 30",
    constants="each at half and at twice its value, but for s0 doubled",
)
def claim_human_prior_trade_off(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        ds = evaluate("expected_improvement", model=model, **settings, **varied_constants())
        worse = (ds.expected_improvement.diff("H") < 0).sum(["H", "mu"])
        return {
            "cases": 6, "cases_where_it_takes": int(worse[0]),
            "sets_of_constants_where_it_does": ", ".join(map(str, worse.constants.values[worse > 0])) or "none",
        }  # fmt: skip

    found = refute(
        "a better prior takes from E, the speed far from the floor or the quality near it", measure,
        lambda cases_where_it_takes, **_: cases_where_it_takes > 0, mu=[1.0, 6.0, 30.0], delta=0.2, H=[0.0, 0.5, 1.0],
    )  # fmt: skip
    return {"prior_trade_off_cases": found["cases"]}


@supported(
    "At a radius of 1 the human prior does trade speed for quality: with more of it a move removes less at 12 defects, "
    "and a run ends lower.",
    about=ALL,
    of="published",
    remark="defaults, delta = 1, H = 0, 0.25 and 0.5, 400 moves",
    constants="the article's",
)
def claim_human_prior_trade_off_at_large_radius(model):
    from deltamu.simulation.simulate import simulate

    runs = simulate(
        policy=VIBE, model=model, keep=["gain", "mu_next"], H=[0.0, 0.25, 0.5], delta0=1.0, decay=1.0, moves=400
    )
    sample = "three runs from 12 defects"
    support("what H adds to the first gain", runs.gain.isel(move=0).diff("H").max(), high=-1e-4, sample=sample, why=WHY)
    support("and to what is left", runs.mu_next.isel(move=-1).diff("H").max(), high=-1e-3, sample=sample, why=WHY)


@refuted(
    "A better human prior always makes moves better.",
    about=ALL,
    of="published",
    remark="defaults, delta = 1, mu = 12",
)
def claim_human_prior_always_helps(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        return {"E": [float(E) for E in evaluate("expected_improvement", model=model, **settings).expected_improvement]}

    refute("E rises with H: it also narrows the choice", measure, lambda E: sorted(E) == E,
           mu=12.0, delta=1.0, H=[0.0, 0.5, 1.0])  # fmt: skip


# --- "Interactive simulation reveals optimal reviewer team sizes and correlation thresholds" -------------------------
@argued(
    "Without costs no reviewer too many and no correlation too small: E does not fall with N, "
    "nor, from one reviewer on, rise with gamma.",
    about="N_eff score_accuracy expected_improvement K_prime K_eff",
    where="K_eff >= 2, 0 < gamma < 1",
    remark="so that the intensity is not negative and does not fall with K_eff",
    holds=lambda at: (
        at_most(at.expected_improvement, at.moved(N=at.N + 1).expected_improvement, np.abs(at.mu_Delta))
        & (
            (at.N < 1)
            | at_most(
                at.moved(gamma=(1 + at.gamma) / 2).expected_improvement, at.expected_improvement, np.abs(at.mu_Delta)
            )
        )
    ),
)
def claim_no_optimal_team(model):
    argue("E depends on N through the accuracy and the number of candidates, and on gamma through the accuracy.")
    inside = {sym.gamma: Interval.open(0, 1)}
    N_eff = generic(model[sym.N_eff].expr)
    assert_positive(N_eff.diff(generic(sym.N)), "N_eff rises with N", inside)
    more = Dummy("more", positive=True)
    larger_team = generic(model[sym.N_eff].expr.subs(sym.N, 1 + more))
    assert_nonnegative(-larger_team.diff(generic(sym.gamma)), "and falls with gamma", inside)
    accuracy = generic(model[sym.score_accuracy].expr) ** 2
    assert_positive(accuracy.diff(generic(sym.N_eff)), "lambda rises with N_eff")
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z)
    assert_nonnegative(E.diff(sym.score_accuracy), "E does not fall with lambda")
    assert_nonnegative(model[sym.K_prime].expr.diff(sym.N), "more reviewers do not mean fewer candidates")
    assert_nonnegative(model[sym.K_eff].expr.diff(sym.K_prime), "nor fewer effective ones")


@refuted(
    "At every defect mass there is, counting calls, an optimal team size between none and all.",
    about=ALL + " cost efficiency",
    remark="defaults but K_r = 0, mu = 6, delta = 0.2, equal prices: all teams of the slider",
    constants="each at half and at twice its value",
)
def claim_optimal_team_by_cost(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        best = evaluate("efficiency", model=model, **settings, **varied_constants()).efficiency.argmax("N")
        return {"best_team": int(best[0]), "best_teams_of_all_sets_of_constants": sorted({int(team) for team in best})}

    refute(
        "the best team lies between, with the article's constants or one of them halved or doubled", measure,
        lambda best_teams_of_all_sets_of_constants, **_: any(0 < n < 8 for n in best_teams_of_all_sets_of_constants),
        N=list(range(9)), K_r=0, mu=6.0, delta=0.2,
    )  # fmt: skip


@supported(
    "At a mass of 6 and equal prices no team between none and all is best, in all cases tried.",
    about=ALL + " cost efficiency",
    remark="K = 1, 2, 5, 12; gamma = 0..0.9; delta = 0.05..2; nearer to the floor one is (D20)",
    constants="each at half and at twice its value, at the default K and delta",
)
def claim_no_team_between(model):
    from deltamu.simulation.evaluate import evaluate

    cases = 0
    for controls in ({"K": [1, 2, 5, 12], "delta": [0.05, 0.2, 1.0, 2.0]}, {"delta": 0.2, **varied_constants()}):
        ds = evaluate(
            "efficiency", model=model, mu=6.0, N=list(range(9)), gamma=[0.0, 0.3, 0.6, 0.9], K_r=0, **controls
        )
        best = ds.efficiency.argmax("N")
        inside = int(((best > 0) & (best < 8)).sum())
        support("cases with a best team between", inside, high=0, sample=f"{best.size} cases", why=WHY)
        cases += int(best.size)
    return {"best_teams_cases": cases}


@proved(
    "At 6 defects an optimal team between none and all is there where a review is much cheaper than a candidate "
    "(4 reviewers at 0.005 of its price, 2 at 0.01, 1 at 0.03), and not at equal prices.",
    about=IMPROVEMENT + " selection_intensity K_eff N_eff gain cost efficiency",
    of="published",
    remark="defaults, mu = 6, delta = 0.2, K_r = 0, N = 0..8",
    constants="the article's",
    holds=best_team_is_as_said,
    rigorous=True,
)
def claim_optimal_team_with_cheap_reviews(model):
    from deltamu.claims.rigorous import assert_enclosed, enclosed

    for price, best in BEST_TEAMS.items():
        found = [enclosed(sym.efficiency, TEAM | {sym.w_review: price, sym.N: n}, model) for n in TEAMS]
        for n in TEAMS:
            if n != best:
                assert_enclosed(
                    found[best] > found[n], f"at a price of {price} a team of {best} is better than one of {n}"
                )


# --- "These parameters interact multiplicatively" --------------------------------------------------------------------
@refuted(
    "Human prior and model prior interact multiplicatively: what one is worth is proportional to the other.",
    about="rho_eff",
    constants="any",
)
def claim_priors_multiply(model):
    def measure(rho):
        slope = model[sym.rho_eff].expr.diff(sym.H)
        return {"worth": [float(slope.subs(sym.rho, value)) for value in rho]}

    refute("a better model raises what the human prior is worth", measure, lambda worth: worth[1] >= worth[0],
           rho=[0.2, 0.8])  # fmt: skip


@proved(
    "Targeting and radius do multiply, in the benefit of an edit, and its harm does not depend on targeting.",
    about="mu_Delta",
    where="overreach = 0",
    holds=benefit_is_a_product,
)
def claim_targeting_times_radius(model):
    improvement = model[sym.mu_Delta].expr
    benefit = improvement - improvement.subs(sym.mu, 0)
    positive = generic(benefit)
    mixed = simplify(log(positive).diff(sym.delta, generic(sym.rho_eff)))
    assert_identity(mixed, 0, "ln benefit = f(delta) + g(rho_eff)")
    assert_identity(improvement.subs(sym.mu, 0).diff(sym.rho_eff), 0, "the harm does not depend on targeting")


@refuted(
    "The three levers (model, human prior, radius) multiply in what a move gains.",
    about=ALL,
    of="published",
    remark="mu = 2 and 12, delta = 0.2 and 1",
    constants="each at half and at twice its value",
)
def claim_levers_multiply(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        E = evaluate("expected_improvement", model=model, **settings, **varied_constants()).expected_improvement
        E = E.where((E > 0).all(["H", "rho"]))
        ratio = E[{"H": 1, "rho": 1}] * E[{"H": 0, "rho": 0}] / (E[{"H": 1, "rho": 0}] * E[{"H": 0, "rho": 1}])
        ours = ratio.sel(constants="as they are")
        return {
            "least_ratio": float(ours.min()), "largest_ratio": float(ours.max()),
            "largest_with_a_constant_halved_or_doubled": float(ratio.max()), "cases": int(np.isfinite(ratio).sum()),
        }  # fmt: skip

    at = {"mu": [2.0, 12.0], "delta": [0.2, 1.0], "H": [0.2, 0.8], "rho": [0.4, 0.9]}
    found = refute("good priors together are worth their product (ratio 1) or nearly so", measure,
                   lambda largest_ratio, **_: largest_ratio >= 0.95, **at)  # fmt: skip
    refute("they are with a constant halved or doubled", measure,
           lambda largest_with_a_constant_halved_or_doubled, **_: largest_with_a_constant_halved_or_doubled >= 0.95,
           **at)  # fmt: skip
    return {"least_lever_ratio": found["least_ratio"], "largest_lever_ratio": found["largest_ratio"]}


# --- "A novice using a misaligned model with large steps will consistently fail" -------------------------------------
@refuted(
    "A novice with a misaligned model fails because of large steps: smaller ones would do better.",
    about=ALL,
    of="published",
    remark="c = 0, H = 0.1, rho = 0.2, no reviewers",
    constants="any where z >= 0: see the radius (D10)",
)
def claim_novice_with_large_steps(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        small, large = map(float, simulate(policy=VIBE, model=model, keep="final", **settings).mu_next)
        return {"small_steps": small, "large_steps": large}

    refute("small steps end lower", measure, lambda small_steps, large_steps: small_steps <= large_steps,
           moves=300, decay=1.0, delta0=[0.05, 1.0], **by_name(NOVICE))  # fmt: skip


@argued(
    "A published novice fails for ever, whatever the start, iff P <= B (1 + c delta): with overreach and P > B, "
    "iff the steps are large.",
    about="expected_improvement mu_Delta gain",
    of="published",
    where="N = 0, a1 > 0, rho_eff > 0, a2 > 0, kappa2*H < 1",
    remark="no selection",
    holds=fails_for_ever_as_said,
)
def claim_when_a_novice_fails(model):
    E = model[sym.expected_improvement].expr.subs(sym.score_accuracy, 0)
    assert_identity(E, sym.mu_Delta, "without selection E = mu_Delta")
    improvement = generic(model[sym.mu_Delta].expr)
    harm = -improvement.subs(mu, 0)
    limit = (improvement + harm).limit(mu, oo)
    argue("E < (benefit's limit) - harm: no move helps at any mu iff that is not positive.", limit - harm)
    assert_positive(improvement.diff(mu), "E rises with mu", {sym.H: Interval.Ropen(0, 1)})
    assert_limit(improvement, mu, oo, limit - harm, "towards that limit")
    c = generic(sym.overreach)
    radius_rate = simplify((limit - harm) / sym.delta)
    assert_identity(radius_rate.diff(sym.delta, 2), 0, "over delta it is a straight line in delta")
    assert_nonnegative(-radius_rate.diff(sym.delta), "that falls iff c > 0", {sym.H: Interval(0, 1)})
    assert_identity(radius_rate.diff(sym.delta).subs(c, 0), 0, "and is level at c = 0")


@proved(
    "With overreach 1 the sentence holds: with delta = 1.3 and 2 a novice gets nowhere, with 0.1 he gets on.",
    about="expected_improvement mu_Delta rho_eff gain mu_next",
    of="published",
    where="",
    remark="c = 1, H = 0.1, rho = 0.2, no reviewers, 300 moves from mu0 = 12",
    constants="the article's",
    holds=novice_ends_as_said,
    rigorous=True,
)
def claim_novice_with_overreach(model):
    from deltamu.claims.rigorous import assert_enclosed, run

    def last(radius):
        return run(model, VIBE, NOVICE_MOVES, OVERREACHING | {sym.delta0: radius}).mu[-1]

    for radius in LARGE_STEPS:
        assert_enclosed(last(radius) > NOWHERE, f"with steps of {radius} more than {NOWHERE} defects are left")
    assert_enclosed(last(SMALL_STEPS) < GETS_ON, f"with steps of {SMALL_STEPS} fewer than {GETS_ON}")


@refuted(
    "In the completed move with overreach 1 such a novice fails too: the defect mass never falls to half.",
    about="gain mu_next acceptance_margin visible_gain hidden_gain",
    of="gated",
    remark="c = 1, r = 0.8, H = 0.1, rho = 0.2, no reviewers, delta = 1 and 2",
)
def claim_novice_in_the_completed_move(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        ds = simulate(policy=VIBE, model=model, keep="final", **settings)
        return {"masses": [float(mass) for mass in ds.mu_next]}

    refute("it stays above half: the oracle keeps bad moves out", measure, lambda masses: max(masses) > 6,
           moves=300, decay=1.0, delta0=[1.0, 2.0], overreach=1.0, **by_name(NOVICE))  # fmt: skip


# --- "an expert using an aligned model with adaptive steps achieves exponential improvement" -------------------------
@argued(
    "A published move removes at most delta (a1 rho_eff + |z| s0), however large the mass.",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy gain",
    of="published",
    where="",
    remark="delta is at most delta_max",
    holds=lambda at: at_most(at.gain, at.delta * (at.a1 * at.rho_eff + np.abs(at.selection_intensity) * at.s0)),
)
def claim_speed_limit(model):
    argue("The gain is E or nothing, and E = mu_Delta + z lambda sigma_Delta: bound each factor.")
    positive = Dummy("e", positive=True)
    assert_identity(model[sym.gain].expr.subs(sym.expected_improvement, positive), positive, "a gain is E")
    assert_identity(model[sym.gain].expr.subs(sym.expected_improvement, -positive), 0, "or nothing")
    inside = {sym.H: Interval.Ropen(0, 1)}
    mean, spread = generic(model[sym.mu_Delta].expr), generic(model[sym.sigma_Delta].expr)
    assert_nonnegative(
        generic(sym.a1) * generic(sym.rho_eff) * sym.delta - mean, "mu_Delta <= a1 rho_eff delta", inside
    )
    assert_nonnegative((generic(sym.s0) * sym.delta) ** 2 - spread**2, "sigma_Delta <= s0 delta", inside)
    accuracy = generic(model[sym.score_accuracy].expr)
    assert_nonnegative(1 - accuracy**2, "lambda <= 1")
    E = model[sym.expected_improvement].expr
    assert_identity(E.diff(sym.mu_Delta), 1, "E takes mu_Delta once")
    assert_identity(
        E.subs(sym.mu_Delta, 0),
        sym.selection_intensity * sym.score_accuracy * sym.sigma_Delta,
        "and z lambda sigma_Delta, which is at most |z| s0 delta",
    )


@refuted(
    "An expert improves exponentially: the defect mass falls by the same factor in every move.",
    about=ALL + " acceptance",
    of="published",
    remark="preset principal-tr, rho = H = 0.95, until mu = 1",
    constants="each at half and at twice its value",
)
def claim_expert_is_exponential(model):
    from deltamu.simulation.simulate import simulate

    def measure(preset, **settings):
        ds = simulate(preset, model=model, keep=["mu", "mu_next", "gain"], **settings, **varied_constants())
        full = ds.isel(move=slice(8, None))
        factor = (full.mu_next / full.mu).where(full.mu_next > 1)
        spread = (1 - factor).max("move") / (1 - factor).min("move")
        steady = full.gain.where(full.mu_next > 1)
        linear = steady.max("move") / steady.min("move")
        return {
            "least_factor": float(spread.min()),
            "at_the_articles": float(spread[0]),
            "gain_varies_by": float(linear[0]),
        }

    refute("the share that a move removes is constant within a quarter", measure,
           lambda least_factor, **_: least_factor < 1.25,
           preset="principal-tr", moves=40, H=0.95, rho=0.95)  # fmt: skip


@proved(
    "The end is exponential: near the floor each move keeps the same share of the distance, 0.7715, to within 0.0005.",
    about=ALL,
    of="published",
    where="",
    remark="defaults, radius fixed at 1, moves 45 to 59 of 400",
    constants="the article's",
    holds=keeps_one_share_near_the_end,
    rigorous=True,
)
def claim_exponential_end(model):
    from deltamu.claims.rigorous import assert_enclosed, exact, run

    *found, last = run(model, VIBE, LAST_MOVES, FIXED).mu
    shares = [(found[move + 1] - last) / (found[move] - last) for move in NEAR_THE_END]
    for one in shares:
        assert_enclosed(
            abs(one - exact(SHARE)) < SHARE_WIDTH, "the share of the distance from the last mass that a move keeps"
        )


# --- "architect LLM systems that predictably converge to high-quality solutions" -------------------------------------
@argued(
    "Near mu = 0 a published move gains nothing: a mass that is small enough stays for ever.",
    about="expected_improvement mu_Delta sigma_Delta gain mu_next",
    of="published",
    where="a2 > 0, kappa2*H < 1",
    remark="fixed controls",
    holds=nothing_is_gained_near_zero,
)
def claim_small_masses_stay(model):
    at_zero = {sym.mu: Integer(0)}
    spread = model[sym.sigma_Delta].expr.subs(at_zero)
    assert_identity(spread, 0, "at mu = 0 there is nothing to choose between")
    E = (
        model[sym.expected_improvement]
        .expr.subs(sym.sigma_Delta, spread)
        .subs(sym.mu_Delta, model[sym.mu_Delta].expr.subs(at_zero))
    )
    assert_positive(-generic(E), "E < 0 there", {sym.H: Interval.Ropen(0, 1)})
    argue("By continuity E < 0 around it, so nothing is gained there and a mass that is there stays.")
    loss, left = Dummy("loss", positive=True), Dummy("left", positive=True)
    gain = model[sym.gain].expr.subs(sym.expected_improvement, -loss)
    assert_identity(gain, 0, "where E < 0 the gain is 0")
    assert_identity(model[sym.mu_next].expr.subs(sym.gain, 0).subs(sym.mu, left), left, "and the mass stays")


@refuted(
    "No setting of the published model ever reaches a clean codebase.",
    about="expected_improvement gain mu_next",
    of="published",
    remark="with a radius so large that one move removes all",
    constants="any with E >= mu at some radius",
)
def claim_clean_at_once(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        ds = simulate(policy=VIBE, model=model, keep=["mu_next"], **settings)
        return {"masses": [float(mass) for mass in ds.mu_next]}

    refute("something is left", measure, lambda masses: masses[-1] > 0,
           delta0=6.0, decay=1.0, H=0.0, gamma=0.0, N=8, K=12, moves=5)  # fmt: skip
    refute("something is left after one move at the other defaults", measure, lambda masses: masses[0] > 0,
           delta0=30.0, decay=1.0, moves=1)  # fmt: skip


@argued(
    "A completed move is expected to remove at most delta (a1 rho_eff + (i + 1/sqrt(2 pi)) s0) defects.",
    about="gain visible_gain expected_improvement mu_Delta sigma_Delta",
    of="gated",
    where="mu > 0",
    holds=lambda at: at_most(at.gain, at.delta * (at.a1 * at.rho_eff + (at.selection_intensity + 0.3989423) * at.s0)),
)
def claim_gated_speed_limit(model):
    argue("The gain is E[Delta; V > 0] <= E[max(Delta, 0)] <= max(E, 0) + sd/sqrt(2 pi), sd <= sigma_Delta (D09).")
    x, share = Symbol("x", positive=True), Dummy("share", positive=True)
    h = expected_positive_part(x).rewrite(normal_cdf)
    above = x + 1 / sqrt(2 * pi) - h
    assert_identity(above.diff(x), 1 - normal_cdf(x), "x + phi(0) - h(x) rises, with slope 1 - Phi(x) > 0")
    assert_identity(above.subs(x, 0), 0, "from 0 at x = 0")
    inside = {sym.H: Interval.Ropen(0, 1)}
    mean, spread = generic(model[sym.mu_Delta].expr), generic(model[sym.sigma_Delta].expr)
    benefit = generic(sym.a1) * generic(sym.rho_eff) * sym.delta
    assert_nonnegative(benefit - mean, "mu_Delta <= a1 rho_eff delta", inside)
    assert_nonnegative((generic(sym.s0) * sym.delta) ** 2 - spread**2, "sigma_Delta <= s0 delta", inside)
    whole = model[sym.gain].expr.subs(sym.mu, share)
    assert_identity(whole, sym.visible_gain + sym.hidden_gain, "the gain is that of the visible and the hidden part")


# --- "The simulation below implements the complete mathematical model", "mathematically equivalent to gradient-free
# --- optimization in high-dimensional code space" --------------------------------------------------------------------
@refuted(
    "The published move takes the article's four steps: the oracle filters, the best proposal is accepted or rejected.",
    about="mu_next gain expected_improvement",
    of="published",
    remark="the mathematical domain",
    constants="any",
)
def claim_four_steps(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        return {
            "left": [float(mass) for mass in evaluate("mu_next", model=model, **settings).mu_next.to_numpy().ravel()]
        }

    step("In the completed move the defect mass after a move depends on r, and the gain on the acceptance (D09).")
    refute("the oracle has a say in what a move leaves", measure, lambda left: len(set(left)) > 1,
           r=[0.0, 0.3, 1.0], mu=6.0, delta=0.2)  # fmt: skip


@refuted(
    "A move is optimisation in a high-dimensional space: it matters where in that space the codebase is.",
    about="mu_next",
    remark="the mathematical domain",
    constants="any",
)
def claim_high_dimensional(model):
    def measure():
        used = set().union(*(formula.printed.free_symbols for formula in model.program([sym.mu_next])))
        state = used - set(sym.PARAMETERS) - {sym.delta} - {formula.symbol for formula in model}
        return {"numbers_that_describe_the_codebase": len(state)}

    refute("more than one number describes the codebase", measure,
           lambda numbers_that_describe_the_codebase: numbers_that_describe_the_codebase > 1)  # fmt: skip


# --- the page's own labels -------------------------------------------------------------------------------------------
@refuted(
    "The policy vibe takes fixed steps, as its label says.",
    about="",
    of="published",
    remark="d < 1",
    constants="any",
)
def claim_vibe_has_fixed_steps(model):
    rule = dict(VIBE.update)[sym.delta].doit()

    def measure(delta, decay):
        return {"before": delta, "after": float(rule.subs({sym.delta: delta, sym.decay: decay}))}

    refute("the radius stays", measure, lambda before, after: after == before, delta=0.2, decay=0.98)
    assert_exact(rule.subs(sym.decay, 1) == sym.delta, "it does for d = 1 alone")


@refuted(
    'The trust region\'s step size is "adaptation based on confidence and feedback".',
    about="acceptance gain",
    of="published",
    remark="A_hi < 1/2",
    constants="any",
)
def claim_trust_region_uses_feedback(model):
    def measure(gain):
        rule = TRUST_REGION.formulas[0].expr.subs({s: s.default for s in (sym.A_hi, sym.A_lo, sym.alpha, sym.beta)})
        A = model[sym.acceptance].expr.subs(sym.sigma_tot, 1)
        return {"next_radii": [float(rule.subs(sym.acceptance, A.subs(sym.gain, g)).subs(sym.delta, 1)) for g in gain]}

    refute(
        "the next radius depends on the gain", measure, lambda next_radii: len(set(next_radii)) > 1, gain=[0, 0.1, 5]
    )
