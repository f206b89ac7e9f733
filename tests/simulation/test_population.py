"""Tasks that differ in mass: nodes and weights, means over tasks, and what a fit says of them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import deltamu as dm
from deltamu import Population
from deltamu.simulation.population import gamma_nodes, population_of

TASKS = Population(mass=0.7, dispersion=2.0)


@pytest.mark.parametrize(("shape", "scale"), [(0.02, 1e4), (0.3, 0.1), (1.0, 5.0), (8.0, 0.1), (100.0, 0.01)])
def test_nodes_give_the_laplace_transform(shape, scale):
    masses, weights = gamma_nodes(shape, scale)
    for u in (0.0, 0.1, 0.8, 5.0):
        np.testing.assert_allclose(weights @ np.exp(-u * masses), (1 + scale * u) ** -shape, rtol=1e-11)
    np.testing.assert_allclose(weights @ masses, shape * scale, rtol=1e-11)


def test_nodes_of_many_laws_at_once_are_those_of_each():
    shapes, scales = np.array([0.5, 2.0, 40.0]), np.array([3.0, 0.4, 0.1])
    masses, weights = gamma_nodes(shapes, scales)
    for i in range(3):
        one = gamma_nodes(shapes[i], scales[i])
        np.testing.assert_allclose(masses[:, i], one[0], rtol=1e-14)
        np.testing.assert_allclose(weights[:, i], one[1], rtol=1e-14)


def by_hand(population, settings, moves, **controls):
    """The same means from one plain run for each mass."""
    masses, weights = population.nodes()
    ds = dm.simulate(settings, moves=moves, mu0=xr.DataArray(masses, dims="task"), **controls)
    weights = xr.DataArray(weights, dims="task")
    found = {name: (ds[name] * weights).sum("task") for name in ("mu_next", "gain", "pass_probability", "reliability")}
    passing = ds.pass_probability * weights
    found["false_pass_probability"] = (passing * ds.false_pass_probability).sum("task") / passing.sum("task")
    return found


@pytest.mark.parametrize("model", ["published", "gated"])
@pytest.mark.parametrize("policy", ["vibe", "trust-region", "planner"])
def test_a_population_is_its_tasks_one_by_one(model, policy):
    ds = dm.simulate("noob-vibe", policy=policy, model=model, moves=12, population=TASKS)
    for name, want in by_hand(TASKS, "noob-vibe", 12, policy=policy, model=model).items():
        np.testing.assert_allclose(ds[name], want.transpose("move"), rtol=1e-11, atol=1e-14, err_msg=name)


def test_the_false_pass_is_what_reliability_leaves_of_the_pass():
    ds = dm.simulate(moves=9, population=TASKS)
    np.testing.assert_allclose(ds.false_pass_probability, 1 - ds.reliability / ds.pass_probability, rtol=1e-10)


def test_without_dispersion_a_population_is_one_run():
    one = dm.simulate(moves=20, mu0=0.7)
    for dispersion in (0.0, 1e-8):
        tasks = dm.simulate(moves=20, population=Population(0.7, dispersion))
        for name in ("mu", "pass_probability", "false_pass_probability", "moves_to_target_interpolated"):
            np.testing.assert_allclose(tasks[name], one[name], rtol=3e-7, err_msg=name)


def test_the_start_passes_with_the_laplace_transform_and_the_target_is_met_by_the_mean():
    passing = (1 + TASKS.scale * 0.8) ** -TASKS.shape
    at, above = (dm.simulate(moves=30, population=TASKS, target=passing * factor) for factor in (1 - 1e-9, 1 + 1e-9))
    assert float(at.moves_to_target) == 0 and float(above.moves_to_target) == 1
    ds = dm.simulate(moves=60, model="gated", population=TASKS, target=0.8, delta0=0.5, keep=["pass_probability", "mu"])
    n = int(ds.moves_to_target)
    assert ds.status == "reached" and ds.pass_probability[n - 1] >= 0.8 > ds.pass_probability[n - 2]
    assert n - 1 < float(ds.moves_to_target_interpolated) <= n


def test_sweeps_keep_final_and_engines_agree():
    whole = dm.simulate(moves=15, population=TASKS, N=[0, 3], K=[2, 5])
    final = dm.simulate(moves=15, population=TASKS, N=[0, 3], K=[2, 5], keep="final")
    assert whole.pass_probability.dims == ("K", "N", "move") or whole.pass_probability.dims == ("N", "K", "move")
    xr.testing.assert_allclose(whole.isel(move=-1).drop_vars("move"), final.drop_vars("move"))
    alone = dm.simulate(moves=15, population=TASKS, N=3, K=5)
    np.testing.assert_allclose(alone.mu_next, whole.mu_next.sel(N=3, K=5), rtol=1e-13)
    assert "gamma distributed" in whole.attrs["population"]


def test_a_fit_is_a_population_with_its_resolution():
    rows = {"task": list("abcdefgh"), "attempt": [0, 0, 0, 1, 1, 2, 2, 2], "visible": [1, 1, 1, 1, 1, 1, 0, 0],
            "hidden": [1, 0, 1, 1, 0, 1, 0, 0], "count": [60, 10, 5, 8, 4, 4, 17, 3]}  # fmt: skip
    fit = dm.fit(pd.DataFrame(rows), intervals=0)
    known = {name: float(fit.estimate.sel(parameter=name)[0]) for name in ("m", "c", "r", "k", "theta")}
    tasks = population_of(fit)
    assert (tasks.mass, tasks.dispersion, tasks.r) == (known["m"], known["c"], known["r"])
    assert tasks.measured == ("mu0", "r", "decay")
    np.testing.assert_allclose((tasks.shape, tasks.scale), (known["k"], known["theta"]))
    ds = dm.simulate(dm.calibrated(fit), population=fit, moves=3)
    assert float(ds.r_t[0]) == pytest.approx(known["r"])
    start = (1 + known["theta"] * known["r"]) ** -known["k"]
    assert float(dm.simulate(population=fit, moves=1, target=start * (1 - 1e-9)).moves_to_target) == 0
    assert float(dm.simulate(population=fit, moves=3, r=0.3).r_t[0]) == 0.3
    blind = dm.fit(pd.DataFrame({**rows, "hidden": [""] * 8}), intervals=0)
    with pytest.raises(dm.InputError, match="a fit without hidden results: only r times the mass is known"):
        dm.simulate(population=blind, moves=3)
    counts = dm.calibration.plain_table([[5, 3, 2]], [f"{c} of 2 right" for c in range(3)])
    samples = population_of(dm.fit(counts, "samples", intervals=0))
    assert samples.r is None and samples.measured == ("mu0",)


# --- random tasks ----------------------------------------------------------------------------------------------------
def test_runs_of_an_ensemble_start_at_masses_of_the_population():
    ds = dm.ensemble(runs=20000, seed=3, moves=1, population=TASKS, N=[0, 3])
    start = ds.mu.isel(move=0)
    np.testing.assert_array_equal(start.sel(N=0), start.sel(N=3))  # the same tasks at all points
    for u in (0.5, 1.0, 3.0):
        want = (1 + TASKS.scale * u) ** -TASKS.shape
        assert float(np.exp(-u * start.sel(N=0)).mean()) == pytest.approx(want, abs=4 * 0.5 / np.sqrt(20000))
    fewer = dm.ensemble(runs=5000, seed=3, moves=1, population=TASKS, N=0)
    np.testing.assert_array_equal(fewer.mu_next, ds.mu_next.sel(N=0)[:5000])


def test_a_summary_of_a_population_is_that_of_its_runs():
    arguments = {"runs": 3000, "seed": 5, "moves": 6, "population": TASKS, "target": 0.8}
    every, summary = dm.ensemble(**arguments), dm.ensemble(**arguments, reduce="summary")
    np.testing.assert_allclose(summary.mu_next_mean, every.mu_next.mean("run"), rtol=1e-12)
    reached = np.isfinite(every.moves_to_target) & (every.moves_to_target <= 6)
    np.testing.assert_allclose(summary.survival[-1], 1 - reached.mean(), rtol=1e-12)
    median = np.median(every.mu_next, axis=0)
    np.testing.assert_allclose(summary.mu_next_quantile.sel(quantile=0.5), median, rtol=0.03)
    assert "gamma distributed" in summary.attrs["population"]


def test_a_narrow_population_is_an_ensemble_of_one_mass():
    one = dm.ensemble(runs=50, seed=1, moves=5, mu0=0.7)
    tasks = dm.ensemble(runs=50, seed=1, moves=5, population=Population(0.7))
    np.testing.assert_allclose(tasks.mu_next, one.mu_next, rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"population": TASKS, "mu0": 3}, "mu0 and population both say"),
        ({"population": 3}, "population = 3 is of type int: allowed is a Population or a Dataset or None"),
        ({"population": xr.Dataset()}, "population is a Dataset"),
    ],
)
def test_what_is_no_population_is_refused(arguments, says):
    with pytest.raises(dm.InputError, match=says):
        dm.simulate(moves=2, **arguments)


@pytest.mark.parametrize("values", [{"mass": -1}, {"mass": 1, "dispersion": np.inf}, {"mass": 1, "r": 1.2}])
def test_values_outside_their_domain_are_refused(values):
    with pytest.raises(dm.InputError, match="of a population is"):
        Population(**values)
