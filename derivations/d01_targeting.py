"""D01  Targeting: an edit misses only where the model's prior and the human's prior both miss.

Statement
    The effective targeting is rho_eff = P(the edit aims at a defect) = 1 - P(both priors miss), a "noisy or".

Assumptions
    The model's prior points at the defect with probability rho, the human's with probability H, independently; an
    edit is on target if at least one of the two does.
"""

from itertools import product

from sympy import Integer

from deltamu import symbols as sym
from deltamu.claims import assert_identity, assert_nonnegative, at_most, close, proved, step


@proved(
    "Effective targeting is the probability that at least one of two independent priors is right.",
    about="rho_eff",
    holds=lambda at: close(1 - at.rho_eff, (1 - at.rho) * (1 - at.H), scale=1),
)
def claim_noisy_or(model):
    outcomes = product((True, False), repeat=2)
    probability = sum(
        (sym.rho if by_model else 1 - sym.rho) * (sym.H if by_human else 1 - sym.H)
        for by_model, by_human in outcomes
        if by_model or by_human
    )
    step("Add the probabilities of the outcomes with at least one hit.", probability)
    assert_identity(model[sym.rho_eff].expr, probability, "their sum is the effective targeting")


@proved(
    "The priors are substitutes: each is worth less where the other is better.",
    about="rho_eff",
    holds=lambda at: close(at.moved(H=1.0).rho_eff - at.moved(H=0.0).rho_eff, 1 - at.rho, scale=1),
)
def claim_substitutes(model):
    mixed = model[sym.rho_eff].expr.diff(sym.H, sym.rho)
    assert_identity(mixed, Integer(-1), "the cross derivative is -1 everywhere; complements would make it positive")


@proved(
    "Effective targeting is a probability and at least as large as each prior.",
    about="rho_eff",
    holds=lambda at: at_most(at.rho, at.rho_eff) & at_most(at.H, at.rho_eff) & at_most(at.rho_eff, 1),
)
def claim_no_worse_than_either(model):
    targeting = model[sym.rho_eff].expr
    for prior in (sym.rho, sym.H):
        assert_nonnegative(targeting - prior, f"rho_eff >= {prior}")
        assert_nonnegative(targeting.diff(prior), f"rho_eff does not fall with {prior}")
    assert_nonnegative(1 - targeting, "rho_eff <= 1")
