"""Ensembles through the numba engine: its generator, its law against NumPy's sampler, and bits that nothing changes."""

import math
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from plain_runs import compile_move
from scipy import stats
from sympy import Mul, Rational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.compile import compile_program
from deltamu.codegen.numba_engine import arrays, compile_sampler
from deltamu.codegen.numba_engine import sampler as sampling
from deltamu.codegen.numba_engine.lower import Lines
from deltamu.codegen.numba_engine.philox import philox, uniforms
from deltamu.codegen.program import program
from deltamu.model.formula import Formula, Model
from deltamu.model.stochastic import INVERSION, stochastic
from deltamu.simulation.ensemble import blocks as running
from deltamu.simulation.ensemble import jobs, sample_moves, streams, summaries

numba = pytest.importorskip("numba", reason="numba is not installed")

WORD = 2**32 - 1
KNOWN = [  # tests/kat_vectors of Random123: counter, key, words
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


# --- the generator ---------------------------------------------------------------------------------------------------


def interpreted(lines, given, results):
    """Lines as what they say, in exact whole numbers of any size and in doubles."""
    space = {"np": np, **{name: np.int64(value) for name, value in given.items()}}
    with np.errstate(over="ignore"):  # products wrap, as in machine code
        exec("\n".join(lines.text), space)
    return [space[name].item() for name in results]


def words(counter, key):
    names = [f"c{n}" for n in range(4)], [f"k{n}" for n in range(2)]
    lines = Lines()
    found = philox(lines, tuple(names[0]), tuple(names[1]))
    return interpreted(lines, dict(zip(names[0] + names[1], (*counter, *key), strict=True)), found)


def numbers(four):
    names = [f"w{n}" for n in range(4)]
    lines = Lines()
    found = uniforms(lines, tuple(names))
    return interpreted(lines, dict(zip(names, four, strict=True)), found)


@pytest.mark.parametrize(("counter", "key", "want"), KNOWN, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_known_answers(counter, key, want):
    assert tuple(words(counter, key)) == want


def test_uniform_numbers_are_exact_and_never_0_or_1():
    rng = np.random.default_rng(2)
    for four in ([0] * 4, [WORD] * 4, *rng.integers(0, 2**32, (50, 4)).tolist()):
        for n, got in enumerate(numbers(four)):
            whole = four[n] * 2**10 + (four[3] >> 10 * n) % 2**10
            assert Fraction(got) == Fraction(2 * whole + 1, 2**43)
    assert numbers([0] * 4) == [2.0**-43] * 3
    assert numbers([WORD] * 4) == [1 - 2.0**-43] * 3


EVENTFUL = dm.Policy(  # sees what the move makes of the defects, too
    "eventful", {sym.delta: sym.delta0, sym.H: sym.H},
    {sym.delta: sym.delta * (sym.acceptance + sym.delta_max / (1 + sym.mu_next)), sym.H: sym.H * sym.decay},
)  # fmt: skip

# --- the same draws give the same runs -------------------------------------------------------------------------------


def drawn(key, block, move, runs, inversion=INVERSION):
    """The draws of the compiled loop, for NumPy: Philox4x32 at (run, move) in whole numbers of any size."""
    first, second = streams.words_of(key)
    c = [np.arange(block * streams.BLOCK, block * streams.BLOCK + runs, dtype=np.uint64), 0, move, 0]
    c = [np.broadcast_to(np.asarray(word, dtype=np.uint64), runs) for word in c]
    low = np.uint64(WORD)
    for turn in range(10):
        k = [np.uint64((first + turn * 0x9E3779B9) & WORD), np.uint64((second + turn * 0xBB67AE85) & WORD)]
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ k[0], b & low, (a >> np.uint64(32)) ^ c[3] ^ k[1], a & low]
    few = [(c[3] >> np.uint64(10 * n)) & np.uint64(1023) for n in range(3)]
    values = {f"uniform_{n + 1}": (c[n] * 1024.0 + few[n] + 0.5) * 2.0**-42 for n in range(3)}
    return compile_program(program("draws", Model("draws", inversion), sym.DRAWS))(values)


def of_both_engines(monkeypatch, **options):
    compiled = dm.ensemble(engine="numba", seed=5, **options)
    monkeypatch.setattr(running, "move_draws", drawn)
    return compiled, dm.ensemble(seed=5, **options)


def assert_close(one, other):
    """All runs agree but for one in a thousand, in which a comparison may hang on a rounding."""
    assert one.data_vars.keys() == other.data_vars.keys()
    away = (one.moves_to_target != other.moves_to_target).values
    # without noise in the scores, 1 - lambda**2 under a root is what rounding leaves of 0
    tolerance = xr.where(other.sigma_r == 0, 1e-7, 1e-10) if "sigma_r" in other.coords else 1e-10
    for name in other.data_vars.keys() - {"moves_to_target"}:
        assert np.isfinite(one[name]).all()
        off = np.abs(one[name] - other[name]) > tolerance * (1 + np.abs(other[name]))
        away |= off.any("move").transpose(*other.moves_to_target.dims).values
    assert away.mean() < 1e-3


EDGES = {  # of the law, each a point of the sweep
    "N": [0, 3, 0, 3, 3, 3, 3, 1, 3],
    "K": [1, 5, 5, 1, 5, 5, 5, 5, 12],
    "r": [0.8, 0.0, 0.5, 1.0, 1.0, 0.3, 0.8, 0.7, 0.6],
    "mu0": [9.0, 12.0, 0.0, 4.0, 1.0, 2.0, 0.3, 40.0, 1e-9],
    "sigma_r": [0.35, 0.35, 0.35, 0.0, 0.35, 0.0, 0.35, 0.35, 0.35],
    "s0": [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.0, 0.4, 0.4],
    "overreach": [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 0.5],
    "target": [0.95, 0.95, 0.5, 0.7, 0.6, 0.9, 0.99, 0.5, 0.5],
}


def edges():

    return {name: xr.DataArray(np.array(values, dtype=float), dims="point") for name, values in EDGES.items()}


def test_the_same_draws_give_the_runs_of_numpy(monkeypatch):
    """Every formula of the move, at edges of its law too, in runs of two blocks of streams."""
    options = {"runs": streams.BLOCK + 70, "moves": 15, **edges()}
    assert_close(*of_both_engines(monkeypatch, **options))


@pytest.mark.long
@pytest.mark.parametrize("policy", ["vibe", "planner"])
def test_the_same_draws_give_the_runs_of_numpy_under_any_policy(policy, monkeypatch):
    assert_close(*of_both_engines(monkeypatch, policy=policy, runs=3000, moves=40, target=[0.5, 0.9], mu0=2.0))


@pytest.mark.long
@pytest.mark.parametrize("policy", [dm.TRUST_REGION, dm.PLANNER, EVENTFUL], ids=lambda policy: policy.name)
def test_the_same_draws_give_the_runs_of_numpy_that_sees_events(policy, monkeypatch):
    """Shares of a window are few numbers, and bounds among them: every tie has to be decided alike."""
    options = {"policy": policy, "runs": 2000, "moves": 40, "mu0": 1.0, "overreach": [1.0, 3.0], "feedback": "realised"}
    options |= {"A_lo": 0.2, "A_hi": 0.4} if policy is dm.TRUST_REGION else {}
    for window in (5, 1):
        with monkeypatch.context() as patched:
            assert_close(*of_both_engines(patched, window=window, **options))


# --- one definition --------------------------------------------------------------------------------------------------

LAW_OF_THE_MOVE = stochastic(dm.GATED)
FOLLOWED = (sym.mu, sym.delta, *running.RECORDED, sym.mu_next)
READ = program("read", dm.one_move(dm.TRUST_REGION, LAW_OF_THE_MOVE).model, (*running.RECORDED, sym.mu_next)).formulas
POINTS = {s.name: float(s.default) for s in sym.PARAMETERS if s.default is not None} | {
    "mu0": np.array([0.4, 3.0, 11.0]), "delta0": np.array([0.9, 0.4, 0.1]), "H": np.array([0.2, 0.6, 0.7]),
}  # fmt: skip


def interpreted_runs(sampler, moves):
    """The source for numba, interpreted: what numba would compile."""
    fake, intrinsics = ModuleType("numba"), ModuleType("deltamu.codegen.numba_engine.intrinsics")
    fake.njit = lambda **options: lambda function: function
    intrinsics.select = lambda condition, yes, no: yes if condition else no
    intrinsics.straight = lambda function: function
    space = {"CACHE": False}
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "numba", fake)
        patched.setitem(sys.modules, "deltamu.codegen.numba_engine.intrinsics", intrinsics)
        exec(sampler.source, space)
        patched.setattr(sampling, "prepared", lambda source, idle: SimpleNamespace(**space))
        with np.errstate(all="ignore"):
            return sampler.runs([s.name for s in FOLLOWED], POINTS, 3, range(3), moves, (7, 8))[0]


@pytest.mark.long
@pytest.mark.parametrize("formula", [*READ, *INVERSION], ids=lambda formula: formula.name)
def test_the_compiled_loop_follows_every_formula(formula):
    """Change any one, and the loop has what NumPy has; no formula of the move is written in it by hand."""
    other = Formula(formula.symbol, Mul(Rational(63, 64), formula.printed, evaluate=False))
    law = LAW_OF_THE_MOVE.replace(other, name="gated") if formula in READ else LAW_OF_THE_MOVE
    draws = tuple(other if f == formula else f for f in INVERSION)
    found = {}
    for which, a_law, some_draws in (("as it is", LAW_OF_THE_MOVE, INVERSION), ("changed", law, draws)):
        move = dm.one_move(dm.TRUST_REGION, a_law)
        made = compile_sampler(move, FOLLOWED, some_draws, summaries.place_of_bin())
        found[which] = interpreted_runs(made, 2)
        step = compile_move(move, running.RECORDED)
        start = {name: value[:, np.newaxis] if np.ndim(value) else value for name, value in POINTS.items()}
        known = start | step.before(start) | {"mu": start["mu0"], "delta": start["delta0"]}
        for t in range(2):
            results = step.step(known | drawn((7 | 8 << 32, 0), 0, t, 3, some_draws) | {"t": t})
            for s in (*running.RECORDED, sym.mu_next):
                np.testing.assert_allclose(found[which][s.name][t], np.broadcast_to(results[s.name], (3, 3)), rtol=1e-9)
            known |= {"mu": results["mu_next"], "delta": results["delta_next"]}
    assert any((found["changed"][s.name] != found["as it is"][s.name]).any() for s in FOLLOWED)


# --- law -------------------------------------------------------------------------------------------------------------

LAW = {"runs": 300_000, "moves": 12, "mu0": 1.5, "target": 0.5, "overreach": 0.5, "quantiles": ()}


def differences(one, other, runs):
    """Differences of two summaries in standard errors, of everything that varies from run to run."""
    found = {}
    for name in ("mu_next", "delta", "acceptance"):
        noise = np.sqrt((one[f"{name}_variance"] + other[f"{name}_variance"]) / runs)
        off = np.abs(one[f"{name}_mean"] - other[f"{name}_mean"])
        found[name] = xr.where(noise > 1e-9, off / noise.clip(min=1e-9), 0.0)
    ratio = one.mu_next_variance / other.mu_next_variance
    found["variance"] = np.abs(ratio - 1) / math.sqrt(2 * 3 / runs)
    for name in ("acceptance_rate", "survival"):
        share = (one[name] + other[name]) / 2
        noise = np.sqrt(share * (1 - share) * 2 / runs)
        found[name] = xr.where(noise > 1e-9, np.abs(one[name] - other[name]) / noise.clip(min=1e-9), 0.0)
    return {name: float(off.max()) for name, off in found.items()}


def test_the_law_is_that_of_numpys_sampler_and_one_per_cent_would_be_seen():
    """About 70 comparisons at 4.5 standard errors (1 in 2,000 for a right sampler); seeds are fixed."""
    want = dm.ensemble(seed=21, reduce="summary", **LAW)
    got = dm.ensemble(seed=22, reduce="summary", engine="numba", **LAW)
    assert 0.1 < float(got.survival[-1]) < 0.9
    found = differences(got, want, LAW["runs"])
    assert max(found.values()) < 4.5, found
    np.testing.assert_allclose(got.acceptance_mean[0], want.acceptance_mean[0], rtol=1e-12)  # the first is no chance
    for name in ("s0", "a1", "a2"):
        other = LAW | {name: 1.01 * float(getattr(sym, name).default)}
        off = differences(dm.ensemble(seed=22, reduce="summary", engine="numba", **other), want, LAW["runs"])
        assert min(off["mu_next"], off["survival"]) > 9, (name, off)


@pytest.mark.long
@pytest.mark.parametrize("point", [
    {"mu": 5, "delta": 0.3}, {"mu": 0.5, "delta": 1.0, "r": 0.3, "overreach": 1.0}, {"mu": 2, "delta": 2.0, "N": 0},
    {"mu": 12, "delta": 0.05, "K": 12, "N": 8, "gamma": 0.0}, {"mu": 3, "delta": 0.5, "r": 1.0},
])  # fmt: skip
def test_one_move_has_the_law_of_numpys_sampler(point):
    runs = 1_000_000
    one = sample_moves(**point, runs=runs, seed=1, engine="numba")
    other = sample_moves(**point, runs=runs, seed=2)
    for name in other.data_vars:
        noise = math.hypot(float(one[name].std()), float(other[name].std())) / math.sqrt(runs)
        assert abs(float(one[name].mean() - other[name].mean())) < 4.5 * noise
    for name in ("improvement", "visible_signal"):
        kurtosis = float(stats.kurtosis(other[name].values, fisher=False))
        ratio = float(one[name].var() / other[name].var())
        assert abs(ratio - 1) < 4.5 * math.sqrt(2 * (kurtosis - 1) / runs)
        assert stats.ks_2samp(one[name].values, other[name].values).pvalue > 1e-3


# --- bits ------------------------------------------------------------------------------------------------------------


def same(one, other, but=()):
    return all(
        one[name].values.tobytes() == other[name].values.tobytes() for name in other.data_vars if name not in but
    )


OPTIONS = {"runs": 300, "moves": 12, "seed": 7, "overreach": 1.0, "engine": "numba"}
GRID = {"H": [0.2, 0.5, 0.8], "N": [0, 1, 2, 5]}


def test_what_must_not_matter_does_not(monkeypatch):
    """Bits stay the same for a point alone or in a sweep, any chunking or threads, and when runs or moves are added."""
    whole, summary = dm.ensemble(**GRID, **OPTIONS), dm.ensemble(**GRID, **OPTIONS, reduce="summary")
    alone = dm.ensemble(H=0.5, N=5, **OPTIONS)
    assert same(whole.sel(H=0.5, N=5), alone)
    assert same(summary.sel(H=0.5, N=5), dm.ensemble(H=0.5, N=5, **OPTIONS, reduce="summary"))
    fewer = dm.ensemble(H=0.5, N=5, **(OPTIONS | {"runs": 101, "moves": 5}))
    assert same(alone.isel(run=slice(101), move=slice(5)), fewer, but=["moves_to_target"])
    monkeypatch.setattr(arrays, "SHARE", 1)
    monkeypatch.setattr(arrays, "cores", lambda: 3)
    for elements in (1, 1000, 10**9):
        monkeypatch.setattr(jobs, "ELEMENTS", elements)
        assert same(dm.ensemble(**GRID, **OPTIONS), whole)
        assert same(dm.ensemble(**GRID, **OPTIONS, reduce="summary"), summary)
    assert not same(dm.ensemble(H=0.5, N=5, **(OPTIONS | {"seed": 8})), alone)


def test_executors_give_the_same_bits():
    options = OPTIONS | {"runs": 10_000, "reduce": "summary"}
    here = dm.ensemble(**options)
    with ThreadPoolExecutor(2) as threads:
        assert same(dm.ensemble(executor=threads, **options), here)


@pytest.mark.long
def test_processes_give_the_same_bits():
    options = OPTIONS | {"runs": 10_000, "reduce": "summary"}
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert same(dm.ensemble(executor=processes, **options), dm.ensemble(**options))


# --- what it does not do ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"defects": True}, "engine = 'numba' does not do defects = True: use engine = 'numpy'"),
        ({"engine": "fortran"}, "unknown engine 'fortran'"),
        ({"model": "published"}, "model published has no stochastic move"),
    ],
)
def test_bad_input_is_one_line(options, message):
    with pytest.raises(dm.InputError, match=message) as error:
        dm.ensemble(**({"runs": 1, "seed": 1, "moves": 1, "engine": "numba"} | options))
    assert "\n" not in str(error.value)


def test_the_literal_sampler_has_no_other_engine():
    with pytest.raises(dm.InputError, match="engine = 'numba' has no literal sampler"):
        sample_moves(mu=3, delta=1, runs=1, seed=1, sampler="literal", engine="numba")


def test_auto_is_numpy_and_says_nothing_new():
    options = {"runs": 5, "moves": 3, "seed": 1}
    auto = dm.ensemble(engine="auto", **options)
    assert same(auto, dm.ensemble(**options))
    assert "engine" not in auto.attrs
