"""D18  The article's conclusions: trade-offs, optimal teams, multiplicative levers, novices and experts.

Statement
    Each sentence that can be true or false is read as precisely and as charitably as it can be, and decided.

Assumptions
    The published model, unless a claim says otherwise; "fails" means that the defect mass does not fall to half,
    "succeeds" that the target is reached.
"""

import numpy as np
from sympy import Dummy, Integer, Interval, Symbol, log, oo, simplify

from deltamu import symbols as sym
from deltamu.claims import (
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
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

z = Symbol("z", nonnegative=True)
mu, r = generic(sym.mu), generic(sym.r)
IMPROVEMENT = "expected_improvement mu_Delta sigma_Delta score_accuracy rho_eff"
ALL = IMPROVEMENT + " selection_intensity K_eff N_eff gain mu_next"
WHY = "deterministic runs of the formulas"


# --- "Oracle resolution (r) and human priors (H) create predictable speed-quality tradeoffs" -------------------------
@proved(
    "The oracle trades speed for quality predictably: a run stops at mu = -ln R*/r, of which (1 - r) is hidden.",
    about="pass_probability false_pass_probability reliability",
    remark="the target is reached",
)
def claim_oracle_trade_off(model):
    at_stop = -log(sym.target) / r
    passing, clean = (generic(model[name].expr).subs(mu, at_stop) for name in (sym.pass_probability, sym.reliability))
    assert_identity(passing, sym.target, "P_pass = R* at the stop")
    odds = Dummy("odds", positive=True)
    assert_identity(log(clean.subs(sym.target, 1 / (1 + odds))), -log(1 + odds) / r, "the true reliability is R*^(1/r)")
    false = generic(model[sym.false_pass_probability].expr).subs(mu, at_stop)
    assert_identity(1 - false, clean / passing, "and the false-pass probability what is missing")
    depth = Dummy("ln 1/R*", positive=True)
    assert_positive(-(depth / r).diff(r), "a finer oracle stops later, at fewer defects")


@refuted(
    'The slider "Target reliability" sets the reliability: a run that stops has it.',
    about="pass_probability reliability",
    remark="r < 1",
    constants="any",
)
def claim_target_reliability(model):
    at_stop = -log(0.95) / 0.8
    true = float(generic(model[sym.reliability].expr).subs(mu, at_stop))
    passing = float(generic(model[sym.pass_probability].expr).subs({mu: at_stop, r: 0.8}))
    assert_identity(round(passing, 12), 0.95, "the pass probability is at the target")
    refute("the reliability is at the target", true >= 0.95, r=0.8, target=0.95, reliability=true)


@refuted(
    "The human prior trades speed for quality: what it adds to the one it takes from the other.",
    about=ALL,
    of="published",
    remark="defaults, delta = 0.2",
    constants="half to twice each value, unless s0 is doubled",
)
def claim_human_prior_trade_off(model):
    from deltamu.simulation.evaluate import evaluate

    ds = evaluate(
        "expected_improvement", model=model, mu=[1.0, 6.0, 30.0], delta=0.2, H=[0.0, 0.5, 1.0], **varied_constants()
    )
    worse = (ds.expected_improvement.diff("H") < 0).sum(["H", "mu"])
    refute(
        "a better prior lowers E somewhere: speed at mu = 30 or quality at mu = 1",
        int(worse[0]) > 0,
        cases=6,
        sets_of_constants_where_it_does=", ".join(map(str, worse.constants.values[worse > 0])) or "none",
    )


@refuted(
    "A better human prior always makes moves better.",
    about=ALL,
    of="published",
    remark="defaults, delta = 1, mu = 12",
)
def claim_human_prior_always_helps(model):
    from deltamu.simulation.evaluate import evaluate

    E = evaluate("expected_improvement", model=model, mu=12.0, delta=1.0, H=[0.0, 0.5, 1.0]).expected_improvement
    low, middle, high = map(float, E)
    refute("E rises with H: it also narrows the choice", low <= middle <= high, H_0=low, H_0_5=middle, H_1=high)


# --- "Interactive simulation reveals optimal reviewer team sizes and correlation thresholds" -------------------------
@proved(
    "Without costs there is no optimal team and no threshold: E rises with every reviewer and falls steadily with "
    "gamma.",
    about="N_eff score_accuracy expected_improvement K_prime K_eff",
    remark="intensity >= 0, rising in K_eff; 0 < gamma < 1",
)
def claim_no_optimal_team(model):
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
    "Counting calls, there is an optimal team size between none and all.",
    about=ALL + " cost efficiency",
    remark="K = 1, 2, 5, 12; gamma = 0..0.9; delta = 0.05..2; mu = 6; equal prices",
    constants="each from half to twice its value, at the default K and delta",
)
def claim_optimal_team_by_cost(model):
    from deltamu.simulation.evaluate import evaluate

    for controls in ({"K": [1, 2, 5, 12], "delta": [0.05, 0.2, 1.0, 2.0]}, {"delta": 0.2, **varied_constants()}):
        ds = evaluate(
            "efficiency", model=model, mu=6.0, N=list(range(9)), gamma=[0.0, 0.3, 0.6, 0.9], K_r=0, **controls
        )
        best = ds.efficiency.argmax("N")
        inside = int(((best > 0) & (best < 8)).sum())
        refute(
            "some best team lies between", inside > 0, cases=int(best.size), no_reviewers_best=int((best == 0).sum())
        )


@supported(
    "An optimal team between none and all appears only where a review is much cheaper than a candidate.",
    about=ALL + " cost efficiency",
    of="published",
    remark="defaults, mu = 6, K_r = 0, a review at 0.03 of the price of a candidate",
)
def claim_optimal_team_with_cheap_reviews(model):
    from deltamu.simulation.evaluate import evaluate

    prices = [0.01, 0.03, 0.1, 0.3, 1.0]
    ds = evaluate("efficiency", model=model, mu=6.0, delta=0.2, N=list(range(9)), K_r=0, w_review=prices)
    best = ds.efficiency.argmax("N")
    support("best team at a price of 0.03", best.sel(w_review=0.03), low=1, high=7, sample="N = 0..8", why=WHY)
    support("best team at equal prices", best.sel(w_review=1.0), high=0, sample="N = 0..8", why=WHY)


# --- "These parameters interact multiplicatively" --------------------------------------------------------------------
@refuted(
    "Human prior and model prior interact multiplicatively: what one is worth is proportional to the other.",
    about="rho_eff",
    constants="any",
)
def claim_priors_multiply(model):
    targeting = model[sym.rho_eff].expr
    worth = [float(targeting.diff(sym.H).subs(sym.rho, value)) for value in (0.2, 0.8)]
    refute(
        "a better model raises what the human prior is worth",
        worth[1] >= worth[0],
        at_rho_0_2=worth[0],
        at_rho_0_8=worth[1],
    )


@proved(
    "Targeting and radius do multiply, in the benefit of an edit and nowhere else.",
    about="mu_Delta",
    remark="c = 0",
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
    constants="each from half to twice its value",
)
def claim_levers_multiply(model):
    from deltamu.simulation.evaluate import evaluate

    ds = evaluate(
        "expected_improvement",
        model=model,
        mu=[2.0, 12.0],
        delta=[0.2, 1.0],
        H=[0.2, 0.8],
        rho=[0.4, 0.9],
        **varied_constants(),
    )
    E = ds.expected_improvement
    E = E.where((E > 0).all(["H", "rho"]))
    ratio = E[{"H": 1, "rho": 1}] * E[{"H": 0, "rho": 0}] / (E[{"H": 1, "rho": 0}] * E[{"H": 0, "rho": 1}])
    ours = ratio.sel(constants="as they are")
    refute(
        "good priors together are worth their product (ratio 1)",
        bool((abs(ours - 1) < 0.05).any()),
        least_ratio=float(ours.min()),
        largest_ratio=float(ours.max()),
    )
    refute(
        "or more, for some constants",
        bool((ratio >= 0.95).any()),
        largest_ratio=float(ratio.max()),
        cases=int(np.isfinite(ratio).sum()),
    )


# --- "A novice using a misaligned model with large steps will consistently fail" -------------------------------------
NOVICE = {"H": 0.1, "rho": 0.2, "K": 1, "N": 0, "K_r": 0}


@refuted(
    "A novice with a misaligned model fails because of large steps: smaller ones would do better.",
    about=ALL,
    of="published",
    remark="c = 0, H = 0.1, rho = 0.2, no reviewers",
    constants="any where z >= 0: see the radius (D10)",
)
def claim_novice_with_large_steps(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=VIBE, model=model, moves=300, decay=1.0, delta0=[0.05, 1.0], keep="final", **NOVICE)
    small, large = map(float, ds.mu_next)
    refute("small steps end lower after 300 moves", small <= large, delta_0_05=small, delta_1=large)


@proved(
    "A novice fails for ever, whatever the start, iff P <= B (1 + c delta): with overreach, iff the steps are large.",
    about="expected_improvement mu_Delta",
    remark="no selection (z lambda = 0)",
)
def claim_when_a_novice_fails(model):
    E = model[sym.expected_improvement].expr.subs(sym.score_accuracy, 0)
    assert_identity(E, sym.mu_Delta, "without selection E = mu_Delta")
    improvement = generic(model[sym.mu_Delta].expr)
    harm = -improvement.subs(mu, 0)
    limit = (improvement + harm).limit(mu, oo)
    step("E < (benefit's limit) - harm: no move helps at any mu iff that is not positive.", limit - harm)
    assert_positive(improvement.diff(mu), "E rises with mu", {sym.H: Interval.Ropen(0, 1)})
    assert_limit(improvement, mu, oo, limit - harm, "towards that limit")
    c = generic(sym.overreach)
    radius_rate = simplify((limit - harm) / sym.delta)
    assert_identity(radius_rate.diff(sym.delta, 2), 0, "over delta it is a straight line in delta")
    assert_nonnegative(-radius_rate.diff(sym.delta), "that falls iff c > 0", {sym.H: Interval(0, 1)})
    assert_identity(radius_rate.diff(sym.delta).subs(c, 0), 0, "and is level at c = 0")


@supported(
    "With overreach 1 the sentence holds: from delta = 1.3 on a novice gets nowhere, with small steps he gets on.",
    about=ALL,
    of="published",
    remark="c = 1, H = 0.1, rho = 0.2, no reviewers, 300 moves from mu0 = 12",
)
def claim_novice_with_overreach(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(
        policy=VIBE, model=model, moves=300, decay=1.0, delta0=[0.1, 1.3, 2.0], overreach=1.0, keep="final", **NOVICE
    )
    support("defect mass with large steps", ds.mu_next[1:].min(), low=11.99, sample="2 radii", why=WHY)
    support("with small ones", ds.mu_next[0], high=11.5, sample="one run", why=WHY)


@refuted(
    "In the completed move with overreach 1 such a novice fails too: the defect mass never falls to half.",
    about="gain mu_next acceptance_margin visible_gain hidden_gain",
    of="gated",
    remark="c = 1, r = 0.8, H = 0.1, rho = 0.2, no reviewers, delta = 1 and 2",
)
def claim_novice_in_the_completed_move(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(
        policy=VIBE, model=model, moves=300, decay=1.0, delta0=[1.0, 2.0], overreach=1.0, keep="final", **NOVICE
    )
    refute(
        "it stays above half: the oracle keeps bad moves out",
        bool((ds.mu_next > 6).any()),
        delta_1=float(ds.mu_next[0]),
        delta_2=float(ds.mu_next[1]),
    )


# --- "an expert using an aligned model with adaptive steps achieves exponential improvement" -------------------------
@proved(
    "Improvement is never exponential in the number of moves for long: a move removes at most "
    "delta_max (a1 rho_eff + |z| s0).",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy",
    remark="the radius is at most delta_max",
)
def claim_speed_limit(model):
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
    constants="each from half to twice its value",
)
def claim_expert_is_exponential(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(
        "principal-tr", model=model, moves=40, H=0.95, rho=0.95, keep=["mu", "mu_next", "gain"], **varied_constants()
    )
    full = ds.isel(move=slice(8, None))
    factor = (full.mu_next / full.mu).where(full.mu_next > 1)
    spread = (1 - factor).max("move") / (1 - factor).min("move")
    steady = full.gain.where(full.mu_next > 1)
    linear = steady.max("move") / steady.min("move")
    refute(
        "the share that a move removes is constant within a quarter",
        bool((spread < 1.25).any()),
        least_factor=float(spread.min()),
        at_the_articles=float(spread[0]),
        gain_varies_by=float(linear[0]),
    )


@supported(
    "Only the end is exponential: near the floor each move keeps the share 1 - E'(mu*) of the distance.",
    about=ALL,
    of="published",
    remark="defaults, radius fixed at 1",
)
def claim_exponential_end(model):
    from deltamu.simulation.simulate import simulate

    ds = simulate(policy=VIBE, model=model, moves=200, decay=1.0, delta0=1.0, keep=["mu", "mu_next"])
    floor = float(ds.mu_next[-1])
    ratio = ((ds.mu_next - floor) / (ds.mu - floor)).isel(move=slice(45, 60))
    support(
        "spread of the contraction ratio over 15 moves",
        ratio.max() - ratio.min(),
        high=1e-3,
        sample="15 moves",
        why=WHY,
    )


# --- "architect LLM systems that predictably converge to high-quality solutions" -------------------------------------
@proved(
    "No setting converges to a clean codebase: near mu = 0 every move is expected to do harm, so the floor is above 0.",
    about=IMPROVEMENT,
    of="published",
    remark="a2 > 0, kappa2 H < 1, fixed controls",
)
def claim_never_clean(model):
    at_zero = {sym.mu: Integer(0)}
    spread = model[sym.sigma_Delta].expr.subs(at_zero)
    assert_identity(spread, 0, "at mu = 0 there is nothing to choose between")
    E = (
        model[sym.expected_improvement]
        .expr.subs(sym.sigma_Delta, spread)
        .subs(sym.mu_Delta, model[sym.mu_Delta].expr.subs(at_zero))
    )
    assert_positive(-generic(E), "E < 0 there, and by continuity around it", {sym.H: Interval.Ropen(0, 1)})


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
    step("In the completed move the defect mass after a move depends on r, and the gain on the acceptance (D09).")
    read = model.expand(sym.mu_next).free_symbols
    refute("the oracle has a say in what a move leaves", sym.r in read, move_reads=", ".join(sorted(map(str, read))))
    used = [formula.name for formula in model.program([sym.mu_next])]
    refute("a proposal can be rejected", "acceptance" in used, move_computes=", ".join(used))


@refuted(
    "A move is optimisation in a high-dimensional space: it matters where in that space the codebase is.",
    about="mu_next",
    remark="the mathematical domain",
    constants="any",
)
def claim_high_dimensional(model):
    state = (model.expand(sym.mu_next).free_symbols - set(sym.PARAMETERS)) - {sym.delta}
    refute("more than one number describes the codebase", len(state) > 1, numbers=", ".join(map(str, state)))


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
    after = float(rule.subs({sym.delta: 0.2, sym.decay: 0.98}))
    refute("the radius stays", after == 0.2, before=0.2, after=after)
    assert_exact(rule.subs(sym.decay, 1) == sym.delta, "it does for d = 1 alone")


@refuted(
    'The trust region\'s step size is "adaptation based on confidence and feedback".',
    about="acceptance gain",
    of="published",
    remark="A_hi < 1/2",
    constants="any",
)
def claim_trust_region_uses_feedback(model):
    rule = TRUST_REGION.formulas[0].expr.subs({sym.A_hi: 0.4, sym.A_lo: 0.2, sym.alpha: 1.3, sym.beta: 0.7})
    A = model[sym.acceptance].expr.subs(sym.sigma_tot, 1)
    radii = {gain: float(rule.subs(sym.acceptance, A.subs(sym.gain, gain)).subs(sym.delta, 1)) for gain in (0, 0.1, 5)}
    refute("the next radius depends on the gain", len(set(radii.values())) > 1, next_radius=radii[0], gains=len(radii))
