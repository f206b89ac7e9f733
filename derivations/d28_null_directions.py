"""D28  Directions of the article's constants that no log of one configuration can tell.

Statement
    Several groups of constants scale together without changing a move; reviewers who propose nothing enter through
    one number, and candidates through one.

Assumptions
    Fixed controls; what a log shows is passes and hidden results.
"""

import numpy as np
from sympy import Dummy, simplify

from deltamu import symbols as sym
from deltamu.claims import assert_exact, assert_identity, close, generic, proved, support, supported

x = Dummy("x", positive=True)
SCALED_RADIUS = {sym.a1: x * sym.a1, sym.a2: x * sym.a2, sym.s0: x * sym.s0, sym.delta: sym.delta / x,
                 sym.overreach: x * sym.overreach}  # fmt: skip


def same(model, name, changes, factor=1):
    """That a formula, in its own named intermediates, is only multiplied by `factor`."""
    expr = generic(model[name].expr)
    changed = expr.xreplace({generic(s): generic(new) for s, new in changes.items()})
    assert_identity(simplify(changed - factor * expr), 0, f"{name} is multiplied by {factor}")


# --- on points: x = 1 + target ---------------------------------------------------------------------------------------
def unit_of_radius_is_free(at):
    """Every formula of a move is the same in another unit of the radius."""
    x_ = 1 + at.target
    other = at.moved(a1=x_ * at.a1, a2=x_ * at.a2, s0=x_ * at.s0, overreach=x_ * at.overreach, delta=at.delta / x_)
    names = [formula.name for formula in at.model]
    return np.all([close(at[name], other[name], 1 + at.mu + at.sigma_Delta) for name in names], axis=0)


def reviewers_enter_through_one_number(at):
    """N_eff independent reviewers are as good, and x^2 as many of noise x sigma_r."""
    x_ = 1 + at.target
    alike = at.moved(N=at.N_eff, gamma=0.0).score_accuracy
    scaled = at.moved(N=x_**2 * at.N_eff, gamma=0.0, sigma_r=x_ * at.sigma_r).score_accuracy
    return close(alike, at.score_accuracy) & close(scaled, at.score_accuracy)


def candidates_enter_through_one_number(at):
    """K_eff candidates alone, at tau = 0, are selected with the same intensity."""
    alone = at.moved(K=at.K_eff, N=0.0, K_r=0.0, tau=0.0)
    return close(alone.selection_intensity, at.selection_intensity, 1) & close(alone.K_prime, at.K_eff)


def prior_enters_through_products(at):
    """Half of H with twice kappa1, kappa2 and tau, and rho such that rho_eff stays."""
    rho = 1 - (1 - at.rho) * (1 - at.H) / (1 - at.H / 2)
    other = at.moved(H=at.H / 2, rho=rho, kappa1=2 * at.kappa1, kappa2=2 * at.kappa2, tau=2 * at.tau)
    scale = np.abs(at.a1 * at.mu) + np.abs(at.mu_Delta)
    return (
        close(other.rho_eff, at.rho_eff, 1)
        & close(other.mu_Delta, at.mu_Delta, scale)
        & close(other.sigma_Delta, at.sigma_Delta)
        & close(other.K_eff, at.K_eff)
    )


def unit_of_mass_is_free(at):
    x_ = 1 + at.target
    other = at.moved(mu=x_ * at.mu, b=x_ * at.b, a1=x_ * at.a1, a2=x_ * at.a2, s0=x_ * at.s0, sigma_r=x_ * at.sigma_r,
                     r=at.r / x_)  # fmt: skip
    scale = x_ * (np.abs(at.mu_Delta) + np.abs(at.selection_intensity) * at.sigma_Delta + 1)
    same_ = close(other.score_accuracy, at.score_accuracy) & close(other.pass_probability, at.pass_probability)
    names = ("mu_Delta", "sigma_Delta", "expected_improvement", "gain", "mu_next")
    return same_ & np.all([close(other[name], x_ * at[name], scale) for name in names], axis=0)


@proved(
    "The unit of the radius: a1, a2, s0, overreach and 1/delta scale together and change nothing in a move.",
    about="mu_Delta sigma_Delta",
    remark="policies that clip the radius have to scale their bounds as well",
    holds=unit_of_radius_is_free,
)
def claim_unit_of_radius(model):
    for name in (sym.mu_Delta, sym.sigma_Delta):
        same(model, name, SCALED_RADIUS)
    reads = {formula.name for formula in model if sym.delta in formula.expr.free_symbols}
    assert_exact(reads <= {"mu_Delta", "sigma_Delta"}, "nothing else in a move reads the radius")
    own = {"a1", "a2", "s0", "overreach"}
    reads = {formula.name for formula in model if own & {symbol.name for symbol in formula.expr.free_symbols}}
    assert_exact(reads <= {"mu_Delta", "sigma_Delta"}, "or one of these constants")


@proved(
    "Reviewers enter the accuracy of the score through N_eff/sigma_r^2 alone.",
    about="score_accuracy N_eff",
    where="K_r = 0, N >= 1",
    holds=reviewers_enter_through_one_number,
)
def claim_reviewers(model):
    same(model, sym.score_accuracy, {sym.N_eff: x**2 * sym.N_eff, sym.sigma_r: x * sym.sigma_r})
    free = {symbol.name for symbol in model[sym.N_eff].expr.free_symbols}
    assert_exact(free == {"N", "gamma"}, "and N and gamma through N_eff alone: three numbers, one seen")


@proved(
    "K, N, K_r and tau enter the intensity of selection through K_eff alone.",
    about="selection_intensity K_eff K_prime",
    remark="at one H",
    holds=candidates_enter_through_one_number,
)
def claim_candidates(model):
    free = {symbol.name for symbol in model[sym.selection_intensity].expr.free_symbols}
    assert_exact(free == {"K_eff"}, "the intensity reads K_eff")
    free = {symbol.name for symbol in model[sym.K_eff].expr.free_symbols}
    assert_exact(free == {"K_prime", "tau", "H"}, "which reads K', tau and H")


@proved(
    "At one H, rho and H enter through rho_eff, and H with kappa1, kappa2 and tau through three products.",
    about="rho_eff mu_Delta sigma_Delta K_eff",
    holds=prior_enters_through_products,
)
def claim_prior(model):
    H = generic(sym.H)
    rho = generic(sym.rho)
    quality = generic(model[sym.rho_eff].expr)
    assert_identity(quality, 1 - (1 - rho) * (1 - H), "rho_eff reads (1 - rho)(1 - H)")
    for name, constant in ((sym.mu_Delta, sym.kappa2), (sym.sigma_Delta, sym.kappa1), (sym.K_eff, sym.tau)):
        same(model, name, {sym.H: sym.H / x, constant: x * constant})
    reads = {formula.name for formula in model if {"H", "rho"} & {symbol.name for symbol in formula.expr.free_symbols}}
    assert_exact(reads <= {"rho_eff", "mu_Delta", "sigma_Delta", "K_eff"}, "nothing else in a move reads H or rho")


@proved(
    "The unit of the mass: with b, a1, a2, s0, sigma_r, mu scaled alike and r by the inverse, passes stay as they are.",
    about="mu_Delta sigma_Delta score_accuracy expected_improvement gain mu_next pass_probability",
    of="published",
    remark="nothing hidden is seen",
    holds=unit_of_mass_is_free,
)
def claim_unit_of_mass(model):
    mass = {sym.mu: x * sym.mu, sym.b: x * sym.b, sym.a1: x * sym.a1, sym.a2: x * sym.a2, sym.s0: x * sym.s0}
    for name in (sym.mu_Delta, sym.sigma_Delta):
        same(model, name, mass, x)
    same(model, sym.score_accuracy, {sym.sigma_Delta: x * sym.sigma_Delta, sym.sigma_r: x * sym.sigma_r})
    same(model, sym.expected_improvement, {sym.mu_Delta: x * sym.mu_Delta, sym.sigma_Delta: x * sym.sigma_Delta}, x)
    gained, size = Dummy("g", positive=True), Dummy("e", positive=True)
    for sign in (1, -1):  # of E, and of what is left of the mass
        cases = ((sym.gain, {sym.expected_improvement: sign * size}),
                 (sym.mu_next, {sym.gain: gained, sym.mu: gained + sign * size}))  # fmt: skip
        for name, values in cases:
            scaled = model[name].expr.subs({symbol: x * value for symbol, value in values.items()})
            assert_identity(scaled, x * model[name].expr.subs(values), f"{name} is multiplied by x")
    same(model, sym.pass_probability, {sym.mu: x * sym.mu, sym.r: sym.r / x})


@supported(
    "The passes of one configuration depend on 7 combinations of 18 constants, and with hidden results on 8; 3 and 4 "
    "of them are known within 50 % at 500 tasks.",
    about="mu_Delta sigma_Delta expected_improvement pass_probability gain mu_next",
    of="published",
    remark="article's default controls, mu0 = 2, vibe policy, 10 and 20 moves",
)
def claim_rank_of_a_run(model):
    from deltamu import Settings
    from deltamu.calibration.laws.flow import information_of_run

    settings = Settings("vibe", mu0=2.0, model=model)
    told = {"sample": "10 and 20 moves, 500 tasks", "why": "exact tangents; expected information"}
    for hidden, combinations, good in ((False, 7, 3), (True, 8, 4)):
        runs = [information_of_run(settings, hidden=hidden, moves=moves, tasks=500) for moves in (10, 20)]
        information = np.array([np.sort(values)[::-1][: combinations + 1] for values, _ in runs])
        relative = information / information[:, :1]
        assert_exact({len(names) for _, names in runs} == {18}, "passes depend on 18 constants")
        support("the last combination's share of the first's", relative[:, combinations - 1].min(), low=1e-20, **told)
        support("that of the next one, which is rounding", relative[:, combinations].max(), high=1e-29, **told)
        known = (information > 1 / 0.5**2).sum(axis=1)
        assert_exact(set(known.tolist()) == {good}, f"{good} combinations are known within 50 %")
