"""The numba engine against its bound in C and its peers: 100,000 points x 150 moves, trust region, one thread."""

import math

import numpy as np
import pytest
from c_engine import COMPILER, FAST, CRun, scalar_work

import deltamu as dm
from benchmarks.timing import processor_seconds
from deltamu import symbols as sym
from deltamu.engines import compile_run

numba = pytest.importorskip("numba", reason="numba is not installed")
pytestmark = pytest.mark.usefixtures("one_thread")
POINTS, MOVES = 100_000, 150
MODELS = pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(1)
    swept = {"mu0": rng.uniform(2, 40, POINTS), "H": rng.uniform(0, 1, POINTS), "delta0": rng.uniform(0.01, 2, POINTS)}
    return {s.name: float(s.default) for s in sym.PARAMETERS if s.default is not None} | swept


def nanoseconds(run, repeats=5):
    """Processor time of a move of one run, the best of several."""
    return processor_seconds(run, repeats) / POINTS / MOVES * 1e9


def ours(model, values, engine="numba"):
    run = compile_run(engine, dm.one_move(dm.TRUST_REGION, model), ())
    return lambda: run(values, POINTS, MOVES, {})


@pytest.mark.measured
@pytest.mark.skipif(COMPILER is None, reason="gcc is not installed: there is no bound to compare with")
@MODELS
def test_against_the_bound(benchmark, values, model, tmp_path):
    bound = CRun(dm.one_move(dm.TRUST_REGION, model), (), tmp_path, FAST)
    assert not scalar_work(bound.instructions("step"))
    run = ours(model, values)
    np.testing.assert_allclose(run().after["mu"], bound(values, POINTS, MOVES)[0]["mu"], rtol=1e-9)
    ratio = nanoseconds(run) / (cost := nanoseconds(lambda: bound(values, POINTS, MOVES)))
    benchmark.extra_info |= {"bound, ns a move": round(cost, 2), "ratio to the bound": round(ratio, 2)}
    benchmark.pedantic(run, rounds=3)
    print(f"{model.name}: bound {cost:.2f} ns a move, numba engine {ratio:.2f} times that")
    assert ratio <= 1.3 * 1.15


@pytest.mark.skipif(COMPILER is None, reason="gcc is not installed")
def test_scalar_work_is_seen(tmp_path, values):
    """Without vector instructions the same loop has scalar work in it."""
    slow = CRun(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), (), tmp_path, ("-O1",))
    assert scalar_work(slow.instructions("step"))


def by_jax(values):
    """The published move as one would write it for JAX, compiled; in double precision."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    c = {name: jnp.asarray(value) for name, value in values.items()}
    n_eff = c["N"] / (1 + (c["N"] - 1) * c["gamma"])
    z = jax.scipy.stats.norm.ppf(1 - 1 / (1 + (c["K"] + c["N"] * c["K_r"] - 1) * (1 - c["tau"] * c["H"])))
    rho_eff = 1 - (1 - c["rho"]) * (1 - c["H"])

    def move(_, state):
        mu, delta = state
        m = mu / (mu + c["b"])
        spread = c["s0"] * (1 - c["kappa1"] * c["H"]) * delta * jnp.sqrt(m)
        noise = jnp.sqrt(spread**2 + c["sigma_r"] ** 2 / n_eff)
        mean = c["a1"] * rho_eff * delta * m - c["a2"] * (1 - c["kappa2"] * c["H"]) * delta
        gain = jnp.maximum(mean + spread**2 / noise * z, 0.0)
        accepted = 1 / (1 + jnp.exp(-gain / noise))
        factor = jnp.where(accepted > c["A_hi"], c["alpha"], jnp.where(accepted < c["A_lo"], c["beta"], 1.0))
        return jnp.maximum(mu - gain, 0.0), jnp.clip(delta * factor, c["delta_min"], c["delta_max"])

    run = jax.jit(lambda mu, delta: jax.lax.fori_loop(0, MOVES, move, (mu, delta)))
    return lambda: np.asarray(run(c["mu0"], c["delta0"])[0])


def by_hand(values):
    """The published move as one would write it for numba."""

    @numba.njit(fastmath=True, error_model="numpy")
    def run(mu0, H, delta0, rho_eff, z, n_eff, c, out):
        a1, a2, s0, b, kappa1, kappa2, sigma_r, A_lo, A_hi, alpha, beta, low, high = c
        for i in range(mu0.size):
            mu, delta = mu0[i], delta0[i]
            for _ in range(MOVES):
                m = mu / (mu + b)
                spread = s0 * (1 - kappa1 * H[i]) * delta * math.sqrt(m)
                noise = math.sqrt(spread * spread + sigma_r * sigma_r / n_eff)
                mean = a1 * rho_eff[i] * delta * m - a2 * (1 - kappa2 * H[i]) * delta
                gain = max(mean + spread * spread / noise * z[i], 0.0)
                accepted = 1 / (1 + math.exp(-gain / noise))
                mu = max(mu - gain, 0.0)
                factor = alpha if accepted > A_hi else beta if accepted < A_lo else 1.0
                delta = min(max(delta * factor, low), high)
            out[i] = mu

    from deltamu.special import kernels

    names = (
        "a1",
        "a2",
        "s0",
        "b",
        "kappa1",
        "kappa2",
        "sigma_r",
        "A_lo",
        "A_hi",
        "alpha",
        "beta",
        "delta_min",
        "delta_max",
    )
    c = tuple(values[name] for name in names)
    rho_eff = 1 - (1 - values["rho"]) * (1 - values["H"])
    n_eff = values["N"] / (1 + (values["N"] - 1) * values["gamma"])
    k_eff = 1 + (values["K"] + values["N"] * values["K_r"] - 1) * (1 - values["tau"] * values["H"])
    z = kernels.normal_quantile(1 - 1 / k_eff)

    def call():
        out = np.empty(POINTS)
        run(values["mu0"], values["H"], values["delta0"], rho_eff, z, n_eff, c, out)
        return out

    return call


@pytest.mark.measured
@pytest.mark.parametrize(("peer", "faster"), [(by_jax, 2.5), (by_hand, 1.0)])
def test_against_peers(benchmark, values, peer, faster):
    run, other = ours(dm.PUBLISHED, values), peer(values)
    np.testing.assert_allclose(other(), run().after["mu"], rtol=1e-7, atol=1e-9)
    ratio = (cost := nanoseconds(other)) / nanoseconds(run)
    benchmark.extra_info |= {"peer, ns a move": round(cost, 2), "times as slow as the numba engine": round(ratio, 2)}
    benchmark.pedantic(other, rounds=3)
    print(f"{peer.__name__}: {cost:.2f} ns a move, {ratio:.2f} times the numba engine")
    assert ratio > faster / 1.15


@pytest.mark.measured
@MODELS
def test_numpy_engine(benchmark, values, model):
    ratio = nanoseconds(ours(model, values, "numpy"), 2) / (cost := nanoseconds(ours(model, values)))
    benchmark.extra_info |= {"numba engine, ns a move": round(cost, 2), "numpy over numba": round(ratio, 2)}
    benchmark.pedantic(ours(model, values, "numpy"), rounds=1)
    print(f"{model.name}: numba engine {cost:.2f} ns a move, NumPy engine {ratio:.2f} times that")
