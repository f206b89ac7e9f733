"""Recommendations for tasks that were measured: their answer, what draws say of it, and what is refused."""

import numpy as np
import pytest

import deltamu as dm
from deltamu import Population
from deltamu.calibration import draws
from deltamu.calibration.measured import settings_of
from deltamu.calibration.public import public_log
from deltamu.design import best_radius, best_reviewers, over_draws
from deltamu.design.recommendation.steering import steered_by

LDB = public_log("ldb")
TASKS = Population(mass=0.7, dispersion=2.0, measured=("a1",))
QUESTION = {"target": 0.9, "moves": 60, "free": ["delta0"]}


@pytest.fixture(scope="module")
def fitted():
    return dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], intervals=0)


def test_tasks_of_one_mass_get_the_answer_for_that_mass():
    one = dm.recommend(model="gated", overreach=2.0, mu0=3.0, target=0.7, free=["delta0"])
    tasks = dm.recommend(model="gated", overreach=2.0, population=Population(3.0, measured=("a1",)), target=0.7,
                         free=["delta0"])  # fmt: skip
    assert float(tasks.objective) == pytest.approx(float(one.objective), rel=1e-6)
    assert float(tasks.chosen[0]) == pytest.approx(float(one.chosen[0]), rel=1e-2)


@pytest.mark.parametrize("policy", ["vibe", "trust-region"])
def test_the_answer_is_what_a_simulation_of_the_tasks_comes_to(policy):
    ds = dm.recommend(model="gated", policy=policy, population=TASKS, r=0.7, **QUESTION)
    best = dm.Settings.from_dataset(ds)
    run = dm.simulate(best, population=TASKS, r=0.7, moves=60)
    assert ds.status == "found" and best["mu0"] == 0.7 and best["r"] == 0.7
    assert float(ds.moves_needed) == pytest.approx(float(run.moves_to_target_interpolated), rel=1e-5)
    for radius in np.linspace(0.1, 2.0, 8):
        other = dm.simulate(best, population=TASKS, r=0.7, moves=60, delta0=radius, keep="final")
        assert float(other.moves_to_target_interpolated) >= float(ds.objective) * (1 - 1e-5)


def test_what_no_tasks_can_do_is_a_result():
    ds = dm.recommend(population=TASKS, target=0.999, free=["delta0"], moves=20)
    assert ds.status == "out of reach" and np.isinf(ds.objective) and "of all tasks" in str(ds.reason.item())


# --- what was measured, and what was not -----------------------------------------------------------------------------
def test_what_only_invented_constants_steer_is_refused_by_name(fitted):
    with pytest.raises(dm.InputError, match=r"cannot choose N: gamma, sigma_r, tau are invented here; give reviewer"):
        dm.recommend(population=fitted, free=["delta0", "N"])
    with pytest.raises(dm.InputError, match=r"cannot choose K: tau is invented here; measure tau or fix K"):
        dm.recommend(population=fitted, free="K")
    with pytest.raises(dm.InputError, match="cannot choose gamma: sigma_r is invented"):
        dm.recommend(population=fitted, free="gamma")
    with pytest.raises(dm.InputError, match="cannot choose N"):
        over_draws(best_reviewers, fitted, draws=2, seed=1, mu=0.4, delta=0.2)


def test_by_default_it_is_left_alone_and_said(fitted):
    ds = dm.recommend(population=fitted, target=0.8, moves=30)
    assert ds.choice.values.tolist() == ["delta0"]
    assert set(ds.left_alone.values) == {"K", "N", "K_r", "decay"}
    assert "sigma_r" in str(ds.refused.sel(left_alone="N").item())
    source = {str(name): str(ds.source.sel(constant=name).item()) for name in ("mu0", "r", "decay", "a1", "s0", "N")}
    assert source == {"mu0": "measured", "r": "measured", "decay": "measured", "a1": "measured", "s0": "invented",
                      "N": "invented"}  # fmt: skip
    best, calibrated = dm.Settings.from_dataset(ds), dm.calibrated(fitted)
    assert best["a1"] == calibrated["a1"] and best["r"] == float(fitted.estimate.sel(parameter="r")[0])


def test_measured_verdicts_free_the_number_of_reviewers(fitted):
    ds = dm.recommend(population=fitted, target=0.85, moves=30, free="N", measured="gamma", gamma=0.5)
    assert ds.choice.values.tolist() == ["N"] and ds.source.sel(constant="gamma") == "measured"


@pytest.mark.parametrize("model", ["published", "gated"])
def test_what_steers_a_control_is_in_its_derivative(model):
    """Every constant named beside a control changes how the expected improvement answers to that control."""
    model = dm.MODELS[model]
    for control in ("N", "K", "K_r", "gamma", "H", "rho"):
        slope = dm.derivative("expected_improvement", control, model=model)
        for constant in steered_by(control, dm.VIBE, model):
            at = {"mu": 3.0, "delta": 0.3, "overreach": 0.5, "model": model}
            values = [float(dm.evaluate(slope, **at, **{constant: value})[slope.name]) for value in (0.31, 0.37)]
            assert values[0] != values[1], (control, constant)
    assert steered_by("target", dm.VIBE, model) == ()


def test_the_measured_rate_is_carried_under_the_model_and_controls_that_are_asked_for(fitted):
    ds = dm.recommend(population=fitted, target=0.85, moves=30, model="gated", overreach=3.0, delta0=0.7, free="H")
    best = dm.Settings.from_dataset(ds)
    base = dm.Settings("vibe", model="gated", overreach=3.0, delta0=0.7)
    assert best["a1"] == dm.calibrated(fitted, settings=base)["a1"]


# --- draws -----------------------------------------------------------------------------------------------------------
def test_each_draw_answers_as_its_own_tasks_do(fitted):
    ds = dm.recommend(population=fitted, draws=6, seed=4, **QUESTION, r=0.6)
    drawn = draws(fitted, 6, 4)
    for i, settings in enumerate(settings_of(drawn)):
        tasks = Population(float(drawn.m[i]), float(drawn.c[i]))
        run = dm.simulate(settings.replace(delta0=float(ds.draw_chosen[i, 0])), population=tasks, r=0.6, target=0.9,
                          moves=60)  # fmt: skip
        if ds.draw_status[i] == "found":
            assert float(run.moves_to_target_interpolated) == pytest.approx(float(ds.draw_objective[i]), rel=1e-2)
        else:
            assert np.isinf(run.moves_to_target)


def test_the_share_of_draws_that_agree_is_theirs(fitted):
    ds = dm.recommend(population=fitted, draws=40, seed=2, target=0.85, moves=40, model="gated", overreach=3.0,
                      free=["delta0"])  # fmt: skip
    again = dm.recommend(population=fitted, draws=25, seed=2, target=0.85, moves=40, model="gated", overreach=3.0,
                         free=["delta0"])  # fmt: skip
    np.testing.assert_array_equal(ds.draw_chosen[:25], again.draw_chosen)
    alike = (ds.draw_chosen.values == ds.estimate_chosen.values).all(axis=1)
    np.testing.assert_array_equal(ds.draw_agrees, alike)
    assert float(ds.agreement_in_all) == alike.mean() and float(ds.agreement[0]) == alike.mean()
    assert (ds.draw_loss >= 0).all() and (ds.draw_loss[ds.draw_agrees.values] == 0).all()
    assert float(ds.draw_chosen.std()) > 0  # the question depends on what is drawn


def test_draws_are_spread_over_fits_by_their_weights(fitted):
    log = LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"]
    one_mass = dm.fit(log, spread="none", intervals=0)
    asked = {"seed": 2, "target": 0.85, "moves": 40, "model": "gated", "overreach": 3.0, "free": ["delta0"]}
    both = dm.recommend(population=[one_mass, fitted], draws=40, **asked)
    alone = dm.recommend(population=fitted, draws=40, **asked)
    above = float(one_mass.aic - fitted.aic)
    assert above > 0
    assert both.fit_weight.values.tolist() == pytest.approx([1 / (1 + np.exp(above / 2)), 1 / (1 + np.exp(-above / 2))])
    assert float(both.chosen[0]) == float(alone.chosen[0]) and both.population == alone.population
    number = round(40 * float(both.fit_weight[0]))
    assert both.draw_fit.values.tolist() == [0] * number + [1] * (40 - number) and number > 0
    np.testing.assert_array_equal(both.draw_objective[number:], alone.draw_objective[: 40 - number])
    lone = dm.recommend(population=one_mass, draws=number, **asked)
    np.testing.assert_array_equal(both.draw_objective[:number], lone.draw_objective)
    assert "Akaike" in both.assumes and "law of the fit is taken as given" in alone.assumes


def test_fits_of_other_counts_or_laws_are_refused_as_a_set(fitted):
    other = dm.fit(LDB[LDB.run == "mbpp/starcoder"], intervals=0)
    retried = dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], "retry", intervals=0)
    for given, says in (
        ([fitted, other], "the fits are of different counts"),
        ([], "at least one"),
        ([fitted, TASKS], "allowed is a Population or a Dataset or a sequence of Dataset objects or None"),
        ([fitted, retried], "a fit of law repair"),
    ):
        with pytest.raises(dm.InputError, match=says):
            dm.recommend(population=given, draws=200, seed=1, **QUESTION)


def test_a_verb_over_draws(fitted):
    ds = over_draws(best_radius, fitted, draws=7, seed=1, mu=lambda settings: settings["mu0"], overreach=2.0, digits=1)
    drawn = draws(fitted, 7, 1, settings=dm.Settings("vibe", overreach=2.0))
    for i, settings in enumerate(settings_of(drawn)):
        alone = best_radius(settings, mu=settings["mu0"], overreach=2.0)
        assert float(ds.best_radius[i]) == float(alone.best_radius)
    told = [f"{value:.0e}" for value in ds.best_radius.values]
    assert float(ds.best_radius_agreement) == max(told.count(one) for one in told) / 7


def test_one_run_of_a_fit_of_several_is_chosen_by_a_list():
    runs = dm.fit(LDB[LDB.run.str.startswith("mbpp/")], intervals=0)
    one = runs.sel(run=["mbpp/gpt-3.5-turbo-0613"])
    whole, part = (draws(fit, 400, 3, run="mbpp/gpt-3.5-turbo-0613") for fit in (runs, one))
    for name in ("m", "c", "r", "lambda", "d"):  # the same law of draws, not the same draws: fewer numbers are drawn
        np.testing.assert_allclose(np.log(part[name]).std(), np.log(whole[name]).std(), rtol=0.2)
        np.testing.assert_allclose(np.log(part[name]).mean(), np.log(whole[name]).mean(), atol=0.1)
    ds = dm.recommend(population=one, draws=3, seed=1, target=0.85, moves=20)
    assert ds.sizes["draw"] == 3
    with pytest.raises(dm.InputError, match="a fit of 3 runs: choose one, as in fit.sel"):
        dm.recommend(population=runs)
    with pytest.raises(dm.InputError, match="lost its dimension run"):
        dm.calibrated(runs.sel(run="mbpp/gpt-3.5-turbo-0613"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"draws": 3}, "draws says nothing without a population"),
        ({"measured": "gamma"}, "measured says nothing without a population"),
        ({"population": TASKS, "draws": 3, "seed": 1}, "draws are of a fit"),
        ({"population": TASKS, "measured": "gama"}, "unknown measured constant 'gama'"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, says):
    with pytest.raises(dm.InputError, match=says):
        dm.recommend(target=0.7, free=["delta0"], **arguments)


def test_draws_need_a_seed_and_a_law_of_repair(fitted):
    with pytest.raises(dm.InputError, match="draws need a seed"):
        dm.recommend(population=fitted, draws=3)
    retried = dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"], "retry", intervals=0)
    with pytest.raises(dm.InputError, match="only a fit of law repair"):
        dm.recommend(population=retried)
