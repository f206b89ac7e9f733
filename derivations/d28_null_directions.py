"""D28  Directions of the article's constants that no log of one configuration can tell.

Statement
    Several groups of constants scale together without changing any run; counts of reviewers and candidates enter
    through two numbers only.

Assumptions
    Fixed controls; what a log shows is passes and hidden results.
"""

from sympy import Dummy, simplify

from deltamu import symbols as sym
from deltamu.claims import assert_exact, assert_identity, generic, proved, step, support, supported

x = Dummy("x", positive=True)
SCALED_RADIUS = {sym.a1: x * sym.a1, sym.a2: x * sym.a2, sym.s0: x * sym.s0, sym.delta: sym.delta / x,
                 sym.overreach: x * sym.overreach}  # fmt: skip


def same(model, name, changes, factor=1):
    """That a formula, in its own named intermediates, is only multiplied by `factor`."""
    expr = generic(model[name].expr)
    changed = expr.xreplace({generic(s): generic(new) for s, new in changes.items()})
    assert_identity(simplify(changed - factor * expr), 0, f"{name} is multiplied by {factor}")


@proved(
    "The unit of the radius: a1, a2, s0, overreach and 1/delta0 scale together and change nothing.",
    about="mu_Delta sigma_Delta",
)
def claim_unit_of_radius(model):
    for name in (sym.mu_Delta, sym.sigma_Delta):
        same(model, name, SCALED_RADIUS)
    step("All else reads the radius through these two; policies that multiply it keep the ratio.")


@proved(
    "Reviewers enter through N_eff/sigma_r^2 alone where they propose nothing.",
    about="score_accuracy N_eff",
    remark="K_r = 0, N >= 1",
)
def claim_reviewers(model):
    same(model, sym.score_accuracy, {sym.N_eff: x**2 * sym.N_eff, sym.sigma_r: x * sym.sigma_r})
    free = {symbol.name for symbol in model[sym.N_eff].expr.free_symbols}
    assert_exact(free == {"N", "gamma"}, "and N and gamma through N_eff alone: three numbers, one seen")


@proved(
    "K, N, K_r and tau enter the intensity of selection through K_eff alone.",
    about="selection_intensity K_eff K_prime",
)
def claim_candidates(model):
    free = {symbol.name for symbol in model[sym.selection_intensity].expr.free_symbols}
    assert_exact(free == {"K_eff"}, "the intensity reads K_eff")
    free = {symbol.name for symbol in model[sym.K_eff].expr.free_symbols}
    assert_exact(free == {"K_prime", "tau", "H"}, "which reads K', tau and H")


@proved(
    "At one H, rho and H enter through rho_eff, and H with kappa1, kappa2 and tau through three products.",
    about="rho_eff mu_Delta sigma_Delta K_eff",
)
def claim_prior(model):
    H = generic(sym.H)
    rho = generic(sym.rho)
    quality = generic(model[sym.rho_eff].expr)
    assert_identity(quality, 1 - (1 - rho) * (1 - H), "rho_eff reads (1 - rho)(1 - H)")
    for name, constant in ((sym.mu_Delta, sym.kappa2), (sym.sigma_Delta, sym.kappa1), (sym.K_eff, sym.tau)):
        same(model, name, {sym.H: sym.H / x, constant: x * constant})


@proved(
    "The unit of the mass: with b, a1, a2, s0, sigma_r, mu scaled alike and r by the inverse, passes stay as they are.",
    about="mu_Delta sigma_Delta score_accuracy expected_improvement pass_probability",
    remark="nothing hidden is seen",
)
def claim_unit_of_mass(model):
    mass = {sym.mu: x * sym.mu, sym.b: x * sym.b, sym.a1: x * sym.a1, sym.a2: x * sym.a2, sym.s0: x * sym.s0}
    for name in (sym.mu_Delta, sym.sigma_Delta):
        same(model, name, mass, x)
    same(model, sym.score_accuracy, {sym.sigma_Delta: x * sym.sigma_Delta, sym.sigma_r: x * sym.sigma_r})
    same(model, sym.expected_improvement, {sym.mu_Delta: x * sym.mu_Delta, sym.sigma_Delta: x * sym.sigma_Delta}, x)
    same(model, sym.pass_probability, {sym.mu: x * sym.mu, sym.r: sym.r / x})


@supported(
    "Of 18 constants one configuration shows 5 directions by its visible passes and 6 with hidden results, of which 3 "
    "and 4 are known within 50 % at 500 tasks.",
    about="mu_Delta sigma_Delta expected_improvement pass_probability gain mu_next",
    of="published",
    remark="article's default controls, mu0 = 2, vibe policy, 10 moves; singular values above 1e-7 of the largest",
)
def claim_rank_of_a_run(model):
    from deltamu import Settings
    from deltamu.calibration.laws.flow import information_of_run

    why = "exact tangents; expected information"
    settings = Settings("vibe", mu0=2.0, model=model)
    for hidden, directions, good in ((False, 5, 3), (True, 6, 4)):
        values, names = information_of_run(settings, hidden=hidden, moves=10, tasks=500)
        support("constants", len(names), low=18, high=18, sample="all that passes depend on", why="counted")
        seen = int((values > 1e-14 * values.max()).sum())
        support("directions that are seen", seen, low=directions, high=directions, sample="10 moves", why=why)
        known = int((values > 1 / 0.5**2).sum())
        support("known within 50 %", known, low=good, high=good, sample="500 tasks", why=why)
