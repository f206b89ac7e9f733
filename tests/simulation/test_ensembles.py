"""The stochastic process: its law against the closed forms, its bits against everything that must not matter."""

import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import deltamu as dm
from deltamu import symbols as sym
from deltamu.simulation.ensemble import jobs, sample_moves, streams
from deltamu.simulation.ensemble.summaries import wilson

POINTS = [
    {"mu": mu, "delta": delta, "tau": 0.0, "K": K, "N": N, "K_r": 0, "gamma": gamma, "r": r, "overreach": c}
    for (mu, delta), (K, N, gamma), (r, c) in zip(
        [(5, 0.3), (0.5, 1.0), (12, 2.0), (0.1, 0.5), (30, 0.05), (2, 1.5)] * 10,
        [(1, 0, 0.0), (2, 1, 0.3), (5, 3, 0.2), (8, 2, 0.9), (12, 8, 0.0)] * 12,
        [(0.8, 0), (0.3, 1), (1.0, 0), (0.05, 2)] * 15,
        strict=True,
    )
]


def agree(got, want, error, where):
    assert abs(got - want) <= 4 * error + 1e-12, f"{got} is not {want} +- {error} at {where}"


def standard_error(values):
    return float(values.std() / math.sqrt(values.size))


@pytest.mark.parametrize("point", POINTS[::7], ids=str)
def test_both_samplers_have_one_law(point):
    compare_samplers(point, 40_000)


@pytest.mark.long
def test_both_samplers_have_one_law_at_30_points_with_a_million_draws():
    """90 comparisons of means at 4 standard errors and 30 of distributions at p = 1e-3: a right sampler fails here
    once in about 28 sets of seeds, and the seeds are fixed; a mean, variance or acceptance off by 1 % is seen."""
    for point in POINTS[::2]:
        compare_samplers(point, 1_000_000)


def compare_samplers(point, runs):
    direct = sample_moves(**point, runs=runs, seed=11)
    literal = sample_moves(**point, runs=runs, seed=12, sampler="literal")
    for name in ("improvement", "accepted", "realised_gain"):
        one, other = direct[name].values, literal[name].values
        agree(one.mean(), other.mean(), math.hypot(standard_error(one), standard_error(other)), (name, point))
    for name in ("improvement", "visible_signal"):
        spread = [float(ds[name].var()) for ds in (direct, literal)]
        if spread[0] > 0:
            kurtosis = float(stats.kurtosis(direct[name].values, fisher=False))
            agree(spread[0] / spread[1], 1, math.sqrt(2 * (kurtosis - 1) / runs), (name, point))
            assert stats.ks_2samp(direct[name].values, literal[name].values).pvalue > 1e-3, (name, point)


@pytest.mark.parametrize("point", POINTS[::7], ids=str)
def test_the_closed_forms_are_the_means_of_the_process(point):
    """E is exact; acceptance and gain are within the stated error of the joint-normal step."""
    sampled = sample_moves(**point, runs=200_000, seed=3)
    exact = dm.evaluate(["expected_improvement", "acceptance", "gain", "sigma_Delta"], model="gated", **point)
    error = standard_error(sampled.improvement.values)
    agree(float(sampled.improvement.mean()), float(exact.expected_improvement), error, point)
    rate = float(sampled.accepted.mean())
    if float(exact.acceptance) >= 0.1:
        allowed = 0.021 * float(exact.acceptance) + 4 * standard_error(sampled.accepted.values)
        assert abs(rate - float(exact.acceptance)) <= allowed
    allowed = 0.008 * float(exact.sigma_Delta) + 4 * standard_error(sampled.realised_gain.values)
    assert abs(float(sampled.realised_gain.mean()) - float(exact.gain)) <= allowed


def test_the_best_score_has_the_mean_and_variance_of_order_statistics():
    """With perfect reviewers (sigma_r = 0, lambda = 1) the improvement is the best score itself."""
    point = {"mu": 4, "delta": 1, "sigma_r": 0.0, "K": 6.4, "K_r": 0, "tau": 0.0}
    scores = sample_moves(**point, runs=400_000, seed=5)
    facts = dm.evaluate(
        ["mu_Delta", "sigma_Delta", "selection_intensity", "selection_variance"], model="gated", **point
    )
    standard = (scores.improvement - float(facts.mu_Delta)) / float(facts.sigma_Delta)
    agree(float(standard.mean()), float(facts.selection_intensity), standard_error(standard.values), "mean")
    fourth = float(((standard - standard.mean()) ** 4).mean())
    error = math.sqrt((fourth - float(facts.selection_variance) ** 2) / standard.size)
    agree(float(standard.var()), float(facts.selection_variance), error, "variance")


@pytest.mark.parametrize(
    ("edge", "accepted"),
    [({"mu": 0}, 0.0), ({"s0": 0.0, "a2": 0.0}, 1.0), ({"s0": 0.0, "a1": 0.0}, 0.0), ({"s0": 0.0, "r": 0.0}, 1.0)],
)
def test_edges_without_spread(edge, accepted):
    ds = sample_moves(**({"mu": 3, "delta": 0.3} | edge), runs=100, seed=1)
    assert float(ds.accepted.mean()) == accepted
    assert float(dm.evaluate("acceptance", model="gated", **({"mu": 3, "delta": 0.3} | edge)).acceptance) == accepted


@pytest.mark.parametrize(
    "edge", [{"r": 0.0}, {"r": 1.0}, {"sigma_r": 0.0}, {"sigma_r": 0.0, "r": 1.0}, {"N": 0}, {"K": 1, "N": 0}]
)
def test_edges_agree_with_the_closed_form(edge):
    point = {"mu": 3, "delta": 0.3} | edge
    ds = sample_moves(**point, runs=100_000, seed=1)
    exact = float(dm.evaluate("acceptance", model="gated", **point).acceptance)
    assert abs(float(ds.accepted.mean()) - exact) < 0.021 * exact + 4 * standard_error(ds.accepted.values)
    assert np.isfinite(ds.mu_next).all()


def test_the_published_model_has_no_stochastic_move():
    with pytest.raises(dm.InputError, match="model published has no stochastic move: .* use gated"):
        dm.ensemble(model="published", runs=1, seed=1)


def test_runs_are_labelled():
    ds = dm.ensemble("principal-tr", runs=3, seed=1, moves=4, N=[0, 4], policy=["trust-region", "planner"])
    assert ds.mu.dims == ("policy", "N", "run", "move")
    assert ds.moves_to_target.dims == ("policy", "N", "run")
    np.testing.assert_array_equal(ds.mu[..., 1:], ds.mu_next[..., :-1])
    np.testing.assert_array_equal(ds.mu_next, np.maximum(ds.mu - ds.realised_gain, 0))
    assert ((ds.accepted == 1) | (ds.realised_gain == 0)).all()
    assert dm.Settings.from_dataset(ds.sel(policy="planner", N=0))["N"] == 0
    assert ds.attrs["seed"] == 1


def test_what_must_not_matter_does_not(monkeypatch):
    """Bits stay the same for a point alone or in a sweep, for any chunking, and when runs or moves are added."""
    options = {"runs": 300, "moves": 12, "seed": 7, "overreach": 1.0}
    whole = dm.ensemble(H=[0.2, 0.5, 0.8], N=[0, 1, 2, 5], **options)
    summary = dm.ensemble(H=[0.2, 0.5, 0.8], N=[0, 1, 2, 5], reduce="summary", **options)
    alone = dm.ensemble(H=0.5, N=5, **options)
    assert same(whole.sel(H=0.5, N=5), alone)
    assert same(summary.sel(H=0.5, N=5), dm.ensemble(H=0.5, N=5, reduce="summary", **options))
    assert same(
        alone.isel(run=slice(100), move=slice(5)),
        dm.ensemble(H=0.5, N=5, **(options | {"runs": 100, "moves": 5})),
        but=["moves_to_target"],
    )
    for elements in (1, 1000, 10**9):
        monkeypatch.setattr(jobs, "ELEMENTS", elements)
        assert same(dm.ensemble(H=[0.2, 0.5, 0.8], N=[0, 1, 2, 5], **options), whole)
        assert same(dm.ensemble(H=[0.2, 0.5, 0.8], N=[0, 1, 2, 5], reduce="summary", **options), summary)


def same(one, other, but=()):
    return all(
        one[name].values.tobytes() == other[name].values.tobytes() for name in other.data_vars if name not in but
    )


def test_a_generator_is_a_seed_and_seeds_differ():
    one = dm.ensemble(runs=2, moves=2, seed=np.random.default_rng(5))
    assert same(one, dm.ensemble(runs=2, moves=2, seed=np.random.default_rng(5)))
    assert not same(one, dm.ensemble(runs=2, moves=2, seed=5))


def test_a_summary_is_that_of_its_runs(engine):
    if engine == "jax":
        pytest.skip("JAX makes no random moves")
    options = {"runs": 2 * streams.BLOCK + 30, "moves": 40, "seed": 3, "engine": engine}
    options |= {"mu0": [2.0, 0.3], "target": 0.7, "delta_max": 0.5}
    runs, summary = dm.ensemble(**options), dm.ensemble(reduce="summary", **options)
    assert runs.attrs.get("engine", "numpy") == engine
    np.testing.assert_array_equal(runs.mu[..., 1:], runs.mu_next[..., :-1])
    for name, values in (("mu_next", runs.mu_next), ("delta", runs.delta_t), ("acceptance", runs.acceptance)):
        np.testing.assert_allclose(summary[f"{name}_mean"], values.mean("run"), rtol=1e-12)
        np.testing.assert_allclose(summary[f"{name}_variance"], values.var("run", ddof=1), rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(summary.acceptance_rate, runs.accepted.mean("run"), rtol=1e-12)
    exact = runs.mu_next.quantile(summary["quantile"].values, dim="run", method="inverted_cdf")
    np.testing.assert_allclose(summary.mu_next_quantile.transpose(*exact.dims), exact, rtol=0.0121)
    for n in (0, 1, 20, 40):
        left = (runs.moves_to_target > n).mean("run")
        np.testing.assert_allclose(summary.survival.sel(moves_made=n), left, atol=1e-12)
    assert (summary.survival_low <= summary.survival).all()
    assert (summary.survival <= summary.survival_high).all()
    assert 0 < float(summary.survival[0, -1]) < 1


def test_wilsons_limits():
    low, high = wilson(np.array([0.0, 10.0]), 10)
    np.testing.assert_allclose([low[0], high[1]], [0, 1], atol=1e-15)
    np.testing.assert_allclose([high[0], low[1]], [0.2775, 0.7225], atol=5e-5)


def test_realised_feedback_sees_the_events():
    ds = dm.ensemble(runs=50, moves=30, seed=2, feedback="realised", window=4, mu0=1.0, overreach=1.0)
    events = ds.accepted.values
    for t in (0, 2, 3, 10, 29):
        np.testing.assert_array_equal(ds.acceptance[:, t], events[:, max(0, t - 3) : t + 1].mean(axis=1))
    expand, contract = ds.acceptance > 0.4, ds.acceptance < 0.2
    factor = np.where(expand, 1.3, np.where(contract, 0.7, 1.0))
    want = np.clip(ds.delta_t * factor, 0.01, 1.0)
    np.testing.assert_array_equal(ds.delta_t[:, 1:], want[:, :-1])
    assert contract.any()


def test_without_a_band_single_events_balance_at_the_stated_rate():
    """ln delta drifts to where accepted moves make up -ln(beta) / (ln(alpha) - ln(beta)) of all."""
    half = sym.b / (sym.b + 4)  # the defect mass has no say: only the radius moves
    mean = sym.a1 * sym.rho_eff * sym.delta * half - sym.a2 * sym.delta * (1 + sym.overreach * sym.delta)
    spread = dm.Formula(sym.sigma_Delta, sym.s0 * sym.delta * half)
    model = dm.GATED.replace(dm.Formula(sym.mu_Delta, mean), spread)
    ds = dm.ensemble(model=model, runs=200, moves=600, seed=4, feedback="realised", window=1, A_lo=0.5, A_hi=0.5,
                     overreach=3.0, delta_max=100.0, delta_min=1e-6, mu0=1e6)  # fmt: skip
    rate = float(ds.accepted.isel(move=slice(300, None)).mean())
    assert abs(rate - math.log(1 / 0.7) / (math.log(1.3) + math.log(1 / 0.7))) < 0.005


def test_defects_are_poisson_and_thinned():
    ds = dm.ensemble(runs=20_000, moves=1, seed=6, mu0=3.0, r=0.7, delta0=1e-9, defects=True)
    for name, mean in (("visible_defects", 2.1), ("hidden_defects", 0.9)):
        counts = ds[name].values
        agree(counts.mean(), mean, math.sqrt(mean / counts.size), name)
        agree(counts.var(), mean, mean * math.sqrt((2 + 1 / mean) / counts.size), name)
        agree((counts == 0).mean(), math.exp(-mean), math.sqrt(math.exp(-mean) / counts.size), name)
    assert abs(np.corrcoef(ds.visible_defects[:, 0], ds.hidden_defects[:, 0])[0, 1]) < 0.03
    for name, chance in (("passes", math.exp(-2.1)), ("false_passes", math.exp(-2.1) * (1 - math.exp(-0.9)))):
        agree(ds[name].mean(), chance, math.sqrt(chance * (1 - chance) / 20_000), name)


def test_a_summary_counts_passes_and_false_passes():
    given = {"runs": 9000, "moves": 30, "seed": 6, "target": 0.6, "r": [0.5, 1.0], "defects": True}
    runs, summary = dm.ensemble(**given), dm.ensemble(reduce="summary", **given)
    np.testing.assert_allclose(summary.pass_rate, runs.passes.mean("run"), rtol=1e-12)
    np.testing.assert_allclose(summary.false_pass_rate, runs.false_passes.mean("run"), rtol=1e-12, atol=1e-15)
    assert (summary.false_pass_rate.sel(r=1.0) == 0).all() and summary.false_pass_rate.sel(r=0.5).max() > 0.1
    assert "pass_rate" not in dm.ensemble(reduce="summary", **given | {"defects": False})


def test_the_mean_field_is_near_the_process():
    """Jensen's bias of the mean-field, at the article's presets: within 0.3 % of the initial mass, all the way."""
    for name, preset in dm.PRESETS.items():
        process = dm.ensemble(preset, runs=4000, seed=8, moves=150, reduce="summary")
        mean_field = dm.simulate(preset, model="gated", moves=150)
        assert float(abs(process.mu_next_mean - mean_field.mu_next).max()) < 0.003 * preset["mu0"], name


def options_of_work():
    return {"runs": 10_000, "moves": 8, "seed": 9, "N": [0, 3], "reduce": "summary"}


def test_executors_give_the_same_bits():
    here = dm.ensemble(**options_of_work())
    with ThreadPoolExecutor(2) as threads:
        assert same(dm.ensemble(executor=threads, **options_of_work()), here)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert same(dm.ensemble(executor=processes, **options_of_work()), here)


def test_a_worker_that_is_killed_does_not_matter():
    here = dm.ensemble(**options_of_work())
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        victim = processes.submit(os.getpid).result()
        os.kill(victim, signal.SIGKILL)
        assert same(dm.ensemble(executor=processes, **options_of_work()), here)


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # distributed warns of the lost worker
def test_a_cluster_that_loses_a_worker_gives_the_same_bits():
    distributed = pytest.importorskip("distributed")
    options = options_of_work() | {"runs": 200_000, "moves": 60}
    here = dm.ensemble(**options)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = client.run(os.getpid)
        killer = client.get_executor()
        first = killer.submit(_kill_soon, next(iter(pids.values())))
        assert same(dm.ensemble(executor=client.get_executor(), **options), here)
        first.cancel()


def _kill_soon(victim):
    import threading

    threading.Timer(1.0, os.kill, (victim, signal.SIGKILL)).start()


def test_an_interrupted_ensemble_resumes_to_the_same_bits(tmp_path, monkeypatch):
    options = options_of_work()
    whole = dm.ensemble(**options)
    made = []

    def interrupted(plan, task, **more):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(task)
        return jobs_summary(plan, task, **more)

    jobs_summary = jobs._summary
    monkeypatch.setattr(jobs, "_summary", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dm.ensemble(checkpoint=tmp_path / "point", **options)
    kept = sorted((tmp_path / "point").glob("*.npz"))
    assert len(kept) == 2
    kept[0].write_bytes(b"damaged")
    made.clear()
    monkeypatch.setattr(
        jobs, "_summary", lambda plan, task, **more: made.append(task) or jobs_summary(plan, task, **more)
    )
    assert same(dm.ensemble(checkpoint=tmp_path / "point", **options), whole)
    assert len(made) == 2  # of three tasks one was kept
    made.clear()
    assert same(dm.ensemble(checkpoint=tmp_path / "point", **options), whole)
    assert made == []
    dm.ensemble(checkpoint=tmp_path / "point", **(options | {"seed": 10}))
    assert made  # another ensemble does not take these results for its own


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": 0}, "runs = 0 is not a whole number >= 1"),
        ({"runs": 2.5}, "runs = 2.5 is not a whole number >= 1"),
        ({"moves": 0}, "moves = 0 is not"),
        ({"seed": -1}, "seed = -1 is neither"),
        ({"seed": None}, "seed = None is neither"),
        ({"seed": True}, "seed = True is neither"),
        ({"reduce": "mean"}, "reduce = 'mean' is neither"),
        ({"feedback": "none"}, "feedback = 'none' is neither"),
        ({"window": 5}, "window = 5 says nothing to feedback = 'probability': it belongs to 'realised'"),
        ({"window": 0, "feedback": "realised"}, "window = 0 is not"),
        ({"quantiles": [0, 0.5]}, r"quantiles = \[0, 0.5\] are not all inside"),
        ({"H": 2}, r"H = 2 is outside \[0, 1\]"),
        ({"checkpoint": "/dev/null/x"}, "checkpoint = /dev/null/x cannot be made"),
    ],
)
def test_bad_input_is_one_line(options, message):
    with pytest.raises(dm.InputError, match=message) as error:
        dm.ensemble(**({"runs": 1, "seed": 1, "moves": 1} | options))
    assert "\n" not in str(error.value)


def test_the_literal_sampler_wants_whole_numbers():
    with pytest.raises(dm.InputError, match=r"needs a whole number: K_eff \(tau = 0 makes K_eff whole\) is 6.32"):
        sample_moves(mu=3, delta=1, runs=1, seed=1, sampler="literal")
    assert sample_moves(mu=3, delta=1, runs=1, seed=1, sampler="literal", candidates="all").sizes["run"] == 1
    with pytest.raises(dm.InputError, match="takes one state, not a sweep over mu"):
        sample_moves(mu=[1, 2], delta=1, runs=1, seed=1)


def test_results_survive_netcdf(tmp_path):
    ds = dm.ensemble(runs=10, moves=3, seed=1, reduce="summary", N=[0, 1])
    ds.to_netcdf(tmp_path / "ensemble.nc")
    with xr.open_dataset(tmp_path / "ensemble.nc") as back:
        xr.testing.assert_equal(back.load(), ds)


class Interrupted(Executor):
    """An executor that somebody interrupts after some tasks."""

    def __init__(self):
        self.sent = 0

    def submit(self, work, task):
        self.sent += 1
        if self.sent == 5:
            raise KeyboardInterrupt
        done = Future()
        done.set_result(work(task))
        return done


def test_no_number_of_runs_takes_memory_before_they_run():
    """2^40 runs would be 10^8 tasks."""
    somebody = Interrupted()
    tracemalloc.start()
    with pytest.raises(KeyboardInterrupt):
        dm.ensemble(runs=2**40, moves=3, seed=1, reduce="summary", executor=somebody)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert somebody.sent == 5 and peak < 2**27


@pytest.mark.long
def test_a_hundred_million_run_moves_fit_in_a_gibibyte():
    script = (
        "import deltamu as dm; dm.ensemble(runs=666_667, moves=150, seed=1, reduce='summary');"
        "print(open('/proc/self/status').read())"  # resource.getrusage counts what the parent had before the start
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    kibibytes = int(re.search(r"VmHWM:\s+(\d+) kB", run.stdout)[1])
    assert kibibytes < 2**20


def test_what_is_no_executor_is_refused():
    with pytest.raises(dm.InputError, match="executor = 'x'"):
        dm.ensemble(runs=2, seed=1, moves=2, executor="x")
