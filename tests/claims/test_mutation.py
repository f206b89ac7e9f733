"""Whatever is broken in a formula, a claim that names the formula notices."""

import random
from itertools import product

import pytest
import sympy
from mutants import mutants
from sympy import Dummy, Eq, Ne
from sympy.core.relational import Relational

import deltamu as dm
from deltamu.claims import ClaimFailed, assert_identity, find_claims, run_claim

SAMPLE = 4  # mutants of a formula in a normal run


def formulas():
    """Every formula of both models; one that both have is broken in each."""
    return [(model, formula) for model in (dm.PUBLISHED, dm.GATED) for formula in model]


CASES = pytest.mark.parametrize(("model", "formula"), formulas(), ids=lambda thing: thing.name)


def relevant_claims(model, formula):
    """The claims that rest on a formula, those with the fewest others first."""
    found = [claim for claim in find_claims() if formula.name in claim.about and not claim.applies_to(model)]
    return sorted(found, key=lambda claim: (claim.verdict == "supported", len(claim.about)))


def caught_by(model, mutant):
    """The first claim that fails; its row in the ledger names the formula."""
    changed = model.replace(mutant)
    for claim in relevant_claims(model, mutant):
        row = run_claim(claim, changed)
        if row.outcome == "fails":
            assert mutant.name in row.depends_on
            return row
    return None


def proved_equivalent(formula, mutant):
    """Whether two right sides are shown to be equal, case by case, wherever they are defined."""
    ours, theirs = formula.expr, mutant.expr
    return ours == theirs or any(
        all(same(ours.xreplace(cell), theirs.xreplace(cell)) for cell in cells) for cells in cases(ours, theirs)
    )


def cases(ours, theirs):
    """Partitions of the domain in whose parts all conditions of two right sides are decided."""
    relations = {atom for side in (ours, theirs) for atom in side.atoms(Relational)}
    if not relations:
        yield [{}]
    elif all(isinstance(relation, Eq | Ne) and relation.rhs == 0 for relation in relations):
        symbols = sorted(ours.free_symbols | theirs.free_symbols, key=str)
        yield [dict(zip(symbols, values, strict=True)) for values in product(*map(ends_and_inside, symbols))]
        return
    boundaries = {min(relation.lhs - relation.rhs, relation.rhs - relation.lhs, key=str) for relation in relations}
    if len(boundaries) == 1:
        boundary, away = boundaries.pop(), Dummy("away", positive=True)
        symbol = min(boundary.free_symbols, key=str)
        roots = sympy.solve(boundary, symbol)
        if len(roots) == 1:
            yield [{symbol: roots[0] + side} for side in (away, -away, 0)]


def ends_and_inside(symbol):
    """The ends that belong to a symbol's domain, and a symbol for the rest of it."""
    domain = symbol.facts.domain
    ends = [end for end in (domain.inf, domain.sup) if end.is_finite and end in domain]
    return [*ends, Dummy(symbol.name, positive=True) if ends else symbol]


def same(ours, theirs):
    try:
        assert_identity(ours, theirs)
    except ClaimFailed:
        return False
    return True


def survivors(model, formula, chosen):
    return [
        f"{what}: {mutant}"
        for what, mutant in chosen
        if not proved_equivalent(formula, mutant) and caught_by(model, mutant) is None
    ]


@CASES
def test_a_sample_of_mutants_is_caught(model, formula):
    found = list(mutants(formula))
    chosen = random.Random(formula.name).sample(found, min(SAMPLE, len(found)))
    assert not survivors(model, formula, chosen)


@pytest.mark.long
@CASES
def test_every_mutant_is_caught(model, formula, record_property):
    found = list(mutants(formula))
    equivalent = sum(proved_equivalent(formula, mutant) for _, mutant in found)
    left = survivors(model, formula, found)
    record_property("mutants", len(found))
    record_property("equivalent", equivalent)
    record_property("caught", len(found) - equivalent - len(left))
    print(f"{formula.name}: {len(found)} mutants, {equivalent} equivalent, {len(left)} not caught")
    assert not left


@CASES
def test_the_formula_itself_is_not_caught(model, formula):
    """In its own place it makes the same model, in which every claim holds (see `test_claims`)."""
    assert list(model.replace(formula)) == list(model)


@CASES
def test_equivalence_is_not_granted_lightly(model, formula):
    """No mutant that differs at a point inside the domain counts as equivalent."""
    values = [sympy.Rational(n, 7) for n in (9, 11, 5, 13, 3, 8, 10, 12)]
    for _, mutant in mutants(formula):
        if proved_equivalent(formula, mutant):
            symbols = sorted(formula.printed.free_symbols | mutant.printed.free_symbols, key=str)
            for shift in range(3):
                at = dict(zip(symbols, values[shift:], strict=False))
                assert abs((formula.expr.subs(at) - mutant.expr.subs(at)).evalf()) < 1e-12


def test_mutators_break_every_operator():
    kinds = {what.split()[0] for _, formula in formulas() for what, _ in mutants(formula)}
    assert {"swap", "drop", "flip", "exponent", "exp(u)", "normal_cdf"} <= kinds
    assert all(len(list(mutants(formula))) >= 4 for _, formula in formulas())
