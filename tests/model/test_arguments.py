"""Arguments of another kind than asked for are refused in one line: what the search for such calls has found."""

import numpy as np
import pytest
import sympy
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.arguments import check_count

PORTRAIT = {"mu": [1, 3, 5], "delta": [0.1, 0.3], "moves": 3}


def axes():
    return Figure().subplots()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: dm.equilibria.phase_portrait(starts=dm.PUBLISHED, **PORTRAIT), "allowed is a sequence of pairs"),
        (lambda: dm.equilibria.phase_portrait(starts=[1, 2], **PORTRAIT), "allowed is a sequence of pairs"),
        (lambda: dm.equilibria.phase_portrait(starts=[(1, 2, 3)], **PORTRAIT), "allowed is a sequence of pairs"),
        (lambda: dm.explorer_page(policies=sympy.Matrix([1, 2])), "allowed is a sequence of Policy objects"),
        (lambda: dm.Model("mine", dm.PUBLISHED["gain"]), "a sequence of Formulas, not of 'mine'"),
        (lambda: dm.design.best_split(mu=3, delta=0.2, budget=5, reviewers=[1]), "reviewers = .* whole number"),
        (lambda: dm.PUBLISHED.program([sym.gain], given=np.zeros(1, "i,f")), "a sequence of Symbol objects"),
        (lambda: dm.verify("d01", jobs=0.5), "jobs = 0.5 is not a whole number >= 1"),
        (lambda: check_count("--jobs", 10**20, 1024), "--jobs = 100000000000000000000 is above 1024"),
        (lambda: dm.plotting.plot_tangents(dm.simulate(moves=2), axes(), variable="mu"), "mu along wrt"),
        (lambda: dm.plotting.plot_advantage_map(dm.simulate(moves=2), axes(), variable="mu"), "two dimensions"),
        (lambda: dm.plotting.plot_interactions(dm.interactions("N_eff"), axes(), limit=-1), "one number above 0"),
        (lambda: dm.plotting.plot_interactions(dm.interactions("N_eff"), axes(), limit=[1, 2]), "limit = "),
        (lambda: dm.plotting.plot_interactions(dm.interactions("N_eff"), axes(), limit=dm.VIBE), "limit = Policy"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_refused(call, told):
    with pytest.raises(dm.InputError, match=told) as refused:
        call()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "starts", [[(3, 0.2)], np.array([[3, 0.2]]), zip([3], [0.2], strict=True), {(3, 0.2): "first"}]
)
def test_pairs_may_come_in_any_container(starts):
    assert dm.equilibria.phase_portrait(starts=starts, **PORTRAIT).sizes["orbit"] == 1


def test_whole_numbers_may_be_floats_where_numbers_may():
    want = dm.design.best_split(mu=3, delta=0.2, budget=5, reviewers=2)
    assert dm.design.best_split(mu=3, delta=0.2, budget=5, reviewers=2.0).identical(want)
