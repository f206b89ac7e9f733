"""Automatic differentiation as an independent check: the same formulas, differentiated by JAX instead of by SymPy."""

import numpy as np
import pytest
from sympy import lambdify

import deltamu as dm
from deltamu.model.special import numpy_kernels as kernels

jax = pytest.importorskip("jax", reason="the extra bench is not installed: no check against automatic differentiation")
jnp = jax.numpy


@pytest.fixture(autouse=True)
def double_precision():
    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def tabulated(value, slope):
    """A kernel of NumPy with its derivative by another."""

    def call(kernel, k):
        shape = jax.ShapeDtypeStruct(jnp.shape(k), jnp.float64)
        return jax.pure_callback(lambda x: np.asarray(kernel(x)), shape, k, vmap_method="broadcast_all")

    @jax.custom_jvp
    def function(k):
        return call(value, k)

    @function.defjvp
    def _(primals, tangents):
        return call(value, primals[0]), call(slope, primals[0]) * tangents[0]

    return function


def density(x):
    return jnp.exp(-x * x / 2) / jnp.sqrt(2 * jnp.pi)


def cdf(x):
    return jax.scipy.special.ndtr(x)


FUNCTIONS = {
    "normal_pdf": density,
    "normal_cdf": cdf,
    "normal_quantile": jax.scipy.special.ndtri,
    "expected_positive_part": lambda x: x * cdf(x) + density(x),
    "normal_max_mean": tabulated(kernels.normal_max_mean, kernels.normal_max_mean_d1),
    "normal_max_variance": tabulated(kernels.normal_max_variance, kernels.normal_max_variance_d1),
}


def compiled(inputs, outputs, lines):
    replacements = [(line.symbol, line.expr) for line in lines]
    return lambdify(inputs, outputs, modules=[FUNCTIONS, "jax"], cse=lambda results: (replacements, results))


def run_of(policy, model, moves):
    """A function of a vector of parameters: mu before each move; and the names of the parameters."""
    move = dm.one_move(policy, model)
    lines = move.model.program(move.after)
    used = set(move.after).union(*(line.expr.free_symbols for line in lines)) - {line.symbol for line in lines}
    starts = set().union(*(expr.free_symbols for expr in move.initial))
    names = sorted({s.name for s in (used - {*move.state}) | starts} - {"t"})
    inputs = sorted(used, key=str)
    step = compiled(inputs, list(move.after), lines)
    start = compiled(sorted(starts, key=str), list(move.initial), [])

    def mu(theta):
        values = dict(zip(names, theta, strict=True))
        state = [jnp.asarray(x, dtype=jnp.float64) for x in start(*(values[s.name] for s in sorted(starts, key=str)))]

        def body(state, t):
            now = values | {s.name: value for s, value in zip(move.state, state, strict=True)} | {"t": t}
            after = step(*(now[s.name] for s in inputs))
            return [jnp.asarray(x, dtype=jnp.float64) for x in after], state[0]

        return jax.lax.scan(body, state, jnp.arange(moves, dtype=jnp.float64))[1]

    return mu, names


@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
@pytest.mark.parametrize(
    "preset", ["principal-tr", *(pytest.param(name, marks=pytest.mark.long) for name in ("planner-spec", "defaults"))]
)
def test_tangents_agree_with_automatic_differentiation(preset, model):
    settings = dm.Settings() if preset == "defaults" else dm.PRESETS[preset]
    moves = 150
    mu, names = run_of(settings.policy, model, moves)
    theta = jnp.asarray([float(settings[name]) for name in names])
    value, slopes = mu(theta), jax.jit(jax.jacfwd(mu))(theta)
    ds = dm.tangents(settings, model=model, moves=moves)
    np.testing.assert_allclose(np.asarray(value), ds.mu, rtol=1e-11)
    for i, name in enumerate(names):
        if name == "T_plan":
            continue
        got, want = ds.mu_tangent.sel(wrt=name).values, np.asarray(slopes[:, i])
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-10 * np.abs(want).max(), err_msg=name)
