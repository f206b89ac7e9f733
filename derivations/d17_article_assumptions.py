"""D17  The article's five key assumptions, read as statements about its own formulas.

Statement
    Aliasing and diminishing returns hold; correlated reviewers hold; the published order statistic is not the law of
    the best of K; moves are independent of the past only given the policy's state too.

Assumptions
    The formulas and policies as published.  D03, D06 and D07 hold the derivations; here is what the sentences say.
"""

from sympy import Dummy, Integer, Interval, Rational, Symbol

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
)
from deltamu.model.policies import PLANNER, TRUST_REGION, VIBE

z = Symbol("z", nonnegative=True)
mu, r = generic(sym.mu), generic(sym.r)
SELECTION = "expected_improvement mu_Delta sigma_Delta score_accuracy"
PATH = "mu_next gain expected_improvement mu_Delta sigma_Delta score_accuracy selection_intensity"


@proved(
    "Aliasing, not noise: what a coarse oracle misses it misses again; only r = 1 leaves no false pass.",
    about="false_pass_probability",
    remark="mu > 0",
)
def claim_aliasing(model):
    false = generic(model[sym.false_pass_probability].expr)
    step("Of the false passes the formula keeps no count: a second run of the same oracle sees the same modes.")
    assert_exact(sym.t not in false.free_symbols, "it does not depend on the number of runs")
    assert_identity(false.subs(r, 1), 0, "at r = 1 a pass is true")
    assert_identity(false.subs(mu, 0), 0, "without defects too")
    coarse = {r: Interval.open(0, 1)}
    assert_positive(false.diff(mu), "below r = 1 it rises with mu from there: it is never 0", coarse)


@proved(
    "Diminishing returns: what a move is expected to gain falls as mu -> 0.",
    about=SELECTION,
    remark="z >= 0 and b, a1 > 0",
)
def claim_diminishing_returns(model):
    inside = {sym.H: Interval.Ropen(0, 1)}
    step("E rises with mu if mu_Delta, sigma_Delta and lambda do.")
    assert_positive(generic(model[sym.mu_Delta].expr).diff(mu), "mu_Delta rises with mu", inside)
    assert_nonnegative((generic(model[sym.sigma_Delta].expr) ** 2).diff(mu), "so does sigma_Delta^2", inside)
    sigma = generic(sym.sigma_Delta)
    assert_nonnegative((generic(model[sym.score_accuracy].expr) ** 2).diff(sigma), "and lambda^2 with sigma_Delta")
    E = model[sym.expected_improvement].expr.subs(sym.selection_intensity, z)
    for part in (sym.sigma_Delta, sym.score_accuracy):
        assert_nonnegative(E.diff(part), f"E does not fall with {part}")
    assert_identity(E.diff(sym.mu_Delta), 1, "and rises with mu_Delta")


@refuted(
    "Diminishing returns, read as: the published gain of a move never falls as mu rises, whatever the team.",
    about=SELECTION + " selection_intensity K_eff gain",
    of="published",
    remark="K_eff = 1.1, exact reviews, H = 0, s0 = 2, a1 = 0.1",
)
def claim_diminishing_returns_with_little_selection(model):
    from deltamu.simulation.evaluate import evaluate

    ds = evaluate(
        "expected_improvement",
        model=model,
        mu=[0.5, 2.0],
        delta=0.2,
        K=1.1,
        N=5,
        K_r=0,
        H=0.0,
        s0=2.0,
        sigma_r=0.0,
        a1=0.1,
    )
    low, high = map(float, ds.expected_improvement)
    refute("E does not fall as mu rises", high >= low, mu_0_5=low, mu_2=high)


@proved(
    "Correlated reviewers: any correlation makes N reviewers worth fewer than N.",
    about="N_eff",
    remark="N > 1, gamma > 0",
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
    remark="K_eff between 1 and 2",
    constants="any with sigma_Delta > 0",
)
def claim_order_statistics(model):
    z_of = model[sym.selection_intensity].expr
    one, more = (float(z_of.subs(sym.K_eff, k).evalf()) for k in (Integer(1), Rational(3, 2)))
    refute("the intensity does not fall from K_eff = 1 to 1.5", more >= one, at_1=one, at_1_5=more)


@proved(
    "State independence: what a move does depends on the defect mass and the controls in that move alone.",
    about=PATH,
)
def claim_state_independence(model):
    primitive = model.expand(sym.mu_next).free_symbols
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
    for policy in (VIBE, PLANNER, TRUST_REGION):
        state = [str(symbol) for symbol, _ in policy.update]
        refute(f"mu is all that {policy.name} carries on", not state, also=", ".join(state))
