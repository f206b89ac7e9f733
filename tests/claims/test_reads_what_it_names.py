"""A universal claim reads each quantity that it names: with something else in its place the claim fails."""

import pytest
from replacements import jumping, unlike

import deltamu as dm
from deltamu.claims import find_claims, run_claim
from deltamu.claims.derivations import UNIVERSAL
from deltamu.claims.falsifier import require_unbroken
from deltamu.claims.verification import OUT_OF_TIME, checked

CONTINUITY = ("d14_band.interior_rest_radius", "d24_optimal_feedback.interval")  # any continuous formula would do
NOT_STEEP = "it supposes of the gain only that it is not steep"
# Claims that say the same of every admissible quantity in this place, and why.
EQUIVALENT = {
    ("d24_optimal_feedback.greed_is_optimal", "gain"): NOT_STEEP,
    ("d24_optimal_feedback.greed_is_optimal_between_moves", "gain"): NOT_STEEP,
    ("d33_settings.vibe", "mu_next"): "a run needs it, and the radius does not read it",
    ("d33_settings.vibe", "pass_probability"): "a run needs it, and the radius does not read it",
    ("d33_settings.planner", "mu_next"): "a run needs it, and the radius does not read it",
    ("d33_settings.planner", "pass_probability"): "a run needs it, and the radius does not read it",
    ("d10_radius.harm_at_large_radius", "sigma_Delta"): "a bounded spread leaves the harm, which is of second order",
    ("d12_floor.floor_without_selection", "sigma_Delta"): "without selection the spread has no say",
    ("d20_reviewers.first_reviewer", "score_accuracy"): "any accuracy that reads reviewers through N_eff alone",
}


def mutants():
    """Each claim in each of its models, with each named quantity replaced; the model's name says by what."""
    for claim in find_claims():
        if claim.verdict in UNIVERSAL:
            for model in claim.models():
                for name in claim.about:
                    changed = jumping if claim.name in CONTINUITY else unlike
                    yield claim, name, model.replace(changed(model[name]), name=f"{model.name}, {name} replaced")


def is_broken(claim, model):
    """Whether the predicate alone notices, which is quick."""
    try:
        require_unbroken(claim, model, 200)
    except Exception:  # the formula of a changed model may break anything on the way
        return True
    return False


@pytest.mark.long
def test_every_named_quantity_is_read():
    """By the predicate or, where that still holds, by the proof, which has 8 s to fail: to need more is no sign."""
    tasks = [(claim, model) for claim, name, model in mutants()
             if (claim.name, name) not in EQUIVALENT and not is_broken(claim, model)]  # fmt: skip
    left = [f"{row.name}: {row.model}: {row.outcome} {row.detail}" for row in checked(tasks, 2, 8)
            if row.outcome != "fails" or row.detail.startswith(OUT_OF_TIME)]  # fmt: skip
    assert not left


@pytest.mark.parametrize("name", ["d01_targeting", "d03_design_effect", "d08_published_step"])
def test_every_named_quantity_of_some_pages_is_read(name):
    for claim, quantity, model in mutants():
        if claim.derivation == name and (claim.name, quantity) not in EQUIVALENT:
            assert run_claim(claim, model).outcome == "fails", (claim.name, quantity)


def test_replacements_are_admissible_and_others():
    from deltamu.claims.conditions import conditions
    from deltamu.claims.points import points

    for model in (dm.PUBLISHED, dm.GATED):
        at = points(model, conditions("mu > 0, N > 0"), 200)
        for formula in model:
            changed = points(model.replace(unlike(formula), name="changed"), conditions("mu > 0, N > 0"), 200)
            formula.symbol.check(changed[formula.name])
            assert (changed[formula.name] != at[formula.name]).any()
