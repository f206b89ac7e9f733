"""D15  Aliasing: in the published model the oracle only says when to stop, so a coarse one flatters.

Statement
    With controls fixed the published path does not depend on r.  Lowering r never delays "target reached" and never
    raises the true reliability at the stop.  In the completed move r moves the path, and moves to a target are not
    monotone in r.

Assumptions
    A run stops at the first move after which P_pass >= R*; policies that leave r alone.
"""

from sympy import Dummy, Symbol

from deltamu import symbols as sym
from deltamu.claims import (
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_nonnegative,
    assert_positive,
    at_most,
    generic,
    proved,
    refute,
    refuted,
    step,
)
from deltamu.model.policies import TRUST_REGION, VIBE

EVERYTHING = (
    "mu_next gain expected_improvement selection_intensity score_accuracy sigma_Delta mu_Delta rho_eff N_eff "
    "K_eff K_prime"
)


@proved(
    "The published path does not depend on the oracle.",
    about=(
        "mu_next gain expected_improvement selection_intensity score_accuracy sigma_Delta mu_Delta rho_eff N_eff "
        "K_eff K_prime sigma_tot acceptance"
    ),
    of="published",
    remark="controls fixed; vibe and trust-region",
    holds=lambda at: (
        (at.moved(r=0.3 * at.r).mu_next == at.mu_next) & (at.moved(r=0.3 * at.r).acceptance == at.acceptance)
    ),
)
def claim_path_ignores_the_oracle(model):
    used = {sym.mu_next, sym.acceptance}
    primitive = set().union(*(model.expand(symbol).free_symbols for symbol in used))
    step("What mu' and the acceptance are computed from:", *sorted(map(str, primitive)))
    assert_exact(sym.r not in primitive, "r is not among it")
    for policy in (VIBE, TRUST_REGION):
        assert_exact(sym.r not in policy.free_symbols, f"{policy.name} does not read r")


@argued(
    "A coarser oracle never delays the target and never raises the true reliability at the stop.",
    about="pass_probability reliability mu_next gain",
    of="published",
    where="0 < r",
    remark="controls fixed",
    holds=lambda at: (
        at_most(at.pass_probability, at.moved(r=0.5 * at.r).pass_probability)
        & (at.gain >= 0)
        & (at.mu_next <= at.mu)
        & at_most(at.moved(mu=2 * at.mu).reliability, at.reliability)
    ),
)
def claim_coarser_flatters(model):
    passing = generic(model[sym.pass_probability].expr)
    argue("A run with a coarser oracle has the same path and passes no later; mu never rises, so it stops at no fewer.")
    assert_positive(
        -passing.diff(generic(sym.r)), "at the same mu a coarser oracle passes more often: it stops earlier"
    )
    gained = model[sym.gain].expr.subs(sym.expected_improvement, Dummy("e", positive=True))
    assert_positive(gained, "a gain is never negative")
    assert_identity(model[sym.gain].expr.subs(sym.expected_improvement, -Dummy("e", positive=True)), 0, "nor harm")
    g, left = Dummy("g", nonnegative=True), Dummy("left", positive=True)
    after = model[sym.mu_next].expr.subs(sym.mu, g + left).subs(sym.gain, g)
    assert_nonnegative(g + left - after, "so mu never rises, and an earlier stop leaves more of it")
    assert_positive(-generic(model[sym.reliability].expr).diff(generic(sym.mu)), "more defects, less reliability")


@proved(
    "In the completed move a positive acceptance margin rises with the oracle's resolution, at the same spread T.",
    about="acceptance_margin",
    of="gated",
    where="expected_improvement > 0, r > 0, sigma_Delta > 0, mu > 0",
    holds=lambda at: at.moved(r=0.5 * at.r).acceptance_margin < at.acceptance_margin,
)
def claim_gated_path_depends_on_the_oracle(model):
    r = generic(sym.r)
    assert_exact(sym.r in model.expand(sym.gain).free_symbols, "the gain is computed from r")
    x, spread = sym.acceptance_margin, generic(sym.visible_spread)
    margin = generic(model[x].expr)
    positive = margin.subs(sym.expected_improvement, Symbol("E", positive=True))
    assert_positive(positive.diff(r), "and a positive margin rises with it")
    assert_exact(spread.is_positive, "at the same spread")


@refuted(
    "In the completed move a finer oracle always reaches the target sooner, or always later.",
    about="gain mu_next pass_probability",
    of="gated",
    remark="fixed radius 0.5, mu0 = 31, H = 0.8, rho = 0.4, K = 6, N = 4, R* = 0.88",
)
def claim_gated_monotone(model):
    from deltamu.simulation.simulate import simulate

    def measure(**settings):
        ds = simulate(policy=VIBE, model=model, keep="final", **settings)
        return dict(zip(("coarse", "middle", "fine"), map(float, ds.moves_to_target_interpolated), strict=True))

    refute(
        "moves to the target are monotone in r", measure, lambda coarse, middle, fine: not coarse < middle > fine,
        r=[0.1, 0.6, 0.9], target=0.88, decay=1.0, mu0=31.0, delta0=0.5, H=0.8, rho=0.4, K=6, N=4, moves=500,
    )  # fmt: skip
