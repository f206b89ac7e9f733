"""D17  The article's five key assumptions, read as statements about its own formulas.

Statement
    Aliasing and diminishing returns hold; correlated reviewers hold; the published order statistic is not the law of
    the best of K; moves are independent of the past only given the policy's state too.

Assumptions
    The formulas and policies as published.  D03, D06 and D07 hold the derivations; here is what the sentences say.
"""

from sympy import Dummy, Interval, Symbol

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    at_most,
    close,
    generic,
    proved,
    refute,
    refuted,
)
from deltamu.model.policies import PLANNER, TRUST_REGION, VIBE

z = Symbol("z", nonnegative=True)
mu, r = generic(sym.mu), generic(sym.r)
SELECTION = "expected_improvement mu_Delta sigma_Delta score_accuracy"
PATH = "mu_next gain expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity"


@proved(
    "Aliasing, not noise: below r = 1 a false pass has a positive probability at every defect mass; at r = 1 "
    "it has none.",
    about="false_pass_probability",
    where="mu > 0, r < 1",
    holds=lambda at: (
        (at.moved(r=1.0).false_pass_probability == 0)
        & at_most(at.false_pass_probability, at.moved(mu=2 * at.mu).false_pass_probability)
        & (at.moved(mu=at.mu + 1e-3).false_pass_probability > 0)
    ),
)
def claim_aliasing(model):
    false = generic(model[sym.false_pass_probability].expr)
    assert_identity(false.subs(r, 1), 0, "at r = 1 a pass is true")
    assert_identity(false.subs(mu, 0), 0, "without defects too")
    coarse = {r: Interval.open(0, 1)}
    assert_positive(false.diff(mu), "below r = 1 it rises with mu from there: it is never 0", coarse)


@argued(
    "Diminishing returns: what a published move is expected to gain falls as mu -> 0.",
    about="expected_improvement mu_Delta sigma_Delta score_accuracy gain",
    of="published",
    where="selection_intensity >= 0",
    holds=lambda at: at_most(
        at.gain, at.moved(mu=1.3 * at.mu + 0.01).gain, at.delta * (at.a1 + at.a2 * (1 + at.overreach * at.delta))
    ),
)
def claim_diminishing_returns(model):
    inside = {sym.H: Interval.Ropen(0, 1)}
    argue("E rises with mu if mu_Delta, sigma_Delta and lambda do.")
    assert_positive(generic(model[sym.mu_Delta].expr).diff(mu), "mu_Delta rises with mu", inside)
    assert_nonnegative((generic(model[sym.sigma_Delta].expr) ** 2).diff(mu), "so does sigma_Delta^2", inside)
    sigma = generic(sym.sigma_Delta)
    assert_nonnegative((generic(model[sym.score_accuracy].expr) ** 2).diff(sigma), "and lambda^2 with sigma_Delta")
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z)
    for part in (sym.sigma_Delta, sym.score_accuracy):
        assert_nonnegative(E.diff(part), f"E does not fall with {part}")
    assert_identity(E.diff(sym.mu_Delta), 1, "and rises with mu_Delta")
    gain, e = model[sym.gain].expr, Dummy("e", positive=True)
    assert_identity(gain.subs(sym.expected_improvement, e), e, "the gain is E where E is positive")
    assert_identity(gain.subs(sym.expected_improvement, -e), 0, "and else nothing")


@refuted(
    "Diminishing returns hold in the completed move too: what it gains falls as mu -> 0.",
    about="gain visible_gain hidden_gain acceptance_margin",
    of="gated",
    remark="a coarse oracle lets less harm in where less is left",
)
def claim_diminishing_returns_when_gated(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        return {"gains": [float(gain) for gain in evaluate("gain", model=model, **settings).gain]}

    refute("the gain does not fall as mu rises", measure, lambda gains: gains == sorted(gains),
           mu=[0.03, 0.1, 0.2], r=0.4, delta=0.2)  # fmt: skip


@refuted(
    "Diminishing returns, read as: what a move is expected to improve never falls as mu rises, whatever the team.",
    about=SELECTION + " selection_intensity K_eff gain",
    of="published",
    remark="K_eff = 1.1, exact reviews, H = 0, s0 = 2, a1 = 0.1",
)
def claim_diminishing_returns_with_little_selection(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        low, high = map(float, evaluate("expected_improvement", model=model, **settings).expected_improvement)
        return {"E_at_0_5": low, "E_at_2": high}

    refute("E does not fall as mu rises", measure, lambda E_at_0_5, E_at_2: E_at_2 >= E_at_0_5,
           mu=[0.5, 2.0], delta=0.2, K=1.1, N=5, K_r=0, H=0.0, s0=2.0, sigma_r=0.0, a1=0.1)  # fmt: skip


@proved(
    "Correlated reviewers: any correlation makes N reviewers worth fewer than N.",
    about="N_eff",
    where="N > 1, gamma > 0",
    holds=lambda at: (at.N_eff < at.N) & at_most(at.moved(gamma=(1 + at.gamma) / 2).N_eff, at.N_eff),
)
def claim_correlated_reviewers(model):
    extra = Dummy("extra", positive=True)
    N_eff = generic(model[sym.N_eff].expr.subs(sym.N, 1 + extra))
    assert_positive(1 + extra - N_eff, "N_eff < N")
    assert_positive(-N_eff.diff(generic(sym.gamma)), "and it falls with gamma")


@refuted(
    "Best of K follows its statistical law in the article's formula: one candidate more never lowers E.",
    about="selection_intensity K_eff expected_improvement score_accuracy",
    of="published",
    remark="from one candidate to two",
    constants="any with sigma_Delta > 0, 0 < tau H < 1",
)
def claim_order_statistics(model):
    from deltamu.simulation.evaluate import evaluate

    def measure(**settings):
        found = evaluate(["K_eff", "expected_improvement"], model=model, **settings)
        return {"K_eff": found.K_eff.values.tolist(), "E": found.expected_improvement.values.tolist()}

    refute("E does not fall", measure, lambda K_eff, E: E[1] >= E[0], K=[1, 2], mu=6.0, delta=0.2, N=3, K_r=0)


@proved(
    "State independence: what a move does depends on the defect mass and the controls in that move alone.",
    about="mu_next gain expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity",
    holds=lambda at: close(at.moved(mu0=at.mu0 + 1, delta0=2 * at.delta0, target=0.9).mu_next, at.mu_next),
)
def claim_state_independence(model):
    lines = model.program([sym.mu_next])
    primitive = set().union(*(line.printed.free_symbols for line in lines)) - {line.symbol for line in lines}
    assert_exact(primitive <= {sym.mu, sym.delta, *sym.PARAMETERS}, "mu' is computed from mu, delta and the controls")
    assert_exact(sym.t not in primitive, "and not from the number of the move")


@refuted(
    "State independence, read as: the defect mass alone tells what comes next.",
    about=PATH,
    of="published",
    remark="trust-region, vibe and planner as published",
    constants="any",
)
def claim_defect_mass_is_the_state(model):
    from deltamu.simulation.simulate import simulate

    def measure(policy, moves, later):
        """The move from one mass, made first and made later in a run, with the mass put back."""
        fresh = simulate(policy=policy, model=model, moves=moves, mu0=12.0, r=0.4, H=0.3)
        radius, H = (
            float(fresh[name].isel(move=later)) for name in ("delta_t", "H_t" if "H_t" in fresh else "delta_t")
        )
        again = simulate(policy=policy, model=model, moves=1, mu0=12.0, r=0.4, H=H if "H_t" in fresh else 0.3,
                         delta0=radius)  # fmt: skip
        return {"first": float(fresh.mu_next[0]), "later": float(again.mu_next[0])}

    for policy in (VIBE, PLANNER, TRUST_REGION):
        refute("mu is all that it carries on", measure, lambda first, later: first == later,
               policy=policy.name, moves=30, later=3)  # fmt: skip
